"""The journal: one line an event, readable or JSON, never a word of a person."""

import logging
import os
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

Format = Literal["texte", "json"]
CHAMPS = ("requete", "methode", "route", "statut", "duree_ms", "processus")
"""What a line may carry besides its message; nothing else that a caller attaches is written."""
_IDENTIFIANT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,32}")
_PLACES = 6
requete_en_cours: ContextVar[str | None] = ContextVar("requete_en_cours", default=None)
"""Identifier of the request that this task or thread serves."""


def request_id(recu: str) -> str:
    """The identifier that came with a request, or a new one.

    Only a UUID or 16 to 32 hexadecimal digits are taken over: anything freer could carry someone's words into the
    journal.
    """
    propre = recu.strip().lower()
    return propre if _IDENTIFIANT.fullmatch(propre) else os.urandom(16).hex()


def describe_error(error: BaseException) -> str:
    """The type of an error and the places it went through: its message may hold a person's words."""
    pile = traceback.extract_tb(error.__traceback__)
    lieux = " < ".join(f"{p.filename.rsplit('/', 1)[-1]}:{p.lineno} {p.name}" for p in reversed(pile[-_PLACES:]))
    return f"{type(error).__name__} : {lieux}"


class Lisible(logging.Formatter):
    """One line for a person to read."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._seconde = (0, "")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 (likewise)
        """The moment in UTC, its second written once for all its lines."""
        seconde, texte = self._seconde
        if seconde != int(record.created):
            seconde = int(record.created)
            texte = datetime.fromtimestamp(seconde, UTC).strftime(datefmt or "%Y-%m-%d %H:%M:%S")
            self._seconde = seconde, texte
        return f"{texte},{int(record.msecs):03d}Z"

    def formatException(self, ei: Any) -> str:  # noqa: N802 (the name that the standard library calls)
        """Where an error came from, never what it said."""
        return describe_error(ei[1]) if ei and ei[1] is not None else ""

    def format(self, record: logging.LogRecord) -> str:
        """The line, with the identifier of the request when there is one."""
        record.exc_text = None  # another formatter may have left the whole traceback there
        ligne = super().format(record)
        requete = getattr(record, "requete", None) or requete_en_cours.get()
        return f"{ligne} [{requete}]" if requete else ligne


class LignesJson(Lisible):
    """One JSON object a line, for a machine to read."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        ligne: dict[str, Any] = {
            "instant": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "niveau": record.levelname,
            "journal": record.name,
            "message": record.getMessage(),
            "requete": requete_en_cours.get(),
            "processus": record.process,
        }
        ligne |= {champ: getattr(record, champ) for champ in CHAMPS if hasattr(record, champ)}
        if record.exc_info:
            ligne["erreur"] = self.formatException(record.exc_info)
        return orjson.dumps({cle: v for cle, v in ligne.items() if v is not None}, default=str).decode()


def configure_journal(niveau: str, forme: Format = "texte") -> None:
    """Send the whole journal to standard error in one form, libraries included.

    The server's access log, which writes addresses as typed, is silenced; so are the messages of libraries below a
    warning, which may repeat what they were given.
    """
    sortie = logging.StreamHandler()
    sortie.setFormatter(LignesJson() if forme == "json" else Lisible())
    racine = logging.getLogger()
    racine.handlers[:] = [sortie]
    racine.setLevel(logging.WARNING)
    logging.getLogger("azimut").setLevel(niveau)
    logging.getLogger("uvicorn.access").disabled = True
    logging.captureWarnings(capture=True)
    # What no line of ours tells is not looked for: it would take a third of the time of each.
    logging.logThreads = logging.logMultiprocessing = False
