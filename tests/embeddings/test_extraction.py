"""Free text read as compétences: actions cut out, verbs found again, denials left out, bounds said."""

import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.actions import Decoupage
from embeddings.extraction import CompetenceTrouvee, Extracteur, load_mots
from embeddings.search import Recherche, assemble
from embeddings.texts import entities
from embeddings.types import Nature, Resultat
from embeddings.verbes import Verbes
from referentiels.catalogue import Catalogue

DECOUPAGE = Decoupage(load_mots())
VERBES = Verbes(("nettoyer", "appeler", "gérer", "conduire", "tenir", "vendre", "saisir"), load_mots()["irreguliers"])


def requetes(texte: str) -> list[str]:
    return [action.requete for action in DECOUPAGE.read(texte)]


@pytest.fixture(scope="module")
def extracteur(catalogue_socle: Catalogue) -> Extracteur:
    return Extracteur(assemble({"competence": entities(catalogue_socle, "competence")}, None))


class Repond:
    """A search that answers the same to everything, and keeps what it was asked."""

    version = "essai"

    def __init__(self, *resultats: tuple[str, str, float]) -> None:
        self.resultats = tuple(Resultat("competence", c, libelle, libelle, s) for c, libelle, s in resultats)
        self.demandes: list[str] = []

    def search(self, requete: str, natures: Sequence[Nature] = ("metier",), limite: int = 10) -> tuple[Resultat, ...]:
        assert natures == ("competence",)
        self.demandes.append(requete)
        return self.resultats[:limite]


@pytest.mark.parametrize(
    ("forme", "infinitif"),
    [
        ("nettoie", "nettoyer"), ("nettoyais", "nettoyer"), ("appelle", "appeler"), ("gérée", "gérer"),
        ("gerions", "gérer"), ("conduisait", "conduire"), ("conduites", "conduire"), ("tiennent", None),
        ("tenu", "tenir"), ("vendrait", "vendre"), ("vends", "vendre"), ("saisissent", "saisir"), ("table", None),
    ],
)  # fmt: skip
def test_common_forms_lead_to_the_infinitive(forme: str, infinitif: str | None) -> None:
    trouvee = VERBES.read(forme)
    assert (trouvee.infinitif if trouvee else None) == infinitif


def test_an_unknown_verb_is_guessed_only_where_a_verb_stands() -> None:
    assert VERBES.read("blanchissais") is None
    trouvee = VERBES.guess("zinguais")
    assert trouvee is not None
    assert trouvee.infinitif == "zinguer"


@pytest.mark.parametrize(
    ("texte", "attendues"),
    [
        (
            "je gérais la caisse, les commandes et je formais les apprentis",
            ["gérer la caisse", "gérer les commandes", "former les apprentis"],
        ),
        ("J’ai rangé la cave et balayé le sol", ["ranger la cave", "balayer le sol"]),
        ("Accueil clients ; encaissement", ["accueillir clients", "encaisser"]),
        ("- lavage des vitres\n- tri des déchets", ["laver des vitres", "trier des déchets"]),
        ("il fallait ranger, nettoyer et compter", ["ranger", "nettoyer", "compter"]),
        ("ma mission consistait à vérifier les factures", ["vérifier les factures"]),
        ("euh alors moi je tenais souvent le bar", ["tenir le bar"]),
        ("je sais réparer les motos", ["réparer les motos"]),
        ("je plie le linge depuis dix ans", ["plier le linge"]),
        ("je faisais le repassage", ["repasser"]),
        ("je peignais des volets puis je les ponçais", ["peindre des volets", "poncer des volets"]),
        ("je m'occupe des poules", ["s'occuper des poules"]),
    ],
)
def test_texts_are_cut_into_actions(texte: str, attendues: list[str]) -> None:
    assert requetes(texte) == attendues


@pytest.mark.parametrize(
    "texte",
    [
        "je n'ai jamais conduit de bus, ni de camion",
        "j'ai pas encadré d'équipe",
        "je ne vends plus de voitures",
        "sans encadrer personne",
        "je suis maçon",
        "en usine",
        "je",
        "",
    ],
)
def test_denied_actions_and_mere_circumstances_are_left_out(texte: str) -> None:
    assert [a for a in DECOUPAGE.read(texte) if a.sorte != "qualite"] == []


def test_a_denial_ends_with_its_clause() -> None:
    assert requetes("je n'ai jamais cuisiné mais je sais jardiner") == ["jardiner"]
    assert requetes("pas mal de manutention") == ["manutentionner"]


def test_spans_are_those_of_the_text_received(extracteur: Extracteur) -> None:
    texte = "<p>Bonjour 🌸\x00, je <b>tenais</b> la caisse</p> et je conseillais les clients"
    trouvees = extracteur.extract(texte)
    assert len(trouvees) >= 2
    for trouvee in trouvees:
        assert texte[trouvee.debut : trouvee.fin] == trouvee.extrait
        assert trouvee.a_confirmer
        assert 0 < trouvee.confiance <= 1
    assert [t.debut for t in trouvees] == sorted(t.debut for t in trouvees)


def test_the_sentence_of_the_issue_is_understood(extracteur: Extracteur) -> None:
    trouvees = extracteur.extract("je gérais la caisse, les stocks et je nettoyais les locaux")
    assert [t.extrait for t in trouvees] == ["gérais la caisse", "les stocks", "nettoyais les locaux"]
    for trouvee, mot in zip(trouvees, ("caisse", "stock", "locaux"), strict=True):
        assert mot in trouvee.libelle.lower()


def test_a_competence_is_given_once_where_it_is_surest() -> None:
    class Inegale(Repond):
        def search(self, requete: str, natures: Sequence[Nature] = (), limite: int = 10) -> tuple[Resultat, ...]:
            score = 0.9 if "fruits" in requete else 0.6
            return tuple(replace(r, score=score) for r in super().search(requete, natures, limite))

    trouvees = Extracteur(Inegale(("7", "Proposer", 1.0))).extract("je vendais du pain. je vendais des fruits")
    assert [(int(t.code), t.extrait) for t in trouvees] == [(7, "vendais des fruits")]


def test_other_readings_follow_and_unlikely_ones_do_not() -> None:
    reponses = [(str(n), f"Réponse {n}", 0.9 - n / 10) for n in range(8)]
    (trouvee,) = Extracteur(Repond(*reponses)).extract("je vendais du pain")
    assert int(trouvee.code) == 0
    assert [int(a.code) for a in trouvee.autres] == [1, 2, 3]
    lecture = Extracteur(Repond(("1", "Loin", 0.1))).read("je vendais du pain")
    assert lecture.competences == ()
    assert lecture.non_reconnus == ("vendais du pain",)


def test_a_general_competence_wins_over_a_close_neighbour() -> None:
    recherche = Repond(("1", "Précise", 0.8), ("2", "Générale", 0.78))
    assert [int(t.code) for t in Extracteur(recherche).extract("je vendais du pain")] == [1]
    assert [int(t.code) for t in Extracteur(recherche, {"2"}).extract("je vendais du pain")] == [2]


@pytest.mark.parametrize("texte", ["Rigoureuse", "je suis patient et créatif", "j'aime travailler en équipe"])
def test_qualities_are_asked_in_the_words_of_the_referentiel(texte: str) -> None:
    recherche = Repond(("300490", "Faire preuve de rigueur et de précision", 1.0))
    assert Extracteur(recherche).extract(texte)
    officiels = set(load_mots()["qualites"])
    assert any(demande in officiels for demande in recherche.demandes)


def test_long_texts_are_bounded_and_say_so(extracteur: Extracteur) -> None:
    reglages = load_mots()["reglages"]
    long = extracteur.read("je vendais des fruits. " * 500)
    assert long.caracteres_lus == reglages["caracteres_max"]
    assert not long.complet
    nombreux = extracteur.read(". ".join(f"je vends {n} fruits" for n in range(int(reglages["actions_max"]) + 1)))
    assert nombreux.caracteres_lus < reglages["caracteres_max"]
    assert not nombreux.complet
    assert extracteur.read("je vends des fruits").complet


@pytest.mark.parametrize(
    "texte",
    [
        "", " \n\t" * 3000, "\x00" * 10_000, "😀" * 10_000, "我在餐厅工作" * 1500, "كنت أعمل " * 1000, "<" * 10_000,
        "<script" * 1500, "<a " * 3000, "j'" * 5000, "et " * 3300, "je " * 3300, "- " * 5000, "é̂" * 5000, "\ud800 ",
        "İ" * 500 + " je vends", "ßß ﬁls ﬂ", "x" * 10_000, "je vends," * 1200,
    ],
)  # fmt: skip
def test_mad_texts_are_read_quickly(extracteur: Extracteur, texte: str) -> None:
    debut = time.thread_time()
    trouvees = extracteur.extract(texte)
    assert time.thread_time() - debut < 0.5
    assert all(texte[t.debut : t.fin] == t.extrait for t in trouvees)


@settings(max_examples=150, deadline=None)
@given(
    texte=st.text(max_size=300)
    | st.lists(st.sampled_from(["je", "n'", "ne", "pas", "les", "et", ",", ".", "vends", "gérer", "<b>", "à"])).map(
        " ".join
    )
)
def test_any_text_gives_ordered_spans(texte: str) -> None:
    for action in DECOUPAGE.read(texte):
        assert 0 <= action.debut < action.fin <= len(texte)
        assert action.requete.strip()


@pytest.mark.officiel
def test_everyday_sentence_on_the_official_catalogue(recherche_officielle: Recherche) -> None:
    debut = time.thread_time()
    trouvees: tuple[CompetenceTrouvee, ...] = Extracteur(recherche_officielle).extract(
        "je gérais la caisse, les commandes et je formais les apprentis"
    )
    assert time.thread_time() - debut < 5  # the index is read at the first search
    assert len(trouvees) == 3
    assert int(trouvees[0].code) == 118069
