"""One place as a search shows it, and the making of these from the référentiel."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from referentiels.types import (
    CodeCommune,
    CodeDepartement,
    CodeRegion,
    Commune,
    CommuneAncienne,
    Departement,
    Region,
)

NatureLieu = Literal["commune", "arrondissement", "departement", "region"]
_ORDRE: dict[NatureLieu, int] = {"commune": 0, "arrondissement": 1, "departement": 2, "region": 3}
_ARTICLES: dict[NatureLieu, str] = {
    "commune": "une commune",
    "arrondissement": "un arrondissement municipal",
    "departement": "un département",
    "region": "une région",
}


@dataclass(frozen=True, slots=True)
class Lieu:
    """A commune, arrondissement municipal, département or région."""

    nature: NatureLieu
    code: str
    """INSEE code in force."""
    nom: str
    code_departement: CodeDepartement | None
    code_region: CodeRegion | None
    departement: str | None
    """Name of its département, where known."""
    codes_postaux: tuple[str, ...]
    population: int | None
    """For a département or région, the sum of the known populations of its communes."""
    ancien: CodeCommune | None = None
    """Code no longer in force through which this place was found."""
    ancien_nom: str | None = None
    remarque: str | None = None
    """What a person should know of this match, in French."""

    @property
    def est_commune(self) -> bool:
        """True for a commune or an arrondissement municipal."""
        return self.nature in ("commune", "arrondissement")

    @property
    def nature_avec_article(self) -> str:
        """Its nature in French words, with the article."""
        return _ARTICLES[self.nature]

    @property
    def libelle(self) -> str:
        """Name with the number of its département, which tells homonyms apart."""
        if self.nature == "region":
            return f"{self.nom} (région)"
        return f"{self.nom} ({self.code_departement})"


def build_lieux(
    communes: Mapping[CodeCommune, Commune],
    departements: Sequence[Departement],
    regions: Sequence[Region],
    anciennes: Sequence[CommuneAncienne],
) -> tuple[Lieu, ...]:
    """All places, those of today first, then the most populated: the position of a place is its rank among equals."""
    noms = {departement.code: departement.nom for departement in departements}
    par_departement, par_region = defaultdict[str, int](int), defaultdict[str, int](int)
    for commune in communes.values():
        if commune.code_commune_mere is None and commune.population is not None:
            par_departement[commune.code_departement] += commune.population
            par_region[commune.code_region] += commune.population
    decoupees = {commune.code_commune_mere for commune in communes.values() if commune.code_commune_mere}
    lieux = [_from_commune(commune, noms, commune.code in decoupees) for commune in communes.values()]
    lieux += [
        Lieu("departement", d.code, d.nom, d.code, d.code_region, d.nom, (), par_departement.get(d.code))
        for d in departements
    ]
    lieux += [Lieu("region", r.code, r.nom, None, r.code, None, (), par_region.get(r.code)) for r in regions]
    lieux += [_from_former(ancienne, communes[ancienne.code_actuel], noms) for ancienne in anciennes]
    return tuple(sorted(lieux, key=_order))


def _order(lieu: Lieu) -> tuple[bool, int, int, str]:
    return lieu.ancien is not None, -(lieu.population or 0), _ORDRE[lieu.nature], lieu.code


def _from_commune(commune: Commune, noms: Mapping[CodeDepartement, str], decoupee: bool) -> Lieu:
    return Lieu(
        nature="arrondissement" if commune.code_commune_mere else "commune",
        code=commune.code,
        nom=commune.nom,
        code_departement=commune.code_departement,
        code_region=commune.code_region,
        departement=noms.get(commune.code_departement),
        # The postal codes of Paris, Lyon and Marseille lead to their arrondissements, which say more.
        codes_postaux=() if decoupee else commune.codes_postaux,
        population=commune.population,
    )


def _from_former(ancienne: CommuneAncienne, actuelle: Commune, noms: Mapping[CodeDepartement, str]) -> Lieu:
    avant = f"{ancienne.nom} ({ancienne.code})" if ancienne.nom else f"Le code {ancienne.code}"
    verbe = "fait aujourd'hui partie de la commune" if ancienne.nom else "n'a plus cours ; la commune est aujourd'hui"
    return Lieu(
        nature="arrondissement" if actuelle.code_commune_mere else "commune",
        code=actuelle.code,
        nom=actuelle.nom,
        code_departement=actuelle.code_departement,
        code_region=actuelle.code_region,
        departement=noms.get(actuelle.code_departement),
        codes_postaux=(),
        population=actuelle.population,
        ancien=ancienne.code,
        ancien_nom=ancienne.nom,
        remarque=f"{avant} {verbe} « {actuelle.nom} » ({actuelle.code}).",
    )
