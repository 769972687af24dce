"""What lets callers in: partners, tokens and quotas, over one database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import ParamSpec, TypeVar

from fastapi import FastAPI

from api.acces.adresses import Adresses
from api.acces.annuaire import Annuaire
from api.acces.cles_jetons import read_keys
from api.acces.jetons import Jetons, Porteur
from api.acces.quotas import Quota, Quotas, Solde
from api.acces.refus import QuotaError
from api.acces.seances import Seances
from api.persistence.base import BaseDonnees
from api.settings import Settings
from referentiels.errors import DatabaseError

VERIFICATIONS = 1
"""How many secrets a process checks at a time: each costs 19 MiB and some 20 ms of a core, which others need."""
VERIFICATIONS_EN_ATTENTE = 64
"""How many more may wait: fifty conseillers who sign in at nine sharp, in a second."""
_FILS_BASE = 2
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
P = ParamSpec("P")
T = TypeVar("T")


class Guichet:
    """One a process; nothing is opened before the first need.

    Args:
        settings: The database, the keys, the quotas.

    Attributes:
        cles: The keys of the settings, None when the database keeps them.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.base = BaseDonnees(settings.url_base)
        self._fils = ThreadPoolExecutor(_FILS_BASE, "base")
        self._verificateurs = ThreadPoolExecutor(VERIFICATIONS, "secrets")
        self.cles = read_keys(settings.cle_jetons.get_secret_value()) if settings.cle_jetons else None
        self._en_verification = 0
        self.annuaire = Annuaire(self.base, self._fils, self.cles)
        self.adresses = Adresses(self.base, self._fils)
        self.jetons = Jetons(settings.jeton_duree)
        self.quotas = Quotas(self.base, self._fils)
        self.seances = Seances(self.base, self._fils, settings.session_inactivite)
        self._adresse = Quota("adresse", settings.quota_adresse, settings.quota_fenetre)
        self._pages = Quota("pages", settings.quota_pages, settings.quota_fenetre)
        self._jeton = Quota("jeton", settings.quota_jeton, settings.quota_fenetre)
        self._connexion = Quota("connexion", settings.quota_connexion, settings.quota_fenetre)

    def quota_of(self, porteur: Porteur | None, *, demande_jeton: bool = False, page: bool = False) -> Quota | None:
        """The quota that a request counts in, None when there is no limit.

        Args:
            porteur: Who holds a token.
            demande_jeton: Whether one is asked for.
            page: Whether a person reads the answer: a whole school may stand behind one address.
        """
        if porteur is None:
            quota = self._jeton if demande_jeton else self._pages if page else self._adresse
        else:
            propre = porteur.partenaire.quota
            limite = self._settings.quota_partenaire if propre is None else propre
            quota = Quota("partenaire", limite, self._settings.quota_fenetre)
        return quota if quota.limite else None

    def quota_of_sign_in(self) -> Quota | None:
        """The quota of tries to sign a conseiller in, None when there is no limit."""
        return self._connexion if self._connexion.limite else None

    async def spend(self, quota: Quota, porteur: Porteur | None, adresse: str) -> Solde:
        """Count one request of a partner, or of an address."""
        qui = porteur.partenaire.identifiant if porteur else await self.adresses.name(adresse)
        return await self.quotas.spend(quota, qui)

    async def charge(self, porteur: Porteur | None, adresse: str) -> QuotaError | None:
        """Count what a request does beyond its first answer; why it may do no more, None while it may."""
        quota = self.quota_of(porteur)
        if quota is None:
            return None
        solde = await self.spend(quota, porteur, adresse)
        return None if solde.permis else QuotaError(quota.limite, quota.fenetre, solde.secondes)

    async def run_apart(self, fonction: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what checks a secret away from the event loop, a few at a time.

        Raises:
            DatabaseError: Too many are waiting already.
        """
        if self._en_verification >= VERIFICATIONS_EN_ATTENTE:
            raise DatabaseError("trop de secrets à vérifier à la fois.")
        self._en_verification += 1
        try:
            boucle = asyncio.get_running_loop()
            return await boucle.run_in_executor(self._verificateurs, partial(fonction, *args, **kwargs))
        finally:
            self._en_verification -= 1

    def running(self, autour: Lifespan) -> Lifespan:
        """The lifespan of the application, ended by closing what was opened here."""

        @asynccontextmanager
        async def run(app: FastAPI) -> AsyncIterator[None]:
            async with autour(app):
                yield
            self.close()

        return run

    def close(self) -> None:
        """Give threads and connections back."""
        self._fils.shutdown()
        self._verificateurs.shutdown()
        self.base.close()
