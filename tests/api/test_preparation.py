"""What the service reads is built from the folder that was named, or from the socle when none was."""

from pathlib import Path

import pytest

from api.commandes.preparation import prepare
from api.settings import Settings
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError


def test_a_named_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    fichier = tmp_path / "rome.zip"
    fichier.write_bytes(b"")
    for chemin in (tmp_path / "faute", fichier):
        with pytest.raises(InvalidInputError, match="n'est pas un dossier"):
            prepare(Settings(donnees=chemin, var=tmp_path / "var"), lambda _: None)
    assert not (tmp_path / "var").exists()


def test_the_socle_is_built_once_and_its_index_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZIMUT_DONNEES", raising=False)
    (tmp_path / "vide").mkdir()
    settings = Settings(donnees=tmp_path / "vide", var=tmp_path / "var")
    dits: list[str] = []
    premiere = prepare(settings, dits.append, si_besoin=True)
    assert premiere is not None
    assert dits[-1].startswith(f"En service : catalogue {premiere.version}")
    assert prepare(settings, dits.append, si_besoin=True) is None
    index = next(d for d in settings.dossier_index.iterdir() if d.is_dir())
    next(index.glob("*.json")).unlink()
    assert prepare(settings, dits.append, si_besoin=True) is None
    assert len(Catalogue.load(settings.dossier_catalogue).metiers) >= 400
    assert any(index.glob("*.json"))
