"""A donor after a loss is not written to of itself: her news stands in her inbox, and leaves only if she chose so."""

import pytest
from sqlalchemy import select

from app.infra.database import db
from app.matching import services
from app.notifications.models import Sending
from app.notifications.queries import inbox
from app.notifications.rules import Channel, Choice, Group
from app.notifications.services import PreferencesDraft, save_preferences
from tests.conftest import NOW
from tests.matching.conftest import OFFER, REQUEST, post


@pytest.mark.parametrize(
    ("after_loss", "chose", "leaves"), [(False, False, True), (True, False, False), (True, True, True)]
)
def test_a_yes_leaves_by_mail_unless_its_donor_gives_after_a_loss_and_did_not_ask(
    in_app, donor, family, after_loss, chose, leaves
):
    if chose:
        asked = PreferencesDraft({(Group.ANSWERS, Channel.MAIL): Choice.DIGEST}, True, 22, 7, 18)
        save_preferences(donor.identity, asked, now=NOW)
    offer, request = post(donor, OFFER, after_loss=after_loss), post(family, REQUEST)
    services.say_yes(family.identity, offer, request, now=NOW)
    (notice,) = [one for one in inbox(donor.identity) if one.kind == "interest_received"]
    assert bool(db.session.scalars(select(Sending).where(Sending.notice_id == notice.id)).all()) is leaves
