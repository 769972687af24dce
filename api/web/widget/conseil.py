"""Where to meet a conseiller: the places that a region fills in, the nearest ones for a situation."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args

from api.web.widget.etat import Lieu, Situation
from api.web.widget.plan import Position, distance_km, locate
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError

DEMONSTRATION = Path(__file__).with_name("lieux_conseil.csv")
RAYON_KM = 20.0
LIEUX_MAX = 4
SITUATIONS: tuple[Situation, ...] = get_args(Situation)
COLONNES = ("nom", "reseau", "publics", "adresse", "code_commune", "commune", "telephone", "site", "demonstration")


@dataclass(frozen=True, slots=True)
class LieuConseil:
    """A place where someone listens."""

    nom: str
    reseau: str
    publics: frozenset[str]
    """Situations that it is for."""
    adresse: str
    code_commune: str
    commune: str
    telephone: str
    site: str
    demonstration: bool


@dataclass(frozen=True, slots=True)
class LieuProche:
    """A place, and how far it is; None when the person named a département only."""

    lieu: LieuConseil
    km: float | None


def load_places(chemin: Path | None) -> tuple[LieuConseil, ...]:
    """The places of a CSV file, or those of the demonstration.

    Args:
        chemin: UTF-8, with commas or semicolons, and the columns `COLONNES` in any order.

    Raises:
        InvalidInputError: The file cannot be read, or a line is wrong; names it.
    """
    return _load(chemin or DEMONSTRATION)


@cache
def _load(chemin: Path) -> tuple[LieuConseil, ...]:
    try:
        texte = chemin.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"lieux de conseil « {chemin.name} » illisibles : {error}.", champ="lieux_conseil"
        ) from None
    entete = texte.partition("\n")[0]
    lignes = csv.DictReader(texte.splitlines(), delimiter=";" if ";" in entete else ",", strict=True)
    try:
        return tuple(_read_place(ligne) for ligne in lignes)
    except (KeyError, ValueError, csv.Error) as error:
        ou = f"« {chemin.name} », ligne {lignes.line_num}"
        motif = f"la colonne {error} manque" if isinstance(error, KeyError) else error
        raise InvalidInputError(f"lieux de conseil {ou} : {motif}.", champ="lieux_conseil") from None


def _read_place(ligne: Mapping[str, str | None]) -> LieuConseil:
    lus = {nom: " ".join((ligne[nom] or "").split()) for nom in COLONNES}
    publics = frozenset(lus["publics"].split())
    if not lus["nom"] or not lus["code_commune"]:
        raise ValueError("le nom et le code_commune sont obligatoires")
    if not publics or publics - set(SITUATIONS):
        raise ValueError(f"publics : un ou plusieurs de {', '.join(SITUATIONS)}, séparés par des espaces")
    if lus["site"] and not lus["site"].startswith("https://"):
        raise ValueError("site : une adresse en https:// est attendue")
    if lus["demonstration"] not in {"", "oui", "non"}:
        raise ValueError("demonstration : « oui », « non » ou rien")
    return LieuConseil(
        nom=lus["nom"],
        reseau=lus["reseau"],
        publics=publics,
        adresse=lus["adresse"],
        code_commune=lus["code_commune"],
        commune=lus["commune"],
        telephone=lus["telephone"],
        site=lus["site"],
        demonstration=lus["demonstration"] == "oui",
    )


def find_places(
    lieux: Sequence[LieuConseil], catalogue: Catalogue, ou: Lieu | None, situation: Situation | None
) -> tuple[LieuProche, ...]:
    """The nearest places for a situation: those within 20 km, or else the nearest ones, however far.

    Args:
        lieux: All places.
        catalogue: Where communes are.
        ou: Where the person is; nothing is near without it.
        situation: Places for anyone else are left out; all are kept when it is not told.
    """
    convenus = [lieu for lieu in lieux if situation is None or situation in lieu.publics]
    if ou is None or not convenus:
        return ()
    if ou.nature == "departement":
        siens = [lieu for lieu in convenus if lieu.code_commune.startswith(ou.code)]
        return tuple(LieuProche(lieu, None) for lieu in siens[:LIEUX_MAX])
    positions = locate(catalogue, [ou.code, *(lieu.code_commune for lieu in convenus)])
    if ou.code not in positions:
        return ()
    centre: Position = positions[ou.code]
    ranges = sorted(
        (distance_km(centre, positions[lieu.code_commune]), lieu.nom, lieu)
        for lieu in convenus
        if lieu.code_commune in positions
    )
    proches = [LieuProche(lieu, round(km, 1)) for km, _, lieu in ranges]
    dedans = [p for p in proches if p.km is not None and p.km <= RAYON_KM]
    return tuple((dedans or proches[:2])[:LIEUX_MAX])
