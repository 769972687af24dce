"""One métier in full, several side by side, and what is opposite to one."""

from api.web.widget.cartes import nearest, write_cards
from api.web.widget.contexte import Contexte, Issue, Page, Suite, questionnaire
from api.web.widget.etat import RAYON_KM
from api.web.widget.pistes import OPPOSES, describe_one, find_opposites
from api.web.widget.plan import draw_map, locate
from referentiels.types import Certification, CodeCommune, CodeRome

FORMATIONS_MAX = 12
COMPARES = range(2, 5)


def show_sheet(ctx: Contexte) -> Issue:
    """All there is to say of one métier to this person."""
    if "code" not in ctx.champs:
        return Suite("resultats", ctx.etat)
    metier = ctx.moteur.catalogue.metier(ctx.champs["code"])
    profil, reponse = describe_one(ctx, [metier.code_rome])
    formations = dict(ctx.moteur.guide.near(profil, reponse, ctx.jour))
    lieu = ctx.etat.lieu
    centre = None
    if lieu is not None and lieu.nature == "commune":
        formations[metier.code_rome] = ctx.moteur.guide.around(
            metier.code_rome, CodeCommune(lieu.code), RAYON_KM, ctx.jour, FORMATIONS_MAX
        )
        centre = locate(ctx.moteur.catalogue, [lieu.code]).get(lieu.code)
    [carte] = write_cards(ctx, reponse.metiers, formations)
    numeros = carte.metier.certifications
    fiches = {c.numero: c for c in ctx.moteur.catalogue.select(Certification, numero=numeros)} if numeros else {}
    valeurs = {
        "carte": carte,
        "fiche": metier,
        "certifications": [fiches[n] for n in numeros if n in fiches],
        "plan": draw_map(ctx.moteur.catalogue, centre, carte.formations.formations),
    }
    return Page("fiche", ctx.etat, 0, "resultats", valeurs=valeurs)


def show_comparison(ctx: Contexte) -> Issue:
    """Two to four métiers, the same questions to each."""
    coches = [nom.removeprefix("vs-") for nom in ctx.champs if nom.startswith("vs-")] or list(ctx.etat.gardes)
    codes = [CodeRome(c) for c in dict.fromkeys(coches) if CodeRome(c) in ctx.moteur.catalogue.metiers]
    codes = codes[: COMPARES[-1]]
    if len(codes) not in COMPARES:
        return Page("comparer", ctx.etat, 0, "resultats", ctx.textes["comparer"]["peu"], 422, {"cartes": []})
    profil, reponse = describe_one(ctx, codes)
    cartes = write_cards(ctx, reponse.metiers, ctx.moteur.guide.near(profil, reponse, ctx.jour))
    proches = {c.code: nearest(c.formations) for c in cartes}
    return Page("comparer", ctx.etat, 0, "resultats", valeurs={"cartes": cartes, "proches": proches})


def show_opposites(ctx: Contexte) -> Issue:
    """Métiers where one likes the reverse of what one likes in this one."""
    if "code" not in ctx.champs:
        return Suite("resultats", ctx.etat)
    metier = ctx.moteur.catalogue.metier(ctx.champs["code"])
    codes = find_opposites(ctx, metier)
    profil, reponse = describe_one(ctx, codes)
    cartes = write_cards(ctx, reponse.metiers, ctx.moteur.guide.near(profil, reponse, ctx.jour))
    lettre = OPPOSES.get(metier.riasec_majeur or "", "")
    mots = questionnaire().libelles.get(lettre, "")
    return Page("oppose", ctx.etat, 0, "resultats", valeurs={"fiche": metier, "cartes": cartes, "mots": mots})
