"""What posts do when something happens elsewhere."""

from app.accounts.events import AccountShut, AreaChosen, ConsentGiven, ConsentWithdrawn
from app.accounts.rules.consents import Purpose
from app.infra.event_bus import EventBus
from app.milk.events import GivingRested
from app.posts import services


def _follow(happened: AreaChosen) -> None:
    services.follow_author(happened.person_id, now=happened.at)


def _forget(happened: ConsentWithdrawn) -> None:
    if happened.purpose == Purpose.HEALTH_COLLECT:
        services.forget_health(happened.person_id, now=happened.at)
    _share(happened)


def _share(happened: ConsentGiven | ConsentWithdrawn) -> None:
    if happened.purpose == Purpose.HEALTH_SHARE:
        services.follow_sharing(happened.person_id)


def _hide(happened: AccountShut) -> None:
    services.hide_posts_of(happened.person_id, now=happened.at)


def _rest(happened: GivingRested) -> None:
    services.rest_offers_of(happened.person_id, now=happened.at)


def subscribe(bus: EventBus) -> None:
    """
    Listen inside the person's own transaction.

    No post may be found whose author is gone, stand where its author no longer lives, nor keep a health fact for a
    moment longer than its consent.
    """
    bus.within(ConsentGiven, _share)
    bus.within(ConsentWithdrawn, _forget)
    bus.within(AccountShut, _hide)
    bus.within(AreaChosen, _follow)
    bus.within(GivingRested, _rest)
