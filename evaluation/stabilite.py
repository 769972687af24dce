"""Does a small change of the profile change the list little, and do the reasons given hold?"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

from evaluation.echantillon import Moteur, Suivi, Tirage, as_bytes, map_texts, signature, tell, texts_of
from evaluation.mesures import interval
from evaluation.profils import CasProfil
from evaluation.raisons import PREMIERS, check_reasons, check_sums
from recommender.types import CompetenceDeclaree, MetierPropose, Profil, Recommandation

T = TypeVar("T")
GRAINE = 20_260_104
PERSISTANCE = 0.9
"""How far down a list the reader of the rank-biased overlap goes on: the first 10 ranks weigh 0.86."""
SANS_EFFET = ("ordre", "accents", "majuscules")
"""Changes after which the answer must be the same."""
_RANGS = 20
_EGAL = 1e-9
_PIRES = 10
_LISTE_MAX = 20
_ARRONDI = 4
_FAUTE_MINIMUM = 6
"""Letters of the words that get a typing error: in a shorter one it makes another word."""
_SYNONYMES = (
    ("travail", "boulot"), ("métier", "profession"), ("réparer", "dépanner"), ("enfants", "gamins"),
    ("véhicule", "voiture"), ("magasin", "boutique"), ("cuisiner", "faire la cuisine"), ("nettoyer", "laver"),
    ("ordinateur", "ordi"), ("aider", "donner un coup de main à"), ("soigner", "prendre soin de"),
    ("chauffeur", "conducteur"), ("vendre", "faire de la vente"), ("dessiner", "faire du dessin"),
    ("jardiner", "faire du jardinage"), ("coudre", "faire de la couture"), ("bricoler", "faire du bricolage"),
    ("programmer", "coder"), ("accueillir", "recevoir"), ("classer", "ranger"), ("documents", "papiers"),
    ("réglementation", "règles"), ("bébé", "nourrisson"), ("clients", "clientèle"), ("camion", "poids lourd"),
    ("animaux", "bêtes"), ("aéronautique", "aviation"), ("nature", "environnement"), ("conseiller", "renseigner"),
    ("femme de ménage", "agent d'entretien"), ("hôtesse de caisse", "caissière"), ("équipe", "groupe"),
    ("hôpital", "clinique"), ("contrôler", "vérifier"), ("gérer", "administrer"), ("organiser", "planifier"),
)  # fmt: skip
"""Words that people use for one another, in either direction."""
_FORMES = {
    "souhait": "je voudrais {}",
    "experiences": "j'ai travaillé comme {}",
    "competences": "je sais {}",
    "centres": "j'aime {}",
    "diplomes": "diplôme : {}",
    "contraintes": "{}",
}


@dataclass(frozen=True, slots=True)
class Changement:
    """A profile a little changed."""

    sorte: str
    profil: Profil
    avant: str
    apres: str


def evaluate_stability(
    moteur: Moteur,
    cas: Sequence[CasProfil],
    *,
    graine: int = GRAINE,
    reconstruire: Callable[[], Moteur] | None = None,
    suivre: Suivi | None = None,
    sans_parentes: Moteur | None = None,
) -> dict[str, Any]:
    """How much the first 10 métiers move after a small change, and whether the reasons are true.

    Args:
        moteur: The engine under test.
        cas: People, at least one.
        graine: Of the changes.
        reconstruire: Builds the engine anew; without it the replay is not measured.
        suivre: Told of the progress.
        sans_parentes: See `check_reasons`.

    Returns:
        `n` people; `changements`: for each kind, see `summarize`; `sans_effet`: of the kinds that must change nothing
        (order of the fields, accents, capitals), the share `identiques` and at most 20 `ecarts`; `pires`: the 10
        changes after which the first 10 differ most, in words; `fidelite`: see `check_reasons`; `additivite`: see
        `check_sums`; `rejeu`: of `n` profiles, the share whose answers by two engines built anew are the same bytes
        (`ecarts` names the others), None without `reconstruire`.
    """
    alea = np.random.default_rng(graine)
    reponses, lignes = [], []
    for n, un in enumerate(cas):
        reponse = moteur.recommend(un.profil, _RANGS)
        reponses.append(reponse)
        for changement in change(un.profil, reponse, alea):
            autre = moteur.recommend(changement.profil, _RANGS)
            lignes.append((changement.sorte, _compare_one(un.nom, changement, reponse, autre)))
        tell(suivre, "changements", n + 1, len(cas))
    par_sorte: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for sorte, ligne in lignes:
        par_sorte[sorte].append(ligne)
    pires = sorted((x for _, x in lignes), key=lambda x: (x["rbo"], x["jaccard"]))[:_PIRES]
    muets = [x for sorte, x in lignes if sorte in SANS_EFFET]
    return {
        "graine": graine,
        "n": len(cas),
        "changements": {sorte: summarize(par_sorte[sorte]) for sorte in sorted(par_sorte)},
        "sans_effet": _same(muets),
        "pires": pires,
        "fidelite": check_reasons(moteur, cas, suivre, sans_parentes),
        "additivite": check_sums(reponses),
        "rejeu": None if reconstruire is None else _replay(reconstruire, cas),
    }


def _same(muets: Sequence[dict[str, Any]]) -> dict[str, Any]:
    ecarts = [x for x in muets if not x["identique"]]
    part = round(1 - len(ecarts) / len(muets), _ARRONDI) if muets else None
    return {"n": len(muets), "identiques": part, "ecarts": ecarts[:_LISTE_MAX]}


def change(profil: Profil, reponse: Recommandation, alea: Tirage) -> Iterator[Changement]:
    """The small changes that a profile allows, each with its kind; one that changes nothing is left out."""
    ecritures: dict[str, Callable[[str, str], str]] = {
        "accents": lambda _, t: _without_accents(t),
        "majuscules": lambda _, t: t.upper(),
        "forme": lambda champ, t: _FORMES[champ].format(t) if champ in _FORMES else t,
        "synonyme": partial(_with_synonym, alea),
        "faute": partial(_mistype, alea),
    }
    for sorte, ecrire in ecritures.items():
        if sorte in SANS_EFFET:
            yield from _rewritten(sorte, profil, map_texts(profil, ecrire))
            continue
        textes = texts_of(profil)
        for choisi in alea.permutation(len(textes))[:2].tolist():
            rangs = iter(range(len(textes)))
            un_seul = map_texts(profil, lambda c, t, e=ecrire, r=rangs, n=choisi: e(c, t) if next(r) == n else t)  # type: ignore[misc]
            yield from _rewritten(sorte, profil, un_seul)
    if (autre := _reversed(profil)) != profil:
        yield Changement("ordre", autre, "dans un ordre", "dans l'autre")
    yield from _change_competences(profil, reponse, alea)
    datees = [(n, e, e.annees) for n, e in enumerate(profil.experiences) if e.annees is not None]
    for n, experience, annees in datees[:1]:
        plus = replace(experience, annees=annees + 1.0)
        yield Changement("annee_de_plus", replace(profil, experiences=_put(profil.experiences, n, plus)),
                         f"{annees:g} an", f"{annees + 1:g} ans")  # fmt: skip


def _rewritten(sorte: str, avant: Profil, apres: Profil) -> Iterator[Changement]:
    dits = [(a, b) for a, b in zip(texts_of(avant), texts_of(apres), strict=True) if a != b]
    if dits:
        yield Changement(sorte, apres, " | ".join(a for a, _ in dits), " | ".join(b for _, b in dits))


def _change_competences(profil: Profil, reponse: Recommandation, alea: Tirage) -> Iterator[Changement]:
    """One compétence less, one level more, one compétence more among those that the first métiers call for."""
    tenues = profil.competences
    if tenues:
        n = int(alea.integers(len(tenues)))
        nom = tenues[n].texte or str(tenues[n].code)
        if len(tenues) > 1 or profil != replace(Profil(), competences=tenues):
            yield Changement("moins_une", replace(profil, competences=_put(tenues, n)), nom, "")
        niveau = min((tenues[n].niveau or 2) + 1, 4)
        plus = replace(tenues[n], niveau=niveau)
        yield Changement("niveau_de_plus", replace(profil, competences=_put(tenues, n, plus)), nom, f"niveau {niveau}")
    manquantes = [c for m in reponse.metiers[:PREMIERS] for c in m.manquantes[:5]]
    if manquantes:
        ajout = manquantes[int(alea.integers(len(manquantes)))]
        plus_une = (*tenues, CompetenceDeclaree(code=int(ajout.code)))
        yield Changement("plus_une", replace(profil, competences=plus_une), "", ajout.libelle)


def _put(elements: Sequence[T], rang: int, *remplacants: T) -> tuple[T, ...]:
    return (*elements[:rang], *remplacants, *elements[rang + 1 :])


def _reversed(profil: Profil) -> Profil:
    """The same things said in the opposite order."""
    return replace(
        profil,
        experiences=profil.experiences[::-1],
        competences=profil.competences[::-1],
        diplomes=profil.diplomes[::-1],
        contraintes=profil.contraintes[::-1],
        exclusions=profil.exclusions[::-1],
        interets=replace(
            profil.interets,
            riasec=MappingProxyType(dict(reversed(list(profil.interets.riasec.items())))),
            centres=profil.interets.centres[::-1],
        ),
    )


def _without_accents(texte: str) -> str:
    decompose = unicodedata.normalize("NFD", texte)
    return "".join(c for c in decompose if not unicodedata.combining(c))


def _with_synonym(alea: Tirage, _: str, texte: str) -> str:
    """The text with one of its words replaced; unchanged when none has a synonym."""
    possibles = [
        (motif, b)
        for couple in _SYNONYMES
        for a, b in (couple, couple[::-1])
        if (motif := re.compile(rf"(?<!\w){re.escape(a)}(?!\w)", re.IGNORECASE)).search(texte)
    ]
    if not possibles:
        return texte
    motif, mot = possibles[int(alea.integers(len(possibles)))]
    return motif.sub(mot, texte, count=1)


def _mistype(alea: Tirage, _: str, texte: str) -> str:
    """The text with one letter of a long word forgotten, doubled, or typed before its neighbour."""
    mots = [m for m in re.finditer(r"[^\W\d_]+", texte) if len(m.group()) >= _FAUTE_MINIMUM]
    if not mots:
        return texte
    n = int(alea.choice(np.arange(len(mots))))
    ou = mots[n].start() + int(alea.integers(2, len(mots[n].group()) - 2))
    a, b = texte[ou], texte[ou + 1]
    return texte[:ou] + (b, a + a + b, b + a)[int(alea.integers(3))] + texte[ou + 2 :]


def _compare_one(nom: str, changement: Changement, avant: Recommandation, apres: Recommandation) -> dict[str, Any]:
    un, deux = ([str(m.code_rome) for m in r.metiers[:PREMIERS]] for r in (avant, apres))
    union = set(un) | set(deux)
    indices = zip(signature(avant), signature(apres), strict=False)
    return {
        "nom": nom,
        "sorte": changement.sorte,
        "avant": changement.avant,
        "apres": changement.apres,
        "jaccard": round(len(set(un) & set(deux)) / len(union), _ARRONDI) if union else 1.0,
        "rbo": round(rank_biased_overlap(un, deux), _ARRONDI),
        "identique": len(avant.metiers) == len(apres.metiers)
        and all(a == b and abs(x - y) <= _EGAL for (a, x), (b, y) in indices),
        "sortis": [_name(m) for m in avant.metiers[:PREMIERS] if m.code_rome not in deux],
        "entres": [_name(m) for m in apres.metiers[:PREMIERS] if m.code_rome not in un],
    }


def rank_biased_overlap(un: Sequence[str], deux: Sequence[str], persistance: float = PERSISTANCE) -> float:
    """Rank-biased overlap of two short lists, extrapolated beyond their end (Webber et al., 2010, eq. 32).

    Returns:
        In [0, 1]: 1 for equal lists, two empty ones included; 0 for lists that share nothing.
    """
    fond = max(len(un), len(deux))
    if not fond:
        return 1.0
    communs = [len(set(un[:d]) & set(deux[:d])) / d for d in range(1, fond + 1)]
    somme = sum(part * persistance**d for d, part in enumerate(communs, start=1))
    return communs[-1] * persistance**fond + (1 - persistance) / persistance * somme


def summarize(lignes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Of one kind of change.

    Returns:
        `n` changes; `identiques`, the share after which the first 20 métiers and their indexes are the same; of the
        first 10 before and after: mean `jaccard` and `rbo` (p = .9), their 95 % `intervalles` and their worst
        (`jaccard_pire`, `rbo_pire`), in [0, 1].
    """
    mesures: dict[str, Any] = {
        "n": len(lignes),
        "identiques": round(float(np.mean([x["identique"] for x in lignes])), _ARRONDI),
        "intervalles": {},
    }
    for nom in ("jaccard", "rbo"):
        valeurs = np.array([x[nom] for x in lignes], dtype=np.float64)
        mesures[nom] = round(float(valeurs.mean()), _ARRONDI)
        mesures[f"{nom}_pire"] = round(float(valeurs.min()), _ARRONDI)
        mesures["intervalles"][nom] = interval(valeurs)
    return mesures


def _replay(reconstruire: Callable[[], Moteur], cas: Sequence[CasProfil]) -> dict[str, Any]:
    un, deux = (
        [as_bytes(moteur.recommend(c.profil, _RANGS)) for c in cas] for moteur in (reconstruire(), reconstruire())
    )
    ecarts = [c.nom for c, a, b in zip(cas, un, deux, strict=True) if a != b]
    return {"n": len(cas), "identiques": round(1 - len(ecarts) / len(cas), _ARRONDI), "ecarts": ecarts[:_LISTE_MAX]}


def _name(metier: MetierPropose) -> str:
    return f"{metier.code_rome} {metier.intitule}"
