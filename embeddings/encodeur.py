"""From texts to vectors: what an encoder is, and any model that sentence-transformers loads."""

import hashlib
import re
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from embeddings.formes import Formes
from referentiels.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_SANS_EFFET = frozenset(("README.md", "fusion.json"))
"""Files of a model's folder that do not shape its vectors."""
_LOT = 64
_ANNONCE = 150
_CHIFFRES = 16
CARACTERES_MAX = 2000
"""Characters of a text that are read."""
Vecteurs = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]
"""Called now and then with the number of texts done and their total."""


class Encodeur(Protocol):
    """Anything that turns texts into unit vectors; near texts have near vectors (inner product)."""

    @property
    def empreinte(self) -> str:
        """Hash of the weights and of all that shapes the vectors; two encoders of one hash give the same vectors."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def dossier(self) -> Path | None:
        """Folder of the model, where what was learnt with it stands too; None for a distant model."""
        ...

    def encode_query(self, textes: Sequence[str]) -> Vecteurs:
        """What people ask, as (n, dimension)."""
        ...

    def encode_document(self, textes: Sequence[str], progress: Progress | None = None) -> Vecteurs:
        """What the référentiels say, as (n, dimension)."""
        ...

    def canonical(self, texte: str) -> str:
        """The text as the encoder reads it: two texts of one canonical form have one vector."""
        ...


def folder_digest(dossier: Path, complement: str) -> str:
    """Hash of all that shapes the vectors of a model's folder, and of what its engine adds."""
    somme = hashlib.sha256(complement.encode())
    for fichier in sorted(dossier.rglob("*")):
        if fichier.is_file() and fichier.name not in _SANS_EFFET:
            somme.update(fichier.relative_to(dossier).as_posix().encode())
            somme.update(hashlib.sha256(fichier.read_bytes()).digest())
    return somme.hexdigest()[:_CHIFFRES]


class EncodeurPhrases:
    """An encoder that sentence-transformers loads; weights are read at the first use, from disk alone.

    Args:
        nom: Folder of a model, or its name where a network or a local cache holds it.
        dimension: Leading dimensions that are kept (models trained with nested sizes); all of them when None.
    """

    def __init__(self, nom: str | Path, dimension: int | None = None) -> None:
        self._nom = Path(nom) if Path(nom).is_dir() else str(nom)
        self._coupe = dimension
        self._formes = Formes.load(self._nom) if isinstance(self._nom, Path) else Formes({})
        self._formee = isinstance(self._nom, Path) and (self._nom / "formes.tsv").is_file()

    @cached_property
    def _modele(self) -> "SentenceTransformer":
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 (seconds of import, only when encoding)

        try:
            modele = SentenceTransformer(
                str(self._nom), device="cpu", truncate_dim=self._coupe, model_kwargs={"dtype": "float32"}
            )
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise ModelError(f"encodeur « {self._nom} » introuvable ou illisible ({error}).") from error
        modele.float().eval()
        _announce_prompts(modele, str(self._nom))
        return modele

    @cached_property
    def empreinte(self) -> str:
        """Hash of the files of the folder, or of the name of a distant model, and of the dimensions kept."""
        if isinstance(self._nom, Path):
            return folder_digest(self._nom, f"{self._coupe}")
        return hashlib.sha256(f"{self._nom} {self._coupe}".encode()).hexdigest()[:_CHIFFRES]

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._modele.get_embedding_dimension() or 0)

    @property
    def dossier(self) -> Path | None:
        """Folder of the model."""
        return self._nom if isinstance(self._nom, Path) else None

    def canonical(self, texte: str) -> str:
        """The text in the forms of words of an encoder of ours; as it is, but for blanks, for any other."""
        texte = texte[:CARACTERES_MAX]
        return self._formes.canonical(texte) if self._formee else " ".join(texte.split())

    def encode_query(self, textes: Sequence[str]) -> Vecteurs:
        """What people ask, as unit rows."""
        return self._encode(textes, "query", None)

    def encode_document(self, textes: Sequence[str], progress: Progress | None = None) -> Vecteurs:
        """What the référentiels say, as unit rows."""
        return self._encode(textes, "document", progress)

    def _encode(self, textes: Sequence[str], prompt: str, progress: Progress | None) -> Vecteurs:
        propres = [self.canonical(texte) for texte in textes]
        ordre = sorted(range(len(propres)), key=lambda rang: len(propres[rang]))
        vecteurs = np.zeros((len(propres), self.dimension), dtype=np.float32)
        for debut in range(0, len(ordre), _LOT):
            rangs = ordre[debut : debut + _LOT]
            vecteurs[rangs] = self._modele.encode(
                [propres[rang] for rang in rangs],
                prompt_name=prompt,
                batch_size=_LOT,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
            if progress is not None and (debut // _LOT) % _ANNONCE == 0:
                progress(debut + len(rangs), len(ordre))
        return vecteurs


def _announce_prompts(modele: "SentenceTransformer", nom: str) -> None:
    """Multilingual-e5 wants its words before each text, and says so in its card only."""
    if re.search(r"\be5\b", Path(nom).name.lower()) and not any(modele.prompts.values()):
        modele.prompts = {"query": "query: ", "document": "query: "}
