"""What people type and what they get."""

import pytest

from app.infra.gazetteer import find_places


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ("95814", "95814 Sacramento, CA, United States"),
        ("Madison, WI", "Madison, WI, United States"),
        ("Lyon", "Lyon, Auvergne-Rhône-Alpes, France"),
        ("toronto canada", "Toronto, ON, Canada"),
    ],
)
def test_an_exact_place_comes_first(query: str, label: str) -> None:
    assert find_places(query).exact[0].label == label
