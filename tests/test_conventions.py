"""The conventions of CONTRIBUTING.md that a linter does not hold, read from the code itself."""

import ast
import dataclasses
import importlib
import inspect
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from referentiels.errors import AzimutError, CellError

PROJET = Path(__file__).resolve().parent.parent
PIECES = ("referentiels", "embeddings", "recommender", "api", "evaluation")
FICHIERS = tuple(sorted(f for piece in (*PIECES, "tests") for f in (PROJET / piece).rglob("*.py")))
ARBRES = {fichier: ast.parse(fichier.read_text(encoding="utf-8")) for fichier in FICHIERS}
LIGNES_MAX = 400
LIGNES_FONCTION_MAX = 50
INTERDITS = {"job", "skill", "occupation", "training", "degree"}
ENTRAINEMENT = PROJET / "embeddings" / "training"
DOMAINE = (
    *(f"referentiels.types.{f.stem}" for f in sorted((PROJET / "referentiels/types").glob("[a-z]*.py"))),
    "referentiels.lieu",
    "embeddings.types",
    "recommender.types",
)
PYDANTIC = {"api", "recommender/config.py"}
"""Where Pydantic may be imported: what faces outside, and the configuration."""
DERNIER_RECOURS = {"api/exploitation/middleware.py"}
"""Where an unforeseen error is turned into an answer: the one place that may catch them all."""
ARBRE_ERREURS = "referentiels/errors.py"
"""The one module whose docstring is longer: the error tree is drawn there."""

Fonction = ast.FunctionDef | ast.AsyncFunctionDef


def place(fichier: Path, noeud: ast.AST | None = None) -> str:
    ligne = f":{noeud.lineno}" if isinstance(noeud, ast.stmt | ast.expr | ast.arg | ast.excepthandler) else ""
    return f"{fichier.relative_to(PROJET)}{ligne}"


def names(arbre: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Every identifier that the code itself chooses; those of libraries are only used, never chosen."""
    for noeud in ast.walk(arbre):
        match noeud:
            case ast.FunctionDef(name=nom) | ast.AsyncFunctionDef(name=nom) | ast.ClassDef(name=nom):
                yield nom, noeud
            case ast.Name(id=nom, ctx=ast.Store()) | ast.Attribute(attr=nom, ctx=ast.Store()) | ast.arg(arg=nom):
                yield nom, noeud
            case ast.alias(asname=str(nom)):
                yield nom, noeud
            case _:
                pass


def words(nom: str) -> list[str]:
    """The words of an identifier, lower case, without plural: `JobGroup_ids` → job, group, id."""
    return [mot.lower().removesuffix("s") for mot in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", nom)]


def test_words_are_told_apart() -> None:
    assert words("rankJobs") == ["rank", "job"]
    assert words("SKILLS_MAX") == ["skill", "max"]
    assert words("jobard") == ["jobard"]


def test_files_are_short() -> None:
    longs = {place(f): n for f in FICHIERS if (n := len(f.read_text(encoding="utf-8").splitlines())) > LIGNES_MAX}
    assert not longs, f"plus de {LIGNES_MAX} lignes : {longs}"


def test_functions_are_short() -> None:
    longues = {
        f"{place(fichier, noeud)} {noeud.name}": noeud.end_lineno - noeud.lineno + 1
        for fichier, arbre in ARBRES.items()
        for noeud in ast.walk(arbre)
        if isinstance(noeud, Fonction) and noeud.end_lineno and noeud.end_lineno - noeud.lineno >= LIGNES_FONCTION_MAX
    }
    assert not longues, f"plus de {LIGNES_FONCTION_MAX} lignes : {longues}"


def test_ambiguous_words_are_no_names() -> None:
    fautes = [
        f"{place(fichier, noeud)} {nom}"
        for fichier, arbre in ARBRES.items()
        if not fichier.is_relative_to(ENTRAINEMENT)
        for nom, noeud in [(fichier.stem, arbre), *names(arbre)]
        if INTERDITS.intersection(words(nom))
    ]
    assert not fautes, f"mots à trois sens, voir referentiels/GLOSSAIRE.md : {fautes}"


def test_identifiers_are_ascii() -> None:
    fautes = [
        f"{place(fichier, noeud)} {nom}"
        for fichier, arbre in ARBRES.items()
        for nom, noeud in [(fichier.stem, arbre), *names(arbre)]
        if not nom.isascii()
    ]
    assert not fautes, f"les noms français s'écrivent sans accent : {fautes}"


def test_modules_open_with_one_sentence() -> None:
    fautes = []
    for fichier, arbre in ARBRES.items():
        document = ast.get_docstring(arbre) or ""
        premiere, *suite = document.splitlines() or [""]
        if not premiere.endswith((".", "?")) or (suite and place(fichier) != ARBRE_ERREURS):
            fautes.append(place(fichier))
    assert not fautes, f"en tête de module, une phrase sur une ligne : {fautes}"


@pytest.mark.parametrize("module", DOMAINE)
def test_domain_types_are_frozen_and_slotted(module: str) -> None:
    """A NamedTuple is as frozen; it is kept for rows read by the million."""
    charge = importlib.import_module(module)
    classes = [c for _, c in inspect.getmembers(charge, inspect.isclass) if c.__module__ == module]
    for classe in classes:
        if issubclass(classe, tuple) or getattr(classe, "_is_protocol", False):
            continue
        assert dataclasses.is_dataclass(classe), f"{classe.__qualname__} n'est pas une dataclass"
        parametres = classe.__dataclass_params__  # type: ignore[attr-defined]
        assert parametres.frozen, f"{classe.__qualname__} n'est pas figée"
        assert "__slots__" in classe.__dict__, f"{classe.__qualname__} n'a pas de slots"
        mutables = [
            c.name for c in dataclasses.fields(classe) if re.search(r"\b(list|dict|set|DataFrame)\b", str(c.type))
        ]
        assert not mutables, f"{classe.__qualname__} : champs modifiables {mutables}"


def test_pydantic_stays_at_the_edges() -> None:
    fautes = [
        place(fichier, noeud)
        for fichier, arbre in ARBRES.items()
        for noeud in ast.walk(arbre)
        if isinstance(noeud, ast.Import | ast.ImportFrom) and _imports(noeud, ("pydantic", "pydantic_settings"))
        if not _is_edge(fichier)
    ]
    assert not fautes, f"Pydantic ne sert qu'aux réglages, à la configuration et au HTTP : {fautes}"


def _imports(noeud: ast.Import | ast.ImportFrom, bibliotheques: tuple[str, ...]) -> bool:
    modules = [noeud.module or ""] if isinstance(noeud, ast.ImportFrom) else [alias.name for alias in noeud.names]
    return any(module.split(".")[0] in bibliotheques for module in modules)


def _is_edge(fichier: Path) -> bool:
    relatif = fichier.relative_to(PROJET)
    return relatif.parts[0] in {*PYDANTIC, "tests"} or relatif.as_posix() in PYDANTIC


def test_no_bare_exception() -> None:
    fautes = []
    for fichier, arbre in ARBRES.items():
        if fichier.is_relative_to(PROJET / "tests") or place(fichier) in DERNIER_RECOURS:
            continue
        for noeud in ast.walk(arbre):
            leve = isinstance(noeud, ast.Raise) and noeud.exc is not None and _is_bare(noeud.exc)
            attrape = isinstance(noeud, ast.ExceptHandler) and (noeud.type is None or _is_bare(noeud.type))
            if leve or attrape:
                fautes.append(place(fichier, noeud))
    assert not fautes, f"ni « except Exception » ni « raise Exception » : {fautes}"


def _is_bare(noeud: ast.expr) -> bool:
    noeud = noeud.func if isinstance(noeud, ast.Call) else noeud
    elements = noeud.elts if isinstance(noeud, ast.Tuple) else [noeud]
    return any(isinstance(e, ast.Name) and e.id in {"Exception", "BaseException"} for e in elements)


def test_the_error_tree_is_the_one_that_is_drawn() -> None:
    for fichier in FICHIERS:
        if fichier.is_relative_to(PROJET / "tests") or fichier.name == "__main__.py":
            continue
        module = ".".join(fichier.relative_to(PROJET).with_suffix("").parts).removesuffix(".__init__")
        importlib.import_module(module)
    document = importlib.import_module("referentiels.errors").__doc__ or ""
    dessines: dict[str, str] = {}
    branche = [AzimutError.__name__]
    for tige, nom in re.findall(r"^((?:[│ ] {3})*[├└]── )(\w+)", document, re.MULTILINE):
        profondeur = len(tige) // 4
        branche = [*branche[:profondeur], nom]
        dessines[nom] = branche[profondeur - 1]
    reels = {classe.__name__: classe.__bases__[0].__name__ for classe in _descendants(AzimutError)}
    assert reels == dessines, "l'arbre dessiné en tête de referentiels/errors.py n'est pas celui du code"


def _descendants(classe: type[AzimutError]) -> Iterator[type[AzimutError]]:
    for fille in classe.__subclasses__():
        if fille.__module__.split(".")[0] in PIECES:
            yield fille
            yield from _descendants(fille)


def test_cell_errors_stay_out_of_the_tree() -> None:
    assert not issubclass(CellError, AzimutError)


def test_the_suite_reaches_no_network() -> None:
    with socket.socket() as prise, pytest.raises((RuntimeError, Warning), match="connect"):
        prise.connect(("192.0.2.1", 80))
