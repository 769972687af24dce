"""Is the file received the file expected, whole? Then laying it in place in one step."""

import errno
import hashlib
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from referentiels.adresses import Nature
from referentiels.depot import Depot
from referentiels.errors import SourceError
from referentiels.fetch.reseau import IncidentError

TETE = 512
"""Bytes that are enough to know the kind of a file."""
PARTIEL = ".partiel"
_MORCEAU = 1 << 20
_PLEIN = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_BLANCS = b" \t\r\n\0"
_BOM = b"\xef\xbb\xbf"
_HTML = re.compile(
    rb"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|script)\b", re.IGNORECASE | re.DOTALL
)
_RACINE = re.compile(rb"<([A-Za-z_][\w:.-]*)")
_LISIBLES = (".csv", ".json", ".xlsx", ".xml")


@contextmanager
def writing(fichier: Path) -> Iterator[None]:
    """Disk failures as French incidents."""
    try:
        yield
    except OSError as error:
        if error.errno in _PLEIN:
            motif = f"le disque est plein (« {fichier.parent} »)"
        else:
            motif = f"écriture impossible dans « {fichier.parent} » ({error.strerror or error})"
        raise IncidentError(motif, "disque") from error


def check_head(tete: bytes, nature: Nature) -> None:
    """Refuse an answer whose first bytes are of another kind, an HTML error page above all.

    Raises:
        IncidentError: Another kind of file.
    """
    debut = tete[:TETE].removeprefix(_BOM).lstrip(_BLANCS)
    if not debut:
        raise IncidentError("le fichier reçu est vide", "corrompu")
    if _HTML.match(debut):
        raise IncidentError(f"le serveur a répondu par une page web au lieu d'un fichier {nature}", "corrompu")
    attendu = {
        "zip": debut.startswith(b"PK\x03\x04"),
        "xlsx": debut.startswith(b"PK\x03\x04"),
        "json": debut.startswith((b"{", b"[")),
        "xml": debut.startswith(b"<"),
        "csv": not debut.startswith((b"<", b"{", b"[", b"PK\x03\x04", b"%PDF")) and b"\0" not in debut,
    }
    if not attendu[nature]:
        raise IncidentError(f"le fichier reçu n'est pas de nature {nature} (début : {debut[:12]!r})", "corrompu")


def check_whole(chemin: Path, nature: Nature, nom: str) -> None:
    """Refuse a file of the wrong kind, cut short, or dangerous to open.

    Raises:
        IncidentError: What is wrong.
    """
    with chemin.open("rb") as flux:
        tete = flux.read(TETE)
        flux.seek(max(0, chemin.stat().st_size - TETE))
        fin = flux.read().rstrip(_BLANCS)
    check_head(tete, nature)
    if nature in ("zip", "xlsx"):
        _check_archive(chemin, nature, nom)
    elif (nature == "json" and not fin.endswith((b"}", b"]"))) or (nature == "xml" and not _is_closed(tete, fin)):
        raise IncidentError(f"le fichier {nature} reçu est incomplet", "corrompu")


def _is_closed(tete: bytes, fin: bytes) -> bool:
    """Whether the first element of an XML is closed at its end; what cannot be told is left to the reader."""
    racine = _RACINE.search(tete)
    return racine is None or b"</" + racine[1] in fin or fin.endswith(b"/>")


def _check_archive(chemin: Path, nature: Nature, nom: str) -> None:
    try:
        with zipfile.ZipFile(chemin) as archive:
            # Depot tells hostile archives (path traversal, bomb, password) before anything is inflated.
            Depot(chemin).close()
            abime = archive.testzip()
            membres = set(archive.namelist())
    except SourceError as error:
        raise IncidentError(f"l'archive {nom} est refusée : {error.motif}", "corrompu") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise IncidentError(f"l'archive {nom} est tronquée ou abîmée", "corrompu") from error
    if abime is not None:
        raise IncidentError(f"l'archive {nom} est abîmée (« {abime} »)", "corrompu")
    if not membres:
        raise IncidentError(f"l'archive {nom} est vide", "corrompu")
    if nature == "xlsx" and not {"[Content_Types].xml", "xl/workbook.xml"} <= membres:
        raise IncidentError(f"{nom} n'est pas un classeur xlsx", "corrompu")


def check_digest(chemin: Path, empreinte: str) -> None:
    """Compare with an announced `sha1:…` or `sha256:…`.

    Raises:
        IncidentError: The bytes differ.
    """
    algorithme, attendue = empreinte.split(":", 1)
    if digest(chemin, algorithme) != attendue:
        raise IncidentError(f"la somme de contrôle {algorithme} ne correspond pas à celle annoncée", "corrompu")


def digest(chemin: Path, algorithme: str = "sha256") -> str:
    """Digest of a file's bytes, in hexadecimal."""
    with chemin.open("rb") as flux:
        return hashlib.file_digest(flux, lambda: hashlib.new(algorithme, usedforsecurity=False)).hexdigest()


def publish(partiel: Path, final: Path) -> None:
    """Put a finished file in place of the previous one, in one step that a power cut leaves before or after.

    Raises:
        IncidentError: The disk refuses; the previous file is still there.
    """
    with writing(final):
        _sync(partiel)
        partiel.replace(final)
        _sync(final.parent)


def unpack(archive: Path, dossier: Path) -> tuple[Path, ...]:
    """Lay the tables and documents of a checked archive into a folder; none is replaced before all are whole.

    Returns:
        The files laid down, flat, under their own base names.

    Raises:
        IncidentError: Nothing readable inside, two files of one name, or the disk refuses.
    """
    depot = Depot(archive)
    provisoires: dict[str, Path] = {}
    try:
        for membre in depot.membres:
            nom = PurePosixPath(membre.nom).name
            if not nom.lower().endswith(_LISIBLES) or nom.startswith("."):
                continue
            if nom in provisoires:
                raise IncidentError(f"l'archive contient deux fois « {nom} »", "corrompu")
            provisoires[nom] = dossier / (nom + PARTIEL)
            with writing(dossier / nom), depot.open(membre) as entree, provisoires[nom].open("wb") as sortie:
                while morceau := entree.read(_MORCEAU):
                    sortie.write(morceau)
        if not provisoires:
            raise IncidentError("l'archive ne contient aucun fichier lisible", "corrompu")
        for nom, provisoire in provisoires.items():
            publish(provisoire, dossier / nom)
    except SourceError as error:
        raise IncidentError(error.motif, "corrompu") from error
    finally:
        depot.close()
        for provisoire in provisoires.values():
            provisoire.unlink(missing_ok=True)
    return tuple(dossier / nom for nom in provisoires)


def _sync(chemin: Path) -> None:
    if chemin.is_dir() and os.name == "nt":
        return  # Windows cannot open a folder
    descripteur = os.open(chemin, os.O_RDONLY)
    try:
        os.fsync(descripteur)
    finally:
        os.close(descripteur)
