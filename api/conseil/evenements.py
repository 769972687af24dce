"""What sessions count for in the figures: closed lists of values, by month and structure, and nobody in them."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.conseil.coffre import Coffre
from api.persistence.tables_dossiers import LigneDossier, LigneEvenement
from recommender.couverture import VOIES
from referentiels.errors import InvalidInputError
from referentiels.types import Voie

Bilan = Mapping[str, Mapping[str, int]]
"""What a whole session shows now: for each measure, how many times each of its values."""
Comptes = dict[tuple[str, str], int]
NOMBRE_MAX = 100
"""Of one value in one session: none weighs more than others by what it does again and again."""
SEANCES = ("seances", "ouverte")
K = 11
"""Sessions below which nothing is told apart, nor a period closed."""
_OUI_NON = {"oui": "Oui", "non": "Non"}
_AVIS = {"oui": "Oui", "un_peu": "Un peu", "non": "Non"}
_NOMS_VOIES: Mapping[Voie, str] = {
    "scolaire": "Scolaire", "apprentissage": "Apprentissage", "continue": "Formation continue",
    "contrat_professionnalisation": "Contrat de professionnalisation", "vae": "VAE",
    "candidature_individuelle": "Candidature individuelle",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mesure:
    """Something counted."""

    titre: str
    unite: str
    valeurs: Mapping[str, str]
    """What each value is called; empty when `forme` says which there are."""
    forme: str = "(?!)"
    unique: bool = True
    """Whether a session shows one value at most, and is counted; otherwise times are."""


MESURES: Mapping[str, Mesure] = {
    "entree": Mesure(
        "Entrées choisies", "séances",
        {"metier": "Un métier", "secteur": "Un secteur", "formation": "Une formation ou un diplôme",
         "competences": "Des compétences", "interets": "Des centres d'intérêt"},
    ),
    "sans_resultat": Mesure("Séances sans résultat", "séances", _OUI_NON),
    "territoire": Mesure("Territoires", "séances", {}, r"\d{2}|2[AB]|97\d"),
    "voie": Mesure(
        "Voies d'accès des métiers montrés", "fois", {v: _NOMS_VOIES[v] for v in VOIES}, unique=False
    ),
    "domaine": Mesure("Domaines des métiers montrés", "fois", {}, r"[A-N]", unique=False),
    "femmes": Mesure(
        "Part de femmes des métiers montrés", "fois",
        {"1": "Moins de 25 %", "2": "De 25 à 50 %", "3": "De 50 à 75 %", "4": "75 % et plus",
         "inconnue": "Non renseignée"},
        unique=False,
    ),
    "epingles": Mesure("Métiers épinglés", "fois", {"metier": "Métiers épinglés"}, unique=False),
    "ecarts": Mesure(
        "Métiers mis à l'écart, par motif", "fois",
        {"envie": "N'en a pas envie", "connu": "Déjà exercé ou connu", "sante": "Santé", "horaires": "Horaires",
         "lieu": "Lieu ou déplacements", "acces": "Formation ou accès", "salaire": "Rémunération",
         "debouches": "Débouchés", "autre": "Autre motif"},
        unique=False,
    ),
    "ajouts": Mesure(
        "Métiers ajoutés, que le moteur n'avait pas proposés", "fois",
        {"personne": "Par la personne", "conseiller": "Par la conseillère ou le conseiller"}, unique=False,
    ),
    "trouve": Mesure("« Avez-vous trouvé une piste ? »", "séances", _AVIS),
    "clair": Mesure("« Est-ce clair ? »", "séances", _AVIS),
}  # fmt: skip


def read_bilan(bilan: Bilan) -> Comptes:
    """What a session counts for; itself once, whatever it shows.

    Raises:
        InvalidInputError: A measure or a value that is not of the closed lists, or two where one is allowed.
    """
    comptes: Comptes = {SEANCES: 1}
    for cle, valeurs in bilan.items():
        mesure = MESURES.get(cle)
        if mesure is None:
            raise InvalidInputError(f"« {cle} » n'est pas une mesure.", champ="bilan")
        vues = {valeur: min(nombre, NOMBRE_MAX) for valeur, nombre in valeurs.items() if nombre > 0}
        for valeur in vues:
            if valeur not in mesure.valeurs and not re.fullmatch(mesure.forme, valeur):
                raise InvalidInputError(f"« {valeur} » n'est pas une valeur de « {cle} ».", champ="bilan")
        if mesure.unique and (len(vues) > 1 or any(nombre > 1 for nombre in vues.values())):
            raise InvalidInputError(f"une séance n'a qu'une valeur de « {cle} ».", champ="bilan")
        comptes.update({(cle, valeur): nombre for valeur, nombre in vues.items()})
    return comptes


def tally(session: Session, coffre: Coffre, ligne: LigneDossier, apres: Comptes, jour: date) -> None:
    """Make a dossier count for what it shows now, in the place of what it counted for in the period that goes on.

    Args:
        session: Where the dossier is locked.
        coffre: Seals what the dossier counts for, which tells of one person.
        ligne: The dossier.
        apres: What it shows; empty to count for nothing any more.
        jour: Today; the figures of periods that are over stay as they are.

    Raises:
        CoffreError: What it counted for cannot be read.
    """
    mois = jour.replace(day=1)
    place = (ligne.identifiant, "comptes")
    tenu: dict[str, Any] = json.loads(coffre.unseal(ligne.comptes, *place)) if ligne.comptes else {}
    deltas: Counter[tuple[date, tuple[str, str]]] = Counter()
    fois: Counter[tuple[date, tuple[str, str]]] = Counter()
    quand = date.fromisoformat(tenu["mois"]) if tenu else mois
    if tenu and quand >= _open_since(session, ligne.structure, mois):
        for mesure, valeur, nombre in tenu["comptes"]:
            deltas[quand, (mesure, valeur)] -= 1
            fois[quand, (mesure, valeur)] -= nombre
    for cle, nombre in apres.items():
        deltas[mois, cle] += 1
        fois[mois, cle] += nombre
    for le, cle in sorted(deltas):  # two sessions never cross
        if deltas[le, cle] or fois[le, cle]:
            _add(session, ligne.structure, le, cle, deltas[le, cle], fois[le, cle])
    contenu = {"mois": mois.isoformat(), "comptes": [[*cle, nombre] for cle, nombre in sorted(apres.items())]}
    ligne.comptes = coffre.seal(json.dumps(contenu), *place) if apres else None


def _open_since(session: Session, structure: str, mois: date) -> date:
    """The first month of the period that is not closed, hence shown to nobody; this month when there is none before.

    A dossier that comes back within it counts once there, by what it shows at last: one person who comes every month
    never makes a period alone.
    """
    passes = session.execute(
        select(LigneEvenement.mois, LigneEvenement.seances)
        .where(
            LigneEvenement.structure == structure,
            LigneEvenement.mesure == SEANCES[0],
            LigneEvenement.valeur == SEANCES[1],
            LigneEvenement.mois < mois,
        )
        .order_by(LigneEvenement.mois)
    )
    debut: date | None = None
    cumul = 0
    for quand, seances in passes:
        debut, cumul = debut or quand, cumul + seances
        if cumul >= K:
            debut, cumul = None, 0
    return debut or mois


def _add(session: Session, structure: str, mois: date, cle: tuple[str, str], seances: int, nombre: int) -> None:
    inserer = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert
    ligne = inserer(LigneEvenement).values(
        mois=mois, structure=structure, mesure=cle[0], valeur=cle[1], seances=seances, nombre=nombre
    )
    session.execute(
        ligne.on_conflict_do_update(
            index_elements=[
                LigneEvenement.mois, LigneEvenement.structure, LigneEvenement.mesure, LigneEvenement.valeur
            ],
            set_={"seances": LigneEvenement.seances + seances, "nombre": LigneEvenement.nombre + nombre},
        )
    )  # fmt: skip
