"""Measures of the extraction: recall of the actions, precision of the first ones, halves kept apart."""

from pathlib import Path

import pytest

import evaluation
from embeddings.extraction import AutreLecture, CompetenceTrouvee
from evaluation.extraction import evaluate_extraction, read_sentences
from referentiels.errors import InvalidInputError, MalformedError
from referentiels.types import CodeOgr

JEU = Path(evaluation.__file__).parent / "jeux" / "extraction.tsv"


class Lit:
    """Answers codes that the test chose, by text."""

    def __init__(self, reponses: dict[str, list[int]], autres: tuple[int, ...] = ()) -> None:
        self.reponses = reponses
        self.autres = tuple(AutreLecture(CodeOgr(code), "", 0.4) for code in autres)

    def extract(self, texte: str) -> tuple[CompetenceTrouvee, ...]:
        return tuple(
            CompetenceTrouvee(0, 1, "", "", CodeOgr(code), "", 0.9, self.autres) for code in self.reponses[texte]
        )


def write(dossier: Path, texte: str) -> Path:
    fichier = dossier / "f.tsv"
    fichier.write_text(texte, encoding="utf-8")
    return fichier


def test_recall_counts_actions_and_precision_the_first_three(tmp_path: Path) -> None:
    fichier = write(tmp_path, "# tête\nun\t1,2 | 3\n\ndeux\t4\n")
    mesures = evaluate_extraction(Lit({"un": [2, 9], "deux": [8, 7, 6, 4]}), fichier)
    assert mesures["n"] == 2
    assert mesures["n_actions"] == 3
    assert mesures["rappel"] == pytest.approx(2 / 3, abs=1e-4)
    assert mesures["precision_3"] == pytest.approx(1 / 5, abs=1e-4)
    assert mesures["par_phrase"] == 3.0


def test_other_readings_count_apart(tmp_path: Path) -> None:
    fichier = write(tmp_path, "un\t1 | 3\n")
    mesures = evaluate_extraction(Lit({"un": [1]}, autres=(3,)), fichier)
    assert (mesures["rappel"], mesures["rappel_autres"]) == (0.5, 1.0)


def test_halves_are_by_rank_of_the_sentence(tmp_path: Path) -> None:
    fichier = write(tmp_path, "# commentaire\nun\t1\n\ndeux\t2\ntrois\t3\n")
    lit = Lit({"un": [1], "deux": [], "trois": [9]})
    assert evaluate_extraction(lit, fichier, "reglage")["rappel"] == 0.5
    controle = evaluate_extraction(lit, fichier, "controle")
    assert (controle["n"], controle["rappel"], controle["precision_3"]) == (1, 0.0, 0.0)


@pytest.mark.parametrize("ligne", ["sans tabulation", "un\t", "un\t1,x", "un\t1 | "])
def test_a_malformed_line_is_named(tmp_path: Path, ligne: str) -> None:
    with pytest.raises(MalformedError, match="ligne 2"):
        read_sentences(write(tmp_path, f"un\t1\n{ligne}\n"))


def test_a_file_that_says_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError):
        read_sentences(tmp_path / "absent.tsv")
    with pytest.raises(InvalidInputError):
        read_sentences(write(tmp_path, "# rien\n"))
    with pytest.raises(InvalidInputError):
        evaluate_extraction(Lit({}), write(tmp_path, "un\t1\n"), "controle")
    (tmp_path / "f.tsv").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(MalformedError):
        read_sentences(tmp_path / "f.tsv")


def test_the_shipped_set_is_whole() -> None:
    phrases = read_sentences(JEU)
    assert len(phrases) == 60
    assert len({p.texte for p in phrases}) == 60
    assert all(p.actions and all(p.actions) for p in phrases)
