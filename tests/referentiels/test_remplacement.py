"""Official files replace the socle family by family; the same inputs give the same catalogue; kills cost nothing."""

import gc
import json
import os
import sqlite3
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from referentiels import construction as module
from referentiels import types as t
from referentiels.catalogue import COURANT, FICHIER, MANIFESTE, Catalogue
from referentiels.construction import (
    FAMILLES,
    RAPPORT,
    build_catalogue,
    fingerprint,
    is_current,
    publish,
    read_report,
)
from referentiels.errors import ArchiveError, CatalogueError, CorruptCatalogueError, OversizeError
from referentiels.sources import SOURCES
from tests.referentiels.rome_exemple import name_of, write_rome


def lay_rome(donnees: Path) -> None:
    write_rome(donnees / "rome_v460")


def lay_certifications(donnees: Path) -> None:
    dossier = donnees / "rncp" / "actives"
    dossier.mkdir(parents=True)
    texte = "numero,title,niveau_europe,abrege,type_enregistrement\nRNCP900,Brevet des vents,NIV3,CAP,De droit\n"
    (dossier / "fiches_actives_2026_01_02.csv").write_text(texte, encoding="utf-8")


def lay_territoires(donnees: Path) -> None:
    (donnees / "territoires").mkdir(parents=True)
    lay_commune(donnees, "90001")


def lay_commune(donnees: Path, code: str) -> None:
    commune = {"code": code, "nom": "Éole", "type": "commune-actuelle", "departement": "90", "region": "27"}
    (donnees / "territoires" / "communes.json").write_text(json.dumps([commune]), encoding="utf-8")


def lay_formations(donnees: Path) -> None:
    (donnees / "formations").mkdir(parents=True)
    texte = (
        "nom_of;siret;numero_formation;intitule_formation;code_rncp;code_departement\n"
        "École du vent;12345678901234;F1;Apprendre le vent;37537;90\n"
    )
    (donnees / "formations" / "moncompteformation.csv").write_text(texte, encoding="utf-8")


def lay_indicateurs(donnees: Path) -> None:
    (donnees / "marche").mkdir(parents=True)
    texte = "codeDepartement;rentreeScolaire;tauxChomage\n90;2023;7,5\n"
    (donnees / "marche" / "chomage_departemental.csv").write_text(texte, encoding="utf-8")


POSES: dict[str, Callable[[Path], None]] = {
    "rome": lay_rome,
    "certifications": lay_certifications,
    "territoires": lay_territoires,
    "formations": lay_formations,
    "indicateurs": lay_indicateurs,
}
TEMOINS: dict[str, tuple[type[Any], str, set[str]]] = {
    "rome": (t.Metier, "code_rome", {"A9101", "A9102", "B9201"}),
    "certifications": (t.Certification, "numero", {"RNCP900"}),
    "territoires": (t.Commune, "code", {"90001"}),
    "formations": (t.Formation, "intitule", {"Apprendre le vent"}),
    "indicateurs": (t.Serie, "indicateur", {"taux_chomage"}),
}
"""For each family: an entity, what tells it, and all that the invented official file brings of it."""


@pytest.fixture
def donnees(tmp_path: Path) -> Path:
    """A folder with a few rows of every family: it is read in no time."""
    for pose in POSES.values():
        pose(tmp_path / "donnees")
    return tmp_path / "donnees"


@pytest.fixture
def racine(tmp_path: Path) -> Path:
    return tmp_path / "var"


def content(catalogue: Catalogue, famille: str) -> set[str]:
    nature, attribut, _ = TEMOINS[famille]
    return {getattr(x, attribut) for x in catalogue.all(nature)}


def build(donnees: Path | None, racine: Path) -> Catalogue:
    return Catalogue.open(build_catalogue(donnees, racine).dossier)


@pytest.mark.parametrize("famille", sorted(POSES))
def test_one_official_family_replaces_the_socle_of_that_family_alone(
    tmp_path: Path, catalogue_socle: Catalogue, famille: str
) -> None:
    POSES[famille](tmp_path / "donnees")
    catalogue = build(tmp_path / "donnees", tmp_path / "var")
    origines = {s.famille: s.origine for s in catalogue.sources}
    assert origines == {f: "officiel" if f == famille else "socle" for f in POSES}
    for autre, (_, _, officielles) in TEMOINS.items():
        attendu = officielles if autre == famille else content(catalogue_socle, autre)
        assert content(catalogue, autre) == attendu, "never a row of both"
    assert {s.famille for s in catalogue.sources if s.demonstration} == {"formations", "indicateurs"} - {famille}
    assert all(f.demonstration == (famille != "formations") for f in catalogue.all(t.Formation))
    assert all(s.demonstration == (famille != "indicateurs") for s in catalogue.all(t.Serie))
    assert len(catalogue.metiers) == catalogue.store.count(t.Metier)
    for code in list(catalogue.metiers)[:20]:
        assert catalogue.fiche(code).competences
    for fiche in catalogue.all(t.Certification)[:20]:
        catalogue.certification(fiche.numero)


def test_all_families_are_official_at_once_and_leaving_one_out_brings_its_socle_back(
    donnees: Path, racine: Path
) -> None:
    catalogue = build(donnees, racine)
    assert {s.origine for s in catalogue.sources} == {"officiel"}
    assert not any(s.demonstration for s in catalogue.sources)
    for famille, (_, _, officielles) in TEMOINS.items():
        assert content(catalogue, famille) == officielles
    sans = Catalogue.open(build_catalogue(donnees, racine, sans=["rome"]).dossier)
    assert {s.famille for s in sans.sources if s.origine == "socle"} == {"rome"}
    assert len(sans.metiers) >= 400


def test_the_families_of_a_build_are_those_of_the_sources() -> None:
    assert {s.famille for s in SOURCES} == set(FAMILLES)


def test_progress_names_each_source(donnees: Path, racine: Path) -> None:
    dits: list[str] = []
    build_catalogue(donnees, racine, progress=dits.append)
    assert dits[0].startswith("Lecture : ROME 4.0")
    assert dits[-2:] == ["Vérification de l'intégrité", "Écriture du catalogue"]


def test_the_report_keeps_what_was_refused(donnees: Path, racine: Path) -> None:
    chemin = donnees / "rome_v460" / name_of("rubrique_mobilite")
    chemin.write_text(chemin.read_text(encoding="utf-8") + '"A9102","A9101","deux"\n', encoding="utf-8")
    construction = build_catalogue(donnees, racine)
    publish(construction, racine)
    rome = next(s for s in construction.sources if s.cle == "rome")
    assert (rome.rejets, rome.millesime, len(rome.empreinte)) == (1, "v460", 64)
    rapport = read_report(racine)
    assert rapport is not None
    (lu,) = [f for f in rapport["journaux"][0]["fichiers"] if f["rejets"]]
    assert lu["exemples"] == [
        {"ligne": 5, "colonne": "numero_ordre", "motif": "nombre entier attendu", "valeur": "deux"}
    ]
    assert {c["nom"] for c in rapport["constats"]} == {c.nom for c in construction.constats} != set()


def test_the_same_inputs_give_the_same_version_whatever_the_process_and_the_place(tmp_path: Path) -> None:
    """Neither hash seeds, nor dates of files, nor the folder they lie in leave a trace."""
    versions = []
    for graine in ("1", "2"):
        donnees = tmp_path / f"donnees{graine}"
        lay_rome(donnees)
        lay_territoires(donnees)
        os.utime(donnees / "rome_v460" / name_of("texte"), (int(graine) * 1e8, int(graine) * 1e8))
        programme = (
            "import sys; from pathlib import Path; from referentiels.construction import build_catalogue as b\n"
            "print(b(Path(sys.argv[1]), Path(sys.argv[2])).version)"
        )
        commande = [sys.executable, "-c", programme, str(donnees), str(tmp_path / f"var{graine}")]
        environnement = {**os.environ, "PYTHONHASHSEED": graine}
        fini = subprocess.run(commande, env=environnement, capture_output=True, text=True, check=True)
        versions.append(fini.stdout.strip())
    assert versions[0] == versions[1]
    assert len(versions[0]) == 16


def bomb(archive: zipfile.ZipFile) -> None:
    archive.writestr(name_of("texte"), bytes(20 << 20))


def traversal(archive: zipfile.ZipFile) -> None:
    archive.writestr("../../evade.csv", "x")


@pytest.mark.parametrize(
    ("pose", "erreur", "mots"),
    [(bomb, OversizeError, "démesurément"), (traversal, ArchiveError, "chemin interdit dans l'archive")],
)
def test_a_hostile_archive_stops_the_build_by_name(
    tmp_path: Path, pose: Callable[[zipfile.ZipFile], None], erreur: type[Exception], mots: str
) -> None:
    (tmp_path / "donnees").mkdir()
    with zipfile.ZipFile(tmp_path / "donnees" / "RefRomeCsv.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name_of("referentiel_code_rome"), "x")
        pose(archive)
    with pytest.raises(erreur, match=rf"RefRomeCsv\.zip.*{mots}"):
        build_catalogue(tmp_path / "donnees", tmp_path / "var")
    assert not (tmp_path / "evade.csv").exists()
    assert [p.name for p in (tmp_path / "var").iterdir()] == [".verrou"]


def test_a_second_build_is_told_at_once_and_a_publication_goes_through(donnees: Path, racine: Path) -> None:
    premiere = build_catalogue(donnees, racine)

    def meanwhile(etape: str) -> None:
        if etape == "Écriture du catalogue":
            with pytest.raises(CatalogueError, match="une autre construction est en cours"):
                build_catalogue(donnees, racine)
            publish(premiere, racine)

    build_catalogue(donnees, racine, progress=meanwhile)
    assert Catalogue.load(racine).version == premiere.version
    build_catalogue(donnees, racine)


@pytest.mark.parametrize(
    "panne", [OSError(28, "No space left on device"), sqlite3.OperationalError("database or disk is full")]
)
def test_a_failure_while_writing_is_told_and_leaves_nothing(
    donnees: Path, racine: Path, monkeypatch: pytest.MonkeyPatch, panne: Exception
) -> None:
    publish(build_catalogue(donnees, racine), racine)
    avant = sorted(p.name for p in racine.iterdir())

    def fail(chemin: Path, _: object) -> dict[str, int]:
        chemin.write_bytes(b"debut")
        raise panne

    monkeypatch.setattr(module, "write_store", fail)
    with pytest.raises(CatalogueError, match=r"n'a pas pu être écrit dans .* \(.*(No space|disk is full).*précédent"):
        build_catalogue(donnees, racine)
    assert sorted(p.name for p in racine.iterdir()) == avant
    Catalogue.load(racine)


def test_a_place_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "fichier").write_bytes(b"")
    with pytest.raises(CatalogueError, match="ne peut pas être créé"):
        build_catalogue(None, tmp_path / "fichier" / "var")


@pytest.mark.parametrize("etape", ["courant", "entrees"])
def test_a_kill_while_publishing_never_hides_a_needed_rebuild(
    donnees: Path, racine: Path, monkeypatch: pytest.MonkeyPatch, etape: str
) -> None:
    """Whatever step is the last, the old catalogue is never taken for one built from the new files."""
    publish(build_catalogue(donnees, racine), racine, fingerprint(donnees))
    ancienne = fingerprint(donnees)
    lay_commune(donnees, "90002")
    construction = build_catalogue(donnees, racine)
    write = module._write_atomically

    def killed(chemin: Path, texte: str) -> None:
        if chemin.name == etape:
            raise KeyboardInterrupt
        write(chemin, texte)

    monkeypatch.setattr(module, "_write_atomically", killed)
    with pytest.raises(KeyboardInterrupt):
        publish(construction, racine, fingerprint(donnees))
    Catalogue.load(racine)
    assert not is_current(racine, fingerprint(donnees))
    assert not is_current(racine, ancienne)
    monkeypatch.undo()
    publish(construction, racine, fingerprint(donnees))
    assert is_current(racine, fingerprint(donnees))


def test_a_service_reads_on_while_catalogues_are_replaced(donnees: Path, racine: Path) -> None:
    """The one it opened may be deleted under it: what is open stays readable."""
    publish(build_catalogue(donnees, racine), racine)
    catalogue = Catalogue.load(racine)
    assert catalogue.fiche("A9101").competences
    for rang in range(module.GARDES + 1):
        lay_commune(donnees, f"9000{rang + 2}")
        publish(build_catalogue(donnees, racine), racine)
    assert not (racine / catalogue.version).exists()
    assert catalogue.fiche("A9102").competences


def test_publications_wait_for_one_another(donnees: Path, racine: Path) -> None:
    construction = build_catalogue(donnees, racine)
    fils = [threading.Thread(target=publish, args=(construction, racine, "x")) for _ in range(8)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert Catalogue.load(racine).version == construction.version
    restes = {p.name for p in racine.iterdir()}
    assert restes == {".verrou", ".verrou-publication", construction.version, COURANT, "entrees"}


@pytest.mark.parametrize("perdu", [FICHIER, MANIFESTE, RAPPORT])
def test_a_build_mends_what_was_lost_of_the_same_catalogue(donnees: Path, racine: Path, perdu: str) -> None:
    publish(build_catalogue(donnees, racine), racine)
    dossier = racine / (racine / COURANT).read_text(encoding="utf-8")
    (dossier / perdu).unlink()
    publish(build_catalogue(donnees, racine), racine)
    Catalogue.load(racine)
    assert read_report(racine) is not None
    assert sorted(p.name for p in dossier.iterdir()) == sorted([FICHIER, MANIFESTE, RAPPORT])


def test_a_lost_report_is_told(donnees: Path, racine: Path) -> None:
    assert read_report(racine) is None
    publish(build_catalogue(donnees, racine), racine)
    rapport = racine / (racine / COURANT).read_text(encoding="utf-8") / RAPPORT
    rapport.write_text("{", encoding="utf-8")
    with pytest.raises(CorruptCatalogueError, match="rapport illisible"):
        read_report(racine)


def test_the_collector_runs_again_after_a_build(tmp_path: Path) -> None:
    (tmp_path / "donnees").mkdir()
    (tmp_path / "donnees" / "RefRomeCsv.zip").write_bytes(b"PK")
    with pytest.raises(ArchiveError):
        build_catalogue(tmp_path / "donnees", tmp_path / "var")
    assert gc.isenabled()
