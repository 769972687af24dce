"""Quotas that hold across processes: each takes small lots from the database and spends them by itself."""

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from itertools import zip_longest
from threading import Lock

from limits import RateLimitItem, RateLimitItemPerSecond

from api.acces.attente import wait_briefly
from api.persistence.base import BaseDonnees
from api.persistence.compteurs import FenetreFixe, StockageBase
from referentiels.errors import DatabaseError

LOTS = 10
"""A lot is at most this part of a quota: what a process may hold while another is refused."""
LOTS_MIN = 50
"""It is at least this part, so that the end of a quota does not cost a transaction a request."""
PART_LOCALE = 4
"""Without the database, each process allows this part of a quota, by itself, in a window."""
_RESERVES_MAX = 50_000
_PAR_TRANSACTION = 200
_EN_ATTENTE_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Quota:
    """How many requests in a window of so many seconds; `nom` is the policy that the headers tell."""

    nom: str
    limite: int
    fenetre: int

    @property
    def policy(self) -> str:
        """As `RateLimit-Policy` says it."""
        return f'"{self.nom}";q={self.limite};w={self.fenetre}'


@dataclass(frozen=True, slots=True)
class Solde:
    """Whether a request may pass, what is left, and the seconds until the window ends."""

    permis: bool
    restant: int
    secondes: int


@dataclass(frozen=True, slots=True)
class _Lot:
    """What the database gave, and when it ends (monotonic seconds)."""

    obtenu: int
    restant: int
    fin: float


@dataclass(slots=True)
class _Reserve:
    """What a process holds for one caller; touched by the event loop alone."""

    jetons: int = 0
    restant: int = 0
    fin: float = float("-inf")
    epuisee: bool = False
    seule: bool = False
    lot: "Future[_Lot] | None" = None

    def spend(self, maintenant: float) -> Solde | None:
        """Take one, or refuse; None when a lot must be asked for."""
        if maintenant >= self.fin:
            return None
        if self.jetons > 0:
            self.jetons -= 1
            return Solde(True, self.jetons + self.restant, _seconds(self.fin - maintenant))
        # Counted alone while a slow database makes up its mind: its lot, if it comes, is worth a short wait.
        refuse = self.epuisee and not (self.seule and self.lot is not None)
        return Solde(False, 0, _seconds(self.fin - maintenant)) if refuse else None

    def receive(self, lot: _Lot) -> None:
        """Add a lot; what was left of an earlier window is worth nothing."""
        meme = abs(lot.fin - self.fin) < 0.5
        self.jetons = lot.obtenu + (self.jetons if meme else 0)
        self.restant, self.fin, self.epuisee, self.seule = lot.restant, lot.fin, lot.restant == 0, False


class Quotas:
    """Spends quotas.

    The sum of what processes and replicas allow never passes a quota while the database answers; each may keep a lot
    (a tenth at most, less and less as the end nears) that another would have spent. Without the database, each
    process allows a quarter of the quota in a window.

    Args:
        base: Holds the counters.
        fils: Where the database is asked.
        clock: Monotonic seconds.
    """

    def __init__(self, base: BaseDonnees, fils: Executor, clock: Callable[[], float] = time.monotonic) -> None:
        self._base = base
        self._fils = fils
        self._clock = clock
        self._fenetre = FenetreFixe(StockageBase(base))
        self._reserves: dict[tuple[Quota, str], _Reserve] = {}
        self._demandes: list[tuple[RateLimitItem, str, int, Future[_Lot]]] = []
        self._verrou = Lock()
        self._servies = False

    async def spend(self, quota: Quota, qui: str) -> Solde:
        """Count one request of someone.

        Args:
            quota: How much is allowed.
            qui: Who asks: a partner, or the name of an address.
        """
        reserve = self._reserves.get((quota, qui)) or self._open(quota, qui)
        while True:
            if reserve.lot is not None and reserve.lot.done() and not self._collect(reserve):
                break
            solde = reserve.spend(self._clock())
            if solde is not None:
                self._ask_ahead(quota, qui, reserve)
                return solde
            if self._base.disjoncteur.ouvert:
                break
            reserve.lot = lot = reserve.lot or self._ask(quota, qui, reserve)
            if not await wait_briefly(lot):
                break
        return self._spend_alone(quota, reserve)

    def _spend_alone(self, quota: Quota, reserve: _Reserve) -> Solde:
        """Count without the database: a part of the quota, once, until the window ends."""
        maintenant = self._clock()
        if maintenant >= reserve.fin:
            reserve.fin, reserve.seule = maintenant + quota.fenetre, False
        if not reserve.seule:
            reserve.jetons, reserve.restant = max(1, quota.limite // PART_LOCALE), 0
            reserve.epuisee = reserve.seule = True
        return reserve.spend(maintenant) or Solde(False, 0, _seconds(reserve.fin - maintenant))

    def _open(self, quota: Quota, qui: str) -> _Reserve:
        if len(self._reserves) >= _RESERVES_MAX:
            maintenant = self._clock()
            finies = [cle for cle, r in self._reserves.items() if r.fin < maintenant and r.lot is None]
            for cle in finies or list(self._reserves)[: _RESERVES_MAX // 10]:
                del self._reserves[cle]
        return self._reserves.setdefault((quota, qui), _Reserve())

    def _collect(self, reserve: _Reserve) -> bool:
        """Take what the database gave; false when it could not give."""
        lot, reserve.lot = reserve.lot, None
        erreur = lot.exception() if lot is not None else None
        if isinstance(erreur, DatabaseError):
            # Asked ahead of need, a refusal changes nothing yet: what is held is spent first.
            return reserve.jetons > 0 and self._clock() < reserve.fin
        if lot is not None:
            reserve.receive(lot.result())
        return True

    def _ask_ahead(self, quota: Quota, qui: str, reserve: _Reserve) -> None:
        """Ask for a lot before it is needed, so that few requests wait."""
        bas = reserve.jetons * 4 < quota.limite // LOTS
        if bas and reserve.lot is None and not reserve.epuisee and not self._base.disjoncteur.ouvert:
            reserve.lot = self._ask(quota, qui, reserve)

    def _ask(self, quota: Quota, qui: str, reserve: _Reserve) -> "Future[_Lot]":
        """Ask for a lot; all that is asked at the same time goes in one transaction."""
        meme = self._clock() < reserve.fin
        lot = quota.limite // LOTS
        nombre = max(1, quota.limite // LOTS_MIN, min(lot, reserve.restant // 4) if meme else lot)
        promesse: Future[_Lot] = Future()
        quota_limits = RateLimitItemPerSecond(quota.limite, quota.fenetre, namespace=f"AZIMUT/{quota.nom}")
        with self._verrou:
            if len(self._demandes) >= _EN_ATTENTE_MAX:
                promesse.set_exception(DatabaseError("trop de quotas à tenir à la fois."))
                return promesse
            self._demandes.append((quota_limits, qui, nombre, promesse))
            premiere, self._servies = not self._servies, True
        if premiere:
            self._fils.submit(self._serve_all)
        return promesse

    def _serve_all(self) -> None:
        """Serve what is asked for, in a thread of the database, until nothing is."""
        fini = False
        try:
            while not fini:
                fini = self._serve_some()
        finally:
            if not fini:
                self._servies = False

    def _serve_some(self) -> bool:
        """Serve a batch in one transaction; true when there was none."""
        with self._verrou:
            demandes, self._demandes = self._demandes[:_PAR_TRANSACTION], self._demandes[_PAR_TRANSACTION:]
            if not demandes:
                self._servies = False
                return True
        lots: list[_Lot] = []
        erreur = DatabaseError("les quotas n'ont pas pu être comptés.")
        try:
            prises = self._fenetre.take([(quota, qui, nombre) for quota, qui, nombre, _ in demandes])
            fait = self._clock()
            lots = [_Lot(p.obtenu, p.restant, fait + p.secondes) for p in prises]
        except DatabaseError as error:
            erreur = error
        finally:  # whatever happens, no request is left waiting
            for (*_, promesse), lot in zip_longest(demandes, lots):
                if lot is None:
                    promesse.set_exception(erreur)
                else:
                    promesse.set_result(lot)
        return False


def _seconds(duree: float) -> int:
    return max(1, int(duree + 0.999))
