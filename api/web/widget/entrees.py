"""The first screens: where, by which door, then one question at a time until there is enough to compare with."""

from dataclasses import replace

from api.web.formulaire import LIEUX_MAX
from api.web.widget.contexte import Contexte, Issue, Page, Suite
from api.web.widget.etat import DiplomeDit, Etat, Lieu
from api.web.widget.textes import load_families
from api.web.widget.vue import PORTES
from recommender.profil_interets import LETTRES
from referentiels.cellules import fold
from referentiels.errors import AzimutError
from referentiels.lieu import Lieu as LieuConnu
from referentiels.types import Certification, CodeRome, Commune, Metier, NumeroFiche, Secteur

CHOIX_MAX = 6
METIERS_MAX = 5
EXACT = 0.98
"""From this score on, one name is what was typed: there is nothing to choose."""
INCONNU = "inconnu"


def open_start(ctx: Contexte) -> Issue:
    """The first screen, past what the address already says."""
    territoire = ctx.vue.territoire
    if territoire and ctx.etat.lieu is None:
        trouves = find_places(ctx, territoire)
        if len(trouves) == 1 and trouves[0].nature == "commune":
            return after_place(replace(ctx, etat=ctx.etat.change(lieu=trouves[0])))
    return ask_place(ctx)


def show_place(ctx: Contexte) -> Issue:
    """« Où ? », with the département of the address as one of the answers."""
    if INCONNU in ctx.champs:
        return after_place(replace(ctx, etat=ctx.etat.change(lieu=None, lieu_inconnu=True)))
    dit = ctx.champs.get("choix", "") or ctx.text("lieu")
    if "choix" not in ctx.champs and "lieu" not in ctx.champs:
        return ask_place(ctx)
    if not dit:
        return ask_place(ctx, erreur=ctx.textes["lieu"]["vide"])
    trouves = find_places(ctx, dit)
    if len(trouves) == 1:
        return after_place(replace(ctx, etat=ctx.etat.change(lieu=trouves[0], lieu_inconnu=False)))
    if trouves:
        return Page("lieu-choix", ctx.etat, 1, "lieu", valeurs={"lieux": trouves, "texte": dit})
    return ask_place(ctx, dit, ctx.textes["lieu"]["absent"].format(texte=dit))


def find_places(ctx: Contexte, texte: str) -> list[Lieu]:
    """The place of a text, or those that it may be: communes first, départements after."""
    lieux = ctx.moteur.catalogue.lieux
    exacts = [lieu for lieu in lieux.search(texte, 2 * LIEUX_MAX) if lieu.nature == "departement"]
    if exacts and fold(texte) in {fold(exacts[0].nom), exacts[0].code.lower()}:
        return [_place(exacts[0])]
    try:
        return [_commune(lieux.resolve(texte))]
    except AzimutError:
        connus = [x for x in lieux.search(texte, 2 * LIEUX_MAX) if x.est_commune or x.nature == "departement"]
        return list(dict.fromkeys(_place(lieu) for lieu in connus))[:LIEUX_MAX]


def _place(lieu: LieuConnu) -> Lieu:
    return Lieu(nature="commune" if lieu.est_commune else "departement", code=lieu.code, nom=lieu.libelle)


def _commune(commune: Commune) -> Lieu:
    return Lieu(nature="commune", code=commune.code, nom=f"{commune.nom} ({commune.code_departement})")


def ask_place(ctx: Contexte, texte: str = "", erreur: str = "") -> Page:
    """« Où ? », with what the address already says."""
    proposes = find_places(ctx, ctx.vue.territoire) if ctx.vue.territoire else []
    valeurs = {"texte": texte, "proposes": proposes if len(proposes) == 1 else []}
    return Page("lieu", ctx.etat, 1, None, erreur, 422 if erreur else 200, valeurs)


def after_place(ctx: Contexte) -> Issue:
    """The door that the address names, the choice of one, or the list again for who only changed place."""
    if not ctx.etat.vide:
        return Suite("resultats", ctx.etat)
    if ctx.vue.entree and ctx.etat.porte is None:
        return open_door(ctx, ctx.vue.entree)
    return _ask_door(ctx)


def show_doors(ctx: Contexte) -> Issue:
    """The five doors; who does not know gets the one with pictures."""
    choix = "interets" if INCONNU in ctx.champs else ctx.champs.get("porte", "")
    return open_door(ctx, choix) if choix in PORTES else _ask_door(ctx)


def _ask_door(ctx: Contexte) -> Page:
    return Page("portes", ctx.etat, 2, "lieu", valeurs={"portes": PORTES})


def open_door(ctx: Contexte, porte: str) -> Issue:
    """The first question behind a door."""
    ecran = {"competences": "savoir", "interets": "gouts"}.get(porte, porte)
    return Suite(ecran, ctx.etat.change(porte=porte))


def show_metier(ctx: Contexte) -> Issue:
    """« Quel métier ? », then which one if several answer, then whether it was done or is wished for."""
    fait = ctx.champs.get("fait", "")
    if INCONNU in ctx.champs:
        return open_door(ctx, "interets")
    if (code := ctx.champs.get("code")) is not None:
        return _ask_lived(ctx, ctx.moteur.catalogue.metier(code), fait)
    if "metier" not in ctx.champs:
        dits = (*ctx.etat.envies, *ctx.etat.exerces) if "retour" in ctx.champs else ()
        return _ask_metier(ctx, fait, ctx.moteur.catalogue.metiers[CodeRome(dits[-1])].intitule if dits else "")
    return _find_metier(ctx, fait)


def _find_metier(ctx: Contexte, fait: str) -> Issue:
    texte = ctx.text("metier")
    if not texte:
        return _ask_metier(ctx, fait, erreur=ctx.textes["metier"]["vide"])
    trouves = ctx.moteur.recherche.ask(texte, ("metier",), CHOIX_MAX).resultats
    if not trouves:
        return _ask_metier(ctx, fait, texte, ctx.textes["metier"]["absent"].format(texte=texte))
    if trouves[0].score >= EXACT and (len(trouves) == 1 or trouves[1].score < EXACT):
        return _ask_lived(ctx, ctx.moteur.catalogue.metier(trouves[0].code), fait)
    valeurs = {"trouves": trouves, "texte": texte, "fait": fait}
    return Page("metier-choix", ctx.etat, 3, "metier", valeurs=valeurs)


def _ask_metier(ctx: Contexte, fait: str, texte: str = "", erreur: str = "") -> Page:
    valeurs = {"texte": texte, "fait": fait}
    return Page("metier", ctx.etat, 3, "savoir" if fait else "portes", erreur, 422 if erreur else 200, valeurs)


def _ask_lived(ctx: Contexte, metier: Metier, fait: str) -> Issue:
    if fait:  # they came here to name a métier they did: nothing is asked twice
        return show_lived(replace(ctx, champs={"code": metier.code_rome, "vecu": "fait"}))
    return Page("vecu", ctx.etat, 4, "metier", valeurs={"metier": metier})


def show_lived(ctx: Contexte) -> Issue:
    """Done, wished for, or both; not knowing is taken for a wish, which supposes least."""
    if "code" not in ctx.champs:
        return Suite("metier", ctx.etat)
    etat, vecu = ctx.etat, ctx.champs.get("vecu", "")
    metier = ctx.moteur.catalogue.metier(ctx.champs["code"])
    if not vecu:
        return Page("vecu", etat, 4, "metier", valeurs={"metier": metier})
    exerces, envies = (tuple(c for c in codes if c != metier.code_rome) for codes in (etat.exerces, etat.envies))
    fait, envie = vecu in {"fait", "deux"}, vecu != "fait"
    etat = etat.change(
        exerces=(*exerces, metier.code_rome)[-METIERS_MAX:] if fait else exerces,
        envies=(*envies, metier.code_rome)[-METIERS_MAX:] if envie else envies,
    )
    return Suite("resultats", etat)


def show_sector(ctx: Contexte) -> Issue:
    """« Quel secteur ? », all of them under a few families."""
    if INCONNU in ctx.champs:
        return open_door(ctx, "interets")
    catalogue = ctx.moteur.catalogue
    secteurs = {s.code: s for s in catalogue.all(Secteur) if s.code_parent is None}
    choisi = secteurs.get(ctx.champs.get("secteur", ""))
    if choisi is not None:
        etat = ctx.etat.change(secteur=choisi.code)
        return Page("penchant", etat, 4, "secteur", valeurs={"secteur": choisi, "lettres": LETTRES})
    familles = []
    for famille in load_families():
        siens = [secteurs.pop(code) for code in famille["codes"] if code in secteurs]
        familles.append({**famille, "secteurs": siens})
    familles[-1]["secteurs"] = [*familles[-1]["secteurs"], *secteurs.values()]
    return Page("secteur", ctx.etat, 3, "portes", valeurs={"familles": [f for f in familles if f["secteurs"]]})


def show_leaning(ctx: Contexte) -> Issue:
    """What they would rather do in that secteur; not knowing changes nothing."""
    secteurs = ctx.moteur.catalogue.select(Secteur, code=ctx.etat.secteur) if ctx.etat.secteur else ()
    lettre = ctx.champs.get("lettre", "")
    if secteurs and INCONNU not in ctx.champs and lettre not in set(LETTRES):
        return Page("penchant", ctx.etat, 4, "secteur", valeurs={"secteur": secteurs[0], "lettres": LETTRES})
    etat = ctx.etat.change(penchant=lettre if lettre in set(LETTRES) else None)
    return Suite("resultats", etat)


def show_diploma(ctx: Contexte) -> Issue:
    """« Quel diplôme ? », then which one if several answer."""
    if INCONNU in ctx.champs or "sans" in ctx.champs:
        return open_door(ctx, "competences")
    catalogue = ctx.moteur.catalogue
    if (numero := ctx.champs.get("numero")) is not None:
        lue = catalogue.certification(numero).certification
        return Suite("resultats", _with_diploma(ctx.etat, lue))
    if "diplome" not in ctx.champs:
        dits = ctx.etat.diplomes if "retour" in ctx.champs else ()
        return _ask_diploma(ctx, dits[-1].nom if dits else "")
    texte = ctx.text("diplome")
    if not texte:
        return _ask_diploma(ctx, erreur=ctx.textes["formation"]["vide"])
    trouves = ctx.moteur.recherche.ask(texte, ("certification",), 3 * CHOIX_MAX).resultats
    fiches = {c.numero: c for c in catalogue.select(Certification, numero=[r.code for r in trouves])} if trouves else {}
    choix = _distinct([fiches[NumeroFiche(r.code)] for r in trouves if r.code in fiches])
    if not choix:
        return _ask_diploma(ctx, texte, ctx.textes["formation"]["absent"].format(texte=texte))
    return Page("formation-choix", ctx.etat, 4, "formation", valeurs={"fiches": choix, "texte": texte})


def _ask_diploma(ctx: Contexte, texte: str = "", erreur: str = "") -> Page:
    return Page("formation", ctx.etat, 3, "portes", erreur, 422 if erreur else 200, {"texte": texte})


def _distinct(fiches: list[Certification]) -> list[Certification]:
    """One fiche a title and level, an active one rather than another, in the order of the search."""
    gardees: dict[tuple[str, int | None], Certification] = {}
    for fiche in fiches:
        cle = fold(fiche.intitule), fiche.niveau
        if cle not in gardees or (fiche.active and not gardees[cle].active):
            gardees[cle] = fiche
    return list(gardees.values())[:CHOIX_MAX]


def _with_diploma(etat: Etat, lue: Certification) -> Etat:
    dit = DiplomeDit(numero=lue.numero, nom=lue.intitule[:200], niveau=lue.niveau)
    return etat.change(diplomes=(*(d for d in etat.diplomes if d.numero != dit.numero), dit)[-5:])
