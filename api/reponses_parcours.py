"""Ways to a métier as plain values, the same for the API, the pages and the command line."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from api.reponses import proposal_as_dict
from recommender.chemins import Chemin, EtApres
from recommender.contrefactuel import Effet, PourquoiPas
from recommender.couverture import BlocChoisi
from recommender.parcours import CertificationDuParcours, Parcours
from recommender.signals.competences import label_item
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
