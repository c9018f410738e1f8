"""Contacts in a first note are hidden; everything families write about milk stays readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.screen.masking import INSTEAD, Contact, mask_contacts

PHONES = [
    "916-555-0134",
    "(916) 555-0134",
    "916.555.0134",
    "916 555 0134",
    "9165550134",
    "+1 916 555 0134",
    "1-916-555-0134",
    "+44 20 7946 0958",
    "020 7946 0958",
    "07700 900123",
    "+33 6 12 34 56 78",
    "06 12 34 56 78",
    "06.12.34.56.78",
    "+49 30 901820",
    "030/901820",
    "0049 30 901820",
    "+62 812-3456-7890",
    "555-0134",
    "9 1 6 5 5 5 0 1 3 4",
    "9.1.6.5.5.5.0.1.3.4",
    "nine one six five five five oh one three four",
    "nine one six 555 zero one three four",
    "９１６ ５５５ ０１３４",
    "916\u200b-555\u200b-0134",
]


@pytest.mark.parametrize("number", PHONES)
def test_a_phone_number_is_hidden(number) -> None:
    masked = mask_contacts(f"Please call {number} after eight")
    assert masked.text == f"Please call {INSTEAD[Contact.PHONE]} after eight"
    assert [one.kind for one in masked.found] == [Contact.PHONE]


@pytest.mark.parametrize(
    "address",
    ["dana@example.org", "dana.b+milk@mail.example.co.uk", "dana at gmail dot com", "dana [at] gmail [dot] com",
     "dana(at)web(punkt)de", "ＤＡＮＡ＠example．org"],
)  # fmt: skip
def test_an_e_mail_address_is_hidden(address) -> None:
    masked = mask_contacts(f"Write to {address}, thank you")
    assert masked.text == f"Write to {INSTEAD[Contact.EMAIL]}, thank you"


@pytest.mark.parametrize(
    "link", ["https://example.org/milk?a=1", "www.example.org", "example.com/dana", "t.me/dana", "example dot com"]
)
def test_a_web_address_is_hidden(link) -> None:
    assert mask_contacts(f"See {link} for more").text == f"See {INSTEAD[Contact.LINK]} for more"


@pytest.mark.parametrize("handle", ["@dana_milk", "insta: dana.milk", "IG dana_milk", "whatsapp me at dana99"])
def test_a_name_on_a_social_network_is_hidden(handle) -> None:
    assert mask_contacts(f"Find {handle} please").text == f"Find {INSTEAD[Contact.HANDLE]} please"


@pytest.mark.parametrize(
    "street",
    ["12 Mill Road", "1204 main st", "1204 NW 5th Avenue, Apt 3", "Flat 2, 14 Abbey Lane", "221b Baker Street",
     "12 rue de la Paix", "3 bis avenue Jean Jaurès", "Hauptstraße 12", "Lindenweg 5a", "Berliner Straße 7", "SW1A 1AA",
     "450 Oak Way"],
)  # fmt: skip
def test_a_street_address_is_hidden(street) -> None:
    masked = mask_contacts(f"We live at {street}")
    assert masked.text == f"We live at {INSTEAD[Contact.ADDRESS]}"


@pytest.mark.parametrize(
    "text",
    [
        "Pumped 5/14 to 7/6, about 36 x 4oz + some 6s",
        "Pumped 2026-05-14 to 2026-07-06",
        "Pumped 05.14.2026 until 07.06.2026",
        "pumped 12.03.2026-20.07.2026, laid flat",
        "60 flat bags of 5 oz, no dairy or soy since 12 March",
        "430 oz in a chest freezer, 250 oz more in August",
        "900 oz, a third older than nine months",
        "I have 1000-1500 oz and 100-1500 ml",
        "4 5 6 oz bags",
        "40, 50, 60, 70, 80 oz on five days",
        "No car, bus line 7 only",
        "Adopted twins, 50 oz a day in all, any amount above 40 oz",
        "Ten months, 6 oz a day would let us reach a year",
        "North side of town near Mill Road, every second Saturday",
        "2 miles down the road from the station",
        "We are 20 minutes north of Main Street",
        "My 2 boys can drive",
        "sertraline 50 mg the whole time, antibiotic 3–10 February",
        "bags 4-6 oz, Lansinoh / Medela / Kiinde",
        "one two three bags, then six more",
        "Fitchburg, WI or Madison, or 53711",
        "24/7, evenings 18:00-20:00 and 9.30 am",
        "Meet me at the park and ride, at 5 or 6.",
        "e.g. prenatal vitamins, i.e. no meds.",
        "I pump at work.In the evening I freeze it",
        "facebook group said ask here",
        "",
    ],
)
def test_what_families_write_about_milk_is_left_alone(text) -> None:
    assert mask_contacts(text).text == text
    assert mask_contacts(text).found == ()


def test_several_contacts_are_hidden_and_found_in_order() -> None:
    text = "Dana, 12 Mill Road, 916-555-0134 or dana@example.org"
    masked = mask_contacts(text)
    assert masked.text == "Dana, [address hidden], [phone number hidden] or [e-mail hidden]"
    assert [text[one.start : one.end] for one in masked.found] == ["12 Mill Road", "916-555-0134", "dana@example.org"]


PIECES = st.sampled_from(
    [*PHONES, *INSTEAD.values(), "dana@example.org", "12 Mill Road", "example.com", "@dana_milk", "insta", "36 x 4oz",
     "5/14", " ", ",", "-", ".", "1", "23", "456 ", "one ", "at", "dot", "[", "]", "@", "road", "Straße 5", "\u200b"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=300))
def test_masking_twice_changes_nothing_more(text) -> None:
    once = mask_contacts(text)
    again = mask_contacts(once.text)
    assert again.found == ()
    assert again.text == once.text


@given(st.text(max_size=200))
def test_what_was_found_lies_in_the_text_and_never_overlaps(text) -> None:
    ends = 0
    for one in mask_contacts(text).found:
        assert ends <= one.start < one.end <= len(text)
        ends = one.end
