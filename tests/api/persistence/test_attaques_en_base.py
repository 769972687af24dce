"""What someone tries on purpose against accounts and dossiers, whatever the database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from api.conseil.coffre import Coffre
from api.conseil.connexions import ECHECS
from api.conseil.effacement import erase_for, refer, verify_proof
from api.conseil.erreurs import CoffreError
from api.conseil.espace import Espace
from api.conseil.types import Conseiller
from api.persistence.base import BaseDonnees
from api.persistence.tables_comptes import LigneConseiller
from api.persistence.tables_dossiers import LigneDossier
from referentiels.errors import DatabaseError, InvalidInputError
from tests.api.espace import MOT_DE_PASSE, Montre, open_account, opened, put_factor
from tests.api.persistence.essai_dossiers import ACCORD, CLE, DEPART, Horloge, enter, open_dossiers

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


def test_a_code_opens_one_session_however_many_send_it_at_once(espace: Espace, lea: Conseiller, montre: Montre) -> None:
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


def test_one_dossier_that_was_altered_hides_no_other(base: BaseDonnees) -> None:
    lea, dossiers = enter(base, "lea"), open_dossiers(base)
    sain, abime = dossiers.open(lea, "Renard", ACCORD), dossiers.open(lea, "Bleuet", ACCORD)
    with base.writing() as session:
        ligne = session.get_one(LigneDossier, abime.identifiant)
        ligne.pseudonyme = session.get_one(LigneDossier, sain.identifiant).pseudonyme
    noms = {d.identifiant: d.pseudonyme for d in dossiers.list_open(lea)}
    assert noms == {sain.identifiant: "Renard", abime.identifiant: f"Dossier illisible ({abime.identifiant[:6]})"}
    with pytest.raises(CoffreError, match="altéré ou déplacé"):
        dossiers.read(lea, abime.identifiant)


def test_a_proof_is_given_even_when_the_files_are_busy(base: BaseDonnees, monkeypatch: pytest.MonkeyPatch) -> None:
    lea, dossiers = enter(base, "lea"), open_dossiers(base)
    un, deux, trois = (dossiers.open(lea, nom, None).identifiant for nom in ("A", "B", "C"))

    def busy(_: BaseDonnees) -> bool:
        raise DatabaseError("occupée")

    monkeypatch.setattr(BaseDonnees, "scrub", busy)
    coffre = Coffre(lambda: CLE)
    preuves = [erase_for(base, coffre, un, DEPART), dossiers.erase(lea, deux)]
    preuves += open_dossiers(base, Horloge(DEPART + timedelta(days=1))).purge()
    assert [p.reference for p in preuves] == [refer(i) for i in (un, deux, trois)]
    assert all(verify_proof(base, coffre, preuve) for preuve in preuves)
