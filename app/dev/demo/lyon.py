"""The families around Lyon, in French. There only a lactarium may collect and treat milk; neighbours arrange their own."""

from typing import Final

from app.dev.demo.shapes import LEFT_OUT_FOR_AGES as AGES
from app.dev.demo.shapes import Member, Milk, Need

PARIS: Final = "Europe/Paris"

MEMBERS: Final = (
    Member(
        name="Camille", place="Lyon", units="ml", timezone=PARIS, locale="fr",
        post=Milk(oz=135, pumped=(60, 5), avoids={"nicotine": AGES, "alcohol": AGES}, uses={"dairy": "", "caffeine": "to_100"},
                  travel=10, days_ago=4, note="Environ 4 litres au congélateur, sachets de 150 ml. Je peux venir en métro."),
    ),
    Member(
        name="Maud", place="Villeurbanne", units="ml", timezone=PARIS, locale="fr",
        post=Milk(oz=85, pumped=(40, 4), avoids={"dairy": 70, "nicotine": AGES}, travel=10, days_ago=6,
                  note="Sans produits laitiers depuis la mi-septembre. Sachets datés."),
    ),
    Member(
        name="Odile", place="Caluire-et-Cuire", units="ml", timezone=PARIS, locale="fr",
        post=Milk(weekly_oz=34, pumped=(4, 0), storage="freezer", travel=10, days_ago=8, baby_months=3,
                  avoids={"nicotine": AGES}, note="Un litre par semaine en trop, pour une famille pas trop loin."),
    ),
    Member(
        name="Sarah", place="Bron", units="ml", timezone=PARIS, locale="fr",
        post=Milk(oz=50, pumped=(25, 3), storage="freezer", travel=5, days_ago=2, note="Petit stock de reprise du travail."),
    ),
    Member(
        name="Anouk", place="Lyon", units="ml", timezone=PARIS, locale="fr",
        post=Need(oz_a_day=17, days=30, musts=("dairy",), travel=15, days_ago=3, baby="3_6",
                  note="APLV, on attend le rendez-vous chez l'allergologue. On remplace les sachets.", bags="yes"),
    ),
    Member(
        name="Louise", place="Vénissieux", units="ml", timezone=PARIS, locale="fr",
        post=Need(oz_a_day=14, days=14, travel=15, days_ago=1, note="Montée de lait difficile, pour deux semaines."),
    ),
    Member(
        name="Jeanne", place="Oullins", units="ml", timezone=PARIS, locale="fr",
        post=Need(oz_a_day=20, days=60, stock_oz=70, musts=("nicotine",), travel=25, days_ago=7, note="Jumeaux de deux mois."),
    ),
    Member(
        name="Paul", place="Lyon", units="ml", timezone=PARIS, locale="fr",
        post=Need(oz_a_day=10, days=30, baby="6_12", travel=0, days_ago=5, note="Sans voiture, métro ligne B."),
    ),
)  # fmt: skip
