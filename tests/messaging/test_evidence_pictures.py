"""The picture of a reported message: moderators look at it, also after its writer deleted it, and nobody for ever."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from app.infra import jobs, storage
from app.infra.database import db
from app.kernel.access import Role
from app.kernel.errors import NotFound
from app.messaging import queries
from app.messaging import services as messaging
from app.messaging.models import EarlierVersion, Picture
from app.messaging.rules import KEEP_REPORTED
from app.moderation import services
from app.moderation.models import Case
from app.moderation.queries.pictures import picture_of_case
from tests.conftest import NOW
from tests.messaging.conftest import numbered
from tests.messaging.test_pictures import files, send

pytestmark = pytest.mark.usefixtures("_no_files")


@pytest.fixture
def _no_files(app):
    with app.app_context():
        for name in files():
            storage.sweep(name)


def report(talk, family, seq=1) -> str:
    """Report a message as the family does; the public id of its case."""
    services.report(family.identity, "message", f"{talk.public_id}.{seq}", "harassment", "", now=NOW)
    return db.session.scalar(select(Case.public_id).order_by(Case.id.desc()))


def delete(talk, donor, seq=1, now=NOW):
    messaging.delete_message(donor.identity, talk.public_id, seq, now=now)
    jobs.run_due(now=now)


@pytest.fixture
def case(app, talk, donor, family) -> str:
    """The case of a picture that was reported and then deleted by its writer."""
    with app.app_context():
        send(donor, talk, description="Six bags")
        found = report(talk, family)
        delete(talk, donor)
        return found


@pytest.mark.both_databases
class TestKept:
    @pytest.mark.parametrize("deleted", [False, True])
    def test_it_stands_in_its_case_whether_its_writer_deleted_it_or_not(
        self, deleted, in_app, talk, donor, family, moderator
    ):
        send(donor, talk)
        found = report(talk, family)
        if deleted:
            delete(talk, donor)
        assert storage.read(picture_of_case(moderator.identity, found).name)

    def test_the_two_see_a_deleted_one_no_more_and_it_takes_nobodys_room(self, in_app, talk, donor, family):
        public_id = send(donor, talk).payload["picture"]
        report(talk, family)
        delete(talk, donor)
        for who in (donor, family):
            with pytest.raises(NotFound):
                queries.picture(who.identity, public_id)
        assert queries.bytes_kept(donor.id) == 0

    def test_one_that_was_deleted_before_its_report_is_gone(self, in_app, talk, donor, family, moderator):
        send(donor, talk)
        delete(talk, donor)
        assert files() == []
        with pytest.raises(NotFound):
            picture_of_case(moderator.identity, report(talk, family))

    def test_a_report_keeps_the_picture_it_is_about_and_no_other(self, in_app, talk, donor, family):
        for n in (1, 2):
            send(donor, talk, n)
        report(talk, family)
        for seq in (1, 2):
            delete(talk, donor, seq)
        assert len(files()) == 1

    def test_it_goes_when_the_evidence_of_its_case_goes(self, in_app, talk, donor, family):
        send(donor, talk)
        report(talk, family)
        later = NOW + timedelta(days=3)
        delete(talk, donor, now=later)
        end = later + KEEP_REPORTED
        just_before = end - timedelta(seconds=1)
        assert (messaging.forget_versions(now=just_before), messaging.forget_pictures(now=just_before)) == (0, 0)
        assert (messaging.forget_versions(now=end), messaging.forget_pictures(now=end)) == (1, 1)
        jobs.run_due(now=end)
        assert (files(), db.session.scalars(select(Picture)).all()) == ([], [])
        assert db.session.scalars(select(EarlierVersion)).all() == []

    def test_one_that_is_still_shown_stays_whatever_becomes_of_its_case(self, in_app, talk, donor, family):
        public_id = send(donor, talk).payload["picture"]
        report(talk, family)
        assert messaging.forget_pictures(now=NOW + 2 * KEEP_REPORTED) == 0
        assert queries.picture(family.identity, public_id)

    def test_deleted_long_after_its_report_it_is_kept_from_then_on(self, in_app, talk, donor, family, moderator):
        send(donor, talk)
        found = report(talk, family)
        delete(talk, donor, now=NOW + 2 * KEEP_REPORTED)
        assert picture_of_case(moderator.identity, found)


class TestLooking:
    def test_a_moderator_sees_it_in_the_case_and_that_is_logged_without_a_word_of_it(self, sign_in, moderator, case):
        hers = sign_in(moderator)
        assert f'src="/moderation/cases/{case}/picture"' in hers.get(f"/moderation/cases/{case}").text
        with capture_logs() as logged:
            answer = hers.get(f"/moderation/cases/{case}/picture")
        assert (answer.status_code, answer.mimetype, answer.data[:2]) == (200, "image/jpeg", b"\xff\xd8")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        (line,) = [each for each in logged if each["event"] == "evidence seen"]
        assert (line["case"], line["moderator"]) == (case, moderator.id)
        assert "Six bags" not in str(line)

    @pytest.mark.parametrize("who", ["donor", "family", "stranger"])
    def test_for_a_member_there_is_nothing(self, who, request, sign_in, case):
        with capture_logs() as logged:
            assert sign_in(request.getfixturevalue(who)).get(f"/moderation/cases/{case}/picture").status_code == 404
        assert not [each for each in logged if each["event"] == "evidence seen"]

    def test_a_visitor_is_asked_to_sign_in(self, client, case):
        assert client.get(f"/moderation/cases/{case}/picture").status_code == 302

    def test_a_moderator_sees_none_of_a_case_about_herself(self, app, sign_in, open_talk, person, family):
        anna = person("Anna", roles=[Role.MODERATOR])
        with app.app_context():
            talk = open_talk(anna, family)
            send(anna, talk)
            case = report(talk, family)
        assert sign_in(anna).get(f"/moderation/cases/{case}/picture").status_code == 404

    def test_a_case_about_words_or_about_nothing_has_none(self, app, sign_in, talk, donor, family, moderator):
        with app.app_context():
            words = {"client_id": numbered(1), "kind": "text", "body": "Hello"}
            messaging.send(donor.identity, talk.public_id, **words, now=NOW)
            send(donor, talk, 2)
            case = report(talk, family, 1)
        for name in (case, "nothing"):
            assert sign_in(moderator).get(f"/moderation/cases/{name}/picture").status_code == 404

    def test_a_case_whose_picture_is_gone_says_so(self, app, sign_in, talk, donor, family, moderator):
        with app.app_context():
            send(donor, talk)
            delete(talk, donor)
            case = report(talk, family)
        page = sign_in(moderator).get(f"/moderation/cases/{case}").text
        assert "The picture is gone" in page
        assert "Show the picture" not in page

    def test_a_file_that_was_lost_is_not_found_and_not_logged(self, app, sign_in, moderator, case):
        with app.app_context():
            storage.sweep(files()[0])
        with capture_logs() as logged:
            assert sign_in(moderator).get(f"/moderation/cases/{case}/picture").status_code == 404
        assert not [each for each in logged if each["event"] == "evidence seen"]
