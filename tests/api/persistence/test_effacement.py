"""Dossiers erased for good: on demand, at the end, after a time; what proves it, and nothing left in the files."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from api.conseil import effacement
from api.conseil.coffre import Coffre
from api.conseil.dossiers import Dossiers
from api.conseil.effacement import SANS_TRACE, proof_as_dict, read_proof, refer, verify_proof
from api.conseil.erreurs import CoffreError, DossierInconnuError
from api.conseil.menage import PERIODE, Menage
from api.conseil.types import Conseiller, PreuveSuppression
from api.persistence.base import BaseDonnees
from api.persistence.dossiers import list_asleep
from api.persistence.tables_dossiers import LigneDossier, LignePreuve, LigneVersion
from referentiels.errors import InvalidInputError
from tests.api.persistence.essai_dossiers import ACCORD, AUTRE_CLE, CLE, SEUL, Horloge, enter, open_dossiers


@pytest.fixture
def horloge() -> Horloge:
    return Horloge()


@pytest.fixture
def dossiers(base: BaseDonnees, horloge: Horloge) -> Dossiers:
    return open_dossiers(base, horloge)


@pytest.fixture
def lea(base: BaseDonnees) -> Conseiller:
    return enter(base, "lea")


def count(base: BaseDonnees) -> tuple[int, int]:
    """Dossiers and versions."""
    with base.reading() as session:
        a, b = (session.scalar(select(func.count()).select_from(t)) for t in (LigneDossier, LigneVersion))
        return a or 0, b or 0


def test_a_person_who_asks_is_erased_with_a_proof(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller, horloge: Horloge
) -> None:
    garde = dossiers.open(lea, "garde", ACCORD)
    dossier = dossiers.open(lea, "A", ACCORD)
    dossiers.save(lea, dossier.identifiant, 1, contenu='"x"', notes="n", motif="essai")
    preuve = dossiers.erase(lea, dossier.identifiant)
    assert count(base) == (1, 1)
    assert (preuve.reference, preuve.motif, preuve.lignes) == (refer(dossier.identifiant), "demande", 3)
    assert preuve.supprime_le == horloge.instant
    with pytest.raises(DossierInconnuError):
        dossiers.read(lea, dossier.identifiant)
    assert dossiers.read(lea, garde.identifiant) == garde
    remise = read_proof(proof_as_dict(preuve))
    coffre = Coffre(lambda: f"{AUTRE_CLE} {CLE}")
    assert remise == preuve
    assert verify_proof(base, coffre, remise), "la clé a tourné : la preuve vaut encore"
    for fausse in (
        replace(preuve, lignes=4),
        replace(preuve, motif="conservation"),
        replace(preuve, reference=refer(garde.identifiant)),
        replace(preuve, supprime_le=preuve.supprime_le + timedelta(days=1)),
        replace(preuve, empreinte=preuve.empreinte[:-1] + ("0" if preuve.empreinte[-1] != "0" else "1")),
    ):
        assert not verify_proof(base, coffre, fausse)
    with pytest.raises(CoffreError):
        verify_proof(base, Coffre(lambda: AUTRE_CLE), preuve)
    with base.reading() as session:
        assert session.get_one(LignePreuve, preuve.reference).empreinte == preuve.empreinte


def test_a_proof_of_a_dossier_that_came_back_is_no_proof(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller
) -> None:
    dossier = dossiers.open(lea, "A", ACCORD)
    with base.reading() as session:
        ligne = session.get_one(LigneDossier, dossier.identifiant)
        revenue = {c.name: getattr(ligne, c.name) for c in LigneDossier.__table__.columns}
    preuve = dossiers.erase(lea, dossier.identifiant)
    with base.writing() as session:
        session.add(LigneDossier(**revenue))
    assert not verify_proof(base, Coffre(lambda: CLE), preuve)


@pytest.mark.parametrize("contenu", [{}, {"reference": "x"}, {"reference": 1, "motif": "demande", "lignes": 1}])
def test_what_is_no_proof_is_told(contenu: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError, match="preuve"):
        read_proof(contenu)


def test_a_session_without_record_leaves_nothing(base: BaseDonnees, dossiers: Dossiers, lea: Conseiller) -> None:
    dossier = dossiers.open(lea, "A", None)
    bilan = {"sans_resultat": {"non": 1}}
    dossiers.save(lea, dossier.identifiant, 1, contenu='"x"', notes="n", motif="essai", bilan=bilan)
    preuve = dossiers.close(lea, dossier.identifiant)
    assert isinstance(preuve, PreuveSuppression)
    assert preuve.motif == "fin_de_seance"
    assert count(base) == (0, 0)


def test_what_nobody_touched_is_purged_by_the_rule_of_its_structure(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller, horloge: Horloge
) -> None:
    max_ = enter(base, "max", "trois-mois", mois=3)
    oublie = dossiers.open(lea, "sans trace", None)
    court, long = dossiers.open(max_, "court", ACCORD), dossiers.open(lea, "long", SEUL)
    assert dossiers.purge() == []
    horloge.turn(hours=SANS_TRACE.total_seconds() / 3600, minutes=1)
    [preuve] = dossiers.purge()
    assert (preuve.reference, preuve.motif) == (refer(oublie.identifiant), "fin_de_seance")
    horloge.turn(days=80)
    assert dossiers.purge() == []
    horloge.turn(days=15)
    [preuve] = dossiers.purge()
    assert (preuve.reference, preuve.motif) == (refer(court.identifiant), "conservation")
    horloge.turn(days=200)
    dossiers.save(lea, long.identifiant, 1, contenu="{}", notes="", motif="reprise")
    horloge.turn(days=360)
    assert dossiers.purge() == [], "une activité recommence le délai"
    horloge.turn(days=10)
    [preuve] = dossiers.purge()
    assert preuve.reference == refer(long.identifiant)
    assert count(base) == (0, 0)


def test_a_dossier_taken_up_while_others_are_purged_stays(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller, horloge: Horloge, monkeypatch: pytest.MonkeyPatch
) -> None:
    premier, second = dossiers.open(lea, "A", ACCORD), dossiers.open(lea, "B", ACCORD)
    horloge.turn(days=400)
    with base.reading() as session:
        endormis = list_asleep(session, horloge.instant)
    dossiers.reopen(lea, second.identifiant)
    monkeypatch.setattr(effacement, "list_asleep", lambda *_: endormis)
    assert [p.reference for p in dossiers.purge()] == [refer(premier.identifiant)]


def test_one_process_purges_once_an_hour(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller, horloge: Horloge
) -> None:
    dossiers.open(lea, "A", None)
    horloge.turn(days=1)
    autre = BaseDonnees(base.url.render_as_string(hide_password=False))
    menages = [Menage(base, dossiers), Menage(autre, open_dossiers(autre, horloge))]
    assert sorted(str(m.turn()) for m in menages) == ["1", "None"]
    assert [m.turn() for m in menages] == [None, None]
    assert PERIODE == 3600
    autre.close()


def test_a_service_without_a_database_makes_none(tmp_path: Path) -> None:
    base = BaseDonnees(f"sqlite:///{tmp_path / 'azimut.db'}")
    assert Menage(base, open_dossiers(base)).turn() is None
    assert list(tmp_path.iterdir()) == []


def read_all(dossier: Path) -> bytes:
    return b"".join(f.read_bytes() for f in dossier.iterdir())


def test_nothing_erased_stays_in_the_files(tmp_path: Path) -> None:
    """Neither what was written nor what was sealed: in the database, in its log, or anywhere beside."""
    base = BaseDonnees(f"sqlite:///{tmp_path / 'azimut.db'}")
    dossiers, lea = open_dossiers(base), enter(base, "lea")
    voisin = dossiers.open(lea, "voisin", ACCORD)
    dossier = dossiers.open(lea, "A", ACCORD)
    for version in range(1, 40):  # long enough to fill pages of its own, and to be dropped from the history
        dossiers.save(lea, dossier.identifiant, version, contenu=f'"{version}{"x" * 50}"', notes="n" * 9, motif="essai")
    with base.reading() as session:
        lignes = session.scalars(select(LigneVersion).where(LigneVersion.dossier == dossier.identifiant)).all()
        scelles = [morceau for ligne in lignes for morceau in (ligne.contenu[-40:], ligne.notes[-30:])]
        scelles.append(session.get_one(LigneDossier, dossier.identifiant).pseudonyme[-30:])
    avant = read_all(tmp_path)
    assert all(morceau in avant for morceau in scelles)
    dossiers.erase(lea, dossier.identifiant)
    reste = read_all(tmp_path)
    assert not any(morceau in reste for morceau in scelles)
    assert b"x" * 50 not in reste
    assert dossiers.read(lea, voisin.identifiant) == voisin
    base.close()
