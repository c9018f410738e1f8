"""
Pictures as phones take them, made into plain ones: turned upright, small enough, and with nothing in them but colours.

The pixels are laid onto a new picture and encoded anew, so that no place, no device and no hidden data comes along.
What a file is, its content decides, never its name.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from threading import BoundedSemaphore
from typing import Final

import puremagic
from PIL import Image, ImageOps

from app.kernel.errors import Invalid
from app.kernel.words import N_

LARGEST_BYTES: Final = 10 * 1024 * 1024
"""A picture as it is sent."""

LONGEST_EDGE: Final = 1600
"""Pixels of the longer side as it is kept."""

MOST_PIXELS: Final = 64_000_000
"""More than the phones of today take; refused before any is decoded, for a small file can hold a huge picture."""

MOST_PIXELS_WHOLE: Final = 25_000_000
"""The same for formats that can only be decoded whole: 100 MB of memory; a JPEG is decoded at a smaller scale."""

_FORMATS: Final = {".jpg": "JPEG", ".jpeg": "JPEG", ".jfif": "JPEG", ".png": "PNG", ".webp": "WEBP"}
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
"""What stands at the ninth byte of a photo as iPhones keep it (ISO 14496-12, 23008-12)."""

_QUALITY: Final = 82
_AT_ONCE: Final = BoundedSemaphore(2)
"""So many are decoded in a process at once: each may need 100 MB."""

_NOT_ONE: Final = N_("We cannot read that picture. Please choose a photo as JPEG, PNG or WebP.")
_HEIC: Final = N_(
    "This photo is stored as HEIC, which we cannot read. On an iPhone, choose it from your photos, not from Files. "
    "Or take a screenshot of it and send that."
)
_TOO_LARGE: Final = N_("That picture is too large. Please choose one under 10 MB.")


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as it is kept: a JPEG without any data about it."""

    data: bytes
    width: int
    height: int


def encode(data: bytes) -> Encoded:
    """
    The picture in ``data``, upright, at most :data:`LONGEST_EDGE` long, without anything but its colours.

    Under gevent a thread of the system does it, so that everybody else is served meanwhile. Raises :class:`Invalid` at
    ``picture`` for what is no picture of a known kind, or too large.
    """
    if len(data) > LARGEST_BYTES:
        raise Invalid({"picture": [_TOO_LARGE]})
    return _beside_the_hub(lambda: _encode(data))


def _beside_the_hub(work: Callable[[], Encoded]) -> Encoded:
    hub = sys.modules.get("gevent.hub")
    monkey = sys.modules.get("gevent.monkey")
    with _AT_ONCE:
        if hub is None or monkey is None or not monkey.is_module_patched("threading"):
            return work()
        done: Encoded = hub.get_hub().threadpool.apply(work)
        return done


def _encode(data: bytes) -> Encoded:
    kind = _kind(data)
    try:
        with Image.open(BytesIO(data), formats=(kind,)) as opened:
            _require_bearable(opened, kind)
            opened.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
            return _plain(opened)
    # The decoders answer a broken file with whatever came up inside them.
    except (OSError, ValueError, SyntaxError) as error:
        raise Invalid({"picture": [_NOT_ONE]}) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Invalid({"picture": [_TOO_LARGE]}) from error


def _kind(data: bytes) -> str:
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        raise Invalid({"picture": [_HEIC]})
    try:
        found = [_FORMATS.get(match.extension) for match in puremagic.magic_string(data[:4096])]
    except (puremagic.PureError, ValueError):
        found = []
    kind = next((each for each in found if each), None)
    if kind is None:
        raise Invalid({"picture": [_NOT_ONE]})
    return kind


def _require_bearable(opened: Image.Image, kind: str) -> None:
    most = MOST_PIXELS if kind == "JPEG" else MOST_PIXELS_WHOLE
    if opened.width * opened.height > most:
        raise Invalid({"picture": [_TOO_LARGE]})


def _plain(opened: Image.Image) -> Encoded:
    upright = ImageOps.exif_transpose(opened)
    upright.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    colours = upright.convert("RGBA") if "transparency" in upright.info or "A" in upright.getbands() else None
    fresh = Image.new("RGB", upright.size, "white")
    if colours is None:
        fresh.paste(upright.convert("RGB"))
    else:
        fresh.paste(colours, mask=colours.getchannel("A"))
    out = BytesIO()
    fresh.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return Encoded(out.getvalue(), *fresh.size)
