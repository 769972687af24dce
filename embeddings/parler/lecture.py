"""Reading what people say of each métier."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from referentiels.errors import MalformedError

_DOSSIER = Path(__file__).parent
_COLONNES = 4


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
        empreinte: Hash of all of it; an index of another one refuses to load.
    """

    def __init__(self, par_metier: dict[str, Dits], empreinte: str = "") -> None:
        self._par_metier = par_metier
        self.empreinte = empreinte

    def of(self, code_rome: str) -> Dits:
        """The sayings of a métier; empty when nobody wrote any."""
        return self._par_metier.get(code_rome, Dits())

    def dits(self, code_rome: str) -> tuple[str, ...]:
        """All the sayings of a métier, titles first."""
        dits = self.of(code_rome)
        return dits.titres + dits.courants + dits.descriptions

    def __len__(self) -> int:
        return len(self._par_metier)


@cache
def load_parler(dossier: Path = _DOSSIER) -> Parler:
    """The sayings that Azimut carries: `code<TAB>titres<TAB>courant<TAB>descriptions`, items parted by « ; ».

    Raises:
        MalformedError: A line without its four cells, or a métier said twice; says the line.
    """
    par_metier: dict[str, Dits] = {}
    empreinte = hashlib.sha256()
    for fichier in sorted(dossier.glob("*.tsv")):
        contenu = fichier.read_bytes()
        empreinte.update(contenu)
        for numero, ligne in enumerate(contenu.decode("utf-8").splitlines(), start=1):
            cellules = ligne.split("\t")
            if len(cellules) != _COLONNES or cellules[0] in par_metier:
                raise MalformedError("quatre cellules, un métier une seule fois.", fichier=fichier.name, ligne=numero)
            par_metier[cellules[0]] = Dits(*(tuple(filter(None, map(str.strip, c.split(";")))) for c in cellules[1:]))
    return Parler(par_metier, empreinte.hexdigest())
