"""The PDF that a person takes home, read as a reader, a screen reader and a hostile mind would."""

import io
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import fields, is_dataclass, replace
from datetime import date
from html import unescape
from itertools import pairwise
from statistics import median
from threading import Event
from time import perf_counter
from typing import Any

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from api.conseil.synthese import Extrait, Synthese, build_synthese, first_of
from api.errors import RefusError
from api.web import document
from api.web.document import BLANC, clean_text, draw_pages, pdf_response, render_html, render_pdf
from tests.api.syntheses import JOUR, LIEN, full, kept, ordinary

DUREE = 0.3
"""Seconds to make a document, at most."""
HOSTILES = (
    '#eval("1 + 1")',
    '#read("/etc/passwd") ] } ) $ * _ ` @ < > \\ \\u{41} // /* \' " « » ~ -- ---',
    "</dd><script>alert(1)</script>&amp;{{ s }}{% raw %}",
    "مرحبا بكم في نانت",
    "Добро пожаловать, Καλώς ήρθατε, שלום",
    "e\u0301le\u0300ve, œuvre, çà, ÿ, 3 € ½ n° 12 → « oui » … – — ’",
)


def read(contenu: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(contenu))


def joined(texte: str) -> str:
    """Without blanks: where lines break, or may break, says nothing."""
    return re.sub(r"[\s\u00a0\u202f\u200b]+", "", texte)


def text_of(contenu: bytes) -> str:
    return joined("".join(page.extract_text() for page in read(contenu).pages))


def said(valeur: Any) -> Iterator[str]:
    """Every text that a document must show, in the order of its fields."""
    if isinstance(valeur, str):
        yield valeur
    elif isinstance(valeur, Extrait | tuple):
        for v in valeur.montres if isinstance(valeur, Extrait) else valeur:
            yield from said(v)
    elif is_dataclass(valeur):
        for champ in fields(valeur):
            yield from said(getattr(valeur, champ.name))


def walk(noeud: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The elements of the structure tree, in reading order."""
    enfants = noeud.get("/K", pikepdf.Array())
    for enfant in enfants if isinstance(enfants, pikepdf.Array) else [enfants]:
        if isinstance(enfant, pikepdf.Dictionary) and "/S" in enfant:
            yield enfant
            yield from walk(enfant)


@pytest.fixture(scope="module")
def contenu() -> bytes:
    return render_pdf(ordinary())


def test_it_is_tagged_and_says_so(contenu: bytes) -> None:
    with pikepdf.open(io.BytesIO(contenu)) as pdf:
        racine = pdf.Root
        assert bool(racine.MarkInfo.Marked)
        assert str(racine.Lang).lower().startswith("fr")
        assert bool(racine.ViewerPreferences.DisplayDocTitle)
        with pdf.open_metadata() as meta:
            assert meta["pdfuaid:part"] == "1"
            assert meta["dc:title"] == "Ma synthèse d'orientation"
        elements = list(walk(racine.StructTreeRoot))
        roles = [str(e.S) for e in elements]
        titres = [int(role[2:]) for role in roles if re.fullmatch(r"/H\d", role)]
        assert titres[0] == 1
        assert titres.count(1) == 1
        assert all(suivant <= titre + 1 for titre, suivant in pairwise(titres))
        for attendu in ("/L", "/LI", "/Table", "/THead", "/TR", "/TD", "/Link", "/Figure", "/P"):
            assert attendu in roles, attendu
        [figure] = [e for e in elements if e.S == "/Figure"]
        assert LIEN in str(figure.Alt)
        tetes = [e for e in elements if e.S == "/TH"]
        assert len(tetes) == 4
        assert all(e.A[0].Scope == "/Column" if isinstance(e.A, pikepdf.Array) else e.A.Scope == "/Column"
                   for e in tetes)  # fmt: skip


def test_two_pages_even_when_every_section_is_full() -> None:
    for nom, synthese in (("une", ordinary(1)), ("quatre", ordinary()), ("cinq", ordinary(5)), ("pleine", full())):
        assert len(read(render_pdf(synthese)).pages) <= 2, nom
    court = build_synthese(jour=JOUR, retenus=[kept("Fleuriste")], provenance=ordinary().provenance)
    assert len(read(render_pdf(court)).pages) == 1


@pytest.mark.parametrize("synthese", [ordinary(), full()], ids=["ordinaire", "pleine"])
def test_everything_is_there_in_order(synthese: Synthese) -> None:
    texte = text_of(render_pdf(synthese))
    for dit in said(replace(synthese, facile=False)):
        assert joined(dit) in texte, dit
    ordre = ["Cequevousavezdit", "Cequevoussavezfaire", "Métiersàexplorer", "Métiersmisdecôté", "Unchemin",
             "Cequiestconvenu", "Prochainspas", "Parleràunconseiller", "Empreinte"]  # fmt: skip
    rangs = [texte.index(titre) for titre in ordre]
    assert rangs == sorted(rangs)


def test_what_is_left_out_is_counted() -> None:
    assert first_of("abc", 3) == Extrait(("a", "b", "c"))
    assert first_of("abcd", 3) == Extrait(("a", "b", "c", "d")), "un seul de plus se montre plutôt qu'il ne se compte"
    assert first_of("abcde", 3) == Extrait(("a", "b", "c"), 2)
    texte = text_of(render_pdf(full()))
    for autres in (full().paroles.autres, full().retenus.autres, full().convenu.autres):
        assert autres > 1
        assert f"…et{autres}autres" in texte


def test_the_same_values_give_the_same_bytes() -> None:
    assert render_pdf(ordinary()) == render_pdf(ordinary())
    assert render_pdf(ordinary()) != render_pdf(replace(ordinary(), jour=date(2026, 11, 22)))


def test_only_the_fonts_carried_here_are_used(contenu: bytes) -> None:
    with pikepdf.open(io.BytesIO(contenu)) as pdf:
        noms = {str(police.BaseFont) for page in pdf.pages for police in page.Resources.Font.values()}
    assert noms
    assert all("SourceSansPro" in nom for nom in noms), noms


@pytest.mark.parametrize("hostile", HOSTILES)
def test_a_text_is_only_ever_a_text(hostile: str) -> None:
    synthese = ordinary(1, paroles=[hostile], titre=hostile, convenu=[hostile], reference=hostile)
    contenu = render_pdf(synthese)
    texte = text_of(contenu)
    assert BLANC not in texte
    if hostile.isascii():
        assert texte.count(joined(hostile)) == 4
    page = bytes(render_html(synthese).body).decode()
    assert joined(unescape(page)).count(joined(hostile)) == 5, "et dans le titre de la page"
    assert "<script" not in page


def test_a_sign_that_cannot_be_drawn_is_told() -> None:
    nets = {
        "bonjour 😀👍🏽 à toi": f"bonjour {BLANC} à toi",
        "你好": BLANC,
        "a\x00b\x07": f"a{BLANC}b{BLANC}",
        "ligne\r\n\tsuite": "ligne suite",
        "a\u202eb\u200b\ufeff": "ab",
    }
    for texte, net in nets.items():
        assert clean_text(texte) == net
    contenu = render_pdf(ordinary(1, paroles=["Je parle 中文 et français."]))
    assert "DessignesnepeuventpasêtreimprimésIlssontremplacéspar□" in text_of(contenu).replace(".", "")
    assert f"Jeparle{BLANC}etfrançais." in text_of(contenu)
    assert "remplacés" not in text_of(render_pdf(ordinary(1)))


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=80), st.lists(st.sampled_from("e\u0301\u0323\u0483\u064b\u05b0\u200dبक्षि\u20dd\u0338"), max_size=8)
)
def test_any_text_makes_a_document(texte: str, marques: list[str]) -> None:
    synthese = build_synthese(
        jour=JOUR, retenus=[], provenance=ordinary().provenance, paroles=[texte, "".join(marques)], territoire=texte
    )
    assert render_pdf(synthese).startswith(b"%PDF")


def test_a_very_long_text_is_never_cut() -> None:
    longs = [f"mot{n:05d}" for n in range(1_250)]
    synthese = ordinary(1, convenu=[" ".join(longs)], retenus=[replace(kept("Fleuriste"), fait=" ".join(longs))])
    contenu = render_pdf(synthese)
    texte = text_of(contenu)
    assert all(texte.count(mot) == 2 for mot in longs)
    for colle in ("x" * 10_000, "é" * 70_000, "م" * 10_000):
        pages = read(render_pdf(ordinary(1, convenu=[colle]))).pages
        lignes = "\n".join(page.extract_text() for page in pages).splitlines()
        assert sum(ligne.count(colle[0]) for ligne in lignes) >= len(colle)
        assert max(map(len, lignes)) < 200, "rien ne sort de la page"


def test_marks_piled_by_thousands_do_not_break_it() -> None:
    pile = "e" + "\u0323" * 60_000 + " et Việt Nam"
    assert len(clean_text(pile)) < 30
    assert "VietNam" in text_of(render_pdf(ordinary(1, paroles=[pile]))).replace("ệ", "e")


def test_a_failure_of_the_library_ends_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    class Panique(BaseException):
        pass

    def panic(*_: object) -> bytes:
        raise Panique

    monkeypatch.setattr(document, "_compile", panic)
    with pytest.raises(RuntimeError, match="composé"):
        render_pdf(ordinary(1))


def test_the_page_to_print_says_the_same(contenu: bytes) -> None:
    for synthese in (ordinary(), full()):
        reponse = render_html(synthese)
        page = joined(unescape(re.sub(r"<[^>]+>", "", bytes(reponse.body).decode())))
        for dit in said(synthese):
            assert joined(dit) in page, dit
        assert reponse.headers["cache-control"] == "no-store"
    assert bytes(render_html(ordinary()).body).decode().count('<th scope="col">') == 4


def test_plain_french_is_simpler() -> None:
    texte = text_of(render_pdf(replace(ordinary(), facile=True)))
    assert "Cesmétierssontdesidées.Vousdécidez." in texte


def test_too_many_at_a_time_are_asked_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "ATTENTE", 0.01)
    libre = Event()
    occupes = [document._ATELIER.submit(libre.wait) for _ in range(document.SIMULTANES)]
    with pytest.raises(RefusError) as refus:
        render_pdf(ordinary(1))
    libre.set()
    wait(occupes)
    assert refus.value.probleme.statut == 503
    assert refus.value.probleme.entetes["Retry-After"]
    assert render_pdf(ordinary(1)), "les places sont rendues"


def test_the_answer_leaves_no_trace(contenu: bytes) -> None:
    reponse = pdf_response(contenu, "azimut.pdf")
    assert reponse.headers["cache-control"] == "no-store"
    assert reponse.headers["content-disposition"] == 'attachment; filename="azimut.pdf"'
    assert reponse.media_type == "application/pdf"


def test_its_pages_can_be_looked_at() -> None:
    assert [image[:4] for image in draw_pages(ordinary(), 20)] == [b"\x89PNG"] * 2


@pytest.mark.mesure
def test_a_document_is_soon_made(capsys: pytest.CaptureFixture[str]) -> None:
    durees = []
    for rang in range(60):
        synthese = replace(full(), reference=f"Essai {rang}")
        depart = perf_counter()
        render_pdf(synthese)
        durees.append(perf_counter() - depart)
    depart = perf_counter()
    with ThreadPoolExecutor(4) as fils:
        list(fils.map(render_pdf, [replace(full(), reference=f"Fil {rang}") for rang in range(60)]))
    ensemble = perf_counter() - depart
    with capsys.disabled():
        pire = sorted(durees)[-3]
        sys.stdout.write(
            f"\nPDF de deux pages : {1000 * median(durees):.0f} ms, p95 {1000 * pire:.0f} ms ; "
            f"60 à quatre fils : {ensemble:.2f} s\n"
        )
    assert pire <= DUREE
