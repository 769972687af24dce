"""The many ways people and partners write one thing, each brought to the one form that a schema checks."""

from collections.abc import Mapping
from typing import Any, get_args

from api.profils.cles import plain_key
from recommender.types import Envie, NatureExperience
from referentiels.types import FORME_FICHE, FORME_ROME

LETTRES = "RIASEC"
_CHIFFRES_MAX = 18
"""Of a code; longer strings of digits are words."""
_ENVIES: Mapping[str, Envie] = {
    "oui": "oui", "true": "oui", "vrai": "oui", "non": "non", "false": "non", "faux": "non",
    "indifferent": "indifferent",
}  # fmt: skip
_NATURES: Mapping[str, NatureExperience] = {
    **{nature: nature for nature in get_args(NatureExperience)},
    "travail": "emploi", "salarie": "emploi", "alternance": "emploi", "apprentissage": "emploi",
    "volontariat": "benevolat", "association": "benevolat", "personnel": "vie_personnelle",
}  # fmt: skip


def _is_digits(valeur: Any) -> bool:
    nue = valeur.strip() if isinstance(valeur, str) else ""
    return nue.isascii() and nue.isdigit() and len(nue) <= _CHIFFRES_MAX


def _is_integer(valeur: Any) -> bool:
    """Whether JSON means an integer: 3 and 3.0 are the same number there, true is none."""
    if isinstance(valeur, float):
        return valeur.is_integer()
    return isinstance(valeur, int) and not isinstance(valeur, bool)


def read_code_rome(valeur: Any) -> Any:
    """A code ROME, trimmed and in capitals."""
    return valeur.strip().upper() if isinstance(valeur, str) else valeur


def read_number(valeur: Any) -> Any:
    """A number, or its digits.

    Raises:
        ValueError: A boolean, which Python would take for 0 or 1.
    """
    if isinstance(valeur, bool):
        raise ValueError("un nombre est attendu.")  # noqa: TRY004 (pydantic turns a ValueError into a fault)
    return valeur


def read_decimal(valeur: Any) -> Any:
    """A number whose decimal comma is a point; same error as `read_number`."""
    return valeur.replace(",", ".") if isinstance(valeur, str) else read_number(valeur)


def read_envie(valeur: Any) -> Any:
    """Yes, no or indifferent, from French words or booleans."""
    return _ENVIES.get(plain_key(str(valeur))[:20], valeur)


def read_nature(valeur: Any) -> Any:
    """The kind of an experience, from the words people use for it."""
    return _NATURES.get(plain_key(valeur)[:30], valeur) if isinstance(valeur, str) else valeur


def as_list(valeur: Any) -> Any:
    """A lone value as a list of one."""
    return [valeur] if isinstance(valeur, str) or _is_integer(valeur) else valeur


def read_code_text(valeur: Any) -> Any:
    """A code that came as a number, as the text that it is."""
    return str(int(valeur)) if _is_integer(valeur) else valeur


def read_experience(valeur: Any) -> Any:
    """An experience told by a code ROME or words, alone or in an object."""
    if isinstance(valeur, str):
        return {"code_rome": valeur} if FORME_ROME.fullmatch(read_code_rome(valeur)) else {"texte": valeur}
    if isinstance(valeur, Mapping):
        appellation = valeur.get("appellation")
        if isinstance(appellation, str) and not _is_digits(appellation):
            reste = {cle: v for cle, v in valeur.items() if cle != "appellation"}
            return {"texte": appellation, **reste}
        texte = valeur.get("texte")
        if isinstance(texte, str) and "code_rome" not in valeur and FORME_ROME.fullmatch(read_code_rome(texte)):
            return {**{cle: v for cle, v in valeur.items() if cle != "texte"}, "code_rome": texte}
    return valeur


def read_code_or_text(valeur: Any) -> Any:
    """A code (number, or digits) or words, as an object."""
    if _is_integer(valeur) or _is_digits(valeur):
        return {"code": valeur}
    return {"texte": valeur} if isinstance(valeur, str) else valeur


def read_diplome(valeur: Any) -> Any:
    """A diploma told by the number of its fiche or words, as an object."""
    if not isinstance(valeur, str):
        return valeur
    compact = "".join(valeur.split()).upper()
    return {"code": compact} if FORME_FICHE.fullmatch(compact) else {"texte": valeur}


def read_territoire(valeur: Any) -> Any:
    """A commune alone, as an object."""
    return {"commune": valeur} if isinstance(valeur, str) or _is_integer(valeur) else valeur


def read_commune(valeur: Any) -> Any:
    """A commune code that came as a number."""
    # 1004 is the commune 01004 whose zero a spreadsheet ate.
    return f"{int(valeur):05d}" if _is_integer(valeur) else valeur


def read_interets(valeur: Any) -> Any:
    """Interests told by letters or words alone, as an object."""
    if isinstance(valeur, str):
        return {"riasec": valeur} if _letters(valeur) else {"centres": [valeur]}
    if isinstance(valeur, list):
        if valeur and all(isinstance(v, str) and len(v.strip()) == 1 and _letters(v) for v in valeur):
            return {"riasec": valeur}
        return {"centres": valeur}
    return valeur


def _letters(texte: str) -> list[str] | None:
    """Distinct RIASEC letters of « RIA » or « R, I, A », or None when it is something else."""
    lettres = [c for c in texte.upper() if c not in " ,;/-"]
    ok = 0 < len(lettres) <= len(LETTRES) and len(set(lettres)) == len(lettres) and set(lettres) <= set(LETTRES)
    return lettres if ok else None


def read_riasec(valeur: Any) -> Any:
    """RIASEC letters as weights: in order of importance, or already weighted.

    Raises:
        ValueError: Other letters, or a letter twice.
    """
    if isinstance(valeur, str):
        if not valeur.strip():
            return {}
        lettres = _letters(valeur)
        if lettres is None:
            raise ValueError("des lettres parmi R, I, A, S, E, C sont attendues, chacune une fois (« RIA »).")
        return {lettre: 1.0 - rang / len(LETTRES) for rang, lettre in enumerate(lettres)}
    if isinstance(valeur, list) and all(isinstance(v, str) for v in valeur):
        return read_riasec("".join(dict.fromkeys(plain_key(v)[:1] for v in valeur)))
    if isinstance(valeur, Mapping):
        return {plain_key(str(cle))[:1].upper(): poids for cle, poids in valeur.items() if poids is not None}
    return valeur


def scale_riasec(poids: dict[str, float]) -> dict[str, float]:
    """Weights brought to [0, 1] when they use a larger scale.

    Raises:
        ValueError: A key is not one of the six letters.
    """
    if not set(poids) <= set(LETTRES):
        raise ValueError("les clés attendues sont R, I, A, S, E, C.")
    plus_fort = max(poids.values(), default=0.0)
    return {lettre: v / plus_fort for lettre, v in poids.items()} if plus_fort > 1 else poids


_LISTES: Mapping[str, str] = {
    "eviter": "conditions_evitees", "evite": "conditions_evitees", "exclure": "conditions_exclues",
    "exclu": "conditions_exclues", "souhaiter": "conditions_souhaitees", "souhaite": "conditions_souhaitees",
}  # fmt: skip


def read_contraintes(valeur: Any) -> Any:
    """A list of conditions, each with its mode, as the three lists.

    Raises:
        ValueError: A mode is not known.
    """
    if not isinstance(valeur, list):
        return valeur
    listes: dict[str, list[Any]] = {}
    for element in valeur:
        if isinstance(element, Mapping):
            mode = _LISTES.get(plain_key(str("eviter" if element.get("mode") is None else element["mode"]))[:20])
            if mode is None:
                raise ValueError("« mode » vaut « eviter », « exclure » ou « souhaiter ».")
            element = {cle: v for cle, v in element.items() if cle != "mode"}  # noqa: PLW2901
            listes.setdefault(mode, []).append(element)
        else:
            listes.setdefault("conditions_evitees", []).append(element)
    return listes
