"""What a session counts for in the anonymous figures: closed values only, nothing of what was typed."""

from collections import Counter

from api.conseil.evenements import MESURES, Bilan
from api.conseil.seance import Seance
from api.service import Service
from referentiels.types import CertificationVoie, CodeRome

_QUARTS = ((25.0, "1"), (50.0, "2"), (75.0, "3"), (101.0, "4"))


def draw_up(seance: Seance, moteur: Service) -> Bilan:
    """The measures of a session as it stands.

    Args:
        seance: What was built together.
        moteur: Knows the voies and the figures of the métiers shown.
    """
    connus = moteur.catalogue.metiers
    montres = [CodeRome(c) for c in seance.premiers if CodeRome(c) in connus]
    mesures: dict[str, Counter[str]] = {
        "sans_resultat": Counter() if seance.vide else Counter(["non" if montres else "oui"]),
        "domaine": Counter(code[0] for code in montres),
        "voie": Counter(voie for code in montres for voie in _ways_in(code, moteur)),
        "femmes": Counter(_women(code, moteur) for code in montres),
        "epingles": Counter(["metier"] * len(seance.epingles)),
        "ecarts": Counter(e.cle if e.cle in MESURES["ecarts"].valeurs else "autre" for e in seance.ecartes),
        "ajouts": Counter(a.par for a in seance.ajoutes),
        "entree": Counter(_door(seance)),
        "territoire": Counter([_departement(seance.lieu.code)] if seance.lieu else []),
    }
    mesures |= {question: Counter([reponse]) for question, reponse in seance.avis.items()}
    return {cle: dict(compte) for cle, compte in mesures.items() if compte}


def _door(seance: Seance) -> list[str]:
    """By what the profile holds first, of what a person usually begins with."""
    portes = (
        ("metier", seance.experiences),
        ("competences", seance.confirmees),
        ("formation", seance.diplomes),
        ("interets", (*seance.gouts, *seance.centres)),
    )
    return [porte for porte, dits in portes if dits][:1]


def _departement(code_commune: str) -> str:
    return code_commune[:3] if code_commune.startswith("97") else code_commune[:2]


def _ways_in(code: CodeRome, moteur: Service) -> set[str]:
    numeros = moteur.recommender.matrices.acces.certifications.get(code, ())
    voies = moteur.catalogue.select(CertificationVoie, numero=list(numeros)) if numeros else ()
    return {v.voie for v in voies if v.ouverte}


def _women(code: CodeRome, moteur: Service) -> str:
    for i in moteur.catalogue.indicateurs(code):
        if i.indicateur == "part_femmes" and i.statut == "publie" and i.valeur is not None:
            return next(quart for borne, quart in _QUARTS if (i.valeur or 0.0) < borne)
    return "inconnue"
