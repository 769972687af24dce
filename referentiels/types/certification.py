"""Certifications of the RNCP and RS, their blocs, voies d'accès, links and continuity."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from referentiels.types.cles import CodeBloc, CodeFormacode, CodeNsf, CodeRome, NumeroFiche, Voie


@dataclass(frozen=True, slots=True)
class Certification:
    """A fiche of the RNCP or RS, as its freshest available source tells it."""

    numero: NumeroFiche
    intitule: str
    abrege: str | None
    repertoire: Literal["RNCP", "RS"]
    niveau: int | None
    """European level of 2019, from 1 to 8; None where the source gives none (all RS fiches)."""
    niveau_source: str | None
    """The level as the source writes it ("NIV5", "III", "5")."""
    nomenclature_niveau: Literal["europe_2019", "france_1969"] | None
    """Nomenclature of `niveau_source`: the same digit means different things before and after 2019."""
    active: bool | None
    """True or False when a dated source says so; None when none does."""
    date_etat: date | None
    """Day for which `active` is told."""
    fin_enregistrement: date | None
    type_enregistrement: str | None
    source: str
    """Key of the source that gave this row."""


@dataclass(frozen=True, slots=True)
class BlocCompetences:
    """A bloc of a certification; `competences` holds its list where the source carries it."""

    code: CodeBloc
    numero: NumeroFiche
    intitule: str
    competences: str | None
    source: str


@dataclass(frozen=True, slots=True)
class CertificationVoie:
    """A voie d'accès opened (or expressly closed) by a certification."""

    numero: NumeroFiche
    voie: Voie
    ouverte: bool
    source: str


@dataclass(frozen=True, slots=True)
class CertificationRome:
    """A certification leads to a métier; `code_source` is the code as published (ROME v3 or v4)."""

    numero: NumeroFiche
    code_rome: CodeRome
    code_source: str
    source: str
    estime: bool = False
    """True when no authority publishes the link, see `reconduction.inherit_rome`."""


@dataclass(frozen=True, slots=True)
class CertificationNsf:
    """A certification belongs to a speciality of the NSF."""

    numero: NumeroFiche
    code: CodeNsf
    libelle: str | None
    source: str


@dataclass(frozen=True, slots=True)
class CertificationFormacode:
    """A certification is described by a formacode."""

    numero: NumeroFiche
    code: CodeFormacode
    libelle: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Certificateur:
    """Who delivers a certification."""

    numero: NumeroFiche
    siret: str | None
    nom: str
    role: Literal["certificateur", "partenaire"]
    source: str


@dataclass(frozen=True, slots=True)
class ContinuiteCertification:
    """An old certification was replaced by a new one."""

    ancienne: NumeroFiche
    nouvelle: NumeroFiche
    source: str


@dataclass(frozen=True, slots=True)
class CertificationDiplome:
    """A certification and the code of the Éducation nationale (CFD) of the same diploma."""

    numero: NumeroFiche
    cfd: str
    source: str
