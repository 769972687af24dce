"""The one error tree of Azimut; every message is a French sentence a person can act on.

AzimutError
├── SourceError                 a raw file cannot be used as it is
│   ├── MissingSourceError      nothing in the folder or archive answers the pattern
│   ├── ArchiveError            truncated, encrypted, hostile or oversized archive
│   ├── EncodingError           the bytes are not in the announced encoding
│   ├── HeaderError             a mandatory column is missing, or the file is empty
│   ├── OversizeError           far more rows or bytes than the source can hold
│   ├── MalformedError          not the format it claims to be (XML, JSON, xlsx, CSV quoting)
│   └── RejectionError          too large a share of rows was refused
├── CatalogueError              the built artefact cannot be used
│   ├── MissingCatalogueError   nothing was built yet
│   └── CorruptCatalogueError   bytes differ from the manifest, or another schema
├── SearchIndexError            the search index cannot be used
│   ├── MissingIndexError       nothing was built yet
│   ├── StaleIndexError         built from another catalogue, other templates or settings
│   └── CorruptIndexError       bytes differ from the manifest
├── ModelError                  the encoder cannot be loaded, trained, or is not the one of the index
├── DownloadError               a file could not be fetched whole
├── StartError                  the service cannot start, or its processes do not stay
├── DatabaseError               the database does not answer, or is not up to date
├── DossierInconnuError         no such dossier, or not for this person
├── ConflitError                a dossier was written by someone since it was read
├── CoffreError                 the key of the dossiers is missing, or did not seal them
├── IdentiteError               the identity provider vouches for nobody whom we let in
├── UnknownCodeError            a code that no référentiel holds (with the nearest known ones)
└── InvalidInputError           what a person or a partner sent cannot be understood

CellError is no AzimutError: it never leaves the readers, which turn it into a counted rejection.
"""

from collections.abc import Sequence


class AzimutError(Exception):
    """Root of every error that Azimut raises on purpose; `str(error)` is French and complete."""


class SourceError(AzimutError):
    """A raw file cannot be used; says which file and, where known, which line and column.

    Args:
        motif: What is wrong, as a French sentence without the place.
        fichier: Name of the file (archive members as `archive.zip › membre.csv`).
        ligne: Line in the file, from 1, header included.
        colonne: Name of the column.
    """

    def __init__(self, motif: str, *, fichier: str, ligne: int | None = None, colonne: str | None = None) -> None:
        self.motif = motif
        self.fichier = fichier
        self.ligne = ligne
        self.colonne = colonne
        place = fichier
        if ligne is not None:
            place += f", ligne {ligne}"
        if colonne is not None:
            place += f", colonne « {colonne} »"
        super().__init__(f"{place} : {motif}")


class MissingSourceError(SourceError):
    """Nothing answers the pattern of a source."""


class ArchiveError(SourceError):
    """The archive is truncated, encrypted, hostile (path traversal, bomb) or not an archive."""


class EncodingError(SourceError):
    """The bytes are not in the announced encoding."""


class HeaderError(SourceError):
    """A mandatory column is missing, stands twice, or the file is empty."""


class OversizeError(SourceError):
    """Far more rows or bytes than the source can honestly hold."""


class MalformedError(SourceError):
    """The file is not in the format it claims to be."""


class RejectionError(SourceError):
    """Too large a share of rows was refused: the file is probably not the one expected."""


class CatalogueError(AzimutError):
    """The built catalogue cannot be used."""


class MissingCatalogueError(CatalogueError):
    """No catalogue was built at that place."""


class CorruptCatalogueError(CatalogueError):
    """The artefact differs from its manifest or was written by another schema."""


class SearchIndexError(AzimutError):
    """The search index cannot be used."""


class MissingIndexError(SearchIndexError):
    """No search index was built at that place."""


class StaleIndexError(SearchIndexError):
    """The search index was built from another catalogue, other templates, settings or schema."""


class CorruptIndexError(SearchIndexError):
    """The bytes of the search index differ from its manifest."""


class ModelError(AzimutError):
    """The encoder is missing, damaged, or not the one that made the vectors."""


class DownloadError(AzimutError):
    """A file could not be fetched whole; nothing was replaced."""


class StartError(AzimutError):
    """The service cannot start, or its processes end before they answer."""


class DatabaseError(AzimutError):
    """The database cannot serve now; what was being written was not."""


_FEMININS = frozenset({"certification", "commune", "appellation", "compétence", "source", "région", "formation"})


class UnknownCodeError(AzimutError):
    """A code that no loaded référentiel holds.

    Args:
        nature: What was asked for, in French ("métier", "certification"…).
        code: The code as received.
        proches: Nearest known codes, best first, possibly empty.

    Attributes:
        champ: The field that holds it, where it is known.
    """

    champ: str | None = None

    def __init__(self, nature: str, code: str, proches: Sequence[str] = ()) -> None:
        self.nature = nature
        self.code = code
        self.proches = tuple(proches)
        suite = f" Codes proches : {', '.join(self.proches)}." if self.proches else ""
        accord = "inconnue" if nature in _FEMININS else "inconnu"
        super().__init__(f"{nature} {accord} : « {code} ».{suite}")


class InvalidInputError(AzimutError):
    """What was sent cannot be understood; `champ` names the field at fault."""

    def __init__(self, message: str, *, champ: str | None = None) -> None:
        self.champ = champ
        super().__init__(message)


class CellError(ValueError):
    """One cell cannot be read; the readers count it as a rejected row."""

    def __init__(self, colonne: str, motif: str, valeur: str) -> None:
        self.colonne = colonne
        self.motif = motif
        self.valeur = valeur
        super().__init__(f"colonne « {colonne} » : {motif} (« {valeur} »)")
