"""What a search asks and answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Nature = Literal[
    "metier", "competence", "savoir", "certification", "bloc", "formation", "secteur", "centre_interet", "contexte"
]
"""`metier` covers the fiche and all its appellations: one result a métier, with the name that matched; a `formation`
is one title that is taught, whoever teaches it."""


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
    """Probability that the answer is right, in [0, 1]; 1 when the query is one of the entity's names, accents, case
    and gender aside. Without an encoder, a likeness of words."""


@dataclass(frozen=True, slots=True)
class Reponse:
    """The answers to a query, and whether the service stands by the first one."""

    resultats: tuple[Resultat, ...]
    confiance: float
    """Probability that the first answer is right, learnt on development requests; 0 when there is none."""
    sure: bool
    """False below the threshold of abstention: the answers are then choices to offer, not an understanding."""


class Chercheur(Protocol):
    """Anything that answers a query."""

    @property
    def version(self) -> str:
        """Hash of the index: content, templates, configuration, model."""
        ...

    def search(self, requete: str, natures: Sequence[Nature] = ("metier",), limite: int = 10) -> tuple[Resultat, ...]:
        """Best results first; empty when nothing comes near."""
        ...


@runtime_checkable
class Preparateur(Protocol):
    """A search that gains by knowing what will be asked."""

    def prepare(self, requetes: Iterable[str]) -> None:
        """Say what will be asked soon, in that order: answers are the same, and come sooner."""
        ...


class Conseille(Protocol):
    """What cases written for Azimut say of every métier for what a person says."""

    @property
    def ecarts(self) -> npt.NDArray[np.float32]:
        """How far each métier stands above the mean of all, in standard deviations, in code order."""
        ...

    def leading_fields(self, metier: int) -> tuple[str, ...]:
        """The fields of what was said that lead to a métier, the one that leads most first."""
        ...


class Rapproche(Protocol):
    """How near every métier is to several texts taken whole."""

    @property
    def ecarts(self) -> npt.NDArray[np.float32]:
        """How far each métier stands above the mean of all, in standard deviations, in code order."""
        ...

    @property
    def conseil(self) -> Conseille | None:
        """What the written cases say; None where the index has none."""
        ...

    def nearest(self, codes: Sequence[str], nombre: int) -> tuple[str, ...]:
        """The compétences and savoirs, among some, that are the nearest to these texts; ties by order."""
        ...


@runtime_checkable
class Rapprocheur(Protocol):
    """A search that can weigh texts as a whole, not one question at a time."""

    def bring_near(self, dits: Mapping[str, Sequence[str]], parts: Mapping[str, float]) -> Rapproche | None:
        """How near every métier is to texts by field, each field for its own part; None when it cannot be told."""
        ...


class Repondeur(Chercheur, Protocol):
    """A search that says how sure it is."""

    def ask(self, requete: str, natures: Sequence[Nature] = ("metier",), limite: int = 10) -> Reponse:
        """Like `search`, with how sure the first answer is."""
        ...
