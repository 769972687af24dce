"""axe-core in a page of Chromium: what it finds against WCAG 2.2 A and AA, and against its own good practice."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Frame, Page

SCRIPT = Path(__file__).with_name("vendor") / "axe.min.js"
REGLES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""Every set of rules that axe has for the levels that RGAA 4.1 asks for, and those of the next WCAG."""
_LANCE = """async regles => {
  const lu = await axe.run(document, {runOnly: regles, resultTypes: ['violations']});
  return lu.violations.flatMap(v => v.nodes.map(n => `${v.id} ${n.target.join(' ')} : ${n.failureSummary}`));
}"""
THEMES: dict[str, dict[str, Any]] = {
    "clair": {"color_scheme": "light", "forced_colors": "none"},
    "sombre": {"color_scheme": "dark", "forced_colors": "none"},
    "couleurs forcées": {"color_scheme": "dark", "forced_colors": "active"},
}
"""What a person's system may ask of a page."""


@cache
def _source() -> str:
    return SCRIPT.read_text(encoding="utf-8")


def violations(page: Page | Frame) -> list[str]:
    """What axe finds in a page as it is shown now, one line an element; the page must be of a context without CSP."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())
    trouvees: list[str] = page.evaluate(_LANCE, list(REGLES))
    return trouvees


def violations_by_theme(page: Page) -> list[str]:
    """The same in light, dark and forced colours."""
    trouvees = []
    for theme, options in THEMES.items():
        page.emulate_media(**options, reduced_motion="reduce")
        trouvees += [f"[{theme}] {ligne}" for ligne in violations(page)]
    page.emulate_media(color_scheme="light", forced_colors="none")
    return trouvees
