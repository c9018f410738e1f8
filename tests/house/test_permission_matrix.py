"""Every route and socket event stands in the permission matrix, and behaves as the matrix says for every role."""

import pytest
from werkzeug.routing import AnyConverter

from app.factory import create_app
from app.kernel.access import Role
from app.web.access import PUBLIC, mark_of
from app.web.realtime import SOCKET_EVENTS
from config import Settings
from tests.house import matrix

DOORS = {
    "everyone": matrix.EVERYONE,
    "everyone, in development": matrix.DEVELOPMENT,
    "members": matrix.MEMBERS,
    "members, asked by the view": matrix.ASKS_ITSELF,
    "moderators": matrix.MODERATORS,
    "api, everyone": matrix.API_EVERYONE,
    "api, members": matrix.API_MEMBERS,
    "library, everyone": matrix.LIBRARY_EVERYONE,
    "library, members": matrix.LIBRARY_MEMBERS,
}
HELP = "add it to tests/house/matrix.py, in the set of those who may open it"


def named() -> list[str]:
    return [endpoint for doors in DOORS.values() for endpoint in doors]


def ways_in(app, endpoint: str) -> list[tuple[str, str]]:
    """Each (method, path) of an endpoint, its parameters filled with something that does not exist."""
    with app.test_request_context():
        return [
            (method, rule.build({name: nonsense(rule, name) for name in rule.arguments}, append_unknown=False)[1])
            for rule in app.url_map.iter_rules(endpoint)
            for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"})
        ]


def nonsense(rule, name: str) -> str:
    """Something that fits the parameter's converter and names nothing."""
    converter = rule._converters[name]
    return min(converter.items) if isinstance(converter, AnyConverter) else "nothing"


def open_all(app, client, endpoints) -> dict[str, object]:
    """What ``client`` is answered at every way in."""
    return {
        f"{method} {endpoint}": client.open(path, method=method)
        for endpoint in sorted(endpoints)
        for method, path in ways_in(app, endpoint)
    }


def asked_to_sign_in(answer) -> bool:
    return answer.status_code == 302 and "/login" in answer.location


def test_every_route_is_in_the_matrix(app):
    missing = sorted(set(app.view_functions) - set(named()))
    assert missing == [], f"these routes stand in no row of the matrix: {missing}; {HELP}"


def test_the_matrix_names_nothing_twice_and_nothing_that_is_gone(app):
    gone = sorted(set(named()) - set(app.view_functions))
    assert gone == [], f"these rows have no route any more: {gone}"
    assert len(named()) == len(set(named()))


def test_every_socket_event_is_in_the_matrix():
    assert set(SOCKET_EVENTS) == matrix.SOCKET_MEMBERS, HELP


def test_every_route_carries_the_mark_its_row_says(app):
    wrong = [
        endpoint
        for endpoint in app.view_functions
        if (mark_of(app, endpoint) == PUBLIC)
        is not (endpoint in matrix.EVERYONE | matrix.DEVELOPMENT | matrix.ASKS_ITSELF | matrix.API_EVERYONE)
        or (mark_of(app, endpoint) == "library") is not (endpoint in matrix.LIBRARY_EVERYONE | matrix.LIBRARY_MEMBERS)
    ]
    assert wrong == []


# The accounts library's own second-factor form still lists its choices in the way WTForms is about to drop.
@pytest.mark.filterwarnings("ignore:Passing SelectField choices as tuples:DeprecationWarning")
def test_a_visitor_is_asked_to_sign_in_wherever_membership_is_needed(app, client):
    answers = open_all(app, client, matrix.MEMBERS | matrix.ASKS_ITSELF | matrix.MODERATORS | matrix.LIBRARY_MEMBERS)
    let_in = {way: answer.status_code for way, answer in answers.items() if not asked_to_sign_in(answer)}
    assert let_in == {}


def test_what_is_for_development_does_not_exist_without_its_setting(tmp_path):
    settings = Settings(instance_path=tmp_path, testing=True, dev_mailbox=False, mail_backend="locmem")
    production = create_app(settings)
    assert set(production.view_functions) & matrix.DEVELOPMENT == set()


def test_a_visitor_opens_what_is_open_to_everyone(app, client):
    answers = open_all(app, client, matrix.EVERYONE)
    assert {way: answer.status_code for way, answer in answers.items() if asked_to_sign_in(answer)} == {}


@pytest.mark.parametrize("role", [None, Role.SCREENER, Role.COORDINATOR])
def test_for_members_without_the_role_the_moderators_pages_do_not_exist(app, sign_in, person, role):
    client = sign_in(person("Rita", roles=[role] if role else []))
    answers = open_all(app, client, matrix.MODERATORS)
    assert {way: answer.status_code for way, answer in answers.items() if answer.status_code != 404} == {}


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.ADMIN])
def test_a_moderator_and_an_admin_open_the_queue(sign_in, person, role):
    assert sign_in(person("Mona", roles=[role])).get("/moderation").status_code == 200


@pytest.mark.parametrize("role", [None, Role.MODERATOR, Role.ADMIN])
def test_a_member_is_never_asked_to_sign_in_again_and_nothing_breaks_on_nonsense(app, sign_in, person, role):
    client = sign_in(person("Rita", roles=[role] if role else []))
    answers = open_all(app, client, matrix.EVERYONE | matrix.MEMBERS | matrix.ASKS_ITSELF)
    wrong = {way: answer.status_code for way, answer in answers.items() if asked_to_sign_in(answer)}
    broken = {way: answer.status_code for way, answer in answers.items() if answer.status_code >= 500}
    assert (wrong, broken) == ({}, {})


def test_an_object_that_does_not_exist_is_not_found_by_anyone_who_may_look(app, sign_in, donor, moderator):
    for who, endpoints in ((donor, matrix.MEMBERS | matrix.ASKS_ITSELF), (moderator, matrix.MODERATORS)):
        addressed = {
            name
            for name in endpoints
            for rule in app.url_map.iter_rules(name)
            if any("public_id" in argument for argument in rule.arguments)
        }
        answers = open_all(app, sign_in(who), addressed)
        refused = {400, 404, 422}
        found = {way: answer.status_code for way, answer in answers.items() if answer.status_code not in refused}
        assert found == {}


def test_without_a_token_the_api_answers_401_also_to_somebody_signed_in_on_the_site(app, client, sign_in, donor):
    for who in (client, sign_in(donor)):
        answers = open_all(app, who, matrix.API_MEMBERS)
        assert {way: answer.status_code for way, answer in answers.items() if answer.status_code != 401} == {}


def test_the_description_of_the_api_is_open_to_everyone(app, client):
    answers = open_all(app, client, matrix.API_EVERYONE)
    assert {answer.status_code for answer in answers.values()} == {200}


@pytest.mark.parametrize("role", [None, Role.MODERATOR, Role.ADMIN])
def test_a_members_token_is_let_in_everywhere_and_nothing_breaks_on_nonsense(app, bearer, person, role):
    answers = open_all(app, bearer(person("Rita", roles=[role] if role else [])), matrix.API_MEMBERS)
    refused = {way: answer.status_code for way, answer in answers.items() if answer.status_code in {401, 403, 405}}
    broken = {way: answer.status_code for way, answer in answers.items() if answer.status_code >= 500}
    assert (refused, broken) == ({}, {})


def test_an_operation_on_something_that_does_not_exist_finds_nothing(app, bearer, donor):
    addressed = {
        name for name in matrix.API_MEMBERS for rule in app.url_map.iter_rules(name) if rule.arguments
    }  # fmt: skip
    answers = open_all(app, bearer(donor), addressed)
    found = {way: answer.status_code for way, answer in answers.items() if answer.status_code not in {404, 415, 422}}
    assert found == {}
