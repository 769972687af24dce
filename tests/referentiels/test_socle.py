"""The socle stands on its own: large enough, coherent, and marked where it is invented."""

from collections import Counter

import pytest

from referentiels.cellules import fold
from referentiels.lot import Lot
from referentiels.socle import FAMILLES_SOCLE, load_socle
from referentiels.socle.loader import code_of
from referentiels.types import (
    ActionFormation,
    Appellation,
    BlocCompetences,
    CentreInteret,
    Certification,
    CertificationRome,
    CertificationVoie,
    Commune,
    Competence,
    ContexteTravail,
    Departement,
    DomaineProfessionnel,
    Formation,
    GrandDomaine,
    Mesure,
    Metier,
    MetierCentreInteret,
    MetierCompetence,
    MetierContexte,
    MetierSavoir,
    MetierSecteur,
    Organisme,
    Region,
    Savoir,
    Secteur,
    Serie,
)
from referentiels.types.source import Famille


def load(famille: Famille) -> Lot:
    lot = load_socle(famille)
    assert lot is not None
    return lot


@pytest.fixture(scope="module")
def rome() -> Lot:
    return load("rome")


@pytest.fixture(scope="module")
def certifications() -> Lot:
    return load("certifications")


def test_every_domaine_has_metiers(rome: Lot) -> None:
    metiers = rome.get(Metier)
    assert len(metiers) >= 400
    assert len({m.code_rome for m in metiers}) == len(metiers)
    assert {m.code_grand_domaine for m in metiers} == {g.code for g in rome.get(GrandDomaine)}
    assert {m.code_domaine for m in metiers} == {d.code for d in rome.get(DomaineProfessionnel)}
    assert len(rome.get(DomaineProfessionnel)) == 110


def test_every_metier_says_what_it_is_and_asks(rome: Lot) -> None:
    demandes = Counter(x.code_rome for x in rome.get(MetierCompetence))
    coeurs = Counter(x.code_rome for x in rome.get(MetierCompetence) if x.coeur_metier)
    savoirs = Counter(x.code_rome for x in rome.get(MetierSavoir))
    for metier in rome.get(Metier):
        assert len(metier.definition) >= 30, metier.code_rome
        assert metier.acces, metier.code_rome
        assert metier.riasec_majeur, metier.code_rome
        assert demandes[metier.code_rome] >= 5, metier.code_rome
        assert coeurs[metier.code_rome] >= 2, metier.code_rome
        assert savoirs[metier.code_rome] >= 1, metier.code_rome


def test_no_code_collides_and_no_link_dangles(rome: Lot) -> None:
    competences = [c.code_ogr for c in rome.get(Competence)]
    codes = competences + [s.code_ogr for s in rome.get(Savoir)] + [a.code_ogr for a in rome.get(Appellation)]
    assert len(set(codes)) == len(codes)
    assert {x.code_ogr for x in rome.get(MetierCompetence)} <= set(competences)
    assert {c.code_macro for c in rome.get(Competence)} - {None} <= set(competences)
    assert {x.code_ogr for x in rome.get(MetierContexte)} <= {c.code_ogr for c in rome.get(ContexteTravail)}
    assert {x.code for x in rome.get(MetierCentreInteret)} <= {c.code for c in rome.get(CentreInteret)}
    assert {x.code for x in rome.get(MetierSecteur)} <= {s.code for s in rome.get(Secteur)}


def test_competences_are_shared_across_grands_domaines(rome: Lot) -> None:
    domaines: dict[int, set[str]] = {}
    for lien in rome.get(MetierCompetence):
        domaines.setdefault(lien.code_ogr, set()).add(lien.code_rome[0])
    assert sum(len(d) >= 3 for d in domaines.values()) >= 100


def test_a_code_of_the_socle_is_stable_and_private() -> None:
    assert code_of("competence", "petrir") == code_of("competence", "petrir") >= 900_000_000
    assert code_of("competence", "petrir") != code_of("savoir", "petrir")


def test_certifications_have_levels_voies_and_blocs(certifications: Lot) -> None:
    fiches = certifications.get(Certification)
    assert len(fiches) >= 150
    assert {3, 4, 5, 6, 7, 8} <= {c.niveau for c in fiches}
    assert all(c.niveau for c in fiches if c.repertoire == "RNCP")
    numeros = {c.numero for c in fiches}
    assert numeros == {v.numero for v in certifications.get(CertificationVoie)}
    avec_blocs = {b.numero for b in certifications.get(BlocCompetences)}
    assert len(avec_blocs) >= 120
    assert avec_blocs <= numeros


def test_every_grand_domaine_is_reached_by_certifications(certifications: Lot) -> None:
    assert {x.code_rome[0] for x in certifications.get(CertificationRome)} == set("ABCDEFGHIJKLMN")


def test_communes_cover_every_region_and_departement() -> None:
    lot = load("territoires")
    communes = lot.get(Commune)
    assert len(communes) >= 300
    assert {c.code_region for c in communes} == {r.code for r in lot.get(Region)}
    assert {c.code_departement for c in communes} == {d.code for d in lot.get(Departement)}
    assert len(lot.get(Region)) == 18
    assert all(c.latitude is not None and c.longitude is not None and c.codes_postaux for c in communes)


def test_formations_and_figures_are_marked_as_demonstration(certifications: Lot) -> None:
    formations, indicateurs = load("formations"), load("indicateurs")
    assert all(f.demonstration for f in formations.get(Formation))
    assert all("démonstration" in o.nom for o in formations.get(Organisme))
    assert all(s.demonstration for s in indicateurs.get(Serie))
    assert {f.certification for f in formations.get(Formation)} <= {c.numero for c in certifications.get(Certification)}
    communes = {c.code for c in load("territoires").get(Commune)}
    assert {a.commune for a in formations.get(ActionFormation)} - {None} <= communes
    assert {m.serie for m in indicateurs.get(Mesure)} == {s.cle for s in indicateurs.get(Serie)}


def test_labels_are_unique_once_folded(rome: Lot) -> None:
    libelles = Counter(fold(c.libelle) for c in rome.get(Competence))
    assert [libelle for libelle, n in libelles.items() if n > 1] == []


def test_a_family_without_socle_has_none() -> None:
    assert load_socle("passerelles") is None
    assert "passerelles" not in FAMILLES_SOCLE
