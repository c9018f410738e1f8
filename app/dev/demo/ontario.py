"""The families around Toronto; they count in millilitres and kilometres."""

from typing import Final

from app.dev.demo.shapes import LEFT_OUT_FOR_AGES as AGES
from app.dev.demo.shapes import Member, Milk, Need

TORONTO: Final = "America/Toronto"

MEMBERS: Final = (
    Member(
        name="Amara", place="Toronto, Ontario", units="ml", timezone=TORONTO,
        post=Milk(oz=200, pumped=(50, 3), avoids={"dairy": 80, "nicotine": AGES, "medicines": 90}, travel=15, families=2,
                  days_ago=4, note="Dairy-free since September. Subway pickup or meet at a library."),
    ),
    Member(
        name="Beth", place="Mississauga, Ontario", units="ml", timezone=TORONTO,
        post=Milk(oz=340, pumped=(120, 20), uses={"dairy": "", "caffeine": "to_200"}, travel=40, families=2, days_ago=8,
                  note="About 10 litres in 200 ml bags. I can drive west of the city."),
    ),
    Member(
        name="Chidi", place="Markham, Ontario", units="ml", timezone=TORONTO,
        post=Milk(weekly_oz=50, pumped=(5, 0), storage="fridge", avoids={"alcohol": AGES, "nicotine": AGES}, travel=15,
                  days_ago=10, baby_months=3, note="My wife pumps about 1.5 litres a week too much; I do the driving."),
    ),
    Member(
        name="Safiya", place="Vaughan, Ontario", units="ml", timezone=TORONTO,
        post=Milk(oz=90, pumped=(40, 5), avoids={"halal": AGES, "alcohol": AGES, "nicotine": AGES}, travel=25, days_ago=3,
                  note="Halal food at home. We would like to know the family and note the relation."),
    ),
    Member(
        name="Devi", place="Brampton, Ontario", units="ml", timezone=TORONTO,
        post=Milk(oz=160, pumped=(90, 15), avoids={"vegetarian": AGES, "egg": AGES}, travel=25, days_ago=12,
                  note="Vegetarian, with a B12 supplement."),
    ),
    Member(
        name="Erin", place="Oakville, Ontario", units="ml", timezone=TORONTO,
        post=Need(oz_a_day=20, days=30, stock_oz=30, musts=("dairy",), travel=40, days_ago=2, baby="3_6",
                  note="Cow's milk protein allergy, we wait for the specialist. We bring ice and replace bags.", bags="yes"),
    ),
    Member(
        name="Noor", place="Toronto, Ontario", units="ml", timezone=TORONTO,
        post=Need(oz_a_day=16, days=40, musts=("halal",), travel=25, days_ago=5,
                  note="We would like to know the family and note the relation; halal food, cool box both ways by us."),
    ),
    Member(
        name="Gina", place="Richmond Hill, Ontario", units="ml", timezone=TORONTO,
        post=Need(oz_a_day=14, days=21, travel=25, days_ago=1, note="Three weeks old, losing weight; the clinic asked us to top up."),
    ),
    Member(
        name="Hugo", place="Scarborough Village, ON", units="ml", timezone=TORONTO,
        post=Need(oz_a_day=28, days=60, stock_oz=90, travel=40, days_ago=9, note="Two dads, one hungry girl. Long term welcome."),
    ),
    Member(
        name="Ivy", place="Pickering, Ontario", units="ml", timezone=TORONTO,
        post=Need(oz_a_day=8, days=60, baby="12_plus", travel=15, days_ago=13, note="Past a year, a cup before bed. Last in line is fine."),
    ),
)  # fmt: skip
