"""Several processes born of one that has loaded everything: what it read is shared, not copied."""

import gc
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path

from api.app import create_app
from api.journal import describe_error
from api.metriques import forget_process
from api.rechargement import Vigie, load_next
from api.serveur import Serveur
from api.service import Service, load_service
from api.settings import Settings
from referentiels.errors import StartError

_journal = logging.getLogger("azimut.superviseur")
_fork = get_context("fork")
_TOUR = 0.1
"""Seconds between two looks at the processes."""
_NAISSANCE_MAX = 30.0
"""Seconds within which a process must answer."""
_ESSAIS = 5
"""Processes in a row that may die before they answer."""
_SURSIS = 5.0
"""Seconds left to a process past its own time to stop."""


@dataclass(slots=True)
class _Ouvrier:
    """A process that serves."""

    processus: ForkProcess
    annonce: Connection
    naissance: float
    pret: bool = False
    limite: float | None = None
    """When it must have ended, once told to."""

    @property
    def pid(self) -> int:
        return self.processus.pid or 0

    def look(self) -> None:
        """Note whether it has said that it is ready."""
        if not self.pret and self.annonce.poll():
            try:
                self.annonce.recv()
            except EOFError:
                return
            self.pret = True

    def retire(self, delai: float) -> None:
        """Tell it to finish what it has begun."""
        if self.limite is None:
            self.limite = time.monotonic() + delai + _SURSIS
            self.processus.terminate()


class Superviseur:
    """Keeps a number of processes serving, and replaces them all when a new catalogue is published.

    The engine is loaded in a thread of this process, wholly, and that thread is gone before any process is born: none
    inherits a lock that nobody would release, nor an open connection. A new generation answers before the former is
    told to finish: no request is lost.

    Args:
        settings: Where to listen, with how many processes.
        metriques: Folder where processes count.
    """

    def __init__(self, settings: Settings, metriques: Path) -> None:
        self._settings = settings
        self._metriques = metriques
        self._vigie = Vigie(settings.dossier_catalogue)
        self._regard = time.monotonic()
        self._chargement: tuple[ThreadPoolExecutor, Future[Service | None]] | None = None
        self._ouvriers: list[_Ouvrier] = []
        self._sortants: list[_Ouvrier] = []
        self._rates = 0
        self._arret = False

    def run(self, ecoute: socket.socket) -> None:
        """Serve until told to stop.

        Raises:
            CatalogueError: There is nothing to serve.
            StartError: Processes die before they answer.
        """
        with ThreadPoolExecutor(1) as fil:
            self._service = fil.submit(self._load).result()
        for numero in (signal.SIGTERM, signal.SIGINT):
            signal.signal(numero, self._stop)
        self._ecoute = ecoute
        self._settle()
        self._ouvriers = self._bear()
        try:
            while not self._arret:
                self._turn()
                time.sleep(_TOUR)
        finally:
            ecoute.close()  # else new connections would wait for nobody
            self._retire(self._ouvriers)
            while self._sortants:
                self._bury()
                time.sleep(_TOUR)

    def _stop(self, *_: object) -> None:
        self._arret = True

    def _load(self) -> Service:
        service = load_service(self._settings)
        service.prepare()
        return service

    def _turn(self) -> None:
        """Look once at everything."""
        self._bury()
        if self._chargement is None:
            self._replace_dead()
            self._watch()
        elif self._chargement[1].done():
            fil, futur = self._chargement
            fil.shutdown()
            self._chargement = None
            error = futur.exception()
            if error is not None:
                _journal.error("rechargement manqué : erreur imprévue %s", describe_error(error))
            elif (service := futur.result()) is not None:
                self._take_over(service)

    def _watch(self) -> None:
        """Begin to load what was published, in a thread: the processes go on meanwhile."""
        periode = self._settings.rechargement
        if periode and time.monotonic() - self._regard >= periode:
            self._regard = time.monotonic()
            if self._vigie.look():
                fil = ThreadPoolExecutor(1)
                self._chargement = fil, fil.submit(load_next, self._load)

    def _take_over(self, service: Service) -> None:
        """Put a generation born of the new engine in the place of the former one, once it answers."""
        ancien, self._service = self._service, service
        self._settle()
        releve = self._bear()
        while not self._arret and any(not o.pret for o in releve):
            time.sleep(_TOUR)
            for ouvrier in releve:
                ouvrier.look()
            if any(not o.pret and self._failed(o) for o in releve):
                _journal.error("la relève ne répond pas : l'ancien catalogue reste en service")
                self._retire(releve)
                self._service = ancien
                return
        self._retire(self._ouvriers)
        self._ouvriers = releve

    def _settle(self) -> None:
        """Put what is loaded out of the reach of the collector, which would copy the pages that it visits."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    def _bear(self) -> list[_Ouvrier]:
        return [self._start() for _ in range(self._settings.processus)]

    def _start(self) -> _Ouvrier:
        ecoutant, annoncant = _fork.Pipe(duplex=False)
        processus = _fork.Process(target=_work, args=(self._settings, self._service, self._ecoute, annoncant))
        processus.start()
        annoncant.close()
        return _Ouvrier(processus, ecoutant, time.monotonic())

    def _failed(self, ouvrier: _Ouvrier) -> bool:
        return not ouvrier.processus.is_alive() or time.monotonic() - ouvrier.naissance > _NAISSANCE_MAX

    def _replace_dead(self) -> None:
        """Give a successor to each process that ended, or that never answered."""
        for rang, ouvrier in enumerate(self._ouvriers):
            ouvrier.look()
            if ouvrier.pret:
                self._rates = 0
            if ouvrier.processus.is_alive() and (ouvrier.pret or not self._failed(ouvrier)):
                continue
            self._rates += not ouvrier.pret
            if self._rates > _ESSAIS:
                raise StartError("les processus du service s'arrêtent avant de répondre : voir le journal.")
            _journal.error("le processus %d s'est arrêté (%s) : un autre le remplace", ouvrier.pid, _cause(ouvrier))
            self._retire([ouvrier])
            self._ouvriers[rang] = self._start()

    def _retire(self, ouvriers: Iterable[_Ouvrier]) -> None:
        for ouvrier in ouvriers:
            ouvrier.retire(self._settings.delai_arret)
            self._sortants.append(ouvrier)

    def _bury(self) -> None:
        """Forget the processes that ended, and end those that should have."""
        for ouvrier in tuple(self._sortants):
            if ouvrier.processus.is_alive():
                if ouvrier.limite is not None and time.monotonic() > ouvrier.limite:
                    ouvrier.processus.kill()
                continue
            self._sortants.remove(ouvrier)
            forget_process(ouvrier.pid, self._metriques)
            ouvrier.annonce.close()
            ouvrier.processus.join()


def _cause(ouvrier: _Ouvrier) -> str:
    code = ouvrier.processus.exitcode
    return "sans réponse" if code is None else f"code {code}"


def _work(settings: Settings, service: Service, ecoute: socket.socket, annonce: Connection) -> None:
    """The life of a process that serves."""
    for numero in (signal.SIGTERM, signal.SIGINT):
        signal.signal(numero, signal.SIG_DFL)
    threading.Thread(target=_outlive_nobody, args=(os.getppid(),), daemon=True).start()
    app = create_app(settings.model_copy(update={"rechargement": 0}), service)
    Serveur(app, settings, lambda: annonce.send(True)).run([ecoute])


def _outlive_nobody(pere: int) -> None:
    """End when the supervisor did, however it did."""
    while os.getppid() == pere:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
