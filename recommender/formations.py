"""The nearest formations that lead to given certifications, neutral between organismes."""

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypeVar

import numpy as np

from recommender import offre
from recommender.offre import DISTANCE, PAS_SESSION, VOIES, Colonnes, Entiers, Precision, spread
from recommender.tables import Lues, Textes
from referentiels import types as t
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError
from referentiels.store import Store
from referentiels.voisinage import RAYON_TERRE_KM

T = TypeVar("T")
Tri = Literal["distance", "debut", "voie"]
Position = tuple[float, float]
_Lues = Mapping[str, t.Formation]
DECIMALES_POIDS = 1
"""Weights of certifications that differ by less do not outrank a shorter way."""
_DEDANS, _AILLEURS, _NULLE_PART = 0, 1, 31
"""Within the radius (or at a distance); elsewhere, by rings each twice as far, lest a little more covered send someone
across the country (a département known alone is elsewhere); nowhere known."""
_ZONE, _COUVERTURE, _DEBUT = 42, 27, 15
"""Places of the parts of a key in its bits, below them the kilometres."""
_VOIE: dict[Tri, int] = {"distance": 39, "debut": 39, "voie": 47}
_SANS_DEBUT, _SANS_KM, _PALIERS = (1 << 12) - 1, (1 << 15) - 1, 1 << 12


@dataclass(frozen=True, slots=True)
class FormationTrouvee:
    """One way to a certification, by one organisme in one commune, from all the sources that publish it."""

    identifiant: str
    """Of the action, or of a formation without action."""
    formation: str
    intitule: str
    certification: t.NumeroFiche
    couverture: float
    """Weight of the certification, as asked; 1 when no weights were given."""
    organisme: str | None
    code_commune: t.CodeCommune | None
    commune: str | None
    commune_estimee: bool
    """True when the source gives a point only: the commune is the nearest one."""
    code_departement: t.CodeDepartement | None
    departement: str | None
    voie: t.Voie | None
    voies: tuple[t.Voie, ...]
    """All the voies published for this organisme, commune and certification."""
    modalite: t.Modalite | None
    distance_km: float | None
    """As the crow flies; None at a distance, and where only the département is known, or nothing."""
    precision: Precision
    """What the distance is measured to."""
    hors_rayon: bool
    """True when it certainly lies beyond the radius."""
    hors_voie: bool
    """True when its voie is known and is none of those asked."""
    debut: date | None
    """Next session from the day asked."""
    duree_heures: int | None
    url: str | None
    sources: tuple[str, ...]
    identifiants: tuple[str, ...]
    """Of every formation found to be this one, in order."""
    demonstration: bool

    @property
    def distance(self) -> str:
        """The distance in French words, or why there is none."""
        if self.modalite == "distance":
            return "à distance"
        if self.distance_km is None:
            if self.commune:
                return "distance non calculée"
            return f"dans le département ({self.departement})" if self.departement else "lieu non renseigné"
        return f"à {round(self.distance_km)} km à vol d'oiseau" if self.distance_km >= 1 else "à moins de 1 km"


@dataclass(frozen=True, slots=True)
class FormationsTrouvees:
    """The first formations, and what the list does not show."""

    formations: tuple[FormationTrouvee, ...]
    total: int
    """Distinct formations that lead to the certifications, before the limit."""
    elargi: bool
    """True when none is known within the radius nor given at a distance: the list goes beyond."""
    remarque: str | None
    """What a person should know of this list, in French."""


@dataclass(frozen=True, slots=True)
class _Candidates:
    """N links to the certifications asked, each row once, the links of one result side by side."""

    liens: Entiers
    certification: Entiers
    """Position in the certifications, best weight first."""
    debuts: Entiers
    """First position of each result."""
    numeros: tuple[t.NumeroFiche, ...]
    poids: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Constat:
    certification: t.NumeroFiche
    poids: float
    km: float
    hors_rayon: bool


@dataclass(frozen=True, slots=True)
class Carte:
    """P points as one person sees them, then what is nowhere known, then what is at a distance."""

    km: Entiers
    cle: Entiers
    """Zone and whole kilometres."""
    hors_rayon: Entiers


class Offre:
    """All the formations of a catalogue, ready to be ranked for anyone; immutable, safe from any thread.

    Args:
        store: Read for the names of what is shown, and for nothing else.
        colonnes: The offer.
    """

    def __init__(self, store: Store, colonnes: Colonnes) -> None:
        self.colonnes = colonnes
        self._store = store
        self._noms: dict[tuple[type[Any], int], Any] = {}
        self._carte: tuple[tuple[Position | None, float], Carte] | None = None

    @classmethod
    def of(cls, catalogue: Catalogue, tables: Lues | None = None) -> "Offre":
        """The offer of a catalogue: what `Colonnes.write` made of it, or read whole, once."""
        return cls(catalogue.store, Colonnes.read(tables) if tables else offre.build_columns(catalogue.store))

    def __len__(self) -> int:
        """Number of actions (a formation without action counts for one)."""
        return len(self.colonnes.identifiants)

    def near(
        self,
        certifications: Sequence[t.NumeroFiche],
        *,
        position: Position | None,
        rayon_km: float,
        jour: date,
        limite: int = 5,
        voies: Collection[t.Voie] = (),
        tri: Tri = "distance",
        poids: Mapping[t.NumeroFiche, float] | None = None,
        decimales: int = DECIMALES_POIDS,
    ) -> FormationsTrouvees:
        """The formations that lead to certifications: nothing is left out, only ranked.

        Within the radius first, then elsewhere (where the département alone is known, at the quadratic mean distance of
        its inhabitants), then nowhere known; the voies asked first (`tri` "voie": even before the radius, in their
        order when it has one); then by coverage, then as asked. What stays equal, to the kilometre, is drawn by the
        day and the identifier, so that no organisme is always first. A formation at a distance takes the place of one
        within the radius, drawn the same way: neither ahead nor behind. Several sources of one formation make one
        result.

        Args:
            certifications: Unknown ones lead nowhere; of two that one formation leads to, the heavier counts, then the
                first named.
            position: Latitude and longitude in degrees; None when the person gave no place.
            rayon_km: Great-circle distance; `math.inf` for none.
            jour: Of the draw, and from which sessions are looked for.
            limite: Results wanted at most.
            voies: Preferred; an action whose voie is unknown comes between.
            tri: What ranks formations of the same coverage.
            poids: Share of what is missing that each certification covers; those not named weigh 0.
            decimales: To which weights are rounded before they rank.

        Raises:
            InvalidInputError: The position is not on the globe, the radius no distance, the limit or a weight negative.
        """
        demande = _Demande(position, rayon_km, jour, voies, tri)
        demande.check(limite, poids)
        candidates, carte = self._gather(certifications, poids), self.chart(position, rayon_km)
        total = len(candidates.debuts)
        if not total or not limite:
            return FormationsTrouvees((), total, elargi=False, remarque=None)
        cle = self._key(candidates, carte, demande, decimales)
        premieres = self._first(candidates, cle, jour, limite)
        zones = (cle >> _ZONE) & _NULLE_PART
        elargi, ailleurs = position is not None and bool(zones.min() > _DEDANS), bool(zones.min() < _NULLE_PART)
        formations = self._show(candidates, cle, carte, premieres, demande)
        return FormationsTrouvees(formations, total, elargi, _remark(rayon_km, ailleurs) if elargi else None)

    def _first(self, candidates: _Candidates, cle: Entiers, jour: date, limite: int) -> Sequence[int]:
        meilleures = np.minimum.reduceat(cle, candidates.debuts)
        retenues = np.arange(len(meilleures))
        if len(meilleures) > limite:  # only what may be shown is drawn
            retenues = np.flatnonzero(meilleures <= np.partition(meilleures, limite - 1)[limite - 1])
        tirage = self.draw(self.colonnes.lignes[candidates.liens[candidates.debuts[retenues]]], jour)
        premieres: list[int] = retenues[np.lexsort((tirage, meilleures[retenues]))[:limite]].tolist()
        return premieres

    def _gather(
        self, certifications: Sequence[t.NumeroFiche], poids: Mapping[t.NumeroFiche, float] | None
    ) -> _Candidates:
        c = self.colonnes
        connues = {n: rang for n in certifications if (rang := c.certifications.get(n)) is not None}
        numeros, valeurs = list(connues), dict.fromkeys(connues, 1.0)
        if poids is not None:
            valeurs = {n: float(poids.get(n, 0.0)) for n in numeros}
            numeros.sort(key=lambda n: -valeurs[n])
        rangs = np.array([connues[n] for n in numeros], dtype=np.int64)
        debuts, fins = c.debuts[rangs], c.debuts[rangs + 1]
        liens = spread(debuts, fins)
        certification = np.repeat(np.arange(len(numeros), dtype=np.int32), fins - debuts)
        partages = np.flatnonzero(c.partagee[liens])
        if partages.size:
            # A row met under several certifications stays under the first: the last write wins, so write backwards.
            lignes, retenue = c.lignes[liens[partages]], np.empty(len(self), dtype=np.int64)
            retenue[lignes[::-1]] = partages[::-1]
            garde = np.ones(len(liens), dtype=bool)
            garde[partages] = retenue[lignes] == partages
            liens, certification = liens[garde], certification[garde]
        groupe = c.groupe[c.lignes[liens]]
        nouveau = np.ones(len(liens), dtype=bool)
        nouveau[1:] = (groupe[1:] != groupe[:-1]) | (certification[1:] != certification[:-1])
        return _Candidates(
            liens, certification, np.flatnonzero(nouveau), tuple(numeros), tuple(valeurs[n] for n in numeros)
        )

    def _key(self, candidates: _Candidates, carte: Carte, demande: "_Demande", decimales: int) -> Entiers:
        """What each candidate is ranked by, smallest first."""
        c, liens = self.colonnes, candidates.liens
        places = c.place[c.lignes[liens]]
        cle, distantes = carte.cle[places], np.flatnonzero(places == len(carte.km) - 1)
        if distantes.size and (proches := cle[(cle < 1 << _ZONE) & (places < len(carte.km) - 1)]).size:
            tirage = self.draw(c.lignes[liens[distantes]], demande.jour) / np.float64(2**64)
            cle[distantes] = proches[np.minimum(tirage * proches.size, proches.size - 1).astype(np.int64)]
        if demande.voies:
            cle |= demande.voie_ranks()[c.voie[c.lignes[liens]]] << _VOIE[demande.tri]
        if len(set(candidates.poids)) > 1:
            paliers = np.unique(-np.round(candidates.poids, decimales), return_inverse=True)[1].ravel()
            cle |= np.minimum(paliers, _PALIERS - 1)[candidates.certification] << _COUVERTURE
        if demande.tri == "debut":
            jours = self.next_sessions(c.lignes[liens], demande.jour) - demande.jour.toordinal()
            cle |= np.where(jours < 0, _SANS_DEBUT, np.minimum(jours, _SANS_DEBUT - 1)) << _DEBUT
        return cle

    def draw(self, lignes: Entiers, jour: date) -> Entiers:
        """64 bits for the group of each row, others each day (finalizer of SplitMix64, Steele et al. 2014)."""
        graine = np.frombuffer(hashlib.sha256(jour.isoformat().encode()).digest()[:8], dtype=">u8").astype(np.uint64)
        tirage: Entiers = self.colonnes.melange[self.colonnes.groupe[lignes]] ^ graine
        tirage = (tirage ^ (tirage >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        tirage = (tirage ^ (tirage >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(tirage ^ (tirage >> np.uint64(31)))

    def chart(self, position: Position | None, rayon_km: float) -> Carte:
        """What lies where; the last chart is kept, one person asks often."""
        if self._carte is not None and self._carte[0] == (position, rayon_km):
            return self._carte[1]
        phis, lams, cosinus, marges, ecarts = self.colonnes.points
        km, zone = np.zeros(len(phis) + 2, dtype=np.float64), np.zeros(len(phis) + 2, dtype=np.int64)
        hors_rayon = np.zeros(len(km), dtype=bool)
        if position is not None:
            phi, lam = math.radians(position[0]), math.radians(position[1])
            corde = np.sin((phis - phi) / 2) ** 2 + math.cos(phi) * cosinus * np.sin((lams - lam) / 2) ** 2
            droit = 2 * RAYON_TERRE_KM * np.arcsin(np.sqrt(np.minimum(corde, 1.0)))
            hors_rayon[:-2] = droit - marges > rayon_km
            anneaux = _AILLEURS + np.log2(np.maximum(droit / max(rayon_km, 1.0), 1.0)).astype(np.int64)
            zone[:-2] = np.where((droit <= rayon_km) & (marges == 0), _DEDANS, anneaux)
            km[:-2] = np.hypot(droit, ecarts)
            zone[-2], km[-2] = _NULLE_PART, _SANS_KM
        carte = Carte(km, (zone << _ZONE) | np.round(km).astype(np.int64), hors_rayon)
        self._carte = ((position, rayon_km), carte)
        return carte

    def next_sessions(self, lignes: Entiers, jour: date) -> Entiers:
        """Day number of the next session of each row, -1 without."""
        sessions = self.colonnes.sessions
        lignes = lignes.astype(np.int64)
        suivantes = sessions[np.searchsorted(sessions, lignes * PAS_SESSION + jour.toordinal())]
        return np.where(suivantes // PAS_SESSION == lignes, suivantes % PAS_SESSION, -1)

    def _show(
        self, candidates: _Candidates, cle: Entiers, carte: Carte, resultats: Sequence[int], demande: "_Demande"
    ) -> tuple[FormationTrouvee, ...]:
        c = self.colonnes
        fins = np.append(candidates.debuts, len(candidates.liens))
        membres = [range(int(fins[r]), int(fins[r + 1])) for r in resultats]
        lignes = [c.lignes[candidates.liens[m.start : m.stop]] for m in membres]
        codes = {c.formations[f] for siennes in lignes for f in c.formation[siennes].tolist()}
        lues = {f.id: f for f in self._store.select(t.Formation, id=codes)}
        montrees = []
        for m, siennes in zip(membres, lignes, strict=True):
            choisi = m.start + int(np.argmin(cle[m.start : m.stop]))
            place, rang = int(c.place[c.lignes[candidates.liens[choisi]]]), int(candidates.certification[choisi])
            distance = float(carte.km[place]), bool(carte.hors_rayon[place])
            constat = _Constat(candidates.numeros[rang], candidates.poids[rang], *distance)
            montrees.append(self._show_one(siennes, choisi - m.start, constat, lues, demande))
        return tuple(montrees)

    def _show_one(
        self, lignes: Entiers, choisi: int, constat: _Constat, lues: _Lues, demande: "_Demande"
    ) -> FormationTrouvee:
        c, ligne = self.colonnes, int(lignes[choisi])
        formations = [lues[c.formations[f]] for f in c.formation[lignes].tolist()]
        formation, voies = formations[choisi], c.voie[lignes].tolist()
        commune = self.named(t.Commune, "code", c.communes, int(c.commune[ligne]))
        organisme = self.named(t.Organisme, "id", c.organismes, int(c.organisme[ligne]))
        departement = self.named(t.Departement, "code", c.departements, int(c.departement[ligne]))
        precision, modalite = offre.PRECISIONS[c.precision[ligne]], int(c.modalite[ligne])
        mesuree = demande.position is not None and modalite != DISTANCE and precision not in ("departement", "inconnue")
        sessions = [jour for jour in self.next_sessions(lignes, demande.jour).tolist() if jour >= 0]
        return FormationTrouvee(
            identifiant=c.identifiants[ligne],
            formation=formation.id,
            intitule=formation.intitule,
            certification=constat.certification,
            couverture=constat.poids,
            organisme=organisme.nom if organisme else None,
            code_commune=commune.code if commune else None,
            commune=commune.nom if commune else None,
            commune_estimee=bool(c.estimee[ligne]),
            code_departement=departement.code if departement else None,
            departement=departement.nom if departement else None,
            voie=VOIES[voies[choisi]] if voies[choisi] >= 0 else None,
            voies=tuple(VOIES[v] for v in sorted(set(voies)) if v >= 0),
            modalite=offre.MODALITES[modalite] if modalite >= 0 else None,
            distance_km=round(constat.km, 1) if mesuree else None,
            precision=precision,
            hors_rayon=constat.hors_rayon,
            hors_voie=bool(demande.voies) and voies[choisi] >= 0 and VOIES[voies[choisi]] not in demande.voies,
            debut=date.fromordinal(min(sessions)) if sessions else None,
            duree_heures=formation.duree_heures,
            url=next((f.url for f in (formation, *formations) if f.url), None),
            sources=tuple(sorted({f.source for f in formations})),
            identifiants=tuple(sorted({f.id for f in formations})),
            demonstration=all(f.demonstration for f in formations),
        )

    def named(self, nature: type[T], cle: str, codes: Textes | Sequence[str], rang: int) -> T | None:
        """What bears a code, read at its first showing."""
        if rang < 0:
            return None
        if (nature, rang) not in self._noms:
            self._noms[nature, rang] = next(iter(self._store.select(nature, **{cle: codes[rang]})), None)
        nomme: T | None = self._noms[nature, rang]
        return nomme


@dataclass(frozen=True, slots=True)
class _Demande:
    position: Position | None
    rayon_km: float
    jour: date
    voies: Collection[t.Voie]
    tri: Tri

    def check(self, limite: int, poids: Mapping[t.NumeroFiche, float] | None) -> None:
        """Refuse what has no meaning; see `Offre.near`."""
        if self.position is not None:
            latitude, longitude = self.position
            if not (abs(latitude) <= 90 and abs(longitude) <= 180):
                raise InvalidInputError("coordonnées hors du globe (latitude, longitude en degrés).", champ="position")
        if not self.rayon_km >= 0:
            raise InvalidInputError("le rayon doit être un nombre de kilomètres, positif ou nul.", champ="rayon_km")
        if limite < 0:
            raise InvalidInputError("le nombre de formations voulues ne peut pas être négatif.", champ="limite")
        if poids is not None and not all(math.isfinite(p) and p >= 0 for p in poids.values()):
            raise InvalidInputError("un poids est un nombre positif ou nul.", champ="poids")

    def voie_ranks(self) -> Entiers:
        """Rank of each voie, in the order of VOIES, then of the unknown one: asked, unknown, others."""
        if not self.voies:
            return np.zeros(len(VOIES) + 1, dtype=np.int64)
        # Only `tri` "voie" tells one asked from another, and only where they come in an order.
        ordonnees = self.tri == "voie" and isinstance(self.voies, Sequence)
        demandees = list(dict.fromkeys(self.voies))
        rangs = {v: n if ordonnees else 0 for n, v in enumerate(demandees)}
        inconnue = max(rangs.values()) + 1
        return np.array([*(rangs.get(v, inconnue + 1) for v in VOIES), inconnue], dtype=np.int64)


def _remark(rayon_km: float, ailleurs: bool) -> str:
    if not ailleurs:
        return "Les sources ne disent pas où ont lieu ces formations."
    return (
        f"Aucune formation n'est connue à moins de {rayon_km:g} km à vol d'oiseau : "
        "voici les plus proches de celles qui existent au-delà ou dont le lieu est mal connu."
    )
