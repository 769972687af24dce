"""What was read, kept and refused, file by file: nothing is dropped silently."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

EXEMPLES_MAX = 10


@dataclass(frozen=True, slots=True)
class Rejet:
    """One refused row: where it stands and why."""

    ligne: int
    colonne: str
    motif: str
    valeur: str


@dataclass(slots=True)
class FichierLu:
    """The reading of one file; `lues` = `gardees` + rejected rows."""

    fichier: str
    octets: int = 0
    empreinte: str = ""
    lues: int = 0
    gardees: int = 0
    rejets: Counter[str] = field(default_factory=Counter)
    exemples: list[Rejet] = field(default_factory=list)
    remarques: list[str] = field(default_factory=list)

    def reject(self, ligne: int, colonne: str, motif: str, valeur: str = "") -> None:
        """Count a refused row under its reason and keep the first few as examples."""
        self.rejets[f"{colonne} : {motif}" if colonne else motif] += 1
        if len(self.exemples) < EXEMPLES_MAX:
            self.exemples.append(Rejet(ligne, colonne, motif, valeur[:80]))

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the manifest."""
        return {
            "fichier": self.fichier,
            "octets": self.octets,
            "empreinte": self.empreinte,
            "lues": self.lues,
            "gardees": self.gardees,
            "rejets": dict(self.rejets.most_common()),
            "exemples": [asdict(e) for e in self.exemples],
            "remarques": self.remarques,
        }

    def note(self, remarque: str) -> None:
        """Keep a remark for the report (unknown column, byte-order mark, several versions…)."""
        if remarque not in self.remarques:
            self.remarques.append(remarque)


@dataclass(slots=True)
class Journal:
    """The reading of one source, file by file."""

    source: str
    fichiers: list[FichierLu] = field(default_factory=list)

    def open(self, fichier: str) -> FichierLu:
        """Begin the report of one file."""
        lu = FichierLu(fichier)
        self.fichiers.append(lu)
        return lu

    @property
    def gardees(self) -> int:
        """Rows kept over all files."""
        return sum(f.gardees for f in self.fichiers)

    @property
    def rejetees(self) -> int:
        """Rows refused over all files."""
        return sum(f.rejets.total() for f in self.fichiers)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the manifest."""
        return {"source": self.source, "fichiers": [f.as_dict() for f in self.fichiers]}
