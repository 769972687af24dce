"""What a session says once it is over: the document that the person takes home."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from api.conseil.seance import FormationRetenue, Seance
from api.conseil.synthese import (
    ORIGINES_MAX,
    FormationProche,
    MetierEcarte,
    MetierRetenu,
    ParcoursChoisi,
    Synthese,
    build_synthese,
    first_of,
)
from api.web.conseiller.pistes import describe_some, keep_said, keep_said_on
from api.web.conseiller.poste import Poste
from api.web.gabarits import format_day
from api.web.resume import write_contacts, write_formation, write_kept, write_provenance, write_way
from api.web.widget.conseil import find_places, load_places
from api.web.widget.contexte import questionnaire
from api.web.widget.etat import Lieu
from recommender.formations import FormationsTrouvees
from recommender.types import MetierPropose, Profil
from referentiels.types import CodeRome, Indicateur

MONTRES = 5
"""Métiers of the document when none was pinned."""
GARDEES = 5
"""Formations kept that the document shows."""
_AILLEURS = "autres choses que je sais faire"
_ENSEMBLE = "autres expériences"
_PROPOSE = "Votre conseillère ou conseiller vous l'a proposé."
_LIGNES = 2
"""Lines of one's own words that stay apart; more of them are told in one go, and none is left out."""
_MODES = {"souhaiter": "Je souhaite", "eviter": "Je préfère éviter", "exclure": "Je ne veux pas"}


def summarise(poste: Poste) -> Synthese:
    """The document of a session: notes never go in it."""
    moteur, seance = poste.moteur, poste.seance
    catalogue = moteur.catalogue
    profil = seance.to_profile(questionnaire())
    etat = moteur.recommender.assess(profil)
    codes = [c for c in seance.gardes if CodeRome(c) in catalogue.metiers]
    codes = codes or [c for c in seance.premiers[:MONTRES] if CodeRome(c) in catalogue.metiers]
    metiers = tuple(moteur.recommender.describe(etat, CodeRome(c)) for c in codes)
    reponse = replace(moteur.recommender.answer(etat, 1), metiers=metiers)
    lieu = seance.lieu.code if seance.lieu else None
    chiffres: dict[str, tuple[Indicateur, ...]] = {
        m.code_rome: catalogue.indicateurs(m.code_rome, lieu) for m in metiers
    }
    ou = Lieu(nature="commune", code=seance.lieu.code, nom=seance.lieu.nom) if seance.lieu else None
    return build_synthese(
        jour=poste.jour,
        retenus=_kept(poste, metiers, moteur.guide.near(profil, reponse, poste.jour), chiffres),
        provenance=write_provenance(moteur, reponse.config, [i for lot in chiffres.values() for i in lot]),
        reference=poste.dossier.pseudonyme if poste.dossier.consentement else "",
        structure=poste.conseiller.structure.nom,
        territoire=f"{seance.lieu.nom}, jusqu'à {seance.lieu.rayon_km:.0f} km" if seance.lieu else "",
        paroles=_words(seance, {str(c): v.libelle for c, v in catalogue.centres_interet.items()}),
        acquis=_held(seance),
        ecartes=[
            MetierEcarte(catalogue.metiers[CodeRome(e.code_rome)].intitule, e.motif)
            for e in seance.ecartes
            if CodeRome(e.code_rome) in catalogue.metiers
        ],
        parcours=_way(poste, profil),
        convenu=seance.convenu,
        prochains_pas=_steps(seance),
        contacts=write_contacts(find_places(load_places(poste.settings.lieux_conseil), catalogue, ou, None)),
    )


def _kept(
    poste: Poste,
    metiers: Sequence[MetierPropose],
    formations: Mapping[CodeRome, FormationsTrouvees],
    chiffres: Mapping[str, Sequence[Indicateur]],
) -> list[MetierRetenu]:
    """The métiers that the person leaves with, told as on the screen: with what they said yes to."""
    seance = poste.seance
    par = {a.code_rome: a.par for a in seance.ajoutes}
    pistes = describe_some(poste.moteur, seance, [m.code_rome for m in metiers], poste.rank())
    proches = {p.code: "" if p.dites else p.proche for p in pistes}
    proposes = {code: _PROPOSE for code, qui in par.items() if qui == "conseiller"}
    return [
        write_kept(
            keep_said(m, seance),
            formations[m.code_rome],
            chiffres[m.code_rome],
            situe=seance.lieu is not None,
            exerce=any(e.nature == "emploi" for e in seance.experiences),
            motif=" ".join(filter(None, (proposes.get(m.code_rome, ""), proches[m.code_rome]))),
            ajoute=par.get(m.code_rome) == "personne",
            rayon_km=seance.lieu.rayon_km if seance.lieu else 30.0,
        )
        for m in metiers
    ]


def _way(poste: Poste, profil: Profil) -> ParcoursChoisi | None:
    vise = poste.seance.parcours
    if vise is None or CodeRome(vise.code_rome) not in poste.moteur.catalogue.metiers:
        return None
    route = keep_said_on(poste.moteur.guide.route(profil, vise.code_rome, poste.jour), poste.seance)
    # Ways from métier to métier are ideas of the engine: nobody chose one of them.
    ecrit = write_way(route, certifications=[vise.certification] if vise.certification else [], chemin=None)
    if vise.certification and vise.voie:
        montrees = tuple(replace(c, voies=(vise.voie,)) for c in ecrit.certifications.montres)
        ecrit = replace(ecrit, certifications=replace(ecrit.certifications, montres=montrees))
    if vise.formations:
        connues = {f.identifiant: f for f in route.formations.formations}
        gardees = [write_formation(connues[f.identifiant]) if f.identifiant in connues else _as_kept(f)
                   for f in vise.formations]  # fmt: skip
        ecrit = replace(ecrit, formations=first_of(gardees, GARDEES))
    return ecrit


def _as_kept(retenue: FormationRetenue) -> FormationProche:
    """A formation as it was the day it was kept: it is no longer among the nearest ones."""
    debut = date.fromisoformat(retenue.debut) if retenue.debut else None
    return FormationProche(retenue.intitule, retenue.organisme, retenue.commune, "", debut)


def _words(seance: Seance, centres: Mapping[str, str]) -> list[str]:
    """What the person said, one thing each: their words first, then what was written down of them."""
    paroles = [ligne.strip() for ligne in seance.paroles.splitlines() if ligne.strip()]
    dites = [*(paroles if len(paroles) <= _LIGNES else [" ".join(paroles)]), " ".join(seance.souhait.split())]
    modes = [(mots, [c.texte for c in seance.conditions if c.mode == mode]) for mode, mots in _MODES.items()]
    conditions = ". ".join(f"{mots} : {' ; '.join(choses)}" for mots, choses in modes if choses)
    suites = {
        "J'aime": [centres.get(c, c) for c in seance.centres],
        "Mes diplômes et titres": [d.texte for d in seance.diplomes],
        "Mes contraintes": seance.contraintes,
    }
    return [
        *filter(None, (*dites, conditions)),
        *(f"{m} : {' ; '.join(choses)}" for m, choses in suites.items() if choses),
    ]


def _held(seance: Seance) -> list[tuple[str, list[str]]]:
    """What the person can do, by the experience that it comes from."""
    lots = [(e.titre, e.identifiant) for e in seance.experiences] + [(_AILLEURS, None)]
    tenues = [(titre, [c.libelle for c in seance.confirmees if c.experience == cle]) for titre, cle in lots]
    pleines = [(titre, libelles) for titre, libelles in tenues if libelles]
    if len(pleines) <= ORIGINES_MAX + 1:
        return pleines
    return [*pleines[:ORIGINES_MAX], (_ENSEMBLE, [mots for _, lot in pleines[ORIGINES_MAX:] for mots in lot])]


def _steps(seance: Seance) -> list[str]:
    phrases = []
    for etape in seance.etapes:
        qui = "" if etape.qui == "personne" else " (votre conseillère ou conseiller)"
        jour = f", pour le {format_day(date.fromisoformat(etape.pour_le))}" if etape.pour_le else ""
        contact = f" : {etape.contact}" if etape.contact else ""
        phrases.append(f"{etape.quoi}{qui}{jour}{contact}")
    return phrases
