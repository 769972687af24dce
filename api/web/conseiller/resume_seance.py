"""What a session says once it is over: the document that the person takes home."""

from dataclasses import replace
from datetime import date

from api.conseil.seance import Seance
from api.conseil.synthese import MetierEcarte, ParcoursChoisi, Synthese, build_synthese
from api.web.conseiller.poste import Poste
from api.web.gabarits import format_day
from api.web.resume import write_contacts, write_kept, write_provenance, write_way
from api.web.widget.conseil import find_places, load_places
from api.web.widget.contexte import questionnaire
from api.web.widget.etat import Lieu
from recommender.types import Profil
from referentiels.types import CodeRome, Indicateur

MONTRES = 5
"""Métiers of the document when none was pinned."""
_AILLEURS = "autres choses que je sais faire"


def summarise(poste: Poste) -> Synthese:
    """The document of a session: notes never go in it."""
    moteur, seance = poste.moteur, poste.seance
    catalogue = moteur.catalogue
    profil = seance.to_profile(questionnaire())
    etat = moteur.recommender.assess(profil)
    par = {a.code_rome: a.par for a in seance.ajoutes}
    codes = [c for c in dict.fromkeys((*seance.epingles, *par)) if CodeRome(c) in catalogue.metiers]
    codes = codes or [c for c in seance.premiers[:MONTRES] if CodeRome(c) in catalogue.metiers]
    metiers = [moteur.recommender.describe(etat, CodeRome(c)) for c in codes]
    reponse = moteur.recommender.answer(etat, 1)
    formations = moteur.guide.near(profil, replace(reponse, metiers=tuple(metiers)), poste.jour)
    lieu = seance.lieu.code if seance.lieu else None
    chiffres: dict[str, tuple[Indicateur, ...]] = {
        m.code_rome: catalogue.indicateurs(m.code_rome, lieu) for m in metiers
    }
    exerce = any(e.nature == "emploi" for e in seance.experiences)
    retenus = [
        write_kept(
            m,
            formations[m.code_rome],
            chiffres[m.code_rome],
            situe=lieu is not None,
            exerce=exerce,
            ajoute=m.code_rome in par,
        )
        for m in metiers
    ]
    ou = Lieu(nature="commune", code=seance.lieu.code, nom=seance.lieu.nom) if seance.lieu else None
    return build_synthese(
        jour=poste.jour,
        retenus=retenus,
        provenance=write_provenance(moteur, reponse.config, [i for lot in chiffres.values() for i in lot]),
        reference=poste.dossier.pseudonyme if poste.dossier.consentement else "",
        structure=poste.conseiller.structure.nom,
        territoire=f"{seance.lieu.nom}, jusqu'à {seance.lieu.rayon_km:.0f} km" if seance.lieu else "",
        paroles=_words(seance),
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


def _way(poste: Poste, profil: Profil) -> ParcoursChoisi | None:
    vise = poste.seance.parcours
    if vise is None or CodeRome(vise.code_rome) not in poste.moteur.catalogue.metiers:
        return None
    return write_way(
        poste.moteur.guide.route(profil, vise.code_rome, poste.jour),
        certifications=[vise.certification] if vise.certification else [],
        formations=[f.identifiant for f in vise.formations],
    )


def _words(seance: Seance) -> list[str]:
    """What the person said, one thing each."""
    dites = [ligne.strip() for ligne in (*seance.paroles.splitlines(), *seance.souhait.splitlines()) if ligne.strip()]
    return [*dites, *seance.contraintes]


def _held(seance: Seance) -> list[tuple[str, list[str]]]:
    """What the person can do, by the experience that it comes from."""
    lots = [(e.titre, e.identifiant) for e in seance.experiences] + [(_AILLEURS, None)]
    return [(titre, [c.libelle for c in seance.confirmees if c.experience == cle]) for titre, cle in lots]


def _steps(seance: Seance) -> list[str]:
    phrases = []
    for etape in seance.etapes:
        qui = "" if etape.qui == "personne" else " (votre conseillère ou conseiller)"
        jour = f", pour le {format_day(date.fromisoformat(etape.pour_le))}" if etape.pour_le else ""
        contact = f" : {etape.contact}" if etape.contact else ""
        phrases.append(f"{etape.quoi}{qui}{jour}{contact}")
    return phrases
