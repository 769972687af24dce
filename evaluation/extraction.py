"""How often the actions that a sentence says are read as the right compétences."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from embeddings.extraction import CompetenceTrouvee
from referentiels.errors import InvalidInputError, MalformedError

PREMIERES = 3
_LIGNES_MAX = 10_000
Moitie = Literal["reglage", "controle", "tout"]
"""Sentences of odd rank, on which rules may be set; those of even rank, which only measure; or all."""


class _Lecteur(Protocol):
    def extract(self, texte: str) -> tuple[CompetenceTrouvee, ...]: ...


@dataclass(frozen=True, slots=True)
class PhraseAttendue:
    """A sentence, and for each action that it says the codes OGR that are right."""

    texte: str
    actions: tuple[frozenset[int], ...]


def read_sentences(fichier: Path) -> tuple[PhraseAttendue, ...]:
    """The sentences of a TSV: `phrase<TAB>codes, comma-separated, one group an action, groups separated by |`.

    Blank lines and lines that begin with `#` are skipped.

    Raises:
        MalformedError: A line without its two cells or with something else than codes, or no UTF-8; says the line.
        InvalidInputError: No file there, no sentence in it, or far too many.
    """
    try:
        lignes = fichier.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise MalformedError(f"le fichier n'est pas en UTF-8 ({error.reason}).", fichier=fichier.name) from None
    except OSError as error:
        raise InvalidInputError(f"fichier de phrases illisible : {fichier} ({error.strerror}).") from None
    if len(lignes) > _LIGNES_MAX:
        raise InvalidInputError(f"{fichier.name} : plus de {_LIGNES_MAX} lignes.")
    phrases = []
    for numero, ligne in enumerate(lignes, start=1):
        if not ligne.strip() or ligne.startswith("#"):
            continue
        texte, _, groupes = ligne.partition("\t")
        try:
            actions = tuple(frozenset(int(code) for code in groupe.split(",")) for groupe in groupes.split("|"))
        except ValueError:
            raise MalformedError(
                "il faut une phrase, une tabulation et des codes OGR.", fichier=fichier.name, ligne=numero
            ) from None
        phrases.append(PhraseAttendue(texte.strip(), actions))
    if not phrases:
        raise InvalidInputError(f"{fichier.name} : aucune phrase.")
    return tuple(phrases)


def evaluate_extraction(extracteur: _Lecteur, fichier: Path, moitie: Moitie = "tout") -> dict[str, Any]:
    """Recall of the actions and precision of the first compétences.

    Args:
        extracteur: Reads the sentences.
        fichier: See `read_sentences`.
        moitie: Sentences that are measured; ranks count sentences, from 1.

    Returns:
        `n` sentences, `n_actions`; `rappel`: share of the actions with a right compétence in the answer;
        `rappel_autres`: the same with the other readings offered; `precision_3`: share of right ones among the
        first three compétences of each sentence, in the order of the text; `par_phrase`: compétences a sentence;
        `mediane_ms` and `max_ms` for a sentence.
    """
    departs = {"reglage": (0, 2), "controle": (1, 2), "tout": (0, 1)}
    debut, pas = departs[moitie]
    phrases = read_sentences(fichier)[debut::pas]
    if not phrases:
        raise InvalidInputError(f"{fichier.name} : aucune phrase dans cette moitié.")
    durees, nombres, justes = [], [], []
    retrouvees: list[bool] = []
    approchees: list[bool] = []
    for phrase in phrases:
        depart = time.perf_counter()
        trouvees = extracteur.extract(phrase.texte)
        durees.append(time.perf_counter() - depart)
        nombres.append(len(trouvees))
        acceptes = frozenset[int]().union(*phrase.actions)
        justes += [c.code in acceptes for c in trouvees[:PREMIERES]]
        codes = {int(c.code) for c in trouvees}
        lectures = codes | {int(a.code) for c in trouvees for a in c.autres}
        retrouvees += _hits(phrase.actions, codes)
        approchees += _hits(phrase.actions, lectures)
    return {
        "n": len(phrases),
        "n_actions": len(retrouvees),
        "rappel": round(float(np.mean(retrouvees)), 4),
        "rappel_autres": round(float(np.mean(approchees)), 4),
        "precision_3": round(float(np.mean(justes)), 4) if justes else 0.0,
        "par_phrase": round(float(np.mean(nombres)), 2),
        "mediane_ms": round(float(np.median(durees)) * 1000, 2),
        "max_ms": round(max(durees) * 1000, 2),
    }


def _hits(actions: Sequence[frozenset[int]], codes: set[int]) -> list[bool]:
    return [not action.isdisjoint(codes) for action in actions]
