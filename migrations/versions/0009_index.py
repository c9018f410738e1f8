"""
Order the index of live posts by strips, and let it hold all that a search filters by.

The rows are turned into the new shape here. What the index knows of diet is left blank, which hides nobody and only
makes a search read more; a job is left for the worker, which fills it in.
"""

import math
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0010"
branch_labels = None
depends_on = None

AT_ONCE = 10_000
CLASSES = (10.0, 40.0, 120.0, 600.0)
HEIGHTS = (0.05, 0.05, 0.1, 5.0)
STORAGE = ("deep_freezer", "freezer", "freezer_unknown", "fridge", "fresh")
NEVER_REACHED = 9_999_999
VACUUM = {
    "autovacuum_vacuum_scale_factor": 0,
    "autovacuum_vacuum_threshold": 2000,
    "autovacuum_vacuum_insert_scale_factor": 0,
    "autovacuum_vacuum_insert_threshold": 2000,
}
COLUMNS = (
    "strip", "longitude", "z", "post_id", "bits", "x", "y", "travel_km", "volume_ml", "pumped_from", "pumped_to",
    "published", "author_id", "area_id",
)  # fmt: skip


def upgrade() -> None:
    """Give the table its new columns and fill them from what it and the posts hold."""
    connection = op.get_bind()
    old = sa.Table("post_index", sa.MetaData(), autoload_with=connection)
    posts = sa.Table("posts", sa.MetaData(), sa.Column("id"), sa.Column("kind"))
    offers = sa.Table(
        "offers",
        sa.MetaData(),
        *(sa.Column(name) for name in ("post_id", "supply", "volume_ml", "weekly_ml", "storage")),
        *(sa.Column(name, sa.Date()) for name in ("pumped_from", "pumped_to")),
    )
    requests = sa.Table(
        "requests", sa.MetaData(), *(sa.Column(name) for name in ("post_id", "need_ml_per_day", "days", "stock_ml"))
    )
    wanted = (
        sa.select(
            *(old.c[name] for name in ("post_id", "kind", "latitude", "longitude", "travel_km", "published")),
            *(old.c[name] for name in ("author_id", "area_id")),
            *(offers.c[name] for name in ("supply", "volume_ml", "weekly_ml", "storage", "pumped_from", "pumped_to")),
            *(requests.c[name] for name in ("need_ml_per_day", "days", "stock_ml")),
        )
        .join_from(old, posts, posts.c.id == old.c.post_id)
        .outerjoin(offers, offers.c.post_id == old.c.post_id)
        .outerjoin(requests, requests.c.post_id == old.c.post_id)
    )
    rows = [reshaped(row) for row in connection.execute(wanted).mappings()]
    with op.batch_alter_table("post_index", schema=None) as batch_op:
        batch_op.drop_index("ix_post_index_reach")
    op.drop_table("post_index")
    op.create_table(
        "post_index",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("strip", sa.Integer(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("bits", sa.BigInteger(), nullable=False),
        sa.Column("x", sa.Double(), nullable=False),
        sa.Column("y", sa.Double(), nullable=False),
        sa.Column("z", sa.Double(), nullable=False),
        sa.Column("travel_km", sa.Double(), nullable=False),
        sa.Column("volume_ml", sa.Integer(), nullable=False),
        sa.Column("pumped_from", sa.Integer(), nullable=False),
        sa.Column("pumped_to", sa.Integer(), nullable=False),
        sa.Column("published", sa.Double(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_index_post_id_posts")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_post_index")),
    )
    new = sa.table("post_index", *(sa.column(name) for name in COLUMNS))
    for start in range(0, len(rows), AT_ONCE):
        connection.execute(new.insert(), rows[start : start + AT_ONCE])
    with op.batch_alter_table("post_index", schema=None) as batch_op:
        batch_op.create_index("ix_post_index_reach", list(COLUMNS), unique=False)
    if rows:
        leave_job()
    if connection.dialect.name == "postgresql":
        # A search reads the index alone only where the table has been vacuumed since it was written; the server's own
        # settings would wait for a fifth of all rows.
        settings = ", ".join(f"{name} = {value}" for name, value in VACUUM.items())
        op.execute(f"ALTER TABLE post_index SET ({settings})")


def leave_job() -> None:
    """Let the worker build the rows anew from the posts, which only the application can read."""
    kinds = {"payload": sa.JSON(), "run_after": sa.DateTime(timezone=True), "created_at": sa.DateTime(timezone=True)}
    names = ("kind", "payload", "unique_key", "state", "run_after", "attempts", "created_at")
    now = datetime.now(UTC)
    values = ("posts.reindex", {"first": 1}, "posts.reindex@0009", "queued", now, 0, now)
    jobs = sa.table("jobs", *(sa.column(name, kinds.get(name)) for name in names))
    op.execute(jobs.insert().values(dict(zip(names, values, strict=True))))


def reshaped(row: sa.RowMapping) -> dict[str, object]:
    """A row of the old table as the new one holds it."""
    radius_class = next(place for place, limit in enumerate(CLASSES) if row["travel_km"] <= limit)
    band = math.floor((row["latitude"] + 90) / HEIGHTS[radius_class])
    x, y, z = earth_centred(row["latitude"], row["longitude"])
    kept = {name: row[name] for name in ("post_id", "longitude", "travel_km", "published", "author_id", "area_id")}
    place = {
        "strip": ((1 if row["kind"] == "offer" else 2) << 20) + (radius_class << 12) + band,
        "x": x,
        "y": y,
        "z": z,
    }
    unsaid = NEVER_REACHED if row["supply"] == "weekly" else 0
    return (
        kept
        | place
        | {
            "bits": 1 << STORAGE.index(row["storage"]) if row["kind"] == "offer" else 0,
            "volume_ml": volume(row),
            "pumped_from": row["pumped_from"].toordinal() if row["pumped_from"] else unsaid,
            "pumped_to": row["pumped_to"].toordinal() if row["pumped_to"] else NEVER_REACHED,
        }
    )


def volume(row: sa.RowMapping) -> int:
    """All of a one-time offer, a week of a weekly one, or what a request still lacks."""
    if row["kind"] == "offer":
        return row["weekly_ml"] if row["supply"] == "weekly" else row["volume_ml"]
    return max(0, row["need_ml_per_day"] * row["days"] - row["stock_ml"])


def earth_centred(latitude: float, longitude: float) -> tuple[float, float, float]:
    """WGS84, kilometres to the millimetre."""
    flattened, (lat, lon) = 0.0066943799901413165, (math.radians(latitude), math.radians(longitude))
    normal = 6378.137 / math.sqrt(1 - flattened * math.sin(lat) ** 2)
    across, along = normal * math.cos(lat), normal * (1 - flattened) * math.sin(lat)
    return round(across * math.cos(lon), 6), round(across * math.sin(lon), 6), round(along, 6)


def downgrade() -> None:
    """Bring back the former shape, empty: every step of a post's life fills in its own row again."""
    op.drop_index("ix_post_index_reach", table_name="post_index")
    op.drop_table("post_index")
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
