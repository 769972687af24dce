"""« Ce que je sais faire » and « ce que j'aime »: what a sentence, pictures and questions teach."""

from dataclasses import replace
from typing import Any, get_args

from api.web.widget.contexte import Contexte, Issue, Page, Suite, questionnaire
from api.web.widget.entrees import INCONNU, open_door
from api.web.widget.etat import Declaree, Etat, Gout, Valeur
from api.web.widget.textes import load_groups
from referentiels.types import CodeOgr

TEXTE_MAX = 600
VALEURS: tuple[Valeur, ...] = get_args(Valeur)
COMPETENCES_MAX = 60
ASSEZ = 4
"""Answers from which the person may look at métiers; the result says how early it is."""


def show_abilities(ctx: Contexte) -> Issue:
    """« Que savez-vous faire ? »: a sentence, or one of the two other ways."""
    if INCONNU in ctx.champs or "images" in ctx.champs:
        return show_groups(replace(ctx, champs={}))
    if "savoir" not in ctx.champs:
        return _ask_abilities(ctx)
    texte = ctx.text("savoir", TEXTE_MAX)
    if not texte:
        return _ask_abilities(ctx, erreur=ctx.textes["savoir"]["vide"])
    lues = ctx.moteur.extracteur.read(texte)
    if not lues.competences:
        return _ask_abilities(ctx, texte, ctx.textes["savoir"]["absent"])
    return _ask_confirmation(ctx, lues.competences, lues.non_reconnus)


def _ask_abilities(ctx: Contexte, texte: str = "", erreur: str = "") -> Page:
    return Page("savoir", ctx.etat, 3, "portes", erreur, 422 if erreur else 200, {"texte": texte})


def _ask_confirmation(ctx: Contexte, trouvees: Any, perdus: Any = (), erreur: str = "") -> Page:
    valeurs = {"trouvees": trouvees, "perdus": perdus}
    return Page("confirmer", ctx.etat, 4, "savoir", erreur, 422 if erreur else 200, valeurs)


def show_confirmation(ctx: Contexte) -> Issue:
    """What the person keeps of what was read; then the list, or another sentence."""
    connues = ctx.moteur.catalogue.competences
    dites, gardees = [], set()
    for nom, valeur in ctx.champs.items():
        if nom.startswith("c-") and valeur.isdigit() and (lue := connues.get(CodeOgr(int(valeur)))):
            # Their own words go with the first reading that they keep of them: they say more than its label.
            rang = nom.split("-")[1]
            mots = " ".join(ctx.champs.get(f"d-{rang}", "").split()) if rang not in gardees else ""
            gardees.add(rang)
            dites.append(Declaree(code=lue.code_ogr, texte=(mots or lue.libelle)[:200]))
    etat = _with_abilities(ctx.etat, dites)
    if ctx.champs.get("suite") == "ajouter" or not etat.competences:
        erreur = "" if ctx.champs.get("suite") == "ajouter" else ctx.textes["confirmer"]["rien"]
        return _ask_abilities(replace(ctx, etat=etat), erreur=erreur)
    return Suite("resultats", etat)


def show_groups(ctx: Contexte) -> Issue:
    """Groups of gestures in pictures."""
    if INCONNU in ctx.champs:
        return open_door(ctx, "interets")
    return Page("groupes", ctx.etat, 3, "savoir", valeurs={"groupes": load_groups()})


def show_gestures(ctx: Contexte) -> Issue:
    """The gestures of a group, to tick; unticking one that was said takes it back."""
    groupe = next((g for g in load_groups() if g["cle"] == ctx.champs.get("groupe")), None)
    if groupe is None:
        return show_groups(replace(ctx, champs={}))
    siens = [declare_gesture(ctx, geste) for geste in groupe["gestes"]]
    suite = ctx.champs.get("suite")
    if suite is None and INCONNU not in ctx.champs:
        return _ask_gestures(ctx, groupe, siens)
    coches = [dite for rang, dite in enumerate(siens) if f"g-{rang}" in ctx.champs]
    autres = tuple(c for c in ctx.etat.competences if c not in siens)
    etat = _with_abilities(ctx.etat.change(competences=autres), coches)
    if suite == "autre" or INCONNU in ctx.champs:
        return show_groups(replace(ctx, etat=etat, champs={}))
    if not etat.competences:
        return _ask_gestures(replace(ctx, etat=etat), groupe, siens, ctx.textes["gestes"]["rien"])
    return Suite("resultats", etat)


def declare_gesture(ctx: Contexte, geste: dict[str, Any]) -> Declaree:
    """A gesture as a compétence of the catalogue, or in its own words where the catalogue lacks it."""
    connue = CodeOgr(geste["code"]) in ctx.moteur.catalogue.competences
    return Declaree(code=geste["code"] if connue else None, texte=geste["dit"])


def _ask_gestures(ctx: Contexte, groupe: Any, siens: list[Declaree], erreur: str = "") -> Page:
    valeurs = {"groupe": groupe, "coches": [dite in ctx.etat.competences for dite in siens]}
    return Page("gestes", ctx.etat, 4, "groupes", erreur, 422 if erreur else 200, valeurs)


def _with_abilities(etat: Etat, dites: list[Declaree]) -> Etat:
    toutes = {(c.code, c.texte if c.code is None else ""): c for c in (*etat.competences, *dites)}
    return etat.change(competences=tuple(toutes.values())[-COMPETENCES_MAX:])


def show_tastes(ctx: Contexte) -> Issue:
    """The next question on tastes; « retour » takes the last answer back, and enough answers lead to the list."""
    etat = ctx.etat
    if "reculer" in ctx.champs:
        if not etat.gouts:
            return Suite("portes", etat)
        etat = etat.change(gouts=etat.gouts[:-1])
    elif (dit := _read_answer(ctx)) is not None:
        etat = etat.change(gouts=(*(g for g in etat.gouts if g.item != dit.item), dit))
    question = questionnaire().next_item(etat.answers())
    if question is None or ("pistes" in ctx.champs and etat.gouts):
        return Suite("resultats", etat)
    valeurs = {"question": question, "valeurs": questionnaire().valeurs, "rang": len(etat.gouts) + 1}
    return Page("gouts", etat, 3, "gouts", valeurs={**valeurs, "assez": len(etat.gouts) >= ASSEZ})


def _read_answer(ctx: Contexte) -> Gout | None:
    """The answer that was sent, when it is one of ours to a question of ours."""
    item = next((i.identifiant for i in questionnaire().items if i.identifiant == ctx.champs.get("item")), None)
    valeur = next((v for v in VALEURS if v == ctx.champs.get("valeur")), None)
    return Gout(item=item, valeur=valeur) if item and valeur else None
