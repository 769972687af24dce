"""The screen for two: the profile on one side, the métiers that move on the other; and every form that is sent."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from api.conseil.erreurs import ConflitError
from api.conseil.gestes import GESTES, Fait, perform
from api.conseil.seance import Seance, read_seance
from api.web.conseiller import garde
from api.web.conseiller.comparaison import Ecart, compare
from api.web.conseiller.ecrans import ECRANS, show_profile
from api.web.conseiller.poste import FRAGMENT, Champs, Ouvert, Poste, show, version_of
from referentiels.errors import InvalidInputError, UnknownCodeError

AUTRE_FOIS = timedelta(hours=2)
"""Without a write for that long, what comes next is another time."""
router = APIRouter(include_in_schema=False, prefix="/conseiller/dossiers/{identifiant}")
Signe = Annotated[None, Depends(garde.check_csrf)]
_HORS_EMPREINTE = {"jeton_csrf", "vers"}


@router.get("")
def read_work(poste: Ouvert) -> Response:
    """The screen for two; taken up another day, it tells what was left the time before."""
    return show_profile(poste.written(poste.dossier, of_this_time(poste)), {})


@router.post("/gestes")
def do(poste: Ouvert, champs: Champs, _signe: Signe) -> Response:
    """One thing done in the session: written first, shown after.

    Raises:
        InvalidInputError: The form names no gesture, or no version.
    """
    nom = champs.get("geste", "")
    lue = version_of(champs)
    if nom not in GESTES or not lue:
        raise InvalidInputError("ce formulaire est incomplet : rechargez la page.", champ="geste")
    empreinte = _fingerprint(champs)
    if poste.seance.dernier == empreinte:  # the same form sent twice: its answer was lost on the way
        return _go_on(poste, champs, None)
    if poste.dossier.version != lue:
        return show_conflict(poste, champs)
    if poste.clos or poste.illisible:
        motif = "est clos : rouvrez-le avant d'y écrire." if poste.clos else "ne peut pas être relu, ni complété."
        raise InvalidInputError(f"ce dossier {motif}", champ="geste")
    try:
        fait = perform(nom, of_this_time(poste), champs, poste.moteur, poste.rank)
    except (InvalidInputError, UnknownCodeError) as error:
        return ECRANS[_screen(champs)](poste, champs, erreur=error, statut=422)
    try:
        poste = save(poste, fait.seance.change(dernier=empreinte), GESTES[nom].motif)
    except ConflitError:
        return show_conflict(read_again(poste), champs)
    return _go_on(poste, champs, fait)


def save(poste: Poste, seance: Seance, motif: str) -> Poste:
    """Write a session; what comes back is durable.

    Raises:
        ConflitError: Someone wrote since it was read.
        InvalidInputError: What is there cannot be read: it is not written over.
    """
    if poste.illisible:
        raise InvalidInputError("ce dossier ne peut pas être relu, ni complété.", champ="contenu")
    dossier = poste.dossiers.save(
        poste.conseiller,
        poste.dossier.identifiant,
        poste.dossier.version,
        contenu=seance.as_json(),
        notes=poste.dossier.notes,
        motif=motif,
    )
    return poste.written(dossier, seance)


def of_this_time(poste: Poste) -> Seance:
    """The session, as another time when it was left for long."""
    quitte = poste.dossier.modifie_le
    quitte = quitte if quitte.tzinfo else quitte.replace(tzinfo=UTC)
    if poste.sans_trace or not poste.dossier.contenu or datetime.now(UTC) - quitte < AUTRE_FOIS:
        return poste.seance
    return poste.seance.take_up(quitte.date())


def _go_on(poste: Poste, champs: Mapping[str, str], fait: Fait | None) -> Response:
    """The screen asked for: at once for the script, by its address for a browser alone."""
    ecran = _screen(champs)
    if FRAGMENT in poste.request.headers:
        motif = GESTES[champs["geste"]].motif
        rangee = fait.rangee if fait is not None else None
        reponse = ECRANS[ecran](poste, champs, rangee=rangee, annonce=f"{motif[:1].upper()}{motif[1:]}.")
        reponse.headers["X-Adresse"] = poste.at(_address(ecran, champs))
        return reponse
    ancre = champs.get("ancre", "")
    suite = f"#{ancre}" if ancre and ancre.replace("-", "").isalnum() and ancre.isascii() else ""
    return RedirectResponse(poste.at(_address(ecran, champs)) + suite, 303)


def _screen(champs: Mapping[str, str]) -> str:
    vers = champs.get("vers", "")
    return vers if vers in ECRANS else ""


def _address(ecran: str, champs: Mapping[str, str]) -> str:
    """Of a screen; that of a métier carries its code, when it is one."""
    code = champs.get("code_rome", "")
    if ecran in {"metiers/fiche", "parcours"} and code.isalnum() and code.isascii():
        return f"{ecran.removesuffix('/fiche')}/{code}"
    return ecran.removesuffix("/fiche")


def read_again(poste: Poste) -> Poste:
    """The dossier as it is by now."""
    dossier = poste.dossiers.read(poste.conseiller, poste.dossier.identifiant)
    return poste.written(dossier, read_seance(dossier.contenu))


def _fingerprint(champs: Mapping[str, str]) -> str:
    """Of a form, whatever surrounds what it says."""
    dits = sorted((nom, valeur) for nom, valeur in champs.items() if nom not in _HORS_EMPREINTE)
    return hashlib.sha256(repr(dits).encode()).hexdigest()[:32]


def show_conflict(poste: Poste, champs: Mapping[str, str]) -> Response:
    """Someone wrote in between: what was sent, what changed, and a way to keep both."""
    versions = poste.dossiers.versions(poste.conseiller, poste.dossier.identifiant)
    ecarts: tuple[Ecart, ...] = ()
    lue = version_of(champs)
    if any(v.version == lue for v in versions):
        relue = poste.dossiers.read_version(poste.conseiller, poste.dossier.identifiant, lue)
        ecarts = compare(read_seance(relue.contenu), poste.seance, poste.moteur.catalogue)
    return show(
        poste,
        "conflit",
        statut=409,
        champs=champs,
        envoye=[(nom, valeur) for nom, valeur in champs.items() if nom not in {"jeton_csrf", "version"} and valeur],
        motif=GESTES[champs["geste"]].motif,
        ecarts=ecarts,
        auteur=versions[0] if versions else None,
    )
