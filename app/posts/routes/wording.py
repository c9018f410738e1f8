"""
Posts in sentences, as template filters that every capability's pages may use.

The site says who said what and when, and never speaks for the milk itself.
"""

from flask_babel import gettext as _

from app.posts.queries import PostView
from app.posts.routes.blueprint import blueprint
from app.posts.rules import LEVELS, STATE_WORDS, Fact, PostState, Wish, attribute
from app.posts.rules.attributes import TOLD
from app.web.templating import day, said_once, volume


@blueprint.app_template_filter()
@said_once
def fact_words(fact: Fact) -> str:
    """What a donor states, such as "donor reports no dairy since 12 Mar 2026"; medicines say no more than to ask."""
    known = attribute(fact.attribute)
    if known is None:
        return ""
    if fact.state == "unknown":
        return str(_("%(what)s: not said", what=_(known.label)))
    if known.kind == "medicine" and fact.state == "uses":
        return str(_("takes a medicine: ask"))
    what = _(known.none if fact.state == "avoids" else known.some)
    if fact.level:
        return str(_("donor reports %(what)s: %(level)s", what=what, level=_(LEVELS[fact.level])))
    if fact.since is None:
        return str(_("donor reports %(what)s", what=what))
    happened = known.kind == TOLD and fact.state == "uses"
    words = _("donor reports %(what)s, the last on %(day)s") if happened else _("donor reports %(what)s since %(day)s")
    return str(words % {"what": what, "day": day(fact.since)})


@blueprint.app_template_filter()
def wish_words(wish: Wish) -> str:
    """What a family asks, such as "needs no dairy for 14 days before pumping"."""
    known = attribute(wish.attribute)
    if known is None:
        return ""
    what = _(known.none)
    if wish.level and known.kind in {"medicine", "milk"}:
        what = _(LEVELS[wish.level])
    elif wish.level:
        what = _("%(what)s at most %(level)s", what=_(known.some), level=_(LEVELS[wish.level]))
    elif wish.avoid_days:
        what = _("%(what)s for %(n)s days before pumping", what=what, n=wish.avoid_days)
    return str(_("needs %(what)s", what=what) if wish.strength == "must" else _("would like %(what)s", what=what))


@blueprint.app_template_filter()
def post_title(post: PostView) -> str:
    """A post in one line: how much, how often."""
    if post.offer is not None:
        if post.offer.supply == "weekly":
            return str(_("Offer: %(amount)s a week", amount=volume(post.offer.weekly_ml)))
        return str(_("Offer: %(amount)s", amount=volume(post.offer.volume_ml)))
    if post.request is not None:
        need = volume(post.request.need_ml_per_day)
        return str(_("Request: %(amount)s a day for %(n)s days", amount=need, n=post.request.days))
    return str(_("Offer, not finished") if post.kind == "offer" else _("Request, not finished"))


@blueprint.app_template_filter()
def post_state(state: PostState) -> str:
    """Where a post stands, in a word or two."""
    return str(_(STATE_WORDS[state][0]))


@blueprint.app_template_filter()
def post_next(state: PostState) -> str:
    """What happens next with a post, in a sentence for its author."""
    return str(_(STATE_WORDS[state][1]))
