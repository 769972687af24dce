"""CSV tables: what is refused outright, what is counted, and the place named each time."""

import csv
import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referentiels import tables as module
from referentiels.cellules import Ligne
from referentiels.depot import Depot
from referentiels.errors import (
    EncodingError,
    HeaderError,
    MalformedError,
    MissingSourceError,
    OversizeError,
    RejectionError,
    SourceError,
)
from referentiels.journal import FichierLu, Journal
from referentiels.tables import TableSpec, check_rejections, parse_table

SPEC = TableSpec(r"t_\d+\.csv", ("code", "libelle", "jour"), 1000, facultatives=("plus",), ignorees=("vide",))
ENTETE = "code,libelle,jour\n"
Entite = tuple[int, str, str | None]


def build(x: Ligne) -> Entite:
    jour = x.jour_ou_rien("jour")
    return x.entier("code"), x.texte("libelle"), jour.isoformat() if jour else None


def read(dossier: Path, contenu: str | bytes, spec: TableSpec = SPEC) -> tuple[list[Entite], FichierLu]:
    octets = contenu.encode() if isinstance(contenu, str) else contenu
    (dossier / "t_1.csv").write_bytes(octets)
    journal = Journal("essai")
    lignes = parse_table(Depot(dossier), spec, journal, build, cle=lambda e: e[0])
    (lu,) = journal.fichiers
    assert lu.lues == lu.gardees + lu.rejets.total(), "every row is kept or counted"
    return lignes, lu


def rows(nombre: int) -> str:
    return "".join(f"{i},ligne {i},2024-01-17\n" for i in range(nombre))


def test_a_good_table(tmp_path: Path) -> None:
    lignes, lu = read(tmp_path, ENTETE + "1,Un,2024-01-17\n2,Deux,\n")
    assert lignes == [(1, "Un", "2024-01-17"), (2, "Deux", None)]
    assert (lu.fichier, lu.lues, lu.gardees, lu.rejets.total(), lu.remarques) == ("t_1.csv", 2, 2, 0, [])
    assert lu.octets == len((tmp_path / "t_1.csv").read_bytes())
    assert len(lu.empreinte) == 64


def test_quirks_of_official_files(tmp_path: Path) -> None:
    lignes, _ = read(
        tmp_path,
        '"code","libelle","jour"\r\n"1","Sur\r\ndeux lignes","17/01/2024"\r\n'
        '2,"L\'\'eau, ""pure""; et  double  espace",\r\n\r\n3,Émoi,,,\r\n',
    )
    assert lignes == [
        (1, "Sur deux lignes", "2024-01-17"),
        (2, 'L\'eau, "pure"; et double espace', None),
        (3, "Émoi", None),
    ]


def test_the_newest_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "t_10.csv").write_text(ENTETE + "10,Dix,\n", encoding="utf-8")
    journal = Journal("essai")
    (tmp_path / "t_9.csv").write_text(ENTETE + "9,Neuf,\n", encoding="utf-8")
    assert parse_table(Depot(tmp_path), SPEC, journal, build) == [(10, "Dix", None)]
    assert journal.fichiers[0].fichier == "t_10.csv"


def test_a_zip_reads_as_its_folder_and_is_named(tmp_path: Path) -> None:
    contenu = ENTETE + "1,Un,\nx,Deux,\n"
    with zipfile.ZipFile(tmp_path / "source.zip", "w") as archive:
        archive.writestr("sous/t_1.csv", contenu)
    journal = Journal("essai")
    assert parse_table(Depot(tmp_path / "source.zip"), SPEC, journal, build) == [(1, "Un", None)]
    assert journal.as_dict() == {
        "source": "essai",
        "fichiers": [
            {
                "fichier": "source.zip › sous/t_1.csv",
                "octets": 32,
                "empreinte": hashlib.sha256(contenu.encode()).hexdigest(),
                "lues": 2,
                "gardees": 1,
                "rejets": {"code : nombre entier attendu": 1},
                "exemples": [{"ligne": 3, "colonne": "code", "motif": "nombre entier attendu", "valeur": "x"}],
                "remarques": [],
            }
        ],
    }


def test_no_file_answers(tmp_path: Path) -> None:
    (tmp_path / "autre.csv").write_text(ENTETE, encoding="utf-8")
    with pytest.raises(MissingSourceError, match=r"aucun fichier ne répond au motif « t_\\d\+\\.csv »"):
        parse_table(Depot(tmp_path), SPEC, Journal("essai"), build)


def test_byte_order_mark_is_noted(tmp_path: Path) -> None:
    lignes, lu = read(tmp_path, "\ufeff" + ENTETE + "1,Un,\n")
    assert lignes == [(1, "Un", None)]
    assert lu.remarques == ["marque d'ordre des octets (BOM) en tête, ignorée"]


def test_unknown_column_is_noted_once(tmp_path: Path) -> None:
    lignes, lu = read(tmp_path, "code,nouveau,libelle,jour,plus,vide,\n1,?,Un,,p,v,\n2,?,Deux,,p,v,\n")
    assert lignes == [(1, "Un", None), (2, "Deux", None)]
    assert lu.remarques == ["colonne inconnue « nouveau », ignorée"]


@pytest.mark.parametrize("contenu", ["", "\n", "\ufeff", " \r\n\r\n"])
def test_empty_file(tmp_path: Path, contenu: str) -> None:
    with pytest.raises(HeaderError, match=r"^t_1\.csv : le fichier est vide\.$"):
        read(tmp_path, contenu)


@pytest.mark.parametrize("contenu", [ENTETE, ENTETE.strip(), ENTETE + "\n\n"])
def test_header_only_is_told(tmp_path: Path, contenu: str) -> None:
    lignes, lu = read(tmp_path, contenu)
    assert lignes == []
    assert lu.remarques == ["aucune ligne sous l'en-tête"]


@pytest.mark.parametrize(
    ("contenu", "colonne", "motif"),
    [
        ("code,jour\n1,\n", "libelle", "obligatoire absente"),
        ("Code,libelle,jour\n1,Un,\n", "code", "obligatoire absente"),
        ("code;libelle;jour\n1;Un;\n", "code", r"obligatoire absente \(colonnes lues : code;libelle;jour\)"),
        ("1,Un,\n2,Deux,\n", "code", "obligatoire absente"),
        ("code,libelle,jour,libelle\n1,Un,,Une\n", "libelle", "figure deux fois"),
        ("code,libelle,jour,inconnue,inconnue\n1,Un,,a,b\n", "inconnue", "figure deux fois"),
    ],
)
def test_bad_header_names_the_column(tmp_path: Path, contenu: str, colonne: str, motif: str) -> None:
    with pytest.raises(HeaderError, match=rf"^t_1\.csv, ligne 1, colonne « {colonne} » : .*{motif}") as attrape:
        read(tmp_path, contenu)
    erreur = attrape.value
    assert (erreur.fichier, erreur.ligne, erreur.colonne) == ("t_1.csv", 1, colonne)


@pytest.mark.parametrize(
    ("texte", "ligne", "colonne"),
    [
        (ENTETE + "1,Un,\n2,Bûche,\n", 3, "libelle"),
        (ENTETE + "é,Un,\n", 2, "code"),
        (ENTETE + '1,"Sur\ndeux lignes, été",\n', 3, "libelle"),
        ('"code","libelle","jour"\r\n"1","Un, deux","é"\r\n', 2, "jour"),
        ("code,libellé,jour\n1,Un,\n", 1, "libellé"),
        (ENTETE + "1,Un,,é\n", 2, None),
    ],
)
def test_latin_1_in_place_of_utf_8(tmp_path: Path, texte: str, ligne: int, colonne: str | None) -> None:
    with pytest.raises(EncodingError, match=r"n'est pas du UTF-8 \(le fichier est sans doute en latin-1") as attrape:
        read(tmp_path, texte.encode("latin-1"))
    erreur = attrape.value
    assert (erreur.fichier, erreur.ligne, erreur.colonne) == ("t_1.csv", ligne, colonne)


def test_the_encoding_of_the_producer_is_followed(tmp_path: Path) -> None:
    spec = TableSpec(SPEC.motif, SPEC.colonnes, 10, encodage="cp1252", delimiteur=";")
    lignes, _ = read(tmp_path, "code;libelle;jour\n1;L’œuvre;\n".encode("cp1252"), spec)
    assert lignes == [(1, "L’œuvre", None)]


@pytest.mark.parametrize("encodage", ["utf-16", "utf-16-be", "utf-16-le"])
def test_utf_16(tmp_path: Path, encodage: str) -> None:
    with pytest.raises(
        (EncodingError, MalformedError), match=r"t_1\.csv, ligne 1.*UTF-16|t_1\.csv, ligne 1.*octet nul"
    ):
        read(tmp_path, (ENTETE + "1,Un,\n").encode(encodage))


def test_nul_bytes(tmp_path: Path) -> None:
    with pytest.raises(MalformedError, match=r"^t_1\.csv, ligne 3, colonne « libelle » : octet nul"):
        read(tmp_path, ENTETE + "1,Un,\n2,De\0ux,\n")


@pytest.mark.parametrize(
    ("contenu", "ligne"),
    [
        (ENTETE + '1,"jamais fermé,\n2,Deux,\n', 3),
        (ENTETE + '1,Un,\n2,"Deux"trop,\n', 3),
    ],
)
def test_broken_quotes(tmp_path: Path, contenu: str, ligne: int) -> None:
    with pytest.raises(MalformedError, match=rf"^t_1\.csv, ligne {ligne} : guillemets ou séparateurs incohérents"):
        read(tmp_path, contenu)


def test_a_cell_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ancienne = csv.field_size_limit(100)
    try:
        with pytest.raises(MalformedError, match="ligne 2"):
            read(tmp_path, ENTETE + f"1,{'x' * 200},\n")
    finally:
        csv.field_size_limit(ancienne)


def test_far_too_many_rows(tmp_path: Path) -> None:
    spec = TableSpec(SPEC.motif, SPEC.colonnes, 50)
    read(tmp_path, ENTETE + rows(50), spec)
    with pytest.raises(OversizeError, match=r"^t_1\.csv, ligne 52 : plus de 50 lignes : ce n'est pas le fichier"):
        read(tmp_path, ENTETE + rows(500), spec)


def test_far_too_many_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OCTETS_MAX", 1 << 20)
    with pytest.raises(OversizeError, match=r"^t_1\.csv : 1 Mio : ce n'est pas le fichier attendu"):
        read(tmp_path, ENTETE + " " * (1 << 20))


def test_a_few_bad_rows_are_counted_with_their_place(tmp_path: Path) -> None:
    mauvaises = (
        '1000,"Sur\ntrois\nlignes",\n'  # good: shifts the lines of what follows
        "1001,Jour,2024-02-30\n"
        "1002,,\n"
        "douze,Code,\n"
        "5,Doublon,\n"
        "1003,Court\n"
        "1004,Long,,,encore\n"
    )
    lignes, lu = read(tmp_path, ENTETE + rows(30) + mauvaises)
    assert len(lignes) == lu.gardees == 31
    assert (5, "ligne 5", "2024-01-17") in lignes, "of two rows with one code, the first stands"
    assert lu.rejets == {
        "jour : date impossible": 1,
        "libelle : cellule vide": 1,
        "code : nombre entier attendu": 1,
        "doublon": 1,
        "2 cellules au lieu de 3": 1,
        "5 cellules au lieu de 3": 1,
    }
    assert [(e.ligne, e.colonne, e.valeur) for e in lu.exemples] == [
        (35, "jour", "2024-02-30"),
        (36, "libelle", ""),
        (37, "code", "douze"),
        (38, "", "5"),
        (39, "", "1003;Court"),
        (40, "", "1004;Long;;;encore"),
    ]


def test_examples_are_few_and_short(tmp_path: Path) -> None:
    _, lu = read(tmp_path, ENTETE + rows(30) + f"{'x' * 500},Code,\n" * 15)
    assert lu.rejets.total() == 15
    assert len(lu.exemples) == 10
    assert max(len(e.valeur) for e in lu.exemples) == 80


@pytest.mark.parametrize(("mauvaises", "refuse"), [(20, False), (21, True)])
def test_too_many_bad_rows_are_refused(tmp_path: Path, mauvaises: int, refuse: bool) -> None:
    contenu = ENTETE + rows(100) + "?,Code,\n" * mauvaises
    if not refuse:
        assert len(read(tmp_path, contenu)[0]) == 100
        return
    with pytest.raises(RejectionError) as attrape:
        read(tmp_path, contenu)
    assert str(attrape.value) == (
        "t_1.csv, ligne 102, colonne « code » : 21 lignes refusées sur 121 (surtout « code : nombre entier attendu », "
        "21 fois ; premier exemple : « ? »)."
    )


def test_in_a_large_file_five_in_a_hundred_are_borne(tmp_path: Path) -> None:
    lignes, lu = read(tmp_path, ENTETE + rows(950) + "?,Code,\n" * 50)
    assert (len(lignes), lu.rejets.total()) == (950, 50)


def test_a_file_of_bad_rows_only_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RejectionError, match="2 lignes refusées sur 2"):
        read(tmp_path, ENTETE + "?,Code,\n!,Code,\n")


def test_a_file_of_ragged_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RejectionError, match="1 cellules au lieu de 3"):
        read(tmp_path, ENTETE + "1;Un;\n" * 30)


def test_no_row_is_no_rejection() -> None:
    check_rejections(FichierLu("vide.csv"))


_CELLULE = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12)


@given(st.lists(st.tuples(st.integers(0, 10**9), _CELLULE.filter(lambda x: x.strip() != "")), max_size=12))
def test_what_a_csv_writer_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, lignes: list[tuple[int, str]]
) -> None:
    texte = io.StringIO(newline="")
    csv.writer(texte).writerows([("code", "libelle", "jour"), *((code, libelle, "") for code, libelle in lignes)])
    lues, _ = read(tmp_path_factory.mktemp("aller"), texte.getvalue())
    assert [code for code, _, _ in lues] == list(dict.fromkeys(code for code, _ in lignes))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, octets: bytes) -> None:
    try:
        read(tmp_path_factory.mktemp("octets"), b"code,libelle,jour\n" + octets)
    except SourceError as error:
        assert str(error).startswith("t_1.csv")
