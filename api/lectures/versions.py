"""Past versions of the catalogue that are kept: which they are, and one of them read in place of the current one."""

import json
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock

from api.errors import VERSION_NON_GARDEE, Probleme, RefusError
from referentiels.catalogue import COURANT, MANIFESTE, Catalogue
from referentiels.errors import CatalogueError, InvalidInputError
from referentiels.schema import SCHEMA

OUVERTS_MAX = 2
"""Past catalogues held open at once by a process."""


@dataclass(frozen=True, slots=True)
class Version:
    """A built catalogue that is kept."""

    hash: str
    construit: datetime | None
    """When it was built; None for one that stands in no folder."""
    en_service: bool


class Archives:
    """The catalogues of a folder, the last ones asked about held open; safe from any thread.

    Args:
        dossier: Where catalogues are built and published.
        ouverts: At most so many are held open.
    """

    def __init__(self, dossier: Path, ouverts: int = OUVERTS_MAX) -> None:
        self._dossier, self._max = dossier, ouverts
        self._ouverts: OrderedDict[str, Catalogue] = OrderedDict()
        self._verrou = Lock()

    def kept(self, courant: Catalogue) -> tuple[Version, ...]:
        """The versions that can be read, newest first; one that is built but was never in service is none.

        Args:
            courant: The catalogue in service.
        """
        construits = dict(_built(self._dossier))
        borne = construits.get(self._published(), construits.get(courant.version))
        versions = [
            Version(nom, jour, nom == courant.version)
            for nom, jour in construits.items()
            if nom == courant.version or (borne is not None and jour <= borne)
        ]
        if courant.version not in construits:
            versions.append(Version(courant.version, None, en_service=True))
        return tuple(sorted(versions, key=lambda v: (v.en_service, _moment(v)), reverse=True))

    def read(self, courant: Catalogue, version: str | None, au: date | None) -> Catalogue:
        """The catalogue of a version, or the one that was current on a day; the one in service for neither.

        Raises:
            InvalidInputError: Both are asked.
            RefusError: It is not kept; names those that are.
        """
        if version is not None and au is not None:
            raise InvalidInputError("« version » et « au » ne vont pas ensemble : gardez l'un des deux.", champ="au")
        if version is None and au is None:
            return courant
        gardees = self.kept(courant)
        if au is not None:
            jours = (v for v in gardees if v.construit is not None and v.construit.date() <= au)
            trouvee = max(jours, key=_moment, default=None)
        else:
            trouvee = next((v for v in gardees if v.hash == version), None)
        if trouvee is None:
            raise RefusError(_not_kept(gardees))
        if trouvee.hash == courant.version:
            return courant
        return self._open(trouvee.hash, gardees)

    def _open(self, nom: str, gardees: Iterable[Version]) -> Catalogue:
        """The catalogue of a folder, opened once; what was cleared away since is not kept any more."""
        with self._verrou:
            catalogue = self._ouverts.pop(nom, None)
            if catalogue is None:
                try:
                    catalogue = Catalogue.open(self._dossier / nom)
                except CatalogueError:
                    raise RefusError(_not_kept(v for v in gardees if v.hash != nom)) from None
            self._ouverts[nom] = catalogue
            while len(self._ouverts) > self._max:
                self._ouverts.popitem(last=False)
            return catalogue

    def _published(self) -> str:
        try:
            return (self._dossier / COURANT).read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return ""


def _built(dossier: Path) -> Iterable[tuple[str, datetime]]:
    """The folders that hold a catalogue this program can read, and when each was built."""
    for manifeste in dossier.glob(f"[0-9a-f]*/{MANIFESTE}"):
        try:
            lisible = json.loads(manifeste.read_text(encoding="utf-8"))["schema"] == SCHEMA
            jour = datetime.fromtimestamp(manifeste.stat().st_mtime, UTC)
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if lisible:
            yield manifeste.parent.name, jour


def _moment(version: Version) -> float:
    return version.construit.timestamp() if version.construit else 0.0


def _not_kept(gardees: Iterable[Version]) -> Probleme:
    gardees = tuple(gardees)
    noms = ", ".join(f"{v.hash} ({v.construit.date().isoformat()})" if v.construit else v.hash for v in gardees)
    detail = f"Cette version du catalogue n'est pas gardée. Versions gardées : {noms}."
    return Probleme(VERSION_NON_GARDEE, detail, 404, proches=tuple(v.hash for v in gardees))
