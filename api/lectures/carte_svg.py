"""The figures of a métier as one accessible image: fixed words, each figure with its scale, its year and its source."""

import textwrap
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import get_args
from xml.etree import ElementTree as Xml

from api.messages import clean_text
from api.web.chiffres import RUBRIQUES, figure_scale, figure_value
from referentiels.types import Commune, Indicateur, Maille, Metier

MEDIA_SVG = "image/svg+xml"
LARGEUR, MARGE = 360, 18
_SIGNATURE = "Chiffres réunis par Azimut, à explorer."
_DEMONSTRATION = "donnée de démonstration"
_MAILLES: tuple[Maille, ...] = get_args(Maille)
PAR_RUBRIQUE = 2
"""Figures shown of each rubrique; how many more there are is said."""
_TITRE, _VALEUR, _NOTE = 26, 31, 50
"""Characters a line of each size, counted for the widest of the usual typefaces."""
_STYLE = """
.a{--fond:#fff;--encre:#1d2630;--doux:#55606c;--trait:#d9d4c9;--accent:#17564f;--demo:#855300;max-width:100%;height:auto;\
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
@media (prefers-color-scheme:dark){.a{--fond:#1b2229;--encre:#ece9e3;--doux:#aab4bf;--trait:#35404a;--accent:#86d3c8;\
--demo:#e0a945}}
.f{fill:var(--fond);stroke:var(--trait)}.l{stroke:var(--trait)}
text{fill:var(--encre)}.t{font-size:18px;font-weight:700}.r{font-size:13px;font-weight:600;fill:var(--accent)}
.v{font-size:16px;font-weight:650}.n{font-size:12px;fill:var(--doux)}.d{font-size:12px;font-weight:600;fill:var(--demo)}
@media (forced-colors:active){.f{fill:Canvas;stroke:CanvasText}.l{stroke:CanvasText}text{fill:CanvasText!important}}
"""
_EMPREINTE = b64encode(sha256(_STYLE.encode()).digest()).decode()
EN_TETES_CARTE = {
    # Any site may show it: it holds public figures only, and nothing in it can be clicked or run.
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_EMPREINTE}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors *; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Language": "fr",
}


@dataclass(frozen=True, slots=True)
class Ligne:
    """A line of text: its class in the style, its words, and how far below the line before it stands."""

    classe: str
    texte: str
    pas: int


def draw_card(metier: Metier, indicateurs: Sequence[Indicateur], commune: Commune | None) -> bytes:
    """The card, as an SVG document.

    Args:
        metier: What the figures are about.
        indicateurs: Its figures, at the nearest scale to the commune.
        commune: Where they were looked for; the whole country when None.
    """
    lignes = tuple(_lines(metier, indicateurs, commune))
    hauteur = MARGE + sum(ligne.pas for ligne in lignes) + MARGE
    nom = f"azimut-{metier.code_rome}"
    racine = Xml.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {LARGEUR} {hauteur}",
            "width": str(LARGEUR),
            "height": str(hauteur),
            "preserveAspectRatio": "xMidYMin meet",
            "class": "a",
            "role": "img",
            "lang": "fr",
            "aria-labelledby": f"{nom}-titre {nom}-texte",
        },
    )
    _add(racine, "title", {"id": f"{nom}-titre"}, f"{_heading(metier)} : quelques chiffres")
    _add(racine, "desc", {"id": f"{nom}-texte"}, describe_card(indicateurs, commune))
    _add(racine, "style", {}, _STYLE)
    cadre = {"x": "0.5", "y": "0.5", "width": str(LARGEUR - 1), "height": str(hauteur - 1), "rx": "12"}
    _add(racine, "rect", {"class": "f", **cadre})
    y = MARGE
    for ligne in lignes:
        y += ligne.pas
        if ligne.classe == "r":
            filet = {"class": "l", "x1": str(MARGE), "x2": str(LARGEUR - MARGE)}
            _add(racine, "line", {**filet, "y1": str(y - 20), "y2": str(y - 20)})
        _add(racine, "text", {"class": ligne.classe, "x": str(MARGE), "y": str(y)}, ligne.texte)
    return bytes(Xml.tostring(racine, encoding="utf-8"))


def describe_card(indicateurs: Sequence[Indicateur], commune: Commune | None) -> str:
    """All that the card shows, in sentences: what a screen reader tells."""
    phrases = [f"{_place(commune)}."]
    for libelle, montres, reste in _sections(indicateurs):
        if not montres:
            phrases.append(f"{libelle} : non renseigné.")
        phrases += [f"{libelle} : {figure_value(i)} ({' ; '.join(_told(i))})." for i in montres]
        if reste:
            phrases.append(f"{_others(reste)}.")
    return " ".join([*phrases, _SIGNATURE])


def _lines(metier: Metier, indicateurs: Sequence[Indicateur], commune: Commune | None) -> Iterator[Ligne]:
    yield from _wrap("t", _heading(metier), _TITRE, 14, 22)
    yield from _wrap("n", _place(commune), _NOTE, 20, 16)
    for libelle, montres, reste in _sections(indicateurs):
        yield Ligne("r", libelle, 38)
        if not montres:
            yield Ligne("v", "non renseigné", 22)
        for i in montres:
            yield from _wrap("v", figure_value(i), _VALEUR, 24, 20)
            for note in _origin(i):
                yield from _wrap("n", note, _NOTE, 17, 15)
            if i.demonstration:
                yield Ligne("d", _DEMONSTRATION, 17)
        if reste:
            yield Ligne("n", _others(reste), 18)
    yield Ligne("n", _SIGNATURE, 30)


def _sections(indicateurs: Sequence[Indicateur]) -> Iterator[tuple[str, tuple[Indicateur, ...], int]]:
    """Each rubrique with the figures to show and how many are left; the nearest scale first, then the finest object."""
    for rubrique in RUBRIQUES:
        for nom in rubrique.indicateurs:
            trouves = [i for i in indicateurs if i.indicateur == nom and i.statut == "publie"]
            if trouves:
                break
        else:
            trouves = [i for i in indicateurs if i.indicateur in rubrique.indicateurs]
        ranges = sorted(trouves, key=lambda i: _MAILLES.index(i.maille))
        libelle = ranges[0].libelle if ranges else rubrique.libelle
        yield libelle, tuple(ranges[:PAR_RUBRIQUE]), len(ranges[PAR_RUBRIQUE:])


def _origin(i: Indicateur) -> list[str]:
    """For whom a figure holds, where and when, by whom and under which licence, and what is uncertain in it."""
    notes = [f"{figure_scale(i)}, {i.millesime}" if i.millesime else figure_scale(i), f"{i.producteur}, {i.licence}"]
    if i.nomenclature not in {"rome_v4", "rome_v3"}:
        notes.insert(0, f"pour « {i.libelle_objet} »")
    if i.estime:
        notes.append("rapprochement estimé")
    return [_bound(note) for note in notes]


def _told(i: Indicateur) -> list[str]:
    return [*_origin(i), _DEMONSTRATION] if i.demonstration else _origin(i)


def _heading(metier: Metier) -> str:
    return _bound(metier.intitule)


def _place(commune: Commune | None) -> str:
    return _bound(f"Au plus près de {commune.nom} ({commune.code_departement})") if commune else "En France"


def _others(nombre: int) -> str:
    return f"{nombre} autre{'s' if nombre > 1 else ''} chiffre{'s' if nombre > 1 else ''} dans la fiche"


def _bound(texte: str) -> str:
    """Words fit for XML, French quotation marks kept to theirs at the end of a line."""
    return clean_text(texte, 200).replace("« ", "«\u00a0").replace(" »", "\u00a0»")


def _wrap(classe: str, texte: str, largeur: int, premier: int, suivant: int) -> Iterator[Ligne]:
    morceaux = textwrap.wrap(texte, largeur, break_on_hyphens=False) or [""]
    yield Ligne(classe, morceaux[0], premier)
    yield from (Ligne(classe, morceau, suivant) for morceau in morceaux[1:])


def _add(parent: Xml.Element, nom: str, attributs: dict[str, str], texte: str | None = None) -> None:
    Xml.SubElement(parent, nom, attributs).text = texte
