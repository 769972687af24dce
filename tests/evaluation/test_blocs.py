"""The cover by blocs measured on judged pairs."""

from pathlib import Path

import pytest

from evaluation.blocs import evaluate_blocs
from evaluation.commands import JEU_BLOCS
from referentiels.catalogue import Catalogue
from referentiels.construction import build_catalogue
from referentiels.errors import InvalidInputError, MalformedError
from referentiels.types import BlocCompetences, CodeBloc


@pytest.fixture(scope="module")
def socle(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return Catalogue.open(build_catalogue(None, tmp_path_factory.mktemp("socle")).dossier)


def test_the_same_label_is_a_sure_cover_and_foreign_words_are_none(socle: Catalogue, tmp_path: Path) -> None:
    blocs = {bloc.intitule: bloc.code for bloc in socle.all(BlocCompetences)}
    paires = [(int(c.code_ogr), blocs[c.libelle], 1) for c in socle.competences.values() if c.libelle in blocs]
    etranger = next(iter(socle.competences))
    lointain = next(code for titre, code in blocs.items() if not set(titre.split()) & {"la", "de", "et"})
    fichier = tmp_path / "paires.tsv"
    lignes = [f"{ogr}\t{bloc}\t{vrai}" for ogr, bloc, vrai in [*paires, (int(etranger), lointain, 0)]]
    fichier.write_text("# essai\n" + "\n".join(lignes) + "\n1\tRNCP0BC01\t1\n", encoding="utf-8")
    mesures = evaluate_blocs(socle, None, fichier)
    assert mesures["n"] == len(paires) + 1
    assert mesures["inconnues"] == 1
    haut = mesures["seuil_0.8"]
    assert haut["retenues"] == len(paires)
    assert haut["precision"] in {None, 1.0}


@pytest.mark.parametrize("ligne", ["abc\tRNCP1BC01\t1", "12\tRNCP1BC01", "12\tRNCP1BC01\toui"])
def test_a_line_of_another_shape_is_told(socle: Catalogue, tmp_path: Path, ligne: str) -> None:
    fichier = tmp_path / "paires.tsv"
    fichier.write_text(ligne + "\n", encoding="utf-8")
    with pytest.raises(MalformedError, match="0 ou 1"):
        evaluate_blocs(socle, None, fichier)


def test_pairs_of_another_catalogue_are_no_measure(socle: Catalogue, tmp_path: Path) -> None:
    fichier = tmp_path / "paires.tsv"
    fichier.write_text(f"1\t{CodeBloc('RNCP0BC01')}\t1\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="aucune paire"):
        evaluate_blocs(socle, None, fichier)
    with pytest.raises(InvalidInputError, match="illisible"):
        evaluate_blocs(socle, None, tmp_path / "absent.tsv")


def test_the_judged_pairs_hold_both_judgements() -> None:
    jugements = [x.split("\t")[2] for x in JEU_BLOCS.read_text(encoding="utf-8").splitlines() if x[:1] != "#"]
    assert len(jugements) > 100
    assert {"0", "1"} == set(jugements)
