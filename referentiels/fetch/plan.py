"""What to ask for a source, and which resource of a data.gouv.fr catalogue is the newest: no network, no disk."""

import json
import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from referentiels.adresses import Telechargement
from referentiels.depot import natural_key
from referentiels.fetch.reseau import IncidentError
from referentiels.sources import Source

ANNEES = 5  # an edition older than that says the address has moved
_NOM_MAX = 120
_EMPREINTE = re.compile(r"(sha1):[0-9a-f]{40}|(sha256):[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Fichier:
    """One remote file, as a catalogue or an address announces it.

    Args:
        url: Where its bytes are.
        nom: Place under the data folder, with `/`.
        octets: Size, when known.
        empreinte: `sha1:…` or `sha256:…` in hexadecimal, when known.
        modifie: Date of last change, as announced.
    """

    url: str
    nom: str
    octets: int | None = None
    empreinte: str | None = None
    modifie: str | None = None


@dataclass(frozen=True, slots=True)
class Partie:
    """A part of a source, and the addresses to try for it, in order.

    Args:
        nom: Name of the part, empty when the source has one only.
        choix: What to try; the first that answers is enough.
        par_annee: The choices are yearly editions: only an absent one makes room for the year before.
    """

    nom: str
    choix: tuple[Telechargement, ...]
    par_annee: bool


def plan_parts(source: Source, annee: int) -> tuple[Partie, ...]:
    """The parts of a source, all needed, with yearly addresses spelled out from `annee` downwards."""
    noms = dict.fromkeys(t.partie for t in source.telechargements)
    return tuple(_plan_part(nom, [t for t in source.telechargements if t.partie == nom], annee) for nom in noms)


def _plan_part(nom: str, choix: list[Telechargement], annee: int) -> Partie:
    par_annee = any("{annee}" in t.url for t in choix)
    if not par_annee:
        return Partie(nom, tuple(choix), par_annee=False)
    editions = [
        replace(t, url=t.url.replace("{annee}", str(an)), fichier=t.fichier.replace("{annee}", str(an)))
        for an in range(annee, annee - ANNEES, -1)
        for t in choix
    ]
    return Partie(nom, tuple(editions), par_annee=True)


def choose_resource(contenu: bytes, telechargement: Telechargement) -> Fichier:
    """The newest resource of a data.gouv.fr dataset whose title begins as expected.

    The newest is the one whose title has the greatest numbers (exports carry their date there), then the last changed.

    Args:
        contenu: The dataset, as its API gives it (JSON).
        telechargement: Title, announced format and place of the wanted file.

    Raises:
        IncidentError: Not such a catalogue, or no resource answers.
    """
    try:
        jeu = json.loads(contenu)
    except ValueError as error:
        raise IncidentError("le catalogue de data.gouv.fr n'est pas du JSON", "corrompu") from error
    ressources = jeu.get("resources") if isinstance(jeu, dict) else None
    if not isinstance(ressources, list):
        raise IncidentError("le catalogue de data.gouv.fr ne liste aucune ressource", "corrompu")
    debut = _fold(telechargement.titre)
    retenues = [
        ressource
        for ressource in ressources
        if isinstance(ressource, dict)
        and _fold(_text(ressource, "title")).startswith(debut)
        and (not telechargement.forme or telechargement.forme in _fold(_text(ressource, "format")))
        and _is_safe(_text(ressource, "url"), telechargement.url)
    ]
    if not retenues:
        forme = f" au format {telechargement.forme}" if telechargement.forme else ""
        raise IncidentError(
            f"aucune ressource de data.gouv.fr n'a de titre commençant par « {telechargement.titre} »{forme}", "absent"
        )
    return _describe(max(retenues, key=_age), telechargement)


def name_file(fichier: str, titre: str) -> str:
    """The place of a file whose name comes from outside: one harmless component, without doubled suffix."""
    suffixe = PurePosixPath(fichier).suffix
    simple = unicodedata.normalize("NFKD", titre).encode("ascii", "ignore").decode()
    simple = re.sub(r"[^A-Za-z0-9._-]+", "_", simple).strip("._-")
    if suffixe and simple.lower().endswith(suffixe.lower()):
        simple = simple[: -len(suffixe)]
    return fichier.replace("{titre}", simple[:_NOM_MAX] or "sans_titre")


def _age(ressource: dict[str, Any]) -> tuple[list[tuple[int, str]], str]:
    modifie = _text(ressource, "last_modified") or _text(ressource, "published") or _text(ressource, "created_at")
    return natural_key(_fold(_text(ressource, "title"))), modifie


def _describe(ressource: dict[str, Any], telechargement: Telechargement) -> Fichier:
    # What a catalogue says of a file that it does not host may be out of date.
    heberge = _text(ressource, "filetype") != "remote"
    octets = ressource.get("filesize")
    somme = ressource.get("checksum")
    empreinte = f"{_text(somme, 'type')}:{_text(somme, 'value')}".lower() if isinstance(somme, dict) else ""
    return Fichier(
        url=_text(ressource, "url"),
        nom=name_file(telechargement.fichier, _text(ressource, "title")),
        octets=octets if heberge and isinstance(octets, int) and octets > 0 else None,
        empreinte=empreinte if heberge and _EMPREINTE.fullmatch(empreinte) else None,
        modifie=_text(ressource, "last_modified") or None,
    )


def _is_safe(url: str, catalogue: str) -> bool:
    try:
        adresse = urlsplit(url)
    except ValueError:
        return False
    return adresse.scheme in ("https", urlsplit(catalogue).scheme) and bool(adresse.hostname)


def _text(objet: dict[str, Any], cle: str) -> str:
    valeur = objet.get(cle)
    return valeur.strip() if isinstance(valeur, str) else ""


def _fold(texte: str) -> str:
    decompose = unicodedata.normalize("NFKD", texte.casefold())
    return "".join(c for c in decompose if not unicodedata.combining(c))
