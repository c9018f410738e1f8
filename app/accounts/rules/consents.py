"""
The texts people agree to, one per purpose, each with a version.

A consent record keeps the version and a fingerprint of the very words that were shown, in the language they were shown
in. Whoever changes a text raises its version. Where the new words name more than the old ones, the old version stands
in ``earlier``: an agreement to it holds for what it named, and whoever reads something named since asks for that
version.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.kernel.words import N_


class Purpose(StrEnum):
    """What a consent is for; each is given and withdrawn on its own."""

    TERMS = "terms"
    INFORMED_CHOICE = "informed-choice"
    HEALTH_COLLECT = "health-collect"
    HEALTH_SHARE = "health-share"
    NEED_SHARE = "need-share"
    HEALTH_DAYS = "health-days"
    NOTIFICATIONS = "notifications"
    RECALL_CONTACT = "recall-contact"


@dataclass(frozen=True, slots=True)
class ConsentText:
    """
    The words of one purpose: ``agree`` stands beside the tick box, ``sentences`` above it.

    ``earlier`` are the versions, oldest first, that named less; ``news`` says to those who agreed to one of them what
    is new, and is no part of what they agree to.
    """

    purpose: Purpose
    version: str
    title: str
    sentences: tuple[str, ...]
    agree: str
    required: bool
    earlier: tuple[str, ...] = ()
    news: str = ""

    def words(self) -> tuple[str, ...]:
        """Everything that is shown, in order."""
        return (self.title, *self.sentences, self.agree)


TEXTS: Final = {
    text.purpose: text
    for text in (
        ConsentText(
            Purpose.TERMS,
            "2026-11",
            N_("The rules of this place"),
            (
                N_(
                    "Milk is given, never sold. Nobody pays for milk, time or shipping. New storage bags "
                    "may replace used ones."
                ),
                N_("You say what is true about the milk, as far as you know it, and you say when you do not know."),
                N_("You post your own milk, or ask for a baby in your care."),
                N_("You are kind. Anybody may say no without a reason."),
                N_("Moderators may hold, edit with you, or remove what breaks these rules, and they tell you why."),
            ),
            N_("I will keep these rules."),
            required=True,
        ),
        ConsentText(
            Purpose.INFORMED_CHOICE,
            "2026-11",
            N_("It is your choice, and you know what it rests on"),
            (
                N_(
                    "Milk from another family can carry germs, medicine, alcohol, nicotine or food "
                    "proteins that nobody can see."
                ),
                N_("Milkbridge does not test, keep, ship or judge milk, and does not check donors."),
                N_("What a donor says here is what she reports. You may ask for more, and you may say no."),
                N_("You can talk with your baby's doctor, midwife or nurse before you decide."),
            ),
            N_("I have read this page. I decide for myself and for the baby in my care."),
            required=True,
        ),
        ConsentText(
            Purpose.HEALTH_COLLECT,
            "2026-11-2",
            N_("Keeping health facts you enter"),
            (
                N_(
                    "If you answer questions on diet, smoking, alcohol, medicine or a baby's health, we "
                    "keep your answers to find matches."
                ),
                N_(
                    "You may also tell of vaccinations. That answer is kept only to be read by a family that fits: "
                    "no match is found or ordered by it."
                ),
                N_(
                    "They are about your health, so the law asks us to ask you. Without this you can look "
                    "around but not post those facts."
                ),
                N_("You can take this back on your own page at any time. We then stop using these answers at once."),
            ),
            N_("Yes, keep the health facts I enter."),
            required=False,
            earlier=("2026-11",),
            news=N_(
                "You agreed to this before, and that goes on. New is the sentence on vaccinations: tick the box if you "
                "may want to tell of them. If you leave it, nothing changes."
            ),
        ),
        ConsentText(
            Purpose.HEALTH_SHARE,
            "2026-11-2",
            N_("Showing health facts to a family that fits"),
            (
                N_(
                    "A family with a live request that your milk could fit may open a page with your "
                    "answers before it says yes."
                ),
                N_(
                    'Lists and cards never show more than "takes a medicine: ask". The name of a medicine '
                    "is shown only after both of you said yes."
                ),
                N_(
                    "You can take this back on your own page at any time. From then on families read that they can ask."
                ),
            ),
            N_("Yes, show my health facts to families that fit."),
            required=False,
        ),
        ConsentText(
            Purpose.NEED_SHARE,
            "2026-11",
            N_("Telling donors that your need is urgent"),
            (
                N_(
                    "Among the reasons beside your request, a donor whose milk fits may read that your need is great, "
                    "or that little milk is left."
                ),
                N_("Nothing more is told: no illness, no age beyond what your request shows, no amount."),
                N_("Your place in a list does not change by it. You can take this back on your own page at any time."),
            ),
            N_("Yes, donors may read that our need is urgent."),
            required=False,
        ),
    )
}
"""Every purpose a member is asked about at the welcome page, in the order shown."""

ASKED_LATER: Final = {
    text.purpose: text
    for text in (
        ConsentText(
            Purpose.NOTIFICATIONS,
            "2026-11",
            N_("News on this phone or computer"),
            (
                N_(
                    "To reach this browser, news goes through the company that made it, such as Google, Mozilla, "
                    "Apple or Microsoft."
                ),
                N_(
                    "What it says is locked, so that only this browser can read it. The company can see that we sent "
                    "something, and when."
                ),
                N_(
                    "It says in plain words what kind of news it is. It never holds a message, a health fact or a "
                    "place."
                ),
                N_("You can take this back on your own page at any time. Then nothing goes that way any more."),
            ),
            N_("Turn on news in this browser"),
            required=False,
        ),
        ConsentText(
            Purpose.HEALTH_DAYS,
            "2026-11",
            N_("Keeping a calendar of days whose milk is not passed on"),
            (
                N_(
                    "You tell us days on which you took something or were ill, as one of nine kinds, without a name. "
                    "We keep them so that milk of those days is not promised to anybody."
                ),
                N_(
                    "They are about your health, so the law asks us to ask you. Only you see them: no family, no "
                    "moderator, no list."
                ),
                N_(
                    "You can take this back on your own page at any time. We then delete these days at once. Milk that "
                    "was kept back stays kept back until you say otherwise."
                ),
            ),
            N_("Yes, keep these days for me."),
            required=False,
        ),
        ConsentText(
            Purpose.RECALL_CONTACT,
            "2026-11",
            N_("Telling you of withdrawn milk after you leave"),
            (
                N_("If milk you received must not be fed, we write to you. While you have an account, we always can."),
                N_(
                    "If you delete your account, we can keep your e-mail beside each handoff, and nothing else: no "
                    "name, no place, no message."
                ),
                N_(
                    "It is used for one thing: to tell you not to feed that milk. It is deleted six months after the "
                    "last day on which the milk keeps."
                ),
                N_("Without this we forget you when you leave, and nobody can tell you any more."),
            ),
            N_("Keep my e-mail for that after I leave."),
            required=False,
        ),
    )
}
"""Every purpose a member is asked about where it is needed, and not before."""


def text_of(purpose: Purpose) -> ConsentText:
    """The words of a purpose, wherever it is asked about."""
    return (TEXTS | ASKED_LATER)[purpose]


def is_outdated(purpose: str, version: str) -> bool:
    """Whether the words shown now name more than those of ``version`` did, so that one may be asked again."""
    return version in text_of(Purpose(purpose)).earlier


def versions_from(purpose: str, version: str) -> tuple[str, ...]:
    """The versions of a purpose's words that name all that ``version`` named; raises ValueError for an unknown one."""
    text = text_of(Purpose(purpose))
    versions = (*text.earlier, text.version)
    return versions[versions.index(version) :]


def fingerprint(shown: Iterable[str]) -> str:
    """The SHA-256, in 64 hexadecimal digits, of the words as they were shown, one a line."""
    return hashlib.sha256("\n".join(shown).encode()).hexdigest()
