"""Portraits of the Dares: FAP levels, tensions, what is missing, encodings."""

from collections import Counter
from pathlib import Path

import pytest

from referentiels.depot import Depot
from referentiels.errors import EncodingError, HeaderError, MissingSourceError, RejectionError
from referentiels.indicateurs import load_dares_portraits
from referentiels.journal import FichierLu, Journal
from referentiels.lot import Lot
from referentiels.types import Mesure, Serie

FACTEURS = ["Catégorie Tension", "Intensité d'embauches", "Lien formation-emploi"]
FACTEURS += ["Manque de main-d'œuvre disponible", "Non-durabilité de l'emploi"]
FACTEURS += ["Conditions de travail contraignantes", "Inadéquation géographique"]
TENSIONS = ",".join(["fap", "Emploi moyen", "Tension ", *FACTEURS, "Année", "niveau_geo", "niveau_fap", "reg", "dep"])


def _tension(fap: str, geo: str, niveau: str, reg: str = "", dep: str = "", classe: str = "3.0") -> str:
    return ",".join([fap, "63100", "-0.5", *[classe] * 7, "2031", geo, niveau, reg, dep])


def _load(dossier: Path, journal: Journal | None = None, encodage: str = "cp1252", **tables: str) -> Lot:
    for nom, texte in tables.items():
        (dossier / f"{nom}.csv").write_bytes(texte.encode("utf-8" if nom == "tensions" else encodage))
    return load_dares_portraits(Depot(dossier), journal or Journal("dares"))


def _by_key(lot: Lot, cle: str) -> dict[tuple[str, str, str], tuple[float | None, str]]:
    return {(m.objet, m.territoire, m.detail): (m.valeur, m.statut) for m in lot.get(Mesure) if m.serie == cle}


def _lu(journal: Journal, debut: str) -> FichierLu:
    return next(lu for lu in journal.fichiers if lu.fichier.startswith(debut))


def test_tensions_at_three_scales_and_two_levels(tmp_path: Path) -> None:
    lot = _load(
        tmp_path,
        tensions="\n".join(
            [
                TENSIONS,
                _tension("A0Z40", "nat", "fap 225"),
                _tension("A0Z40", "reg ", "fap 225", reg="1.0"),
                _tension("A0Z40", "reg", "fap 225", reg="53.0"),
                _tension("A0Z40", "dep", "fap 225", dep="2A", classe=""),
                _tension("A0Z", "dep", "fap 87", dep="01"),
            ]
        ),
    )
    assert _by_key(lot, "dares_2031/tension/fap2009_225") == {
        ("A0Z40", "FR", ""): (3.0, "publie"),
        ("A0Z40", "01", ""): (3.0, "publie"),
        ("A0Z40", "53", ""): (3.0, "publie"),
        ("A0Z40", "2A", ""): (None, "non_renseigne"),
    }
    assert _by_key(lot, "dares_2031/tension_indice/fap2009_87") == {("A0Z", "01", ""): (-0.5, "publie")}
    mailles = {m.territoire: m.maille for m in lot.get(Mesure) if m.serie == "dares_2031/tension/fap2009_225"}
    assert mailles == {"FR": "national", "01": "region", "53": "region", "2A": "departement"}
    assert len({s.indicateur for s in lot.get(Serie)}) == 9
    assert lot.millesime == "2031"


def test_the_three_levels_and_the_totals_keep_their_nomenclature(tmp_path: Path) -> None:
    entete = '"Fap3","Annee","Part","libelle","code_domaine","libelle_domaine","code_fap_agregee","libelle_fap_agregee"'
    fin = '"Métier","A","Essai",NA,NA'
    lignes = [f'"{code}","2029-2031",4{rang}.5,{fin}' for rang, code in enumerate(["A", "A0Z", "T2A", "A0Z40", "ZZZ"])]
    lot = _load(tmp_path, part_femmes_3niv="\n".join([entete, *lignes, f'"Ensemble","2029-2031",48,{fin}']))
    niveaux = {m.objet: m.serie.rsplit("/", 1)[1] for m in lot.get(Mesure)}
    assert niveaux == {
        "A": "fap2009_22",
        "A0Z": "fap2009_87",
        "T2A": "fap2009_87",
        "ZZZ": "fap2009_87",
        "A0Z40": "fap2009_225",
        "ENS": "fap2009_22",
    }
    assert {s.nomenclature for s in lot.get(Serie)} == {"fap2009_22", "fap2009_87", "fap2009_225"}
    assert _by_key(lot, "dares_2029-2031/part_femmes/fap2009_87")["A0Z", "FR", ""] == (41.5, "publie")


def test_each_period_is_a_series_of_its_own(tmp_path: Path) -> None:
    texte = '"Fap3","Annee","Salaire_median"\n"A0Z","2003-2005",1083\n"A0Z","2029-2031",1500\n"B0Z","2029-2031",NA\n'
    lot = _load(tmp_path, salaire_median_3niv=texte)
    assert {s.millesime for s in lot.get(Serie)} == {"2003-2005", "2029-2031"}
    assert _by_key(lot, "dares_2029-2031/salaire_median/fap2009_87") == {
        ("A0Z", "FR", ""): (1500, "publie"),
        ("B0Z", "FR", ""): (None, "non_renseigne"),
    }
    assert lot.millesime == "2029-2031"
    assert {s.unite for s in lot.get(Serie)} == {"euros nets par mois"}


def test_wage_brackets_are_a_detail_and_their_table_has_no_date(tmp_path: Path) -> None:
    texte = '"Fap","Salaire","Milliers","Pourcentage"\n"P","Moins de 1250 €",67.4,4.1\n"P","3000 € ou plus",NA,NA\n'
    lot = _load(tmp_path, salaires_3niv=texte)
    assert _by_key(lot, "dares_non-daté/repartition_salaires/fap2009_22") == {
        ("P", "FR", "Moins de 1250 €"): (4.1, "publie"),
        ("P", "FR", "3000 € ou plus"): (None, "non_renseigne"),
    }
    assert {s.millesime for s in lot.get(Serie)} == {"non daté"}
    assert lot.millesime == ""


def test_a_cell_that_says_what_is_measured_makes_an_indicator(tmp_path: Path) -> None:
    lot = _load(
        tmp_path,
        evol_mmo="Fap3;Type_mmo;Annee;Taux;;;\nA0Z;Taux d'entrée;2031;65.99;;;\nA0Z;Taux de rotation;2031;580.1;;;\n",
        horaires_atypiques_3niv=(
            '"Fap3","annee","Pourcentage","Horaire_atypique"\n"P","2029-2031",31.09,"Travail de nuit"\n'
        ),
        part_cdd='"Fap","stat_sl","annee","effectif","pourcentage","part"\n"SAL","cdd","2029-2031",5,0.1,10.9\n',
        part_tempspartiel=(
            '"Fap3","rep_tps_partiel","annee","effectif","pourcentage","part"\n"A0Z",1,"2029-2031",9,0.1,11.4\n'
        ),
    )
    assert {s.indicateur for s in lot.get(Serie)} == {
        "taux_entree",
        "taux_rotation",
        "travail_nuit",
        "part_cdd",
        "part_temps_partiel",
    }
    assert _by_key(lot, "dares_2029-2031/part_cdd/fap2009_22") == {("SAL", "FR", ""): (10.9, "publie")}
    assert _by_key(lot, "dares_2031/taux_rotation/fap2009_87") == {("A0Z", "FR", ""): (580.1, "publie")}


def test_employment_is_read_from_one_column_a_family(tmp_path: Path) -> None:
    journal = Journal("dares")
    texte = '"Annee","A0Z","ENS","A0Z40","Commentaire"\n"2030",447.5,26438,NA,x\n"2031",450,26500,12.5,y\n'
    lot = _load(tmp_path, journal, effectifs_3niv=texte)
    assert _by_key(lot, "dares_2031/effectifs/fap2009_225") == {("A0Z40", "FR", ""): (12.5, "publie")}
    assert _by_key(lot, "dares_2030/effectifs/fap2009_22") == {("ENS", "FR", ""): (26438, "publie")}
    # A level of which nothing was published that year makes no series, and the journal says so.
    assert "dares_2030/effectifs/fap2009_225" not in {s.cle for s in lot.get(Serie)}
    remarques = _lu(journal, "effectifs").remarques
    assert any("2030 ; pas de série" in remarque for remarque in remarques)
    assert any("Commentaire" in remarque for remarque in remarques)


def test_bad_rows_are_counted_where_they_stand(tmp_path: Path) -> None:
    journal = Journal("dares")
    bonnes = [_tension("A0Z40", "dep", "fap 225", dep=f"{rang:02}") for rang in range(1, 11)]
    mauvaises = [
        bonnes[0],
        _tension("A0Z40", "nat", "fap 87"),
        _tension("A0Z40", "canton", "fap 225"),
        _tension("A0Z40", "reg", "fap 225", reg="abc"),
        _tension("A0Z40", "nat", "fap 225", classe="7"),
        _tension("A-40", "nat", "fap 225"),
    ]
    _load(tmp_path, journal, tensions="\n".join([TENSIONS, *bonnes, *mauvaises]))
    lu = _lu(journal, "tensions")
    assert (lu.lues, lu.gardees) == (16, 10)
    assert [(rejet.ligne, rejet.colonne) for rejet in lu.exemples] == [
        (12, ""),
        (13, "niveau_fap"),
        (14, "niveau_geo"),
        (15, "reg"),
        (16, "Catégorie Tension"),
        (17, "fap"),
    ]


def test_a_share_beyond_a_hundred_is_refused(tmp_path: Path) -> None:
    entete = '"Fap","stat_sl","annee","effectif","pourcentage","part"'
    with pytest.raises(RejectionError, match=r"part_cdd\.csv, ligne 2, colonne « part »"):
        _load(tmp_path, part_cdd=f'{entete}\n"A0Z","cdd","2029-2031",5,1.2,120\n')


def test_an_unknown_modality_is_refused_not_guessed(tmp_path: Path) -> None:
    entete = '"Fap","stat_sl","annee","effectif","pourcentage","part"'
    with pytest.raises(RejectionError, match="modalité inconnue"):
        _load(tmp_path, part_cdd=f'{entete}\n"A0Z","app","2029-2031",5,0.1,10\n')


def test_utf8_read_as_windows_is_not_taken_for_good(tmp_path: Path) -> None:
    with pytest.raises(RejectionError, match="modalité inconnue"):
        _load(tmp_path, encodage="utf-8", evol_mmo="Fap3;Type_mmo;Annee;Taux\nA0Z;Taux d'entrée;2031;65.9\n")


def test_tensions_in_latin1_are_refused(tmp_path: Path) -> None:
    (tmp_path / "tensions.csv").write_bytes(TENSIONS.replace("œ", "oe").encode("latin-1"))
    with pytest.raises(EncodingError, match=r"tensions\.csv, ligne 1"):
        load_dares_portraits(Depot(tmp_path), Journal("dares"))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(HeaderError, match="colonne « Part »"):
        _load(tmp_path, part_femmes_3niv='"Fap3","Annee","part"\n"A0Z","2029-2031",4\n')


def test_absent_tables_are_said_and_an_empty_depot_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingSourceError, match="Dares"):
        load_dares_portraits(Depot(tmp_path), Journal("dares"))
    journal = Journal("dares")
    _load(tmp_path, journal, salaire_median_3niv='"Fap3","Annee","Salaire_median"\n"A0Z","2003-2005",1083\n')
    absents = [lu.fichier for lu in journal.fichiers if any("absent" in remarque for remarque in lu.remarques)]
    assert len(absents) == 8
    assert "tensions.csv" in absents


@pytest.mark.officiel
def test_the_official_portraits(donnees: Path) -> None:
    journal = Journal("dares")
    lot = load_dares_portraits(Depot(donnees / "marche" / "dares_portraits"), journal)
    assert {lu.fichier: lu.gardees for lu in journal.fichiers} == {
        "tensions.csv": 31_034,
        "effectifs_3niv.csv": 36,
        "part_femmes_3niv.csv": 7_453,
        "salaire_median_3niv.csv": 654,
        "salaires_3niv.csv": 1_645,
        "horaires_atypiques_3niv.csv": 1_020,
        "part_cdd.csv": 3_276,
        "part_tempspartiel.csv": 1_350,
        "evol_mmo.csv": 2_136,
    }
    assert journal.rejetees == 0
    mesures = lot.get(Mesure)
    tension = [m for m in mesures if m.serie.startswith("dares_2019/tension/")]
    assert Counter(m.maille for m in tension) == {"departement": 26_300, "region": 17 * 263, "national": 263}
    assert sum(m.valeur is None for m in tension) == 13_891
    assert Counter(len(m.objet) for m in tension if m.maille == "national") == {5: 186, 3: 77}
    assert len({(m.objet, m.territoire, m.maille, m.serie, m.detail) for m in mesures}) == len(mesures)
    femmes = {s.millesime for s in lot.get(Serie) if s.indicateur == "part_femmes"}
    assert len(femmes) == 36
    assert max(femmes) == "2017-2019"
