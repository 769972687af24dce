"""What an engine is made of is kept at the build: the same answers, sooner; what does not fit is made anew."""

import json
import logging
import shutil
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import issparse

from api.commandes.preparation import prepare
from api.moteur import keep_engine, open_engine
from api.profils.profil import read_profile
from api.service import Service, load_service
from api.settings import Settings
from recommender import garde
from recommender.config import load_config
from recommender.matrices import Matrices
from recommender.parcours import Guide

PROFIL = {"experiences": [{"metier": "boulanger", "annees": 3}], "territoire": {"commune": "Metz"}}
JOUR = date(2026, 1, 5)


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dossier = tmp_path_factory.mktemp("moteur")
    (dossier / "vide").mkdir()
    prepare(_settings(dossier), lambda _: None)
    return dossier


@pytest.fixture(scope="module")
def gardee(var: Path) -> Service:
    return load_service(_settings(var))


@pytest.fixture(scope="module")
def refaite(var: Path, tmp_path_factory: pytest.TempPathFactory) -> Service:
    ailleurs = tmp_path_factory.mktemp("refaite")
    for nom in ("catalogue", "index"):
        (ailleurs / nom).symlink_to(var / nom)
    return load_service(_settings(ailleurs))


def _settings(var: Path) -> Settings:
    return Settings(donnees=var / "vide", var=var, encodeur="aucun") if (var / "vide").is_dir() else Settings(var=var)


def _plain(valeur: Any) -> object:
    if issparse(valeur):
        v = valeur.tocsr()
        return v.shape, v.data.tolist(), v.indices.tolist(), v.indptr.tolist()
    return (valeur.dtype, valeur.shape, valeur.tobytes()) if isinstance(valeur, np.ndarray) else valeur


def test_what_was_kept_is_what_would_be_made(gardee: Service, refaite: Service) -> None:
    assert gardee.garde is not None
    assert refaite.garde is None
    for champ in fields(Matrices):
        if champ.name in {"acces", "contextes", "gestes"}:
            continue
        un, autre = (getattr(s.recommender.matrices, champ.name) for s in (gardee, refaite))
        assert _plain(un) == _plain(autre), champ.name
    un, autre = gardee.recommender.matrices, refaite.recommender.matrices
    assert un.acces.certifications == autre.acces.certifications
    assert {c: r.tolist() for c, r in un.contextes.items()} == {c: r.tolist() for c, r in autre.contextes.items()}


def test_answers_are_the_same(gardee: Service, refaite: Service) -> None:
    profil = read_profile(PROFIL).to_domain()
    un, autre = (s.recommender.recommend(profil) for s in (gardee, refaite))
    assert un.metiers
    assert un == autre
    assert gardee.guide.near(profil, un, JOUR) == refaite.guide.near(profil, autre, JOUR)
    codes = [m.code_rome for m in un.metiers[:5]]
    for code in codes:
        assert gardee.guide.route(profil, code, JOUR) == refaite.guide.route(profil, code, JOUR)
        assert gardee.guide.trajets.between(codes[-1], code) == refaite.guide.trajets.between(codes[-1], code)


def test_places_are_the_same(gardee: Service, refaite: Service) -> None:
    un, autre = gardee.catalogue.lieux, refaite.catalogue.lieux
    for texte in ("Paris", "metz", "75011", "57", "Saint-Denis 974", "moselle", "Marseile", "malo", "grand est"):
        assert un.search(texte, 20) == autre.search(texte, 20), texte
    assert un.resolve("Metz") == autre.resolve("Metz")
    assert un.around("57463", 10) == autre.around("57463", 10)
    assert un.sans_coordonnees == autre.sans_coordonnees


def test_guides_without_vectors_differ_in_nothing(gardee: Service) -> None:
    tables = garde.build_tables(gardee.catalogue, load_config(None))
    assert {nom.split("/")[0] for nom in tables} == {"matrices", "blocs", "chemins", "lieux", "offre"}
    assert Guide(gardee.recommender, garde=tables).actions == gardee.guide.actions


def _forbid(*_: object) -> None:
    raise PermissionError("le dossier n'est pas à nous")


@pytest.mark.parametrize("abimer", ["absent", "autre", "octets", "tronque", "manifeste", "interdit"])
def test_what_does_not_fit_is_made_anew_and_said(
    var: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, abimer: str
) -> None:
    dossier = tmp_path / "moteur"
    if abimer != "absent":
        shutil.copytree(var / "moteur", dossier)
    version = next((d for d in dossier.glob("*") if d.is_dir()), None)
    if abimer == "autre" and version is not None:
        manifeste = version / "manifeste.json"
        lu = json.loads(manifeste.read_text())
        lu["identite"]["code"] = "0" * 16
        manifeste.write_text(json.dumps(lu))
    if abimer == "octets" and version is not None:
        fichier = version / "matrices" / "gain.npy"
        fichier.write_bytes(fichier.read_bytes()[:-1] + b"\xff")
    if abimer in {"tronque", "manifeste"} and version is not None:
        fichier = version / ("manifeste.json" if abimer == "manifeste" else "matrices/gain.npy")
        fichier.write_bytes(fichier.read_bytes()[: fichier.stat().st_size // 2])
    service = load_service(_settings(var))
    if abimer == "interdit":
        monkeypatch.setattr("api.moteur.open_arrays", _forbid)
    with caplog.at_level(logging.WARNING, "azimut.moteur"):
        moteur, tables = open_engine(service.catalogue, service.recherche, load_config(None), dossier)  # type: ignore[arg-type]
    assert tables is None
    assert "construire --si-besoin" in caplog.text
    assert moteur.matrices.codes == service.recommender.matrices.codes


def test_what_is_kept_already_is_not_written_again(var: Path, gardee: Service) -> None:
    avant = {f: f.stat().st_mtime_ns for f in (var / "moteur").rglob("*")}
    keep_engine(gardee.catalogue, gardee.recherche, load_config(None), var / "moteur")  # type: ignore[arg-type]
    assert {f: f.stat().st_mtime_ns for f in (var / "moteur").rglob("*")} == avant


def test_other_weights_of_demands_are_another_engine() -> None:
    config = load_config(None)
    autre = config.model_copy(update={"demande": config.demande.model_copy(update={"savoir": 0.123})})
    assert garde.identity("c", "i", config) != garde.identity("c", "i", autre)
    assert garde.identity("c", "i", config) == garde.identity("c", "i", load_config(None))
    assert garde.identity("c", "i", config) != garde.identity("c", "j", config)
