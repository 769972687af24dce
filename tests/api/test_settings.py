"""Settings come from the environment, with French words when they are wrong."""

import pytest

from api.settings import PREFIXE, Settings, load_settings
from referentiels.errors import InvalidInputError


def test_every_setting_is_described_in_french() -> None:
    for nom, champ in Settings.model_fields.items():
        assert champ.description, nom
        assert champ.description.endswith("."), nom


def test_the_environment_is_read_under_its_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIXE}PORT", "9001")
    monkeypatch.setenv(f"{PREFIXE}VAR", "ailleurs")
    settings = load_settings()
    assert settings.port == 9001
    assert settings.dossier_catalogue.parts == ("ailleurs", "catalogue")
    assert settings.dossier_index.parts == ("ailleurs", "index")


def test_wrong_values_are_named_by_their_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIXE}PORT", "huit mille")
    monkeypatch.setenv(f"{PREFIXE}PROCESSUS", "0")
    with pytest.raises(InvalidInputError) as error:
        load_settings()
    assert "AZIMUT_PORT : un nombre entier est attendu." in str(error.value)
    assert "AZIMUT_PROCESSUS : 1 au moins." in str(error.value)
    assert "huit mille" not in str(error.value)


@pytest.mark.parametrize("base", [None, "sqlite:///azimut.db"])
def test_vectors_in_postgresql_need_one(monkeypatch: pytest.MonkeyPatch, base: str | None) -> None:
    monkeypatch.setenv(f"{PREFIXE}INDEX", "pgvector")
    if base:
        monkeypatch.setenv(f"{PREFIXE}BASE", base)
    with pytest.raises(InvalidInputError, match="AZIMUT_BASE"):
        load_settings()
    monkeypatch.setenv(f"{PREFIXE}BASE", "postgresql://azimut@base/azimut")
    assert load_settings().index == "pgvector"
