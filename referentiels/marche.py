"""Figures about a métier at a place: the nearest scale that exists, declared, never merged."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from types import MappingProxyType

from referentiels.store import Store
from referentiels.types import (
    CodeRome,
    Commune,
    Indicateur,
    LibelleNomenclature,
    Mesure,
    Metier,
    Nomenclature,
    Passerelle,
    Serie,
)
from referentiels.types.cles import Maille

FRANCE = "FR"
_LIEUX_RETENUS = 512
_FINESSE: tuple[Nomenclature, ...] = ("rome_v4", "rome_v3", "fap2021", "fap2009_225", "fap2009_87")
"""Nomenclatures of objects, from the nearest to a ROME v4 métier to the widest."""


@dataclass(frozen=True, slots=True)
class Objet:
    """A code under which figures about a métier are published."""

    nomenclature: Nomenclature
    code: str
    herite: bool
    """True when it groups other métiers too."""
    estime: bool
    """True when the crosswalk that leads to it is not official."""


class Marche:
    """Reads the measures of a catalogue.

    Args:
        store: The tables.
        metiers: All the métiers, to know which share a ROME v3 parent.
        zones: Names of places by (maille, code).
    """

    def __init__(self, store: Store, metiers: Sequence[Metier], zones: Mapping[tuple[str, str], str]) -> None:
        self._store = store
        self._metiers = tuple(metiers)
        self._published = lru_cache(maxsize=_LIEUX_RETENUS)(self._read_published)
        self._zones = {**zones, ("national", FRANCE): "France"}
        self._intitules: dict[tuple[str, str], str] = {("rome_v4", m.code_rome): m.intitule for m in metiers}
        self._enfants: defaultdict[str, int] = defaultdict(int)
        for metier in metiers:
            self._enfants[metier.code_rome_parent] += 1

    @cached_property
    def series(self) -> MappingProxyType[str, Serie]:
        """All series by key."""
        return MappingProxyType({s.cle: s for s in self._store.all(Serie)})

    @cached_property
    def _amont(self) -> dict[tuple[Nomenclature, str], list[Passerelle]]:
        """Crosswalk links towards a code, for the nomenclatures that carry figures."""
        liens: dict[tuple[Nomenclature, str], list[Passerelle]] = defaultdict(list)
        for nomenclature in _FINESSE[2:]:
            for lien in self._store.select(Passerelle, nomenclature=nomenclature):
                liens[lien.nomenclature_cible, lien.code_cible].append(lien)
        return liens

    @cached_property
    def _libelles(self) -> dict[tuple[str, str], str]:
        """Labels of the objects that figures describe; a ROME v3 code has the label of its v4 namesake."""
        libelles = dict(self._intitules)
        libelles |= {("rome_v3", code): intitule for (_, code), intitule in self._intitules.items()}
        for nomenclature in _FINESSE[2:]:
            for x in self._store.select(LibelleNomenclature, nomenclature=nomenclature):
                libelles[x.nomenclature, x.code] = x.libelle
        return libelles

    def objets(self, metier: Metier) -> tuple[Objet, ...]:
        """The codes under which figures about a métier may be published, nearest first."""
        parent = metier.code_rome_parent
        objets = [
            Objet("rome_v4", metier.code_rome, herite=False, estime=False),
            Objet("rome_v3", parent, herite=self._enfants[parent] > 1, estime=False),
        ]
        for lien in self._amont.get(("rome_v3", parent), ()):
            objets.append(Objet(lien.nomenclature, lien.code, herite=True, estime=lien.nature == "estimee"))
            objets.extend(
                Objet(amont.nomenclature, amont.code, herite=True, estime=True)
                for amont in self._amont.get((lien.nomenclature, lien.code), ())
                if amont.nomenclature == "fap2021"
            )
        uniques = {(o.nomenclature, o.code): o for o in reversed(objets)}
        return tuple(sorted(uniques.values(), key=lambda o: (_FINESSE.index(o.nomenclature), o.code)))

    def indicateurs(self, metier: Metier, commune: Commune | None = None) -> tuple[Indicateur, ...]:
        """Figures about a métier, one for each series family, object and detail, at the nearest published scale.

        Args:
            metier: The métier.
            commune: Where the person is; the national scale alone without it.

        Returns:
            Sorted by indicator. A figure that describes a wider place or group than asked is marked `herite`; a
            secret or missing cell is shown as such only when no wider scale publishes one. Of several millésimes
            of one indicator by one producer, the newest.
        """
        lieux = places_of(commune)
        objets = {(o.nomenclature, o.code): o for o in self.objets(metier)}
        meilleures: dict[tuple[str, ...], tuple[tuple[bool, int, str], Indicateur]] = {}
        codes = sorted({o.code for o in objets.values()})
        for rang, (maille, territoire) in enumerate(lieux):
            for mesure in self._store.select(Mesure, objet=codes, territoire=territoire):
                serie = self.series[mesure.serie]
                objet = objets.get((serie.nomenclature, mesure.objet))
                if objet is None or mesure.maille != maille:
                    continue
                cle = (serie.indicateur, serie.source, serie.nomenclature, mesure.objet, mesure.detail)
                rangement = (mesure.statut == "publie", -rang, serie.millesime)
                if cle not in meilleures or rangement > meilleures[cle][0]:
                    meilleures[cle] = (rangement, self._figure(serie, mesure, objet, elargi=rang > 0))
        return _finest(indicateur for _, indicateur in meilleures.values())

    def across(self, nom: str, commune: Commune | None = None) -> dict[CodeRome, tuple[Indicateur, ...]]:
        """One indicator for all métiers, each at its nearest published scale; those without any figure are left out.

        Args:
            nom: Key of the indicator (« tension »).
            commune: Where the person is; the national scale alone without it.
        """
        lieux = [(rang, self._published(nom, maille, code)) for rang, (maille, code) in enumerate(places_of(commune))]
        trouves = {}
        for metier in self._metiers:
            figures = []
            for objet in self._objets_de[metier.code_rome]:
                cle = objet.nomenclature, objet.code
                vus = ((rang, publiees[cle]) for rang, publiees in lieux if cle in publiees)
                for rang, (serie, mesure) in islice(vus, 1):
                    figures.append(self._figure(serie, mesure, objet, elargi=rang > 0))
            if figures:
                trouves[metier.code_rome] = _finest(figures)
        return trouves

    @cached_property
    def _objets_de(self) -> dict[CodeRome, tuple[Objet, ...]]:
        return {metier.code_rome: self.objets(metier) for metier in self._metiers}

    def _read_published(
        self, nom: str, maille: Maille, territoire: str
    ) -> dict[tuple[Nomenclature, str], tuple[Serie, Mesure]]:
        """The figures of one indicator in one place, the newest millésime of each object."""
        codes = sorted({objet.code for objets in self._objets_de.values() for objet in objets})
        figures: dict[tuple[Nomenclature, str], tuple[Serie, Mesure]] = {}
        for mesure in self._store.select(Mesure, objet=codes, territoire=territoire) if codes else ():
            serie = self.series[mesure.serie]
            if serie.indicateur == nom and mesure.maille == maille and mesure.statut == "publie":
                cle = serie.nomenclature, mesure.objet
                if cle not in figures or serie.millesime > figures[cle][0].millesime:
                    figures[cle] = serie, mesure
        return figures

    def _figure(self, serie: Serie, mesure: Mesure, objet: Objet, *, elargi: bool) -> Indicateur:
        return Indicateur(
            indicateur=serie.indicateur,
            libelle=serie.libelle,
            valeur=mesure.valeur,
            statut=mesure.statut,
            unite=serie.unite,
            population=serie.population,
            detail=mesure.detail,
            maille=mesure.maille,
            territoire=mesure.territoire,
            millesime=serie.millesime,
            source=serie.source,
            producteur=serie.producteur,
            licence=serie.licence,
            objet=mesure.objet,
            libelle_objet=self._libelles.get((serie.nomenclature, mesure.objet), mesure.objet),
            libelle_territoire=self._zones.get((mesure.maille, mesure.territoire), mesure.territoire),
            nomenclature=serie.nomenclature,
            herite=objet.herite or elargi,
            estime=objet.estime,
            demonstration=serie.demonstration,
        )


def places_of(commune: Commune | None) -> tuple[tuple[Maille, str], ...]:
    """The places to which a commune belongs, nearest first, the whole country last."""
    if commune is None:
        return (("national", FRANCE),)
    chaine: list[tuple[Maille, str | None]] = [
        ("commune", commune.code),
        ("bassin", commune.code_bassin),
        ("zone_emploi", commune.code_zone_emploi),
        ("departement", commune.code_departement),
        ("region", commune.code_region),
        ("national", FRANCE),
    ]
    return tuple((maille, code) for maille, code in chaine if code)


def _finest(indicateurs: Iterable[Indicateur]) -> tuple[Indicateur, ...]:
    """Of one indicator by one source, the figures of the finest nomenclature that publishes some."""
    familles: dict[tuple[str, str, str], list[Indicateur]] = defaultdict(list)
    for indicateur in indicateurs:
        familles[indicateur.indicateur, indicateur.source, indicateur.detail].append(indicateur)
    gardes: list[Indicateur] = []
    for famille in familles.values():
        publies = [i for i in famille if i.statut == "publie"] or famille
        finesse = min(_FINESSE.index(i.nomenclature) for i in publies)
        gardes += [i for i in publies if _FINESSE.index(i.nomenclature) == finesse]
    return tuple(sorted(gardes, key=lambda i: (i.indicateur, i.detail, i.source, i.objet)))
