"""ROME 4.0 from its official tables: quirks, versions, bad rows, and the full official counts."""

from collections import Counter
from pathlib import Path

import pytest

from referentiels.depot import Depot
from referentiels.errors import HeaderError, MissingSourceError, SourceError
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.rome import load_rome
from referentiels.sources import PAR_CLE, locate
from referentiels.types import (
    Appellation,
    CentreInteret,
    Competence,
    ContexteTravail,
    LibelleNomenclature,
    Metier,
    MetierCentreInteret,
    MetierCompetence,
    MetierContexte,
    MetierSavoir,
    MetierSecteur,
    Mobilite,
    Passerelle,
    Savoir,
    Secteur,
)
from tests.referentiels.rome_exemple import TABLES, add_rows, name_of, write_rome


def load(dossier: Path) -> tuple[Lot, Journal]:
    journal = Journal("rome")
    return load_rome(Depot(dossier), journal), journal


def test_a_fiche_is_joined_from_its_tables(tmp_path: Path) -> None:
    lot, _ = load(write_rome(tmp_path))
    metiers = {m.code_rome: m for m in lot.get(Metier)}
    assert lot.millesime == "v460"
    assert metiers["A9101"].definition == "Souffle l'air du large.\nLe range ensuite."  # type: ignore[index]
    assert metiers["A9102"].definition == 'Démêle, lisse et "gonfle".'  # type: ignore[index]
    assert metiers["A9102"].code_rome_parent == "A9101"  # type: ignore[index]
    assert (metiers["A9101"].riasec_majeur, metiers["A9102"].riasec_mineur) == ("R", None)  # type: ignore[index]
    assert (metiers["A9101"].transition_num, metiers["A9101"].emploi_cadre) == (True, None)  # type: ignore[index]


def test_competences_know_their_macro_and_their_kind(tmp_path: Path) -> None:
    lot, _ = load(write_rome(tmp_path))
    competences = {c.code_ogr: c for c in lot.get(Competence)}
    assert [c for c, x in competences.items() if x.macro] == [30]
    assert (competences[30].riasec_majeur, competences[30].code_arborescence) == ("R", "4A101")  # type: ignore[index]
    assert {c for c, x in competences.items() if x.transversale} == {32}
    assert competences[33].categorie == "Savoir-être"  # type: ignore[index]


def test_a_short_name_left_empty_is_the_long_one(tmp_path: Path) -> None:
    lot, _ = load(write_rome(tmp_path))
    appellations = {a.code_ogr: a for a in lot.get(Appellation)}
    assert appellations[22].libelle_court == "Aide-souffleur / Aide-souffleuse"  # type: ignore[index]
    assert (appellations[22].peu_usitee, appellations[21].principale) == (True, True)  # type: ignore[index]


def test_a_sous_secteur_knows_its_secteur(tmp_path: Path) -> None:
    lot, _ = load(write_rome(tmp_path))
    assert {(s.code, s.code_parent) for s in lot.get(Secteur)} >= {("7", None), ("71", "7")}
    assert {(x.code_rome, x.code, x.principal) for x in lot.get(MetierSecteur)} == {
        ("A9101", "71", True),
        ("A9102", "7", False),
    }


def test_the_naf_table_is_read_in_the_encoding_it_really_has(tmp_path: Path) -> None:
    dossier = write_rome(tmp_path)
    chemin = dossier / name_of("arborescence_secteur_naf")
    chemin.write_bytes(chemin.read_text(encoding="utf-8").replace("Souffleur", "Jardinière").encode("cp1252"))
    lot, _ = load(dossier)
    assert [(p.code, p.code_cible) for p in lot.get(Passerelle)] == [("A9101", "9")]
    assert {x.nomenclature for x in lot.get(LibelleNomenclature)} == {"naf_secteur"}


def test_the_newest_version_is_read_and_the_older_one_told(tmp_path: Path) -> None:
    write_rome(tmp_path, version=460)
    write_rome(tmp_path, add_rows("grand_domaine", "C,Courants"), version=461)
    lot, journal = load(tmp_path)
    assert lot.millesime == "v461"
    assert any("460" in remarque for f in journal.fichiers for remarque in f.remarques)


def test_bad_rows_are_counted_under_their_reason(tmp_path: Path) -> None:
    lignes = ("XYZ,4,14,Mal codé,,,,,,A9101", "A9101,5,15,En double,,,,,,A9101", "A9103,6,16,,,,,,,A9101")
    lot, journal = load(write_rome(tmp_path, add_rows("referentiel_code_rome", *lignes)))
    lu = next(f for f in journal.fichiers if "code_rome_v460" in f.fichier)
    assert len(lot.get(Metier)) == 3
    assert lu.rejets == Counter({"code_rome : code mal formé": 1, "doublon": 1, "libelle_rome : cellule vide": 1})


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_table_is_needed_and_named(tmp_path: Path, table: str) -> None:
    dossier = write_rome(tmp_path)
    (dossier / name_of(table)).unlink()
    with pytest.raises(MissingSourceError, match=table):
        load(dossier)


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_table_of_one_column_less_is_refused_by_name(tmp_path: Path, table: str) -> None:
    dossier = write_rome(tmp_path, {table: ("inconnue", ("1",))})
    with pytest.raises((HeaderError, SourceError), match=f"{table}.*colonne"):
        load(dossier)


@pytest.mark.officiel
def test_the_full_official_rome(donnees: Path) -> None:
    depot = locate(PAR_CLE["rome"], donnees)
    assert depot is not None
    journal = Journal("rome")
    lot = load_rome(depot, journal)
    if lot.millesime != "v460":
        pytest.skip(f"les comptes connus sont ceux du ROME v460, pas {lot.millesime}")
    natures = (Metier, Appellation, Competence, Savoir, ContexteTravail, MetierSavoir, MetierContexte, Mobilite)
    assert [len(lot.get(n)) for n in natures] == [1_584, 13_120, 18_317, 15_354, 179, 35_861, 13_663, 14_912]
    assert len(lot.get(MetierCompetence)) == 49_440 + 5_255
    assert (len(lot.get(CentreInteret)), len(lot.get(MetierCentreInteret))) == (30, 4_444)
    assert sum(c.macro for c in lot.get(Competence)) == 507
    assert Counter(m.riasec_majeur for m in lot.get(Metier)) == dict(
        zip("RCIESA", (568, 261, 259, 239, 170, 87), strict=True)
    )
    assert sum(m.riasec_mineur is None for m in lot.get(Metier)) == 345
    assert sum(bool(m.emploi_cadre) for m in lot.get(Metier)) == 507
    assert sum(a.peu_usitee for a in lot.get(Appellation)) == 199
    assert journal.rejetees == 0
    assert not any("''" in m.definition + m.acces for m in lot.get(Metier))
