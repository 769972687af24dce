"""What a person says (Profil) and what Azimut answers (Recommandation)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from referentiels.types import CodeOgr, CodeRome, NumeroFiche

NatureExperience = Literal["emploi", "stage", "benevolat", "vie_personnelle"]
ModeContrainte = Literal["eviter", "exclure", "souhaiter"]
Envie = Literal["oui", "non", "indifferent"]
Axe = Literal["attrait", "portee"]
"""Does it suit the person; can they get there."""


@dataclass(frozen=True, slots=True)
class Experience:
    """Something the person did; named by a code ROME, an appellation or free words (the first that is given)."""

    code_rome: str | None = None
    code_appellation: int | None = None
    texte: str | None = None
    annees: float | None = None
    nature: NatureExperience = "emploi"


@dataclass(frozen=True, slots=True)
class CompetenceDeclaree:
    """Something the person can do; `niveau` from 1 (débute) to 4 (maîtrise), None when not told."""

    code: int | None = None
    texte: str | None = None
    niveau: int | None = None
    envie: Envie = "indifferent"
    """Whether they want to go on using it."""


@dataclass(frozen=True, slots=True)
class Interets:
    """What the person likes: RIASEC letters with weights in [0, 1], and centres d'intérêt (code or words)."""

    riasec: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    centres: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diplome:
    """A diploma held: number of its fiche or words, and its European level when known."""

    code: str | None = None
    texte: str | None = None
    niveau: int | None = None


@dataclass(frozen=True, slots=True)
class Territoire:
    """Where the person looks: a commune (INSEE code, postal code or name) and a radius in kilometres."""

    commune: str
    rayon_km: float = 30.0


@dataclass(frozen=True, slots=True)
class Contrainte:
    """A working condition to avoid (annotated, sorted lower), exclude (removed) or wished for."""

    mode: ModeContrainte
    code: int | None = None
    texte: str | None = None


@dataclass(frozen=True, slots=True)
class Profil:
    """Everything a person said. Holds no identity, no sex, no age."""

    souhait: str = ""
    experiences: tuple[Experience, ...] = ()
    competences: tuple[CompetenceDeclaree, ...] = ()
    interets: Interets = field(default_factory=Interets)
    diplomes: tuple[Diplome, ...] = ()
    territoire: Territoire | None = None
    contraintes: tuple[Contrainte, ...] = ()
    exclusions: tuple[str, ...] = ()
    """Codes ROME or prefixes of them ("K13") that the person sets aside."""
    ponderation: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """The person's own weight of each criterion, 0 to switch it off; the default weight where absent."""
    refusees: tuple[int, ...] = ()
    """Codes of compétences and savoirs that are not theirs: never counted, whatever experience calls for them."""


@dataclass(frozen=True, slots=True)
class CompetenceSituee:
    """A compétence of a métier as seen from the person."""

    code: CodeOgr
    libelle: str
    nature: Literal["savoir-faire", "savoir-être", "savoir"]
    importance: float
    """Share of the métier's demands that it carries, in [0, 1]."""
    coeur_metier: bool
    transversale: bool
    origine: str | None
    """Where the person holds it from, in French; for a transferable one, the held compétence it is close to."""


@dataclass(frozen=True, slots=True)
class Explication:
    """One reason: how much it adds to the index, a French sentence, and the proofs it names."""

    critere: str
    axe: Axe
    contribution: float
    phrase: str
    preuves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MetierPropose:
    """A métier worth exploring. `indice` is the sum of the contributions of its explications."""

    code_rome: CodeRome
    intitule: str
    definition: str
    indice: float
    """In [0, 1]; orders the list, says nothing of the person's aptitude."""
    attrait: float
    """In [0, 1]: mean of the criteria of that axis, by their weights. See `Recommandation.formule`."""
    portee: float
    """Likewise."""
    explications: tuple[Explication, ...]
    acquises: tuple[CompetenceSituee, ...]
    transferables: tuple[CompetenceSituee, ...]
    """Not held as such, but of the same macro-compétence as one that is."""
    manquantes: tuple[CompetenceSituee, ...]
    alertes: tuple[str, ...]
    """Working conditions that the person wants to avoid and that this métier has."""
    ouverture: bool
    """True when it comes from a grand domaine the person did not name."""
    gestes: tuple[str, ...]
    """Gestures that it shares with what the person can do, for a métier of another domaine."""
    certifications: tuple[NumeroFiche, ...]
    proche_de: tuple[tuple[CodeRome, str], ...] = ()
    """Métiers (code, intitulé) higher in the list, or exercised, to whose kinship it owes its place; empty when it
    owes it to its index."""


@dataclass(frozen=True, slots=True)
class Comprehension:
    """How one piece of the profile was understood, for the person to confirm or correct."""

    champ: str
    texte: str
    nature: str
    code: str
    libelle: str
    confiance: float
    autres: tuple[tuple[str, str], ...] = ()
    """Other readings (code, libellé), best first."""


@dataclass(frozen=True, slots=True)
class Recommandation:
    """The whole answer."""

    metiers: tuple[MetierPropose, ...]
    """Métiers to explore, best first; those already exercised are not among them unless wished for."""
    deja_exerces: tuple[CodeRome, ...]
    compris: tuple[Comprehension, ...]
    avertissements: tuple[str, ...]
    """What was not understood, set aside or relaxed, in French."""
    ponderation: Mapping[str, float]
    """Weights in force, after the person's own."""
    nombre_evalues: int
    formule: str
    """How the index is made of both axes, in French, with the weights in force."""
    config: str
    """Hash of the configuration."""
