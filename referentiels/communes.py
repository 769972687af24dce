"""Communes, arrondissements municipaux and codes no longer in force, from the two JSON forms published."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from referentiels.cellules import Ligne, clean_text, fold
from referentiels.depot import Depot, Membre
from referentiels.errors import CellError, MissingSourceError
from referentiels.journal import FichierLu, Journal
from referentiels.objets import as_row, read_objects
from referentiels.tables import check_rejections
from referentiels.types import (
    FORME_COMMUNE,
    CodeCommune,
    CodeDepartement,
    CodeEpci,
    CodeRegion,
    Commune,
    CommuneAncienne,
)

MOTIF_COMMUNES = r"communes?[\w.-]*\.json"
COMMUNES_MAX = 100_000  # 37 590 objects in 2026, delegated communes included
FORME_DEPARTEMENT = re.compile(r"\d{2}|2[AB]|9[78]\d")
FORME_REGION = re.compile(r"\d{2}|9[78]\d")
_FORME_POSTAL = re.compile(r"\d{5}")
_FORME_EPCI = re.compile(r"\d{9}")
# The three communes that have arrondissements, by the prefix of the codes of these.
_MERES = {"751": "75056", "132": "13055", "6938": "69123"}
_DELEGUEES = ("commune-deleguee", "commune-associee")


@dataclass(slots=True)
class CommunesLues:
    """What one communes file says, before the other files enrich it."""

    rapport: FichierLu
    api: bool = False
    """True for an export of geo.api.gouv.fr."""
    communes: dict[str, Commune] = field(default_factory=dict)
    successeurs: dict[str, set[str]] = field(default_factory=dict)
    """Code no longer in force → codes that the files give as its successors."""
    noms_anciens: dict[str, str] = field(default_factory=dict)
    noms_fondus: dict[str, str] = field(default_factory=dict)
    """Code in force → name of the part of the commune that had this code before the merger."""

    @property
    def arrondissements_seuls(self) -> bool:
        """True when the file lists arrondissements municipaux and nothing else."""
        return bool(self.communes) and all(c.code_commune_mere for c in self.communes.values())

    def add_successor(self, ancien: str, actuel: str) -> None:
        """Keep that a code was replaced by another."""
        if ancien != actuel:
            self.successeurs.setdefault(ancien, set()).add(actuel)


def read_communes(depot: Depot, journal: Journal) -> CommunesLues:
    """Read the communes files: an Etalab list, exports of geo.api.gouv.fr, or both, which then complete each other.

    Returns:
        The communes by code with their history, and the report of the main file.

    Raises:
        SourceError: No communes file, or one that cannot be used.
    """
    membres = depot.find_all(MOTIF_COMMUNES)
    if not membres:
        raise MissingSourceError(
            "aucun fichier de communes (« communes.json » ou export de geo.api.gouv.fr).", fichier=depot.chemin.name
        )
    lues = [_read_member(depot, membre, journal) for membre in membres]
    # Of two lists of one kind the newest stands (find_all sorts by the numbers in the names).
    etalab = [lu for lu in lues if not lu.api][-1:]
    complets = [lu for lu in lues if lu.api and not lu.arrondissements_seuls][-1:]
    arrondissements = [lu for lu in lues if lu.api and lu.arrondissements_seuls][-1:]
    retenus = etalab + complets + arrondissements
    base = retenus[0]
    for autre in retenus[1:]:
        _complete(base, autre)
    for oublie in lues:
        if oublie not in retenus:
            oublie.rapport.note("une liste de même nature et plus récente est présente : fichier non retenu")
    return base


def _read_member(depot: Depot, membre: Membre, journal: Journal) -> CommunesLues:
    lu = journal.open(depot.label(membre))
    connues = CommunesLues(lu)
    for ligne, objet in read_objects(depot, membre, lu, lignes_max=COMMUNES_MAX):
        connues.api = connues.api or "codeDepartement" in objet
        try:
            _read_one(objet, as_row(objet, ligne), connues)
        except CellError as error:
            lu.reject(ligne, error.colonne, error.motif, error.valeur)
            continue
        lu.gardees += 1
    check_rejections(lu)
    return connues


def _read_one(objet: dict[str, Any], cellules: Ligne, connues: CommunesLues) -> None:
    code = cellules.code("code", FORME_COMMUNE)
    nature = cellules.texte_ou_rien("type") or "commune-actuelle"
    if nature in _DELEGUEES:
        chef_lieu, nom = cellules.code("chefLieu", FORME_COMMUNE), cellules.texte("nom")
        connues.add_successor(code, chef_lieu)
        (connues.noms_fondus if chef_lieu == code else connues.noms_anciens).setdefault(code, nom)
        return
    if nature not in ("commune-actuelle", "arrondissement-municipal"):
        raise CellError("type", "type de commune inconnu", nature)
    if code in connues.communes:
        raise CellError("code", "doublon", code)
    connues.communes[code] = _build(objet, cellules, code)
    for ancien in _texts(objet, "anciensCodes", FORME_COMMUNE):
        connues.add_successor(ancien, code)


def _build(objet: dict[str, Any], cellules: Ligne, code: str) -> Commune:
    departement = cellules.texte_ou_rien("departement") or cellules.texte_ou_rien("codeDepartement")
    departement = departement or (code[:3] if code[:2] in ("97", "98") else code[:2])
    if not FORME_DEPARTEMENT.fullmatch(departement):
        raise CellError("departement", "code mal formé", departement)
    region = cellules.texte_ou_rien("region") or cellules.texte("codeRegion")
    if not FORME_REGION.fullmatch(region):
        raise CellError("region", "code mal formé", region)
    epci = cellules.texte_ou_rien("codeEpci")
    if epci is not None and not _FORME_EPCI.fullmatch(epci):
        raise CellError("codeEpci", "code mal formé", epci)
    population = cellules.entier_ou_rien("population")
    if population is not None and population < 0:
        raise CellError("population", "nombre négatif", str(population))
    latitude, longitude = _centre(objet)
    mere = cellules.texte_ou_rien("commune") or next((m for p, m in _MERES.items() if code.startswith(p)), None)
    return Commune(
        code=CodeCommune(code),
        nom=cellules.texte("nom"),
        codes_postaux=_texts(objet, "codesPostaux", _FORME_POSTAL),
        code_departement=CodeDepartement(departement),
        code_region=CodeRegion(region),
        code_epci=CodeEpci(epci) if epci else None,
        code_zone_emploi=None,
        code_bassin=None,
        population=population,
        latitude=latitude,
        longitude=longitude,
        code_commune_mere=CodeCommune(mere) if mere else None,
    )


def _texts(objet: dict[str, Any], nom: str, forme: re.Pattern[str]) -> tuple[str, ...]:
    valeurs = objet.get(nom) or []
    if not isinstance(valeurs, list):
        raise CellError(nom, "liste attendue", str(valeurs))
    for valeur in valeurs:
        if not isinstance(valeur, str) or not forme.fullmatch(clean_text(valeur)):
            raise CellError(nom, "code mal formé", str(valeur))
    return tuple(clean_text(valeur) for valeur in valeurs)


def _centre(objet: dict[str, Any]) -> tuple[float | None, float | None]:
    """Latitude and longitude of a GeoJSON point, which writes the longitude first."""
    centre = objet.get("centre")
    if centre is None:
        return None, None
    point = centre.get("coordinates") if isinstance(centre, dict) else None
    if not isinstance(point, list) or len(point) != 2 or not all(_is_number(valeur) for valeur in point):
        raise CellError("centre", "point attendu [longitude, latitude]", str(centre))
    longitude, latitude = map(float, point)
    check_point("centre", latitude, longitude)
    return latitude, longitude


def _is_number(valeur: object) -> bool:
    return isinstance(valeur, int | float) and not isinstance(valeur, bool)


def check_point(colonne: str, latitude: float, longitude: float) -> None:
    """Refuse a point outside the globe."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise CellError(colonne, "point hors du globe", f"{latitude}, {longitude}")


def _complete(base: CommunesLues, autre: CommunesLues) -> None:
    """Bring EPCI and coordinates of another file; communes that it alone knows are added."""
    ajoutees = 0
    for code, plus in autre.communes.items():
        commune = base.communes.get(code)
        if commune is None:
            if code not in base.successeurs:
                base.communes[code] = plus
                ajoutees += 1
            continue
        base.communes[code] = replace(
            commune,
            code_epci=plus.code_epci or commune.code_epci,
            latitude=commune.latitude if plus.latitude is None else plus.latitude,
            longitude=commune.longitude if plus.longitude is None else plus.longitude,
            population=plus.population if commune.population is None else commune.population,
            codes_postaux=commune.codes_postaux or plus.codes_postaux,
        )
    if ajoutees:
        autre.rapport.note(f"{ajoutees} communes absentes de la liste principale, ajoutées")


def settle(connues: CommunesLues, passages: dict[str, set[str]]) -> None:
    """Complete the history with the yearly passage table; where both speak, the communes files decide.

    The table serves codes that these ignore, and chooses where they give several successors.
    """
    for ancien, actuels in passages.items():
        deja = connues.successeurs.get(ancien)
        if deja is None:
            connues.successeurs[ancien] = set(actuels)
        elif len(deja) > 1 and len(deja & actuels) == 1:
            connues.successeurs[ancien] = deja & actuels


def resolve_successors(connues: CommunesLues) -> Iterator[CommuneAncienne]:
    """The codes no longer in force, each led to the one in force through all the mergers in between.

    Former names of communes that kept their code come too. A code split between several communes, or whose mergers
    turn in a circle, leads nowhere: it is left out and noted.
    """
    partages: list[str] = []
    perdus: list[str] = []
    for ancien in sorted(connues.successeurs):
        if ancien in connues.communes:
            continue  # re-established, or the merged commune kept the code: still in force
        arrivees = _follow(ancien, connues)
        if len(arrivees) == 1:
            yield CommuneAncienne(CodeCommune(ancien), connues.noms_anciens.get(ancien), CodeCommune(arrivees.pop()))
        else:
            (partages if arrivees else perdus).append(ancien)
    for code, nom in connues.noms_fondus.items():
        if code in connues.communes and fold(nom) != fold(connues.communes[code].nom):
            yield CommuneAncienne(CodeCommune(code), nom, CodeCommune(code))
    for codes, motif in (
        (partages, "partagés entre plusieurs communes"),
        (perdus, "en boucle ou sans commune actuelle"),
    ):
        if codes:
            connues.rapport.note(f"{len(codes)} anciens codes {motif}, refusés : {', '.join(codes[:10])}")


def _follow(ancien: str, connues: CommunesLues) -> set[str]:
    vus, a_suivre, arrivees = {ancien}, list(connues.successeurs[ancien]), set[str]()
    while a_suivre:
        code = a_suivre.pop()
        if code in connues.communes:
            arrivees.add(code)
        elif code not in vus:
            vus.add(code)
            a_suivre.extend(connues.successeurs.get(code, ()))
    return arrivees
