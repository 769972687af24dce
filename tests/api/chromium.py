"""A real Chromium, where one is installed: one at a time, with nothing of its own to fetch."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MARQUES = [
    pytest.mark.navigateur,
    pytest.mark.enable_socket,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium absent : installez le paquet « chromium »"),
]
"""Of every module that drives it."""
_CACHEE = """() => {
  const racine = document.documentElement;
  return racine.scrollWidth - racine.clientWidth;
}"""


@contextmanager
def launch() -> Iterator[Browser]:
    """The browser, until the end of the block."""
    with sync_playwright() as p:
        navigateur = p.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield navigateur
        navigateur.close()


@contextmanager
def opened(navigateur: Browser, **options: Any) -> Iterator[Page]:
    """A page of a person of its own, until the end of the block."""
    contexte = navigateur.new_context(**options)
    contexte.set_default_timeout(15_000)
    yield contexte.new_page()
    contexte.close()


def hidden_width(page: Page | Frame) -> int:
    """Pixels that can only be reached by scrolling sideways."""
    return int(page.evaluate(_CACHEE))
