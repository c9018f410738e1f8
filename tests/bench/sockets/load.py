"""
The load generator, a process of its own: reads one order as JSON, prints what it measured as JSON.

``{"do": name, "people": [{"cookie", "csrf", "conversation"}], "addresses": [one or two], "kind": …, …}``. Phones 2k
and 2k + 1 talk with each other; with two addresses the first of each pair is at the first. A message's time begins
when it was due, not when it could be sent, so that a server that stalls is not spared.
"""

import asyncio
import gc
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import numpy as np

from tests.bench.sockets.line import Line

EVENTS: Final = {"ours": "message.send", "bare": "bare.send", "bare_together": "bare.together", "echo": "message.send"}
WORDS: Final = "Half past four at the library, I bring the cooler with me? #"
AT_ONCE: Final = 2500
"""Connections that are being opened at the same time: more would only fill the system's own queue."""
TRIES: Final = 20
AFTER: Final = 15
"""Seconds to wait for what is on its way at the end."""
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def processor_seconds(processes: Sequence[int]) -> float:
    """Seconds of processor that the processes have used, all threads together."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split() for pid in processes]
    return sum(int(found[11]) + int(found[12]) for found in fields) / _TICKS


def switches(processes: Sequence[int]) -> int:
    """How often the threads of the processes that still run gave up their processor to wait for something."""
    found = 0
    for process in processes:
        for thread in Path(f"/proc/{process}/task").iterdir():
            with suppress(OSError):  # it may end at this moment
                found += int((thread / "status").read_text().split("voluntary_ctxt_switches:")[1].split()[0])
    return found


class Phones:
    """All phones of an order, and what each message went through."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.kind = str(order.get("kind", "ours"))
        self.people = order["people"]
        self.lines: list[Line] = []
        self.refused_at_the_door = 0
        self.due: list[float] = []
        self.late: list[float] = []
        self.answered: dict[int, float] = {}
        self.heard: dict[int, float] = {}
        self.refusals: Counter[str] = Counter()
        self.places: list[set[int]] = []
        self.when_answered = lambda _phone: None

    async def connect(self) -> float:
        """Connect everybody at once and return how many seconds it took until the last was let in."""
        gate, start = asyncio.Semaphore(AT_ONCE), time.perf_counter()
        self.lines = await asyncio.gather(*(self._one(phone, gate) for phone in range(len(self.people))))
        self.places = [set() for _ in self.lines]
        for phone, line in enumerate(self.lines):
            line.heard = lambda event, payload, phone=phone: self._hear(phone, event, payload)
            line.answered = lambda number, answer, phone=phone: self._take(phone, number, answer)
        return time.perf_counter() - start

    async def _one(self, phone: int, gate: asyncio.Semaphore) -> Line:
        who, addresses = self.people[phone], self.order["addresses"]
        auth = {"name": str(phone)} if self.kind == "echo" else {"csrf": who["csrf"]}
        async with gate:
            for _ in range(TRIES):
                try:
                    return await Line.open(addresses[phone % len(addresses)], auth, who["cookie"])
                except OSError:
                    self.refused_at_the_door += 1
                    await asyncio.sleep(0.2)
        raise RuntimeError("the server lets nobody in")

    def say(self, phone: int, due: float) -> None:
        """Send the next message from ``phone``."""
        number = len(self.due)
        self.due.append(due)
        self.late.append(time.perf_counter() - due)
        conversation = str(phone ^ 1) if self.kind == "echo" else self.people[phone]["conversation"]
        client_id = str(UUID(int=(self.order.get("first", 0) << 64) + number, version=4))
        payload = {"conversation": conversation, "client_id": client_id, "kind": "text", "body": f"{WORDS}{number}"}
        self.lines[phone].ask(number, EVENTS[self.kind], payload)

    def _hear(self, phone: int, event: str, payload: Any) -> None:
        if event == "message.new" and not payload.get("mine"):
            self.heard.setdefault(int(payload["body"].rpartition("#")[2]), time.perf_counter())
        if event == "message.new" and "seq" in payload:
            self.places[phone].add(payload["seq"])
        if event == "resync":
            self.catch_up(phone)

    def catch_up(self, phone: int) -> None:
        """Ask for all of the conversation that follows the last place without a hole before it."""
        last = 0
        while last + 1 in self.places[phone]:
            last += 1
        asked = {"id": self.people[phone]["conversation"], "after_seq": last}
        self.lines[phone].ask(10**9 + last, "conversation.open", asked)

    async def caught_up(self) -> None:
        """Have every phone ask for what it lacks, and wait until none has learned anything for two seconds."""
        for phone in range(len(self.lines)):
            self.catch_up(phone)
        known = -1
        while known != sum(map(len, self.places)):
            known = sum(map(len, self.places))
            await asyncio.sleep(2)

    def _take(self, phone: int, number: int, answer: Any) -> None:
        if number >= 10**9:
            self.places[phone].update(message["seq"] for message in answer.get("messages", ()))
            if answer.get("more"):
                self.catch_up(phone)
            return
        if answer["ok"]:
            self.answered[number] = time.perf_counter()
        else:
            self.refusals[answer["error"]["code"]] += 1
        self.when_answered(phone)

    async def paced(self, rate: float, seconds: float) -> None:
        """Send so many messages a second, evenly, by all phones in turn; then wait for what is on its way."""
        start = time.perf_counter() + 0.2
        for number in range(int(rate * seconds)):
            due = start + number / rate
            wait = due - time.perf_counter()
            if wait > 0 or number % 20 == 0:
                await asyncio.sleep(max(0.0, wait))
            self.say(number % len(self.lines), due)
        await self.settled()

    async def settled(self) -> None:
        """Wait until all that was said was answered and heard, at most :data:`AFTER` seconds."""
        deadline = time.perf_counter() + AFTER
        while time.perf_counter() < deadline:
            done = len(self.answered) + sum(self.refusals.values())
            if done >= len(self.due) and len(self.heard) >= len(self.answered):
                return
            await asyncio.sleep(0.05)

    def close(self) -> None:
        for line in self.lines:
            line.transport.abort()


def _percentiles(taken: list[float]) -> list[float]:
    return [float(value) * 1000 for value in np.percentile(taken, [50, 95, 99])] if taken else [float("nan")] * 3


async def pace(phones: Phones) -> dict[str, Any]:
    """A given number of messages a second; those of the first second do not count."""
    order = phones.order
    worked, waited = processor_seconds(order["processes"]), switches(order["processes"])
    await phones.paced(order["rate"], order["seconds"] + 1)
    worked = processor_seconds(order["processes"]) - worked
    waited = switches(order["processes"]) - waited
    counted = range(int(order["rate"]), len(phones.due))
    return {
        "heard": _percentiles([phones.heard[n] - phones.due[n] for n in counted if n in phones.heard]),
        "answered": _percentiles([phones.answered[n] - phones.due[n] for n in counted if n in phones.answered]),
        "unheard": len(phones.due) - len(phones.heard), "unanswered": len(phones.due) - len(phones.answered),
        "refusals": dict(phones.refusals), "processor_ms": worked * 1000 / max(1, len(phones.due)),
        "switches": waited / max(1, len(phones.due)), "late": _percentiles([phones.late[n] for n in counted])[-1],
    }  # fmt: skip


async def ceiling(phones: Phones) -> dict[str, Any]:
    """Every phone writes its next message as soon as the last was answered."""
    order, on = phones.order, True

    def again(phone: int) -> None:
        if on:
            phones.say(phone, time.perf_counter())

    phones.when_answered = again
    for phone in range(len(phones.lines)):
        again(phone)
    await asyncio.sleep(1)
    before, worked, start = len(phones.answered), processor_seconds(order["processes"]), time.perf_counter()
    await asyncio.sleep(order["seconds"])
    count, taken = len(phones.answered) - before, time.perf_counter() - start
    worked = processor_seconds(order["processes"]) - worked
    on = False
    await phones.settled()
    lost = len(phones.due) - len(phones.heard)
    return {
        "a_second": count / taken, "processor_ms": worked * 1000 / max(1, count), "unheard": lost,
        "refusals": dict(phones.refusals),
    }  # fmt: skip


async def idle(phones: Phones) -> dict[str, Any]:
    """Hold what was connected for a while, and tell how much memory the server has then."""
    await asyncio.sleep(phones.order.get("seconds", 2))
    alive = sum(not line.transport.is_closing() for line in phones.lines)
    return {"alive": alive, "megabytes": sum(_resident(pid) for pid in phones.order["processes"])}


def _resident(process: int) -> float:
    found = [line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(found[0].split()[1]) / 1024


async def outage(phones: Phones) -> dict[str, Any]:
    """Write evenly while somebody else stops Redis and starts it again; what was missed is asked for on ``resync``."""
    offset = time.time() - time.perf_counter()
    # What the conversations held before does not count.
    await phones.caught_up()
    before = [len(places) for places in phones.places]
    await phones.paced(phones.order["rate"], phones.order["seconds"])
    await phones.caught_up()
    sent = Counter(number % len(phones.lines) for number in phones.answered)
    missing = sum(
        before[phone] + sent[phone] + sent[phone ^ 1] - len(places) for phone, places in enumerate(phones.places)
    )  # fmt: skip
    times = [
        (due + offset, phones.heard[n] + offset if n in phones.heard else None) for n, due in enumerate(phones.due)
    ]
    return {
        "times": times, "missing": missing, "answered": len(phones.answered), "said": len(phones.due),
        "refusals": dict(phones.refusals), "slowest_answer": max(
            (at - phones.due[n] for n, at in phones.answered.items()), default=0.0
        ),
    }  # fmt: skip


async def main() -> None:
    """Do the order on standard input."""
    order = json.load(sys.stdin)
    gc.disable()
    phones = Phones(order)
    connected = await phones.connect()
    await asyncio.sleep(order.get("settle", 0))
    done = {"pace": pace, "ceiling": ceiling, "idle": idle, "outage": outage}[order["do"]]
    answer = await done(phones)
    answer |= {"connected": connected, "refused_at_the_door": phones.refused_at_the_door}
    phones.close()
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
