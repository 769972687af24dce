"""The encoder that we carry: small, offline, blind to gender, close to how people speak."""

import subprocess
import sys
import time
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from embeddings.embarque import DOSSIER_MODELE, EncodeurEmbarque, open_encodeur
from embeddings.encodeur import EncodeurPhrases
from embeddings.search import Recherche, assemble
from embeddings.texts import entities
from evaluation.requetes import read_requests
from referentiels.catalogue import Catalogue
from referentiels.errors import ModelError

MO = 1024 * 1024
JEU = Path(__file__).parents[2] / "evaluation/jeux/requetes_controle.tsv"


@pytest.fixture(scope="module")
def encodeur() -> EncodeurEmbarque:
    return EncodeurEmbarque()


@pytest.fixture(scope="module")
def recherche(catalogue_socle: Catalogue, encodeur: EncodeurEmbarque) -> Recherche:
    return assemble({"metier": entities(catalogue_socle, "metier")}, encodeur)


def test_it_is_small_and_says_what_it_is() -> None:
    assert sum(f.stat().st_size for f in DOSSIER_MODELE.rglob("*")) < 70 * MO
    carte = (DOSSIER_MODELE / "README.md").read_text(encoding="utf-8")
    assert all(mot in carte for mot in ("base", "licence", "Données", "Jamais vus", "Ce qu'il ne sait pas"))


def test_vectors_are_unit_rows_of_its_dimension(encodeur: EncodeurEmbarque) -> None:
    vecteurs = encodeur.encode_query(["boulanger", "", "🙂", "mot " * 5000, "\x00"])
    assert vecteurs.shape == (5, encodeur.dimension) == (5, 384)
    assert np.allclose(np.linalg.norm(vecteurs, axis=1), 1, atol=1e-3)


def test_it_computes_what_sentence_transformers_computes(encodeur: EncodeurEmbarque) -> None:
    textes = ["coiffeur", "conducteur de travaux", "s'occuper des personnes âgées", "mot " * 60, "", "CAP cuisine 🙂"]
    entier = EncodeurPhrases(DOSSIER_MODELE).encode_document(textes)
    assert (encodeur.encode_document(textes) * entier).sum(axis=1).min() > 0.997


def test_where_a_model_lies_changes_no_vector(tmp_path: Path) -> None:
    clone = tmp_path / "clone5" / "modele"
    clone.parent.mkdir()
    clone.symlink_to(DOSSIER_MODELE)
    ici, ailleurs = (EncodeurPhrases(dossier).encode_query(["coiffeur"]) for dossier in (DOSSIER_MODELE, clone))
    np.testing.assert_array_equal(ici, ailleurs)


@pytest.mark.parametrize("manquant", ["model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json"])
def test_a_damaged_folder_is_refused(tmp_path: Path, manquant: str) -> None:
    copytree(DOSSIER_MODELE, tmp_path / "modele")
    (tmp_path / "modele" / manquant).write_bytes(b"{}"[: 0 if manquant == "tokenizer.json" else 2])
    with pytest.raises(ModelError):
        EncodeurEmbarque(tmp_path / "modele").encode_query(["maçon"])


def test_serving_needs_no_heavy_library() -> None:
    programme = (
        "import sys; from embeddings.embarque import EncodeurEmbarque;"
        "EncodeurEmbarque().encode_query(['maçon']); print({'torch', 'sentence_transformers'} & set(sys.modules))"
    )
    sortie = subprocess.run([sys.executable, "-c", programme], capture_output=True, text=True, check=True)
    assert sortie.stdout.strip() == "set()"


def test_both_genders_and_all_accents_have_one_vector(encodeur: EncodeurEmbarque) -> None:
    for formes in (["infirmière", "infirmier", "INFIRMIERE"], ["Directrice d'école", "directeur d'ecole"]):
        vecteurs = encodeur.encode_query(formes)
        assert np.allclose(vecteurs, vecteurs[0])


def test_a_batch_gives_the_vectors_of_each_text_alone(encodeur: EncodeurEmbarque) -> None:
    """To the last bit: an answer must not depend on what was encoded beside it, nor on how many threads did it."""
    textes = [f"{metier} {n}" for metier in ("maçon", "conducteur de travaux publics", "fleuriste") for n in range(20)]
    ensemble = encodeur.encode_document(textes)
    seuls = np.concatenate([encodeur.encode_query([texte]) for texte in textes])
    assert np.array_equal(ensemble, seuls)


def test_what_people_say_is_near_what_it_means(encodeur: EncodeurEmbarque) -> None:
    dits = encodeur.encode_query(["s'occuper des personnes âgées", "réparer des voitures", "couper les cheveux"])
    metiers = encodeur.encode_document(["auxiliaire de vie", "mécanicien automobile", "coiffeur", "notaire", "soudeur"])
    assert (dits @ metiers.T).argmax(axis=1).tolist() == [0, 1, 2]


def test_leading_dimensions_hold_alone() -> None:
    court = EncodeurEmbarque(dimension=96)
    vecteurs = court.encode_document(["mécanicien automobile", "garagiste", "fleuriste"])
    assert vecteurs.shape == (3, 96)
    assert vecteurs[0] @ vecteurs[1] > vecteurs[0] @ vecteurs[2] + 0.2
    assert court.empreinte != EncodeurEmbarque().empreinte


def test_a_query_is_encoded_in_milliseconds(encodeur: EncodeurEmbarque) -> None:
    encodeur.encode_query(["métier"])
    durees = []
    for rang in range(40):
        debut = time.perf_counter()
        encodeur.encode_query([f"conducteur de ligne numéro {rang}"])
        durees.append(time.perf_counter() - debut)
    assert np.median(durees) < 0.1


def test_no_encoder_and_a_missing_one() -> None:
    assert open_encodeur("aucun") is None
    with pytest.raises(ModelError, match="introuvable"):
        EncodeurPhrases("dossier/qui/n/existe/pas").encode_query(["x"])


def test_everyday_requests_find_their_metier(recherche: Recherche, catalogue_socle: Catalogue) -> None:
    codes = tuple(catalogue_socle.metiers)
    requetes = [r for r in read_requests(JEU) if any(r.accepts(code) for code in codes)]
    assert len(requetes) > 60
    rangs = [[r.accepts(t.code) for t in recherche.search(r.texte, ("metier",), 5)] for r in requetes]
    assert np.mean([any(rang) for rang in rangs]) > 0.85
    assert np.mean([bool(rang) and rang[0] for rang in rangs]) > 0.7


def test_an_electrician_is_never_a_hairdresser(recherche: Recherche) -> None:
    for requete in ("électricien", "electricien batiment", "je veux être électricienne", "elektricien"):
        libelles = [r.libelle.lower() for r in recherche.search(requete, ("metier",), 10)]
        assert "lectric" in libelles[0] or "électr" in libelles[0], (requete, libelles)
        assert not any("coiff" in libelle for libelle in libelles), (requete, libelles)
