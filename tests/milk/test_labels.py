"""Printed labels: every one is read back from its sheet at 300 dpi, and no name stands on it."""

import re

import pypdfium2
import pytest
import time_machine
import zxingcpp
from flask_babel import force_locale

from app.infra.label_sheets import STOCKS, Label, can_print, pdf
from app.milk import services, words
from app.milk.routes import lots as routes
from app.milk.rules.codes import new_code
from app.milk.rules.drafts import Bags
from tests.conftest import NOW
from tests.milk.factories import lot, view

DPI = 300
NEAR = 30
"""Dots; a tenth of an inch."""


@pytest.fixture(autouse=True)
def clock():
    """Noon of the tests' day."""
    with time_machine.travel(NOW, tick=False):
        yield


def pages(document: bytes):
    return pypdfium2.PdfDocument(document)


def read_back(document: bytes) -> list[list[str]]:
    """
    The codes read from each sheet as it would leave a printer, along the rows.

    The reader sometimes finds one twice, a dot apart.
    """
    sheets = []
    for page in pages(document):
        image = page.render(scale=DPI / 72).to_pil()
        found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
        places = {}
        for code in found:
            corner = code.position.top_left
            near = [place for place in places if abs(place[0] - corner.y) + abs(place[1] - corner.x) < NEAR]
            assert {places[place] for place in near} <= {code.text}
            places |= {} if near else {(corner.y, corner.x): code.text}
        sheets.append([places[place] for place in sorted(places, key=lambda place: (place[0] // 100, place[1]))])
    return sheets


def labels(count: int) -> list[Label]:
    lines = ("Pumped Nov 1, 2026 to Nov 14, 2026", "4 oz (118 ml)", "in a freezer with its own door", "not heated")
    codes = (new_code() for _each in range(count))
    return [Label(code, f"{code[:4]}-{code[4:]}", (*lines, "Use by Nov 1, 2027")) for code in codes]


@pytest.mark.parametrize("stock", STOCKS.values(), ids=lambda stock: stock.key)
def test_every_label_of_a_full_sheet_is_read_back_in_its_place(stock):
    made = labels(stock.per_page)
    assert read_back(pdf(stock, made)) == [[label.code for label in made]]


def test_thirty_of_thirty_labels_are_read_back():
    made = labels(30)
    (sheet,) = read_back(pdf(STOCKS["letter30"], made))
    assert set(sheet) == {label.code for label in made}


def test_what_does_not_fit_goes_on_to_the_next_sheet_and_a_used_sheet_begins_later():
    made = labels(12)
    sheets = read_back(pdf(STOCKS["letter10"], made, first=8))
    assert [len(sheet) for sheet in sheets] == [3, 9]
    assert sheets[0] + sheets[1] == [label.code for label in made]


@pytest.mark.parametrize("stock", STOCKS.values(), ids=lambda stock: stock.key)
def test_the_grid_fits_its_page_and_no_label_covers_another(stock):
    (width, height), (across, down) = stock.label, stock.pitch
    assert stock.left + (stock.columns - 1) * across + width <= stock.page[0] + 0.01
    assert stock.top + (stock.rows - 1) * down + height <= stock.page[1] + 0.5
    assert width <= across
    assert height <= down


def test_the_same_labels_are_the_same_bytes():
    made = labels(3)
    assert pdf(STOCKS["a4_21"], made) == pdf(STOCKS["a4_21"], made)


@pytest.mark.parametrize(("text", "can"), [("Größe 4 oz – ½", True), ("حليب", False), ("牛", False), ("", True)])
def test_letters_the_typeface_lacks_are_known(text, can):
    assert can_print(text) is can


class TestThePages:
    @pytest.fixture
    def kept_lot(self, app, donor):
        """Three bags of two sizes."""
        with app.app_context():
            return lot(donor, bags=(Bags(2, 118), Bags(1, 62)))

    @pytest.mark.parametrize("path", ["labels", "labels.pdf", "sheet"])
    def test_only_the_donor_prints_them(self, donor, stranger, sign_in, client, kept_lot, path):
        assert sign_in(donor).get(f"/milk/{kept_lot}/{path}").status_code == 200
        assert sign_in(stranger).get(f"/milk/{kept_lot}/{path}").status_code == 404
        assert client.get(f"/milk/{kept_lot}/{path}").status_code == 302

    def test_the_pdf_has_a_label_for_each_bag_that_is_there_and_nobodys_name(self, app, donor, sign_in, kept_lot):
        client = sign_in(donor)
        answer = client.get(f"/milk/{kept_lot}/labels.pdf", query_string={"paper": "a4_21", "first": "2"})
        assert answer.mimetype == "application/pdf"
        with app.app_context():
            found = view(donor, kept_lot)
            services.discard(donor.identity, kept_lot, {118: 1}, now=NOW)
        assert read_back(answer.data) == [[found.code] * 3]
        text = pages(answer.data)[0].get_textpage().get_text_bounded()
        for word in (words.code(found), "118 ml", "62 ml", "in a freezer", "not heated", "2027"):
            assert word in text
        assert "Dana" not in text
        assert len(read_back(client.get(f"/milk/{kept_lot}/labels.pdf").data)[0]) == 2

    @pytest.mark.parametrize("asked", [{"paper": "wall"}, {"first": "0"}, {"first": "x"}, {"first": "9" * 30}, {}])
    def test_nonsense_is_the_first_label_of_the_first_paper(self, donor, sign_in, kept_lot, asked):
        answer = sign_in(donor).get(f"/milk/{kept_lot}/labels.pdf", query_string=asked)
        assert answer.data == sign_in(donor).get(f"/milk/{kept_lot}/labels.pdf?paper=letter30&first=1").data

    def test_the_page_for_plain_paper_has_a_square_for_each_bag(self, donor, sign_in, kept_lot):
        page = sign_in(donor).get(f"/milk/{kept_lot}/sheet").text
        assert page.count('viewBox="0 0 29 29"') == 3
        assert "Dana" not in page
        assert not re.search(r"\bstyle=", page)

    def test_a_lot_without_bags_says_that_there_is_nothing_to_label(self, app, donor, sign_in, kept_lot):
        with app.app_context():
            services.discard(donor.identity, kept_lot, {118: 2, 62: 1}, now=NOW)
        assert "nothing to label" in sign_in(donor).get(f"/milk/{kept_lot}/labels").text
        assert sign_in(donor).get(f"/milk/{kept_lot}/labels.pdf").location == f"/milk/{kept_lot}/labels"

    def test_words_in_letters_the_typeface_lacks_become_english_in_the_pdf(self, app, donor, kept_lot):
        with app.test_request_context(), force_locale("ar"):
            found = view(donor, kept_lot)
            assert not all(can_print(line) for line in words.label_lines(found, 118))
            assert all(can_print(line) for label in routes._printable(found) for line in label.lines)
