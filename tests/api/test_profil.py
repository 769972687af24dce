"""Profiles as partners and people write them."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.profils.cles import AVERTISSEMENTS_MAX
from api.profils.profil import EXEMPLE, ProfilSchema, read_profile
from recommender.types import CompetenceDeclaree, Contrainte, Diplome, Experience, Profil, Territoire
from referentiels.errors import InvalidInputError


def lire(**donnees: Any) -> Profil:
    return read_profile(donnees).to_domain()


@pytest.mark.parametrize(
    ("sent", "attendue"),
    [
        ("vendeuse", Experience(texte="vendeuse")),
        ("d1102 ", Experience(code_rome="D1102")),
        ({"code_rome": "D1102", "annees": "2,5"}, Experience(code_rome="D1102", annees=2.5)),
        ({"texte": "D1102"}, Experience(code_rome="D1102")),
        ({"appellation": "Boulanger"}, Experience(texte="Boulanger")),
        ({"appellation": "11573"}, Experience(code_appellation=11573)),
        ({"code_appellation": 11573}, Experience(code_appellation=11573)),
        ({"texte": "aide aux devoirs", "type": "Bénévolat"}, Experience(texte="aide aux devoirs", nature="benevolat")),
        ({"texte": "x", "nature": "vie personnelle"}, Experience(texte="x", nature="vie_personnelle")),
        ({"texte": "x", "années": 3, "nature": None}, Experience(texte="x", annees=3)),
    ],
)
def test_experience_forms(sent: Any, attendue: Experience) -> None:
    assert lire(experiences=[sent]).experiences == (attendue,)


@pytest.mark.parametrize(
    ("sent", "attendue"),
    [
        ("coudre", CompetenceDeclaree(texte="coudre")),
        (100123, CompetenceDeclaree(code=100123)),
        ("100123", CompetenceDeclaree(code=100123)),
        ({"code": "100123", "niveau": "3"}, CompetenceDeclaree(code=100123, niveau=3)),
        ({"libelle": "coudre", "envie": True}, CompetenceDeclaree(texte="coudre", envie="oui")),
        ({"libellé": "coudre", "envie": False}, CompetenceDeclaree(texte="coudre", envie="non")),
        ({"texte": "coudre", "envie": "Oui"}, CompetenceDeclaree(texte="coudre", envie="oui")),
        ({"texte": "coudre", "envie": None}, CompetenceDeclaree(texte="coudre")),
    ],
)
def test_competence_forms(sent: Any, attendue: CompetenceDeclaree) -> None:
    assert lire(competences=[sent]).competences == (attendue,)


def test_a_lone_value_is_a_list_of_one() -> None:
    profil = lire(competences="coudre", experiences="D1102", diplomes="CAP Cuisine", exclusions="k13")
    assert profil.competences == (CompetenceDeclaree(texte="coudre"),)
    assert profil.experiences == (Experience(code_rome="D1102"),)
    assert profil.diplomes == (Diplome(texte="CAP Cuisine"),)
    assert profil.exclusions == ("K13",)


@pytest.mark.parametrize(
    ("sent", "riasec", "centres"),
    [
        ({"riasec": "RI"}, {"R": 1.0, "I": 5 / 6}, ()),
        ({"riasec": ["R", "I"]}, {"R": 1.0, "I": 5 / 6}, ()),
        ({"riasec": ["Réaliste", "Social"]}, {"R": 1.0, "S": 5 / 6}, ()),
        ({"riasec": {"r": 0.8}}, {"R": 0.8}, ()),
        ({"riasec": {"R": 80, "S": 40}}, {"R": 1.0, "S": 0.5}, ()),
        ({"riasec": ""}, {}, ()),
        ("RIA", {"R": 1.0, "I": 5 / 6, "A": 4 / 6}, ()),
        (["R", "S"], {"R": 1.0, "S": 5 / 6}, ()),
        (["la nature", " "], {}, ("la nature",)),
        ({"centres_interet": "12"}, {}, ("12",)),
        ({"centres": [12]}, {}, ("12",)),
    ],
)
def test_interest_forms(sent: Any, riasec: dict[str, float], centres: tuple[str, ...]) -> None:
    interets = lire(interets=sent).interets
    assert dict(interets.riasec) == pytest.approx(riasec)
    assert interets.centres == centres


@pytest.mark.parametrize("riasec", ["XYZ", "RR", ["Zen"], {"Z": 1}, {"R": -1}, {"R": float("nan")}])
def test_wrong_riasec_letters_are_refused_by_name(riasec: Any) -> None:
    with pytest.raises(InvalidInputError) as error:
        lire(interets={"riasec": riasec})
    assert (error.value.champ or "").startswith("interets.riasec")


@pytest.mark.parametrize(
    ("sent", "attendu"),
    [
        ("Nantes", Territoire("Nantes")),
        (1004, Territoire("01004")),
        ({"commune": "44109", "rayon": 10}, Territoire("44109", 10.0)),
        ({"ville": "Nantes", "rayon_km": "12,5"}, Territoire("Nantes", 12.5)),
        ({"commune": " "}, None),
        ({}, None),
    ],
)
def test_place_forms(sent: Any, attendu: Territoire | None) -> None:
    assert lire(territoire=sent).territoire == attendu


def test_constraints_as_lists_or_with_a_mode_are_the_same() -> None:
    listes = {"conditions_evitees": [400], "conditions_exclues_texte": "bruit", "conditions_souhaitees": ["dehors"]}
    modes = [
        {"mode": "éviter", "code": 400},
        {"mode": "exclure", "texte": "bruit"},
        {"mode": "souhaiter", "texte": "dehors"},
    ]
    attendues = (
        Contrainte("eviter", 400),
        Contrainte("exclure", None, "bruit"),
        Contrainte("souhaiter", None, "dehors"),
    )
    assert lire(contraintes=listes).contraintes == attendues
    assert lire(contraintes=modes).contraintes == attendues


def test_diploma_forms() -> None:
    profil = lire(diplomes=["rncp 37537", {"numero": "RS5", "niveau": 4}, {"niveau": 3}, ""])
    assert profil.diplomes == (Diplome("RNCP37537"), Diplome("RS5", None, 4), Diplome(niveau=3))


def test_what_says_nothing_is_left_out() -> None:
    assert lire(competences=["", {"niveau": 2}], experiences=[{}, " "], souhait="  ", territoire=None) == Profil()


def test_keys_forgive_accents_and_unknown_ones_are_named() -> None:
    schema = read_profile({"Compétences": ["coudre"], "couleur": 1, "experiences": [{"texte": "x", "patron": "Y"}]})
    assert schema.to_domain().competences == (CompetenceDeclaree(texte="coudre"),)
    assert schema.warnings() == (
        "Champ inconnu « couleur » : ignoré.",
        "Champ inconnu « experiences[0].patron » : ignoré.",
    )


@pytest.mark.parametrize("cle", ["sexe", "Âge", "Prénom", "date-naissance", "NOM", "Courriel"])
def test_identity_is_named_and_never_read(cle: str) -> None:
    schema = read_profile({cle: "secret", "souhait": "coudre"})
    assert schema.to_domain() == Profil(souhait="coudre")
    assert schema.warnings() == (f"Champ « {cle} » : Azimut n'en tient jamais compte.",)


def test_exclusions_that_are_no_code_are_told() -> None:
    schema = read_profile({"exclusions": ["k13", "commerce", "Z1"]})
    assert schema.to_domain().exclusions == ("K13",)
    assert len(schema.warnings()) == 2
    assert "COMMERCE" in schema.warnings()[0]


def test_many_unknown_keys_are_summed_up() -> None:
    avertissements = read_profile({f"cle{n}": n for n in range(500)}).warnings()
    assert len(avertissements) == AVERTISSEMENTS_MAX + 1
    assert avertissements[-1].startswith("480 autres")


@pytest.mark.parametrize(
    ("donnees", "champ", "mots"),
    [
        ({"competences": ["x"] * 501}, "competences", "500"),
        ({"experiences": ["x"] * 51}, "experiences", "50"),
        ({"souhait": "x" * 2001}, "souhait", "2000"),
        ({"competences": ["x" * 2001]}, "competences[0].texte", "2000"),
        ({"competences": [{"texte": "x", "niveau": 5}]}, "competences[0].niveau", "4 au plus"),
        ({"competences": [True]}, "competences[0]", "objet"),
        ({"experiences": [{"texte": "x", "annees": "trois"}]}, "experiences[0].annees", "nombre"),
        ({"experiences": [{"texte": "x", "nature": "loisir"}]}, "experiences[0].nature", "benevolat"),
        ({"experiences": {"texte": "x"}}, "experiences", "liste"),
        ({"territoire": {"commune": "Nantes", "rayon": -1}}, "territoire.rayon", "supérieure à 0"),
        ({"ponderation": {"interets": -1}}, "ponderation.interets", "0 au moins"),
        ({"ponderation": {"interets": float("inf")}}, "ponderation.interets", "fini"),
        ({"contraintes": [{"mode": "adorer", "texte": "x"}]}, "contraintes", "mode"),
        ({"souhait": "\ud800"}, "souhait", "illisibles"),
        ([], None, "objet"),
        ("texte", None, "objet"),
        (None, None, "objet"),
    ],
)
def test_limits_and_wrong_types_name_the_field_in_french(donnees: Any, champ: str | None, mots: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        read_profile(donnees)
    assert error.value.champ == champ
    assert mots in str(error.value)


def test_a_fault_never_repeats_what_was_sent() -> None:
    with pytest.raises(InvalidInputError) as error:
        read_profile({"competences": [{"texte": "x", "niveau": "monsecret"}]})
    assert "monsecret" not in str(error.value)


def test_the_published_example_is_read_whole() -> None:
    schema = read_profile(EXEMPLE)
    assert schema.warnings() == ()
    profil = schema.to_domain()
    assert all((profil.souhait, profil.experiences, profil.competences, profil.diplomes, profil.contraintes))
    assert profil.territoire == Territoire("Nantes", 30.0)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda enfants: st.lists(enfants, max_size=4) | st.dictionaries(st.text(max_size=8), enfants, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(ProfilSchema.model_fields)) | st.text(max_size=6), _json, max_size=5))
def test_any_json_is_read_or_refused_by_name(donnees: dict[str, Any]) -> None:
    try:
        schema = read_profile(donnees)
    except InvalidInputError as error:
        assert str(error)
    else:
        assert isinstance(schema.to_domain(), Profil)
        assert all(phrase.encode("utf-8") for phrase in schema.warnings())
