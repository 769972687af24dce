"""First-year places after the baccalauréat (Parcoursup), in the full export or the reduced one."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from referentiels.cellules import Ligne, clean_text, fold
from referentiels.depot import Depot, Membre
from referentiels.errors import MissingSourceError
from referentiels.formations.communs import FORME_UAI, make_key, read_name_date, read_pair, read_url
from referentiels.formations.etablissements import Lieux, load_lieux
from referentiels.journal import FichierLu, Journal
from referentiels.lot import Lot
from referentiels.tables import TableSpec, parse_member
from referentiels.types import ActionFormation, CodeCommune, Formation, Organisme

SOURCE = "parcoursup"
MOTIF = r".*parcoursup.*\.csv"
_LIGNES_MAX = 200_000
_MEME_SITE = 0.02  # degrees
_NOMS = {
    "uai": ("code uai de l etablissement", "cod uai"),
    "etablissement": ("etablissement", "g ea lib vx"),
    "filiere": ("filiere de formation", "lib for voe ins", "filiere de formation detaillee"),
    "gps": ("coordonnees gps de la formation", "g olocalisation des formations"),
    "places": ("capacite de l etablissement par formation", "capa fin"),
    "lien": ("lien de la formation sur la plateforme parcoursup", "lien form psup"),
    "session": ("session",),
    "code": ("cod aff form",),
}
"""Columns, folded, as the labelled export, the technical export and the reduced file name them."""
_OBLIGATOIRES = ("uai", "etablissement", "filiere", "gps")
_CODE_LIEN = re.compile(r"g_ta_cod=(\d+)")
_APPRENTISSAGE = re.compile(r"\b(?:en apprentissage|par apprentissage|en alternance)\b")
_NIVEAUX = (
    (re.compile(r"(?:bts|btsa|deust)\b"), 5),
    (re.compile(r"(?:but|licence|double licence|dn made|dcg|d e infirmier)\b"), 6),
)
"""Level that the diploma's own texts give; a formation of another kind keeps None."""


@dataclass(frozen=True, slots=True)
class _Voeu:
    """One row: a formation that can be asked for, in one place."""

    uai: str
    etablissement: str
    filiere: str
    point: tuple[float, float] | None
    places: int | None
    lien: str | None
    code: str | None
    session: str


def load_parcoursup(depot: Depot, journal: Journal) -> Lot:
    """Read the newest Parcoursup table of a depot.

    Args:
        depot: Folder or file with `*parcoursup*.csv`: the MESR export (labels or technical names, `;` or `,`), or the
            reduced file that carries UAI, name, région, filière and GPS only.
        journal: Receives the counts, and how many places have no commune or no coordinates.

    Returns:
        Organisme (a UAI), Formation (a UAI × filière, or the Parcoursup code where present) and ActionFormation (one a
        distinct place). No session: Parcoursup gives none. The millésime is the session year, else the file's date.

    Raises:
        SourceError: No file, or one that cannot be used.
    """
    membre = depot.find(MOTIF)
    if membre is None:
        raise MissingSourceError(f"aucun fichier ne répond au motif « {MOTIF} ».", fichier=depot.chemin.name)
    spec, noms = _make_spec(depot, membre)
    voeux = parse_member(depot, membre, spec, journal, lambda ligne: _build(ligne, noms))
    lu = journal.fichiers[-1]
    session = max((voeu.session for voeu in voeux), default="")
    retenus = [voeu for voeu in voeux if voeu.session == session]
    if len(retenus) < len(voeux):
        lu.note(f"sessions antérieures à {session}, non reprises : {len(voeux) - len(retenus)} lignes")
    lot = Lot(millesime=session or read_name_date(membre.nom))
    _gather(retenus, load_lieux(depot), lu, lot)
    return lot


def _gather(retenus: list[_Voeu], lieux: Lieux, lu: FichierLu, lot: Lot) -> None:
    """Put organismes, formations and actions in the lot, and in the journal what has no place."""
    organismes: dict[str, Organisme] = {}
    formations: dict[str, Formation] = {}
    actions: dict[str, ActionFormation] = {}
    manques: Counter[str] = Counter()
    for voeu in retenus:
        formation = _make_formation(voeu)
        organismes.setdefault(
            voeu.uai,
            Organisme(f"{SOURCE}:{voeu.uai}", voeu.etablissement, lieux.siret(voeu.uai), voeu.uai, None, SOURCE),
        )
        formations.setdefault(formation.id, formation)
        action = _make_action(voeu, formation, lieux.place(voeu.uai)[0])
        if action.id in actions:
            manques["lignes qui répètent une formation et un lieu déjà lus, réunies"] += 1
            continue
        actions[action.id] = action
        manques["lieux sans commune connue"] += action.commune is None
        manques["lieux sans coordonnées"] += action.latitude is None
    for quoi, nombre in manques.items():
        if nombre:
            lu.note(f"{quoi} : {nombre}")
    lot.add(Organisme, organismes.values())
    lot.add(Formation, formations.values())
    lot.add(ActionFormation, actions.values())


def _make_spec(depot: Depot, membre: Membre) -> tuple[TableSpec, dict[str, str]]:
    """The layout of this export, and the column that holds each thing in it."""
    with depot.open(membre) as flux:
        entete = flux.read(1 << 16).removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace").split("\n", 1)[0]
    delimiteur = ";" if entete.count(";") > entete.count(",") else ","
    colonnes = [clean_text(nom) for nom in next(csv.reader(io.StringIO(entete), delimiter=delimiteur), [])]
    plies: dict[str, str] = {}
    for colonne in colonnes:
        plies.setdefault(fold(colonne), colonne)
    noms = {
        quoi: next((plies[nom] for nom in candidats if nom in plies), candidats[0]) for quoi, candidats in _NOMS.items()
    }
    lus = set(noms.values())
    spec = TableSpec(
        motif=MOTIF,
        colonnes=tuple(noms[quoi] for quoi in _OBLIGATOIRES),
        facultatives=tuple(nom for quoi, nom in noms.items() if quoi not in _OBLIGATOIRES),
        lignes_max=_LIGNES_MAX,
        delimiteur=delimiteur,
        ignorees=tuple(colonne for colonne in colonnes if colonne not in lus),
    )
    return spec, noms


def _build(ligne: Ligne, noms: dict[str, str]) -> _Voeu:
    lien = ligne.brut(noms["lien"])
    code = _CODE_LIEN.search(lien)
    return _Voeu(
        uai=ligne.code(noms["uai"], FORME_UAI),
        etablissement=ligne.texte(noms["etablissement"]),
        filiere=ligne.texte(noms["filiere"]),
        point=read_pair(ligne.brut(noms["gps"])),
        places=ligne.entier_ou_rien(noms["places"]),
        lien=read_url(lien),
        code=ligne.texte_ou_rien(noms["code"]) or (code.group(1) if code else None),
        session=ligne.texte_ou_rien(noms["session"]) or "",
    )


def _make_formation(voeu: _Voeu) -> Formation:
    plie = fold(voeu.filiere)
    return Formation(
        id=f"{SOURCE}:{voeu.code or f'{voeu.uai}:{make_key(voeu.filiere)}'}",
        intitule=voeu.filiere,
        certification=None,
        cfd=None,
        formacodes=(),
        niveau=next((niveau for forme, niveau in _NIVEAUX if forme.match(plie)), None),
        objectif=None,
        duree_heures=None,
        organisme=f"{SOURCE}:{voeu.uai}",
        url=voeu.lien,
        source=SOURCE,
    )


def _make_action(voeu: _Voeu, formation: Formation, commune: CodeCommune | None) -> ActionFormation:
    nord, est = voeu.point or (None, None)
    return ActionFormation(
        id=f"{formation.id}/{f'{nord},{est}' if voeu.point else 'a'}",
        formation=formation.id,
        # The public export leaves apprenticeship out, save where the filière says so.
        voie="apprentissage" if _APPRENTISSAGE.search(fold(voeu.filiere)) else "scolaire",
        modalite=None,
        commune=commune,
        lieu=voeu.etablissement,
        latitude=nord,
        longitude=est,
        places=voeu.places,
    )


def load_points(depot: Depot) -> dict[str, tuple[float, float]]:
    """Coordinates of establishments by UAI, as the Parcoursup table of a depot gives those of their formations.

    Returns:
        One point a UAI whose formations all stand within some 2 km; a UAI on several sites has none. Empty when the
        depot holds no Parcoursup table.

    Raises:
        SourceError: The table is there but cannot be used.
    """
    membre = depot.find(MOTIF)
    if membre is None:
        return {}
    spec, noms = _make_spec(depot, membre)
    points: dict[str, set[tuple[float, float]]] = {}
    for voeu in parse_member(depot, membre, spec, Journal(SOURCE), lambda ligne: _build(ligne, noms)):
        if voeu.point:
            points.setdefault(voeu.uai, set()).add(voeu.point)
    return {
        uai: min(vus)
        for uai, vus in points.items()
        if all(max(point[axe] for point in vus) - min(point[axe] for point in vus) < _MEME_SITE for axe in (0, 1))
    }
