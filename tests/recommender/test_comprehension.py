"""Understanding a profile: codes, words, wishes and refusals; nothing is lost without a word."""

from collections.abc import Mapping
from typing import Any

import pytest

from recommender.comprehension import Lecteur
from recommender.diplomes_dits import is_licence
from recommender.pipeline import Recommender
from recommender.profil_compris import ProfilCompris
from recommender.souhaits import name_quality, split_refusals, split_text, wish_pieces
from recommender.types import (
    CompetenceDeclaree,
    Contrainte,
    Diplome,
    Experience,
    Interets,
    Profil,
    Territoire,
)
from referentiels.types import NumeroFiche
from tests.recommender.exemples import BAC, CAP, COMPETENCES


@pytest.fixture(scope="session")
def lecteur(essai: Recommender) -> Lecteur:
    return Lecteur(essai.catalogue, essai.chercheur, essai.config)


def _read(lecteur: Lecteur, **champs: Any) -> ProfilCompris:
    return lecteur.read(Profil(**champs))


def test_an_empty_profile_is_empty(lecteur: Lecteur) -> None:
    compris = _read(lecteur)
    assert compris.vide
    assert compris.avertissements == []


def test_an_experience_by_code_appellation_or_words_is_the_same(lecteur: Lecteur) -> None:
    rang = list(lecteur.catalogue.metiers).index("H2101")  # type: ignore[arg-type]
    lus = [
        _read(lecteur, experiences=(Experience(code_rome=" h2101 "),)),
        _read(lecteur, experiences=(Experience(code_appellation=5_000 + rang),)),
        _read(lecteur, experiences=(Experience(texte="couturière d'atelier"),)),
    ]
    assert all(lu.metiers == lus[0].metiers for lu in lus)
    assert list(lus[0].metiers) == ["H2101"]
    assert [len(lu.compris) for lu in lus] == [0, 0, 1]
    assert lus[2].compris[0].code == "H2101"


def test_years_and_kind_set_the_strength(lecteur: Lecteur) -> None:
    def force(annees: float | None, nature: Any = "emploi") -> float:
        compris = _read(lecteur, experiences=(Experience(code_rome="N1101", annees=annees, nature=nature),))
        return next(iter(compris.metiers.values())).force

    assert force(0) < force(1) < force(5) < force(40) <= 1
    assert force(-3) == force(0)
    assert force(1) < force(None) < force(40)
    assert force(3, "stage") < force(3, "benevolat") < force(3)
    assert force(3, "vie_personnelle") < force(3)


def test_the_strongest_of_two_same_experiences_is_kept(lecteur: Lecteur) -> None:
    deux = (Experience(code_rome="N1101", annees=1), Experience(code_rome="N1101", annees=9))
    assert _read(lecteur, experiences=deux).metiers == _read(lecteur, experiences=deux[::-1]).metiers
    assert _read(lecteur, experiences=deux).metiers == _read(lecteur, experiences=deux[1:]).metiers


def test_an_unknown_code_is_named_with_the_nearest_ones(lecteur: Lecteur) -> None:
    compris = _read(lecteur, experiences=(Experience(code_rome="H2109"),))
    assert compris.metiers == {}
    (note,) = compris.avertissements
    assert "H2109" in note
    assert "H2101" in note
    assert note.startswith("Expérience 1 : ")


def test_an_unknown_appellation_falls_back_on_the_words(lecteur: Lecteur) -> None:
    compris = _read(lecteur, experiences=(Experience(code_appellation=1, texte="cariste"),))
    assert list(compris.metiers) == ["N1101"]
    assert "Expérience 1 : appellation inconnue, « 1 »." in compris.avertissements


def test_a_competence_code_may_be_a_savoir_and_an_unknown_one_is_told(lecteur: Lecteur) -> None:
    codes = (CompetenceDeclaree(code=300), CompetenceDeclaree(code=1), CompetenceDeclaree(code=77))
    compris = _read(lecteur, competences=codes)
    assert set(compris.items) == {300, 1}
    assert compris.avertissements == ["Compétence 3 : code inconnu, « 77 »."]


@pytest.mark.parametrize(("niveau", "rang"), [(-5, 0), (1, 0), (2, 1), (3, 2), (4, 3), (9, 3)])
def test_a_level_is_brought_into_its_scale(lecteur: Lecteur, niveau: int, rang: int) -> None:
    compris = _read(lecteur, competences=(CompetenceDeclaree(code=1, niveau=niveau),))
    assert compris.items[1].force == lecteur.config.acquis.niveau[rang]


def test_what_they_want_to_go_on_doing_counts_more_and_what_they_are_tired_of_less(lecteur: Lecteur) -> None:
    def force(envie: Any, niveau: int) -> float:
        return _read(lecteur, competences=(CompetenceDeclaree(code=1, niveau=niveau, envie=envie),)).items[1].force

    assert 0 < force("non", 3) < force("indifferent", 3) < force("oui", 3) <= 1.0
    assert force("oui", 4) == 1.0


def test_a_sentence_is_cut_and_each_piece_is_resolved(lecteur: Lecteur) -> None:
    compris = _read(lecteur, competences=(CompetenceDeclaree(texte="coudre à la machine, tailler des végétaux"),))
    assert {1, 21} <= set(compris.items)
    assert [c.texte for c in compris.compris] == ["coudre à la machine", "tailler des végétaux"]
    assert "coudre à la machine" in compris.items[1].origine


def test_words_that_say_nothing_are_told(lecteur: Lecteur) -> None:
    compris = _read(lecteur, competences=(CompetenceDeclaree(texte="xyzzy"),), experiences=(Experience(texte="plugh"),))
    assert compris.vide
    assert len(compris.avertissements) == 2
    assert all("n'a pas été reconnu" in note for note in compris.avertissements)


@pytest.mark.parametrize("texte", ["rigoureuse", "je suis très rigoureux", "Précision", "minutie"])
def test_a_quality_in_everyday_words_is_a_savoir_etre(lecteur: Lecteur, texte: str) -> None:
    compris = _read(lecteur, competences=(CompetenceDeclaree(texte=texte),))
    assert set(compris.items) == {91}
    assert compris.compris[0].texte == texte


def test_a_technique_is_no_quality(lecteur: Lecteur) -> None:
    assert name_quality("mécanique de précision", lecteur.config) is None
    assert name_quality("équipe de nuit", lecteur.config) is None


def test_interests_keep_the_known_letters_only(lecteur: Lecteur) -> None:
    compris = _read(lecteur, interets=Interets(riasec={"r": 3.0, "Z": 1.0, "S": 0.5, "A": 0.0, "I": -1.0}))
    assert compris.riasec == {"R": 1.0, "S": 0.5}


def test_a_taste_that_is_a_working_condition_becomes_one(lecteur: Lecteur) -> None:
    compris = _read(lecteur, interets=Interets(centres=("1", "dehors", "contact nature")))
    assert [code for _, code, _ in compris.gouts] == ["1", "2"]
    assert compris.contextes == {"souhaiter": {400: "En extérieur"}}


def test_a_diploma_by_number_or_words(lecteur: Lecteur) -> None:
    par_code = _read(lecteur, diplomes=(Diplome(code="rncp 10"),))
    assert set(par_code.diplomes) == {CAP}
    par_texte = _read(lecteur, diplomes=(Diplome(texte="CAP couture"),))
    assert set(par_texte.diplomes) == {CAP, NumeroFiche("RNCP30")}, "the older fiche of the same diploma counts too"
    assert set(par_texte.diplomes.values()) == {"CAP Couture"}


def test_the_level_of_a_diploma_chooses_among_its_readings(lecteur: Lecteur) -> None:
    compris = _read(lecteur, diplomes=(Diplome(texte="bac professionnel couture", niveau=4),))
    assert set(compris.diplomes) == {BAC}
    assert _read(lecteur, diplomes=(Diplome(texte="CAP couture", niveau=7),)).diplomes == {}


@pytest.mark.parametrize("texte", ["bac", "BTS", "Baccalauréat"])
def test_a_diploma_without_its_speciality_leads_nowhere(lecteur: Lecteur, texte: str) -> None:
    compris = _read(lecteur, diplomes=(Diplome(texte=texte),))
    assert compris.diplomes == {}
    assert "précisez la spécialité" in compris.avertissements[0]


def test_an_unknown_diploma_is_named_with_the_nearest(lecteur: Lecteur) -> None:
    compris = _read(lecteur, diplomes=(Diplome(code="RNCP11"),))
    assert "RNCP11" in compris.avertissements[0]
    assert "RNCP10" in compris.avertissements[0]


def test_constraints_by_code_and_by_words(lecteur: Lecteur) -> None:
    contraintes = (
        Contrainte("eviter", texte="port de charges"),
        Contrainte("exclure", code=404),
        Contrainte("souhaiter", texte="plein air"),
        Contrainte("eviter", code=12),
    )
    compris = _read(lecteur, contraintes=contraintes)
    assert {mode: set(lot) for mode, lot in compris.contextes.items()} == {
        "eviter": {401}, "exclure": {404}, "souhaiter": {400},
    }  # fmt: skip
    assert compris.avertissements == ["Condition de travail 4 : code inconnu, « 12 »."]


def test_exclusions_are_prefixes_of_known_codes(lecteur: Lecteur) -> None:
    compris = _read(lecteur, exclusions=(" h2 ", "Q9", "", "N1101"))
    assert compris.exclusions == ("H2", "N1101")
    assert any("« Q9 »" in note for note in compris.avertissements)


def test_a_territory_is_understood_or_told(lecteur: Lecteur) -> None:
    connu = _read(lecteur, territoire=Territoire("35000"))
    assert [(c.champ, c.libelle) for c in connu.compris] == [("territoire", "Rennes (35)")]
    inconnu = _read(lecteur, territoire=Territoire("Atlantis"))
    assert inconnu.avertissements[0].startswith("Territoire : ")


def test_a_wish_of_two_things_is_read_in_two(lecteur: Lecteur) -> None:
    compris = _read(lecteur, souhait="être dehors et travail manuel")
    assert [c.code for c in compris.compris] == ["400", "1"]
    assert len(compris.souhaits) == 2


def test_a_wish_that_is_one_name_is_not_cut(lecteur: Lecteur) -> None:
    compris = _read(lecteur, souhait="Entretenir un logement")
    assert len(compris.souhaits) == 1
    assert compris.souhaits[0][0].code == "13"


def test_what_is_refused_in_a_wish_is_avoided_never_wished(lecteur: Lecteur) -> None:
    compris = _read(lecteur, souhait="jardinier mais pas de port de charges lourdes, sans travail de nuit")
    assert set(compris.contextes["eviter"]) == {401, 404}
    assert [r.code for voeu in compris.souhaits for r in voeu if r.nature == "metier"][:1] == ["A1102"]
    assert all(r.code not in {"401", "404"} for voeu in compris.souhaits for r in voeu)


def test_a_wish_not_understood_is_told(lecteur: Lecteur) -> None:
    compris = _read(lecteur, souhait="xyzzy plugh")
    assert compris.vide
    assert "Souhait : « xyzzy plugh » n'a pas été reconnu" in compris.avertissements[0]


@pytest.mark.parametrize(
    ("souhait", "attendu"),
    [
        ("être dehors", ("être dehors", [])),
        ("pourquoi pas infirmière", ("pourquoi pas infirmière", [])),
        ("j'aime plus que tout la mer", ("j'aime plus que tout la mer", [])),
        ("je ne veux plus de bureau", ("", ["bureau"])),
        ("j'aime pas la nuit", ("", ["la nuit"])),
        ("pas d'horaires de nuit", ("", ["horaires de nuit"])),
        ("le bois, jamais la nuit", ("le bois", ["la nuit"])),
        ("un travail à la ferme sans voiture", ("un travail à la ferme", [])),
        ("rester dans le bâtiment mais plus porter les plaques", ("rester dans le bâtiment", ["les plaques"])),
        ("aider ceux qui ne savent pas lire", ("aider ceux qui ne savent pas lire", [])),
        ("cuisiner, plus de service du soir", ("cuisiner", ["service du soir"])),
        ("après vingt ans d'usine, le bois", ("le bois", [])),
        ("j'ai lâché ma licence, ce que j'aime c'est coder", ("ce que j'aime c'est coder", [])),
    ],
)
def test_refusals_are_told_from_wishes(souhait: str, attendu: tuple[str, list[str]]) -> None:
    assert split_refusals(souhait) == attendu


CAS: Mapping[str, list[str]] = {
    "": [],
    "  ;  , ": [],
    "a b": ["a b"],
    "coudre et tailler": ["coudre", "tailler"],
    "Jetée ; étau\nfait": ["Jetée", "étau", "fait"],
    "J'ouvre. Je ferme !": ["J'ouvre.", "Je ferme !"],
}


@pytest.mark.parametrize("texte", CAS)
def test_text_is_cut_between_things_and_not_inside_words(texte: str) -> None:
    assert split_text(texte) == CAS[texte]


@pytest.mark.parametrize(
    ("souhait", "morceaux"),
    [
        ("réparer des vélos ou alors poser des panneaux", ["réparer des vélos", "poser des panneaux"]),
        ("hôtellerie et restauration", ["hôtellerie et restauration", "hôtellerie", "restauration"]),
        ("dehors", ["dehors"]),
        ("", []),
    ],
)
def test_a_wish_is_read_by_its_pieces_and_whole_when_short(souhait: str, morceaux: list[str]) -> None:
    assert [p for p in wish_pieces(souhait) if p in morceaux] == morceaux


@pytest.mark.parametrize(("texte", "papier"), [("permis C", True), ("CACES 3", True), ("CAP cuisine", False)])
def test_a_paper_is_no_diploma(texte: str, papier: bool) -> None:
    assert is_licence(texte) is papier


def test_words_beside_a_confirmed_code_are_listened_to_and_its_label_is_not(lecteur: Lecteur) -> None:
    code, libelle = next(iter(COMPETENCES.items()))
    avec, sans = (
        lecteur.read(Profil(competences=(CompetenceDeclaree(code=code, texte=texte),)))
        for texte in ("jardinier", str(libelle if isinstance(libelle, str) else libelle[0]))
    )
    assert set(avec.items) == set(sans.items) == {code}
    assert avec.paroles
    assert not sans.paroles


def test_an_unsure_condition_lowers_metiers_and_removes_none(lecteur: Lecteur) -> None:
    libelle = "Activités de motricité fine"
    sur = _read(lecteur, contraintes=(Contrainte("exclure", texte=libelle),))
    assert list(sur.contextes["exclure"].values()) == [libelle]
    vague = _read(lecteur, contraintes=(Contrainte("exclure", texte=f"{libelle} parfois selon saison"),))
    assert not vague.contextes.get("exclure")
    assert libelle in vague.contextes["eviter"].values()
    assert any("n'est pas sûr" in note for note in vague.avertissements)


def test_a_metier_that_was_perhaps_done_stays_to_be_discovered(lecteur: Lecteur) -> None:
    sure = _read(lecteur, experiences=(Experience(texte="couturière d'atelier"),))
    assert list(sure.exerces) == ["H2101"]
    peut_etre = _read(lecteur, experiences=(Experience(texte="couturière d'atelier entre amis"),))
    assert list(peut_etre.metiers) == ["H2101"], "it still says what the person can do"
    assert not peut_etre.exerces
