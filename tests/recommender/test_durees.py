"""Lengths of experiences told in words."""

import pytest

from recommender.durees import split_duration


@pytest.mark.parametrize(
    ("texte", "reste", "annees"),
    [
        ("serveuse pendant 3 ans", "serveuse", 3.0),
        ("j'ai été serveuse pendant 3 ans", "serveuse", 3.0),
        ("10 ans comme maçon", "maçon", 10.0),
        ("maçon, 10 ans d'expérience", "maçon", 10.0),
        ("caissière (deux ans et demi)", "caissière", 2.5),
        ("6 mois en tant que préparateur de commandes", "préparateur de commandes", 0.5),
        ("ancienne aide-soignante", "aide-soignante", None),
        ("ex-boulanger", "boulanger", None),
        ("j’ai travaillé comme vendeuse depuis plus de vingt ans", "vendeuse", 20.0),
        ("boulanger 5 ans puis 2 ans", "boulanger puis", 7.0),
        ("conducteur de bus", "conducteur de bus", None),
        ("animateur d'enfants de 3 ans", "animateur d'enfants de 3 ans", None),
        ("nounou pour des petits de 3 ans, 2 ans d’expérience", "nounou pour des petits de 3 ans", 2.0),
        ("animateur", "animateur", None),
        ("3 ans", "3 ans", 3.0),
        ("", "", None),
        ("ouvrier 500 ans", "ouvrier 500 ans", None),
        ("anglais", "anglais", None),
        ("faire des unions", "faire des unions", None),
    ],
)
def test_the_length_is_read_and_taken_away(texte: str, reste: str, annees: float | None) -> None:
    assert split_duration(texte) == (reste, pytest.approx(annees) if annees is not None else None)


def test_a_very_long_text_is_read_at_once() -> None:
    assert split_duration("an " * 5000)[1] is None
