"""The formation offer as columns: one row a way and a place, each row with what tells where it is."""

import hashlib
from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from recommender.tables import Lues, Tables, Textes
from referentiels import types as t
from referentiels.cellules import fold
from referentiels.store import Store
from referentiels.voisinage import RAYON_TERRE_KM

Entiers = npt.NDArray[Any]
Reels = npt.NDArray[np.float64]
Precision = Literal["action", "commune", "etablissement", "departement", "inconnue"]
"""What places an action: its point, its commune, another action of its établissement, or the département alone."""
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
_ACTION, _COMMUNE, _ETABLISSEMENT, _DEPARTEMENT, _INCONNUE = range(len(PRECISIONS))
VOIES: tuple[t.Voie, ...] = get_args(t.Voie)
MODALITES: tuple[t.Modalite, ...] = get_args(t.Modalite)
DISTANCE = MODALITES.index("distance")
PAS_SESSION = 1 << 22
"""Above any day number: a row and a day make one number, in order."""
_UAI = {"620": "2A", "720": "2B", "983": "988", "984": "987", "985": "976"}
"""Where the first three digits of a UAI are not the département of Insee."""


@dataclass(frozen=True, slots=True)
class Colonnes:
    """R rows (actions, and formations that have none), G groups of duplicates, P points.

    What bears the name of a list in the singular is, for each row, a rank in that list, -1 where unknown.
    """

    identifiants: Textes
    """Of the action, or of the formation without action, (R,)."""
    formations: Textes
    organismes: Textes
    communes: Textes
    departements: tuple[str, ...]
    points: Reels
    """Latitude and longitude in radians, cosine of the latitude; of a département (0 elsewhere) how far its farthest
    commune is from there and the quadratic mean of these distances by inhabitant, in km: (5, P)."""
    certifications: dict[t.NumeroFiche, int]
    formation: Entiers
    voie: Entiers
    modalite: Entiers
    commune: Entiers
    estimee: Entiers
    """Whether the commune is only the nearest to the point."""
    precision: Entiers
    departement: Entiers
    organisme: Entiers
    """The one whose name is shown."""
    groupe: Entiers
    """Same organisme in the same commune, whatever the source."""
    melange: Entiers
    """First 8 bytes of the SHA-256 of the first identifier of each group, (G,)."""
    sessions: Entiers
    """Row times PAS_SESSION plus day number, sorted; the last is greater than any."""
    debuts: Entiers
    """Bounds of the links of each certification; those of a group stand side by side."""
    lignes: Entiers
    """Row of each link."""
    partagee: Entiers
    """Whether the row of each link has others."""
    place: Entiers
    """Of each row: its point, P where nothing tells where it is, P + 1 at a distance."""

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays and blocks."""
        return sum(getattr(getattr(self, champ.name), "nbytes", 0) for champ in fields(self))

    def write(self) -> Tables:
        """All of it as arrays."""
        tables: Tables = {}
        for champ in fields(self):
            valeur = getattr(self, champ.name)
            if isinstance(valeur, np.ndarray):
                tables[champ.name] = valeur
            else:
                tables |= (valeur if isinstance(valeur, Textes) else Textes(valeur)).write(champ.name)
        return tables

    @classmethod
    def read(cls, tables: Lues) -> "Colonnes":
        """What `write` made, where it lies."""
        lues: dict[str, Any] = {
            champ.name: Textes.read(tables, champ.name) if f"{champ.name}_bornes" in tables else tables[champ.name]
            for champ in fields(cls)
        }
        lues["departements"] = tuple(lues["departements"].all())
        lues["certifications"] = {t.NumeroFiche(n): rang for rang, n in enumerate(lues["certifications"].all())}
        return cls(**lues)


@dataclass(slots=True)
class _Communes:
    rangs: dict[str, int]
    mere: Entiers
    """The commune itself, or that of which it is an arrondissement."""
    degres: Reels
    """Latitude and longitude, else those of the mother, else NaN, (C, 2)."""
    habitants: Entiers
    departement: Entiers
    departements: tuple[str, ...]


@dataclass(slots=True)
class _Organismes:
    rangs: dict[str, int]
    etablissement: Entiers
    """Same number where a SIRET or a UAI is shared."""
    montre: Entiers
    """Rank of the organisme of the établissement that bears a real name."""
    departement: Entiers
    fiches: list[tuple[str, str | None, str | None]]  # name, SIRET, UAI


@dataclass(slots=True)
class _Lignes:
    identifiants: Textes
    formations: Textes
    formation: Entiers
    voie: Entiers
    modalite: Entiers
    degres: Reels
    commune: Entiers
    organisme: Entiers
    liens: list[tuple[str | None, str | None]]
    """Certification and CFD of each formation."""


def build_columns(store: Store) -> Colonnes:
    """Read the offer once; what is kept of it is arrays and blocks of bytes."""
    communes = _read_communes(store)
    organismes = _read_organismes(store, communes.departements)
    lignes = _read_rows(store, communes, organismes)
    lieux = _Lieux(communes, organismes, lignes)
    groupe, premiers = _group(communes, organismes, lignes, lieux)
    certifications, debuts, rangees = _link(store, lignes, groupe)
    empreintes = b"".join(hashlib.sha256(lignes.identifiants[r].encode()).digest()[:8] for r in premiers.tolist())
    return Colonnes(
        identifiants=lignes.identifiants,
        formations=lignes.formations,
        organismes=Textes(organismes.rangs),
        communes=Textes(communes.rangs),
        formation=lignes.formation,
        voie=lignes.voie,
        modalite=lignes.modalite,
        commune=lieux.commune.astype(np.int32),
        estimee=lieux.estimee,
        precision=lieux.precision,
        departement=lieux.departement.astype(np.int16),
        organisme=_take(organismes.montre, lignes.organisme).astype(np.int32),
        groupe=groupe,
        melange=np.frombuffer(empreintes, dtype=">u8").astype(np.uint64),
        sessions=_read_sessions(store, lignes.identifiants),
        debuts=debuts,
        lignes=rangees,
        partagee=np.bincount(rangees, minlength=len(groupe))[rangees] > 1,
        place=np.where(lignes.modalite == DISTANCE, lieux.nulle_part + 1, lieux.point).astype(np.int32),
        points=lieux.points,
        certifications=certifications,
        departements=communes.departements,
    )


def _take(valeurs: Entiers, rangs: Entiers, absent: float = -1) -> Entiers:
    """The values at ranks, `absent` at rank -1."""
    return np.append(valeurs, absent)[rangs]


def _read_communes(store: Store) -> _Communes:
    noms = ("code", "latitude", "longitude", "code_commune_mere", "code_departement", "population")
    lues = list(store.rows(t.Commune, noms))
    rangs = {ligne[0]: rang for rang, ligne in enumerate(lues)}
    degres = np.array([ligne[1:3] for ligne in lues], dtype=np.float64).reshape(-1, 2)
    mere = np.array([rangs.get(ligne[3], rang) for rang, ligne in enumerate(lues)], dtype=np.int64)
    departements = tuple(sorted({ligne[4] for ligne in lues}))
    numeros = {code: rang for rang, code in enumerate(departements)}
    return _Communes(
        rangs=rangs,
        mere=mere,
        degres=np.where(np.isnan(degres), degres[mere], degres),
        habitants=np.array([max(ligne[5] or 0, 1) for ligne in lues], dtype=np.int64),
        departement=np.array([numeros[ligne[4]] for ligne in lues], dtype=np.int64),
        departements=departements,
    )


def _read_organismes(store: Store, departements: Sequence[str]) -> _Organismes:
    """Organismes of all sources, those that share a SIRET or a UAI told to be one établissement."""
    lus = list(store.rows(t.Organisme, ("id", "nom", "siret", "uai")))
    parent = list(range(len(lus)))

    def root(rang: int) -> int:
        while parent[rang] != rang:
            parent[rang] = rang = parent[parent[rang]]
        return rang

    vus: dict[str, int] = {}
    for rang, ligne in enumerate(lus):
        for cle in filter(None, ligne[2:4]):
            a, b = sorted((root(rang), root(vus.setdefault(cle, rang))))
            parent[b] = a
    etablissement = [root(rang) for rang in range(len(lus))]
    montre: dict[int, int] = {}
    for rang, (_, nom, _, uai) in enumerate(lus):
        # Some sources give the number of an établissement for its name.
        if not (uai and uai in nom):
            montre.setdefault(etablissement[rang], rang)
    numeros = {code: rang for rang, code in enumerate(departements)}
    debuts = [(ligne[3] or "")[:3] for ligne in lus]
    return _Organismes(
        rangs={ligne[0]: rang for rang, ligne in enumerate(lus)},
        etablissement=np.array(etablissement, dtype=np.int64),
        montre=np.array([montre.get(e, rang) for rang, e in enumerate(etablissement)], dtype=np.int64),
        departement=np.array([numeros.get(_UAI.get(d, d.removeprefix("0")), -1) for d in debuts], dtype=np.int64),
        fiches=[ligne[1:] for ligne in lus],
    )


def _read_rows(store: Store, communes: _Communes, organismes: _Organismes) -> _Lignes:
    identifiants, rangs = Textes(), dict[str, int]()
    liens, organisme = list[tuple[str | None, str | None]](), array("i")
    for ident, certification, cfd, code in store.rows(t.Formation, ("id", "certification", "cfd", "organisme")):
        rangs[ident] = len(liens)
        liens.append((certification, cfd))
        organisme.append(organismes.rangs.get(code, -1))
    dits = {dite: rang for dites in (VOIES, MODALITES) for rang, dite in enumerate(dites)}
    entiers, reels = array("i"), array("d")
    formations, seules = Textes(rangs), np.ones(len(liens), dtype=bool)
    noms = ("id", "formation", "voie", "modalite", "commune", "latitude", "longitude")
    for ident, parente, voie, modalite, code, latitude, longitude in store.rows(t.ActionFormation, noms):
        if (rang := rangs.get(parente)) is None:
            continue
        seules[rang] = False
        identifiants.append(ident)
        entiers.extend((rang, dits.get(voie, -1), dits.get(modalite, -1), communes.rangs.get(code, -1)))
        reels.extend((np.nan, np.nan) if latitude is None or longitude is None else (latitude, longitude))
    for rang in np.flatnonzero(seules).tolist():
        identifiants.append(formations[rang])
        entiers.extend((rang, -1, -1, -1))
        reels.extend((np.nan, np.nan))
    table = np.frombuffer(entiers, dtype=np.int32).reshape(-1, 4)
    return _Lignes(
        identifiants=identifiants,
        formations=formations,
        formation=table[:, 0].copy(),
        voie=table[:, 1].astype(np.int8),
        modalite=table[:, 2].astype(np.int8),
        degres=np.frombuffer(reels, dtype=np.float64).reshape(-1, 2),
        commune=table[:, 3].astype(np.int64),
        organisme=_take(np.frombuffer(organisme, dtype=np.int32), table[:, 0]).astype(np.int64),
        liens=liens,
    )


class _Lieux:
    """Where each row is, from the surest to the vaguest that is known."""

    def __init__(self, communes: _Communes, organismes: _Organismes, lignes: _Lignes) -> None:
        etablissement = _take(organismes.etablissement, lignes.organisme)
        self.commune, self.estimee = lignes.commune.copy(), np.zeros(len(lignes.commune), dtype=bool)
        self.precision = np.full(len(lignes.commune), _INCONNUE, dtype=np.int8)
        degres = np.where(
            np.isnan(lignes.degres), np.vstack([communes.degres, [np.nan] * 2])[self.commune], lignes.degres
        )
        connus = ~np.isnan(degres[:, 0])
        self.precision[connus] = np.where(np.isnan(lignes.degres[connus, 0]), _COMMUNE, _ACTION)
        self._name_communes(communes, degres, connus)
        uniques, inverse = np.unique(np.round(degres[connus], 5), axis=0, return_inverse=True)
        self.point = np.full(len(self.commune), -1, dtype=np.int64)
        self.point[connus] = inverse.ravel()
        self._follow(etablissement, connus)
        self.departement = _take(communes.departement, self.commune)
        par_uai = _take(organismes.departement, lignes.organisme)
        self.departement = np.where(self.departement < 0, par_uai, self.departement)
        centres = _centres(communes)
        vagues = (self.point < 0) & ~np.isnan(_take(centres[:, 0], self.departement, np.nan))
        self.precision[vagues] = _DEPARTEMENT
        self.point[vagues] = len(uniques) + self.departement[vagues]
        points = np.vstack([np.pad(uniques, ((0, 0), (0, 2))), np.nan_to_num(centres)]).T
        radians = np.radians(points[:2])
        self.nulle_part = points.shape[1]
        self.point[self.point < 0] = self.nulle_part
        self.points: Reels = np.vstack([radians, np.cos(radians[:1]), points[2:]])

    def _name_communes(self, communes: _Communes, degres: Reels, connus: Entiers) -> None:
        """Give the points without commune the nearest one."""
        sans = np.flatnonzero(connus & (self.commune < 0))
        places = np.flatnonzero(~np.isnan(communes.degres[:, 0]) & (communes.mere == np.arange(len(communes.mere))))
        if sans.size and places.size:
            from scipy.spatial import KDTree  # noqa: PLC0415 (only where the offer is read anew)

            _, proches = KDTree(_on_sphere(communes.degres[places])).query(_on_sphere(degres[sans]))
            self.commune[sans], self.estimee[sans] = places[proches], True

    def _follow(self, etablissement: Entiers, connus: Entiers) -> None:
        """Place the rows that say nothing where their établissement is most often told to be, published towns first."""
        surs = np.flatnonzero(connus & (etablissement >= 0))
        cles = np.stack([etablissement[surs], self.point[surs], self.estimee[surs]], axis=1)
        cles, exemples, nombres = np.unique(cles, axis=0, return_index=True, return_counts=True)
        ordre = np.lexsort((nombres, -cles[:, 2], cles[:, 0]))
        exemple = np.full(etablissement.max(initial=0) + 1, -1, dtype=np.int64)
        # The last write wins: the surest place of each établissement is written last.
        exemple[cles[ordre, 0]] = surs[exemples[ordre]]
        sources = _take(exemple, etablissement)
        perdus = np.flatnonzero(~connus & (self.commune < 0) & (sources >= 0))
        for valeurs in (self.point, self.commune, self.estimee):
            valeurs[perdus] = valeurs[sources[perdus]]
        self.precision[perdus] = _ETABLISSEMENT


def _on_sphere(degres: Reels) -> Reels:
    phi, lam = np.radians(degres).T
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)


def _centres(communes: _Communes) -> Reels:
    """Of each département: mean point of its inhabitants, farthest commune, quadratic mean distance; NaN unknown."""
    centres = np.full((len(communes.departements), 4), np.nan)
    connues = ~np.isnan(communes.degres[:, 0])
    for rang in np.unique(communes.departement[connues]).tolist():
        siennes = connues & (communes.departement == rang)
        degres, habitants = communes.degres[siennes], communes.habitants[siennes]
        centre = np.average(degres, axis=0, weights=habitants)
        km = 2 * RAYON_TERRE_KM * np.arcsin(np.linalg.norm(_on_sphere(degres) - _on_sphere(centre[None]), axis=1) / 2)
        centres[rang] = (*centre, km.max(), np.sqrt(np.average(km**2, weights=habitants)))
    return centres


def _group(communes: _Communes, organismes: _Organismes, lignes: _Lignes, lieux: _Lieux) -> tuple[Entiers, Entiers]:
    """Number of the group of each row (same organisme, same commune or at a distance), and the first row of each."""
    etablissement = _take(organismes.etablissement, lignes.organisme)
    mere = _take(communes.mere, lieux.commune)
    par_nom: dict[tuple[int, str], set[int]] = defaultdict(set)
    paires = np.unique(np.stack([mere, lignes.organisme], axis=1)[(mere >= 0) & (lignes.organisme >= 0)], axis=0)
    for commune, organisme in paires.tolist():
        par_nom[commune, fold(organismes.fiches[organisme][0])].add(organisme)
    qui = etablissement * (len(communes.mere) + 2) + np.where(lignes.modalite == DISTANCE, -2, mere) + 2
    for (commune, _), homonymes in par_nom.items():
        siens = {int(organismes.etablissement[o]) for o in homonymes}
        # Two SIRET, or two UAI, are two organismes, whatever their names.
        cles = zip(*(organismes.fiches[o][1:] for o in homonymes), strict=True)
        if len(siens) > 1 and all(len(set(valeurs) - {None}) <= 1 for valeurs in cles):
            for autre in siens:
                qui[(etablissement == autre) & (mere == commune)] += (min(siens) - autre) * (len(communes.mere) + 2)
    seules = lignes.organisme < 0
    # Without organisme, nothing tells two rows to be one.
    qui[seules] = -2 - lignes.formation[seules].astype(np.int64)
    _, premiers, groupe = np.unique(qui, return_index=True, return_inverse=True)
    return groupe.ravel().astype(np.int32), premiers


def _link(store: Store, lignes: _Lignes, groupe: Entiers) -> tuple[dict[t.NumeroFiche, int], Entiers, Entiers]:
    """Rows of each certification, by its own number or through the CFD of the diploma."""
    par_cfd: dict[str, list[str]] = defaultdict(list)
    for numero, cfd in store.rows(t.CertificationDiplome, ("numero", "cfd")):
        par_cfd[cfd].append(numero)
    numeros: dict[t.NumeroFiche, int] = {}
    formations, certifications = array("i"), array("i")
    for rang, (certification, cfd) in enumerate(lignes.liens):
        for numero in (certification,) if certification else par_cfd.get(cfd or "", ()):
            formations.append(rang)
            certifications.append(numeros.setdefault(t.NumeroFiche(numero), len(numeros)))
    par_formation = np.argsort(lignes.formation, kind="stable")
    bornes = np.searchsorted(lignes.formation[par_formation], np.arange(len(lignes.liens) + 1))
    qui = np.frombuffer(formations, dtype=np.int32)
    rangees = par_formation[spread(bornes[qui], bornes[qui + 1])]
    quoi = np.repeat(np.frombuffer(certifications, dtype=np.int32), bornes[qui + 1] - bornes[qui])
    ordre = np.lexsort((rangees, groupe[rangees], quoi))
    debuts = np.searchsorted(quoi[ordre], np.arange(len(numeros) + 1))
    return numeros, debuts, rangees[ordre].astype(np.int32)


def spread(debuts: Entiers, fins: Entiers) -> Entiers:
    """All the integers of several intervals [debut, fin[, one interval after the other."""
    tailles = fins - debuts
    return np.repeat(fins - np.cumsum(tailles), tailles) + np.arange(tailles.sum())


def _read_sessions(store: Store, identifiants: Textes) -> Entiers:
    lues = [(action, debut) for action, debut in store.rows(t.SessionFormation, ("action", "debut")) if debut]
    rangs = {identifiants[rang]: rang for rang in range(len(identifiants))} if lues else {}
    connues = [(rangs[action], date.fromisoformat(debut).toordinal()) for action, debut in lues if action in rangs]
    jours = np.array([rang * PAS_SESSION + jour for rang, jour in connues], dtype=np.int64)
    return np.append(np.unique(jours), np.iinfo(np.int64).max)
