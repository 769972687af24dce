"""What is written of a person, sealed before it reaches the database, and bound to its place there."""

import hmac
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_bytes
from threading import Lock

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from api.conseil.erreurs import CoffreError

_FORME = b"\x01"
_NOM, _ALEA = 8, 12
_SEPARATEUR = "\x1f"


@dataclass(frozen=True, slots=True)
class _Cle:
    nom: bytes
    """What tells a key from another, and nothing of it."""
    chiffre: AESGCM
    signature: bytes


class Coffre:
    """Seals with AES-256-GCM under the first of its keys, and opens with any; safe between threads.

    Args:
        lire: Gives the keys, separated by spaces, at the first need.
    """

    def __init__(self, lire: Callable[[], str]) -> None:
        self._lire = lire
        self._verrou = Lock()
        self._cles: tuple[_Cle, ...] = ()

    def check(self) -> None:
        """Make sure that there is a key, before anything is begun.

        Raises:
            CoffreError: There is none.
        """
        self._load()

    def seal(self, texte: str, *place: str) -> bytes:
        """A text that only these keys open, and only in its place.

        Args:
            texte: What is kept.
            place: What the text is bound to: dossier, version, field…

        Raises:
            CoffreError: There is no key.
        """
        cle, alea = self._load()[0], token_bytes(_ALEA)
        # Level 1: a JSON becomes five times smaller for less than what the disk takes to write it.
        entete = _FORME + cle.nom
        return entete + alea + cle.chiffre.encrypt(alea, zlib.compress(texte.encode(), 1), _bind(entete, place))

    def unseal(self, scelle: bytes, *place: str) -> str:
        """The text, as it was sealed for this place.

        Raises:
            CoffreError: There is no key, none of them sealed it, or it was altered or moved.
        """
        cle = next((c for c in self._load() if scelle.startswith(_FORME + c.nom)), None)
        if cle is None:
            raise CoffreError(
                "ce dossier a été chiffré avec une clé que le service n'a plus. Rien n'est perdu ni écrasé : remettez "
                "cette clé dans AZIMUT_CLE_DOSSIERS, après la clé actuelle."
            )
        entete, reste = scelle[: 1 + _NOM], scelle[1 + _NOM :]
        try:
            clair = cle.chiffre.decrypt(reste[:_ALEA], reste[_ALEA:], _bind(entete, place))
        except (InvalidTag, ValueError):
            raise CoffreError(
                "ce dossier a été altéré ou déplacé dans la base : il n'est pas ouvert. Une sauvegarde peut le rendre."
            ) from None
        return zlib.decompress(clair).decode()

    def is_current(self, scelle: bytes) -> bool:
        """Whether the key that seals now sealed this."""
        return scelle.startswith(_FORME + self._load()[0].nom)

    def sign(self, message: str) -> str:
        """A signature (HMAC-SHA-256) that the keys alone can make, after the name of the one that made it.

        Raises:
            CoffreError: There is no key.
        """
        return _sign(self._load()[0], message)

    def verify(self, message: str, signature: str) -> bool:
        """Whether one of the keys signed a message.

        Raises:
            CoffreError: There is no key, or the one that signed is no longer here.
        """
        cle = next((c for c in self._load() if signature.startswith(f"{c.nom.hex()}:")), None)
        if cle is None:
            raise CoffreError("la clé qui a signé n'est plus dans AZIMUT_CLE_DOSSIERS : rien ne peut être vérifié.")
        return hmac.compare_digest(_sign(cle, message).encode(), signature.encode())

    def _load(self) -> tuple[_Cle, ...]:
        if not self._cles:
            with self._verrou:
                if not self._cles:
                    self._cles = tuple(_make_key(texte) for texte in self._lire().split())
        if not self._cles:
            raise CoffreError("la clé des dossiers est vide : remettez celle qui a servi à les chiffrer.")
        return self._cles


def _bind(entete: bytes, place: tuple[str, ...]) -> bytes:
    return entete + _SEPARATEUR.join(place).encode()


def _sign(cle: _Cle, message: str) -> str:
    return f"{cle.nom.hex()}:{hmac.new(cle.signature, message.encode(), sha256).hexdigest()}"


def _make_key(texte: str) -> _Cle:
    def derive(usage: str, taille: int) -> bytes:
        return HKDF(SHA256(), taille, None, f"azimut dossiers {usage}".encode()).derive(texte.encode())

    return _Cle(derive("nom", _NOM), AESGCM(derive("chiffre", 32)), derive("signature", 32))
