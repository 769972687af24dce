"""From a person to a métier: the gap, the blocs that close it, the ways in, near formations, and steps between."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from recommender.annuaire import Annuaire
from recommender.blocs import Blocs, BlocsMetier
from recommender.chemins import Chemin, Chemins, EtApres
from recommender.colonnes_blocs import Vecteurs
from recommender.couverture import (
    CertificationUtile,
    Couverture,
    VoiePossible,
    certifications_for,
    cover,
    premiere_marche,
    voies_possibles,
)
from recommender.etat import Etat
from recommender.formations import FormationsTrouvees, Offre
from recommender.pipeline import Recommender
from recommender.signals.conditions import own_level
from recommender.tables import Lues, within
from recommender.trajets import Trajets
from recommender.types import Comprehension, MetierPropose, Profil, Recommandation
from referentiels.catalogue import Catalogue
from referentiels.types import Certification, CodeCommune, CodeRome, Commune, NumeroFiche, Voie

_BLOCS_MAX = 5
_NIVEAUX_AU_DESSUS = 2
_CERTIFICATIONS_MAX = 6
_PAR_METIER = 3
_FORMATIONS = 8
_RAYON_KM = 30.0
_PEU = 0.1
GARDES = ("blocs", "chemins", "offre")
Position = tuple[float, float]


@dataclass(frozen=True, slots=True)
class CertificationDuParcours:
    """A certification that helps, with its ways in."""

    certification: CertificationUtile
    voies: tuple[VoiePossible, ...]
    premiere_marche: str | None
    """A first step for who told no diploma, never a condition."""


@dataclass(frozen=True, slots=True)
class Parcours:
    """How to get to a métier."""

    metier: MetierPropose
    couverture: Couverture
    certifications: tuple[CertificationDuParcours, ...]
    formations: FormationsTrouvees
    chemins: tuple[Chemin, ...]
    phrases: tuple[str, ...]
    jour: date
    """Of the draw between equal formations: the same day gives the same order."""


class Guide:
    """Formations, blocs and paths of a catalogue; safe from any thread.

    Args:
        moteur: Understands profiles and describes métiers.
        vecteurs: `Recherche.vectors`; None compares blocs by words alone.
        offre: The formations; those of the catalogue when None.
        garde: What was prepared of the same catalogue and index; made anew when None.
    """

    def __init__(
        self,
        moteur: Recommender,
        vecteurs: Vecteurs | None = None,
        offre: Offre | None = None,
        garde: Lues | None = None,
    ) -> None:
        self._moteur = moteur
        self._catalogue: Catalogue = moteur.catalogue
        blocs, chemins, colonnes = (within(garde, nom) if garde else None for nom in GARDES)
        self._blocs = Blocs(moteur.catalogue, vecteurs, tables=blocs)
        self._chemins = Chemins(moteur.catalogue, tables=chemins)
        self._offre = offre if offre is not None else Offre.of(moteur.catalogue, colonnes)
        self.trajets = Trajets(moteur.catalogue, self._chemins)

    @cached_property
    def annuaire(self) -> Annuaire:
        """The whole offer as a list; made at its first use."""
        return Annuaire(self._offre, self._catalogue.store)

    @property
    def actions(self) -> int:
        """Actions de formation of the offer."""
        return len(self._offre)

    def near(self, profil: Profil, reponse: Recommandation, jour: date) -> Mapping[CodeRome, FormationsTrouvees]:
        """The nearest formations of each métier of a list.

        Args:
            profil: How far the person looks.
            reponse: The list, and where the person looks as it was understood.
            jour: Of the draw between equals, and from which sessions are looked for.
        """
        position, rayon = self.position(reponse.compris), _radius(profil)
        return {
            metier.code_rome: _placed(
                self._offre.near(
                    self._certifications(metier.code_rome),
                    position=position,
                    rayon_km=rayon,
                    jour=jour,
                    limite=_PAR_METIER,
                ),
                position,
            )
            for metier in reponse.metiers
        }

    def route(self, profil: Profil, code_rome: str, jour: date, voies: Collection[Voie] = ()) -> Parcours:
        """The whole way to a métier.

        Args:
            profil: What the person said.
            code_rome: Where to go.
            jour: Of the draw between equal formations, and from which sessions are looked for.
            voies: Ways in that the person prefers; none is left out.

        Raises:
            UnknownCodeError: There is no such métier.
            InvalidInputError: A weight is unknown or out of range.
        """
        code = self._catalogue.metier(code_rome).code_rome
        etat = self._moteur.assess(profil)
        metier = self._moteur.describe(etat, code)
        manquantes = {int(c.code): c.importance for c in metier.manquantes if not c.transversale}
        niveau = own_level(self._moteur.matrices, etat.compris)
        blocs = self._blocs.for_metier(code)
        couverture, suivis = _cover_within(manquantes, blocs, niveau)
        entieres = suivis.sans_bloc if suivis.blocs or suivis.sans_bloc else self._whole(blocs, manquantes)
        utiles = certifications_for(self._catalogue, couverture, entieres)[:_CERTIFICATIONS_MAX]
        parts = dict(blocs.rank_certifications(manquantes, len(blocs.blocs) or 1))
        position = self.position(etat.compris.compris)
        formations = self._offre.near(
            list(dict.fromkeys((*parts, *(u.numero for u in utiles), *self._certifications(code)))),
            position=position,
            rayon_km=_radius(profil),
            jour=jour,
            limite=_FORMATIONS,
            voies=voies,
            poids=parts or None,
        )
        formations = _placed(formations, position)
        chemins = self._find_paths(etat, code)
        notes = dict.fromkeys(etat.avertissements)
        return Parcours(
            metier=metier,
            couverture=couverture,
            certifications=tuple(self._ways_in(utile, profil, etat) for utile in utiles),
            formations=formations,
            chemins=chemins,
            phrases=(
                *_sum_up(metier, couverture, formations, utiles),
                *_tell_paths(etat, code, chemins, utiles),
                *notes,
            ),
            jour=jour,
        )

    def around(
        self, code_rome: CodeRome, commune: CodeCommune, rayon_km: float, jour: date, limite: int = 5
    ) -> FormationsTrouvees:
        """The nearest formations that lead to a métier, for anyone in a commune.

        Args:
            code_rome: A code of the catalogue.
            commune: An INSEE code of the catalogue.
            rayon_km: Within which a formation is near; none is left out.
            jour: Of the draw between equal formations, and from which sessions are looked for.
            limite: Formations wanted at most.
        """
        position = self.locate([commune])
        trouvees = self._offre.near(
            self._certifications(code_rome), position=position, rayon_km=rayon_km, jour=jour, limite=limite
        )
        return _placed(trouvees, position)

    def after(self, numero: str) -> EtApres:
        """« Et après ? »: what a certification opens, and those that may follow it.

        Raises:
            UnknownCodeError: There is no such certification.
        """
        return self._chemins.after_formation(numero)

    def position(self, compris: Iterable[Comprehension]) -> Position | None:
        """Where the person looks, in degrees; None when they did not say, or when the place has no position."""
        return self.locate([c.code for c in compris if c.champ == "territoire"])

    def locate(self, codes: list[str]) -> Position | None:
        """Where the last commune that has a position is, in degrees; an arrondissement is where its commune is."""
        while codes:
            trouvees = self._catalogue.select(Commune, code=codes.pop())
            for commune in trouvees:
                if commune.latitude is not None and commune.longitude is not None:
                    return commune.latitude, commune.longitude
                if commune.code_commune_mere:  # arrondissements are where their commune is
                    codes.append(commune.code_commune_mere)
        return None

    def _find_paths(self, etat: Etat, code: CodeRome) -> tuple[Chemin, ...]:
        departs = {code: tenue.force for code, tenue in etat.compris.metiers.items()}
        items = self._moteur.matrices.items
        tenus = [items[rang] for rang in (etat.acquis.forces > 0).nonzero()[0].tolist()]
        return self._chemins.find(departs, tenus, code) if departs or tenus else ()

    def _ways_in(self, utile: CertificationUtile, profil: Profil, etat: Etat) -> CertificationDuParcours:
        annees = sum(experience.annees or 1.0 for experience in profil.experiences)
        dits = [etat.compris.niveau] if profil.diplomes or etat.compris.niveau is not None else []
        return CertificationDuParcours(utile, voies_possibles(utile.voies, annees), premiere_marche(utile.niveau, dits))

    def _whole(self, blocs: BlocsMetier, manquantes: Mapping[int, float]) -> tuple[Certification, ...]:
        """The certifications of some blocs, those that would cover most first."""
        numeros = [numero for numero, _ in blocs.rank_certifications(manquantes, _CERTIFICATIONS_MAX)]
        numeros += dict.fromkeys(bloc.numero for bloc in blocs.blocs)
        fiches = {c.numero: c for c in self._catalogue.select(Certification, numero=numeros)} if numeros else {}
        return tuple(fiches[numero] for numero in dict.fromkeys(numeros) if numero in fiches)

    def _certifications(self, code_rome: CodeRome) -> tuple[NumeroFiche, ...]:
        return self._moteur.matrices.acces.certifications.get(code_rome, ())


def _placed(formations: FormationsTrouvees, position: Position | None) -> FormationsTrouvees:
    """The formations, with a word where no place was understood: none is then nearer than another."""
    if position is not None or not formations.formations:
        return formations
    return replace(formations, remarque="Sans lieu situé, ces formations ne sont pas rangées par distance.")


def _cover_within(
    manquantes: Mapping[int, float], blocs: BlocsMetier, niveau: float | None
) -> tuple[Couverture, BlocsMetier]:
    """The cover by certifications within reach of the person's level, by all of them when the level is unknown.

    Blocs far above are no step: their certifications are then named, to be taken whole.
    """
    if niveau is not None:
        proches = blocs.within(niveau_max=int(niveau) + _NIVEAUX_AU_DESSUS)
        return cover(manquantes, proches, blocs_max=_BLOCS_MAX), proches
    return cover(manquantes, blocs, blocs_max=_BLOCS_MAX), blocs


def _radius(profil: Profil) -> float:
    return profil.territoire.rayon_km if profil.territoire is not None else _RAYON_KM


def _sum_up(
    metier: MetierPropose,
    couverture: Couverture,
    formations: FormationsTrouvees,
    certifications: Sequence[CertificationUtile],
) -> Iterator[str]:
    """Short sentences, each on a fact; a lack is told, never left for the reader to notice."""
    tenues, proches, manque = len(metier.acquises), len(metier.transferables), len(metier.manquantes)
    yield (
        f"Ce métier demande {tenues + proches + manque} compétences et savoirs : vous en avez {tenues}, "
        f"et {proches} {'sont proches' if proches > 1 else 'est proche'} de ce que vous savez faire."
    )
    if couverture.blocs and couverture.part_totale < _PEU:
        yield (
            "Les blocs de compétences publiés ne couvrent qu'un peu de ce qui vous manque : le reste s'apprend en "
            "exerçant, ou n'est décrit par aucun bloc."
        )
    elif couverture.blocs:
        nombre = len(couverture.blocs)
        bloc = "blocs de compétences couvrent" if nombre > 1 else "bloc de compétences couvre"
        yield (
            f"{nombre} {bloc} {round(100 * couverture.part_totale)} % de ce qui vous manque, en importance ; "
            "le reste s'apprend en exerçant, ou n'est décrit par aucun bloc publié."
        )
    elif manque and certifications:
        yield "Aucun bloc publié à votre portée ne couvre ce qui vous manque : les certifications se prennent entières."
    if not certifications:
        yield "Aucune certification active de ce métier n'est connue : un conseiller peut en connaître d'autres."
    elif not formations.total:
        yield "Aucune formation de l'offre connue ne prépare une certification de ce métier."
    if formations.remarque:
        yield formations.remarque


def _tell_paths(
    etat: Etat, code: CodeRome, chemins: Sequence[Chemin], certifications: Sequence[CertificationUtile]
) -> Iterator[str]:
    """That no path was found, to who looked for one."""
    parti = bool(etat.compris.metiers or etat.acquis.forces.any())
    if parti and not chemins and code not in etat.compris.metiers:
        suite = " : une certification est le chemin." if certifications else "."
        yield f"Le ROME ne relie pas en trois étapes ce que vous avez dit à ce métier{suite}"
