"""Forms of withdrawals: a reason and its days, what a family says of each lot, and the public form of codes."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, RadioField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined] # the stubs lag behind the library.
from wtforms.validators import Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.kernel.quantities import Millilitres, millilitres_from_ounces
from app.milk import words
from app.milk.forms.lots import DayField, number
from app.milk.queries import HeldLot, LotView
from app.milk.rules.codes import read_code
from app.milk.rules.withdrawals import Answer, Draft, OpenedAs, Reason, looked_at_first

REASONS: Final = (
    SelectChoice(Reason.POSITIVE_TEST.value, _l("A blood test came back positive")),
    SelectChoice(Reason.SUBSTANCE.value, _l("A medicine, alcohol, nicotine or cannabis that families do not know of")),
    SelectChoice(Reason.INFECTION.value, _l("A fever, mastitis or another infection")),
    SelectChoice(Reason.STORAGE.value, _l("The freezer failed, a label is wrong, or milk was frozen again")),
    SelectChoice(Reason.ADULTERATION.value, _l("Something was added to the milk")),
    SelectChoice(Reason.INFANT_ILL.value, _l("A baby who drank of it is ill")),
)
ASKED: Final[Mapping[str | None, frozenset[str]]] = {
    Reason.POSITIVE_TEST.value: frozenset({"negative"}),
    Reason.SUBSTANCE.value: frozenset({"first", "last", "washout"}),
    Reason.INFECTION.value: frozenset({"first", "last"}),
    Reason.STORAGE.value: frozenset({"lots"}),
}
"""What is asked for a reason, besides it; nothing for any other."""

UNREADABLE: Final = -1
NOT_TYPED: Final = frozenset({"csrf_token", "step"})


class WithdrawForm(FlaskForm):  # type: ignore[misc]
    """
    Why, and the days it hangs on; ``code`` is the team's, to say whose milk.

    The page shows only what the chosen reason asks for. What stands in another field, typed before another reason was
    chosen, stays there and counts for nothing.
    """

    code = StringField(_l("Code of one of the donor's lots"), validators=[Length(max=40)])
    reason = RadioField(_l("What happened?"), choices=REASONS, validate_choice=False)
    negative = DayField(_l("Day of the last negative test, if there is one"), validators=[Optional()])
    first = DayField(_l("First day"), validators=[Optional()])
    last = DayField(_l("Last day (empty: it goes on)"), validators=[Optional()])
    washout = IntegerField(_l("Days until it has left the milk"), validators=[Optional()])
    lots = SelectMultipleField(
        _l("Which lots?"), validate_choice=False, option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )
    step = HiddenField(default="look")

    def offer(self, lots: Iterable[LotView]) -> None:
        """Let her tick her own lots."""
        self.lots.choices = [
            SelectChoice(lot.public_id, _("%(code)s, %(days)s", code=words.code(lot), days=words.pumped(lot)))
            for lot in lots
        ]

    def asks(self, name: str) -> bool:
        """Whether the chosen reason asks for this field."""
        return name in ASKED.get(self.reason.data, frozenset())

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401 - as the library has it.
        """Look only at what is asked: nobody is stopped by a field that the page does not show."""
        super().validate(extra_validators)
        for name in frozenset[str]().union(*ASKED.values()):
            if not self.asks(name):
                self[name].errors = ()
        return not self.errors

    def draft(self) -> Draft:
        """What was typed and is asked for; what is no number of days is one that no rule takes."""
        washout = UNREADABLE if self.washout.errors else self.washout.data or 0
        return Draft(
            Reason(self.reason.data) if self.reason.data in set(Reason) else None,
            negative=self.negative.data if self.asks("negative") else None,
            first=self.first.data if self.asks("first") else None,
            last=self.last.data if self.asks("last") else None,
            washout=washout if self.asks("washout") else 0,
            lot_public_ids=tuple(self.lots.data or ()) if self.asks("lots") else (),
        )

    def typed(self) -> list[tuple[str, str]]:
        """All that was typed, as it was typed, for a page that sends it on; also what no day and no number is."""
        own = (field for field in self if field.name not in NOT_TYPED)
        return [(field.name, value) for field in own for value in field.raw_data or () if value]

    def lot_code(self) -> str:
        """The code of the lot, or one that no lot has."""
        return read_code(self.code.data or "") or "?"


class RecallForm(FlaskForm):  # type: ignore[misc]
    """The public form: two codes and a reason."""

    lot_code = StringField(_l("Code of the lot, from the label"), validators=[Length(max=40)])
    recall_code = StringField(_l("Recall code, from your print-out"), validators=[Length(max=60)])
    reason = RadioField(_l("What happened?"), choices=REASONS, validate_choice=False)

    def why(self) -> Reason | None:
        """The reason; None when none was chosen."""
        return Reason(self.reason.data) if self.reason.data in set(Reason) else None

    def looked_at_first(self) -> bool:
        """Whether somebody of the team looks before families are told."""
        why = self.why()
        return why is not None and looked_at_first(why, OpenedAs.CODE)


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """What a family says; its fields are named by lot and read by :func:`answers`."""


PARTS: Final = ("fed", "stored", "discarded")

LONGEST_WHOLE: Final = 12
"""No lot's number and no amount in millilitres has more digits."""

ROUNDED: Final = Millilitres(15)
"""Half an ounce: amounts are shown in whole ounces, and what was shown may be typed back."""


def answers(typed: Mapping[str, str], lots: Iterable[HeldLot], unit: str) -> list[Answer]:
    """What was typed of each lot, in millilitres; what is no amount is one that no rule takes."""
    return [_answer(lot, [_amount(typed.get(f"{kind}-{lot.lot_id}", ""), unit) for kind in PARTS]) for lot in lots]


def _answer(lot: HeldLot, amounts: list[int]) -> Answer:
    more = sum(amounts) - lot.left_ml
    if min(amounts) >= 0 and 0 < more <= ROUNDED:
        amounts[amounts.index(max(amounts))] -= more
    return Answer(lot.lot_id, *amounts)


def _amount(text: str, unit: str) -> int:
    if not text.strip():
        return 0
    found = number(text)
    if found is None or found < 0:
        return UNREADABLE
    return Millilitres(round(found)) if unit == "ml" else millilitres_from_ounces(float(found))


def had(typed: Mapping[str, Any]) -> dict[int, int]:
    """What the page showed as left of each lot when it was made; anything else that was sent is left out."""
    pairs = ((name.removeprefix("had-"), value) for name, value in typed.items() if name.startswith("had-"))
    return {int(lot): int(value) for lot, value in pairs if _is_whole(lot) and _is_whole(str(value))}


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_WHOLE
