"""The demo members as they sign up and post: identities and public ids by name."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.accounts import services as accounts
from app.accounts.rules.consents import TEXTS, fingerprint
from app.accounts.rules.drafts import PreferencesDraft
from app.dev.demo import story
from app.dev.demo.shapes import Member, Milk, Need
from app.infra.gazetteer import find_places
from app.kernel.access import Identity, Role
from app.milk import services as milk
from app.posts import services as posts

SETTLED_DAYS: Final = 40
"""How many days ago the settled members joined; newcomers joined yesterday."""


def address_of(name: str) -> str:
    """The mail address of a demo member."""
    return f"{name.lower().replace(' ', '.')}@demo.example"


class Community:
    """Who has joined so far, and what they posted."""

    def __init__(self, now: datetime) -> None:
        """Begin with nobody at ``now``."""
        self.now = now
        self.people: dict[str, Identity] = {}
        self.posts: dict[str, str] = {}
        self.earlier: dict[str, str] = {}

    def ago(self, days: float) -> datetime:
        """The moment so many days before ``now``."""
        return self.now - timedelta(days=days)

    def join(self, member: Member, *, settled: bool) -> None:
        """Sign ``member`` up with area, preferences and the consents that sign-up asks for."""
        roles = [Role.MODERATOR] if member.name == story.MODERATOR else []
        joined = self.ago(SETTLED_DAYS if settled else 1)
        person_id = accounts.create_account(
            address_of(member.name),
            story.PASSWORD,
            member.name,
            roles=roles,
            confirmed=True,
            area_id=find_places(member.place).exact[0].area,
            timezone=member.timezone,
            now=joined,
        )
        person = self.people[member.name] = Identity(person_id, frozenset(roles))
        accounts.save_preferences(person, preferences_of(member))
        self._agree(person, joined)
        if settled:
            accounts.raise_trust(person_id, 1, now=self.now)

    def _agree(self, person: Identity, when: datetime) -> None:
        for text in TEXTS.values():
            accounts.give_consent(
                person,
                text.purpose.value,
                text_version=text.version,
                text_hash=fingerprint(text.words()),
                language="en",
                now=when,
            )

    def post(self, member: Member) -> None:
        """Hand in the member's post at its moment of the past days."""
        token = f"demo-{address_of(member.name)}"
        if member.earlier is not None:
            self.earlier[member.name] = self._post(member, member.earlier, f"{token}-earlier")
        if member.post is not None:
            self.posts[member.name] = self._post(member, member.post, token)

    def _post(self, member: Member, post: Milk | Need, token: str) -> str:
        when = self.ago(post.days_ago) - timedelta(hours=3)
        draft = post.draft(_day_of(member, when))
        return posts.submit_new(self.people[member.name], draft, submit_token=token, now=when)

    def keep_lots(self, member: Member) -> None:
        """Write down each of the member's lots on its last day of pumping, or when she joined."""
        for number, lot in enumerate(member.lots):
            made = self.ago(min(lot.pumped[1], SETTLED_DAYS))
            draft, token = lot.draft(_day_of(member, self.now)), f"demo-{address_of(member.name)}-{number}"
            milk.make_lot(self.people[member.name], draft, submit_token=token, now=made)


def _day_of(member: Member, moment: datetime) -> date:
    """The day by the member's own calendar: in the evening of California it is tomorrow in UTC, and such milk is refused."""
    return moment.astimezone(ZoneInfo(member.timezone)).date()


def preferences_of(member: Member) -> PreferencesDraft:
    """The units, zone and language of ``member``."""
    return PreferencesDraft(
        display_name=member.name,
        volume_unit=member.units,
        distance_unit="km" if member.units == "ml" else "mi",
        timezone=member.timezone,
        locale=member.locale,
    )
