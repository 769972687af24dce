"""Ways to a métier as plain values, the same for the API, the pages and the command line."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from api.reponses.commun import proposal_as_dict
from recommender.chemins import Chemin, EtApres
from recommender.contrefactuel import Effet, PourquoiPas
from recommender.couverture import BlocChoisi
from recommender.parcours import CertificationDuParcours, Parcours
from recommender.signals.competences import label_item
from recommender.trajets import Itineraire, Trajet
from referentiels.catalogue import Catalogue
from referentiels.types import CodeRome

Json = dict[str, Any]
_DECIMALES = 4


def route_as_dict(parcours: Parcours, catalogue: Catalogue, provenance: Json) -> Json:
    """The whole way to a métier."""
    couverture = parcours.couverture
    return {
        "metier": proposal_as_dict(parcours.metier, catalogue, parcours.formations),
        "phrases": list(parcours.phrases),
        "couverture": {
            "blocs": [_bloc(bloc, catalogue) for bloc in couverture.blocs],
            "part": round(couverture.part, _DECIMALES),
            "part_totale": round(couverture.part_totale, _DECIMALES),
            "exact": couverture.exact,
            "borne": round(couverture.borne, _DECIMALES) if couverture.atteinte else None,
            "non_couverts": len(couverture.non_couverts),
        },
        "certifications": [_certification(certification) for certification in parcours.certifications],
        "chemins": [_path(chemin) for chemin in parcours.chemins],
        "jour": parcours.jour.isoformat(),
        "provenance": provenance,
    }


def gap_as_dict(parcours: Parcours, catalogue: Catalogue, avertissements: Iterable[str], provenance: Json) -> Json:
    """What is held, what is missing, and what closes the gap, without formations nor steps."""
    entier = route_as_dict(parcours, catalogue, provenance)
    metier = entier["metier"]
    competences = metier["competences"]
    manquantes = sorted(competences["manquantes"], key=lambda c: (-c["importance"], c["code"]))
    return {
        "metier": {"code_rome": metier["code_rome"], "intitule": metier["intitule"]},
        "portee": metier["portee"],
        "competences": {**competences, "manquantes": manquantes},
        "couverture": entier["couverture"],
        "certifications": entier["certifications"],
        "alertes": metier["alertes"],
        # What is said of formations is left out with them.
        "phrases": [phrase for phrase in parcours.phrases if phrase != parcours.formations.remarque],
        "avertissements": list(avertissements),
        "provenance": provenance,
    }


def journey_as_dict(trajet: Trajet, provenance: Json) -> Json:
    """The ways from a métier to another, or why there is none and what leads there."""
    return {
        "depart": _named(trajet.depart.code_rome, trajet.depart.intitule),
        "arrivee": _named(trajet.cible.code_rome, trajet.cible.intitule),
        "chemins": [_itinerary(itineraire) for itineraire in trajet.itineraires],
        "pourquoi": trajet.pourquoi,
        "plus_long": _itinerary(trajet.plus_long) if trajet.plus_long is not None else None,
        "a_portee": [
            {**_named(metier.code_rome, metier.intitule), "etapes": etapes} for metier, etapes in trajet.proches
        ],
        "certifications": [
            {"numero": c.numero, "intitule": c.intitule, "niveau": c.niveau} for c in trajet.certifications
        ],
        "provenance": provenance,
    }


def _itinerary(itineraire: Itineraire) -> Json:
    return {
        "cout": itineraire.chemin.cout,
        "etapes": [
            {
                **_named(etape.code_rome, etape.intitule),
                "lien": etape.lien,
                "phrase": etape.phrase,
                "communs": etape.communs,
                "proximite": round(etape.proximite, _DECIMALES),
                "apprend": [{"code": code, "libelle": libelle} for code, libelle in appris.items],
                "apprend_en_tout": appris.en_tout,
                "dont_pour_l_arrivee": appris.vers_la_cible,
                "reglemente": etape.reglemente,
            }
            for etape, appris in zip(itineraire.chemin.etapes, itineraire.appris, strict=True)
        ],
    }


def why_as_dict(reponse: PourquoiPas, catalogue: Catalogue, provenance: Json) -> Json:
    """Where a métier stands, and what keeps it there."""
    return {
        "code_rome": reponse.code_rome,
        "intitule": reponse.intitule,
        "rang": reponse.rang,
        "phrases": list(reponse.phrases),
        "ecarts": [asdict(ecart) for ecart in reponse.ecarts],
        "metier": proposal_as_dict(reponse.metier, catalogue) if reponse.metier is not None else None,
        "provenance": provenance,
    }


def effects_as_dict(effets: Iterable[Effet], provenance: Json) -> Json:
    """What would change the list most."""
    return {
        "effets": [
            {
                "champ": effet.champ,
                "libelle": effet.libelle,
                "restes": effet.restes,
                "entrants": [_named(code, intitule) for code, intitule in effet.entrants],
                "phrase": effet.phrase,
            }
            for effet in effets
        ],
        "provenance": provenance,
    }


def after_as_dict(apres: EtApres, provenance: Json) -> Json:
    """What a certification opens, and those that may follow it."""
    return {
        "metiers": [asdict(metier) for metier in apres.metiers],
        "suites": [{"numero": s.numero, "intitule": s.intitule, "niveau": s.niveau} for s in apres.suites],
        "provenance": provenance,
    }


def _bloc(bloc: BlocChoisi, catalogue: Catalogue) -> Json:
    return {
        "code": bloc.code,
        "intitule": bloc.intitule,
        "certification": {"numero": bloc.numero, "intitule": bloc.certification, "niveau": bloc.niveau},
        "part": round(bloc.part, _DECIMALES),
        "couvre": [
            {
                "code": lien.code,
                "libelle": label_item(catalogue, lien.code),
                "par": lien.par,
                "probabilite": round(lien.probabilite, _DECIMALES),
            }
            for lien in bloc.items
        ],
        "lien_estime": bloc.lien_estime,
    }


def _certification(une: CertificationDuParcours) -> Json:
    utile = une.certification
    return {
        "numero": utile.numero,
        "intitule": utile.intitule,
        "niveau": utile.niveau,
        "blocs": list(utile.blocs),
        "blocs_en_tout": utile.blocs_en_tout,
        "voies": [asdict(voie) for voie in une.voies],
        "premiere_marche": une.premiere_marche,
    }


def _path(chemin: Chemin) -> Json:
    return {
        "depart": _named(chemin.depart, chemin.depart_intitule),
        "depart_dit": chemin.depart_dit,
        "etapes": [
            {
                **_named(etape.code_rome, etape.intitule),
                "lien": etape.lien,
                "phrase": etape.phrase,
                "apprend": [libelle for _, libelle in etape.apprend],
                "apprend_en_tout": etape.apprend_en_tout,
                "reglemente": etape.reglemente,
            }
            for etape in chemin.etapes
        ],
    }


def _named(code: CodeRome, intitule: str) -> Json:
    return {"code_rome": code, "intitule": intitule}
