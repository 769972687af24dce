"""Why a dossier cannot be read or written."""

from datetime import datetime

from referentiels.errors import AzimutError


class DossierInconnuError(AzimutError):
    """There is no such dossier, or not for this person: nothing tells which."""

    def __init__(self) -> None:
        super().__init__("ce dossier n'existe pas, ou il n'est pas de ceux que vous pouvez ouvrir.")


class ConflitError(AzimutError):
    """A dossier was written by someone since it was read; nothing was written over.

    Attributes:
        version: The version that is there.
        auteur: Who wrote it (identifiant of a conseiller).
        ecrite_le: When.
    """

    def __init__(self, version: int, auteur: str, ecrite_le: datetime) -> None:
        self.version = version
        self.auteur = auteur
        self.ecrite_le = ecrite_le
        super().__init__(
            "ce dossier a changé depuis que vous l'avez ouvert : relisez sa dernière version, puis reportez-y ce que "
            "vous avez écrit."
        )


class CoffreError(AzimutError):
    """The key of the dossiers is missing, or is not the one that sealed them; nothing was changed."""
