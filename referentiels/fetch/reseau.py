"""One careful HTTP request: redirects, statuses, slow or cut answers, and how long to insist."""

import email.utils
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential_jitter

Genre = Literal["absent", "refus", "passager", "corrompu", "disque"]
T = TypeVar("T")

# Compressed answers would make lengths and ranges speak of other bytes than those on disk.
ENTETES = {"User-Agent": "azimut (orientation ; service public)", "Accept-Encoding": "identity", "Accept": "*/*"}
_REDIRECTIONS = frozenset({301, 302, 303, 307, 308})
_UTILES = frozenset({200, 206, 304, 416})
_PASSAGERS = frozenset({408, 425, 429, 500, 502, 503, 504})
_ABSENTS = frozenset({404, 410})


class IncidentError(Exception):
    """Why a try failed; never leaves the package, which turns it into a DownloadError.

    Args:
        motif: What happened, as a French sentence.
        genre: `absent`: nothing at that address; `refus`: asking again is useless; `passager`: worth another try;
            `corrompu`: the bytes received are not the file; `disque`: they cannot be written.
        attendre: Seconds that the server asked to wait, where it did.
    """

    def __init__(self, motif: str, genre: Genre, *, attendre: float | None = None) -> None:
        self.motif = motif
        self.genre: Genre = genre
        self.attendre = attendre
        super().__init__(motif)


@dataclass(frozen=True, slots=True)
class Politique:
    """How patient and how strict a download is.

    Args:
        essais: Fruitless tries in a row before giving up.
        essais_max: Tries in all, even when each brings a few more bytes.
        progres_min: Bytes gained that make a try fruitful.
        attente: First pause between two tries, in seconds; it doubles each time, with some chance added.
        attente_max: Longest pause of that kind, in seconds.
        attente_imposee_max: Longest pause that a server may impose (`Retry-After`), in seconds.
        delai: Longest silence of a server, in seconds.
        fenetre: Seconds over which the flow is measured.
        debit_min: Bytes a second under which an answer is taken for a cut one.
        octets_max: Largest file accepted, in bytes.
        redirections_max: Redirects followed for one request.
        dormir: Sleeps some seconds.
        horloge: Monotonic seconds.
    """

    essais: int = 5
    essais_max: int = 40
    progres_min: int = 1 << 16
    attente: float = 1.0
    attente_max: float = 60.0
    attente_imposee_max: float = 120.0
    delai: float = 30.0
    fenetre: float = 30.0
    debit_min: int = 512
    octets_max: int = 4 << 30
    redirections_max: int = 5
    dormir: Callable[[float], None] = time.sleep
    horloge: Callable[[], float] = time.monotonic


class _Patience:
    """Decides when to give up: a try that brought bytes does not count against the source."""

    def __init__(self, politique: Politique, progres: Callable[[], int]) -> None:
        self._politique = politique
        self._progres = progres
        self._meilleur = progres()
        self._vains = 0
        self._doubler = wait_exponential_jitter(
            initial=politique.attente, max=politique.attente_max, jitter=politique.attente
        )

    def stop(self, etat: RetryCallState) -> bool:
        recus = self._progres()
        if recus >= self._meilleur + self._politique.progres_min:
            self._meilleur, self._vains = recus, 0
        else:
            self._vains += 1
        return self._vains >= self._politique.essais or etat.attempt_number >= self._politique.essais_max

    def wait(self, etat: RetryCallState) -> float:
        incident = etat.outcome.exception() if etat.outcome else None
        if isinstance(incident, IncidentError) and incident.attendre is not None:
            return min(incident.attendre, self._politique.attente_imposee_max)
        return float(self._doubler(etat))


def insist(essayer: Callable[[], T], politique: Politique, progres: Callable[[], int] = lambda: 0) -> T:
    """Call again after passing incidents, with growing pauses.

    Args:
        essayer: One try.
        politique: Patience.
        progres: Bytes held so far, to tell a fruitful try from a vain one.

    Raises:
        IncidentError: The last one.
    """
    patience = _Patience(politique, progres)
    insistance = Retrying(
        stop=patience.stop,
        wait=patience.wait,
        sleep=politique.dormir,
        retry=retry_if_exception(lambda e: isinstance(e, IncidentError) and e.genre == "passager"),
        reraise=True,
    )
    return insistance(essayer)


def open_client() -> httpx.Client:
    """A client for public files: no cookies of ours, no automatic redirect, the system's proxy if there is one."""
    return httpx.Client(follow_redirects=False)


@contextmanager
def open_response(
    client: httpx.Client, url: str, politique: Politique, entetes: Mapping[str, str] | None = None
) -> Iterator[httpx.Response]:
    """An answer whose body is still to be read: status 200, 206, 304 or 416, after at most a few redirects.

    Raises:
        IncidentError: Any other status, a forbidden redirect, or a network failure, while reading too.
    """
    with _translate(url):
        reponse = _follow(client, httpx.URL(url), politique, {**ENTETES, **(entetes or {})})
        try:
            _check_status(reponse)
            yield reponse
        finally:
            reponse.close()


def read_chunks(reponse: httpx.Response, politique: Politique) -> Iterator[bytes]:
    """The body as it comes; a flow under the minimum over a window is a cut."""
    brut = reponse.headers.get("content-encoding", "identity").lower() in ("identity", "")
    debut, recus = politique.horloge(), 0
    for morceau in reponse.iter_raw() if brut else reponse.iter_bytes():
        yield morceau
        recus += len(morceau)
        duree = politique.horloge() - debut
        if duree >= politique.fenetre:
            if recus < politique.debit_min * duree:
                raise IncidentError(f"le serveur n'envoie plus que {recus / duree:.0f} octets par seconde", "passager")
            debut, recus = politique.horloge(), 0


def read_small(client: httpx.Client, url: str, politique: Politique, octets_max: int) -> bytes:
    """A small document, whole, in memory.

    Raises:
        IncidentError: Not obtained, or larger than `octets_max`.
    """
    with open_response(client, url, politique, {"Accept": "application/json"}) as reponse:
        if reponse.status_code != 200:
            raise IncidentError(f"réponse {reponse.status_code} inattendue", "passager")
        contenu = bytearray()
        for morceau in read_chunks(reponse, politique):
            contenu += morceau
            if len(contenu) > octets_max:
                raise IncidentError(f"réponse démesurée (plus de {octets_max} octets)", "corrompu")
        return bytes(contenu)


def _follow(client: httpx.Client, url: httpx.URL, politique: Politique, entetes: dict[str, str]) -> httpx.Response:
    vues: list[httpx.URL] = []
    while True:
        if url.scheme not in ("http", "https") or not url.host:
            raise IncidentError(f"adresse inutilisable (« {url} »)", "refus")
        requete = client.build_request("GET", url, headers=entetes, timeout=politique.delai)
        reponse = client.send(requete, stream=True, follow_redirects=False)
        if reponse.status_code not in _REDIRECTIONS:
            return reponse
        reponse.close()
        vues.append(url)
        suivante = url.join(reponse.headers.get("location", ""))
        if suivante in vues or len(vues) > politique.redirections_max:
            raise IncidentError(f"le serveur renvoie d'adresse en adresse sans fin (« {suivante} »)", "refus")
        if suivante.scheme not in ("https", url.scheme):
            raise IncidentError(f"renvoi refusé vers une adresse moins sûre (« {suivante} »)", "refus")
        url = suivante


def _check_status(reponse: httpx.Response) -> None:
    statut = reponse.status_code
    if statut in _UTILES:
        return
    if statut in _ABSENTS:
        raise IncidentError(f"il n'y a plus rien à cette adresse (réponse {statut}, « {reponse.url} »)", "absent")
    if statut in _PASSAGERS:
        motif = "le serveur demande de ralentir" if statut == 429 else "le serveur est indisponible"
        raise IncidentError(f"{motif} (réponse {statut})", "passager", attendre=_retry_after(reponse))
    if statut in (401, 403):
        raise IncidentError(f"le serveur refuse l'accès (réponse {statut}, « {reponse.url} »)", "refus")
    raise IncidentError(f"réponse {statut} inattendue (« {reponse.url} »)", "refus")


def _retry_after(reponse: httpx.Response) -> float | None:
    """Seconds to wait, from a number or from a date read against the server's own clock."""
    valeur = reponse.headers.get("retry-after", "").strip()
    if valeur.isdigit():
        return float(valeur)
    reprise, maintenant = _date(valeur), _date(reponse.headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (reprise - maintenant).total_seconds()) if reprise else None


def _date(valeur: str) -> datetime | None:
    try:
        date = email.utils.parsedate_to_datetime(valeur)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


@contextmanager
def _translate(url: str) -> Iterator[None]:
    """Network failures as French incidents."""
    try:
        yield
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise IncidentError(f"adresse inutilisable (« {url} »)", "refus") from error
    except httpx.TimeoutException as error:
        raise IncidentError("le serveur ne répond plus", "passager") from error
    except httpx.ConnectError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise IncidentError("le certificat du serveur n'est pas reconnu", "refus") from error
        raise IncidentError(f"le serveur est injoignable ({httpx.URL(url).host})", "passager") from error
    except httpx.DecodingError as error:
        raise IncidentError("la réponse compressée est illisible", "corrompu") from error
    except (httpx.TransportError, httpx.StreamError) as error:
        raise IncidentError("la connexion a été coupée", "passager") from error
