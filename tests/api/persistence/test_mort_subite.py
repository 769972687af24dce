"""A process that dies in the middle of a session loses nothing that it acknowledged."""

import json
import subprocess
import sys

import pytest
from sqlalchemy import select, text

from api.persistence.base import BaseDonnees
from api.persistence.tables_dossiers import LigneDossier, LigneEvenement, LigneVersion
from api.settings import PROJET
from tests.api.persistence.essai_dossiers import enter, open_dossiers


def kill_and_check(base: BaseDonnees, adresse: str, tours: int) -> None:
    commande = [sys.executable, "-m", "tests.api.persistence.ecrivain_dossiers", adresse, str(tours)]
    sortie = subprocess.run(commande, cwd=PROJET, check=True, capture_output=True, timeout=600).stdout
    acquittees = json.loads(sortie)
    assert len({identifiant for identifiant, _, _ in acquittees}) == tours
    dossiers, lea = open_dossiers(base), enter(base, "lea")
    for identifiant, version, tour in {a[0]: a for a in acquittees}.values():
        dernier = dossiers.read(lea, identifiant)
        assert dernier.version >= version, "une écriture acquittée est perdue"
        assert dernier.contenu == dernier.notes == f'"{tour}-{dernier.version - 1}-{"x" * 5000}"'
        for v in dossiers.versions(lea, identifiant):
            assert dossiers.read_version(lea, identifiant, v.version).version == v.version
    with base.reading() as session:
        if base.embarquee:
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
        tenus = session.scalars(select(LigneDossier)).all()
        versions = {(v.dossier, v.version) for v in session.scalars(select(LigneVersion))}
        assert {(d.identifiant, d.version) for d in tenus} <= versions, "un dossier sans sa dernière version"
        comptes = session.scalar(select(LigneEvenement.seances).where(LigneEvenement.mesure == "seances"))
        assert comptes == sum(d.comptes is not None for d in tenus), "compté sans être écrit, ou écrit sans être compté"


def test_nothing_acknowledged_of_a_session_is_lost(base: BaseDonnees, adresse: str) -> None:
    kill_and_check(base, adresse, 5)


@pytest.mark.mesure
def test_nothing_acknowledged_of_a_session_is_lost_in_a_hundred_deaths(base: BaseDonnees, adresse: str) -> None:
    kill_and_check(base, adresse, 100)
