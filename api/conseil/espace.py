"""What the espace conseiller is made of, over one database."""

from dataclasses import dataclass
from datetime import timedelta

from api.conseil.coffre import Coffre
from api.conseil.comptes import Comptes
from api.conseil.connexions import Connexions
from api.conseil.mon_compte import MonCompte
from api.conseil.oidc import Oidc
from api.conseil.sessions import Horloge, Sessions, now
from api.persistence.base import BaseDonnees
from api.settings import Settings


@dataclass(frozen=True, slots=True)
class Espace:
    """One a process."""

    base: BaseDonnees
    comptes: Comptes
    sessions: Sessions
    connexions: Connexions
    mon_compte: MonCompte
    oidc: Oidc | None
    """The identity provider, None when passwords alone open accounts."""
    horloge: Horloge


def open_espace(settings: Settings, base: BaseDonnees, coffre: Coffre, horloge: Horloge = now) -> Espace:
    """The espace of a service; nothing is asked of the database yet.

    Raises:
        InvalidInputError: A setting about the claims of the identity provider cannot be used.
    """
    durees = timedelta(seconds=settings.session_inactivite), timedelta(seconds=settings.session_duree)
    sessions = Sessions(base, *durees, horloge)
    comptes, connexions = Comptes(base, horloge), Connexions(base, sessions, coffre, horloge)
    oidc = Oidc(settings, base, comptes, connexions, horloge) if settings.oidc_emetteur else None
    return Espace(base, comptes, sessions, connexions, MonCompte(base, sessions, coffre, horloge), oidc, horloge)
