"""The documents tell all that there is, and nothing that is not there any more."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from fastapi.routing import APIRoute, APIRouter
from pydantic import BaseModel

from api import app as application
from api.cli import cli
from api.profils.profil import ProfilSchema, read_profile
from api.profils.schemas import (
    CompetenceSchema,
    ContraintesSchema,
    DiplomeSchema,
    ExperienceSchema,
    InteretsSchema,
    TerritoireSchema,
)
from api.settings import PREFIXE, PROJET, Settings
from api.v1.modeles import RecommandationModele
from embeddings.types import Nature
from recommender import types as recommender_types
from recommender.config import load_config
from referentiels import types
from referentiels.sources import SOURCES

DOCUMENTS = tuple(
    f for f in sorted(PROJET.rglob("*.md")) if not any(p.startswith(".") for p in f.relative_to(PROJET).parts)
)
README = (PROJET / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (PROJET / "CONTRIBUTING.md").read_text(encoding="utf-8")
GLOSSAIRE = (PROJET / "referentiels/GLOSSAIRE.md").read_text(encoding="utf-8")
MAKEFILE = (PROJET / "Makefile").read_text(encoding="utf-8")
ROUTEURS = tuple(piece for piece in vars(application).values() if isinstance(piece, APIRouter))
"""Every router that the application joins."""
HORS_ROUTES = {"GET /openapi.json"}
"""Served by the framework itself."""


def rows(texte: str, entete: str) -> list[list[str]]:
    """Cells of the table whose header begins with a word, header left out."""
    debut = texte.index(f"| {entete} |")
    lignes = texte[debut:].split("\n\n", maxsplit=1)[0].splitlines()[2:]
    return [[cellule.strip() for cellule in ligne.strip().strip("|").split(" | ")] for ligne in lignes]


def plain(cellule: str) -> str:
    return cellule.strip().strip("`")


def blocks(texte: str, langue: str) -> list[str]:
    return re.findall(rf"^```{langue}\n(.*?)^```", texte, re.MULTILINE | re.DOTALL)


def test_every_setting_is_documented() -> None:
    documentes = {plain(nom): plain(defaut) for nom, defaut, _ in rows(README, "Variable")}
    reels = {}
    for nom, champ in Settings.model_fields.items():
        defaut = champ.default.relative_to(PROJET) if isinstance(champ.default, Path) else champ.default
        reels[f"{PREFIXE}{nom.upper()}"] = "aucun" if defaut is None else str(defaut)
    assert documentes == reels


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda f: f.name)
def test_no_setting_is_invented(document: Path) -> None:
    connus = {f"{PREFIXE}{nom.upper()}" for nom in Settings.model_fields}
    assert set(re.findall(rf"\b{PREFIXE}[A-Z_]+\b", document.read_text(encoding="utf-8"))) <= connus


def test_every_source_is_documented() -> None:
    documentees = {plain(cle): suite[:3] for cle, *suite in rows(README, "Clé")}
    assert documentees == {s.cle: [s.titre, s.producteur, s.licence] for s in SOURCES}


def test_the_way_to_bring_a_source_is_true(tmp_path: Path) -> None:
    """A folder that the table names is one where the source is looked for; « téléchargée » has an address."""
    moyens = {plain(cle): suite[3] for cle, *suite in rows(README, "Clé")}
    for source in SOURCES:
        moyen = moyens[source.cle]
        assert ("téléchargée" in moyen) == bool(source.telechargements), source.cle
        for dossier in re.findall(r"`([^`]+)/`", moyen):
            (tmp_path / dossier).mkdir(parents=True, exist_ok=True)
            lieux = {p for glob in source.emplacements if glob != "." for p in tmp_path.glob(glob)}
            assert tmp_path / dossier in lieux, f"{source.cle} n'est pas cherchée dans {dossier}"


def _commands(groupe: click.Group, prefixe: str) -> Iterator[tuple[str, click.Command]]:
    contexte = click.Context(groupe)
    for nom in groupe.list_commands(contexte):
        commande = groupe.get_command(contexte, nom)
        assert commande is not None
        if isinstance(commande, click.Group):
            yield from _commands(commande, f"{prefixe} {nom}")
        else:
            yield f"{prefixe} {nom}", commande


def test_every_command_and_option_is_documented() -> None:
    documentees = {plain(nom): texte for nom, texte in rows(README, "Commande")}
    reelles = dict(_commands(cli, "azimut"))
    assert set(documentees) == set(reelles)
    for nom, commande in reelles.items():
        options = {o for p in commande.params if isinstance(p, click.Option) for o in p.opts}
        assert set(re.findall(r"`(--[\w-]+)`", documentees[nom])) == options, nom


def test_commands_in_examples_exist() -> None:
    reelles = dict(_commands(cli, "azimut"))
    for document in DOCUMENTS:
        for bloc in blocks(document.read_text(encoding="utf-8"), "sh"):
            for ligne in re.findall(r"(?:^|[\s/])azimut ([^|\n]*)", bloc):
                mots = shlex.split(ligne)
                groupes = {nom.split()[1] for nom in reelles if nom.count(" ") == 2}
                nom = " ".join(["azimut", *mots[: 1 + (mots[0] in groupes)]])
                assert nom in reelles, f"{document.name} : {nom}"
                options = {o for p in reelles[nom].params for o in p.opts}
                assert {m for m in mots if m.startswith("--")} <= options, f"{document.name} : {ligne}"


def test_every_route_is_documented() -> None:
    documentees = {adresse for cellule, _ in rows(README, "Adresse") for adresse in re.findall(r"`([^`]+)`", cellule)}
    reelles = {
        f"{methode} {route.path_format}"
        for routeur in ROUTEURS
        for route in routeur.routes
        if isinstance(route, APIRoute)
        for methode in route.methods or ()
    }
    assert documentees == reelles | HORS_ROUTES


def test_every_parameter_of_the_api_is_documented() -> None:
    lignes = {
        adresse: texte for cellule, texte in rows(README, "Adresse") for adresse in re.findall(r"`(.+?)`", cellule)
    }
    routes = [
        (methode, route)
        for routeur in ROUTEURS
        for route in routeur.routes
        if isinstance(route, APIRoute) and route.include_in_schema
        for methode in route.methods or ()
    ]
    assert routes
    for methode, route in routes:
        adresse = f"{methode} {route.path_format}"
        noms = [parametre.alias for parametre in route.dependant.query_params]
        assert not [nom for nom in noms if f"`{nom}`" not in lignes[adresse]], adresse


def test_every_kind_of_search_is_documented() -> None:
    [recherche] = [texte for cellule, texte in rows(README, "Adresse") if "/recherche" in cellule]
    assert set(re.findall(r"`(\w+)`", recherche)) == {*get_args(Nature), "q", "nature", "limite", "curseur"}


def test_every_criterion_is_documented_with_its_weight() -> None:
    documentes = {plain(critere): float(poids) for critere, poids, _ in rows(README, "Critère")}
    assert documentes == load_config().ponderation.model_dump()


def test_every_signal_file_is_a_criterion() -> None:
    fichiers = {f.stem for f in (PROJET / "recommender/signals").glob("*.py")} - {"__init__", "base"}
    assert fichiers == set(load_config().ponderation.model_dump())


def test_every_field_of_a_profile_is_documented() -> None:
    lignes = {plain(champ): forme for champ, forme, _ in rows(README, "Champ")}
    assert set(lignes) == set(ProfilSchema.model_fields)
    parties: dict[str, type[BaseModel]] = {
        "experiences": ExperienceSchema,
        "competences": CompetenceSchema,
        "interets": InteretsSchema,
        "diplomes": DiplomeSchema,
        "territoire": TerritoireSchema,
        "contraintes": ContraintesSchema,
    }
    for champ, schema in parties.items():
        manquants = {nom for nom in schema.model_fields if f"`{nom}`" not in lignes[champ]}
        assert not manquants, f"{champ} : {manquants}"


def test_profile_examples_are_read_without_a_warning() -> None:
    exemples = [f'{{"{plain(champ)}": {exemple.strip("`")}}}' for champ, _, exemple in rows(README, "Champ")]
    exemples += [bloc for bloc in blocks(README, "json") if '"metiers"' not in bloc]
    corps = [c for bloc in blocks(README, "sh") for c in re.findall(r"(?:-d|echo) '(\{.*?\})'", bloc, re.S)]
    exemples += [c for c in corps if not c.startswith('{"texte"') and '"profils"' not in c]
    exemples += [json.dumps(e["profil"]) for c in corps if '"profils"' in c for e in json.loads(c)["profils"]]
    assert len(exemples) > len(ProfilSchema.model_fields) + 2
    for exemple in exemples:
        assert not read_profile(json.loads(exemple)).warnings(), exemple


def test_the_answer_shown_has_the_real_shape() -> None:
    [reponse] = [json.loads(bloc) for bloc in blocks(README, "json") if '"metiers"' in bloc]
    lue = RecommandationModele.model_validate(reponse)
    assert _keys(lue.model_dump()) == _keys(reponse)


def _keys(valeur: Any) -> Any:
    """The keys of a JSON value, at every depth, without the values; the criteria are tested elsewhere."""
    if isinstance(valeur, dict):
        return {cle: _keys(v) for cle, v in valeur.items() if cle != "ponderation"}
    return [_keys(v) for v in valeur] if isinstance(valeur, list) else None


def test_the_weights_shown_are_the_real_ones() -> None:
    [reponse] = [json.loads(bloc) for bloc in blocks(README, "json") if '"metiers"' in bloc]
    assert reponse["ponderation"].items() <= load_config().ponderation.model_dump().items()


def test_every_domain_class_is_in_the_glossary() -> None:
    classes = [nom for nom in types.__all__ if isinstance(getattr(types, nom), type)]
    cles = [nom for nom in types.__all__ if hasattr(getattr(types, nom), "__supertype__")]
    connues = [*classes, *cles]
    assert len(connues) > 40
    assert [nom for nom in connues if f"`{nom}`" not in GLOSSAIRE] == []


def test_the_glossary_names_no_lost_class() -> None:
    cites = set(re.findall(r"`([A-Z][a-z]+[A-Za-z]*)`", GLOSSAIRE))
    assert [nom for nom in sorted(cites) if not hasattr(types, nom) and not hasattr(recommender_types, nom)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda f: f.name)
def test_links_resolve(document: Path) -> None:
    texte = document.read_text(encoding="utf-8")
    for cible in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```", "", texte, flags=re.MULTILINE | re.DOTALL)):
        if cible.startswith("http"):
            continue
        chemin, _, ancre = cible.partition("#")
        fichier = document.parent / chemin if chemin else document
        assert fichier.exists(), f"{document.name} : {cible}"
        if ancre:
            assert ancre in _anchors(fichier.read_text(encoding="utf-8")), f"{document.name} : {cible}"


def _anchors(texte: str) -> set[str]:
    """Anchors of the headings, as forges make them."""
    titres = re.findall(r"^#+ (.+)$", texte, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", titre.lower()).replace(" ", "-") for titre in titres}


@pytest.mark.parametrize("document", [PROJET / "ARCHITECTURE.md", PROJET / "CONTRIBUTING.md"], ids=lambda f: f.name)
def test_files_that_are_named_exist(document: Path) -> None:
    """A path with a room at its head exists, but for those that a recipe creates."""
    texte = document.read_text(encoding="utf-8")
    crees = set(re.findall(r"^[#{ ]+([\w./]+\.\w+) \(nouveau\)", texte, re.MULTILINE))
    chemins = re.findall(r"(?<![/\w])(?:referentiels|embeddings|recommender|api|evaluation|tests)/[\w./-]*\b", texte)
    assert {chemin for chemin in chemins if chemin not in crees and not (PROJET / chemin).exists()} == set()


def test_make_targets_are_documented() -> None:
    [ligne] = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    cibles = set(ligne.split()) - {"aide", "perime"}
    documentees = {plain(cellule).removeprefix("make ") for cellule, _ in rows(CONTRIBUTING, "Commande de make")}
    assert documentees == cibles
    assert all(f"make {cible}" in MAKEFILE for cible in cibles)


def test_the_changelog_has_this_version() -> None:
    [version] = re.findall(r'^version = "(.+)"$', (PROJET / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert f"## {version}" in (PROJET / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_licence_is_the_whole_one() -> None:
    texte = (PROJET / "LICENSE").read_text(encoding="utf-8")
    assert texte.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert [f"{n}." in texte for n in range(1, 16)] == [True] * 15
    assert "‘Compatible Licences’ according to Article 5 EUPL are" in texte
