"""What is next with somebody's own posts: to change, to renew, to finish, to wait, to look."""

from collections.abc import Iterator
from datetime import date, datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.kernel.access import Identity
from app.posts.queries import PostView, own_posts
from app.posts.rules import ENDING_SOON, PostState
from app.web.navigation import link
from app.web.next_steps import NextStep, Rank
from app.web.templating import day


def next_steps(person: Identity, now: datetime) -> Iterator[NextStep]:
    """What each post needs of its author, then what can be looked at, then what waits for a moderator."""
    posts = own_posts(person)
    for post in posts:
        yield from _needed(post, now.date())
    live = sum(post.state is PostState.LIVE for post in posts)
    if live:
        look = link("matching.overview") or url_for("posts.mine")
        words = ngettext(
            "Your post is live. We keep looking, and tell you.",
            "Your posts are live. We keep looking, and tell you.",
            live,
        )
        yield NextStep(Rank.LOOK, words, _("See who fits"), look, "sparkles")
    waiting = sum(post.state is PostState.IN_REVIEW for post in posts)
    if waiting:
        words = ngettext(
            "Your post waits for a moderator. We tell you as soon as it is live.",
            "%(num)s posts of yours wait for a moderator. We tell you as soon as they are live.",
            waiting,
        )
        yield NextStep(Rank.WAIT, words, _("See where it stands"), url_for("posts.mine"), "clock")


def _needed(post: PostView, today: date) -> Iterator[NextStep]:
    page = url_for("posts.show", public_id=post.public_id)
    if post.state is PostState.EDIT_ASKED:
        words = _("A moderator asks you to change something in your post.")
        yield NextStep(Rank.POST, words, _("Read why, and change it"), page, "pencil-square")
    elif post.state in {PostState.LIVE, PostState.PAUSED} and _ends_soon(post, today):
        words = _("Your post ends on %(day)s. Renew it if it still holds.", day=day(post.ends_on))
        yield NextStep(Rank.POST, words, _("Renew or end it"), page, "calendar")
    elif post.state is PostState.DRAFT:
        words = _("You began a post. It is kept, and only you see it.")
        onward = url_for(f"posts.new_{post.kind}", draft=post.public_id)
        yield NextStep(Rank.POST, words, _("Go on writing"), onward, "pencil-square")


def _ends_soon(post: PostView, today: date) -> bool:
    return post.ends_on is not None and post.ends_on <= today + ENDING_SOON
