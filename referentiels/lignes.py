"""Reading official plain-text files line by line."""

import hashlib
from collections.abc import Iterator

from referentiels.depot import Depot, Membre
from referentiels.errors import EncodingError, HeaderError, OversizeError
from referentiels.journal import FichierLu

OCTETS_MAX = 16 << 20


def read_lines(
    depot: Depot, membre: Membre, lu: FichierLu, *, encodage: str, lignes_max: int
) -> Iterator[tuple[int, str]]:
    """Walk the lines of a text file, blank ones left out.

    Yields:
        The number of the line (from 1) and its text without the spaces around.

    Raises:
        SourceError: The file is empty, too large, or not in the announced encoding.
    """
    if membre.octets > OCTETS_MAX:
        raise OversizeError(f"{membre.octets >> 20} Mio : ce n'est pas le fichier attendu.", fichier=lu.fichier)
    brut = depot.read(membre)
    lu.octets = len(brut)
    lu.empreinte = hashlib.sha256(brut).hexdigest()
    if not brut.strip():
        raise HeaderError("le fichier est vide.", fichier=lu.fichier)
    try:
        texte = brut.decode(encodage)
    except UnicodeDecodeError as error:
        raise EncodingError(
            f"l'octet 0x{brut[error.start]:02X} n'est pas du {encodage.upper()}.",
            fichier=lu.fichier,
            ligne=brut.count(b"\n", 0, error.start) + 1,
        ) from None
    # Not splitlines(): these files hold the cp1252 ellipsis, which it takes for an end of line in latin-1.
    for numero, ligne in enumerate(texte.split("\n"), start=1):
        if numero > lignes_max:
            raise OversizeError(
                f"plus de {lignes_max} lignes : ce n'est pas le fichier attendu.", fichier=lu.fichier, ligne=numero
            )
        if propre := ligne.strip():
            yield numero, propre
