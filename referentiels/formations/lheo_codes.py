"""The codes of LHEO 2.0 to 2.3, read as its tables define them (lheo.gouv.fr/2.3)."""

import re
from datetime import date

from referentiels.errors import CellError
from referentiels.types import Modalite, Voie

MODALITES: dict[str, Modalite] = {"0": "presentiel", "1": "mixte", "2": "distance"}
"""Table dict-modalites-enseignement."""

ETATS = {"1": "ouvert", "2": "fermé", "3": "suspendu"}
"""Table dict-etat-recrutement."""

NIVEAUX: dict[str, int | None] = {
    "0": None,
    "1": None,
    "2": None,
    "3": None,
    "4": 3,
    "5": 4,
    "6": 5,
    "7": 6,
    "8": None,
    **{str(10 + niveau): niveau for niveau in range(1, 9)},
}
"""Table dict-niveaux: keys 0 to 8 are the levels of 1969, keys 11 to 18 (since 2.3) the European ones.

Level I of 1969 (key 8) covers both 7 and 8 of today: it stays unknown rather than guessed.
"""

OBLIGATOIRES = (
    "domaine-formation",
    "intitule-formation",
    "objectif-formation",
    "resultats-attendus",
    "contenu-formation",
    "certifiante",
    "contact-formation",
    "parcours-de-formation",
    "code-niveau-entree",
    "action",
    "organisme-formation-responsable",
)
"""Elements that every <formation> must carry."""

_PUBLIC_APPRENTI, _PUBLIC_CONTRAT_PRO, _PUBLIC_INITIAL = "82027", "82029", "81061"
_EMPLOI = ("80", "82")
_FORME_DATE = re.compile(r"\d{8}")
_INCONNUES = ("00000000", "99999999")


def read_voie(publics: list[str], dispositifs: dict[str, str]) -> Voie | None:
    """The voie of an action, when its publics and dispositifs all point to the same one.

    Args:
        publics: Values of `code-public-vise` (Formacode: 80 out of work, 82 in work, 81061 initial).
        dispositifs: Flags that the Carif network adds as extras.

    Returns:
        None when nothing is said, or when the action is open to publics of several voies.
    """
    voies: set[Voie] = set()
    for public in publics:
        if public == _PUBLIC_APPRENTI:
            voies.add("apprentissage")
        elif public == _PUBLIC_CONTRAT_PRO:
            voies.add("contrat_professionnalisation")
        elif public == _PUBLIC_INITIAL:
            voies.add("scolaire")
        elif public.startswith(_EMPLOI):
            voies.add("continue")
    if dispositifs.get("contrat-apprentissage") == "1":
        voies.add("apprentissage")
    if dispositifs.get("contrat-professionnalisation") == "1":
        voies.add("contrat_professionnalisation")
    if not voies and dispositifs.get("formation-initiale") in ("0", "1"):
        voies.add("scolaire" if dispositifs["formation-initiale"] == "1" else "continue")
    return voies.pop() if len(voies) == 1 else None


def read_jour(element: str, valeur: str) -> tuple[date | None, bool]:
    """A date `AAAAMMJJ`, and whether it was told only to the month or the year.

    Args:
        element: Name of the element, for the error.
        valeur: Text of the element; empty when absent.

    Returns:
        `(None, False)` for the sentinels 00000000 and 99999999, `(None, True)` for `AAAAMM00` and `AAAA0000`.

    Raises:
        CellError: Not a date.
    """
    if not valeur or valeur in _INCONNUES:
        return None, False
    if not _FORME_DATE.fullmatch(valeur):
        raise CellError(element, "date attendue (AAAAMMJJ)", valeur)
    annee, mois, jour = int(valeur[:4]), int(valeur[4:6]), int(valeur[6:])
    if not 1900 <= annee <= 2100:
        raise CellError(element, "année invraisemblable", valeur)
    if jour == 0 and mois <= 12:
        return None, True
    try:
        return date(annee, mois, jour), False
    except ValueError:
        raise CellError(element, "date impossible", valeur) from None
