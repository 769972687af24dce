"""The ten-line examples of the README, run as they are written against a real server."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from api.settings import PROJET
from tests.api.chromium import CHROMIUM, launch

ADRESSE = "http://127.0.0.1:8000"
LIGNES_MAX = 10
pytestmark = pytest.mark.enable_socket


def example(langue: str, marque: str) -> str:
    """The one block of the README in a language that holds a mark."""
    texte = (PROJET / "README.md").read_text(encoding="utf-8")
    blocs = re.findall(rf"^```{langue}\n(.*?)^```", texte, re.MULTILINE | re.DOTALL)
    [bloc] = [bloc for bloc in blocs if marque in bloc]
    assert len([ligne for ligne in bloc.splitlines() if ligne.strip()]) <= LIGNES_MAX
    return str(bloc)


def run(commande: list[str], dossier: Path) -> str:
    fait = subprocess.run(commande, cwd=dossier, capture_output=True, text=True, timeout=60, check=False)
    assert fait.returncode == 0, fait.stderr
    return fait.stdout


@pytest.mark.skipif(not shutil.which("curl"), reason="curl absent")
def test_curl(adresse_socle: str, tmp_path: Path) -> None:
    run(["bash", "-euo", "pipefail", "-c", example("sh", "CODE=").replace(ADRESSE, adresse_socle)], tmp_path)
    assert '"intitule"' in (tmp_path / "metier.json").read_text(encoding="utf-8")
    assert (tmp_path / "chiffres.svg").read_text(encoding="utf-8").startswith("<svg")
    assert (tmp_path / "mobilites.csv").read_text(encoding="utf-8").startswith("code_rome,code_rome_cible,ordre")


def test_python(adresse_socle: str, tmp_path: Path) -> None:
    programme = example("python", "urlopen").replace(ADRESSE, adresse_socle)
    assert len(run([sys.executable, "-I", "-W", "error", "-c", programme], tmp_path).splitlines()) == 3


@pytest.mark.skipif(not shutil.which("node"), reason="node absent : l'exemple n'est joué que dans Chromium")
def test_javascript_in_node(adresse_socle: str, tmp_path: Path) -> None:
    programme = example("js", "fetch").replace(ADRESSE, adresse_socle)
    assert len(run(["node", "--input-type=module", "-e", programme], tmp_path).splitlines()) == 3


@pytest.mark.navigateur
@pytest.mark.skipif(not CHROMIUM, reason="Chromium absent : installez le paquet « chromium »")
def test_javascript_in_a_browser(adresse_socle: str) -> None:
    programme = example("js", "fetch").replace(ADRESSE, adresse_socle)
    with launch() as navigateur:
        page = navigateur.new_context(bypass_csp=True).new_page()  # the page of a portal, at the same origin
        dites: list[str] = []
        page.on("console", lambda message: dites.append(message.text) if message.type == "log" else None)
        page.goto(f"{adresse_socle}/api/v1/sante")
        page.evaluate(f"(async () => {{ {programme} }})()")
    assert len(dites) == 3
