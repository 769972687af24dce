"""The screen of the list, and what the person does with it: keep, set aside, see more, make it their own."""

from dataclasses import replace
from typing import Any

from api.web.chiffres import format_number
from api.web.widget.cartes import write_cards
from api.web.widget.contexte import Contexte, Issue, Page, questionnaire
from api.web.widget.etat import Etat
from api.web.widget.pistes import PLUS, PREMIERS, TOUS, find_leads
from referentiels.types import CodeRome, Secteur

VUES = {"": PREMIERS, "plus": PLUS, "tous": PREMIERS}
GARDES_MAX = 30
_NET, _ASSEZ = 0.5, 0.7


def show_leads(ctx: Contexte) -> Issue:
    """The list, after whatever the person did to it."""
    etat, nouvelle = _act(ctx)
    ctx = replace(ctx, etat=etat)
    vue = ctx.champs.get("voir", "") if ctx.champs.get("voir") in VUES else ""
    pistes = find_leads(ctx, VUES[vue])
    formations = ctx.moteur.guide.near(pistes.profil, pistes.recommandation, ctx.jour)
    cartes = write_cards(ctx, pistes.recommandation.metiers, formations, pistes.inattendus)
    metiers = ctx.moteur.catalogue.metiers
    valeurs = {
        "proches": [c for c in cartes if c.code not in pistes.inattendus],
        "surprises": [c for c in cartes if c.code in pistes.inattendus],
        "egalite": pistes.egalite,
        "evalues": format_number(pistes.recommandation.nombre_evalues),
        "total": len(pistes.rangs),
        "tous": [metiers[code] for code in pistes.rangs[:TOUS]] if vue == "tous" else [],
        "voir": vue,
        "nouvelle": nouvelle,
        "gardes": [metiers[CodeRome(code)] for code in etat.gardes],
        "ecartes": [metiers[CodeRome(code)] for code in etat.exclus],
        "gouts": tell_tastes(ctx),
        "dits": tell_said(ctx),
    }
    return Page("resultats", etat, 5, _before(etat), valeurs=valeurs)


def _before(etat: Etat) -> str:
    """The last question asked."""
    derniers = {"metier": "metier", "secteur": "penchant", "formation": "formation", "competences": "savoir"}
    return "gouts" if etat.porte == "interets" else derniers.get(etat.porte or "", "portes")


def _act(ctx: Contexte) -> tuple[Etat, tuple[str, str, str] | None]:
    """The state after what was asked of the list, and what to say of it: words, the name, the code."""
    etat, metiers = ctx.etat, ctx.moteur.catalogue.metiers
    gestes = ("garder", "ecarter", "remettre", "retirer")
    fait = next(((g, c) for g in gestes if (c := ctx.champs.get(g, "")) and CodeRome(c) in metiers), None)
    if "recrute" in ctx.champs:
        return etat.change(recrute=ctx.champs["recrute"] == "oui"), None
    if "oublier" in ctx.champs:
        return _forget(etat, ctx.champs["oublier"]), ("oublie", "", "")
    if fait is None:
        return etat, None
    geste, code = fait
    autres = tuple(c for c in etat.gardes if c != code)
    exclus = tuple(c for c in etat.exclus if c != code)
    if geste == "garder":
        etat = etat.change(gardes=(*autres, code)[-GARDES_MAX:], exclus=exclus)
    elif geste == "ecarter":
        etat = etat.change(exclus=(*exclus, code)[-200:], gardes=autres)
    elif geste == "remettre":
        etat = etat.change(exclus=exclus)
    else:
        etat = etat.change(gardes=autres)
    mots = {"garder": "garde", "ecarter": "ecarte", "remettre": "remis", "retirer": "retire"}[geste]
    return etat, (mots, metiers[CodeRome(code)].intitule, code)


def tell_said(ctx: Contexte) -> list[tuple[str, str]]:
    """What the person said, each thing with the key that takes it back; the place is told apart."""
    catalogue, etat = ctx.moteur.catalogue, ctx.etat
    codes = dict.fromkeys((*etat.exerces, *etat.envies))
    dits = [(f"m:{code}", catalogue.metiers[CodeRome(code)].intitule) for code in codes]
    dits += [("s:", s.libelle) for s in (catalogue.select(Secteur, code=etat.secteur) if etat.secteur else ())]
    dits += [("p:", ctx.textes["lettres"][etat.penchant])] if etat.penchant else []
    dits += [(f"d:{d.numero}", d.nom) for d in etat.diplomes]
    dits += [(f"c:{c.code or c.texte}", c.texte) for c in etat.competences]
    return dits + ([("g:", ctx.textes["resultats"]["dits_gouts"])] if etat.gouts else [])


def _forget(etat: Etat, cle: str) -> Etat:
    """The state without one thing that was said."""
    nature, _, code = cle.partition(":")
    return etat.change(
        exerces=tuple(c for c in etat.exerces if (nature, code) != ("m", c)),
        envies=tuple(c for c in etat.envies if (nature, code) != ("m", c)),
        secteur=None if nature == "s" else etat.secteur,
        penchant=None if nature in {"s", "p"} else etat.penchant,
        diplomes=tuple(d for d in etat.diplomes if (nature, code) != ("d", d.numero)),
        competences=tuple(c for c in etat.competences if (nature, code) != ("c", str(c.code or c.texte))),
        gouts=() if nature == "g" else etat.gouts,
    )


def tell_tastes(ctx: Contexte) -> dict[str, Any] | None:
    """What the answers on tastes say and how sure it is; None when none was asked."""
    if not ctx.etat.gouts:
        return None
    t = ctx.textes["bilan"]
    lu, q = questionnaire().estimate(ctx.etat.answers()), questionnaire()
    if not lu.tete:
        certitude = ""
    elif lu.certitude is None:
        certitude = t["flou"]
    else:
        chances = min(max(round(10 * lu.certitude), 1), 9)
        cle = "sur" if lu.certitude >= _ASSEZ else "moyen" if chances > 1 else "moyen_une"
        certitude = t[cle].format(chances=chances)
    return {
        "groupes": [[(lettre, q.libelles[lettre]) for lettre in groupe] for groupe in lu.tete],
        "certitude": certitude,
        "apercu": t["apercu"].format(nombre=len(ctx.etat.gouts)) if q.next_item(ctx.etat.answers()) else "",
    }
