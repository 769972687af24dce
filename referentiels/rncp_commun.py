"""What every source of certifications writes in its own way: numéros, niveaux, voies, states, editions."""

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeVar

from referentiels.cellules import Ligne, clean_text, fold
from referentiels.depot import Depot, Membre
from referentiels.errors import CellError
from referentiels.journal import FichierLu, Journal
from referentiels.tables import TableSpec, parse_member
from referentiels.types import FORME_BLOC, FORME_FICHE, CodeBloc, NumeroFiche, Voie

L = TypeVar("L")
T = TypeVar("T", bound=Hashable)

_NIVEAU_EUROPE = re.compile(r"(?:niv(?:eau)?\s*)?([1-8])", re.IGNORECASE)
_NIVEAU_1969 = re.compile(r"(?:niv(?:eau)?\s*)?(I{1,3}|IV|V)", re.IGNORECASE)
_EUROPE_DE_1969 = {"V": 3, "IV": 4, "III": 5, "II": 6, "I": 7}
_EDITION = re.compile(r"(?<!\d)(20\d{2})[-_](\d{2})[-_](\d{2})(?!\d)")
_CFD = re.compile(r"[0-9A-Z]{8}")
_SIRET = re.compile(r"\d{14}")
_BLOC_REDOUBLE = re.compile(r"(?P<fiche>(?:RNCP|RS)\d{1,6})BC(?P=fiche)BC")
_ACTIF = {"active": True, "actif": True, "oui": True, "inactive": False, "inactif": False, "non": False}
_VOIES: tuple[tuple[str, Voie], ...] = (
    ("sous statut d eleve", "scolaire"),
    ("apprentissage", "apprentissage"),
    ("professionnalisation", "contrat_professionnalisation"),
    ("formation continue", "continue"),
    ("candidature", "candidature_individuelle"),
    ("experience", "vae"),
    ("vae", "vae"),
)
_ABREGES = {
    "brevet de technicien superieur": "BTS",
    "brevet de technicien superieur agricole": "BTSA",
    "brevet de technicien superieur maritime": "BTSMarit",
    "brevet des metiers d art": "BMA",
    "brevet professionnel": "BP",
    "brevet professionnel agricole": "BPA",
    "baccalaureat professionnel": "BAC PRO",
    "capacite en droit": "CAPD",
    "certificat d aptitude professionnelle": "CAP",
    "certificat d aptitude professionnelle agricole": "CAPA",
    "certificat de specialisation": "CS",
    "diplome conferant le grade de master": "Grade_Master",
    "diplome d etat": "DE",
    "diplome d etudes en architecture": "DEEA",
    "diplome d etudes universitaires scientifiques et techniques": "DEUST",
    "diplome vise": "DIPLOVIS",
    "diplome vise grade de master": "DipViGrM",
    "doctorat": "DOCTORAT",
    "licence": "LICENCE",
    "licence professionnelle": "Licence Professionnelle",
    "master": "MASTER",
    "titre professionnel": "TP",
}


@dataclass(frozen=True, slots=True)
class Niveau:
    """A level, as told and as understood; all None when the source tells none."""

    europe: int | None = None
    source: str | None = None
    nomenclature: Literal["europe_2019", "france_1969"] | None = None


def read_niveau(brut: str) -> Niveau:
    """The European level behind "NIV5", "niveau5", "5" or, in the nomenclature of 1969, "III".

    The five levels of 1969 map to V→3, IV→4, III→5, II→6; level I covered what became 7 and 8 and maps to 7,
    the lower of the two. A word that is no level ("Sans niveau") is kept as told, without a level.
    """
    valeur = clean_text(brut)
    if not valeur or valeur == "NR":
        return Niveau()
    if trouve := _NIVEAU_EUROPE.fullmatch(valeur):
        return Niveau(int(trouve[1]), valeur, "europe_2019")
    if trouve := _NIVEAU_1969.fullmatch(valeur):
        return Niveau(_EUROPE_DE_1969[trouve[1].upper()], valeur, "france_1969")
    return Niveau(None, valeur, None)


def read_fiche(colonne: str, brut: str) -> NumeroFiche:
    """A numéro de fiche such as RNCP38386 or RS6117; CellError names the column otherwise."""
    valeur = brut.strip().upper()
    if not FORME_FICHE.fullmatch(valeur):
        raise CellError(colonne, "numéro de fiche attendu (RNCP ou RS suivi de chiffres)", brut.strip())
    return NumeroFiche(valeur)


def read_fiche_ou_rien(colonne: str, brut: str) -> NumeroFiche | None:
    """A numéro de fiche, or None when the cell is empty or says NR (non renseigné)."""
    return None if brut.strip() in {"", "NR"} else read_fiche(colonne, brut)


def repertoire_of(numero: NumeroFiche) -> Literal["RNCP", "RS"]:
    """The répertoire that a numéro belongs to."""
    return "RS" if numero.startswith("RS") else "RNCP"


def read_bloc(colonne: str, brut: str, numero: NumeroFiche) -> CodeBloc:
    """A code de bloc of the given fiche; a numéro written twice (RNCP1BCRNCP1BC01) is written once."""
    valeur = _BLOC_REDOUBLE.sub(r"\g<fiche>BC", brut.strip().upper())
    if not FORME_BLOC.fullmatch(valeur):
        raise CellError(colonne, "code de bloc mal formé", brut.strip())
    if not valeur.startswith(f"{numero}BC"):
        raise CellError(colonne, "bloc d'une autre fiche", brut.strip())
    return CodeBloc(valeur)


def read_voie(colonne: str, brut: str) -> Voie:
    """The voie d'accès behind the producers' words; CellError when none is recognised."""
    mots = fold(brut)
    for motif, voie in _VOIES:
        if motif in mots:
            return voie
    raise CellError(colonne, "voie d'accès inconnue" if mots else "cellule vide", brut)


def read_actif(colonne: str, brut: str) -> bool | None:
    """Active or not (ACTIVE, INACTIVE, Oui, Non), None when the cell is empty or says NR."""
    mot = fold(brut)
    if mot in {"", "nr"}:
        return None
    if mot not in _ACTIF:
        raise CellError(colonne, "état inconnu (ACTIVE ou INACTIVE attendu)", brut)
    return _ACTIF[mot]


def read_cfd(colonne: str, brut: str) -> str:
    """A code of diploma of the Éducation nationale, eight characters; a leading zero lost is given back."""
    valeur = brut.strip().upper()
    if len(valeur) == 7 and valeur.isdigit():
        valeur = f"0{valeur}"
    if not _CFD.fullmatch(valeur):
        raise CellError(colonne, "code de diplôme mal formé", brut.strip())
    return valeur


def read_siret(brut: str, lu: FichierLu) -> str | None:
    """Fourteen digits, or None; a malformed number is left out with a remark, its owner is kept."""
    valeur = brut.strip().replace(" ", "")
    if not valeur or _SIRET.fullmatch(valeur):
        return valeur or None
    if not any(remarque.startswith("SIRET") for remarque in lu.remarques):
        lu.note(f"SIRET mal formés laissés vides (le premier : « {valeur[:20]} »)")
    return None


def split_label(code: str, libelle: str | None) -> str | None:
    """The label without the code that official tables repeat before it ("251 : Mécanique")."""
    if libelle is None:
        return None
    return libelle.removeprefix(code).lstrip(" :").strip() or None


def short_kind(libelle: str | None) -> str | None:
    """The short form that the RNCP uses for a kind of diploma named in full; the full name when it has none."""
    return None if libelle is None else _ABREGES.get(fold(libelle), libelle)


def text_or_none(ligne: Ligne, colonne: str) -> str | None:
    """Clean text, or None when the cell is empty or says NR."""
    texte = ligne.texte_ou_rien(colonne)
    return None if texte == "NR" else texte


def edition_of(*noms: str) -> date | None:
    """The day written in the first name that holds one (2024_01_17, 2024-01-17), or None."""
    for nom in noms:
        for annee, mois, jour in _EDITION.findall(nom):
            try:
                return date(int(annee), int(mois), int(jour))
            except ValueError:
                continue
    return None


@dataclass(frozen=True, slots=True)
class Edition:
    """The newest member that answers a pattern, its day, and the older ones left aside."""

    membre: Membre
    jour: date | None
    laissees: tuple[Membre, ...]

    def annotate(self, lu: FichierLu) -> None:
        """Say in the report which older editions were left aside, and when they were far larger."""
        if not self.laissees:
            return
        noms = ", ".join(m.nom for m in self.laissees)
        lu.note(f"plusieurs éditions présentes, la plus récente est lue ; laissées : {noms}")
        if max(m.octets for m in self.laissees) > 10 * max(self.membre.octets, 1):
            lu.note("une édition laissée est dix fois plus grosse : la plus récente est peut-être un extrait")


def newest(depot: Depot, motif: str) -> Edition | None:
    """The latest edition that answers a pattern, or None.

    Editions are compared by the day in their names and not by the names, since producers change the spelling.
    """
    membres = depot.find_all(motif)
    if not membres:
        return None
    jours = {m: edition_of(m.nom, m.chemin, depot.chemin.name) for m in membres}
    choisi = max(membres, key=lambda m: jours[m] or date.min)
    return Edition(choisi, jours[choisi], tuple(m for m in membres if m is not choisi))


def parse_edition(
    depot: Depot,
    edition: Edition,
    spec: TableSpec,
    journal: Journal,
    build: Callable[[Ligne], L],
    *,
    cle: Callable[[L], Hashable] | None = None,
) -> tuple[list[L], FichierLu]:
    """Same as `parse_member`, with the report of the file, annotated with the editions left aside."""
    lignes = parse_member(depot, edition.membre, spec, journal, build, cle=cle)
    lu = journal.fichiers[-1]
    edition.annotate(lu)
    return lignes, lu


def once(lignes: Iterable[T], lu: FichierLu) -> list[T]:
    """The rows without exact repeats, in order; a remark says how many repeats the file held."""
    toutes = list(lignes)
    uniques = list(dict.fromkeys(toutes))
    if ecart := len(toutes) - len(uniques):
        lu.note(f"{ecart} lignes répétées à l'identique, gardées une fois")
    return uniques


def linked(liens: Iterable[L | None], lu: FichierLu) -> list[L]:
    """The links that have a fiche; a remark says how many diplomas have none (« NR »)."""
    tous = list(liens)
    gardes = [lien for lien in tous if lien is not None]
    if ecart := len(tous) - len(gardes):
        lu.note(f"{ecart} diplômes sans fiche (« NR ») ne donnent aucun lien")
    return gardes
