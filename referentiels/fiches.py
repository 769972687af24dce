"""Joined views of a catalogue: a métier or a certification with all that hangs on it."""

from dataclasses import dataclass

from referentiels.types import (
    Appellation,
    BlocCompetences,
    CentreInteret,
    Certificateur,
    Certification,
    CodeRome,
    Competence,
    ContexteTravail,
    ContinuiteCertification,
    DomaineProfessionnel,
    GrandDomaine,
    Metier,
    NumeroFiche,
    Savoir,
    Secteur,
    Thematique,
    Voie,
)
from referentiels.types.rome import CoeurMetier


@dataclass(frozen=True, slots=True)
class CompetenceRequise:
    """A compétence that a métier calls for."""

    competence: Competence
    coeur_metier: CoeurMetier | None


@dataclass(frozen=True, slots=True)
class SavoirRequis:
    """A savoir that a métier calls for."""

    savoir: Savoir
    coeur_metier: CoeurMetier | None


@dataclass(frozen=True, slots=True)
class FicheMetier:
    """A métier with its names, demands, surroundings and ways out."""

    metier: Metier
    grand_domaine: GrandDomaine | None
    domaine: DomaineProfessionnel | None
    appellations: tuple[Appellation, ...]
    competences: tuple[CompetenceRequise, ...]
    savoirs: tuple[SavoirRequis, ...]
    contextes: tuple[ContexteTravail, ...]
    centres_interet: tuple[CentreInteret, ...]
    """Main one first."""
    secteurs: tuple[Secteur, ...]
    thematiques: tuple[Thematique, ...]
    mobilites: tuple[Metier, ...]
    """Official targets, in the official order."""
    certifications: tuple[Certification, ...]
    """Active ones first, then by level."""


@dataclass(frozen=True, slots=True)
class FicheCertification:
    """A certification with its blocs, ways in, métiers and continuity."""

    certification: Certification
    blocs: tuple[BlocCompetences, ...]
    voies: tuple[Voie, ...]
    """Ways in that the sources say are open."""
    metiers: tuple[Metier, ...]
    metiers_estimes: frozenset[CodeRome]
    """Those of `metiers` that no authority publishes for this fiche, see `reconduction.inherit_rome`."""
    certificateurs: tuple[Certificateur, ...]
    remplace: tuple[NumeroFiche, ...]
    remplacee_par: tuple[NumeroFiche, ...]

    @property
    def code(self) -> NumeroFiche:
        """Number of the fiche."""
        return self.certification.numero


@dataclass(frozen=True, slots=True)
class Demandes:
    """What every métier calls for, as parallel columns ready for a matrix."""

    codes_rome: tuple[CodeRome, ...]
    codes_ogr: tuple[int, ...]
    coeurs: tuple[CoeurMetier | None, ...]


def continuity(liens: tuple[ContinuiteCertification, ...], *, anciennes: bool) -> tuple[NumeroFiche, ...]:
    """The numbers at one end of continuity links, sorted."""
    return tuple(sorted({lien.ancienne if anciennes else lien.nouvelle for lien in liens}))
