"""A catalogue is built whole or not at all; the one in service never suffers."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from referentiels.catalogue import COURANT, FICHIER, MANIFESTE, Catalogue
from referentiels.construction import (
    GARDES,
    Construction,
    build_catalogue,
    fingerprint,
    is_current,
    publish,
    read_report,
)
from referentiels.errors import (
    ArchiveError,
    CatalogueError,
    CorruptCatalogueError,
    EncodingError,
    HeaderError,
    MissingCatalogueError,
    OversizeError,
    SourceError,
)
from tests.referentiels.rome_exemple import add_rows, name_of, write_rome


def build(donnees: Path | None, racine: Path) -> Construction:
    construction = build_catalogue(donnees, racine)
    publish(construction, racine, fingerprint(donnees))
    return construction


@pytest.fixture
def en_service(tmp_path: Path) -> Path:
    """A folder whose catalogue in service comes from the small invented ROME."""
    write_rome(tmp_path / "donnees" / "rome_v460")
    build(tmp_path / "donnees", tmp_path / "var")
    return tmp_path


def leftovers(racine: Path) -> list[str]:
    return [p.name for p in racine.iterdir() if p.name.startswith(".construction")]


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    write_rome(tmp_path / "donnees" / "rome_v460")
    premiere = build_catalogue(tmp_path / "donnees", tmp_path / "a")
    seconde = build_catalogue(tmp_path / "donnees", tmp_path / "b")
    assert premiere.version == seconde.version == premiere.dossier.name
    assert (premiere.dossier / FICHIER).read_bytes() == (seconde.dossier / FICHIER).read_bytes()
    changee = build_catalogue(None, tmp_path / "c")
    assert changee.version != premiere.version


def test_official_sources_replace_the_socle_family_by_family(en_service: Path) -> None:
    catalogue = Catalogue.load(en_service / "var")
    origines = {s.famille: s.origine for s in catalogue.sources}
    assert origines["rome"] == "officiel"
    assert origines["certifications"] == origines["territoires"] == "socle"
    assert set(catalogue.metiers) == {"A9101", "A9102", "B9201"}
    demonstration = {s.famille for s in catalogue.sources if s.demonstration}
    assert demonstration == {"formations", "indicateurs"}
    assert read_report(en_service / "var") is not None


def test_the_socle_alone_serves(catalogue_socle: Catalogue) -> None:
    assert len(catalogue_socle.metiers) >= 400
    assert {s.origine for s in catalogue_socle.sources} == {"socle"}
    assert catalogue_socle.fiche("d1102").metier.intitule == "Boulanger / Boulangère"
    assert catalogue_socle.certification("37537").code == "RNCP37537"


def damage_latin1(dossier: Path) -> None:
    chemin = dossier / name_of("referentiel_code_rome")
    chemin.write_bytes(chemin.read_text(encoding="utf-8").replace("Souffleur", "Élève").encode("latin-1"))


def damage_column(dossier: Path) -> None:
    chemin = dossier / name_of("referentiel_code_rome")
    chemin.write_text(chemin.read_text(encoding="utf-8").replace('"libelle_rome"', '"titre"'), encoding="utf-8")


def damage_empty(dossier: Path) -> None:
    (dossier / name_of("referentiel_competence")).write_bytes(b"")


def damage_size(dossier: Path) -> None:
    write_rome(dossier, add_rows("grand_domaine", *(f"Z{n},Trop" for n in range(200))))


@pytest.mark.parametrize(
    ("damage", "erreur", "mots"),
    [
        (damage_latin1, EncodingError, ("code_rome_v460", "ligne 2", "libelle_rome", "latin-1")),
        (damage_column, HeaderError, ("code_rome_v460", "ligne 1", "libelle_rome")),
        (damage_empty, HeaderError, ("referentiel_competence", "vide")),
        (damage_size, OversizeError, ("grand_domaine", "plus de 100 lignes")),
    ],
)
def test_a_bad_file_is_named_and_nothing_is_replaced(
    en_service: Path, damage: object, erreur: type[SourceError], mots: tuple[str, ...]
) -> None:
    avant = Catalogue.load(en_service / "var").version
    assert callable(damage)
    damage(en_service / "donnees" / "rome_v460")
    with pytest.raises(erreur) as saisie:
        build(en_service / "donnees", en_service / "var")
    assert [mot for mot in mots if mot not in str(saisie.value)] == []
    assert Catalogue.load(en_service / "var").version == avant
    assert leftovers(en_service / "var") == []


def test_files_that_do_not_go_together_are_refused(en_service: Path) -> None:
    avant = Catalogue.load(en_service / "var").version
    dossier = en_service / "donnees" / "rome_v460"
    write_rome(dossier, add_rows("liens_rome_referentiels", "A9101,5,1,777777", "A9102,5,1,777778"))
    with pytest.raises(CatalogueError, match="orphelins"):
        build(en_service / "donnees", en_service / "var")
    assert Catalogue.load(en_service / "var").version == avant


def test_a_zip_laid_in_place_of_the_folder_gives_the_same_catalogue(tmp_path: Path) -> None:
    dossier = write_rome(tmp_path / "donnees" / "rome_v460")
    attendu = build_catalogue(tmp_path / "donnees", tmp_path / "var").comptes
    archive = tmp_path / "zip" / "rome" / "RefRomeCsv.zip"
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as sortie:
        for fichier in dossier.iterdir():
            sortie.write(fichier, fichier.name)
    assert build_catalogue(tmp_path / "zip", tmp_path / "var").comptes == attendu
    archive.write_bytes(archive.read_bytes()[:-400])
    with pytest.raises(ArchiveError, match="tronquée"):
        build_catalogue(tmp_path / "zip", tmp_path / "var")


def test_a_killed_build_leaves_the_catalogue_in_service(en_service: Path) -> None:
    racine, attente = en_service / "var", en_service / "attente"
    avant = Catalogue.load(racine).version
    programme = (
        "import sys, time; from pathlib import Path; import referentiels.construction as k\n"
        "ecrire = k.write_store\n"
        "def lent(*a):\n    ecrire(*a); Path(sys.argv[3]).touch(); time.sleep(60)\n"
        "k.write_store = lent\n"
        "k.build_catalogue(Path(sys.argv[1]), Path(sys.argv[2]))\n"
    )
    arguments = [str(en_service / "donnees"), str(racine), str(attente)]
    with subprocess.Popen([sys.executable, "-c", programme, *arguments], cwd=Path.cwd()) as processus:
        limite = time.monotonic() + 30
        while not attente.exists() and time.monotonic() < limite:
            time.sleep(0.05)
        assert attente.exists()
        with pytest.raises(CatalogueError, match="une autre construction"):
            build_catalogue(None, racine)
        os.kill(processus.pid, signal.SIGKILL)
    assert Catalogue.load(racine).version == avant
    assert len(leftovers(racine)) == 1
    build(en_service / "donnees", racine)
    assert leftovers(racine) == []


def test_publication_keeps_the_last_ones_only(tmp_path: Path) -> None:
    versions = []
    for rang in range(GARDES + 2):
        lignes = [f"9{n},Aide {n},,A9101,,,,,,SYNONYME,,A9101,N" for n in range(rang)]
        write_rome(tmp_path / "donnees" / "rome_v460", add_rows("referentiel_appellation", *lignes))
        versions.append(build(tmp_path / "donnees", tmp_path / "var").version)
    assert len(set(versions)) == GARDES + 2
    gardees = {d.name for d in (tmp_path / "var").iterdir() if d.is_dir()}
    assert gardees == set(versions[-GARDES:])
    assert Catalogue.load(tmp_path / "var").version == versions[-1]


def test_a_build_is_current_until_its_files_change(en_service: Path) -> None:
    donnees, racine = en_service / "donnees", en_service / "var"
    assert is_current(racine, fingerprint(donnees))
    assert not is_current(racine, fingerprint(donnees, sans=("rome",)))
    write_rome(donnees / "rome_v460", add_rows("grand_domaine", "C,Courants"))
    assert not is_current(racine, fingerprint(donnees))


def test_damage_after_publication_refuses_to_load(en_service: Path) -> None:
    racine = en_service / "var"
    dossier = racine / (racine / COURANT).read_text(encoding="utf-8")
    contenu = bytearray((dossier / FICHIER).read_bytes())
    contenu[len(contenu) // 2] ^= 0xFF
    (dossier / FICHIER).write_bytes(contenu)
    with pytest.raises(CorruptCatalogueError, match="abîmé"):
        Catalogue.load(racine)
    build(en_service / "donnees", racine)
    assert set(Catalogue.load(racine).metiers) == {"A9101", "A9102", "B9201"}


def test_another_schema_refuses_to_load(en_service: Path) -> None:
    racine = en_service / "var"
    chemin = racine / (racine / COURANT).read_text(encoding="utf-8") / MANIFESTE
    manifeste = json.loads(chemin.read_text(encoding="utf-8"))
    chemin.write_text(json.dumps({**manifeste, "schema": 0}), encoding="utf-8")
    with pytest.raises(CorruptCatalogueError, match="schéma 0"):
        Catalogue.load(racine)


def test_nothing_built_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MissingCatalogueError, match="azimut construire"):
        Catalogue.load(tmp_path)
