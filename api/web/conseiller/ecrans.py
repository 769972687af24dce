"""What each screen of a session shows; a form that was wrong is shown again in the screen where it was typed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from fastapi import Response

from api.conseil.gestes_pistes import MOTIFS, step_of
from api.conseil.seance import CompetenceDite, ExperienceDite, Gout, Seance
from api.conseil.synthese import RETENUS_MAX
from api.conseil.tenues import Rangee
from api.persistence.avis import QUESTIONS, REPONSES
from api.reponses.commun import provenance_as_dict
from api.reponses.parcours import route_as_dict
from api.web.chiffres import present_figures
from api.web.conseiller.graphiques import draw_charts
from api.web.conseiller.nuage import HAUTEUR, LARGEUR, draw_scatter
from api.web.conseiller.pistes import describe_some, keep_said_on, list_metiers
from api.web.conseiller.poste import Poste, show
from api.web.widget.contexte import questionnaire
from api.web.widget.plan import locate
from recommender.contrefactuel import why_not
from recommender.profil_interets import ProfilInterets
from recommender.questionnaire import Item
from recommender.signals.base import AXES
from referentiels.errors import AzimutError
from referentiels.types import Certification, CodeRome


@dataclass(frozen=True, slots=True)
class Pas:
    """A first step: its name, what it is, what to write in the next steps, where to ask."""

    nom: str
    mots: str
    faire: str
    site: str

    @property
    def lien(self) -> str:
        """The address of the service."""
        return f"https://{self.site}/"


A_COTE = 8
"""Métiers shown beside the profile."""
TOUS = 20
CRITERES: Mapping[str, str] = {
    "souhait": "Ce que la personne souhaite",
    "ensemble": "Tout ce qu'elle dit, pris ensemble",
    "cas": "Ce que proposent les cas d'école",
    "interets": "Ce qu'elle aime",
    "conditions": "Les conditions de travail souhaitées",
    "competences": "Ce qu'elle sait faire",
    "paroles": "Ses mots sur ce qu'elle fait",
    "mobilites": "Les passages connus entre métiers",
    "diplomes": "Ses diplômes",
    "marche": "Les employeurs qui recrutent",
}
PAS = ("Ne compte pas", "Compte un peu", "Compte", "Compte beaucoup")
PREMIERS_PAS = (
    Pas("Une immersion", "Quelques jours dans une entreprise pour voir le métier de près.",
        "Chercher une immersion de quelques jours", "immersion-facile.beta.gouv.fr"),
    Pas("Le certificat CléA", "Faire reconnaître ce que l'on sait de base ; sans diplôme demandé.",
        "Se renseigner sur le certificat CléA", "certificat-clea.fr"),
    Pas("Une remise à niveau", "Lire, écrire, compter, l'ordinateur : revoir ses bases avant une formation.",
        "Se renseigner sur une remise à niveau", "mon-cep.org"),
    Pas("La validation des acquis (VAE)", "Obtenir tout ou partie d'un diplôme par son expérience.",
        "Prendre contact avec France VAE", "vae.gouv.fr"),
)  # fmt: skip
"""First steps that are open to everyone, whatever the métier; none is a condition of another."""


class Ecran(Protocol):
    """Shows a screen of a session."""

    def __call__(
        self,
        poste: Poste,
        champs: Mapping[str, str],
        *,
        erreur: AzimutError | None = None,
        statut: int = 200,
        rangee: Rangee | None = None,
        annonce: str = "",
    ) -> Response:
        """The page; `rangee` is what the engine made of this very session, when it was just asked."""
        ...


def _screen(nom: str, values: Callable[[Poste, Mapping[str, str], Rangee | None], dict[str, Any]]) -> Ecran:
    def show_screen(
        poste: Poste,
        champs: Mapping[str, str],
        *,
        erreur: AzimutError | None = None,
        statut: int = 200,
        rangee: Rangee | None = None,
        annonce: str = "",
    ) -> Response:
        dits = champs if erreur is not None else {}
        valeurs = values(poste, champs, rangee)
        return show(poste, nom, statut=statut, erreur=erreur, champs=dits, annonce=annonce, **valeurs)

    return show_screen


def _profile(poste: Poste, champs: Mapping[str, str], rangee: Rangee | None) -> dict[str, Any]:
    del champs
    seance = poste.seance
    question, gouts = _tastes(seance.gouts)
    connus = poste.moteur.catalogue.metiers
    return {
        "liste": list_metiers(poste.moteur, seance, A_COTE, rangee or poste.rank()),
        "lots": [
            (e, _name_of(e, connus), _of(seance.competences, e.identifiant), _other_readings(poste, e))
            for e in seance.experiences
        ],
        "autres": _of(seance.competences, None),
        "question": question,
        "valeurs": questionnaire().valeurs,
        "gouts": gouts,
        "contextes": sorted({c.libelle for c in poste.moteur.catalogue.contextes.values()}),
        "centres": {c: v.libelle for c, v in poste.moteur.catalogue.centres_interet.items()},
    }


def _of(competences: tuple[CompetenceDite, ...], cle: str | None) -> dict[str, list[CompetenceDite]]:
    """Compétences of an experience, by what was answered."""
    siennes = [c for c in competences if c.experience == cle]
    lots = {etat: [c for c in siennes if c.etat == etat] for etat in ("proposee", "confirmee", "refusee")}
    # What the person's own words say comes first; what the métier calls for waits, folded.
    lots["dites"] = [c for c in lots["proposee"] if c.origine != "metier"]
    lots["demandees"] = [c for c in lots["proposee"] if c.origine == "metier"]
    return lots


@lru_cache(maxsize=64)
def _tastes(dits: tuple[Gout, ...]) -> tuple[Item | None, ProfilInterets | None]:
    """The next question, and what the answers say; answers alone, whoever gave them."""
    q = questionnaire()
    reponses = Seance(gouts=dits).answers(q)
    return q.next_item(reponses), q.estimate(reponses) if reponses else None


def _other_readings(poste: Poste, experience: ExperienceDite) -> list[tuple[str, str]]:
    """Other métiers that the title of an experience may be; the search keeps its last answers."""
    trouves = poste.moteur.recherche.search(experience.titre, ("metier",), 4)
    return [(r.code, r.libelle) for r in trouves if r.code != experience.code_rome][:3]


def _name_of(experience: ExperienceDite, metiers: Mapping[CodeRome, Any]) -> str:
    metier = metiers.get(CodeRome(experience.code_rome or ""))
    return metier.intitule if metier else ""


def _leads(poste: Poste, champs: Mapping[str, str], rangee: Rangee | None) -> dict[str, Any]:
    del champs
    liste = list_metiers(poste.moteur, poste.seance, TOUS, rangee or poste.rank())
    connus = poste.moteur.catalogue.metiers
    return {
        "liste": liste,
        "points": draw_scatter((*liste.pistes, *(p for p in liste.ajoutes if not p.rang))),
        "cadre": (LARGEUR, HAUTEUR),
        "motifs": MOTIFS,
        "criteres": [(c, CRITERES.get(c, c), AXES[c], step_of(c, poste.seance, poste.moteur)) for c in AXES],
        "pas": PAS,
        "epingles": [connus[CodeRome(c)] for c in poste.seance.epingles if CodeRome(c) in connus],
        "ecartes": [(connus[CodeRome(e.code_rome)], e.motif) for e in poste.seance.ecartes if e.code_rome in connus],
        "deja": [connus[code] for code in liste.etat.compris.exerces if code in connus],
    }


def _sheet(poste: Poste, champs: Mapping[str, str], rangee: Rangee | None) -> dict[str, Any]:
    moteur, seance = poste.moteur, poste.seance
    metier = moteur.catalogue.metier(champs.get("code_rome", ""))
    [piste] = describe_some(moteur, seance, [metier.code_rome], rangee or poste.rank())
    lieu = seance.lieu.code if seance.lieu else None
    chiffres = moteur.catalogue.indicateurs(metier.code_rome, lieu)
    fiche = moteur.catalogue.fiche(metier.code_rome)
    return {
        "piste": piste,
        "fiche": fiche,
        "pourquoi_pas": why_not(moteur.recommender, seance.to_profile(questionnaire()), metier.code_rome),
        "chiffres": present_figures(chiffres),
        "graphiques": draw_charts(chiffres),
        "motifs": MOTIFS,
        "ecarte": next((e for e in seance.ecartes if e.code_rome == metier.code_rome), None),
        "provenance": provenance_as_dict(moteur.catalogue, moteur.recherche.version),
    }


def _way(poste: Poste, champs: Mapping[str, str], rangee: Rangee | None) -> dict[str, Any]:
    del rangee
    moteur, seance = poste.moteur, poste.seance
    choisi = seance.parcours.code_rome if seance.parcours else ""
    code = champs.get("code_rome") or choisi
    connus = moteur.catalogue.metiers
    visables = list(dict.fromkeys((*seance.epingles, *(a.code_rome for a in seance.ajoutes), *seance.premiers)))
    valeurs = {"visables": [connus[CodeRome(c)] for c in visables[:TOUS] if CodeRome(c) in connus]}
    if not code:
        return {**valeurs, "parcours": None, "retenu": None}
    route = keep_said_on(moteur.guide.route(seance.to_profile(questionnaire()), code, poste.jour), seance)
    provenance = provenance_as_dict(moteur.catalogue, moteur.recherche.version)
    retenu = seance.parcours if choisi == route.metier.code_rome else None
    return {
        **valeurs,
        "parcours": route_as_dict(route, moteur.catalogue, provenance),
        "retenu": retenu,
        "gardees": {f.identifiant for f in retenu.formations} if retenu else set(),
        "situe": bool(seance.lieu and locate(moteur.catalogue, [seance.lieu.code])),
        "provenance": provenance,
        "premiers_pas": PREMIERS_PAS,
        "prevus": {e.quoi for e in seance.etapes},
    }


def _closing(poste: Poste, champs: Mapping[str, str], rangee: Rangee | None) -> dict[str, Any]:
    del champs, rangee
    seance, connus = poste.seance, poste.moteur.catalogue.metiers
    vise = connus.get(CodeRome(seance.parcours.code_rome)) if seance.parcours else None
    numero = seance.parcours.certification if seance.parcours else None
    certification = next(iter(poste.moteur.catalogue.select(Certification, numero=numero)), None) if numero else None
    return {
        "gardes": [connus[CodeRome(c)] for c in seance.gardes if CodeRome(c) in connus],
        "vise": vise,
        "restes": max(len(seance.gardes) - RETENUS_MAX, 0),
        "certification": certification.intitule if certification else "",
        "questions": QUESTIONS,
        "reponses": REPONSES,
    }


show_profile = _screen("travail", _profile)
show_leads = _screen("metiers", _leads)
show_sheet = _screen("fiche", _sheet)
show_way = _screen("parcours", _way)
show_closing = _screen("conclure", _closing)
ECRANS: Mapping[str, Ecran] = {
    "": show_profile,
    "metiers": show_leads,
    "metiers/fiche": show_sheet,
    "parcours": show_way,
    "conclure": show_closing,
}
"""Where a form may lead, by the end of its address."""
