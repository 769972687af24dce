"""« Pourquoi pas X ? » and what would change the answer most: the same engine, asked again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from recommender.etat import Etat
from recommender.openings import Ouvertures
from recommender.pipeline import Recommender
from recommender.signals.interets import MOTS_RIASEC
from recommender.types import (
    CompetenceDeclaree,
    Contrainte,
    Diplome,
    Experience,
    Interets,
    MetierPropose,
    Profil,
)
from referentiels.catalogue import Catalogue
from referentiels.types import Appellation, Certification, CodeOgr, CodeRome

_PREMIERS = 10
_TOUS = 2_000
_ELEMENTS_MAX = 40
_NOMS: Mapping[str, str] = {
    "souhait": "à votre souhait",
    "ensemble": "à l'ensemble de ce que vous avez dit",
    "cas": "à ce que nos cas d'école feraient explorer",
    "interets": "à vos goûts",
    "conditions": "aux conditions de travail que vous cherchez",
    "competences": "à ce que vous savez faire",
    "paroles": "à vos mots sur ce que vous faites",
    "mobilites": "aux passages que le ROME connaît",
    "diplomes": "à vos diplômes",
    "marche": "à la demande des employeurs",
}


@dataclass(frozen=True, slots=True)
class EcartCritere:
    """One criterion, for the métier asked and for the tenth by index."""

    critere: str
    contribution: float
    contribution_dixieme: float


@dataclass(frozen=True, slots=True)
class PourquoiPas:
    """Where a métier stands, and what keeps it there."""

    code_rome: CodeRome
    intitule: str
    rang: int | None
    """From 1; None when it is not in the list at all."""
    metier: MetierPropose | None
    """As it would be proposed; None when nothing in the profile leads to it."""
    ecarts: tuple[EcartCritere, ...]
    """What separates it from the tenth by index, widest gap first; empty when its index is as high."""
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Effet:
    """What one thing told brings to the first ten."""

    champ: str
    """`souhait`, `experiences[0]`, `competences[2]`, `interets.centres[1]`, `interets.riasec`…"""
    libelle: str
    restes: int
    """How many of the first ten would still be there without it."""
    entrants: tuple[tuple[CodeRome, str], ...]
    """Métiers that would come in (code, intitulé), best first."""
    phrase: str


def why_not(moteur: Recommender, profil: Profil, code_rome: str) -> PourquoiPas:
    """Why a métier is not (or is) among the first ones.

    Args:
        moteur: The engine.
        profil: What the person said.
        code_rome: The métier asked about.

    Raises:
        UnknownCodeError: There is no such métier; names the nearest ones.
        InvalidInputError: A weight is unknown or out of range.
    """
    metier = moteur.catalogue.metier(code_rome)
    etat = moteur.assess(profil)
    rang_metier = moteur.matrices.rang[metier.code_rome]
    ouvertures = Ouvertures(moteur.matrices, etat, moteur.config)
    rangs, _ = moteur.rank(etat, _TOUS, ouvertures)
    place = rangs.index(rang_metier) + 1 if rang_metier in rangs else None
    if etat.indice is None:
        return PourquoiPas(metier.code_rome, metier.intitule, None, None, (), etat.avertissements)
    connu = etat.indice.valeurs[rang_metier] > 0
    decrit = moteur.writer(etat, ouvertures).describe(rang_metier) if connu else None
    ecarts = _gaps(etat, rang_metier, rangs) if place is None or place > _PREMIERS else ()
    phrases = tuple(_say(etat, metier.code_rome, place, decrit, ecarts))
    return PourquoiPas(metier.code_rome, metier.intitule, place, decrit, ecarts, phrases)


def measure_effects(moteur: Recommender, profil: Profil) -> tuple[Effet, ...]:
    """What each thing told brings to the first ten métiers, largest effect first.

    The profile is asked again without each thing in turn: nothing is estimated.

    Args:
        moteur: The engine.
        profil: What the person said; at most 40 things are tried, in the order of the profile.

    Raises:
        InvalidInputError: A weight is unknown or out of range.
    """
    codes = _first(moteur, profil)
    effets: list[Effet] = []
    if not codes:
        return ()
    for numero, (champ, libelle, sans) in enumerate(_without_each(profil, moteur.catalogue)):
        if numero == _ELEMENTS_MAX:
            break
        autres = _first(moteur, sans)
        entrants = tuple((code, moteur.catalogue.metiers[code].intitule) for code in autres if code not in codes)
        restes = sum(code in autres for code in codes)
        effets.append(Effet(champ, libelle, restes, entrants, _tell(libelle, len(codes), restes)))
    return tuple(sorted(effets, key=lambda e: e.restes))


def _first(moteur: Recommender, profil: Profil) -> list[CodeRome]:
    rangs, _ = moteur.rank(moteur.assess(profil), _PREMIERS)
    return [moteur.matrices.codes[rang] for rang in rangs]


def _without_each(profil: Profil, catalogue: Catalogue) -> Iterator[tuple[str, str, Profil]]:
    """Each thing told, its words, and the profile without it."""
    if profil.souhait.strip():
        yield "souhait", profil.souhait.strip(), replace(profil, souhait="")
    for champ in ("experiences", "competences", "diplomes", "contraintes"):
        lot = getattr(profil, champ)
        for n, element in enumerate(lot):
            if libelle := _name(element, catalogue):
                yield f"{champ}[{n}]", libelle, _set(profil, champ, (*lot[:n], *lot[n + 1 :]))
    centres, riasec = profil.interets.centres, profil.interets.riasec
    if riasec:
        mots = ", ".join(MOTS_RIASEC[lettre.upper()] for lettre in riasec if lettre.upper() in MOTS_RIASEC)
        yield "interets.riasec", mots or "vos goûts", replace(profil, interets=Interets(centres=centres))
    for n, centre in enumerate(centres):
        connu = catalogue.centres_interet.get(centre.strip())
        interets = Interets(riasec, (*centres[:n], *centres[n + 1 :]))
        yield f"interets.centres[{n}]", connu.libelle if connu else centre, replace(profil, interets=interets)


def _name(element: Experience | CompetenceDeclaree | Diplome | Contrainte, catalogue: Catalogue) -> str:
    """What one thing told is called: its words, else the label of its code; empty when nothing was told."""
    if element.texte and element.texte.strip():
        return element.texte.strip()
    nom: str | None = None
    match element:
        case Experience(code_rome=str() as code):
            metier = catalogue.metiers.get(CodeRome(code.strip().upper()))
            nom = metier.intitule if metier else None
        case Experience(code_appellation=int() as code):
            nom = next((a.libelle for a in catalogue.select(Appellation, code_ogr=code)), None)
        case CompetenceDeclaree(code=int() as code):
            item = catalogue.competences.get(CodeOgr(code)) or catalogue.savoirs.get(CodeOgr(code))
            nom = item.libelle if item else None
        case Contrainte(code=int() as code):
            contexte = catalogue.contextes.get(CodeOgr(code))
            nom = contexte.libelle if contexte else None
        case Diplome(code=str() as code):
            fiches = catalogue.select(Certification, numero="".join(code.split()).upper())
            nom = next((fiche.intitule for fiche in fiches), None)
        case Diplome(niveau=int() as niveau):
            nom = f"diplôme de niveau {niveau}"
    return nom or ""


def _set(profil: Profil, champ: str, lot: tuple[Any, ...]) -> Profil:
    changements: dict[str, Any] = {champ: lot}
    return replace(profil, **changements)


def _tell(libelle: str, total: int, restes: int) -> str:
    change = total - restes
    if not change:
        return f"Sans « {libelle} », les {total} premiers métiers resteraient les mêmes."
    return (
        f"Sans « {libelle} », {change} des {total} premiers métiers {'changeraient' if change > 1 else 'changerait'}."
    )


def _gaps(etat: Etat, metier: int, rangs: list[int]) -> tuple[EcartCritere, ...]:
    if etat.indice is None or len(rangs) < _PREMIERS:
        return ()
    valeurs = etat.indice.valeurs
    # The last place may be a reserved one: the tenth by index is what has to be passed.
    dixieme = sorted(rangs, key=lambda r: -float(valeurs[r]))[_PREMIERS - 1]
    if valeurs[metier] >= valeurs[dixieme]:
        return ()
    ecarts = [
        EcartCritere(critere, float(valeurs[metier]), float(valeurs[dixieme]))
        for critere, valeurs in etat.indice.contributions.items()
    ]
    return tuple(sorted(ecarts, key=lambda e: e.contribution - e.contribution_dixieme))


def _say(
    etat: Etat,
    code: CodeRome,
    place: int | None,
    decrit: MetierPropose | None,
    ecarts: tuple[EcartCritere, ...],
) -> Iterator[str]:
    """Short sentences, each on a fact."""
    if place is not None:
        yield f"Ce métier est au rang {place} de votre liste."
        if decrit is not None and decrit.proche_de:
            noms = " et de ".join(f"« {intitule} »" for _, intitule in decrit.proche_de)
            yield f"Il monte parce qu'il est rapproché de {noms} (parenté écrite pour Azimut, non officielle)."
    elif code in etat.compris.metiers:
        yield "Vous l'avez déjà exercé : il n'est proposé que si votre souhait le nomme."
    elif any(code.startswith(prefixe) for prefixe in etat.compris.exclusions):
        yield "Vous avez demandé de l'écarter."
    elif decrit is None:
        yield "Rien de ce que vous avez dit n'y mène : ajoutez un souhait, un goût ou une expérience proche."
    else:
        yield "Une condition de travail que vous excluez en fait partie."
    if decrit is not None and place is not None and place > _PREMIERS and not ecarts:
        yield (
            "Il répond aussi bien que les premiers : des places vont à d'autres familles, à d'autres domaines et à des "
            "métiers proches des premiers."
        )
    manques = [e for e in ecarts if e.contribution < e.contribution_dixieme]
    if decrit is not None and manques:
        noms = " et ".join(_NOMS[e.critere] for e in manques[:2])
        yield f"Les premiers métiers répondent mieux que lui {noms}."
    if decrit is not None:
        yield from decrit.alertes
        if decrit.manquantes and code not in etat.compris.metiers:
            yield f"Pour l'exercer, il vous manque surtout « {decrit.manquantes[0].libelle} »."
