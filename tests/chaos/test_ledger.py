"""The ledger sees what it is there to see; otherwise its zeros would say nothing."""

import random
from types import SimpleNamespace

import pytest

from tests.chaos.ledger import Ledger, Stored, drawn_up
from tests.chaos.phones import Account, Phone, Screen

ANA, BEN = 1, 2


@pytest.fixture
def phones() -> list[Phone]:
    """Ana and Ben, who both see Ana's two lines and Ben's one."""
    both = [
        Phone(
            {"id": person, "cookie": "", "csrf": "", "conversation": "talk"}, lambda: 0, Account(), random.Random(1),
            in_flight=1,
        )
        for person in (ANA, BEN)
    ]  # fmt: skip
    for phone in both:
        phone.screen.lines = [(1, "a1"), (2, "b1"), (3, "a2")]
    return both


@pytest.fixture
def account() -> Account:
    account = Account()
    account.written = {
        (ANA, "x"): ("talk", "a1", 1), (ANA, "y"): ("talk", "a2", 2), (BEN, "z"): ("talk", "b1", 1),
    }  # fmt: skip
    account.acknowledged = {(ANA, "x"): 1, (BEN, "z"): 2, (ANA, "y"): 3}
    return account


@pytest.fixture
def rows() -> list[Stored]:
    return [
        Stored("talk", 1, ANA, "x", "a1"), Stored("talk", 2, BEN, "z", "b1"), Stored("talk", 3, ANA, "y", "a2")
    ]  # fmt: skip


def test_a_run_in_which_all_went_well_is_clean(account, phones, rows):
    assert drawn_up(account, phones, rows) == Ledger()
    assert Ledger().clean


@pytest.mark.parametrize(
    ("happens", "seen"),
    [
        (lambda it: it.rows.pop(), Ledger(never_stored=1)),
        (lambda it: it.account.acknowledged.update({(ANA, "y"): 7}), Ledger(never_stored=1)),
        (lambda it: it.account.acknowledged.pop((ANA, "y")), Ledger(unsent=1)),
        (
            lambda it: [it.rows.append(Stored("talk", 4, ANA, "new", "a2")), it.show(4, "a2")],
            Ledger(doubled=3, ghosts=1),
        ),
        (lambda it: it.rows.append(Stored("talk", 4, BEN, "?", "boo")), Ledger(ghosts=1, missed=2)),
        (lambda it: it.phones[0].screen.lines.pop(), Ledger(missed=1)),
        (lambda it: it.phones[0].screen.lines.append((4, "a2")), Ledger(doubled=1)),
        (lambda it: it.phones[1].screen.lines.reverse(), Ledger(out_of_order=2)),
        (lambda it: it.account.contradictions.append("2: b1, before b2"), Ledger(contradictions=1)),
        (lambda it: it.account.refusals.append("not_found"), Ledger(refused=1)),
    ],
)
def test_each_kind_of_harm_is_seen(account, phones, rows, happens, seen):
    def show(seq: int, body: str) -> None:
        for phone in phones:
            phone.screen.lines.append((seq, body))

    happens(SimpleNamespace(account=account, phones=phones, rows=rows, show=show))
    assert drawn_up(account, phones, rows) == seen
    assert not seen.clean


def test_lines_of_one_person_in_another_order_than_written_are_seen(account, phones, rows):
    rows[:] = [Stored("talk", 1, ANA, "y", "a2"), rows[1], Stored("talk", 3, ANA, "x", "a1")]
    assert drawn_up(account, phones, rows).out_of_order == 2


def test_a_hole_in_the_numbers_is_seen(account, phones, rows):
    rows[2] = rows[2]._replace(seq=4)
    assert drawn_up(account, phones, rows).out_of_order == 1


def test_a_screen_takes_the_next_line_only():
    screen = Screen()
    assert [screen.show(seq, "x") for seq in (1, 3, 2, 2, 3)] == [True, False, True, True, True]
    assert [seq for seq, _ in screen.lines] == [1, 2, 3]
