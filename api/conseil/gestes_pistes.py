"""What can be done to the list, the way and the closing, each thing a pure function of the session and of a form."""

import re
from collections.abc import Mapping
from typing import get_args

from api.conseil.evenements import MESURES
from api.conseil.gestes_profil import Champs, find_metier, told
from api.conseil.seance import (
    Ajoute,
    Avis,
    Ecarte,
    Etape,
    FormationRetenue,
    ParcoursChoisi,
    Question,
    Qui,
    Seance,
    read_day,
)
from api.service import Service
from recommender.signals.base import AXES
from referentiels.errors import InvalidInputError
from referentiels.types import CodeRome

POIDS = (0.0, 0.5, 1.0, 2.0)
"""What each step of a weight multiplies the default one by: « ne compte pas », « un peu », as it is, « beaucoup »."""
MARCHE = (0.0, 0.3, 0.6, 1.0)
"""Steps of the labour market, whose default weight is 0: it counts only when it is asked for."""
MOTIFS: Mapping[str, str] = MESURES["ecarts"].valeurs
"""Reasons offered, which are counted; any other can be written."""
_MOTIF = "dites pourquoi, en quelques mots : ce motif reste dans la synthèse."


def _metier(champs: Champs, moteur: Service) -> CodeRome:
    return moteur.catalogue.metier(champs.get("code_rome", "")).code_rome


def weigh_together(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """The weight of each criterion, by steps from 0 to 3; what is as by default is not kept."""
    if "defaut" in champs:
        return seance.change(poids={})
    defauts = moteur.recommender.config.ponderation.model_dump()
    poids = {}
    for critere in AXES:
        pas = champs.get(f"poids-{critere}", "")
        if pas not in {"0", "1", "2", "3"}:
            if critere in seance.poids:
                poids[critere] = seance.poids[critere]
            continue
        valeur = MARCHE[int(pas)] if critere == "marche" else round(defauts[critere] * POIDS[int(pas)], 4)
        if valeur != defauts[critere]:
            poids[critere] = valeur
    return seance.change(poids=poids)


def step_of(critere: str, seance: Seance, moteur: Service) -> int:
    """Which step a criterion is at, from 0 to 3."""
    defaut = moteur.recommender.config.ponderation.model_dump()[critere]
    if critere not in seance.poids:
        return 0 if critere == "marche" and not defaut else 2
    pas = MARCHE if critere == "marche" else tuple(defaut * p for p in POIDS)
    return min(range(4), key=lambda n: abs(pas[n] - seance.poids[critere]))


def pin(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """Keep a métier at hand; it is no longer set aside."""
    code = _metier(champs, moteur)
    ecartes = tuple(e for e in seance.ecartes if e.code_rome != code)
    return seance.change(epingles=tuple(dict.fromkeys((*seance.epingles, code))), ecartes=ecartes)


def unpin(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """Let go of a métier that was kept."""
    del moteur
    return seance.change(epingles=tuple(c for c in seance.epingles if c != champs.get("code_rome")))


def set_aside(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """Leave a métier out of the list, with a reason."""
    code = _metier(champs, moteur)
    cle = champs.get("motif", "") if champs.get("motif") in MOTIFS else "autre"
    dit = " ".join(champs.get("motif-dit", "").split())
    if not dit and cle == "autre":
        raise InvalidInputError(_MOTIF, champ="motif")
    autres = tuple(e for e in seance.ecartes if e.code_rome != code)
    return seance.change(
        ecartes=(*autres, Ecarte(code_rome=code, motif=(dit or MOTIFS[cle])[:200], cle=cle)),
        epingles=tuple(c for c in seance.epingles if c != code),
        ajoutes=tuple(a for a in seance.ajoutes if a.code_rome != code),
    )


def put_back(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """Bring back a métier that was set aside."""
    del moteur
    return seance.change(ecartes=tuple(e for e in seance.ecartes if e.code_rome != champs.get("code_rome")))


def add_metier(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """A métier that the engine did not put forward, by its code or its name."""
    connu = find_metier(champs, moteur)
    par: Qui = "personne" if champs.get("par") == "personne" else "conseiller"
    autres = tuple(a for a in seance.ajoutes if a.code_rome != connu)
    return seance.change(
        ajoutes=(*autres, Ajoute(code_rome=connu, par=par)),
        ecartes=tuple(e for e in seance.ecartes if e.code_rome != connu),
    )


def remove_metier(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """Take an added métier back."""
    del moteur
    return seance.change(ajoutes=tuple(a for a in seance.ajoutes if a.code_rome != champs.get("code_rome")))


def choose_way(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """The métier aimed at, and when told the certification and the voie; formations of another way are let go."""
    code = _metier(champs, moteur)
    garde = seance.parcours if seance.parcours is not None and seance.parcours.code_rome == code else None
    numero = champs.get("certification") or (garde.certification if garde else None)
    if numero and not re.fullmatch(r"(RNCP|RS)\d{1,6}", numero):
        raise InvalidInputError("cette certification est inconnue.", champ="certification")
    choisi = ParcoursChoisi(
        code_rome=code,
        certification=numero,
        voie=champs.get("voie") or (garde.voie if garde and garde.certification == numero else None),
        formations=garde.formations if garde else (),
    )
    return seance.change(parcours=choisi)


def forget_way(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """No way is chosen any more."""
    del champs, moteur
    return seance.change(parcours=None)


def keep_formation(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """Keep a formation for the way, as it is shown; kept twice, it is let go."""
    code = _metier(champs, moteur)
    choisi = seance.parcours if seance.parcours is not None and seance.parcours.code_rome == code else None
    choisi = choisi or ParcoursChoisi(code_rome=code)
    identifiant = champs.get("identifiant", "")[:200]
    autres = tuple(f for f in choisi.formations if f.identifiant != identifiant)
    if len(autres) == len(choisi.formations):
        dite = FormationRetenue(
            identifiant=told(champs, "identifiant", "choisissez une formation.")[:200],
            intitule=told(champs, "intitule", "choisissez une formation.")[:400],
            organisme=champs.get("organisme", "")[:300],
            commune=champs.get("commune", "")[:200],
            debut=read_day(champs.get("debut", "")),
            certification=champs.get("certification", "")[:20],
        )
        autres = (*autres, dite)
    return seance.change(parcours=choisi.model_copy(update={"formations": autres[-8:]}))


def agree(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """One thing agreed."""
    del moteur
    texte = told(champs, "texte", "écrivez ce qui est convenu.")[:200]
    return seance.change(convenu=tuple(dict.fromkeys((*seance.convenu, texte))))


def disagree(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """Take back something agreed."""
    del moteur
    return seance.change(convenu=tuple(c for c in seance.convenu if c != champs.get("texte")))


def plan_step(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """A next step: what, who, by when, with whom."""
    del moteur
    qui: Qui = "conseiller" if champs.get("qui") == "conseiller" else "personne"
    etape = Etape(
        quoi=told(champs, "texte", "écrivez ce qui est à faire.")[:200],
        qui=qui,
        pour_le=read_day(champs.get("pour_le", "")),
        contact=champs.get("contact", "").strip()[:200],
    )
    return seance.change(etapes=(*(e for e in seance.etapes if e.quoi != etape.quoi), etape))


def remove_step(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """Take a next step back."""
    del moteur
    return seance.change(etapes=tuple(e for e in seance.etapes if e.quoi != champs.get("texte")))


def say_words(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """The person's own words, for the summary."""
    del moteur
    return seance.change(paroles=champs.get("paroles", "").replace("\r\n", "\n").strip())


def give_opinion(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """The two questions, that nobody has to answer."""
    del moteur
    dits = {q: a for q in get_args(Question) for a in get_args(Avis) if champs.get(q) == a}
    return seance.change(avis=dits, avis_comptes=False)
