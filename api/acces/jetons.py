"""Tokens of partners: signed, short, and refused as soon as their partner is."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.acces.annuaire import Instantane
from api.acces.cles_jetons import ALGORITHME
from api.acces.partenaires import Partenaire, Reconnu
from api.acces.refus import InvalidTokenError

EMETTEUR = "azimut"
PUBLIC = "azimut-api"
_TYPE = "at+jwt"
_MEMOIRE = 10_000
_TAILLE_MAX = 2_000
_EXIGENCES = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": EMETTEUR},
    aud={"essential": True, "value": PUBLIC},
    exp={"essential": True},
    sub={"essential": True},
    sid={"essential": True},
    scope={"essential": True},
)


@dataclass(frozen=True, slots=True)
class Porteur:
    """Who a token speaks for, and how far it goes."""

    partenaire: Partenaire
    portees: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Lu:
    """What a token says, once its signature was verified."""

    identifiant: str
    prefixe: str
    portees: frozenset[str]
    expire: float
    kid: str


class Jetons:
    """Writes tokens and reads them; a token already verified is remembered, never what its partner may do.

    Args:
        duree: Life of a token, in seconds.
    """

    def __init__(self, duree: int) -> None:
        self.duree = duree
        self._lus: OrderedDict[str, _Lu] = OrderedDict()

    def write(self, reconnu: Reconnu, portees: Iterable[str], cles: KeySet) -> str:
        """A token for a partner, in the form of RFC 9068, signed by the first key."""
        maintenant = int(time.time())
        cle = cles.keys[0]
        revendications = {
            "iss": EMETTEUR,
            "aud": PUBLIC,
            "sub": reconnu.partenaire.identifiant,
            "client_id": reconnu.partenaire.identifiant,
            "scope": " ".join(portees),
            "sid": reconnu.prefixe,
            "iat": maintenant,
            "exp": maintenant + self.duree,
            "jti": secrets.token_urlsafe(12),
        }
        return jwt.encode({"alg": ALGORITHME, "typ": _TYPE, "kid": cle.kid}, revendications, cle)

    def read(self, jeton: str, instantane: Instantane) -> Porteur:
        """Who a token speaks for.

        Raises:
            InvalidTokenError: It is not ours, altered or expired; or its partner, secret or key was revoked.
        """
        lu = self._lus.get(jeton)
        if lu is None or lu.kid not in instantane.kids:
            lu = _verify(jeton, instantane.cles)
            self._lus[jeton] = lu
            if len(self._lus) > _MEMOIRE:
                self._lus.popitem(last=False)
        if lu.expire <= time.time():
            self._lus.pop(jeton, None)
            raise InvalidTokenError("Le jeton a expiré.")
        partenaire = instantane.partenaires.get(lu.identifiant)
        if partenaire is None or not partenaire.actif:
            raise InvalidTokenError("Ce partenaire n'a plus accès au service.")
        if all(s.prefixe != lu.prefixe or s.revoque_le is not None for s in partenaire.secrets):
            raise InvalidTokenError("Le secret qui a donné ce jeton est révoqué.")
        return Porteur(partenaire, lu.portees & frozenset(partenaire.portees))


def _verify(jeton: str, cles: KeySet) -> _Lu:
    if len(jeton) > _TAILLE_MAX:
        raise InvalidTokenError("Le jeton n'est pas valide.")
    try:
        lu = jwt.decode(jeton, cles, algorithms=[ALGORITHME])
        _EXIGENCES.validate(lu.claims)
        if lu.header.get("typ") != _TYPE:
            raise InvalidTokenError("Le jeton n'est pas valide.")
        return _Lu(
            str(lu.claims["sub"]),
            str(lu.claims["sid"]),
            frozenset(str(lu.claims["scope"]).split()),
            float(lu.claims["exp"]),
            str(lu.header["kid"]),
        )
    except (JoseError, ValueError, KeyError, TypeError) as error:
        # Neither the token nor what is wrong inside is repeated: the first is a secret, the second helps to forge.
        raise InvalidTokenError("Le jeton n'est pas valide ou a expiré.") from error
