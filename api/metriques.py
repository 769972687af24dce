"""What is counted for those who run the service: bounded labels, never a word of a person."""

from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

REGISTRE = CollectorRegistry()
METHODES = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
SANS_ROUTE = "-"
_TRANCHES = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5.0, 10.0, 30.0)

REQUETES = Counter(
    "azimut_requetes", "Réponses rendues, par route, méthode et statut.", ("methode", "route", "statut"),
    registry=REGISTRE,
)  # fmt: skip
DUREES = Histogram(
    "azimut_requete_secondes", "Durée des requêtes, par route.", ("route",), buckets=_TRANCHES, registry=REGISTRE
)
EN_COURS = Gauge(
    "azimut_requetes_en_cours", "Requêtes qui tiennent une place.", registry=REGISTRE, multiprocess_mode="livesum"
)  # fmt: skip
VIDES = Counter(
    "azimut_reponses_vides", "Profils compris sans un seul métier, recherches et suggestions sans résultat.",
    ("genre",), registry=REGISTRE,
)  # fmt: skip
REFUS = Counter("azimut_refus", "Requêtes refusées avant d'être servies, par motif.", ("motif",), registry=REGISTRE)
RECHARGEMENTS = Counter(
    "azimut_rechargements", "Catalogues pris en service ou refusés, depuis le démarrage.", ("issue",),
    registry=REGISTRE,
)  # fmt: skip
FAITES = Counter(
    "azimut_reponses_retenues", "Réponses de catalogue faites, puis tenues en mémoire pour les suivantes.",
    registry=REGISTRE,
)  # fmt: skip

_VIDES = {genre: VIDES.labels(genre) for genre in ("profil", "recherche", "suggestion")}
_suivis: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}


def count_request(methode: str, route: str, statut: int, secondes: float) -> None:
    """Count one answer.

    Args:
        methode: As sent; an unknown one is counted as « autre ».
        route: The model of the address (`/metiers/{code_rome}`), never the address itself.
        statut: Of the answer; 0 when nobody waited for it.
        secondes: From the first byte to the last.
    """
    cle = (methode, route, statut)
    suivi = _suivis.get(cle)
    if suivi is None:
        connue = methode if methode in METHODES else "autre"
        suivi = REQUETES.labels(connue, route, str(statut)), DUREES.labels(route)
        if connue == methode:
            _suivis[cle] = suivi
    suivi[0].inc()
    suivi[1].observe(secondes)


def count_empty(genre: str, *, vide: bool) -> None:
    """Count an answer that holds nothing: `profil`, `recherche` or `suggestion`."""
    if vide:
        _VIDES[genre].inc()


def render_metrics(dossier: Path | None = None) -> tuple[bytes, str]:
    """What Prometheus reads, and its media type.

    Args:
        dossier: Where the processes of the service write their counts; None for a process alone.
    """
    if dossier is None:
        return generate_latest(REGISTRE), CONTENT_TYPE_LATEST
    registre = CollectorRegistry()
    MultiProcessCollector(registre, path=str(dossier))  # type: ignore[no-untyped-call]
    return generate_latest(registre), CONTENT_TYPE_LATEST


def forget_process(pid: int, dossier: Path) -> None:
    """Take a process that ended out of what is counted as current; what it added to totals stays."""
    mark_process_dead(pid, path=str(dossier))  # type: ignore[no-untyped-call]
