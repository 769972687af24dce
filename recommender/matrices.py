"""The référentiel as arrays: all métiers are scored at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from embeddings.gestes import Gestes
from embeddings.voisinage import Voisinage
from recommender.acces import Acces, read_access
from recommender.config import Config
from recommender.gestes import GestesMetiers, build_gestures
from recommender.parentes import build_kinship
from recommender.tables import Lues, Tables, read_json, read_sparse, write_json, write_sparse
from referentiels.catalogue import Catalogue
from referentiels.types import (
    CodeOgr,
    CodeRome,
    MetierCentreInteret,
    MetierCompetence,
    MetierContexte,
    MetierSavoir,
    Mobilite,
)

RIASEC = "RIASEC"
_ATTESTATIONS = "Certifications et habilitations"
Vecteur = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Matrices:
    """N métiers × I items (compétences and savoirs), and their other links.

    `demandes` (N×I) weighs each demand by rarity, cœur de métier and nature; `parts` is the same with rows
    summing to 1; `gain` (I) is rarity × nature, the weight of an item held.
    """

    codes: tuple[CodeRome, ...]
    rang: dict[str, int]
    items: tuple[int, ...]
    rang_item: dict[int, int]
    demandes: Any
    presence: Any
    """1 where a métier calls for an item."""
    parts: Any
    coeur: Any
    coeur_par_item: Any
    """The same as `coeur`, by column."""
    gain: Vecteur
    normes: Vecteur
    groupe: NDArray[np.int64]
    """Index of the macro-compétence group of each item, -1 for none."""
    groupe_de: dict[int, int]
    proches: Any
    """V×I, closeness by meaning of a compétence or savoir to each item, in ]0, 1]; V is 0 for words alone."""
    rang_proche: dict[int, int]
    """Row of each OGR code in `proches`."""
    transversal: NDArray[np.bool_]
    attestation: NDArray[np.bool_]
    """Items that only a paper gives (certifications, habilitations): exercising a métier is no proof of them."""
    riasec_majeur: NDArray[np.int64]
    riasec_mineur: NDArray[np.int64]
    """Rank in "RIASEC" of each métier's letters, -1 for none."""
    mobilites: Any
    """N×N, value of the official mobility from row to column, in ]0, 1]."""
    voisins: Any
    """N×N, written kinship from row to column, in ]0, 1]: what one calls to mind, see `parentes`."""
    suites: Any
    """Likewise: where having done one leads."""
    interets: dict[str, dict[int, bool]]
    """Centre d'intérêt → métier rank → main one?"""
    contextes: dict[int, NDArray[np.int64]]
    """Contexte → ranks of the métiers that have it."""
    familles: NDArray[np.int64]
    """The ROME v3 fiche from which each métier comes, as a number."""
    acces: Acces
    """Certifications that lead to each métier."""
    niveaux: NDArray[np.float64]
    """See `Acces.niveaux`."""
    gestes: GestesMetiers | None

    def write(self) -> Tables:
        """All of it as arrays."""
        tables: Tables = {nom: getattr(self, nom) for nom in _TABLEAUX}
        for nom in (*_PAR_LIGNE, *_PAR_COLONNE):
            tables |= write_sparse(nom, getattr(self, nom))
        numeros = sorted({n for siens in self.acces.certifications.values() for n in siens})
        rangs = {numero: rang for rang, numero in enumerate(numeros)}
        certifications = {code: [rangs[n] for n in siens] for code, siens in self.acces.certifications.items()}
        interets = {code: list(liens.items()) for code, liens in self.interets.items()}
        tables |= {
            "codes": write_json(self.codes),
            "items": np.array(self.items, dtype=np.int64),
            "groupe_de": np.array(list(self.groupe_de.items()), dtype=np.int64).reshape(-1, 2),
            "rang_proche": np.array(list(self.rang_proche), dtype=np.int64),
            "interets": write_json(interets),
            "contextes": write_json([(code, rangs.tolist()) for code, rangs in self.contextes.items()]),
            "numeros": write_json(numeros),
            "certifications": write_json(certifications),
        }
        if self.gestes is not None:
            tables |= {"gestes_items": self.gestes.items, "gestes_metiers": self.gestes.metiers}
        return tables

    @classmethod
    def read(cls, t: Lues) -> "Matrices":
        """What `write` made, where it lies."""
        codes = tuple(read_json(t["codes"]))
        items = tuple(t["items"].tolist())
        numeros = read_json(t["numeros"])
        certifications = read_json(t["certifications"]).items()
        acces = Acces({code: tuple(map(numeros.__getitem__, siens)) for code, siens in certifications}, t["niveaux"])
        return cls(
            codes=codes,
            rang={code: rang for rang, code in enumerate(codes)},
            items=items,
            rang_item={code: rang for rang, code in enumerate(items)},
            groupe_de=dict(t["groupe_de"].tolist()),
            rang_proche={code: rang for rang, code in enumerate(t["rang_proche"].tolist())},
            interets={code: dict(liens) for code, liens in read_json(t["interets"]).items()},
            contextes={code: np.array(rangs, dtype=np.int64) for code, rangs in read_json(t["contextes"])},
            acces=acces,
            gestes=GestesMetiers(t["gestes_items"], t["gestes_metiers"]) if "gestes_items" in t else None,
            **{nom: t[nom] for nom in _TABLEAUX},
            **{nom: read_sparse(t, nom) for nom in _PAR_LIGNE},
            **{nom: read_sparse(t, nom, colonnes=True) for nom in _PAR_COLONNE},
        )


_PAR_LIGNE = ("demandes", "presence", "parts", "coeur", "proches", "mobilites", "voisins", "suites")
_PAR_COLONNE = ("coeur_par_item",)
_TABLEAUX = (
    "gain", "normes", "groupe", "transversal", "attestation", "riasec_majeur", "riasec_mineur", "familles", "niveaux",
)  # fmt: skip


def build_matrices(
    catalogue: Catalogue, config: Config, voisinage: Voisinage | None = None, gestes: Gestes | None = None
) -> Matrices:
    """Arrays of a catalogue; about 0.5 s for the full ROME.

    Args:
        catalogue: The référentiels.
        config: Weights of the demands, and from which likeness two items are close.
        voisinage: Compétences and savoirs near each other; none are when None.
        gestes: Closeness of compétences and savoirs to gestures.
    """
    codes = tuple(catalogue.metiers)
    rang: dict[str, int] = {code: i for i, code in enumerate(codes)}
    items_tries, demandes, coeur, gain, transversal = _demands(catalogue, rang, config)
    sommes = np.asarray(demandes.sum(axis=1)).ravel()
    groupe, groupe_de = _macro_groups(catalogue, items_tries)
    rang_item = {int(i): n for n, i in enumerate(items_tries)}
    acces = read_access(catalogue)
    proches, rang_proche = _neighbours(voisinage, rang_item, config)
    voisins, suites = build_kinship(rang, config.parente.pente, config.parente.carrefour)
    return Matrices(
        codes=codes,
        rang=rang,
        items=tuple(int(i) for i in items_tries),
        rang_item=rang_item,
        demandes=demandes,
        presence=csr_matrix((np.ones_like(demandes.data), demandes.indices, demandes.indptr), shape=demandes.shape),
        parts=csr_matrix(demandes.multiply((1.0 / np.where(sommes > 0, sommes, 1.0))[:, None])),
        coeur=coeur,
        coeur_par_item=coeur.tocsc(),
        gain=gain,
        normes=np.sqrt(np.asarray(demandes.multiply(demandes).sum(axis=1)).ravel()),
        groupe=groupe,
        groupe_de=groupe_de,
        proches=proches,
        rang_proche=rang_proche,
        transversal=transversal,
        attestation=np.array([is_paper(catalogue, int(i)) for i in items_tries], dtype=bool),
        **_riasec(catalogue),
        mobilites=_mobilities(catalogue, rang, config),
        voisins=voisins,
        suites=suites,
        interets=_interests(catalogue, rang),
        contextes=_contexts(catalogue, rang),
        familles=_families(catalogue),
        acces=acces,
        niveaux=acces.niveaux,
        gestes=build_gestures(gestes, demandes, rang_item) if gestes is not None else None,
    )


def line(matrice: Any, rang: int) -> tuple[NDArray[np.int64], Vecteur]:
    """Positions and values of one row (by rows) or column (by columns), far quicker than slicing the matrix."""
    debut, fin = matrice.indptr[rang], matrice.indptr[rang + 1]
    return matrice.indices[debut:fin], matrice.data[debut:fin]


def _demands(
    catalogue: Catalogue, rang: dict[str, int], config: Config
) -> tuple[NDArray[np.int64], Any, Any, Vecteur, NDArray[np.bool_]]:
    """Sorted OGR codes of the items, the weighted demands and those of the cœur, weight of each item, transversal."""
    competences, savoirs = catalogue.demandes(MetierCompetence), catalogue.demandes(MetierSavoir)
    ogrs = np.array(competences.codes_ogr + savoirs.codes_ogr, dtype=np.int64)
    items_tries, colonnes = np.unique(ogrs, return_inverse=True)
    lignes = np.array([rang[c] for c in competences.codes_rome + savoirs.codes_rome], dtype=np.int64)
    coeurs = competences.coeurs + savoirs.coeurs
    forme = (len(rang), len(items_tries))
    nature, transversal = _nature_weights(catalogue, items_tries, config)
    frequence = np.bincount(colonnes, minlength=forme[1])
    gain = nature * np.log1p(len(rang) / np.maximum(frequence, 1)) / np.log1p(len(rang))
    demandes = csr_matrix((gain[colonnes] * _core_weights(coeurs, config), (lignes, colonnes)), shape=forme)
    coeur = csr_matrix((np.array([c is not None for c in coeurs], dtype=np.float64), (lignes, colonnes)), shape=forme)
    coeur.eliminate_zeros()
    return items_tries, demandes, coeur, gain, transversal


def _core_weights(coeurs: Sequence[str | None], config: Config) -> Vecteur:
    facteur = {"principale": config.demande.coeur_principale, "emergente": config.demande.coeur_emergente, None: 1.0}
    return np.array([facteur[c] for c in coeurs], dtype=np.float64)


def _nature_weights(
    catalogue: Catalogue, items: NDArray[np.int64], config: Config
) -> tuple[Vecteur, NDArray[np.bool_]]:
    poids = np.empty(len(items))
    transversal = np.zeros(len(items), dtype=bool)
    demande = config.demande
    for n, ogr in enumerate(items):
        competence = catalogue.competences.get(int(ogr))  # type: ignore[call-overload]
        if competence is None:
            poids[n] = demande.savoir
        elif competence.categorie == "Savoir-être":
            poids[n], transversal[n] = demande.savoir_etre, True
        elif competence.transversale:
            poids[n], transversal[n] = demande.transverse, True
        else:
            poids[n] = demande.savoir_faire
    return poids, transversal


def is_paper(catalogue: Catalogue, ogr: int) -> bool:
    """Whether an item is a certification or habilitation, which a paper proves and nothing else."""
    savoir = catalogue.savoirs.get(CodeOgr(ogr))
    return savoir is not None and savoir.categorie == _ATTESTATIONS


def _macro_groups(catalogue: Catalogue, items: NDArray[np.int64]) -> tuple[NDArray[np.int64], dict[int, int]]:
    """Group of each item, and of every compétence code (a macro belongs to its own group)."""
    groupe_de: dict[int, int] = {}
    rangs: dict[int, int] = {}
    for code, competence in catalogue.competences.items():
        macro = code if competence.macro else competence.code_macro
        if macro is not None and competence.categorie != "Savoir-être":
            groupe_de[int(code)] = rangs.setdefault(int(macro), len(rangs))
    return np.array([groupe_de.get(int(i), -1) for i in items], dtype=np.int64), groupe_de


def _neighbours(voisinage: Voisinage | None, rang_item: dict[int, int], config: Config) -> tuple[Any, dict[int, int]]:
    """Closeness from 0 at the least likeness of the configuration to 1 for the same words."""
    if voisinage is None:
        return csr_matrix((0, len(rang_item))), {}
    colonne = np.array([rang_item.get(int(code), -1) for code in voisinage.codes], dtype=np.int64)
    lignes = np.repeat(np.arange(len(voisinage.codes)), np.diff(voisinage.debuts))
    minimum = config.acquis.proximite_minimum
    valeurs = (voisinage.proximites - minimum) / (1.0 - minimum)
    garde = (colonne[voisinage.voisins] >= 0) & (valeurs > 0)
    proches = csr_matrix(
        (valeurs[garde].clip(max=1.0), (lignes[garde], colonne[voisinage.voisins[garde]])),
        shape=(len(voisinage.codes), len(rang_item)),
    )
    return proches, {int(code): n for n, code in enumerate(voisinage.codes)}


def _riasec(catalogue: Catalogue) -> dict[str, NDArray[np.int64]]:
    metiers = catalogue.metiers.values()
    majeurs = [RIASEC.find(m.riasec_majeur) if m.riasec_majeur else -1 for m in metiers]
    mineurs = [RIASEC.find(m.riasec_mineur) if m.riasec_mineur else -1 for m in metiers]
    return {
        "riasec_majeur": np.array(majeurs, dtype=np.int64),
        "riasec_mineur": np.array(mineurs, dtype=np.int64),
    }


def _mobilities(catalogue: Catalogue, rang: dict[str, int], config: Config) -> Any:
    liens = catalogue.all(Mobilite)
    dernier: dict[str, int] = {}
    for lien in liens:
        dernier[lien.code_rome] = max(dernier.get(lien.code_rome, 1), lien.ordre)
    pente = config.mobilite.pente
    arrivees = Counter(x.code_rome_cible for x in liens)
    # What nearly every métier leads to (formateur) says little of this one, and would be in every list.
    valeurs = [
        (1.0 - pente * (x.ordre - 1) / max(dernier[x.code_rome] - 1, 1))
        * min(1.0, config.mobilite.carrefour / arrivees[x.code_rome_cible])
        for x in liens
    ]
    lignes = [rang[x.code_rome] for x in liens]
    colonnes = [rang[x.code_rome_cible] for x in liens]
    return csr_matrix((valeurs, (lignes, colonnes)), shape=(len(rang), len(rang)))


def _families(catalogue: Catalogue) -> NDArray[np.int64]:
    parents = [m.code_rome_parent or m.code_rome for m in catalogue.metiers.values()]
    return np.unique(parents, return_inverse=True)[1].astype(np.int64)


def _interests(catalogue: Catalogue, rang: dict[str, int]) -> dict[str, dict[int, bool]]:
    interets: dict[str, dict[int, bool]] = {}
    for lien in catalogue.all(MetierCentreInteret):
        interets.setdefault(lien.code, {})[rang[lien.code_rome]] = lien.principal
    return interets


def _contexts(catalogue: Catalogue, rang: dict[str, int]) -> dict[int, NDArray[np.int64]]:
    contextes: dict[int, list[int]] = {}
    for lien in catalogue.all(MetierContexte):
        contextes.setdefault(int(lien.code_ogr), []).append(rang[lien.code_rome])
    return {code: np.array(rangs, dtype=np.int64) for code, rangs in contextes.items()}
