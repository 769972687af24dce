"""A file on its way: what is held so far, and one try at receiving the rest."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO

import httpx

from referentiels.adresses import Nature
from referentiels.fetch.controle import PARTIEL, TETE, check_head, writing
from referentiels.fetch.plan import Fichier
from referentiels.fetch.reseau import IncidentError, Politique, open_response, read_chunks

ETAT = ".etat"
"""Suffix of the note beside a partial file; not `.json`, that the readers would take for data."""
_PLAGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")
Signal = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Marque:
    """What a server says of the version it sends: enough to know it again.

    Args:
        url: Address that was asked.
        etag: Entity tag, empty when none.
        modifie: `Last-Modified`, empty when none.
        total: Size of the whole file, when known.
    """

    url: str
    etag: str = ""
    modifie: str = ""
    total: int | None = None

    @property
    def repere(self) -> str:
        """What `If-Range` may carry: a weak tag guarantees no bytes."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modifie

    def is_same(self, autre: "Marque") -> bool:
        """Whether both are one version; a server that marks nothing is never recognised."""
        if self.etag and autre.etag:
            return self.etag.removeprefix("W/") == autre.etag.removeprefix("W/")
        return bool(self.modifie) and (self.modifie, self.total) == (autre.modifie, autre.total)


class Partiel:
    """An unfinished file beside its final place, with a note on the version it comes from.

    Args:
        final: Where the finished file will be.

    `repris` tells whether the bytes held come from more than one answer.
    """

    def __init__(self, final: Path) -> None:
        self.chemin = final.with_name(final.name + PARTIEL)
        self.note = final.with_name(final.name + PARTIEL + ETAT)
        self.repris = False

    def size(self) -> int:
        """Bytes held."""
        return self.chemin.stat().st_size if self.chemin.is_file() else 0

    def mark(self) -> Marque | None:
        """The version of the bytes held; None when there is none or it cannot be read."""
        try:
            return Marque(**json.loads(self.note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def discard(self) -> None:
        """Forget the bytes held."""
        self.chemin.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)

    def start(self, debut: int, marque: Marque) -> IO[bytes]:
        """Write from an offset, what follows being dropped; unbuffered, so that a cut loses nothing received."""
        self.repris = debut > 0
        with writing(self.chemin):
            self.chemin.parent.mkdir(parents=True, exist_ok=True)
            if debut == 0:
                self.chemin.unlink(missing_ok=True)
            self.note.write_text(json.dumps(asdict(marque)), encoding="utf-8")
            flux = self.chemin.open("ab", buffering=0)
            flux.truncate(debut)
            return flux

    def append(self, flux: IO[bytes], morceau: bytes) -> None:
        """Write one more piece, whole."""
        with writing(self.chemin):
            reste = memoryview(morceau)
            while reste:
                reste = reste[flux.write(reste) :]


@dataclass(frozen=True, slots=True)
class Reception:
    """How a try ended well.

    Args:
        nouveau: False when the server says that the known version is still the current one.
        marque: The version.
    """

    nouveau: bool
    marque: Marque


def receive(
    client: httpx.Client,
    fichier: Fichier,
    nature: Nature,
    partiel: Partiel,
    politique: Politique,
    signaler: Signal,
    connue: Marque | None = None,
) -> Reception:
    """One try at completing a partial file.

    Args:
        client: HTTP client.
        fichier: What to fetch.
        nature: Kind expected, checked as soon as the first bytes are there.
        partiel: Bytes held, completed where the server allows it, restarted where it does not.
        politique: Limits.
        signaler: Called with the bytes held and the total, if known.
        connue: Version already in place, for which nothing has to be fetched again.

    Raises:
        IncidentError: The file is not whole; the bytes worth keeping are kept.
    """
    debut, entetes = _conditions(fichier, partiel, connue)
    with open_response(client, fichier.url, politique, entetes) as reponse:
        marque = _read_mark(reponse, fichier)
        if connue and (reponse.status_code == 304 or (reponse.status_code == 200 and marque.is_same(connue))):
            return Reception(False, connue)
        if reponse.status_code == 416 and debut and marque.total == debut:
            return Reception(True, partiel.mark() or marque)
        debut = _start(reponse, marque, partiel, debut)
        if debut and (tenue := partiel.mark()):
            marque = replace(tenue, total=marque.total)  # a 206 may leave the tag out
        _check_size(marque, fichier, partiel, debut, politique)
        recus = _write(reponse, marque, nature, partiel, debut, politique, signaler)
    if marque.total is not None and recus < marque.total:
        raise IncidentError(f"la connexion a été coupée à {recus} octets sur {marque.total}", "passager")
    attendus = marque.total if fichier.octets is None else fichier.octets
    if attendus is not None and recus != attendus:
        partiel.discard()
        raise IncidentError(f"{recus} octets reçus au lieu de {attendus}", "corrompu")
    return Reception(True, marque)


def _conditions(fichier: Fichier, partiel: Partiel, connue: Marque | None) -> tuple[int, dict[str, str]]:
    """Where to resume, and the conditional headers that make it safe."""
    marque, debut = partiel.mark(), partiel.size()
    sure = marque is not None and marque.url == fichier.url and (marque.repere or fichier.empreinte)
    if marque is not None and sure and debut:
        plage = {"Range": f"bytes={debut}-"}
        return debut, plage | ({"If-Range": marque.repere} if marque.repere else {})
    partiel.discard()
    entetes = {"If-None-Match": connue.etag, "If-Modified-Since": connue.modifie} if connue else {}
    return 0, {nom: valeur for nom, valeur in entetes.items() if valeur}


def _start(reponse: httpx.Response, marque: Marque, partiel: Partiel, demande: int) -> int:
    """The offset that the body starts from; bytes held of another version are dropped."""
    if reponse.status_code == 200:
        return 0
    tenue = partiel.mark()
    plage = _PLAGE.fullmatch(reponse.headers.get("content-range", ""))
    if (
        reponse.status_code == 206
        and demande
        and tenue
        and plage
        and plage[1] == str(demande)
        and (not tenue.etag or not marque.etag or marque.etag == tenue.etag)
        and (not tenue.modifie or not marque.modifie or marque.modifie == tenue.modifie)
        and tenue.total in (None, marque.total)
    ):
        return demande
    partiel.discard()
    raise IncidentError("le fichier a changé sur le serveur pendant le téléchargement", "passager", attendre=0)


def _read_mark(reponse: httpx.Response, fichier: Fichier) -> Marque:
    entetes = reponse.headers
    plage = _PLAGE.fullmatch(entetes.get("content-range", ""))
    longueur = plage[2] if plage else entetes.get("content-length", "")
    if entetes.get("content-encoding", "identity").lower() != "identity":
        return Marque(fichier.url)  # tags and lengths speak of the compressed bytes
    total = int(longueur) if longueur.isdigit() else None
    return Marque(fichier.url, entetes.get("etag", ""), entetes.get("last-modified", ""), total)


def _check_size(marque: Marque, fichier: Fichier, partiel: Partiel, debut: int, politique: Politique) -> None:
    total = marque.total if marque.total is not None else fichier.octets
    if total is None:
        return
    if total > politique.octets_max:
        partiel.discard()
        raise IncidentError(f"le fichier annoncé est démesuré ({total} octets)", "corrompu")
    if fichier.octets is not None and total != fichier.octets:
        partiel.discard()
        raise IncidentError(f"le serveur annonce {total} octets et le catalogue {fichier.octets}", "corrompu")
    dossier = next(parent for parent in partiel.chemin.parents if parent.is_dir())
    libres = shutil.disk_usage(dossier).free
    if total - debut > libres:
        raise IncidentError(f"il faut {total - debut} octets libres, le disque n'en a plus que {libres}", "disque")


def _write(
    reponse: httpx.Response,
    marque: Marque,
    nature: Nature,
    partiel: Partiel,
    debut: int,
    politique: Politique,
    signaler: Signal,
) -> int:
    recus, tete = debut, b""
    try:
        with partiel.start(debut, marque) as flux:
            for morceau in read_chunks(reponse, politique):
                partiel.append(flux, morceau)
                recus += len(morceau)
                if debut == 0 and len(tete) < TETE:
                    tete += morceau[:TETE]
                    _check_early(tete, nature)
                _check_limit(recus, politique)
                signaler(recus, marque.total)
    except IncidentError as incident:
        if incident.genre == "corrompu":
            partiel.discard()
        raise
    return recus


def _check_early(tete: bytes, nature: Nature) -> None:
    """Refuse another kind of file before fetching gigabytes of it."""
    if len(tete) >= TETE:
        check_head(tete, nature)


def _check_limit(recus: int, politique: Politique) -> None:
    if recus > politique.octets_max:
        raise IncidentError(f"le fichier est démesuré (plus de {politique.octets_max} octets)", "corrompu")
