"""
Recall codes: with the code of a lot and its recall code anybody can withdraw it, also who has no account any more.

A code is sixteen signs of the alphabet of lots, some 72 bits; only its digest is kept. A wrong lot and a wrong code are
the same refusal after the same work.
"""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final

from sqlalchemy import select

from app.infra.transaction import transaction
from app.kernel.access import Identity, authorise
from app.kernel.errors import Invalid
from app.kernel.words import N_
from app.milk.models import CustodyLot, Lot, RecallCode
from app.milk.permissions import LIST
from app.milk.queries.withdrawals import covering
from app.milk.rules.codes import SIGNS, read_code
from app.milk.rules.withdrawals import LEVELS, OpenedAs, Reason, Scope
from app.milk.services import holding, telling
from app.milk.services.withdrawals import open_withdrawal

LENGTH: Final = 16
_NO_SUCH: Final = N_("These two codes do not belong together. Please check each sign of both.")
_NOBODY: Final = hashlib.sha256(b"no lot").hexdigest()


def make_codes(actor: Identity, *, now: datetime) -> list[tuple[str, str]]:
    """
    Give each of the actor's lots a fresh recall code and return (code of the lot, recall code), oldest lot first.

    Codes given before end. They are shown this once and nowhere kept.
    """
    authorise(actor, LIST)
    made = []
    with transaction() as session:
        holding.alone(session, actor.person_id)
        own = select(CustodyLot).join(Lot, Lot.custody_id == CustodyLot.id).where(Lot.donor_id == actor.person_id)
        for lot in session.scalars(own.order_by(CustodyLot.pumped_from, CustodyLot.id)):
            code = "".join(secrets.choice(SIGNS) for _sign in range(LENGTH))
            session.merge(RecallCode(lot_id=lot.id, digest=_digest(lot.code, code), made_at=now))
            made.append((lot.code, code))
    return made


def start(lot_code: str, recall_code: str, reason: Reason | None, *, now: datetime) -> None:
    """
    Withdraw a lot, and what was split off from it, for whoever knows both codes; again it changes nothing.

    The milk is held at once, and families are told at once, but for a baby who is ill: then a moderator looks first.
    Where all was withdrawn before, the team hears that somebody says so too.

    Raises :class:`Invalid`; which of the two is wrong is not said.
    """
    if reason is None:
        raise Invalid({"reason": [N_("Please say what kind of thing happened.")]})
    code, given = read_code(lot_code) or "", "".join(sign for sign in recall_code.upper() if sign.isalnum())
    with transaction() as session:
        wanted = select(CustodyLot.id, RecallCode.digest).join(RecallCode, RecallCode.lot_id == CustodyLot.id)
        row = session.execute(wanted.where(CustodyLot.code == code)).one_or_none()
        known = row is not None and len(given) == LENGTH
        if not hmac.compare_digest(_digest(code, given), row[1] if row else _NOBODY) or not known:
            raise Invalid({"recall_code": [_NO_SUCH]})
        donor = session.scalar(select(Lot.donor_id).join(CustodyLot).where(CustodyLot.code == code))
        scope = Scope(code=code)
        made = open_withdrawal(donor, reason, opened_as=OpenedAs.CODE, opened_by_id=None, scope=scope, now=now)
        if made is None:
            _tell_of_another(code, reason, now=now)


def _tell_of_another(code: str, reason: Reason, *, now: datetime) -> None:
    """Let moderators know that a withdrawal of which they were not told is said of by a code as well."""
    token, opened_as = covering(code, LEVELS[reason]) or ("", OpenedAs.CODE)
    if opened_as is not OpenedAs.CODE:
        telling.tell_team(token, "again", now=now)


def _digest(lot_code: str, recall_code: str) -> str:
    return hashlib.sha256(f"recall|{lot_code}|{recall_code}".encode()).hexdigest()
