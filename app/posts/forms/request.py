"""The form of a request."""

from typing import Any, Final, cast

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Form, FormField, RadioField, SelectField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined] # the stubs lag behind the library.

from app.kernel.quantities import Millilitres
from app.kernel.words import N_
from app.posts.forms.fields import AmountField, WholeField, amount_in, choices, menu
from app.posts.forms.post import PostForm, Reader
from app.posts.rules import (
    AVOID_DAYS,
    AVOID_DAYS_DEFAULT,
    BABY_AGE_BANDS,
    LEVELS,
    MILK_AGE,
    SOUGHT,
    TERM_AND_HEALTHY,
    Attribute,
    RequestDraft,
    Wish,
)

STRENGTHS: Final = {"": N_("No matter"), "prefer": N_("I would like"), "must": N_("I need")}
BANK_FIRST: Final = N_("Please read the words about milk banks above, then tick this box if you want to go on.")
UNREAD_DAYS: Final = -1
_NO_DAYS: Final = frozenset({"", "0", "None"})


def _wish_form(each: Attribute) -> type[Form]:
    fields: dict[str, Any] = {
        "strength": RadioField(_(each.none), choices=choices(STRENGTHS), default="", validate_choice=False)
    }
    if each.kind == "food":
        days = [SelectChoice(str(days), _("%(n)s days before pumping", n=days)) for days in AVOID_DAYS]
        fields["avoid_days"] = menu(
            _("For how long"), [SelectChoice("", _("No matter how long")), *days], default=str(AVOID_DAYS_DEFAULT)
        )
    if each.askable:
        fields["level"] = _level(each)
    return type(f"{each.key.title()}WishForm", (Form,), fields)


def _level(each: Attribute) -> SelectField:
    """Up to which level a wish goes; of the milk's age one must be named, and the most lenient stands first."""
    if each.key == MILK_AGE:
        return menu(_("How old at most"), choices({level: LEVELS[level] for level in reversed(each.askable)}))
    named = choices({level: LEVELS[level] for level in each.askable})
    return menu(_("Or up to"), [SelectChoice("", _("None at all")), *named])


WishesForm: Final = type(
    "WishesForm", (Form,), {each.key: FormField(_wish_form(each), _(each.label)) for each in SOUGHT}
)


class RequestForm(PostForm):
    """A request: the need, the baby, what matters about the milk, the handoff, a note."""

    need = AmountField(_("How much a day"), description=_("Your best guess. Part of the need is fine too."))
    days = WholeField(_("For how many days"), default=30)
    stock = AmountField(_("How much you have left"), description=_("Only you see this."))
    baby_age_band = menu(_("Your baby's age"), [SelectChoice("", _("Please choose")), *choices(BABY_AGE_BANDS)])
    term_and_healthy = RadioField(
        _("Born at term and healthy?"),
        choices=choices(TERM_AND_HEALTHY),
        default="unsaid",
        validate_choice=False,
        description=_("Only you see this."),
    )
    bank_first = BooleanField(_("I have read this and want to go on here"))
    immediate_allergy = BooleanField(
        _("A food gave my baby hives, swelling or trouble breathing at once"),
        description=_(
            "Then we propose no donors by ourselves. Please ask your allergist before using another mother's milk."
        ),
    )
    accepts_asks = BooleanField(
        _("Show me donors who left a question open: I can ask them"),
        default=True,
        description=_("If not, you see only donors who answered everything you need."),
    )
    wishes: Any = FormField(WishesForm)

    @classmethod
    def of(cls, draft: RequestDraft, reader: Reader) -> "RequestForm":
        """The form as ``draft`` fills it in, with amounts in the reader's unit."""
        unit = reader.volume_unit
        return cls(
            reader,
            data={
                "unit": unit, "travel": f"{draft.travel_km:g}", "replace_bags": draft.replace_bags,
                "ends_on": draft.ends_on, "note": draft.note, "need": amount_in(draft.need_ml_per_day, unit),
                "days": draft.days, "stock": amount_in(draft.stock_ml, unit), "baby_age_band": draft.baby_age_band,
                "term_and_healthy": draft.term_and_healthy, "bank_first": draft.term_and_healthy == "no",
                "immediate_allergy": draft.immediate_allergy, "accepts_asks": draft.accepts_asks,
                "wishes": {
                    wish.attribute: {
                        "strength": wish.strength,
                        "avoid_days": "" if wish.avoid_days is None else str(wish.avoid_days),
                        "level": wish.level or "",
                    }
                    for wish in draft.wishes
                },
            },
        )  # fmt: skip

    @property
    def needs_bank_first(self) -> bool:
        """Whether the baby was born early or is ill, so that a milk bank and the clinician come first."""
        return bool(self.term_and_healthy.data == "no")

    def draft(self) -> RequestDraft:
        """What was typed, as far as it could be read."""
        return RequestDraft(
            need_ml_per_day=self.volume(self.need) or Millilitres(0),
            days=0 if self.days.data is None else self.days.data,
            stock_ml=self.volume(self.stock) or Millilitres(0), baby_age_band=self.baby_age_band.data or "",
            term_and_healthy=self.term_and_healthy.data or "unsaid", immediate_allergy=self.immediate_allergy.data,
            accepts_asks=self.accepts_asks.data, travel_km=self.radius(), note=self.words(),
            replace_bags=self.replace_bags.data or "unsaid", ends_on=self.ends_on.data, wishes=tuple(self._wished()),
        )  # fmt: skip

    def look_closer(self) -> None:
        """Ask the family of a baby born early or ill to read about milk banks before it goes on."""
        if self.needs_bank_first and not self.bank_first.data:
            self.bank_first.errors = [gettext(BANK_FIRST)]

    def _wished(self) -> list[Wish]:
        wished = []
        for each in SOUGHT:
            answer = cast("Any", self.wishes.form[each.key].form)
            if answer.strength.data:
                days = _days(answer.avoid_days.data) if "avoid_days" in answer else None
                level = (answer.level.data or None) if "level" in answer else None
                wished.append(Wish(each.key, answer.strength.data, days, level))
        return wished


def _days(chosen: str | None) -> int | None:
    if chosen is None or chosen in _NO_DAYS:
        return None
    return int(chosen) if chosen.isdecimal() and len(chosen) < len("1000") else UNREAD_DAYS
