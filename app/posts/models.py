"""
Tables of offers and requests.

A post stands in its author's area; the index row holds that area's centre and nothing finer.
"""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.geo.index import first_strip
from app.infra.database import Base
from app.posts.rules.index_bits import ASKING


class Post(Base):
    """
    What an offer and a request share.

    ``state`` is one of :class:`app.posts.rules.PostState`. ``typed`` holds an unfinished draft as its author left the
    form; once the post is complete it is None and the rows of the offer or request hold everything.
    """

    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(20))
    area_id: Mapped[int]
    travel_km: Mapped[float]
    note: Mapped[str] = mapped_column(Text, default="")
    replace_bags: Mapped[str] = mapped_column(String(10), default="unsaid")
    ends_on: Mapped[date | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    submit_token: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)
    typed: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    offer: Mapped["Offer | None"] = relationship(back_populates="post", lazy="joined", cascade="all, delete-orphan")
    request: Mapped["Request | None"] = relationship(back_populates="post", lazy="joined", cascade="all, delete-orphan")
    facts: Mapped[list["PostFact"]] = relationship(lazy="selectin", cascade="all, delete-orphan")
    wishes: Mapped[list["PostWish"]] = relationship(lazy="selectin", cascade="all, delete-orphan")

    __table_args__ = (
        CheckConstraint("kind IN ('offer', 'request')", name="kind_known"),
        CheckConstraint(
            "state IN ('draft', 'in_review', 'edit_asked', 'live', 'paused', 'matched', 'fulfilled', 'expired', "
            "'withdrawn', 'declined')",
            name="state_known",
        ),
        CheckConstraint("travel_km BETWEEN 0 AND 600", name="travel_in_reach"),
        CheckConstraint("replace_bags IN ('yes', 'welcome', 'no', 'unsaid')", name="replace_bags_known"),
        CheckConstraint("typed IS NULL OR state = 'draft'", name="typed_only_in_drafts"),
        UniqueConstraint("author_id", "submit_token", name="uq_posts_author_submit"),
        Index("ix_posts_state_ends", "state", "ends_on"),
    )


class Offer(Base):
    """The milk a donor offers: once (``volume_ml``) or each week (``weekly_ml``)."""

    __tablename__ = "offers"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    supply: Mapped[str] = mapped_column(String(10))
    volume_ml: Mapped[int | None]
    weekly_ml: Mapped[int | None]
    pumped_from: Mapped[date | None]
    pumped_to: Mapped[date | None]
    storage: Mapped[str] = mapped_column(String(20))
    lipase: Mapped[str] = mapped_column(String(30), default="unknown")
    baby_age_months: Mapped[int | None]
    max_families: Mapped[int] = mapped_column(default=1)
    smallest_handoff_ml: Mapped[int | None]
    after_loss: Mapped[bool] = mapped_column(default=False)
    preference: Mapped[str] = mapped_column(String(20), default="none", server_default="none")

    post: Mapped[Post] = relationship(back_populates="offer")

    __table_args__ = (
        CheckConstraint("supply IN ('once', 'weekly')", name="supply_known"),
        CheckConstraint(
            "(supply = 'once' AND volume_ml > 0 AND weekly_ml IS NULL) OR "
            "(supply = 'weekly' AND weekly_ml > 0 AND volume_ml IS NULL)",
            name="volume_fits_supply",
        ),
        CheckConstraint(
            "storage IN ('fresh', 'fridge', 'freezer', 'deep_freezer', 'freezer_unknown')", name="storage_known"
        ),
        CheckConstraint(
            "lipase IN ('not_noticed', 'soapy_after_days', 'scalded_before_freezing', 'unknown')", name="lipase_known"
        ),
        CheckConstraint("pumped_to IS NULL OR pumped_from IS NULL OR pumped_to >= pumped_from", name="pumped_in_order"),
        CheckConstraint("preference IN ('none', 'fewest_handoffs', 'nearest', 'youngest')", name="preference_known"),
        CheckConstraint("max_families BETWEEN 1 AND 20", name="max_families_sane"),
    )


class Request(Base):
    """
    The milk a family needs: so much a day, for so many days.

    The baby's age is a band, never a date. ``stock_said_at`` is when the family last said how much it has; None while
    it never changed it: then the post's own last change counts.
    """

    __tablename__ = "requests"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    need_ml_per_day: Mapped[int]
    days: Mapped[int]
    stock_ml: Mapped[int] = mapped_column(default=0)
    stock_said_at: Mapped[datetime | None]
    baby_age_band: Mapped[str] = mapped_column(String(10))
    term_and_healthy: Mapped[str] = mapped_column(String(10), default="unsaid")
    immediate_allergy: Mapped[bool] = mapped_column(default=False)
    accepts_asks: Mapped[bool] = mapped_column(default=True)

    post: Mapped[Post] = relationship(back_populates="request")

    __table_args__ = (
        CheckConstraint("need_ml_per_day > 0", name="need_positive"),
        CheckConstraint("days BETWEEN 1 AND 366", name="days_sane"),
        CheckConstraint("stock_ml >= 0", name="stock_not_negative"),
        CheckConstraint("baby_age_band IN ('0_3', '3_6', '6_12', '12_plus')", name="baby_age_band_known"),
        CheckConstraint("term_and_healthy IN ('yes', 'no', 'unsaid')", name="term_and_healthy_known"),
    )


class PostFact(Base):
    """What a donor states about one attribute of the catalogue: ``avoids``, ``uses`` or ``unknown``, and since
    when.
    """

    __tablename__ = "post_facts"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    attribute: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10))
    since: Mapped[date | None]
    level: Mapped[str | None] = mapped_column(String(30))

    __table_args__ = (
        UniqueConstraint("post_id", "attribute", name="uq_post_facts_attribute"),
        CheckConstraint("state IN ('avoids', 'uses', 'unknown')", name="state_known"),
    )


class PostWish(Base):
    """What a family asks for about one attribute; ``avoid_days`` is how long before pumping the donor should have
    avoided it.
    """

    __tablename__ = "post_wishes"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    attribute: Mapped[str] = mapped_column(String(40))
    strength: Mapped[str] = mapped_column(String(10))
    avoid_days: Mapped[int | None]
    level: Mapped[str | None] = mapped_column(String(30))

    __table_args__ = (
        UniqueConstraint("post_id", "attribute", name="uq_post_wishes_attribute"),
        CheckConstraint("strength IN ('must', 'prefer')", name="strength_known"),
    )


class PostChange(Base):
    """Each change of a post's state: from what to what, by whom (None: by time), why."""

    __tablename__ = "post_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    old_state: Mapped[str | None] = mapped_column(String(20))
    new_state: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime]


TOLD_WHERE: Final = f"{{of}}strip < {first_strip('request')} AND ({{of}}bits & {{bit}}) = 0"
"""What a search must say word for word to be given the index of the offers without this bit."""


class PostIndex(Base):
    """
    Where the live posts are: one row per live post of an open account, written in the post's own transaction.

    ``strip`` with ``longitude`` is the covering order of the search (``z`` and the id follow, so that the first of one
    area are found without reading them all) and ``x``, ``y``, ``z`` the centre of the published
    area in kilometres from the Earth's centre (see ``app.geo.index``). ``bits`` is what the index knows of diet and
    storage (see ``app.posts.rules.index_bits``). ``volume_ml`` is all of a one-time offer, one week of a weekly one, or
    what a request still lacks. Days are numbers of days, ``pumped_from`` 0 and ``pumped_to`` a day never reached where
    they are not said; ``published`` is the post's ``published_at`` in seconds since 1970, 0 when it has none.
    ``edition`` changes with anything the matcher may read of the post (see ``app.posts.rules.edition``). The narrow
    indexes beside the covering one are of the offers that tell all about one attribute; the database keeps them.
    """

    __tablename__ = "post_index"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    strip: Mapped[int]
    longitude: Mapped[float]
    bits: Mapped[int] = mapped_column(BigInteger)
    x: Mapped[float]
    y: Mapped[float]
    z: Mapped[float]
    travel_km: Mapped[float]
    volume_ml: Mapped[int]
    pumped_from: Mapped[int]
    pumped_to: Mapped[int]
    published: Mapped[float]
    author_id: Mapped[int]
    area_id: Mapped[int]
    edition: Mapped[int] = mapped_column(BigInteger, server_default="0")

    __table_args__ = (
        # Every column, so that a search reads this index and not the table.
        Index(
            "ix_post_index_reach",
            *("strip", "longitude", "z", "post_id", "bits", "x", "y", "travel_km", "volume_ml", "pumped_from"),
            *("pumped_to", "published", "author_id", "area_id", "edition"),
        ),
        # The offers that tell all about one attribute: a family that does not ask passes over most others unread.
        *(
            Index(
                f"ix_post_index_told_{attribute}",
                *("strip", "longitude", "bits", "post_id"),
                sqlite_where=text(TOLD_WHERE.format(of="", bit=bit)),
                postgresql_where=text(TOLD_WHERE.format(of="", bit=bit)),
            )
            for attribute, bit in ASKING.items()
        ),
    )


class KeptForm(Base):
    """
    What somebody typed into the form of a post after their session had ended, until they have signed in again.

    Nobody's name stands beside it: only the browser that sent it knows the token whose digest is stored. It is deleted
    when it is fetched, and after a day.
    """

    __tablename__ = "kept_forms"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    typed: Mapped[dict[str, Any]] = mapped_column(JSON)
    kept_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (CheckConstraint("kind IN ('offer', 'request')", name="kind_known"),)
