"""Drafts as a sound author would write them, to be spoilt one field at a time."""

from dataclasses import replace
from datetime import UTC, date, datetime

from app.posts.rules import Fact, OfferDraft, RequestDraft, Wish

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)

OFFER = OfferDraft(
    supply="once", volume_ml=3000, pumped_from=date(2026, 7, 1), pumped_to=date(2026, 10, 1), storage="deep_freezer",
    travel_km=25, note="Sixty flat bags.", ends_on=date(2027, 1, 10),
    facts=(Fact("dairy", "avoids", date(2026, 3, 12)), Fact("caffeine", "uses", None, "to_100")),
)  # fmt: skip
WEEKLY = replace(
    OFFER, supply="weekly", volume_ml=None, weekly_ml=2000, storage="fridge", pumped_from=None, pumped_to=None
)
REQUEST = RequestDraft(
    need_ml_per_day=600, days=30, stock_ml=500, baby_age_band="3_6", term_and_healthy="yes", travel_km=40,
    note="She reacts to milk protein.", wishes=(Wish("dairy", "must", 14), Wish("caffeine", "prefer", None, "to_200")),
)  # fmt: skip
