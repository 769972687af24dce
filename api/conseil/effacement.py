"""Dossiers erased for good, and what proves it."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.conseil.coffre import Coffre
from api.conseil.erreurs import CoffreError, DossierInconnuError
from api.conseil.evenements import tally
from api.conseil.types import MotifSuppression, PreuveSuppression
from api.persistence.acces import Acces, record
from api.persistence.base import BaseDonnees
from api.persistence.dossiers import Endormi, delete_dossier, list_asleep, lock_dossier
from api.persistence.tables_dossiers import LigneDossier, LignePreuve
from referentiels.errors import DatabaseError, InvalidInputError

SANS_TRACE = timedelta(hours=4)
"""Without activity, after which a session without record is over, whoever forgot to end it."""
_EMPREINTE = re.compile(r"[0-9a-f]{64}")


def refer(identifiant: str) -> str:
    """What names a dossier once it is erased."""
    return sha256(identifiant.encode()).hexdigest()


def erase_row(
    session: Session, coffre: Coffre, ligne: LigneDossier, motif: MotifSuppression, instant: datetime
) -> PreuveSuppression:
    """Erase a dossier that is locked, with its versions, and write the proof down.

    Raises:
        CoffreError: There is no key to sign with; nothing is erased.
    """
    reference = refer(ligne.identifiant)
    lignes = delete_dossier(session, ligne)
    nue = PreuveSuppression(reference, motif, instant.replace(microsecond=0), lignes, "")
    empreinte = coffre.sign(_message(nue))
    session.merge(  # a dossier that a backup brought back is erased again
        LignePreuve(reference=reference, motif=motif, supprime_le=nue.supprime_le, lignes=lignes, empreinte=empreinte)
    )
    return PreuveSuppression(reference, motif, nue.supprime_le, lignes, empreinte)


def erase_for(base: BaseDonnees, coffre: Coffre, identifiant: str, maintenant: datetime) -> PreuveSuppression:
    """Erase a dossier for a person whose conseiller is no longer there.

    Raises:
        DossierInconnuError: There is no such dossier.
        CoffreError: There is no key to sign with; nothing is erased.
        DatabaseError: The database cannot serve now.
    """
    coffre.check()
    with base.writing() as session:
        ligne = lock_dossier(session, identifiant)
        if ligne is None:
            raise DossierInconnuError
        record(session, Acces(maintenant, None, ligne.structure, "dossier_efface", identifiant, "fait"))
        count_no_more(session, coffre, ligne, maintenant)
        preuve = erase_row(session, coffre, ligne, "demande", maintenant)
    scrub_later(base)
    return preuve


def purge(base: BaseDonnees, coffre: Coffre, maintenant: datetime) -> list[PreuveSuppression]:
    """Erase what is kept no longer, each dossier in a transaction of its own.

    Raises:
        CoffreError: There is no key to sign with; nothing is erased.
        DatabaseError: The database cannot serve now; what was erased before stays so.
    """
    with base.reading() as session:
        endormis = list_asleep(session, maintenant - SANS_TRACE)
    preuves = []
    for endormi in endormis:
        if not _is_over(endormi, maintenant):
            continue
        coffre.check()
        with base.writing() as session:
            ligne = lock_dossier(session, endormi.identifiant)
            if ligne is None or ligne.modifie_le != endormi.modifie_le:
                continue  # someone has just come back to it, or erased it
            preuves.append(
                erase_row(session, coffre, ligne, "conservation" if endormi.consenti else "fin_de_seance", maintenant)
            )
            record(session, Acces(maintenant, None, ligne.structure, "dossier_purge", endormi.identifiant, "fait"))
    if preuves:
        scrub_later(base)
    return preuves


def count_no_more(session: Session, coffre: Coffre, ligne: LigneDossier, instant: datetime) -> None:
    """Take a dossier out of the figures of the period that goes on, unless its key is lost: the rest goes anyway."""
    with suppress(CoffreError):
        tally(session, coffre, ligne, {}, instant.date())


def scrub_later(base: BaseDonnees) -> None:
    """Take what was erased out of the files, or leave it to the next purge: it is erased, and its proof is due."""
    with suppress(DatabaseError):
        base.scrub()


def proof_as_dict(preuve: PreuveSuppression) -> dict[str, Any]:
    """The proof as it is handed out."""
    return {
        "reference": preuve.reference,
        "motif": preuve.motif,
        "supprime_le": preuve.supprime_le.isoformat(),
        "lignes": preuve.lignes,
        "empreinte": preuve.empreinte,
    }


def read_proof(contenu: Mapping[str, Any]) -> PreuveSuppression:
    """A proof as it was handed out.

    Raises:
        InvalidInputError: It has not that form.
    """
    try:
        reference, motif, lignes, empreinte = (contenu[c] for c in ("reference", "motif", "lignes", "empreinte"))
        instant = datetime.fromisoformat(contenu["supprime_le"])
        bonne = _EMPREINTE.fullmatch(reference) and motif in get_args(MotifSuppression) and isinstance(lignes, int)
        if bonne and instant.tzinfo and isinstance(empreinte, str):
            return PreuveSuppression(reference, motif, instant, lignes, empreinte)
    except (KeyError, TypeError, ValueError):
        pass
    raise InvalidInputError("ce fichier n'est pas une preuve de suppression.", champ="preuve")


def verify_proof(base: BaseDonnees, coffre: Coffre, preuve: PreuveSuppression) -> bool:
    """Whether the service made this proof, and holds no such dossier any more.

    Raises:
        CoffreError: The key that signed is no longer here: nothing can be said.
        DatabaseError: The database cannot serve now.
    """
    if not coffre.verify(_message(preuve), preuve.empreinte):
        return False
    with base.reading() as session:
        return all(refer(i) != preuve.reference for i in session.scalars(select(LigneDossier.identifiant)))


def _message(preuve: PreuveSuppression) -> str:
    return f"{preuve.reference}|{preuve.motif}|{preuve.supprime_le.timestamp():.0f}|{preuve.lignes}"


def _is_over(endormi: Endormi, maintenant: datetime) -> bool:
    return not endormi.consenti or endormi.modifie_le < _months_before(maintenant, endormi.conservation_mois)


def _months_before(instant: datetime, mois: int) -> datetime:
    annee, rang = divmod(instant.year * 12 + instant.month - 1 - mois, 12)
    return instant.replace(year=annee, month=rang + 1, day=min(instant.day, 28))
