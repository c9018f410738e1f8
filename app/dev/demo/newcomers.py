"""Members who have just arrived: their first posts wait for a moderator."""

from typing import Final

from app.dev.demo.shapes import Member, Milk, Need

MEMBERS: Final = (
    Member(
        name="Yara", place="95811",
        post=Milk(oz=60, pumped=(30, 4), storage="freezer", travel=15, days_ago=0,
                  note="My first time doing this. 60 oz in small bags, near the park."),
    ),
    Member(
        name="Zoe", place="Elk Grove, CA",
        post=Need(oz_a_day=16, days=21, travel=25, days_ago=0, note="New here, and tired. Three weeks old, slow start."),
    ),
    Member(
        name="Rick", place="95814",
        post=Milk(oz=200, pumped=(40, 10), travel=40, days_ago=0, note="Fresh from my wife's freezer, $1 an oz just to cover bags."),
    ),
)  # fmt: skip
