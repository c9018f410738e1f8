"""``may`` of a handoff beside its page: in every state, for each of the two, a program is offered what a person is."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from app.handoffs import queries, services
from app.handoffs.rules.absences import ANSWER_WITHIN, Said
from app.handoffs.rules.after_all import SAID_WITHIN
from app.handoffs.rules.amounts import CORRECTION, MISSED_AFTER, Condition
from app.handoffs.rules.cooler import MOST_TRIES
from app.handoffs.rules.states import CancelReason, HandoffState
from tests.conftest import NOW
from tests.handoffs.factories import DAY, END, HOUR, START, agreed, proposed, row, talk

HOME = "/api/v1/handoffs"

OPERATIONS = {
    "agree": "agree", "decline": "decline", "other-time": "counter", "cancel": "cancel", "place": "place",
    "delegate": "delegate", "on-the-way": "on-the-way", "late": "late", "code": "code", "confirm": "amounts",
    "missed": "missed", "missed/answer": "missed", "after-all": "met-after-all", "after-all/no": "not-met",
}  # fmt: skip
"""What the end of an address of the page does, as ``may`` names it."""

OTHERS = {"lots", "lots/new", "lots/accept", "excuse", "excuse/ask", "excuse/moderator", "handoff.ics"}
"""Ends of addresses on the page that have operations of their own, or change nothing."""


class Way:
    """One meeting and how it came to where it stands; each step is a method, at its own moment."""

    def __init__(self, where) -> None:
        self.where, self.donor, self.family = where, where.donor.identity, where.family.identity

    def _moved(self, step: Callable[..., object], who, **said) -> None:
        step(who, self.id, **said)

    def proposed(self, by=None) -> "Way":
        self.id = proposed(self.where, by)
        return self

    def agreed(self) -> "Way":
        self.id = agreed(self.where)
        return self

    def missed(self, said: Said = Said.WAS_THERE) -> "Way":
        self._moved(services.report_missed, self.family, said=said, now=END)
        return self

    def answered(self) -> "Way":
        self._moved(services.answer_missed, self.donor, said=Said.NOT_THERE, now=END + HOUR)
        return self

    def met_after_all(self, by: str = "donor") -> "Way":
        self._moved(services.say_met, getattr(self, by), now=END + HOUR)
        return self

    def not_met(self, by: str = "family") -> "Way":
        self._moved(services.say_not_met, getattr(self, by), now=END + 2 * HOUR)
        return self

    def gave(self, amount: int = 400, now=START) -> "Way":
        self._moved(services.confirm, self.donor, amount_ml=amount, condition=None, now=now)
        return self

    def received(self, amount: int = 400, now=START) -> "Way":
        self._moved(services.confirm, self.family, amount_ml=amount, condition=Condition.FROZEN, now=now)
        return self

    def tried(self, times: int) -> "Way":
        for _wrong in range(times):
            services.enter_code(self.donor, self.id, "000000" if self._code() != "000000" else "111111", now=START)
        return self

    def met_by_code(self) -> "Way":
        services.enter_code(self.donor, self.id, self._code(), now=START)
        return self

    def _code(self) -> str:
        return queries.handoff_for(self.family, self.id, now=START).mine.code

    def left(self, who: str = "donor") -> "Way":
        self._moved(services.say_on_the_way, getattr(self, who), now=START - HOUR)
        return self

    def late(self) -> "Way":
        self._moved(services.say_late, self.donor, minutes=10, now=START - HOUR)
        return self

    def place(self) -> "Way":
        self._moved(services.set_place_note, self.donor, note="Library", now=NOW)
        return self

    def delegate(self) -> "Way":
        self._moved(services.name_delegate, self.donor, name="Rosa", now=NOW)
        return self

    def declined(self) -> "Way":
        self._moved(services.decline, self.donor, now=NOW)
        return self

    def cancelled(self) -> "Way":
        self._moved(services.cancel, self.donor, reason=CancelReason.UNSAID, now=NOW)
        return self

    def settled(self, now=END + MISSED_AFTER + HOUR) -> "Way":
        services.settle_overdue(now=now)
        return self


SECOND = timedelta(seconds=1)

WAYS = {
    "proposed by the family": ("proposed", NOW, lambda way: way.proposed()),
    "proposed by the donor": ("proposed", NOW, lambda way: way.proposed(way.where.donor)),
    "proposed, and its window is over": ("proposed", END + SECOND, lambda way: way.proposed()),
    "agreed, a day before": ("agreed", NOW, lambda way: way.agreed()),
    "agreed, with a place and a delegate": ("agreed", NOW, lambda way: way.agreed().place().delegate()),
    "agreed, an hour before": ("agreed", START - HOUR, lambda way: way.agreed()),
    "agreed, one is late": ("agreed", START - HOUR, lambda way: way.agreed().late()),
    "agreed, in the window": ("agreed", START + HOUR, lambda way: way.agreed()),
    "agreed, four wrong codes": ("agreed", START, lambda way: way.agreed().tried(MOST_TRIES - 1)),
    "agreed, five wrong codes": ("agreed", START, lambda way: way.agreed().tried(MOST_TRIES)),
    "agreed, the window is over": ("agreed", END, lambda way: way.agreed()),
    "agreed, the window is long over": ("agreed", END + DAY, lambda way: way.agreed().place()),
    "one has left": ("on_the_way", START - HOUR, lambda way: way.agreed().left()),
    "both have left": ("on_the_way", START, lambda way: way.agreed().left().left("family")),
    "left, and the window is over": ("on_the_way", END + HOUR, lambda way: way.agreed().left()),
    "met by the code": ("met", START, lambda way: way.agreed().met_by_code()),
    "met by the code, days ago": ("met", END + DAY, lambda way: way.agreed().met_by_code()),
    "met, the donor's amount": ("met", START, lambda way: way.agreed().gave()),
    "met, the family's amount": ("met", END + HOUR, lambda way: way.agreed().received()),
    "met after all, as the donor says": ("met", END + DAY, lambda way: way.agreed().missed().met_after_all()),
    "met after all, as the family says": ("met", END + DAY, lambda way: way.agreed().missed().met_after_all("family")),
    "met after all, and the other entered an amount": (
        "met", END + DAY, lambda way: way.agreed().missed().met_after_all().received(now=END + DAY),
    ),
    "confirmed, the amounts agree": ("confirmed", START, lambda way: way.agreed().gave().received()),
    "confirmed, the amounts differ": ("confirmed", START, lambda way: way.agreed().gave().received(300)),
    "confirmed, and differing for too long": (
        "confirmed", START + CORRECTION + SECOND, lambda way: way.agreed().gave().received(300),
    ),
    "confirmed after all": (
        "confirmed", END + DAY, lambda way: way.agreed().missed().met_after_all().received(now=END).gave(now=END),
    ),
    "declined": ("declined", NOW, lambda way: way.proposed().declined()),
    "called off": ("cancelled", NOW, lambda way: way.agreed().cancelled()),
    "called off before an answer": ("cancelled", NOW, lambda way: way.proposed().cancelled()),
    "missed, as the family says": ("missed", END + HOUR, lambda way: way.agreed().missed()),
    "missed, the family was not there": ("missed", END + HOUR, lambda way: way.agreed().missed(Said.NOT_THERE)),
    "missed, neither was there": ("missed", END + HOUR, lambda way: way.agreed().missed(Said.NEITHER)),
    "missed, in the last second for an answer": ("missed", END + ANSWER_WITHIN - SECOND, lambda w: w.agreed().missed()),
    "missed, too late for an answer": ("missed", END + ANSWER_WITHIN, lambda way: way.agreed().missed()),
    "missed, and answered": ("missed", END + DAY, lambda way: way.agreed().missed().answered()),
    "missed by time": ("missed", END + MISSED_AFTER + DAY, lambda way: way.agreed().settled()),
    "missed, too long ago": ("missed", END + SAID_WITHIN, lambda way: way.agreed().missed()),
    "said to be met, and not": ("missed", END + DAY, lambda way: way.agreed().missed().met_after_all().not_met()),
    "said by the other, and not": (
        "missed", END + DAY, lambda way: way.agreed().missed().met_after_all("family").not_met("donor"),
    ),
}  # fmt: skip


def offered(page: str, public_id: str) -> set[str]:
    """What the page of a handoff leads to, as operations; an address that nobody has named here is a fault."""
    found = re.findall(rf'(?:action|href)="/handoffs/{re.escape(public_id)}/([\w/.-]+)', page)
    ends = {end for end in found if end.split("/")[0] != "after"}
    assert ends <= OPERATIONS.keys() | OTHERS
    return {OPERATIONS[end] for end in ends if end in OPERATIONS}


def test_the_table_holds_every_state():
    assert {state for state, _now, _way in WAYS.values()} == {each.value for each in HandoffState}


@pytest.mark.parametrize("name", WAYS)
def test_a_program_is_offered_what_the_page_offers_each_of_the_two(app, bearer, sign_in, donor, family, name):
    state, now, way = WAYS[name]
    with time_machine.travel(NOW, tick=False) as clock:
        with app.app_context():
            there = way(Way(talk(donor, family)))
            assert row(there.id).state == state
        clock.move_to(now)
        for who in (donor, family):
            program = bearer(who)
            may = program.get(f"{HOME}/{there.id}").json["may"]
            assert len(set(may)) == len(may)
            assert set(may) == offered(sign_in(who).get(f"/handoffs/{there.id}").text, there.id), who.display_name
            (listed,) = program.get(HOME).json["items"]
            assert listed["may"] == may


BODIES = {
    "agree": ("post", {}), "decline": ("post", None), "cancel": ("post", {}), "place": ("put", {"place": "Here"}),
    "delegate": ("put", {"name": "Sam"}), "on-the-way": ("post", None), "late": ("post", {"minutes": 20}),
    "code": ("post", {"code": "123456"}), "missed": ("post", {"said": "not_there"}), "met-after-all": ("post", None),
    "not-met": ("post", None),
}  # fmt: skip
"""How each operation is called; amounts and another time have more to be right about."""


@pytest.mark.parametrize("name", WAYS)
def test_what_may_names_is_done_when_it_is_asked_for(app, bearer, donor, family, name):
    _state, now, way = WAYS[name]
    with time_machine.travel(NOW, tick=False) as clock:
        with app.app_context():
            there = way(Way(talk(donor, family)))
        clock.move_to(now)
        for who in (donor, family):
            program, address = bearer(who), f"{HOME}/{there.id}"
            for operation in program.get(address).json["may"]:
                # What was done before may have taken this one away; then it is no longer named.
                if operation in BODIES and operation in program.get(address).json["may"]:
                    verb, body = BODIES[operation]
                    answer = getattr(program, verb)(f"{address}/{operation}", json=body)
                    assert answer.status_code == 200, (operation, answer.text)
