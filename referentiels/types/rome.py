"""ROME 4.0: métiers, appellations, compétences, savoirs, contextes, links and centres d'intérêt."""

from dataclasses import dataclass
from typing import Literal

from referentiels.types.cles import CodeOgr, CodeRome

CoeurMetier = Literal["principale", "emergente"]


@dataclass(frozen=True, slots=True)
class GrandDomaine:
    """One of the 14 grands domaines (A to N)."""

    code: str
    libelle: str


@dataclass(frozen=True, slots=True)
class DomaineProfessionnel:
    """One of the 110 domaines professionnels (`A11`…)."""

    code: str
    libelle: str


@dataclass(frozen=True, slots=True)
class Metier:
    """A fiche métier. Flags are None where ROME says nothing; texts may be empty, never invented."""

    code_rome: CodeRome
    intitule: str
    code_ogr: CodeOgr | None
    code_rome_parent: CodeRome
    """ROME v3 code from which the fiche descends."""
    definition: str
    acces: str
    riasec_majeur: str | None
    riasec_mineur: str | None
    transition_eco: str | None
    transition_num: bool | None
    transition_demo: bool | None
    emploi_reglemente: bool | None
    emploi_cadre: bool | None

    @property
    def code_domaine(self) -> str:
        """Code of its domaine professionnel."""
        return self.code_rome[:3]

    @property
    def code_grand_domaine(self) -> str:
        """Code of its grand domaine."""
        return self.code_rome[0]


@dataclass(frozen=True, slots=True)
class Appellation:
    """A name under which a métier is known; `principale` when it is the fiche's own."""

    code_ogr: CodeOgr
    libelle: str
    libelle_court: str
    code_rome: CodeRome
    principale: bool
    peu_usitee: bool


@dataclass(frozen=True, slots=True)
class Competence:
    """A savoir-faire or savoir-être; a macro-compétence groups finer ones."""

    code_ogr: CodeOgr
    libelle: str
    categorie: str
    """`Savoir-faire` or `Savoir-être`."""
    sous_categorie: str | None
    macro: bool
    code_macro: CodeOgr | None
    code_arborescence: str | None
    """For a macro-compétence, its place in the tree (`4A101`: domaine 4, enjeu A, objectif 1)."""
    transversale: bool
    """Held by nearly every métier according to its own référentiel (sous-catégorie), never guessed."""
    riasec_majeur: str | None
    riasec_mineur: str | None
    transition_eco: bool | None
    transition_num: bool | None


@dataclass(frozen=True, slots=True)
class Savoir:
    """A piece of knowledge (materials, techniques, rules, tools, domains)."""

    code_ogr: CodeOgr
    libelle: str
    categorie: str
    sous_categorie: str | None


@dataclass(frozen=True, slots=True)
class ContexteTravail:
    """A working condition, with its type (horaires, lieu, risques…)."""

    code_ogr: CodeOgr
    libelle: str
    type_contexte: str


@dataclass(frozen=True, slots=True)
class MetierCompetence:
    """A métier calls for a compétence; `coeur_metier` when it is at its core."""

    code_rome: CodeRome
    code_ogr: CodeOgr
    coeur_metier: CoeurMetier | None


@dataclass(frozen=True, slots=True)
class MetierSavoir:
    """A métier calls for a savoir; `coeur_metier` when it is at its core."""

    code_rome: CodeRome
    code_ogr: CodeOgr
    coeur_metier: CoeurMetier | None


@dataclass(frozen=True, slots=True)
class MetierContexte:
    """A métier is exercised in a context."""

    code_rome: CodeRome
    code_ogr: CodeOgr


@dataclass(frozen=True, slots=True)
class Mobilite:
    """An official mobility between two métiers; the smaller `ordre`, the earlier ROME lists it."""

    code_rome: CodeRome
    code_rome_cible: CodeRome
    ordre: int


@dataclass(frozen=True, slots=True)
class CentreInteret:
    """A centre d'intérêt in everyday words."""

    code: str
    libelle: str
    definition: str | None


@dataclass(frozen=True, slots=True)
class MetierCentreInteret:
    """A métier answers a centre d'intérêt; `principal` when it is its main one."""

    code_rome: CodeRome
    code: str
    principal: bool


@dataclass(frozen=True, slots=True)
class Secteur:
    """A secteur d'activité, or a sous-secteur when `code_parent` is set."""

    code: str
    libelle: str
    definition: str | None
    code_parent: str | None


@dataclass(frozen=True, slots=True)
class MetierSecteur:
    """A métier is found in a secteur (or sous-secteur); `principal` when it is its main one."""

    code_rome: CodeRome
    code: str
    principal: bool


@dataclass(frozen=True, slots=True)
class Thematique:
    """A ROME theme (environnement, défense, patrimoine…)."""

    code: str
    libelle: str
    definition: str | None


@dataclass(frozen=True, slots=True)
class MetierThematique:
    """A métier belongs to a theme."""

    code_rome: CodeRome
    code: str
