"""Figures, each with what it measures, where, when, by whom; and the official crosswalks."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from referentiels.types.cles import Maille, Nomenclature, Statut


@dataclass(frozen=True, slots=True)
class Serie:
    """What a family of figures means; shared by all its measures."""

    cle: str
    """Unique, e.g. `bmo_2024/projets`."""
    indicateur: str
    """What is measured, comparable over millésimes, e.g. `projets_recrutement`."""
    libelle: str
    """French words a person can read."""
    unite: str
    population: str
    """Whom or what the figure counts, in French."""
    nomenclature: Nomenclature
    """Nomenclature of the objects measured."""
    millesime: str
    source: str
    producteur: str
    licence: str
    demonstration: bool = False


class Mesure(NamedTuple):
    """One published cell. `objet` is a code of the series' nomenclature; `territoire` a code of the maille."""

    serie: str
    objet: str
    maille: Maille
    territoire: str
    """`FR` for the whole country."""
    valeur: float | None
    statut: Statut
    detail: str
    """Dimension that the series keeps apart (voie, diplôme, durée…); empty when none."""


@dataclass(frozen=True, slots=True)
class Indicateur:
    """A figure ready to be shown: the measure, its meaning, and how it reached this métier and place."""

    indicateur: str
    libelle: str
    valeur: float | None
    statut: Statut
    unite: str
    population: str
    detail: str
    maille: Maille
    territoire: str
    millesime: str
    source: str
    producteur: str
    licence: str
    objet: str
    libelle_objet: str
    """What the figure describes, in French (the métier, or the wider family it belongs to)."""
    libelle_territoire: str
    nomenclature: Nomenclature
    herite: bool
    """True when the figure describes a wider group or place than the one asked for."""
    estime: bool
    """True when the crosswalk that leads to it is not official."""
    demonstration: bool


@dataclass(frozen=True, slots=True)
class Passerelle:
    """A link of a crosswalk between two nomenclatures."""

    nomenclature: Nomenclature
    code: str
    nomenclature_cible: Nomenclature
    code_cible: str
    nature: Literal["officielle", "estimee"]
    poids: float | None
    """Share or count that the producer attaches to the link, else None."""
    source: str


@dataclass(frozen=True, slots=True)
class LibelleNomenclature:
    """The label of a code in a nomenclature that has no table of its own."""

    nomenclature: Nomenclature
    code: str
    libelle: str
    source: str
