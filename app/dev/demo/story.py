"""What happened in the demo community before the newcomer arrives: yeses, choices, conversations, a finished handoff."""

from dataclasses import dataclass
from typing import Final

PASSWORD: Final = "a-freezer-full-of-milk"  # noqa: S105 - printed for everyone who runs the demo.

MODERATOR: Final = "Mona"
"""Reviews the newcomers' posts."""

SIGN_INS: Final = (("donor", "Dana"), ("family", "Fatima"), ("moderator", MODERATOR))
"""Who a newcomer may sign in as, and what they are."""


@dataclass(frozen=True, slots=True)
class Asks:
    """The family's ready question about an attribute that the match leaves open."""

    who: str
    attribute: str


@dataclass(frozen=True, slots=True)
class Answers:
    """The donor's answer to the question before it: left out for so many days."""

    who: str
    days: int


Line = tuple[str, str] | Asks | Answers
"""Words are (who, words)."""


@dataclass(frozen=True, slots=True)
class Talk:
    """
    A family's yes to an offer, what came of it, and what the two said.

    Whoever speaks has read what came before. ``after`` is said once the handoff was proposed. ``about_earlier`` is about
    the donor's offer before the present one; ``again_oz`` are agreed for tomorrow, at ``place``.
    """

    family: str
    donor: str
    days_ago: int
    note: str = ""
    chosen: bool = False
    lines: tuple[Line, ...] = ()
    handoff_oz: int = 0
    finished: bool = False
    about_earlier: bool = False
    again_oz: int = 0
    place: str = ""
    after: tuple[Line, ...] = ()


TALKS: Final = (
    Talk(
        "Hana", "Ada", 2, chosen=True, handoff_oz=120, finished=True,
        note="Your dairy-free months fit us so well. We are ten minutes away and bring ice.",
        lines=(
            ("Hana", "Thank you for choosing us! Is the milk from July in the 4 oz bags too?"),
            ("Ada", "Yes, all 4 oz, laid flat. The zip bags have the dates on them."),
            ("Hana", "Perfect. Would Saturday morning work for you?"),
            ("Ada", "Saturday is good. The library has a shaded car park, if you like that."),
            ("Hana", "We will be there with the big cooler."),
        ),
    ),
    Talk(
        "Erin", "Amara", 1, chosen=True, handoff_oz=80,
        note="We wait for the specialist and your dates fit. Happy to come to you by subway.",
        lines=(
            ("Erin", "Hello Amara, thank you. Do you also leave out butter and casein in bread?"),
            ("Amara", "I read every label since September, so yes. One slip at a wedding, those bags are not in the freezer."),
            ("Erin", "That is so careful of you. I suggested a time, tell me if it does not suit."),
        ),
    ),
    Talk(
        "Louise", "Camille", 1, chosen=True, note="Pour deux semaines seulement, merci d'avance.",
        lines=(("Camille", "Bonjour Louise, avec plaisir. Mardi soir à la sortie du métro ?"), ("Louise", "Parfait, merci beaucoup !")),
    ),
    Talk("Jo", "Dora", 2, note="We can drive to you any evening this week."),
    Talk("Gwen", "Dora", 1, note="Two weeks old, anything helps."),
    Talk(
        "Grace", "Dana", 1, chosen=True, handoff_oz=60,
        note="Treatment begins on the 14th. Anything you can spare helps us keep going until then.",
        lines=(
            ("Grace", "Thank you so much for choosing us, Dana. I had a good cry, the happy kind."),
            ("Dana", "I am so glad it goes to you. How is your store coming along?"),
            Asks("Grace", "alcohol"),
            Answers("Dana", 400),
            ("Grace", "Wonderful, that is what we hoped for. Could we begin with 60 oz?"),
            ("Dana", "Of course. They are on top in the freezer. When would it suit you?"),
        ),
        after=(("Grace", "I put up a time. If the day does not suit you, just say another one."),),
    ),
    Talk(
        "Fatima", "Talia", 1, chosen=True, note="Dairy-free is what we need most. We can meet you halfway.",
        lines=(
            ("Talia", "Hello Fatima! Your little one has the same trouble as my son had."),
            Asks("Fatima", "soy"),
            ("Fatima", "I hope you do not mind the question, he reacts to soy too."),
            Answers("Talia", 95),
            ("Talia", "Not at all, I left out both on the same day. Friday after work?"),
        ),
    ),
    Talk(
        "Fatima", "Dana", 9, chosen=True, about_earlier=True, handoff_oz=60, finished=True, again_oz=60,
        place="The bench in front of the library (an invented place of the demo)",
        note="No dairy and no soy: that is just what we look for.",
        lines=(
            ("Dana", "Hello Fatima! It is 24 bags of 5 oz, from the summer. Half now and half later?"),
            ("Fatima", "Yes please, our freezer is small. I bring ice and a bag for each of yours."),
        ),
        after=(("Fatima", "Everything is still frozen solid. Thank you, Dana!"), ("Dana", "I am glad. Tell me when you come for the rest.")),
    ),
    Talk("Nadia", "Dana", 1, note="We could come today and bring ice."),
    Talk("Pearl", "Willa", 1, chosen=True, lines=(("Willa", "I come through on Friday, meet at the rest stop?"),)),
)  # fmt: skip
