"""The page of the responsable shows its own structure alone, as CSV too; and how errors of dossiers are told."""

import csv
import io
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser
from pydantic import SecretStr
from sqlalchemy import delete

from api.acces.controle import TEMOIN
from api.app import create_app
from api.conseil.erreurs import CoffreError, ConflitError, DossierInconnuError
from api.conseil.espace import Espace
from api.conseil.types import Consentement
from api.persistence.tables_dossiers import LigneEvenement
from api.service import Service
from api.settings import Settings
from tests.api.axe import violations_by_theme
from tests.api.chromium import CHROMIUM, hidden_width, opened
from tests.api.espace import Navigateur, enter
from tests.api.loopback import serve
from tests.api.persistence.essai_dossiers import DEPART, SEUL, open_dossiers
from tests.api.test_accessibilite import COUPES, STRUCTURE


@pytest.fixture
def application(service: Service, tmp_path: Path) -> Iterator[FastAPI]:
    application = create_app(Settings(var=tmp_path, quota_adresse=0), service)
    with TestClient(application):
        yield application


def put(application: FastAPI, structure: str, mois: date, **valeurs: int) -> None:
    """Sessions of a month, by département."""
    espace: Espace = application.state.espace
    comptes = {("seances", "ouverte"): sum(valeurs.values())}
    comptes |= {("territoire", valeur.removeprefix("d")): seances for valeur, seances in valeurs.items()}
    with espace.base.writing() as session:
        for (mesure, valeur), seances in comptes.items():
            session.add(
                LigneEvenement(
                    mois=mois, structure=structure, mesure=mesure, valeur=valeur, seances=seances, nombre=seances
                )
            )


def test_each_role_is_shown_what_is_its_own(application: FastAPI) -> None:
    qui = {role: enter(application, role, role=role) for role in ("conseiller", "responsable", "administrateur")}
    for adresse in ("/conseiller/chiffres", "/conseiller/chiffres.csv"):
        statuts = {role: navigateur.client.get(adresse).status_code for role, navigateur in qui.items()}
        assert statuts == {"conseiller": 403, "responsable": 200, "administrateur": 403}
        anonyme = TestClient(application, base_url="https://azimut.test", follow_redirects=False).get(adresse)
        assert (anonyme.status_code, anonyme.headers["location"][:21]) == (303, "/conseiller/connexion")


def test_a_responsable_sees_their_structure_and_no_other(application: FastAPI) -> None:
    ici, ailleurs = (enter(application, s, role="responsable", structure=s) for s in ("ici", "ailleurs"))
    mois = (date.today().replace(day=1) - timedelta(days=40)).replace(day=1)
    put(application, "ici", mois, d35=33, d22=4)
    put(application, "ailleurs", mois, d44=19)
    page = ici.client.get("/conseiller/chiffres")
    assert "<strong>37</strong> séances" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "19" not in page.text.partition("<main")[2].partition("</main>")[0]
    lignes = list(csv.DictReader(io.StringIO(ailleurs.client.get("/conseiller/chiffres.csv").text)))
    assert [ligne["nombre"] for ligne in lignes if ligne["mesure"] == "Territoires"] == ["19"]
    assert {ligne["debut"] for ligne in lignes} == {f"{mois:%Y-%m}"}
    [territoires] = [ligne for ligne in page.text.split("<h3") if "Territoires" in ligne]
    assert "Trop peu de séances" in territoires, "quatre séances se liraient dans la différence"


def test_nothing_is_shown_of_few_sessions_nor_of_this_month(application: FastAPI) -> None:
    responsable: Navigateur = enter(application, role="responsable")
    put(application, "cio", date.today().replace(day=1), d35=40)
    assert "Rien à montrer" in responsable.client.get("/conseiller/chiffres").text


@pytest.mark.parametrize(
    ("error", "statut", "cle"),
    [
        (DossierInconnuError(), 404, "dossier-inconnu"),
        (ConflitError(7, "bob", DEPART), 409, "dossier-modifie"),
        (CoffreError("la clé des dossiers manque."), 503, "dossiers-fermes"),
    ],
)
def test_errors_of_dossiers_are_problems(application: FastAPI, error: Exception, statut: int, cle: str) -> None:
    @application.get("/essai-erreur", include_in_schema=False)
    def fail() -> None:
        raise error

    application.router.routes.insert(0, application.router.routes.pop())
    reponse = TestClient(application).get("/essai-erreur")
    assert (reponse.status_code, reponse.json()["type"]) == (statut, f"/erreurs/{cle}")
    assert "bob" not in reponse.text


def test_the_service_purges_by_itself(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.conseil.menage.REGARD", 0.02)
    reglages = Settings(var=tmp_path, quota_adresse=0, cle_dossiers=SecretStr("k" * 40))
    application = create_app(reglages, service)
    espace: Espace = application.state.espace
    lea = enter(application).conseiller
    vieux = open_dossiers(espace.base, cle="k" * 40).open(lea, "A", None)
    with TestClient(application):
        for _ in range(200):
            if not open_dossiers(espace.base, cle="k" * 40).list_open(lea):
                break
            time.sleep(0.02)
        else:
            pytest.fail(f"{vieux.identifiant} est encore là")


def test_without_a_key_a_server_opens_no_dossier_and_an_embedded_database_draws_one(
    service: Service, tmp_path: Path
) -> None:
    application = create_app(Settings(var=tmp_path, quota_adresse=0), service)
    lea = enter(application).conseiller
    assert not (tmp_path / "azimut.db.cle-dossiers").exists(), "rien avant le premier besoin"
    dossier = application.state.dossiers.open(lea, "A", SEUL)
    fichier = tmp_path / "azimut.db.cle-dossiers"
    assert (fichier.stat().st_mode & 0o777, len(fichier.read_text())) == (0o600, 64)
    suivante = create_app(Settings(var=tmp_path, quota_adresse=0), service)
    assert suivante.state.dossiers.read(lea, dossier.identifiant) == dossier
    fichier.rename(tmp_path / "perdue")
    perdue = create_app(Settings(var=tmp_path, quota_adresse=0), service)
    with pytest.raises(CoffreError, match="a disparu"):
        perdue.state.dossiers.read(lea, dossier.identifiant)
    assert not fichier.exists(), "aucune clé n'en remplace une autre en silence"
    serveur = create_app(
        Settings(var=tmp_path, quota_adresse=0, base=SecretStr("postgresql://azimut@127.0.0.1:1/azimut")), service
    )
    with pytest.raises(CoffreError, match="AZIMUT_CLE_DOSSIERS"):
        serveur.state.dossiers.open(lea, "A", Consentement("conseiller", statistiques=False, recueilli_le=DEPART))


@pytest.mark.navigateur
@pytest.mark.skipif(not CHROMIUM, reason="Chromium absent")
@pytest.mark.parametrize("largeur", [320, 1280])
def test_the_page_has_no_fault(navigateur: Browser, application: FastAPI, largeur: int) -> None:
    responsable = enter(application, role="responsable")
    mois = (date.today().replace(day=1) - timedelta(days=40)).replace(day=1)
    put(application, "cio", mois, d35=33, d22=14, d56=3)
    fautes: dict[str, list[str]] = {}
    with (
        serve(application) as adresse,
        opened(navigateur, bypass_csp=True, viewport={"width": largeur, "height": 800}) as page,
    ):
        page.context.add_cookies([{"name": TEMOIN, "value": responsable.jeton, "url": f"{adresse}/conseiller"}])
        for ecran in ("avec", "sans"):
            page.goto(f"{adresse}/conseiller/chiffres")
            page.get_by_text("Comment lire ces chiffres").click()
            assert (page.locator("table").count() > 0) is (ecran == "avec")
            if trouvees := violations_by_theme(page) + page.evaluate(STRUCTURE) + page.evaluate(COUPES):
                fautes[ecran] = trouvees
            assert not hidden_width(page)
            with application.state.espace.base.writing() as session:
                session.execute(delete(LigneEvenement))
    assert fautes == {}
