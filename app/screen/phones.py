"""
Finds phone numbers in free text: international and national forms, spaced, dotted, or spelled out.

Amounts, dates and lists of bags are full of digits, so a run of digits counts only when it reads like a number that can
be dialled, and never when a unit of volume or time follows it.
"""

import re
from collections.abc import Iterator
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException

REGIONS: Final = ("US", "GB", "FR", "DE")
"""Countries whose national forms are read; any other country's number is read with its + or 00."""

Span = tuple[int, int]

_RUN: Final = re.compile(r"(?<![\w/])(?:\+|00)?[ .\-]{0,2}\(?\d(?:[ .\-()/\u2010-\u2015]{0,3}\d){6,14}(?![\w/])")
_UNIT_FOLLOWS: Final = re.compile(
    r"\s?(?:x|×|oz|ounces?|ml|cc|l|lit|litres?|liters?|bags?|bottles?|bricks?|g|kg|days?|weeks?|months?|years?|"
    r"hours?|minutes?|mins?|miles?|mi|km|%)\b",
    re.IGNORECASE,
)
_DATES: Final = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:(?:19|20)\d\d|\d\d))(?!\d)"
)
_FRENCH: Final = re.compile(r"0[1-9](?:[ .\-]?\d\d){4}")
_SHORT_LOCAL: Final = re.compile(r"\d{3}[-.]\d{4}")
_ONE_BY_ONE: Final = re.compile(r"\d(?:[ .\-]{1,3}\d){6,14}")
_LEADING: Final = re.compile(r"^[ .\-]+")

_DIGIT_WORDS: Final = (
    "zero|oh|one|two|three|four|five|six|seven|eight|nine|"
    "un|deux|trois|quatre|cinq|sept|huit|neuf|"
    "null|eins|zwei|drei|vier|fünf|fuenf|sechs|sieben|acht|neun|"
    "cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve"
)
_SPELLED: Final = re.compile(
    rf"(?<!\w)(?:(?:{_DIGIT_WORDS}|\d{{1,4}})[\s,.\-]{{1,3}}){{3,14}}(?:{_DIGIT_WORDS}|\d{{1,4}})(?!\w)",
    re.IGNORECASE,
)
_SPELLED_TOKEN: Final = re.compile(rf"{_DIGIT_WORDS}|\d", re.IGNORECASE)
_FEWEST_SPELLED: Final = 7
_FEWEST_WORDS: Final = 3


def find_phones(text: str) -> Iterator[Span]:
    """The stretches of ``text`` (already folded) that read as phone numbers, in order of form, not of place."""
    for match in _RUN.finditer(text):
        run = _LEADING.sub("", match[0])
        if not _UNIT_FOLLOWS.match(text, match.end()) and _dialled(run):
            yield match.end() - len(run), match.end()
    for match in _SPELLED.finditer(text):
        if _spelled_out(match[0]):
            yield match.span()


def _dialled(run: str) -> bool:
    if _FRENCH.fullmatch(run) or _SHORT_LOCAL.fullmatch(run) or _ONE_BY_ONE.fullmatch(run):
        return True
    if not run.startswith("+") and _DATES.search(run):
        return False
    return any(_valid(run, region) for region in REGIONS)


def _valid(run: str, region: str) -> bool:
    international = f"+{run[2:]}" if run.startswith("00") else run
    try:
        number = phonenumbers.parse(international, region)
    except NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number(number)) and (_written_out(run, region))


def _written_out(run: str, region: str) -> bool:
    """Outside North America people write a national number with its leading 0; without it, it is an amount."""
    return region == "US" or run.lstrip("(").startswith(("+", "0"))


def _spelled_out(words: str) -> bool:
    tokens = _SPELLED_TOKEN.findall(words)
    spelled = sum(1 for token in tokens if not token.isdigit())
    return len(tokens) >= _FEWEST_SPELLED and spelled >= _FEWEST_WORDS
