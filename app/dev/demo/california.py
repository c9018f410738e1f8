"""The families around Sacramento, among them the two a newcomer signs in as."""

from typing import Final

from app.dev.demo.shapes import LEFT_OUT_FOR_AGES as AGES
from app.dev.demo.shapes import Bagged, Member, Milk, Need
from app.milk.rules.keeping import Kept

MEMBERS: Final = (
    Member(
        name="Dana", place="95819",
        post=Milk(
            oz=300, pumped=(110, 6), travel=25, families=2, bags="welcome", baby_months=6, days_ago=4,
            avoids={"dairy": 190, "soy": 190, "nicotine": AGES, "cannabis": AGES, "medicines": 200},
            uses={"caffeine": "to_100"}, lipase="not_noticed",
            note="60 flat bags of 5 oz. No dairy or soy since spring and everything is later than that. Never smoked. "
            "I would be glad of replacement bags, but they are not needed.",
        ),
        earlier=Milk(
            oz=120, pumped=(110, 96), travel=25, families=1, bags="welcome", baby_months=6, days_ago=14,
            # Left out since the same days as in the present offer, which is ten days younger.
            avoids={"dairy": 180, "soy": 180, "nicotine": AGES - 10, "cannabis": AGES - 10, "medicines": 190},
            uses={"caffeine": "to_100"}, lipase="not_noticed", note="24 flat bags of 5 oz, the oldest of my freezer.",
        ),
        lots=(
            Bagged(pumped=(110, 96), kept=Kept.DEEP_FREEZER, bags=((24, 5),)),
            Bagged(pumped=(36, 6), kept=Kept.DEEP_FREEZER, bags=((60, 5),)),
            Bagged(pumped=(2, 1), kept=Kept.FRIDGE, bags=((4, 3),)),
        ),
    ),
    Member(
        name="Fatima", place="Elk Grove, CA",
        post=Need(
            oz_a_day=20, days=42, stock_oz=60, baby="3_6", musts=("dairy", "soy"), prefers=("nicotine", "alcohol"), travel=40,
            bags="yes", days_ago=11,
            note="Five months old and reacts to milk and soy protein. We can collect within 40 minutes, will replace bags and "
            "bring ice.",
        ),
    ),
    Member(
        name="Rosa", place="Folsom, CA",
        post=Milk(
            oz=430, pumped=(190, 120), travel=15, families=3, uses={"dairy": "", "tree_nut": "", "caffeine": "to_100"},
            avoids={"nicotine": AGES, "medicines": 250}, days_ago=9, baby_months=9,
            note="We move house in two weeks and the chest freezer must be empty. I ate dairy and nuts. Prenatal vitamin only, "
            "one coffee a day. Pickup in the evening, please bring a big cooler.",
        ),
    ),
    Member(
        name="Mei", place="Davis, CA",
        post=Milk(
            weekly_oz=70, pumped=(3, 0), storage="fridge", travel=10, avoids={"alcohol": AGES, "nicotine": AGES},
            uses={"dairy": "", "caffeine": "to_200"}, days_ago=12, baby_months=3,
            note="I make 10 oz a day too much. Looking for one family to collect every second Saturday until Christmas.",
        ),
    ),
    Member(
        name="Kiran", place="Roseville, CA",
        post=Milk(
            oz=250, pumped=(95, 20), lipase="soapy_after_days", travel=25, avoids={"medicines": 150, "nicotine": AGES},
            uses={"dairy": ""}, days_ago=6, baby_months=8,
            note="My son refuses it, it tastes soapy after a week; unscalded. Happy to hand over two bags for a trial first.",
        ),
    ),
    Member(
        name="June", place="West Sacramento, CA",
        post=Milk(
            oz=180, pumped=(300, 215), travel=40, uses={"medicines": "", "dairy": ""}, avoids={"nicotine": AGES}, days_ago=5,
            note="Three months of milk from last winter. I take a daily medicine and had a short antibiotic; those bags are kept "
            "apart, tell me if you do not want them.",
        ),
    ),
    Member(
        name="Hope", place="Citrus Heights, CA",
        post=Milk(
            oz=120, pumped=(80, 40), after_loss=True, baby_months=None, travel=0, avoids={"nicotine": AGES, "alcohol": AGES},
            days_ago=7, note="I would like what I have to help a baby. A quiet handover, please, and no photos.",
        ),
    ),
    Member(
        name="Tess", place="Rancho Cordova, CA",
        post=Milk(
            oz=24, pumped=(125, 118), storage="freezer", travel=10, avoids={"nicotine": AGES}, days_ago=3, baby_months=10,
            note="Only 24 oz and four months old in a fridge freezer. I would hate to pour it out.",
        ),
    ),
    Member(
        name="Bea", place="Woodland, CA",
        post=Milk(
            oz=900, pumped=(340, 30), travel=60, families=6, avoids={"nicotine": AGES, "cannabis": AGES}, uses={"dairy": ""},
            days_ago=15, baby_months=13,
            note="900 oz in a deep freezer, about a third older than nine months and marked. Open to bath use for the old part.",
        ),
    ),
    Member(
        name="Nadia", place="95822",
        post=Need(
            oz_a_day=15, days=14, travel=40, days_ago=1,
            note="Nine days old, my own milk is slow and we need a bridge for two weeks. Can drive 25 miles today. "
            "No restrictions.",
        ),
    ),
    Member(
        name="Owen", place="95816",
        post=Need(
            oz_a_day=50, days=60, stock_oz=200, musts=("nicotine",), travel=80, bags="yes", days_ago=8,
            note="Adopted twins. Several donors welcome, any amount above 40 oz. We keep a chest freezer and can share letters "
            "from our clinic.",
        ),
    ),
    Member(
        name="Grace", place="Carmichael, CA",
        post=Need(
            oz_a_day=24, days=60, stock_oz=120, baby="3_6", musts=("alcohol",), prefers=("caffeine",), most={"caffeine": "to_200"},
            travel=25, days_ago=6,
            note="I start treatment on the 14th and must stop nursing. Building a store for two months, a long-term partner "
            "hoped for. Alcohol-free please, some caffeine is fine.",
        ),
    ),
    Member(
        name="Luz", place="Galt, CA",
        post=Need(
            oz_a_day=6, days=60, baby="6_12", travel=0, days_ago=10,
            note="Ten months, mostly solids; 6 oz a day would let us reach a year. Others may need it more; fine to be last in "
            "line. No car, bus line 7 only.",
        ),
    ),
    Member(
        name="Priya", place="Rocklin, CA",
        post=Need(
            oz_a_day=18, days=30, stock_oz=30, musts=("dairy", "egg"), avoid_days=21, asks=False, travel=25, days_ago=4,
            note="Dairy and egg out for three weeks, please. We had a hard month and would rather not guess.",
        ),
    ),
    Member(
        name="Ines", place="95817",
        post=Need(
            oz_a_day=12, days=21, musts=("lipase",), baby="3_6", travel=15, days_ago=3,
            note="She refuses anything soapy. Scalded is fine.",
        ),
    ),
    Member(
        name="Talia", place="Antelope, CA",
        post=Milk(
            oz=140, pumped=(55, 6), avoids={"dairy": 95, "egg": 95, "nicotine": AGES}, uses={"caffeine": "to_100"}, travel=40,
            days_ago=8, note="Dairy and egg free for my son's skin. 4 oz bags, dated. Halfway is fine.",
        ),
    ),
    Member(
        name="Bianca", place="Fair Oaks, CA",
        post=Milk(
            oz=210, pumped=(85, 12), uses={"dairy": "", "alcohol": "waits"}, avoids={"nicotine": AGES}, travel=15, days_ago=10,
            note="A glass of wine on Sundays, pumped the next morning. Deep freezer.",
        ),
    ),
    Member(
        name="Marta", place="95831",
        post=Need(oz_a_day=22, days=30, healthy="no", travel=40, days_ago=5, note="Born at 34 weeks, home now and growing."),
    ),
)  # fmt: skip
