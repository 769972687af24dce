"""InserJeunes: what is published, what is hidden, by région and by establishment."""

from collections import Counter
from pathlib import Path

import pytest

from referentiels.depot import Depot
from referentiels.errors import HeaderError, MissingSourceError, RejectionError
from referentiels.indicateurs import load_inserjeunes
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.types import Mesure, Serie

REGION = (
    "id;millesime;code_region_ij;code_region;voie;cfd;mefstat11;nb_annee_term;nb_en_emploi_12_mois;"
    "nb_en_emploi_18_mois;nb_en_emploi_24_mois;nb_en_emploi_6_mois;nb_poursuite_etudes;nb_sortant;"
    "taux_emploi_12_mois;taux_emploi_18_mois;taux_emploi_24_mois;taux_emploi_6_mois;taux_poursuite_etudes"
)
PRO = (
    "n°UAI de l'établissement;Libellé de l'établissement;Région;Dont apprentis en EPLE;Taux de poursuite d'études;"
    "Taux;Taux attendu;Valeur ajoutée;Part en poursuite d'études;Part en emploi 6 mois après la sortie;"
    "Part des autres situations"
)
CFA = (
    "Année;UAI;Libellé;Région;DEVENIR Part poursuite études;DEVENIR Part en emploi 6 mois;"
    "DEVENIR Part autre situation 6 mois;Part contrats apprentissage interrompus;Taux poursuite études;"
    "Taux emploi 6 mois;Taux emploi 6 mois attendu;VA emploi 6 mois;Taux emploi 12 mois;Taux emploi 18 mois;"
    "Taux emploi 24 mois;num_ligne"
)
Figure = tuple[float | None, str]


def _region(code: str, effectif: str, sortants: str, taux: str, poursuite: str, millesime: str = "2030_2031") -> str:
    voie, cfd, mef = ("scolaire", "", code) if len(code) == 11 else ("apprentissage", code, "")
    nombres = f"{effectif};;;;;;{sortants}"
    return f"x;{millesime};17;53;{voie};{cfd};{mef};{nombres};{taux};;;{taux};{poursuite}"


def _load_region(dossier: Path, *lignes: str, journal: Journal | None = None) -> Lot:
    (dossier / "inserjeunes_ij_region_data_essai.csv").write_text("\n".join([REGION, *lignes]), encoding="utf-8-sig")
    return load_inserjeunes(Depot(dossier), journal or Journal("inserjeunes"))


def _figures(lot: Lot, cle: str) -> dict[tuple[str, str, str], Figure]:
    return {(m.objet, m.territoire, m.detail): (m.valeur, m.statut) for m in lot.get(Mesure) if m.serie == cle}


def test_school_and_apprenticeship_keep_their_nomenclature_and_voie(tmp_path: Path) -> None:
    lot = _load_region(
        tmp_path, _region("32221022002", "60", "40", "57", "33"), _region("46T31203", "50", "30", "71", "20")
    )
    assert _figures(lot, "inserjeunes_region_2030-2031/taux_emploi_6_mois/mefstat11") == {
        ("32221022002", "53", "scolaire"): (57, "publie")
    }
    assert _figures(lot, "inserjeunes_region_2030-2031/taux_poursuite/cfd") == {
        ("46T31203", "53", "apprentissage"): (20, "publie")
    }
    assert {m.maille for m in lot.get(Mesure)} == {"region"}


def test_a_blank_rate_over_few_young_people_is_secret(tmp_path: Path) -> None:
    lot = _load_region(
        tmp_path,
        _region("46T31203", "60", "40", "57", "33"),
        _region("46T31204", "25", "19", "", "24"),
        _region("46T31205", "5", "", "", ""),
        _region("46T31206", "29", "", "", "100"),
        _region("46T31207", "40", "20", "", "50"),
    )
    statuts = {
        objet: figure
        for (objet, _, _), figure in _figures(lot, "inserjeunes_region_2030-2031/taux_emploi_6_mois/cfd").items()
    }
    assert statuts == {
        "46T31203": (57, "publie"),
        "46T31204": (None, "secret"),
        "46T31205": (None, "secret"),
        "46T31206": (None, "non_renseigne"),  # all 29 go on studying: there is no one to count
        "46T31207": (None, "non_renseigne"),
    }
    poursuites = _figures(lot, "inserjeunes_region_2030-2031/taux_poursuite/cfd")
    assert poursuites["46T31205", "53", "apprentissage"] == (None, "secret")
    assert poursuites["46T31206", "53", "apprentissage"] == (100, "publie")


def test_a_delay_not_yet_observed_makes_no_series_and_is_noted(tmp_path: Path) -> None:
    journal = Journal("inserjeunes")
    lot = _load_region(tmp_path, _region("46T31203", "60", "40", "57", "33"), journal=journal)
    assert {s.indicateur for s in lot.get(Serie)} == {"taux_emploi_6_mois", "taux_emploi_12_mois", "taux_poursuite"}
    assert sum("pas de série" in remarque for remarque in journal.fichiers[-1].remarques) == 2


def test_establishments_are_object_and_place(tmp_path: Path) -> None:
    (tmp_path / "inserjeunes_depp_etablissements_2030_2031_pro.csv").write_text(
        f"{PRO}\r\n0350001W;Lycée;BRETAGNE;ensemble;54;51;41;10;54;23;23\r\n"
        "0350001W;Lycée;BRETAGNE;dont apprentis;nd;nd;nd;nd;nd;nd;nd\r\n",
        encoding="utf-8",
    )
    apprentissage = PRO.replace("Dont apprentis en EPLE;", "").replace("situations", "situations ")
    (tmp_path / "inserjeunes_depp_etablissements_2030_2031_apprentissage.csv").write_text(
        f"{apprentissage}\r\n0350002X;CFA;BRETAGNE;42;70;72;-2;42;41;17\r\n", encoding="utf-8"
    )
    lot = load_inserjeunes(Depot(tmp_path), Journal("inserjeunes"))
    assert _figures(lot, "inserjeunes_pro_cumul-2030-2031/taux_emploi_6_mois/territoire") == {
        ("0350001W", "0350001W", "ensemble"): (51, "publie"),
        ("0350001W", "0350001W", "dont apprentis"): (None, "non_renseigne"),
    }
    assert _figures(lot, "inserjeunes_apprentissage_cumul-2030-2031/valeur_ajoutee_emploi_6_mois/territoire") == {
        ("0350002X", "0350002X", "apprentissage"): (-2, "publie")
    }
    assert {m.maille for m in lot.get(Mesure)} == {"etablissement"}
    assert lot.millesime == "cumul 2030-2031"


def test_cfa_of_several_cohorts(tmp_path: Path) -> None:
    (tmp_path / "fr-en-inserjeunes-cfa.csv").write_text(
        f"{CFA}\r\ncumul 2029-2030;0350002X;CFA;BRETAGNE;30.0;57.0;13.0;;30.0;81.0;73.0;8.0;73.0;75.0;77.0;1.0\r\n"
        "cumul 2030-2031;0350002X;CFA;BRETAGNE;31.0;56.0;13.0;;31.0;80.0;73.0;7.0;74.0;;;2.0\r\n",
        encoding="utf-8-sig",
    )
    lot = load_inserjeunes(Depot(tmp_path), Journal("inserjeunes"))
    par_indicateur = Counter(s.indicateur for s in lot.get(Serie))
    assert par_indicateur["taux_emploi_6_mois"] == 2
    assert par_indicateur["taux_emploi_24_mois"] == 1
    assert par_indicateur["part_contrats_interrompus"] == 0
    assert lot.millesime == "cumul 2030-2031"


def test_bad_rows_are_counted_where_they_stand(tmp_path: Path) -> None:
    journal = Journal("inserjeunes")
    bonnes = [_region(f"46T312{rang:02}", "60", "40", "57", "33") for rang in range(10)]
    mauvaises = [
        bonnes[0],
        _region("46T", "60", "40", "57", "33"),
        _region("46T31250", "60", "40", "157", "33"),
        _region("46T31251", "60", "40", "57", "33", millesime="2031"),
        bonnes[1].replace(";apprentissage;", ";formation continue;"),
        bonnes[2].replace(";46T31202;;", ";46T31202;32221022002;"),
    ]
    _load_region(tmp_path, *bonnes, *mauvaises, journal=journal)
    lu = journal.fichiers[-1]
    assert (lu.lues, lu.gardees) == (16, 10)
    assert [(rejet.ligne, rejet.colonne) for rejet in lu.exemples] == [
        (12, ""),
        (13, "cfd"),
        (14, "taux_emploi_6_mois"),
        (15, "millesime"),
        (16, "voie"),
        (17, "cfd"),
    ]


def test_a_broken_uai_is_refused(tmp_path: Path) -> None:
    (tmp_path / "inserjeunes_depp_etablissements_2030_2031_pro.csv").write_text(
        f"{PRO}\n35001W;Lycée;BRETAGNE;ensemble;54;51;41;10;54;23;23\n", encoding="utf-8"
    )
    with pytest.raises(RejectionError, match="ligne 2, colonne « n°UAI de l'établissement »"):
        load_inserjeunes(Depot(tmp_path), Journal("inserjeunes"))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "fr-en-inserjeunes-cfa.csv").write_text(CFA.replace("UAI;", ""), encoding="utf-8")
    with pytest.raises(HeaderError, match="colonne « UAI »"):
        load_inserjeunes(Depot(tmp_path), Journal("inserjeunes"))


def test_absent_files_are_said_and_an_empty_depot_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingSourceError, match="InserJeunes"):
        load_inserjeunes(Depot(tmp_path), Journal("inserjeunes"))
    journal = Journal("inserjeunes")
    _load_region(tmp_path, _region("46T31203", "60", "40", "57", "33"), journal=journal)
    assert sum("absent" in remarque for lu in journal.fichiers for remarque in lu.remarques) == 2


@pytest.mark.officiel
def test_the_official_files(donnees: Path) -> None:
    journal = Journal("inserjeunes")
    lot = load_inserjeunes(Depot(donnees / "marche"), journal)
    assert {lu.fichier: lu.gardees for lu in journal.fichiers} == {
        "inserjeunes_ij_region_data_orion_2025-03.csv": 40_322,
        "inserjeunes_depp_etablissements_2022_2023_pro.csv": 5_605,
        "inserjeunes_depp_etablissements_2022_2023_apprentissage.csv": 2_527,
        "fr-en-inserjeunes-cfa.csv": 11_314,
    }
    assert journal.rejetees == 0
    mesures = lot.get(Mesure)
    assert len({(m.objet, m.territoire, m.maille, m.serie, m.detail) for m in mesures}) == len(mesures)
    six = Counter(
        m.statut for m in mesures if m.serie.startswith("inserjeunes_region_") and "/taux_emploi_6_" in m.serie
    )
    assert six["publie"] == 19_425
    # Nothing blank stands on 20 young people or more, but for courses that all go on studying.
    assert six["secret"] + six["non_renseigne"] == 40_322 - 19_425
    assert six["non_renseigne"] < 100


@pytest.mark.officiel
def test_two_official_files_say_the_same_of_the_same_cohorts(donnees: Path) -> None:
    """The name of one file and the column of the other mean the same two cohorts."""
    lot = load_inserjeunes(Depot(donnees / "marche"), Journal("inserjeunes"))
    fin = "_cumul-2022-2023/taux_emploi_6_mois/territoire"
    assert _figures(lot, f"inserjeunes_apprentissage{fin}") == _figures(lot, f"inserjeunes_cfa{fin}")
