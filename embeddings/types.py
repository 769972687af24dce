"""What a search asks and answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Nature = Literal["metier", "competence", "savoir", "certification", "secteur", "centre_interet", "contexte"]
"""`metier` covers the fiche and all its appellations: one result a métier, with the name that matched."""


@dataclass(frozen=True, slots=True)
class Resultat:
    """One answer to a query; results of one query are ordered by `score`, ties by code."""

    nature: Nature
    code: str
    libelle: str
    """Label of the entity."""
    trouve: str
    """The text that matched best (an appellation, say); equal to `libelle` when it is the label."""
    score: float
    """In [0, 1]; 1 when the query is one of the entity's names, accents, case and gender aside."""


class Chercheur(Protocol):
    """Anything that answers a query: lexical today, hybrid with a dense encoder tomorrow."""

    @property
    def version(self) -> str:
        """Hash of the index: content, templates, configuration, model."""
        ...

    def search(self, requete: str, natures: Sequence[Nature] = ("metier",), limite: int = 10) -> tuple[Resultat, ...]:
        """Best results first; empty when nothing comes near."""
        ...
