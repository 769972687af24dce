"""Texts taken whole: near what is about the same, whoever wrote them and in whatever order."""

import numpy as np
import pytest

from embeddings.ensemble import build_centres, field_directions
from embeddings.search import Recherche, assemble
from embeddings.texts import entities
from embeddings.types import Nature, Rapproche, Rapprocheur
from referentiels.catalogue import Catalogue
from tests.embeddings.factice import EncodeurFactice

_TROIS: tuple[Nature, ...] = ("metier", "competence", "savoir")


@pytest.fixture(scope="module")
def recherche(catalogue_socle: Catalogue) -> Recherche:
    return assemble({nature: entities(catalogue_socle, nature) for nature in _TROIS}, EncodeurFactice())


def _bring(recherche: Recherche, *groupes: tuple[float, list[str]]) -> Rapproche | None:
    champs = ("souhait", "experiences", "competences")
    dits = {champ: textes for champ, (_, textes) in zip(champs, groupes, strict=False)}
    return recherche.bring_near(dits, {champ: part for champ, (part, _) in zip(champs, groupes, strict=False)})


def _near(recherche: Recherche, *groupes: tuple[float, list[str]]) -> list[float]:
    rapproche = _bring(recherche, *groupes)
    assert rapproche is not None
    proximites: list[float] = rapproche.ecarts.tolist()
    return proximites


def test_a_centre_is_the_mean_direction_of_the_texts_of_an_entity() -> None:
    vecteurs = np.array([[1, 0], [0, 1], [0, 1]], dtype=np.float16)
    centres = build_centres(vecteurs, np.array([0, 0, 2], dtype=np.int32), 3)
    assert centres[0].tolist() == pytest.approx([2**-0.5, 2**-0.5])
    assert centres[1].tolist() == [0, 0]  # an entity without texts is near nothing
    assert centres[2].tolist() == [0, 1]


def test_a_group_weighs_its_part_whatever_it_holds() -> None:
    x, y = np.array([1, 0], dtype=np.float32), np.array([0, 1], dtype=np.float32)
    peu, beaucoup = field_directions([(1.0, [x]), (0.5, [y])]), field_directions([(1.0, [x]), (0.5, [y, y, y])])
    assert [d.tolist() for d in peu] == [d.tolist() for d in beaucoup] == [[1.0, 0.0], [0.0, 0.5]]
    assert field_directions([(0.0, [x]), (1.0, [])]) == []


def test_more_said_never_brings_a_metier_down(recherche: Recherche) -> None:
    """A wish that leads elsewhere takes nothing from what was done."""
    faits = np.array(_near(recherche, (0.3, ["boulanger", "pétrir la pâte"])))
    voulu = np.array(_near(recherche, (0.3, ["boulanger", "pétrir la pâte"]), (1.0, ["réparer des vélos"])))
    assert (voulu >= faits - 1e-5).all()
    assert (voulu > faits + 0.1).any()


def test_what_says_the_same_is_near_the_same(recherche: Recherche, catalogue_socle: Catalogue) -> None:
    assert isinstance(recherche, Rapprocheur)
    proximites = _near(recherche, (1.0, ["faire du pain", "boulanger", "pétrir la pâte"]))
    codes = sorted(catalogue_socle.metiers)
    assert len(proximites) == len(codes)
    assert codes[int(np.argmax(proximites))].startswith("D11")


def test_order_and_gender_change_nothing(recherche: Recherche) -> None:
    un = _near(recherche, (1.0, ["boulanger", "vendre du pain"]), (0.3, ["tenir la caisse"]))
    assert _near(recherche, (1.0, ["vendre du pain", "boulangère"]), (0.3, ["tenir la caisse"])) == pytest.approx(un)


def test_the_competences_cited_are_the_nearest(recherche: Recherche, catalogue_socle: Catalogue) -> None:
    codes = [str(code) for code in sorted(catalogue_socle.competences)]
    libelle = catalogue_socle.competences[next(iter(sorted(catalogue_socle.competences)))].libelle
    rapproche = _bring(recherche, (1.0, [libelle]))
    assert rapproche is not None
    assert rapproche.nearest(codes, 2)[0] == codes[0]
    assert rapproche.nearest([], 2) == rapproche.nearest(["0"], 2) == ()


@pytest.mark.parametrize("groupes", [[], [(1.0, [])], [(1.0, ["", "<b></b>"])], [(0.0, ["boulanger"])]])
def test_nothing_said_is_near_nothing(recherche: Recherche, groupes: list[tuple[float, list[str]]]) -> None:
    assert _bring(recherche, *groupes) is None


def test_words_alone_tell_nothing_of_the_whole(catalogue_socle: Catalogue) -> None:
    seule = assemble({"metier": entities(catalogue_socle, "metier")}, None)
    assert _bring(seule, (1.0, ["boulanger"])) is None
