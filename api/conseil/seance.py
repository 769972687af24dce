"""What a session holds: all that a person and a conseiller built together, and the profile that the engine reads."""

from datetime import date
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from recommender.questionnaire import Questionnaire, Reponse
from recommender.signals.base import AXES
from recommender.types import (
    CompetenceDeclaree,
    Contrainte,
    Diplome,
    Envie,
    Experience,
    Interets,
    ModeContrainte,
    NatureExperience,
    Profil,
    Territoire,
)
from referentiels.errors import InvalidInputError

VERSION: Final = 1
CONTENU_MAX = 256 * 1024
"""Bytes of a session as JSON: ten times what the longest one makes."""
RECIT_MAX = 2_000
ANNEES_MAX = 60
LISTE = 20
"""Métiers of a list that are kept with a version, so that the next time can be compared with it."""
PORTEE_MAX = 4
"""Métiers that can be compared at once."""
EtatCompetence = Literal["proposee", "confirmee", "refusee"]
OrigineCompetence = Literal["recit", "metier", "ajout", "fichier"]
"""Read in the words of an experience, demanded by its métier, added by hand, or from a file of the person."""
Qui = Literal["personne", "conseiller"]
Question = Literal["trouve", "clair"]
Avis = Literal["oui", "un_peu", "non"]
NATURES: tuple[NatureExperience, ...] = get_args(NatureExperience)
Rome = Annotated[str, StringConstraints(pattern=r"^[A-N]\d{4}$")]
Mots = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Texte = Annotated[str, StringConstraints(max_length=RECIT_MAX, strip_whitespace=True)]
Cle = Annotated[str, StringConstraints(pattern=r"^e\d{1,3}$")]
Ogr = Annotated[int, Field(ge=1, le=10**10)]


class _Forme(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ExperienceDite(_Forme):
    """Something the person did, paid or not, and their own account of it."""

    identifiant: Cle
    nature: NatureExperience
    titre: Mots
    recit: Texte = ""
    annees: Annotated[float, Field(ge=0, le=ANNEES_MAX)] | None = None
    code_rome: Rome | None = None
    """The métier that it is; None while the title leaves a doubt, or when it was no métier."""
    choisi: bool = False
    """Whether the métier, or that there was none, was said by hand rather than read in the title."""


class CompetenceDite(_Forme):
    """A compétence or savoir, what the person says of it, and where it comes from."""

    code: Ogr
    libelle: Mots
    etat: EtatCompetence
    origine: OrigineCompetence
    experience: Cle | None = None
    mots: Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)] = ""
    """The words of the person that say it."""
    niveau: Annotated[int, Field(ge=1, le=4)] | None = None
    envie: Envie = "indifferent"


class Gout(_Forme):
    """An answer to a question on tastes."""

    item: Annotated[str, StringConstraints(pattern=r"^[A-Z]\d{2}$")]
    valeur: Literal["oui", "plutot", "bof", "non", "je_ne_sais_pas"]


class Condition(_Forme):
    """A working condition wished for, to avoid or to exclude."""

    mode: ModeContrainte
    texte: Mots
    code: Ogr | None = None


class DiplomeDit(_Forme):
    """A diploma held: the number of its fiche when it was found, and its words."""

    texte: Mots
    numero: Annotated[str, StringConstraints(pattern=r"^(RNCP|RS)\d{1,6}$")] | None = None
    niveau: Annotated[int, Field(ge=1, le=8)] | None = None


class Lieu(_Forme):
    """Where the person looks."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9][0-9AB][0-9]{3}$")]
    nom: Mots
    rayon_km: Annotated[float, Field(ge=1, le=500)] = 30.0


class Ecarte(_Forme):
    """A métier set aside, and why: the reason is the person's, or the conseiller's."""

    code_rome: Rome
    motif: Mots
    cle: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,20}$")] = "autre"
    """Of the closed list of reasons that are counted, see `evenements.MESURES`."""


class Ajoute(_Forme):
    """A métier that the engine did not put forward."""

    code_rome: Rome
    par: Qui


class FormationRetenue(_Forme):
    """A formation kept for the path, as it was published that day."""

    identifiant: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    intitule: Annotated[str, StringConstraints(min_length=1, max_length=400)]
    organisme: Annotated[str, StringConstraints(max_length=300)] = ""
    commune: Annotated[str, StringConstraints(max_length=200)] = ""
    debut: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    certification: Annotated[str, StringConstraints(max_length=20)] = ""


class ParcoursChoisi(_Forme):
    """The way chosen to a métier."""

    code_rome: Rome
    certification: Annotated[str, StringConstraints(pattern=r"^(RNCP|RS)\d{1,6}$")] | None = None
    voie: Mots | None = None
    formations: tuple[FormationRetenue, ...] = Field(default=(), max_length=8)


class Etape(_Forme):
    """A next step: what, who, and by when."""

    quoi: Mots
    qui: Qui = "personne"
    pour_le: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    contact: Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)] = ""


class Seance(_Forme):
    """Everything built together so far; nothing in it is meant to tell who the person is."""

    v: Literal[1] = VERSION
    experiences: tuple[ExperienceDite, ...] = Field(default=(), max_length=20)
    competences: tuple[CompetenceDite, ...] = Field(default=(), max_length=200)
    gouts: tuple[Gout, ...] = Field(default=(), max_length=60)
    centres: tuple[Mots, ...] = Field(default=(), max_length=20)
    """Centres d'intérêt: a code of the référentiel, or words."""
    souhait: Texte = ""
    """What the person wants and does not want, in their words."""
    conditions: tuple[Condition, ...] = Field(default=(), max_length=30)
    diplomes: tuple[DiplomeDit, ...] = Field(default=(), max_length=10)
    lieu: Lieu | None = None
    contraintes: tuple[Mots, ...] = Field(default=(), max_length=12)
    """Real constraints (permit, hours, children…): told in the summary, never ranked on."""
    poids: dict[str, Annotated[float, Field(ge=0, le=10)]] = Field(default_factory=dict, max_length=12)
    epingles: tuple[Rome, ...] = Field(default=(), max_length=20)
    ecartes: tuple[Ecarte, ...] = Field(default=(), max_length=100)
    ajoutes: tuple[Ajoute, ...] = Field(default=(), max_length=20)
    parcours: ParcoursChoisi | None = None
    convenu: tuple[Mots, ...] = Field(default=(), max_length=12)
    etapes: tuple[Etape, ...] = Field(default=(), max_length=12)
    paroles: Texte = ""
    """The person's own words on where they stand, for the summary."""
    avis: dict[Question, Avis] = Field(default_factory=dict)
    avis_comptes: bool = False
    """Whether these answers were counted already: the end of another time does not count them again."""
    premiers: tuple[Rome, ...] = Field(default=(), max_length=LISTE)
    """The first métiers as they were shown with this version."""
    precedents: tuple[Rome, ...] = Field(default=(), max_length=LISTE)
    """The first métiers before the last change, so that the screen can say what moved."""
    dernier: Annotated[str, StringConstraints(max_length=64)] = ""
    """Fingerprint of the last form written: the same one sent twice is written once."""
    avant: "Seance | None" = None
    """The session as it was left the time before; kept here, however many versions have been made since."""
    avant_le: Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""

    @property
    def vide(self) -> bool:
        """Whether nothing was said that métiers can be compared with."""
        dits = (self.experiences, self.confirmees, self.gouts, self.centres, self.souhait, self.diplomes)
        return not any(dits)

    @property
    def confirmees(self) -> tuple[CompetenceDite, ...]:
        """What the person says they can do."""
        return tuple(c for c in self.competences if c.etat == "confirmee")

    @property
    def refusees(self) -> frozenset[int]:
        """Codes of what the person says is not theirs."""
        return frozenset(c.code for c in self.competences if c.etat == "refusee")

    @property
    def gardes(self) -> tuple[Rome, ...]:
        """The métiers that the person leaves with: pinned, then added."""
        return tuple(dict.fromkeys((*self.epingles, *(a.code_rome for a in self.ajoutes))))

    def take_up(self, le: date) -> "Seance":
        """The same at the beginning of another time: what it was is kept beside, to be compared with.

        Args:
            le: The day it was left.
        """
        seule = self.model_copy(update={"avant": None, "avant_le": "", "precedents": (), "dernier": ""})
        return self.change(avant=seule, avant_le=le.isoformat(), precedents=())

    def answers(self, questionnaire: Questionnaire) -> list[Reponse]:
        """The answers on tastes, in the order given; those to questions of another day are left out."""
        posees = {item.identifiant for item in questionnaire.items}
        derniers = {gout.item: gout.valeur for gout in self.gouts if gout.item in posees}
        return [Reponse(item, valeur) for item, valeur in derniers.items()]

    def change(self, **champs: object) -> "Seance":
        """The same with some fields changed, checked again.

        Raises:
            InvalidInputError: A value is out of bounds; names the field.
        """
        try:
            return Seance.model_validate({nom: getattr(self, nom) for nom in type(self).model_fields} | champs)
        except ValidationError as error:
            raise refuse(error) from None

    def to_profile(self, questionnaire: Questionnaire) -> Profil:
        """The profile as the engine reads it: notes, constraints of life and words for the summary stay out of it.

        Args:
            questionnaire: Reads the answers on tastes.
        """
        reponses = self.answers(questionnaire)
        return Profil(
            souhait=self.souhait,
            experiences=tuple(_experience(e) for e in self.experiences if e.code_rome),
            competences=tuple(
                CompetenceDeclaree(code=c.code, texte=c.mots or c.libelle, niveau=c.niveau, envie=c.envie)
                for c in self.confirmees
            ),
            interets=Interets(questionnaire.estimate(reponses).riasec if reponses else {}, self.centres),
            diplomes=tuple(Diplome(code=d.numero, texte=d.texte, niveau=d.niveau) for d in self.diplomes),
            territoire=Territoire(self.lieu.code, self.lieu.rayon_km) if self.lieu else None,
            contraintes=tuple(Contrainte(c.mode, c.code, c.texte) for c in self.conditions),
            exclusions=tuple(e.code_rome for e in self.ecartes),
            ponderation={critere: poids for critere, poids in self.poids.items() if critere in AXES},
            refusees=tuple(sorted(self.refusees)),
        )

    def as_json(self) -> str:
        """The session as it is stored.

        Raises:
            InvalidInputError: It grew beyond what a session may hold.
        """
        texte = self.model_dump_json(exclude_defaults=True)
        if len(texte.encode()) > CONTENU_MAX:
            raise InvalidInputError("cette séance est trop longue : gardez l'essentiel.", champ="contenu")
        return texte


def _experience(dite: ExperienceDite) -> Experience:
    """A title that names a métier surely is read again by the engine: its words count too, paid or not.

    For who has no job to tell, the words of what they do at home or for others are most of what there is to compare. A
    métier chosen by hand is taken alone: the words did not name it.
    """
    if dite.choisi:
        return Experience(code_rome=dite.code_rome, annees=dite.annees, nature=dite.nature)
    return Experience(texte=dite.titre, annees=dite.annees, nature=dite.nature)


def read_seance(contenu: str) -> Seance:
    """A session from its JSON; an empty text is a session that begins.

    Raises:
        InvalidInputError: It is too long, or was written by something else.
    """
    if not contenu:
        return Seance()
    try:
        return Seance.model_validate_json(contenu if len(contenu) <= CONTENU_MAX else "")
    except ValidationError:
        raise InvalidInputError("cette séance ne peut pas être relue.", champ="contenu") from None


def refuse(error: ValidationError) -> InvalidInputError:
    """Why something said cannot be kept, by the first of its fields at fault."""
    champ = str(error.errors()[0]["loc"][0])
    return InvalidInputError("c'est trop long, trop à la fois, ou ce n'est pas ce qui est attendu.", champ=champ)


def read_day(texte: str) -> str | None:
    """A day of a form (`2026-12-01`); None when it says nothing that is a day."""
    try:
        return date.fromisoformat(texte.strip()).isoformat()
    except ValueError:
        return None


def as_members(seance: Seance) -> dict[str, Any]:
    """What was said, and nothing of what was not; for the export of a dossier."""
    return seance.model_dump(mode="json", exclude_defaults=True)
