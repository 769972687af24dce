"""Territories: régions, départements, académies, zones d'emploi, bassins, communes and their history."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from referentiels.cellules import Ligne, fold
from referentiels.communes import (
    FORME_DEPARTEMENT,
    FORME_REGION,
    CommunesLues,
    check_point,
    read_communes,
    resolve_successors,
    settle,
)
from referentiels.depot import Depot
from referentiels.errors import CellError
from referentiels.journal import FichierLu, Journal
from referentiels.lot import Lot
from referentiels.objets import as_row, read_objects
from referentiels.tables import TableSpec, check_rejections, parse_table
from referentiels.types import (
    FORME_COMMUNE,
    Academie,
    Bassin,
    CodeBassin,
    CodeDepartement,
    CodeRegion,
    CodeZoneEmploi,
    Commune,
    CommuneAncienne,
    Departement,
    Region,
    ZoneEmploi,
)

T = TypeVar("T")
_LIGNES_MAX = 100_000
_CODE_COURT = re.compile(r"\d{3,4}")
_ANNEE = re.compile(r"20\d{2}")
_CODE_ACADEMIE = re.compile(r"\d{2}")

POINTS = TableSpec(
    motif=r".*corresp_geo.*\.csv",
    colonnes=("Code_Officiel_Commune", "latitude", "longitude"),
    facultatives=("Annee",),
    ignorees=("GeoPoint",),
    lignes_max=_LIGNES_MAX,
    delimiteur=";",
)
ZONES = TableSpec(
    motif=r".*zones_emploi.*\.csv",
    colonnes=("codgeo", "codze2020", "libze2020"),
    ignorees=("libgeo", "ze_2020"),
    lignes_max=_LIGNES_MAX,
)
BASSINS = TableSpec(
    motif=r".*bassin_emploi.*\.csv",
    colonnes=("code_commune_insee", "code_bassin_BMO", "lib_bassin_BMO"),
    ignorees=("reg", "dep"),
    lignes_max=_LIGNES_MAX,
)
PASSAGES = TableSpec(
    motif=r".*geocodes_passage.*\.csv",
    colonnes=("Niveau", "Ancien Code Officiel", "Code Courant Officiel"),
    facultatives=("Année",),
    ignorees=("Type",),
    lignes_max=_LIGNES_MAX,
    delimiteur=";",
)
ACADEMIES = TableSpec(
    motif=r"departements_academies.*\.csv",
    colonnes=("codeAcademie", "codeDepartement", "libelleAcademie"),
    ignorees=("libelleRegion", "codeRegion", "libelleDepartement"),
    lignes_max=1_000,
    delimiteur=";",
)


@dataclass(slots=True)
class _Complements:
    """What the optional files say of each commune code."""

    points: dict[str, tuple[float, float]] = field(default_factory=dict)
    zones: dict[str, CodeZoneEmploi] = field(default_factory=dict)
    bassins: dict[str, CodeBassin] = field(default_factory=dict)
    passages: dict[str, set[str]] = field(default_factory=dict)


def load_territoires(depot: Depot, journal: Journal) -> Lot:
    """Read the territories; only the communes are mandatory, all else enriches them.

    Args:
        depot: Holds `communes.json` (Etalab découpage administratif) or an export of geo.api.gouv.fr, or both, and
            where they exist the régions, départements, académies, points, zones d'emploi, bassins, passage table.
        journal: Receives the counts; the report of the communes file also counts what stays unknown.

    Returns:
        Region, Departement, Academie, ZoneEmploi, Bassin, Commune and CommuneAncienne rows, sorted by code.

    Raises:
        SourceError: No communes, or a file that cannot be used.
    """
    connues = read_communes(depot, journal)
    lot, annees = Lot(), Counter[str]()
    departements = _read_departements(depot, journal)
    lot.add(Region, _read_regions(depot, journal))
    lot.add(Departement, departements)
    lot.add(Academie, _read_academies(depot, journal, {d.code for d in departements}))
    zones, bassins, plus = _read_complements(depot, journal, annees)
    lot.add(ZoneEmploi, zones)
    lot.add(Bassin, bassins)
    settle(connues, plus.passages)
    communes = _enrich(connues, plus)
    lot.add(Commune, communes)
    lot.add(CommuneAncienne, sorted(resolve_successors(connues), key=lambda ancienne: ancienne.code))
    _count_unknown(communes, connues.rapport)
    lot.millesime = max((annee for annee in annees if _ANNEE.fullmatch(annee)), default="non daté")
    return lot


def _read_regions(depot: Depot, journal: Journal) -> list[Region]:
    def build(ligne: Ligne) -> Region:
        return Region(CodeRegion(ligne.code("code", FORME_REGION)), ligne.texte("nom"))

    return _read_list(depot, journal, r"regions[\w.-]*\.json", build, lambda region: region.code)


def _read_departements(depot: Depot, journal: Journal) -> list[Departement]:
    def build(ligne: Ligne) -> Departement:
        colonne = "codeRegion" if ligne.brut("codeRegion") else "region"
        return Departement(
            code=CodeDepartement(ligne.code("code", FORME_DEPARTEMENT)),
            nom=ligne.texte("nom"),
            code_region=CodeRegion(ligne.code(colonne, FORME_REGION)),
        )

    return _read_list(depot, journal, r"departements[\w.-]*\.json", build, lambda departement: departement.code)


def _read_list(
    depot: Depot, journal: Journal, motif: str, build: Callable[[Ligne], T], cle: Callable[[T], str]
) -> list[T]:
    """A short JSON list, sorted by code; empty when the file is absent."""
    membre = depot.find(motif)
    if membre is None:
        return []
    lu = journal.open(depot.label(membre))
    gardes: dict[str, T] = {}
    for ligne, objet in read_objects(depot, membre, lu, lignes_max=1_000):
        try:
            entite = build(as_row(objet, ligne))
        except CellError as error:
            lu.reject(ligne, error.colonne, error.motif, error.valeur)
            continue
        if cle(entite) in gardes:
            lu.reject(ligne, "code", "doublon", cle(entite))
            continue
        gardes[cle(entite)] = entite
    lu.gardees = len(gardes)
    check_rejections(lu)
    return [gardes[code] for code in sorted(gardes)]


def _read_academies(depot: Depot, journal: Journal, connus: set[CodeDepartement]) -> list[Academie]:
    """Académie × département; the table also lists foreign and empty territories, which are left aside."""
    if depot.find(ACADEMIES.motif) is None:
        return []

    def build(ligne: Ligne) -> Academie | None:
        code = ligne.brut("codeDepartement").strip()
        code = code[1:] if len(code) == 3 and code[0] == "0" else code
        if not FORME_DEPARTEMENT.fullmatch(code) or (connus and code not in connus):
            return None
        return Academie(
            ligne.code("codeAcademie", _CODE_ACADEMIE), ligne.texte("libelleAcademie"), CodeDepartement(code)
        )

    # A row set aside has no key of its own: its line number would do, its identity is enough.
    lues = parse_table(depot, ACADEMIES, journal, build, cle=lambda a: a.code_departement if a else object())
    gardees = [academie for academie in lues if academie is not None]
    journal.fichiers[-1].note(f"{len(lues) - len(gardees)} lignes sans département français, mises de côté")
    return sorted(gardees, key=lambda academie: (academie.code, academie.code_departement))


def _read_complements(
    depot: Depot, journal: Journal, annees: Counter[str]
) -> tuple[list[ZoneEmploi], list[Bassin], _Complements]:
    plus = _Complements()
    zones: list[ZoneEmploi] = []
    bassins: list[Bassin] = []
    if depot.find(POINTS.motif):
        lus = parse_table(depot, POINTS, journal, _point_builder(annees), cle=lambda point: point[0])
        plus.points = {code: (latitude, longitude) for code, latitude, longitude in lus}
    if depot.find(ZONES.motif):
        lignes, noms = _read_memberships(depot, journal, ZONES)
        plus.zones = {commune: CodeZoneEmploi(code) for commune, code in lignes.items()}
        zones = [ZoneEmploi(CodeZoneEmploi(code), noms[code]) for code in sorted(noms)]
    if depot.find(BASSINS.motif):
        lignes, noms = _read_memberships(depot, journal, BASSINS)
        # The BMO survey writes four digits; this table drops the first zero overseas.
        plus.bassins = {commune: CodeBassin(code.zfill(4)) for commune, code in lignes.items()}
        bassins = [Bassin(CodeBassin(code.zfill(4)), noms[code]) for code in sorted(noms)]
    if depot.find(PASSAGES.motif):
        for passage in parse_table(depot, PASSAGES, journal, _passage_builder(annees)):
            if passage is not None and passage[0] != passage[1]:
                plus.passages.setdefault(passage[0], set()).add(passage[1])
    return zones, bassins, plus


def _point_builder(annees: Counter[str]) -> Callable[[Ligne], tuple[str, float, float]]:
    def build(ligne: Ligne) -> tuple[str, float, float]:
        code = ligne.code("Code_Officiel_Commune", FORME_COMMUNE)
        latitude, longitude = ligne.nombre_ou_rien("latitude"), ligne.nombre_ou_rien("longitude")
        if latitude is None or longitude is None:
            raise CellError("latitude" if latitude is None else "longitude", "cellule vide", "")
        check_point("latitude", latitude, longitude)
        annees[ligne.brut("Annee").strip()] += 1
        return code, latitude, longitude

    return build


def _passage_builder(annees: Counter[str]) -> Callable[[Ligne], tuple[str, str] | None]:
    def build(ligne: Ligne) -> tuple[str, str] | None:
        annees[ligne.brut("Année").strip()] += 1
        if ligne.texte("Niveau") != "COM":
            return None  # régions, départements and arrondissements have a passage of their own, not used here
        return ligne.code("Ancien Code Officiel", FORME_COMMUNE), ligne.code("Code Courant Officiel", FORME_COMMUNE)

    return build


def _read_memberships(depot: Depot, journal: Journal, spec: TableSpec) -> tuple[dict[str, str], dict[str, str]]:
    """Commune → group, and group → name, from a table whose three mandatory columns are commune, group and name.

    A row whose name is not the one that the other rows give to its group contradicts itself: it is refused.
    """
    colonne_commune, colonne_code, colonne_nom = spec.colonnes
    libelles: dict[str, Counter[str]] = {}
    numeros: dict[str, int] = {}

    def build(ligne: Ligne) -> tuple[str, str, str]:
        commune = ligne.code(colonne_commune, FORME_COMMUNE)
        code, nom = ligne.code(colonne_code, _CODE_COURT), ligne.texte(colonne_nom)
        libelles.setdefault(code, Counter())[nom] += 1
        numeros.setdefault(commune, ligne.numero)
        return commune, code, nom

    lues = parse_table(depot, spec, journal, build, cle=lambda ligne: ligne[0])
    noms = {code: compte.most_common(1)[0][0] for code, compte in libelles.items()}
    lu, gardees = journal.fichiers[-1], dict[str, str]()
    for commune, code, nom in lues:
        if nom == noms[code] or fold(nom) == fold(noms[code]):
            gardees[commune] = code
        else:
            lu.reject(numeros[commune], colonne_nom, f"ce nom contredit le code {code}", nom)
    lu.gardees = len(gardees)
    check_rejections(lu)
    return gardees, noms


def _enrich(connues: CommunesLues, plus: _Complements) -> list[Commune]:
    """The communes with all that they belong to, sorted by code.

    A merged commune unknown to an older table takes the zone or bassin of its former communes when all those known
    agree; an arrondissement takes those, and the EPCI, of its commune. Coordinates are never borrowed.
    """
    anciens: dict[str, list[str]] = {}
    for ancien, actuels in connues.successeurs.items():
        if len(actuels) == 1:
            anciens.setdefault(next(iter(actuels)), []).append(ancien)
    heritees = 0
    enrichies: dict[str, Commune] = {}
    for code in sorted(connues.communes, key=lambda code: (connues.communes[code].code_commune_mere is not None, code)):
        commune = connues.communes[code]
        mere = enrichies.get(commune.code_commune_mere or "")
        zone, bassin = plus.zones.get(code), plus.bassins.get(code)
        if zone is None or bassin is None:
            zone = zone or (mere.code_zone_emploi if mere else _shared(plus.zones, anciens.get(code, ())))
            bassin = bassin or (mere.code_bassin if mere else _shared(plus.bassins, anciens.get(code, ())))
            heritees += (zone, bassin) != (plus.zones.get(code), plus.bassins.get(code))
        point = (
            plus.points.get(code, (None, None)) if commune.latitude is None else (commune.latitude, commune.longitude)
        )
        enrichies[code] = replace(
            commune,
            code_epci=commune.code_epci or (mere.code_epci if mere else None),
            code_zone_emploi=zone,
            code_bassin=bassin,
            latitude=point[0],
            longitude=point[1],
        )
    if heritees:
        connues.rapport.note(
            f"{heritees} communes sans ligne propre : zone d'emploi ou bassin repris de leurs anciennes communes "
            "ou de la commune de l'arrondissement"
        )
    return [enrichies[code] for code in sorted(enrichies)]


def _shared(groupes: dict[str, T], codes: Iterable[str]) -> T | None:
    trouves = {groupes[code] for code in codes if code in groupes}
    return trouves.pop() if len(trouves) == 1 else None


def _count_unknown(communes: list[Commune], lu: FichierLu) -> None:
    """Say in the report what no file gave."""
    for libelle, absent in (
        ("code postal", sum(not c.codes_postaux for c in communes)),
        ("population", sum(c.population is None for c in communes)),
        ("coordonnées", sum(c.latitude is None for c in communes)),
        ("EPCI", sum(c.code_epci is None for c in communes)),
        ("zone d'emploi", sum(c.code_zone_emploi is None for c in communes)),
        ("bassin", sum(c.code_bassin is None for c in communes)),
    ):
        if absent:
            lu.note(f"{absent} communes sans {libelle}")
