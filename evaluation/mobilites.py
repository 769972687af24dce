"""Do the compétences of a métier lead to its official mobilities, beside baselines in the same run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags

from embeddings.search import Recherche
from embeddings.types import Nature, Resultat
from recommender.config import Config
from recommender.pipeline import Recommender
from recommender.types import CompetenceDeclaree, Profil
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError
from referentiels.types import MetierCompetence, MetierSavoir, Mobilite

RANGS = 20
_REGLAGE = 3
_VOISINS = 15
Partie = Literal["tout", "reglage", "controle"]
_GRAINE = 20_260_102
Reels = npt.NDArray[np.float64]
Classement = Callable[[int], Sequence[int]]
"""From the rank of the métier whose compétences are the profile to ranks of other métiers, best first."""


@dataclass(frozen=True, slots=True)
class _Donnees:
    """N métiers × I items, 0 or 1, and for each métier the ranks of its official mobilities."""

    codes: tuple[str, ...]
    items: tuple[int, ...]
    presence: Any
    cibles: dict[int, frozenset[int]]


class _SansTexte:
    """A search that is never asked anything: the profiles of this measure hold codes only."""

    version = "sans-texte"

    def search(self, requete: str, natures: Sequence[Nature] = ("metier",), limite: int = 10) -> tuple[Resultat, ...]:
        """Refuse: a profile with words would not be the one announced."""
        raise InvalidInputError(f"cette mesure ne lit pas de texte : « {requete} » ({natures}, {limite}).")


def evaluate_mobilities(
    catalogue: Catalogue,
    config: Config,
    recherche: Recherche | None = None,
    *,
    un_sur: int = 1,
    partie: Partie = "tout",
) -> dict[str, Any]:
    """Recall and nDCG of the official mobilities of each métier, from its compétences and savoirs alone.

    The profile names no métier, and the mobilities of the métier tried are hidden from the engine for its turn; those
    of the others are not, nor from the baselines `popularite` and `mobilites_voisines`.

    Args:
        catalogue: The référentiels; ROME gives both the compétences and the mobilities.
        config: Weights and limits under test.
        recherche: Gives the closeness of compétences by meaning; exact codes alone when None.
        un_sur: Take one métier out of so many, in code order, for a quicker look.
        partie: `reglage` is one métier out of three, on which the configuration may be tuned; `controle` the others.

    Returns:
        `n` métiers tried, `rappel_10`, `rappel_20`, `ndcg_20` (means, in [0, 1]), the same under `references` for
        `hasard`, `popularite` (most often a target elsewhere), `jaccard`, `cosinus_tfidf` and `sens` (means of the
        vectors of what each métier calls for, rare items counting more), and `rapport_ndcg_20`, ours over the best
        of them (None when no baseline finds anything). Apart, `mobilites_voisines`: the mobilities of the nearest
        métiers by `cosinus_tfidf`, one of our signals alone and in its simplest form.

    Raises:
        InvalidInputError: No métier of the catalogue has both compétences and mobilities, or `un_sur` is below 1.
    """
    if un_sur < 1:
        raise InvalidInputError("il faut évaluer au moins un métier sur un.", champ="un_sur")
    donnees = _gather(catalogue)
    essais = [m for m in sorted(donnees.cibles) if partie == "tout" or (m % _REGLAGE == 0) == (partie == "reglage")]
    essais = essais[::un_sur]
    if not essais:
        raise InvalidInputError("aucun métier n'a à la fois des compétences et des mobilités officielles.")
    references = _references(donnees, recherche)
    mesures = {nom: measure(donnees.cibles, essais, classement) for nom, classement in references.items()}
    nous = measure(donnees.cibles, essais, _by_engine(catalogue, config, recherche, donnees))
    meilleure = max(m["ndcg_20"] for m in mesures.values())
    rapport = round(nous["ndcg_20"] / meilleure, 3) if meilleure > 0 else None
    voisines = measure(donnees.cibles, essais, _by_neighbours(donnees))
    return {
        "n": len(essais),
        **nous,
        "rapport_ndcg_20": rapport,
        "references": mesures,
        "mobilites_voisines": voisines,
    }


def _references(donnees: _Donnees, recherche: Recherche | None) -> dict[str, Classement]:
    references = {
        "hasard": _by_chance(donnees),
        "popularite": _by_popularity(donnees),
        "jaccard": _by_jaccard(donnees),
        "cosinus_tfidf": _by_tfidf(donnees),
    }
    if (moyennes := _by_meaning(donnees, recherche)) is not None:
        references["sens"] = moyennes
    return references


def measure(cibles: dict[int, frozenset[int]], essais: Sequence[int], classement: Classement) -> dict[str, float]:
    """Mean recall at 10 and 20 and nDCG at 20 (every target worth the same) of one ranking."""
    remises = 1.0 / np.log2(np.arange(2, RANGS + 2))
    sommes = np.zeros(3)
    for essai in essais:
        voulus = cibles[essai]
        trouves = np.zeros(RANGS, dtype=bool)
        rangs = list(classement(essai))[:RANGS]
        trouves[: len(rangs)] = [r in voulus for r in rangs]
        ideal = remises[: min(len(voulus), RANGS)].sum()
        sommes += (
            trouves[:10].sum() / len(voulus),
            trouves.sum() / len(voulus),
            (remises * trouves).sum() / ideal,
        )
    noms = ("rappel_10", "rappel_20", "ndcg_20")
    return {nom: round(float(v), 4) for nom, v in zip(noms, sommes / len(essais), strict=True)}


def _gather(catalogue: Catalogue) -> _Donnees:
    codes = tuple(catalogue.metiers)
    rang = {code: n for n, code in enumerate(codes)}
    liens = [
        (rang[code], int(ogr))
        for nature in (MetierCompetence, MetierSavoir)
        for code, ogr in zip(catalogue.demandes(nature).codes_rome, catalogue.demandes(nature).codes_ogr, strict=True)
    ]
    items = tuple(sorted({ogr for _, ogr in liens}))
    colonne = {ogr: n for n, ogr in enumerate(items)}
    lignes, colonnes = [m for m, _ in liens], [colonne[ogr] for _, ogr in liens]
    presence = csr_matrix((np.ones(len(liens)), (lignes, colonnes)), shape=(len(codes), len(items)))
    cibles: dict[int, set[int]] = {}
    for m in catalogue.all(Mobilite):
        if presence[rang[m.code_rome]].nnz and m.code_rome != m.code_rome_cible:
            cibles.setdefault(rang[m.code_rome], set()).add(rang[m.code_rome_cible])
    return _Donnees(codes, items, presence, {m: frozenset(c) for m, c in cibles.items()})


def _by_engine(catalogue: Catalogue, config: Config, recherche: Recherche | None, donnees: _Donnees) -> Classement:
    """The engine itself, from profile to list, as a person would be answered.

    Who names no métier starts from those near to what they can do, and the métier tried is the nearest of all: its
    own mobilities are hidden from the engine for its turn, in both directions. The kinship written for Azimut is hidden
    too, for all: who wrote it may have known the mobilities.
    """
    voisinage = recherche.neighbours() if recherche is not None else None
    gestes = recherche.gestures() if recherche is not None else None
    recommender = Recommender(catalogue, _SansTexte(), config, voisinage, gestes)
    rang, mobilites = recommender.matrices.rang, recommender.matrices.mobilites
    aucune = csr_matrix(mobilites.shape)
    recommender.matrices = replace(recommender.matrices, voisins=aucune, suites=aucune)

    def rank(metier: int) -> Sequence[int]:
        recommender.matrices = replace(recommender.matrices, mobilites=_without(mobilites, metier))
        items = donnees.presence[metier].indices
        competences = tuple(CompetenceDeclaree(code=donnees.items[i]) for i in sorted(items.tolist()))
        reponse = recommender.recommend(Profil(competences=competences), RANGS + 1)
        return [r for m in reponse.metiers if (r := rang[m.code_rome]) != metier]

    return rank


def _without(mobilites: Any, metier: int) -> Any:
    """The mobilities that neither leave a métier nor lead to it."""
    liens = mobilites.tocoo()
    garde = (liens.row != metier) & (liens.col != metier)
    return csr_matrix((liens.data[garde], (liens.row[garde], liens.col[garde])), shape=mobilites.shape)


def _by_chance(donnees: _Donnees) -> Classement:
    tirage = np.random.default_rng(_GRAINE)
    return lambda metier: [r for r in tirage.permutation(len(donnees.codes))[: RANGS + 1].tolist() if r != metier]


def _by_popularity(donnees: _Donnees) -> Classement:
    """The most frequent targets of the other métiers."""
    frequence = np.zeros(len(donnees.codes))
    for cibles in donnees.cibles.values():
        frequence[list(cibles)] += 1

    def rank(metier: int) -> Sequence[int]:
        ailleurs = frequence.copy()
        ailleurs[list(donnees.cibles[metier])] -= 1
        return _best(ailleurs, metier)

    return rank


def _by_jaccard(donnees: _Donnees) -> Classement:
    tailles = np.asarray(donnees.presence.sum(axis=1)).ravel()

    def rank(metier: int) -> Sequence[int]:
        communs = (donnees.presence @ donnees.presence[metier].T).toarray().ravel()
        return _best(communs / np.maximum(tailles + tailles[metier] - communs, 1), metier)

    return rank


def _by_tfidf(donnees: _Donnees) -> Classement:
    unitaires = _tfidf(donnees)
    return lambda metier: _best((unitaires @ unitaires[metier].T).toarray().ravel(), metier)


def _tfidf(donnees: _Donnees) -> Any:
    """Unit rows."""
    frequence = np.asarray(donnees.presence.sum(axis=0)).ravel()
    poids = donnees.presence @ diags(np.log(len(donnees.codes) / np.maximum(frequence, 1)) + 1)
    normes = np.sqrt(np.asarray(poids.multiply(poids).sum(axis=1)).ravel())
    return csr_matrix(diags(1.0 / np.where(normes > 0, normes, 1.0)) @ poids)


def _by_neighbours(donnees: _Donnees) -> Classement:
    """Targets of the mobilities of the nearest métiers, the métier tried left out."""
    unitaires = _tfidf(donnees)
    liens = [(m, cible) for m, cibles in donnees.cibles.items() for cible in cibles]
    taille = len(donnees.codes)
    mobilites = csr_matrix((np.ones(len(liens)), tuple(np.array(liens).T)), shape=(taille, taille))

    def rank(metier: int) -> Sequence[int]:
        proches = (unitaires @ unitaires[metier].T).toarray().ravel()
        proches[metier] = 0.0
        proches[np.argsort(-proches, kind="stable")[_VOISINS:]] = 0.0
        return _best(np.asarray(mobilites.T @ proches).ravel(), metier)

    return rank


def _by_meaning(donnees: _Donnees, recherche: Recherche | None) -> Classement | None:
    """Cosine of the mean vectors of what métiers call for; None without vectors."""
    lots = [recherche.vectors(nature) for nature in ("competence", "savoir")] if recherche is not None else []
    connus = [lot for lot in lots if lot is not None]
    if not connus:
        return None
    rang = {int(code): n for n, code in enumerate(code for codes, _ in connus for code in codes)}
    vecteurs = np.concatenate([v for _, v in connus]).astype(np.float64)
    frequence = np.asarray(donnees.presence.sum(axis=0)).ravel()
    poids = donnees.presence @ diags(np.log(len(donnees.codes) / np.maximum(frequence, 1)))
    moyennes = poids @ vecteurs[[rang[item] for item in donnees.items]]
    moyennes -= moyennes.mean(axis=0)
    unitaires = moyennes / np.linalg.norm(moyennes, axis=1, keepdims=True).clip(1e-9)
    return lambda metier: _best(unitaires @ unitaires[metier], metier)


def _best(valeurs: Reels, sauf: int) -> Sequence[int]:
    """Ranks of the highest values above 0, ties by rank."""
    ordre = np.argsort(-valeurs, kind="stable")[: RANGS + 1]
    return [r for r in ordre.tolist() if r != sauf and valeurs[r] > 0]
