"""Reading official JSON lists of objects, one object a row, with the line where each begins."""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from referentiels.cellules import Ligne
from referentiels.depot import Depot, Membre
from referentiels.errors import EncodingError, HeaderError, MalformedError, OversizeError
from referentiels.journal import FichierLu

OCTETS_MAX = 256 << 20
_BLANC = re.compile(r"[ \t\r\n]*")
_BOM = b"\xef\xbb\xbf"


def read_objects(
    depot: Depot, membre: Membre, lu: FichierLu, *, lignes_max: int
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Walk a JSON array of objects; what is no object is a counted rejection.

    Args:
        depot: Where the file lies.
        membre: The file.
        lu: Receives the size, the digest and the rows read.
        lignes_max: Above this many objects, the file cannot be the one expected.

    Yields:
        The line of the file where the object begins (from 1), and the object.

    Raises:
        SourceError: The bytes are no UTF-8, no JSON array, or there are far too many of them.
    """
    texte = _decode(depot, membre, lu)
    decodeur = json.JSONDecoder(parse_constant=_refuse_constant)
    position = _skip(texte, 0)
    if texte[position : position + 1] != "[":
        raise MalformedError("une liste JSON était attendue.", fichier=lu.fichier, ligne=1)
    ligne, compte_a = 1, 0
    position = _skip(texte, position + 1)
    fini = texte[position : position + 1] == "]"
    while not fini:
        ligne, compte_a = ligne + texte.count("\n", compte_a, position), position
        try:
            valeur, position = decodeur.raw_decode(texte, position)
        except json.JSONDecodeError as error:
            raise MalformedError(f"JSON invalide ({error.msg}).", fichier=lu.fichier, ligne=error.lineno) from None
        except (ValueError, RecursionError) as error:
            raise MalformedError(f"JSON invalide ({error}).", fichier=lu.fichier, ligne=ligne) from None
        lu.lues += 1
        if lu.lues > lignes_max:
            raise OversizeError(
                f"plus de {lignes_max} objets : ce n'est pas le fichier attendu.", fichier=lu.fichier, ligne=ligne
            )
        if isinstance(valeur, dict):
            yield ligne, valeur
        else:
            lu.reject(ligne, "", "objet attendu", repr(valeur))
        position = _skip(texte, position)
        fini = texte[position : position + 1] == "]"
        if not fini:
            position = _skip_comma(texte, position, lu)
    if texte[position + 1 :].strip():
        raise MalformedError(
            "du texte suit la liste JSON.", fichier=lu.fichier, ligne=texte.count("\n", 0, position) + 1
        )


def as_row(objet: dict[str, Any], ligne: int) -> Ligne:
    """The scalar fields of an object as a row of a table; null, lists and objects read as empty cells."""
    cellules = [str(v) if isinstance(v, str | int | float) and not isinstance(v, bool) else "" for v in objet.values()]
    return Ligne(cellules, {nom: rang for rang, nom in enumerate(objet)}, ligne)


def _decode(depot: Depot, membre: Membre, lu: FichierLu) -> str:
    if membre.octets > OCTETS_MAX:
        raise OversizeError(f"{membre.octets >> 20} Mio : ce n'est pas le fichier attendu.", fichier=lu.fichier)
    brut = depot.read(membre)
    lu.octets = len(brut)
    lu.empreinte = hashlib.sha256(brut).hexdigest()
    if brut.startswith(_BOM):
        brut = brut[len(_BOM) :]
        lu.note("marque d'ordre des octets (BOM) en tête, ignorée")
    if not brut.strip():
        raise HeaderError("le fichier est vide.", fichier=lu.fichier)
    try:
        return brut.decode("utf-8")
    except UnicodeDecodeError as error:
        raise EncodingError(
            f"l'octet 0x{brut[error.start]:02X} n'est pas du UTF-8 ; reprenez le fichier officiel ou convertissez-le.",
            fichier=lu.fichier,
            ligne=brut.count(b"\n", 0, error.start) + 1,
        ) from None


def _skip(texte: str, position: int) -> int:
    trouve = _BLANC.match(texte, position)
    return trouve.end() if trouve else position


def _skip_comma(texte: str, position: int, lu: FichierLu) -> int:
    if texte[position : position + 1] != ",":
        raise MalformedError(
            "liste JSON interrompue : fichier tronqué ?", fichier=lu.fichier, ligne=texte.count("\n", 0, position) + 1
        )
    return _skip(texte, position + 1)


def _refuse_constant(nom: str) -> None:
    raise ValueError(f"« {nom} » n'est pas un nombre")
