"""Apprenticeship actions by place (RCO) and the establishments that give them (mission apprentissage)."""

import re
from collections import Counter
from dataclasses import dataclass

from referentiels.cellules import Ligne
from referentiels.depot import Depot
from referentiels.errors import CellError, MissingSourceError
from referentiels.formations.bcn_nomenclatures import Diplome, load_diplomes
from referentiels.formations.communs import (
    make_key,
    read_cfd,
    read_commune,
    read_fiche,
    read_name_date,
    read_siret,
)
from referentiels.formations.etablissements import CATALOGUE, Lieux, load_lieux
from referentiels.journal import FichierLu, Journal
from referentiels.lot import Lot
from referentiels.tables import TableSpec, parse_table
from referentiels.types import ActionFormation, CodeCommune, Formation, NumeroFiche, Organisme

SOURCE = "apprentissage"
_GESTIONNAIRE, _FORMATEUR = "etablissement_gestionnaire_siret", "etablissement_formateur_siret"
_LIEU = "etablissement_lieu_formation"
ACTIONS = TableSpec(
    motif=r"rco[_-]formations[_-]apprentissage.*\.csv",
    colonnes=(_GESTIONNAIRE, _FORMATEUR, f"{_LIEU}_adresse", f"{_LIEU}_code_insee", "cfd", "rncp_code"),
    facultatives=(f"{_LIEU}_code_postal", "debut_sessions"),
    lignes_max=500_000,
    encodage="cp1252",
    delimiteur=";",
    ignorees=tuple(
        f"etablissement_{qui}_{quoi}"
        for qui in ("gestionnaire", "formateur")
        for quoi in ("adresse", "code_postal", "code_insee")
    ),
)
_ANNEE = re.compile(r"20\d{2}")


@dataclass(frozen=True, slots=True)
class _Action:
    siret: str
    cfd: str | None
    rncp: NumeroFiche | None
    adresse: str
    commune: CodeCommune | None
    annees: tuple[str, ...]


def load_apprentissage(depot: Depot, journal: Journal) -> Lot:
    """Read the catalogue of establishments and the apprenticeship actions of a depot.

    Args:
        depot: Folder with `rco_formations_apprentissage*.csv` (cp1252, `;`) and, where present,
            `catalogue_etablissements_apprentissage*.csv` and the BCN's diplomas, which give names and labels.
        journal: Receives the counts, and what stays without a name, a label, a place or coordinates.

    Returns:
        Organisme (open establishments, and those that an action names), Formation (formateur × CFD × RNCP) and
        ActionFormation (one a place). No session: the file tells years only, which the journal repeats. The millésime
        is the newest date of the two file names.

    Raises:
        SourceError: Neither file, or one that cannot be used.
    """
    membre = depot.find(ACTIONS.motif)
    if membre is None and depot.find(CATALOGUE.motif) is None:
        raise MissingSourceError("aucune liste d'actions ni d'établissements.", fichier=depot.chemin.name)
    lieux = load_lieux(depot, journal)
    lot = Lot(millesime=lieux.millesime)
    nommes: dict[str, Organisme] = {}
    if membre is not None:
        actions = parse_table(depot, ACTIONS, journal, _build)
        lu = journal.fichiers[-1]
        lot.millesime = max(lot.millesime, read_name_date(membre.nom))
        _gather(actions, lieux, load_diplomes(depot, Journal(SOURCE)), lu, lot, nommes)
    ouverts = (e for e in lieux.par_siret.values() if not e.ferme or e.siret in nommes)
    lot.add(Organisme, (Organisme(f"{SOURCE}:{e.siret}", e.nom, e.siret, e.uai, None, SOURCE) for e in ouverts))
    lot.add(Organisme, (organisme for siret, organisme in nommes.items() if siret not in lieux.par_siret))
    return lot


def _gather(
    actions: list[_Action],
    lieux: Lieux,
    diplomes: dict[str, Diplome],
    lu: FichierLu,
    lot: Lot,
    nommes: dict[str, Organisme],
) -> None:
    """Put the formations and actions in the lot, the organismes they name in `nommes`, the gaps in the journal."""
    formations: dict[str, Formation] = {}
    faites: dict[str, ActionFormation] = {}
    manques: Counter[str] = Counter()
    annees: set[str] = set()
    for action in actions:
        annees.update(action.annees)
        connu = lieux.par_siret.get(action.siret)
        if action.siret not in nommes:
            manques["organismes absents du catalogue, désignés par leur SIRET"] += connu is None
            nom = connu.nom if connu else f"Organisme SIRET {action.siret}"
            nommes[action.siret] = Organisme(f"{SOURCE}:{action.siret}", nom, action.siret, None, None, SOURCE)
        formation = _make_formation(action, diplomes)
        if formation.id not in formations:
            formations[formation.id] = formation
            manques["formations sans libellé de diplôme"] += action.cfd not in diplomes
        ident = f"{formation.id}/{make_key(action.adresse, action.commune or '')}"
        if ident in faites:
            manques["lignes qui répètent une formation et un lieu déjà lus, réunies"] += 1
            continue
        # The catalogue's point is the establishment's: it stands for the action only in the same commune.
        meme = connu if connu and connu.commune and connu.commune == action.commune else None
        faites[ident] = ActionFormation(
            id=ident,
            formation=formation.id,
            voie="apprentissage",
            modalite=None,
            commune=action.commune,
            lieu=action.adresse or None,
            latitude=meme.latitude if meme else None,
            longitude=meme.longitude if meme else None,
            places=None,
        )
        manques["actions sans commune connue"] += action.commune is None
        manques["actions sans coordonnées"] += meme is None or meme.latitude is None
    for quoi, nombre in manques.items():
        if nombre:
            lu.note(f"{quoi} : {nombre}")
    lu.note(f"entrées connues à l'année seulement ({', '.join(sorted(annees)) or 'aucune'}) : aucune session datée")
    lot.add(Formation, formations.values())
    lot.add(ActionFormation, faites.values())


def _build(ligne: Ligne) -> _Action:
    siret = read_siret(ligne.brut(_FORMATEUR)) or read_siret(ligne.brut(_GESTIONNAIRE))
    if siret is None:
        raise CellError(_FORMATEUR, "aucun SIRET lisible", ligne.brut(_FORMATEUR))
    cfd = read_cfd(ligne.brut("cfd"))
    if cfd is None and ligne.brut("cfd").strip():
        raise CellError("cfd", "code mal formé", ligne.brut("cfd"))
    rncp = read_fiche(ligne.brut("rncp_code"))
    if cfd is None and rncp is None:
        raise CellError("cfd", "ni code diplôme ni numéro RNCP", "")
    adresse = ligne.texte_ou_rien(f"{_LIEU}_adresse") or ""
    postal = ligne.texte_ou_rien(f"{_LIEU}_code_postal") or ""
    return _Action(
        siret=siret,
        cfd=cfd,
        rncp=rncp,
        adresse=", ".join(partie for partie in (adresse, postal) if partie),
        commune=read_commune(ligne.brut(f"{_LIEU}_code_insee")),
        annees=tuple(_ANNEE.findall(ligne.brut("debut_sessions"))),
    )


def _make_formation(action: _Action, diplomes: dict[str, Diplome]) -> Formation:
    diplome = diplomes.get(action.cfd or "")
    code = f"au diplôme de code {action.cfd}" if action.cfd else f"à la certification {action.rncp}"
    return Formation(
        id=f"{SOURCE}:{action.siret}:{action.cfd or '-'}:{action.rncp or '-'}",
        intitule=diplome.libelle if diplome else f"Formation {code}",
        certification=action.rncp,
        cfd=action.cfd,
        formacodes=(),
        niveau=diplome.niveau if diplome else None,
        objectif=None,
        duree_heures=None,
        organisme=f"{SOURCE}:{action.siret}",
        url=None,
        source=SOURCE,
    )
