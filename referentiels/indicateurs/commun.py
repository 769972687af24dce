"""What every loader of figures shares: reading a figure, codes of places, turning wide rows into measures."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from referentiels.cellules import Ligne
from referentiels.errors import CellError
from referentiels.journal import FichierLu
from referentiels.lot import Lot
from referentiels.sources import PAR_CLE
from referentiels.types.cles import Maille, Nomenclature, Statut
from referentiels.types.indicateur import Mesure, Serie

FRANCE = "FR"
FORME_DEPARTEMENT = re.compile(r"0?(\d{2}|2[AB])|(97\d)")
FORME_BASSIN = re.compile(r"\d{3,4}")
FORME_UAI = re.compile(r"\d{7}[A-Z]")

# « ns » (not significant) hides a count judged too small, as « * » does; « nd » and NA give no reason.
_SECRETS = frozenset({"*", "s", "ns", "secret"})
_ABSENTS = frozenset({"", "nd", "na", "n.d.", "nr"})

Valeur = tuple[float | None, Statut]
SECRET: Valeur = (None, "secret")
ABSENT: Valeur = (None, "non_renseigne")
SANS_BORNE = (float("-inf"), float("inf"))
POURCENT = (0.0, 100.0)
CLASSE = (1.0, 5.0)
POSITIF = (0.0, float("inf"))


@dataclass(frozen=True, slots=True)
class Colonne:
    """One column of figures of a wide table.

    Args:
        nom: Name of the column in the file.
        indicateur: What it measures, comparable over millésimes and producers.
        libelle: French words a person can read.
        unite: Unit of the figure as published.
        population: Whom or what it counts, in French.
        bornes: Least and greatest honest value; a figure beyond rejects its row.
    """

    nom: str
    indicateur: str
    libelle: str
    unite: str
    population: str
    bornes: tuple[float, float] = SANS_BORNE


class Groupe(NamedTuple):
    """Rows that belong to the same series: same millésime, same nomenclature, same columns."""

    millesime: str
    nomenclature: Nomenclature
    variante: str = ""
    """Key of the columns when a long table says in a cell what it measures."""


class LigneLarge(NamedTuple):
    """One row with its place, its object and one figure a column."""

    groupe: Groupe
    objet: str
    maille: Maille
    territoire: str
    detail: str
    valeurs: tuple[Valeur, ...]


class Recueil:
    """Series and measures of one source while they are gathered.

    Args:
        source: Key of the source in `referentiels.sources`, which gives producer and licence.
    """

    def __init__(self, source: str) -> None:
        self._source = PAR_CLE[source]
        self._series: dict[str, Serie] = {}
        self.mesures: list[Mesure] = []

    def declare(self, cle: str, colonne: Colonne, groupe: Groupe) -> str:
        """Make a series known, once, and return its key."""
        self._series.setdefault(
            cle,
            Serie(
                cle=cle,
                indicateur=colonne.indicateur,
                libelle=colonne.libelle,
                unite=colonne.unite,
                population=colonne.population,
                nomenclature=groupe.nomenclature,
                millesime=groupe.millesime,
                source=self._source.cle,
                producteur=self._source.producteur,
                licence=self._source.licence,
            ),
        )
        return cle

    def expand(
        self, prefixe: str, lignes: Iterable[LigneLarge], colonnes: Mapping[str, Sequence[Colonne]], lu: FichierLu
    ) -> None:
        """Turn wide rows into one measure a figure; keys read `prefixe_millésime/indicateur/nomenclature`.

        A column of which a group holds no figure at all (a delay not yet observed) makes no series: it is noted.

        Args:
            prefixe: Beginning of the keys of the series.
            lignes: The rows; their values follow the order of their columns.
            colonnes: Columns by variante.
            lu: Receives the remarks.
        """
        groupes: dict[Groupe, list[LigneLarge]] = {}
        for ligne in lignes:
            groupes.setdefault(ligne.groupe, []).append(ligne)
        vides: dict[str, list[str]] = {}
        for groupe, membres in groupes.items():
            for rang, colonne in enumerate(colonnes[groupe.variante]):
                if all(m.valeurs[rang][0] is None for m in membres):
                    vides.setdefault(f"« {colonne.nom} » ({groupe.nomenclature})", []).append(groupe.millesime)
                    continue
                cle = series_key(prefixe, colonne.indicateur, groupe)
                self.declare(cle, colonne, groupe)
                self.mesures.extend(
                    [Mesure(cle, m.objet, m.maille, m.territoire, *m.valeurs[rang], m.detail) for m in membres]
                )
        for nom, millesimes in vides.items():
            lu.note(f"{nom} : aucune valeur pour {', '.join(sorted(millesimes))} ; pas de série")

    def as_lot(self, millesime: str) -> Lot:
        """The lot of the source."""
        lot = Lot(millesime)
        lot.add(Serie, self._series.values())
        lot.set(Mesure, self.mesures)
        return lot


def series_key(prefixe: str, indicateur: str, groupe: Groupe) -> str:
    """Key of a series: `bmo_2024/projets_recrutement/fap2021`."""
    return f"{prefixe}_{groupe.millesime.replace(' ', '-')}/{indicateur}/{groupe.nomenclature}"


def read_valeur(ligne: Ligne, nom: str, bornes: tuple[float, float] = SANS_BORNE) -> Valeur:
    """The figure of a cell with its statut; never a zero in place of a hidden or absent one.

    Raises:
        CellError: Neither a number nor a known mark, or a number beyond its bounds.
    """
    return interpret(ligne.brut(nom), nom, bornes)


def interpret(brut: str, nom: str, bornes: tuple[float, float] = SANS_BORNE) -> Valeur:
    """Same as `read_valeur` for a raw text."""
    try:
        valeur = _interpret(brut)
    except ValueError:
        raise CellError(nom, "nombre, « * », « ns », « nd » ou vide attendu", brut) from None
    if valeur[0] is not None and not bornes[0] <= valeur[0] <= bornes[1]:
        raise CellError(nom, f"nombre hors de {bornes[0]:g} à {bornes[1]:g}", brut)
    return valeur


@lru_cache(maxsize=1 << 16)
def _interpret(brut: str) -> Valeur:
    texte = brut.strip().lower()
    if texte in _ABSENTS:
        return ABSENT
    if texte in _SECRETS:
        return SECRET
    nombre = float(texte.replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace(",", "."))
    if not math.isfinite(nombre):
        raise ValueError
    return nombre, "publie"


def read_valeurs(ligne: Ligne, colonnes: Sequence[Colonne]) -> tuple[Valeur, ...]:
    """The figures of a row, in the order of the columns."""
    return tuple([read_valeur(ligne, colonne.nom, colonne.bornes) for colonne in colonnes])


def normalise_departement(brut: str, nom: str) -> str:
    """Official code of a département (`2A`, `01`, `971`) from a padded one (`02A`, `001`)."""
    trouve = FORME_DEPARTEMENT.fullmatch(brut.strip().upper())
    if trouve is None:
        raise CellError(nom, "code de département attendu", brut)
    return trouve[1] or trouve[2]


def normalise_region(brut: str, nom: str) -> str:
    """Insee code of a région on two digits; tables gone through a spreadsheet write `1.0` for `01`."""
    texte = brut.strip().removesuffix(".0")
    if not re.fullmatch(r"\d{1,2}", texte):
        raise CellError(nom, "code de région attendu", brut)
    return texte.zfill(2)


def normalise_bassin(brut: str, nom: str) -> str:
    """Code of a BMO bassin on four digits (`0101`)."""
    texte = brut.strip().removesuffix(".0")
    if not FORME_BASSIN.fullmatch(texte):
        raise CellError(nom, "code de bassin attendu", brut)
    return texte.zfill(4)
