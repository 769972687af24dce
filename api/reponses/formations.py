"""The formation offer as plain values: a page of the list, and one formation source by source."""

from collections.abc import Iterable, Sequence
from typing import Any

from recommender.annuaire import Detail, Fiche, Origine
from referentiels.catalogue import Catalogue
from referentiels.types import ActionFormation, Certification, SessionFormation

Json = dict[str, Any]


def listed_as_dict(fiche: Fiche) -> Json:
    """One formation of a list."""
    return {
        "identifiant": fiche.identifiant,
        "intitule": fiche.intitule,
        "niveau": fiche.niveau,
        "certifications": list(fiche.certifications),
        "organisme": fiche.organisme,
        "code_commune": fiche.code_commune,
        "commune": fiche.commune,
        "code_departement": fiche.code_departement,
        "departement": fiche.departement,
        "voies": list(fiche.voies),
        "modalite": fiche.modalite,
        "distance_km": fiche.distance_km,
        "precision": fiche.precision,
        "dans_rayon": fiche.dans_rayon,
        "debut": fiche.debut.isoformat() if fiche.debut else None,
        "duree_heures": fiche.duree_heures,
        "url": fiche.url,
        "sources": list(fiche.sources),
        "origines": list(fiche.identifiants),
        "demonstration": fiche.demonstration,
    }


def formation_as_dict(detail: Detail, catalogue: Catalogue, provenance: Json) -> Json:
    """One formation with all its sources."""
    numeros = detail.fiche.certifications
    certifications = catalogue.select(Certification, numero=numeros) if numeros else ()
    return {
        "formation": listed_as_dict(detail.fiche),
        "certifications": [
            {"numero": c.numero, "intitule": c.intitule, "niveau": c.niveau}
            for c in sorted(certifications, key=lambda c: (not c.active, c.numero))
        ],
        "origines": [_origin(origine) for origine in detail.origines],
        "autres_lieux": list(detail.autres_lieux),
        "provenance": provenance,
    }


def _origin(origine: Origine) -> Json:
    formation = origine.formation
    return {
        "source": formation.source,
        "identifiant": formation.id,
        "intitule": formation.intitule,
        "certification": formation.certification,
        "objectif": formation.objectif,
        "url": formation.url,
        "demonstration": formation.demonstration,
        "actions": [_action(a, [s for s in origine.sessions if s.action == a.id]) for a in origine.actions],
    }


def _action(action: ActionFormation, sessions: Iterable[SessionFormation]) -> Json:
    return {
        "identifiant": action.id,
        "voie": action.voie,
        "modalite": action.modalite,
        "code_commune": action.commune,
        "lieu": action.lieu,
        "places": action.places,
        "sessions": [
            {
                "identifiant": s.id,
                "debut": s.debut.isoformat() if s.debut else None,
                "fin": s.fin.isoformat() if s.fin else None,
                "etat": s.etat,
            }
            for s in sessions
        ],
    }


def remarks_of(relaches: Sequence[str], rayon_km: float, commune: str | None, voies: Sequence[str]) -> list[str]:
    """What was relaxed so that the list is not empty, in sentences."""
    phrases = []
    if "metier" in relaches:
        phrases.append("Cette certification ne mène pas au métier demandé : seule la certification est retenue.")
    if "q" in relaches:
        phrases.append("Aucun intitulé ne porte ces mots : voici ceux dont le sens est le plus proche.")
    if "voie" in relaches:
        phrases.append(
            f"Aucune formation ne répond par la voie demandée ({', '.join(voies)}) : voici les autres voies."
        )
    if "rayon_km" in relaches:
        phrases.append(
            f"Aucune formation ne répond à moins de {rayon_km:g} km à vol d'oiseau de {commune} : voici celles au-delà."
        )
    return phrases
