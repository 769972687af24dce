"""Links that a renewed certification has not received yet, read from the fiche that it renews."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from referentiels.cellules import fold
from referentiels.types import Certification, CertificationRome, ContinuiteCertification, NumeroFiche

_ANNONCES = frozenset(
    ("diplome", "d", "de", "des", "du", "l", "la", "le", "les", "en", "et", "a", "au", "aux", "etat", "titre",
     "professionnel", "certificat", "fiche", "nationale", "brevet", "mention", "option", "specialite")
)  # fmt: skip
"""What announces a title, and function words."""
_GRADES = frozenset({"diplome conferant le grade de licence", "diplome conferant le grade de master", "de"})
"""Abbreviations that name a grade or an authority, which older fiches write in other ways."""


def inherit_rome(
    certifications: Sequence[Certification],
    liens: Sequence[CertificationRome],
    continuites: Iterable[ContinuiteCertification],
) -> list[CertificationRome]:
    """ROME links of active fiches that have none, taken from the fiche that they renew.

    First the fiche that the official continuity names (`source` says `continuite:RNCP…`); failing that, the latest
    older fiche of the same répertoire, title, abbreviation and level, then of the same répertoire, level and words of
    title (« Infirmier », « Diplôme d'État d'infirmier(ière) »), abbreviations that do not contradict each other
    (`source` says `intitule:RNCP…`, and `estime` is set: no authority says that the one renews the other).

    Args:
        certifications: All the fiches.
        liens: All their published links.
        continuites: Old → new fiches.

    Returns:
        The links to add, in the order of the fiches.
    """
    par_fiche: dict[NumeroFiche, list[CertificationRome]] = defaultdict(list)
    for lien in liens:
        par_fiche[lien.numero].append(lien)
    anciennes: dict[NumeroFiche, list[NumeroFiche]] = defaultdict(list)
    for continuite in continuites:
        anciennes[continuite.nouvelle].append(continuite.ancienne)
    homonymes: dict[tuple[object, ...], list[NumeroFiche]] = defaultdict(list)
    voisines: dict[tuple[object, ...], list[Certification]] = defaultdict(list)
    for certification in certifications:
        if certification.numero in par_fiche:
            homonymes[_identity(certification)].append(certification.numero)
            voisines[_words(certification)].append(certification)
    ajouts: list[CertificationRome] = []
    for certification in certifications:
        if not certification.active or certification.numero in par_fiche:
            continue
        mere = _predecessor(certification.numero, anciennes, par_fiche)
        nature, estime = "continuite", False
        if mere is None:
            rang, memes = _rank(certification.numero), homonymes[_identity(certification)]
            memes = memes or _compatibles(certification, voisines.get(_words(certification), ()))
            mere = max((n for n in memes if _rank(n) < rang), key=_rank, default=None)
            nature, estime = "intitule", True
        if mere is not None:
            source = f"{nature}:{mere}"
            ajouts += [replace(x, numero=certification.numero, source=source, estime=estime) for x in par_fiche[mere]]
    return ajouts


def _identity(certification: Certification) -> tuple[object, ...]:
    titre, abrege = fold(certification.intitule), fold(certification.abrege or "")
    return certification.repertoire, titre, abrege, certification.niveau


def _words(certification: Certification) -> tuple[object, ...]:
    """The words of a title that say what it is about, whatever their order, number and what announces them."""
    titre = fold(re.sub(r"\([^)]*\)", " ", certification.intitule))
    mots = frozenset(mot.rstrip("sx") for mot in titre.split() if mot not in _ANNONCES)
    # A title of none but such words would be that of all the others.
    return certification.repertoire, certification.niveau, mots or frozenset({certification.numero})


def _compatibles(certification: Certification, voisines: Iterable[Certification]) -> list[NumeroFiche]:
    """The fiches whose abbreviation may be that of the same diploma."""
    return [voisine.numero for voisine in voisines if _compatible(voisine.abrege, certification.abrege)]


def _compatible(ancien: str | None, nouveau: str | None) -> bool:
    """Whether two abbreviations may be those of one diploma: « DE » and « Autre », not « BTS » and « LICENCE »."""
    plis = {fold(abrege) for abrege in (ancien, nouveau) if abrege}
    precis = {pli for pli in plis if not pli.startswith("autre") and pli not in _GRADES}
    return len(precis) <= 1


def _rank(numero: NumeroFiche) -> int:
    return int(numero.lstrip("RNCPS"))


def _predecessor(
    numero: NumeroFiche,
    anciennes: dict[NumeroFiche, list[NumeroFiche]],
    par_fiche: dict[NumeroFiche, list[CertificationRome]],
) -> NumeroFiche | None:
    """The nearest fiche up the official continuity that has links; the latest of equals."""
    vues, front = {numero}, [numero]
    while front:
        front = [a for n in front for a in anciennes.get(n, ()) if a not in vues]
        vues.update(front)
        munies = [n for n in front if n in par_fiche]
        if munies:
            return max(munies, key=_rank)
    return None
