"""One question, the nearest entities: by code, by exact name, by words and by meaning."""

import hashlib
import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from embeddings import noms, normalisation, texts
from embeddings.cache import CacheVecteurs
from embeddings.cas.appris import Conseil, by_field, has_cases, learnt_digest, learnt_with
from embeddings.dense import Ailleurs, IndexDense, Tableau, dense_arrays
from embeddings.encodeur import Encodeur
from embeddings.ensemble import CENTRES, Place, Rapprochement, field_directions, find_places
from embeddings.fusion import DENSE, ETIQUETTE, Fusion, fusion_digest, load_fusions
from embeddings.gestes import Gestes, gestes_digest, read_gestures
from embeddings.hybride import Candidats, IndexHybride, Memoire, Question
from embeddings.lexical import ConfigLexical
from embeddings.lexique import lexique_digest
from embeddings.manifest import open_arrays, write_arrays
from embeddings.noms import build_suggestions, names_of
from embeddings.parler import load_parler
from embeddings.suggestion import Suggestions
from embeddings.tableaux import ITEMS, Progress, make_tables
from embeddings.texts import NATURES, Fiche
from embeddings.types import Nature, Reponse, Resultat
from embeddings.voisinage import Voisinage, read_neighbours
from referentiels.catalogue import Catalogue
from referentiels.cellules import fold
from referentiels.errors import DatabaseError

REQUETE_MAX = 400
"""Characters of a query that are read; the rest is left out."""
_BRUT_MAX = 4000
_REPONSES = 4096
_QUESTIONS = 512
_BALISE = re.compile(r"<(script|style)\b[^<]*(?:</\1\s*>)?|<[^<>]*>", re.IGNORECASE)
_CODE_ROME = re.compile(r"[A-N]\d{1,4}")
_CODE_FICHE = re.compile(r"(RNCP|RS)(\d{1,6})")
_CODE_BLOC = re.compile(r"(RNCP|RS)(\d{1,6})BC(\d{1,3})")
_NUMERO = re.compile(r"\d{2,9}")
_SUGGESTION = "suggestion"
_PREFIXE = 0.9
"""Score of an entity whose code only begins as the query does."""
Voie = Literal["lexicale", "dense"]
VOIES: tuple[Voie, ...] = ("lexicale", "dense")


class Recherche:
    """Search in a catalogue; immutable, safe from any thread. Made by `build` or `load`.

    Args:
        tableaux: Arrays by name, « nature/name ».
        version: Hash of the settings, the templates, the catalogue and the encoder; names the index in every answer.
        config: How texts are compared.
        encodeur: Who made the vectors; None for a lexical search alone.
        fusions: How both channels are weighed, by nature; what was learnt with the encoder when None.
        ailleurs: Who keeps the vectors of some natures out of this process.
    """

    def __init__(
        self,
        tableaux: Mapping[str, npt.NDArray[Any]],
        version: str,
        config: ConfigLexical,
        encodeur: Encodeur | None = None,
        fusions: Mapping[str, Fusion] | None = None,
        ailleurs: Mapping[Nature, Ailleurs] | None = None,
    ) -> None:
        self.version = version
        self._tableaux = tableaux
        self._config = config
        self._encodeur = encodeur
        self._memoire = Memoire(encodeur) if encodeur is not None else None
        self._fusions = load_fusions(encodeur.dossier if encodeur else None) if fusions is None else fusions
        self._ailleurs = ailleurs or {}
        self._index: dict[Nature, IndexHybride] = {}
        self._verrou = Lock()
        self._repondre = lru_cache(maxsize=_REPONSES)(self._answer)
        # The parts of one request ask the same of several natures.
        self._ask_for = lru_cache(maxsize=_QUESTIONS)(lambda propre: Question(propre, self._memoire, self._personnes))

    @classmethod
    def build(
        cls,
        catalogue: Catalogue,
        dossier: Path,
        progress: Progress = lambda _: None,
        config: ConfigLexical | None = None,
        encodeur: Encodeur | None = None,
    ) -> "Recherche":
        """Make the index of a catalogue, write it under `dossier` in one atomic step, and open it.

        Args:
            catalogue: What is searched.
            dossier: Where the versions of the index, and the vectors already made, are kept.
            progress: Called with a French sentence at each step.
            config: How texts are compared; the default one when None.
            encodeur: Who makes the vectors; None for a lexical search alone.
        """
        config = config or ConfigLexical()
        fiches = {nature: texts.entities(catalogue, nature) for nature in NATURES}
        cache = None if encodeur is None else CacheVecteurs(dossier, encodeur)
        tableaux = make_tables(fiches, config, cache, progress, learnt_with(encodeur, progress))
        progress("Complétion")
        tables = build_suggestions(names_of(catalogue))
        tableaux |= {f"{_SUGGESTION}/{nom}": table for nom, table in tables.items()}
        progress("Écriture de l'index")
        identite = _identity(catalogue, config, encodeur)
        write_arrays(dossier, _version(identite), tableaux, identite)
        return cls.load(catalogue, dossier, config, encodeur)

    @classmethod
    def load(
        cls,
        catalogue: Catalogue,
        dossier: Path,
        config: ConfigLexical | None = None,
        encodeur: Encodeur | None = None,
        *,
        verify: bool = True,
        ailleurs: Mapping[Nature, Ailleurs] | None = None,
    ) -> "Recherche":
        """Open the index of a catalogue; arrays are mapped, and words read at the first search of a nature.

        Raises:
            MissingIndexError: No index was built there.
            StaleIndexError: The one there is for another catalogue, other templates, settings or encoder.
            CorruptIndexError: Its bytes differ from its manifest.
        """
        config = config or ConfigLexical()
        identite = _identity(catalogue, config, encodeur)
        version = _version(identite)
        tableaux = open_arrays(dossier, version, identite, verify=verify)
        return cls(tableaux, version, config, encodeur, ailleurs=ailleurs)

    @property
    def modele(self) -> str | None:
        """Hash of the encoder; None for a search by words alone."""
        return self._encodeur.empreinte if self._encodeur is not None else None

    def search(self, requete: str, natures: Sequence[Nature] = ("metier",), limite: int = 10) -> tuple[Resultat, ...]:
        """The entities nearest to what someone typed: a code, the beginning of one, a name, or words.

        Args:
            requete: Any text; mark-up is dropped and only the first 400 characters are read.
            natures: Where to look.
            limite: At most so many answers.

        Returns:
            Answers by score; ties by code, active certifications first. Empty when nothing is near enough.
        """
        return self.ask(requete, natures, limite).resultats

    def ask(self, requete: str, natures: Sequence[Nature] = ("metier",), limite: int = 10) -> Reponse:
        """Like `search`, with how sure the first answer is: unsure, the service offers choices and says so.

        Natures whose vectors are elsewhere, and cannot be reached, are searched by words alone.
        """
        propre, voulues = _clean(requete), tuple(dict.fromkeys(natures))
        if not propre or limite < 1:
            return Reponse((), 0.0, sure=False)
        try:
            return self._repondre(propre, voulues, limite)
        except DatabaseError:
            # Not kept: the next one may reach them.
            return self._answer(propre, voulues, limite, secours=True)

    def _answer(self, propre: str, voulues: tuple[Nature, ...], limite: int, *, secours: bool = False) -> Reponse:
        """The answer itself; the last ones are kept, since a person corrects one thing of a profile at a time."""
        trouves = [r for nature in voulues for r in self._by_code(nature, propre)]
        sures = dict.fromkeys(voulues, 1.0)
        if not trouves:
            question = self._ask_for(propre)
            lots = {}
            # What is elsewhere comes first: when it cannot be reached, nothing else was searched in vain.
            for nature in sorted(voulues, key=lambda nature: nature not in self._ailleurs):
                index, mots_seuls = self._index_of(nature), secours and nature in self._ailleurs
                lots[nature] = index.answer(question, limite, mots_seuls=mots_seuls)
                sures[nature] = index.least_sure(mots_seuls=mots_seuls)
            trouves = [r for nature in voulues for r in lots[nature]]
        # Stable: within one nature and score, the order of the index holds (rank of the fiche, then code).
        resultats = tuple(sorted(trouves, key=lambda r: -r.score)[:limite])
        confiance = resultats[0].score if resultats else 0.0
        return Reponse(resultats, confiance, sure=bool(resultats) and confiance >= sures[resultats[0].nature])

    def prepare(self, requetes: Iterable[str]) -> None:
        """Begin to encode what will be asked soon, in that order; answers are the same, and come sooner."""
        if self._memoire is not None:
            self._memoire.prepare(self._ask_for(propre).clair for r in requetes if (propre := _clean(r)))

    def bring_near(self, dits: Mapping[str, Sequence[str]], parts: Mapping[str, float]) -> Rapprochement | None:
        """How near every métier is to what a person says as a whole; None for a search by words alone.

        Args:
            dits: What they say, by field.
            parts: The part of each field; one that has none counts only for the cases.
        """
        if self._memoire is None or CENTRES not in self._tableaux:
            return None
        entendus = self.hear(dits)
        directions = field_directions([(parts.get(champ, 0.0), lot) for champ, lot in entendus.items()])
        if not directions:
            return None
        conseil = Conseil(by_field(entendus, len(directions[0])), self._tableaux) if self.knows_cases else None
        return Rapprochement(directions, self._tableaux, self._places, conseil)

    def hear(self, dits: Mapping[str, Sequence[str]]) -> dict[str, list[npt.NDArray[np.float32]]]:
        """The vectors of what a person says, by field; nothing for a search by words alone."""
        noms = self._index_of("metier").lexical
        propres = {champ: [p for texte in lot if (p := _clean(texte))] for champ, lot in dits.items()}
        lus = {champ: [self._ask_for(p).vector(noms.name_of(p)) for p in lot] for champ, lot in propres.items()}
        return {champ: [v for v in lot if v is not None] for champ, lot in lus.items()}

    @property
    def knows_cases(self) -> bool:
        """Whether the written cases are heard."""
        return has_cases(self._tableaux)

    def centres(self) -> tuple[tuple[str, ...], npt.NDArray[np.float32]] | None:
        """The code of each métier and the mean direction of its texts; None for a search by words alone."""
        centres = self._tableaux.get(CENTRES)
        return None if centres is None else (self._index_of("metier").lexical.codes, centres)

    def rest(self) -> None:
        """Leave no thread or open connection behind, as before a fork."""
        if self._memoire is not None:
            self._memoire.rest()
        for ailleurs in self._ailleurs.values():
            ailleurs.rest()

    def variants(self) -> tuple[Voie, ...]:
        """The channels that can be tried alone."""
        return VOIES if self._memoire is not None else ()

    def variant(self, voie: Voie) -> "Recherche":
        """The same search through one of its channels alone: for measures."""
        if voie == "lexicale":
            tableaux = {nom: t for nom, t in self._tableaux.items() if not nom.endswith("/vecteurs")}
            return Recherche(tableaux, self.version, self._config)
        return Recherche(self._tableaux, self.version, self._config, self._encodeur, {ETIQUETTE: DENSE})

    def asked_through(self, encodeur: Encodeur) -> "Recherche":
        """The same index, asked through another encoder of such vectors: for measures."""
        return Recherche(self._tableaux, self.version, self._config, encodeur)

    def candidates(self, requete: str, nature: Nature) -> Candidats | None:
        """What is compared for a query in one nature, and how; None when it holds no word to compare."""
        return self._index_of(nature).compare(self._ask_for(_clean(requete)))

    def names(self, nature: Nature) -> tuple[tuple[str, str], ...]:
        """All the names of a nature, each with the code of its entity, in code order."""
        return tuple(self._index_of(nature).lexical.names())

    def neighbours(self) -> Voisinage | None:
        """Which compétences and savoirs are near each other by meaning; None for a search by words alone."""
        return read_neighbours(self._tableaux)

    def gestures(self) -> Gestes | None:
        """How near compétences and savoirs are to each gesture; None for a search by words alone."""
        return read_gestures(self._tableaux)

    def suggestions(self) -> Suggestions | None:
        """The autocompletion made with the index; None for a search in memory."""
        prefixe = f"{_SUGGESTION}/"
        tables = {nom[len(prefixe) :]: t for nom, t in self._tableaux.items() if nom.startswith(prefixe)}
        return Suggestions(tables) if tables else None

    def vectors(self, nature: Nature) -> tuple[list[str], npt.NDArray[np.float16]] | None:
        """The code of the entity and the vector of each text of a nature; None for a search by words alone."""
        if f"{nature}/vecteurs" not in self._tableaux:
            return None
        lexical = self._index_of(nature).lexical
        codes = [lexical.code(int(fiche)) for fiche in self._tableaux[f"{nature}/vecteurs_fiche"]]
        return codes, np.asarray(self._tableaux[f"{nature}/vecteurs"])

    def dense_arrays(self, nature: Nature) -> dict[str, Tableau] | None:
        """What the index of the vectors of a nature is made from; None for a search by words alone."""
        return dense_arrays(self._tableaux, f"{nature}/")

    def warm(self, natures: Sequence[Nature] = NATURES) -> None:
        """Read the words of some natures and the encoder now, so that the first search is as quick as the others."""
        for nature in natures:
            self._index_of(nature)
        self._ask_for("métier").vector(None)

    def _index_of(self, nature: Nature) -> IndexHybride:
        index = self._index.get(nature)
        if index is None:
            with self._verrou:
                prefixe = f"{nature}/"
                tables = {nom[len(prefixe) :]: t for nom, t in self._tableaux.items() if nom.startswith(prefixe)}
                fusion = self._fusions.get(nature, self._fusions[ETIQUETTE])
                ailleurs = self._ailleurs.get(nature)
                ouvrir = IndexDense if ailleurs is None else partial(ailleurs.open, nature, self.version)
                index = self._index.setdefault(nature, IndexHybride(nature, tables, self._config, fusion, ouvrir))
        return index

    @cached_property
    def _personnes(self) -> frozenset[str]:
        """The first words of the names of métiers, of both genders, which name people."""
        noms = self.names("metier") if self._memoire is not None else ()
        premiers = {forme.partition(" ")[0] for _, nom in noms for forme in nom.split(" / ")}
        return frozenset(fold(mot).partition(" ")[0] for mot in premiers)

    @cached_property
    def _places(self) -> dict[str, Place]:
        """Where the vectors of each compétence and savoir are."""
        lots = [
            find_places(nature, self._index_of(nature).lexical.codes, self._tableaux[f"{nature}/vecteurs_fiche"])
            for nature in ITEMS
            if f"{nature}/vecteurs_fiche" in self._tableaux
        ]
        return {code: place for lot in lots for code, place in lot.items()}

    def _by_code(self, nature: Nature, requete: str) -> list[Resultat]:
        """The entity of a code, or, for a métier, all those whose code begins so."""
        demande = _code_asked(nature, requete)
        if demande is None:
            return []
        index = self._index_of(nature).lexical
        codes = index.codes
        rang = bisect_left(codes, demande)
        if rang < len(codes) and codes[rang] == demande:
            libelle = index.label(rang)
            return [Resultat(nature, demande, libelle, libelle, 1.0)]
        resultats = []
        while nature == "metier" and rang < len(codes) and codes[rang].startswith(demande):
            libelle = index.label(rang)
            resultats.append(Resultat(nature, codes[rang], libelle, libelle, _PREFIXE))
            rang += 1
        return resultats


def assemble(
    fiches: Mapping[Nature, Sequence[Fiche]],
    encodeur: Encodeur | None,
    config: ConfigLexical | None = None,
    cache: CacheVecteurs | None = None,
    fusions: Mapping[str, Fusion] | None = None,
) -> Recherche:
    """A search over given fiches, in memory: for evaluations that leave some texts out.

    Args:
        fiches: In code order, by nature.
        encodeur: Who makes the vectors; None for a lexical search alone.
        config: How texts are compared; the default one when None.
        cache: Where vectors already made are kept; all are made anew when None.
        fusions: How both channels are weighed, by nature; what was learnt with the encoder when None.
    """
    config = config or ConfigLexical()
    if cache is None and encodeur is not None:
        cache = CacheVecteurs(None, encodeur)
    return Recherche(make_tables(fiches, config, cache, lambda _: None), "memoire", config, encodeur, fusions)


def _clean(requete: str) -> str:
    return " ".join(_BALISE.sub(" ", requete[:_BRUT_MAX]).replace("\x00", " ").split())[:REQUETE_MAX]


def _code_asked(nature: Nature, requete: str) -> str | None:
    """What the query would be as a code of that nature, or None."""
    compact = "".join(requete[:20].split()).upper()
    if nature == "metier":
        return compact if _CODE_ROME.fullmatch(compact) else None
    if nature == "certification":
        if trouve := _CODE_FICHE.fullmatch(compact):
            return f"{trouve[1]}{int(trouve[2])}"
        return f"RNCP{int(compact)}" if _NUMERO.fullmatch(compact) else None
    if nature == "bloc":
        return compact if _CODE_BLOC.fullmatch(compact) else None
    return compact if _NUMERO.fullmatch(compact) else None


def _identity(catalogue: Catalogue, config: ConfigLexical, encodeur: Encodeur | None) -> dict[str, Any]:
    """All that an index depends on."""
    return {
        "catalogue": catalogue.version,
        "modeles": texts.VERSION,
        "normalisation": normalisation.VERSION,
        "config": config.as_dict(),
        "lexique": lexique_digest(),
        "parler": load_parler().empreinte,
        "gestes": gestes_digest(),
        "cas": learnt_digest() if encodeur is not None else None,
        "suggestions": noms.VERSION,
        "encodeur": encodeur.empreinte if encodeur is not None else None,
        "fusion": fusion_digest(encodeur.dossier if encodeur is not None else None),
    }


def _version(identite: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(identite, sort_keys=True).encode()).hexdigest()[:16]
