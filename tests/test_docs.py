"""The documents of `docs/`: what they quote exists, what is generated is up to date, what they show is light."""

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from fastapi.routing import APIRoute
from PIL import Image

from api.cli import cli
from api.commandes.documenter import DOSSIER_IA, FICHE, write_document
from api.exploitation.metriques import REGISTRE
from api.exploitation.serveur import KEEP_ALIVE
from api.exploitation.superviseur import _SURSIS
from api.lectures.algorithme import RAPPORT
from api.lectures.lots import CORPS_D_UN_LOT, DUREE_MAX
from api.settings import PROJET, Settings
from recommender.config import load_config
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError
from tests.test_documentation import ROUTEURS, blocks

DOSSIER = PROJET / "docs"
DOCS = tuple(sorted(DOSSIER.glob("*.md")))
TEXTES = {f.name: f.read_text(encoding="utf-8") for f in DOCS}
EXPLOITATION = TEXTES["exploitation.md"]
COMMANDES = {DOSSIER_IA: "ia", FICHE: "algorithme"}
IMAGE_MAX = 120_000
LARGEUR = 768
PIECES = "referentiels|embeddings|recommender|api|evaluation|tests|docs"


def quoted(texte: str) -> list[str]:
    """What is between backticks, outside of blocks."""
    nu = re.sub(r"^```.*?^```", "", texte, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`([^`\n]+)`", nu)


def commands_of(texte: str) -> list[str]:
    """Every call of `azimut`, in blocks and between backticks."""
    blocs = "\n".join(blocks(texte, "sh") + blocks(texte, "ini"))
    suites = re.findall(r"(?:^|[\s/;])azimut ([^|;\n]*)", blocs, re.MULTILINE)
    return suites + [c.removeprefix("azimut ") for c in quoted(texte) if c.startswith("azimut ")]


def resolve(mots: list[str]) -> tuple[click.Command, list[str]]:
    """The command that words name, and what is left of them."""
    commande: click.Command = cli
    while mots and isinstance(commande, click.Group):
        suivante = commande.get_command(click.Context(commande), mots[0])
        assert suivante is not None, " ".join(mots)
        commande, mots = suivante, mots[1:]
    assert not isinstance(commande, click.Group), "il manque la fin de la commande"
    return commande, mots


@pytest.mark.parametrize("nom", TEXTES)
def test_every_command_that_is_quoted_exists(nom: str) -> None:
    for suite in commands_of(TEXTES[nom]):
        commande, reste = resolve(shlex.split(suite.split("#")[0].split(" > ")[0]))
        connues = {o for p in commande.params for o in p.opts}
        assert {mot for mot in reste if mot.startswith("--")} <= connues, suite


def test_options_that_are_quoted_alone_exist() -> None:
    """« `--grace 0` », « `--remplacer` »: of some command."""
    connues: set[str] = set()
    groupes: list[click.Group] = [cli]
    for groupe in groupes:
        for nom in groupe.list_commands(click.Context(groupe)):
            commande = groupe.get_command(click.Context(groupe), nom)
            assert commande is not None
            if isinstance(commande, click.Group):
                groupes.append(commande)
            connues |= {o for p in commande.params for o in p.opts}
    citees = {c.split()[0] for texte in TEXTES.values() for c in quoted(texte) if c.startswith("--")}
    assert citees
    assert citees <= connues


def test_every_address_that_is_quoted_exists() -> None:
    """An address that is ours: a page, a route with its method, or the place of a file of the service."""
    routes = [route for routeur in ROUTEURS for route in routeur.routes if isinstance(route, APIRoute)]
    reelles = {route.path_format for route in routes}
    methodes = {f"{methode} {route.path_format}" for route in routes for methode in route.methods or ()}
    citees = [c for texte in TEXTES.values() for c in quoted(texte)]
    avec = {c for c in citees if re.fullmatch(r"(GET|POST) /\S+", c)}
    assert avec
    assert avec <= methodes
    seules = {c for c in citees if re.fullmatch(r"/[\w{}./-]*", c)}
    ailleurs = {c for c in seules if c.startswith(("/etc/", "/srv/", "/var/"))}
    assert seules - ailleurs <= reelles


def test_every_file_that_is_quoted_exists() -> None:
    for nom, texte in TEXTES.items():
        for chemin in quoted(texte):
            if re.fullmatch(rf"(?:{PIECES})/[\w./-]+", chemin):
                assert (PROJET / chemin).exists(), f"{nom} : {chemin}"


def test_every_test_that_is_quoted_exists() -> None:
    definis = {
        nom
        for fichier in (PROJET / "tests").rglob("*.py")
        for nom in re.findall(r"^(?:async )?def (test_\w+)", fichier.read_text(encoding="utf-8"), re.MULTILINE)
    }
    cites = {c for texte in TEXTES.values() for c in quoted(texte) if re.fullmatch(r"test_\w+", c)}
    assert len(cites) > 20
    assert cites <= definis


def test_every_counter_that_is_quoted_exists() -> None:
    reels = {e for famille in REGISTRE.collect() for e in (f"{famille.name}_total", f"{famille.name}_bucket")}
    cites = set(re.findall(r"\bazimut_\w+_(?:total|bucket)\b", EXPLOITATION))
    assert len(cites) >= 5
    assert cites <= reels


def test_the_examples_fit_the_settings_they_surround() -> None:
    """The unit waits longer than the service takes to stop; the proxy lets go first, and lets batches in."""
    defauts = {nom: champ.default for nom, champ in Settings.model_fields.items()}
    [unite], [mandataire] = blocks(EXPLOITATION, "ini"), blocks(EXPLOITATION, "nginx")
    [arret] = re.findall(r"^TimeoutStopSec=(\d+)$", unite, re.MULTILINE)
    assert int(arret) > defauts["delai_arret"] + _SURSIS
    [repos] = re.findall(r"^ +keepalive_timeout (\d+)s;", mandataire, re.MULTILINE)
    assert int(repos) < KEEP_ALIVE
    [corps] = re.findall(r"client_max_body_size (\d+)m;", mandataire)
    assert int(corps) << 20 >= CORPS_D_UN_LOT * defauts["corps_max"]
    [lecture] = re.findall(r"proxy_read_timeout (\d+)s;", mandataire)
    assert int(lecture) > max(defauts["delai"], DUREE_MAX)


def test_every_message_that_is_quoted_is_one_of_ours() -> None:
    """What the table of incidents says that one sees is written somewhere in the code."""
    source = "\n".join(
        f.read_text(encoding="utf-8") for p in ("api", "referentiels") for f in (PROJET / p).rglob("*.py")
    )
    debut = EXPLOITATION.index("## Quand quelque chose ne va pas")
    vus = [c for ligne in EXPLOITATION[debut:].splitlines() for c in quoted(ligne.split(" | ")[0])]
    messages = [c for c in vus if " " in c and not c.startswith(("azimut ", "/"))]
    assert len(messages) >= 5
    assert not [m for m in messages if m not in source]


def test_every_word_of_the_screens_that_the_guide_quotes_is_on_one() -> None:
    """What is quoted with a capital is read on a screen; what is not is somebody speaking."""
    lieux = ("api/web/templates/conseiller", "api/web/conseiller")
    fichiers = [f for lieu in lieux for f in (PROJET / lieu).rglob("*") if f.suffix in {".html", ".py"}]
    ecrans = "\n".join(f.read_text(encoding="utf-8") for f in fichiers).replace("&nbsp;", " ")
    nus = re.sub(r"<[^>]+>", "", ecrans)
    cites = [c for c in re.findall(r"« ([^«»]+) »", TEXTES["guide-conseiller.md"]) if c[0].isupper()]
    assert len(cites) > 15
    assert not [c for c in cites if c not in nus]


def test_the_catalogue_in_service_is_asked_for_when_it_is_to_be_told(tmp_path: Path) -> None:
    fait = CliRunner(env={"AZIMUT_VAR": str(tmp_path)}).invoke(cli, ["documenter", "ia", "--catalogue"])
    assert "azimut construire" in str(fait.exception)


@pytest.mark.parametrize("nom", COMMANDES)
def test_what_is_generated_is_up_to_date(nom: str) -> None:
    fait = CliRunner(env={"AZIMUT_CONFIG": None}).invoke(cli, ["documenter", COMMANDES[nom]])
    assert fait.exit_code == 0, fait.exception
    assert TEXTES[nom] == fait.stdout, f"lancez « .venv/bin/azimut documenter {COMMANDES[nom]} > docs/{nom} »"


def test_what_is_generated_follows_the_configuration_the_report_and_the_catalogue(catalogue_socle: Catalogue) -> None:
    rapport = (PROJET / RAPPORT).read_text(encoding="utf-8")
    publie = load_config()
    change = publie.model_copy(update={"ponderation": publie.ponderation.model_copy(update={"souhait": 0.123})})
    for nom in COMMANDES:
        texte = write_document(nom, change, rapport, catalogue_socle)
        avant = f"{publie.ponderation.souhait:g}".replace(".", ",")
        assert f"| `souhait` | attrait | 0,123 ({'publié : ' if nom == DOSSIER_IA else ''}{avant}) |" in texte
        assert change.empreinte in texte
        assert catalogue_socle.version in texte
        assert all(s.millesime in texte for s in catalogue_socle.sources)
    assert "| **Azimut** | 9,999 |" in write_document(
        DOSSIER_IA, publie, re.sub(r"(### Personnes jugées\n)", r"\1\n| **Azimut** | 9,999 |\n", rapport)
    )
    with pytest.raises(InvalidInputError, match="Équité"):
        write_document(DOSSIER_IA, publie, rapport.replace("### Équité", "### Autre chose"))


def test_screenshots_are_light_and_all_of_them_are_shown() -> None:
    images = set((DOSSIER / "images").iterdir())
    montrees = {DOSSIER / c for texte in TEXTES.values() for c in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", texte)}
    assert images == montrees
    for image in images:
        assert image.stat().st_size < IMAGE_MAX, image.name
        with Image.open(image) as ouverte:
            assert (ouverte.format, ouverte.width) == ("PNG", LARGEUR), image.name


def test_nothing_of_a_machine_is_told() -> None:
    for nom, texte in TEXTES.items():
        assert not re.search(r"/(?:work|tmp|root|home)/|localhost:\d", texte), nom


def test_the_readme_leads_to_every_document() -> None:
    readme = (PROJET / "README.md").read_text(encoding="utf-8")
    assert not [f.name for f in DOCS if f"](docs/{f.name})" not in readme]


def test_what_was_tried_is_marked() -> None:
    """Each block that a test runs says so in the guide, and no mark is left without its test."""
    marques = re.findall(r"<!-- essai : ([\w-]+) -->", EXPLOITATION)
    essais = Path(PROJET / "tests/api/persistence/test_reprise.py").read_text(encoding="utf-8")
    assert marques
    assert not [m for m in marques if f'"{m}"' not in essais]
