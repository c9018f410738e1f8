"""Forms as a browser would send them, to be spoilt one field at a time."""

OFFER = {
    "submit_token": "offer-token", "unit": "oz", "supply": "once", "amount": "100", "storage": "deep_freezer",
    "pumped_from": "2026-07-01", "pumped_to": "2026-10-01", "lipase": "not_noticed", "travel": "25",
    "replace_bags": "welcome", "max_families": "2", "ends_on": "2026-12-31", "note": "Flat bags of five ounces.",
    "facts-dairy-state": "avoids", "facts-dairy-since": "2026-03-12", "facts-medicines-state": "uses",
    "step": "post",
}  # fmt: skip
REQUEST = {
    "submit_token": "request-token", "unit": "oz", "need": "20", "days": "30", "stock": "40", "baby_age_band": "3_6",
    "term_and_healthy": "yes", "accepts_asks": "y", "travel": "40", "replace_bags": "yes",
    "note": "We can come any evening.", "wishes-dairy-strength": "must", "wishes-dairy-avoid_days": "14",
    "wishes-caffeine-strength": "prefer", "wishes-caffeine-level": "to_200", "step": "post",
}  # fmt: skip
