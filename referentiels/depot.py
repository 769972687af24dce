"""A place where raw files lie: a folder, a zip or a single file, opened with care."""

import hashlib
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from referentiels.errors import ArchiveError, MissingSourceError, OversizeError

OCTETS_MAX = 4 << 30  # one member; the largest official file (RNCP XML) is under 1 GiB
RATIO_MAX = 200  # deflated text reaches 30; a bomb is in the thousands
PROFONDEUR_MAX = 4
MORCEAU = 1 << 20


@dataclass(frozen=True, slots=True)
class Membre:
    """One raw file of a depot; `nom` is its base name, `chemin` its place inside the depot."""

    nom: str
    chemin: str
    octets: int


def natural_key(nom: str) -> list[tuple[int, str]]:
    """Sort key under which `v9` comes before `v10` and 2024_01_17 before 2024_02_22."""
    return [(int(part), "") if part.isdecimal() else (0, part.lower()) for part in re.split(r"(\d+)", nom) if part]


class Depot:
    """Read-only access to the raw files of one source; never writes, never extracts to disk.

    Args:
        chemin: A folder (searched four levels deep), a `.zip`, or one file.

    Raises:
        MissingSourceError: The path does not exist.
        ArchiveError: The zip is truncated, encrypted, or names a member outside itself.
        OversizeError: A member announces more than 4 GiB or inflates more than 200 times.
    """

    def __init__(self, chemin: Path) -> None:
        self.chemin = chemin
        self._zip: zipfile.ZipFile | None = None
        if not chemin.exists():
            raise MissingSourceError("fichier ou dossier introuvable.", fichier=str(chemin))
        if chemin.is_dir():
            self.membres = tuple(sorted(_walk(chemin), key=lambda m: natural_key(m.chemin)))
        elif chemin.suffix.lower() == ".zip" or (chemin.suffix.lower() != ".xlsx" and zipfile.is_zipfile(chemin)):
            self._zip = _open_zip(chemin)
            self.membres = tuple(_check_members(chemin, self._zip))
        else:
            self.membres = (Membre(chemin.name, chemin.name, chemin.stat().st_size),)

    def find_all(self, motif: str) -> tuple[Membre, ...]:
        """Members whose base name fully matches the regular expression (case-blind), oldest first."""
        expression = re.compile(motif, re.IGNORECASE)
        return tuple(sorted((m for m in self.membres if expression.fullmatch(m.nom)), key=lambda m: natural_key(m.nom)))

    def find(self, motif: str) -> Membre | None:
        """The newest member that matches, by the numbers in its name; None when none does."""
        trouves = self.find_all(motif)
        return trouves[-1] if trouves else None

    def label(self, membre: Membre) -> str:
        """How reports and errors name a member."""
        return f"{self.chemin.name} › {membre.chemin}" if self._zip else membre.nom

    def open(self, membre: Membre) -> IO[bytes]:
        """A binary stream over a member; reading a damaged zip member raises ArchiveError."""
        if self._zip is not None:
            try:
                return cast(IO[bytes], _CheckedStream(self._zip.open(membre.chemin), self.label(membre), membre.octets))
            except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
                raise ArchiveError(f"membre illisible ({error}).", fichier=self.label(membre)) from error
        return (self.chemin / membre.chemin if self.chemin.is_dir() else self.chemin).open("rb")

    def read(self, membre: Membre) -> bytes:
        """The whole content of a member."""
        with self.open(membre) as flux:
            return flux.read()

    def digest(self, membre: Membre) -> str:
        """SHA-256 of a member, in hexadecimal."""
        empreinte = hashlib.sha256()
        with self.open(membre) as flux:
            while morceau := flux.read(MORCEAU):
                empreinte.update(morceau)
        return empreinte.hexdigest()

    def close(self) -> None:
        """Close the archive, if there is one."""
        if self._zip is not None:
            self._zip.close()


class _CheckedStream:
    """Wraps a zip member: damage and inflation beyond the announced size become French errors."""

    def __init__(self, flux: IO[bytes], label: str, octets: int) -> None:
        self._flux = flux
        self._label = label
        self._reste = octets

    def read(self, taille: int = -1) -> bytes:
        try:
            donnees = self._flux.read(taille)
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError) as error:
            raise ArchiveError(
                "archive tronquée ou abîmée ; téléchargez-la de nouveau.", fichier=self._label
            ) from error
        self._reste -= len(donnees)
        if self._reste < 0:
            raise OversizeError("le contenu dépasse la taille annoncée par l'archive.", fichier=self._label)
        return donnees

    def close(self) -> None:
        self._flux.close()

    def __enter__(self) -> "_CheckedStream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _walk(dossier: Path) -> Iterator[Membre]:
    """Files below a folder, links to elsewhere left out."""
    racine = dossier.resolve()
    for chemin in sorted(dossier.rglob("*")):
        relatif = chemin.relative_to(dossier)
        if len(relatif.parts) > PROFONDEUR_MAX or not chemin.is_file():
            continue
        if chemin.is_symlink() and not chemin.resolve().is_relative_to(racine):
            continue
        yield Membre(chemin.name, str(relatif), chemin.stat().st_size)


def _open_zip(chemin: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(chemin)
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise ArchiveError("archive tronquée ou illisible ; téléchargez-la de nouveau.", fichier=chemin.name) from error


def _check_members(chemin: Path, archive: zipfile.ZipFile) -> Iterator[Membre]:
    for info in archive.infolist():
        if info.is_dir():
            continue
        relatif = PurePosixPath(info.filename.replace("\\", "/"))
        if relatif.is_absolute() or ".." in relatif.parts or re.match(r"^[A-Za-z]:", info.filename):
            raise ArchiveError(f"chemin interdit dans l'archive (« {info.filename} »).", fichier=chemin.name)
        if info.flag_bits & 0x1:
            raise ArchiveError("archive chiffrée : un mot de passe est demandé.", fichier=chemin.name)
        if info.file_size > OCTETS_MAX or info.file_size > RATIO_MAX * max(info.compress_size, 1024):
            raise OversizeError(f"« {info.filename} » se décompresse démesurément.", fichier=chemin.name)
        yield Membre(relatif.name, info.filename, info.file_size)
