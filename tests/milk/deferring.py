"""Days kept back, for tests."""

from datetime import date

from app.accounts.rules.consents import Purpose, text_of
from app.accounts.services import give_consent
from app.milk import services
from app.milk.rules.deferrals import DeferralDraft, Kind
from tests.conftest import NOW


def agree(who) -> None:
    """Consent that such days are kept."""
    text = text_of(Purpose.HEALTH_DAYS)
    give_consent(
        who.identity, text.purpose, text_version=text.version, text_hash="0" * 64, language="en", now=NOW
    )  # fmt: skip


def days(first: int, last: int | None = None, kind: Kind = Kind.FEVER, **changed) -> DeferralDraft:
    """Days of November, one alone when no last is given."""
    usual = {"kind": kind, "first": date(2026, 11, first), "last": date(2026, 11, last or first)}
    return DeferralDraft(**usual | changed)


def keep(who, first: int, last: int | None = None, **changed) -> str:
    """Keep days of November back."""
    return services.keep_days_back(who.identity, days(first, last, **changed), now=NOW)
