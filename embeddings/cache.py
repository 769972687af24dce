"""Vectors already made, by the text that they stand for: nothing is encoded twice."""

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from embeddings.encodeur import Encodeur

Vecteurs = npt.NDArray[np.float16]
_OCTETS = 16
Progress = Callable[[str], None]


class CacheVecteurs:
    """The vectors of one encoder, in half precision, kept between builds.

    Args:
        dossier: Where the caches are, one file an encoder; None keeps nothing.
        encodeur: Who makes the vectors that are missing.
    """

    def __init__(self, dossier: Path | None, encodeur: Encodeur) -> None:
        self._fichier = dossier / f"vecteurs-{encodeur.empreinte}.npz" if dossier is not None else None
        self._encodeur = encodeur
        self.encodes = 0
        """Texts that had to be encoded since this cache was opened."""

    def vectors(self, textes: Sequence[str], progress: Progress = lambda _: None) -> Vecteurs:
        """The vectors of texts, as (n, dimension) in half precision; texts of one canonical form share one.

        What is made is kept at once, in one atomic write; texts that are asked no more are forgotten.
        """
        canoniques = [self._encodeur.canonical(texte) for texte in textes]
        cles = [hashlib.blake2b(texte.encode(), digest_size=_OCTETS).digest() for texte in canoniques]
        connus = self._read()
        manquants = {cle: texte for cle, texte in zip(cles, canoniques, strict=True) if cle not in connus}
        if manquants:
            self.encodes += len(manquants)
            nouveaux = self._encodeur.encode_document(
                tuple(manquants.values()), lambda fait, total: progress(f"Encodage : {fait} textes sur {total}")
            ).astype(np.float16)
            connus.update(zip(manquants, nouveaux, strict=True))
            self._write({cle: connus[cle] for cle in dict.fromkeys(cles)})
        if not cles:
            return np.zeros((0, self._encodeur.dimension), dtype=np.float16)
        return np.stack([connus[cle] for cle in cles])

    def _read(self) -> dict[bytes, Vecteurs]:
        """What is kept; nothing when the file is absent or damaged, since it can be made again."""
        if self._fichier is None:
            return {}
        try:
            with self._fichier.open("rb") as flux, np.load(flux) as contenu:
                cles, vecteurs = contenu["cles"], contenu["vecteurs"]
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return {}
        return {cle.tobytes(): vecteur for cle, vecteur in zip(cles, vecteurs, strict=True)}

    def _write(self, connus: dict[bytes, Vecteurs]) -> None:
        if self._fichier is None:
            return
        self._fichier.parent.mkdir(parents=True, exist_ok=True)
        provisoire = self._fichier.with_suffix(f".{os.getpid()}.tmp")
        cles = np.frombuffer(b"".join(connus), dtype=np.uint8).reshape(-1, _OCTETS)
        with provisoire.open("wb") as flux:
            np.savez(flux, cles=cles, vecteurs=np.stack(list(connus.values())))
        provisoire.replace(self._fichier)
