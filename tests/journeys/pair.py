"""
Lays a donor with lots and a family in conversation, through the use-cases, into the database of a running site.

The two live around Toronto, where no other journey does, and sign in by the demo community's password.
"""

from app.dev.demo.community import Community
from app.dev.demo.seed import play
from app.dev.demo.shapes import Bagged, Member, Milk, Need
from app.dev.demo.story import Talk
from app.infra.clock import utcnow
from app.messaging import queries
from app.milk.rules.keeping import Kept

TORONTO = "America/Toronto"


def lay(donor: str, family: str) -> str:
    """Both have joined, posted and agreed to talk; returns the public id of their conversation."""
    community = Community(utcnow())
    lots = (Bagged(pumped=(40, 20), kept=Kept.DEEP_FREEZER, bags=((20, 5),)),)
    members = (
        Member(
            name=donor,
            place="Toronto, Ontario",
            timezone=TORONTO,
            post=Milk(oz=100, pumped=(40, 20), days_ago=2),
            lots=lots,
        ),
        Member(name=family, place="Toronto, Ontario", timezone=TORONTO, post=Need(oz_a_day=20, days_ago=2)),
    )
    for member in members:
        community.join(member, settled=True)
        community.post(member)
        community.keep_lots(member)
    play(community, Talk(family, donor, 1, chosen=True))
    (line,) = queries.inbox(community.people[donor])
    return line.conversation.public_id
