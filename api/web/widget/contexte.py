"""What a screen is made from, and what it makes: pages are values until the last moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from api.persistence.base import BaseDonnees
from api.service import Service
from api.settings import Settings
from api.web.widget.etat import Etat
from api.web.widget.textes import load_texts
from api.web.widget.vue import Vue
from recommender.questionnaire import Questionnaire, load_questionnaire
from recommender.types import Profil
from referentiels.types import Certification, CodeOgr, CodeRome, Secteur

ETAPES = 5
"""Où, la porte, deux questions, les pistes: what the bar shows, whatever the door."""


@cache
def questionnaire() -> Questionnaire:
    """The questions on tastes, read once."""
    return load_questionnaire()


@dataclass(frozen=True, slots=True)
class Contexte:
    """One request along the path."""

    moteur: Service
    settings: Settings
    vue: Vue
    etat: Etat
    champs: Mapping[str, str]
    jour: date
    base_donnees: BaseDonnees
    origine: str
    """Where the service answers, for the link and its QR code."""

    @property
    def textes(self) -> Mapping[str, Any]:
        """The words of the language chosen."""
        return load_texts(self.vue.langue)

    def text(self, nom: str, longueur: int = 200) -> str:
        """A field, its blanks made single."""
        return " ".join(self.champs.get(nom, "").split())[:longueur]

    def profile(self) -> Profil:
        """What was said, as the engine reads it."""
        etat, catalogue = self.etat, self.moteur.catalogue
        souhaits = [catalogue.metiers[CodeRome(code)].intitule for code in etat.envies]
        souhaits += [s.libelle for s in catalogue.select(Secteur, code=etat.secteur)] if etat.secteur else []
        riasec = dict(questionnaire().estimate(etat.answers()).riasec)
        if not riasec and etat.penchant:
            riasec = {etat.penchant: 1.0}
        return etat.to_profile("; ".join(souhaits), riasec)


@dataclass(frozen=True, slots=True)
class Page:
    """A screen to show: its template, the state it carries on, and what the template needs."""

    ecran: str
    etat: Etat
    etape: int = 0
    """From 1 to `ETAPES`; 0 outside the path."""
    retour: str | None = None
    """The screen before."""
    erreur: str = ""
    statut: int = 200
    valeurs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suite:
    """The screen that comes next, opened with nothing but the state."""

    ecran: str
    etat: Etat


Issue = Page | Suite


def keep_known(etat: Etat, moteur: Service) -> Etat:
    """The state without the codes that the catalogue does not hold: it may come from another day, or another place."""
    catalogue = moteur.catalogue
    numeros = [d.numero for d in etat.diplomes]
    connus = {c.numero for c in catalogue.select(Certification, numero=numeros)} if numeros else set()
    secteurs = catalogue.select(Secteur, code=etat.secteur) if etat.secteur else ()
    items = {i.identifiant for i in questionnaire().items}
    gouts = {gout.item: gout for gout in etat.gouts if gout.item in items}

    def known(codes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(c for c in codes if CodeRome(c) in catalogue.metiers))

    return etat.change(
        envies=known(etat.envies),
        exerces=known(etat.exerces),
        exclus=known(etat.exclus),
        gardes=known(etat.gardes),
        secteur=etat.secteur if secteurs else None,
        diplomes=tuple(d for d in etat.diplomes if d.numero in connus),
        competences=tuple(c for c in etat.competences if c.code is None or CodeOgr(c.code) in catalogue.competences),
        gouts=tuple(gouts.values()),
    )
