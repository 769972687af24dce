"""Places: communes and what they belong to."""

from dataclasses import dataclass

from referentiels.types.cles import (
    CodeBassin,
    CodeCommune,
    CodeDepartement,
    CodeEpci,
    CodeRegion,
    CodeZoneEmploi,
)


@dataclass(frozen=True, slots=True)
class Region:
    """A région, overseas included."""

    code: CodeRegion
    nom: str


@dataclass(frozen=True, slots=True)
class Departement:
    """A département."""

    code: CodeDepartement
    nom: str
    code_region: CodeRegion


@dataclass(frozen=True, slots=True)
class Academie:
    """An académie of the Éducation nationale and one département that it covers."""

    code: str
    nom: str
    code_departement: CodeDepartement


@dataclass(frozen=True, slots=True)
class ZoneEmploi:
    """A zone d'emploi (Insee, 2020)."""

    code: CodeZoneEmploi
    nom: str


@dataclass(frozen=True, slots=True)
class Bassin:
    """A bassin d'emploi of the BMO survey."""

    code: CodeBassin
    nom: str


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune or arrondissement municipal, with all it belongs to; None where no source says."""

    code: CodeCommune
    nom: str
    codes_postaux: tuple[str, ...]
    code_departement: CodeDepartement
    code_region: CodeRegion
    code_epci: CodeEpci | None
    code_zone_emploi: CodeZoneEmploi | None
    code_bassin: CodeBassin | None
    population: int | None
    latitude: float | None
    """Degrees north (WGS 84)."""
    longitude: float | None
    """Degrees east (WGS 84)."""
    code_commune_mere: CodeCommune | None
    """For an arrondissement municipal, its commune."""


@dataclass(frozen=True, slots=True)
class CommuneAncienne:
    """A commune code no longer in force and the one that replaced it.

    Where both codes are the same, the merged commune kept the code of one of its parts and `nom` is that part's name.
    """

    code: CodeCommune
    nom: str | None
    code_actuel: CodeCommune
