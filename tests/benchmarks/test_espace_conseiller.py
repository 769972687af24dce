"""How soon the list follows the profile on the screen of a conseiller, and how fifty of them share this machine."""

import asyncio
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser
from pydantic import SecretStr

from api.acces.controle import TEMOIN
from api.app import create_app
from api.service import load_service
from api.settings import PROJET, Settings, load_settings
from api.web.conseiller.garde import csrf_from
from referentiels.catalogue import COURANT
from tests.api.chromium import CHROMIUM, launch, opened
from tests.api.espace import enter
from tests.api.loopback import serve
from tests.api.seances import Table, open_table

pytestmark = [pytest.mark.mesure, pytest.mark.officiel, pytest.mark.enable_socket]
ECRAN_MAX, ECRAN_VISE = 300.0, 120.0
"""Milliseconds, at the 95th percentile, from the click to the list drawn again."""
CHARGE_MAX = 500.0
CONSEILLERS = 50
REFLEXION = (2.0, 6.0)
"""Seconds that a conseiller and a person talk between two gestures."""
DUREE = float(os.environ.get("CHARGE_CONSEIL_SECONDES") or 30.0)
_GRAINE = 7
_CLIC = """async nom => {
  const bouton = document.getElementById(nom), debut = performance.now();
  const change = new Promise(fini => new MutationObserver((_, o) => {
    if (!document.getElementById(nom)) { o.disconnect(); requestAnimationFrame(() => requestAnimationFrame(fini)); }
  }).observe(document.body, {childList: true, subtree: true}));
  bouton.click();
  await change;
  return performance.now() - debut;
}"""
_TITRES = ("vendeuse en boulangerie", "aide à domicile", "maçon", "agent d'accueil", "serveur en salle", "jardinier")
_RECITS = (
    "J'accueillais les clients, je tenais la caisse et je faisais la mise en rayon.",
    "Je préparais les repas, je faisais les courses et le ménage.",
    "Je montais des murs, je lisais des plans et je conduisais un camion.",
    "Je répondais au téléphone, je prenais les rendez-vous et je classais les dossiers.",
)


@pytest.fixture(scope="module")
def var() -> Path:
    dossier = load_settings().var
    if not (dossier / "catalogue" / COURANT).is_file():
        pytest.skip("catalogue officiel absent : « azimut construire » avec AZIMUT_DONNEES et AZIMUT_VAR")
    return dossier


@pytest.fixture
def chromium() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("Chromium absent : installez le paquet « chromium »")
    with launch() as navigateur:
        yield navigateur


@dataclass
class Journee:
    """What came back to fifty conseillers."""

    durees: list[float] = field(default_factory=list)
    statuts: Counter[int] = field(default_factory=Counter)

    def percentile(self, rang: int) -> float:
        return 1000 * statistics.quantiles(self.durees, n=100)[rang - 1]


def _settings(var: Path, dossier: Path) -> Settings:
    base = SecretStr(f"sqlite:///{dossier / 'espace.db'}")
    return Settings(var=var, base=base, quota_adresse=0, quota_pages=0, quota_connexion=0, temoin_https=False)


def test_the_list_follows_the_profile_on_the_screen(
    donnees: Path, var: Path, chromium: Browser, tmp_path: Path
) -> None:
    """Each « oui » to a compétence is written, ranked and drawn: what the two people wait for."""
    del donnees
    reglages = _settings(var, tmp_path)
    application = create_app(reglages, load_service(reglages))
    table = open_table(application)
    table.tell()
    table.do("lieu", commune="Nantes")
    with serve(application) as adresse, opened(chromium, viewport={"width": 1280, "height": 900}) as page:
        page.context.add_cookies([{"name": TEMOIN, "value": table.navigateur.jeton, "url": f"{adresse}/conseiller"}])
        page.goto(f"{adresse}{table.adresse}")
        page.evaluate("for (const d of document.querySelectorAll('main details')) d.open = true")
        durees: list[float] = []
        for tour in range(3):
            noms = page.eval_on_selector_all("[id^=oui-]", "boutons => boutons.map(b => b.id)")
            durees.extend(float(page.evaluate(_CLIC, nom)) for nom in noms[: 12 if tour else 1])
            _put_back(table)
            page.reload()
        durees = durees[1:]
    p95 = statistics.quantiles(durees, n=20)[-1]
    print(f"{len(durees)} changements : médiane {statistics.median(durees):.0f} ms, p95 {p95:.0f} ms")  # noqa: T201
    assert p95 <= ECRAN_MAX


def _put_back(table: Table) -> None:
    for dite in table.seance.confirmees:
        table.do("competence", code=str(dite.code), etat="proposee")


@contextmanager
def _served(var: Path, base: str, journal: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as prise:
        port = prise.getsockname()[1]
    reglages = {
        "AZIMUT_VAR": str(var), "AZIMUT_ENCODEUR": "", "AZIMUT_BASE": base, "AZIMUT_QUOTA_ADRESSE": "0",
        "AZIMUT_QUOTA_PAGES": "0", "AZIMUT_TEMOIN_HTTPS": "false",
    }  # fmt: skip
    commande = [sys.executable, "-m", "api.cli", "servir", "--port", str(port), "--processus", "2"]
    with journal.open("wb") as sortie:
        processus = subprocess.Popen(commande, env={**os.environ, **reglages}, stderr=sortie, cwd=PROJET)
    adresse = f"http://127.0.0.1:{port}"
    try:
        for _ in range(1_500):
            assert processus.poll() is None, journal.read_text(encoding="utf-8")[-2000:]
            try:
                if httpx.get(f"{adresse}/pret").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        yield adresse
    finally:
        processus.send_signal(signal.SIGTERM)
        processus.wait(30)


async def _work(adresse: str, jeton: str, tirage: random.Random, journee: Journee, fin: float) -> None:
    """One conseiller: a session opened, then a gesture every few seconds, as a script sends them."""
    entetes = {"X-Jeton-CSRF": csrf_from(jeton), "X-Fragment": "1", "Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(
        base_url=adresse, headers=entetes, cookies={TEMOIN: jeton}, timeout=30, trust_env=False
    ) as client:
        await asyncio.sleep(tirage.uniform(0, REFLEXION[1]))
        ouverte = await client.post("/conseiller/dossiers", data={"trace": "non"})
        journee.statuts[ouverte.status_code] += 1
        dossier, version, page = ouverte.headers["location"], 1, ""
        while time.monotonic() < fin:
            champs = _gesture(tirage, page) | {"version": str(version)}
            debut = time.monotonic()
            reponse = await client.post(f"{dossier}/gestes", data=champs)
            journee.durees.append(time.monotonic() - debut)
            journee.statuts[reponse.status_code] += 1
            if reponse.status_code == 200:
                version, page = version + 1, reponse.text
            await asyncio.sleep(tirage.uniform(*REFLEXION))


def _gesture(tirage: random.Random, page: str) -> dict[str, str]:
    a_confirmer = re.findall(r'id="oui-(\d+)"', page)
    if not a_confirmer or (tirage.random() < 0.1 and page.count('class="carte experience"') < 5):
        return {"geste": "experience", "nature": "emploi", "titre": tirage.choice(_TITRES), "annees": "2",
                "recit": tirage.choice(_RECITS)}  # fmt: skip
    etat = "confirmee" if tirage.random() < 0.8 else "refusee"
    return {"geste": "competence", "code": tirage.choice(a_confirmer), "etat": etat}


async def _day(adresse: str, jetons: Sequence[str]) -> Journee:
    journee, fin = Journee(), time.monotonic() + DUREE
    await asyncio.gather(
        *(_work(adresse, jeton, random.Random(_GRAINE + n), journee, fin) for n, jeton in enumerate(jetons))
    )
    return journee


def test_fifty_conseillers_at_once(donnees: Path, var: Path, tmp_path: Path) -> None:
    """No error, and nobody waits: each writes durably and sees the list move."""
    del donnees
    reglages = _settings(var, tmp_path)
    application = create_app(reglages, load_service(reglages))
    jetons = [enter(application, f"c{n}").jeton for n in range(CONSEILLERS)]
    base = reglages.url_base
    del application
    with _served(var, base, tmp_path / "journal") as adresse:
        asyncio.run(_day(adresse, jetons[:2]))  # both processes are awake
        journee = asyncio.run(_day(adresse, jetons))
    p95 = journee.percentile(95)
    print(f"{len(journee.durees)} gestes de {CONSEILLERS} conseillers : médiane {journee.percentile(50):.0f} ms, "  # noqa: T201
          f"p95 {p95:.0f} ms, statuts {dict(journee.statuts)}")  # fmt: skip
    assert set(journee.statuts) <= {200, 303}
    assert p95 <= CHARGE_MAX
