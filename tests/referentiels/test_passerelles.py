"""Crosswalks: each optional file, what is derived or estimated, bad input."""

import csv
import zipfile
from collections import Counter
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from referentiels.depot import Depot
from referentiels.errors import EncodingError, HeaderError, MalformedError, MissingSourceError, RejectionError
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.passerelles import load_passerelles
from referentiels.types import LibelleNomenclature, Passerelle

FAP_ROME = "Fap;Rome;intitule_rome\nZ9Z00;NA;NA\nZ9Z40;A9901;Essayage\nZ9Z40;A9902;Pesée\nZ9Z41;A9901;Essayage\n"
LABELS_2009 = (
    "/* Essai … */\nvalue $FAP9_3L\n"
    '"Z9Z"="Z9Z : Essayeurs"\nOther="ZZZ : Autre" ;\nvalue $FAP9_5L\n'
    '"Z9Z00"="Z9Z00 : Essayeurs indépendants"\n"Z9Z40"="Z9Z40 : Essayeurs salariés"\n"Z9Z41"="Z9Z41 : Peseurs";\n'
)
ENTETE_2021 = (
    "\ufeffCode FAP 22;Intitulé FAP 22;Code FAP 86;Intitulé FAP 86;Code FAP 228;Intitulé FAP 228;"
    "Code FAP 341;Intitulé FAP 341\n"
)
FAP_2021 = (
    ENTETE_2021
    + "Z;E;Z9X;E;Z9X40;Essayeurs salaries;Z9X40a;Un\nZ;E;Z9X;E;Z9X40;Essayeurs salaries;Z9X40b;Deux\n"
    + "Z;E;QAX;E;QAX03;Sans pareil;QAX03;Sans pareil\n"
)


def write(dossier: Path, nom: str, texte: str, encodage: str = "utf-8") -> None:
    (dossier / nom).write_bytes(texte.encode(encodage))


def write_xlsx(chemin: Path, feuilles: dict[str, list[list[str | int]]]) -> None:
    """A minimal workbook with inline strings."""
    with zipfile.ZipFile(chemin, "w") as archive:
        noms = list(feuilles)
        types = "".join(
            f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="application/'
            'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
            for i in range(1, len(noms) + 1)
        )
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/xl/workbook.xml" ContentType="application/'
            f'vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{types}</Types>',
        )
        lien = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        paquet = "http://schemas.openxmlformats.org/package/2006/relationships"
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{paquet}"><Relationship Id="r1" Type="{lien}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        principal = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        onglets = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="r{i}"/>' for i, n in enumerate(noms, 1))
        archive.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{principal}" xmlns:r="{lien}"><sheets>{onglets}</sheets></workbook>'
        )
        relations = "".join(
            f'<Relationship Id="r{i}" Type="{lien}/worksheet" Target="worksheets/sheet{i}.xml"/>'
            for i in range(1, len(noms) + 1)
        )
        archive.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{paquet}">{relations}</Relationships>')
        for i, lignes in enumerate(feuilles.values(), 1):
            corps = ""
            for numero, cellules in enumerate(lignes, 1):
                corps += f'<row r="{numero}">'
                for rang, cellule in enumerate(cellules):
                    place = f"{chr(65 + rang)}{numero}"
                    if isinstance(cellule, int):
                        corps += f'<c r="{place}"><v>{cellule}</v></c>'
                    else:
                        corps += f'<c r="{place}" t="inlineStr"><is><t>{escape(cellule)}</t></is></c>'
                corps += "</row>"
            feuille = f'<worksheet xmlns="{principal}"><sheetData>{corps}</sheetData></worksheet>'
            archive.writestr(f"xl/worksheets/sheet{i}.xml", feuille)


def load(dossier: Path) -> tuple[Lot, Journal]:
    journal = Journal("passerelles")
    return load_passerelles(Depot(dossier), journal), journal


def links(lot: Lot, de: str, vers: str) -> set[tuple[str, str]]:
    return {
        (p.code, p.code_cible) for p in lot.get(Passerelle) if p.nomenclature == de and p.nomenclature_cible == vers
    }


def labels(lot: Lot, nomenclature: str) -> dict[str, str]:
    return {li.code: li.libelle for li in lot.get(LibelleNomenclature) if li.nomenclature == nomenclature}


def test_fap_rome_keeps_v3_codes_and_counts_those_without(tmp_path: Path) -> None:
    write(tmp_path, "fap225_rome.csv", FAP_ROME, "cp1252")
    lot, journal = load(tmp_path)
    assert links(lot, "fap2009_225", "rome_v3") == {("Z9Z40", "A9901"), ("Z9Z40", "A9902"), ("Z9Z41", "A9901")}
    assert {p.nature for p in lot.get(Passerelle)} == {"officielle"}
    assert links(lot, "fap2009_87", "rome_v3") == set(), "no official FAP-87 label: nothing is derived"
    remarques = " ".join(journal.fichiers[0].remarques)
    assert "1 codes sans correspondance" in remarques
    assert "ROME × ISCO-08" in remarques
    assert "FAP 2009 × ROME," not in remarques
    assert lot.millesime == "FAP 2009"


def test_fap87_is_derived_from_official_prefixes(tmp_path: Path) -> None:
    write(tmp_path, "fap225_rome.csv", FAP_ROME + "Y1Y40;A9903;Ailleurs\n", "cp1252")
    write(tmp_path, "intitule_fap2009.txt", LABELS_2009.replace("\n", "\r\n"), "cp1252")
    lot, journal = load(tmp_path)
    assert links(lot, "fap2009_225", "fap2009_87") == {(c, "Z9Z") for c in ("Z9Z00", "Z9Z40", "Z9Z41")}
    assert links(lot, "fap2009_87", "rome_v3") == {("Z9Z", "A9901"), ("Z9Z", "A9902")}
    assert labels(lot, "fap2009_87") == {"Z9Z": "Essayeurs"}
    assert labels(lot, "fap2009_225")["Z9Z00"] == "Essayeurs indépendants"
    assert journal.fichiers[1].gardees == 4


def test_fap2021_is_estimated_by_equal_labels_only(tmp_path: Path) -> None:
    write(tmp_path, "intitule_fap2009.txt", LABELS_2009, "cp1252")
    write(tmp_path, "dares_nomenclature_fap2021.csv", FAP_2021)
    lot, _ = load(tmp_path)
    estimes = [p for p in lot.get(Passerelle) if p.nomenclature == "fap2021"]
    assert [(p.code, p.code_cible, p.nature) for p in estimes] == [("Z9X40", "Z9Z40", "estimee")]
    assert labels(lot, "fap2021") == {"Z9X40": "Essayeurs salaries", "QAX03": "Sans pareil"}


def test_a_label_shared_by_two_codes_decides_nothing(tmp_path: Path) -> None:
    write(tmp_path, "intitule_fap2009.txt", LABELS_2009 + '"Z9Z42"="Z9Z42 : Essayeurs salariés"\n', "cp1252")
    write(tmp_path, "dares_nomenclature_fap2021.csv", FAP_2021)
    assert links(load(tmp_path)[0], "fap2021", "fap2009_225") == set()


def test_a_contradictory_fap2021_label_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "dares_nomenclature_fap2021.csv", FAP_2021 + "Z;E;Z9X;E;Z9X40;Autre chose;Z9X40c;Trois\n")
    _, journal = load(tmp_path)
    assert journal.fichiers[0].exemples[0].ligne == 5
    assert journal.fichiers[0].rejets.total() == 1


def test_other_layout_of_fap2021_labels(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Intitules_FAP2021.csv",
        "Code_FAP341;Intitulé_FAP341;Code_FAP228;Intitulé_FAP228;Code_FAP86;Intitulé_FAP86;Code_FAP22;Intitulé_FAP22\n"
        "Z9X40a;Un;Z9X40;Essayeurs;Z9X;E;Z;E\n",
    )
    assert labels(load(tmp_path)[0], "fap2021") == {"Z9X40": "Essayeurs"}


def test_pcs_naf_and_hirings(tmp_path: Path) -> None:
    write(tmp_path, "FAP_PCS.csv", "Fap;PCS;intitule_PCS\nZ9Z40;999a;Essayeurs agréés\n", "cp1252")
    write(tmp_path, "lbb_naf_labels.csv", "naf_id|naf_label\n9999Z|Essais, d'usage et autres\n")
    write(
        tmp_path,
        "lbb_rome_naf_mapping_2021.csv",
        'rome_id,rome_label,naf_id,naf_label,hirings\nA9901,E,9999Z,"Essais, d\'usage",41\nA9901,E,9998Z,E,-1\n'
        "A9901,E,9999Z,E,41\n",
    )
    lot, journal = load(tmp_path)
    assert links(lot, "fap2009_225", "pcs") == {("Z9Z40", "999a")}
    assert labels(lot, "pcs") == {"999a": "Essayeurs agréés"}
    assert labels(lot, "naf_732") == {"9999Z": "Essais, d'usage et autres"}
    (naf,) = [p for p in lot.get(Passerelle) if p.nomenclature_cible == "naf_732"]
    assert (naf.code, naf.code_cible, naf.poids) == ("A9901", "9999Z", 41.0)
    assert dict(journal.fichiers[1].rejets) == {"hirings : nombre négatif": 1, "doublon": 1}
    assert lot.millesime == "recrutements 2021"


def test_onisep_links_and_damaged_labels(tmp_path: Path) -> None:
    entete = '"Code ROME";"libell\ufffd m\ufffdtier onisep";"lien site onisep.fr";"Lib_ROME_FT";"lien site FT"\n'
    adresse = "https://exemple.invalid/slug/MET."
    write(
        tmp_path,
        "cqlp_romeMetier_onisep.csv",
        entete
        + f'"A9901";"essayeur";"{adresse}1";"x";"y"\n"A9902";"p\ufffdseur";"{adresse}2";"x";"y"\n'
        + '"A9903";"";"";"x";"y"\n"A9904";"z";"https://exemple.invalid/autre";"x";"y"\n',
    )
    lot, journal = load(tmp_path)
    assert links(lot, "onisep_metier", "rome_v4") == {("MET.1", "A9901"), ("MET.2", "A9902")}
    assert labels(lot, "onisep_metier") == {"MET.1": "essayeur"}
    (lu,) = journal.fichiers
    assert "1 codes sans correspondance dans l'autre nomenclature" in lu.remarques
    assert any(remarque.startswith("1 libellés Onisep") for remarque in lu.remarques)
    assert lu.exemples[0].ligne == 5


def test_isco_from_the_workbook(tmp_path: Path) -> None:
    entete: list[str | int] = ["Code ROME", "Libellé codes ROME", "ISCO08 14SI4", "Code ISCO08", "Libellé codes ISCO08"]
    write_xlsx(
        tmp_path / "Correspondance_ROME_ISCO08.xlsx",
        {
            "Définition": [["La table"]],
            "ROME to ISCO-08": [
                entete,
                ["A9901", "Essayage", 0, 110, "Essayeurs"],
                ["A9902", "Pesée", 9, 9999, "Peseurs"],
                ["A9903", "Pesée", 9, 9999, "Peseurs"],
                ["A9904", "Pesée", 9, 9999, "Autres peseurs"],
                ["?", "Mauvaise", 9, 9999, "Peseurs"],
                ["A9905", "Mauvaise", 9, 123456, "Peseurs"],
            ],
        },
    )
    lot, journal = load(tmp_path)
    assert links(lot, "rome_v3", "isco08") == {
        ("A9901", "0110"),
        ("A9902", "9999"),
        ("A9903", "9999"),
        ("A9904", "9999"),
    }
    assert labels(lot, "isco08") == {"0110": "Essayeurs", "9999": "Peseurs"}
    (lu,) = journal.fichiers
    assert (lu.lues, lu.gardees) == (6, 4)
    assert {exemple.ligne for exemple in lu.exemples} == {6, 7}


def test_workbook_without_its_column_or_truncated(tmp_path: Path) -> None:
    chemin = tmp_path / "Correspondance_ROME_ISCO08.xlsx"
    write_xlsx(chemin, {"ROME to ISCO-08": [["Code ROME", "Autre"], ["A9901", 1]]})
    with pytest.raises(HeaderError, match="« Code ISCO08 »"):
        load(tmp_path)
    chemin.write_bytes(chemin.read_bytes()[:400])
    with pytest.raises(MalformedError, match="xlsx"):
        load(tmp_path)


def test_formacodes(tmp_path: Path) -> None:
    write(tmp_path, "formacodes_v12.txt", "99001 0999\n99002 0998,0999\n99003 KO\n99001 0997\nabc\n")
    lot, journal = load(tmp_path)
    assert links(lot, "formacode", "isced_f") == {("99001", "0999"), ("99002", "0998"), ("99002", "0999")}
    assert {p.nature for p in lot.get(Passerelle)} == {"estimee"}
    (lu,) = journal.fichiers
    assert (lu.lues, lu.gardees, lu.rejets.total()) == (5, 3, 2)
    assert [exemple.ligne for exemple in lu.exemples] == [4, 5]
    assert lot.millesime == "Formacode 12"


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingSourceError, match="aucune table de passerelle"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("nom", "contenu", "erreur", "message"),
    [
        ("fap225_rome.csv", b"Fap;intitule_rome\nZ9Z00;NA\n", HeaderError, "colonne « Rome »"),
        ("fap225_rome.csv", b"Fap;Rome\n" + b"???;A9901\n" * 30, RejectionError, "30 lignes refusées sur 30"),
        ("intitule_fap2009.txt", b"rien qui vaille", MalformedError, "aucun intitulé de FAP"),
        ("intitule_fap2009.txt", b" \r\n", HeaderError, "le fichier est vide"),
        ("formacodes_v12.txt", b"99001 0999\n99002 \xe9\n", EncodingError, "ligne 2 : l'octet 0xE9"),
        ("dares_nomenclature_fap2021.csv", FAP_2021[1:].encode("latin-1"), EncodingError, "ligne 1"),
    ],
)
def test_unusable_files(tmp_path: Path, nom: str, contenu: bytes, erreur: type[Exception], message: str) -> None:
    (tmp_path / nom).write_bytes(contenu)
    with pytest.raises(erreur, match=message):
        load(tmp_path)


@pytest.mark.officiel
def test_official_counts(donnees: Path) -> None:
    lot, journal = load(donnees / "passerelles")
    comptes = Counter((p.nomenclature, p.nomenclature_cible, p.nature) for p in lot.get(Passerelle))
    assert comptes == {
        ("fap2009_225", "rome_v3", "officielle"): 749,
        ("fap2009_225", "pcs", "officielle"): 486,
        ("fap2009_225", "fap2009_87", "officielle"): 225,
        ("fap2009_87", "rome_v3", "officielle"): 714,
        ("fap2021", "fap2009_225", "estimee"): 96,
        ("rome_v3", "isco08", "officielle"): 532,
        ("rome_v3", "naf_732", "officielle"): 5_071,
        ("onisep_metier", "rome_v4", "officielle"): 814,
        ("formacode", "isced_f", "estimee"): 798,
    }
    libelles = Counter(libelle.nomenclature for libelle in lot.get(LibelleNomenclature))
    assert (libelles["fap2009_225"], libelles["fap2009_87"], libelles["fap2021"]) == (225, 87, 228)
    assert (libelles["naf_732"], libelles["pcs"], libelles["isco08"]) == (732, 486, 298)
    assert not any("\ufffd" in libelle.libelle for libelle in lot.get(LibelleNomenclature))
    for fichier in journal.fichiers:
        assert fichier.lues == fichier.gardees + fichier.rejets.total(), fichier.fichier


@pytest.mark.officiel
def test_official_links_lead_to_known_rome_codes(donnees: Path) -> None:
    lot, _ = load(donnees / "passerelles")
    (fichier,) = (donnees / "rome_v460").glob("unix_referentiel_code_rome_v*_utf8.csv")
    with fichier.open(encoding="utf-8", newline="") as flux:
        parents = {ligne["code_rome"]: ligne["code_rome_parent"] for ligne in csv.DictReader(flux)}
    v3 = set(parents.values())
    atteints = {cible for _, cible in links(lot, "fap2009_225", "rome_v3")}
    assert v3 - atteints == {"L1510"}, "the FAP of 2009 know every ROME v3 code but one, younger than them"
    assert atteints <= v3
    assert {rome for rome, _ in links(lot, "rome_v3", "isco08")} - v3 == set()
    assert {rome for rome, _ in links(lot, "rome_v3", "naf_732")} - v3 == set()
    assert {rome for _, rome in links(lot, "onisep_metier", "rome_v4")} - parents.keys() == set()
    assert {naf for _, naf in links(lot, "rome_v3", "naf_732")} <= labels(lot, "naf_732").keys()
