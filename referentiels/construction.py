"""From raw files to one published catalogue: read, join, check, write, then replace in one step."""

import fcntl
import gc
import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from referentiels.catalogue import COURANT, FICHIER, MANIFESTE, file_digest
from referentiels.certifications import merge_certifications
from referentiels.depot import Depot
from referentiels.errors import CatalogueError, CorruptCatalogueError
from referentiels.integrite import Constat, Integrite
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.schema import SCHEMA, TABLES
from referentiels.socle import load_socle
from referentiels.sources import SOURCES, Source, locate
from referentiels.store import write_store
from referentiels.types import CodeRome, Metier, SourceChargee
from referentiels.types.source import Famille

RAPPORT = "rapport.json"
ENTREES = "entrees"
PROVISOIRE = ".construction-"
GARDES = 3
FAMILLES: tuple[Famille, ...] = ("rome", "territoires", "passerelles", "certifications", "indicateurs", "formations")
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Construction:
    """A built catalogue, not yet in service until `publish`."""

    version: str
    dossier: Path
    comptes: dict[str, int]
    sources: tuple[SourceChargee, ...]
    constats: tuple[Constat, ...]
    secondes: float


@dataclass(slots=True)
class _Lecture:
    source: Source
    lot: Lot
    journal: Journal
    chargee: SourceChargee


def fingerprint(donnees: Path | None, sans: Collection[str] = ()) -> str:
    """What a build would read, without reading it: places, sizes and dates of the files, and the code's schema."""
    empreinte = hashlib.sha256(f"{SCHEMA}:{sorted(sans)}".encode())
    for chemin in sorted(Path(__file__).parent.rglob("*.py")) + sorted(Path(__file__).parent.glob("socle/**/*.[tc]*")):
        empreinte.update(f"{chemin.name}:{chemin.stat().st_size}:{chemin.stat().st_mtime_ns}".encode())
    if donnees is not None and donnees.is_dir():
        for chemin in sorted(p for p in donnees.rglob("*") if p.is_file()):
            etat = chemin.stat()
            empreinte.update(f"{chemin}:{etat.st_size}:{etat.st_mtime_ns}".encode())
    return empreinte.hexdigest()


def build_catalogue(
    donnees: Path | None, racine: Path, *, sans: Collection[str] = (), progress: Progress = lambda _: None
) -> Construction:
    """Read every source present, fall back on the socle family by family, and write an immutable catalogue.

    Args:
        donnees: Folder of official files; None (or absent) for the socle alone.
        racine: Where catalogues are kept; the one in service is not touched.
        sans: Keys of sources to leave out on purpose.
        progress: Called with a French sentence at each step.

    Returns:
        What was built; `publish` puts it in service.

    Raises:
        SourceError: A file that is there cannot be read; nothing was replaced.
        CatalogueError: The rows do not make a coherent whole, or another build is under way; nothing was replaced.
    """
    try:
        racine.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CatalogueError(f"le dossier « {racine} » ne peut pas être créé ({error.strerror}).") from error
    with _build_lock(racine), _without_collector():
        for reste in racine.glob(f"{PROVISOIRE}*"):  # of a build that was killed: no other can be under way
            shutil.rmtree(reste, ignore_errors=True)
        return _build(donnees, racine, sans, progress)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Millions of small acyclic rows are made: the cycle collector would only walk them again and again."""
    actif = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if actif:
            gc.enable()


def _build(donnees: Path | None, racine: Path, sans: Collection[str], progress: Progress) -> Construction:
    debut = time.monotonic()
    lot, lectures = _read_all(donnees, sans, progress)
    progress("Vérification de l'intégrité")
    constats = Integrite(lot).check()
    sources = tuple(lecture.chargee for lecture in lectures)
    lot.set(SourceChargee, list(sources))
    progress("Écriture du catalogue")
    provisoire = Path(tempfile.mkdtemp(prefix=PROVISOIRE, dir=racine))
    try:
        comptes = write_store(provisoire / FICHIER, [(table, lot.get(table.nature)) for table in TABLES])
        empreinte = file_digest(provisoire / FICHIER)
        secondes = time.monotonic() - debut
        _write_json(provisoire / MANIFESTE, {"schema": SCHEMA, "empreinte": empreinte, "lignes": comptes})
        rapport = {
            "secondes": round(secondes, 2),
            "sources": [asdict(s) for s in sources],
            "journaux": [lecture.journal.as_dict() for lecture in lectures],
            "constats": [asdict(c) for c in constats],
        }
        _write_json(provisoire / RAPPORT, rapport)
        dossier = racine / empreinte[:16]
        _settle(provisoire, dossier, empreinte)
    except (OSError, sqlite3.OperationalError) as error:  # a full disk, most often
        raise CatalogueError(
            f"le catalogue n'a pas pu être écrit dans « {racine} » ({error}) ; le précédent reste en service."
        ) from error
    finally:
        shutil.rmtree(provisoire, ignore_errors=True)
    return Construction(empreinte[:16], dossier, comptes, sources, constats, secondes)


def _settle(provisoire: Path, dossier: Path, empreinte: str) -> None:
    """Move a finished build to the folder that its content names; mend an earlier copy that was damaged."""
    if dossier.is_dir():
        fichier = dossier / FICHIER
        if not fichier.is_file() or file_digest(fichier) != empreinte:
            (provisoire / FICHIER).replace(fichier)
        for nom in (RAPPORT, MANIFESTE):
            (provisoire / nom).replace(dossier / nom)
    else:
        provisoire.chmod(0o755)
        provisoire.replace(dossier)


def publish(construction: Construction, racine: Path, empreinte_entrees: str = "") -> None:
    """Put a built catalogue in service in one atomic step, then drop all but the last three.

    Args:
        construction: What `build_catalogue` returned.
        racine: The same folder.
        empreinte_entrees: `fingerprint` of what was read, kept to skip a needless rebuild.
    """
    with _publication_lock(racine):
        # In this order, a stop between two steps costs a needless rebuild and never hides a needed one.
        (racine / ENTREES).unlink(missing_ok=True)
        _write_atomically(racine / COURANT, construction.version)
        _write_atomically(racine / ENTREES, empreinte_entrees)
        dossiers = [d for d in racine.iterdir() if d.is_dir() and (d / MANIFESTE).is_file()]
        anciens = sorted(dossiers, key=lambda d: (d / MANIFESTE).stat().st_mtime_ns, reverse=True)[GARDES:]
        for dossier in anciens:
            if dossier.name != construction.version:
                shutil.rmtree(dossier, ignore_errors=True)


def is_current(racine: Path, empreinte_entrees: str) -> bool:
    """Whether the catalogue in service was built from these very inputs."""
    entrees, courant = racine / ENTREES, racine / COURANT
    if not entrees.is_file() or not courant.is_file():
        return False
    dossier = racine / courant.read_text(encoding="utf-8").strip()
    return entrees.read_text(encoding="utf-8").strip() == empreinte_entrees and (dossier / FICHIER).is_file()


def read_report(racine: Path) -> dict[str, Any] | None:
    """The report of the catalogue in service, or None when there is none.

    Raises:
        CorruptCatalogueError: The report is damaged or gone.
    """
    courant = racine / COURANT
    if not courant.is_file():
        return None
    try:
        chemin = racine / courant.read_text(encoding="utf-8").strip() / RAPPORT
        rapport: dict[str, Any] = json.loads(chemin.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CorruptCatalogueError(f"rapport illisible ({error}) ; lancez « azimut construire ».") from error
    return rapport


def _read_all(donnees: Path | None, sans: Collection[str], progress: Progress) -> tuple[Lot, list[_Lecture]]:
    par_famille: dict[Famille, list[_Lecture]] = defaultdict(list)
    if donnees is not None and donnees.is_dir():
        for source in SOURCES:
            if source.cle not in sans and (depot := locate(source, donnees)) is not None:
                progress(f"Lecture : {source.titre}")
                par_famille[source.famille].append(_read_source(source, depot))
    lot = Lot()
    for famille in FAMILLES:
        lectures = par_famille[famille]
        if not lectures and (socle := _read_socle(famille)) is not None:
            progress(f"Lecture : socle ({famille})")
            lectures.append(socle)
        if famille == "certifications":
            lot.merge(_join_certifications(lot, lectures))
        else:
            for lecture in lectures:
                lot.merge(lecture.lot)
    return lot, [lecture for famille in FAMILLES for lecture in par_famille[famille]]


def _read_source(source: Source, depot: Depot) -> _Lecture:
    # The loaders bring pandas and Excel readers, half a second that a service reading a built catalogue need not pay.
    from referentiels.chargeurs import CHARGEURS  # noqa: PLC0415

    journal = Journal(source.cle)
    try:
        lot = CHARGEURS[source.cle](depot, journal)
    finally:
        depot.close()
    return _Lecture(source, lot, journal, _describe(source, lot, journal))


def _read_socle(famille: Famille) -> _Lecture | None:
    lot = load_socle(famille)
    if lot is None:
        return None
    cle = f"socle_{famille}"
    source = Source(cle, f"Socle d'Azimut ({famille})", "Azimut", "EUPL-1.2", famille, (), "")
    journal = Journal(cle)
    lu = journal.open(cle)
    lu.lues = lu.gardees = sum(len(lot.get(nature)) for nature in lot.natures)
    chargee = _describe(source, lot, journal, socle=True)
    return _Lecture(source, lot, journal, chargee)


def _describe(source: Source, lot: Lot, journal: Journal, *, socle: bool = False) -> SourceChargee:
    empreinte = hashlib.sha256("".join(sorted(f.empreinte for f in journal.fichiers)).encode()).hexdigest()
    return SourceChargee(
        cle=source.cle,
        titre=source.titre,
        famille=source.famille,
        origine="socle" if socle else "officiel",
        producteur=source.producteur,
        licence=source.licence,
        millesime=lot.millesime,
        fichiers=tuple(f.fichier for f in journal.fichiers),
        empreinte="" if socle else empreinte,
        lignes=journal.gardees,
        rejets=journal.rejetees,
        demonstration=socle and source.famille in {"formations", "indicateurs"},
    )


def _join_certifications(lot: Lot, lectures: list[_Lecture]) -> Lot:
    """One certification a numéro, ROME v3 codes brought to v4 by the parents of the métiers read."""
    parents: dict[str, list[CodeRome]] = defaultdict(list)
    for metier in lot.get(Metier):
        parents[metier.code_rome_parent].append(metier.code_rome)
    codes = {m.code_rome for m in lot.get(Metier)}
    return merge_certifications([(lecture.source.cle, lecture.lot) for lecture in lectures], parents, codes)


@contextmanager
def _build_lock(racine: Path) -> Iterator[None]:
    """Only one build at a time works in a folder; the next is told at once."""
    with (racine / ".verrou").open("w") as flux:
        try:
            fcntl.flock(flux, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CatalogueError("une autre construction est en cours ; attendez qu'elle finisse.") from None
        yield


@contextmanager
def _publication_lock(racine: Path) -> Iterator[None]:
    """Publishing takes an instant: the next waits its turn, even while a build is under way."""
    with (racine / ".verrou-publication").open("w") as flux:
        fcntl.flock(flux, fcntl.LOCK_EX)
        yield


def _write_json(chemin: Path, contenu: dict[str, Any]) -> None:
    with chemin.open("w", encoding="utf-8") as flux:
        json.dump(contenu, flux, ensure_ascii=False, indent=1, default=str)
        flux.flush()
        os.fsync(flux.fileno())


def _write_atomically(chemin: Path, texte: str) -> None:
    provisoire = chemin.with_name(f".{chemin.name}.{os.getpid()}")
    with provisoire.open("w", encoding="utf-8") as flux:
        flux.write(texte)
        flux.flush()
        os.fsync(flux.fileno())
    provisoire.replace(chemin)
