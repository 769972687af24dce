"""What lycées and CFA open, by establishment and diploma, with capacities (Orion, from the Éducation nationale)."""

import re
from collections import Counter
from dataclasses import dataclass

from referentiels.cellules import Ligne
from referentiels.depot import Depot
from referentiels.errors import CellError, MissingSourceError
from referentiels.formations.bcn_nomenclatures import (
    SOURCE,
    Nomenclatures,
    load_correspondances,
    load_nomenclatures,
)
from referentiels.formations.communs import FORME_UAI, make_key, read_name_date
from referentiels.formations.etablissements import Lieux, load_lieux, load_noms
from referentiels.formations.parcoursup import load_points
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.tables import TableSpec, parse_table
from referentiels.types import (
    ActionFormation,
    CertificationDiplome,
    Formation,
    LibelleNomenclature,
    Organisme,
    Voie,
)

SECONDAIRE = TableSpec(
    motif=r"attractivite_capacite_\d{4}\.csv",
    colonnes=("Etablissement d'accueil", "MEF STAT 11", "Statut Offre de formation", "Capacité carte scolaire"),
    lignes_max=300_000,
    delimiteur=";",
    ignorees=(
        *("Voeu de recensement O/N", "Demandes vœux 1", "Famille de métiers", "nb_apparitions_uai_mefstat"),
        "mef_stat_terminale",
    ),
)
SUPERIEUR = TableSpec(
    motif=r"BTS_attractivite_capacite_\d{4}\.csv",
    colonnes=("UAI", "LIBELLÉFORMATION", "MEFSTAT11", "STATUT", "CAPACITEPSUP"),
    lignes_max=300_000,
    delimiteur=";",
    ignorees=("NB_VOEUX_CONFIRMES",),
)
_MEF_STAT = re.compile(r"[0-9A-Z]{11}")
_SUFFIXE = re.compile(r"\s*-\s*en apprentissage\s*$", re.IGNORECASE)
_VOIES: dict[str, Voie] = {
    "st": "scolaire",
    "scolaire": "scolaire",
    "ap": "apprentissage",
    "apprentissage": "apprentissage",
}


@dataclass(frozen=True, slots=True)
class _Offre:
    """One row of either file: a diploma opened by an establishment under a status."""

    uai: str
    mef: str
    voie: Voie
    places: int | None
    libelle: str | None


def load_bcn(depot: Depot, journal: Journal) -> Lot:
    """Read the nomenclatures and the two offers, secondary (CAP, bac pro) and higher (BTS).

    Args:
        depot: Folder with some of `nFormationDiplome_`, `vFormationDiplome_`, `nMef`, `diplomesProfessionnels`,
            `attractivite_capacite_AAAA`, `BTS_attractivite_capacite_AAAA`.
        journal: Receives the counts, and how many establishments have no place or no name, diplomas no label.

    Returns:
        LibelleNomenclature (`cfd`), CertificationDiplome, Organisme (a UAI), Formation (UAI × diploma) and
        ActionFormation (one row: a status and its capacity). No session: only the year of entry is known, and it is in
        the millésime (newest of the two files).

    Raises:
        SourceError: None of the files, or one that cannot be used.
    """
    nomenclatures = load_nomenclatures(depot, journal)
    correspondances = load_correspondances(depot, journal)
    lot = Lot()
    lot.add(CertificationDiplome, correspondances)
    lot.add(
        LibelleNomenclature,
        (LibelleNomenclature("cfd", cfd, d.libelle, SOURCE) for cfd, d in nomenclatures.diplomes.items()),
    )
    lecteur = _Lecteur(nomenclatures, load_lieux(depot), load_noms(depot), load_points(depot))
    for spec, build in ((SECONDAIRE, _build_secondaire), (SUPERIEUR, _build_superieur)):
        membre = depot.find(spec.motif)
        if membre is not None:
            for offre in parse_table(depot, spec, journal, build):
                lecteur.add(offre)
            lot.millesime = max(lot.millesime, read_name_date(membre.nom))
            for quoi, nombre in sorted(lecteur.flush().items()):
                journal.fichiers[-1].note(f"{quoi} : {nombre}")
    if not journal.fichiers:
        raise MissingSourceError("aucun fichier de la Base centrale des nomenclatures.", fichier=depot.chemin.name)
    lot.add(Organisme, lecteur.organismes.values())
    lot.add(Formation, lecteur.formations.values())
    lot.add(ActionFormation, lecteur.actions.values())
    return lot


class _Lecteur:
    """Gathers rows into organismes, formations and actions, and counts what stays unknown."""

    def __init__(
        self, nomenclatures: Nomenclatures, lieux: Lieux, noms: dict[str, str], points: dict[str, tuple[float, float]]
    ) -> None:
        self.nomenclatures = nomenclatures
        self.lieux = lieux
        self.noms = noms
        self.points = points
        self.organismes: dict[str, Organisme] = {}
        self.formations: dict[str, Formation] = {}
        self.actions: dict[str, ActionFormation] = {}
        self._manques: Counter[str] = Counter()

    def add(self, offre: _Offre) -> None:
        if offre.uai not in self.organismes:
            self.organismes[offre.uai] = self._make_organisme(offre.uai)
        formation = self._make_formation(offre)
        self.formations.setdefault(formation.id, formation)
        commune, nord, est = self.lieux.place(offre.uai)
        if nord is None:
            nord, est = self.points.get(offre.uai, (None, None))
        self._manques["actions sans commune connue"] += commune is None
        self._manques["actions sans coordonnées"] += nord is None
        base = ident = f"{formation.id}/{offre.mef}:{offre.voie}"
        rang = 1
        while ident in self.actions:
            rang += 1
            ident = f"{base}~{rang}"
        self.actions[ident] = ActionFormation(
            id=ident,
            formation=formation.id,
            voie=offre.voie,
            modalite=None,
            commune=commune,
            lieu=self.organismes[offre.uai].nom,
            latitude=nord,
            longitude=est,
            places=offre.places,
        )

    def flush(self) -> dict[str, int]:
        """The counts since the last call, those that are not zero."""
        manques, self._manques = self._manques, Counter()
        return {quoi: nombre for quoi, nombre in manques.items() if nombre}

    def _make_organisme(self, uai: str) -> Organisme:
        nom = self.lieux.nom(uai) or self.noms.get(uai)
        self._manques["établissements sans nom connu, désignés par leur UAI"] += nom is None
        return Organisme(f"{SOURCE}:{uai}", nom or f"Établissement {uai}", self.lieux.siret(uai), uai, None, SOURCE)

    def _make_formation(self, offre: _Offre) -> Formation:
        cfd = self.nomenclatures.cfd_par_mef.get(offre.mef)
        diplome = self.nomenclatures.diplomes.get(cfd or "")
        self._manques["lignes dont le MEF ne mène à aucun diplôme"] += cfd is None
        libelle = offre.libelle or (diplome.libelle if diplome else f"Formation de code MEF {offre.mef}")
        # One CFD may cover several local courses (FCIL): the published label tells them apart.
        cle = f"{cfd or offre.mef}:{make_key(offre.libelle)}" if offre.libelle else (cfd or offre.mef)
        return Formation(
            id=f"{SOURCE}:{offre.uai}:{cle}",
            intitule=libelle,
            certification=None,
            cfd=cfd,
            formacodes=(),
            niveau=diplome.niveau if diplome else None,
            objectif=None,
            duree_heures=None,
            organisme=f"{SOURCE}:{offre.uai}",
            url=None,
            source=SOURCE,
        )


def _read_voie(ligne: Ligne, colonne: str) -> Voie:
    voie = _VOIES.get(ligne.texte(colonne).lower())
    if voie is None:
        raise CellError(colonne, "statut inconnu", ligne.brut(colonne))
    return voie


def _build_secondaire(ligne: Ligne) -> _Offre:
    return _Offre(
        uai=ligne.code("Etablissement d'accueil", FORME_UAI),
        mef=ligne.code("MEF STAT 11", _MEF_STAT),
        voie=_read_voie(ligne, "Statut Offre de formation"),
        places=ligne.entier_ou_rien("Capacité carte scolaire"),
        libelle=None,
    )


def _build_superieur(ligne: Ligne) -> _Offre:
    return _Offre(
        uai=ligne.code("UAI", FORME_UAI),
        mef=ligne.code("MEFSTAT11", _MEF_STAT),
        voie=_read_voie(ligne, "STATUT"),
        places=ligne.entier_ou_rien("CAPACITEPSUP"),
        libelle=_SUFFIXE.sub("", ligne.texte("LIBELLÉFORMATION")),
    )
