"""The open data of a catalogue: stable tables, row by row, with only what the licence of each source allows."""

import csv
import io
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Literal

import orjson

from api.lectures.jeux import JEUX, Jeu, Valeur
from referentiels.catalogue import Catalogue
from referentiels.schema import TABLES
from referentiels.store import Store
from referentiels.types import SourceChargee

Forme = Literal["csv", "jsonl"]
MEDIAS: Mapping[Forme, str] = {"csv": "text/csv; charset=utf-8; header=present", "jsonl": "application/x-ndjson"}
LICENCES_OUVERTES = frozenset({"Licence Ouverte", "Licence Ouverte 2.0", "EUPL-1.2"})
"""Licences under which rows of several sources may be given again in one file, each with its source."""
_PARTAGE = "La licence exige que ce qui en dérive soit partagé sous la même licence : prenez-la chez son producteur."
_INCONNUE = "La licence n'est pas une licence ouverte connue d'Azimut : demandez-la à son producteur."
_MORCEAU = 64 * 1024
_FORMULE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet may take for a formula at the head of a cell."""


@dataclass(frozen=True, slots=True)
class Licences:
    """Which sources of a family may be given again."""

    ouvertes: tuple[SourceChargee, ...]
    ecartees: tuple[tuple[SourceChargee, str], ...]
    """Each with why it is left out, in French."""

    @classmethod
    def of(cls, catalogue: Catalogue, jeu: Jeu) -> "Licences":
        """Those of the family of a table."""
        siennes = [s for s in catalogue.sources if s.famille == jeu.famille]
        return cls(
            tuple(s for s in siennes if s.licence in LICENCES_OUVERTES),
            tuple(
                (s, _PARTAGE if s.licence == "ODbL" else _INCONNUE)
                for s in siennes
                if s.licence not in LICENCES_OUVERTES
            ),
        )

    def keys(self) -> frozenset[str]:
        """Keys of the sources as rows write them; rows of the socle share one word."""
        return frozenset(s.cle for s in self.ouvertes) | {s.origine for s in self.ouvertes if s.origine == "socle"}


def tag_of(catalogue: Catalogue, jeu: Jeu, forme: Forme) -> str:
    """What names the content of a file before it is written: same catalogue, same columns, same bytes."""
    colonnes = sha256(" ".join(colonne.nom for colonne in jeu.colonnes).encode()).hexdigest()[:8]
    return f'W/"{catalogue.version}-{jeu.cle}-{colonnes}-{forme}"'


def write_export(catalogue: Catalogue, jeu: Jeu, forme: Forme) -> Generator[bytes]:
    """A whole table in pieces of about 64 KiB, however large it is.

    Args:
        catalogue: Read through a connection of its own, closed with the iterator.
        jeu: Which table.
        forme: `csv` (RFC 4180, header first) or `jsonl` (one object a line), both UTF-8.
    """
    store = Store(catalogue.store.chemin, TABLES)
    lignes = jeu.rows(store, Licences.of(catalogue, jeu).keys())
    noms = [colonne.nom for colonne in jeu.colonnes]
    return _gather(_as_csv(noms, lignes) if forme == "csv" else _as_json_lines(noms, lignes))


def find_jeu(cle: str) -> Jeu | None:
    """The table of a name."""
    return next((jeu for jeu in JEUX if jeu.cle == cle), None)


def neutralise(texte: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe is put before what would begin one."""
    return f"'{texte}" if texte.startswith(_FORMULE) else texte


def _as_csv(noms: Sequence[str], lignes: Iterable[Sequence[Valeur]]) -> Generator[bytes]:
    tampon = io.StringIO()
    plume = csv.writer(tampon)
    plume.writerow(noms)
    for ligne in lignes:
        plume.writerow([_CELLULES[type(valeur)](valeur) for valeur in ligne])
        if tampon.tell() >= _MORCEAU:
            yield tampon.getvalue().encode()
            tampon.seek(0)
            tampon.truncate()
    yield tampon.getvalue().encode()


_CELLULES: Mapping[type, Callable[[Any], str]] = {
    type(None): lambda _: "",
    bool: lambda valeur: "true" if valeur else "false",
    int: str,
    float: repr,
    date: date.isoformat,
    str: neutralise,
    tuple: lambda valeurs: neutralise("|".join(valeurs)),
}


def _as_json_lines(noms: Sequence[str], lignes: Iterable[Sequence[Valeur]]) -> Generator[bytes]:
    for ligne in lignes:
        yield orjson.dumps(dict(zip(noms, ligne, strict=True)), option=orjson.OPT_APPEND_NEWLINE)


def _gather(morceaux: Iterator[bytes]) -> Generator[bytes]:
    """The same bytes in pieces worth sending."""
    tampon = bytearray()
    for morceau in morceaux:
        tampon += morceau
        if len(tampon) >= _MORCEAU:
            yield bytes(tampon)
            tampon.clear()
    if tampon:
        yield bytes(tampon)
