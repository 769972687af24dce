"""The generated load is what it says, and the same each time."""

from pathlib import Path
from typing import Any

import pytest

from evaluation.charge import DOUBLE, SOURCE, generate_catalogue, generate_load, measure_formations
from referentiels import types as t
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError
from referentiels.schema import TABLES
from referentiels.store import Store, write_store

REGION = t.CodeRegion("1")
NOMBRE = 2_000


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Two towns, four certifications of which one is closed, one formation."""

    def town(code: str, population: int, latitude: float) -> t.Commune:
        departement = t.CodeDepartement(code[:2])
        return t.Commune(
            t.CodeCommune(code), code, (), departement, REGION, None, None, None, population, latitude, 1.0, None
        )

    def fiche(numero: str, active: bool) -> t.Certification:
        return t.Certification(
            t.NumeroFiche(numero), f"Titre {numero}", None, "RNCP", 3, None, None, active, None, None, None, "x"
        )

    lignes: dict[type[Any], list[Any]] = {
        t.Commune: [town("35001", 90_000, 48.0), town("75001", 10_000, 49.0)],
        t.Certification: [fiche(f"RNCP{n}", n != 4) for n in range(1, 5)],
        t.CertificationVoie: [t.CertificationVoie(t.NumeroFiche("RNCP1"), "apprentissage", True, "x")],
        t.Formation: [t.Formation("r:1", "Réelle", t.NumeroFiche("RNCP1"), None, (), 3, None, None, None, None, "r")],
    }
    fichier = tmp_path_factory.mktemp("charge") / "base.sqlite"
    write_store(fichier, [(table, lignes.get(table.nature, [])) for table in TABLES])
    return Catalogue(Store(fichier, TABLES), "base")


@pytest.fixture(scope="module")
def charge(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return generate_catalogue(catalogue, tmp_path_factory.mktemp("charge"), nombre=NOMBRE)


def test_completes_the_offer_and_keeps_what_was_there(catalogue: Catalogue, charge: Catalogue) -> None:
    formations = charge.all(t.Formation)
    assert len(formations) == NOMBRE and len(charge.all(t.ActionFormation)) == NOMBRE - 1
    ajoutees = [f for f in formations if f.source != "r"]
    assert {f.source for f in ajoutees} == {SOURCE, DOUBLE} and all(f.demonstration for f in ajoutees)
    assert charge.select(t.Formation, id="r:1") == catalogue.all(t.Formation)
    assert catalogue.store.count(t.Formation) == 1


def test_follows_certifications_voies_and_population(charge: Catalogue) -> None:
    formations = {f.id: f for f in charge.all(t.Formation) if f.source == SOURCE}
    parts = [sum(f.certification == f"RNCP{n}" for f in formations.values()) / len(formations) for n in range(1, 5)]
    assert parts[3] == 0 and min(parts[:3]) > 0.3
    actions = charge.all(t.ActionFormation)
    assert 0.8 < sum(a.commune == "35001" for a in actions) / len(actions) < 0.98
    assert 0.05 < sum(a.modalite == "distance" for a in actions) / len(actions) < 0.11
    siennes = [a for a in actions if a.formation in formations]
    assert {a.voie for a in siennes if formations[a.formation].certification == "RNCP1"} == {"apprentissage"}
    assert len({a.voie for a in siennes}) > 1


def test_the_same_seed_gives_the_same_rows(catalogue: Catalogue, charge: Catalogue, tmp_path: Path) -> None:
    encore = generate_catalogue(catalogue, tmp_path, nombre=NOMBRE)
    autre = generate_catalogue(catalogue, tmp_path / "autre", nombre=NOMBRE, graine=1)
    for nature in (t.Formation, t.ActionFormation, t.SessionFormation, t.Organisme):
        assert encore.all(nature) == charge.all(nature)
    assert encore.version == charge.version != autre.version
    assert autre.all(t.ActionFormation) != charge.all(t.ActionFormation)


def test_refuses_fewer_than_there_are(catalogue: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="déjà plus"):
        generate_catalogue(catalogue, tmp_path, nombre=0)


def test_measures_what_it_loaded(catalogue: Catalogue, tmp_path: Path) -> None:
    offre = generate_load(catalogue, tmp_path, nombre=500)
    assert len(offre) == 500 and len(offre.colonnes.melange) < 500
    metiers = {t.CodeRome(f"A110{n}"): [t.NumeroFiche(f"RNCP{n + 1}")] for n in range(3)}
    mesure = measure_formations(offre, metiers, [(48.0, 1.0), (-20.9, 55.5)], par_reponse=3)
    assert mesure["n"] == 2 and mesure["lignes"] == 500
    assert 0 < mesure["metier"]["mediane_ms"] <= mesure["reponse"]["p95_ms"]
    with pytest.raises(InvalidInputError):
        measure_formations(offre, {}, [])
