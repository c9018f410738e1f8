"""
Pictures as phones take them, made into plain ones: turned upright, small enough, and with nothing in them but colours.

The pixels are laid onto a new picture and encoded anew, so that no place, no device and no hidden data comes along.
What a file is, its content decides, never its name.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Final

from app.kernel.errors import Invalid
from app.kernel.words import N_

LARGEST_BYTES: Final = 10 * 1024 * 1024
"""A picture as it is sent."""

LONGEST_EDGE: Final = 1600
"""Pixels of the longer side as it is kept."""

_AT_ONCE: Final = BoundedSemaphore(2)
"""So many are decoded in a process at once: each may need 100 MB."""

TOO_LARGE: Final = N_("That picture is too large. Please choose one under 10 MB.")


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
        raise Invalid({"picture": [TOO_LARGE]})
    # The decoders take 3 MB, which a process that nobody sends a picture need not hold. They are loaded here and not
    # in the thread beside the hub: Python's own locks of an import know greenlets alone there.
    from app.infra.decoding import decoded

    return _beside_the_hub(lambda: decoded(data))


def _beside_the_hub(work: Callable[[], Encoded]) -> Encoded:
    hub = sys.modules.get("gevent.hub")
    monkey = sys.modules.get("gevent.monkey")
    with _AT_ONCE:
        if hub is None or monkey is None or not monkey.is_module_patched("threading"):
            return work()
        done: Encoded = hub.get_hub().threadpool.apply(work)
        return done
