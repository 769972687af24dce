"""A profile in codes of the catalogue: what the engine knows of a person."""

from dataclasses import dataclass, field

from embeddings.types import Rapproche, Resultat
from recommender.types import Comprehension, ModeContrainte
from referentiels.types import CodeRome, NumeroFiche

_LIEUX = {
    "experiences": "Expérience",
    "competences": "Compétence",
    "diplomes": "Diplôme",
    "contraintes": "Condition de travail",
    "interets.centres": "Centre d'intérêt",
}


@dataclass(frozen=True, slots=True)
class Tenue:
    """How strongly an item is held, in ]0, 1], and where from."""

    force: float
    origine: str


@dataclass(slots=True)
class ProfilCompris:
    """A profile in codes of the catalogue, with what was understood and what was not."""

    metiers: dict[CodeRome, Tenue] = field(default_factory=dict)
    exerces: dict[CodeRome, None] = field(default_factory=dict)
    """Those of `metiers` that were an emploi."""
    items: dict[int, Tenue] = field(default_factory=dict)
    riasec: dict[str, float] = field(default_factory=dict)
    gouts: list[tuple[str, str | None, tuple[Resultat, ...]]] = field(default_factory=list)
    """For each taste told: its words, the centre d'intérêt that it is if any, and the métiers that it may name."""
    diplomes: dict[NumeroFiche, str] = field(default_factory=dict)
    contextes: dict[ModeContrainte, dict[int, str]] = field(default_factory=dict)
    souhaits: list[tuple[Resultat, ...]] = field(default_factory=list)
    """For each wish that was understood, all that it reaches: métiers, centres d'intérêt, secteurs…"""
    voulus: set[str] = field(default_factory=set)
    """Codes of the métiers that a wish names, sure enough to be wanted even when already exercised."""
    paroles: list[tuple[str, tuple[Resultat, ...]]] = field(default_factory=list)
    """Field, and the métiers that it may name or describe, of each text about what the person does."""
    dits: dict[str, list[str]] = field(default_factory=dict)
    """What the person wrote, piece by piece, by field: `souhait`, `experiences`, `competences`."""
    ensemble: Rapproche | None = None
    """How near every métier is to all that the person wrote, taken whole."""
    gestes: dict[int, float] = field(default_factory=dict)
    """Rank of each gesture that the person named, with its strength."""
    niveau: int | None = None
    """European level of the highest diploma told."""
    refus: list[tuple[Resultat, ...]] = field(default_factory=list)
    """The métiers that each refusal names (« tout sauf la vente »)."""
    exclusions: tuple[str, ...] = ()
    refusees: frozenset[int] = frozenset()
    """Items that the person does not hold, whatever their experiences call for."""
    compris: list[Comprehension] = field(default_factory=list)
    avertissements: list[str] = field(default_factory=list)

    @property
    def vide(self) -> bool:
        """Whether nothing can be ranked from it."""
        dits = (
            self.metiers,
            self.items,
            self.riasec,
            self.diplomes,
            self.souhaits,
            self.paroles,
            self.gouts,
            self.gestes,
        )
        return not any(dits)

    def warn(self, champ: str, message: str) -> None:
        """Say, in plain words, which part of the profile was not understood (`experiences[1]` → « Expérience 2 »)."""
        nom, _, rang = champ.partition("[")
        lieu = _LIEUX.get(nom, nom.capitalize())
        numero = f" {int(rang.rstrip(']')) + 1}" if rang else ""
        self.avertissements.append(f"{lieu}{numero} : {message}")

    def reach_level(self, niveau: int | None) -> None:
        """Keep the highest level told."""
        if niveau is not None:
            self.niveau = max(niveau, self.niveau or niveau)

    def say(self, champ: str, texte: str) -> None:
        """Keep a piece of what the person wrote."""
        self.dits.setdefault(champ, []).append(texte)

    def hold(self, item: int, tenue: Tenue) -> None:
        """Keep the strongest origin of an item."""
        connue = self.items.get(item)
        if connue is None or tenue.force > connue.force:
            self.items[item] = tenue
