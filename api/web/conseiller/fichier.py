"""Between a session and the file that a person keeps: what `/orientation` reads, and what it wrote."""

from pydantic import ValidationError

from api.conseil.gestes_profil import add_competence
from api.conseil.seance import Ajoute, CompetenceDite, DiplomeDit, Ecarte, ExperienceDite, Gout, Lieu, Seance, refuse
from api.web.conseiller.poste import Poste
from api.web.widget.contexte import Contexte, keep_known
from api.web.widget.emporter import read_file, write_file
from api.web.widget.etat import Declaree, Etat
from api.web.widget.etat import DiplomeDit as DiplomeEmporte
from api.web.widget.etat import Gout as GoutEmporte
from api.web.widget.etat import Lieu as LieuEmporte
from api.web.widget.vue import Vue
from referentiels.errors import InvalidInputError
from referentiels.types import CodeOgr, CodeRome

ENVIES, EXERCES, COMPETENCES, GARDES = 5, 10, 60, 20
"""What a file holds at most of each."""
_MOTIF = "écarté par la personne sur /orientation"


def as_state(seance: Seance) -> Etat:
    """The session as the path of a citizen reads it; words that would name a third party stay behind."""
    vises = [seance.parcours.code_rome] if seance.parcours else []
    lieu = seance.lieu
    return Etat(
        lieu=LieuEmporte(nature="commune", code=lieu.code, nom=lieu.nom) if lieu else None,
        envies=tuple(dict.fromkeys((*vises, *(a.code_rome for a in seance.ajoutes))))[:ENVIES],
        exerces=tuple(dict.fromkeys(e.code_rome for e in seance.experiences if e.code_rome and e.nature == "emploi"))[
            :EXERCES
        ],
        diplomes=tuple(
            DiplomeEmporte(numero=d.numero, nom=d.texte, niveau=d.niveau) for d in seance.diplomes if d.numero
        ),
        competences=tuple(Declaree(code=c.code, texte=c.libelle) for c in seance.confirmees[:COMPETENCES]),
        gouts=tuple(GoutEmporte(item=g.item, valeur=g.valeur) for g in seance.gouts),
        exclus=tuple(e.code_rome for e in seance.ecartes),
        gardes=seance.epingles,
        recrute=seance.poids.get("marche", 0) > 0,
    )


def write_for(poste: Poste) -> bytes:
    """The file that the person takes home."""
    base = poste.request.app.state.guichet.base
    etat = keep_known(as_state(poste.seance), poste.moteur)
    return write_file(Contexte(poste.moteur, poste.settings, Vue(), etat, {}, poste.jour, base, ""))


def bring_in(poste: Poste, contenu: bytes) -> Seance:
    """The session with what a file brings; what was already answered together stays as it was.

    Raises:
        InvalidInputError: The file is not one of ours.
    """
    etat = keep_known(read_file(contenu), poste.moteur)
    seance, moteur = poste.seance, poste.moteur
    connues = {c.code for c in seance.competences}
    libelles = moteur.catalogue.competences
    apportees = [
        CompetenceDite(
            code=c.code,
            libelle=libelles[CodeOgr(c.code)].libelle[:200],
            etat="confirmee",
            origine="fichier",
            mots=c.texte if c.texte != libelles[CodeOgr(c.code)].libelle[:200] else "",
        )
        for c in etat.competences
        if c.code is not None and c.code not in connues
    ]
    deja = {e.code_rome for e in seance.experiences}
    seance = seance.change(
        competences=(*seance.competences, *apportees),
        experiences=(*seance.experiences, *_experiences(poste, [c for c in etat.exerces if c not in deja])),
        gouts=seance.gouts or tuple(Gout(item=g.item, valeur=g.valeur) for g in etat.gouts),
        diplomes=(*seance.diplomes, *_diplomes(seance, etat)),
        lieu=seance.lieu or _place(etat),
        epingles=tuple(dict.fromkeys((*seance.epingles, *etat.gardes)))[:GARDES],
        ecartes=(*seance.ecartes, *_set_aside(seance, etat)),
        ajoutes=tuple({a.code_rome: a for a in (*_wished(etat), *seance.ajoutes)}.values()),
    )
    for dite in etat.competences:
        if dite.code is None:
            try:
                seance = add_competence(seance, {"texte": dite.texte}, moteur)
            except InvalidInputError:
                continue  # words that no compétence comes near: the file keeps them, the person can say otherwise
    return seance


def _experiences(poste: Poste, codes: list[str]) -> list[ExperienceDite]:
    pris = {e.identifiant for e in poste.seance.experiences}
    cles = (f"e{n}" for n in range(1, 1_000) if f"e{n}" not in pris)
    metiers = poste.moteur.catalogue.metiers
    return [
        ExperienceDite(
            identifiant=next(cles),
            nature="emploi",
            titre=metiers[CodeRome(code)].intitule[:200],
            code_rome=code,
            choisi=True,
        )
        for code in codes
    ]


def _diplomes(seance: Seance, etat: Etat) -> list[DiplomeDit]:
    connus = {d.numero for d in seance.diplomes}
    return [DiplomeDit(texte=d.nom, numero=d.numero, niveau=d.niveau) for d in etat.diplomes if d.numero not in connus]


def _place(etat: Etat) -> Lieu | None:
    """The commune of the file, when it has the code of one."""
    if etat.lieu is None or etat.lieu.nature != "commune":
        return None
    try:
        return Lieu(code=etat.lieu.code, nom=etat.lieu.nom)
    except ValidationError as error:
        raise refuse(error) from None


def _set_aside(seance: Seance, etat: Etat) -> list[Ecarte]:
    connus = {e.code_rome for e in seance.ecartes} | set(seance.epingles)
    return [Ecarte(code_rome=c, motif=_MOTIF) for c in etat.exclus if c not in connus]


def _wished(etat: Etat) -> list[Ajoute]:
    return [Ajoute(code_rome=code, par="personne") for code in etat.envies]
