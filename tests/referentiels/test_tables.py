"""Reading official tables: what is wrong is named with its file, line and column; what is refused is counted."""

from pathlib import Path

import pytest

from referentiels.cellules import Ligne
from referentiels.depot import Depot
from referentiels.errors import (
    EncodingError,
    HeaderError,
    MalformedError,
    MissingSourceError,
    OversizeError,
    RejectionError,
)
from referentiels.journal import FichierLu, Journal
from referentiels.tables import TableSpec, parse_table

SPEC = TableSpec(r"vents_v\d+\.csv", ("code", "nom", "jour"), 50, facultatives=("force",), ignorees=("note",))


def build(ligne: Ligne) -> tuple[str, str]:
    ligne.jour_ou_rien("jour")
    return ligne.texte("code"), ligne.texte("nom")


def read(tmp_path: Path, contenu: str | bytes, spec: TableSpec = SPEC) -> tuple[list[tuple[str, str]], FichierLu]:
    brut = contenu.encode() if isinstance(contenu, str) else contenu
    (tmp_path / "vents_v1.csv").write_bytes(brut)
    journal = Journal("vents")
    lignes = parse_table(Depot(tmp_path), spec, journal, build, cle=lambda x: x[0])
    return lignes, journal.fichiers[0]


def test_quirks_of_official_files_are_read(tmp_path: Path) -> None:
    texte = 'code,nom,jour\r\n"1","L\'\'autan  du\nsud-est",2024-01-17\r\n2,"Le ""mistral""",17/01/2024\r\n\r\n'
    lignes, lu = read(tmp_path, texte)
    assert lignes == [("1", "L'autan du sud-est"), ("2", 'Le "mistral"')]
    assert (lu.lues, lu.gardees, lu.rejets.total()) == (2, 2, 0)
    assert len(lu.empreinte) == 64


def test_a_byte_order_mark_is_noted_and_an_unknown_column_too(tmp_path: Path) -> None:
    lignes, lu = read(tmp_path, "\ufeffcode,nom,jour,force,note,couleur\n1,Autan,,3,x,bleu\n")
    assert lignes == [("1", "Autan")]
    assert any("BOM" in r for r in lu.remarques)
    assert [r for r in lu.remarques if "colonne inconnue" in r] == ["colonne inconnue « couleur », ignorée"]


def test_a_few_bad_rows_are_counted_with_line_column_and_reason(tmp_path: Path) -> None:
    bonnes = "".join(f"{n},Vent {n},2024-01-01\n" for n in range(10, 30))
    lignes, lu = read(tmp_path, f"code,nom,jour\n1,,2024-01-01\n2,Bise,31/02/2024\n2,Bise,\n2,Bise,\n{bonnes}7,a,b,c\n")
    assert len(lignes) == 21
    assert lu.rejets.total() == 4
    assert {(r.ligne, r.colonne, r.motif) for r in lu.exemples} == {
        (2, "nom", "cellule vide"),
        (3, "jour", "date impossible"),
        (5, "", "doublon"),
        (26, "", "4 cellules au lieu de 3"),
    }
    assert lu.lues == lu.gardees + lu.rejets.total()


def test_too_many_bad_rows_refuse_the_file(tmp_path: Path) -> None:
    lignes = "".join(f"{n},,\n" for n in range(30))
    with pytest.raises(RejectionError, match=r"vents_v1.csv, ligne 2, colonne « nom » : 30 lignes refusées sur 30"):
        read(tmp_path, f"code,nom,jour\n{lignes}")


def test_the_wrong_encoding_names_line_and_column(tmp_path: Path) -> None:
    with pytest.raises(EncodingError) as saisie:
        read(tmp_path, "code,nom,jour\n1,Bise,\n2,Écume,\n".encode("latin-1"))
    assert str(saisie.value).startswith("vents_v1.csv, ligne 3, colonne « nom » :")
    assert (saisie.value.ligne, saisie.value.colonne) == (3, "nom")


@pytest.mark.parametrize(
    ("contenu", "mots"),
    [
        ("", "vide"),
        ("\n \n", "vide"),
        ("code,jour\n1,\n", "colonne « nom »"),
        ("code,nom,jour,nom\n1,a,,b\n", "deux fois"),
    ],
)
def test_a_bad_header_is_named(tmp_path: Path, contenu: str, mots: str) -> None:
    with pytest.raises(HeaderError, match=mots):
        read(tmp_path, contenu)


def test_a_header_alone_is_an_empty_table(tmp_path: Path) -> None:
    assert read(tmp_path, "code,nom,jour\n")[0] == []


def test_ten_times_too_many_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OversizeError, match=r"ligne 52 : plus de 50 lignes"):
        read(tmp_path, "code,nom,jour\n" + "".join(f"{n},Vent,\n" for n in range(500)))


def test_broken_quotes_are_named_with_their_line(tmp_path: Path) -> None:
    with pytest.raises(MalformedError, match="guillemets"):
        read(tmp_path, 'code,nom,jour\n1,"Bise"x,\n')


def test_the_newest_version_is_read(tmp_path: Path) -> None:
    for version in (9, 10, 2):
        (tmp_path / f"vents_v{version}.csv").write_text(f"code,nom,jour\n1,Version {version},\n", encoding="utf-8")
    assert parse_table(Depot(tmp_path), SPEC, Journal("vents"), build) == [("1", "Version 10")]


def test_a_missing_file_names_its_pattern(tmp_path: Path) -> None:
    with pytest.raises(MissingSourceError, match=r"vents_v\\d\+"):
        parse_table(Depot(tmp_path), SPEC, Journal("vents"), build)
