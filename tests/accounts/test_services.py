"""Use-cases of people: accounts, consents, blocks, trust, place."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts import queries, services
from app.accounts.models import PlaceChange, User
from app.accounts.rules.drafts import PreferencesDraft
from app.infra.areas.storage import load_catalogue
from app.infra.database import db
from app.infra.gazetteer import find_places
from app.kernel.access import Role
from app.kernel.errors import Conflict, Invalid, LimitReached, NotFound

pytestmark = pytest.mark.both_databases

PASSPHRASE = "a quiet bridge over milk"
TEXT = {"text_version": "2026-11", "text_hash": "0" * 64, "language": "en"}


def area(name: str) -> int:
    return find_places(name).exact[0].area


@pytest.fixture
def towns():
    return [area(name) for name in ("Sacramento, CA", "Madison, WI", "Lyon, France", "Toronto, Canada", "Davis, CA")]


def create(now, **kwargs):
    given = {"email": "Ana@Example.org", "password": PASSPHRASE, "display_name": " Ana "} | kwargs
    return services.create_account(now=now, **given)


def test_an_account_is_created_with_its_roles(in_app, now):
    person_id = create(now, roles=[Role.MODERATOR], confirmed=True)
    person = queries.person(person_id)
    assert (person.display_name, person.trust, person.area_id, person.active) == ("Ana", 0, None, True)
    assert queries.email_of(person_id) == "ana@example.org"
    assert queries.ids_with_role(Role.MODERATOR) == {person_id}
    assert queries.person_by_public_id(person.public_id) == person
    assert db.session.get(User, person_id).password.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"password": "short"}, "password"),
        ({"password": "moon-pear-70", "roles": [Role.MODERATOR]}, "password"),
        ({"display_name": "ana@example.org"}, "display_name"),
        ({"email": "nobody"}, "email"),
    ],
)
def test_an_account_with_a_fault_is_not_created(in_app, now, fault, field):
    with pytest.raises(Invalid) as refused:
        create(now, **fault)
    assert set(refused.value.fields) == {field}
    assert db.session.scalars(select(User)).all() == []


def test_one_mail_is_one_account_whatever_its_case(in_app, now):
    create(now)
    with pytest.raises(Conflict):
        create(now, email="ANA@EXAMPLE.ORG")
    assert queries.people([1, 2]).keys() == {1}


def test_promoting_gives_a_role_once(in_app, donor):
    services.promote(donor.email.upper(), Role.SCREENER)
    services.promote(donor.email, Role.SCREENER)
    assert [role.name for role in db.session.get(User, donor.id).roles] == ["screener"]


def test_nobody_is_promoted_by_an_unknown_mail(in_app):
    with pytest.raises(NotFound):
        services.promote("nobody@example.org", Role.ADMIN)


@pytest.mark.parametrize(
    ("ask", "nobody"), [(queries.person, 0), (queries.email_of, 0), (queries.person_by_public_id, "0")]
)
def test_nobody_is_not_found(in_app, ask, nobody):
    with pytest.raises(NotFound):
        ask(nobody)


def test_preferences_are_kept(in_app, donor):
    services.save_preferences(donor.identity, PreferencesDraft(" Dana  B ", "ml", "km", "Europe/Paris", "en"))
    person = queries.person(donor.id)
    assert (person.display_name, person.volume_unit, person.distance_unit, person.timezone) == (
        "Dana B", "ml", "km", "Europe/Paris",
    )  # fmt: skip


def test_a_name_with_a_phone_number_is_not_saved(in_app, donor):
    with pytest.raises(Invalid):
        services.save_preferences(donor.identity, PreferencesDraft("Dana 9165550100", "ml", "km", "UTC", "en"))
    assert queries.person(donor.id).display_name == "Dana"


def test_a_browsers_time_zone_is_taken_until_one_is_chosen(in_app, donor):
    for zone in ("Mars/Olympus", "America/Chicago", "Europe/Paris"):
        services.learn_timezone(donor.identity, zone)
    assert queries.person(donor.id).timezone == "America/Chicago"


def test_a_consent_holds_for_its_purpose_and_subject_only(in_app, person, family, now):
    donor = person("Rita", health=False)
    services.give_consent(donor.identity, "health-share", subject="interest:1", now=now, **TEXT)
    assert queries.active_consent(donor.id, "health-share", "interest:1")
    assert not queries.active_consent(donor.id, "health-share")
    assert not queries.active_consent(donor.id, "health-share", "interest:2")
    assert not queries.active_consent(donor.id, "health-collect", "interest:1")
    assert not queries.active_consent(family.id, "health-share", "interest:1")


def test_a_consent_can_be_given_again_after_it_was_withdrawn(in_app, donor, now):
    services.give_consent(donor.identity, "health-share", now=now, **TEXT)
    services.withdraw_consent(donor.identity, "health-share", subject="interest:1", now=now)
    assert queries.active_consent(donor.id, "health-share")
    services.withdraw_consent(donor.identity, "health-share", now=now)
    assert not queries.active_consent(donor.id, "health-share")
    services.give_consent(donor.identity, "health-share", now=now, **TEXT)
    assert [consent.purpose for consent in queries.active_consents(donor.id)].count("health-share") == 1


def test_a_block_works_both_ways_and_only_its_maker_sees_it(in_app, donor, family, stranger, now):
    services.block(donor.identity, queries.person(family.id).public_id, now=now)
    services.block(donor.identity, queries.person(family.id).public_id, now=now)
    assert queries.blocked_ids(donor.id) == {family.id}
    assert queries.blocked_ids(family.id) == {donor.id}
    assert queries.are_blocked(family.id, donor.id)
    assert not queries.are_blocked(family.id, stranger.id)
    assert [person.id for person in queries.own_blocks(donor.identity)] == [family.id]
    assert queries.own_blocks(family.identity) == []


def test_unblocking_takes_back_only_ones_own_block(in_app, donor, family, now):
    donor_id, family_id = queries.person(donor.id).public_id, queries.person(family.id).public_id
    services.block(donor.identity, family_id, now=now)
    with pytest.raises(NotFound):
        services.unblock(family.identity, donor_id)
    services.block(family.identity, donor_id, now=now)
    services.unblock(donor.identity, family_id)
    assert queries.are_blocked(donor.id, family.id)
    services.unblock(family.identity, donor_id)
    assert not queries.are_blocked(donor.id, family.id)


@pytest.mark.parametrize("whom", ["oneself", "nobody"])
def test_one_cannot_block_oneself_or_nobody(in_app, donor, now, whom):
    public_id = queries.person(donor.id).public_id if whom == "oneself" else "nobody"
    with pytest.raises(NotFound):
        services.block(donor.identity, public_id, now=now)


def test_the_first_place_is_free_and_brings_the_usual_units(in_app, person, towns, now):
    newcomer = person("Nora", area_id=None)
    services.choose_area(newcomer.identity, towns[2], now=now)
    found = queries.person(newcomer.id)
    assert (found.area_id, found.volume_unit, found.distance_unit) == (towns[2], "ml", "km")
    assert db.session.scalars(select(PlaceChange)).all() == []


def test_a_place_changes_three_times_and_then_waits(in_app, person, towns, now):
    mover = person("Mia", area_id=towns[0])
    for number, town in enumerate(towns[1:4]):
        services.choose_area(mover.identity, town, now=now + timedelta(days=number))
    services.choose_area(mover.identity, towns[3], now=now + timedelta(days=4))
    with pytest.raises(LimitReached):
        services.choose_area(mover.identity, towns[4], now=now + timedelta(days=5))
    assert queries.person(mover.id).area_id == towns[3]
    services.choose_area(mover.identity, towns[4], now=now + timedelta(days=30))
    assert queries.person(mover.id).area_id == towns[4]


@pytest.mark.parametrize(("to", "trust"), [("Elk Grove, CA", 1), ("Madison, WI", 0)])
def test_a_far_move_makes_a_newcomer_again_and_a_near_one_does_not(in_app, person, now, to, trust):
    mover = person("Mara", area_id=find_places("95814").exact[0].area)
    services.choose_area(mover.identity, find_places(to).exact[0].area, now=now)
    assert queries.person(mover.id).trust == trust


def test_an_area_that_does_not_exist_is_not_chosen(in_app, donor, now):
    with pytest.raises(NotFound):
        services.choose_area(donor.identity, 999_999_999, now=now)
    assert 999_999_999 not in load_catalogue()


def test_trust_is_raised_but_not_past_and_lowered_to_the_start(in_app, person, now):
    newcomer = person("Nora", trust=0)
    services.raise_trust(newcomer.id, 2, now=now)
    services.raise_trust(newcomer.id, 1, now=now)
    assert queries.person(newcomer.id).trust == 2
    services.lower_trust(newcomer.id, now=now)
    assert queries.person(newcomer.id).trust == 0


def test_nobody_has_no_trust_to_raise(in_app, now):
    with pytest.raises(NotFound):
        services.raise_trust(99, 1, now=now)


def test_asking_for_no_people_asks_nothing(in_app):
    assert queries.people([]) == {}
