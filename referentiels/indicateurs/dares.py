"""Portraits statistiques des métiers and tensions of the Dares, over FAP 2009 families."""

import csv
import re
from dataclasses import replace

from referentiels.cellules import Ligne, clean_text
from referentiels.depot import Depot, Membre
from referentiels.errors import CellError, MissingSourceError
from referentiels.indicateurs.commun import (
    FRANCE,
    Groupe,
    LigneLarge,
    Recueil,
    normalise_departement,
    normalise_region,
    read_valeur,
    read_valeurs,
)
from referentiels.indicateurs.dares_tables import (
    COLONNE_EFFECTIFS,
    COLONNES_TENSION,
    EFFECTIFS,
    SANS_DATE,
    TABLES,
    TENSIONS,
    TableDares,
)
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.tables import parse_member
from referentiels.types.cles import Maille, Nomenclature

_PERIODE = re.compile(r"\d{4}(?:-\d{4})?")
_FAP2009 = re.compile(r"[A-Z](?:\d[A-Z](?:\d\d)?)?|ZZZ|ZZZZZ")
_NIVEAUX: dict[int, Nomenclature] = {1: "fap2009_22", 3: "fap2009_87", 5: "fap2009_225"}
_TOTAUX = {"Ensemble": "ENS", "ENS": "ENS", "SAL": "SAL"}
_NIVEAUX_TENSION = {"fap 225": 5, "fap 87": 3}


def load_dares_portraits(depot: Depot, journal: Journal) -> Lot:
    """Employment, women, wages, hours, contracts, movements and tensions, each at the FAP level published.

    Families keep their level (`fap2009_22`, `fap2009_87`, `fap2009_225`); the totals `ENS` and `SAL` stand with
    the 22 domains. `NA` and blanks become `non_renseigne`: the producer gives no reason for them.

    Args:
        depot: Holds `tensions.csv`, `part_femmes_3niv.csv`, `salaire_median_3niv.csv` and the like; each may be
            absent, which the journal says.
        journal: Receives counts, rejections and the remarks.

    Returns:
        `Serie` and `Mesure` rows; tensions at mailles `national`, `region` and `departement`, the rest `national`.

    Raises:
        MissingSourceError: None of the tables is there.
        SourceError: A table is unusable.
    """
    recueil = Recueil("dares")
    millesimes = [
        _load_tensions(depot, journal, recueil),
        _load_effectifs(depot, journal, recueil),
        *(_load_table(depot, journal, recueil, table) for table in TABLES),
    ]
    presents = [millesime for millesime in millesimes if millesime is not None]
    if not presents:
        raise MissingSourceError("aucune table des portraits statistiques de la Dares.", fichier=depot.chemin.name)
    return recueil.as_lot(max(presents, key=lambda millesime: millesime[-4:]))


def _find(depot: Depot, journal: Journal, motif: str) -> Membre | None:
    membre = depot.find(motif)
    if membre is None:
        journal.open(motif.replace("\\", "")).note("fichier absent : ses indicateurs manquent")
    return membre


def _famille(ligne: Ligne, colonne: str) -> tuple[str, Nomenclature]:
    texte = ligne.texte(colonne)
    famille = _famille_of(texte)
    if famille is None:
        raise CellError(colonne, "code FAP 2009 attendu", texte)
    return famille


def _famille_of(texte: str) -> tuple[str, Nomenclature] | None:
    if texte in _TOTAUX:
        return _TOTAUX[texte], "fap2009_22"
    return (texte, _NIVEAUX[len(texte)]) if _FAP2009.fullmatch(texte) else None


def _load_tensions(depot: Depot, journal: Journal, recueil: Recueil) -> str | None:
    membre = _find(depot, journal, TENSIONS.motif)
    if membre is None:
        return None

    def build(ligne: Ligne) -> LigneLarge:
        objet, nomenclature = _famille(ligne, "fap")
        niveau = ligne.texte("niveau_fap")
        if _NIVEAUX_TENSION.get(niveau) != len(objet):
            raise CellError("niveau_fap", "niveau contraire au code de la famille", niveau)
        groupe = Groupe(ligne.code("Année", _PERIODE), nomenclature)
        maille, territoire = _place(ligne)
        return LigneLarge(groupe, objet, maille, territoire, "", read_valeurs(ligne, COLONNES_TENSION))

    lignes = parse_member(
        depot, membre, TENSIONS, journal, build, cle=lambda e: (e.groupe, e.objet, e.maille, e.territoire)
    )
    recueil.expand("dares", lignes, {"": COLONNES_TENSION}, journal.fichiers[-1])
    return _latest(lignes)


def _place(ligne: Ligne) -> tuple[Maille, str]:
    # The file writes both "reg" and "reg " ; `texte` trims.
    niveau = ligne.texte("niveau_geo")
    if niveau == "nat":
        return "national", FRANCE
    if niveau == "reg":
        return "region", normalise_region(ligne.brut("reg"), "reg")
    if niveau == "dep":
        return "departement", normalise_departement(ligne.brut("dep"), "dep")
    raise CellError("niveau_geo", "nat, reg ou dep attendu", niveau)


def _load_table(depot: Depot, journal: Journal, recueil: Recueil, table: TableDares) -> str | None:
    membre = _find(depot, journal, table.spec.motif)
    if membre is None:
        return None

    def build(ligne: Ligne) -> LigneLarge:
        objet, nomenclature = _famille(ligne, table.objet)
        periode = ligne.code(table.periode, _PERIODE) if table.periode else SANS_DATE
        variante = ligne.texte(table.variante) if table.variante else ""
        colonnes = table.colonnes.get(variante)
        if colonnes is None:
            raise CellError(table.variante, "modalité inconnue", variante)
        detail = ligne.texte(table.detail) if table.detail else ""
        groupe = Groupe(periode, nomenclature, variante)
        return LigneLarge(groupe, objet, "national", FRANCE, detail, read_valeurs(ligne, colonnes))

    lignes = parse_member(depot, membre, table.spec, journal, build, cle=lambda e: (e.groupe, e.objet, e.detail))
    recueil.expand("dares", lignes, table.colonnes, journal.fichiers[-1])
    return _latest(lignes)


def _load_effectifs(depot: Depot, journal: Journal, recueil: Recueil) -> str | None:
    """Read employment by year: a row a year, a column a family."""
    membre = _find(depot, journal, EFFECTIFS.motif)
    if membre is None:
        return None
    familles = [(nom, *famille) for nom in _header(depot, membre) if (famille := _famille_of(nom)) is not None]
    spec = replace(EFFECTIFS, facultatives=tuple(nom for nom, _, _ in familles))

    def build(ligne: Ligne) -> list[LigneLarge]:
        annee = ligne.code("Annee", _PERIODE)
        return [
            LigneLarge(
                Groupe(annee, nomenclature),
                code,
                "national",
                FRANCE,
                "",
                (read_valeur(ligne, nom, COLONNE_EFFECTIFS.bornes),),
            )
            for nom, code, nomenclature in familles
        ]

    annees = parse_member(depot, membre, spec, journal, build, cle=lambda e: e[0].groupe.millesime if e else "")
    lignes = [ligne for annee in annees for ligne in annee]
    recueil.expand("dares", lignes, {"": (COLONNE_EFFECTIFS,)}, journal.fichiers[-1])
    return _latest(lignes)


def _header(depot: Depot, membre: Membre) -> list[str]:
    """Names of the columns: each is a family, so that they are known only once the file is opened."""
    with depot.open(membre) as flux:
        debut = flux.read(1 << 16).split(b"\n", 1)[0].decode(EFFECTIFS.encodage, errors="replace")
    return [clean_text(nom) for nom in next(csv.reader([debut]), [])]


def _latest(lignes: list[LigneLarge]) -> str:
    """The newest dated period of some rows; empty when none is dated."""
    return max((e.groupe.millesime for e in lignes if e.groupe.millesime != SANS_DATE), default="")
