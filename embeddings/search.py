"""One question, the nearest entities: by code, by exact name, by words. Dense search will be fused here."""

import hashlib
import json
import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

import numpy.typing as npt

from embeddings import normalisation, texts
from embeddings.indexation import build_tables
from embeddings.lexical import ConfigLexical, IndexLexical
from embeddings.lexique import lexique_digest, load_lexique
from embeddings.manifest import open_arrays, write_arrays
from embeddings.texts import NATURES
from embeddings.types import Nature, Resultat
from referentiels.catalogue import Catalogue

REQUETE_MAX = 400
"""Characters of a query that are read; the rest is left out."""
_BRUT_MAX = 4000
_BALISE = re.compile(r"<(script|style)\b[^<]*(?:</\1\s*>)?|<[^<>]*>", re.IGNORECASE)
_CODE_ROME = re.compile(r"[A-N]\d{1,4}")
_CODE_FICHE = re.compile(r"(RNCP|RS)(\d{1,6})")
_NUMERO = re.compile(r"\d{2,9}")
_REECRITURE = 0.95
"""Part of its score that an answer to a rewritten query keeps."""
_PREFIXE = 0.9
"""Score of an entity whose code only begins as the query does."""
Progress = Callable[[str], None]


class Recherche:
    """Search in a catalogue; immutable, safe from any thread. Made by `build` or `load`.

    Args:
        tableaux: Arrays by name, « nature/name ».
        version: Hash of the settings, the templates and the catalogue; names the index in every answer.
        config: How texts are compared.
    """

    def __init__(self, tableaux: Mapping[str, npt.NDArray[Any]], version: str, config: ConfigLexical) -> None:
        self.version = version
        self._tableaux = tableaux
        self._config = config
        self._index: dict[Nature, IndexLexical] = {}
        self._verrou = Lock()

    @classmethod
    def build(
        cls,
        catalogue: Catalogue,
        dossier: Path,
        progress: Progress = lambda _: None,
        config: ConfigLexical | None = None,
    ) -> "Recherche":
        """Make the index of a catalogue, write it under `dossier` in one atomic step, and open it.

        Args:
            catalogue: What is searched.
            dossier: Where the versions of the index are kept.
            progress: Called with a French sentence at each step.
            config: How texts are compared; the default one when None.
        """
        config = config or ConfigLexical()
        tableaux: dict[str, npt.NDArray[Any]] = {}
        for nature in NATURES:
            progress(f"Index de recherche : {nature}")
            tables = build_tables(texts.entities(catalogue, nature), config.puissance_idf)
            tableaux.update((f"{nature}/{nom}", tableau) for nom, tableau in tables.items())
        progress("Écriture de l'index")
        identite = _identity(catalogue, config)
        write_arrays(dossier, _version(identite), tableaux, identite)
        return cls.load(catalogue, dossier, config)

    @classmethod
    def load(
        cls, catalogue: Catalogue, dossier: Path, config: ConfigLexical | None = None, *, verify: bool = True
    ) -> "Recherche":
        """Open the index of a catalogue; arrays are mapped, and words read at the first search of a nature.

        Raises:
            MissingIndexError: No index was built there.
            StaleIndexError: The one there is for another catalogue, other templates or settings.
            CorruptIndexError: Its bytes differ from its manifest.
        """
        config = config or ConfigLexical()
        identite = _identity(catalogue, config)
        version = _version(identite)
        return cls(open_arrays(dossier, version, identite, verify=verify), version, config)

    def search(self, requete: str, natures: Sequence[Nature] = ("metier",), limite: int = 10) -> tuple[Resultat, ...]:
        """The entities nearest to what someone typed: a code, the beginning of one, a name, or words.

        Args:
            requete: Any text; mark-up is dropped and only the first 400 characters are read.
            natures: Where to look.
            limite: At most so many answers.

        Returns:
            Answers by score; ties by code, active certifications first. Empty when nothing is near enough.
        """
        propre = _clean(requete)
        if not propre or limite < 1:
            return ()
        voulues = dict.fromkeys(natures)
        trouves = [r for nature in voulues for r in self._by_code(nature, propre)]
        if not trouves:
            trouves = [r for nature in voulues for r in self._by_words(nature, propre, limite)]
        # Stable: within one nature and score, the order of the index holds (rank of the fiche, then code).
        return tuple(sorted(trouves, key=lambda r: -r.score)[:limite])

    def names(self, nature: Nature) -> tuple[tuple[str, str], ...]:
        """All the names of a nature, each with the code of its entity, in code order."""
        return tuple(self._index_of(nature).names())

    def warm(self, natures: Sequence[Nature] = NATURES) -> None:
        """Read the words of some natures now, so that the first search is as quick as the others."""
        for nature in natures:
            self._index_of(nature)

    def _index_of(self, nature: Nature) -> IndexLexical:
        index = self._index.get(nature)
        if index is None:
            with self._verrou:
                prefixe = f"{nature}/"
                tables = {nom[len(prefixe) :]: t for nom, t in self._tableaux.items() if nom.startswith(prefixe)}
                index = self._index.setdefault(nature, IndexLexical(tables, self._config))
        return index

    def _by_words(self, nature: Nature, requete: str, limite: int) -> list[Resultat]:
        """Answers to the query as typed and as the référentiels would write it, the better of the two for each."""
        index = self._index_of(nature)
        trouvailles = {t.fiche: t for t in index.rank(requete, limite)}
        # A name that the référentiel holds needs no rewriting, and both its genders must find the same.
        connu = any(t.score == 1 for t in trouvailles.values())
        reecrite = None if connu else load_lexique().rewrite(requete)
        for t in index.rank(reecrite, limite) if reecrite else ():
            attenuee = replace(t, score=round(t.score * _REECRITURE, 6))
            if t.fiche not in trouvailles or trouvailles[t.fiche].score < attenuee.score:
                trouvailles[t.fiche] = attenuee
        return [
            Resultat(nature, index.code(t.fiche), index.label(t.fiche), t.texte, t.score)
            for t in sorted(trouvailles.values(), key=lambda t: (-t.score, t.rang, t.fiche))
        ]

    def _by_code(self, nature: Nature, requete: str) -> list[Resultat]:
        """The entity of a code, or, for a métier, all those whose code begins so."""
        demande = _code_asked(nature, requete)
        if demande is None:
            return []
        index = self._index_of(nature)
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
    return compact if _NUMERO.fullmatch(compact) else None


def _identity(catalogue: Catalogue, config: ConfigLexical) -> dict[str, Any]:
    """All that an index depends on."""
    return {
        "catalogue": catalogue.version,
        "modeles": texts.VERSION,
        "normalisation": normalisation.VERSION,
        "config": config.as_dict(),
        "lexique": lexique_digest(),
    }


def _version(identite: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(identite, sort_keys=True).encode()).hexdigest()[:16]
