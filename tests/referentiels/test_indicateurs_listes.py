"""Legal list, unemployment, tensions by bassin, and the reading of a figure."""

from collections import Counter
from pathlib import Path

import pytest

from referentiels.depot import Depot
from referentiels.errors import CellError, HeaderError, MissingSourceError, RejectionError
from referentiels.indicateurs import load_chomage, load_metiers_tension_legal, load_tension_ft
from referentiels.indicateurs.commun import (
    POURCENT,
    interpret,
    normalise_bassin,
    normalise_departement,
    normalise_region,
)
from referentiels.journal import Journal
from referentiels.types import Mesure, Serie

FT = (
    "annee;ROME;cbassin;oee;defm_abc;ind_tension_d;ind_int_emb_d;ind_main_oeuvre_d;ind_dur_empl_d;"
    "ind_cond_travail_d;ind_mismatch_geo_d;ind_specif_form_empl_d"
)


@pytest.mark.parametrize(
    ("brut", "attendu"),
    [
        ("16,615", (16.615, "publie")),
        ("0", (0.0, "publie")),
        (" 1 234,5 ", (1234.5, "publie")),
        ("1\u202f234", (1234.0, "publie")),
        ("-0.5", (-0.5, "publie")),
        ("*", (None, "secret")),
        ("ns", (None, "secret")),
        ("nd", (None, "non_renseigne")),
        ("ND", (None, "non_renseigne")),
        ("NA", (None, "non_renseigne")),
        ("", (None, "non_renseigne")),
        ("  ", (None, "non_renseigne")),
    ],
)
def test_a_figure_and_its_statut(brut: str, attendu: tuple[float | None, str]) -> None:
    assert interpret(brut, "Taux") == attendu


@pytest.mark.parametrize("brut", ["beaucoup", "nan", "inf", "1,2,3", "**", "12 %"])
def test_what_is_no_figure_is_refused(brut: str) -> None:
    with pytest.raises(CellError, match="« Taux »"):
        interpret(brut, "Taux")


@pytest.mark.parametrize("brut", ["-0,1", "100,1"])
def test_a_share_stays_between_0_and_100(brut: str) -> None:
    with pytest.raises(CellError, match="hors de 0 à 100"):
        interpret(brut, "Taux", POURCENT)


@pytest.mark.parametrize(("brut", "code"), [("001", "01"), ("02A", "2A"), ("2b", "2B"), ("971", "971"), ("75", "75")])
def test_codes_of_departements(brut: str, code: str) -> None:
    assert normalise_departement(brut, "dep") == code


@pytest.mark.parametrize("brut", ["", "1", "2C", "0971", "1000"])
def test_broken_codes_of_departements(brut: str) -> None:
    with pytest.raises(CellError, match="département"):
        normalise_departement(brut, "dep")


def test_codes_of_regions_and_bassins() -> None:
    assert [normalise_region(brut, "reg") for brut in ("1.0", "53.0", "04")] == ["01", "53", "04"]
    assert [normalise_bassin(brut, "be") for brut in ("101", "0101", "8457")] == ["0101", "0101", "8457"]
    with pytest.raises(CellError, match="bassin"):
        normalise_bassin("84570", "be")
    with pytest.raises(CellError, match="région"):
        normalise_region("BRE", "reg")


def _write(dossier: Path, nom: str, *lignes: str) -> Depot:
    (dossier / nom).write_text("\n".join(lignes), encoding="utf-8")
    return Depot(dossier)


def test_the_legal_list_says_which_families_are_on_it(tmp_path: Path) -> None:
    depot = _write(
        tmp_path,
        "metiers_en_tension_mai_2031.csv",
        "Region,Famille Professionnelle,Code FAP",
        "France Entière,Essai,A0Z40",
        "Provence-Alpes-Côte d'Azur,Essai,A0Z40",
        "Ile-de-France,Essai; bis,B2Z41",
    )
    lot = load_metiers_tension_legal(depot, Journal("tension_legale"))
    assert [(m.objet, m.maille, m.territoire, m.valeur, m.statut) for m in lot.get(Mesure)] == [
        ("A0Z40", "national", "FR", 1.0, "publie"),
        ("A0Z40", "region", "93", 1.0, "publie"),
        ("B2Z41", "region", "11", 1.0, "publie"),
    ]
    (serie,) = lot.get(Serie)
    assert (serie.cle, serie.unite, serie.millesime) == (
        "tension_legale_mai-2031/tension_liste_legale/fap2009_225",
        "liste",
        "mai 2031",
    )


def test_an_unknown_region_is_refused(tmp_path: Path) -> None:
    depot = _write(tmp_path, "metiers_en_tension_mai_2031.csv", "Region,Code FAP", "Armorique,A0Z40")
    with pytest.raises(RejectionError, match="région inconnue"):
        load_metiers_tension_legal(depot, Journal("tension_legale"))


def test_unemployment_is_one_series_a_year(tmp_path: Path) -> None:
    depot = _write(
        tmp_path,
        "chomage_departemental_essai.csv",
        "codeDepartement;libelleDepartement;rentreeScolaire;tauxChomage",
        "001;AIN;2031;5,7",
        "02A;CORSE;2031;",
        "001;AIN;2030;6",
        "001;Ain;2030;6",
    )
    journal = Journal("chomage")
    lot = load_chomage(depot, journal)
    assert [(m.serie, m.objet, m.territoire, m.valeur, m.statut) for m in lot.get(Mesure)] == [
        ("chomage_2031/taux_chomage/territoire", "01", "01", 5.7, "publie"),
        ("chomage_2031/taux_chomage/territoire", "2A", "2A", None, "non_renseigne"),
        ("chomage_2030/taux_chomage/territoire", "01", "01", 6.0, "publie"),
    ]
    assert journal.fichiers[0].rejets == {"doublon": 1}
    assert lot.millesime == "2031"


def test_tensions_by_bassin(tmp_path: Path) -> None:
    depot = _write(
        tmp_path,
        "ft_tension_rome_x_bassin_2031_essai.csv",
        FT,
        "2031;A1101;0203;16,61538462;28,25;5;4;1;5;4;4;",
        "2031;A1101;2824;37,4;23,75;1;5;3;2;4;4;5",
    )
    lot = load_tension_ft(depot, Journal("tension_ft"))
    figures = {(m.serie, m.territoire): (m.valeur, m.statut) for m in lot.get(Mesure)}
    assert figures["tension_ft_2031/tension/rome_v3", "0203"] == (5.0, "publie")
    assert figures["tension_ft_2031/offres_emploi/rome_v3", "0203"] == (16.61538462, "publie")
    assert figures["tension_ft_2031/tension_lien_formation/rome_v3", "0203"] == (None, "non_renseigne")
    assert len(lot.get(Serie)) == 9
    assert {m.maille for m in lot.get(Mesure)} == {"bassin"}


@pytest.mark.parametrize(
    ("ligne", "colonne"),
    [
        ("2031;a110;0203;1;1;5;4;1;5;4;4;5", "ROME"),
        ("2031;A1101;Rennes;1;1;5;4;1;5;4;4;5", "cbassin"),
        ("2031;A1101;0203;1;1;6;4;1;5;4;4;5", "ind_tension_d"),
        ("2031;A1101;0203;-1;1;5;4;1;5;4;4;5", "oee"),
        ("31;A1101;0203;1;1;5;4;1;5;4;4;5", "annee"),
    ],
)
def test_broken_tensions_are_placed(tmp_path: Path, ligne: str, colonne: str) -> None:
    depot = _write(tmp_path, "ft_tension_rome_x_bassin_2031.csv", FT, ligne)
    with pytest.raises(RejectionError, match=f"ligne 2, colonne « {colonne} »"):
        load_tension_ft(depot, Journal("tension_ft"))


def test_an_empty_file_and_an_empty_depot_are_said(tmp_path: Path) -> None:
    for load in (load_tension_ft, load_chomage, load_metiers_tension_legal):
        with pytest.raises(MissingSourceError):
            load(Depot(tmp_path), Journal("essai"))
    with pytest.raises(HeaderError, match="vide"):
        load_chomage(_write(tmp_path, "chomage_departemental.csv", ""), Journal("chomage"))


@pytest.mark.officiel
def test_the_official_lists(donnees: Path) -> None:
    depot = Depot(donnees / "marche")
    journal = Journal("essai")
    tension = load_tension_ft(depot, journal).get(Mesure)
    assert len(tension) == 9 * 27_135
    assert len({m.objet for m in tension}) == 397
    assert len({m.territoire for m in tension}) == 403
    legale = load_metiers_tension_legal(depot, journal).get(Mesure)
    assert len(legale) == 399
    assert Counter(m.territoire for m in legale)["53"] == 33
    assert len({m.objet for m in legale}) == 79
    chomage = load_chomage(depot, journal)
    assert len(chomage.get(Mesure)) == 500
    assert {s.millesime for s in chomage.get(Serie)} == {"2019", "2020", "2021", "2022", "2023"}
    assert journal.rejetees == 0
