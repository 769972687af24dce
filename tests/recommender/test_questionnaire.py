"""The RIASEC questionnaire: its words, its choices, its stops, and what it dares conclude."""

import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from recommender.mesure_interets import Tableau, expected_gain, pair_stakes
from recommender.profil_interets import LETTRES, NOTES, ProfilInterets
from recommender.questionnaire import PAR_DEFAUT, Item, Questionnaire, Reponse, load_questionnaire
from recommender.types import Interets
from referentiels.errors import InvalidInputError

VALEURS = ("non", "bof", "plutot", "oui")
Q = load_questionnaire()


def _session(repondre: Callable[[Item], str], graine: str = "", q: Questionnaire = Q) -> list[Reponse]:
    reponses: list[Reponse] = []
    while item := q.next_item(reponses, graine):
        reponses.append(Reponse(item.identifiant, repondre(item)))
    return reponses


def _always(valeur: str) -> Callable[[Item], str]:
    return lambda _: valeur


def _likes(**valeurs: str) -> Callable[[Item], str]:
    return lambda item: valeurs.get(item.majeure, "non")


def _trio(profil: ProfilInterets) -> set[str]:
    return {m.lettre for m in sorted(profil.lettres, key=lambda m: -m.poids)[:3]}


# Les mots


def test_the_sixty_items_follow_one_plan_for_all_letters() -> None:
    paires = Counter((item.majeure, item.mineure) for item in Q.items)
    for lettre in LETTRES:
        assert paires[lettre, None] == 5
        assert all(paires[lettre, autre] == 1 for autre in LETTRES if autre != lettre)
    assert sum(paires.values()) == 60
    assert all(re.fullmatch(item.majeure + r"\d\d", item.identifiant) for item in Q.items)
    assert len({item.texte for item in Q.items}) == 60


@pytest.mark.parametrize("item", Q.items, ids=lambda item: item.identifiant)
def test_an_item_is_short_plain_and_speaks_of_no_one(item: Item) -> None:
    """An infinitive has no subject: nothing can agree with the person."""
    mots = re.findall(r"[\w'’-]+", item.texte)
    assert len(mots) <= 14
    assert max(map(len, mots)) <= 15, "un mot trop long"
    assert re.match(r"[A-ZÉ]\w*(er|ir|re) ", item.texte), "l'item commence par un infinitif"
    assert item.texte.endswith(".")
    assert not re.search(r"[·•/()]|-e-|-e\b|\.e\b|[A-ZÉ]{2}", item.texte), "marque de genre"
    personne = r"\b(je|tu|vous|ils?|elles?|hommes?|femmes?|garçons?|filles?|pères?|mères?)\b"
    assert not re.search(personne, item.texte.replace("rendez-vous", "rencontre"), re.IGNORECASE)
    accord = r"\b(être|devenir|rester|se sentir|(content|fi[eè]r|seul|prêt|assis|debout|occupé)e?s?)\b"
    assert not re.search(accord, item.texte, re.IGNORECASE), "un adjectif s'accorderait avec la personne"


def test_texts_around_the_items_have_no_gender_mark() -> None:
    textes = [Q.consigne, *Q.valeurs.values(), *Q.libelles.values()]
    assert all(textes)
    assert not any(re.search(r"[·()]|-e\b", texte) for texte in textes)


# L'arrêt et le choix


@pytest.mark.parametrize("numero", range(40))
def test_sessions_last_eight_to_fifteen_questions(numero: int) -> None:
    alea = np.random.default_rng(numero)
    valeurs = [*VALEURS, "je_ne_sais_pas"]
    net = _likes(**dict.fromkeys(alea.permutation(list(LETTRES))[:2], "oui"))
    reponses = _session(lambda item: str(alea.choice(valeurs)) if alea.random() < numero % 4 / 3 else net(item))
    exprimees = sum(NOTES[r.valeur] is not None for r in reponses)
    assert len(reponses) == 15 or 8 <= exprimees <= len(reponses) < 15
    assert len({r.identifiant for r in reponses}) == len(reponses)


def test_a_clear_taste_stops_early_and_a_vague_one_does_not() -> None:
    assert len(_session(_likes(S="oui"))) == 8
    assert len(_session(_likes(R="oui", I="oui"))) < 15
    assert len(_session(_always("bof"))) == 15


def test_no_early_stop_before_every_letter_was_asked() -> None:
    une_lettre = [
        Reponse(f"{lettre}{n:02}", "oui" if lettre == "S" else "non") for lettre in "SAC" for n in range(1, 5)
    ]
    assert Q.next_item(une_lettre) is not None


@pytest.mark.parametrize(
    "gouts", [{"S": "oui"}, {"R": "oui", "A": "plutot", "C": "bof"}, dict.fromkeys(LETTRES, "plutot")]
)
def test_a_letter_comes_twice_in_a_row_only_when_it_teaches_clearly_more(gouts: dict[str, str]) -> None:
    reponses = _session(_likes(**gouts))
    par_identifiant = {item.identifiant: item for item in Q.items}
    items = [par_identifiant[r.identifiant] for r in reponses]
    for rang, (avant, item) in enumerate(pairwise(items), start=1):
        if avant.majeure == item.majeure:
            croyance = Q._believe(reponses[:rang], items[:rang])
            restants = [i for i in Q.items if i not in items[:rang]]
            enjeux = pair_stakes(croyance, Q.regles.nettete)
            gains = expected_gain(Q.modele, croyance, Q._loadings(restants), enjeux)
            ailleurs = max(g for g, i in zip(gains, restants, strict=True) if i.majeure != avant.majeure)
            assert ailleurs < (1 - Q.regles.tolerance) * gains.max() + 1e-6


def test_the_first_six_questions_see_the_six_letters() -> None:
    assert {r.identifiant[0] for r in _session(_always("bof"))[:6]} == set(LETTRES)


def test_what_is_already_clear_teaches_less() -> None:
    croyance = Q._believe([Reponse(f"S0{n}", "oui") for n in range(1, 5)], [i for i in Q.items if i.majeure == "S"][:4])
    pures = [next(i for i in Q.items if i.majeure == lettre) for lettre in LETTRES]
    gains = expected_gain(Q.modele, croyance, Q._loadings(pures), np.ones(15))
    assert np.argmin(gains) == LETTRES.index("S")
    assert (gains > 0).all()


# La même réponse, toujours


def test_a_session_is_the_same_every_time() -> None:
    gouts = _likes(A="oui", E="plutot")
    assert _session(gouts) == _session(gouts, q=load_questionnaire())
    assert _session(gouts, "lundi") == _session(gouts, "lundi")


def test_seeds_spread_the_items() -> None:
    vus = {r.identifiant for graine in range(20) for r in _session(_likes(S="oui", R="bof"), str(graine))}
    assert len(vus) >= 25
    assert len({r.identifiant for r in _session(_likes(S="oui", R="bof"))}) <= 15


def test_the_order_of_answers_changes_nothing() -> None:
    reponses = _session(_likes(A="oui", E="plutot", C="bof"))
    assert Q.estimate(reponses) == Q.estimate(reponses[::-1])


@pytest.mark.parametrize("graine", range(4))
def test_letters_are_interchangeable(graine: int) -> None:
    """Renaming the letters of all items renames the profile, and leaves the questions asked as they were."""
    alea = np.random.default_rng(graine)
    noms: dict[str | None, str] = dict(zip(LETTRES, alea.permutation(list(LETTRES)).tolist(), strict=True))
    renomme = replace(Q, items=tuple(replace(i, majeure=noms[i.majeure], mineure=noms.get(i.mineure)) for i in Q.items))
    valeur = {item.identifiant: str(alea.choice(VALEURS)) for item in Q.items}
    reponses = _session(lambda item: valeur[item.identifiant])
    assert _session(lambda item: valeur[item.identifiant], q=renomme) == reponses
    ici, ailleurs = Q.estimate(reponses), renomme.estimate(reponses)
    poids = {m.lettre: (m.poids, m.ecart_type) for m in ailleurs.lettres}
    for mesure in ici.lettres:
        assert poids[noms[mesure.lettre]] == pytest.approx((mesure.poids, mesure.ecart_type), abs=1e-9)
    assert [{noms[lettre] for lettre in groupe} for groupe in ici.tete] == [set(groupe) for groupe in ailleurs.tete]
    assert ici.certitude == pytest.approx(ailleurs.certitude, abs=1e-3)


# Ce qui est conclu


def test_i_do_not_know_teaches_nothing_and_asks_something_else() -> None:
    debut = [Reponse("S01", "oui"), Reponse("R01", "bof")]
    avec = [*debut, Reponse("E01", "je_ne_sais_pas")]
    assert Q.estimate(avec).lettres == Q.estimate(debut).lettres
    assert Q.estimate(avec).sans_avis == 1
    suivante = Q.next_item(avec)
    assert suivante is not None
    assert suivante.majeure != "E"


def test_only_i_do_not_know_gives_no_profile() -> None:
    reponses = _session(_always("je_ne_sais_pas"))
    profil = Q.estimate(reponses)
    assert len(reponses) == 15
    assert set(Counter(r.identifiant[0] for r in reponses).values()) == {2, 3}
    assert (profil.tete, profil.certitude, dict(profil.riasec)) == ((), None, {})
    assert (profil.reponses, profil.sans_avis) == (0, 15)
    assert "ne dit rien de vos goûts" in profil.phrase
    assert {round(m.poids, 9) for m in profil.lettres} == {0.5}


@pytest.mark.parametrize("valeur", ["non", "bof"])
def test_only_refusals_give_no_profile(valeur: str) -> None:
    profil = Q.estimate(_session(_always(valeur)))
    assert (profil.tete, profil.certitude, dict(profil.riasec)) == ((), None, {})
    assert "n'invente pas" in profil.phrase


def test_one_lukewarm_answer_among_refusals_is_no_profile() -> None:
    profil = Q.estimate(_session(lambda item: "plutot" if item.identifiant == "S01" else "non"))
    assert profil.tete == ()
    assert "aucun goût ne ressort" in profil.phrase


def test_no_answer_yet() -> None:
    profil = Q.estimate([])
    assert (profil.tete, profil.phrase) == ((), "Aucune question n'a encore reçu de réponse.")


def test_ties_are_said() -> None:
    profil = Q.estimate(_session(_likes(S="oui", A="plutot", C="plutot")))
    assert profil.tete == (("S",), ("A", "C"))
    assert (
        "aider et accompagner (S) ; puis créer et s'exprimer (A) et organiser et vérifier (C), ex æquo" in profil.phrase
    )


def test_liking_everything_is_a_tie_of_six() -> None:
    profil = Q.estimate(_session(_always("oui")))
    assert profil.tete == (tuple(LETTRES),)
    assert profil.certitude is None
    assert "sans que l'une se détache" in profil.phrase


def test_a_first_glance_says_that_it_is_one() -> None:
    profil = Q.estimate([Reponse("S01", "oui")])
    assert profil.phrase.startswith("Premier aperçu, après 1 réponse seulement.")
    assert profil.phrase.endswith("une piste, pas une conclusion.")
    assert profil.certitude is not None
    assert profil.certitude < 0.4


def test_the_sentence_names_the_certainty() -> None:
    profil = Q.estimate(_session(_likes(R="oui", I="oui")))
    assert profil.certitude is not None
    assert f"environ {round(10 * profil.certitude)} chances sur 10" in profil.phrase
    assert profil.empreinte == Q.empreinte


def test_weights_fit_the_profile_of_the_engine() -> None:
    profil = Q.estimate(_session(_likes(R="oui", I="plutot")))
    interets = Interets(riasec=profil.riasec)
    assert list(interets.riasec) == list(LETTRES)
    assert all(0 <= poids <= 1 for poids in interets.riasec.values())
    assert interets.riasec["R"] > interets.riasec["I"] > interets.riasec["S"]


def test_more_answers_raise_the_weight_and_narrow_the_doubt() -> None:
    suite = [
        Q.estimate([Reponse(f"S0{n}", "oui") for n in range(1, k)]).lettres[LETTRES.index("S")] for k in range(1, 6)
    ]
    assert all(avant.poids < apres.poids for avant, apres in pairwise(suite))
    assert all(avant.ecart_type > apres.ecart_type for avant, apres in pairwise(suite))


# Des personnes simulées, de goûts connus


class Epreuve(NamedTuple):
    adapte: list[float]
    au_hasard: list[float]
    longueurs: list[int]
    profils: list[ProfilInterets]
    attraits: list[Tableau]


def _simulate(tirer: Callable[[np.random.Generator], Tableau], personnes: int) -> Epreuve:
    """Sessions of people whose tastes are known, and as many answers to items drawn at random."""
    alea = np.random.default_rng(11)
    epreuve = Epreuve([], [], [], [], [])
    for numero in range(personnes):
        attrait = tirer(alea)
        notes = (alea.random(60)[:, None] < Q.modele.grade_curves(Q._loadings(Q.items) @ attrait)[:, 1:4]).sum(axis=1)
        valeurs = {item.identifiant: VALEURS[note] for item, note in zip(Q.items, notes, strict=True)}
        reponses = _session(lambda item, v=valeurs: v[item.identifiant], str(numero))  # type: ignore[misc]
        tires = [Q.items[i].identifiant for i in alea.permutation(60)[: len(reponses)]]
        vrai = {LETTRES[i] for i in np.argsort(-attrait)[:3]}
        profil = Q.estimate(reponses)
        epreuve.adapte.append(_trio(profil) == vrai)
        epreuve.au_hasard.append(_trio(Q.estimate([Reponse(i, valeurs[i]) for i in tires])) == vrai)
        epreuve.longueurs.append(len(reponses))
        epreuve.profils.append(profil)
        epreuve.attraits.append(attrait)
    return epreuve


def _clear(alea: np.random.Generator) -> Tableau:
    attrait = np.full(6, -1.5)
    attrait[alea.permutation(6)[:3]] = 1.5
    return attrait + 0.2 * alea.standard_normal(6)


def _any(alea: np.random.Generator) -> Tableau:
    return alea.multivariate_normal(np.zeros(6), np.linalg.inv(Q.modele.prior_precision()))


def test_clear_tastes_are_found_and_better_than_with_items_at_random() -> None:
    """Twenty trios are possible: chance alone finds one time in twenty."""
    epreuve = _simulate(_clear, 150)
    assert np.mean(epreuve.adapte) >= 0.85
    assert np.mean(epreuve.adapte) >= np.mean(epreuve.au_hasard) + 0.04
    assert np.mean(epreuve.longueurs) < 13.5


def test_the_certainty_that_is_said_holds() -> None:
    """Over people of any tastes, the head is right as often as it is said, or a little more."""
    epreuve = _simulate(_any, 200)
    dites, tenues = [], []
    for profil, attrait in zip(epreuve.profils, epreuve.attraits, strict=True):
        if profil.certitude is not None:
            tete = {lettre for groupe in profil.tete for lettre in groupe}
            dites.append(profil.certitude)
            tenues.append(tete == {LETTRES[i] for i in np.argsort(-attrait)[: len(tete)]})
    assert len(dites) > 120
    assert -0.05 <= np.mean(tenues) - np.mean(dites) <= 0.15
    assert np.mean(epreuve.adapte) > 4 / 20


@pytest.mark.mesure
def test_the_next_item_comes_within_five_milliseconds() -> None:
    reponses = _session(_always("bof"))
    durees = []
    for _ in range(20):
        for n in range(15):
            depart = time.thread_time()
            Q.next_item(reponses[:n])
            durees.append(time.thread_time() - depart)
    assert np.percentile(durees, 95) < 0.005


# Les erreurs


def test_an_unknown_item_is_refused() -> None:
    for methode in (Q.next_item, Q.estimate):
        with pytest.raises(InvalidInputError, match="question inconnue : « Z99 »") as error:
            methode([Reponse("S01", "oui"), Reponse("Z99", "oui")])
        assert error.value.champ == "reponses[1].identifiant"


def test_two_answers_to_one_item_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="la question S01 a reçu plusieurs réponses") as error:
        Q.estimate([Reponse("S01", "oui"), Reponse("S01", "non")])
    assert error.value.champ == "reponses[1].identifiant"


def test_an_unknown_value_is_refused_with_those_expected() -> None:
    motif = "question S01 : réponse « peut-être » inconnue ; attendu : « oui »"
    with pytest.raises(InvalidInputError, match=motif) as error:
        Q.next_item([Reponse("S01", "peut-être")])
    assert error.value.champ == "reponses[0].valeur"


@pytest.mark.parametrize(
    ("avant", "apres", "motif"),
    [
        ("discrimination = 1.5", "discrimination = -1", "discrimination et variance"),
        ("discrimination = 1.5", 'discrimination = "forte"', "un nombre est attendu"),
        ("discrimination = 1.5", "discrimination = nan", "un nombre est attendu"),
        ("seuils = [-0.9, 0.0, 0.9]", "seuils = [0.9, 0.0, -0.9]", "croître"),
        ("seuils = [-0.9, 0.0, 0.9]", "seuils = [0.9]", "trois nombres"),
        ("correlation = 0.25", "correlation = 1.0", "corrélation"),
        ("questions_maximum = 15", "questions_maximum = 5", "maximum"),
        ("questions_maximum = 15", "questions_maximum = 15.5", "entiers"),
        ("ex_aequo = 0.65", "ex_aequo = 2.0", "entre 0 et 1"),
        ("[choix]", "[choix]\nautre = 1", r"section \[choix\] doit donner exactement : nettete, tolerance"),
        ('identifiant = "R02"', 'identifiant = "R01"', "même identifiant"),
        ('mineure = "R"', 'mineure = "Z"', "mineure inconnue"),
        ('majeure = "R"', 'majeur = "R"', "question illisible"),
        ('bof = "Bof"', "", r"\[reponses\]"),
        ("[lettres]", "[lettres", "illisible"),
    ],
)
def test_a_bad_file_is_refused_in_french(tmp_path: Path, avant: str, apres: str, motif: str) -> None:
    texte = PAR_DEFAUT.read_text(encoding="utf-8")
    assert avant in texte
    fichier = tmp_path / "essai.toml"
    fichier.write_text(texte.replace(avant, apres, 1), encoding="utf-8")
    with pytest.raises(InvalidInputError, match=f"questionnaire « essai.toml ».*{motif}"):
        load_questionnaire(fichier)


def test_an_absent_file_is_refused_and_any_change_changes_the_hash(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="illisible"):
        load_questionnaire(tmp_path / "absent.toml")
    fichier = tmp_path / "essai.toml"
    texte = PAR_DEFAUT.read_text(encoding="utf-8")
    fichier.write_text(texte, encoding="utf-8")
    assert load_questionnaire(fichier) == Q
    fichier.write_text(texte.replace("variance = 1.0", "variance = 1.1"), encoding="utf-8")
    assert load_questionnaire(fichier).empreinte != Q.empreinte
