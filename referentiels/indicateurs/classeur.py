"""Reading one sheet of an official xlsx workbook: structure checked first, cells as text."""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Sequence

from python_calamine import CalamineError, CalamineWorkbook

from referentiels.cellules import Ligne, clean_text
from referentiels.depot import Depot, Membre
from referentiels.errors import HeaderError, MalformedError, OversizeError
from referentiels.journal import FichierLu

OCTETS_MAX = 64 << 20
DEPLIE_MAX = 512 << 20
RATIO_MAX = 200


def read_sheet(
    depot: Depot, membre: Membre, feuille: re.Pattern[str], lu: FichierLu, *, lignes_max: int
) -> tuple[re.Match[str], list[str], Iterator[Ligne]]:
    """Open the first sheet whose name matches, its first row being the header.

    Args:
        depot: Where the workbook lies.
        membre: The workbook.
        feuille: Form of the name of the sheet (case-blind when the pattern is).
        lu: Receives size and digest.
        lignes_max: Above this many rows, it cannot be the sheet expected.

    Returns:
        The match on the sheet name, the clean header, and the rows (line 1 is the header).

    Raises:
        MalformedError: Not a workbook, or no such sheet.
        OversizeError: More bytes or rows than the source can hold.
        HeaderError: The sheet is empty or a column stands twice.
    """
    classeur = _open(depot, membre, lu)
    trouve = next((m for nom in classeur.sheet_names if (m := feuille.fullmatch(nom.strip()))), None)
    if trouve is None:
        raise MalformedError(
            f"aucune feuille « {feuille.pattern} » (feuilles : {', '.join(classeur.sheet_names)}).", fichier=lu.fichier
        )
    nom = next(n for n in classeur.sheet_names if n.strip() == trouve.string)
    try:
        table = classeur.get_sheet_by_name(nom).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise MalformedError(f"feuille « {nom} » illisible ({error}).", fichier=lu.fichier) from error
    if len(table) - 1 > lignes_max:
        raise OversizeError(
            f"plus de {lignes_max} lignes : ce n'est pas le fichier attendu.", fichier=lu.fichier, ligne=lignes_max + 2
        )
    entete = [clean_text(_as_text(cellule)) for cellule in table[0]] if table else []
    if not any(entete):
        raise HeaderError(f"la feuille « {nom} » est vide.", fichier=lu.fichier)
    for rang, colonne in enumerate(entete):
        if colonne and colonne in entete[:rang]:
            raise HeaderError("la colonne figure deux fois.", fichier=lu.fichier, ligne=1, colonne=colonne)
    index = {colonne: rang for rang, colonne in enumerate(entete) if colonne}
    return trouve, entete, _rows(table[1:], index)


def _open(depot: Depot, membre: Membre, lu: FichierLu) -> CalamineWorkbook:
    if membre.octets > OCTETS_MAX:
        raise OversizeError(f"{membre.octets >> 20} Mio : ce n'est pas le fichier attendu.", fichier=lu.fichier)
    brut = depot.read(membre)
    lu.octets = len(brut)
    lu.empreinte = hashlib.sha256(brut).hexdigest()
    try:
        with zipfile.ZipFile(io.BytesIO(brut)) as archive:
            deplie = sum(info.file_size for info in archive.infolist())
    except zipfile.BadZipFile as error:
        raise MalformedError(
            "classeur xlsx tronqué ou illisible ; téléchargez-le de nouveau.", fichier=lu.fichier
        ) from error
    # The reader inflates everything in memory: a bomb must be told before.
    if deplie > DEPLIE_MAX or deplie > RATIO_MAX * max(len(brut), 1024):
        raise OversizeError("le classeur se décompresse démesurément.", fichier=lu.fichier)
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(brut))
    except CalamineError as error:
        raise MalformedError(f"classeur xlsx illisible ({error}).", fichier=lu.fichier) from error


def _rows(table: Sequence[Sequence[object]], index: dict[str, int]) -> Iterator[Ligne]:
    for numero, cellules in enumerate(table, start=2):
        textes = [_as_text(cellule) for cellule in cellules]
        if any(textes):
            yield Ligne(textes, index, numero)


def _as_text(cellule: object) -> str:
    """The cell as a CSV would write it: a whole number has no decimal point."""
    if isinstance(cellule, float) and cellule.is_integer():
        return str(int(cellule))
    return cellule if isinstance(cellule, str) else str(cellule)
