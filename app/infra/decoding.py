"""
What a file is and how its pixels are read, for :mod:`app.infra.pictures`, which loads this with the first picture.

One picture may need 100 MB here; how many are decoded at once is decided there.
"""

from io import BytesIO
from typing import Final

import puremagic
from PIL import Image, ImageOps

from app.infra.pictures import LONGEST_EDGE, TOO_LARGE, Encoded
from app.kernel.errors import Invalid
from app.kernel.words import N_

MOST_PIXELS: Final = 64_000_000
"""More than the phones of today take; refused before any is decoded, for a small file can hold a huge picture."""

MOST_PIXELS_WHOLE: Final = 25_000_000
"""The same for formats that can only be decoded whole: 100 MB of memory; a JPEG is decoded at a smaller scale."""

_FORMATS: Final = {".jpg": "JPEG", ".jpeg": "JPEG", ".jfif": "JPEG", ".png": "PNG", ".webp": "WEBP"}
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
"""What stands at the ninth byte of a photo as iPhones keep it (ISO 14496-12, 23008-12)."""

_QUALITY: Final = 82

_NOT_ONE: Final = N_("We cannot read that picture. Please choose a photo as JPEG, PNG or WebP.")
_HEIC: Final = N_(
    "This photo is stored as HEIC, which we cannot read. On an iPhone, choose it from your photos, not from Files. "
    "Or take a screenshot of it and send that."
)


def decoded(data: bytes) -> Encoded:
    """The picture as it is kept. Raises :class:`Invalid` at ``picture`` as :func:`app.infra.pictures.encode` says."""
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
        raise Invalid({"picture": [TOO_LARGE]}) from error


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
        raise Invalid({"picture": [TOO_LARGE]})


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
