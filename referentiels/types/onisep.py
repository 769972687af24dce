"""What Onisep tells the public of métiers and formations (Idéo, ODbL: credit Onisep, share alike)."""

from dataclasses import dataclass

from referentiels.types.cles import NumeroFiche


@dataclass(frozen=True, slots=True)
class FicheMetierOnisep:
    """A métier as Onisep presents it to young people."""

    id: str
    """Onisep identifier (`MET.1`)."""
    nom: str
    """Name in both genders, as published (`contrôleur/euse aérien/ne`)."""
    nom_feminin: str | None
    nom_masculin: str | None
    synonymes: tuple[str, ...]
    codes_rome: tuple[str, ...]
    """ROME v3 codes, as published; none for some métiers."""
    accroche: str | None
    """Short presentation, plain text."""
    niveau_acces_min: str | None
    """Lowest level of studies that leads to it, in the words of Onisep (`Bac + 5`)."""
    statuts: tuple[str, ...]
    """In what standing it is exercised (salarié, fonctionnaire, indépendant…)."""
    centres_interet: tuple[str, ...]
    """Tastes it answers, in everyday words."""
    formations: tuple[str, ...]
    """Identifiers of the least formations required."""


@dataclass(frozen=True, slots=True)
class FicheFormationOnisep:
    """A formation as Onisep presents it."""

    id: str
    """Onisep identifier (`FOR.1000`)."""
    libelle: str
    sigle: str | None
    niveau: int | None
    """European level of 2019 at the end; None where Onisep gives none."""
    cfd: str | None
    rncp: NumeroFiche | None
    """Fiche to which the address of Onisep points."""
    duree: str | None
    """In the words of Onisep (`2 ans`)."""
    acces: str | None
    """Who may enter, plain text."""
    url: str | None
    metiers: tuple[str, ...]
    """Identifiers of the métiers it leads to."""
