"""The pages everybody may open, the frame around every page, and the colours' contrast."""

import re
from itertools import product

import pytest
from flask import Flask, get_flashed_messages, render_template_string

from config import ROOT

OPEN_PAGES = ["/", "/how-it-works", "/informed-choice", "/privacy"]


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_an_open_page_shows_one_first_heading_and_a_way_past_the_navigation(client, path):
    page = client.get(path)
    assert page.status_code == 200
    assert page.text.count("<h1") == 1
    assert 'href="#main"' in page.text


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_an_open_page_opens_for_a_member_too(sign_in, donor, path):
    assert sign_in(donor).get(path).status_code == 200


@pytest.mark.parametrize("path", [*OPEN_PAGES, "/nothing-here"])
def test_a_page_holds_no_inline_style_or_handler_and_no_foreign_file(client, path):
    page = client.get(path).text
    assert not re.search(r"\sstyle=|\son[a-z]+=", page)
    assert not re.findall(r'(?:src|<link[^>]*href)="(?:https?:)?//', page)


@pytest.mark.parametrize("path", ["/", "/informed-choice"])
def test_the_split_between_the_authorities_is_said_plainly_with_sources(client, path):
    page = client.get(path).text
    for who in ["FDA", "AAP", "CPS", "ABM", "HM4HB", "Eats on Feets"]:
        assert who in page
    assert "https://doi.org/10.1089/bfm.2017.29064.nks" in page


@pytest.mark.parametrize("path", ["/", "/how-it-works", "/informed-choice"])
def test_families_of_early_or_ill_babies_are_pointed_to_a_milk_bank_first(client, path):
    page = client.get(path).text
    assert page.index("milk bank first") < page.index("<footer")


def test_a_visitor_is_offered_to_sign_in_and_a_member_to_sign_out(client, sign_in, donor):
    assert "Sign out" not in client.get("/").text
    assert "Sign in" in client.get("/").text
    assert "Sign out" in sign_in(donor).get("/").text
    assert f"Hello, {donor.display_name}" in sign_in(donor).get("/").text


def test_a_lost_reader_gets_a_way_on(client):
    page = client.get("/nothing-here")
    assert page.status_code == 404
    assert 'href="/"' in page.text


class TestColours:
    @pytest.mark.parametrize(("choice", "theme"), [("light", "milk"), ("dark", "milk-night")])
    def test_an_explicit_choice_is_kept(self, client, choice, theme):
        answer = client.post("/theme", data={"theme": choice, "back": "/privacy"})
        assert (answer.status_code, answer.location) == (303, "/privacy")
        assert f'data-theme="{theme}"' in client.get("/").text

    @pytest.mark.parametrize("choice", ["device", "", "milk", "<script>"])
    def test_any_other_value_leaves_it_to_the_device(self, client, choice):
        client.post("/theme", data={"theme": "dark"})
        client.post("/theme", data={"theme": choice})
        assert "data-theme=" not in client.get("/").text.split("<head>")[0]

    def test_a_forged_cookie_is_ignored(self, client):
        client.set_cookie("theme", '"><b>')
        assert "<b>" not in client.get("/").text

    @pytest.mark.parametrize(
        "back", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "", "x"]
    )
    def test_the_form_never_leads_to_another_site(self, client, back):
        assert client.post("/theme", data={"theme": "dark", "back": back}).location == "/"


class TestLinks:
    def shown(self, app: Flask, template: str) -> str:
        with app.test_request_context("/"):
            return render_template_string(template)

    def test_a_page_that_exists_is_linked(self, app):
        assert self.shown(app, "{{ link('pages.how') }}") == "/how-it-works"

    def test_a_page_that_is_not_there_has_no_link(self, app):
        assert self.shown(app, "{{ link('nowhere.at_all') }}") == "None"

    def test_the_first_page_that_exists_is_taken(self, app):
        assert self.shown(app, "{{ link('nowhere.at_all', 'pages.privacy') }}") == "/privacy"

    def test_a_page_that_needs_more_than_was_given_has_no_link(self, app):
        assert self.shown(app, "{{ link('static') }}") == "None"


def test_a_moderator_alone_sees_the_way_to_the_queue(sign_in, donor, moderator):
    assert "Review" in sign_in(moderator).get("/").text
    assert "Review" not in sign_in(donor).get("/").text


@pytest.mark.parametrize(("category", "role"), [("error", "alert"), ("success", "status"), ("message", "status")])
def test_a_message_is_announced(app, category, role):
    with app.test_request_context("/"):
        shown = render_template_string(
            '{% import "macros/nav.html" as nav %}{{ nav.flash(category, "Done") }}', category=category
        )
        assert get_flashed_messages() == []
    assert f'role="{role}"' in shown


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2 of ``#rrggbb``."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def themes() -> dict[str, dict[str, str]]:
    """The colours of both themes as the style sheet's source states them."""
    source = (ROOT / "static" / "src" / "app.css").read_text()
    blocks = re.findall(r'name: "(milk[a-z-]*)";(.*?)\n}', source, re.DOTALL)
    return {name: dict(re.findall(r"--color-([a-z0-9-]+): (#[0-9a-f]{6})", body)) for name, body in blocks}


GROUNDS = ["base-100", "base-200", "base-300"]
WORDS = ["base-content", "primary", "secondary", "info", "success", "warning", "error"]
FILLED = ["primary", "secondary", "accent", "neutral", "info", "success", "warning", "error"]


@pytest.mark.parametrize("theme", ["milk", "milk-night"])
class TestContrast:
    def test_words_read_on_every_ground(self, theme):
        colours = themes()[theme]
        for word, ground in product(WORDS, GROUNDS):
            assert contrast(colours[word], colours[ground]) >= 4.5, (word, ground)

    def test_words_read_on_every_filled_piece(self, theme):
        colours = themes()[theme]
        for filled in FILLED:
            assert contrast(colours[f"{filled}-content"], colours[filled]) >= 4.5, filled
