"""The families around Madison."""

from typing import Final

from app.dev.demo.shapes import LEFT_OUT_FOR_AGES as AGES
from app.dev.demo.shapes import Bagged, Member, Milk, Need
from app.milk.rules.keeping import Kept

CHICAGO: Final = "America/Chicago"

MEMBERS: Final = (
    Member(
        name="Ada", place="Madison, WI", timezone=CHICAGO,
        post=Milk(
            oz=260, pumped=(70, 4), avoids={"dairy": 120, "nicotine": AGES, "alcohol": 300}, uses={"caffeine": "to_100"},
            travel=25, families=2, days_ago=5, note="Dairy-free since July for my own little one. 4 oz bags, 2 gallon zip bags.",
        ),
        lots=(Bagged(pumped=(70, 48), kept=Kept.DEEP_FREEZER, bags=((40, 4),)),),
    ),
    Member(
        name="Britt", place="Middleton, WI", timezone=CHICAGO,
        post=Milk(oz=150, pumped=(60, 10), uses={"dairy": ""}, avoids={"nicotine": AGES}, travel=15, days_ago=6,
                  note="36 bags of 4 oz and some smaller ones. Porch pickup is fine."),
    ),
    Member(
        name="Carly", place="Fitchburg, WI", timezone=CHICAGO,
        post=Milk(weekly_oz=40, pumped=(4, 0), storage="freezer", avoids={"alcohol": AGES, "nicotine": AGES}, travel=25,
                  days_ago=11, baby_months=4, note="About 40 oz a week over what my daughter drinks. One family, every week."),
    ),
    Member(
        name="Dora", place="Sun Prairie, WI", timezone=CHICAGO,
        post=Milk(oz=480, pumped=(200, 15), uses={"dairy": "", "gluten": ""}, travel=40, families=3, days_ago=14, baby_months=8,
                  note="Freezer stash of an oversupply, mostly 6 oz bags. Will meet halfway."),
    ),
    Member(
        name="Elin", place="Verona, WI", timezone=CHICAGO,
        post=Milk(oz=100, pumped=(45, 5), lipase="scalded_before_freezing", avoids={"nicotine": AGES}, travel=25, days_ago=2,
                  note="Scalded every batch before freezing, so no soapy taste."),
    ),
    Member(
        name="Faye", place="Stoughton, WI", timezone=CHICAGO,
        post=Milk(oz=74, pumped=(30, 3), storage="freezer_unknown", travel=10, days_ago=1, note="A shoebox full, 74 oz."),
    ),
    Member(
        name="Gwen", place="Monona, WI", timezone=CHICAGO,
        post=Need(oz_a_day=15, days=14, travel=40, days_ago=1, note="Two weeks old, slow start. Anything helps, we drive."),
    ),
    Member(
        name="Hana", place="Madison, WI", timezone=CHICAGO,
        post=Need(oz_a_day=20, days=45, stock_oz=40, musts=("dairy",), baby="3_6", travel=25, bags="yes", days_ago=3,
                  note="Reflux and blood in the diaper when I eat dairy. Looking for dairy-free donors, will replace bags."),
    ),
    Member(
        name="Isla", place="Oregon, WI", timezone=CHICAGO,
        post=Need(oz_a_day=10, days=60, baby="6_12", travel=15, days_ago=9, note="Back at work and cannot keep up. Half a day's worth."),
    ),
    Member(
        name="Jo", place="Waunakee, WI", timezone=CHICAGO,
        post=Need(oz_a_day=25, days=90, stock_oz=150, musts=("nicotine", "cannabis"), travel=60, days_ago=7,
                  note="Adopted newborn. We hope for one or two donors for the long run."),
    ),
    Member(
        name="Kaia", place="Cottage Grove, WI", timezone=CHICAGO,
        post=Need(oz_a_day=12, days=30, prefers=("medicines",), travel=25, days_ago=5, note="Low supply despite everything. Thank you."),
    ),
    Member(
        name="Lena", place="Mount Horeb, WI", timezone=CHICAGO,
        post=Need(oz_a_day=18, days=30, musts=("gluten",), travel=40, days_ago=6, note="Gluten-free donors, please."),
    ),
)  # fmt: skip
