"""Access to the tables of one ROME version, and the cells they share."""

import re
from collections.abc import Callable, Hashable
from typing import TypeVar

from referentiels.cellules import Ligne
from referentiels.depot import Depot
from referentiels.errors import MissingSourceError
from referentiels.journal import Journal
from referentiels.tables import TableSpec, parse_table
from referentiels.types import FORME_RIASEC, FORME_ROME, CodeOgr, CodeRome

T = TypeVar("T")
TEMOIN = r"unix_referentiel_code_rome_v(\d+)_utf8\.csv"


class RomeTables:
    """The tables of the newest ROME version in a depot.

    Raises:
        MissingSourceError: The depot holds no table of fiches métiers.
    """

    def __init__(self, depot: Depot, journal: Journal) -> None:
        self.depot = depot
        self.journal = journal
        versions = sorted(int(m[1]) for f in depot.membres if (m := re.fullmatch(TEMOIN, f.nom, re.IGNORECASE)))
        if not versions:
            raise MissingSourceError(
                "aucun fichier « unix_referentiel_code_rome_vNNN_utf8.csv » : ce n'est pas le ROME 4.0 au format CSV.",
                fichier=depot.chemin.name,
            )
        self.version = versions[-1]
        self.autres = versions[:-1]

    def parse(
        self,
        nom: str,
        colonnes: tuple[str, ...],
        lignes_max: int,
        build: Callable[[Ligne], T],
        cle: Callable[[T], Hashable] | None = None,
        ignorees: tuple[str, ...] = (),
        encodage: str = "utf-8",
    ) -> list[T]:
        """Read `unix_<nom>_v<version>_utf8.csv`; other columns in `ignorees` are known and unread."""
        spec = TableSpec(
            rf"unix_{nom}_v{self.version}_utf8\.csv", colonnes, lignes_max, ignorees=ignorees, encodage=encodage
        )
        return parse_table(self.depot, spec, self.journal, build, cle=cle)


def read_rome(ligne: Ligne, colonne: str = "code_rome") -> CodeRome:
    """A code ROME of four digits."""
    return CodeRome(ligne.code(colonne, FORME_ROME))


def read_ogr(ligne: Ligne, colonne: str = "code_ogr") -> CodeOgr:
    """An OGR code."""
    return CodeOgr(ligne.entier(colonne))


def read_riasec(ligne: Ligne) -> tuple[str | None, str | None]:
    """The major and minor RIASEC letters, each None when its cell is empty."""
    majeur, mineur = (
        ligne.code(colonne, FORME_RIASEC) if ligne.texte_ou_rien(colonne) else None
        for colonne in ("riasec_majeur", "riasec_mineur")
    )
    return majeur, mineur
