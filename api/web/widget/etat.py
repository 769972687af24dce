"""What a person said along the path: it travels in their own forms, and is kept nowhere else."""

import base64
import json
import zlib
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from recommender.questionnaire import Reponse
from recommender.types import CompetenceDeclaree, Diplome, Experience, Interets, Profil, Territoire
from referentiels.errors import InvalidInputError

VERSION: Final = 1
CLAIR_MAX = 32 * 1024
"""Bytes of a state once unpacked: ten times what the longest path makes."""
CODE_MAX = 24 * 1024
RAYON_KM = 30.0
Porte = Literal["metier", "secteur", "formation", "competences", "interets"]
Situation = Literal["eleve", "jeune", "travail", "recherche", "autre"]
Lettre = Literal["R", "I", "A", "S", "E", "C"]
Valeur = Literal["oui", "plutot", "bof", "non", "je_ne_sais_pas"]
CodeRomeDit = Annotated[str, StringConstraints(pattern=r"^[A-N]\d{4}$")]
Mots = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class _Forme(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Lieu(_Forme):
    """Where the person looks: the INSEE code of a commune, or of a département when they said no more."""

    nature: Literal["commune", "departement"]
    code: Annotated[str, StringConstraints(pattern=r"^[0-9][0-9AB][0-9]{0,3}$")]
    nom: Mots


class Declaree(_Forme):
    """Something that the person can do: a compétence of the référentiel, or their own words."""

    code: Annotated[int, Field(ge=1, le=10**10)] | None = None
    texte: Mots


class DiplomeDit(_Forme):
    """A diploma, by the number of its fiche."""

    numero: Annotated[str, StringConstraints(pattern=r"^(RNCP|RS)\d{1,6}$")]
    nom: Mots
    niveau: Annotated[int, Field(ge=1, le=8)] | None = None


class Gout(_Forme):
    """An answer to a question on tastes."""

    item: Annotated[str, StringConstraints(pattern=r"^[A-Z]\d{2}$")]
    valeur: Valeur


class Etat(_Forme):
    """Everything said so far; nothing in it tells who the person is."""

    v: Literal[1] = VERSION
    """Always written, so that a later version knows what it reads."""
    lieu: Lieu | None = None
    lieu_inconnu: bool = False
    """The person does not know yet: they are not asked again."""
    porte: Porte | None = None
    envies: tuple[CodeRomeDit, ...] = Field(default=(), max_length=5)
    """Métiers that attract."""
    exerces: tuple[CodeRomeDit, ...] = Field(default=(), max_length=10)
    secteur: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,8}$")] | None = None
    penchant: Lettre | None = None
    """What they would rather do in that secteur."""
    diplomes: tuple[DiplomeDit, ...] = Field(default=(), max_length=10)
    competences: tuple[Declaree, ...] = Field(default=(), max_length=80)
    gouts: tuple[Gout, ...] = Field(default=(), max_length=60)
    exclus: tuple[CodeRomeDit, ...] = Field(default=(), max_length=200)
    gardes: tuple[CodeRomeDit, ...] = Field(default=(), max_length=30)
    situation: Situation | None = None
    recrute: bool = False
    """The person asked that labour demand count; off unless they do."""

    @property
    def vide(self) -> bool:
        """Whether nothing was said that métiers can be compared with."""
        dits = (self.envies, self.exerces, self.secteur, self.diplomes, self.competences, self.gouts, self.penchant)
        return not any(dits)

    def change(self, **champs: object) -> "Etat":
        """The same with some fields changed, checked again.

        Raises:
            InvalidInputError: A value is out of bounds: too many things were said.
        """
        try:
            return Etat.model_validate({**self._members(), **champs})
        except ValidationError:
            raise InvalidInputError("c'est trop à la fois : gardez l'essentiel.", champ="etat") from None

    def answers(self) -> list[Reponse]:
        """The answers on tastes, in the order given."""
        return [Reponse(gout.item, gout.valeur) for gout in self.gouts]

    def to_profile(self, souhait: str, riasec: dict[str, float]) -> Profil:
        """The profile as the engine reads it.

        Args:
            souhait: What is wished for, in the words of the référentiel.
            riasec: What the answers on tastes say.
        """
        lieu = self.lieu.code if self.lieu is not None and self.lieu.nature == "commune" else None
        return Profil(
            souhait=souhait,
            experiences=tuple(Experience(code_rome=code) for code in self.exerces),
            competences=tuple(CompetenceDeclaree(code=c.code, texte=c.texte) for c in self.competences),
            interets=Interets(riasec=riasec),
            diplomes=tuple(Diplome(code=d.numero, texte=d.nom, niveau=d.niveau) for d in self.diplomes),
            territoire=Territoire(lieu, RAYON_KM) if lieu else None,
            exclusions=self.exclus,
            ponderation={"marche": 1.0} if self.recrute else {},
        )

    def pack(self) -> str:
        """The state as a hidden field carries it."""
        clair = json.dumps(self.as_dict(), ensure_ascii=False, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(zlib.compress(clair, 9)).decode()

    def as_dict(self) -> dict[str, Any]:
        """What was said, and nothing of what was not."""
        return {"v": self.v, **self.model_dump(mode="json", exclude_defaults=True)}

    def _members(self) -> dict[str, object]:
        return {nom: getattr(self, nom) for nom in type(self).model_fields}


def unpack(code: str) -> Etat:
    """The state of a hidden field; a new one when there is none.

    Raises:
        InvalidInputError: It was cut, changed or made by something else.
    """
    if not code:
        return Etat()
    lecteur = zlib.decompressobj()
    try:
        clair = lecteur.decompress(base64.urlsafe_b64decode(code[:CODE_MAX].encode("ascii")), CLAIR_MAX)
    except (ValueError, zlib.error):  # an error of base64 is a ValueError
        clair = b""
    # What was cut, or unpacks to more than any path, does not come to its end.
    return read_state(clair if lecteur.eof else b"")


def read_state(clair: bytes | str) -> Etat:
    """A state from its JSON; same error as `unpack`."""
    try:
        return Etat.model_validate_json(clair)
    except ValidationError:
        raise InvalidInputError("ce chemin ne peut pas être relu : reprenez au début.", champ="etat") from None
