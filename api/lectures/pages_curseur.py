"""Lists given page by page: an opaque cursor, held to one question and to one version of the catalogue."""

import base64
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from urllib.parse import urlencode

from fastapi import Request, Response

from api.errors import CURSEUR_PERIME, Probleme, RefusError
from referentiels.errors import InvalidInputError

PAGE_MAX = 100
CURSEUR_MAX = 64
"""Characters of the longest cursor that is read."""
_FORME = struct.Struct(">B8s8sII")
_EDITION = 1
_SCEAU = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins."""

    rang: int
    jour: date
    """Of the first page: what is drawn by the day stays as it was past midnight."""


@dataclass(frozen=True, slots=True)
class Liste:
    """A long list as one question gives it.

    Args:
        version: Of what the list is made from; a cursor of another one is out of date.
        demande: What was asked, without the length of pages: a cursor answers this question alone.
    """

    version: str
    demande: Mapping[str, object]

    def begin(self, curseur: str | None, jour: date) -> Place:
        """Where the page asked begins: at a cursor, else at the top, on a given day.

        Raises:
            InvalidInputError: The cursor was altered, or belongs to another question.
            RefusError: The catalogue changed since.
        """
        if curseur is None:
            return Place(0, jour)
        version, question, rang, ordinal = _open(curseur)
        if question != _digest(_canonical(self.demande)):
            raise InvalidInputError(
                "ce curseur vient d'une autre demande : gardez les mêmes filtres d'une page à l'autre.", champ="curseur"
            )
        if version != _digest(self.version):
            detail = "Le catalogue a changé depuis cette page : reprenez la liste au début, sans « curseur »."
            raise RefusError(Probleme(CURSEUR_PERIME, detail, 410))
        return Place(rang, date.fromordinal(ordinal))

    def next(self, place: Place, montres: int, total: int) -> str | None:
        """The cursor of the following page, None when there is none.

        Args:
            place: Where this page began.
            montres: How many this page shows.
            total: How many there are in all.
        """
        rang = place.rang + montres
        if not montres or rang >= total:
            return None
        parties = (_digest(self.version), _digest(_canonical(self.demande)), rang, place.jour.toordinal())
        corps = _FORME.pack(_EDITION, *parties)
        return base64.urlsafe_b64encode(corps + _seal(corps)).decode().rstrip("=")


def linked(request: Request, reponse: Response, suivant: str | None) -> Response:
    """The answer with the address of the following page in `Link`."""
    if suivant is not None:
        parametres = [(cle, valeur) for cle, valeur in request.query_params.multi_items() if cle != "curseur"]
        adresse = f"{request.url.path}?{urlencode([*parametres, ('curseur', suivant)])}"
        reponse.headers["Link"] = f'<{adresse}>; rel="next"'
    return reponse


def _open(curseur: str) -> tuple[bytes, bytes, int, int]:
    try:
        octets = base64.b64decode(curseur + "=" * (-len(curseur) % 4), altchars=b"-_", validate=True)
        edition, version, question, rang, ordinal = _FORME.unpack(octets[:-_SCEAU])
        date.fromordinal(ordinal)
        entier = octets[-_SCEAU:] == _seal(octets[:-_SCEAU]) and edition == _EDITION
    except (ValueError, OverflowError, struct.error):
        entier = False
    if not entier:
        raise InvalidInputError(
            "ce curseur n'est pas lisible : recopiez « suivant » tel quel, ou reprenez au début.", champ="curseur"
        )
    return version, question, rang, ordinal


def _seal(corps: bytes) -> bytes:
    """What tells an altered cursor: it protects from mistakes, and hides nothing, since a cursor opens nothing."""
    return blake2b(corps, digest_size=_SCEAU, person=b"azimut.curseur").digest()


def _digest(texte: str) -> bytes:
    return blake2b(texte.encode(), digest_size=8).digest()


def _canonical(demande: Mapping[str, object]) -> str:
    return json.dumps(demande, sort_keys=True, ensure_ascii=True, default=str)
