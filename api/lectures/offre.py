"""What someone asks of the formation offer, turned into a page: who is asked, what is relaxed, what is said of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from api.errors import at_field
from api.lectures.fiches import find_commune
from api.lectures.pages_curseur import Liste, Place
from api.reponses.formations import listed_as_dict, remarks_of
from api.service import Service
from recommender.annuaire import Demande, Page, Tri
from referentiels.types import CodeRome, NumeroFiche, Voie

Json = dict[str, Any]
_PROCHES, _PART = 10, 0.5
"""Titles near in meaning that stand for words that no title bears: so many, and half as likely as the first."""


@dataclass(frozen=True, slots=True)
class Filtres:
    """What was asked, as it was sent."""

    q: str
    commune: str | None
    rayon_km: float
    certification: str | None
    metier: str | None
    voies: Sequence[Voie]
    tri: Tri | None

    def as_dict(self) -> Json:
        """The question, to be told from another one."""
        return {
            "q": self.q,
            "commune": self.commune,
            "rayon_km": self.rayon_km,
            "certification": self.certification,
            "metier": self.metier,
            "voie": sorted(self.voies),
            "tri": self.tri,
        }


def list_formations(moteur: Service, filtres: Filtres, curseur: str | None, limite: int, jour: date) -> Json:
    """A page of the offer, without its provenance.

    Raises:
        UnknownCodeError: The commune, the certification or the métier is unknown.
        InvalidInputError: The commune is ambiguous, or the cursor cannot be read.
        RefusError: The catalogue changed since the cursor was given.
    """
    liste = Liste(moteur.version, filtres.as_dict())
    place = liste.begin(curseur, jour)
    lieu = find_commune(moteur.catalogue, filtres.commune)
    position = moteur.guide.locate([lieu.code]) if lieu else None
    certifications, relaches = _certifications(moteur, filtres)
    demande = Demande(
        jour=place.jour,
        certifications=certifications,
        texte=filtres.q,
        position=position,
        rayon_km=filtres.rayon_km,
        voies=filtres.voies,
        tri=(filtres.tri or "distance") if position is not None else "nom",
    )
    page = _find(moteur, demande, place, limite, relaches)
    relaches += ["voie"] * page.voies_levees + ["rayon_km"] * page.rayon_leve
    remarques = remarks_of(relaches, filtres.rayon_km, lieu.nom if lieu else None, filtres.voies)
    if filtres.tri == "distance" and position is None:
        remarques.append("Sans commune située, la liste est rangée par intitulé.")
    if not page.total:
        remarques.append("Aucune formation de l'offre connue ne répond : un conseiller peut en connaître d'autres.")
    return {
        "total": page.total,
        "au_dela": page.au_dela,
        "tri": demande.tri,
        "relaches": relaches,
        "remarques": remarques,
        "commune": lieu.nom if lieu else None,
        "formations": [listed_as_dict(fiche) for fiche in page.fiches],
        "suivant": liste.next(place, len(page.fiches), page.total),
        "jour": place.jour.isoformat(),
    }


def _certifications(moteur: Service, filtres: Filtres) -> tuple[list[NumeroFiche] | None, list[str]]:
    """The certifications asked about, by number, by métier or both; the number wins when they do not meet."""
    with at_field("certification"):
        une = moteur.catalogue.certification(filtres.certification).certification if filtres.certification else None
    with at_field("metier"):
        metier = moteur.catalogue.metier(filtres.metier) if filtres.metier else None
    siennes = _leading_to(moteur, metier.code_rome) if metier else None
    if une is None:
        return siennes, []
    if siennes is not None and une.numero not in siennes:
        return [une.numero], ["metier"]
    return [une.numero], []


def _leading_to(moteur: Service, code: CodeRome) -> list[NumeroFiche]:
    return list(moteur.recommender.matrices.acces.certifications.get(code, ()))


def _find(moteur: Service, demande: Demande, place: Place, limite: int, relaches: list[str]) -> Page:
    """The page; where no title bears the words, that of the titles nearest in meaning."""
    annuaire = moteur.guide.annuaire
    page = annuaire.find(demande, place.rang, limite)
    if page.total or not demande.texte.strip():
        return page
    trouves = moteur.recherche.search(demande.texte, ("formation",), _PROCHES)
    proches = [r.code for r in trouves if r.score >= _PART * trouves[0].score]
    page = annuaire.find(replace(demande, texte="", intitules=proches), place.rang, limite)
    if page.total:
        relaches.append("q")
    return page
