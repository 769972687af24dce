"""The configuration: it round-trips, every value changes the hash, a bad file is refused in French."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from recommender.config import PAR_DEFAUT, Config, load_config
from referentiels.errors import InvalidInputError


def _toml(valeurs: dict[str, Any]) -> str:
    """Enough TOML for this configuration: tables of numbers, lists of numbers and strings."""
    lignes = []
    for section, contenu in valeurs.items():
        lignes.append(f"[{section}]")
        for cle, valeur in contenu.items():
            texte = f'"{valeur}"' if isinstance(valeur, str) else str(list(valeur) if type(valeur) is tuple else valeur)
            lignes.append(f'"{cle}" = {texte}')
    return "\n".join(lignes)


def _write(tmp_path: Path, valeurs: dict[str, Any]) -> Path:
    fichier = tmp_path / "reglages.toml"
    fichier.write_text(_toml(valeurs), encoding="utf-8")
    return fichier


def test_round_trips_through_toml_with_the_same_hash(tmp_path: Path) -> None:
    config = load_config()
    relue = load_config(_write(tmp_path, config.model_dump()))
    assert relue == config
    assert relue.empreinte == config.empreinte
    assert len(config.empreinte) == 16


def test_the_file_shipped_says_every_value_and_nothing_else() -> None:
    ecrit = tomllib.loads(PAR_DEFAUT.read_text(encoding="utf-8"))
    lu = load_config().model_dump()
    assert {s: set(v) for s, v in ecrit.items()} == {s: set(v) for s, v in lu.items()}


def _numbers() -> list[tuple[str, str]]:
    champs = load_config().model_dump()
    return [(s, c) for s, v in champs.items() for c, x in v.items() if isinstance(x, int | float)]


@pytest.mark.parametrize(("section", "champ"), _numbers())
def test_every_number_changes_the_hash(tmp_path: Path, section: str, champ: str) -> None:
    valeurs = load_config().model_dump()
    avant = valeurs[section][champ]
    valeurs[section][champ] = (
        avant + 1 if isinstance(avant, int) else round(avant - 0.001 if avant > 0.5 else avant + 0.001, 6)
    )
    assert load_config(_write(tmp_path, valeurs)).empreinte != load_config().empreinte


def test_everyday_words_change_the_hash(tmp_path: Path) -> None:
    valeurs = load_config().model_dump()
    valeurs["mots_courants"]["au bureau"] = "station assise prolongée"
    assert load_config(_write(tmp_path, valeurs)).empreinte != load_config().empreinte


@pytest.mark.parametrize(
    ("section", "champ", "valeur"),
    [
        ("ponderation", "competences", -0.1),
        ("ponderation", "chance", 1.0),
        ("acquis", "courbe", 0.0),
        ("acquis", "demi", 0.0),
        ("acquis", "niveau", [0.1, 0.2]),
        ("acquis", "niveau", [0.1, 0.2, 0.3, 1.2]),
        ("ponderation", "souhait", float("inf")),
        ("comprehension", "seuil_metier", 1.5),
        ("liste", "ouverture_parmi", 0),
        ("interet", "majeur", "beaucoup"),
    ],
)
def test_a_bad_value_is_named_in_french(tmp_path: Path, section: str, champ: str, valeur: Any) -> None:
    valeurs = load_config().model_dump()
    valeurs[section][champ] = valeur
    with pytest.raises(InvalidInputError, match=rf"« reglages\.toml », {section}\.{champ}.* : valeur refusée\."):
        load_config(_write(tmp_path, valeurs))


def test_a_missing_section_is_named(tmp_path: Path) -> None:
    valeurs = load_config().model_dump()
    del valeurs["mobilite"]
    with pytest.raises(InvalidInputError, match="mobilite"):
        load_config(_write(tmp_path, valeurs))


@pytest.mark.parametrize("contenu", [b"[ponderation\ncompetences = 1", b"\xff\xfe\x00"])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, contenu: bytes) -> None:
    fichier = tmp_path / "abime.toml"
    fichier.write_bytes(contenu)
    with pytest.raises(InvalidInputError, match=r"« abime\.toml » illisible"):
        load_config(fichier)


def test_an_absent_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"« nulle-part\.toml » illisible"):
        load_config(tmp_path / "nulle-part.toml")


def test_nothing_can_be_changed_once_read() -> None:
    config = load_config()
    assert isinstance(config, BaseModel)
    with pytest.raises(ValueError, match="frozen"):
        config.ponderation.competences = 3.0


def test_the_default_weights_hold_no_labour_demand() -> None:
    """Labour demand is never a hidden boost: its weight is 0 until the person asks for it."""
    assert load_config().ponderation.marche == 0
    assert set(Config.model_fields["ponderation"].annotation.model_fields) == {  # type: ignore[union-attr]
        "competences", "ensemble", "cas", "paroles", "mobilites", "marche", "souhait", "interets", "diplomes",
        "conditions",
    }  # fmt: skip
