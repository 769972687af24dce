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
from referentiels.fiches import FicheCertification, FicheMetier
from referentiels.lieu import Lieu
from referentiels.types import Certification, CodeRome, Indicateur, Metier, NumeroFiche

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
        "deja_exerces": [_named(catalogue.metiers[code]) for code in recommandation.deja_exerces],
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


def metier_as_dict(fiche: FicheMetier, provenance: Json, indicateurs: Iterable[Indicateur] = ()) -> Json:
    """The whole card of a métier."""
    metier = fiche.metier
    return {
        "code_rome": metier.code_rome,
        "intitule": metier.intitule,
        "definition": metier.definition,
        "acces": metier.acces,
        "grand_domaine": asdict(fiche.grand_domaine) if fiche.grand_domaine else None,
        "domaine": asdict(fiche.domaine) if fiche.domaine else None,
        "riasec": {"majeur": metier.riasec_majeur, "mineur": metier.riasec_mineur},
        "transition_ecologique": metier.transition_eco,
        "transition_numerique": metier.transition_num,
        "transition_demographique": metier.transition_demo,
        "emploi_reglemente": metier.emploi_reglemente,
        "emploi_cadre": metier.emploi_cadre,
        "appellations": [
            {"code": a.code_ogr, "libelle": a.libelle, "libelle_court": a.libelle_court, "principale": a.principale}
            for a in fiche.appellations
        ],
        "competences": [
            {
                "code": c.competence.code_ogr,
                "libelle": c.competence.libelle,
                "categorie": c.competence.categorie,
                "sous_categorie": c.competence.sous_categorie,
                "coeur_metier": c.coeur_metier,
                "transversale": c.competence.transversale,
            }
            for c in fiche.competences
        ],
        "savoirs": [
            {
                "code": s.savoir.code_ogr,
                "libelle": s.savoir.libelle,
                "categorie": s.savoir.categorie,
                "coeur_metier": s.coeur_metier,
            }
            for s in fiche.savoirs
        ],
        "contextes": [{"code": c.code_ogr, "libelle": c.libelle, "type": c.type_contexte} for c in fiche.contextes],
        "centres_interet": [{"code": c.code, "libelle": c.libelle} for c in fiche.centres_interet],
        "secteurs": [{"code": s.code, "libelle": s.libelle} for s in fiche.secteurs],
        "thematiques": [{"code": t.code, "libelle": t.libelle} for t in fiche.thematiques],
        "mobilites": [_named(m) for m in fiche.mobilites],
        "certifications": [_short_certification(c) for c in fiche.certifications],
        "indicateurs": [asdict(i) for i in indicateurs],
        "provenance": provenance,
    }


def certification_as_dict(fiche: FicheCertification, provenance: Json) -> Json:
    """The whole card of a certification; dates are ISO, unknown values null."""
    certification = fiche.certification
    return {
        **asdict(certification),
        "date_etat": certification.date_etat.isoformat() if certification.date_etat else None,
        "fin_enregistrement": certification.fin_enregistrement.isoformat()
        if certification.fin_enregistrement
        else None,
        "blocs": [{"code": b.code, "intitule": b.intitule, "competences": b.competences} for b in fiche.blocs],
        "voies": list(fiche.voies),
        "metiers": [{**_named(m), "estime": m.code_rome in fiche.metiers_estimes} for m in fiche.metiers],
        "certificateurs": [{"nom": c.nom, "siret": c.siret, "role": c.role} for c in fiche.certificateurs],
        "remplace": list(fiche.remplace),
        "remplacee_par": list(fiche.remplacee_par),
        "provenance": provenance,
    }


def search_as_dict(requete: str, reponse: Reponse, provenance: Json) -> Json:
    """What a search found, best first, and whether the service stands by the first answer."""
    return {
        "requete": requete,
        "sure": reponse.sure,
        "confiance": round(reponse.confiance, _DECIMALES),
        "resultats": [{**asdict(r), "score": round(r.score, _DECIMALES)} for r in reponse.resultats],
        "provenance": provenance,
    }


def suggestions_as_dict(debut: str, suggestions: Iterable[Suggestion]) -> Json:
    """What may be being typed, likeliest first."""
    return {"debut": debut, "suggestions": [asdict(s) for s in suggestions]}


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
            _short_certification(certifications[n]) for n in metier.certifications if n in certifications
        ],
        "formations": formations_as_dict(formations) if formations is not None else None,
    }


def _situated(competence: CompetenceSituee) -> Json:
    return {**asdict(competence), "importance": round(competence.importance, _DECIMALES)}


def _named(metier: Metier) -> Json:
    return {"code_rome": metier.code_rome, "intitule": metier.intitule}


def _short_certification(certification: Certification) -> Json:
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
