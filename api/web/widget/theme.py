"""The look that a host asks for, kept only where everything stays readable (WCAG AA), in light and in dark."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from api.web.gabarits import STATIQUES

Rvb = tuple[int, int, int]
Schema = Literal["clair", "sombre"]
Palette = Mapping[str, Rvb]
SCHEMAS: Mapping[Schema, str] = {"clair": "light", "sombre": "dark"}
TEXTE, TRAIT = 4.5, 3.0
"""Contrast of a text, and of what must be seen to be used (WCAG 1.4.3 and 1.4.11)."""
FONDS = ("fond", "papier", "voile")
"""What is written on."""
_CHOIX = re.compile(r"(accent|fond|papier|encre):#?([0-9a-fA-F]{6})")
_POLICE = re.compile(r"police:([\w ,-]{1,80})")
_RAYON = re.compile(r"rayon:(\d{1,2})")
_COULEUR = re.compile(r"--azimut-([\w-]+):\s*#([0-9a-fA-F]{6})")
_NOIR, _BLANC = (16, 20, 24), (255, 255, 255)
_RAYON_MAX = 32
_MILIEU = 0.18
"""Luminance above which a ground is light: black and white are told from it equally well."""


@dataclass(frozen=True, slots=True)
class Theme:
    """What a host asks for, before anything is checked."""

    couleurs: tuple[tuple[str, Rvb], ...] = ()
    police: str = ""
    rayon: int | None = None
    """Pixels."""


def read_theme(texte: str) -> Theme:
    """The theme of an address: `accent:17564f;fond:ffffff;encre:1d2630;police:Georgia, serif;rayon:8`.

    What is not understood is left out, since it comes from the page of someone else.
    """
    couleurs: dict[str, Rvb] = {}
    police, rayon = "", None
    for partie in texte.split(";"):
        if lue := _CHOIX.fullmatch(partie.strip()):
            couleurs[lue[1]] = _read_colour(lue[2])
        elif lue := _POLICE.fullmatch(partie.strip()):
            police = lue[1].strip()
        elif lue := _RAYON.fullmatch(partie.strip()):
            rayon = min(int(lue[1]), _RAYON_MAX)
    return Theme(tuple(couleurs.items()), police, rayon)


def write_css(theme: Theme) -> str:
    """The rules that come after those of the path; none for what would not be readable."""
    choix = dict(theme.couleurs)
    fond = choix.get("fond") or choix.get("papier")
    # A page whose ground is given is light or dark once and for all.
    seul: Schema = "clair" if fond is None or luminance(fond) > _MILIEU else "sombre"
    regles = []
    for schema in SCHEMAS if fond is None else (seul,):
        if choix and (tenue := fit(palettes()[schema], choix)) is not None:
            quand = f"and (prefers-color-scheme:{SCHEMAS[schema]})" if fond is None else ""
            fixe = "" if fond is None else f"color-scheme:{SCHEMAS[schema]};"
            regles.append(f"@media screen and (forced-colors:none) {quand}{{:root{{{fixe}{_declare(tenue)}}}}}")
    if theme.police:
        familles = ",".join(_family(nom) for nom in theme.police.split(",") if nom.strip())
        regles.append(f":root{{--azimut-police:{familles},system-ui,sans-serif}}")
    if theme.rayon is not None:
        regles.append(f":root{{--azimut-rayon:{theme.rayon}px}}")
    return "\n".join(regles)


def fit(defaut: Palette, choix: Mapping[str, Rvb]) -> Palette | None:
    """A whole palette with the colours chosen; what would break a contrast goes back to ours, accent first.

    Returns:
        None when nothing of the choice can be kept.
    """
    sans_accent = {nom: rvb for nom, rvb in choix.items() if nom != "accent"}
    for garde in (choix, sans_accent, {nom: rvb for nom, rvb in choix.items() if nom == "accent"}):
        if garde:
            palette = _derive({**defaut, **garde}, garde)
            if not weaknesses(palette):
                return palette
    return None


def _derive(palette: Mapping[str, Rvb], choix: Mapping[str, Rvb]) -> dict[str, Rvb]:
    """What follows from the colours chosen: soft text, lines, the veil, and what is written on the accent."""
    faite = dict(palette)
    if "accent" in choix:
        faite["sur-accent"] = max((_BLANC, _NOIR), key=lambda rvb: contrast(rvb, faite["accent"]))
        faite["voile"] = _mix(faite["papier"], faite["accent"], 0.08)
    if set(choix) & {"fond", "papier", "encre"}:
        if "papier" not in choix:
            faite["papier"] = faite["fond"]
        if "fond" not in choix:
            faite["fond"] = faite["papier"]
        faite["voile"] = _mix(faite["papier"], faite["accent"], 0.08)
        faite["surprise-voile"] = _mix(faite["papier"], faite["surprise"], 0.08)
        fonds = [faite[nom] for nom in FONDS]
        faite["doux"] = _softest(faite["encre"], fonds, TEXTE + 0.3)
        faite["champ"] = _softest(faite["encre"], fonds, TRAIT + 0.2)
        faite["trait"] = _mix(faite["papier"], faite["encre"], 0.18)
    return faite


def weaknesses(palette: Palette) -> list[str]:
    """The pairs of a palette that are not told apart enough."""
    textes = [(nom, fond, TEXTE) for nom in ("encre", "doux", "accent") for fond in FONDS]
    textes += [(nom, fond, TEXTE) for nom in ("surprise", "faute", "demo") for fond in FONDS[:2]]
    textes += [
        ("surprise", "surprise-voile", TEXTE),
        ("encre", "surprise-voile", TEXTE),
        ("sur-accent", "accent", TEXTE),
    ]
    paires = [*textes, *(("champ", fond, TRAIT) for fond in FONDS[:2])]
    return [f"{a} sur {b}" for a, b, seuil in paires if contrast(palette[a], palette[b]) < seuil]


@cache
def palettes() -> Mapping[Schema, Palette]:
    """Our own palettes, read in the sheet of colours: that of dark says only what changes."""
    feuille = (STATIQUES / "teintes.css").read_text(encoding="utf-8")
    clair, _, reste = feuille.partition("@media (prefers-color-scheme: dark)")
    sombre = reste.partition("}")[0]
    claires = {nom: _read_colour(hexa) for nom, hexa in _COULEUR.findall(clair.partition("}")[0])}
    return {"clair": claires, "sombre": claires | {nom: _read_colour(hexa) for nom, hexa in _COULEUR.findall(sombre)}}


def luminance(rvb: Rvb) -> float:
    """Relative luminance as WCAG defines it, from 0 to 1."""
    r, v, b = ((c / 255 / 12.92) if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rvb)
    return 0.2126 * r + 0.7152 * v + 0.0722 * b


def contrast(a: Rvb, b: Rvb) -> float:
    """Contrast ratio as WCAG defines it, from 1 to 21."""
    fort, faible = sorted((luminance(a), luminance(b)), reverse=True)
    return (fort + 0.05) / (faible + 0.05)


def _softest(encre: Rvb, fonds: list[Rvb], seuil: float) -> Rvb:
    """The ink, paled as far as it can still be read."""
    for part in range(60, -1, -5):
        pale = _mix(encre, fonds[0], part / 100)
        if all(contrast(pale, fond) >= seuil for fond in fonds):
            return pale
    return encre


def _mix(a: Rvb, b: Rvb, part: float) -> Rvb:
    rouge, vert, bleu = (round(x + (y - x) * part) for x, y in zip(a, b, strict=True))
    return rouge, vert, bleu


def _read_colour(hexa: str) -> Rvb:
    return int(hexa[:2], 16), int(hexa[2:4], 16), int(hexa[4:], 16)


def _declare(palette: Palette) -> str:
    return ";".join(f"--azimut-{nom}:#{r:02x}{v:02x}{b:02x}" for nom, (r, v, b) in palette.items())


def _family(nom: str) -> str:
    """A family name, quoted unless it is a generic one."""
    propre = " ".join(nom.split())
    generique = propre in {"serif", "sans-serif", "monospace", "system-ui", "ui-serif", "ui-sans-serif", "ui-rounded"}
    return propre if generique else f'"{propre}"'
