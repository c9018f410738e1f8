"""What the forms of an offer and of a request share: the reader's units, the way of the handoff, and reasons at
fields.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, HiddenField, TextAreaField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined] # the stubs lag behind the library.

from app.accounts.rules.consents import TEXTS, ConsentText, Purpose
from app.kernel.quantities import Kilometres, Millilitres
from app.kernel.text import plain_text
from app.posts.forms.fields import AmountField, DayField, choices, menu, millilitres
from app.posts.rules import (
    AGREE_FIELD,
    NAMED_SINCE,
    NOT_AGREED,
    NOT_NAMED,
    REPLACE_BAGS,
    TRAVEL_KM,
    TRAVEL_MILES,
    Attribute,
    Draft,
    check,
    named_since,
    tells_health,
)

UNITS: Final = (SelectChoice("oz", _("ounces (oz)")), SelectChoice("ml", _("millilitres (ml)")))
UNREADABLE: Final = -1
"""Stands for a choice that is in no menu; the rules refuse it with their own words."""
LIVELY: Final = frozenset({"csrf_token", "step", "version", "agree_collect", "agree_share", "agree_need"})
"""Parts of a sent form that belong to the moment and not to what was typed."""


@dataclass(frozen=True, slots=True)
class Reader:
    """
    Who fills the form in: their units, their own calendar day, and the consents on health facts to be asked for.

    Those of ``agreed_before`` are in force to older words, and asked for again because the words name more now.
    """

    volume_unit: str
    distance_unit: str
    today: date
    asked: tuple[ConsentText, ...] = ()
    agreed_before: frozenset[Purpose] = frozenset()


class PostForm(FlaskForm):  # type: ignore[misc]
    """The shared part of both forms."""

    submit_token = HiddenField()
    version = HiddenField()
    unit = menu(_("Amounts are in"), UNITS)
    travel = menu(_("How far can you travel?"), ())
    replace_bags = menu(_("Replacing storage bags"), choices(REPLACE_BAGS))
    ends_on = DayField(_("Until when"), description=_("Empty: 60 days. You can renew it."))
    agree_collect = BooleanField(_(TEXTS[Purpose.HEALTH_COLLECT].agree))
    agree_share = BooleanField(_(TEXTS[Purpose.HEALTH_SHARE].agree))
    agree_need = BooleanField(_(TEXTS[Purpose.NEED_SHARE].agree))
    note = TextAreaField(
        _("In your own words"),
        description=_("Up to 2,000 characters. Please leave out phone numbers, addresses and last names."),
    )

    def __init__(self, reader: Reader, typed: Mapping[str, list[str]] | None = None, **kwargs: Any) -> None:  # noqa: ANN401
        """Start empty, from what was sent, or from a form kept as ``typed``."""
        if typed is not None:
            kwargs["formdata"] = MultiDict(typed)
        super().__init__(**kwargs)
        self.reader = reader
        if self.unit.data not in {"oz", "ml"}:
            self.unit.data = reader.volume_unit
        self.travel.choices = travel_choices(reader.distance_unit)

    def draft(self) -> Draft:
        """What was typed, as far as it could be read; what could not has an error at its field already."""
        raise NotImplementedError

    def checked(self) -> Draft | None:
        """The draft when it can be posted; None with reasons at the fields when not."""
        readable = self.validate()
        self.explain(check(self.draft(), today=self.reader.today))
        self.look_closer()
        if tells_health(self.draft()) and not self.may_keep_health:
            self.explain({AGREE_FIELD: [NOT_AGREED]})
        elif named_since(self.draft()) is not None and not self.agrees_now:
            self.explain({AGREE_FIELD: [NOT_NAMED]})
        return self.draft() if readable and not self.errors else None

    @property
    def may_keep_health(self) -> bool:
        """Whether the author agreed that health facts are kept, before or with this form, if only to older words."""
        return self.agrees_now or Purpose.HEALTH_COLLECT in self.reader.agreed_before

    @property
    def agrees_now(self) -> bool:
        """Whether the author agreed to the words of now, before or with this form."""
        return bool(self.agree_collect.data) or all(
            each.purpose != Purpose.HEALTH_COLLECT for each in self.reader.asked
        )

    @property
    def unasked(self) -> frozenset[str]:
        """What is not asked yet, because the words its author agreed to did not name it."""
        waits = self.may_keep_health and not self.agrees_now and not self.agree_collect.errors
        return frozenset(NAMED_SINCE) if waits else frozenset()

    def agreed(self) -> list[Purpose]:
        """The consents that were still to be given and are ticked in this form."""
        return [each.purpose for each in self.reader.asked if self.agreement(each.purpose).data]

    def agreement(self, purpose: Purpose) -> Field:
        """The tick box of one consent."""
        boxes = {
            Purpose.HEALTH_COLLECT: self.agree_collect,
            Purpose.HEALTH_SHARE: self.agree_share,
            Purpose.NEED_SHARE: self.agree_need,
        }
        return boxes[purpose]

    def look_closer(self) -> None:
        """Add what only the form can see, such as two answers that contradict each other."""

    def explain(self, reasons: Mapping[str, Iterable[str]]) -> None:
        """Put reasons at their fields, in the reader's language; a field that already has an error keeps its own."""
        for path, words in reasons.items():
            field = self.at(path)
            if not field.errors:
                field.errors = [gettext(each) for each in words]

    def at(self, path: str) -> Field:
        """The field of this path, such as ``amount`` or ``facts-dairy-since``; the note for one that is not here."""
        found: Any = self
        for name in path.split("-"):
            inner = getattr(found, "form", found)
            if name not in inner:
                return self.note
            found = inner[name]
        return self.note if hasattr(found, "form") else found

    def volume(self, field: AmountField) -> Millilitres | None:
        """What was typed into an amount field, in millilitres."""
        return millilitres(field.data, self.unit.data)

    def words(self) -> str:
        """The note as it will be kept; a line end counts as one character."""
        return plain_text(self.note.data or "")

    def radius(self) -> Kilometres:
        """The radius chosen; one from outside the menu is :data:`UNREADABLE`."""
        offered = {str(each): each for each in TRAVEL_KM}
        return Kilometres(offered.get(self.travel.data or "", UNREADABLE))


def travel_choices(distance_unit: str) -> list[SelectChoice]:
    """The menu of radii: the value is always kilometres, the words are the reader's."""
    words = [_("%(n)s miles", n=each) for each in TRAVEL_MILES]
    if distance_unit == "km":
        words = [_("%(n)s km", n=each) for each in TRAVEL_KM]
    pairs = zip(TRAVEL_KM, words, strict=True)
    here = _("I cannot travel (pickup only, no car)")
    return [SelectChoice(str(km), label if km else here) for km, label in pairs]


def typed_of(sent: MultiDict[str, str], form: PostForm) -> dict[str, list[str]]:
    """What was sent, as far as it belongs to the form: nothing else is ever kept."""
    known = {field.name for field in leaves(form)} - LIVELY
    return {name: values for name, values in sent.to_dict(flat=False).items() if name in known}


def leaves(form: Any) -> Iterable[Field]:  # noqa: ANN401 - a form or an enclosed one.
    """Every field that holds a value, enclosed forms opened."""
    for field in form:
        if hasattr(field, "form"):
            yield from leaves(field.form)
        else:
            yield field


def by_group(attributes: Iterable[Attribute]) -> dict[str, list[Attribute]]:
    """Attributes under their headings, in the catalogue's order."""
    found: dict[str, list[Attribute]] = {}
    for each in attributes:
        found.setdefault(each.group, []).append(each)
    return found
