"""What the person leaves with: a file to take up again, a link that says nothing of them, its QR code."""

import json
import re
from datetime import date
from typing import Any, Literal

import segno
from pydantic import BaseModel, ConfigDict, ValidationError

from api.web.widget.contexte import Contexte
from api.web.widget.etat import CLAIR_MAX, Etat
from api.web.widget.vue import Vue
from referentiels.errors import InvalidInputError
from referentiels.types import CodeRome

NOM_FICHIER = "azimut-mes-pistes.json"
MEDIA = "application/json"
FICHIER_MAX = 2 * CLAIR_MAX
"""Bytes: with its blanks and names, twice what is said."""
_DEPARTEMENT = re.compile(r"\d[\dAB]\d?")
"""A commune would say where one person lives; a département does not."""
_BORD = 2
"""Modules of quiet zone around the code, on a page that is already pale around it."""


class Fichier(BaseModel):
    """The file: what was said, and the names of the métiers kept, for whoever opens it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    azimut: Literal["orientation"]
    version: Literal[1]
    fait_le: str
    metiers_gardes: list[str]
    etat: dict[str, Any]


def write_file(ctx: Contexte) -> bytes:
    """The file to take away."""
    metiers = ctx.moteur.catalogue.metiers
    fichier = Fichier(
        azimut="orientation",
        version=1,
        fait_le=ctx.jour.isoformat(),
        metiers_gardes=[metiers[CodeRome(code)].intitule for code in ctx.etat.gardes],
        etat=ctx.etat.as_dict(),
    )
    return json.dumps(fichier.model_dump(), ensure_ascii=False, indent=2).encode()


def read_file(contenu: bytes) -> Etat:
    """What the person said, from their file.

    Raises:
        InvalidInputError: It is too long, comes from elsewhere, or was changed.
    """
    try:
        fichier = Fichier.model_validate_json(contenu if len(contenu) <= FICHIER_MAX else b"")
        date.fromisoformat(fichier.fait_le)
        return Etat.model_validate_json(json.dumps(fichier.etat))
    except (ValidationError, ValueError):
        raise InvalidInputError("ce fichier ne vient pas d'ici, ou il a été changé.", champ="fichier") from None


def public_link(ctx: Contexte) -> str:
    """The beginning of the path as this person found it: nothing of what they said."""
    vue = ctx.vue
    territoire = vue.territoire if _DEPARTEMENT.fullmatch(vue.territoire) else ""
    return f"{ctx.origine}{Vue(langue=vue.langue, territoire=territoire, entree=vue.entree).at()}"


def draw_code(lien: str) -> tuple[str, int]:
    """The QR code of a link, as the data of one SVG path, and the side of its square in modules."""
    code = segno.make(lien, error="m", micro=False)
    trace = []
    for y, ligne in enumerate(code.matrix_iter(border=_BORD)):
        debut = None
        for x, plein in enumerate([*ligne, 0]):
            if plein and debut is None:
                debut = x
            elif not plein and debut is not None:
                trace.append(f"M{debut} {y}h{x - debut}v1H{debut}z")
                debut = None
    return "".join(trace), int(code.symbol_size(border=_BORD)[0])
