"""French enumerations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.signals.base import enumerate_french


@pytest.mark.parametrize(
    ("elements", "attendu"),
    [
        ((), ""),
        (("a",), "« a »"),
        (("a", "b"), "« a » et « b »"),
        (("a", "b", "c"), "« a », « b » et « c »"),
        (("a", "b", "c", "d"), "« a », « b », « c » et 1 autre"),
        (("a", "b", "c", "d", "e"), "« a », « b », « c » et 2 autres"),
    ],
)
def test_enumerations(elements: tuple[str, ...], attendu: str) -> None:
    assert enumerate_french(elements) == attendu


@given(st.lists(st.text("abc ", min_size=1), max_size=8).map(tuple), st.integers(1, 5))
def test_everything_is_named_or_counted(elements: tuple[str, ...], maximum: int) -> None:
    phrase = enumerate_french(elements, maximum)
    assert phrase.count("«") == min(len(elements), maximum)
    assert ("autre" in phrase) == (len(elements) > maximum)
