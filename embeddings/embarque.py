"""Our own encoder in service: light to load, milliseconds a text, no training library in memory."""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embeddings.encodeur import CARACTERES_MAX, EncodeurPhrases, Progress, Vecteurs, folder_digest
from embeddings.formes import FICHIER as FORMES
from embeddings.formes import Formes
from embeddings.graphe import build_graph
from referentiels.errors import ModelError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

DOSSIER_MODELE = Path(__file__).parent / "modele"
"""Our own encoder, carried by the project."""
SANS = "aucun"
"""Instead of a model: words alone."""
_MOTEUR = "embarque 2"
"""Changes with the arithmetic: vectors of another are not mixed with these."""
_LOT = 32
_ANNONCE = 10_000
_SILENCE = 3
"""Messages of onnxruntime below an error are not for our users."""


class EncodeurEmbarque:
    """An encoder of ours (a folder with its forms of words), run by onnxruntime in 8 bits.

    The folder stays one that sentence-transformers loads; the cosine of a vector with its own is about 0.999.

    Args:
        dossier: The folder.
        dimension: Leading dimensions that are kept; all of them when None.
    """

    def __init__(self, dossier: Path = DOSSIER_MODELE, dimension: int | None = None) -> None:
        self._dossier = dossier
        self._coupe = dimension
        self._formes = Formes.load(dossier)

    @cached_property
    def empreinte(self) -> str:
        """Hash of the files of the folder, of the arithmetic and of the dimensions kept."""
        return folder_digest(self._dossier, f"{_MOTEUR} {self._coupe}")

    @cached_property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._coupe or self._read("config.json", "hidden_size")

    @property
    def dossier(self) -> Path:
        """Folder of the model."""
        return self._dossier

    def canonical(self, texte: str) -> str:
        """The text in the forms of words of the model."""
        return self._formes.canonical(texte[:CARACTERES_MAX])

    def encode_query(self, textes: Sequence[str]) -> Vecteurs:
        """What people ask, as unit rows; on one thread, since a service answers many at once."""
        return self._encode(textes, 1, None)

    def encode_document(self, textes: Sequence[str], progress: Progress | None = None) -> Vecteurs:
        """What the référentiels say, as unit rows; on every core when there are many."""
        fils = 1 if len(textes) <= _LOT else len(os.sched_getaffinity(0))
        return self._encode(textes, fils, progress)

    def _encode(self, textes: Sequence[str], fils: int, progress: Progress | None) -> Vecteurs:
        pieces = [e.ids for e in self._decoupeur.encode_batch_fast([self.canonical(texte) for texte in textes])]
        vecteurs = np.zeros((len(pieces), self.dimension), dtype=np.float32)
        if fils == 1:
            for rang, ids in enumerate(pieces):
                vecteurs[rang] = self._run(ids)
            return vecteurs
        with ThreadPoolExecutor(fils, thread_name_prefix="encodeur") as bassin:
            for rang, vecteur in enumerate(bassin.map(self._run, pieces)):
                vecteurs[rang] = vecteur
                if progress is not None and rang % _ANNONCE == 0:
                    progress(rang + 1, len(pieces))
        return vecteurs

    def _run(self, pieces: Sequence[int]) -> Vecteurs:
        """One text at a time: several together are no quicker, and each would alter the others."""
        vecteur: Any = self._session.run(None, {"ids": np.array([pieces], dtype=np.int64)})[0][0]
        if self._coupe is not None:
            vecteur = vecteur[: self._coupe]
            vecteur /= np.linalg.norm(vecteur)
        return np.asarray(vecteur, dtype=np.float32)

    @cached_property
    def _session(self) -> "InferenceSession":
        import onnxruntime  # noqa: PLC0415 (only when encoding)

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = _SILENCE
        graphe = build_graph(self._dossier, self._pieces_max)
        return onnxruntime.InferenceSession(graphe, options, providers=["CPUExecutionProvider"])

    @cached_property
    def _decoupeur(self) -> "Tokenizer":
        from tokenizers import Tokenizer  # noqa: PLC0415 (only when encoding)

        try:
            contenu = (self._dossier / "tokenizer.json").read_text(encoding="utf-8")
            json.loads(contenu)["model"]["vocab"]  # the library tells of a bad file by no error of its own
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"encodeur « {self._dossier} » : « tokenizer.json » manque ou est illisible.") from error
        decoupeur = Tokenizer.from_str(contenu)
        decoupeur.no_padding()
        decoupeur.enable_truncation(self._pieces_max)
        return decoupeur

    @cached_property
    def _pieces_max(self) -> int:
        return self._read("tokenizer_config.json", "model_max_length")

    def _read(self, nom: str, cle: str) -> int:
        try:
            return int(json.loads((self._dossier / nom).read_text(encoding="utf-8"))[cle])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"encodeur « {self._dossier} » : « {nom} » manque ou est illisible ({error}).") from error


def open_encodeur(nom: str | Path = DOSSIER_MODELE) -> EncodeurEmbarque | EncodeurPhrases | None:
    """The encoder of a setting: a folder of ours, any other folder or name, or none at all for « aucun »."""
    if str(nom).strip().lower() == SANS:
        return None
    notre = all((Path(nom) / fichier).is_file() for fichier in (FORMES, "config.json"))
    return EncodeurEmbarque(Path(nom)) if notre else EncodeurPhrases(nom)
