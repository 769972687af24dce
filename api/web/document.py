"""The document that a person takes home: a tagged PDF (PDF/UA-1) and the same as a page to print."""

import json
import re
import unicodedata
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import typst
from fastapi import Response

from api.conseil.synthese import Synthese
from api.errors import SERVICE_OCCUPE, Probleme, RefusError
from api.web.gabarits import bind_quotes, format_day, render
from api.web.widget.emporter import draw_code
from api.web.widget.textes import load_texts

DOSSIER = Path(__file__).with_name("typst")
GABARIT = DOSSIER / "synthese.typ"
MEDIA = "application/pdf"
SIMULTANES = 2
"""Documents that a process makes at a time."""
NOTRES = frozenset({"mots", "qr", "qr_mots", "lien", "jour"})
"""What no one typed: our words, our drawing and our link are left as they are."""
ATTENTE = 1.0
"""Seconds that one more waits for its turn; beyond, 503."""
BLANC = "\u25a1"
"""Takes the place of a sign that our fonts cannot draw."""
_DESSINES = re.compile(
    r"[^\u0020-\u007e\u00a0-\u00ac\u00ae-\u0377\u038e-\u03a1\u03a3-\u0482\u048a-\u04ff\u05d0-\u05ea\u060c\u061b\u061f"
    r"\u0621-\u063a\u0640-\u0655\u0660-\u066d\u067e\u0686\u0691\u0698\u06a9\u06af\u06be\u06cc\u06f0-\u06f9\u1e00-\u1eff"
    r"\u2010-\u2027\u202f\u2030-\u205e\u2070\u2074-\u208e\u20a0-\u20bf\u2100-\u211e\u2120-\u2122\u2150-\u2184\u2190-\u22ff"
    r"\u25a0-\u25ff\u2713\u2717]+"
)
"""What the fonts carried here cannot draw: they know Latin, Greek, Cyrillic, Hebrew, Arabic and common signs."""
_MUETS = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]")
"""Signs that are never seen, some of which turn the reading order around."""
_ACCENTS = re.compile(r"[\u0300-\u036f\u064b-\u0655]")
_PILES = re.compile(rf"({_ACCENTS.pattern}{{4}}){_ACCENTS.pattern}+")
"""Marks piled on one letter: no language needs more, and the library fails on thousands."""
_LONGS = re.compile(r"\S{20}(?=\S{6})")
"""Pieces of what is longer than a word: it may break after them, or it would run off the page."""
_ATELIER = ThreadPoolExecutor(SIMULTANES, "documents")


def render_pdf(synthese: Synthese) -> bytes:
    """The document as a PDF/UA-1: the same values give the same bytes.

    Takes some tens of milliseconds of a core: not to be called on the event loop.

    Raises:
        RefusError: Too many documents are being made; it says when to come back.
    """
    fait = _ATELIER.submit(_make, synthese)
    wait([fait], ATTENTE)
    if fait.cancel():
        refus = "Trop de documents se préparent à la fois. Rien n'est perdu : réessayez dans un instant."
        raise RefusError(Probleme(SERVICE_OCCUPE, refus, 503, entetes={"Retry-After": "2"}))
    erreur = fait.exception()
    if erreur is not None and not isinstance(erreur, Exception):  # a panic of the library must not end a process
        raise RuntimeError("le document n'a pas pu être composé") from erreur
    return fait.result()


def _make(synthese: Synthese) -> bytes:
    try:
        return _compile(_clean_all(_values(synthese)), synthese.jour)
    except typst.TypstError as error:
        if "could not be displayed" not in error.message:
            raise
        # A mark that no font joins to its letter: the letter alone can be read.
        return _compile(_clean_all(_values(synthese), accents=False), synthese.jour)


def render_html(synthese: Synthese, retour: str = "") -> Response:
    """The same as a page of ours, made to be printed; `retour` is where one was, which the paper does not show."""
    trace, cote = draw_code(synthese.lien) if synthese.lien else ("", 0)
    entete, pied = _tell_head(synthese), _tell_foot(synthese)
    return render(
        "document/synthese.html",
        s=synthese,
        d=_words(synthese),
        entete=entete,
        pied=pied,
        code=trace,
        cote=cote,
        retour=retour,
    )


def pdf_response(contenu: bytes, nom_fichier: str) -> Response:
    """The PDF as a file to save, that nothing on the way keeps.

    Args:
        contenu: See `render_pdf`.
        nom_fichier: Plain ASCII, without anything that names the person.
    """
    entetes = {"Content-Disposition": f'attachment; filename="{nom_fichier}"', "Cache-Control": "no-store"}
    return Response(contenu, media_type=MEDIA, headers=entetes)


def draw_pages(synthese: Synthese, points_par_pouce: int = 110) -> list[bytes]:
    """The pages of the PDF as PNG images, to be looked at."""
    images = _run(_clean_all(_values(synthese)), synthese.jour, format="png", ppi=points_par_pouce)
    return images if isinstance(images, list) else [images]


def _words(synthese: Synthese) -> Mapping[str, Any]:
    mots: Mapping[str, Any] = load_texts("facile" if synthese.facile else "fr")["document"]
    return mots


def _tell_head(synthese: Synthese) -> list[str]:
    reference = f"{_words(synthese)['reference']} {synthese.reference}" if synthese.reference else ""
    dits = (format_day(synthese.jour), synthese.territoire, synthese.structure, reference)
    return [texte for texte in dits if texte]


def _tell_foot(synthese: Synthese) -> str:
    return str(_words(synthese)["fait_le"].format(jour=format_day(synthese.jour)))


def _values(synthese: Synthese) -> dict[str, Any]:
    """What the template reads: texts, lists and the words around them."""
    mots = _words(synthese)
    valeurs = asdict(synthese)
    for formation in valeurs["parcours"]["formations"]["montres"] if synthese.parcours else ():
        formation["debut"] = format_day(formation["debut"]) if formation["debut"] else ""
    return valeurs | {
        "jour": synthese.jour.isoformat(),
        "entete": _tell_head(synthese),
        "pied": _tell_foot(synthese),
        "sources": f"{mots['sources']} {' ; '.join(synthese.provenance.sources)}."
        if synthese.provenance.sources
        else "",
        "empreinte": mots["empreinte"].format(empreinte=synthese.provenance.empreinte),
        "qr": _draw_qr(synthese.lien) if synthese.lien else None,
        "qr_mots": mots["qr"].format(lien=synthese.lien),
        "mots": dict(mots),
    }


def _draw_qr(lien: str) -> str:
    trace, cote = draw_code(lien)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {cote} {cote}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{cote}v{cote}H0z"/><path d="{trace}"/></svg>'
    )


def _clean_all(valeurs: dict[str, Any], *, accents: bool = True) -> dict[str, Any]:
    """The same with texts that our fonts can draw, and whether some sign had to be replaced."""
    remplaces = False

    def clean(valeur: Any) -> Any:
        nonlocal remplaces
        if isinstance(valeur, str):
            net = clean_text(valeur, accents=accents)
            remplaces = remplaces or (BLANC in net and BLANC not in valeur)
            return _LONGS.sub("\\g<0>\u200b", bind_quotes(net))
        if isinstance(valeur, Mapping):
            return {cle: clean(v) for cle, v in valeur.items()}
        return [clean(v) for v in valeur] if isinstance(valeur, list | tuple) else valeur

    dits = {cle: clean(v) for cle, v in valeurs.items() if cle not in NOTRES}
    return {**valeurs, **dits, "remplaces": remplaces}


def clean_text(texte: str, *, accents: bool = True) -> str:
    """A text on one line that our fonts can draw; `accents` keeps marks that no single letter holds."""
    net = _MUETS.sub("", unicodedata.normalize("NFC", texte))
    net = " ".join(net.split())
    net = _PILES.sub(r"\1", net) if accents else _ACCENTS.sub("", net)
    return _DESSINES.sub(BLANC, net)


def _compile(valeurs: Mapping[str, Any], jour: date) -> bytes:
    contenu = _run(valeurs, jour, format="pdf", pdf_standards=["ua-1"])
    assert isinstance(contenu, bytes)
    return contenu


def _run(valeurs: Mapping[str, Any], jour: date, **sortie: Any) -> bytes | list[bytes]:
    fait: bytes | list[bytes] = typst.compile(
        GABARIT,
        root=DOSSIER,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"donnees": json.dumps(valeurs, ensure_ascii=False)},
        timestamp=datetime.combine(jour, time(), UTC),
        **sortie,
    )
    return fait


@cache
def _fonts() -> typst.Fonts:
    """The fonts carried here and those of the library: never those of the machine."""
    return typst.Fonts(include_system_fonts=False, font_paths=[DOSSIER / "polices"])
