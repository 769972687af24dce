"""Dossiers, for those who may open them: each write is whole and on disk when it is said to be, or it is refused."""

import json
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.conseil.coffre import Coffre
from api.conseil.effacement import count_no_more, erase_row, purge, scrub_later
from api.conseil.erreurs import CoffreError, ConflitError, DossierInconnuError
from api.conseil.evenements import Bilan, read_bilan, tally
from api.conseil.saisie import check_contents, check_pseudonyme
from api.conseil.types import (
    Conseiller,
    Consentement,
    Dossier,
    MotifSuppression,
    PreuveSuppression,
    ResumeDossier,
    VersionDossier,
)
from api.persistence.acces import Acces, Issue, record
from api.persistence.base import BaseDonnees
from api.persistence.dossiers import add_version, list_versions, lock_dossier, read_version_row, was_noted
from api.persistence.tables_dossiers import LigneDossier, LigneVersion
from referentiels.cellules import fold
from referentiels.errors import InvalidInputError

LISTE_MAX = 200
_IDENTIFIANT = re.compile(r"[0-9a-f]{32}")


def _now() -> datetime:
    return datetime.now(UTC)


class Dossiers:
    """The dossiers of a database; safe between threads and between processes.

    Every method that names a dossier raises `DossierInconnuError` when it is not there or not for this person, without
    telling which, `CoffreError` when its key is not there, `DatabaseError` when the database cannot serve now.

    Args:
        base: Where dossiers are.
        coffre: Seals what they hold.
        horloge: Tells the moment.
    """

    def __init__(self, base: BaseDonnees, coffre: Coffre, horloge: Callable[[], datetime] = _now) -> None:
        self._base = base
        self._coffre = coffre
        self._horloge = horloge

    def open(self, conseiller: Conseiller, pseudonyme: str, consentement: Consentement | None) -> Dossier:
        """Open an empty dossier, at version 1.

        Args:
            conseiller: Who opens it.
            pseudonyme: A name or number of the structure's own, that does not tell who the person is.
            consentement: What the person agreed to; None for a session without record.

        Raises:
            InvalidInputError: The pseudonym would tell who the person is, or has no fit length.
        """
        if conseiller.role != "conseiller":
            raise DossierInconnuError
        nom, instant, identifiant = check_pseudonyme(pseudonyme), self._horloge(), secrets.token_hex(16)
        structure = conseiller.structure.identifiant
        scelle = self._coffre.seal(nom, identifiant, structure, "pseudonyme")
        ligne = LigneDossier(
            identifiant=identifiant, structure=structure, conseiller=conseiller.identifiant, pseudonyme=scelle,
            version=0, comptes=None, ouvert_le=instant, modifie_le=instant, clos_le=None,
        )  # fmt: skip
        _agree(ligne, consentement)
        with self._base.writing() as session:
            session.add(ligne)
            self._write(session, ligne, conseiller, "", "", "ouverture")
            self._note(session, conseiller, "dossier_ouvert", identifiant)
            return self._make(session, ligne)

    def read(self, conseiller: Conseiller, identifiant: str) -> Dossier:
        """A dossier as it is now; the audit tells who read it, once an hour."""
        return self._read(conseiller, identifiant, None)

    def read_version(self, conseiller: Conseiller, identifiant: str, version: int) -> Dossier:
        """A dossier as it was at a version that is kept."""
        return self._read(conseiller, identifiant, version)

    def list_open(self, conseiller: Conseiller, *, clos: bool = False, cherche: str = "") -> tuple[ResumeDossier, ...]:
        """The dossiers that someone may open, last written first, `LISTE_MAX` at most.

        Args:
            conseiller: Who asks.
            clos: Those that are closed rather than those in progress.
            cherche: What their pseudonym holds, accents and case aside. Names are sealed: all of them are opened to
                be searched, which takes a millisecond for a hundred.
        """
        if conseiller.role != "conseiller":
            return ()
        self._coffre.check()
        fin = LigneDossier.clos_le
        with self._base.reading() as session:
            lignes = session.scalars(
                select(LigneDossier)
                .where(
                    LigneDossier.structure == conseiller.structure.identifiant,
                    or_(LigneDossier.conseiller == conseiller.identifiant, LigneDossier.portee == "structure"),
                    fin.is_not(None) if clos else fin.is_(None),
                )
                .order_by(LigneDossier.modifie_le.desc())
                .limit(None if cherche else LISTE_MAX)
            )
            nommes = self._name_all(lignes.all())
            trouves = [(ligne, nom) for ligne, nom in nommes if fold(cherche) in fold(nom)] if cherche else nommes
            return tuple(
                ResumeDossier(
                    ligne.identifiant, nom, ligne.conseiller, _consent_of(ligne), ligne.version,
                    ligne.ouvert_le, ligne.modifie_le, ligne.clos_le,
                )
                for ligne, nom in trouves[:LISTE_MAX]
            )  # fmt: skip

    def versions(self, conseiller: Conseiller, identifiant: str) -> tuple[VersionDossier, ...]:
        """The versions that are kept, the last first."""
        with self._reading(conseiller, identifiant) as (session, _):
            return tuple(VersionDossier(*ligne) for ligne in list_versions(session, identifiant))

    def save(
        self,
        conseiller: Conseiller,
        identifiant: str,
        version: int,
        *,
        contenu: str,
        notes: str,
        motif: str,
        bilan: Bilan | None = None,
    ) -> Dossier:
        """Write a new version: on disk when this returns.

        Args:
            conseiller: Who writes.
            identifiant: Of the dossier.
            version: The one that was read.
            contenu: What the session holds, as JSON.
            notes: Free notes.
            motif: What the write is for, in a word or two.
            bilan: What the whole session shows now, for the anonymous figures; counted only if the person agreed.

        Raises:
            ConflitError: Someone wrote since; nothing was written over.
            InvalidInputError: It is too long, or the dossier is closed.
        """
        check_contents(contenu, notes, motif)
        comptes = None if bilan is None else read_bilan(bilan)
        with self._writing(conseiller, identifiant) as (session, ligne):
            self._check_version(session, ligne, version)
            if ligne.clos_le is not None:
                raise InvalidInputError("ce dossier est clos : rouvrez-le pour y écrire.")
            self._write(session, ligne, conseiller, contenu, notes, motif)
            if comptes is not None and ligne.statistiques:
                tally(session, self._coffre, ligne, comptes, self._horloge().date())
            return self._make(session, ligne)

    def consent(self, conseiller: Conseiller, identifiant: str, version: int, consentement: Consentement) -> Dossier:
        """Write down what the person agrees to now, as a new version; to withdraw all of it, see `erase`.

        Raises:
            ConflitError: Someone wrote since.
        """
        with self._writing(conseiller, identifiant, "dossier_consentement") as (session, ligne):
            self._check_version(session, ligne, version)
            dernier = self._make(session, ligne)
            _agree(ligne, consentement)
            if not ligne.statistiques:
                tally(session, self._coffre, ligne, {}, self._horloge().date())
            self._write(session, ligne, conseiller, dernier.contenu, dernier.notes, "consentement")
            return self._make(session, ligne)

    def close(self, conseiller: Conseiller, identifiant: str) -> Dossier | PreuveSuppression:
        """End a session: the dossier rests, or, when the person did not agree to a record, it is erased."""
        with self._writing(conseiller, identifiant, "dossier_clos") as (session, ligne):
            if ligne.portee is not None:
                ligne.clos_le = ligne.modifie_le = self._horloge()
                return self._make(session, ligne)
            preuve = erase_row(session, self._coffre, ligne, "fin_de_seance", self._horloge())
        scrub_later(self._base)
        return preuve

    def reopen(self, conseiller: Conseiller, identifiant: str) -> Dossier:
        """Take a closed dossier up again."""
        with self._writing(conseiller, identifiant, "dossier_rouvert") as (session, ligne):
            ligne.clos_le, ligne.modifie_le = None, self._horloge()
            return self._make(session, ligne)

    def erase(self, conseiller: Conseiller, identifiant: str, motif: MotifSuppression = "demande") -> PreuveSuppression:
        """Erase a dossier and all its versions, as when the person withdraws what they agreed to."""
        with self._writing(conseiller, identifiant, "dossier_efface") as (session, ligne):
            count_no_more(session, self._coffre, ligne, self._horloge())
            preuve = erase_row(session, self._coffre, ligne, motif, self._horloge())
        scrub_later(self._base)
        return preuve

    def export(self, conseiller: Conseiller, identifiant: str) -> dict[str, Any]:
        """All that is kept of the person, to be handed out as JSON."""
        self._coffre.check()
        with self._writing(conseiller, identifiant, "dossier_exporte") as (session, ligne):
            consentement = _consent_of(ligne)
            return {
                "dossier": identifiant,
                "pseudonyme": self._name(ligne),
                "ouvert_le": ligne.ouvert_le.isoformat(),
                "modifie_le": ligne.modifie_le.isoformat(),
                "clos_le": ligne.clos_le and ligne.clos_le.isoformat(),
                "consentement": consentement
                and {
                    "portee": consentement.portee,
                    "statistiques": consentement.statistiques,
                    "recueilli_le": consentement.recueilli_le.isoformat(),
                },
                "versions": [
                    {"version": v, "motif": motif, "ecrite_le": ecrite_le.isoformat(), **self._hold(session, ligne, v)}
                    for v, _, motif, ecrite_le in list_versions(session, identifiant)
                ],
            }  # fmt: skip

    def purge(self) -> list[PreuveSuppression]:
        """Erase the dossiers that are kept no longer; see `api.conseil.effacement`."""
        return purge(self._base, self._coffre, self._horloge())

    def _read(self, conseiller: Conseiller, identifiant: str, version: int | None) -> Dossier:
        with self._reading(conseiller, identifiant) as (session, ligne):
            dossier = self._make(session, ligne, version)
            noter = not was_noted(session, conseiller.identifiant, "dossier_lu", identifiant, self._horloge())
        if noter:
            with self._base.writing(durable=False) as session:
                self._note(session, conseiller, "dossier_lu", identifiant)
        return dossier

    @contextmanager
    def _reading(self, conseiller: Conseiller, identifiant: str) -> Iterator[tuple[Session, LigneDossier]]:
        self._coffre.check()
        with self._telling(conseiller, identifiant), self._base.reading() as session:
            yield session, _let_in(conseiller, session.get(LigneDossier, identifiant))

    @contextmanager
    def _writing(
        self, conseiller: Conseiller, identifiant: str, action: str | None = None
    ) -> Iterator[tuple[Session, LigneDossier]]:
        """A dossier held until the transaction ends, and the audit of what is done to it."""
        self._coffre.check()
        with self._telling(conseiller, identifiant), self._base.writing() as session:
            ligne = _let_in(conseiller, lock_dossier(session, identifiant))
            if action is not None:
                self._note(session, conseiller, action, identifiant)
            yield session, ligne

    @contextmanager
    def _telling(self, conseiller: Conseiller, identifiant: str) -> Iterator[None]:
        """Tell the audit who is refused; what is no identifiant at all goes no further."""
        if not _IDENTIFIANT.fullmatch(identifiant):
            raise DossierInconnuError
        try:
            yield
        except DossierInconnuError:
            with self._base.writing(durable=False) as session:
                self._note(session, conseiller, "dossier_lu", identifiant, refus=True)
            raise

    def _note(
        self, session: Session, conseiller: Conseiller, action: str, identifiant: str, *, refus: bool = False
    ) -> None:
        structure = conseiller.structure.identifiant
        issue: Issue = "refuse" if refus else "fait"
        record(session, Acces(self._horloge(), conseiller.identifiant, structure, action, identifiant, issue))

    def _check_version(self, session: Session, ligne: LigneDossier, version: int) -> None:
        if ligne.version != version:
            derniere = read_version_row(session, ligne.identifiant, ligne.version)
            auteur, ecrite_le = (derniere.auteur, derniere.ecrite_le) if derniere else ("", ligne.modifie_le)
            raise ConflitError(ligne.version, auteur, ecrite_le)

    def _write(
        self, session: Session, ligne: LigneDossier, conseiller: Conseiller, contenu: str, notes: str, motif: str
    ) -> None:
        """Add a version; a dossier whose key is lost is not written over."""
        self._name(ligne)
        ligne.version += 1
        ligne.modifie_le = self._horloge()
        place = _place(ligne, ligne.version)
        add_version(
            session,
            LigneVersion(
                dossier=ligne.identifiant,
                version=ligne.version,
                auteur=conseiller.identifiant,
                motif=motif,
                ecrite_le=ligne.modifie_le,
                contenu=self._coffre.seal(contenu, *place, "contenu"),
                notes=self._coffre.seal(notes, *place, "notes"),
            ),
        )

    def _make(self, session: Session, ligne: LigneDossier, version: int | None = None) -> Dossier:
        voulue = ligne.version if version is None else version
        if not 1 <= voulue <= ligne.version:
            raise DossierInconnuError
        lue = read_version_row(session, ligne.identifiant, voulue)
        if lue is None:
            raise DossierInconnuError
        place = _place(ligne, voulue)
        return Dossier(
            identifiant=ligne.identifiant,
            pseudonyme=self._name(ligne),
            structure=ligne.structure,
            conseiller=ligne.conseiller,
            consentement=_consent_of(ligne),
            version=voulue,
            contenu=self._coffre.unseal(lue.contenu, *place, "contenu"),
            notes=self._coffre.unseal(lue.notes, *place, "notes"),
            ouvert_le=ligne.ouvert_le,
            modifie_le=lue.ecrite_le if version is not None else ligne.modifie_le,
            clos_le=ligne.clos_le,
        )

    def _hold(self, session: Session, ligne: LigneDossier, version: int) -> dict[str, Any]:
        tenu = self._make(session, ligne, version)
        return {"contenu": json.loads(tenu.contenu) if tenu.contenu else None, "notes": tenu.notes}

    def _name(self, ligne: LigneDossier) -> str:
        return self._coffre.unseal(ligne.pseudonyme, ligne.identifiant, ligne.structure, "pseudonyme")

    def _name_all(self, lignes: Sequence[LigneDossier]) -> list[tuple[LigneDossier, str]]:
        """Each with its name; one that cannot be read hides no other.

        Raises:
            CoffreError: None can be read: the key is not the right one.
        """
        nommes, refus = [], []
        for ligne in lignes:
            try:
                nommes.append((ligne, self._name(ligne)))
            except CoffreError as error:
                refus.append(error)
                nommes.append((ligne, f"Dossier illisible ({ligne.identifiant[:6]})"))
        if refus and len(refus) == len(nommes):
            raise refus[0]
        return nommes


def _let_in(conseiller: Conseiller, ligne: LigneDossier | None) -> LigneDossier:
    """The dossier, for the conseiller who opened it, or for those of the structure when the person agreed.

    Raises:
        DossierInconnuError: It is not there, or not for them.
    """
    if (
        ligne is None
        or conseiller.role != "conseiller"
        or ligne.structure != conseiller.structure.identifiant
        or not (ligne.conseiller == conseiller.identifiant or ligne.portee == "structure")
    ):
        raise DossierInconnuError
    return ligne


def _place(ligne: LigneDossier, version: int) -> tuple[str, ...]:
    """What a version is bound to: copied to another dossier, structure or version, it does not open."""
    return ligne.identifiant, ligne.structure, str(version)


def _agree(ligne: LigneDossier, consentement: Consentement | None) -> None:
    ligne.portee = consentement.portee if consentement else None
    ligne.statistiques = consentement is not None and consentement.statistiques
    ligne.recueilli_le = consentement.recueilli_le if consentement else None


def _consent_of(ligne: LigneDossier) -> Consentement | None:
    if ligne.portee is None or ligne.recueilli_le is None:
        return None
    return Consentement(
        "structure" if ligne.portee == "structure" else "conseiller", ligne.statistiques, ligne.recueilli_le
    )
