"""What a person does is read before the papers that bear its name; a paper alone is still understood."""

from collections.abc import Sequence

from embeddings.types import Nature, Resultat
from recommender.comprehension import Lecteur
from recommender.config import load_config
from recommender.pipeline import Recommender
from recommender.types import CompetenceDeclaree, Profil
from tests.recommender.exemples import COMPETENCES

PAPIER = 304


class _Repond:
    """A search that always finds the same things."""

    version = "fixe"

    def __init__(self, *codes: int) -> None:
        self._resultats = tuple(
            Resultat("savoir" if c == PAPIER else "competence", str(c), str(c), str(c), 1.0 - rang / 10)
            for rang, c in enumerate(codes)
        )

    def search(self, requete: str, natures: Sequence[Nature] = ("metier",), limite: int = 10) -> tuple[Resultat, ...]:
        del requete, natures
        return self._resultats[:limite]


def held(essai: Recommender, *codes: int) -> set[int]:
    lecteur = Lecteur(essai.catalogue, _Repond(*codes), load_config())
    return set(lecteur.read(Profil(competences=(CompetenceDeclaree(texte="naviguer au large"),))).items)


def test_a_geste_is_read_before_the_paper_of_the_same_name(essai: Recommender) -> None:
    geste = next(iter(COMPETENCES))
    assert held(essai, PAPIER, geste) == {geste}


def test_a_paper_alone_is_understood(essai: Recommender) -> None:
    assert held(essai, PAPIER) == {PAPIER}
