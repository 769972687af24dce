"""What was fetched before, written beside the data, and one download at a time in a folder."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from referentiels.errors import DownloadError
from referentiels.fetch.controle import digest
from referentiels.fetch.partiel import Marque

ETAT = ".azimut-telechargements.json"
VERROU = ".azimut-telechargements.verrou"
_VERSION = 1

if sys.platform == "win32":
    import msvcrt

    def _seize(descripteur: int) -> None:
        msvcrt.locking(descripteur, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _seize(descripteur: int) -> None:
        fcntl.flock(descripteur, fcntl.LOCK_EX | fcntl.LOCK_NB)


@dataclass(frozen=True, slots=True)
class Obtenu:
    """One part of a source, as it was last fetched.

    Args:
        demande: Address that was asked first (a catalogue, or the file itself).
        marque: Version that the server gave.
        empreinte: Digest that the catalogue announced, if it did.
        somme: SHA-256 of the bytes received, in hexadecimal.
        fichiers: SHA-256 of each file laid down, by its place under the data folder.
    """

    demande: str
    marque: Marque
    empreinte: str | None
    somme: str
    fichiers: dict[str, str]

    def is_intact(self, dossier: Path) -> bool:
        """Whether every file laid down is still there, byte for byte."""
        return bool(self.fichiers) and all(
            (dossier / nom).is_file() and digest(dossier / nom) == somme for nom, somme in self.fichiers.items()
        )


class Suivi:
    """The notes of a data folder; a damaged file of notes is forgotten, for it only saves downloads.

    Args:
        dossier: The data folder.
    """

    def __init__(self, dossier: Path) -> None:
        self._chemin = dossier / ETAT
        self._obtenus: dict[str, Obtenu] = {}
        try:
            brut = json.loads(self._chemin.read_text(encoding="utf-8"))
            if brut["version"] == _VERSION:
                self._obtenus = {cle: _read(objet) for cle, objet in brut["telechargements"].items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            self._obtenus = {}

    def get(self, cle: str) -> Obtenu | None:
        """What is known of a part (`source/partie`)."""
        return self._obtenus.get(cle)

    def keep(self, cle: str, obtenu: Obtenu) -> None:
        """Write down what was fetched; the file is untouched when nothing is new."""
        if self._obtenus.get(cle) == obtenu:
            return
        self._obtenus[cle] = obtenu
        brut = {"version": _VERSION, "telechargements": {c: asdict(o) for c, o in sorted(self._obtenus.items())}}
        provisoire = self._chemin.with_name(ETAT + ".partiel")
        provisoire.write_text(json.dumps(brut, ensure_ascii=False, indent=1), encoding="utf-8")
        provisoire.replace(self._chemin)

    def owners(self, nom: str) -> list[str]:
        """The parts that laid down a file."""
        return [cle for cle, obtenu in self._obtenus.items() if nom in obtenu.fichiers]


@contextmanager
def lock(dossier: Path) -> Iterator[None]:
    """Hold the data folder; the system lets go of it even after a crash.

    Raises:
        DownloadError: Another download holds it, or the folder cannot be written.
    """
    try:
        dossier.mkdir(parents=True, exist_ok=True)
        descripteur = os.open(dossier / VERROU, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise DownloadError(
            f"Le dossier de données « {dossier} » ne peut pas être écrit ({error.strerror}). "
            "Choisissez un dossier à vous ou demandez les droits d'écriture."
        ) from error
    try:
        try:
            _seize(descripteur)
        except OSError as error:
            raise DownloadError(
                f"Un autre téléchargement est en cours dans « {dossier} ». Attendez qu'il finisse, puis relancez."
            ) from error
        yield
    finally:
        os.close(descripteur)


def _read(objet: dict[str, Any]) -> Obtenu:
    fichiers = {str(nom): str(somme) for nom, somme in objet["fichiers"].items()}
    return Obtenu(str(objet["demande"]), Marque(**objet["marque"]), objet["empreinte"], str(objet["somme"]), fichiers)
