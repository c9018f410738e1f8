"""The examples of docs/api.md do what the page says, in their order."""

import re
import shlex

import time_machine

from tests.api.test_posts import OFFER, POSTS
from tests.conftest import NOW
from tests.handoffs.factories import talk
from tests.house.source import ROOT

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
SITE = "http://127.0.0.1:5000"
FLAGS = {"-X": "method", "-d": "data", "-H": "headers"}


def examples() -> list[tuple[str, int, str]]:
    """Each curl line of the page with the status it promises, and the name its id goes on under (or nothing)."""
    lines = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
    told = [line.rpartition("  # ") for line in lines if line.startswith("curl ")]
    return [(command, int(rest.split()[0]), " ".join(rest.split()[1:])) for command, _, rest in told]


def call(client, command: str, names: dict[str, str]):
    """Do what a curl command would."""
    for name, value in names.items():
        command = command.replace(f"${name}", value)
    words = iter(shlex.split(command)[1:])
    said: dict[str, str] = {"method": "GET"}
    headers = {}
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word in FLAGS:
            said[FLAGS[word]] = next(words)
        else:
            said["path"] = word.removeprefix(SITE)
    return client.open(said["path"], method=said["method"], data=said.get("data"), headers=headers)


def test_every_example_does_what_the_page_says(app, bearer, donor, family):
    with time_machine.travel(NOW, tick=False):
        offer = bearer(donor).post(POSTS, json=OFFER).json["id"]
        token = bearer(family).environ_base["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
        with app.app_context():
            names = {"TOKEN": token, "OFFER": offer, "TALK": talk(donor, family).public_id}
        client = app.test_client(use_cookies=False)
        for command, status, keep in examples():
            answer = call(client, command, names)
            assert answer.status_code == status, (command, answer.text)
            if keep:
                names[keep] = answer.json["id"]


def test_the_page_shows_examples_of_reading_making_changing_and_refusing():
    found = {(re.search(r"-X (\w+)", command) or [None, "GET"])[1] for command, _, _ in examples()}
    assert found == {"GET", "POST", "PATCH", "PUT", "DELETE"}
    assert {status for _, status, _ in examples()} == {200, 201, 401, 409, 422}


def test_every_address_of_the_api_stands_on_the_page(client):
    table = PAGE.split("## What there is")[1].split("##")[0]
    for path in client.get("/api/v1/openapi.json").json["paths"]:
        words = [part for part in path.removeprefix("/api/v1/").split("/") if "{" not in part]
        assert all(word in table for word in words), path
