"""A rural county and its neighbours: few families, long ways."""

from typing import Final

from app.dev.demo.shapes import LEFT_OUT_FOR_AGES as AGES
from app.dev.demo.shapes import Member, Milk, Need

CHICAGO: Final = "America/Chicago"

MEMBERS: Final = (
    Member(
        name="Willa", place="Valentine, NE", timezone=CHICAGO,
        post=Milk(oz=580, pumped=(150, 10), avoids={"nicotine": AGES, "alcohol": AGES}, uses={"dairy": ""}, travel=80, families=4,
                  days_ago=16, baby_months=7, note="Ranch freezer, plenty of room and plenty of milk. I drive to Ainsworth on Fridays."),
    ),
    Member(
        name="Opal", place="Ainsworth, NE", timezone=CHICAGO,
        post=Milk(oz=110, pumped=(70, 12), storage="freezer", avoids={"dairy": 100}, travel=60, days_ago=7,
                  note="Dairy-free since August."),
    ),
    Member(
        name="Ruth", place="O'Neill, NE", timezone=CHICAGO,
        post=Milk(oz=300, pumped=(90, 8), uses={"caffeine": "to_200", "dairy": ""}, travel=120, days_ago=5,
                  note="In town for a conference next month as well, can carry a cooler."),
    ),
    Member(
        name="Pearl", place="Valentine, NE", timezone=CHICAGO,
        post=Need(oz_a_day=20, days=60, travel=120, days_ago=4, stock_oz=80, note="Foster baby, two months. We drive as far as it takes."),
    ),
    Member(
        name="June Rae", place="Ainsworth, NE", timezone=CHICAGO,
        post=Need(oz_a_day=16, days=30, musts=("dairy",), travel=80, days_ago=3, baby="3_6", note="Milk protein trouble. Clinic is two hours off."),
    ),
    Member(
        name="Vera", place="Winner, SD", timezone=CHICAGO,
        post=Need(oz_a_day=12, days=40, travel=80, days_ago=6, note="Low supply, second baby."),
    ),
)  # fmt: skip
