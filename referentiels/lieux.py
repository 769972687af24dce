"""Finding places as people write them, and the communes around them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from numpy.typing import NDArray

from referentiels.cellules import clean_text, fold
from referentiels.errors import InvalidInputError, UnknownCodeError
from referentiels.index_lieux import Filtre, IndexLieux
from referentiels.lieu import Lieu, build_lieux
from referentiels.lieux_lus import CommunesLues
from referentiels.noms_lieux import TEXTE_MAX, key, short_key, words
from referentiels.store import Store
from referentiels.types import CodeCommune, Commune, CommuneAncienne, Departement, Region
from referentiels.voisinage import Voisinage, haversine_km

LIMITE_MAX = 100
DOMINANCE = 10
"""A homonym this many times more populated than the next one is the one people mean (Valence, 26)."""
_CODE = re.compile(r"\d{1,5}|2[ab]\d{0,3}")
_DEPARTEMENT = re.compile(r"\d{2}|2[ab]|9[78]\d")
_POSTAL = re.compile(r"\d{5}|2[ab]\d{3}")
_PRECISION = re.compile(r"(?P<nom>[^(,]+)[(,](?P<indice>[^(),]+)\)?\s*")
Essai = tuple[list[str], Filtre | None]


class Lieux:
    """Search, resolution and neighbourhood over a fixed set of places; safe between threads.

    Args:
        communes: Communes and arrondissements municipaux.
        departements: Give names to départements and make them findable.
        regions: Same for régions.
        anciennes: Codes and names no longer in force, which lead to the current commune.
    """

    def __init__(
        self,
        communes: Sequence[Commune],
        departements: Sequence[Departement] = (),
        regions: Sequence[Region] = (),
        anciennes: Sequence[CommuneAncienne] = (),
    ) -> None:
        self._lire_communes: Callable[[], Iterable[Commune]] = lambda: communes
        self._communes: Mapping[CodeCommune, Commune] = {commune.code: commune for commune in communes}
        self._anciennes = {ancienne.code: ancienne for ancienne in anciennes if ancienne.code_actuel in self._communes}
        self._departements, self._regions = tuple(departements), tuple(regions)

    @classmethod
    def read(cls, store: Store, tables: Mapping[str, NDArray[Any]]) -> "Lieux":
        """The places of a store, of which `write` made arrays: communes are read when they are asked for."""
        lus = cls((), store.all(Departement), store.all(Region))
        lus._lire_communes = partial(store.all, Commune)
        lus._communes = CommunesLues(store)
        lus._anciennes = {ancienne.code: ancienne for ancienne in store.all(CommuneAncienne)}
        lus._index = IndexLieux.read(tables)
        return lus

    def write(self) -> dict[str, NDArray[Any]]:
        """What is long to make, as arrays."""
        return self._index.write()

    @property
    def sans_coordonnees(self) -> int:
        """Communes that `around` and `nearest` cannot see."""
        return len(self._communes) - len(self._voisinage)

    @cached_property
    def _voisinage(self) -> Voisinage:
        # Two threads may build it at once: both build the same, the last one stays.
        connues = {commune.code: commune for commune in self._lire_communes()}
        return Voisinage([(c, *point) for c in connues.values() if (point := _point(c, connues)) is not None])

    @cached_property
    def _index(self) -> IndexLieux:
        anciennes = tuple(self._anciennes.values())
        return IndexLieux(build_lieux(self._communes, self._departements, self._regions, anciennes))

    @cached_property
    def _indices(self) -> dict[str, Filtre]:
        """What a département or région named after a commune restricts the search to."""
        indices: dict[str, Filtre] = {}
        noms = [(d.nom, _in_departement(d.code)) for d in self._departements]
        for nom, filtre in noms + [(r.nom, _in_region(r.code)) for r in self._regions]:
            mots = words(nom)
            for cle in {key(mots), short_key(mots) or key(mots)}:
                # A département and a région of one name (La Réunion) hold the same communes: the first stays.
                indices.setdefault(cle, filtre)
        return indices

    def search(self, texte: str, limite: int = 10) -> tuple[Lieu, ...]:
        """Places that answer a text, best first: whole names, then beginnings, then inner words, else likely typos.

        Args:
            texte: A name (whole or begun), an INSEE or postal code, a département or région; a name may be followed
                by its département (« Saint-Denis 974 », « Saint-Denis (Réunion) »).
            limite: At most this many places, 100 at most.

        Returns:
            Each place once; within a same quality of match, the most populated first. Empty when nothing answers,
            for an empty text and for one over 200 characters.
        """
        limite = min(limite, LIMITE_MAX)
        if limite < 1 or len(texte) > TEXTE_MAX:
            return ()
        mots = words(texte)
        if not mots:
            return ()
        if code := _as_code(texte):
            return self._unique(self._index.by_code(code), limite)
        for essai, filtre in self._attempts(texte, mots):
            if rangs := self._index.by_name(key(essai), filtre):
                return self._unique(rangs, limite)
        return self._unique(self._likely(texte, mots), limite)

    def resolve(self, texte: str) -> Commune:
        """The one commune that a text designates.

        Raises:
            InvalidInputError: The text is empty or too long, names a wider place, or several communes alike.
            UnknownCodeError: Nothing has this name or code; carries the nearest ones.
        """
        return self._communes[CodeCommune(self.resolve_lieu(texte).code)]

    def resolve_lieu(self, texte: str) -> Lieu:
        """Same as `resolve`, with what a person should know in `remarque` (merged commune, code read as INSEE…)."""
        montre = _shown(texte)
        if len(texte) > TEXTE_MAX:
            raise InvalidInputError(f"le nom de commune dépasse {TEXTE_MAX} caractères.", champ="commune")
        mots = words(texte)
        if not mots:
            raise InvalidInputError(
                "indiquez une commune : son nom, son code postal ou son code INSEE.", champ="commune"
            )
        code = _as_code(texte)
        candidats = self._by_whole_name(texte, mots) if code is None else self._by_whole_code(code)
        communes = [lieu for lieu in candidats if lieu.est_commune]
        if candidats and not communes:
            raise InvalidInputError(
                f"« {montre} » est {candidats[0].nature_avec_article}, pas une commune ; choisissez-y une commune.",
                champ="commune",
            )
        if not communes:
            raise UnknownCodeError(
                "commune", montre, [f"{lieu.code} ({lieu.libelle})" for lieu in self.search(texte, 5)]
            )
        if len(communes) > 1 and not _dominates(communes):
            choix = ", ".join(f"{lieu.libelle} [{lieu.code}]" for lieu in communes[:6])
            raise InvalidInputError(
                f"« {montre} » désigne {len(communes)} communes ; précisez le département ou donnez le code INSEE : "
                f"{choix}{'…' if len(communes) > 6 else '.'}",
                champ="commune",
            )
        return communes[0]

    def commune(self, code: str) -> Commune:
        """The commune of an INSEE code, in force or not; postal codes and names are not understood here.

        Raises:
            UnknownCodeError: No commune has or had this code.
        """
        trouvee = self._communes.get(CodeCommune(code))
        if trouvee is None and (ancienne := self._anciennes.get(CodeCommune(code))) is not None:
            trouvee = self._communes.get(ancienne.code_actuel)
        if trouvee is None:
            proches = self.search(code[:TEXTE_MAX], 3)
            raise UnknownCodeError("commune", _shown(code), [f"{lieu.code} ({lieu.libelle})" for lieu in proches])
        return trouvee

    def around(self, code_commune: str, rayon_km: float) -> tuple[tuple[Commune, float], ...]:
        """Communes within a radius of a commune, itself first, with their distance in km, nearest first.

        An arrondissement without coordinates stands at its commune. Communes of which no source gives the place are
        left out (`sans_coordonnees` counts them).

        Raises:
            UnknownCodeError: No commune has or had this code.
            InvalidInputError: The place of this commune is unknown, or the radius is no distance.
        """
        return self._voisinage.within(*self._point_of(code_commune), rayon_km)

    def nearest(self, latitude: float, longitude: float, k: int = 1) -> tuple[tuple[Commune, float], ...]:
        """The k communes whose centre is nearest to a point (degrees), with their distance in km.

        Raises:
            InvalidInputError: The point is not on the globe, or k is less than 1.
        """
        return self._voisinage.nearest(latitude, longitude, k)

    def distance(self, code_a: str, code_b: str) -> float:
        """Kilometres between the centres of two communes, as the crow flies.

        Raises:
            UnknownCodeError: A code is unknown.
            InvalidInputError: The place of one of them is unknown.
        """
        return haversine_km(*self._point_of(code_a), *self._point_of(code_b))

    def warm_up(self) -> None:
        """Prepare what is otherwise prepared at the first question (neighbours, typos)."""
        self._voisinage.warm_up()
        self._index.warm_up()
        self._indices  # noqa: B018 - computed by being read

    def _point_of(self, code: str) -> tuple[float, float]:
        commune = self.commune(code)
        point = _point(commune, self._communes)
        if point is None:
            raise InvalidInputError(
                f"la position de {commune.nom} ({commune.code}) n'est donnée par aucune source : "
                "choisissez une commune voisine.",
                champ="commune",
            )
        return point

    def _hint(self, mots: list[str]) -> Filtre | None:
        """What a département number, a postal code, a département or a région restricts a search to."""
        indice = key(mots)
        if _POSTAL.fullmatch(indice):
            # A cedex is no commune's postal code: it still tells the département.
            connu = bool(self._index.by_code(indice))
            return _in_postal(indice) if connu else _in_departement(_prefix(indice.upper()))
        if _DEPARTEMENT.fullmatch(indice):
            return _in_departement(indice.upper())
        return self._indices.get(indice) or self._indices.get(short_key(mots) or "")

    def _attempts(self, texte: str, mots: list[str]) -> Iterator[Essai]:
        """Readings of a text: the whole of it as a name, then a name with a place that restricts it."""
        if trouve := _PRECISION.fullmatch(texte):
            nom, filtre = words(trouve["nom"]), self._hint(words(trouve["indice"]))
            if nom and filtre is not None:
                yield nom, filtre
                return
        yield mots, None
        for nom, indice in ((mots[:-1], mots[-1]), (mots[1:], mots[0])):
            if nom and indice[0].isdigit() and (filtre := self._hint([indice.zfill(2)])) is not None:
                yield nom, filtre
        for coupe in range(len(mots) - 1, 0, -1):
            if not mots[coupe][0].isdigit() and (filtre := self._hint(mots[coupe:])) is not None:
                yield mots[:coupe], filtre

    def _likely(self, texte: str, mots: list[str]) -> list[int]:
        """What was probably meant: the reading with a département first, then without it."""
        for essai, filtre in reversed(tuple(self._attempts(texte, mots))):
            if rangs := self._index.by_likeness(key(essai), filtre):
                return rangs
        return []

    def _by_whole_code(self, code: str) -> list[Lieu]:
        """Communes of an INSEE code, else of a postal code; where it is both, the remark says how it was read."""
        lieux = [self._index.lieux[rang] for rang in self._index.by_whole_code(code)]
        insee = [lieu for lieu in lieux if code == (lieu.ancien or lieu.code).lower()]
        postaux = [lieu for lieu in lieux if code in lieu.codes_postaux and lieu not in insee]
        if insee and postaux and insee[0].ancien is None:
            aussi = ", ".join(lieu.nom for lieu in postaux[:3]) + ("…" if len(postaux) > 3 else "")
            remarque = f"« {code.upper()} » est lu comme un code INSEE ; c'est aussi le code postal de : {aussi}."
            return [replace(insee[0], remarque=remarque)]
        # A code in force, then a postal code, then a code of the past.
        return [lieu for lieu in insee if lieu.ancien is None] or postaux or insee

    def _by_whole_name(self, texte: str, mots: list[str]) -> list[Lieu]:
        """Places of which a reading of the text is the whole name, in force rather than former, article included."""
        for essai, filtre in self._attempts(texte, mots):
            cherche = key(essai)
            lieux = self._unique(self._index.by_whole_name(cherche, filtre), LIMITE_MAX)
            communes = [lieu for lieu in lieux if lieu.est_commune]
            actuelles = [lieu for lieu in communes if lieu.ancien is None]
            exactes = [lieu for lieu in actuelles if key(words(lieu.nom)) == cherche]
            larges = [lieu for lieu in lieux if not lieu.est_commune]
            choisies = exactes or actuelles or communes
            if exactes or actuelles:
                # The former name of a town is not given up to a hamlet: Évry is not only in the Yonne.
                choisies += [c for c in communes if c.ancien is not None and _larger(c, choisies[0])]
            if len(choisies) == 1 and larges and (larges[0].population or 0) > (choisies[0].population or 0):
                remarque = f"{larges[0].nom} est aussi {larges[0].nature_avec_article} ({larges[0].code})."
                return [replace(choisies[0], remarque=choisies[0].remarque or remarque)]
            if choisies or larges:
                return choisies or larges
        return []

    def _unique(self, rangs: Sequence[int], limite: int) -> tuple[Lieu, ...]:
        trouves: dict[tuple[str, str], Lieu] = {}
        for rang in rangs:
            lieu = self._index.lieux[rang]
            trouves.setdefault((lieu.nature, lieu.code), lieu)
            if len(trouves) == limite:
                break
        return tuple(trouves.values())


def _point(commune: Commune, connues: Mapping[CodeCommune, Commune]) -> tuple[float, float] | None:
    """Where a commune is, or that of which it is an arrondissement."""
    for candidate in (commune, connues.get(commune.code_commune_mere or CodeCommune(""))):
        if candidate is not None and candidate.latitude is not None and candidate.longitude is not None:
            return candidate.latitude, candidate.longitude
    return None


def _as_code(texte: str) -> str | None:
    """The text as a code, spaces left out (« 75 011 »), or None when it is a name."""
    compact = fold(texte).replace(" ", "")
    return compact if _CODE.fullmatch(compact) else None


def _prefix(code: str) -> str:
    """The département that a postal or INSEE code begins with."""
    return code[:3] if code[:2] in ("97", "98") else code[:2]


def _in_departement(code: str) -> Filtre:
    return lambda lieu: lieu.code_departement == code


def _in_region(code: str) -> Filtre:
    return lambda lieu: lieu.code_region == code


def _in_postal(code: str) -> Filtre:
    return lambda lieu: code in lieu.codes_postaux or code == lieu.code.lower()


def _dominates(communes: Sequence[Lieu]) -> bool:
    """True when the first commune (they come by population) is far larger than the second."""
    return _larger(communes[0], communes[1])


def _larger(lieu: Lieu, autre: Lieu) -> bool:
    return (lieu.population or 0) > DOMINANCE * (autre.population or 0)


def _shown(texte: str) -> str:
    """A text fit for a message: short, without control characters."""
    return clean_text("".join(c if c.isprintable() else " " for c in texte[:80]))
