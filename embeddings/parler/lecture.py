"""Reading what people say of each métier."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from referentiels.errors import MalformedError

_DOSSIER = Path(__file__).parent
METIERS, APPELLATIONS = "metiers.tsv", "appellations.tsv"


@dataclass(frozen=True, slots=True)
class Dits:
    """How one métier is spoken of; each form is in one gender at most."""

    titres: tuple[str, ...] = ()
    """Job titles that the ROME does not list."""
    courants: tuple[str, ...] = ()
    """Everyday words, slang, short verbs."""
    descriptions: tuple[str, ...] = ()
    """Roundabout ways of naming it."""


class Parler:
    """What people say, by code ROME.

    Args:
        par_metier: The sayings of each métier; a métier without any is absent.
        par_appellation: Other names of appellations, by OGR code; those held out for measures have none.
        empreinte: Hash of all of it; an index of another one refuses to load.
    """

    def __init__(
        self,
        par_metier: Mapping[str, Dits],
        par_appellation: Mapping[str, tuple[str, ...]] | None = None,
        empreinte: str = "",
    ) -> None:
        self._par_metier = par_metier
        self._par_appellation = par_appellation or {}
        self.empreinte = empreinte

    def of(self, code_rome: str) -> Dits:
        """The sayings of a métier; empty when nobody wrote any."""
        return self._par_metier.get(code_rome, Dits())

    def dits(self, code_rome: str) -> tuple[str, ...]:
        """All the sayings of a métier, titles first."""
        dits = self.of(code_rome)
        return dits.titres + dits.courants + dits.descriptions

    def autres_noms(self, code_ogr: int) -> tuple[str, ...]:
        """Other names of one appellation, with its shade of meaning; empty when nobody wrote any."""
        return self._par_appellation.get(str(code_ogr), ())

    def __len__(self) -> int:
        return len(self._par_metier)


@cache
def load_parler(dossier: Path = _DOSSIER) -> Parler:
    """The sayings that Azimut carries, items parted by « ; ».

    `metiers.tsv` is `code<TAB>titres<TAB>courant<TAB>descriptions`, `appellations.tsv` is `code OGR<TAB>autres noms`;
    a file may be absent.

    Raises:
        MalformedError: A line without its cells, or a key said twice; says the line.
    """
    metiers, empreinte_metiers = _read(dossier / METIERS, 4)
    appellations, empreinte_appellations = _read(dossier / APPELLATIONS, 2)
    return Parler(
        {code: Dits(*cellules) for code, cellules in metiers.items()},
        {code: noms for code, (noms,) in appellations.items()},
        f"{empreinte_metiers}{empreinte_appellations}",
    )


def _read(fichier: Path, colonnes: int) -> tuple[dict[str, list[tuple[str, ...]]], str]:
    """The items of each cell by key, and the hash of the file."""
    if not fichier.is_file():
        return {}, ""
    contenu = fichier.read_bytes()
    lignes: dict[str, list[tuple[str, ...]]] = {}
    for numero, ligne in enumerate(contenu.decode("utf-8").splitlines(), start=1):
        cle, *cellules = ligne.split("\t")
        if len(cellules) != colonnes - 1 or cle in lignes:
            raise MalformedError(f"{colonnes} cellules, une clé une seule fois.", fichier=fichier.name, ligne=numero)
        lignes[cle] = [tuple(filter(None, map(str.strip, cellule.split(";")))) for cellule in cellules]
    return lignes, hashlib.sha256(contenu).hexdigest()
