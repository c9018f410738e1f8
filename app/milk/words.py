"""The words of lots for pages and labels: places, treatments, what happened, days left; tables, and nothing decided."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from app.kernel.quantities import Millilitres, ounces
from app.kernel.words import N_
from app.milk.queries import EntryView, Held, LifeEvent, LotView
from app.milk.rules.codes import shown
from app.milk.rules.deferrals import Days, Kind
from app.milk.rules.keeping import WHY_NOT, Heat, Kept
from app.milk.rules.ledger import Arrival, Entry
from app.milk.rules.lives import SplitFor
from app.milk.rules.policy import Policy
from app.milk.rules.withdrawals import Level, OpenedAs, Reason, Scope, State
from app.web.templating import day, volume

KEPT: Final = {
    Kept.FRESH: N_("at room temperature"),
    Kept.FRIDGE: N_("in a fridge"),
    Kept.FREEZER: N_("in a freezer with its own door"),
    Kept.DEEP_FREEZER: N_("in a deep freezer"),
    Kept.FREEZER_UNKNOWN: N_("in a freezer, kind not known"),
}
HEAT: Final = {
    Heat.NONE: N_("not heated"),
    Heat.SCALDED: N_("scalded"),
    Heat.FLASH_HEATED: N_("flash-heated"),
    Heat.HOLDER_HOME: N_("Holder-heated at home"),
    Heat.BANK_PASTEURISED: N_("pasteurised by a bank"),
}
ARRIVALS: Final = {
    Arrival.FROZEN: N_("frozen solid"),
    Arrival.COLD: N_("cold, never frozen"),
    Arrival.PARTLY_THAWED: N_("partly thawed"),
    Arrival.THAWED: N_("thawed"),
    Arrival.UNSAID: N_("how is not said"),
}
KINDS: Final = {
    Kind.MEDICINE: N_("Medicine"),
    Kind.ALCOHOL: N_("Alcohol"),
    Kind.NICOTINE: N_("Nicotine"),
    Kind.CANNABIS: N_("Cannabis"),
    Kind.FEVER: N_("Fever or illness"),
    Kind.MASTITIS: N_("Mastitis"),
    Kind.CONTRAST: N_("Contrast agent"),
    Kind.VACCINE: N_("Vaccine"),
    Kind.OTHER: N_("Something else"),
}
ENTRIES: Final = {
    Entry.CREATED: N_("%(volume)s put down, %(kept)s"),
    Entry.MOVED: N_("%(volume)s moved, now %(kept)s"),
    Entry.THAWED: N_("%(volume)s thawed"),
    Entry.RESERVED: N_("%(volume)s promised for a handoff"),
    Entry.RELEASED: N_("%(volume)s no longer promised"),
    Entry.HANDED_OVER: N_("%(volume)s handed over, %(condition)s on arrival"),
    Entry.FED: N_("%(volume)s fed, the family says"),
    Entry.STORED: N_("%(volume)s still kept, the family says"),
    Entry.WITHDRAWN: N_("withdrawn"),
    Entry.CLEARED: N_("no longer withdrawn: somebody has looked"),
}


def kept(place: Kept) -> str:
    """Where milk is kept, in words that follow "kept"."""
    return str(_(KEPT[place]))


def heat(treatment: Heat) -> str:
    """What heat it has seen."""
    return str(_(HEAT[treatment]))


def policy(source: Policy) -> str:
    """The name of a source of storage times."""
    return str(_(source.name))


def code(lot: LotView) -> str:
    """A lot's code as people read it."""
    return shown(lot.code)


def codes(lots: Iterable[LotView]) -> str:
    """The codes of some lots in one line."""
    return ", ".join(map(code, lots))


def happened(entry: EntryView) -> str:
    """A line of the ledger as a sentence; it names no one."""
    amount = volume(entry.volume_ml)
    other = shown(entry.other_code) if entry.other_code else ""
    if entry.kind is Entry.SPLIT:
        return str(_("%(volume)s made a lot of its own: %(code)s", volume=amount, code=other))
    if entry.kind is Entry.CREATED and other:
        return str(_("%(volume)s taken out of lot %(code)s", volume=amount, code=other))
    if entry.kind is Entry.DISCARDED:
        said = N_("%(volume)s poured away, the family says") if entry.holder else N_("%(volume)s poured away")
        return str(_(said, volume=amount))
    place = kept(entry.kept) if entry.kept else ""
    condition = _(ARRIVALS[entry.condition]) if entry.condition else ""
    if entry.happened_at is not None:
        said = _("%(volume)s handed over on %(day)s, %(condition)s on arrival",
                 volume=amount, day=day(entry.happened_at), condition=condition)  # fmt: skip
        return str(said)
    return str(_(ENTRIES[entry.kind], volume=amount, kept=place, condition=condition))


SPLITS: Final = {
    SplitFor.THAWED: N_("%(what)s, because it had thawed"),
    SplitFor.KEPT_BACK: N_("%(what)s, kept back"),
}


def lived(event: LifeEvent) -> str:
    """A line of a lot's life as a sentence; a family is a number."""
    what = happened(event.entry)
    if event.split_for is not None:
        what = str(_(SPLITS[event.split_for], what=what))
    return str(_("Family %(n)s: %(what)s", n=event.family, what=what)) if event.family else what


def event_codes(event: LifeEvent) -> str:
    """The codes of the lots that a line is about, where it is about others than the lot of the page."""
    return "" if event.is_own and len(event.codes) == 1 else ", ".join(map(shown, event.codes))


def bags_made(lot: LotView) -> str:
    """All bags a lot began with."""
    bags = ", ".join(f"{each.count} × {volume(each.size_ml)}" for each in lot.bags)
    return str(_("%(volume)s in bags: %(bags)s", volume=volume(lot.balance.made_ml), bags=bags))


def life_line(event: LifeEvent) -> str:
    """The same with the lots it is about, in one line."""
    codes = event_codes(event)
    return str(_("%(what)s (lot %(codes)s)", what=lived(event), codes=codes)) if codes else lived(event)


def held_days(held: Held) -> str:
    """For which days a lot is kept back; an empty string when nothing tells any more."""
    return "" if held.days is None else deferral_days(held.days)


def pumped(lot: LotView) -> str:
    """The days of a lot."""
    if lot.pumped_from == lot.pumped_to:
        return day(lot.pumped_from)
    return str(_("%(first)s to %(last)s", first=day(lot.pumped_from), last=day(lot.pumped_to)))


def label_lines(lot: LotView, size_ml: Millilitres) -> tuple[str, ...]:
    """What stands on the label of a bag under the code: never a name, a place or anything about health."""
    state = _("thawed %(day)s", day=day(lot.thawed_on)) if lot.thawed_on else kept(lot.kept)
    return (
        str(_("Pumped %(days)s", days=pumped(lot))),
        str(_("%(oz)s oz (%(ml)s ml)", oz=f"{ounces(size_ml):.1f}".removesuffix(".0"), ml=size_ml)),
        str(state),
        heat(lot.heat),
        str(_("Use by %(day)s (%(source)s)", day=day(lot.clock.use_by), source=policy(lot.clock.policy))),
    )


def days_left(lot: LotView) -> str:
    """How long it may still be used, in a few words."""
    if lot.is_over:
        return str(_("nothing left"))
    if lot.days_left < 0:
        return str(_("past its use-by day"))
    if lot.days_left == 0:
        return str(_("today is the last day"))
    return str(ngettext("%(num)d day left", "%(num)d days left", lot.days_left))


def tone(lot: LotView) -> str:
    """The colour of the badge beside those words."""
    if lot.is_over or lot.not_given is not None:
        return "badge-neutral badge-outline"
    return "badge-warning" if lot.is_soon else "badge-success badge-soft"


def not_given(lot: LotView) -> str:
    """Why it is not passed on; an empty string when it may be."""
    return str(_(WHY_NOT[lot.not_given])) if lot.not_given else ""


def deferral(kind: Kind) -> str:
    """What days kept back are for."""
    return str(_(KINDS[kind]))


def deferral_days(days: Days) -> str:
    """Days kept back, in a few words."""
    if days.last is None:
        return str(_("since %(first)s, still going on", first=day(days.first)))
    if days.first == days.last:
        return day(days.first)
    return str(_("%(first)s to %(last)s", first=day(days.first), last=day(days.last)))


def month(first: date) -> str:
    """A month with its year."""
    return str(format_date(first, "LLLL yyyy"))


def weekday(some: date, width: str) -> str:
    """The name of a day of the week, ``wide`` or ``short``."""
    return str(format_date(some, "cccc" if width == "wide" else "ccc"))


TODO: Final = {
    Level.HOLD: N_("Please keep this milk for now and do not feed it."),
    Level.MEDIUM: N_("Please do not feed this milk. Pour it away, or ask your baby's clinician first."),
    Level.HIGH: N_("Please do not feed this milk. Keep the bags, and ask your baby's clinician what to do."),
    Level.URGENT: N_("Please do not feed this milk. Keep the bags apart, and call your baby's clinician today."),
}
_ASK: Final = N_("If your baby had some: tell your baby's clinician, also when your baby seems well.")
STEPS: Final = {
    Level.HOLD: (N_("Leave the bags closed and cold. We will write again."), _ASK),
    Level.MEDIUM: (
        N_("Pour it away, or keep it closed until you have asked."),
        N_("If your baby had some and you are worried, ask your baby's clinician."),
    ),
    Level.HIGH: (N_("Keep the bags closed and apart from other milk: a clinician may want to see them."), _ASK),
    Level.URGENT: (
        N_("Keep the bags closed and apart from other milk: a clinician may want to have them tested."),
        N_("If your baby had some: call your baby's clinician or an advice line today and read them this page."),
        N_("If your baby seems ill now, get help at once and do not wait for an answer."),
    ),
}
REASON_WORDS: Final = {
    Reason.POSITIVE_TEST: N_("A blood test came back positive"),
    Reason.SUBSTANCE: N_("A medicine, alcohol, nicotine or cannabis that families did not know of"),
    Reason.INFECTION: N_("A fever, mastitis or another infection"),
    Reason.STORAGE: N_("The freezer failed, a label is wrong, or milk was frozen again"),
    Reason.ADULTERATION: N_("Something was added to the milk"),
    Reason.INFANT_ILL: N_("A baby who drank of it is ill"),
}
STATES: Final = {
    State.REVIEW: N_("held, a moderator looks first"),
    State.TELLING: N_("families are being told"),
    State.CLOSED: N_("done"),
    State.ENDED: N_("ended after a look, no family was told"),
}
OPENERS: Final = {
    OpenedAs.DONOR: N_("its donor"),
    OpenedAs.SCREENER: N_("a screener"),
    OpenedAs.MODERATOR: N_("a moderator"),
    OpenedAs.DEFERRAL: N_("the donor's calendar"),
    OpenedAs.CODE: N_("somebody with the recall code"),
}


def todo(level: Level) -> str:
    """What a family is to do, in one sentence."""
    return str(_(TODO[level]))


def todo_steps(level: Level) -> list[str]:
    """The same in steps."""
    return [str(_(words)) for words in STEPS[level]]


def withdrawal_reason(reason: Reason) -> str:
    """Why milk was withdrawn, for those who may know."""
    return str(_(REASON_WORDS[reason]))


def withdrawal_state(state: State) -> str:
    """How far a withdrawal is."""
    return str(_(STATES[state]))


def opened_as(opener: OpenedAs) -> str:
    """Who began it, by what they are."""
    return str(_(OPENERS[opener]))


def days(span: tuple[date, date]) -> str:
    """Days of pumping; from the first of all calendars on is up to the last."""
    first, last = span
    if first.year <= 1:
        return str(_("up to %(last)s", last=day(last)))
    return str(_("%(first)s to %(last)s", first=day(first), last=day(last)))


def scope(found: Scope, reason: Reason) -> str:
    """How far a withdrawal reaches and why so far, in plain words."""
    if found.days is None:
        if found.fed_since is not None:
            return str(_("All milk that families have or were given or fed in the last seven days."))
        return str(_("The lots you named."))
    if found.days[0].year <= 1:
        return str(_("All milk ever pumped, because nothing says since when it might be so."))
    told = {
        Reason.POSITIVE_TEST: N_("Milk pumped %(days)s: from twelve months before the last negative test on."),
        Reason.SUBSTANCE: N_("Milk pumped %(days)s: the days of use, and those until it has left the milk."),
        Reason.INFECTION: N_("Milk pumped %(days)s: from three days before the first sign until well again."),
    }
    return str(_(told.get(reason, N_("Milk pumped %(days)s.")), days=days(found.days)))
