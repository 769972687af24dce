"""Everything that can be done in a session, by name: what it does, and how the history tells it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from api.conseil import gestes_pistes as pistes
from api.conseil import gestes_profil as profil
from api.conseil.gestes_profil import Champs
from api.conseil.seance import Seance, refuse
from api.conseil.tenues import Rangee
from api.service import Service
from referentiels.errors import InvalidInputError

Faire = Callable[[Seance, Champs, Service], Seance]
Ranger = Callable[[Seance], Rangee]


@dataclass(frozen=True, slots=True)
class Geste:
    """One thing that can be done, and its name in the history."""

    faire: Faire
    motif: str


GESTES: Mapping[str, Geste] = {
    "experience": Geste(profil.add_experience, "expérience ajoutée"),
    "experience-changer": Geste(profil.change_experience, "expérience précisée"),
    "experience-metier": Geste(profil.choose_metier, "métier d'une expérience choisi"),
    "experience-retirer": Geste(profil.remove_experience, "expérience retirée"),
    "competence": Geste(profil.answer_competence, "réponse sur une compétence notée"),
    "competences": Geste(profil.confirm_all, "réponses sur des compétences notées"),
    "competence-ajouter": Geste(profil.add_competence, "compétence ajoutée à la main"),
    "gout": Geste(profil.answer_taste, "réponse sur les goûts notée"),
    "gouts-oublier": Geste(profil.forget_tastes, "goûts repris à zéro"),
    "centre": Geste(profil.add_centre, "centre d'intérêt ajouté"),
    "centre-retirer": Geste(profil.remove_centre, "centre d'intérêt retiré"),
    "souhait": Geste(profil.say_wish, "souhaits et refus enregistrés"),
    "condition": Geste(profil.add_condition, "condition de travail ajoutée"),
    "condition-retirer": Geste(profil.remove_condition, "condition de travail retirée"),
    "diplome": Geste(profil.add_diplome, "diplôme ajouté"),
    "diplome-retirer": Geste(profil.remove_diplome, "diplôme retiré"),
    "lieu": Geste(profil.say_place, "lieu de recherche enregistré"),
    "contrainte": Geste(profil.add_constraint, "contrainte ajoutée"),
    "contrainte-retirer": Geste(profil.remove_constraint, "contrainte retirée"),
    "poids": Geste(pistes.weigh_together, "poids des critères changés"),
    "epingler": Geste(pistes.pin, "métier épinglé"),
    "desepingler": Geste(pistes.unpin, "métier désépinglé"),
    "ecarter": Geste(pistes.set_aside, "métier écarté"),
    "remettre": Geste(pistes.put_back, "métier remis"),
    "metier-ajouter": Geste(pistes.add_metier, "métier ajouté"),
    "metier-retirer": Geste(pistes.remove_metier, "métier ajouté retiré"),
    "parcours": Geste(pistes.choose_way, "parcours choisi"),
    "parcours-oublier": Geste(pistes.forget_way, "parcours laissé"),
    "formation": Geste(pistes.keep_formation, "formation retenue ou laissée"),
    "convenu": Geste(pistes.agree, "chose convenue ajoutée"),
    "convenu-retirer": Geste(pistes.disagree, "chose convenue retirée"),
    "etape": Geste(pistes.plan_step, "prochain pas ajouté"),
    "etape-retirer": Geste(pistes.remove_step, "prochain pas retiré"),
    "paroles": Geste(pistes.say_words, "mots de la personne enregistrés"),
    "avis": Geste(pistes.give_opinion, "réponses aux deux questions notées"),
}


@dataclass(frozen=True, slots=True)
class Fait:
    """What a gesture made: the session after it, and what the engine makes of its profile."""

    seance: Seance
    rangee: Rangee


def perform(nom: str, seance: Seance, champs: Champs, moteur: Service, rank: Ranger) -> Fait:
    """Do one thing, and see what becomes of the list.

    Args:
        nom: A key of `GESTES`.
        seance: As it is.
        champs: Of the form.
        moteur: The engine.
        rank: What the engine makes of a session, see `Tenues.rank`.

    Raises:
        InvalidInputError: There is no such gesture, or a field says nothing that can be used; names it.
        UnknownCodeError: A code is not of the catalogue.
    """
    geste = GESTES.get(nom)
    if geste is None:
        raise InvalidInputError("ce geste est inconnu.", champ="geste")
    try:
        nouvelle = geste.faire(seance, champs, moteur)
    except ValidationError as error:
        raise refuse(error) from None
    rangee = rank(nouvelle)
    codes = tuple(moteur.recommender.matrices.codes[rang] for rang in rangee.rangs)
    if codes == seance.premiers:
        return Fait(nouvelle.change(precedents=()), rangee)
    return Fait(nouvelle.change(premiers=codes, precedents=seance.premiers), rangee)
