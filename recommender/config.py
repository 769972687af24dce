"""Weights and limits of the recommendation, from TOML, with the hash that every answer carries."""

import hashlib
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveInt, ValidationError, model_validator

from recommender.parentes import digest
from referentiels.cellules import fold
from referentiels.errors import InvalidInputError

PAR_DEFAUT = Path(__file__).with_name("config.toml")

Part = Annotated[float, Field(ge=0, le=1)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Ponderation(_Section):
    """Default weight of each criterion."""

    souhait: NonNegativeFloat
    ensemble: NonNegativeFloat
    cas: NonNegativeFloat
    interets: NonNegativeFloat
    conditions: NonNegativeFloat
    competences: NonNegativeFloat
    paroles: NonNegativeFloat
    mobilites: NonNegativeFloat
    diplomes: NonNegativeFloat
    marche: NonNegativeFloat


class Demande(_Section):
    """Factors of the weight of one demand of a métier."""

    coeur_principale: NonNegativeFloat
    coeur_emergente: NonNegativeFloat
    savoir_faire: NonNegativeFloat
    transverse: NonNegativeFloat
    savoir_etre: NonNegativeFloat
    savoir: NonNegativeFloat


class Acquis(_Section):
    """Strength of what a person holds."""

    niveau: tuple[Part, Part, Part, Part]
    niveau_inconnu: float = Field(ge=0, le=1)
    emploi: float = Field(ge=0, le=1)
    stage: float = Field(ge=0, le=1)
    benevolat: float = Field(ge=0, le=1)
    vie_personnelle: float = Field(ge=0, le=1)
    annees_demi: float = Field(gt=0)
    annees_inconnues: NonNegativeFloat
    plancher_annees: float = Field(ge=0, le=1)
    hors_coeur: float = Field(ge=0, le=1)
    transferable: float = Field(ge=0, le=1)
    transferable_sens: float = Field(ge=0, le=1)
    proximite_minimum: float = Field(ge=0, lt=1)
    envie: float = Field(ge=1)
    sans_envie: float = Field(gt=0, le=1)
    demi: float = Field(gt=0)
    courbe: float = Field(gt=0, le=1)


class MobiliteConfig(_Section):
    """How official mobilities are valued."""

    pente: float = Field(ge=0, le=1)
    second_pas: float = Field(ge=0, le=1)
    carrefour: PositiveInt
    proches: PositiveInt
    puissance: float = Field(gt=0)
    depuis_proches: NonNegativeFloat


class ParoleConfig(_Section):
    """How much of the likeness between what the person wrote and a métier is kept."""

    competence: float = Field(ge=0, le=1)
    experience: float = Field(ge=0, le=1)
    geste: float = Field(ge=0, le=1)
    diplome: float = Field(ge=0, le=1)


class _Ecarts(_Section):
    """From how far above the mean of all métiers, in standard deviations, nearness counts, and counts in full."""

    seuil: NonNegativeFloat
    plafond: float = Field(gt=0)

    @model_validator(mode="after")
    def _check_bounds(self) -> Self:
        if self.plafond <= self.seuil:
            raise ValueError("le plafond dépasse le seuil.")
        return self


class EnsembleConfig(_Ecarts):
    """What is said as a whole, against all that is said of a métier."""

    experience: float = Field(ge=0, le=1)
    """Part of what was done, against what is wished for."""
    competence: float = Field(ge=0, le=1)
    diplome: float = Field(ge=0, le=1)


class CasConfig(_Ecarts):
    """What the cases written for Azimut lead to."""


class ParenteConfig(_Section):
    """What the kinship written for Azimut is worth, see `parentes`."""

    pente: float = Field(ge=0, le=1)
    carrefour: PositiveInt
    exerce: NonNegativeFloat
    facteur_minimum: float = Field(gt=0, le=1)
    """Factor (refusals, conditions to avoid, level) below which a métier gets no place by its kinship."""
    equilibre: float = Field(ge=0, le=1)
    """Part of the kinship beside that of the index, as exponents, in the first places."""
    equilibre_suite: float = Field(ge=0, le=1)


class InteretConfig(_Section):
    """How interests are matched."""

    majeur: NonNegativeFloat
    mineur: NonNegativeFloat
    centre_principal: float = Field(ge=0, le=1)
    centre_secondaire: float = Field(ge=0, le=1)
    part_centres: float = Field(ge=0, le=1)
    nomme: float = Field(ge=0, le=1)


class SouhaitConfig(_Section):
    """Through what a wish reaches a métier."""

    metier: float = Field(ge=0, le=1)
    centre_interet: float = Field(ge=0, le=1)
    secteur: float = Field(ge=0, le=1)
    secteur_secondaire: float = Field(ge=0, le=1)
    contexte: float = Field(ge=0, le=1)
    competence: float = Field(ge=0, le=1)
    voisin: float = Field(ge=0, le=1)
    domaine: float = Field(ge=0, le=1)


class ComprehensionConfig(_Section):
    """When free words are understood."""

    seuil_metier: float = Field(ge=0, le=1)
    seuil_competence: float = Field(ge=0, le=1)
    seuil_autre: float = Field(ge=0, le=1)
    seuil_diplome: float = Field(ge=0, le=1)
    seuil_exerce: float = Field(ge=0, le=1)
    """From which a wish names a métier already exercised, which then comes back in the list."""
    seuil_certain: float = Field(ge=0, le=1)
    """From which words set métiers aside: those that the person did, those of a condition to exclude."""
    competences_par_texte: PositiveInt
    tolerance: float = Field(ge=0, le=1)


class Liste(_Section):
    """Shape of the list."""

    ouverture_parmi: PositiveInt
    ouverture_minimum: int = Field(ge=0)
    domaines_parmi: PositiveInt
    domaines_minimum: int = Field(ge=0)
    famille_maximum: PositiveInt
    geste_minimum: float = Field(ge=0, le=1)
    partagees_minimum: PositiveInt
    ouverture_hors_souhait: float = Field(ge=0, le=1)
    decouvertes: int = Field(ge=0)
    meneurs: PositiveInt
    decouvertes_parmi: PositiveInt
    decouvertes_suite: int = Field(ge=0)
    penalite_evitee: float = Field(ge=0, lt=1)
    penalite_refus: float = Field(ge=0, lt=1)
    penalite_niveau: float = Field(ge=0, lt=1)
    niveaux_atteignables: float = Field(ge=0)

    @model_validator(mode="after")
    def _check_places(self) -> Self:
        if max(self.ouverture_minimum, self.decouvertes) >= self.ouverture_parmi:
            raise ValueError("des premières places restent à l'indice.")
        return self


class Config(_Section):
    """The whole configuration; round-trips through its TOML file."""

    ponderation: Ponderation
    demande: Demande
    acquis: Acquis
    parole: ParoleConfig
    mobilite: MobiliteConfig
    parente: ParenteConfig
    ensemble: EnsembleConfig
    cas: CasConfig
    interet: InteretConfig
    souhait: SouhaitConfig
    comprehension: ComprehensionConfig
    """With a search by words alone, whose scores are likenesses."""
    comprehension_sens: ComprehensionConfig
    """With a search by meaning too, whose scores are probabilities; it turns away foreign questions by itself."""
    liste: Liste
    qualites: dict[str, str]
    """Personal qualities in everyday words (folded), and those of the référentiel."""
    series: dict[str, str]
    """Series of the baccalauréat that the RNCP does not list (folded), and what they teach."""
    mots_courants: dict[str, str]
    """Everyday words and those of the référentiel that say the same, for tastes, secteurs and conditions."""

    @cached_property
    def courants(self) -> tuple[tuple[str, str, str], ...]:
        """Each everyday word as it is looked for, what it becomes, and that as it would already be there."""
        return tuple((f" {fold(mots)} ", ecrit, f" {fold(ecrit)} ") for mots, ecrit in self.mots_courants.items())

    @property
    def empreinte(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of all values and of the kinship written for Azimut."""
        return hashlib.sha256(f"{self.model_dump_json()}{digest()}".encode()).hexdigest()[:16]


def load_config(chemin: Path | None = None) -> Config:
    """Read the configuration.

    Args:
        chemin: A TOML file with every section; the one shipped with Azimut by default.

    Raises:
        InvalidInputError: The file is absent, is not TOML, or a value is missing, unknown or out of range.
    """
    fichier = chemin or PAR_DEFAUT
    try:
        return Config.model_validate(tomllib.loads(fichier.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInputError(f"configuration « {fichier.name} » illisible : {error}.") from error
    except ValidationError as error:
        premier = error.errors()[0]
        champ = ".".join(map(str, premier["loc"]))
        raise InvalidInputError(f"configuration « {fichier.name} », {champ} : valeur refusée.", champ=champ) from error
