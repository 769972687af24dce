"""Are the reasons given true: does a métier fall without its first reason, and do they sum to its index."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from evaluation.echantillon import Moteur, Suivi, signature, tell
from evaluation.profils import CasProfil
from recommender.pipeline import LIMITE_MAX
from recommender.signals.cas import DITS
from recommender.souhaits import split_refusals
from recommender.types import MetierPropose, Profil, Recommandation

PREMIERS = 10
_LOIN = 60
"""Length of the lists where a métier that fell is looked for before all of them are asked for."""
_EGAL = 1e-9
_LISTE_MAX = 20
_ARRONDI = 4
_CHAMPS_DU_CRITERE: Mapping[str, tuple[str, ...]] = {
    "competences": ("competences", "experiences"),
    "paroles": ("competences", "experiences"),
    "mobilites": ("experiences", "competences"),
    "souhait": ("souhait",),
    "ensemble": ("souhait", "experiences", "competences"),
    "cas": ("souhait", "experiences", "competences"),
    "interets": ("interets",),
    "diplomes": ("diplomes",),
    "conditions": ("contraintes", "interets"),
}
"""Fields of a profile that feed each criterion; another criterion is switched off by its weight."""
_CHAMPS_DITS = {dit: (champ, "interets") if champ == "souhait" else (champ,) for champ, dit in DITS.items()}
"""Fields of a profile, as the reasons of the cases name them."""


def check_reasons(
    moteur: Moteur, cas: Sequence[CasProfil], suivre: Suivi | None = None, sans_parentes: Moteur | None = None
) -> dict[str, Any]:
    """Does taking away what the first reason of a métier names lower it?

    The first reason of a métier that kinship brought up is that kinship: without it, its place must be lower
    (`par_parente`). Any other of the first 10 métiers is tried twice, on its index. `par_retrait` takes from the
    profile what feeds the criterion of the reason: the very texts that it quotes when it quotes some, its fields
    otherwise. `par_poids` gives the criterion the weight 0. A métier that the answer no longer holds has the index 0.

    Args:
        moteur: The engine under test.
        cas: People.
        suivre: Told of the progress.
        sans_parentes: The same engine without kinship; what it brought up is not tried when None.

    Returns:
        `n` métiers with a reason; `par_retrait`, `par_poids` and `par_parente`: `n` tried, `verifies` (share whose
        index is lower by more than 1e-9, or whose place is lower; None when n is 0), and at most 20 `ecarts`: the
        person, the métier, the criterion, the index before and after, or the place. A criterion that no field is known
        to feed is tried by its weight alone.
    """
    essais: dict[str, list[dict[str, Any]]] = {"par_retrait": [], "par_poids": [], "par_parente": []}
    total = 0
    for n, un in enumerate(cas):
        tous = [m for m in moteur.recommend(un.profil, PREMIERS).metiers if m.explications]
        total += len(tous)
        metiers = [m for m in tous if not m.proche_de]
        if sans_parentes is not None and len(metiers) < len(tous):
            essais["par_parente"] += _without_kinship(sans_parentes, un, tous)
        autres: dict[tuple[str, str], tuple[Profil, list[MetierPropose]]] = {}
        for m in metiers:
            for sorte, profil in _deprive(un.profil, m):
                autres.setdefault((sorte, repr(profil)), (profil, []))[1].append(m)
        for (sorte, _), (profil, touches) in autres.items():
            apres = _indexes(moteur, profil, {str(m.code_rome): m.indice for m in touches})
            essais[sorte] += [_verdict(un.nom, m, apres.get(str(m.code_rome), 0.0)) for m in touches]
        tell(suivre, "raisons", n + 1, len(cas))
    return {"n": total} | {sorte: _tally(lignes) for sorte, lignes in essais.items()}


def _without_kinship(sans: Moteur, un: CasProfil, metiers: Sequence[MetierPropose]) -> list[dict[str, Any]]:
    """Where what kinship brought up stands without it."""
    codes = [m.code_rome for m in sans.recommend(un.profil, len(metiers)).metiers]
    return [
        {
            "nom": un.nom,
            "metier": f"{m.code_rome} {m.intitule}",
            "critere": "parente",
            "place": place,
            "verifie": m.code_rome not in codes[: place + 1],
        }
        for place, m in enumerate(metiers)
        if m.proche_de
    ]


def _deprive(profil: Profil, metier: MetierPropose) -> Iterator[tuple[str, Profil]]:
    """The profile without what the first reason of a métier names, then with its criterion switched off."""
    raison = max(metier.explications, key=lambda e: e.contribution)
    yield "par_poids", replace(profil, ponderation=MappingProxyType({**profil.ponderation, raison.critere: 0.0}))
    champs = _CHAMPS_DU_CRITERE.get(raison.critere, ())
    if raison.critere == "cas":  # what it says leads there first
        champs = next((_CHAMPS_DITS[dit] for dit in raison.preuves if dit in _CHAMPS_DITS), champs)
    cites = frozenset(raison.preuves)
    prives: dict[str, Any] = {}
    for champ in champs:
        dits = getattr(profil, champ)
        if isinstance(dits, tuple):
            prives[champ] = tuple(x for x in dits if getattr(x, "texte", None) not in cites)
    sans = replace(profil, **prives)
    if sans == profil:
        prives = {champ: getattr(Profil(), champ) for champ in champs} | _refusals_kept(profil, champs)
        sans = replace(profil, **prives)
    if sans != profil:
        yield "par_retrait", sans


def _refusals_kept(profil: Profil, champs: Sequence[str]) -> dict[str, str]:
    """The wish without what is wished for: what the person refuses is no reason of a métier."""
    if "souhait" not in champs:
        return {}
    return {"souhait": "; ".join(f"je ne veux pas {refus}" for refus in split_refusals(profil.souhait)[1])}


def _indexes(moteur: Moteur, profil: Profil, avant: Mapping[str, float]) -> dict[str, float]:
    """Indexes of some métiers in the answer to another profile.

    A métier absent from a list in order is below its end: when that proves the fall, the whole list is not asked for.
    """
    liste = signature(moteur.recommend(profil, _LOIN))
    queue = [indice for _, indice in liste[_LOIN // 2 :]]
    trouves = dict(liste)
    absents = {code: avant[code] for code in avant if code not in trouves}
    if not absents or len(liste) < _LOIN:
        return trouves
    if queue == sorted(queue, reverse=True) and all(indice > queue[-1] + _EGAL for indice in absents.values()):
        return trouves | dict.fromkeys(absents, queue[-1])
    return dict(signature(moteur.recommend(profil, LIMITE_MAX)))


def _verdict(nom: str, metier: MetierPropose, apres: float) -> dict[str, Any]:
    raison = max(metier.explications, key=lambda e: e.contribution)
    return {
        "nom": nom,
        "metier": f"{metier.code_rome} {metier.intitule}",
        "critere": raison.critere,
        "indice": round(metier.indice, 6),
        "apres": round(apres, 6),
        "verifie": apres < metier.indice - _EGAL,
    }


def _tally(lignes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    ecarts = [{cle: v for cle, v in x.items() if cle != "verifie"} for x in lignes if not x["verifie"]]
    part = round(1 - len(ecarts) / len(lignes), _ARRONDI) if lignes else None
    return {"n": len(lignes), "verifies": part, "ecarts": ecarts[:_LISTE_MAX]}


def check_sums(reponses: Sequence[Recommandation]) -> dict[str, Any]:
    """Do the contributions of the reasons of each métier sum to its index?

    Returns:
        `n` métiers, `ecart_maximum`, and `verifies`: the share within 1e-9 (None when n is 0).
    """
    ecarts = [abs(m.indice - sum(e.contribution for e in m.explications)) for r in reponses for m in r.metiers]
    return {
        "n": len(ecarts),
        "ecart_maximum": max(ecarts, default=0.0),
        "verifies": round(float(np.mean(np.array(ecarts) <= _EGAL)), _ARRONDI) if ecarts else None,
    }
