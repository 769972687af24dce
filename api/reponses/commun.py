"""Answers as plain values, the same for the API and the command line."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from embeddings.extraction import Extraction
from embeddings.suggestion import Suggestion
from embeddings.types import Reponse
from recommender.formations import FormationsTrouvees
from recommender.profil_interets import ProfilInterets
from recommender.questionnaire import Item, Questionnaire
from recommender.types import CompetenceSituee, MetierPropose, Recommandation
from referentiels.catalogue import Catalogue
from referentiels.lieu import Lieu
from referentiels.types import Certification, CodeRome, Metier, NumeroFiche

Json = dict[str, Any]
_DECIMALES = 4


def answer_as_dict(
    recommandation: Recommandation,
    catalogue: Catalogue,
    index: str,
    avertissements: Iterable[str] = (),
    formations: Mapping[CodeRome, FormationsTrouvees] | None = None,
    jour: date | None = None,
) -> Json:
    """A recommendation with its reasons and its provenance.

    Args:
        recommandation: What the engine answered.
        catalogue: The one that the engine used; gives titles to certifications.
        index: Version of the search index.
        avertissements: Sentences about the reading of the profile, put first.
        formations: The nearest ones of each métier; null in the answer when None.
        jour: Of the draw between equal formations.
    """
    numeros = {numero for metier in recommandation.metiers for numero in metier.certifications}
    certifications = titles_of(catalogue, numeros)
    notes = dict.fromkeys((*avertissements, *recommandation.avertissements))
    return {
        "metiers": [
            _proposal(metier, certifications, (formations or {}).get(metier.code_rome))
            for metier in recommandation.metiers
        ],
        "deja_exerces": [named_as_dict(catalogue.metiers[code]) for code in recommandation.deja_exerces],
        "compris": [
            {
                "champ": c.champ,
                "texte": c.texte,
                "nature": c.nature,
                "code": c.code,
                "libelle": c.libelle,
                "confiance": round(c.confiance, _DECIMALES),
                "autres": [{"code": code, "libelle": libelle} for code, libelle in c.autres],
            }
            for c in recommandation.compris
        ],
        "avertissements": list(notes),
        "provenance": provenance_as_dict(catalogue, index, recommandation.config),
        "ponderation": dict(recommandation.ponderation),
        "formule": recommandation.formule,
        "jour": jour.isoformat() if jour else None,
        "nombre_evalues": recommandation.nombre_evalues,
    }


def titles_of(catalogue: Catalogue, numeros: Iterable[NumeroFiche]) -> Mapping[NumeroFiche, Certification]:
    """Certifications by number."""
    cherches = sorted(set(numeros))
    return {c.numero: c for c in catalogue.select(Certification, numero=cherches)} if cherches else {}


def provenance_as_dict(catalogue: Catalogue, index: str, config: str | None = None) -> Json:
    """What an answer was made from: catalogue, index, configuration, and each source with its millésime."""
    provenance = catalogue.provenance()
    sources = provenance.pop("sources")
    return {**provenance, "index": index, **({"config": config} if config else {}), "sources": sources}


def search_as_dict(requete: str, reponse: Reponse, provenance: Json, suivant: str | None = None) -> Json:
    """What a search found, best first, and whether the service stands by the first answer."""
    return {
        "requete": requete,
        "sure": reponse.sure,
        "confiance": round(reponse.confiance, _DECIMALES),
        "resultats": [{**asdict(r), "score": round(r.score, _DECIMALES)} for r in reponse.resultats],
        "suivant": suivant,
        "provenance": provenance,
    }


def suggestions_as_dict(debut: str, suggestions: Iterable[Suggestion]) -> Json:
    """What may be being typed, likeliest first."""
    return {"debut": debut, "suggestions": [_suggestion(s) for s in suggestions]}


def extraction_as_dict(extraction: Extraction, provenance: Json) -> Json:
    """The compétences read in a text, each to be confirmed, in the order of the text."""
    return {
        "competences": [
            {
                **asdict(c),
                "confiance": round(c.confiance, _DECIMALES),
                "autres": [{**asdict(a), "confiance": round(a.confiance, _DECIMALES)} for a in c.autres],
            }
            for c in extraction.competences
        ],
        "non_reconnus": list(extraction.non_reconnus),
        "caracteres_lus": extraction.caracteres_lus,
        "complet": extraction.complet,
        "provenance": provenance,
    }


def places_as_dict(requete: str, lieux: Iterable[Lieu]) -> Json:
    """Places found, best first."""
    return {
        "requete": requete,
        "territoires": [
            {
                "nature": lieu.nature,
                "code": lieu.code,
                "nom": lieu.nom,
                "libelle": lieu.libelle,
                "code_departement": lieu.code_departement,
                "code_region": lieu.code_region,
                "codes_postaux": list(lieu.codes_postaux),
                "population": lieu.population,
                "remarque": lieu.remarque,
            }
            for lieu in lieux
        ],
    }


def proposal_as_dict(metier: MetierPropose, catalogue: Catalogue, formations: FormationsTrouvees | None = None) -> Json:
    """One métier, with its reasons and what is missing."""
    return _proposal(metier, titles_of(catalogue, metier.certifications), formations)


def formations_as_dict(trouvees: FormationsTrouvees) -> Json:
    """Near formations, and what the list does not show."""
    return {
        "total": trouvees.total,
        "elargi": trouvees.elargi,
        "remarque": trouvees.remarque,
        "proches": [
            {
                "identifiant": f.identifiant,
                "intitule": f.intitule,
                "certification": f.certification,
                "organisme": f.organisme,
                "commune": f.commune,
                "departement": f.departement,
                "voie": f.voie,
                "modalite": f.modalite,
                "distance_km": None if f.distance_km is None else round(f.distance_km, 1),
                "distance": f.distance,
                "precision": f.precision,
                "hors_rayon": f.hors_rayon,
                "debut": f.debut.isoformat() if f.debut else None,
                "url": f.url,
                "sources": list(f.sources),
                "demonstration": f.demonstration,
            }
            for f in trouvees.formations
        ],
    }


def _proposal(
    metier: MetierPropose,
    certifications: Mapping[NumeroFiche, Certification],
    formations: FormationsTrouvees | None,
) -> Json:
    return {
        "code_rome": metier.code_rome,
        "intitule": metier.intitule,
        "definition": metier.definition,
        "indice": metier.indice,
        "attrait": metier.attrait,
        "portee": metier.portee,
        "ouverture": metier.ouverture,
        "gestes": list(metier.gestes),
        "proche_de": [{"code_rome": code, "intitule": intitule} for code, intitule in metier.proche_de],
        "alertes": list(metier.alertes),
        "competences": {
            "acquises": [_situated(c) for c in metier.acquises],
            "transferables": [_situated(c) for c in metier.transferables],
            "manquantes": [_situated(c) for c in metier.manquantes],
        },
        "explications": [
            {
                "critere": e.critere,
                "axe": e.axe,
                "contribution": e.contribution,
                "phrase": e.phrase,
                "preuves": list(e.preuves),
            }
            for e in metier.explications
        ],
        "certifications": [
            certification_brief_as_dict(certifications[n]) for n in metier.certifications if n in certifications
        ],
        "formations": formations_as_dict(formations) if formations is not None else None,
    }


def _suggestion(suggestion: Suggestion) -> Json:
    return {
        "nature": suggestion.nature,
        "code": suggestion.code,
        "libelle": suggestion.libelle,
        "trouve": suggestion.trouve,
        "approche": suggestion.approche,
    }


def _situated(competence: CompetenceSituee) -> Json:
    # Hundreds an answer: written out, this takes a tenth of the time of `asdict`.
    return {
        "code": competence.code,
        "libelle": competence.libelle,
        "nature": competence.nature,
        "importance": round(competence.importance, _DECIMALES),
        "coeur_metier": competence.coeur_metier,
        "transversale": competence.transversale,
        "origine": competence.origine,
    }


def named_as_dict(metier: Metier) -> Json:
    """A métier by its code and title."""
    return {"code_rome": metier.code_rome, "intitule": metier.intitule}


def certification_brief_as_dict(certification: Certification) -> Json:
    """A certification by its number, title and level."""
    return {"numero": certification.numero, "intitule": certification.intitule, "niveau": certification.niveau}


def interests_as_dict(questionnaire: Questionnaire, question: Item | None, gouts: ProfilInterets) -> Json:
    """The next question and what the answers say so far."""
    return {
        "consigne": questionnaire.consigne,
        "choix": [{"valeur": valeur, "libelle": libelle} for valeur, libelle in questionnaire.valeurs.items()],
        "question": None if question is None else {"identifiant": question.identifiant, "texte": question.texte},
        "gouts": {
            "lettres": [
                {
                    "lettre": lettre.lettre,
                    "libelle": lettre.libelle,
                    "poids": lettre.poids,
                    "ecart_type": lettre.ecart_type,
                    "reponses": lettre.reponses,
                }
                for lettre in gouts.lettres
            ],
            "tete": [list(groupe) for groupe in gouts.tete],
            "certitude": gouts.certitude,
            "phrase": gouts.phrase,
            "riasec": dict(gouts.riasec),
            "sans_avis": gouts.sans_avis,
        },
        "empreinte": questionnaire.empreinte,
    }
