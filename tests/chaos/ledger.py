"""Holds what the phones know against what the database keeps and what each screen shows."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import create_engine, text

from config import Settings
from tests.chaos.phones import Account, Phone


class Stored(NamedTuple):
    """A message as the database has it."""

    conversation: str
    seq: int
    sender: int
    client_id: str
    body: str


@dataclass
class Ledger:
    """Every figure must be 0."""

    never_stored: int = 0
    """Acknowledged, and not in the database at the place and with the words acknowledged."""
    unsent: int = 0
    """Written, and never acknowledged although the server came back."""
    doubled: int = 0
    """Stored twice, or twice on one screen."""
    ghosts: int = 0
    """Stored, and written by nobody."""
    missed: int = 0
    """Stored, and not on a screen of the two, or there with other words."""
    out_of_order: int = 0
    """One's own lines in another order than written, or a screen in another order than the database, or a hole."""
    contradictions: int = 0
    """Two different lines heard for one place."""
    refused: int = 0
    """Refused for good."""

    @property
    def clean(self) -> bool:
        """Whether nothing at all went wrong."""
        return not any(getattr(self, field.name) for field in fields(self))


def stored(database_url: str) -> list[Stored]:
    """Every message, conversation by conversation in its order."""
    engine = create_engine(Settings(database_url=database_url).database())
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT c.public_id, m.seq, m.sender_id, m.client_id, m.body FROM messages m"
                " JOIN conversations c ON c.id = m.conversation_id ORDER BY c.id, m.seq"
            )
        )
        found = [
            Stored(conversation, seq, sender, str(client), body) for conversation, seq, sender, client, body in rows
        ]
    engine.dispose()
    return found


def drawn_up(account: Account, phones: Iterable[Phone], rows: list[Stored]) -> Ledger:
    """The ledger of a run."""
    ledger = Ledger(contradictions=len(account.contradictions), refused=len(account.refusals))
    _database(ledger, account, rows)
    talks: defaultdict[str, list[Stored]] = defaultdict(list)
    for row in rows:
        talks[row.conversation].append(row)
    for phone in phones:
        _screen(ledger, phone.screen.lines, [(row.seq, row.body) for row in talks[phone.conversation]])
    for talk in talks.values():
        _order(ledger, account, talk)
    return ledger


def _database(ledger: Ledger, account: Account, rows: list[Stored]) -> None:
    by_id = {(row.sender, row.client_id): row for row in rows}
    ledger.doubled += len(rows) - len(by_id)
    ledger.doubled += sum(times - 1 for times in Counter((row.conversation, row.body) for row in rows).values())
    ledger.ghosts += sum(1 for key in by_id if key not in account.written)
    ledger.unsent += sum(1 for key in account.written if key not in account.acknowledged)
    for key, seq in account.acknowledged.items():
        row, (conversation, body, _) = by_id.get(key), account.written[key]
        ledger.never_stored += row is None or (row.conversation, row.seq, row.body) != (conversation, seq, body)


def _screen(ledger: Ledger, lines: list[tuple[int, str]], kept: list[tuple[int, str]]) -> None:
    shown = Counter(lines)
    ledger.missed += sum(1 for line in kept if line not in shown)
    ledger.doubled += sum(times - 1 for times in Counter(body for _, body in lines).values())
    ledger.out_of_order += sum(1 for one, other in pairwise(lines) if other[0] != one[0] + 1)


def _order(ledger: Ledger, account: Account, talk: list[Stored]) -> None:
    ledger.out_of_order += sum(1 for place, row in enumerate(talk, 1) if row.seq != place)
    said: defaultdict[int, int] = defaultdict(int)
    for row in talk:
        written = account.written.get((row.sender, row.client_id))
        if written is not None:
            ledger.out_of_order += written[2] != said[row.sender] + 1
            said[row.sender] = written[2]
