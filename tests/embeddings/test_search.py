"""What people type finds what they mean."""

import random
import threading
import time
from pathlib import Path

import pytest

from embeddings.lexical import ConfigLexical
from embeddings.normalisation import gender_forms, words
from embeddings.search import Recherche
from embeddings.texts import NATURES
from embeddings.types import Chercheur, Nature, Resultat
from referentiels.catalogue import Catalogue
from referentiels.errors import MissingIndexError, StaleIndexError
from referentiels.types import Appellation, Certification

BRUIT = (
    "", " ", "\x00\x00", "zzzz", "qsdfghjklm", "🙂🙂", "<script>alert(1)</script>", "<b></b>", "привет мир", "你好世界",
    "مرحبا", "'; -- /*", "12345", "00 000", "a" * 10_000, "🙂" * 10_000, "<" * 10_000, "((((" * 2_500, "\u0301" * 500,
    "xq zk " * 2_000, "de la de la", "…", "....", "%00%00", "\ud800", "-" * 10_000, "a." * 5_000,
)  # fmt: skip


def codes(resultats: tuple[Resultat, ...]) -> list[str]:
    return [r.code for r in resultats]


def test_it_is_a_chercheur(recherche_socle: Recherche) -> None:
    chercheur: Chercheur = recherche_socle
    assert len(chercheur.version) == 16


@pytest.mark.parametrize(
    "requete",
    [
        "boulangère",
        "BOULANGERE",
        "Boulanger / Boulangère",
        "boulanger·ère",
        "boulanger(ère)",
        "D1102",
        " d1102 ",
    ],
)
def test_every_spelling_of_a_name_is_exact(recherche_socle: Recherche, requete: str) -> None:
    premier = recherche_socle.search(requete)[0]
    assert (premier.code, premier.score, premier.nature) == ("D1102", 1.0, "metier")


@pytest.mark.parametrize(
    ("requete", "code"),
    [
        ("boulangre", "D1102"),
        ("boulenger", "D1102"),
        ("je suis ancienne boulangère", "D1102"),
        ("j'ai travaillé comme boulanger", "D1102"),
        ("un poste de boulanger (H/F)", "D1102"),
        ("<b>boulanger</b>", "D1102"),
        ("bouchere", "D1101"),
        ("patissier", "D1104"),
    ],
)
def test_typos_and_sentences_find_the_metier(recherche_socle: Recherche, requete: str, code: str) -> None:
    premier = recherche_socle.search(requete)[0]
    assert premier.code == code
    assert 0.5 < premier.score < 1 or requete in {"bouchere", "patissier", "<b>boulanger</b>"}


def test_an_electricien_is_no_coiffeur(recherche_socle: Recherche) -> None:
    trouves = recherche_socle.search("électricien", limite=50)
    assert trouves
    assert all("lectri" in f"{r.libelle} {r.trouve}" for r in trouves[:3])
    assert not any("oiff" in r.libelle for r in trouves)


def test_both_genders_of_every_appellation_find_the_same(
    catalogue_socle: Catalogue, recherche_socle: Recherche
) -> None:
    couples = [(a.code_rome, *gender_forms(a.libelle)) for a in catalogue_socle.store.all(Appellation)]
    couples = [c for c in couples if c[1] != c[2]]
    assert len(couples) > 400
    for code, masculin, feminin in couples:
        trouves = recherche_socle.search(masculin, limite=5)
        assert trouves == recherche_socle.search(feminin, limite=5), (masculin, feminin)
        assert any(r.code == code and r.score == 1 for r in trouves), masculin


@pytest.mark.parametrize("requete", BRUIT)
def test_noise_answers_nothing_and_quickly(recherche_socle: Recherche, requete: str) -> None:
    debut = time.thread_time()
    assert recherche_socle.search(requete, NATURES) == ()
    assert time.thread_time() - debut < 0.5


def test_no_text_ever_raises(recherche_socle: Recherche) -> None:
    hasard = random.Random(7)
    alphabet = "abcdeiorst éèàçœŒß·.-/()'’<>&;%+#0123456789\x00\n\t🙂Жß\u0301\u202e"
    for _ in range(400):
        requete = "".join(hasard.choice(alphabet) for _ in range(hasard.randint(0, 60)))
        for r in recherche_socle.search(requete, NATURES, limite=3):
            assert 0 < r.score <= 1


def test_results_are_sorted_limited_and_repeatable(recherche_socle: Recherche) -> None:
    for requete in ("vendeur", "chef", "agent de maintenance", "gérer une équipe"):
        trouves = recherche_socle.search(requete, NATURES, limite=20)
        assert [r.score for r in trouves] == sorted((r.score for r in trouves), reverse=True)
        assert len({(r.nature, r.code) for r in trouves}) == len(trouves) <= 20
        assert recherche_socle.search(requete, NATURES, limite=20) == trouves
        assert recherche_socle.search(requete, NATURES, limite=5) == trouves[:5]
    assert recherche_socle.search("vendeur", limite=0) == ()
    assert recherche_socle.search("vendeur", ()) == ()


def test_a_prefix_of_code_lists_its_metiers_in_order(catalogue_socle: Catalogue, recherche_socle: Recherche) -> None:
    attendus = [c for c in sorted(catalogue_socle.metiers) if c.startswith("K13")]
    trouves = recherche_socle.search("k13", limite=100)
    assert codes(trouves) == attendus
    assert attendus
    assert all(r.score < 1 for r in trouves)


def test_a_certification_by_number_kind_and_title(catalogue_socle: Catalogue, recherche_socle: Recherche) -> None:
    voulue = next(c for c in catalogue_socle.store.all(Certification) if c.abrege == "CAP")
    chiffres = voulue.numero.removeprefix("RNCP")
    titres = (f"CAP {voulue.intitule}", f"certificat d'aptitude professionnelle {voulue.intitule}".upper())
    for requete in (voulue.numero, voulue.numero.lower(), f"rncp {chiffres}", chiffres, *titres):
        premier = recherche_socle.search(requete, ("certification",))[0]
        assert (premier.code, premier.score) == (voulue.numero, 1.0)
    assert recherche_socle.search("RNCP999999", ("certification",)) == ()


@pytest.mark.parametrize("nature", NATURES)
def test_every_label_of_every_nature_is_found(recherche_socle: Recherche, nature: Nature) -> None:
    noms = recherche_socle.names(nature)
    assert noms
    for code, nom in noms[:: max(1, len(noms) // 60)]:
        trouves = recherche_socle.search(nom, (nature,), limite=20)
        assert any(r.code == code and r.score == 1 for r in trouves if words(nom)), nom


def test_everyday_words_reach_the_referentiel(recherche_socle: Recherche) -> None:
    """Through the lexicon; an exact name is never rewritten, and a rewritten query never scores 1."""
    trouves = recherche_socle.search("toubib")
    assert trouves
    assert trouves[0].score < 1


def test_the_index_loads_again_and_refuses_another_catalogue(catalogue_socle: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(MissingIndexError):
        Recherche.load(catalogue_socle, tmp_path)
    etapes: list[str] = []
    construite = Recherche.build(catalogue_socle, tmp_path, etapes.append)
    assert len(etapes) == len(NATURES) + 2, "one a nature, the completion, the writing"
    relue = Recherche.load(catalogue_socle, tmp_path)
    assert relue.version == construite.version
    assert relue.search("vendeuse") == construite.search("vendeuse") != ()
    with pytest.raises(StaleIndexError, match="azimut construire"):
        Recherche.load(Catalogue(catalogue_socle.store, "autre"), tmp_path)
    with pytest.raises(StaleIndexError):
        Recherche.load(catalogue_socle, tmp_path, ConfigLexical(seuil=0.3))


def test_two_builds_are_the_same_byte_for_byte(catalogue_socle: Catalogue, tmp_path: Path) -> None:
    for nom in ("a", "b"):
        Recherche.build(catalogue_socle, tmp_path / nom)
    fichiers = sorted(f.relative_to(tmp_path / "a") for f in (tmp_path / "a").rglob("*") if f.is_file())
    assert len(fichiers) > 100
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in fichiers)


def test_threads_find_what_one_finds(catalogue_socle: Catalogue, tmp_path: Path) -> None:
    recherche = Recherche.build(catalogue_socle, tmp_path)
    attendu = Recherche.load(catalogue_socle, tmp_path).search("vendeuse en boulangerie", NATURES)
    obtenus: list[tuple[Resultat, ...]] = []
    fils = [
        threading.Thread(target=lambda: obtenus.append(recherche.search("vendeuse en boulangerie", NATURES)))
        for _ in range(8)
    ]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert obtenus == [attendu] * 8


@pytest.mark.officiel
def test_both_genders_of_every_official_appellation_find_the_same(
    catalogue_officiel: Catalogue, recherche_officielle: Recherche
) -> None:
    """Labels whose genders have the same words can but find the same: one in ten is tried, and all the others."""
    appellations = catalogue_officiel.store.all(Appellation)
    couples = [(a, *gender_forms(a.libelle)) for a in appellations]
    couples = [c for c in couples if c[1] != c[2]]
    assert len(couples) > 10_000
    for rang, (appellation, masculin, feminin) in enumerate(couples):
        if rang % 10 and words(masculin) == words(feminin):
            continue
        trouves = recherche_officielle.search(masculin, limite=5)
        assert trouves == recherche_officielle.search(feminin, limite=5), (masculin, feminin)
        assert any(r.code == appellation.code_rome and r.score == 1 for r in trouves), masculin


@pytest.mark.officiel
@pytest.mark.parametrize(
    ("requete", "prefixe"),
    [
        ("électricienne", "F1602"),
        ("electrissien batiment", "F1602"),
        ("plakiste", "F1604"),
        ("aide soignante", "J1501"),
        ("prof de maths", "K2107"),
        ("hôtesse de l'air", "N2101"),
        ("chauffeur poids lourd", "N4101"),
        ("maçonne", "F1703"),
    ],
)
def test_everyday_requests_find_their_official_metier(
    recherche_officielle: Recherche, requete: str, prefixe: str
) -> None:
    assert recherche_officielle.search(requete)[0].code.startswith(prefixe)


@pytest.mark.officiel
@pytest.mark.parametrize("requete", BRUIT)
def test_noise_answers_nothing_on_official_data(recherche_officielle: Recherche, requete: str) -> None:
    debut = time.thread_time()
    assert recherche_officielle.search(requete) == ()
    assert time.thread_time() - debut < 0.5


@pytest.mark.officiel
def test_active_certifications_come_first_at_equal_score(
    catalogue_officiel: Catalogue, recherche_officielle: Recherche
) -> None:
    actives: dict[str, bool] = {c.numero: bool(c.active) for c in catalogue_officiel.store.all(Certification)}
    melanges = 0
    for requete in ("boulanger", "maçon", "coiffure", "comptabilité et gestion", "cuisine"):
        trouves = recherche_officielle.search(requete, ("certification",), limite=30)
        cles = [(-r.score, not actives[r.code], r.code) for r in trouves]
        assert cles == sorted(cles)
        melanges += len({actives[r.code] for r in trouves if r.score == 1}) == 2
    assert melanges
