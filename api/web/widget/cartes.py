"""A métier in plain words: what one does, why it is here, what to learn, how to get there, who works there."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.reponses.commun import proposal_as_dict
from api.web.axes import axis_words
from api.web.chiffres import Chiffres, present_figure, present_figures
from api.web.widget.contexte import Contexte
from recommender.formations import FormationsTrouvees, FormationTrouvee
from recommender.types import CompetenceSituee, MetierPropose
from referentiels.types import CodeRome, Indicateur

_PHRASE_MAX = 20
"""Words of a first sentence, beyond which it is cut where it breathes."""
_CITEES = 1
_MOTS_COURTS = 8
_MOTS_MIN = 5
_SUJET = re.compile(r"(?:les?|la|une?|en tant|au sein|peut|dotée?|passionnée?|véritable)\b|l['’]", re.IGNORECASE)
_SOUFFLES = re.compile(r"\s*[,;:(]|\s(?:afin d|pour|en vue|selon)\b")
_DERNIERES = ("cas", "mobilites", "conditions", "marche")
"""Reasons that say least of the person: never first when there is another."""
_FORT, _FAIBLE = 4, 2
"""Levels of tension, from 1 to 5, from which recruiting is hard, or easy."""
_MAILLES = {"departement": "departement", "academie": "region", "region": "region", "national": "national"}
Textes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Marche:
    """The labour market in a sentence; `niveau` from 0 (not known) to 3 (employers look for people)."""

    niveau: int
    phrase: str
    source: str = ""
    """Scale, millésime and source of the figure."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Women and men: how many women in ten, None when nobody publishes it."""

    femmes: int | None
    phrase: str
    famille: str = ""
    """The wider family that the figure counts."""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Carte:
    """What a card shows."""

    metier: MetierPropose
    fait: str
    raisons: tuple[str, ...]
    deja: str
    apprendre: str
    chemin: str
    marche: Marche
    parts: Parts
    chiffres: Chiffres
    axes: Mapping[str, tuple[int, str]]
    formations: FormationsTrouvees
    garde: bool
    inattendu: bool

    @property
    def code(self) -> CodeRome:
        """Code ROME."""
        return self.metier.code_rome

    @property
    def nom(self) -> str:
        """Its title, both genders."""
        return self.metier.intitule


def write_cards(
    ctx: Contexte,
    metiers: Sequence[MetierPropose],
    formations: Mapping[CodeRome, FormationsTrouvees],
    inattendus: frozenset[CodeRome] = frozenset(),
) -> list[Carte]:
    """The cards of a list; the axes compare its métiers with one another."""
    catalogue, t = ctx.moteur.catalogue, ctx.textes
    lieu = ctx.etat.lieu.code if ctx.etat.lieu is not None and ctx.etat.lieu.nature == "commune" else None
    axes = axis_words([proposal_as_dict(m, catalogue) for m in metiers])
    autre = (t["raisons"]["autre_domaine"],)
    cartes = []
    for metier in metiers:
        chiffres = catalogue.indicateurs(metier.code_rome, lieu)
        siennes = formations[metier.code_rome]
        inattendu = metier.code_rome in inattendus
        cartes.append(
            Carte(
                metier=metier,
                fait=first_sentence(metier.definition),
                raisons=tell_reasons(metier, t, exerce=bool(ctx.etat.exerces)) or autre * inattendu,
                deja=_tell_held(metier, t["carte"]),
                apprendre=_tell_missing(metier, t["carte"]),
                chemin=tell_way(siennes, t["carte"], situe=lieu is not None),
                marche=read_market(chiffres, t["marche"]),
                parts=read_parts(chiffres, t["femmes"]),
                chiffres=present_figures(chiffres),
                axes=axes[metier.code_rome],
                formations=siennes,
                garde=metier.code_rome in ctx.etat.gardes,
                inattendu=inattendu or metier.ouverture,
            )
        )
    return cartes


def first_sentence(definition: str) -> str:
    """The first thing that a definition says one does, short enough to be read at once."""
    lignes = [re.split(r"(?<=[.!?])\s+", ligne.strip())[0] for ligne in definition.splitlines() if ligne.strip()]
    if not lignes:
        return ""
    # The first line often praises the métier; the next ones say what is done.
    courtes = [ligne for ligne in lignes if _MOTS_MIN <= len(ligne.split()) <= _PHRASE_MAX]
    actions = [ligne for ligne in courtes if not _SUJET.match(ligne)]
    phrase = (actions or courtes or [_shorten(lignes[0])])[0].rstrip(" .,;:")
    return f"{phrase[:1].upper()}{phrase[1:]}."


def _shorten(phrase: str) -> str:
    """The sentence up to where it breathes, if what is left says something."""
    for coupe in _SOUFFLES.finditer(phrase):
        if _MOTS_MIN <= len(phrase[: coupe.start()].split()) <= _PHRASE_MAX:
            return phrase[: coupe.start()]
    return phrase


def tell_reasons(metier: MetierPropose, t: Textes, *, exerce: bool) -> tuple[str, ...]:
    """Why it is here, in our own short sentences, what is of the person first.

    Args:
        metier: With the reasons of the engine.
        t: The words.
        exerce: Whether the person told a métier that they did.
    """
    mots: Textes = t["raisons"]
    phrases = [mots["proche_de"].format(metier=intitule) for _, intitule in metier.proche_de[:1]]
    for raison in sorted(metier.explications, key=lambda e: e.critere in _DERNIERES):
        if raison.critere == "competences":
            tenues = len(metier.acquises)
            cle = "competences_proches" if not tenues else "competences_un" if tenues == 1 else "competences"
            phrases.append(mots[cle].format(nombre=tenues))
        elif raison.critere == "mobilites":
            phrases.append(mots["mobilites" if exerce else "mobilites_gestes"])
        elif raison.critere in mots:
            phrases.append(mots[raison.critere])
    if metier.gestes:
        phrases.append(mots["gestes"].format(liste=", ".join(metier.gestes[:2])))
    return tuple(phrases)


def _tell_held(metier: MetierPropose, t: Textes) -> str:
    tenues = metier.acquises
    if not tenues:
        return str(t["deja_rien"])
    cle = "deja_un" if len(tenues) == 1 else "deja_plusieurs"
    return str(t[cle].format(nombre=len(tenues), liste=_quoted(tenues)))


def _tell_missing(metier: MetierPropose, t: Textes) -> str:
    manquantes = to_learn(metier)
    return str(t["apprendre_liste"].format(liste=_quoted(manquantes)) if manquantes else t["apprendre_rien"])


def to_learn(metier: MetierPropose) -> Sequence[CompetenceSituee]:
    """What is missing and belongs to the métier itself, or all that is missing."""
    propres = tuple(c for c in metier.manquantes if not c.transversale and c.nature != "savoir")
    return propres or metier.manquantes


def short_first(competences: Sequence[CompetenceSituee]) -> list[str]:
    """Their names, short ones before long ones, without what a source adds in brackets."""
    libelles = [re.sub(r"\s*\([^)]*\)", "", c.libelle).strip() for c in competences]
    return sorted(dict.fromkeys(libelles), key=lambda libelle: len(libelle.split()) > _MOTS_COURTS)


def _quoted(competences: Sequence[CompetenceSituee]) -> str:
    return " et ".join(f"« {libelle} »" for libelle in short_first(competences)[:_CITEES])


def tell_way(formations: FormationsTrouvees, t: Textes, *, situe: bool, rayon_km: float = 30.0) -> str:
    """How one gets there, in a sentence; `situe` when the person said where they look, and within `rayon_km`."""
    if not formations.formations:
        return str(t["chemin_aucun"])
    if not situe:
        cle = "chemin_une" if formations.total == 1 else "chemin_sans_lieu"
        return str(t[cle].format(nombre=formations.total))
    premiere = formations.formations[0]
    if premiere.modalite == "distance":
        return str(t["chemin_distance"].format(nom=_short_title(premiere.intitule)))
    cle = "chemin_loin" if premiere.hors_rayon else "chemin_pres"
    dits = {"distance": premiere.distance, "nom": _short_title(premiere.intitule), "rayon": f"{rayon_km:.0f}"}
    return str(t[cle].format(**dits))


def _short_title(titre: str) -> str:
    """A title that fits in a sentence: a long one loses what it adds in brackets."""
    long = len(titre.split()) > _MOTS_COURTS
    return calm(re.sub(r"\s*\([^)]*\)", "", titre).strip() or titre if long else titre)


def calm(titre: str) -> str:
    """A title that a source writes in capitals, in lower case."""
    return titre.capitalize() if titre.isupper() else titre


def read_market(indicateurs: Sequence[Indicateur], t: Textes) -> Marche:
    """The tension published nearest to the person; nothing is guessed from another figure."""
    tensions = [i for i in indicateurs if i.indicateur == "tension" and i.statut == "publie" and i.valeur is not None]
    if not tensions:
        return Marche(0, t["inconnu"])
    lue = min(tensions, key=lambda i: i.herite)  # the métier itself before its family
    valeur = lue.valeur or 0
    cle, niveau = ("fort", 3) if valeur >= _FORT else ("faible", 1) if valeur <= _FAIBLE else ("moyen", 2)
    return Marche(niveau, t[cle].format(ou=t[_MAILLES.get(lue.maille, "local")]), present_figure(lue).origine)


def read_parts(indicateurs: Sequence[Indicateur], t: Textes) -> Parts:
    """The share of women, in tenths; a figure of a wider family says so."""
    parts = [i for i in indicateurs if i.indicateur == "part_femmes" and i.statut == "publie" and i.valeur is not None]
    if not parts:
        return Parts(None, t["inconnu"])
    valeur = parts[0].valeur or 0.0
    dixiemes = round(valeur / 10)
    famille = t["famille"].format(nom=parts[0].libelle_objet) if parts[0].herite else ""
    if dixiemes == 0:
        phrase = t["peu"]
    elif dixiemes == 10:
        phrase = t["peu_hommes"]
    elif dixiemes == 5:
        phrase = t["moitie"]
    else:
        phrase = t["phrase"].format(nombre=dixiemes, verbe="est" if dixiemes == 1 else "sont")
    return Parts(dixiemes, phrase, famille, present_figure(parts[0]).origine)


def nearest(formations: FormationsTrouvees) -> FormationTrouvee | None:
    """The first formation of a list."""
    return next(iter(formations.formations), None)
