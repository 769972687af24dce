"""The rules of the recommendation as they are in force, told from its configuration, its criteria and its catalogue."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from api.profils.cles import CLES_PERSONNELLES
from api.profils.profil import ProfilSchema
from api.reponses.commun import provenance_as_dict
from api.service import Service
from embeddings.cas.banque import count_cases
from embeddings.search import Recherche
from recommender.config import PAR_DEFAUT, Config, Liste, load_config
from recommender.ponderation import axis_shares, divisor, formula
from recommender.questionnaire import load_questionnaire
from recommender.signals.base import AXES
from recommender.types import Axe

Json = dict[str, Any]
RAPPORT = "evaluation/RESULTATS.md"
"""Where the measures are, in the source code: the service publishes its rules, the report what they are worth."""
CADRE: tuple[tuple[str, str], ...] = (
    (
        "Code des relations entre le public et l'administration, articles L311-3-1 et R311-3-1-2",
        "Degré et mode de contribution du traitement, données et sources, paramètres et pondération, opérations : "
        "chaque partie de cette réponse porte l'un de ces noms.",
    ),
    (
        "Code des relations entre le public et l'administration, article L312-1-3",
        "Publication des règles des principaux traitements algorithmiques.",
    ),
    (
        "Règlement (UE) 2024/1689 sur l'intelligence artificielle, annexe III, points 3 et 4",
        "L'admission, l'affectation, l'évaluation des acquis et le recrutement sont hors de la finalité d'Azimut.",
    ),
)
FINALITE = (
    "Azimut aide une personne à explorer des métiers, seule ou avec un conseiller, à partir de ce qu'elle sait faire, "
    "de ce qu'elle aime et de ce qu'elle souhaite. Il ouvre des pistes ; la personne choisit."
)
CONTRIBUTION = (
    "Azimut ne prend aucune décision et n'en fonde aucune : il rend une liste de métiers à explorer, avec ses raisons, "
    "que la personne peut changer, critère par critère."
)
EXCLUSIONS: tuple[str, ...] = (
    "décider d'une admission ou d'une affectation dans une formation",
    "évaluer une personne, ses acquis ou son aptitude",
    "trier, classer ou écarter des candidats à un emploi ou à une formation",
    "ouvrir, refuser ou réduire un droit, une aide ou un accompagnement",
)
AXES_DITS: Mapping[Axe, str] = {"attrait": "Cela convient-il à la personne ?", "portee": "Peut-elle y arriver ?"}
_SECTION = re.compile(r"\[(\w+)\]\s*(?:#\s*(.*))?")
_VALEUR = re.compile(r'(\w+)\s*=\s*[^#"]+?\s*(?:#\s*(.*))?')
_DICTIONNAIRES = {"qualites", "series", "mots_courants"}
"""Sections that are lists of words: too long to be shown, and counted."""


def rules_as_dict(moteur: Service) -> Json:
    """All the rules in force, what they are made of and what they are not for."""
    config, publie = moteur.recommender.config, load_config()
    provenance = provenance_as_dict(moteur.catalogue, moteur.recherche.version, config.empreinte)
    poids = config.ponderation.model_dump()
    total = divisor(config, poids)
    parts = axis_shares(poids, total)
    return {
        "finalite": FINALITE,
        "exclusions": list(EXCLUSIONS),
        "cadre": [{"reference": reference, "objet": objet} for reference, objet in CADRE],
        "contribution": CONTRIBUTION,
        "donnees": {
            "lues": [{"champ": nom, "sens": champ.description} for nom, champ in ProfilSchema.model_fields.items()],
            "jamais_lues": sorted(CLES_PERSONNELLES),
            "conservees": (
                "Rien de ce qu'une personne écrit seule n'est conservé ; un dossier ne l'est qu'avec son accord."
            ),
        },
        "formule": formula(poids, total),
        "axes": [{"axe": axe, "sens": sens, "part": round(parts[axe], 4)} for axe, sens in AXES_DITS.items()],
        "criteres": list(criteria(config)),
        "parametres": list(_sections(config, publie)),
        "operations": [
            {"cle": cle, "phrase": phrase} for cle, phrase in operations(config.liste, len(moteur.catalogue.metiers))
        ],
        "limites": [{"cle": cle, "phrase": phrase} for cle, phrase in _limits(moteur)],
        "evaluation": {"rapport": RAPPORT},
        "empreintes": {
            "catalogue": moteur.catalogue.version,
            "index": moteur.recherche.version,
            "config": config.empreinte,
            "questionnaire": load_questionnaire().empreinte,
        },
        "provenance": provenance,
    }


def criteria(config: Config) -> Iterator[Json]:
    """Every criterion with its weight beside the published one."""
    publies = load_config().ponderation.model_dump()
    for critere, valeur in config.ponderation.model_dump().items():
        yield {
            "critere": critere,
            "axe": AXES[critere],
            "sens": _comments()["ponderation", critere],
            "poids": valeur,
            "poids_publie": publies[critere],
            "eteint": valeur == 0,
        }


def _sections(config: Config, publie: Config) -> Iterator[Json]:
    """Every value of the configuration beside the published one, with the words of the published file."""
    publies = publie.model_dump(mode="json")
    for section, valeurs in config.model_dump(mode="json").items():
        if section in _DICTIONNAIRES | {"ponderation"}:
            continue
        yield {
            "section": section,
            "sens": _comments().get((section, "")),
            "valeurs": [
                {
                    "nom": nom,
                    "valeur": valeur,
                    "valeur_publiee": publies[section][nom],
                    "sens": _comments().get((section, nom)),
                }
                for nom, valeur in valeurs.items()
            ],
        }


@cache
def _comments() -> Mapping[tuple[str, str], str]:
    """What the published configuration says of each section and value."""
    commentaires: dict[tuple[str, str], str] = {}
    section = ""
    for ligne in PAR_DEFAUT.read_text(encoding="utf-8").splitlines():
        if trouve := _SECTION.fullmatch(ligne):
            section, sens = trouve[1], trouve[2]
            cle = ""
        elif trouve := _VALEUR.fullmatch(ligne):
            cle, sens = trouve[1], trouve[2]
        else:
            continue
        if sens:
            commentaires[section, cle] = sens
    return commentaires


def operations(liste: Liste, total: int | None = None) -> Iterator[tuple[str, str]]:
    """What is done, in order; each sentence has a test that does it.

    Args:
        liste: How the list is made.
        total: Métiers of the catalogue, where there is one.
    """
    compares = f"{total} métiers" if total else "métiers"
    yield "comprendre", "Les mots libres sont rapprochés des référentiels ; ce qui n'est pas compris est dit."
    yield "comparer", f"Les {compares} du catalogue sont tous comparés au profil, critère par critère."
    yield "additionner", "Chaque raison dit ce qu'elle ajoute à l'indice ; leur somme est l'indice."
    yield (
        "apprendre",
        f"Le critère « cas » est appris de {count_cases()} cas d'école : des personnes fictives et les métiers à "
        "explorer pour elles, écrits pour Azimut par un modèle de langue, sans relecture à ce jour. "
        "Il dit vers quels métiers vont les mots de la personne ; il se tait là où la recherche ne lit que les mots.",
    )
    yield (
        "baisser",
        f"L'indice perd au plus {_percent(liste.penalite_evitee)} par des conditions à éviter, "
        f"{_percent(liste.penalite_refus)} par un refus de la personne, et {_percent(liste.penalite_niveau)} par "
        f"niveau d'études au-delà de {liste.niveaux_atteignables:g} au-dessus du sien.",
    )
    yield (
        "varier",
        f"Parmi les {liste.ouverture_parmi} premiers, {liste.famille_maximum} métiers au plus d'une même fiche du ROME "
        f"v3, et {liste.ouverture_minimum} au moins d'un autre grand domaine qui partagent de vraies compétences.",
    )
    yield (
        "rapprocher",
        f"Les {liste.decouvertes} dernières de ces {liste.ouverture_parmi} places, ouvertures comprises, et jusqu'à "
        f"{liste.decouvertes_suite} des {liste.decouvertes_parmi - liste.ouverture_parmi} suivantes, vont d'abord à "
        "des métiers rapprochés de ceux du haut de la liste (même attrait), ou vers lesquels vont ceux qui les ont "
        "exercés ; jamais à un métier que la personne refuse. Ces parentés ont été écrites pour Azimut par un modèle "
        "de langue, sans relecture par des conseillers à ce jour ; la réponse nomme celles qui font monter un métier.",
    )
    yield "laisser", "Un métier déjà exercé n'est pas proposé, sauf s'il est souhaité."
    yield "relacher", "Une exclusion qui viderait la liste est levée, et la réponse le dit."
    yield "territoire", "Le territoire ne change pas l'ordre des métiers : il range les formations."


def _limits(moteur: Service) -> Iterator[tuple[str, str]]:
    """What the service cannot do, as counted in what it has loaded."""
    catalogue, matrices = moteur.catalogue, moteur.recommender.matrices
    yield "aptitude", "L'indice ordonne une liste ; il ne mesure pas l'aptitude d'une personne."
    if not matrices.rang_proche:
        yield "sens", "Cette instance cherche par les mots seuls : deux façons de dire la même chose lui échappent."
    else:
        yield "langue", "Le rapprochement par le sens a été appris en français : une autre langue n'est pas comprise."
        if isinstance(moteur.recherche, Recherche) and not moteur.recherche.knows_cases:
            yield (
                "cas",
                "Le critère « cas » se tait : il a été appris avec un autre encodeur que celui qui sert ici.",
            )
    total = len(catalogue.metiers)
    sans = sum(1 for code in catalogue.metiers if not matrices.acces.certifications.get(code))
    yield "certifications", f"{sans} métiers sur {total} n'ont aucune certification connue qui ne soit pas close."
    fermes = total - len(set(matrices.mobilites.nonzero()[0].tolist()))
    yield "mobilites", f"{fermes} métiers sur {total} n'ont aucune mobilité publiée vers un autre."
    reduites = [s.titre for s in catalogue.sources if s.origine == "socle"]
    if reduites:
        yield "socle", f"Référentiels réduits, à défaut de fichiers officiels : {', '.join(reduites)}."
    inventees = [s.titre for s in catalogue.sources if s.demonstration]
    if inventees:
        yield "demonstration", f"Données inventées pour la démonstration : {', '.join(inventees)}."


def _percent(part: float) -> str:
    return f"{100 * part:g} %".replace(".", ",")
