"""``flask match plan`` as a coordinator runs it: the whole command, with its phases, memory and growth."""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from operator import itemgetter
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from app.geo.distance import TRAVEL_KM
from app.infra.areas.storage import load_catalogue, load_names
from app.infra.gazetteer import find_places
from tests.house.source import ROOT

SIZES = (10_000, 100_000, 500_000)
AIMS = {10_000: 2, 100_000: 12, 500_000: 60}
AT = "2026-11-21T15:00:00+00:00"
TODAY = date(2026, 11, 21)
TOWNS = 4_000
SMALL, RUNS = 10_000, 5
"""Of so few rows a plan takes so little time that one run says little."""
SORTED = 4_000_000
FOODS = ("dairy", "soy", "egg", "gluten", "peanut", "tree_nut", "fish")
OTHERS = ("caffeine", "alcohol", "nicotine", "cannabis", "medicines", "vegan", "halal")
OFFERS = (
    "id,place,travel_km,volume_ml,weekly_ml,pumped_from,pumped_to,storage,posted_at,ends_at,baby_age_months,"
    "max_families,facts\n"
)
REQUESTS = (
    "id,place,travel_km,need_ml_per_day,days,stock_ml,baby_age_months,fragile,posted_at,musts,prefers,accepts_asks,"
    "avoid_days,caffeine_max,medications\n"
)


def places() -> tuple[list[str], np.ndarray]:
    """American towns and ZIP codes as people type them, with how many people each stands for."""
    areas, names = load_catalogue(), load_names()
    towns = areas.towns
    american = np.array([towns.country_of(row)[0] == "US" for row in range(len(towns.names))])
    largest = np.argsort(-(towns.population * american), kind="stable")[:TOWNS]
    known = [(label, int(towns.population[row])) for row in largest if _is_exact(label := towns.short_label(row))]
    zips = [f"{code:05}" for code in names.zip_code.tolist()]
    people = areas.households[names.zip_area - 1].astype(float)
    labels = [label for label, _ in known] + zips
    weights = np.array([count for _, count in known], float)
    weights = np.concatenate((weights / weights.sum() * 0.4, people / people.sum() * 0.6))
    return labels, weights


def _is_exact(label: str) -> bool:
    answer = find_places(label)
    return len({each.area for each in answer.exact}) == 1 and not answer.more


def write_files(folder: Path, count: int, seed: int = 7) -> tuple[Path, Path]:
    """Two invented spreadsheets of ``count`` rows each."""
    dice = np.random.default_rng(seed)
    labels, weights = places()
    offers, requests = folder / f"offers-{count}.csv", folder / f"requests-{count}.csv"
    where = [f'"{labels[at]}"' for at in dice.choice(len(labels), 2 * count, p=weights)]
    travel = dice.choice(TRAVEL_KM, 2 * count, p=(0.05, 0.1, 0.2, 0.2, 0.25, 0.1, 0.06, 0.02, 0.02)).tolist()
    offers.write_text(OFFERS + "".join(_offer(dice, at, where[at], travel[at]) for at in range(count)))
    requests.write_text(
        REQUESTS + "".join(_request(dice, at, where[count + at], travel[count + at]) for at in range(count))
    )
    return offers, requests


def _day(ago: int) -> str:
    return (TODAY - timedelta(days=ago)).isoformat()


def _offer(dice: np.random.Generator, at: int, place: str, travel: float) -> str:
    ago, length, posted, kind, much, age, states, since, caffeine = dice.integers(
        (5, 0, 0, 0, 3, 0, 0, 0, 0), (200, 60, 30, 10, 80, 24, 1 << 14, 900, 6)
    ).tolist()
    facts = {}
    for place_of, key in enumerate(FOODS + OTHERS):
        if states >> place_of & 1 and (place_of < 3 or states >> (place_of - 2) & 1):
            uses = key in {"caffeine", "soy", "egg"} and caffeine % 2
            facts[key] = {"state": "uses" if uses else "avoids"}
            if key == "caffeine" and uses:
                facts[key]["level"] = ("to_100", "to_200", "to_300")[caffeine % 3]
            elif key in FOODS:
                facts[key]["since"] = _day(ago + since - 100)
    cell = json.dumps(facts).replace('"', '""')
    weekly = kind < 2
    volume, each_week = ("", much * 25) if weekly else (much * 100, "")
    storage = ("freezer", "deep_freezer", "freezer_unknown")[at % 3]
    pumped = "," if weekly else f"{_day(ago)},{_day(max(0, ago - length))}"
    return (
        f"O{at:07},{place},{travel},{volume},{each_week},{pumped},{storage},{_day(posted)},,{age},"
        f'{"" if age % 3 else 2},"{cell}"\n'
    )


def _request(dice: np.random.Generator, at: int, place: str, travel: float) -> str:
    need, days, stock, age, posted, must, prefer, other = dice.integers(
        (4, 7, 0, 0, 0, 0, 0, 0), (18, 60, 60, 18, 30, 20, 20, 20)
    ).tolist()
    musts = [FOODS[each % 7] for each in ((must, must // 3) if must < 12 else ())]
    return (
        f"R{at:07},{place},{travel},{need * 50},{days},{stock * 50},{age},{'yes' if other == 0 else 'no'},"
        f"{_day(posted)},{'; '.join(dict.fromkeys(musts))},{OTHERS[prefer % 7] if prefer < 6 else ''},"
        f"{'no' if other > 15 else 'yes'},{(3, 7, 14, 21)[other % 4]},{200 if other == 3 else ''},"
        f"{('none', 'ask', '')[other % 3]}\n"
    )


def geometry_alone(count: int) -> float:
    """Seconds in which scipy's trees find the nearest 20 within 120 km for as many points, without diet or points."""
    areas, dice = load_catalogue(), np.random.default_rng(1)
    labels, weights = places()
    at = load_names().zip_area[dice.choice(len(load_names().zip_area), 2 * count)] - 1
    del labels, weights
    lat, lon = np.radians(areas.latitude[at]), np.radians(areas.longitude[at])
    points = 6371.0 * np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    points += dice.normal(0, 1, points.shape)
    began = time.perf_counter()
    cKDTree(points[:count]).query(points[count:], k=20, distance_upper_bound=120, workers=2)
    return time.perf_counter() - began


def run_plan(offers: Path, requests: Path, output: Path) -> tuple[float, float, float, float, str]:
    """Wall and processor seconds, peak megabytes of the command with its helpers and of its largest process, and what
    it said.
    """
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "match", "plan", str(offers), str(requests)]
    told = output.with_suffix(".said")
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with (
        told.open("w") as errors,
        subprocess.Popen([*command, "-o", str(output), "--at", AT], cwd=ROOT, stderr=errors) as process,
    ):
        together, largest = 0.0, 0.0
        while process.poll() is None:
            found = _megabytes(process.pid)
            together, largest = max(together, sum(found)), max(largest, *found)
            time.sleep(0.05)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        raise RuntimeError(told.read_text())
    return wall, after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime, together, largest, told.read_text()


def _megabytes(pid: int) -> list[float]:
    """Proportional memory of a process and of each of its children, so that what they share is counted once."""
    total = [0.0]
    for each in [pid, *_children(pid)]:
        try:
            found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{each}/smaps_rollup").read_text(), re.MULTILINE)
        except OSError:
            continue
        total.append(int(found[1]) / 1024 if found else 0.0)
    return total


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def machine() -> tuple[float, float]:
    """Seconds of what the machine does alike in every hour: a bare start of Python with both libraries, and a sort."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import numpy, flask"], check=True)
    started = time.perf_counter() - began
    numbers = np.random.default_rng(0).integers(0, 1 << 62, SORTED)
    began = time.perf_counter()
    np.argsort(numbers, kind="stable")
    return started, time.perf_counter() - began


def run(sizes=SIZES) -> None:
    """Print the table: of small sizes the middle of several runs, each with the machine's own speed beside it."""
    print(f"\nflask match plan: files in, proposals out (two cores; compiled before; load {os.getloadavg()[0]:.1f})")
    print(
        f"{'rows each':>10} {'wall s':>8} {'cpu s':>8} {'aim s':>6} {'peak MB':>8} {'largest':>8} {'growth':>7} "
        f"{'proposals':>10} {'trees s':>8} {'start s':>8} {'sort s':>7} {'wall/both':>10}"
    )
    before = None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run_plan(*write_files(folder, 1_000), folder / "warm.csv")
        for count in sizes:
            offers, requests = write_files(folder, count)
            speeds, runs = [], []
            for _ in range(RUNS if count <= SMALL else 1):
                speeds.append(machine())
                runs.append(run_plan(offers, requests, folder / "proposals.csv"))
            runs.sort(key=itemgetter(0))
            wall, used, peak, largest, said = runs[len(runs) // 2]
            start, sort = np.median(speeds, axis=0)
            lines = sum(1 for _ in (folder / "proposals.csv").open("rb")) - 1
            growth = f"{wall / before:.1f}x" if before else ""
            print(
                f"{count:>10,} {wall:>8.2f} {used:>8.2f} {AIMS.get(count, 0):>6} {peak:>8.0f} {largest:>8.0f} "
                f"{growth:>7} {lines:>10,} {geometry_alone(count):>8.2f} {start:>8.2f} {sort:>7.2f} "
                f"{wall / (start + sort):>10.1f}"
            )
            if len(runs) > 1:
                print("           walls of all runs: " + " ".join(f"{each[0]:.2f}" for each in runs))
            print("           " + " | ".join(line.strip() for line in said.splitlines() if "[" in line)[:2000])
            before = wall


if __name__ == "__main__":
    run(tuple(int(each) for each in sys.argv[1:]) or SIZES)
