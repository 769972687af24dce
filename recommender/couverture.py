"""The smallest set of blocs that covers what is missing, the certifications that hold them, and the ways in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from math import comb

import numpy as np
from numpy.typing import NDArray

from recommender.blocs import BlocsMetier, Par
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError
from referentiels.types import BlocCompetences, Certification, CertificationVoie, CodeBloc, NumeroFiche, Voie

Reels = NDArray[np.float64]
_MARGE = 1e-9
_PRESQUE = 0.95
"""A bloc that brings at least this share of the best gain is preferred when its certification is already chosen."""


@dataclass(frozen=True, slots=True)
class LienBloc:
    """A missing item that a bloc covers."""

    code: int
    par: Par
    probabilite: float


@dataclass(frozen=True, slots=True)
class BlocChoisi:
    """A bloc of the answer."""

    code: CodeBloc
    intitule: str
    numero: NumeroFiche
    certification: str
    niveau: int | None
    items: tuple[LienBloc, ...]
    """Those that weigh most first."""
    part: float
    """Share of what can be covered that this bloc adds to those before it, in [0, 1]."""
    lien_estime: bool
    """True when no authority publishes that its certification leads to the métier."""


@dataclass(frozen=True, slots=True)
class Couverture:
    """Blocs that cover what is missing, and what they leave."""

    blocs: tuple[BlocChoisi, ...]
    """The one that brings most first."""
    part: float
    """Share of what any bloc can cover that these cover, in [0, 1]."""
    part_totale: float
    """Share of all that is missing, by weight, in [0, 1]."""
    atteinte: bool
    """False when a limit on their number stopped before the share asked for."""
    non_couverts: tuple[int, ...]
    """Missing items that no bloc covers, those that weigh most first."""
    exact: bool
    """True when no smaller set reaches the share asked for."""
    borne: float
    """At most so many times as many blocs as the smallest set; 1 when exact."""
    garantie: float
    """H(d), d the most items of one bloc: what theory grants a greedy cover by plain links; `borne` is proven."""


@dataclass(frozen=True, slots=True)
class CertificationUtile:
    """A certification that holds some of the blocs chosen, or that is only taken whole."""

    numero: NumeroFiche
    intitule: str
    niveau: int | None
    blocs: tuple[CodeBloc, ...]
    """Those chosen; none when no bloc of it is published."""
    blocs_en_tout: int
    voies: tuple[Voie, ...]
    """Ways in that the sources say are open, in the order of `VOIES`."""


@dataclass(frozen=True, slots=True)
class VoiePossible:
    """A way into a certification, with what to know about it."""

    voie: Voie
    libelle: str
    phrase: str
    reference: str | None
    """The rule that the sentence follows, None when it follows none."""


VOIES: tuple[Voie, ...] = (
    "apprentissage", "candidature_individuelle", "contrat_professionnalisation", "continue", "scolaire", "vae",
)  # fmt: skip
"""In alphabetical order of what people read: no way in stands before another by rank."""
_PHRASES: Mapping[Voie, tuple[str, str, str | None]] = {
    "apprentissage": (
        "Apprentissage",
        "Contrat ouvert de 16 à 29 ans révolus, dès 15 ans après la troisième. Au-delà : reconnaissance de handicap, "
        "création ou reprise d'entreprise, sport de haut niveau. Azimut ne connaît pas votre âge.",
        "Articles L6222-1 et L6222-2 du code du travail, limite d'âge en vigueur depuis le 1er janvier 2019",
    ),
    "candidature_individuelle": ("Candidature individuelle", "L'examen peut se passer sans suivre de cours.", None),
    "contrat_professionnalisation": (
        "Contrat de professionnalisation", "Alternance entre cours et entreprise, avec un salaire.", None,
    ),
    "continue": ("Formation continue", "Formation pour adultes, en emploi ou en recherche d'emploi.", None),
    "scolaire": ("Scolaire ou universitaire", "Formation sous statut d'élève ou d'études supérieures.", None),
    "vae": (
        "Validation des acquis de l'expérience (VAE)", "",
        "Loi n° 2022-1598 du 21 décembre 2022, article 10 : plus de durée minimale d'expérience",
    ),
}  # fmt: skip
_VAE_AVEC = "Une expérience en rapport peut être reconnue, même courte : aucune durée minimale n'est exigée."
_VAE_SANS = "Elle demande une expérience en rapport, salariée, bénévole ou personnelle, sans durée minimale."
_MARCHE_NIVEAU = 3
_MARCHE = "Sans diplôme, le certificat CléA ou une remise à niveau peut être une première marche, si vous le souhaitez."


def cover(
    manquantes: Mapping[int, float],
    blocs: BlocsMetier,
    *,
    part: float = 0.9,
    exact_max: int = 12,
    essais_max: int = 1_500,
    blocs_max: int | None = None,
) -> Couverture:
    """The smallest set of blocs whose weighted cover reaches a share of what can be covered.

    An item counts its weight × the probability of the surest bloc chosen. Among the smallest sets, fewer
    certifications are preferred, then a larger cover, then the order of codes.

    Args:
        manquantes: Weight (above 0) of each missing item, by OGR code.
        blocs: Blocs of the métier, see `Blocs.for_metier`.
        part: Share wanted, in ]0, 1].
        exact_max: Up to so many useful blocs, every set is tried.
        essais_max: Beyond, sets of one size are tried when they are no more than this.
        blocs_max: Stop after so many blocs even if the share is not reached.

    Raises:
        InvalidInputError: A share out of bounds, or a negative or infinite weight.
    """
    if not 0.0 < part <= 1.0:
        raise InvalidInputError("la part à couvrir doit être comprise entre 0 et 1.", champ="part")
    if any(not 0.0 <= poids < float("inf") for poids in manquantes.values()):
        raise InvalidInputError("les poids des compétences manquantes doivent être positifs.", champ="manquantes")
    probleme = _Probleme.read(manquantes, blocs, part)
    choisis, exact, minimum = _solve(probleme, exact_max, essais_max)
    if blocs_max is not None:
        choisis = probleme.by_gain(choisis)[:blocs_max]
    return _report(manquantes, blocs, probleme, choisis, exact=exact, minimum=minimum)


def certifications_for(
    catalogue: Catalogue, couverture: Couverture, entieres: Sequence[Certification] = ()
) -> tuple[CertificationUtile, ...]:
    """The certifications that hold the blocs chosen, those that hold most first, then those to be taken whole.

    Args:
        catalogue: Where ways in are read.
        couverture: The blocs chosen.
        entieres: Certifications of which no bloc is published, see `BlocsMetier.sans_bloc`.
    """
    tenus: dict[NumeroFiche, list[CodeBloc]] = {}
    noms: dict[NumeroFiche, tuple[str, int | None]] = {c.numero: (c.intitule, c.niveau) for c in entieres}
    for bloc in couverture.blocs:
        tenus.setdefault(bloc.numero, []).append(bloc.code)
        noms[bloc.numero] = (bloc.certification, bloc.niveau)
    ordre = sorted(tenus, key=lambda n: (-len(tenus[n]), n)) + [c.numero for c in entieres if c.numero not in tenus]
    voies: dict[NumeroFiche, set[Voie]] = {}
    for ligne in catalogue.select(CertificationVoie, numero=ordre) if ordre else ():
        if ligne.ouverte:
            voies.setdefault(ligne.numero, set()).add(ligne.voie)
    nombres: dict[NumeroFiche, int] = {}
    for publie in catalogue.select(BlocCompetences, numero=list(tenus)) if tenus else ():
        nombres[publie.numero] = nombres.get(publie.numero, 0) + 1
    return tuple(
        CertificationUtile(
            numero=numero,
            intitule=noms[numero][0],
            niveau=noms[numero][1],
            blocs=tuple(tenus.get(numero, ())),
            blocs_en_tout=nombres.get(numero, 0),
            voies=tuple(v for v in VOIES if v in voies.get(numero, ())),
        )
        for numero in ordre
    )


def voies_possibles(voies: Collection[Voie], experience_annees: float = 0.0) -> tuple[VoiePossible, ...]:
    """The ways into a certification, none left out, none ranked above another.

    Args:
        voies: Ways that are open.
        experience_annees: Years of experience related to it; any at all makes the VAE worth a look.
    """
    vae = _VAE_AVEC if experience_annees > 0 else _VAE_SANS
    return tuple(
        VoiePossible(voie, libelle, vae if voie == "vae" else phrase, reference)
        for voie in VOIES
        if voie in voies
        for libelle, phrase, reference in (_PHRASES[voie],)
    )


def premiere_marche(niveau: int | None, niveaux_dits: Collection[int | None]) -> str | None:
    """A first step towards a certification for who named no diploma, never a condition; None otherwise.

    Args:
        niveau: Of the certification.
        niveaux_dits: Levels of the diplomas that the person named, None for one of unknown level.
    """
    return _MARCHE if niveau is not None and niveau >= _MARCHE_NIVEAU and not niveaux_dits else None


@dataclass(frozen=True, slots=True, eq=False)
class _Probleme:
    """Useful blocs, in code order, and what each is worth for each missing item."""

    rangs: NDArray[np.int64]
    """Positions among the blocs of the métier, (m,)."""
    valeurs: Reels
    """Weight × probability, (m, n)."""
    certifications: NDArray[np.int64]
    """Number of the certification of each bloc, (m,)."""
    codes: tuple[int, ...]
    colonnes: tuple[int, ...]
    """Missing items and their positions among those of the métier, (n,)."""
    couvrable: float
    cible: float

    @classmethod
    def read(cls, manquantes: Mapping[int, float], blocs: BlocsMetier, part: float) -> "_Probleme":
        position = {code: n for n, code in enumerate(blocs.items)}
        codes = tuple(code for code in sorted(manquantes) if code in position and manquantes[code] > 0)
        colonnes = tuple(position[code] for code in codes)
        poids = np.array([manquantes[code] for code in codes], dtype=np.float64)
        valeurs = blocs.probabilites[:, colonnes] * poids
        rangs = np.flatnonzero(valeurs.sum(axis=1) > 0)
        valeurs = valeurs[rangs]
        couvrable = float(valeurs.max(axis=0).sum()) if len(rangs) else 0.0
        numeros = np.unique([blocs.blocs[r].numero for r in rangs], return_inverse=True)[1] if len(rangs) else rangs
        return cls(rangs, valeurs, numeros, codes, colonnes, couvrable, part * couvrable - _MARGE)

    def worth(self, choisis: Sequence[int]) -> float:
        """What a set of blocs covers."""
        return float(self.valeurs[list(choisis)].max(axis=0).sum()) if choisis else 0.0

    def gains(self, tenu: Reels) -> Reels:
        """What each bloc adds to what is held already."""
        return np.maximum(self.valeurs - tenu, 0.0).sum(axis=1)  # type: ignore[no-any-return]

    def floor(self, tenu: Reels) -> int:
        """No set reaches the target with fewer blocs: even if gains added up, so many are needed."""
        reste = self.cible - float(tenu.sum())
        if reste <= 0:
            return 0
        cumul = np.cumsum(np.sort(self.gains(tenu))[::-1])
        return min(int(np.searchsorted(cumul, reste - _MARGE)) + 1, len(cumul))

    def by_gain(self, choisis: Sequence[int]) -> list[int]:
        """The same blocs, at each step the one that adds most."""
        reste, ordre = sorted(choisis), list[int]()
        tenu = np.zeros(self.valeurs.shape[1])
        while reste:
            gains = self.gains(tenu)
            meilleur = max(reste, key=lambda b: (gains[b], -b))
            reste.remove(meilleur)
            ordre.append(meilleur)
            tenu = np.maximum(tenu, self.valeurs[meilleur])
        return ordre


def _solve(probleme: _Probleme, exact_max: int, essais_max: int) -> tuple[list[int], bool, int]:
    """Blocs chosen, whether no smaller set does, and the least number that any set needs."""
    if not len(probleme.rangs):
        return [], True, 0
    glouton, minimum = _greedy(probleme)
    nombre = len(probleme.rangs)
    for taille in range(max(minimum, 1), len(glouton) + 1):
        if nombre > exact_max and comb(nombre, taille) > essais_max:
            break
        trouve = _best_of_size(probleme, taille)
        if trouve is not None:
            return trouve, True, taille
        minimum = taille + 1
    return _gather(probleme, glouton), len(glouton) == minimum, minimum


def _greedy(probleme: _Probleme) -> tuple[list[int], int]:
    """A set that reaches the target, the best gain first, and a number that every such set reaches."""
    tenu = np.zeros(probleme.valeurs.shape[1])
    choisis: list[int] = []
    minimum = probleme.floor(tenu)
    while tenu.sum() < probleme.cible:
        gains = probleme.gains(tenu)
        deja = np.isin(probleme.certifications, probleme.certifications[choisis])
        proches = np.flatnonzero(gains >= _PRESQUE * gains.max())
        siens = proches[deja[proches]]
        candidats = siens if len(siens) else proches[gains[proches] >= gains.max() - _MARGE]
        choisis.append(int(candidats[np.argmax(gains[candidats])]))
        tenu = np.maximum(tenu, probleme.valeurs[choisis[-1]])
        minimum = max(minimum, probleme.floor(tenu))
    for bloc in reversed(choisis[:]):
        if probleme.worth([b for b in choisis if b != bloc]) >= probleme.cible:
            choisis.remove(bloc)
    return choisis, minimum


def _best_of_size(probleme: _Probleme, taille: int) -> list[int] | None:
    """Among all the sets of one size that reach the target, the one of fewest certifications; None without any."""
    meilleur: tuple[int, float, list[int]] | None = None
    tous = combinations(range(len(probleme.rangs)), taille)
    while paquet := list(islice(tous, 4_096)):
        lot = np.array(paquet, dtype=np.int64)
        couvert = probleme.valeurs[lot[:, 0]]
        for colonne in range(1, taille):
            couvert = np.maximum(couvert, probleme.valeurs[lot[:, colonne]])
        sommes = couvert.sum(axis=1).round(9)
        bons = np.flatnonzero(sommes >= probleme.cible)
        if not len(bons):
            continue
        tries = np.sort(probleme.certifications[lot[bons]], axis=1)
        distinctes = 1 + (np.diff(tries, axis=1) != 0).sum(axis=1)
        premier = bons[np.lexsort((bons, -sommes[bons], distinctes))[0]]
        trouve = (int(distinctes.min()), -float(sommes[premier]), lot[premier].tolist())
        meilleur = trouve if meilleur is None else min(meilleur, trouve)
    return None if meilleur is None else meilleur[2]


def _gather(probleme: _Probleme, choisis: list[int]) -> list[int]:
    """Replace blocs that stand alone in their certification by others of those already chosen, where as good."""
    for bloc in sorted(choisis):
        autres = [b for b in choisis if b != bloc]
        leurs = set(probleme.certifications[autres].tolist())
        if int(probleme.certifications[bloc]) in leurs:
            continue
        candidats = [b for b in range(len(probleme.rangs)) if b not in choisis and probleme.certifications[b] in leurs]
        bons = [b for b in candidats if probleme.worth([*autres, b]) >= probleme.cible]
        if bons:
            choisis = [*autres, max(bons, key=lambda b: (probleme.worth([*autres, b]), -b))]
    return choisis


def _report(
    manquantes: Mapping[int, float],
    blocs: BlocsMetier,
    probleme: _Probleme,
    choisis: Sequence[int],
    *,
    exact: bool,
    minimum: int,
) -> Couverture:
    tenu = np.zeros(len(probleme.codes))
    rendus = []
    for bloc in probleme.by_gain(choisis):
        apres = np.maximum(tenu, probleme.valeurs[bloc])
        rendus.append(_tell(blocs, probleme, bloc, float((apres - tenu).sum()) / probleme.couvrable))
        tenu = apres
    couvert = float(tenu.sum())
    lies = {
        code for code, valeur in zip(probleme.codes, probleme.valeurs.max(axis=0, initial=0.0), strict=True) if valeur
    }
    restes = sorted((c for c in manquantes if c not in lies), key=lambda c: (-manquantes[c], c))
    total = sum(manquantes.values())
    largeur = int((probleme.valeurs > 0).sum(axis=1).max(initial=0))
    atteinte = couvert >= probleme.cible
    return Couverture(
        blocs=tuple(rendus),
        part=min(couvert / probleme.couvrable, 1.0) if probleme.couvrable else 0.0,
        part_totale=min(couvert / total, 1.0) if total else 0.0,
        atteinte=atteinte,
        non_couverts=tuple(restes),
        exact=exact and atteinte,
        borne=max(len(choisis) / minimum, 1.0) if minimum else 1.0,
        garantie=sum(1.0 / n for n in range(1, largeur + 1)) or 1.0,
    )


def _tell(blocs: BlocsMetier, probleme: _Probleme, bloc: int, part: float) -> BlocChoisi:
    rang = int(probleme.rangs[bloc])
    dit = blocs.blocs[rang]
    valeurs = probleme.valeurs[bloc]
    ordre = sorted(np.flatnonzero(valeurs).tolist(), key=lambda n: (-valeurs[n], probleme.codes[n]))
    paires = [(probleme.codes[n], probleme.colonnes[n]) for n in ordre]
    return BlocChoisi(
        code=dit.code,
        intitule=dit.intitule,
        numero=dit.numero,
        certification=dit.certification,
        niveau=dit.niveau,
        items=tuple(LienBloc(c, blocs.par(rang, n), float(blocs.probabilites[rang, n])) for c, n in paires),
        part=part,
        lien_estime=dit.numero in blocs.estimes,
    )
