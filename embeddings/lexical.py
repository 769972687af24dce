"""Lexical search in one nature of entities: soft TF-IDF over names, helped by what surrounds them."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.indexation import cut, key_of
from embeddings.manifest import unpack
from embeddings.normalisation import MOTS_OUTILS, stem, words
from embeddings.vocabulaire import Vocabulaire

MOTS_MAX = 24
_TEXTES_LUS = 1 << 15
_MOTS_LUS = 2048
"""Words whose texts are kept: people use few, and the same ones."""
_FAIBLES = (
    "actuel", "actuellement", "ai", "aime", "aimer", "aimerais", "ancien", "ancienne", "as", "avoir", "bonjour",
    "boulot", "bosser", "bosse", "c", "ca", "ce", "cette", "cherche", "chercher", "comme", "depuis", "deviens",
    "devenir", "domaine", "emploi", "es", "est", "et", "etais", "ete", "etre", "ex", "fais", "faire", "fait", "faut",
    "gens", "j", "jai", "je", "job", "m", "ma", "mais", "me", "merci", "mes", "metier", "moi", "mon", "n", "ne",
    "pas", "plus", "post", "poste", "postuler", "profession", "puis", "quoi", "recherche", "rechercher", "s",
    "secteur", "si", "souhait", "souhaite", "souhaiter", "suis", "svp", "t", "travail", "travaille", "travailler",
    "tres", "tu", "veux", "vais", "voudrais", "vouloir", "vous", "y",
)  # fmt: skip
MOTS_FAIBLES = frozenset(map(stem, _FAIBLES))
"""What people put around a name (« je suis », « ancien », « poste de », « travailler dans »…)."""
Reels = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ConfigLexical:
    """How texts are compared; values were chosen on the development set of job titles."""

    puissance_idf: float = 0.9
    """Exponent on the weight of rare words: 0 makes all words equal."""
    seuil_ressemblance: float = 0.35
    """Least likeness (cosine of character n-grams) of two words that count as related."""
    part_requete: float = 0.6
    """Share of the query's coverage in a name's score, against the coverage of the name by the query."""
    poids_autres_noms: float = 0.2
    """Weight of the mean score of the next best names of the entity, beside its best one."""
    autres_noms: int = 3
    poids_couverture: float = 0.2
    """Weight of the share of the query that all the names together hold."""
    poids_contexte: float = 0.2
    """Weight of the share of the query that the surroundings (definition, compétences…) hold."""
    poids_faible: float = 0.1
    """What a word of conversation weighs, against any other word."""
    seuil: float = 0.2
    """Least score of an answer."""

    def as_dict(self) -> dict[str, Any]:
        """The values by name; `ConfigLexical(**config.as_dict()) == config`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Trouvaille:
    """An entity found: its number in the index, the text that matched best, its score in [0, 1]."""

    fiche: int
    texte: str
    score: float
    rang: int
    """Rank of its fiche: smaller first among equal scores."""


@dataclass(frozen=True, slots=True)
class Appariement:
    """How the words of a query meet every entity of an index."""

    par_fiche: Reels
    """Score of each entity, in [0, 1]; 1 for those that have the query as a name."""
    par_texte: Reels
    """Score of each text."""
    exact: str | None
    """The first name that the query is, accents, case, gender and number aside."""


@dataclass(frozen=True, slots=True)
class _Rencontre:
    """The texts and entities that a word meets."""

    textes: npt.NDArray[np.int32]
    ressemblances: npt.NDArray[np.float32]
    """Of the word to the likest one that each text holds."""
    poids: npt.NDArray[np.floating[Any]]
    """What that one weighs in the text, as much as it is like."""
    fiches: npt.NDArray[np.int32]
    meilleures: Reels
    """Likeness to the likest word of each entity."""


class IndexLexical:
    """The entities of one nature, found by their words; read-only, safe from any thread.

    Args:
        tableaux: What `build_tables` made.
        config: How texts are compared; the same as at the build.
    """

    def __init__(self, tableaux: Mapping[str, npt.NDArray[Any]], config: ConfigLexical) -> None:
        self._t = tableaux
        self._config = config
        mots = unpack(tableaux["mots"], tableaux["mots_bornes"], 0)
        self._vocabulaire = Vocabulaire(mots.split("\n") if mots else [], tableaux, config.seuil_ressemblance)
        # Answers that are kept share their strings, and reading one anew from the bytes costs ten times as much.
        self.code = lru_cache(maxsize=_TEXTES_LUS)(self._read_code)
        self.label = lru_cache(maxsize=_TEXTES_LUS)(self._read_label)
        self._text = lru_cache(maxsize=_TEXTES_LUS)(self._read_text)
        self._meet = lru_cache(maxsize=_MOTS_LUS)(self._look_for)
        self._fiche_de = np.repeat(np.arange(len(self)), np.diff(tableaux["texte_debut"]))
        self._inconnu = float(np.log(1 + len(self) / 0.5) ** config.puissance_idf)
        riche = len(tableaux["contexte_fiche"]) > 0
        self._multiple = len(self._fiche_de) > 2 * len(self)
        self._plafond = (
            1 + config.poids_couverture + self._multiple * config.poids_autres_noms + riche * config.poids_contexte
        )

    def __len__(self) -> int:
        return len(self._t["texte_debut"]) - 1

    def _read_code(self, fiche: int) -> str:
        """Code of an entity."""
        return unpack(self._t["codes"], self._t["codes_bornes"], fiche)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Codes of all the entities, sorted; the position of each is the number of its entity."""
        return tuple(map(self.code, range(len(self))))

    def _read_label(self, fiche: int) -> str:
        """Label of an entity."""
        return unpack(self._t["libelles"], self._t["libelles_bornes"], fiche)

    def names(self) -> Iterator[tuple[str, str]]:
        """Every name with the code of its entity."""
        for texte in np.flatnonzero(~self._t["texte_usage"]):
            fiche = self._fiche_de[texte]
            yield self.code(int(fiche)), self._text(int(texte))

    def rank(self, requete: str, limite: int) -> tuple[Trouvaille, ...]:
        """The entities nearest to a query: by score, then rank of the fiche, then code.

        Returns:
            At most `limite` entities above the least score; 1 for those that have the query as a name.
        """
        trouve = self.match(requete)
        return () if trouve is None else self.best(trouve, limite)

    def match(self, requete: str) -> Appariement | None:
        """Scores of all the entities; None when the query holds no word to compare."""
        mots = cut(words(requete)[:MOTS_MAX])
        if not mots or not len(self):
            return None
        exacts = self._exact(mots)
        if not len(exacts) and all(mot in MOTS_OUTILS or mot.isdigit() for mot in mots):
            return None
        exact = self._text(int(exacts[0])) if len(exacts) else None
        if exact is not None:
            # One gender of an irregular pair stands for the whole label, so that both find the same.
            mots = cut(words(exact))
        par_texte, par_fiche = self._score(mots)
        par_texte[exacts] = 1.0
        par_fiche[self._fiche_de[exacts]] = 1.0
        return Appariement(np.round(par_fiche, 6), par_texte, exact)

    def name_of(self, requete: str) -> str | None:
        """The first name that a query is, accents, case, gender and number aside."""
        mots = cut(words(requete)[:MOTS_MAX])
        exacts = self._exact(mots) if mots else None
        return self._text(int(exacts[0])) if exacts is not None and len(exacts) else None

    def best(self, trouve: Appariement, limite: int) -> tuple[Trouvaille, ...]:
        """The entities above the least score, best first."""
        fiches = np.flatnonzero(trouve.par_fiche >= self._config.seuil)
        ordre = np.lexsort((fiches, self._t["rangs"][fiches], -trouve.par_fiche[fiches]))[:limite]
        if not len(ordre):
            return ()
        return tuple(
            Trouvaille(fiche, texte, float(trouve.par_fiche[fiche]), int(self._t["rangs"][fiche]))
            for fiche, texte in zip(fiches[ordre].tolist(), self.best_texts(fiches[ordre], trouve), strict=True)
        )

    def ranks_of(self, fiches: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """Rank of some fiches: smaller first among equal scores."""
        rangs: npt.NDArray[np.uint8] = self._t["rangs"][fiches]
        return rangs

    def best_texts(self, fiches: npt.NDArray[np.int64], trouve: Appariement) -> list[str]:
        """The text of each entity that met the query best; its first one when none did."""
        premiers, derniers = self._t["texte_debut"][fiches], self._t["texte_debut"][fiches + 1]
        longueurs = derniers - premiers
        debuts = np.cumsum(longueurs) - longueurs
        textes = np.arange(longueurs.sum()) + np.repeat(premiers - debuts, longueurs)
        scores = trouve.par_texte[textes]
        meilleurs = np.flatnonzero(scores == np.repeat(np.maximum.reduceat(scores, debuts), longueurs))
        gagnants = textes[meilleurs[np.searchsorted(meilleurs, debuts)]]
        return [self._text(texte) for texte in gagnants.tolist()]

    def _exact(self, mots: tuple[str, ...]) -> npt.NDArray[np.int32]:
        cle = key_of(mots)
        debut, fin = np.searchsorted(self._t["cles"], [cle, cle + 1])
        textes: npt.NDArray[np.int32] = self._t["cles_texte"][debut:fin]
        return textes

    def _read_text(self, texte: int) -> str:
        return unpack(self._t["textes"], self._t["textes_bornes"], texte)

    def _score(self, mots: tuple[str, ...]) -> tuple[Reels, Reels]:
        """Scores of all texts (best coverage both ways) and of all entities (names and surroundings)."""
        config, t = self._config, self._t
        rencontres = [self._meet(mot) for mot in mots]
        touches = np.unique(np.concatenate([rencontre.textes for rencontre in rencontres]))
        couverts, couvrants = np.zeros(len(touches)), np.zeros(len(touches))
        ensemble, contexte = np.zeros(len(self)), np.zeros(len(self))
        total = 0.0
        for mot, rencontre in zip(mots, rencontres, strict=True):
            poids = self._weight(mot)
            total += poids
            places = np.searchsorted(touches, rencontre.textes)
            couverts[places] += poids * rencontre.ressemblances
            couvrants[places] += rencontre.poids
            ensemble[rencontre.fiches] += poids * rencontre.meilleures
            self._add_context(mot, poids, contexte)
        rappel = couverts / total
        precision = np.minimum(couvrants / t["texte_poids"][touches], 1.0)
        scores = rappel**config.part_requete * precision ** (1 - config.part_requete)
        par_texte, par_fiche = np.zeros(len(self._fiche_de)), np.zeros(len(self))
        par_texte[touches] = scores
        np.maximum.at(par_fiche, self._fiche_de[touches], scores)
        if self._multiple:
            par_fiche += config.poids_autres_noms * self._other_names(touches, scores)
        par_fiche += (config.poids_couverture * ensemble + config.poids_contexte * contexte) / total
        return par_texte, np.minimum(par_fiche / self._plafond, 0.99)

    def _look_for(self, mot: str) -> "_Rencontre":
        numeros, ressemblances = self._vocabulaire.near(mot)
        textes, rang = self._likest(numeros)
        valeurs = ressemblances[rang]
        # Read backwards, the first one of an entity is the last: its likest, since these come last.
        fiches, premiers = np.unique(self._fiche_de[textes][::-1], return_index=True)
        poids = (ressemblances * self._t["mot_poids"][numeros])[rang]
        return _Rencontre(textes, valeurs, poids, fiches.astype(np.int32), valeurs[::-1][premiers].astype(np.float64))

    def _likest(self, numeros: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """The texts that hold some of these words, each once, with the position of the last one that it holds."""
        debuts = self._t["mot_debut"]
        premiers, longueurs = debuts[numeros], debuts[numeros + 1] - debuts[numeros]
        rang = np.repeat(np.arange(len(numeros)), longueurs)
        decalages = np.arange(len(rang)) - np.repeat(np.cumsum(longueurs) - longueurs, longueurs)
        textes = self._t["mot_texte"][premiers[rang] + decalages]
        dernier = np.empty(len(self._fiche_de), dtype=np.int64)
        dernier[textes] = np.arange(len(textes))
        garde = dernier[textes] == np.arange(len(textes))
        return textes[garde], rang[garde]

    def _weight(self, mot: str) -> float:
        numero = self._vocabulaire.number(mot)
        poids = self._inconnu if numero is None else float(self._t["mot_poids"][numero])
        return poids * (self._config.poids_faible if mot in MOTS_FAIBLES else 1.0)

    def _add_context(self, mot: str, poids: float, contexte: Reels) -> None:
        """Add what a word of the query weighs in the surroundings of each entity."""
        numero = self._vocabulaire.number(mot)
        if numero is not None:
            tranche = slice(self._t["contexte_debut"][numero], self._t["contexte_debut"][numero + 1])
            contexte[self._t["contexte_fiche"][tranche]] += poids * self._t["contexte_poids"][tranche]

    def _other_names(self, textes: npt.NDArray[np.int64], scores: Reels) -> Reels:
        """Mean score of the names next to the best one, for each entity."""
        nombre = self._config.autres_noms
        # One key for both, by entity then best first: scores are below 1, and one sort is quicker than two.
        ordre = np.argsort(2.0 * self._fiche_de[textes] - scores)
        fiches = self._fiche_de[textes[ordre]]
        rang = np.arange(len(fiches)) - np.searchsorted(fiches, fiches, side="left")
        garde = (rang > 0) & (rang <= nombre)
        return np.bincount(fiches[garde], weights=scores[ordre[garde]], minlength=len(self)) / nombre
