"""The pages: a form and its answer, the cards of métiers and certifications, the documentation of the API."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from api.errors import TYPES
from api.lectures.demande import recommend_as_dict
from api.profils.profil import read_profile
from api.reponses.commun import Json, provenance_as_dict
from api.reponses.fiches import certification_as_dict, metier_as_dict
from api.service import Service
from api.v1.routes import loaded_service
from api.web.axes import axis_words
from api.web.chiffres import present_figures
from api.web.formulaire import (
    AUCUN,
    AUTO,
    MOTS,
    RAYONS,
    Erreur,
    Saisie,
    build_profile,
    check_commune,
    label_of,
    read_form,
)
from api.web.gabarits import render
from referentiels.cellules import fold
from referentiels.errors import UnknownCodeError
from referentiels.lieu import Lieu

PREMIERS = 5
LIMITE = 20
CORRIGEABLES = ("competences", "experiences")
GARDE = "public, max-age=300"
_TECHNIQUE = re.compile(r"\s*\((?:experiences|competences|interets|diplomes|contraintes|territoire)[\w.\[\]]*\)")

router = APIRouter(include_in_schema=False)
Moteur = Annotated[Service, Depends(loaded_service)]


@dataclass(frozen=True, slots=True)
class Question:
    """One reading to confirm or correct: its text, its options (value, words) and the one in force."""

    texte: str
    options: tuple[tuple[str, str], ...]
    choix: str


async def read_fields(request: Request) -> Mapping[str, str]:
    """The fields of a form, files left out."""
    formulaire = await request.form(max_files=0, max_fields=400)
    return {nom: valeur for nom, valeur in formulaire.items() if isinstance(valeur, str)}


@router.get("/")
def show_home(moteur: Moteur) -> Response:
    """The empty form."""
    provenance = provenance_as_dict(moteur.catalogue, moteur.recherche.version)
    return _page(Saisie(), (), None, (), provenance)


@router.post("/")
def show_answer(moteur: Moteur, champs: Annotated[Mapping[str, str], Depends(read_fields)]) -> Response:
    """The answer under the form; what was typed travels in the body, never in the address."""
    saisie, erreurs = read_form(champs)
    provenance = provenance_as_dict(moteur.catalogue, moteur.recherche.version)
    if erreurs:
        return _page(saisie, erreurs, None, (), provenance, statut=422)
    saisie, erreurs, lieux = check_commune(saisie, moteur.catalogue)
    schema = read_profile(build_profile(saisie, moteur.recherche, avec_commune=not erreurs))
    reponse = recommend_as_dict(moteur, schema, LIMITE)
    reponse["avertissements"] = [_TECHNIQUE.sub("", phrase) for phrase in reponse["avertissements"]]
    questions = _questions(saisie, reponse, moteur)
    return _page(saisie, erreurs, reponse, questions, reponse["provenance"], lieux=lieux)


@router.get("/metiers/{code_rome}")
def show_metier(moteur: Moteur, code_rome: str) -> Response:
    """The card of a métier."""
    fiche = moteur.catalogue.fiche(code_rome)
    provenance = provenance_as_dict(moteur.catalogue, moteur.recherche.version)
    chiffres = present_figures(moteur.catalogue.indicateurs(fiche.metier.code_rome))
    corps = metier_as_dict(fiche, provenance)
    return render("metier.html", cache=GARDE, metier=corps, chiffres=chiffres, provenance=provenance)


@router.get("/certifications/{code}")
def show_certification(moteur: Moteur, code: str) -> Response:
    """The card of a certification."""
    fiche = moteur.catalogue.certification(code)
    provenance = provenance_as_dict(moteur.catalogue, moteur.recherche.version)
    corps = certification_as_dict(fiche, provenance)
    return render("certification.html", cache=GARDE, certification=corps, provenance=provenance)


@router.get("/erreurs/{cle}")
def show_problem_type(cle: str) -> Response:
    """What a kind of problem means: the address that every problem carries."""
    if cle not in TYPES:
        raise UnknownCodeError("type d'erreur", cle[:40], tuple(TYPES))
    return render("type_probleme.html", cache=GARDE, nature=TYPES[cle])


@router.get("/docs")
def show_documentation(request: Request) -> Response:
    """The API in plain words, from its own contract; nothing is fetched elsewhere."""
    schema: dict[str, Any] = request.app.openapi()
    operations = [
        {"methode": methode.upper(), "chemin": chemin, **operation, "exemple": _example(operation)}
        for chemin, methodes in schema["paths"].items()
        for methode, operation in methodes.items()
    ]
    return render("docs.html", cache=GARDE, api=schema["info"], operations=operations, problemes=TYPES.values())


def _example(operation: dict[str, Any]) -> str | None:
    contenu = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    exemples = contenu.get("examples", {})
    premier = next(iter(exemples.values()), None)
    return json.dumps(premier["value"], ensure_ascii=False, indent=2) if premier else None


def _questions(saisie: Saisie, reponse: Json, moteur: Service) -> tuple[Question, ...]:
    """The readings of this answer, then the corrections in force that the engine had no reason to tell."""
    questions = []
    choisis = {fold(lecture.choix.removeprefix(MOTS)) for lecture in saisie.lectures.values()}
    for compris in reponse["compris"]:
        souhait = compris["champ"] == "souhait"
        if fold(compris["texte"]) in choisis or not (souhait or compris["champ"].startswith(CORRIGEABLES)):
            continue
        options = [(AUTO, compris["libelle"])]
        options += [(f"{MOTS}{a['libelle']}" if souhait else str(a["code"]), a["libelle"]) for a in compris["autres"]]
        questions.append(Question(compris["texte"], (*options, (AUCUN, "Rien de cela")), AUTO))
    dit = fold(f"{saisie.savoir} {saisie.parcours} {saisie.souhait}")
    posees = {fold(question.texte) for question in questions}
    for cle, lecture in saisie.lectures.items():
        if cle in posees or lecture.choix == AUTO or cle not in dit:
            continue
        libelle = label_of(lecture.choix, moteur.catalogue)
        choisi = ((lecture.choix, libelle),) if libelle else ()
        options = [*choisi, (AUTO, "Laisser Azimut comprendre"), (AUCUN, "Rien de cela")]
        choix = lecture.choix if libelle or lecture.choix == AUCUN else AUTO
        questions.append(Question(lecture.texte, tuple(options), choix))
    return tuple(questions)


def _page(
    saisie: Saisie,
    erreurs: tuple[Erreur, ...],
    reponse: Json | None,
    questions: tuple[Question, ...],
    provenance: Json,
    *,
    lieux: tuple[Lieu, ...] = (),
    statut: int = 200,
) -> Response:
    metiers = reponse["metiers"] if reponse else []
    return render(
        "accueil.html",
        statut=statut,
        saisie=saisie,
        erreurs=erreurs,
        fautes={erreur.champ: erreur.message for erreur in erreurs},
        reponse=reponse,
        axes=axis_words(metiers),
        premiers=metiers[:PREMIERS],
        suite=metiers[PREMIERS:],
        questions=questions,
        rayons=RAYONS,
        lieux=lieux,
        provenance=provenance,
    )
