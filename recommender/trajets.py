"""From one métier to another, whoever goes: what each step teaches, and what to do where no short way exists."""

from dataclasses import dataclass
from heapq import heappop, heappush

from recommender.chemins import Chemin, Chemins, Items
from referentiels.catalogue import Catalogue
from referentiels.types import Certification, CodeOgr, CodeRome, Metier

_DETOUR = 0.55
"""What one more métier on the way costs, as in `Chemins`."""
_LONG_MAX = 8
_APPRIS_MAX = 8
_PROCHES = 3
_CERTIFICATIONS = 5


@dataclass(frozen=True, slots=True)
class Appris:
    """What one step teaches: all that its métier calls for and that nothing before it did."""

    items: tuple[tuple[CodeOgr, str], ...]
    """Codes and labels, rarest first, at most eight."""
    en_tout: int
    vers_la_cible: int
    """How many of them the target calls for as well."""


@dataclass(frozen=True, slots=True)
class Itineraire:
    """One path with what each of its steps teaches."""

    chemin: Chemin
    appris: tuple[Appris, ...]
    """One a step, in order."""


@dataclass(frozen=True, slots=True)
class Trajet:
    """The ways from a métier to another, or why there is none and what leads there all the same."""

    depart: Metier
    cible: Metier
    itineraires: tuple[Itineraire, ...]
    pourquoi: str | None
    """Why there is no path, in French; None when there is one."""
    plus_long: Itineraire | None
    """The shortest way when none is as short as asked."""
    proches: tuple[tuple[Metier, int], ...]
    """Where no path leads: métiers most like the target that are within reach, with the number of steps."""
    certifications: tuple[Certification, ...]
    """Active ones that lead to the target, lowest level first; only where no path is short enough."""


class Trajets:
    """Ways between the métiers of a catalogue, without anyone's profile; safe from any thread.

    Args:
        catalogue: The référentiels.
        chemins: The paths of that catalogue.
    """

    def __init__(self, catalogue: Catalogue, chemins: Chemins) -> None:
        self._catalogue = catalogue
        self._chemins = chemins
        self._codes = tuple(catalogue.metiers)
        self._rang = {code: n for n, code in enumerate(self._codes)}

    def between(self, depart: str, cible: str, *, etapes_max: int = 3, nombre: int = 3) -> Trajet:
        """The ways from a métier to another.

        Args:
            depart: Code of a métier.
            cible: Code of the one to reach.
            etapes_max: From 1 to 3.
            nombre: At most so many paths.

        Raises:
            UnknownCodeError: A code is no métier's; names the nearest ones.
            InvalidInputError: A number of steps out of bounds.
        """
        de, vers = self._catalogue.metier(depart), self._catalogue.metier(cible)
        if de == vers:
            return Trajet(de, vers, (), "Le départ et l'arrivée sont le même métier.", None, (), ())
        chemins = self._chemins.find({de.code_rome: 1.0}, (), vers.code_rome, etapes_max=etapes_max, nombre=nombre)
        if chemins:
            return Trajet(de, vers, tuple(map(self._detail, chemins)), None, None, (), ())
        distances, precedents = self._reach(self._rang[de.code_rome])
        plus_long = self._longer(self._rang[vers.code_rome], distances, precedents)
        return Trajet(
            de,
            vers,
            (),
            _explain(de, vers, etapes_max, plus_long),
            plus_long,
            self._nearest(vers, distances, etapes_max),
            tuple(c for c in self._catalogue.certifications_de(vers.code_rome) if c.active)[:_CERTIFICATIONS],
        )

    def _detail(self, chemin: Chemin) -> Itineraire:
        """What each step adds to all the steps before it."""
        c = self._chemins
        rangs = [self._rang[chemin.depart], *(self._rang[e.code_rome] for e in chemin.etapes)]
        sus, cible, appris = set(c.ensembles[rangs[0]]), c.ensembles[rangs[-1]], []
        for rang in rangs[1:]:
            nouveaux = c.ensembles[rang] - sus
            sus |= nouveaux
            # What the target calls for comes first: it is why one goes this way.
            rares = sorted(nouveaux, key=lambda i: (i not in cible, -c.raretes[i], int(c.items[i])))
            items = tuple((CodeOgr(int(c.items[i])), c.libelles[i]) for i in rares[:_APPRIS_MAX])
            appris.append(Appris(items, len(nouveaux), len(nouveaux & cible)))
        return Itineraire(chemin, tuple(appris))

    def _reach(self, depart: int) -> tuple[dict[int, tuple[int, float]], dict[int, int]]:
        """Steps and cost to each métier that can be reached, by the cheapest way, and the métier before it."""
        vus: dict[int, tuple[int, float]] = {}
        avant: dict[int, int] = {}
        file = [(0.0, depart, depart, 0)]
        while file:
            cout, ici, par, etapes = heappop(file)
            if ici in vus:
                continue
            vus[ici], avant[ici] = (etapes, cout), par
            for suivant, distance in self._chemins.sorties[ici].items():
                if suivant not in vus and etapes < _LONG_MAX:
                    heappush(file, (cout + distance + _DETOUR, suivant, ici, etapes + 1))
        return vus, avant

    def _longer(self, but: int, distances: dict[int, tuple[int, float]], avant: dict[int, int]) -> Itineraire | None:
        if but not in distances:
            return None
        rangs = [but]
        while avant[rangs[-1]] != rangs[-1]:
            rangs.append(avant[rangs[-1]])
        rangs.reverse()
        manque: Items = self._chemins.ensembles[but] - self._chemins.ensembles[rangs[0]]
        return self._detail(self._chemins.tell(rangs, distances[but][1], frozenset(), manque, dit=True))

    def _nearest(
        self, cible: Metier, distances: dict[int, tuple[int, float]], etapes_max: int
    ) -> tuple[tuple[Metier, int], ...]:
        """Métiers within reach that are most like the target."""
        but = self._rang[cible.code_rome]
        proximites = self._chemins.proximites[:, but]
        parts = sorted(
            (-float(proximites[rang]), etapes, rang)
            for rang, (etapes, _) in distances.items()
            if 0 < etapes <= etapes_max and proximites[rang] > 0
        )
        metiers = self._catalogue.metiers
        return tuple((metiers[CodeRome(self._codes[rang])], etapes) for _, etapes, rang in parts[:_PROCHES])


def _explain(de: Metier, vers: Metier, etapes_max: int, plus_long: Itineraire | None) -> str:
    borne = "une étape" if etapes_max == 1 else f"{etapes_max} étapes au plus"
    debut = (
        f"Ni les mobilités officielles du ROME ni les compétences communes ne relient « {de.intitule} » à "
        f"« {vers.intitule} » en {borne}."
    )
    if plus_long is not None:
        return f"{debut} Le chemin le plus court en compte {len(plus_long.chemin.etapes)}."
    reglemente = " C'est un emploi réglementé : une certification est le chemin." if vers.emploi_reglemente else ""
    return f"{debut} Aucun chemin plus long n'est connu.{reglemente}"
