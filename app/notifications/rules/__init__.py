"""
What is true of notices: where one may lead, what kind it is, what leaves at which moment, and links that stop mails.

Pure: facts and ``now`` in, a decision out. This package's names are its public face.
"""

from app.notifications.rules.choices import (
    MUST_REACH,
    Channel,
    Choice,
    Group,
    UnknownGroup,
    group_of,
    leaves_as,
    usual,
)
from app.notifications.rules.paths import leads_within_site
from app.notifications.rules.quiet import DEFAULT_PACE, Pace, Quiet, departure, end_of_quiet, is_quiet, next_digest
from app.notifications.rules.stopping import DIGEST, Stop, read_token, stop_token

__all__ = [
    "DEFAULT_PACE",
    "DIGEST",
    "MUST_REACH",
    "Channel",
    "Choice",
    "Group",
    "Pace",
    "Quiet",
    "Stop",
    "UnknownGroup",
    "departure",
    "end_of_quiet",
    "group_of",
    "is_quiet",
    "leads_within_site",
    "leaves_as",
    "next_digest",
    "read_token",
    "stop_token",
    "usual",
]
