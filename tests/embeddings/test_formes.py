"""One spelling for what people write in many ways."""

from pathlib import Path

import pytest

from embeddings.formes import FICHIER, Formes
from referentiels.cellules import fold
from referentiels.errors import ModelError

TABLE = {
    "infirmiere": "infirmier", "soins": "soins", "generaux": "généraux", "regisseuse": "régisseur",
    "regisseur": "régisseur", "oeuvres": "œuvres", "electricien": "électricien", "agente": "agent",
    "auxiliaire": "auxiliaire", "puericulture": "puériculture",
}  # fmt: skip


@pytest.fixture
def formes() -> Formes:
    return Formes(TABLE)


@pytest.mark.parametrize(
    "texte",
    [
        "Infirmier / Infirmière en soins généraux",
        "infirmiere en soins generaux",
        "INFIRMIER·ÈRE EN SOINS GÉNÉRAUX (H/F)",
        "Infirmier(ère) en soins généraux",
        "  infirmière   en soins\u00a0généraux ",
        "infirmier en soins généraux/infirmière en soins généraux",
    ],
)
def test_all_the_writings_of_a_name_meet(formes: Formes, texte: str) -> None:
    assert formes.canonical(texte) == "infirmier en soins généraux"


@pytest.mark.parametrize(
    ("feminin", "masculin"),
    [
        ("soudeuse", "soudeur"),
        ("animatrices", "animateurs"),
        ("mécanicienne", "mécanicien"),
        ("fleuriste", "fleuriste"),
    ],
)
def test_a_word_outside_the_table_loses_its_feminine(formes: Formes, feminin: str, masculin: str) -> None:
    assert formes.canonical(feminin) == formes.canonical(masculin) == fold(masculin)


@pytest.mark.parametrize(
    ("un", "autre"),
    [
        ("équipier dans un fast food", "equipiere dans un fast food"),
        ("femme de ménage", "homme de menage"),
        ("je suis discrète et organisée", "je suis discret et organise"),
        ("livres illustrés", "livres illustres"),
    ],
)
def test_neither_gender_nor_accents_tell_two_texts_apart(formes: Formes, un: str, autre: str) -> None:
    assert formes.canonical(un) == formes.canonical(autre)


def test_women_are_no_men_where_no_metier_is_named() -> None:
    assert Formes({}).canonical("violences faites aux femmes") == "violences faites aux femmes"


@pytest.mark.parametrize(
    ("texte", "attendu"), [("vente", "vente"), ("plante", "plante"), ("chef/cheffe", "chef cheffe")]
)
def test_a_word_that_is_no_feminine_is_left(texte: str, attendu: str) -> None:
    assert Formes({}).canonical(texte) == attendu


@pytest.mark.parametrize("texte", ["", "   ", "/", "’", "\x00", "🙂", "—", "H/F"])
def test_a_text_without_words_is_empty(formes: Formes, texte: str) -> None:
    assert formes.canonical(texte).strip("' ") == ""


def test_canonical_is_stable(formes: Formes) -> None:
    une_fois = formes.canonical("Régisseur / Régisseuse d'œuvres d'art")
    assert une_fois == "régisseur d'œuvres d'art"
    assert formes.canonical(une_fois) == une_fois


def test_a_table_is_read_as_it_was_written(tmp_path: Path, formes: Formes) -> None:
    formes.save(tmp_path)
    assert Formes.load(tmp_path).canonical("agente") == "agent"


def test_a_damaged_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / FICHIER).write_bytes(b"agente\tagent\nsans tabulation\n")
    with pytest.raises(ModelError, match="illisible"):
        Formes.load(tmp_path)
