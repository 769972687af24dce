"""Measures of a search over requests."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from embeddings.search import Recherche
from embeddings.types import Nature, Resultat
from evaluation.requetes import Requete, evaluate_requests, measure, read_requests
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError, MalformedError


def _write(dossier: Path, texte: str) -> Path:
    fichier = dossier / "requetes.tsv"
    fichier.write_text(texte, encoding="utf-8")
    return fichier


def test_codes_and_prefixes_are_read(tmp_path: Path) -> None:
    fichier = _write(tmp_path, "\ufeff# commentaire\nboulangère\tD1102, d11\n\nélectricien\tF1602\n")
    assert read_requests(fichier) == (Requete("boulangère", ("D1102", "D11")), Requete("électricien", ("F1602",)))
    assert Requete("x", ("D11",)).accepts("D1102")
    assert not Requete("x", ("D1102",)).accepts("D1101")


@pytest.mark.parametrize("ligne", ["boulanger", "boulanger\t", "\tD1102", "boulanger\t , "])
def test_a_bad_line_is_named(tmp_path: Path, ligne: str) -> None:
    with pytest.raises(MalformedError, match=r"requetes\.tsv, ligne 2"):
        read_requests(_write(tmp_path, f"maçon\tF1703\n{ligne}\n"))


def test_an_empty_absent_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="aucune requête"):
        read_requests(_write(tmp_path, "# rien\n"))
    with pytest.raises(InvalidInputError, match="illisible"):
        read_requests(tmp_path / "absent.tsv")
    (tmp_path / "latin.tsv").write_bytes("maçon\tF1703".encode("latin-1"))
    with pytest.raises(MalformedError, match="UTF-8"):
        read_requests(tmp_path / "latin.tsv")


class _Fixe:
    """Answers written beforehand."""

    version = "fixe"

    def __init__(self, classements: dict[str, list[str]]) -> None:
        self._classements = classements

    def search(self, requete: str, natures: Sequence[Nature] = ("metier",), limite: int = 10) -> tuple[Resultat, ...]:
        assert natures == ("metier",)
        return tuple(Resultat("metier", code, code, code, 0.5) for code in self._classements[requete][:limite])


def test_measures_are_those_of_the_textbook() -> None:
    classements = {"a": ["X1", "A1"], "b": ["B1"], "c": ["X1", "X2", "X3", "X4", "X5", "C1"], "d": []}
    requetes = [Requete(nom, (f"{nom.upper()}1",)) for nom in classements]
    mesures = measure(requetes, _Fixe(classements))
    assert mesures["n"] == 4
    assert mesures["succes_1"] == 0.25
    assert mesures["succes_5"] == 0.5
    assert mesures["mrr"] == pytest.approx((1 / 2 + 1 + 1 / 6) / 4, abs=1e-4)


def test_the_search_beats_its_references(catalogue_socle: Catalogue, tmp_path: Path) -> None:
    recherche = Recherche.build(catalogue_socle, tmp_path / "index")
    fichier = _write(
        tmp_path,
        "boulangère\tD1102\nbouchère\tD1101\npâtissieres\tD1104\nboulangre\tD1102\nla bouchére\tD1101\n"
        "je suis ancienne pâtissière\tD1104\n",
    )
    mesures = evaluate_requests(recherche, fichier)
    assert mesures["n"] == 6
    assert mesures["succes_1"] == mesures["succes_5"] == mesures["mrr"] == 1
    references = mesures["references"]
    assert references.keys() == {"hasard", "mots_bm25", "caracteres_tfidf"}
    assert references["hasard"]["succes_1"] < 0.5
    assert references["mots_bm25"]["succes_1"] < 1
    assert all(r["n"] == 6 and 0 <= r["mrr"] <= 1 for r in references.values())
    assert _without_times(evaluate_requests(recherche, fichier)) == _without_times(mesures)


def _without_times(mesures: dict[str, object]) -> dict[str, object]:
    return {
        cle: _without_times(valeur) if isinstance(valeur, dict) else valeur
        for cle, valeur in mesures.items()
        if not cle.endswith("_ms")
    }
