"""A sentence about what someone does, read as a short list of compétences to confirm."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from embeddings.actions import Action, Decoupage
from embeddings.lexique import Lexique
from embeddings.normalisation import MOTS_OUTILS, stem
from embeddings.types import Chercheur
from referentiels.cellules import fold
from referentiels.types import CodeOgr

FICHIER = Path(__file__).with_suffix(".toml")
_CIRCONSTANCES = tuple([mot] for mot in ("a", "au", "aux", "avec", "chez", "dans", "en", "pour", "sous", "sur", "vers"))


@dataclass(frozen=True, slots=True)
class AutreLecture:
    """Another compétence that the same words may mean."""

    code: CodeOgr
    libelle: str
    confiance: float


@dataclass(frozen=True, slots=True)
class CompetenceTrouvee:
    """A compétence that a text seems to say; nothing is held before the person confirms it."""

    debut: int
    fin: int
    """Characters of the text as received that say it: `texte[debut:fin]`."""
    extrait: str
    action: str
    """The action as it was searched for: infinitive and object."""
    code: CodeOgr
    libelle: str
    confiance: float
    """In [0, 1]; orders readings, and is no probability unless the search gives one."""
    autres: tuple[AutreLecture, ...] = ()
    """Best first."""
    a_confirmer: bool = True


@dataclass(frozen=True, slots=True)
class Extraction:
    """All that was read in a text."""

    competences: tuple[CompetenceTrouvee, ...]
    """In the order of the text, each compétence once."""
    non_reconnus: tuple[str, ...]
    """Words that say an action to which no compétence comes near, for the person to say otherwise."""
    caracteres_lus: int
    complet: bool
    """False when the text is longer, or says more actions, than are read: the end was left out."""


class Extracteur:
    """Reads free text; immutable, safe from any thread.

    Args:
        chercheur: Finds the compétences of an action.
        generales: Codes of the compétences that group others: one wins over a neighbour nearly as close.
        mots: The tables of `extraction.toml`; those shipped with Azimut when None.
    """

    def __init__(
        self, chercheur: Chercheur, generales: Collection[str] = (), mots: Mapping[str, Any] | None = None
    ) -> None:
        mots = load_mots() if mots is None else mots
        self._chercheur = chercheur
        self._generales = frozenset(generales)
        self._reglages: Mapping[str, float] = mots["reglages"]
        self._decoupage = Decoupage(mots)
        self._expressions = Lexique(mots["expressions"])
        self._nom_de = {fold(verbe): nom for nom, verbe in reversed(mots["noms"].items()) if " " not in verbe}
        self._qualites = {
            _key(dit.replace("_", " ")): libelle for libelle, dits in mots["qualites"].items() for dit in dits.split()
        }

    def extract(self, texte: str) -> tuple[CompetenceTrouvee, ...]:
        """The compétences of a text, see `read`."""
        return self.read(texte).competences

    def read(self, texte: str) -> Extraction:
        """The compétences that a text says, and what of it was not read or not understood.

        Args:
            texte: Any text: a sentence, a list, lines of a CV. Denied actions (« je n'ai jamais conduit ») are left
                out, as are mark-up and other scripts.

        Returns:
            Compétences in the order of the text; at most one for each action, and each compétence once, where its
            confidence is best.
        """
        lus = min(len(texte), int(self._reglages["caracteres_max"]))
        actions = tuple(self._decoupage.read(texte[:lus]))
        gardees = actions[: int(self._reglages["actions_max"])]
        meilleures: dict[CodeOgr, CompetenceTrouvee] = {}
        inconnus: list[str] = []
        for action in gardees:
            trouvee = self._understand(action, texte[action.debut : action.fin])
            if trouvee is None and action.sorte != "qualite":
                inconnus.append(texte[action.debut : action.fin])
            elif trouvee is not None and _is_better(trouvee, meilleures.get(trouvee.code)):
                meilleures[trouvee.code] = trouvee
        return Extraction(
            competences=tuple(sorted(meilleures.values(), key=lambda c: (c.debut, c.fin, c.code))),
            non_reconnus=tuple(dict.fromkeys(inconnus)),
            caracteres_lus=lus,
            complet=lus == len(texte) and len(gardees) == len(actions),
        )

    def _understand(self, action: Action, extrait: str) -> CompetenceTrouvee | None:
        """The best reading of an action with the next ones; None when nothing comes near."""
        qualite = self._qualites.get(_key(action.requete)) or self._qualites.get(_key(extrait))
        if qualite is None and action.sorte == "qualite":
            return None
        lectures = self._readings(replace(action, requete=qualite) if qualite else action)
        autres = int(self._reglages["autres"])
        if not lectures or lectures[0].confiance < self._reglages["seuil"]:
            return None
        return CompetenceTrouvee(
            debut=action.debut,
            fin=action.fin,
            extrait=extrait,
            action=action.requete,
            code=lectures[0].code,
            libelle=lectures[0].libelle,
            confiance=lectures[0].confiance,
            autres=tuple(a for a in lectures[1 : 1 + autres] if a.confiance >= self._reglages["seuil_autre"]),
        )

    def _readings(self, action: Action) -> list[AutreLecture]:
        """Compétences near an action, best first; ties by code."""
        reglages = self._reglages
        trouvees: dict[str, AutreLecture] = {}
        tete = stem(fold(action.verbe)) if action.verbe else None
        for requete, facteur in self._queries(action).items():
            for r in self._chercheur.search(requete, ("competence",), int(reglages["candidats"])):
                valeur = r.score * facteur
                valeur += reglages["prime_generale"] * (r.code in self._generales)
                valeur += reglages["prime_verbe"] * (tete is not None and _head(r.libelle) == tete)
                valeur = round(min(valeur, 1.0), 4)
                if r.code not in trouvees or trouvees[r.code].confiance < valeur:
                    trouvees[r.code] = AutreLecture(CodeOgr(int(r.code)), r.libelle, valeur)
        return sorted(trouvees.values(), key=lambda lecture: (-lecture.confiance, lecture.code))

    def _queries(self, action: Action) -> dict[str, float]:
        """Ways of asking for an action, at most four, each with the part of confidence that its answers keep."""
        reglages = self._reglages
        part = {"partage": reglages["partagee"], "nom": reglages["sans_verbe"]}.get(action.sorte, 1.0)
        mots = action.requete.split()
        nom = self._nom_de.get(fold(mots[0]))
        courte = _without_circumstance(mots)
        dites = {
            action.requete: part,
            self._expressions.rewrite(action.requete) or "": part * reglages["traduite"],
            courte: part * reglages["raccourcie"],
            " ".join((nom, *mots[1:])) if nom else "": part * reglages["nominale"],
        }
        return {requete: facteur for requete, facteur in dites.items() if requete}


def _is_better(trouvee: CompetenceTrouvee, connue: CompetenceTrouvee | None) -> bool:
    return connue is None or connue.confiance < trouvee.confiance


@lru_cache(maxsize=1)
def load_mots() -> Mapping[str, Any]:
    """The tables shipped with Azimut."""
    return tomllib.loads(FICHIER.read_text(encoding="utf-8"))


def _key(texte: str) -> tuple[str, ...]:
    """Words that say a quality, gender, number and function words aside."""
    return tuple(stem(mot) for mot in fold(texte).split() if mot not in MOTS_OUTILS)


def _without_circumstance(mots: Sequence[str]) -> str:
    """The verb and its object without where, with what or for whom; nothing when there is no such end."""
    fin = next((rang for rang, mot in enumerate(mots) if rang >= 2 and fold(mot).split()[:1] in _CIRCONSTANCES), 0)
    return " ".join(mots[:fin])


def _head(libelle: str) -> str:
    return stem(fold(libelle).partition(" ")[0])
