"""What a dossier may hold: no civil identity for a name, and sizes that no session reaches."""

import json
import re
import unicodedata

from referentiels.errors import InvalidInputError

PSEUDONYME_MAX = 40
MOTIF_MAX = 40
NOTES_MAX = 20_000
"""Characters: some eight pages."""
CONTENU_MAX = 512 * 1024
"""Bytes: 500 compétences, each with its label, its origin and the words that say it, take a fifth of it."""
_COURRIEL = re.compile(r"\S@\S")
_SECU = re.compile(r"(?<!\d)[1-478]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])\d{6}(?:\d{2})?(?!\d)", re.IGNORECASE)
_TELEPHONE = re.compile(r"(?<!\d)(?:(?:\+|00)\d{10,14}|0[1-9]\d{8})(?!\d)")
_SEPARATEURS = re.compile(r"[\s.\-/_()]")


def check_pseudonyme(texte: str) -> str:
    """The name of a dossier, tidied.

    Raises:
        InvalidInputError: It is empty or too long, or it looks like what would tell who the person is.
    """
    propre = " ".join(texte.split())
    if not propre or len(propre) > PSEUDONYME_MAX:
        raise InvalidInputError(
            f"donnez un pseudonyme ou un numéro de 1 à {PSEUDONYME_MAX} caractères.", champ="pseudonyme"
        )
    if any(unicodedata.category(c)[0] == "C" for c in propre):
        raise InvalidInputError("ce pseudonyme porte des caractères invisibles.", champ="pseudonyme")
    serre = _SEPARATEURS.sub("", unicodedata.normalize("NFKC", propre))
    for forme, nom in (
        (_COURRIEL, "une adresse électronique"),
        (_SECU, "un numéro de sécurité sociale"),
        (_TELEPHONE, "un numéro de téléphone"),
    ):
        if forme.search(serre):
            raise InvalidInputError(
                f"ce pseudonyme ressemble à {nom} : choisissez-en un qui ne dise pas qui est la personne.",
                champ="pseudonyme",
            )
    return propre


def check_contents(contenu: str, notes: str, motif: str) -> None:
    """Make sure that a version can be kept.

    Raises:
        InvalidInputError: It is too long, or what the session holds is no JSON; names the field.
    """
    if len(notes) > NOTES_MAX:
        raise InvalidInputError(
            f"ces notes font {len(notes)} caractères, pour {NOTES_MAX} au plus : gardez l'essentiel.", champ="notes"
        )
    if len(contenu.encode(errors="replace")) > CONTENU_MAX:
        raise InvalidInputError(
            f"cette séance est trop longue ({CONTENU_MAX // 1024} Ko au plus) : gardez l'essentiel.", champ="contenu"
        )
    if not (0 < len(motif) <= MOTIF_MAX and motif.isprintable()):
        raise InvalidInputError(f"le motif a de 1 à {MOTIF_MAX} caractères.", champ="motif")
    try:
        f"{contenu}{notes}".encode()
        if contenu:
            json.loads(contenu)
    except (ValueError, RecursionError):
        raise InvalidInputError("ce que la séance contient ne peut pas être gardé.", champ="contenu") from None
