"""The addresses of a session beside its profile: métiers, comparison, way, notes, history, consent, erasure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse, RedirectResponse

from api.conseil.erreurs import ConflitError
from api.conseil.gestes_profil import find_metier
from api.conseil.seance import read_seance
from api.conseil.types import Consentement, Portee, VersionDossier
from api.web.chiffres import present_figure
from api.web.conseiller.comparaison import Ecart, compare
from api.web.conseiller.ecrans import show_leads, show_sheet, show_way
from api.web.conseiller.pistes import describe_some
from api.web.conseiller.poste import Champs, Ouvert, show, version_of
from api.web.conseiller.travail import Signe, of_this_time
from api.web.widget.cartes import tell_way
from api.web.widget.contexte import questionnaire
from api.web.widget.textes import load_texts
from recommender.contrefactuel import measure_effects
from referentiels.errors import InvalidInputError
from referentiels.types import CodeCommune, CodeRome

COMPARES = range(2, 5)
FAIT = "?fait=oui"
"""Has the page say that the form was written down."""
_PREMIERS = 10
"""Métiers that the effects are measured on, see `measure_effects`."""
_AUCUN = "Aucune formation connue ici, dans l'offre chargée."
_LIGNES = ("salaire_median", "tension", "part_femmes", "part_temps_partiel", "part_cdd")
router = APIRouter(include_in_schema=False, prefix="/conseiller/dossiers/{identifiant}")


@router.get("/metiers")
def read_leads(poste: Ouvert) -> Response:
    """The twenty first métiers, on two axes and in a list."""
    return show_leads(poste, {})


@router.get("/metiers/{code_rome}")
def read_sheet(poste: Ouvert, code_rome: str) -> Response:
    """A métier, and what it is to this person."""
    return show_sheet(poste, {"code_rome": code_rome})


@router.post("/pourquoi-pas")
def ask_why_not(poste: Ouvert, champs: Champs, _signe: Signe) -> Response:
    """The métier of a name typed: its sheet says where it stands, and what keeps it there."""
    try:
        code = find_metier({"texte": champs.get("texte", "")}, poste.moteur)
    except InvalidInputError as error:
        return show_leads(poste, {**champs, "geste": "metier-ajouter"}, erreur=error, statut=422)
    return RedirectResponse(poste.at(f"metiers/{code}"), 303)


@router.get("/changements")
def read_effects(poste: Ouvert) -> Response:
    """What would change the list most, each thing told being left out in turn."""
    effets = measure_effects(poste.moteur.recommender, poste.seance.to_profile(questionnaire()))
    # A compétence is named by the person's words: what they were read as is told beside.
    sens = {f"competences[{n}]": c.libelle for n, c in enumerate(poste.seance.confirmees) if c.mots}
    return show(poste, "changements", effets=effets, sens=sens, total=min(len(poste.rank().rangs), _PREMIERS))


@router.get("/comparer")
def compare_metiers(poste: Ouvert, m: Annotated[list[str] | None, Query()] = None) -> Response:
    """Two to four métiers, the same questions to each."""
    connus = poste.moteur.catalogue.metiers
    codes = [CodeRome(c) for c in dict.fromkeys(m or poste.seance.epingles) if CodeRome(c) in connus]
    codes = codes[: COMPARES[-1]]
    if len(codes) not in COMPARES:
        return show(poste, "comparer", pistes=(), acces={}, chiffres=[], trop=False)
    pistes = describe_some(poste.moteur, poste.seance, codes, poste.rank())
    lieu, rayon = (poste.seance.lieu.code, poste.seance.lieu.rayon_km) if poste.seance.lieu else (None, 30.0)
    textes = {**load_texts("fr")["carte"], "chemin_aucun": _AUCUN}
    acces = dict.fromkeys(codes, "")
    for code in codes:
        trouvees = poste.moteur.guide.around(code, CodeCommune(lieu or ""), rayon, poste.jour, 3)
        acces[code] = tell_way(trouvees, textes, situe=lieu is not None, rayon_km=rayon)
    lus = [poste.moteur.catalogue.indicateurs(code, lieu) for code in codes]
    chiffres = []
    for nom in _LIGNES:
        valeurs = [next((i for i in lot if i.indicateur == nom and i.statut == "publie"), None) for lot in lus]
        titre = next((i.libelle for i in valeurs if i is not None), None)
        if titre:
            chiffres.append((titre, [present_figure(i) if i is not None else None for i in valeurs]))
    trop = len(set(m or poste.seance.epingles)) > COMPARES[-1]
    return show(poste, "comparer", pistes=pistes, acces=acces, chiffres=chiffres, trop=trop)


@router.get("/parcours")
def read_way(poste: Ouvert) -> Response:
    """The way chosen, or the choice of one."""
    return show_way(poste, {})


@router.get("/parcours/{code_rome}")
def read_way_to(poste: Ouvert, code_rome: str) -> Response:
    """The way to a métier."""
    return show_way(poste, {"code_rome": code_rome})


@router.get("/notes")
def read_notes(poste: Ouvert, fait: str = "") -> Response:
    """Free notes, never on the screen that is shared."""
    dit = "Notes enregistrées." if fait else ""
    return show(poste, "notes", notes=poste.dossier.notes, conflit=False, annonce=dit)


@router.post("/notes")
def write_notes(poste: Ouvert, champs: Champs, _signe: Signe) -> Response:
    """Write the notes; when someone wrote other notes in between, both are shown.

    Raises:
        InvalidInputError: They are too long, or the dossier is closed.
    """
    notes = champs.get("notes", "").replace("\r\n", "\n")
    dossier = poste.dossier
    try:
        poste.dossiers.save(
            poste.conseiller,
            dossier.identifiant,
            version_of(champs),
            contenu=dossier.contenu,
            notes=notes,
            motif="notes",
        )
    except ConflitError:
        return show(poste, "notes", statut=409, notes=notes, conflit=True)
    return RedirectResponse(poste.at("notes") + FAIT, 303)


@router.get("/historique")
def read_history(poste: Ouvert, version: Annotated[int | None, Query(ge=1)] = None) -> Response:
    """What changed since the time before, and since any version kept."""
    poste = poste.written(poste.dossier, of_this_time(poste))
    catalogue, seance = poste.moteur.catalogue, poste.seance
    depuis = compare(seance.avant, seance, catalogue) if seance.avant is not None else ()
    ecarts: tuple[Ecart, ...] = ()
    if version is not None:
        lue = poste.dossiers.read_version(poste.conseiller, poste.dossier.identifiant, version)
        ecarts = compare(read_seance(lue.contenu), seance, catalogue)
    versions = _gather(poste.dossiers.versions(poste.conseiller, poste.dossier.identifiant))
    return show(poste, "historique", depuis=depuis, versions=versions, voulue=version, ecarts=ecarts)


def _gather(versions: Sequence[VersionDossier]) -> list[tuple[VersionDossier, int]]:
    """Versions, the last first, those alike in a row told once, by their last one, with how many they are."""
    rangs = groupby(versions, key=lambda v: (v.motif, v.auteur, v.ecrite_le.date()))
    return [(suite[0], len(suite)) for suite in (list(groupe) for _, groupe in rangs)]


@router.get("/dossier")
def read_rights(poste: Ouvert, fait: str = "") -> Response:
    """What the person agreed to, what they may ask for."""
    return show(poste, "dossier", annonce="Accord enregistré." if fait else "")


@router.post("/consentement")
def agree(poste: Ouvert, champs: Champs, _signe: Signe) -> Response:
    """Write down what the person agrees to now."""
    try:
        accord = read_consent(champs)
    except InvalidInputError as error:
        return show(poste, "dossier", statut=422, erreur=error)
    poste.dossiers.consent(poste.conseiller, poste.dossier.identifiant, version_of(champs), accord)
    return RedirectResponse(poste.at("dossier") + FAIT, 303)


def read_consent(champs: Champs) -> Consentement:
    """What a form says that the person agrees to.

    Raises:
        InvalidInputError: They agree to nothing: nothing may be kept.
    """
    if champs.get("accord") != "oui":
        raise InvalidInputError(
            "un dossier n'est gardé qu'avec l'accord de la personne : cochez-le, ou continuez sans trace.",
            champ="accord",
        )
    portee: Portee = "structure" if champs.get("structure") == "oui" else "conseiller"
    return Consentement(portee, champs.get("statistiques") == "oui", datetime.now(UTC))


@router.post("/rouvrir")
def reopen(poste: Ouvert, _signe: Signe) -> Response:
    """Take a closed dossier up again."""
    poste.dossiers.reopen(poste.conseiller, poste.dossier.identifiant)
    return RedirectResponse(poste.at(), 303)


@router.get("/export")
def export(poste: Ouvert) -> Response:
    """All that is kept of the person, as a file."""
    corps = poste.dossiers.export(poste.conseiller, poste.dossier.identifiant)
    entetes = {"Content-Disposition": 'attachment; filename="azimut-dossier.json"', "Cache-Control": "no-store"}
    return JSONResponse(corps, headers=entetes)
