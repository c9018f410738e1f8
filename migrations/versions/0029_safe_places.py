"""Keep the curated list of public places where two may meet."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0026"
branch_labels = None
depends_on = None

_KINDS = (
    "kind IN ('police', 'fire_station', 'library', 'hospital', 'clinic', 'pharmacy', 'milk_depot', "
    "'community_centre', 'town_hall')"
)


def upgrade() -> None:
    """Create the table; it is filled by ``flask safe-places import``."""
    op.create_table(
        "safe_places",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("ref", sa.String(length=100), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("credit", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("latitude_e4", sa.Integer(), nullable=False),
        sa.Column("longitude_e4", sa.Integer(), nullable=False),
        sa.Column("strip", sa.Integer(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_KINDS, name=op.f("ck_safe_places_kind_known")),
        sa.CheckConstraint("latitude_e4 BETWEEN -900000 AND 900000", name=op.f("ck_safe_places_latitude_on_earth")),
        sa.CheckConstraint("longitude_e4 BETWEEN -1800000 AND 1799999", name=op.f("ck_safe_places_longitude_on_earth")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_safe_places_has_a_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safe_places")),
        sa.UniqueConstraint("public_id", name=op.f("uq_safe_places_public_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_safe_places_ref")),
    )
    with op.batch_alter_table("safe_places", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_safe_places_source"), ["source"])
        batch_op.create_index("ix_safe_places_strip_longitude", ["strip", "longitude_e4"])


def downgrade() -> None:
    """Drop it; the list can be imported again."""
    op.drop_table("safe_places")
