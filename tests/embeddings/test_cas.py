"""The written cases and what was learnt from them."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.cas.appris import (
    CHAMPS,
    METIERS,
    POIDS,
    Appris,
    Conseil,
    by_field,
    case_tables,
    has_cases,
    learnt_with,
)
from embeddings.cas.banque import cases_digest, read_cases
from embeddings.embarque import EncodeurEmbarque
from embeddings.ensemble import Reels, unit
from embeddings.search import Recherche, assemble
from embeddings.texts import entities
from embeddings.training.conseil import Plan, learn
from evaluation.encodeur import encodeur
from referentiels.catalogue import Catalogue
from referentiels.errors import MalformedError, ModelError
from tests.embeddings.factice import EncodeurFactice

_CODES = ("A1203", "D1102", "H2101", "M1607")
_D = 8


def _directions(nombre: int, graine: int) -> Reels:
    return unit(np.random.default_rng(graine).normal(size=(nombre, _D)).astype(np.float32))


def _appris() -> Appris:
    """Weights that leave the wish and what was done as they are, and hear nothing else; « Z9999 » is of another
    catalogue."""
    poids = np.zeros((4, _D, _D), dtype=np.float16)
    poids[0], poids[1] = np.eye(_D), np.eye(_D) / 2
    return Appris("essai", "cas", poids, (*_CODES[:3], "Z9999"), np.eye(_D, dtype=np.float16)[:4])


@pytest.fixture
def tables() -> dict[str, np.ndarray]:
    return case_tables(_appris(), _CODES, _directions(4, 1))


def test_every_case_can_be_used() -> None:
    cas = read_cases()
    assert len(cas) > 5_000
    for un in cas:
        assert un.vecu or un.diplome or un.sait or un.souhait, un
        assert all(re.fullmatch(r"[A-N]\d{4}", code) for code in un.metiers), un
        assert len(set(un.metiers)) == len(un.metiers), un
    uns = Counter((un.vecu, un.diplome, un.sait, un.souhait, un.refus) for un in cas)
    assert uns.most_common(1)[0][1] == 1


def test_every_metier_is_worth_exploring_for_someone(catalogue_officiel: Catalogue) -> None:
    proposes = {code for un in read_cases() for code in un.metiers}
    assert set(catalogue_officiel.metiers) <= proposes
    assert len(proposes - set(catalogue_officiel.metiers)) == 0


@pytest.mark.parametrize("ligne", ["un\tdeux", "un\t\t\t\t\t", "\t".join("abcdefg")])
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, ligne: str) -> None:
    fichier = tmp_path / "cas.tsv"
    fichier.write_text(f"a ; b\t\t\t\t\tA1203\n{ligne}\n", encoding="utf-8")
    with pytest.raises(MalformedError, match=r"cas\.tsv.*2"):
        read_cases(fichier)


def test_what_was_learnt_is_of_these_cases_and_of_this_encoder() -> None:
    """Cases or encoder changed: learn again, `azimut encodeur cas`."""
    appris, moteur = Appris.load(), EncodeurEmbarque()
    assert appris.encodeur == moteur.empreinte
    assert appris.cas == cases_digest()
    assert appris.poids.shape == (4, moteur.dimension, moteur.dimension)
    assert list(appris.codes) == sorted(appris.codes)
    np.testing.assert_allclose(np.linalg.norm(appris.metiers.astype(np.float32), axis=1), 1.0, atol=1e-2)
    assert np.isfinite(appris.poids).all()


def test_it_is_written_whole_and_read_back(tmp_path: Path) -> None:
    fichier, ecrit = tmp_path / "appris.npz", _appris()
    ecrit.save(fichier)
    lu = Appris.load(fichier)
    assert (lu.encodeur, lu.cas, lu.codes) == (ecrit.encodeur, ecrit.cas, ecrit.codes)
    for nom in ("poids", "metiers"):
        np.testing.assert_array_equal(getattr(lu, nom), getattr(ecrit, nom))
    assert [f.name for f in tmp_path.iterdir()] == ["appris.npz"]
    fichier.write_bytes(fichier.read_bytes()[:200])
    with pytest.raises(ModelError, match=r"appris\.npz"):
        Appris.load(fichier)
    with pytest.raises(ModelError, match="manque"):
        Appris.load(tmp_path / "ailleurs.npz")


def test_nothing_said_leads_nowhere(tables: dict[str, np.ndarray]) -> None:
    conseil = Conseil(by_field({"refus": [np.ones(_D, dtype=np.float32)]}, _D), tables)
    assert not conseil.ecarts.any()
    assert conseil.leading_fields(0) == ()


def test_another_encoder_hears_no_case() -> None:
    dits: list[str] = []
    assert learnt_with(EncodeurFactice(), dits.append) is None
    assert "azimut encodeur cas" in dits[0]
    assert learnt_with(None, dits.append) is None
    assert len(dits) == 1


def test_tastes_are_heard_with_the_wish() -> None:
    x, y = np.eye(_D, dtype=np.float32)[:2]
    dits = by_field({"souhait": [x], "interets": [y], "experiences": [y], "inconnu": [x]}, _D)
    np.testing.assert_allclose(dits[0], (x + y) / 2**0.5, atol=1e-6)
    np.testing.assert_allclose(dits[1], y)
    assert not dits[2:].any()


def test_the_fields_that_lead_to_a_metier_are_told(tables: dict[str, np.ndarray]) -> None:
    x, y, _ = np.eye(_D, dtype=np.float32)[:3]
    dits = by_field({"souhait": [y], "experiences": [x, x, y], "competences": [x]}, _D)
    conseil = Conseil(dits, tables)
    assert int(np.argmax(conseil.ecarts)) == 1
    assert conseil.leading_fields(1) == ("souhait",)
    assert conseil.leading_fields(0) == ("experiences",)  # the wish leads away from it; what they can do is not heard
    assert "competences" not in {champ for rang in range(4) for champ in conseil.leading_fields(rang)}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_more_said_never_brings_a_metier_down(graine: int) -> None:
    """And what is told leads there: without the field told first, a métier stands out less."""
    hasard = np.random.default_rng(graine)
    tables = {
        POIDS: hasard.normal(size=(4, _D, _D)).astype(np.float32),
        METIERS: hasard.normal(size=(9, _D)).astype(np.float32),
    }
    dits = _directions(4, graine)
    tout = Conseil(dits, tables)
    for rang, champ in enumerate(CHAMPS):
        sans = dits.copy()
        sans[rang] = 0.0
        moins = Conseil(sans, tables).ecarts
        assert (moins <= tout.ecarts + 1e-5).all()
        for metier in range(9):
            menent = tout.leading_fields(metier)
            if tout.ecarts[metier] > 0 and menent and menent[0] == champ:
                assert moins[metier] < tout.ecarts[metier]


def test_a_metier_that_was_not_there_stands_where_its_texts_do(tables: dict[str, np.ndarray]) -> None:
    centres = _directions(4, 1)
    places = np.vstack([np.eye(_D)[:3], unit(centres - centres.mean(axis=0))[3:]])
    np.testing.assert_allclose(tables[METIERS], places - places.mean(axis=0), atol=1e-6)


def test_learning_finds_where_words_lead_and_again_the_same() -> None:
    """Each field has its own rotation, to be found on people not seen in training."""
    hasard = np.random.default_rng(5)
    centres = _directions(12, 6)
    vrai, _ = np.linalg.qr(hasard.normal(size=(_D, _D)))
    dits = np.zeros((600, 4, _D), dtype=np.float32)
    dits[:, 0] = unit(hasard.normal(size=(600, _D)).astype(np.float32))
    buts = unit(centres - centres.mean(axis=0)) @ (dits[:, 0] @ vrai.astype(np.float32)).T
    propositions = np.argsort(-buts, axis=0)[:2].T.tolist()
    plan = Plan(passes=60, taux=2e-2, freinage=0.0, oubli=0.0)
    annonces: list[str] = []
    poids, metiers = learn(dits[:500], propositions[:500], centres, plan, annonces.append)
    trouves = np.argmax(np.einsum("nfd,fde->ne", dits[500:], poids) @ metiers.T, axis=1)
    justes = np.mean([trouve in lot for trouve, lot in zip(trouves.tolist(), propositions[500:], strict=True)])
    au_hasard = 2 / 12
    assert justes > 3 * au_hasard
    assert len(annonces) == 6
    encore, _ = learn(dits[:500], propositions[:500], centres, plan, annonces.append)
    np.testing.assert_allclose(encore, poids, atol=1e-5)


def test_an_index_without_them_has_no_advice(catalogue_socle: Catalogue) -> None:
    recherche = assemble({"metier": entities(catalogue_socle, "metier")}, EncodeurFactice())
    rapproche = recherche.bring_near({"souhait": ["boulanger"]}, {"souhait": 1.0})
    assert rapproche is not None
    assert rapproche.conseil is None
    assert not has_cases({"metier/centres": np.zeros(1)})


def test_the_command_learns_what_an_index_serves(
    catalogue_socle: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cas, sortie = tmp_path / "cas.tsv", tmp_path / "appris.npz"
    codes = sorted(catalogue_socle.metiers)[:3]
    lignes = [
        f"\t\t\t{souhait}\t\t{code}" for souhait, code in zip(("les fleurs", "le pain", "le cuir"), codes, strict=True)
    ]
    cas.write_text("\n".join(lignes) + "\n", encoding="utf-8")
    options = ["cas", "--cas", str(cas), "--sortie", str(sortie)]
    resultat = CliRunner().invoke(encodeur, options, obj=lambda: catalogue_socle, catch_exceptions=False)
    assert resultat.exit_code == 0, resultat.output
    assert "Appris de 3 cas" in resultat.output
    assert (Appris.load(sortie).cas, Appris.load(sortie).codes) == (
        cases_digest(cas),
        tuple(sorted(catalogue_socle.metiers)),
    )
    appris = Appris.load(sortie)
    monkeypatch.setattr("embeddings.cas.appris.Appris.load", lambda: appris)
    recherche = Recherche.build(catalogue_socle, tmp_path / "index", encodeur=EncodeurEmbarque())
    rapproche = recherche.bring_near({"souhait": ["le pain"]}, {"souhait": 1.0})
    assert rapproche is not None
    assert rapproche.conseil is not None
    assert int(np.argmax(rapproche.conseil.ecarts)) == 1
    assert rapproche.conseil.leading_fields(1) == ("souhait",)
