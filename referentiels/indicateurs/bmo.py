"""Besoins en main-d'œuvre: what employers plan to recruit, by family and bassin, and what can be summed."""

import math
import re
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import pandas as pd

from referentiels.cellules import Ligne, fold
from referentiels.depot import Depot
from referentiels.errors import CellError, HeaderError, MissingSourceError
from referentiels.indicateurs.classeur import read_sheet
from referentiels.indicateurs.commun import (
    FRANCE,
    POSITIF,
    Colonne,
    Groupe,
    Recueil,
    normalise_bassin,
    normalise_departement,
    normalise_region,
    read_valeur,
    series_key,
)
from referentiels.journal import FichierLu, Journal
from referentiels.lot import Lot
from referentiels.tables import check_rejections
from referentiels.types.cles import Maille, Nomenclature, Statut
from referentiels.types.indicateur import Mesure

MOTIF: Final = r"Base_open_data_BMO_\d{4}\.xlsx"
LIGNES_MAX: Final = 300_000
_FEUILLE = re.compile(r"BMO_(\d{4})_open_data", re.IGNORECASE)
_FAP = re.compile(r"[A-Z][0-9A-Z][A-Z]\d{2}")
# Header names, folded: accents and the year at the end of the bassin column change from year to year.
_COLONNES: Final = {
    "annee": r"annee",
    "fap": r"code metier bmo",
    "region": r"reg",
    "departement": r"dept",
    "bassin": r"be ?\d{2}",
    "met": r"met",
    "xmet": r"xmet",
    "smet": r"smet",
}
COMPTES: Final = ("met", "xmet", "smet")
_CHAMP = "projets de recrutement déclarés par les employeurs pour l'année, enquête par sondage"
_SOMME = (
    " ; au département, à la région et en France : somme exacte des cellules de bassin, faite par Azimut, "
    "donnée seulement quand aucune n'est secrète"
)
_PLANCHER = (
    " ; somme des seules cellules publiées, faite par Azimut là où d'autres sont secrètes : "
    "le nombre vrai est au moins celui-là"
)
_PART = " ; rapport des deux nombres, fait par Azimut là où les deux sont connus"
_PART_PLANCHER = (
    " ; parmi les cellules dont le nombre de projets est publié, en comptant pour zéro ce qui est secret : "
    "la part vraie est au moins celle-là"
)


@dataclass(frozen=True, slots=True)
class _Compte:
    """What one count of the survey becomes: itself, its share of all projects, and their floors."""

    nombre: Colonne
    part: Colonne | None = None

    @staticmethod
    def floor(colonne: Colonne, population: str) -> Colonne:
        """The same figure when it is only known to be at least so much."""
        return replace(
            colonne,
            indicateur=f"{colonne.indicateur}_minimum",
            libelle=f"{colonne.libelle}, au moins",
            population=population,
        )


SERIES: Final = {
    "met": _Compte(Colonne("met", "projets_recrutement", "Projets de recrutement", "projets", _CHAMP + _SOMME)),
    "xmet": _Compte(
        Colonne("xmet", "projets_difficiles", "Projets jugés difficiles", "projets", _CHAMP + _SOMME),
        Colonne("xmet", "part_difficile", "Part des projets jugés difficiles", "%", _CHAMP + _PART),
    ),
    "smet": _Compte(
        Colonne("smet", "projets_saisonniers", "Projets saisonniers", "projets", _CHAMP + _SOMME),
        Colonne("smet", "part_saisonnier", "Part des projets saisonniers", "%", _CHAMP + _PART),
    ),
}
MAILLES: Final[tuple[Maille, ...]] = ("bassin", "departement", "region", "national")


class Cellule(NamedTuple):
    """One row of the survey: a family in the part of a bassin that lies in a département."""

    fap: str
    bassin: str
    departement: str
    region: str
    met: float | None
    met_statut: Statut
    xmet: float | None
    xmet_statut: Statut
    smet: float | None
    smet_statut: Statut


def load_bmo(depot: Depot, journal: Journal) -> Lot:
    """Recruitment projects, difficult and seasonal ones, by family × bassin, with what may honestly be summed.

    The file publishes a cell a family × bassin × département and hides small counts (`*`). From it:

    - `projets_recrutement`, `projets_difficiles`, `projets_saisonniers`: at the bassin, the published cell (the exact
      sum of its parts when it lies in several départements); at `departement`, `region` and `national`, the exact
      sum of the cells. As soon as one cell is secret the sum is `secret` too.
    - `…_minimum`: there, the sum of the published cells alone, a floor and never passed off as the figure.
    - `part_difficile`, `part_saisonnier`: percentages, where both counts are known.
    - `…_minimum`: where they are not, the published part over the published projects, again a floor.

    A family without row in a bassin has no measure there: the file does not say zero.

    Args:
        depot: Holds `Base_open_data_BMO_<année>.xlsx`; the newest is read.
        journal: Receives counts and rejections.

    Returns:
        `Serie` and `Mesure` rows over FAP 2021 (FAP 2009 for the surveys that used it).

    Raises:
        MissingSourceError: No workbook.
        SourceError: The workbook is unusable.
    """
    membres = depot.find_all(MOTIF)
    if not membres:
        raise MissingSourceError(f"aucun fichier ne répond au motif « {MOTIF} ».", fichier=depot.chemin.name)
    membre = membres[-1]
    lu = journal.open(depot.label(membre))
    for ancien in membres[:-1]:
        lu.note(f"édition plus ancienne « {ancien.nom} », non lue")
    trouve, entete, lignes = read_sheet(depot, membre, _FEUILLE, lu, lignes_max=LIGNES_MAX)
    annee = trouve[1]
    noms = _columns(entete, lu)
    cellules: dict[tuple[str, str, str], Cellule] = {}
    for ligne in lignes:
        lu.lues += 1
        try:
            cellule = _read(ligne, noms, annee)
        except CellError as error:
            lu.reject(ligne.numero, error.colonne, error.motif, error.valeur)
            continue
        if cellules.setdefault(cellule[:3], cellule) is not cellule:
            lu.reject(ligne.numero, "", "doublon", "/".join(cellule[:3]))
    lu.gardees = len(cellules)
    check_rejections(lu)
    return _measure(cellules, annee)


def _columns(entete: list[str], lu: FichierLu) -> dict[str, str]:
    """Name in the file of each column that is read."""
    noms: dict[str, str] = {}
    for cle, forme in _COLONNES.items():
        trouve = next((nom for nom in entete if re.fullmatch(forme, fold(nom))), None)
        if trouve is None:
            attendu = forme.replace(r" ?\d{2}", "AA").upper() if cle == "bassin" else forme
            raise HeaderError(
                f"colonne obligatoire absente (colonnes lues : {', '.join(entete)}).",
                fichier=lu.fichier,
                ligne=1,
                colonne=attendu,
            )
        noms[cle] = trouve
    return noms


def _read(ligne: Ligne, noms: dict[str, str], annee: str) -> Cellule:
    if ligne.brut(noms["annee"]) != annee:
        raise CellError(noms["annee"], f"année {annee} attendue", ligne.brut(noms["annee"]))
    return Cellule(
        ligne.code(noms["fap"], _FAP),
        normalise_bassin(ligne.brut(noms["bassin"]), noms["bassin"]),
        normalise_departement(ligne.brut(noms["departement"]), noms["departement"]),
        normalise_region(ligne.brut(noms["region"]), noms["region"]),
        *read_valeur(ligne, noms["met"], POSITIF),
        *read_valeur(ligne, noms["xmet"], POSITIF),
        *read_valeur(ligne, noms["smet"], POSITIF),
    )


def _measure(cellules: dict[tuple[str, str, str], Cellule], annee: str) -> Lot:
    recueil = Recueil("bmo")
    if not cellules:
        return recueil.as_lot(annee)
    table = pd.DataFrame(cellules.values(), columns=list(Cellule._fields))
    table["national"] = FRANCE
    for compte in COMPTES:
        table[f"{compte}_secret"] = table[f"{compte}_statut"] == "secret"
        table[compte] = table[compte].astype(float)
        # A part is only known where the whole is.
        table[f"{compte}_connu"] = table[compte].where(table["met"].notna())
    groupe = Groupe(annee, _nomenclature({cle[0] for cle in cellules}))
    for maille in MAILLES:
        _measure_at(recueil, table, maille, groupe)
    return recueil.as_lot(annee)


def _nomenclature(codes: set[str]) -> Nomenclature:
    """FAP 2021 codes carry an X (`A0X40`) where those of 2009 carry a Z (`A0Z40`)."""
    return "fap2021" if any(code[2] == "X" for code in codes) else "fap2009_225"


def _measure_at(recueil: Recueil, table: pd.DataFrame, maille: Maille, groupe: Groupe) -> None:
    """Sum the cells at one scale and gather the measures."""
    par = table.groupby(["fap", maille], sort=False)
    taille = par.size()
    sommes = {c: par[c].sum() for c in COMPTES}
    exacts = {c: par[c].count() == taille for c in COMPTES}
    for compte, serie in SERIES.items():
        secrets = par[f"{compte}_secret"].any()
        tri = _Tri(recueil, maille, groupe, list(taille.index), (taille > 1).tolist())
        tri.gather(serie.nombre, _CHAMP + _PLANCHER, sommes[compte], exacts[compte], secrets)
        if serie.part is None:
            continue
        connus = exacts[compte] & exacts["met"] & (sommes["met"] > 0)
        parts = 100 * par[f"{compte}_connu"].sum() / sommes["met"].where(sommes["met"] > 0)
        tri.gather(serie.part, _CHAMP + _PART_PLANCHER, parts.fillna(0), connus, None)


class _Tri:
    """Sends each figure of one scale to its series: exact, or floor."""

    def __init__(
        self, recueil: Recueil, maille: Maille, groupe: Groupe, cles: list[tuple[str, str]], multiples: list[bool]
    ) -> None:
        self._recueil = recueil
        self._maille = maille
        self._groupe = groupe
        self._cles = cles
        self._multiples = multiples

    def gather(
        self,
        colonne: Colonne,
        plancher: str,
        valeurs: "pd.Series[float]",
        exacts: "pd.Series[bool]",
        secrets: "pd.Series[bool] | None",
    ) -> None:
        """Add the measures of one figure; without `secrets`, what is not exact is left out of the exact series."""
        maille = self._maille
        cle = series_key("bmo", colonne.indicateur, self._groupe)
        bas = _Compte.floor(colonne, plancher)
        cle_bas = series_key("bmo", bas.indicateur, self._groupe)
        exactes: list[Mesure] = []
        planchers: list[Mesure] = []
        statuts = [None] * len(self._cles) if secrets is None else secrets.tolist()
        for (fap, lieu), valeur, exact, secret, multiple in zip(
            self._cles, valeurs.tolist(), exacts.tolist(), statuts, self._multiples, strict=True
        ):
            if exact:
                exactes.append(Mesure(cle, fap, maille, lieu, round(valeur, 1), "publie", ""))
                continue
            if secret is not None:
                exactes.append(Mesure(cle, fap, maille, lieu, None, "secret" if secret else "non_renseigne", ""))
            if multiple and valeur > 0:
                # Rounded down: a floor rounded up would no longer be one.
                planchers.append(Mesure(cle_bas, fap, maille, lieu, math.floor(valeur * 10) / 10, "publie", ""))
        for serie, mesures in ((colonne, exactes), (bas, planchers)):
            if mesures:
                self._recueil.declare(mesures[0].serie, serie, self._groupe)
                self._recueil.mesures.extend(mesures)
