"""What someone tries on purpose against accounts and dossiers, whatever the database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from api.conseil.connexions import ECHECS
from api.conseil.espace import Espace
from api.conseil.types import Conseiller
from api.persistence.tables_comptes import LigneConseiller
from referentiels.errors import DatabaseError, InvalidInputError
from tests.api.espace import MOT_DE_PASSE, Montre, open_account, opened, put_factor

ENSEMBLE = 4
"""Requests at the same moment: what the pool of a process lets through."""


def together(geste: Callable[[int], str | None]) -> list[str | None]:
    """What the same gesture gives to several at the very same moment."""
    depart = Barrier(ENSEMBLE)

    def go(rang: int) -> str | None:
        depart.wait()
        try:
            return geste(rang)
        except DatabaseError:
            return None

    with ThreadPoolExecutor(ENSEMBLE) as fils:
        return list(fils.map(go, range(ENSEMBLE)))


def wait_for_code(espace: Espace) -> str:
    jeton = espace.connexions.sign_in("lea", MOT_DE_PASSE)
    assert jeton is not None
    return jeton


def test_a_code_opens_one_session_however_many_send_it_at_once(
    espace: Espace, lea: Conseiller, montre: Montre
) -> None:
    generateur, codes = put_factor(espace, montre)
    for code in (None, codes[0]):
        montre.advance(minutes=2)
        attentes = [wait_for_code(espace) for _ in range(ENSEMBLE)]
        donne = code or generateur.at(montre())
        ouvertes = together(lambda rang, a=attentes, c=donne: espace.connexions.give_code(a[rang], c))  # type: ignore[misc]
        assert sum(jeton is not None for jeton in ouvertes) <= 1
        espace.comptes.reactivate(lea.identifiant)


def test_codes_guessed_at_once_are_counted_one_by_one(espace: Espace, lea: Conseiller, montre: Montre) -> None:
    put_factor(espace, montre)
    attente = wait_for_code(espace)
    for _ in range(2):
        together(lambda rang: espace.connexions.give_code(attente, f"00000{rang}"))
    with espace.base.reading() as session:
        assert session.get_one(LigneConseiller, lea.identifiant).echecs == ECHECS


def test_an_administrator_needs_their_own_password_like_anyone(espace: Espace, lea: Conseiller) -> None:
    """Whoever finds the desk of an administrator open takes neither their account nor their second factor."""
    admin = open_account(espace, "chef", role="administrateur")
    for geste in (espace.comptes.reset, espace.comptes.remove_totp):
        with pytest.raises(InvalidInputError, match="propre compte"):
            geste(admin.identifiant, auteur=admin)
    assert opened(espace, connexion="chef") is not None
