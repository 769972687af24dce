"""Places where raw files lie: a folder, a zip, a file; and archives that are damaged or hostile."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from referentiels import depot as module
from referentiels.depot import Depot, natural_key
from referentiels.errors import ArchiveError, MissingSourceError, OversizeError

TEXTE = b"code,libelle\n" + b"".join(b"%d,ligne %d\n" % (i, i * i) for i in range(2000))


def write_zip(chemin: Path, membres: dict[str, bytes], methode: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(chemin, "w", methode) as archive:
        for nom, contenu in membres.items():
            archive.writestr(nom, contenu)
    return chemin


def patch(chemin: Path, position_locale: int, position_centrale: int, octets: bytes) -> None:
    """Overwrite a field of the first member in both its headers."""
    brut = bytearray(chemin.read_bytes())
    for signature, position in ((b"PK\x03\x04", position_locale), (b"PK\x01\x02", position_centrale)):
        debut = brut.index(signature) + position
        brut[debut : debut + len(octets)] = octets
    chemin.write_bytes(bytes(brut))


def folder(tmp_path: Path) -> Path:
    dossier = tmp_path / "source"
    (dossier / "sous").mkdir(parents=True)
    (dossier / "table_v460.csv").write_bytes(TEXTE)
    (dossier / "sous" / "autre.csv").write_bytes(b"x")
    return dossier


def archive(tmp_path: Path) -> Path:
    return write_zip(tmp_path / "source.zip", {"table_v460.csv": TEXTE, "sous/autre.csv": b"x"})


@pytest.mark.parametrize("forme", [folder, archive])
def test_a_folder_and_a_zip_read_alike(tmp_path: Path, forme: object) -> None:
    assert callable(forme)
    depot = Depot(forme(tmp_path))
    assert {m.nom for m in depot.membres} == {"table_v460.csv", "autre.csv"}
    membre = depot.find(r"TABLE_v\d+\.csv")
    assert membre is not None
    assert depot.read(membre) == TEXTE
    assert membre.octets == len(TEXTE)
    assert depot.digest(membre) == hashlib.sha256(TEXTE).hexdigest()
    assert depot.find("table") is None, "the whole name has to match"
    depot.close()


def test_a_file_stands_alone(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_bytes(TEXTE)
    (tmp_path / "voisin.csv").write_bytes(b"y")
    depot = Depot(tmp_path / "table.csv")
    assert [m.nom for m in depot.membres] == ["table.csv"]
    assert depot.read(depot.membres[0]) == TEXTE
    assert depot.label(depot.membres[0]) == "table.csv"


def test_a_member_of_an_archive_is_named_with_it(tmp_path: Path) -> None:
    depot = Depot(archive(tmp_path))
    membre = depot.find("autre.csv")
    assert membre is not None
    assert depot.label(membre) == "source.zip › sous/autre.csv"


def test_a_zip_is_known_by_its_content_and_an_xlsx_stays_whole(tmp_path: Path) -> None:
    assert Depot(write_zip(tmp_path / "export", {"a.csv": b"1"})).find("a.csv")
    assert Depot(write_zip(tmp_path / "CLASSEUR.XLSX", {"a.csv": b"1"})).find("classeur.xlsx")
    assert Depot(write_zip(tmp_path / "majuscules.ZIP", {"a.csv": b"1"})).find("a.csv")


def test_the_newest_by_the_numbers_of_its_name(tmp_path: Path) -> None:
    for nom in ("t_v9.csv", "t_v10.csv", "t_2024_01_17.csv", "t_2024_02_03.csv"):
        (tmp_path / nom).write_bytes(b"")
    depot = Depot(tmp_path)
    assert [m.nom for m in depot.find_all(r"t_v\d+\.csv")] == ["t_v9.csv", "t_v10.csv"]
    trouve = depot.find(r"t_20.*\.csv")
    assert trouve is not None
    assert trouve.nom == "t_2024_02_03.csv"


@given(st.lists(st.text(max_size=12), max_size=6))
@example(["1²2", "1", "x"])
def test_any_names_can_be_sorted(noms: list[str]) -> None:
    """Even "1²2", where ² is a digit but no decimal."""
    tries = sorted(noms, key=natural_key)
    assert sorted(tries, key=natural_key) == tries


def test_deep_files_are_left_alone(tmp_path: Path) -> None:
    profond = tmp_path / "1/2/3/4"
    profond.mkdir(parents=True)
    (profond.parent / "vu.csv").write_bytes(b"")
    (profond / "perdu.csv").write_bytes(b"")
    assert [m.nom for m in Depot(tmp_path).membres] == ["vu.csv"]


def test_links_to_elsewhere_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_bytes(b"s")
    dossier = folder(tmp_path)
    (dossier / "lien.csv").symlink_to(tmp_path / "secret.csv")
    (dossier / "rompu.csv").symlink_to(tmp_path / "nulle-part.csv")
    (dossier / "interne.csv").symlink_to(dossier / "table_v460.csv")
    assert {m.nom for m in Depot(dossier).membres} == {"table_v460.csv", "autre.csv", "interne.csv"}


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(MissingSourceError, match=r"absent\.zip.*introuvable"):
        Depot(tmp_path / "absent.zip")


def test_an_empty_archive_holds_nothing(tmp_path: Path) -> None:
    assert Depot(write_zip(tmp_path / "vide.zip", {})).membres == ()


@pytest.mark.parametrize("part", [0.0, 0.3, 0.9, 0.999])
def test_truncated_archive(tmp_path: Path, part: float) -> None:
    chemin = archive(tmp_path)
    brut = chemin.read_bytes()
    chemin.write_bytes(brut[: int(len(brut) * part)])
    with pytest.raises(ArchiveError, match=r"source\.zip : archive tronquée ou illisible ; téléchargez-la"):
        Depot(chemin)


@pytest.mark.parametrize("methode", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damaged_member(tmp_path: Path, methode: int) -> None:
    chemin = write_zip(tmp_path / "source.zip", {"t.csv": TEXTE}, methode)
    brut = bytearray(chemin.read_bytes())
    brut[200:260] = bytes(60)
    chemin.write_bytes(bytes(brut))
    depot = Depot(chemin)
    with pytest.raises(ArchiveError, match=r"source\.zip › t\.csv : archive tronquée ou abîmée"):
        depot.read(depot.membres[0])


@pytest.mark.parametrize(
    "nom", ["../evade.csv", "a/../../evade.csv", "/etc/evade.csv", "..\\evade.csv", "C:\\evade.csv", "C:evade.csv"]
)
def test_path_traversal(tmp_path: Path, nom: str) -> None:
    chemin = write_zip(tmp_path / "hostile.zip", {"bon.csv": b"1", nom: b"2"})
    with pytest.raises(ArchiveError, match=r"hostile\.zip : chemin interdit dans l'archive \(« .*evade\.csv »\)"):
        Depot(chemin)


def test_dots_inside_a_name_are_no_traversal(tmp_path: Path) -> None:
    assert Depot(write_zip(tmp_path / "bon.zip", {"a..b/c...csv": b"1"})).membres[0].nom == "c...csv"


def test_bomb(tmp_path: Path) -> None:
    chemin = write_zip(tmp_path / "bombe.zip", {"zeros.csv": bytes(50 << 20)})
    assert chemin.stat().st_size < 100_000
    with pytest.raises(OversizeError, match=r"bombe\.zip : « zeros\.csv » se décompresse démesurément"):
        Depot(chemin)


def test_bomb_in_an_archive_inside(tmp_path: Path) -> None:
    """An archive in an archive is never opened: it is a member like any other."""
    interieur = io.BytesIO()
    with zipfile.ZipFile(interieur, "w", zipfile.ZIP_DEFLATED) as archive_interieure:
        archive_interieure.writestr("zeros.csv", bytes(5 << 20))
    depot = Depot(write_zip(tmp_path / "poupee.zip", {"interieur.zip": interieur.getvalue()}))
    assert [m.nom for m in depot.membres] == ["interieur.zip"]


def test_a_size_that_lies_is_caught(tmp_path: Path) -> None:
    """A member that announces 100 bytes and inflates to more is not read past them."""
    chemin = write_zip(tmp_path / "menteur.zip", {"t.csv": TEXTE})
    patch(chemin, 22, 24, (100).to_bytes(4, "little"))
    depot = Depot(chemin)
    assert depot.membres[0].octets == 100
    with pytest.raises(ArchiveError, match="abîmée"):
        depot.read(depot.membres[0])


def test_a_member_over_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OCTETS_MAX", 1000)
    with pytest.raises(OversizeError, match="démesurément"):
        Depot(archive(tmp_path))


def test_encrypted(tmp_path: Path) -> None:
    chemin = archive(tmp_path)
    patch(chemin, 6, 8, b"\x01\x00")
    with pytest.raises(ArchiveError, match=r"source\.zip : archive chiffrée : un mot de passe"):
        Depot(chemin)


def test_unknown_compression(tmp_path: Path) -> None:
    chemin = archive(tmp_path)
    patch(chemin, 8, 10, b"\x63\x00")
    depot = Depot(chemin)
    with pytest.raises(ArchiveError, match=r"table_v460\.csv : membre illisible"):
        depot.read(depot.membres[0])
