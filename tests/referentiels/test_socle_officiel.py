"""The socle against the official data: codes, labels and links are true, the prose is our own."""

from collections.abc import Iterable
from math import hypot
from pathlib import Path
from typing import Any

import pytest

from referentiels.catalogue import Catalogue
from referentiels.cellules import fold
from referentiels.construction import build_catalogue
from referentiels.depot import Depot
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.rncp_actives import load_rncp_actives
from referentiels.rncp_csv import load_rncp_csv
from referentiels.rome import load_rome
from referentiels.socle import load_socle
from referentiels.sources import PAR_CLE, SOURCES, locate
from referentiels.territoires import load_territoires
from referentiels.types import (
    BlocCompetences,
    CentreInteret,
    Certification,
    CertificationFormacode,
    CertificationNsf,
    CertificationRome,
    CertificationVoie,
    Commune,
    Competence,
    ContexteTravail,
    DomaineProfessionnel,
    GrandDomaine,
    Metier,
    MetierCentreInteret,
    MetierContexte,
    MetierSecteur,
    Mobilite,
    Secteur,
)

pytestmark = pytest.mark.officiel
KM_PAR_DEGRE = 111.2


def depot(cle: str, donnees: Path) -> Depot:
    trouve = locate(PAR_CLE[cle], donnees)
    assert trouve is not None
    return trouve


def socle(*familles: str) -> Lot:
    lot = Lot()
    for famille in familles:
        partie = load_socle(famille)  # type: ignore[arg-type]
        assert partie is not None
        lot.merge(partie)
    return lot


@pytest.fixture(scope="module")
def rome(donnees: Path) -> Lot:
    return load_rome(depot("rome", donnees), Journal("rome"))


def labels(lot: Lot, nature: type[Any], code: str = "code") -> dict[object, str]:
    return {getattr(x, code): x.libelle for x in lot.get(nature)}


def differing(
    ours: Iterable[tuple[object, object]], theirs: dict[object, object]
) -> list[tuple[object, object, object]]:
    return [(cle, valeur, theirs.get(cle)) for cle, valeur in ours if theirs.get(cle) != valeur]


def test_codes_labels_and_riasec_of_metiers(rome: Lot) -> None:
    officiels: dict[object, object] = {
        m.code_rome: (m.intitule, m.riasec_majeur, m.riasec_mineur, m.code_rome_parent) for m in rome.get(Metier)
    }
    notres = (
        (m.code_rome, (m.intitule, m.riasec_majeur, m.riasec_mineur, m.code_rome_parent))
        for m in socle("rome").get(Metier)
    )
    assert differing(notres, officiels) == []


@pytest.mark.parametrize(
    ("nature", "code"),
    [
        (GrandDomaine, "code"),
        (DomaineProfessionnel, "code"),
        (ContexteTravail, "code_ogr"),
        (CentreInteret, "code"),
        (Secteur, "code"),
    ],
)
def test_labels_of_nomenclatures(rome: Lot, nature: type[Any], code: str) -> None:
    officiels: dict[object, object] = {**labels(rome, nature, code)}
    assert differing(labels(socle("rome"), nature, code).items(), officiels) == []


@pytest.mark.parametrize(
    ("nature", "cible"),
    [
        (MetierContexte, "code_ogr"),
        (MetierCentreInteret, "code"),
        (MetierSecteur, "code"),
        (Mobilite, "code_rome_cible"),
    ],
)
def test_every_link_is_an_official_one(rome: Lot, nature: type[Any], cible: str) -> None:
    officiels = {(x.code_rome, getattr(x, cible)) for x in rome.get(nature)}
    if nature is MetierSecteur:  # a métier of a sous-secteur belongs to its secteur
        parents = {s.code: s.code_parent for s in rome.get(Secteur)}
        officiels |= {(code, parents[secteur]) for code, secteur in officiels}
    notres = {(x.code_rome, getattr(x, cible)) for x in socle("rome").get(nature)}
    assert notres - officiels == set()


def test_mobilites_keep_the_official_order(rome: Lot) -> None:
    ordres = {(m.code_rome, m.code_rome_cible): m.ordre for m in rome.get(Mobilite)}
    suites: dict[str, list[int]] = {}
    for m in sorted(socle("rome").get(Mobilite), key=lambda m: (m.code_rome, m.ordre)):
        suites.setdefault(m.code_rome, []).append(ordres[m.code_rome, m.code_rome_cible])
    assert [code for code, suite in suites.items() if suite != sorted(suite)] == []


def test_the_prose_is_our_own(rome: Lot) -> None:
    officiels = {fold(ligne) for m in rome.get(Metier) for ligne in (*m.definition.splitlines(), *m.acces.splitlines())}
    officiels |= {fold(m.definition) for m in rome.get(Metier)} | {fold(m.acces) for m in rome.get(Metier)}
    libelles = {fold(c.libelle) for c in rome.get(Competence)}
    ours = socle("rome")
    assert [m.code_rome for m in ours.get(Metier) if {fold(m.definition), fold(m.acces)} & officiels] == []
    assert [c.libelle for c in ours.get(Competence) if fold(c.libelle) in libelles] == []


def test_certifications_are_active_with_their_title_and_level(rome: Lot, donnees: Path) -> None:
    actives = load_rncp_actives(depot("rncp_actives", donnees), Journal("rncp_actives"))
    officielles: dict[object, object] = {c.numero: (c.intitule, c.niveau) for c in actives.get(Certification)}
    ours = socle("certifications")
    assert differing(((c.numero, (c.intitule, c.niveau)) for c in ours.get(Certification)), officielles) == []
    codes = {m.code_rome for m in rome.get(Metier)}
    assert {x.code_rome for x in ours.get(CertificationRome)} <= codes


@pytest.fixture(scope="module")
def publie(donnees: Path, tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """What the official sources say of the certifications in force; the kit of 2021 has none of them."""
    inutiles = [s.cle for s in SOURCES if s.famille not in {"rome", "certifications"} or s.cle == "rncp_kit"]
    return Catalogue.open(build_catalogue(donnees, tmp_path_factory.mktemp("publie"), sans=inutiles).dossier)


def test_links_from_certifications_are_published_or_marked_as_estimated(publie: Catalogue) -> None:
    publies = {(x.numero, x.code_rome) for x in publie.all(CertificationRome) if ":" not in x.source}
    notres = socle("certifications").get(CertificationRome)
    assert [x for x in notres if not x.estime and (x.numero, x.code_rome) not in publies] == []
    assert sum(x.estime for x in notres) < len(notres) / 5


def test_no_voie_is_open_that_is_officially_closed(publie: Catalogue) -> None:
    fermees = {(v.numero, v.voie) for v in publie.all(CertificationVoie) if not v.ouverte}
    assert {(v.numero, v.voie) for v in socle("certifications").get(CertificationVoie)} & fermees == set()


@pytest.mark.parametrize("nature", [CertificationNsf, CertificationFormacode])
def test_nsf_and_formacodes_are_published(publie: Catalogue, nature: type[Any]) -> None:
    publies = {(x.numero, x.code) for x in publie.all(nature)}
    assert [x for x in socle("certifications").get(nature) if (x.numero, x.code) not in publies] == []


def test_blocs_have_real_codes_and_titles_of_our_own(donnees: Path) -> None:
    export = load_rncp_csv(depot("rncp_csv", donnees), Journal("rncp_csv"))
    codes = {(b.numero, b.code) for b in export.get(BlocCompetences)}
    titres = {fold(b.intitule) for b in export.get(BlocCompetences)}
    ours = socle("certifications").get(BlocCompetences)
    assert [b.code for b in ours if (b.numero, b.code) not in codes] == []
    assert [b.intitule for b in ours if fold(b.intitule) in titres] == []


def test_communes_are_where_they_are(donnees: Path) -> None:
    lot = load_territoires(depot("territoires", donnees), Journal("territoires"))
    officielles = {c.code: c for c in lot.get(Commune)}
    for commune in socle("territoires").get(Commune):
        vraie = officielles[commune.code]
        assert (commune.nom, commune.code_departement, commune.code_region) == (
            vraie.nom, vraie.code_departement, vraie.code_region
        )  # fmt: skip
        assert set(commune.codes_postaux) <= set(vraie.codes_postaux), commune.nom
        assert (commune.code_zone_emploi, commune.code_bassin) == (vraie.code_zone_emploi, vraie.code_bassin)
        if vraie.latitude is not None and vraie.longitude is not None:
            assert commune.latitude is not None
            assert commune.longitude is not None
            ecart = hypot(commune.latitude - vraie.latitude, commune.longitude - vraie.longitude) * KM_PAR_DEGRE
            assert ecart < 10, (commune.nom, ecart)
