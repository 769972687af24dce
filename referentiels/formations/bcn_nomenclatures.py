"""Nomenclatures of the Éducation nationale: diplomas (CFD), MEF → CFD, and CFD ↔ RNCP."""

import re
from dataclasses import dataclass, field

from referentiels.cellules import Ligne
from referentiels.depot import Depot, Membre
from referentiels.errors import CellError
from referentiels.formations.communs import FORME_CFD, read_fiche
from referentiels.journal import Journal
from referentiels.tables import TableSpec, parse_table
from referentiels.types import CertificationDiplome

SOURCE = "bcn"
_MEF_STAT = re.compile(r"[0-9A-Z]{11}")
_RANG_CFD = re.compile(r"[0-9A-Z]{3}-?[0-9A-Z]{5}")
_NIVEAU = re.compile(r"0[1-8]")
_LUES = ("FORMATION_DIPLOME", "LIBELLE_LONG_200", "NIVEAU_QUALIFICATION_RNCP")
_IGNOREES = (
    *("NIVEAU_FORMATION_DIPLOME", "GROUPE_SPECIALITE", "LETTRE_SPECIALITE", "ANCIEN_RECME", "LIBELLE_COURT"),
    *("LIBELLE_STAT_33", "DATE_OUVERTURE", "DATE_FERMETURE", "UNITE_CAPITALISABLE", "DATE_PREMIERE_SESSION"),
    *("DATE_DERNIERE_SESSION", "DATE_ARRETE_CREATION", "DATE_ARRETE_ABROGATION", "COMMENTAIRE", "N_COMMENTAIRE"),
    *("NATURE_FORMATION_DIPLOME", "GESTIONNAIRE_FORMATION_DIPLOME", "DATE_INTERVENTION", "ID_DOCUMENT"),
    *("CITE_DOMAINE_FORMATION", "CITE_DOMAINE_DETAILLE", "DATE_SESSION_RATTRAPAGE", "OBSERVATION"),
    *("NB_MEF_OUVERT", "NB_MEF_FERME"),
    *(f"DATE_ARRETE_MODIFICATION_{rang}" for rang in range(1, 11)),
    *(f"{quand}_DIPLOME_{rang}" for quand in ("ANCIEN", "NOUVEAU") for rang in range(1, 8)),
)
TOUS = TableSpec(r"vFormationDiplome_?\.csv", _LUES, 60_000, delimiteur=";", ignorees=_IGNOREES)
NATIONAUX = TableSpec(r"nFormationDiplome_?\.csv", _LUES, 60_000, encodage="cp1252", delimiteur=";", ignorees=_IGNOREES)
MEF = TableSpec(
    motif=r"nMef\.csv",
    colonnes=("MEF", "FORMATION_DIPLOME", "MEF_STAT_11"),
    lignes_max=100_000,
    delimiteur=";",
    ignorees=(
        *("DISPOSITIF_FORMATION", "DUREE_DISPOSITIF", "ANNEE_DISPOSITIF", "LIBELLE_COURT", "LIBELLE_LONG"),
        *("DATE_OUVERTURE", "DATE_FERMETURE", "STATUT_MEF", "NB_OPTION_OBLIGATOIRE", "NB_OPTION_FACULTATIF"),
        *("RENFORCEMENT_LANGUE", "DUREE_PROJET", "DUREE_STAGE", "HORAIRE", "MEF_INSCRIPTION_SCOLARITE"),
        *("MEF_STAT_9", "DATE_INTERVENTION", "LIBELLE_EDITION", "N_COMMENTAIRE"),
    ),
)
PROFESSIONNELS = TableSpec(
    motif=r"diplomesProfessionnels\.csv",
    colonnes=("Code diplôme", "Code RNCP"),
    lignes_max=20_000,
    delimiteur=";",
    ignorees=(
        *("Commission professionnelle consultative", "Secteur", "Niveau", "Diplôme", "Commentaire"),
        *("Intitulé de la spécialité (et options)", "Date de l'arrêté de création", "Première session"),
        *("Dernière session", "Famille de métiers", "Session supplémentaire"),
    ),
)


@dataclass(frozen=True, slots=True)
class Diplome:
    """A diploma of the national nomenclature."""

    cfd: str
    libelle: str
    niveau: int | None
    """European level, from the RNCP qualification level that the BCN gives."""


@dataclass(slots=True)
class Nomenclatures:
    """What the BCN says; each part is empty when its file is absent."""

    diplomes: dict[str, Diplome] = field(default_factory=dict)
    cfd_par_mef: dict[str, str] = field(default_factory=dict)
    """MEF stat 11 → CFD, where all MEF of that code agree."""


def load_diplomes(depot: Depot, journal: Journal) -> dict[str, Diplome]:
    """Diplomas by CFD, those in force (`nFormationDiplome_`) before the whole history (`vFormationDiplome_`).

    Raises:
        SourceError: A file is there but cannot be used.
    """
    diplomes: dict[str, Diplome] = {}
    for spec in (TOUS, NATIONAUX):
        if depot.find(spec.motif):
            diplomes.update((diplome.cfd, diplome) for diplome in _parse_unquoted(depot, spec, journal))
    return diplomes


def load_nomenclatures(depot: Depot, journal: Journal) -> Nomenclatures:
    """The diplomas and the MEF of a depot.

    Raises:
        SourceError: A file is there but cannot be used.
    """
    nomenclatures = Nomenclatures(diplomes=load_diplomes(depot, journal))
    if depot.find(MEF.motif):
        trouves: dict[str, set[str]] = {}
        for mef, cfd in parse_table(depot, MEF, journal, _build_mef):
            trouves.setdefault(mef, set()).add(cfd)
        nomenclatures.cfd_par_mef = {mef: next(iter(cfds)) for mef, cfds in trouves.items() if len(cfds) == 1}
        if ambigus := len(trouves) - len(nomenclatures.cfd_par_mef):
            journal.fichiers[-1].note(f"codes MEF statistiques de plusieurs diplômes, non retenus : {ambigus}")
    return nomenclatures


def load_correspondances(depot: Depot, journal: Journal) -> list[CertificationDiplome]:
    """CFD ↔ RNCP as the list of professional diplomas gives them; rows without a number are counted, not refused.

    Raises:
        SourceError: The file is there but cannot be used.
    """
    if not depot.find(PROFESSIONNELS.motif):
        return []
    lus = parse_table(depot, PROFESSIONNELS, journal, _build_correspondance)
    liens = dict.fromkeys(lien for lien in lus if lien is not None)
    if sans := sum(lien is None for lien in lus):
        journal.fichiers[-1].note(f"diplômes sans numéro RNCP (vide ou « en cours ») : {sans}")
    if doubles := len(lus) - sans - len(liens):
        journal.fichiers[-1].note(f"mêmes couples CFD et RNCP, réunis : {doubles}")
    return list(liens)


class _SansGuillemets(Depot):
    """The BCN writes its tables without quoting: a quotation mark that opens a cell is a character like another."""

    def read(self, membre: Membre) -> bytes:
        """The content, opening quotation marks turned into apostrophes (comments only carry them)."""
        return super().read(membre).replace(b';"', b";'")


def _parse_unquoted(depot: Depot, spec: TableSpec, journal: Journal) -> list[Diplome]:
    brut = _SansGuillemets(depot.chemin)
    try:
        lus = parse_table(brut, spec, journal, _build_diplome, cle=lambda diplome: diplome.cfd)
        membre = depot.find(spec.motif)
    finally:
        brut.close()
    if membre is not None:
        # The digest of the journal is that of the file as it lies, not of the mended bytes.
        journal.fichiers[-1].empreinte = depot.digest(membre)
    return lus


def _build_diplome(ligne: Ligne) -> Diplome:
    niveau = ligne.brut("NIVEAU_QUALIFICATION_RNCP").strip()
    return Diplome(
        cfd=ligne.code("FORMATION_DIPLOME", FORME_CFD),
        libelle=ligne.texte("LIBELLE_LONG_200"),
        niveau=int(niveau) if _NIVEAU.fullmatch(niveau) else None,
    )


def _build_mef(ligne: Ligne) -> tuple[str, str]:
    return ligne.code("MEF_STAT_11", _MEF_STAT), ligne.code("FORMATION_DIPLOME", FORME_CFD)


def _build_correspondance(ligne: Ligne) -> CertificationDiplome | None:
    trouve = _RANG_CFD.match(ligne.texte("Code diplôme"))
    if trouve is None:
        raise CellError("Code diplôme", "code mal formé", ligne.brut("Code diplôme"))
    rncp = ligne.brut("Code RNCP").strip()
    numero = read_fiche(rncp)
    if numero is None and any(chiffre.isdigit() for chiffre in rncp):
        raise CellError("Code RNCP", "numéro mal formé", rncp)
    return CertificationDiplome(numero, trouve.group().replace("-", ""), SOURCE) if numero else None
