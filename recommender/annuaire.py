"""The formation offer as a list to walk through: near a place, by certification, by words, each formation once."""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from recommender.formations import Carte, Offre, Position
from recommender.offre import DISTANCE, MODALITES, PRECISIONS, VOIES, Entiers, Precision, spread
from referentiels import types as t
from referentiels.cellules import fold
from referentiels.errors import UnknownCodeError
from referentiels.store import Store

Tri = Literal["distance", "nom"]
_DEDANS = 1 << 42
"""Keys of `Carte` below this are within the radius."""
_ACTIONS_MAX = 50


@dataclass(frozen=True, slots=True)
class Demande:
    """What is looked for; what is None or empty leaves nothing out."""

    jour: date
    """Of the draw between equals, and from which sessions are looked for."""
    certifications: Collection[t.NumeroFiche] | None = None
    texte: str = ""
    intitules: Collection[str] | None = None
    """Identifiers of formations whose titles are looked for, whoever teaches them."""
    position: Position | None = None
    rayon_km: float = 30.0
    voies: Collection[t.Voie] = ()
    tri: Tri = "distance"


@dataclass(frozen=True, slots=True)
class Fiche:
    """One formation of the list: one organisme in one commune, from all the sources that publish it."""

    identifiant: str
    """Of the action shown, or of a formation without action."""
    intitule: str
    niveau: int | None
    certifications: tuple[t.NumeroFiche, ...]
    organisme: str | None
    code_commune: t.CodeCommune | None
    commune: str | None
    code_departement: t.CodeDepartement | None
    departement: str | None
    voies: tuple[t.Voie, ...]
    modalite: t.Modalite | None
    distance_km: float | None
    """As the crow flies; None without a place asked, at a distance, and where it is not known precisely enough."""
    precision: Precision
    dans_rayon: bool | None
    """None without a place asked."""
    debut: date | None
    """Next session from the day asked."""
    duree_heures: int | None
    url: str | None
    sources: tuple[str, ...]
    identifiants: tuple[str, ...]
    """Of every formation found to be this one, in order."""
    demonstration: bool


@dataclass(frozen=True, slots=True)
class Origine:
    """What one source publishes of a formation."""

    formation: t.Formation
    actions: tuple[t.ActionFormation, ...]
    sessions: tuple[t.SessionFormation, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """One formation, source by source."""

    fiche: Fiche
    origines: tuple[Origine, ...]
    autres_lieux: tuple[str, ...]
    """The same formation of the same source in other communes: one identifier each."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some formations of a list, and what was relaxed so that it is not empty."""

    fiches: tuple[Fiche, ...]
    total: int
    au_dela: int
    """How many more answer but lie beyond the radius, or where nothing tells precisely."""
    rayon_leve: bool
    voies_levees: bool


class Annuaire:
    """Every formation of an offer, once; immutable, safe from any thread.

    Two rows are one formation when the same organisme gives, in the same commune, the same certification or title.

    Args:
        offre: The rows, and which belong to one organisme in one commune.
        store: Read for the titles, and for the names of what is shown.
    """

    def __init__(self, offre: Offre, store: Store) -> None:
        self._offre, self._store = offre, store
        c = offre.colonnes
        plies = {intitule: fold(intitule) for (intitule,) in store.rows(t.Formation, ("intitule",))}
        titres = sorted(set(plies.values()))
        rangs = {titre: rang for rang, titre in enumerate(titres)}
        self._titres = [f" {titre}" for titre in titres]
        lus = [rangs[plies[intitule]] for (intitule,) in store.rows(t.Formation, ("intitule",))]
        self._titre: Entiers = np.array(lus, dtype=np.int32)
        """Rank of the title of each formation, in alphabetical order."""
        self._certification = np.repeat(np.arange(len(c.certifications), dtype=np.int32), np.diff(c.debuts))
        self._unite = self._join()
        self._ordre = np.argsort(self._unite, kind="stable").astype(np.int32)
        self._bornes = np.searchsorted(self._unite[self._ordre], np.arange(self._unite.max(initial=-1) + 2))
        self._par_ligne = np.argsort(c.lignes, kind="stable").astype(np.int32)
        self._lignes_triees = c.lignes[self._par_ligne]
        self._numeros = tuple(c.certifications)

    def __len__(self) -> int:
        """Number of distinct formations."""
        return len(self._bornes) - 1

    def _join(self) -> Entiers:
        """Number of the formation that each row belongs to."""
        c, lignes = self._offre.colonnes, len(self._offre)
        groupe = c.groupe.astype(np.int64)
        titres = groupe * (len(self._titres) + 1) + self._titre[c.formation]
        certifiees = groupe[c.lignes] * (len(c.certifications) + 1) + self._certification
        _, par_titre = np.unique(titres, return_inverse=True)
        _, par_certification = np.unique(certifiees, return_inverse=True)
        debut = lignes + par_titre.max(initial=-1) + 1
        qui = np.concatenate([np.arange(lignes), c.lignes])
        quoi = np.concatenate([lignes + par_titre.ravel(), debut + par_certification.ravel()])
        taille = int(max(qui.max(initial=-1), quoi.max(initial=-1))) + 1
        graphe = coo_matrix((np.ones(len(qui), dtype=np.int8), (qui, quoi)), shape=(taille, taille))
        _, unites = connected_components(graphe, directed=False)
        _, compactes = np.unique(unites[:lignes], return_inverse=True)
        return compactes.ravel().astype(np.int32)

    def find(self, demande: Demande, debut: int, limite: int) -> Page:
        """A stretch of the list; the same question on the same day gives the same order.

        Where nothing lies within the radius, the list goes beyond; where nothing is given by the voies asked, it shows
        the others. What is asked about (certification, words) is never replaced.

        Args:
            demande: What is looked for.
            debut: Rank of the first formation wanted.
            limite: Formations wanted at most.
        """
        c = self._offre.colonnes
        sujet = self._subject(demande)
        carte = self._offre.chart(demande.position, demande.rayon_km)
        dedans = carte.cle[c.place] < _DEDANS if demande.position is not None else None
        voies = np.isin(c.voie, [VOIES.index(v) for v in demande.voies]) if demande.voies else None
        for sans_rayon, sans_voie in ((False, False), (True, False), (False, True), (True, True)):
            masque = sujet.copy()
            if voies is not None and not sans_voie:
                masque &= voies
            larges = np.unique(self._unite[masque]).size
            if dedans is not None and not sans_rayon:
                masque &= dedans
            if masque.any():
                break
        unites, choisies, rangs = self._best(np.flatnonzero(masque), demande, carte)
        ordre = np.argsort(rangs)[debut : debut + limite]
        choix = list(zip(unites[ordre].tolist(), choisies[ordre].tolist(), strict=True))
        return Page(
            fiches=self._show(choix, demande, carte) if choix else (),
            total=len(unites),
            au_dela=larges - len(unites),
            rayon_leve=dedans is not None and sans_rayon and bool(len(unites)),
            voies_levees=voies is not None and sans_voie and bool(len(unites)),
        )

    def read(self, identifiant: str, jour: date) -> Detail:
        """One formation and all that its sources publish of it.

        Args:
            identifiant: Of an action or of a formation, from any source.
            jour: From which the next session is looked for.

        Raises:
            UnknownCodeError: There is no such formation.
        """
        actions = self._store.select(t.ActionFormation, id=identifiant)
        rang = self._rank(actions[0].formation if actions else identifiant)
        if rang is None:
            raise UnknownCodeError("formation", identifiant[:80])
        c = self._offre.colonnes
        lignes = np.flatnonzero(c.formation == rang)
        ligne = next((n for n in lignes.tolist() if c.identifiants[n] == identifiant), int(lignes[0]))
        unite = int(self._unite[ligne])
        demande = Demande(jour)
        [fiche] = self._show([(unite, ligne)], demande, self._offre.chart(None, demande.rayon_km))
        ailleurs = {int(u): n for n, u in zip(lignes.tolist(), self._unite[lignes].tolist(), strict=True) if u != unite}
        return Detail(
            fiche,
            self._origins(fiche.identifiants, {c.identifiants[n] for n in self.rows_of(unite).tolist()}),
            tuple(c.identifiants[n] for n in sorted(ailleurs.values())),
        )

    def _origins(self, codes: Sequence[str], siennes: Collection[str]) -> tuple[Origine, ...]:
        formations = self._store.select(t.Formation, id=codes)
        actions = [a for a in self._store.select(t.ActionFormation, formation=codes) if a.id in siennes]
        sessions = self._store.select(t.SessionFormation, action=[a.id for a in actions]) if actions else ()
        return tuple(
            Origine(
                f,
                tuple(a for a in actions if a.formation == f.id)[:_ACTIONS_MAX],
                tuple(s for s in sessions if any(a.id == s.action and a.formation == f.id for a in actions)),
            )
            for f in formations
        )

    def _subject(self, demande: Demande) -> Entiers:
        """Rows that teach what is asked about."""
        c = self._offre.colonnes
        masque = np.ones(len(self._offre), dtype=bool)
        if demande.certifications is not None:
            rangs = np.array(
                [r for n in demande.certifications if (r := c.certifications.get(n)) is not None], dtype=int
            )
            siennes = np.zeros(len(masque), dtype=bool)
            siennes[c.lignes[spread(c.debuts[rangs], c.debuts[rangs + 1])]] = True
            masque &= siennes
        if demande.texte.strip():
            debuts = [f" {mot}" for mot in fold(demande.texte).split()]
            portent = np.array([all(mot in titre for mot in debuts) for titre in self._titres], dtype=bool)
            masque &= portent[self._titre[c.formation]]
        if demande.intitules is not None:
            voulus = [self._titre[r] for code in demande.intitules if (r := self._rank(code)) is not None]
            masque &= np.isin(self._titre[c.formation], voulus)
        return masque

    def _best(self, lignes: Entiers, demande: Demande, carte: Carte) -> tuple[Entiers, Entiers, Entiers]:
        """Formations of some rows, the row of each that comes first, and the rank of that row."""
        c = self._offre.colonnes
        tirage = self._offre.draw(lignes, demande.jour)
        places = c.place[lignes]
        if demande.tri == "nom":
            cles = self._titre[c.formation[lignes]].astype(np.int64)
        else:
            cles = carte.cle[places].copy()
            distantes = np.flatnonzero(places == len(carte.km) - 1)
            proches = np.sort(cles[(cles < _DEDANS) & (places < len(carte.km) - 1)])
            if distantes.size and proches.size:
                # As in `Offre.near`: at a distance, neither ahead of those nearby nor behind.
                sorts = tirage[distantes] / np.float64(2**64) * proches.size
                cles[distantes] = proches[np.minimum(sorts, proches.size - 1).astype(np.int64)]
        ordre = np.lexsort((lignes, tirage, cles))
        unites, premiers = np.unique(self._unite[lignes][ordre], return_index=True)
        retenues = ordre[premiers]
        return unites, lignes[retenues], premiers

    def _show(self, choix: Sequence[tuple[int, int]], demande: Demande, carte: Carte) -> tuple[Fiche, ...]:
        """The cards of some formations, each by its number and the row to show; the store is read once for all."""
        c = self._offre.colonnes
        toutes = [self.rows_of(unite) for unite, _ in choix]
        codes = [tuple(sorted({c.formations[f] for f in c.formation[rows].tolist()})) for rows in toutes]
        lues = {f.id: f for f in self._store.select(t.Formation, id={code for lot in codes for code in lot})}
        return tuple(
            self._show_one(ligne, rows, [lues[code] for code in siens], demande, carte)
            for (_, ligne), rows, siens in zip(choix, toutes, codes, strict=True)
        )

    def _show_one(
        self, ligne: int, lignes: Entiers, formations: Sequence[t.Formation], demande: Demande, carte: Carte
    ) -> Fiche:
        c, offre = self._offre.colonnes, self._offre
        montree = next(f for f in formations if f.id == c.formations[int(c.formation[ligne])])
        commune = offre.named(t.Commune, "code", c.communes, int(c.commune[ligne]))
        organisme = offre.named(t.Organisme, "id", c.organismes, int(c.organisme[ligne]))
        departement = offre.named(t.Departement, "code", c.departements, int(c.departement[ligne]))
        precision, modalite, place = PRECISIONS[c.precision[ligne]], int(c.modalite[ligne]), int(c.place[ligne])
        situee = demande.position is not None
        mesuree = situee and modalite != DISTANCE and precision not in ("departement", "inconnue")
        sessions = [jour for jour in offre.next_sessions(lignes, demande.jour).tolist() if jour >= 0]
        return Fiche(
            identifiant=c.identifiants[ligne],
            intitule=montree.intitule,
            niveau=montree.niveau,
            certifications=self._certifications_of(lignes),
            organisme=organisme.nom if organisme else None,
            code_commune=commune.code if commune else None,
            commune=commune.nom if commune else None,
            code_departement=departement.code if departement else None,
            departement=departement.nom if departement else None,
            voies=tuple(VOIES[v] for v in sorted(set(c.voie[lignes].tolist())) if v >= 0),
            modalite=MODALITES[modalite] if modalite >= 0 else None,
            distance_km=round(float(carte.km[place]), 1) if mesuree else None,
            precision=precision,
            dans_rayon=bool(carte.cle[place] < _DEDANS) if situee else None,
            debut=date.fromordinal(min(sessions)) if sessions else None,
            duree_heures=montree.duree_heures,
            url=next((f.url for f in (montree, *formations) if f.url), None),
            sources=tuple(sorted({f.source for f in formations})),
            identifiants=tuple(f.id for f in formations),
            demonstration=all(f.demonstration for f in formations),
        )

    def _certifications_of(self, lignes: Entiers) -> tuple[t.NumeroFiche, ...]:
        debuts, fins = (np.searchsorted(self._lignes_triees, lignes, side=cote) for cote in ("left", "right"))
        rangs = self._certification[self._par_ligne[spread(debuts, fins)]]
        return tuple(sorted({self._numeros[rang] for rang in rangs.tolist()}))

    def rows_of(self, unite: int) -> Entiers:
        """Rows of a formation."""
        return self._ordre[self._bornes[unite] : self._bornes[unite + 1]]

    def _rank(self, code: str) -> int | None:
        """Rank of a formation; they are kept in the order of their identifiers."""
        textes = self._offre.colonnes.formations
        rang = bisect_left(textes, code)
        return rang if rang < len(textes) and textes[rang] == code else None
