"""The table of public places where two may meet."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.database import Base


class SafePlace(Base):
    """
    A public place where two may meet: from the operator's list, and of nobody's home.

    It stands in ten-thousandths of a degree; ``strip`` is its twentieth of a degree of latitude, by which it is found.
    ``closed_at`` is when the list that held it held it no more. ``ref`` is what it is called in the list it came from.
    """

    __tablename__ = "safe_places"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    ref: Mapped[str] = mapped_column(String(100), unique=True)
    source: Mapped[str] = mapped_column(String(40), index=True)
    credit: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20))
    latitude_e4: Mapped[int]
    longitude_e4: Mapped[int]
    strip: Mapped[int]
    is_demo: Mapped[bool] = mapped_column(default=False, server_default=false())
    imported_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "kind IN ('police', 'fire_station', 'library', 'hospital', 'clinic', 'pharmacy', 'milk_depot', "
            "'community_centre', 'town_hall')",
            name="kind_known",
        ),
        CheckConstraint("latitude_e4 BETWEEN -900000 AND 900000", name="latitude_on_earth"),
        CheckConstraint("longitude_e4 BETWEEN -1800000 AND 1799999", name="longitude_on_earth"),
        CheckConstraint("name <> ''", name="has_a_name"),
        Index("ix_safe_places_strip_longitude", "strip", "longitude_e4"),
    )
