"""Create posts, their facts, wishes, history and index."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "posts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("travel_km", sa.Double(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("replace_bags", sa.String(length=10), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submit_token", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("typed", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint("typed IS NULL OR state = 'draft'", name=op.f("ck_posts_typed_only_in_drafts")),
        sa.CheckConstraint("kind IN ('offer', 'request')", name=op.f("ck_posts_kind_known")),
        sa.CheckConstraint(
            "replace_bags IN ('yes', 'welcome', 'no', 'unsaid')",
            name=op.f("ck_posts_replace_bags_known"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'in_review', 'edit_asked', 'live', 'paused', 'matched', 'fulfilled', 'expired', 'withdrawn', 'declined')",
            name=op.f("ck_posts_state_known"),
        ),
        sa.CheckConstraint("travel_km BETWEEN 0 AND 600", name=op.f("ck_posts_travel_in_reach")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_posts_author_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("author_id", "submit_token", name="uq_posts_author_submit"),
        sa.UniqueConstraint("public_id", name=op.f("uq_posts_public_id")),
    )
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_posts_author_id"), ["author_id"], unique=False)
        batch_op.create_index("ix_posts_state_ends", ["state", "ends_on"], unique=False)

    op.create_table(
        "kept_forms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('offer', 'request')", name=op.f("ck_kept_forms_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_forms")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_kept_forms_token_digest")),
    )
    with op.batch_alter_table("kept_forms", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kept_forms_kept_at"), ["kept_at"], unique=False)

    op.create_table(
        "offers",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("supply", sa.String(length=10), nullable=False),
        sa.Column("volume_ml", sa.Integer(), nullable=True),
        sa.Column("weekly_ml", sa.Integer(), nullable=True),
        sa.Column("pumped_from", sa.Date(), nullable=True),
        sa.Column("pumped_to", sa.Date(), nullable=True),
        sa.Column("storage", sa.String(length=20), nullable=False),
        sa.Column("lipase", sa.String(length=30), nullable=False),
        sa.Column("baby_age_months", sa.Integer(), nullable=True),
        sa.Column("max_families", sa.Integer(), nullable=False),
        sa.Column("smallest_handoff_ml", sa.Integer(), nullable=True),
        sa.Column("after_loss", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(supply = 'once' AND volume_ml > 0 AND weekly_ml IS NULL) OR (supply = 'weekly' AND weekly_ml > 0 AND volume_ml IS NULL)",
            name=op.f("ck_offers_volume_fits_supply"),
        ),
        sa.CheckConstraint(
            "lipase IN ('not_noticed', 'soapy_after_days', 'scalded_before_freezing', 'unknown')",
            name=op.f("ck_offers_lipase_known"),
        ),
        sa.CheckConstraint(
            "storage IN ('fresh', 'fridge', 'freezer', 'deep_freezer', 'freezer_unknown')",
            name=op.f("ck_offers_storage_known"),
        ),
        sa.CheckConstraint("supply IN ('once', 'weekly')", name=op.f("ck_offers_supply_known")),
        sa.CheckConstraint("max_families BETWEEN 1 AND 20", name=op.f("ck_offers_max_families_sane")),
        sa.CheckConstraint(
            "pumped_to IS NULL OR pumped_from IS NULL OR pumped_to >= pumped_from",
            name=op.f("ck_offers_pumped_in_order"),
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_offers_post_id_posts")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_offers")),
    )
    op.create_table(
        "post_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("old_state", sa.String(length=20), nullable=True),
        sa.Column("new_state", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_post_changes_actor_id_users")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_changes_post_id_posts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_changes")),
    )
    with op.batch_alter_table("post_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_post_changes_post_id"), ["post_id"], unique=False)

    op.create_table(
        "post_facts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("attribute", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("level", sa.String(length=30), nullable=True),
        sa.CheckConstraint(
            "state IN ('avoids', 'uses', 'unknown')",
            name=op.f("ck_post_facts_state_known"),
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_facts_post_id_posts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_facts")),
        sa.UniqueConstraint("post_id", "attribute", name="uq_post_facts_attribute"),
    )
    with op.batch_alter_table("post_facts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_post_facts_post_id"), ["post_id"], unique=False)

    op.create_table(
        "post_index",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("radius_class", sa.Integer(), nullable=False),
        sa.Column("band", sa.Integer(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("travel_km", sa.Double(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("published", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_index_post_id_posts")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_post_index")),
    )
    with op.batch_alter_table("post_index", schema=None) as batch_op:
        batch_op.create_index(
            "ix_post_index_reach",
            ["kind", "radius_class", "band", "longitude", "post_id", "area_id", "travel_km", "author_id", "published"],
            unique=False,
        )

    op.create_table(
        "post_wishes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("attribute", sa.String(length=40), nullable=False),
        sa.Column("strength", sa.String(length=10), nullable=False),
        sa.Column("avoid_days", sa.Integer(), nullable=True),
        sa.Column("level", sa.String(length=30), nullable=True),
        sa.CheckConstraint("strength IN ('must', 'prefer')", name=op.f("ck_post_wishes_strength_known")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_wishes_post_id_posts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_wishes")),
        sa.UniqueConstraint("post_id", "attribute", name="uq_post_wishes_attribute"),
    )
    with op.batch_alter_table("post_wishes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_post_wishes_post_id"), ["post_id"], unique=False)

    op.create_table(
        "requests",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("need_ml_per_day", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("stock_ml", sa.Integer(), nullable=False),
        sa.Column("baby_age_band", sa.String(length=10), nullable=False),
        sa.Column("term_and_healthy", sa.String(length=10), nullable=False),
        sa.Column("immediate_allergy", sa.Boolean(), nullable=False),
        sa.Column("accepts_asks", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "baby_age_band IN ('0_3', '3_6', '6_12', '12_plus')",
            name=op.f("ck_requests_baby_age_band_known"),
        ),
        sa.CheckConstraint(
            "term_and_healthy IN ('yes', 'no', 'unsaid')",
            name=op.f("ck_requests_term_and_healthy_known"),
        ),
        sa.CheckConstraint("days BETWEEN 1 AND 366", name=op.f("ck_requests_days_sane")),
        sa.CheckConstraint("need_ml_per_day > 0", name=op.f("ck_requests_need_positive")),
        sa.CheckConstraint("stock_ml >= 0", name=op.f("ck_requests_stock_not_negative")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_requests_post_id_posts")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_requests")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("requests")
    with op.batch_alter_table("post_wishes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_post_wishes_post_id"))

    op.drop_table("post_wishes")
    with op.batch_alter_table("post_index", schema=None) as batch_op:
        batch_op.drop_index("ix_post_index_reach")

    op.drop_table("post_index")
    with op.batch_alter_table("post_facts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_post_facts_post_id"))

    op.drop_table("post_facts")
    with op.batch_alter_table("post_changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_post_changes_post_id"))

    op.drop_table("post_changes")
    op.drop_table("offers")
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.drop_index("ix_posts_state_ends")
        batch_op.drop_index(batch_op.f("ix_posts_author_id"))

    op.drop_table("posts")
    with op.batch_alter_table("kept_forms", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_kept_forms_kept_at"))

    op.drop_table("kept_forms")
