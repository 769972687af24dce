"""What a download tells: progress while it runs, an account at the end."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

Statut = Literal["obtenu", "a_jour", "echec", "manuel"]


class Progress(Protocol):
    """Called as bytes come."""

    def __call__(self, cle: str, recus: int, total: int | None) -> None:
        """Tell how far a source is.

        Args:
            cle: Key of the source.
            recus: Bytes of the present file held so far.
            total: Its size, None when the server does not say.
        """


@dataclass(frozen=True, slots=True)
class Resultat:
    """How one source ended.

    Args:
        cle: Key of the source.
        statut: `obtenu`: at least one file is new; `a_jour`: nothing changed; `echec`: a part is missing;
            `manuel`: no address is known, its files are laid down by hand.
        fichiers: Every file in place after this download, new or not.
        octets: Bytes received, as far as files were completed.
        motif: Why it failed, as French sentences; empty otherwise.
    """

    cle: str
    statut: Statut
    fichiers: tuple[Path, ...] = ()
    octets: int = 0
    motif: str = ""


@dataclass(frozen=True, slots=True)
class Bilan:
    """How each source ended, in the order asked."""

    resultats: tuple[Resultat, ...]

    @property
    def echecs(self) -> tuple[Resultat, ...]:
        """The sources of which a part could not be fetched."""
        return tuple(resultat for resultat in self.resultats if resultat.statut == "echec")
