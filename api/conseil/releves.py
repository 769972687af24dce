"""The figures of a structure for its responsable: nothing that fewer than eleven sessions make, nor that tells it."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy import select

from api.conseil.evenements import MESURES, SEANCES, K, Mesure
from api.persistence.base import BaseDonnees
from api.persistence.tables_dossiers import LigneEvenement

REGROUPES = "Autres, regroupés"
NON_RENSEIGNE = "Non renseigné"
Noms = Mapping[str, Mapping[str, str]]
"""For a measure, what the values that it leaves open are called."""


@dataclass(frozen=True, slots=True)
class Case:
    """One figure, and its share of the table."""

    libelle: str
    nombre: int
    part: float


@dataclass(frozen=True, slots=True)
class Tableau:
    """One measure; without cases when too few sessions make it."""

    cle: str
    titre: str
    unite: str
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Releve:
    """A period that is over, told by the first day of its first and of its last month."""

    debut: date
    fin: date
    seances: int
    tableaux: tuple[Tableau, ...]


@dataclass(frozen=True, slots=True)
class _Compte:
    libelle: str
    seances: int
    nombre: int


def read_releves(base: BaseDonnees, structure: str, jour: date, noms: Noms | None = None) -> tuple[Releve, ...]:
    """The figures of a structure, last period first; in each, a dossier counts once, see `evenements.tally`.

    Months are put together until `K` sessions make them, oldest first, once and for all: no two periods overlap, and
    none changes once it is shown, so that none can be taken away from another. The month in progress is not shown.

    Args:
        base: Where sessions are counted.
        structure: Identifier.
        jour: Today.
        noms: What the values that measures leave open are called.

    Raises:
        DatabaseError: The database cannot serve now.
    """
    with base.reading() as session:
        lignes = session.scalars(
            select(LigneEvenement)
            .where(LigneEvenement.structure == structure, LigneEvenement.mois < jour.replace(day=1))
            .order_by(LigneEvenement.mois)
        )
        mois = [
            (m, [(e.mesure, e.valeur, e.seances, e.nombre) for e in tenus])
            for m, tenus in groupby(lignes, key=lambda e: e.mois)
        ]
    releves: list[Releve] = []
    debut: date | None = None
    cumul: dict[tuple[str, str], tuple[int, int]] = {}
    for quand, comptes in mois:
        debut = debut or quand
        for mesure, valeur, seances, nombre in comptes:
            deja = cumul.get((mesure, valeur), (0, 0))
            cumul[mesure, valeur] = deja[0] + seances, deja[1] + nombre
        if cumul.get(SEANCES, (0, 0))[0] >= K:
            releves.append(_make(debut, quand, cumul, noms or {}))
            debut, cumul = None, {}
    return tuple(reversed(releves))


def write_csv(releves: Sequence[Releve]) -> str:
    """The same figures, one a line."""
    sortie = io.StringIO()
    ecrire = csv.writer(sortie, lineterminator="\r\n")
    ecrire.writerow(("debut", "fin", "mesure", "valeur", "nombre", "unite", "part"))
    for releve in releves:
        bornes = f"{releve.debut:%Y-%m}", f"{releve.fin:%Y-%m}"
        ecrire.writerow((*bornes, "Séances", "", releve.seances, "séances", ""))
        for tableau in releve.tableaux:
            for case in tableau.cases:
                ecrire.writerow((*bornes, tableau.titre, case.libelle, case.nombre, tableau.unite, f"{case.part:.3f}"))
    return sortie.getvalue()


def _make(debut: date, fin: date, cumul: Mapping[tuple[str, str], tuple[int, int]], noms: Noms) -> Releve:
    seances = cumul[SEANCES][0]
    tableaux = []
    for cle, mesure in MESURES.items():
        appeler = {**mesure.valeurs, **noms.get(cle, {})}
        comptes = [
            _Compte(appeler.get(valeur, valeur), *compte)
            for (m, valeur), compte in cumul.items()
            if m == cle and compte[0] > 0
        ]
        if mesure.unique and (reste := seances - sum(c.seances for c in comptes)) > 0:
            comptes.append(_Compte(NON_RENSEIGNE, reste, reste))
        tableaux.append(_tell(cle, mesure, comptes))
    return Releve(debut, fin, seances, tuple(tableaux))


def _tell(cle: str, mesure: Mesure, comptes: Sequence[_Compte]) -> Tableau:
    montres, regroupes = _hide(mesure, comptes)
    total = sum(c.nombre for c in (*montres, *regroupes)) or 1
    cases = [Case(c.libelle, c.nombre, c.nombre / total) for c in montres]
    if regroupes and montres:
        nombre = sum(c.nombre for c in regroupes)
        cases.append(Case(REGROUPES, nombre, nombre / total))
    return Tableau(cle, mesure.titre, mesure.unite, tuple(cases))


def _hide(mesure: Mesure, comptes: Sequence[_Compte]) -> tuple[list[_Compte], list[_Compte]]:
    """What may be shown, largest first, and what is only shown put together.

    What is put together comes from `K` sessions at least, else the smallest that could be shown joins it: a value
    alone would be what is missing from the total. Sessions that show several values at once may be the same ones: the
    largest of them alone is then sure.
    """
    ordre = sorted(comptes, key=lambda c: (-c.seances, c.libelle))
    montres = [c for c in ordre if c.seances >= K]
    regroupes = [c for c in ordre if c.seances < K]
    peser = sum if mesure.unique else max
    while regroupes and montres and peser(c.seances for c in regroupes) < K:
        regroupes.insert(0, montres.pop())
    return sorted(montres, key=lambda c: (-c.nombre, c.libelle)), regroupes
