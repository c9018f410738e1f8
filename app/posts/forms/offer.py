"""The form of an offer."""

from decimal import Decimal
from typing import Any, Final, cast

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Form, FormField, HiddenField, RadioField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined] # the stubs lag behind the library.

from app.kernel.quantities import Millilitres
from app.kernel.words import N_
from app.posts.forms.fields import AmountField, DayField, WholeField, amount_in, choices, menu, millilitres
from app.posts.forms.post import PostForm, Reader
from app.posts.rules import ATTRIBUTES, LEVELS, LIPASE, PREFERENCES, STORAGE, Attribute, Fact, OfferDraft
from app.posts.rules.attributes import TOLD
from app.posts.rules.drafts import FAMILIES_UNLESS_SAID

SUPPLY: Final = {"once": N_("Once, what I have now"), "weekly": N_("Every week, as I pump")}
STATES: Final = {
    "food": (N_("I avoid it"), N_("I eat it")),
    "diet": (N_("I keep to it"), N_("I do not")),
    "substance": (N_("None"), N_("Some")),
    "medicine": (N_("I take none"), N_("I take some: ask me")),
    "told": (N_("None"), N_("Some")),
}
"""The two answers a donor may give, by kind of attribute."""

BAGS_DISAGREE: Final = N_("The bags make %(bags)s, and the amount above says %(amount)s. Which is right?")
_TOLERANCE: Final = Decimal("0.05")
STATED: Final = tuple(each for each in ATTRIBUTES if each.kind in STATES)
"""What a donor states attribute by attribute; the soapy taste has a question of its own."""


def _fact_form(each: Attribute) -> type[Form]:
    avoids, uses = STATES[each.kind]
    answers = choices({"": N_("Not said"), "avoids": avoids, "uses": uses})
    fields: dict[str, Any] = {
        "state": RadioField(each.label, choices=answers, default="", validate_choice=False),
        "since": DayField(_("Since when, or the day of the last one") if each.kind == TOLD else _("Since when")),
    }
    if each.levels:
        levels = choices({"": N_("Not said"), **{level: LEVELS[level] for level in each.levels}})
        fields["level"] = menu(_("How much"), levels)
    return type(f"{each.key.title()}FactForm", (Form,), fields)


FactsForm: Final = type("FactsForm", (Form,), {each.key: FormField(_fact_form(each), _(each.label)) for each in STATED})


class OfferForm(PostForm):
    """An offer: the milk, what the donor eats and takes, the handoff, a note."""

    after_loss = HiddenField()
    supply = RadioField(_("You can give"), choices=choices(SUPPLY), default="once", validate_choice=False)
    amount = AmountField(_("How much in all"))
    bags_count = WholeField(_("Number of bags"))
    bags_size = AmountField(_("In each bag"))
    storage = menu(_("How it is kept"), [SelectChoice("", _("Please choose")), *choices(STORAGE)])
    pumped_from = DayField(_("Oldest milk, pumped on"), description=_("About is fine."))
    pumped_to = DayField(_("Newest milk, pumped on"))
    lipase = menu(_("Soapy taste (lipase)"), choices(LIPASE))
    baby_age_months = WholeField(_("Your baby's age in months"), description=_("Only if you like."))
    max_families = WholeField(
        _("For how many families at most"),
        default=FAMILIES_UNLESS_SAID,
        description=_("A large amount often helps more than one baby. You choose each of them."),
    )
    smallest_handoff = AmountField(_("Smallest amount worth a meeting"), description=_("Only if you like."))
    preference = menu(
        _("Which families shall stand first in your list?"),
        choices(PREFERENCES),
        default="none",
        description=_("Only you see this. It changes the order of your own list, and nobody else's."),
    )
    facts: Any = FormField(FactsForm)

    @classmethod
    def of(cls, draft: OfferDraft, reader: Reader) -> "OfferForm":
        """The form as ``draft`` fills it in, with amounts in the reader's unit."""
        unit = reader.volume_unit
        return cls(
            reader,
            data={
                "unit": unit, "travel": f"{draft.travel_km:g}", "replace_bags": draft.replace_bags,
                "ends_on": draft.ends_on, "note": draft.note, "after_loss": "1" if draft.after_loss else "",
                "supply": draft.supply, "amount": amount_in(draft.amount_ml, unit), "storage": draft.storage,
                "pumped_from": draft.pumped_from, "pumped_to": draft.pumped_to, "lipase": draft.lipase,
                "baby_age_months": draft.baby_age_months, "max_families": draft.max_families,
                "preference": draft.preference,
                "smallest_handoff": amount_in(draft.smallest_handoff_ml, unit),
                "facts": {
                    fact.attribute: {"state": fact.state, "since": fact.since, "level": fact.level or ""}
                    for fact in draft.facts
                },
            },
        )  # fmt: skip

    @property
    def is_after_loss(self) -> bool:
        """Whether the donor takes the gentle way after a loss: no least amount, nothing about a baby."""
        return bool(self.after_loss.data == "1")

    def _families(self) -> int:
        """As typed; after a loss, where it is not asked, the milk goes to one family."""
        if self.max_families.data is not None:
            return int(self.max_families.data)
        return 1 if self.is_after_loss else FAMILIES_UNLESS_SAID

    def draft(self) -> OfferDraft:
        """What was typed, as far as it could be read."""
        amount = self.volume(self.amount)
        amount = amount if amount is not None else self.bags()
        once = self.supply.data != "weekly"
        return OfferDraft(
            supply=self.supply.data or "", volume_ml=amount if once else None, weekly_ml=None if once else amount,
            pumped_from=self.pumped_from.data, pumped_to=self.pumped_to.data, storage=self.storage.data or "",
            lipase=self.lipase.data or "unknown",
            baby_age_months=None if self.is_after_loss else self.baby_age_months.data,
            max_families=self._families(),
            smallest_handoff_ml=self.volume(self.smallest_handoff), after_loss=self.is_after_loss,
            preference=self.preference.data or "none",
            travel_km=self.radius(), note=self.words(), replace_bags=self.replace_bags.data or "unsaid",
            ends_on=self.ends_on.data, facts=tuple(self._stated()),
        )  # fmt: skip

    def bags(self) -> Millilitres | None:
        """Bags times size, or None when one of the two is missing."""
        size, count = self.bags_size.data, self.bags_count.data
        return None if size is None or count is None else millilitres(size * count, self.unit.data)

    def look_closer(self) -> None:
        """Ask which is right when amount and bags differ by more than a twentieth."""
        amount, size, count = self.amount.data, self.bags_size.data, self.bags_count.data
        if amount is None or size is None or count is None or self.amount.errors:
            return
        bags = size * count
        if abs(bags - amount) > abs(amount) * _TOLERANCE:
            unit = self.unit.data
            words = gettext(BAGS_DISAGREE) % {"bags": f"{bags:f} {unit}", "amount": f"{amount:f} {unit}"}
            self.amount.errors = [words]

    def _stated(self) -> list[Fact]:
        stated = []
        for each in STATED:
            answer = cast("Any", self.facts.form[each.key].form)
            level = (answer.level.data or None) if each.levels and answer.state.data == "uses" else None
            if answer.state.data or answer.since.data:
                stated.append(Fact(each.key, answer.state.data or "unknown", answer.since.data, level))
        return stated
