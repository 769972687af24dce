"""Both channels at once: exact names first, unsure answers said so, every kind of input answered."""

import json
from pathlib import Path

import numpy as np
import pytest

from embeddings.fusion import CONFIANCE, ETIQUETTE, FICHIER, MOYENNE, TRAITS, Fusion, load_fusions, save_fusions
from embeddings.hybride import Question
from embeddings.search import Recherche, assemble
from embeddings.texts import entities
from embeddings.training.reglage import Exemple, learn_fusion, make_example
from embeddings.types import Nature
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError, ModelError, StaleIndexError
from tests.embeddings.factice import EncodeurFactice

_TROIS: tuple[Nature, ...] = ("metier", "competence", "savoir")


@pytest.fixture(scope="module")
def recherche(catalogue_socle: Catalogue) -> Recherche:
    natures: tuple[Nature, ...] = ("metier", "competence")
    return assemble({nature: entities(catalogue_socle, nature) for nature in natures}, EncodeurFactice())


def test_a_name_comes_first_and_is_sure(recherche: Recherche) -> None:
    reponse = recherche.ask("boulangère", ("metier",))
    assert reponse.sure
    assert reponse.confiance == reponse.resultats[0].score == 1.0


def test_both_genders_find_the_same(recherche: Recherche) -> None:
    for masculin, feminin in (("boulanger", "boulangère"), ("homme sage-femme", "sage-femme"), ("soudeur", "soudeuse")):
        assert recherche.search(masculin, limite=5) == recherche.search(feminin, limite=5)


def test_scores_are_probabilities_in_order(recherche: Recherche) -> None:
    resultats = recherche.search("je fais du pain et des gâteaux", ("metier", "competence"), 20)
    assert len(resultats) == 20
    assert all(0 <= r.score <= 1 for r in resultats)
    assert [r.score for r in resultats] == sorted((r.score for r in resultats), reverse=True)


def test_below_the_threshold_the_service_is_unsure(catalogue_socle: Catalogue) -> None:
    severe = Fusion(MOYENNE.poids, MOYENNE.confiance, seuil_sur=0.999, seuil_sujet=0.0)
    recherche = assemble(
        {"metier": entities(catalogue_socle, "metier")}, EncodeurFactice(), fusions={ETIQUETTE: severe}
    )
    reponse = recherche.ask("truc avec des machins")
    assert reponse.resultats
    assert not reponse.sure
    assert recherche.ask("boulanger").sure


def test_a_question_about_nothing_here_finds_nothing(catalogue_socle: Catalogue) -> None:
    ferme = Fusion(MOYENNE.poids, MOYENNE.confiance, seuil_sur=0.5, seuil_sujet=0.999)
    recherche = assemble({"metier": entities(catalogue_socle, "metier")}, EncodeurFactice(), fusions={ETIQUETTE: ferme})
    assert recherche.ask("quel temps fera-t-il demain").resultats == ()
    assert recherche.ask("boulanger").resultats


@pytest.mark.parametrize(
    "requete",
    [
        "",
        " ",
        "\x00",
        "🙂🙂",
        "<b></b>",
        "медсестра",
        "看護師",
        "a" * 10_000,
        "mot " * 3000,
        "'",
        "'; DROP--",
        "%",
        "1",
    ],
)
def test_any_input_is_answered(recherche: Recherche, requete: str) -> None:
    reponse = recherche.ask(requete, ("metier", "competence"))
    assert len(reponse.resultats) <= 10
    assert 0 <= reponse.confiance <= 1


def test_one_vector_serves_all_the_parts_of_a_request(catalogue_socle: Catalogue) -> None:
    class Compteur(EncodeurFactice):
        appels = 0

        def encode_query(self, textes):  # type: ignore[no-untyped-def]  # counts, nothing else
            Compteur.appels += 1
            return super().encode_query(textes)

    recherche = assemble({n: entities(catalogue_socle, n) for n in _TROIS}, Compteur())
    for nature in _TROIS:
        recherche.search("chef de chantier dans le désert", (nature,))
    recherche.search("Cheffe de chantier dans le desert", ("metier",))
    assert Compteur.appels <= 2  # the query, and at most its other gender for an encoder that knows none


def test_an_index_of_another_encoder_is_refused(catalogue_socle: Catalogue, tmp_path: Path) -> None:
    Recherche.build(catalogue_socle, tmp_path, encodeur=EncodeurFactice("un"))
    assert Recherche.load(catalogue_socle, tmp_path, encodeur=EncodeurFactice("un")).search("boulanger")
    with pytest.raises(StaleIndexError):
        Recherche.load(catalogue_socle, tmp_path, encodeur=EncodeurFactice("deux"))
    with pytest.raises(StaleIndexError):
        Recherche.load(catalogue_socle, tmp_path)


def test_a_second_build_encodes_nothing(catalogue_socle: Catalogue, tmp_path: Path) -> None:
    encodeur = EncodeurFactice()
    Recherche.build(catalogue_socle, tmp_path, encodeur=encodeur)
    premiers = len(encodeur.encodes)
    assert premiers > 1000
    Recherche.build(catalogue_socle, tmp_path, encodeur=encodeur)
    assert len(encodeur.encodes) == premiers


def _exemples(nombre: int, alea: np.random.Generator) -> list[Exemple]:
    """Requests in which the third trait tells the right answer and the first misleads."""
    exemples = []
    for _ in range(nombre):
        traits = alea.random((8, len(TRAITS)))
        justes = np.zeros(8, dtype=np.bool_)
        justes[int(np.argmax(traits[:, 2]))] = True
        traits[justes, 0] = 0.0
        exemples.append(Exemple(traits, justes, exact=False))
    return exemples


def test_learning_finds_the_channel_that_tells(tmp_path: Path) -> None:
    alea = np.random.default_rng(0)
    fusion = learn_fusion(_exemples(300, alea))
    assert np.argmax(fusion.poids) == 2
    controle = _exemples(200, alea)
    justes = [bool(e.justes[int(np.argmax(fusion.scores(e.traits)))]) for e in controle]
    assert np.mean(justes) > 0.9
    sures = [
        bool(e.justes[i])
        for e in controle
        for i in [int(np.argmax(fusion.scores(e.traits)))]
        if fusion.probabilities(e.traits, fusion.scores(e.traits))[i] >= fusion.seuil_sur
    ]
    assert np.mean(sures) >= 0.85
    save_fusions({ETIQUETTE: fusion}, tmp_path)
    assert load_fusions(tmp_path)[ETIQUETTE] == fusion


def test_learning_from_too_little_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="au moins"):
        learn_fusion(_exemples(3, np.random.default_rng(0)))


def test_an_example_holds_the_candidates_of_a_request(recherche: Recherche) -> None:
    exemple = make_example(recherche, "metier", "fait le pain", lambda code: code == "D1102")
    assert exemple is not None
    assert exemple.traits.shape == (len(exemple.justes), len(TRAITS))
    assert exemple.justes.sum() == 1
    assert not exemple.exact
    assert make_example(recherche, "metier", "…", lambda _: True) is None


@pytest.mark.parametrize("contenu", ["{", "[]", json.dumps({"metier": {"poids": {}}})])
def test_a_damaged_fusion_is_refused(tmp_path: Path, contenu: str) -> None:
    (tmp_path / FICHIER).write_text(contenu, encoding="utf-8")
    with pytest.raises(ModelError, match="illisible"):
        load_fusions(tmp_path)


def test_the_confidence_names_its_traits() -> None:
    assert len(MOYENNE.poids) == len(TRAITS)
    assert len(MOYENNE.confiance) == len(CONFIANCE) + 1


def test_an_article_before_a_person_has_one_gender(recherche: Recherche) -> None:
    """« La médecin », « le médecin »: nothing else in the text tells who it is."""
    une, un = (recherche.ask(f"travailler avec {article} boulanger du coin") for article in ("la", "le"))
    assert une == un
    assert recherche.ask("tenir la caisse") != recherche.ask("tenir le caisse"), "other nouns keep theirs"


@pytest.mark.parametrize(
    ("elle", "lui"),
    [
        ("maman solo", "papa solo"),
        ("mère au foyer", "père au foyer"),
        ("femme au foyer", "homme au foyer"),
        ("j'élève seule mes filles", "j'élève seul mes fils"),
        ("jeune fille au pair", "garçon au pair"),
        ("je suis une femme, j'aime le bois", "je suis un homme, j'aime le bois"),
        ("je suis une femme", "je suis un homme"),
        ("aider ma fille autiste", "aider mon fils autiste"),
    ],
)
def test_who_speaks_and_whom_they_raise_change_no_word(elle: str, lui: str) -> None:
    assert Question(elle).clair == Question(lui).clair


@pytest.mark.parametrize(
    "texte", ["garçon de café", "...", "père noël en galerie", "filière bois", "c'est seulement ça"]
)
def test_what_tells_no_gender_keeps_its_words(texte: str) -> None:
    assert Question(texte).clair == texte
