"""Which texts an entity is found by."""

import pytest

from embeddings.texts import NATURES, SIGLES, entities
from embeddings.types import Nature
from referentiels.catalogue import Catalogue
from referentiels.types import Certification, Metier


@pytest.mark.parametrize("nature", NATURES)
def test_codes_are_sorted_and_unique_and_the_label_comes_first(catalogue_socle: Catalogue, nature: Nature) -> None:
    fiches = entities(catalogue_socle, nature)
    assert fiches
    codes = [f.code for f in fiches]
    assert codes == sorted(set(codes))
    assert all(f.noms[0].texte == f.libelle for f in fiches)


def test_a_metier_has_all_its_appellations_and_both_genders(catalogue_socle: Catalogue) -> None:
    fiche = next(f for f in entities(catalogue_socle, "metier") if f.code == "D1102")
    attendus = {a.libelle for a in catalogue_socle.fiche("D1102").appellations}
    assert {nom.texte for nom in fiche.noms} == attendus
    assert {"Boulanger", "Boulangère"} <= set(fiche.noms[0].variantes)


def test_surroundings_hold_definition_competences_savoirs_secteurs(catalogue_socle: Catalogue) -> None:
    fiche = next(f for f in entities(catalogue_socle, "metier") if f.code == "D1102")
    mots = {mot for _, ligne in fiche.contexte for mot in ligne}
    assert {"baguet", "fermentation", "petrir"} <= mots
    assert len(entities(catalogue_socle, "metier")) == catalogue_socle.store.count(Metier)


def test_a_certification_is_found_with_and_without_its_kind(catalogue_socle: Catalogue) -> None:
    certification = next(c for c in catalogue_socle.store.all(Certification) if c.abrege == "CAP")
    fiche = next(f for f in entities(catalogue_socle, "certification") if f.code == certification.numero)
    assert [nom.texte for nom in fiche.noms] == [certification.intitule, f"CAP {certification.intitule}"]
    assert fiche.noms[1].variantes == (f"{SIGLES['CAP']} {certification.intitule}",)
    assert fiche.rang == 0
