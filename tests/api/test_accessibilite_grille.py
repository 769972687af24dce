"""What `api/web/ACCESSIBILITE.md` says: the whole grid, each test by its name, and tests that belong nowhere else."""

import ast
import re

from fastapi.testclient import TestClient

from api.settings import PROJET
from api.web.gabarits import STATIQUES
from api.web.widget.theme import TRAIT, contrast
from tests.api.ecrans import CHEMIN, SITE

GRILLE = (PROJET / "api/web/ACCESSIBILITE.md").read_text(encoding="utf-8")
CRITERES = {1: 9, 2: 2, 3: 3, 4: 13, 5: 8, 6: 2, 7: 5, 8: 10, 9: 4, 10: 14, 11: 13, 12: 11, 13: 12}
"""Of each theme of RGAA 4.1."""
LIGNES = [tuple(cellule.strip() for cellule in ligne.strip("| ").split(" | ")) for ligne in GRILLE.splitlines()
          if re.match(r"\| \d+\.\d+ \|", ligne)]  # fmt: skip
STATUTS = {"conforme", "non conforme", "non applicable"}


def test_the_grid_is_whole() -> None:
    attendus = [f"{theme}.{n}" for theme, nombre in CRITERES.items() for n in range(1, nombre + 1)]
    assert len(attendus) == 106
    assert [ligne[0] for ligne in LIGNES] == attendus
    assert all(len(ligne) == 4 for ligne in LIGNES)


def test_every_criterion_is_judged_and_says_how() -> None:
    connus = {
        noeud.name
        for fichier in (PROJET / "tests").rglob("*.py")
        for noeud in ast.walk(ast.parse(fichier.read_text(encoding="utf-8")))
        if isinstance(noeud, ast.FunctionDef | ast.AsyncFunctionDef) and noeud.name.startswith("test_")
    }
    for critere, _, statut, comment in LIGNES:
        assert statut in STATUTS, critere
        tests = set(re.findall(r"`(test_\w+)`", comment))
        assert not tests - connus, f"{critere} : {tests - connus}"
        assert tests or statut != "conforme" or "À la main" in comment, f"{critere} : rien ne le montre"
        assert len(comment) > 4, critere


def test_the_counts_are_those_of_the_grid() -> None:
    applicables = [statut for _, _, statut, _ in LIGNES if statut != "non applicable"]
    tenus = applicables.count("conforme")
    assert f"**{len(applicables)} critères s'appliquent, {tenus} sont tenus" in GRILLE
    assert f"{len(LIGNES) - len(applicables)} ne s'appliquent pas" in GRILLE
    assert (len(SITE), len(CHEMIN)) == (12, 37), "l'échantillon est dit dans la grille"


def test_fields_stand_out_on_every_page() -> None:
    feuille = (STATIQUES / "azimut.css").read_text(encoding="utf-8")
    clair, _, sombre = feuille.partition("@media (prefers-color-scheme: dark)")
    for regle in (clair, sombre):
        couleurs = {
            nom: (int(h[:2], 16), int(h[2:4], 16), int(h[4:], 16))
            for nom, h in re.findall(r"--([\w-]+): #([0-9a-f]{6})", regle.partition("}")[0])
        }
        for fond in ("fond", "papier"):
            for trait in ("champ", "accent", "faute"):
                assert contrast(couleurs[trait], couleurs[fond]) >= TRAIT, f"{trait} sur {fond}"


def test_the_place_can_be_filled_by_the_browser(client_socle: TestClient) -> None:
    for adresse in ("/", "/orientation"):
        champs = re.findall(r"<input[^>]* type=\"text\"[^>]*>", client_socle.get(adresse).text)
        assert champs
        assert all('autocomplete="address-level2"' in champ for champ in champs), adresse
