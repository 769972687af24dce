"""The path on other sites: one line, an iframe or a link; whoever the host is, and nothing asked of anyone else."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from api.acces.annuaire import DUREE
from api.acces.partenaires import revoke
from api.service import Service
from api.web.gabarits import STATIQUES
from api.web.widget.theme import palettes, read_theme, weaknesses, write_css
from tests.api.portail import counter_of, enrol, serve

ORIGINE = "https://portail.exemple.fr"
CHEMIN = "/orientation?territoire=44"
SCRIPT = (STATIQUES / "widget.js").read_text(encoding="utf-8")
POIDS_SCRIPT = 4 * 1024
"""Bytes, gzipped: a third of what is allowed."""


def ancestors(reponse: Any) -> str:
    [politique] = re.findall(r"frame-ancestors ([^;]*)", reponse.headers["content-security-policy"])
    return str(politique)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no slow database."""
    monkeypatch.setattr("api.acces.attente.PATIENCE", 10.0)


def test_the_script_is_small_and_keeps_nothing() -> None:
    assert len(gzip.compress(SCRIPT.encode(), 9)) <= POIDS_SCRIPT
    for memoire in ("cookie", "localStorage", "sessionStorage", "indexedDB", "fetch(", "XMLHttpRequest", "sendBeacon"):
        assert memoire not in SCRIPT, memoire
        assert memoire not in (STATIQUES / "cadre.js").read_text(encoding="utf-8"), memoire
    assert not re.search(r"https?://", SCRIPT)
    assert not re.search(r"postMessage\([^)]*\"\*\"", SCRIPT)
    assert not re.search(r"innerHTML|eval\(|new Function|<style", SCRIPT)


def test_the_script_can_be_loaded_and_checked_from_anywhere(client: TestClient) -> None:
    reponse = client.get("/widget.js")
    assert reponse.text == SCRIPT
    assert reponse.headers["content-type"] == "text/javascript; charset=utf-8"
    assert reponse.headers["access-control-allow-origin"] == "*"
    assert reponse.headers["cross-origin-resource-policy"] == "cross-origin"
    marque = reponse.headers["etag"]
    assert client.get("/widget.js", headers={"If-None-Match": marque}).status_code == 304


def test_the_script_counts_in_no_quota(service: Service, tmp_path: Path) -> None:
    """A school is one address: its pupils open the same page at once."""
    with serve(service, tmp_path, quota_pages=2) as client:
        assert {client.get("/widget.js").status_code for _ in range(5)} == {200}
        assert [client.get(CHEMIN).status_code for _ in range(3)] == [200, 200, 429]


def test_our_own_palettes_can_be_read() -> None:
    for schema, palette in palettes().items():
        assert weaknesses(palette) == [], schema


@pytest.mark.parametrize(
    ("demande", "tenue"),
    [
        ("accent:7a1f5c", True),
        ("accent:fff700", False),  # yellow on white, but seen on our dark ground
        ("fond:ffffff;papier:ffffff;encre:222222;accent:7a1f5c", True),
        ("fond:ffffff;encre:cccccc", False),
        ("fond:101010;papier:181818;encre:f0f0f0;accent:ffd34d", True),
        ("fond:808080;encre:7f7f7f", False),
    ],
)
def test_a_colour_is_kept_where_it_can_be_read(demande: str, tenue: bool) -> None:
    css = write_css(read_theme(demande))
    claire = css.partition("(prefers-color-scheme:dark)")[0]
    for partie in demande.split(";"):
        nom, _, hexa = partie.partition(":")
        assert (f"--azimut-{nom}:#{hexa}" in claire) == tenue or nom in {"fond", "papier"}, css


@given(st.text(alphabet="0123456789abcdef", min_size=24, max_size=24), st.sets(st.sampled_from(range(4))))
def test_no_theme_makes_a_text_hard_to_read(hexa: str, choisis: set[int]) -> None:
    noms = ("accent", "fond", "papier", "encre")
    demande = ";".join(f"{noms[i]}:{hexa[6 * i : 6 * i + 6]}" for i in sorted(choisis))
    for regle in write_css(read_theme(demande)).splitlines():
        couleurs = {
            nom: (int(h[:2], 16), int(h[2:4], 16), int(h[4:], 16))
            for nom, h in re.findall(r"--azimut-([\w-]+):#(\w{6})", regle)
        }
        assert weaknesses(couleurs) == [], regle


@pytest.mark.parametrize(
    "theme",
    ["accent:red", "police:Arial}body{display:none", "rayon:1;}*{x:y", "police:url(//x)", "fond:ffffff/**/",
     "accent:#12", "police:\"", "</style><script>alert(1)</script>", "inconnu:ffffff", ";;;:::"],
)  # fmt: skip
def test_a_theme_cannot_write_rules_of_its_own(client: TestClient, theme: str) -> None:
    reponse = client.get("/widget.css", params={"theme": theme})
    assert reponse.status_code == 200
    assert not re.search(r"url\(|<|body|\*\{|display", reponse.text)


def test_the_font_and_the_roundness_are_kept(client: TestClient) -> None:
    css = client.get("/widget.css", params={"theme": "police:Marianne Neue, serif;rayon:99"}).text
    assert '--azimut-police:"Marianne Neue",serif,system-ui,sans-serif' in css
    assert "--azimut-rayon:32px" in css


def test_nobody_frames_the_path_before_a_partner_asks(client: TestClient) -> None:
    assert ancestors(client.get(CHEMIN)) == "'none'"


def test_partners_frame_the_path_by_exact_origin(service: Service, tmp_path: Path) -> None:
    with serve(service, tmp_path) as client:
        enrol(client, origines=[ORIGINE, "https://ent.exemple.fr:8443"])
        for reponse in (client.get(CHEMIN), client.post("/orientation/portes"), client.post("/orientation/rien")):
            assert ancestors(reponse) == f"https://ent.exemple.fr:8443 {ORIGINE}"
            assert "x-frame-options" not in reponse.headers
            assert reponse.headers["x-content-type-options"] == "nosniff"
        for ailleurs in ("/", "/docs", "/algorithme", "/metiers/D1102", "/orientations", "/widget.js"):
            assert ancestors(client.get(ailleurs)) == "'none'", ailleurs
            assert client.get(ailleurs).headers["x-frame-options"] == "DENY"
        guichet = counter_of(client)
        revoke(guichet.base, "lorfolio")
        guichet.annuaire._lu -= DUREE
        assert ancestors(client.get(CHEMIN)) == "'none'"


@pytest.mark.parametrize(("integration", "attendu"), [("tous", "*"), ("aucun", "'none'")])
def test_the_setting_opens_to_all_or_to_none(service: Service, tmp_path: Path, integration: str, attendu: str) -> None:
    with serve(service, tmp_path, integration=integration) as client:
        enrol(client, origines=[ORIGINE])
        assert ancestors(client.get(CHEMIN)) == attendu
        assert ancestors(client.get("/")) == "'none'"
