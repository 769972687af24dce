"""Where a source is found: folder, zip or file, the newest of those that lie side by side."""

import re
import zipfile
from pathlib import Path

import pytest

from referentiels.chargeurs import CHARGEURS
from referentiels.errors import ArchiveError
from referentiels.sources import PAR_CLE, SOURCES, Source, locate
from tests.referentiels.rome_exemple import write_rome

ROME = PAR_CLE["rome"]


def zip_rome(chemin: Path, provisoire: Path, version: int) -> Path:
    chemin.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(chemin, "w") as archive:
        for fichier in write_rome(provisoire, version=version).iterdir():
            archive.write(fichier, fichier.name)
    return chemin


def found(donnees: Path) -> str | None:
    depot = locate(ROME, donnees)
    if depot is None:
        return None
    depot.close()
    return depot.chemin.name


@pytest.mark.parametrize("lieu", ["rome_v460", "rome", "RefRomeCsv", "telechargement/RefRomeCsv", "."])
def test_rome_wherever_it_lies(tmp_path: Path, lieu: str) -> None:
    write_rome(tmp_path / "donnees" / lieu)
    assert found(tmp_path / "donnees") is not None


@pytest.mark.parametrize("nom", ["unix_RefRomeCsv.zip", "rome/archive.zip", "rome.zip"])
def test_rome_in_a_zip(tmp_path: Path, nom: str) -> None:
    chemin = zip_rome(tmp_path / "donnees" / nom, tmp_path / "v", 470)
    assert found(tmp_path / "donnees") == chemin.name


@pytest.mark.parametrize(("dans_le_zip", "attendu"), [(470, "rome_RefRomeCsv.zip"), (450, "rome_v460")])
def test_the_newest_by_what_it_holds_not_by_its_name(tmp_path: Path, dans_le_zip: int, attendu: str) -> None:
    donnees = tmp_path / "donnees"
    write_rome(donnees / "rome_v460")
    zip_rome(donnees / "rome_RefRomeCsv.zip", tmp_path / "v", dans_le_zip)
    assert found(donnees) == attendu


def test_nothing_answers(tmp_path: Path) -> None:
    (tmp_path / "rome").mkdir()
    (tmp_path / "rome" / "lisez-moi.txt").write_text("ROME", encoding="utf-8")
    assert found(tmp_path) is None


def test_a_damaged_archive_is_told_rather_than_passed_over(tmp_path: Path) -> None:
    """An older folder must not silently stand in for the archive that someone has just laid there."""
    write_rome(tmp_path / "rome_v460")
    (tmp_path / "rome_v470.zip").write_bytes(b"PK\x03\x04tronque")
    with pytest.raises(ArchiveError, match=r"rome_v470\.zip : archive tronquée"):
        locate(ROME, tmp_path)


def test_sources_and_loaders_go_together() -> None:
    assert {s.cle for s in SOURCES} == CHARGEURS.keys()
    assert len(PAR_CLE) == len(SOURCES)


@pytest.mark.parametrize("source", SOURCES, ids=lambda s: s.cle)
def test_each_source_says_who_publishes_it_and_how_it_is_known(source: Source) -> None:
    assert all((source.cle, source.titre, source.producteur, source.licence, source.emplacements))
    assert re.compile(source.temoin).fullmatch("lisez-moi.md") is None


@pytest.mark.officiel
@pytest.mark.parametrize("source", [s for s in SOURCES if s.cle != "mon_compte_formation"], ids=lambda s: s.cle)
def test_each_source_is_found_among_the_official_files(donnees: Path, source: Source) -> None:
    depot = locate(source, donnees)
    assert depot is not None
    depot.close()
