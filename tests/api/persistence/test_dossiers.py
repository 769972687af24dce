"""Dossiers in both databases: who may open them, nothing lost, nothing moved, nothing in clear."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, text, update

from api.conseil.coffre import Coffre
from api.conseil.dossiers import Dossiers
from api.conseil.erreurs import CoffreError, ConflitError, DossierInconnuError
from api.conseil.rechiffrement import Rechiffrement, reseal
from api.conseil.saisie import CONTENU_MAX, NOTES_MAX
from api.conseil.types import Conseiller, Consentement, Dossier, PreuveSuppression, Role
from api.persistence.acces import read_accesses
from api.persistence.base import BaseDonnees
from api.persistence.dossiers import JOURS, RECENTES
from api.persistence.tables_dossiers import LigneDossier, LigneVersion
from referentiels.errors import InvalidInputError
from tests.api.persistence.essai_dossiers import ACCORD, AUTRE_CLE, CLE, DEPART, SEUL, Horloge, enter, open_dossiers


@pytest.fixture
def horloge() -> Horloge:
    return Horloge()


@pytest.fixture
def dossiers(base: BaseDonnees, horloge: Horloge) -> Dossiers:
    return open_dossiers(base, horloge)


@pytest.fixture
def lea(base: BaseDonnees) -> Conseiller:
    return enter(base, "lea")


def test_a_dossier_is_found_by_its_pseudonym_however_many_there_are(
    dossiers: Dossiers, horloge: Horloge, lea: Conseiller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.conseil.dossiers.LISTE_MAX", 3)
    premier = dossiers.open(lea, "Églantine 7", ACCORD)
    horloge.turn(minutes=1)
    for numero in range(4):
        dossiers.open(lea, f"Bleuet {numero}", ACCORD)
    assert premier.identifiant not in {d.identifiant for d in dossiers.list_open(lea)}
    assert [d.pseudonyme for d in dossiers.list_open(lea, cherche="eglantine")] == ["Églantine 7"]
    assert len(dossiers.list_open(lea, cherche="BLEUET")) == 3
    assert dossiers.list_open(lea, cherche="coquelicot") == ()


def write(dossiers: Dossiers, qui: Conseiller, dossier: Dossier, contenu: str = "{}", notes: str = "") -> Dossier:
    return dossiers.save(qui, dossier.identifiant, dossier.version, contenu=contenu, notes=notes, motif="essai")


def test_what_is_written_is_read_back(dossiers: Dossiers, lea: Conseiller, horloge: Horloge) -> None:
    ouvert = dossiers.open(lea, "  Renard   bleu ", ACCORD)
    assert (ouvert.pseudonyme, ouvert.version, ouvert.contenu, ouvert.notes) == ("Renard bleu", 1, "", "")
    assert (ouvert.structure, ouvert.conseiller, ouvert.consentement) == ("cio", "lea", ACCORD)
    horloge.turn(minutes=5)
    ecrit = write(dossiers, lea, ouvert, '{"v": 1}', "Aime le bois — « beaucoup » 🌲")
    assert dossiers.read(lea, ouvert.identifiant) == ecrit
    assert (ecrit.version, ecrit.ouvert_le, ecrit.modifie_le) == (2, DEPART, DEPART + timedelta(minutes=5))
    assert [(v.version, v.auteur, v.motif) for v in dossiers.versions(lea, ouvert.identifiant)] == [
        (2, "lea", "essai"),
        (1, "lea", "ouverture"),
    ]
    ancien = dossiers.read_version(lea, ouvert.identifiant, 1)
    assert (ancien.contenu, ancien.notes, ancien.modifie_le) == ("", "", DEPART)
    [resume] = dossiers.list_open(lea)
    assert (resume.identifiant, resume.pseudonyme, resume.version) == (ouvert.identifiant, "Renard bleu", 2)


ROLES: tuple[tuple[str, str, Role], ...] = (
    ("lea", "cio", "conseiller"),
    ("bob", "cio", "conseiller"),
    ("zoe", "cio", "responsable"),
    ("eve", "cio", "administrateur"),
    ("max", "mission-locale", "conseiller"),
    ("ada", "mission-locale", "responsable"),
)
GESTES: dict[str, Callable[[Dossiers, Conseiller, Dossier], object]] = {
    "read": lambda d, q, x: d.read(q, x.identifiant),
    "read_version": lambda d, q, x: d.read_version(q, x.identifiant, 1),
    "versions": lambda d, q, x: d.versions(q, x.identifiant),
    "save": write,
    "consent": lambda d, q, x: d.consent(q, x.identifiant, x.version, x.consentement or SEUL),
    "close": lambda d, q, x: d.close(q, x.identifiant),
    "reopen": lambda d, q, x: d.reopen(q, x.identifiant),
    "export": lambda d, q, x: d.export(q, x.identifiant),
    "erase": lambda d, q, x: d.erase(q, x.identifiant),
}


@pytest.mark.parametrize(("consentement", "permis"), [(ACCORD, {"lea", "bob"}), (SEUL, {"lea"}), (None, {"lea"})])
def test_each_act_is_for_those_the_person_agreed_to(
    base: BaseDonnees, dossiers: Dossiers, consentement: Consentement | None, permis: set[str]
) -> None:
    tous = [enter(base, *qui) for qui in ROLES]
    lea = tous[0]
    for geste, agir in GESTES.items():
        ferme = dossiers.open(lea, geste, consentement)
        for qui in tous:
            if qui.identifiant in permis:
                agir(dossiers, qui, dossiers.open(lea, geste, consentement))
                continue
            with pytest.raises(DossierInconnuError) as refus:
                agir(dossiers, qui, ferme)
            assert str(refus.value) == str(DossierInconnuError())
        assert dossiers.read(lea, ferme.identifiant) == ferme
    for qui in tous:
        vus = {d.pseudonyme for d in (*dossiers.list_open(qui), *dossiers.list_open(qui, clos=True))}
        assert bool(vus) == (qui.identifiant in permis)


def test_the_opener_who_changed_structure_leaves_dossiers_behind(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller
) -> None:
    dossier = dossiers.open(lea, "A", SEUL)
    with pytest.raises(DossierInconnuError):
        dossiers.read(enter(base, "lea", "ailleurs"), dossier.identifiant)


@pytest.mark.parametrize("identifiant", ["", "0" * 32, "a" * 500, "\x00", "../..", "' OR 1=1 --", "é" * 32, "0" * 31])
def test_what_is_no_dossier_is_unknown_and_breaks_nothing(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller, identifiant: str
) -> None:
    for version in (-1, 0, 1, 10**30):
        with pytest.raises(DossierInconnuError):
            dossiers.read_version(lea, identifiant, version)
    dossier = dossiers.open(lea, "A", ACCORD)
    for version in (-1, 0, 2, 10**30):
        with pytest.raises(DossierInconnuError):
            dossiers.read_version(lea, dossier.identifiant, version)
    with pytest.raises(ConflitError):
        dossiers.save(lea, dossier.identifiant, 10**30, contenu="{}", notes="", motif="essai")
    assert not base.disjoncteur.ouvert


def test_only_a_conseiller_opens(base: BaseDonnees, dossiers: Dossiers) -> None:
    roles: tuple[Role, ...] = ("responsable", "administrateur")
    for role in roles:
        with pytest.raises(DossierInconnuError):
            dossiers.open(enter(base, role, role=role), "A", ACCORD)


def test_accesses_and_refusals_are_in_the_audit(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller, horloge: Horloge
) -> None:
    dossier = dossiers.open(lea, "Renard", ACCORD)
    for _ in range(3):
        dossiers.read(lea, dossier.identifiant)
    horloge.turn(hours=2)
    dossiers.read(lea, dossier.identifiant)
    with pytest.raises(DossierInconnuError):
        dossiers.read(enter(base, "max", "ailleurs"), dossier.identifiant)
    preuve = dossiers.erase(lea, dossier.identifiant)
    assert isinstance(preuve, PreuveSuppression)
    acces = read_accesses(base)
    assert [(a.acteur, a.action, a.issue) for a in reversed(acces)] == [
        ("lea", "dossier_ouvert", "fait"),
        ("lea", "dossier_lu", "fait"),
        ("lea", "dossier_lu", "fait"),
        ("max", "dossier_lu", "refuse"),
        ("lea", "dossier_efface", "fait"),
    ]
    assert {a.objet for a in acces} == {dossier.identifiant}


def test_nobody_writes_over_another_in_silence(base: BaseDonnees, dossiers: Dossiers, lea: Conseiller) -> None:
    bob = enter(base, "bob")
    dossier = dossiers.open(lea, "A", ACCORD)
    write(dossiers, bob, dossier, '{"de": "bob"}')
    with pytest.raises(ConflitError) as conflit:
        write(dossiers, lea, dossier, '{"de": "lea"}')
    assert (conflit.value.version, conflit.value.auteur, conflit.value.ecrite_le) == (2, "bob", DEPART)
    assert dossiers.read(lea, dossier.identifiant).contenu == '{"de": "bob"}'
    with pytest.raises(ConflitError):
        dossiers.consent(lea, dossier.identifiant, 1, ACCORD)


def test_writers_at_once_lose_nothing(base: BaseDonnees, dossiers: Dossiers, lea: Conseiller) -> None:
    """Each adds to what it has read: every addition that was said to be written is there at the end."""
    bob, dossier, depart = enter(base, "bob"), dossiers.open(lea, "A", ACCORD), Barrier(3)

    def add(qui: Conseiller) -> list[str]:
        depart.wait()
        faits: list[str] = []
        limite = time.monotonic() + 20
        while len(faits) < 6 and time.monotonic() < limite:
            lu = dossiers.read(qui, dossier.identifiant)
            mot = f"{qui.identifiant}{len(faits)}"
            try:
                write(dossiers, qui, lu, json.dumps([*json.loads(lu.contenu or "[]"), mot]))
            except ConflitError:
                continue
            faits.append(mot)
        return faits

    with ThreadPoolExecutor(3) as fils:
        ecrits = sorted(mot for faits in fils.map(add, (lea, bob, enter(base, "cleo"))) for mot in faits)
    assert len(ecrits) == 18
    fin = dossiers.read(lea, dossier.identifiant)
    assert sorted(json.loads(fin.contenu)) == ecrits
    assert fin.version == 19


def test_five_hundred_competences_and_long_notes_are_kept(dossiers: Dossiers, lea: Conseiller) -> None:
    competences = [
        {"code": n, "libelle": f"Compétence {n} " + "é" * 80, "etat": "confirmee", "mots": "je fais du pain " * 6}
        for n in range(500)
    ]
    contenu, notes = json.dumps({"competences": competences}, ensure_ascii=False), "n" * NOTES_MAX
    ecrit = write(dossiers, lea, dossiers.open(lea, "A", ACCORD), contenu, notes)
    assert dossiers.read(lea, ecrit.identifiant) == ecrit
    for trop in ({"notes": notes + "n"}, {"contenu": f'"{"x" * CONTENU_MAX}"'}, {"contenu": "pas du JSON"},
                 {"motif": ""}, {"motif": "m" * 41}, {"motif": "\x00"}, {"notes": "\ud800"}):  # fmt: skip
        champs: dict[str, Any] = {"contenu": "{}", "notes": "", "motif": "essai", **trop}
        with pytest.raises(InvalidInputError) as refus:
            dossiers.save(lea, ecrit.identifiant, ecrit.version, **champs)
        assert refus.value.champ
    assert dossiers.read(lea, ecrit.identifiant) == ecrit


def test_the_history_is_bounded_and_keeps_the_last_time(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller, horloge: Horloge
) -> None:
    dossier = write(dossiers, lea, dossiers.open(lea, "A", ACCORD), '"premiere fois"')
    horloge.turn(days=30)
    for _ in range(RECENTES + 10):
        dossier = write(dossiers, lea, dossier, '"cette fois"')
    gardees = dossiers.versions(lea, dossier.identifiant)
    assert [v.version for v in gardees] == [*range(dossier.version, dossier.version - RECENTES, -1), 2]
    assert dossiers.read_version(lea, dossier.identifiant, 2).contenu == '"premiere fois"'
    with pytest.raises(DossierInconnuError):
        dossiers.read_version(lea, dossier.identifiant, 3)
    for _ in range(RECENTES + JOURS):
        horloge.turn(days=1)
        dossier = write(dossiers, lea, dossier)
    assert len(dossiers.versions(lea, dossier.identifiant)) <= RECENTES + JOURS


def test_a_closed_dossier_rests_until_it_is_taken_up_again(dossiers: Dossiers, lea: Conseiller) -> None:
    dossier = dossiers.open(lea, "A", ACCORD)
    clos = dossiers.close(lea, dossier.identifiant)
    assert isinstance(clos, Dossier)
    assert (clos.clos_le, clos.version) == (DEPART, 1)
    assert (len(dossiers.list_open(lea)), len(dossiers.list_open(lea, clos=True))) == (0, 1)
    with pytest.raises(InvalidInputError, match="clos"):
        write(dossiers, lea, dossier)
    assert write(dossiers, lea, dossiers.reopen(lea, dossier.identifiant)).version == 2


def test_what_the_person_agrees_to_may_change(base: BaseDonnees, dossiers: Dossiers, lea: Conseiller) -> None:
    bob = enter(base, "bob")
    dossier = write(dossiers, lea, dossiers.open(lea, "A", None), '"x"', "n")
    assert dossier.consentement is None
    ouvert = dossiers.consent(lea, dossier.identifiant, 2, ACCORD)
    assert (ouvert.consentement, ouvert.version, ouvert.contenu, ouvert.notes) == (ACCORD, 3, '"x"', "n")
    assert dossiers.read(bob, dossier.identifiant) == ouvert
    dossiers.consent(bob, dossier.identifiant, 3, SEUL)
    with pytest.raises(DossierInconnuError):
        dossiers.read(bob, dossier.identifiant)
    assert [v.motif for v in dossiers.versions(lea, dossier.identifiant)][:2] == ["consentement"] * 2


def test_an_export_holds_all_that_is_kept(dossiers: Dossiers, lea: Conseiller) -> None:
    dossier = write(dossiers, lea, dossiers.open(lea, "Renard", ACCORD), '{"souhait": "le bois"}', "notes")
    rendu = json.loads(json.dumps(dossiers.export(lea, dossier.identifiant)))
    assert rendu["pseudonyme"] == "Renard"
    assert rendu["consentement"] == {"portee": "structure", "statistiques": True, "recueilli_le": DEPART.isoformat()}
    assert [(v["version"], v["contenu"], v["notes"]) for v in rendu["versions"]] == [
        (2, {"souhait": "le bois"}, "notes"),
        (1, None, ""),
    ]


def test_nothing_of_a_person_is_in_clear_in_the_tables(base: BaseDonnees, dossiers: Dossiers, lea: Conseiller) -> None:
    write(dossiers, lea, dossiers.open(lea, "Renardbleu", ACCORD), '"motcontenu"', "motnotes")
    with base.reading() as session:
        for table in ("dossiers", "versions_dossier", "evenements", "acces"):
            for ligne in session.execute(text(f"SELECT * FROM {table}")):
                vu = b" ".join(bytes(c) if isinstance(c, bytes | memoryview) else str(c).encode() for c in ligne)
                assert not any(mot in vu for mot in (b"Renardbleu", b"motcontenu", b"motnotes"))


@pytest.mark.parametrize("champ", ["contenu", "notes", "version", "structure", "octet"])
def test_what_is_moved_or_altered_is_refused(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller, champ: str
) -> None:
    enter(base, "max", "ailleurs")
    mien = write(dossiers, lea, dossiers.open(lea, "A", ACCORD), '"mien"', "notes")
    autre = write(dossiers, lea, dossiers.open(lea, "B", ACCORD), '"autre"', "autres notes")
    with base.writing() as session:
        la, source = (session.get_one(LigneVersion, (d.identifiant, 2)) for d in (autre, mien))
        avant = session.get_one(LigneVersion, (autre.identifiant, 1))
        match champ:
            case "version":
                la.contenu, la.notes = avant.contenu, avant.notes
            case "structure":
                session.execute(
                    update(LigneDossier)
                    .where(LigneDossier.identifiant == autre.identifiant)
                    .values(structure="ailleurs")
                )
            case "octet":
                la.contenu = la.contenu[:-1] + bytes([la.contenu[-1] ^ 1])
            case _:
                setattr(la, champ, getattr(source, champ))
    lecteur = enter(base, "max", "ailleurs") if champ == "structure" else lea
    with pytest.raises(CoffreError, match="altéré ou déplacé"):
        dossiers.read(lecteur, autre.identifiant)
    assert dossiers.read(lea, mien.identifiant) == mien


def test_a_lost_key_is_told_and_nothing_is_written_over(base: BaseDonnees, dossiers: Dossiers, lea: Conseiller) -> None:
    dossier = write(dossiers, lea, dossiers.open(lea, "A", ACCORD), '"x"')
    perdus = open_dossiers(base, cle=AUTRE_CLE)
    gestes: tuple[Callable[[], object], ...] = (
        lambda: perdus.read(lea, dossier.identifiant),
        lambda: write(perdus, lea, dossier, '"y"'),
        lambda: perdus.consent(lea, dossier.identifiant, 2, ACCORD),
        lambda: perdus.list_open(lea),
        lambda: perdus.export(lea, dossier.identifiant),
    )
    for geste in gestes:
        with pytest.raises(CoffreError, match="Rien n'est perdu"):
            geste()
    assert reseal(base, Coffre(lambda: AUTRE_CLE)) == Rechiffrement(0, 0, 1)
    assert dossiers.read(lea, dossier.identifiant) == dossier
    assert perdus.erase(lea, dossier.identifiant).lignes == 3, "le droit à l'effacement n'attend pas la clé"


def test_everything_is_sealed_anew_with_the_new_key(base: BaseDonnees, dossiers: Dossiers, lea: Conseiller) -> None:
    dossier = write(dossiers, lea, dossiers.open(lea, "A", ACCORD), '"x"', "n")
    dossiers.save(lea, dossier.identifiant, 2, contenu='"y"', notes="", motif="essai", bilan={"entree": {"metier": 1}})
    deux = Coffre(lambda: f"{AUTRE_CLE} {CLE}")
    assert Dossiers(base, deux).read_version(lea, dossier.identifiant, 2) == dossier
    assert reseal(base, deux) == Rechiffrement(1, 0, 0)
    assert reseal(base, deux) == Rechiffrement(0, 1, 0)
    with pytest.raises(CoffreError):
        dossiers.read(lea, dossier.identifiant)
    relus = open_dossiers(base, cle=AUTRE_CLE)
    assert relus.read_version(lea, dossier.identifiant, 2) == dossier
    relus.save(lea, dossier.identifiant, 3, contenu='"z"', notes="", motif="essai", bilan={"entree": {"metier": 1}})
    with base.reading() as session:
        assert all(deux.is_current(v.contenu) for v in session.scalars(select(LigneVersion)))
