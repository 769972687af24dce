"""Cards as plain values: a métier with what surrounds it, its figures, a certification and its blocs."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from api.lectures.fiches import Alentours, Liee
from api.reponses.commun import certification_brief_as_dict, formations_as_dict, named_as_dict
from api.web.chiffres import RUBRIQUES, figure_scale, figure_value
from recommender.couverture import voies_possibles
from referentiels.fiches import FicheCertification, FicheMetier
from referentiels.types import Commune, Indicateur, Metier

Json = dict[str, Any]
_SEUL = Alentours()


def metier_as_dict(fiche: FicheMetier, provenance: Json, autour: Alentours = _SEUL) -> Json:
    """The whole card of a métier, with what surrounds it."""
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
        **_asked(fiche),
        "contextes": [{"code": c.code_ogr, "libelle": c.libelle, "type": c.type_contexte} for c in fiche.contextes],
        "centres_interet": [{"code": c.code, "libelle": c.libelle} for c in fiche.centres_interet],
        "secteurs": [{"code": s.code, "libelle": s.libelle} for s in fiche.secteurs],
        "thematiques": [{"code": t.code, "libelle": t.libelle} for t in fiche.thematiques],
        "mobilites": [named_as_dict(m) for m in fiche.mobilites],
        "mobilites_depuis": [named_as_dict(m) for m in autour.arrivees],
        "certifications": [
            {
                **certification_brief_as_dict(c),
                "active": c.active,
                "estime": c.numero in autour.estimees,
                "voies": list(autour.voies.get(c.numero, ())),
            }
            for c in fiche.certifications
        ],
        "voies": [asdict(voie) for voie in autour.ouvertes],
        "indicateurs": [asdict(i) for i in autour.indicateurs],
        "lieu": place_as_dict(autour.commune),
        "formations": None if autour.formations is None else formations_as_dict(autour.formations),
        "jour": autour.jour.isoformat() if autour.jour else None,
        "provenance": provenance,
    }


def _asked(fiche: FicheMetier) -> Json:
    """The names of a métier, and what it calls for."""
    return {
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
    }


def place_as_dict(commune: Commune | None) -> Json | None:
    """The commune that was understood."""
    return None if commune is None else {"code": commune.code, "nom": commune.nom}


def figures_as_dict(metier: Metier, indicateurs: Sequence[Indicateur], commune: Commune | None, carte: str) -> Json:
    """The figures of a métier, each as it is published and as it may be shown, provenance left to the caller.

    Args:
        metier: What they are about.
        indicateurs: At the nearest scale.
        commune: Where they were looked for.
        carte: Address of the same figures as an image.
    """
    publies = {i.indicateur for i in indicateurs if i.statut == "publie"}
    return {
        **named_as_dict(metier),
        "lieu": place_as_dict(commune),
        "indicateurs": [{**asdict(i), "affiche": figure_value(i), "echelle": figure_scale(i)} for i in indicateurs],
        "non_renseignes": [
            {"indicateur": r.indicateurs[0], "libelle": r.libelle}
            for r in RUBRIQUES
            if publies.isdisjoint(r.indicateurs)
        ],
        "carte": carte,
    }


def certification_as_dict(
    fiche: FicheCertification, provenance: Json, anciennes: Iterable[Liee] = (), nouvelles: Iterable[Liee] = ()
) -> Json:
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
        "metiers": [{**named_as_dict(m), "estime": m.code_rome in fiche.metiers_estimes} for m in fiche.metiers],
        "certificateurs": [{"nom": c.nom, "siret": c.siret, "role": c.role} for c in fiche.certificateurs],
        "voies_detaillees": [asdict(voie) for voie in voies_possibles(fiche.voies)],
        "remplace": list(fiche.remplace),
        "remplacee_par": list(fiche.remplacee_par),
        "continuite": {
            sens: [
                {**certification_brief_as_dict(x.certification), "active": x.certification.active, "pas": x.pas}
                for x in suite
            ]
            for sens, suite in (("anciennes", anciennes), ("nouvelles", nouvelles))
        },
        "provenance": provenance,
    }


def blocs_as_dict(fiche: FicheCertification, provenance: Json) -> Json:
    """The blocs of a certification, their compétences line by line."""
    certification = fiche.certification
    return {
        **certification_brief_as_dict(certification),
        "active": certification.active,
        "blocs": [
            {
                "code": bloc.code,
                "intitule": bloc.intitule,
                "competences": [ligne.strip() for ligne in (bloc.competences or "").splitlines() if ligne.strip()],
                "source": bloc.source,
            }
            for bloc in fiche.blocs
        ],
        "remplacee_par": list(fiche.remplacee_par),
        "provenance": provenance,
    }


def _linked(liee: Liee) -> Json:
    return {**certification_brief_as_dict(liee.certification), "active": liee.certification.active, "pas": liee.pas}
