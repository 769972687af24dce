"""Figures about a métier: the nearest scale that publishes one, declared, never merged."""

from pathlib import Path

import pytest

from referentiels.marche import Marche, places_of
from referentiels.schema import TABLES
from referentiels.store import Store, write_store
from referentiels.types import (
    CodeBassin,
    CodeCommune,
    CodeDepartement,
    CodeRegion,
    CodeRome,
    Commune,
    LibelleNomenclature,
    Maille,
    Mesure,
    Metier,
    Nomenclature,
    Passerelle,
    Serie,
    Statut,
)


def metier(code: str, parent: str) -> Metier:
    return Metier(
        CodeRome(code), f"Métier {code}", None, CodeRome(parent), "", "", "R", None, None, None, None, None, None
    )


def serie(cle: str, indicateur: str, nomenclature: Nomenclature, millesime: str = "2024") -> Serie:
    source = cle.partition("_")[0]
    return Serie(cle, indicateur, indicateur, "%", "actifs", nomenclature, millesime, source, "P", "LO")


def mesure(
    serie: str, objet: str, maille: Maille, territoire: str, valeur: float | None, statut: Statut = "publie"
) -> Mesure:
    return Mesure(serie, objet, maille, territoire, valeur, statut, "")


NANTES = Commune(
    CodeCommune("44109"), "Nantes", ("44000",), CodeDepartement("44"), CodeRegion("52"), None, None,
    CodeBassin("5220"), 300_000, 47.2, -1.6, None,
)  # fmt: skip
METIERS = (metier("D1101", "D1101"), metier("D1102", "D1102"), metier("D1108", "D1102"))
SERIES = (
    serie("ft_2021/tension", "tension", "rome_v3", "2021"),
    serie("dares_2019/femmes", "part_femmes", "fap2009_225", "2019"),
    serie("dares_2018/femmes", "part_femmes", "fap2009_225", "2018"),
    serie("dares_2019/femmes87", "part_femmes", "fap2009_87", "2019"),
    serie("bmo_2024/projets", "projets", "fap2021"),
)
PASSERELLES = (
    Passerelle("fap2009_225", "S0Z42", "rome_v3", "D1102", "officielle", None, "x"),
    Passerelle("fap2009_87", "S0Z", "rome_v3", "D1102", "officielle", None, "x"),
    Passerelle("fap2021", "S0X42", "fap2009_225", "S0Z42", "estimee", None, "x"),
)


@pytest.fixture
def marche(tmp_path: Path) -> Marche:
    mesures = (
        mesure("ft_2021/tension", "D1102", "bassin", "5220", 5.0),
        mesure("ft_2021/tension", "D1102", "national", "FR", 3.0),
        mesure("dares_2019/femmes", "S0Z42", "national", "FR", 22.2),
        mesure("dares_2018/femmes", "S0Z42", "national", "FR", 21.0),
        mesure("dares_2019/femmes87", "S0Z", "national", "FR", 30.0),
        mesure("bmo_2024/projets", "S0X42", "bassin", "5220", None, "secret"),
        mesure("bmo_2024/projets", "S0X42", "departement", "44", None, "non_renseigne"),
        mesure("bmo_2024/projets", "S0X42", "region", "52", 120.0),
    )
    libelles = (LibelleNomenclature("fap2009_225", "S0Z42", "Boulangers, pâtissiers", "x"),)
    lots = {Serie: SERIES, Passerelle: PASSERELLES, Mesure: mesures, LibelleNomenclature: libelles}
    chemin = tmp_path / "catalogue.sqlite"
    write_store(chemin, [(table, lots.get(table.nature, ())) for table in TABLES])
    return Marche(Store(chemin, TABLES), METIERS, {("region", "52"): "Pays de la Loire"})


def test_a_commune_belongs_to_ever_wider_places() -> None:
    assert [maille for maille, _ in places_of(NANTES)] == ["commune", "bassin", "departement", "region", "national"]
    assert places_of(None) == (("national", "FR"),)


def test_the_nearest_published_scale_is_taken_and_declared(marche: Marche) -> None:
    figures = {i.indicateur: i for i in marche.indicateurs(METIERS[1], NANTES)}
    assert (figures["tension"].valeur, figures["tension"].maille) == (5.0, "bassin")
    assert (figures["projets"].valeur, figures["projets"].maille) == (120.0, "region")
    assert figures["projets"].libelle_territoire == "Pays de la Loire"
    assert figures["projets"].herite


def test_without_a_place_only_the_country_speaks(marche: Marche) -> None:
    figures = {i.indicateur: i for i in marche.indicateurs(METIERS[1])}
    assert figures["tension"].valeur == 3.0
    assert "projets" not in figures


def test_the_newest_millesime_and_the_finest_family_stand_for_one_producer(marche: Marche) -> None:
    femmes = [i for i in marche.indicateurs(METIERS[1]) if i.indicateur == "part_femmes"]
    assert [(i.valeur, i.millesime, i.libelle_objet) for i in femmes] == [(22.2, "2019", "Boulangers, pâtissiers")]


def test_an_unofficial_crosswalk_and_a_shared_parent_are_told(marche: Marche) -> None:
    figures = {i.indicateur: i for i in marche.indicateurs(METIERS[2], NANTES)}
    assert figures["projets"].estime
    assert figures["tension"].herite  # D1102 of the ROME v3 has two children
    assert not figures["tension"].estime


def test_a_secret_cell_is_shown_as_such_when_no_wider_scale_publishes(tmp_path: Path) -> None:
    mesures = (mesure("bmo_2024/projets", "S0X42", "bassin", "5220", None, "secret"),)
    lots = {Serie: SERIES, Passerelle: PASSERELLES, Mesure: mesures}
    chemin = tmp_path / "catalogue.sqlite"
    write_store(chemin, [(table, lots.get(table.nature, ())) for table in TABLES])
    [figure] = Marche(Store(chemin, TABLES), METIERS, {}).indicateurs(METIERS[1], NANTES)
    assert (figure.valeur, figure.statut) == (None, "secret")


def test_a_metier_without_figures_has_none(marche: Marche) -> None:
    assert marche.indicateurs(METIERS[0], NANTES) == ()


def homonyms(tmp_path: Path, *mesures: Mesure) -> Marche:
    chemin = tmp_path / "homonymes.sqlite"
    lots = {Serie: (*SERIES, serie("v4_2024/tension", "tension_v4", "rome_v4")), Passerelle: PASSERELLES}
    write_store(chemin, [(t, mesures if t.nature is Mesure else lots.get(t.nature, ())) for t in TABLES])
    return Marche(Store(chemin, TABLES), METIERS, {})


def test_a_region_is_not_the_departement_of_the_same_code(tmp_path: Path) -> None:
    """44 is both the Loire-Atlantique and the Grand Est; 52 the Haute-Marne and the Pays de la Loire."""
    marche = homonyms(
        tmp_path,
        mesure("ft_2021/tension", "D1102", "region", "44", 1.0),
        mesure("ft_2021/tension", "D1102", "departement", "52", 2.0),
        mesure("ft_2021/tension", "D1102", "national", "FR", 3.0),
    )
    assert [(i.valeur, i.maille) for i in marche.indicateurs(METIERS[1], NANTES)] == [(3.0, "national")]


def test_a_metier_is_not_the_v3_code_of_the_same_name(tmp_path: Path) -> None:
    """D1108 descends from the v3 code D1102, of which another métier bears the name."""
    marche = homonyms(
        tmp_path,
        mesure("v4_2024/tension", "D1102", "national", "FR", 1.0),
        mesure("ft_2021/tension", "D1108", "national", "FR", 2.0),
        mesure("ft_2021/tension", "D1102", "national", "FR", 3.0),
    )
    assert [(i.indicateur, i.valeur) for i in marche.indicateurs(METIERS[2])] == [("tension", 3.0)]
    assert [(i.indicateur, i.valeur) for i in marche.indicateurs(METIERS[1])] == [("tension", 3.0), ("tension_v4", 1.0)]


def test_a_zero_is_a_figure_and_an_older_published_one_beats_a_newer_secret_one(tmp_path: Path) -> None:
    marche = homonyms(
        tmp_path,
        mesure("ft_2021/tension", "D1102", "bassin", "5220", 0.0),
        mesure("dares_2019/femmes", "S0Z42", "national", "FR", None, "secret"),
        mesure("dares_2018/femmes", "S0Z42", "national", "FR", 21.0),
    )
    figures = {i.indicateur: i for i in marche.indicateurs(METIERS[1], NANTES)}
    assert (figures["tension"].valeur, figures["tension"].maille) == (0.0, "bassin")
    assert (figures["part_femmes"].valeur, figures["part_femmes"].millesime) == (21.0, "2018")
