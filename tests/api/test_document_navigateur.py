"""The document as a page to print, in a real Chromium: axe, a narrow screen, and paper."""

import io
import re

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from api.web.document import render_html
from api.web.gabarits import STATIQUES
from tests.api.axe import THEMES, violations
from tests.api.chromium import MARQUES, hidden_width, opened
from tests.api.syntheses import full, ordinary

pytestmark = MARQUES
FEUILLE = (STATIQUES / "document.css").read_text(encoding="utf-8")


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_the_page_reads_well_everywhere(navigateur: Browser, theme: str) -> None:
    with opened(navigateur, bypass_csp=True) as page:
        page.emulate_media(**THEMES[theme])
        page.set_content(re.sub(r"<link [^>]+>", "", bytes(render_html(full()).body).decode()))
        page.add_style_tag(content=FEUILLE)
        for largeur in (320, 768, 1280):
            page.set_viewport_size({"width": largeur, "height": 740})
            assert hidden_width(page) == 0
            assert violations(page) == []


def test_printed_it_holds_on_a_few_pages(navigateur: Browser) -> None:
    with opened(navigateur) as page:
        page.set_content(re.sub(r"<link [^>]+>", "", bytes(render_html(ordinary()).body).decode()))
        page.add_style_tag(content=FEUILLE)
        papier = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
        assert len(papier.pages) <= 3
