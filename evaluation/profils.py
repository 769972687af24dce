"""Do people of the regional plans get, among the first, the métiers that a conseiller would want them to see?"""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from evaluation.mesures import interval
from recommender.pipeline import LIMITE_MAX, Recommender
from recommender.types import MetierPropose, Profil, Recommandation
from referentiels.errors import InvalidInputError, MalformedError

RANGS = 10
"""Ranks that the nDCG looks at."""
K_DEFAUT = 10
_LIGNES_MAX = 10_000
_ARRONDI = 4
_CHAMPS = ("nom", "profil", "attendus", "k")
_ATTENDU = re.compile(r"[A-N]\d{0,4}")
_LISTES = ("experiences", "competences", "diplomes")
_CONDITIONS: Mapping[str, str] = {
    f"conditions_{suite}{texte}": mode
    for suite, mode in (("evitees", "eviter"), ("exclues", "exclure"), ("souhaitees", "souhaiter"))
    for texte in ("", "_texte")
}

Lecture = Callable[[Any], tuple[Profil, Sequence[str]]]
"""From decoded JSON to a profile, with one French sentence for each field that was left unread.

What reads profiles belongs to the API, which this room may not import: whoever composes the two hands it over.
Raises `InvalidInputError` on a field beyond reading.
"""


class _Moteur(Protocol):
    def recommend(self, profil: Profil, limite: int = 20) -> Recommandation: ...


@dataclass(frozen=True, slots=True)
class CasProfil:
    """A person, and what must come up among the first `k` métiers."""

    nom: str
    profil: Profil
    attendus: tuple[str, ...]
    """Codes ROME or prefixes of them; one is found when a métier begins with it."""
    k: int = K_DEFAUT
    ignores: tuple[str, ...] = ()
    """What was left unread in the profile, in French; only when the reading was not strict."""


def read_profiles(fichier: Path, lire: Lecture, *, strict: bool = True) -> tuple[CasProfil, ...]:
    """The cases of a JSONL: `{"nom": "…", "profil": {…}, "attendus": ["H2604", "A12"], "k": 10}`, one a line.

    `k` is 10 when absent. Blank lines and lines that begin with `#` are skipped. In a profile, `{"texte": …}` may
    stand wherever a code may, a lone object for a list of one, and the lists of conditions beside `contraintes`.

    Args:
        fichier: In UTF-8.
        lire: Reads one profile.
        strict: Refuse a field that nothing reads; otherwise it is noted in `ignores`.

    Raises:
        MalformedError: A line that is no such case; says the line and the field.
        InvalidInputError: No file there, no case in it, or far too many.
    """
    try:
        lignes = fichier.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise MalformedError(f"le fichier n'est pas en UTF-8 ({error.reason}).", fichier=fichier.name) from None
    except OSError as error:
        raise InvalidInputError(f"fichier de profils illisible : {fichier} ({error.strerror}).") from None
    if len(lignes) > _LIGNES_MAX:
        raise InvalidInputError(f"{fichier.name} : plus de {_LIGNES_MAX} lignes.")
    cas = []
    for numero, ligne in enumerate(lignes, start=1):
        if not ligne.strip() or ligne.startswith("#"):
            continue
        try:
            cas.append(_read_case(ligne, lire, strict))
        except InvalidInputError as error:
            raise MalformedError(str(error), fichier=fichier.name, ligne=numero) from None
    if not cas:
        raise InvalidInputError(f"{fichier.name} : aucun profil.")
    return tuple(cas)


def evaluate_profiles(moteur: Recommender, fichier: Path, lire: Lecture, *, strict: bool = True) -> dict[str, Any]:
    """Recall and nDCG of the métiers that a conseiller would want each person to see.

    Args:
        moteur: The engine under test.
        fichier: See `read_profiles`.
        lire: Reads one profile.
        strict: See `read_profiles`.

    Returns:
        What `measure` says, and `ignores`: the fields that were left unread, with the case (empty when strict).
    """
    cas = read_profiles(fichier, lire, strict=strict)
    mesures = measure(cas, moteur, tuple(moteur.catalogue.metiers))
    mesures["ignores"] = [f"{un.nom} : {phrase}" for un in cas for phrase in un.ignores]
    return mesures


def measure(cas: Sequence[CasProfil], moteur: _Moteur, connus: Collection[str]) -> dict[str, Any]:
    """Ask the engine for each case, and compare.

    Args:
        cas: At least one.
        moteur: Answers a profile; asked for `k` métiers, or 10 when that is more.
        connus: Codes ROME of the catalogue.

    Returns:
        `n` cases; `rappel`: mean share of the attendus found among the first k, in [0, 1]; `ndcg_10`: gain 1 for a
        métier that answers an attendu not found yet, over what as many attendus at the first ranks would give;
        95 % `intervalles` of both; `echecs`: for each case with something missing its `nom`, `rappel`, `manquants`,
        `premiers` (the k métiers given) and `avertissements` of the engine; `attendus_inconnus`: attendus that no
        métier of the catalogue begins with, and that no answer can hold.

    Raises:
        InvalidInputError: The engine refuses a profile; names the case.
    """
    rappels, ndcgs, echecs = [], [], []
    for un in cas:
        reponse = _ask(moteur, un)
        codes = [str(m.code_rome) for m in reponse.metiers]
        manquants = _missing(codes[: un.k], un.attendus)
        rappels.append(1 - len(manquants) / len(un.attendus))
        ndcgs.append(ndcg(codes, un.attendus))
        if manquants:
            echecs.append(
                {
                    "nom": un.nom,
                    "rappel": round(rappels[-1], _ARRONDI),
                    "manquants": manquants,
                    "premiers": [_name(m) for m in reponse.metiers[: un.k]],
                    "avertissements": list(reponse.avertissements),
                }
            )
    inconnus = {a for un in cas for a in un.attendus if not any(code.startswith(a) for code in connus)}
    return {
        "n": len(cas),
        "rappel": round(float(np.mean(rappels)), _ARRONDI),
        "ndcg_10": round(float(np.mean(ndcgs)), _ARRONDI),
        "intervalles": {"rappel": interval(np.asarray(rappels)), "ndcg_10": interval(np.asarray(ndcgs))},
        "echecs": echecs,
        "attendus_inconnus": sorted(inconnus),
    }


def ndcg(codes: Sequence[str], attendus: Sequence[str]) -> float:
    """Normalised discounted gain of the first 10 codes, in [0, 1].

    A métier that answers several attendus at once finds them all and counts once.
    """
    remises = 1.0 / np.log2(np.arange(2, RANGS + 2))
    reste, somme = list(attendus), 0.0
    for rang, code in enumerate(codes[:RANGS]):
        encore = _missing([code], reste)
        somme += float(remises[rang]) * (len(encore) < len(reste))
        reste = encore
    return somme / float(remises[: len(attendus)].sum())


def _missing(codes: Sequence[str], attendus: Sequence[str]) -> list[str]:
    return [a for a in attendus if not any(code.startswith(a) for code in codes)]


def _ask(moteur: _Moteur, cas: CasProfil) -> Recommandation:
    try:
        return moteur.recommend(cas.profil, max(cas.k, RANGS))
    except InvalidInputError as error:
        raise InvalidInputError(f"cas « {cas.nom} » : {error}", champ=error.champ) from None


def _name(metier: MetierPropose) -> str:
    return f"{metier.code_rome} {metier.intitule}"


def _read_case(ligne: str, lire: Lecture, strict: bool) -> CasProfil:
    try:
        donnees = json.loads(ligne)
    except ValueError:  # a number of too many digits is no JSONDecodeError
        raise InvalidInputError("il faut un objet JSON sur une ligne.") from None
    if not isinstance(donnees, dict):
        raise InvalidInputError("il faut un objet JSON sur une ligne.")
    inconnus = [str(cle) for cle in donnees if cle not in _CHAMPS]
    if inconnus and strict:
        raise InvalidInputError(f"champs inconnus : {', '.join(inconnus)}. Champs lus : {', '.join(_CHAMPS)}.")
    nom, k = donnees.get("nom"), donnees.get("k", K_DEFAUT)
    if not isinstance(nom, str) or not nom.strip():
        raise InvalidInputError("« nom » : un texte est attendu.", champ="nom")
    if not isinstance(k, int) or isinstance(k, bool) or not 1 <= k <= LIMITE_MAX:
        raise InvalidInputError(f"« k » : un nombre entier de 1 à {LIMITE_MAX} est attendu.", champ="k")
    if not isinstance(donnees.get("profil"), dict):
        raise InvalidInputError("« profil » : un objet est attendu.", champ="profil")
    attendus = _read_expected(donnees.get("attendus"))
    profil, non_lus = lire(_spell_out(donnees["profil"]))
    if non_lus and strict:
        raise InvalidInputError(" ".join(non_lus), champ="profil")
    ignores = (*(f"Champ inconnu « {cle} » : ignoré." for cle in inconnus), *non_lus)
    return CasProfil(nom.strip(), profil, attendus, k, ignores)


def _read_expected(valeur: Any) -> tuple[str, ...]:
    """Codes or prefixes in capitals, each once."""
    if not isinstance(valeur, list) or not valeur:
        raise InvalidInputError(
            "« attendus » : une liste de codes ROME, ou de leurs débuts, est attendue.", champ="attendus"
        )
    attendus = tuple(dict.fromkeys(a.strip().upper() if isinstance(a, str) else "" for a in valeur))
    fautifs = [str(v) for v in valeur if not isinstance(v, str) or not _ATTENDU.fullmatch(v.strip().upper())]
    if fautifs:
        raise InvalidInputError(
            f"« attendus » : ni code ROME, ni début de code : {', '.join(fautifs)}.", champ="attendus"
        )
    return attendus


def _spell_out(profil: Mapping[str, Any]) -> dict[str, Any]:
    """The profile with the shortcuts that these files may take written as the API takes them."""
    long = {cle: v for cle, v in profil.items() if cle not in _CONDITIONS}
    for cle in _LISTES:
        if isinstance(long.get(cle), dict):
            long[cle] = [long[cle]]
    for cle in ("souhait", "territoire"):
        if cle in long:
            long[cle] = _words(long[cle])
    if isinstance(long.get("exclusions"), list):
        long["exclusions"] = [_words(e) for e in long["exclusions"]]
    if isinstance(territoire := long.get("territoire"), dict) and "commune" in territoire:
        long["territoire"] = {**territoire, "commune": _words(territoire["commune"])}
    if isinstance(interets := long.get("interets"), dict) and isinstance(interets.get("centres"), list):
        long["interets"] = {**interets, "centres": [_words(c) for c in interets["centres"]]}
    if a_cote := {cle: v for cle, v in profil.items() if cle in _CONDITIONS}:
        long["contraintes"] = _gather_conditions(long.get("contraintes"), a_cote)
    return long


def _words(valeur: Any) -> Any:
    """The words of `{"texte": "…"}`; anything else as it is."""
    return valeur["texte"] if isinstance(valeur, dict) and set(valeur) == {"texte"} else valeur


def _gather_conditions(contraintes: Any, a_cote: Mapping[str, Any]) -> Any:
    """Conditions given beside `contraintes`, put in it; a list inside and one beside are both kept."""
    ajouts = {cle: v if isinstance(v, list) else [v] for cle, v in a_cote.items()}
    if isinstance(contraintes, list):
        nus = [(_CONDITIONS[cle], v) for cle, liste in ajouts.items() for v in liste]
        return [*contraintes, *({"mode": mode, **(v if isinstance(v, dict) else {_kind(v): v})} for mode, v in nus)]
    if contraintes is not None and not isinstance(contraintes, dict):
        return contraintes  # what is no list of conditions either is for the reader to refuse
    reunies: dict[str, Any] = dict(contraintes or {})
    for cle, liste in ajouts.items():
        deja = reunies.get(cle) or []
        reunies[cle] = [*(deja if isinstance(deja, list) else [deja]), *liste]
    return reunies


def _kind(valeur: Any) -> str:
    return "code" if isinstance(valeur, int) else "texte"
