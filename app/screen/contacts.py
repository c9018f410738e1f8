"""Finds e-mail addresses, web addresses, social handles and street addresses in free text."""

import re
from collections.abc import Iterator
from typing import Final

Span = tuple[int, int]

_AT: Final = r"(?:\s?@\s?|\s?[\(\[{<]\s?at\s?[\)\]}>]\s?|\s+at\s+)"
_DOT: Final = r"(?:\.|\s?[\(\[{<]\s?(?:dot|punkt|point|punto)\s?[\)\]}>]\s?|\s+(?:dot|punkt|point|punto)\s+)"
_TOP: Final = (
    "com|net|org|info|io|me|co|app|link|edu|gov|uk|ca|fr|de|pt|br|ie|au|nz|nl|ch|eu|gg|ly|tv|page|site|online|email|xyz"
)
_TOP_AND_WORD: Final = "in|it|at|us|my|id|be|es|is|so|to"
"""Ends of addresses that are also words: "at work.in the evening" only lacks a space, so they need a path."""
_EMAIL: Final = re.compile(
    rf"(?<![\w.])[\w.+\-]{{1,64}}{_AT}(?:[\w\-]{{1,63}}{_DOT}){{1,3}}(?:{_TOP})(?!\w)", re.IGNORECASE
)
_PLAIN_EMAIL: Final = re.compile(r"(?<![\w.])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,4}(?!\w)")
_PATH: Final = r"(?:[/?#][\w\-./?=&%#~+:@!$,;*']*)?"
_LINK: Final = re.compile(
    rf"(?:https?|ftp)://[\w\-.:@]{{1,200}}{_PATH}|(?<!\w)www\.[\w\-.]{{1,200}}{_PATH}", re.IGNORECASE
)
_DOMAIN: Final = re.compile(
    rf"(?<![\w.@])(?:[a-z0-9\-]{{1,63}}\.){{1,3}}(?:(?:{_TOP})(?![\w.]*\w){_PATH}|(?:{_TOP_AND_WORD})/[\w\-./?=&%#~+]+)",
    re.IGNORECASE,
)
_SPOKEN_DOMAIN: Final = re.compile(
    r"(?<!\w)[a-z0-9\-]{2,63}\s?[\(\[]?\s?dot\s?[\)\]]?\s?(?:com|net|org|me|co)(?!\w)", re.IGNORECASE
)
_LINK_HINTS: Final = ("://", ".", "dot")
"""Without any of these there is no web address in plain letters: each way through the three patterns needs one."""
_HANDLE: Final = re.compile(r"(?<![\w@.])@[A-Za-z_][\w.]{2,30}")
_NETWORK: Final = (
    "insta(?:gram)?|ig|facebook|fb|messenger|whats\\s?app|telegram|signal|snap(?:chat)?|tik\\s?tok|twitter|threads|"
    "discord|kik|viber|wechat|line id"
)
_ON_NETWORK: Final = re.compile(
    rf"(?<!\w)(?:{_NETWORK})(?:\s+(?:is|name|handle|user|as|at|under|me at))*\s*[:=]?\s*@?"
    r"(?=[\w.]*[_.\d])[A-Za-z0-9_][\w.]{2,30}",
    re.IGNORECASE,
)

_PLAIN_SUFFIX: Final = (
    "street|avenue|ave|road|rd|lane|ln|blvd|boulevard|terrace|crescent|highway|hwy|parkway|pkwy|cres|mews"
)
_ALSO_A_WORD: Final = "drive|dr|way|court|ct|place|pl|close|circle|cir|square|sq|row|grove|gardens|trail|trl|st|ter"
_UNIT: Final = r"(?:,?\s*(?:apt|apartment|unit|flat|suite|ste|#)\.?\s*\w{1,5})?"
_ENGLISH: Final = re.compile(
    rf"(?<![\w.,/$€£#×+\-])(?:flat\s+\w{{1,4}},?\s+)?(?P<number>\d{{1,5}}[a-zA-Z]?),?\s+"
    rf"(?P<name>[A-Za-z0-9'’.\-]{{1,20}}(?:\s+[A-Za-z0-9'’.\-]{{1,20}}){{0,3}}?)\s+"
    rf"(?:(?P<plain>{_PLAIN_SUFFIX})|(?P<other>{_ALSO_A_WORD}))(?!\w)\.?{_UNIT}",
    re.IGNORECASE,
)
_NOT_A_STREET: Final = """
a an the of on in to and or for my our your is are was per every at from by with we i you x oz ounce
ounces ml cc bag bags bottle bottles brick bricks mile miles mi km minute minutes min mins hour
hours day days week weeks month months year years time times block blocks can will would could
should just each all kids boys girls baby babies people families family litres liters gallons gallon
percent more less down off up out long half both us am pm o'clock big small full until till
"""
_NOT_IN_A_STREET_NAME: Final = frozenset(_NOT_A_STREET.split())
_FRENCH: Final = re.compile(
    r"(?<![\w.,/])\d{1,4}(?:\s?(?:bis|ter|quater))?,?\s+(?:rue|avenue|av\.|boulevard|bd|impasse|chemin|allée|allee|"
    r"quai|route|cours|square|passage|ruelle|place)\s+(?:(?:de|du|des|la|le|les|d'|l'|d’|l’|saint|sainte)\s*)*"
    r"[A-Za-zÀ-ÿ'’\-]{2,30}(?:\s+[A-ZÀ-Ý][A-Za-zÀ-ÿ'’\-]{1,30}){0,3}",
    re.IGNORECASE,
)
_GERMAN: Final = re.compile(
    r"(?<!\w)(?:[A-ZÄÖÜ][\wäöüß\-]{1,30}[\s\-]){0,2}[A-ZÄÖÜa-zäöü][\wäöüß\-]{1,30}"
    r"(?:straße|strasse|str\.|weg|platz|allee|gasse|ufer|damm)\s+\d{1,4}\s?[a-z]?(?!\w)"
    r"|(?<!\w)[A-ZÄÖÜ][\wäöüß\-]{1,30}\s(?:Straße|Strasse|Str\.|Weg|Platz|Allee|Gasse|Ring)\s\d{1,4}\s?[a-z]?(?!\w)"
)
_UK_POST_CODE: Final = re.compile(r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]?\s\d[ABD-HJLNP-UW-Z]{2}(?!\w)")
_FEWEST_HOUSE_DIGITS: Final = 3


def find_emails(text: str) -> Iterator[Span]:
    """E-mail addresses, also written with "at" and "dot"."""
    for pattern in (_PLAIN_EMAIL, _EMAIL):
        yield from (match.span() for match in pattern.finditer(text))


def find_links(text: str) -> Iterator[Span]:
    """Web addresses, also without a scheme or written with "dot"."""
    if text.isascii() and not any(hint in text.lower() for hint in _LINK_HINTS):
        return
    for pattern in (_LINK, _DOMAIN, _SPOKEN_DOMAIN):
        yield from (match.span() for match in pattern.finditer(text))


def find_handles(text: str) -> Iterator[Span]:
    """Names on social networks: ``@name``, or a network's name followed by something that reads like a handle."""
    for pattern in (_HANDLE, _ON_NETWORK):
        yield from (match.span() for match in pattern.finditer(text))


def find_addresses(text: str) -> Iterator[Span]:
    """House numbers with their street, as written in the US, the UK, France and Germany, and UK post codes."""
    for match in _ENGLISH.finditer(text):
        if _names_a_house(match):
            yield match.span()
    for pattern in (_FRENCH, _GERMAN, _UK_POST_CODE):
        yield from (match.span() for match in pattern.finditer(text))


def _names_a_house(match: re.Match[str]) -> bool:
    """
    Whether a number, some words and a street's suffix are an address.

    "2 miles down the road" holds all three, so words of measure and grammar rule it out; a suffix that is also an
    ordinary word needs a capital or a house number of three digits.
    """
    words = match["name"].split()
    if any(word.lower().strip(".,") in _NOT_IN_A_STREET_NAME for word in words):
        return False
    capital = words[-1][0].isupper() or words[-1][0].isdigit()
    return bool(match["plain"]) or capital or len(match["number"]) >= _FEWEST_HOUSE_DIGITS
