"""The métiers of a session as the screen shows them: where each stands, why, and how it moved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from api.conseil.seance import Seance
from api.conseil.tenues import Rangee
from api.service import Service
from api.web.axes import axis_words
from api.web.widget.cartes import first_sentence, short_first, tell_reasons, to_learn
from api.web.widget.textes import load_texts
from recommender.etat import Etat
from recommender.parcours import Parcours
from recommender.types import CompetenceSituee, MetierPropose
from referentiels.types import CodeRome, Metier

Mouvement = Literal["", "nouveau", "monte", "descend"]
_CITEES, _DITES = 3, 2
_PARLANTES = ("souhait", "interets", "diplomes", "conditions")
"""Reasons that tell one métier from another in a line."""


@dataclass(frozen=True, slots=True)
class Piste:
    """A métier of the list."""

    rang: int
    """From 1; 0 for one that the engine does not put among the first."""
    metier: MetierPropose
    fait: str
    raisons: tuple[str, ...]
    pourquoi: str
    """The reason that says most: what the person brings, by name, and what else leads there."""
    axes: dict[str, tuple[int, str]]
    mouvement: Mouvement
    epingle: bool
    ajoute: str
    """Who added it: « personne », « conseiller », or nobody."""
    proche: str
    """What it calls for that is close to what was confirmed, or that remains to be, in a sentence; empty for none."""
    lettre: str
    """Of a métier added, in the order it was: what tells it from another on the scatter."""
    dites: tuple[CompetenceSituee, ...]
    """What the person said yes to, of what the métier calls for."""
    supposees: tuple[CompetenceSituee, ...]
    """What the engine lends them from a métier they did, that nobody confirmed."""

    @property
    def code(self) -> CodeRome:
        """Code ROME."""
        return self.metier.code_rome

    @property
    def nom(self) -> str:
        """Its title, both genders."""
        return self.metier.intitule

    @property
    def numero(self) -> str:
        """Its number in the list, or a letter of its own when it is not among the first ones."""
        return str(self.rang) if self.rang else self.lettre

    @property
    def acquis(self) -> list[str]:
        """Some of what the person said they bring to it."""
        return short_first(self.dites)[:_CITEES]

    @property
    def reste(self) -> list[str]:
        """What it would take to learn."""
        return short_first(to_learn(self.metier))

    @property
    def a_apprendre(self) -> list[str]:
        """Some of it."""
        return self.reste[:_CITEES]


@dataclass(frozen=True, slots=True)
class Liste:
    """All that the list of a session shows."""

    pistes: tuple[Piste, ...]
    ajoutes: tuple[Piste, ...]
    sortis: tuple[Metier, ...]
    """Métiers that the last change took out of the first ones."""
    avertissements: tuple[str, ...]
    evalues: int
    etat: Etat

    def find(self, code: str) -> Piste | None:
        """A métier of the list or of those added."""
        return next((p for p in (*self.pistes, *self.ajoutes) if p.code == code), None)


def list_metiers(moteur: Service, seance: Seance, nombre: int, rangee: Rangee) -> Liste:
    """The list of a session.

    Args:
        moteur: The engine.
        seance: What was built together.
        nombre: Métiers wanted.
        rangee: What the engine makes of this very session.
    """
    rangs, decrire = rangee.rangs, rangee.redacteur.describe
    codes, rang_de = moteur.recommender.matrices.codes, moteur.recommender.matrices.rang
    metiers = tuple(decrire(rang) for rang in rangs[:nombre])
    connus = moteur.catalogue.metiers
    dits = [a for a in seance.ajoutes if CodeRome(a.code_rome) in connus]
    ajoutes = tuple(decrire(rang_de[CodeRome(a.code_rome)]) for a in dits)
    faire = _Ecrivain(seance, (*metiers, *ajoutes))
    places = {codes[rang]: n for n, rang in enumerate(rangs, 1)}
    sortis = [CodeRome(c) for c in seance.precedents[:nombre] if c not in {m.code_rome for m in metiers}]
    return Liste(
        pistes=tuple(faire.write(m, n) for n, m in enumerate(metiers, 1)),
        ajoutes=tuple(faire.write(m, places.get(m.code_rome, 0)) for m in ajoutes),
        sortis=tuple(connus[c] for c in sortis if c in connus and c not in {e.code_rome for e in seance.ecartes}),
        avertissements=tuple(dict.fromkeys(rangee.etat.avertissements)),
        evalues=len(codes),
        etat=rangee.etat,
    )


def describe_some(moteur: Service, seance: Seance, codes: Sequence[CodeRome], rangee: Rangee) -> tuple[Piste, ...]:
    """Given métiers as the list would show them, whatever their rank; see `list_metiers`."""
    rangs, decrire = rangee.rangs, rangee.redacteur.describe
    places = {moteur.recommender.matrices.codes[rang]: n for n, rang in enumerate(rangs, 1)}
    premiers = tuple(map(decrire, rangs))
    voulus = tuple(decrire(moteur.recommender.matrices.rang[code]) for code in codes)
    # Axes compare a métier with those of the list: alone, it would always be the furthest out.
    faire = _Ecrivain(seance, (*premiers, *voulus))
    return tuple(faire.write(m, places.get(m.code_rome, 0)) for m in voulus)


def keep_said(metier: MetierPropose, seance: Seance) -> MetierPropose:
    """A métier whose acquises are those that the person said yes to: to them, nothing else is told as theirs."""
    dites = frozenset(c.code for c in seance.confirmees)
    return replace(metier, acquises=tuple(c for c in metier.acquises if int(c.code) in dites))


def keep_said_on(route: Parcours, seance: Seance) -> Parcours:
    """A way told with what the person said yes to, see `keep_said`."""
    metier = keep_said(route.metier, seance)
    total = len(route.metier.acquises) + len(metier.transferables) + len(metier.manquantes)
    oui = f" : vous en avez confirmé {len(metier.acquises)}" if metier.acquises else ""
    dite = f"Ce métier demande {total} compétences et savoirs{oui}."
    return replace(route, metier=metier, phrases=(dite, *route.phrases[1:]))


class _Ecrivain:
    """Writes the métiers of one list."""

    def __init__(self, seance: Seance, metiers: Sequence[MetierPropose]) -> None:
        bruts: list[dict[str, Any]] = [
            {"code_rome": m.code_rome, "attrait": m.attrait, "portee": m.portee} for m in metiers
        ]
        self._axes = axis_words(bruts)
        self._textes = load_texts("fr")
        self._avant = {code: n for n, code in enumerate(seance.precedents, 1)}
        self._epingles = frozenset(seance.epingles)
        self._par = {a.code_rome: a.par for a in seance.ajoutes}
        self._lettres = {a.code_rome: chr(ord("A") + n) for n, a in enumerate(seance.ajoutes)}
        self._seance = seance
        self._origines = frozenset(f"proche de « {c.libelle} »" for c in seance.confirmees)
        self._exerce = any(e.nature == "emploi" for e in seance.experiences)

    def write(self, metier: MetierPropose, rang: int) -> Piste:
        code = metier.code_rome
        dit = keep_said(metier, self._seance)
        raisons = tell_reasons(dit, self._textes, exerce=self._exerce)
        supposees = tuple(c for c in metier.acquises if c not in dit.acquises)
        proche = self._tell_near(dit, supposees)
        return Piste(
            rang=rang,
            metier=metier,
            fait=first_sentence(metier.definition),
            raisons=raisons,
            pourquoi=self._tell_why(dit, raisons, proche),
            axes=dict(self._axes[code]),
            mouvement=self._moved(code, rang),
            epingle=code in self._epingles,
            ajoute=self._par.get(code, ""),
            lettre=self._lettres.get(code, ""),
            proche=proche,
            dites=dit.acquises,
            supposees=supposees,
        )

    def _tell_why(self, metier: MetierPropose, raisons: Sequence[str], proche: str) -> str:
        # What nearly every métier calls for tells none from another.
        dites = [c for c in metier.acquises if not c.transversale]
        autres = [e.critere for e in metier.explications if e.critere in _PARLANTES]
        mots = [self._textes["raisons"][critere] for critere in autres[:1]]
        if metier.proche_de:  # what it owes its place to
            mots = list(raisons[:1])
        if dites:
            noms = "\u00a0; ".join(short_first(dites)[:_DITES])
            return " ".join([f"Vous savez déjà\u00a0: {noms}.", *mots])
        if proche:
            return " ".join([proche, *mots])
        return " ".join(dict.fromkeys((*mots, *raisons[:1])))

    def _tell_near(self, metier: MetierPropose, supposees: Sequence[CompetenceSituee]) -> str:
        """What it calls for that is close to what was confirmed, else what remains to be confirmed."""
        proches = [c for c in metier.transferables if c.origine in self._origines]
        debut = "Proche de ce que vous savez faire" if proches else "À vérifier ensemble, d'après vos expériences"
        noms = "\u00a0; ".join(short_first(proches or [c for c in supposees if not c.transversale])[:_DITES])
        return f"{debut}\u00a0: {noms}." if noms else ""

    def _moved(self, code: str, rang: int) -> Mouvement:
        if not self._avant or not rang:
            return ""
        ancien = self._avant.get(code)
        if ancien is None:
            return "nouveau"
        return "monte" if rang < ancien else "descend" if rang > ancien else ""
