"""BMO: cells, secrets, exact sums and floors."""

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from referentiels.depot import Depot
from referentiels.errors import (
    HeaderError,
    MalformedError,
    MissingSourceError,
    OversizeError,
    RejectionError,
)
from referentiels.indicateurs import bmo, classeur
from referentiels.indicateurs.bmo import load_bmo
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.types import Mesure, Serie

ENTETE = ["annee", "Code métier BMO", "Nom métier BMO", "Famille_met", "Lbl_fam_met", "REG", "NOM_REG", "Dept"]
ENTETE += ["NomDept", "BE31", "NOMBE31", "met", "xmet", "smet"]
Cellule = str | float


def _row(fap: str, reg: str, dept: str, bassin: float, *comptes: str, annee: float = 2031) -> list[Cellule]:
    return [annee, fap, "Essai", "Z", "Autres", reg, "Région", dept, "Dép", bassin, "BASSIN", *comptes]


def _cell(valeur: Cellule) -> str:
    if isinstance(valeur, str):
        return f'<c t="inlineStr"><is><t>{escape(valeur)}</t></is></c>'
    return f"<c><v>{valeur}</v></c>"


def write_xlsx(chemin: Path, feuille: str, lignes: Sequence[Sequence[Cellule]]) -> Path:
    """Write the smallest workbook that the format allows."""
    corps = "".join(f"<row>{''.join(map(_cell, ligne))}</row>" for ligne in lignes)
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    paquet = "http://schemas.openxmlformats.org/package/2006"
    with zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{paquet}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{paquet}/relationships">'
            f'<Relationship Id="r1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{paquet}/relationships">'
            f'<Relationship Id="r1" Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook {main} xmlns:r="{rel}"><sheets>'
            f'<sheet name="{feuille}" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        archive.writestr("xl/worksheets/sheet1.xml", f"<worksheet {main}><sheetData>{corps}</sheetData></worksheet>")
    return chemin


def _load(dossier: Path, lignes: Sequence[Sequence[Cellule]], journal: Journal | None = None) -> Lot:
    write_xlsx(dossier / "Base_open_data_BMO_2031.xlsx", "BMO_2031_open_data", [ENTETE, *lignes])
    return load_bmo(Depot(dossier), journal or Journal("bmo"))


def _figures(lot: Lot, indicateur: str, fap: str) -> dict[str, tuple[float | None, str]]:
    """Value and statut by territoire; fails when the indicator is not declared."""
    series = {s.cle for s in lot.get(Serie) if s.indicateur == indicateur}
    return {m.territoire: (m.valeur, m.statut) for m in lot.get(Mesure) if m.serie in series and m.objet == fap}


def test_cells_are_kept_at_the_bassin_and_summed_when_nothing_is_secret(tmp_path: Path) -> None:
    lot = _load(
        tmp_path,
        [_row("A0X40", "53", "35", 5301, "40", "10", "*"), _row("A0X40", "53", "35", 5302, "60", "20", "*")],
    )
    projets = _figures(lot, "projets_recrutement", "A0X40")
    assert projets == {
        "5301": (40, "publie"),
        "5302": (60, "publie"),
        "35": (100, "publie"),
        "53": (100, "publie"),
        "FR": (100, "publie"),
    }
    assert _figures(lot, "part_difficile", "A0X40")["35"] == (30.0, "publie")
    assert _figures(lot, "part_difficile", "A0X40")["5302"] == (33.3, "publie")
    assert lot.millesime == "2031"
    assert {s.nomenclature for s in lot.get(Serie)} == {"fap2021"}


def test_a_secret_cell_makes_the_sum_secret_and_leaves_only_a_floor(tmp_path: Path) -> None:
    lot = _load(
        tmp_path,
        [
            _row("A0X40", "53", "35", 5301, "*", "*", "*"),
            _row("A0X40", "53", "35", 5302, "70", "50", "*"),
            _row("A0X40", "53", "22", 5303, "30", "*", "*"),
        ],
    )
    projets = _figures(lot, "projets_recrutement", "A0X40")
    assert {lieu for lieu, figure in projets.items() if figure == (None, "secret")} == {"5301", "35", "53", "FR"}
    assert projets["22"] == (30.0, "publie")
    assert _figures(lot, "projets_recrutement_minimum", "A0X40") == {
        "35": (70, "publie"),
        "53": (100, "publie"),
        "FR": (100, "publie"),
    }
    # A share is exact only where both counts are; elsewhere hidden difficult projects count for zero.
    assert _figures(lot, "part_difficile", "A0X40") == {"5302": (71.4, "publie")}
    assert _figures(lot, "part_difficile_minimum", "A0X40") == {
        "35": (71.4, "publie"),
        "53": (50.0, "publie"),
        "FR": (50.0, "publie"),
    }
    assert not _figures(lot, "part_saisonnier", "A0X40")


def test_no_exact_figure_lets_a_secret_be_computed(tmp_path: Path) -> None:
    """Whatever is published above a secret cell is the sum of the published ones alone."""
    lot = _load(
        tmp_path,
        [_row("A0X40", "53", "35", 5301, "*", "*", "*"), _row("A0X40", "53", "35", 5302, "70", "50", "8")],
    )
    publies = {m.valeur for m in lot.get(Mesure) if m.statut == "publie" and "/projets_" in m.serie}
    assert publies == {70.0, 50.0, 8.0}


def test_a_floor_is_never_rounded_up(tmp_path: Path) -> None:
    lot = _load(
        tmp_path,
        [_row("A0X40", "53", "35", 5301, "300", "200", "*"), _row("A0X40", "53", "35", 5302, "*", "*", "*")],
    )
    assert _figures(lot, "part_difficile_minimum", "A0X40")["35"] == (66.6, "publie")
    assert _figures(lot, "part_difficile", "A0X40")["5301"] == (66.7, "publie")


def test_a_bassin_over_two_departements_is_one_bassin(tmp_path: Path) -> None:
    lot = _load(
        tmp_path,
        [_row("A0X40", "84", "2A", 101, "10", "5", "*"), _row("A0X40", "84", "2B", 101, "30", "5", "*")],
    )
    assert _figures(lot, "projets_recrutement", "A0X40") == {
        "0101": (40, "publie"),
        "2A": (10, "publie"),
        "2B": (30, "publie"),
        "84": (40, "publie"),
        "FR": (40, "publie"),
    }


def test_a_blank_count_is_not_a_secret(tmp_path: Path) -> None:
    lot = _load(tmp_path, [_row("A0X40", "53", "35", 5301, "", "", "")])
    assert _figures(lot, "projets_recrutement", "A0X40")["35"] == (None, "non_renseigne")


def test_a_family_absent_from_a_bassin_has_no_measure_there(tmp_path: Path) -> None:
    lot = _load(
        tmp_path,
        [_row("A0X40", "53", "35", 5301, "40", "10", "*"), _row("B0X30", "53", "35", 5302, "60", "20", "*")],
    )
    assert "5302" not in _figures(lot, "projets_recrutement", "A0X40")


def test_older_surveys_keep_fap_2009(tmp_path: Path) -> None:
    lot = _load(tmp_path, [_row("A0Z40", "53", "35", 5301, "40", "10", "*")])
    assert {s.nomenclature for s in lot.get(Serie)} == {"fap2009_225"}
    assert "bmo_2031/projets_recrutement/fap2009_225" in {s.cle for s in lot.get(Serie)}


def test_the_newest_survey_is_read_and_the_older_one_is_noted(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "Base_open_data_BMO_2030.xlsx", "BMO_2030_open_data", [ENTETE])
    journal = Journal("bmo")
    lot = _load(tmp_path, [_row("A0X40", "53", "35", 5301, "40", "10", "*")], journal)
    assert lot.millesime == "2031"
    assert any("BMO_2030" in remarque for remarque in journal.fichiers[0].remarques)


def test_bad_rows_are_counted_with_their_line(tmp_path: Path) -> None:
    journal = Journal("bmo")
    lignes = [_row("A0X40", "53", "35", 5300 + rang, "40", "10", "*") for rang in range(10)]
    lignes += [
        _row("A0X40", "53", "35", 5300, "40", "10", "*"),
        _row("A0X40", "53", "35", 5350, "beaucoup", "10", "*"),
        _row("A0X40", "53", "35", 5351, "40", "-3", "*"),
        _row("A0X40", "53", "99Z", 5352, "40", "10", "*"),
        _row("A0X40", "53", "35", 5353, "40", "10", "*", annee=2030),
    ]
    _load(tmp_path, lignes, journal)
    lu = journal.fichiers[0]
    assert (lu.lues, lu.gardees, lu.rejets.total()) == (15, 10, 5)
    assert [(rejet.ligne, rejet.colonne) for rejet in lu.exemples] == [
        (12, ""),
        (13, "met"),
        (14, "xmet"),
        (15, "Dept"),
        (16, "annee"),
    ]


def test_a_file_of_bad_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RejectionError, match=r"BMO_2031\.xlsx, ligne 2, colonne « met »"):
        _load(tmp_path, [_row("A0X40", "53", "35", 5301, "?", "?", "?")])


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "Base_open_data_BMO_2031.xlsx", "BMO_2031_open_data", [ENTETE[:-1]])
    with pytest.raises(HeaderError, match="colonne « smet »"):
        load_bmo(Depot(tmp_path), Journal("bmo"))


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "Base_open_data_BMO_2031.xlsx", "BMO_2031_open_data", [[*ENTETE, "met"]])
    with pytest.raises(HeaderError, match="deux fois"):
        load_bmo(Depot(tmp_path), Journal("bmo"))


def test_another_sheet_is_refused(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "Base_open_data_BMO_2031.xlsx", "Feuil1", [ENTETE])
    with pytest.raises(MalformedError, match=re.escape("feuilles : Feuil1")):
        load_bmo(Depot(tmp_path), Journal("bmo"))


def test_an_empty_sheet_is_refused(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "Base_open_data_BMO_2031.xlsx", "BMO_2031_open_data", [])
    with pytest.raises(HeaderError, match="vide"):
        load_bmo(Depot(tmp_path), Journal("bmo"))


def test_a_truncated_workbook_is_refused(tmp_path: Path) -> None:
    chemin = write_xlsx(tmp_path / "Base_open_data_BMO_2031.xlsx", "BMO_2031_open_data", [ENTETE])
    chemin.write_bytes(chemin.read_bytes()[:400])
    with pytest.raises(MalformedError, match="tronqué"):
        load_bmo(Depot(tmp_path), Journal("bmo"))


def test_a_web_page_in_place_of_the_workbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Base_open_data_BMO_2031.xlsx").write_text("<html>Erreur 503</html>", encoding="utf-8")
    with pytest.raises(MalformedError, match=r"BMO_2031\.xlsx"):
        load_bmo(Depot(tmp_path), Journal("bmo"))


def test_a_workbook_bomb_is_refused_before_it_is_inflated(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "Base_open_data_BMO_2031.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (classeur.RATIO_MAX * 40_000))
    with pytest.raises(OversizeError, match="démesurément"):
        load_bmo(Depot(tmp_path), Journal("bmo"))


def test_too_many_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bmo, "LIGNES_MAX", 1)
    with pytest.raises(OversizeError, match="plus de 1 lignes"):
        _load(tmp_path, [_row("A0X40", "53", "35", 5301 + rang, "40", "10", "*") for rang in range(2)])


def test_no_workbook_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingSourceError, match="Base_open_data_BMO"):
        load_bmo(Depot(tmp_path), Journal("bmo"))


@pytest.mark.officiel
def test_the_official_survey_of_2024(donnees: Path) -> None:
    journal = Journal("bmo")
    lot = load_bmo(Depot(donnees / "marche"), journal)
    lu = journal.fichiers[0]
    if lot.millesime != "2024":
        pytest.skip("une édition plus récente que 2024 est là")
    assert (lu.lues, lu.gardees, lu.rejets.total()) == (53_443, 53_443, 0)
    mesures = lot.get(Mesure)
    projets = [m for m in mesures if m.serie == "bmo_2024/projets_recrutement/fap2021"]
    assert len({m.objet for m in projets}) == 217
    assert len({m.territoire for m in projets if m.maille == "bassin"}) == 406
    assert len({m.territoire for m in projets if m.maille == "departement"}) == 102
    assert len({m.territoire for m in projets if m.maille == "region"}) == 18
    # Every family has a secret cell somewhere: no national figure is exact, and the floors add up to all that is
    # published.
    assert {m.statut for m in projets if m.maille == "national"} == {"secret"}
    planchers = [m for m in mesures if m.serie == "bmo_2024/projets_recrutement_minimum/fap2021"]
    assert sum(m.valeur or 0 for m in planchers if m.maille == "national") == 2_751_069
    assert len({(m.objet, m.territoire, m.maille, m.serie, m.detail) for m in mesures}) == len(mesures)
