"""What somebody types to search, to say yes or to invite, turned into values or into errors at the fields."""

from datetime import date, timedelta
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined] # the stubs lag behind the library.
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.accounts.forms import PlaceFields
from app.geo.distance import BANDS
from app.kernel.quantities import Kilometres, Millilitres
from app.matching.queries import Known, Narrowing
from app.matching.rules.life import NOTE_LENGTH
from app.matching.rules.sides import Strength, Wish
from app.posts.rules import (
    AVOID_DAYS,
    AVOID_DAYS_DEFAULT,
    MOST_USED,
    SHOWN_TO_ALL,
    STORAGE,
    TRAVEL_KM,
    TRAVEL_MILES,
    attribute,
)
from app.posts.rules.attributes import FOOD
from app.web.templating import Reader, volume

DEFAULT_RADIUS: Final = 40
_LEAST: Final = (300, 900, 1_800, 3_000)
"""About 10, 30, 60 and 100 oz, in millilitres."""
_AGES: Final = (7, 30, 90, 180)
"""Days since the oldest of the milk was pumped."""
_TOO_LONG: Final = _l("Please keep this to 500 characters; the rest can be said once you both agreed.")


def _radii(unit: str) -> list[SelectChoice]:
    """The radius menu in the reader's unit; the value is always kilometres."""
    if unit == "mi":
        return [SelectChoice(str(km), _("%(n)s miles", n=mi)) for km, mi in zip(TRAVEL_KM, TRAVEL_MILES, strict=True)]
    return [SelectChoice(str(km), _("%(n)s km", n=km)) for km in TRAVEL_KM]


class SearchForm(PlaceFields, FlaskForm):  # type: ignore[misc]
    """A search nearby, sent by GET: it changes nothing, so it carries no token."""

    class Meta:
        """No token stands in an address that people share."""

        csrf = False

    place_needed = False

    kind = RadioField(
        _l("Looking for"),
        choices=[SelectChoice("offer", _l("milk to receive")), SelectChoice("request", _l("families who need milk"))],
    )
    radius = SelectField(_l("How far you travel"))
    without = SelectMultipleField(
        _l("Only milk that fits"),
        choices=[],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    days = SelectField(
        _l("Foods left out for at least"),
        choices=[SelectChoice(str(days), _l("%(n)s days before pumping", n=days)) for days in AVOID_DAYS],
    )

    free = BooleanField(_l("Only milk that nobody has booked in its first day and a half"))

    def __init__(self, typed: MultiDict[str, str], *, unit: str, kind: str) -> None:
        """Read ``typed``; what is missing takes the member's own defaults."""
        filled = MultiDict(typed)
        for name, default in (("kind", kind), ("radius", DEFAULT_RADIUS), ("days", AVOID_DAYS_DEFAULT)):
            filled.setdefault(name, str(default))
        super().__init__(filled)
        self.radius.choices = _radii(unit)
        # The catalogue's words are English until they are shown, as in every pure module.
        # A filter answers what it hides: none about what only a family that fits may read.
        filters = (each for each in MOST_USED if each.key in SHOWN_TO_ALL)
        self.without.choices = [SelectChoice(each.key, _(each.none)) for each in filters]

    def kilometres(self) -> Kilometres:
        """The radius chosen; only after a valid submit."""
        return Kilometres(float(self.radius.data))

    def wishes(self) -> tuple[Wish, ...]:
        """The filters as musts; days count for foods only."""
        return tuple(
            Wish(key, Strength.MUST, int(self.days.data) if _is_food(key) else None) for key in self.without.data or ()
        )


class NarrowForm(FlaskForm):  # type: ignore[misc]
    """What to keep of the list of one's own post, sent by GET; everything left alone narrows nothing."""

    class Meta:
        """No token stands in an address."""

        csrf = False

    supply = SelectField(_l("One time or every week"))
    storage = SelectMultipleField(
        _l("How the milk is kept"), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )
    far = SelectField(_l("How far apart"))
    age = SelectField(_l("How old the milk is"))
    least = SelectField(_l("At least"))
    known = SelectField(_l("What the donor has said"))
    stated = SelectMultipleField(
        _l("The donor says she leaves it out"), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )
    show = HiddenField()

    def __init__(self, typed: MultiDict[str, str], *, kind: str, reader: Reader) -> None:
        """Read ``typed``; a donor narrows by distance and amount alone."""
        filled = MultiDict(typed)
        for name in ("supply", "far", "age", "least", "known"):
            filled.setdefault(name, "")
        super().__init__(filled)
        if kind == "offer":
            del self.supply, self.storage, self.age, self.known, self.stated
        else:
            self._choices_of_milk()
        self.far.choices = [SelectChoice("", _("As far as we can meet")), *_bands(reader.distance_unit)]
        amounts = [SelectChoice(str(ml), volume(Millilitres(ml))) for ml in _LEAST]
        self.least.choices = [SelectChoice("", _("Any amount")), *amounts]

    def _choices_of_milk(self) -> None:
        once, weekly = SelectChoice("once", _("One time")), SelectChoice("weekly", _("Every week"))
        self.supply.choices = [SelectChoice("", _("Both")), once, weekly]
        kept = ((key, words) for key, words in STORAGE.items() if key != "thawed")
        self.storage.choices = [SelectChoice(key, _(words)) for key, words in kept]
        ages = [SelectChoice(str(days), _("Pumped in the last %(n)s days", n=days)) for days in _AGES]
        self.age.choices = [SelectChoice("", _("Any age")), *ages]
        self.known.choices = [
            SelectChoice("", _("Some of it may be left to ask")),
            SelectChoice(Known.MUSTS, _("Everything I must have is said")),
            SelectChoice(Known.ALL, _("Nothing is left to ask")),
        ]
        # A filter answers what it hides: none about what only a family that fits may read.
        foods = (each for each in MOST_USED if each.key in SHOWN_TO_ALL)
        self.stated.choices = [SelectChoice(each.key, _(each.none)) for each in foods]

    @property
    def chosen(self) -> int:
        """How many filters are set."""
        return sum(bool(field.data) for field in self if field is not self.show)

    def narrowing(self, *, today: date) -> Narrowing:
        """The filters as values; only after a valid submit."""
        typed = self.data
        supply, age, known = typed.get("supply"), typed.get("age"), typed.get("known")
        return Narrowing(
            supplies=frozenset([supply]) if supply else frozenset(),
            storage=frozenset(typed.get("storage") or ()),
            farthest=int(self.far.data) if self.far.data else None,
            pumped_since=today - timedelta(days=int(age)) if age else None,
            least=Millilitres(int(self.least.data)) if self.least.data else None,
            known=Known(known) if known else None,
            stated=tuple(typed.get("stated") or ()),
        )


def _bands(unit: str) -> list[SelectChoice]:
    """The bands of distance one may stop at; the value is the order of the last."""
    if unit == "mi":
        return [SelectChoice(str(band.order), _("Less than %(n)s miles", n=band.under_miles)) for band in BANDS[1:6]]
    return [SelectChoice(str(band.order), _("Less than %(n)s km", n=band.under_km)) for band in BANDS[1:6]]


def _is_food(key: str) -> bool:
    known = attribute(key)
    return known is not None and known.kind == FOOD


class NoteForm(FlaskForm):  # type: ignore[misc]
    """The short note that goes with a yes or an invitation."""

    note = TextAreaField(
        _l("A short note, if you like"),
        validators=[Length(max=NOTE_LENGTH, message=_TOO_LONG)],
        description=_l("Up to 500 characters. Phone numbers and addresses are hidden until you both agreed."),
        render_kw={"maxlength": str(NOTE_LENGTH), "rows": "4"},
    )

    def draft(self) -> dict[str, Any]:
        """What was typed, for the use-case; only after a valid submit."""
        return {"note": self.note.data or ""}


class YesForm(NoteForm):
    """A family's yes: it has read what the donor states, in the version that stood there."""

    read = BooleanField(
        _l("I have read what the donor says and what is not known"),
        validators=[InputRequired(_l("Please read it first, then tick this box."))],
    )
    version = HiddenField()

    def draft(self) -> dict[str, Any]:
        """The note, and the version of the offer that was read (None when it cannot be told)."""
        said = (self.version.data or "").strip()
        known = said.isdecimal() and len(said) < 10  # noqa: PLR2004 - a version is a small number.
        return {**super().draft(), "disclosure_version": int(said) if known else None}
