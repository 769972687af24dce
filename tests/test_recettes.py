"""The recipes of CONTRIBUTING.md, followed to the letter on a copy of the project."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJET = Path(__file__).resolve().parent.parent
COPIES = ("api", "embeddings", "evaluation", "recommender", "referentiels", "tests", "docs")
_NOUVEAU = re.compile(r"^(?:# (\S+)|\{# (\S+)) \(nouveau\)(?: #\})?$")


def follow(recettes: str, dossier: Path) -> tuple[list[str], list[str]]:
    """Create and change the files as the code blocks say; gives the paths created and those changed."""
    crees, changes = [], []
    for langue, bloc in re.findall(r"^```(\w+)\n(.*?)^```", recettes, re.MULTILINE | re.DOTALL):
        tete, _, corps = bloc.partition("\n")
        if trouve := _NOUVEAU.match(tete):
            nom = trouve[1] or trouve[2]
            assert not (dossier / nom).exists(), f"{nom} existe déjà"
            (dossier / nom).write_text(corps, encoding="utf-8")
            crees.append(nom)
        elif langue == "diff":
            nom = tete.removeprefix("--- ")
            for morceau in re.split(r"^@@\n", corps, flags=re.MULTILINE):
                change(dossier / nom, morceau.splitlines())
            changes.append(nom)
    return crees, changes


def change(fichier: Path, lignes: list[str]) -> None:
    avant = "".join(f"{ligne[1:]}\n" for ligne in lignes if ligne[:1] != "+")
    apres = "".join(f"{ligne[1:]}\n" for ligne in lignes if ligne[:1] != "-")
    texte = fichier.read_text(encoding="utf-8")
    assert texte.count(avant) == 1, f"{fichier.name} ne contient pas une fois, et une seule : {avant}"
    fichier.write_text(texte.replace(avant, apres), encoding="utf-8")


def run(dossier: Path, *arguments: str) -> None:
    environnement = {nom: v for nom, v in os.environ.items() if not nom.startswith(("AZIMUT_", "PYTEST_"))}
    fini = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=dossier, env=environnement, capture_output=True, text=True, check=False
    )
    assert fini.returncode == 0, fini.stdout + fini.stderr


@pytest.fixture(scope="module")
def suivies(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str], list[str]]:
    dossier = tmp_path_factory.mktemp("recettes")
    for nom in COPIES:
        shutil.copytree(PROJET / nom, dossier / nom, ignore=shutil.ignore_patterns("__pycache__"))
    for fichier in PROJET.iterdir():
        if fichier.is_file():
            shutil.copy(fichier, dossier)
    crees, changes = follow((PROJET / "CONTRIBUTING.md").read_text(encoding="utf-8"), dossier)
    return dossier, crees, changes


def test_the_recipes_create_a_test_each(suivies: tuple[Path, list[str], list[str]]) -> None:
    _, crees, _ = suivies
    assert len([nom for nom in crees if nom.startswith("tests/")]) == 4


def test_the_recipes_work_and_stay_documented(suivies: tuple[Path, list[str], list[str]]) -> None:
    dossier, crees, _ = suivies
    nouveaux = [nom for nom in crees if nom.startswith("tests/")]
    run(dossier, "pytest", "-q", "-p", "no:cacheprovider", *nouveaux, "tests/test_documentation.py")


def test_the_recipes_are_well_formed(suivies: tuple[Path, list[str], list[str]]) -> None:
    dossier, crees, changes = suivies
    fichiers = sorted({nom for nom in (*crees, *changes) if nom.endswith(".py")})
    run(dossier, "ruff", "check", "--no-cache", *fichiers)
    run(dossier, "ruff", "format", "--no-cache", "--check", *fichiers)
