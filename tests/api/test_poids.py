"""The first screen on a small phone: what it weighs, and when it can be used."""

import sys
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.api.chromium import MARQUES, opened

pytestmark = MARQUES
POIDS = 30 * 1024
"""Bytes on the wire, headers included: half of what is allowed."""
DELAI, ESSAIS = 1.2, 5
"""Seconds: half of what is allowed; the median of a few visits, each with an empty cache."""
TELEPHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "is_mobile": True}
RESEAU = {"offline": False, "latency": 0, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
"""400 kb/s."""
UTILISABLE = """() => {
  const [navigation] = performance.getEntriesByType('navigation');
  const peint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
  return peint && navigation.domContentLoadedEventEnd
    ? Math.max(peint, navigation.domContentLoadedEventEnd) / 1000 : 0;
}"""
"""Painted, and its scripts run: fields and buttons need neither."""


def throttle(page: Page, latence: int = 0) -> None:
    """A phone of the low end, on a poor network."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {**RESEAU, "latency": latence})
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})


@pytest.mark.parametrize("requete", ["", "?langue=facile&territoire=44&theme=accent:7a1f5c;fond:ffffff"])
def test_the_first_screen_is_light(navigateur: Browser, adresse: str, requete: str) -> None:
    with opened(navigateur, **TELEPHONE) as page:
        recus: list[float] = []
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda fin: recus.append(fin["encodedDataLength"]))
        page.goto(f"{adresse}/orientation{requete}", wait_until="networkidle")
        assert len(recus) >= 4, "la page, ses feuilles, ses scripts"
        print(f"premier écran : {sum(recus) / 1000:.1f} ko en {len(recus)} réponses")  # noqa: T201
        assert sum(recus) <= POIDS


@pytest.mark.mesure
@pytest.mark.parametrize("latence", [0, 150])
def test_the_first_screen_can_soon_be_used_on_a_small_phone(
    navigateur: Browser, adresse: str, latence: int, capsys: pytest.CaptureFixture[str]
) -> None:
    delais = []
    for _ in range(ESSAIS):
        with opened(navigateur, **TELEPHONE) as page:
            throttle(page, latence)
            page.goto(f"{adresse}/orientation", wait_until="load")
            delais.append(float(page.wait_for_function(UTILISABLE).json_value()))
    with capsys.disabled():
        vu = f"{median(delais):.2f} s (de {min(delais):.2f} à {max(delais):.2f})"
        sys.stdout.write(f"\npremier écran, CPU / 4, 400 kb/s, {latence} ms : {vu}\n")
    assert median(delais) <= DELAI
