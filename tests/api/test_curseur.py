"""Cursors: each page follows the last, none is read that was altered, moved to another question, or outlived."""

from datetime import date

import pytest
from fastapi import Request, Response
from hypothesis import given
from hypothesis import strategies as st

from api.errors import RefusError
from api.lectures.pages_curseur import CURSEUR_MAX, Liste, Place, linked
from referentiels.errors import InvalidInputError

JOUR = date(2026, 11, 21)
LISTE = Liste("catalogue-1", {"q": "boulanger", "voie": ["scolaire"]})


def premiere(liste: Liste = LISTE) -> str:
    suivant = liste.next(liste.begin(None, JOUR), 20, 100)
    assert suivant is not None
    return suivant


@given(rang=st.integers(0, 10**6), pas=st.integers(1, 100), jour=st.dates(), version=st.text(), q=st.text(max_size=50))
def test_a_cursor_leads_to_the_next_page_and_keeps_the_day(
    rang: int, pas: int, jour: date, version: str, q: str
) -> None:
    liste = Liste(version, {"q": q})
    suivant = liste.next(Place(rang, jour), pas, 10**7)
    assert suivant is not None
    assert len(suivant) <= CURSEUR_MAX
    assert liste.begin(suivant, JOUR) == Place(rang + pas, jour)


@pytest.mark.parametrize(("montres", "total"), [(20, 20), (3, 3), (0, 0), (0, 50)])
def test_the_last_page_has_no_next_one(montres: int, total: int) -> None:
    assert LISTE.next(Place(0, JOUR), montres, total) is None


@given(rang=st.integers(0, 50), lettre=st.sampled_from("ABCxyz019-_"))
def test_a_cursor_with_one_letter_changed_is_refused(rang: int, lettre: str) -> None:
    curseur = premiere()
    rang %= len(curseur)
    altere = curseur[:rang] + lettre + curseur[rang + 1 :]
    if altere != curseur:
        # The last letter carries bits that no octet holds: only what changes the octets is an alteration.
        try:
            assert LISTE.begin(altere, JOUR) == Place(20, JOUR)
            assert rang == len(curseur) - 1
        except InvalidInputError as error:
            assert error.champ == "curseur"


@given(st.text(max_size=80))
def test_any_text_is_refused_without_breaking(texte: str) -> None:
    with pytest.raises(InvalidInputError):
        LISTE.begin(texte, JOUR)


def test_a_cursor_belongs_to_its_question_and_its_catalogue() -> None:
    with pytest.raises(InvalidInputError, match="autre demande"):
        Liste("catalogue-1", {"q": "coiffeur", "voie": ["scolaire"]}).begin(premiere(), JOUR)
    with pytest.raises(RefusError) as refus:
        Liste("catalogue-2", LISTE.demande).begin(premiere(), JOUR)
    assert refus.value.probleme.statut == 410
    assert "reprenez la liste au début" in refus.value.probleme.detail


def test_the_next_address_keeps_every_filter() -> None:
    portee = {
        "type": "http",
        "path": "/api/v1/formations",
        "headers": [],
        "query_string": b"voie=scolaire&voie=vae&q=l%27eau%20%26%20co&curseur=ancien",
    }
    reponse = linked(Request(portee), Response(), "suite")
    assert reponse.headers["link"] == (
        '</api/v1/formations?voie=scolaire&voie=vae&q=l%27eau+%26+co&curseur=suite>; rel="next"'
    )
    assert "link" not in linked(Request(portee), Response(), None).headers
