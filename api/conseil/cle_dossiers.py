"""The key of the dossiers: that of the settings, or, beside an embedded database, a file that is ours alone."""

import os
import secrets
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile

from pydantic import SecretStr
from sqlalchemy import exists, or_, select

from api.conseil.coffre import Coffre
from api.conseil.erreurs import CoffreError
from api.persistence.base import BaseDonnees
from api.persistence.tables_comptes import LigneConseiller
from api.persistence.tables_dossiers import LigneDossier


def open_coffre(cle: SecretStr | None, base: BaseDonnees) -> Coffre:
    """The coffre of a database; its key is looked for at the first need only.

    Args:
        cle: Keys of the settings: the one that seals, then those that still open.
        base: Where the dossiers are; an embedded one may keep its key in a file beside it.
    """
    return Coffre(cle.get_secret_value if cle else partial(_read_file, base))


def key_file(base: BaseDonnees) -> Path | None:
    """Where the key of an embedded database is; None for a server, whose key is in the settings alone."""
    return Path(f"{base.url.database}.cle-dossiers") if base.embarquee else None


def _read_file(base: BaseDonnees) -> str:
    """The key of the file, drawn the first time.

    Raises:
        CoffreError: There is none, and none may be drawn: one is needed that others share, or that was lost.
        DatabaseError: The database cannot serve now.
    """
    fichier = key_file(base)
    if fichier is None:
        raise CoffreError(
            "les dossiers ne peuvent être ni ouverts ni écrits : leur clé manque. Posez AZIMUT_CLE_DOSSIERS "
            "(32 caractères au moins, tirés au hasard), la même pour toutes les instances."
        )
    with base.reading() as session:
        facteurs = exists().where(LigneConseiller.totp.is_not(None))
        deja = bool(session.scalar(select(or_(exists().select_from(LigneDossier), facteurs))))
    if not fichier.exists():
        if deja:
            raise CoffreError(
                f"la clé des dossiers a disparu ({fichier.name}). Rien n'est perdu ni écrasé : remettez ce fichier à "
                "côté de la base, ou la clé dans AZIMUT_CLE_DOSSIERS."
            )
        _draw(fichier)
    return fichier.read_text(encoding="ascii")


def _draw(fichier: Path) -> None:
    """Write a new key, on disk before anything is sealed with it; the first of several processes wins."""
    with NamedTemporaryFile(dir=fichier.parent, prefix=f".{fichier.name}-") as brouillon:  # readable by us alone
        brouillon.write(secrets.token_urlsafe(48).encode())
        brouillon.flush()
        os.fsync(brouillon.fileno())
        with suppress(FileExistsError):
            os.link(brouillon.name, fichier)
    dossier = os.open(fichier.parent, os.O_RDONLY)
    try:
        os.fsync(dossier)
    finally:
        os.close(dossier)
