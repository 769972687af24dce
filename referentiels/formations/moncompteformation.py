"""Formations open to the compte personnel de formation (Caisse des dépôts, « Mon compte formation »)."""

import re
from collections import Counter

from referentiels.cellules import Ligne, fold
from referentiels.depot import Depot
from referentiels.errors import CellError
from referentiels.formations.communs import make_key, read_fiche, read_name_date, read_siret, strip_html
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.tables import TableSpec, parse_table
from referentiels.types import ActionFormation, Formation, Modalite, NumeroFiche, Organisme

SOURCE = "moncompteformation"
_FORMACODES = tuple(f"code_formacode_{rang}" for rang in range(1, 6))
SPEC = TableSpec(
    motif=r"moncompteformation.*\.csv",
    colonnes=("nom_of", "siret", "numero_formation", "intitule_formation", "code_rncp", "code_departement"),
    facultatives=(
        *("date_extract", "nom_departement", "nom_region", "code_region", "type_referentiel", "code_inventaire"),
        *("libelle_niveau_sortie_formation", "nb_action", "nb_session_active", "nb_session_a_distance"),
        *("nombre_heures_total_mean", "objectif_formation", *_FORMACODES),
    ),
    lignes_max=3_000_000,
    delimiteur=";",
    ignorees=(
        *("intitule_certification", "libelle_code_formacode_principal", "code_certifinfo", "points_forts"),
        *("nombre_heures_total_min", "nombre_heures_total_max", "frais_ttc_tot_min", "frais_ttc_tot_max"),
        *("frais_ttc_tot_mean", "nbaction_nbheures", "coderegion_export", "rsrncp"),
        *(f"{quoi}_nsf_{rang}" for quoi in ("libelle", "code") for rang in range(1, 4)),
    ),
)
_NIVEAU = re.compile(r"^niveau (?:de qualification )?([1-8])\b")


def load_moncompteformation(depot: Depot, journal: Journal) -> Lot:
    """Read the newest catalogue of a depot; a row is a formation in a département.

    Args:
        depot: Folder, zip or file with `moncompteformation*.csv`, as the Caisse des dépôts exports it (`;`).
        journal: Receives the counts; the file names départements, never communes: each action is without a commune.

    Returns:
        Organisme (a SIRET), Formation (SIRET × numéro) and ActionFormation (one a département). No session: only their
        number is published. Fees and counts of sessions have no place in the types and are left out. The millésime is
        the extraction date, else the file's.

    Raises:
        SourceError: No file, or one that cannot be used.
    """
    jours: set[str] = set()

    def build(ligne: Ligne) -> tuple[Organisme, Formation, ActionFormation]:
        jour = ligne.jour_ou_rien("date_extract")
        if jour:
            jours.add(jour.isoformat())
        return _build(ligne)

    lus = parse_table(depot, SPEC, journal, build, cle=lambda lu: lu[2].id)
    lu = journal.fichiers[-1]
    organismes = {organisme.id: organisme for organisme, _, _ in reversed(lus)}
    formations = {formation.id: formation for _, formation, _ in reversed(lus)}
    membre = depot.find(SPEC.motif)
    lot = Lot(millesime=max(jours, default="") or read_name_date(membre.nom if membre else ""))
    lot.add(Organisme, reversed(organismes.values()))
    lot.add(Formation, reversed(formations.values()))
    lot.add(ActionFormation, (action for _, _, action in lus))
    lu.note(f"actions sans commune (le fichier ne donne que le département) : {len(lus)}")
    manques = Counter(formation.certification is None for formation in formations.values())
    if manques[True]:
        lu.note(f"formations sans numéro RNCP ou RS : {manques[True]}")
    return lot


def _build(ligne: Ligne) -> tuple[Organisme, Formation, ActionFormation]:
    siret = read_siret(ligne.texte("siret").zfill(14))
    if siret is None:
        raise CellError("siret", "SIRET mal formé", ligne.brut("siret"))
    organisme = Organisme(f"{SOURCE}:{siret}", ligne.texte("nom_of"), siret, None, None, SOURCE)
    intitule = ligne.texte("intitule_formation")
    numero = ligne.texte_ou_rien("numero_formation") or make_key(intitule)
    niveau = _NIVEAU.match(fold(ligne.brut("libelle_niveau_sortie_formation")))
    duree = ligne.nombre_ou_rien("nombre_heures_total_mean")
    formation = Formation(
        id=f"{SOURCE}:{siret}:{numero}",
        intitule=intitule,
        certification=_read_certification(ligne),
        cfd=None,
        formacodes=tuple(dict.fromkeys(c for nom in _FORMACODES if (c := ligne.brut(nom).strip()).isdigit())),
        niveau=int(niveau.group(1)) if niveau else None,
        objectif=strip_html(ligne.brut("objectif_formation")) or None,
        duree_heures=round(duree) if duree else None,
        organisme=organisme.id,
        url=None,
        source=SOURCE,
    )
    departement = ligne.texte_ou_rien("code_departement")
    action = ActionFormation(
        id=f"{formation.id}/{departement or 'a'}",
        formation=formation.id,
        voie="continue",
        modalite=_read_modalite(ligne),
        commune=None,
        lieu=ligne.texte_ou_rien("nom_departement") or departement,
        latitude=None,
        longitude=None,
        places=None,
    )
    return organisme, formation, action


def _read_certification(ligne: Ligne) -> NumeroFiche | None:
    """The RNCP number, or the RS one, which the file calls « inventaire »; -1 stands for none."""
    return read_fiche(ligne.brut("code_rncp")) or read_fiche(ligne.brut("code_inventaire"), "RS")


def _read_modalite(ligne: Ligne) -> Modalite | None:
    """At a distance when every session is; nothing otherwise, for a session may still be partly at a distance."""
    actives, distance = ligne.entier_ou_rien("nb_session_active"), ligne.entier_ou_rien("nb_session_a_distance")
    return "distance" if actives and distance is not None and distance >= actives else None
