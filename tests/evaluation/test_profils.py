"""The measure on judged people: cases are read or refused by name, and the figures are those of the textbook."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from api.profils.profil import read_profile
from evaluation.profils import CasProfil, evaluate_profiles, measure, ndcg, read_profiles
from recommender.types import Contrainte, MetierPropose, Profil, Recommandation
from referentiels.catalogue import Catalogue
from referentiels.construction import build_catalogue
from referentiels.errors import InvalidInputError, MalformedError
from referentiels.sources import SOURCES
from referentiels.types import CodeRome
from tests.recommender.exemples import build_essai, build_recommender

JEUX = Path(__file__).resolve().parents[2] / "evaluation" / "jeux"
REGLAGE, CONTROLE = JEUX / "profils_reglage.jsonl", JEUX / "profils_controle.jsonl"


def lire(donnees: Any) -> tuple[Profil, tuple[str, ...]]:
    schema = read_profile(donnees)
    return schema.to_domain(), schema.warnings()


def write(dossier: Path, *cas: Any) -> Path:
    fichier = dossier / "profils.jsonl"
    lignes = [c if isinstance(c, str) else json.dumps(c, ensure_ascii=False) for c in cas]
    fichier.write_text("\n".join(lignes), encoding="utf-8")
    return fichier


def case(profil: Mapping[str, Any] | None = None, **autres: Any) -> dict[str, Any]:
    return {"nom": "essai", "profil": profil or {"souhait": "boulanger"}, "attendus": ["D11"], **autres}


def read_one(dossier: Path, profil: Mapping[str, Any]) -> Profil:
    (cas,) = read_profiles(write(dossier, case(profil)), lire)
    return cas.profil


def test_a_case_is_read_whole(tmp_path: Path) -> None:
    fichier = write(tmp_path, "\ufeff# commentaire", "", case(attendus=[" h2604", "A12", "A12"], k=15), case())
    premier, second = read_profiles(fichier, lire)
    assert premier == CasProfil("essai", Profil(souhait="boulanger"), ("H2604", "A12"), 15)
    assert second.k == 10


def test_texts_stand_wherever_codes_do(tmp_path: Path) -> None:
    profil = read_one(
        tmp_path,
        {
            "souhait": {"texte": "réparer"},
            "experiences": {"texte": "cariste", "annees": 3},
            "competences": {"texte": "gérer un stock"},
            "diplomes": {"texte": "bac pro électrotechnique"},
            "interets": {"centres": [{"texte": "les animaux"}, "la nature"]},
            "territoire": {"texte": "Guéret"},
            "exclusions": [{"texte": "n41"}],
        },
    )
    assert profil.souhait == "réparer"
    assert profil.experiences[0].texte == "cariste"
    assert profil.competences[0].texte == "gérer un stock"
    assert profil.diplomes[0].texte == "bac pro électrotechnique"
    assert profil.interets.centres == ("les animaux", "la nature")
    assert profil.territoire is not None
    assert profil.territoire.commune == "Guéret"
    assert profil.exclusions == ("N41",)
    lieu = read_one(tmp_path, {"territoire": {"commune": {"texte": "Cayenne"}, "rayon_km": 50}}).territoire
    assert lieu is not None
    assert (lieu.commune, lieu.rayon_km) == ("Cayenne", 50)


CHARGES, NUIT, BRUIT = "port de charges", "travail de nuit", "bruit"


@pytest.mark.parametrize(
    ("profil", "attendu"),
    [
        ({"contraintes": {"conditions_exclues_texte": [CHARGES]}}, {("exclure", CHARGES)}),
        ({"conditions_exclues_texte": [CHARGES]}, {("exclure", CHARGES)}),
        ({"conditions_exclues_texte": CHARGES}, {("exclure", CHARGES)}),
        ({"conditions_evitees": [{"texte": NUIT}]}, {("eviter", NUIT)}),
        ({"conditions_souhaitees_texte": [BRUIT]}, {("souhaiter", BRUIT)}),
        (
            {"contraintes": {"conditions_exclues_texte": [NUIT]}, "conditions_exclues_texte": [CHARGES]},
            {("exclure", NUIT), ("exclure", CHARGES)},
        ),
        (
            {
                "contraintes": [{"mode": "eviter", "texte": NUIT}],
                "conditions_exclues_texte": [CHARGES],
                "conditions_souhaitees": {"texte": BRUIT},
            },
            {("eviter", NUIT), ("exclure", CHARGES), ("souhaiter", BRUIT)},
        ),
    ],
)
def test_conditions_keep_their_mode(tmp_path: Path, profil: dict[str, Any], attendu: set[tuple[str, str]]) -> None:
    assert {(c.mode, c.texte) for c in read_one(tmp_path, profil).contraintes} == attendu


def test_codes_of_conditions_stay_codes(tmp_path: Path) -> None:
    profil = read_one(tmp_path, {"contraintes": [], "conditions_exclues": [403044]})
    assert profil.contraintes == (Contrainte("exclure", code=403044),)


@pytest.mark.parametrize(
    ("ligne", "faute"),
    [
        ("{", "objet JSON"),
        ("[1]", "objet JSON"),
        (f'{{"k": {"9" * 5000}}}', "objet JSON"),
        (case(nom=" "), "« nom »"),
        (case(k=0), "« k »"),
        (case(k=True), "« k »"),
        (case(k="10"), "« k »"),
        (case() | {"profil": ["souhait"]}, "« profil »"),
        (case(attendus=[]), "« attendus »"),
        (case(attendus="D11"), "« attendus »"),
        (case(attendus=["D11", "D11025"]), "D11025"),
        (case(attendus=["boulanger"]), "boulanger"),
        (case(attendus=[12]), "12"),
        (case(attendu=["D11"]), "champs inconnus : attendu"),
        (case({"souhaits": "boulanger"}), "« souhaits »"),
        (case({"competences": [{"texte": "coudre", "force": 3}]}), r"« competences\[0\]\.force »"),
        (case({"age": 17}), "Azimut n'en tient jamais compte"),
        (case({"exclusions": ["la nuit"]}), "LA NUIT"),
        (case({"territoire": {"commune": "Nantes", "rayon_km": -1}}), "territoire.rayon_km"),
        (case({"contraintes": "rien", "conditions_exclues": [CHARGES]}), "contraintes"),
    ],
)
def test_a_bad_line_is_named_with_its_field(tmp_path: Path, ligne: Any, faute: str) -> None:
    with pytest.raises(MalformedError, match=rf"profils\.jsonl, ligne 2 : .*{faute}"):
        read_profiles(write(tmp_path, case(), ligne), lire)


def test_a_lenient_reading_says_what_it_left(tmp_path: Path) -> None:
    fichier = write(tmp_path, case({"souhait": "boulanger", "age": 17}, public="jeune"))
    (cas,) = read_profiles(fichier, lire, strict=False)
    assert cas.profil == Profil(souhait="boulanger")
    assert [phrase.split("»")[0] for phrase in cas.ignores] == ["Champ inconnu « public ", "Champ « age "]


def test_an_empty_absent_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="aucun profil"):
        read_profiles(write(tmp_path, "# rien"), lire)
    with pytest.raises(InvalidInputError, match="illisible"):
        read_profiles(tmp_path / "absent.jsonl", lire)
    with pytest.raises(InvalidInputError, match="plus de"):
        read_profiles(write(tmp_path, "\n" * 10_001), lire)
    (tmp_path / "latin.jsonl").write_bytes('{"nom": "é"}'.encode("latin-1"))
    with pytest.raises(MalformedError, match="UTF-8"):
        read_profiles(tmp_path / "latin.jsonl", lire)


class _Fixe:
    """Answers written beforehand, under the wish of each profile."""

    def __init__(self, reponses: Mapping[str, list[str]]) -> None:
        self._reponses = reponses
        self.limites: list[int] = []

    def recommend(self, profil: Profil, limite: int = 20) -> Recommandation:
        self.limites.append(limite)
        metiers = tuple(
            MetierPropose(
                CodeRome(code),
                f"métier {code}",
                "",
                0.5,
                0.5,
                0.5,
                (),
                (),
                (),
                (),
                (),
                ouverture=False,
                gestes=(),
                certifications=(),
            )
            for code in self._reponses[profil.souhait][:limite]
        )
        return Recommandation(metiers, (), (), (f"note de {profil.souhait}",), MappingProxyType({}), 3, "", "essai")


def judge(souhait: str, *attendus: str, k: int = 10) -> CasProfil:
    return CasProfil(f"cas {souhait}", Profil(souhait=souhait), attendus, k)


def test_measures_are_those_of_the_textbook() -> None:
    moteur = _Fixe({"a": ["A1101", "A1102", "D1102"], "b": ["X1000", "H2604"], "c": []})
    cas = [judge("a", "A11", "D1102"), judge("b", "H26", "H29"), judge("c", "K13")]
    mesures = measure(cas, moteur, ("A1101", "A1102", "D1102", "H2604", "H2901"))
    ideal = 1 + 1 / math.log2(3)
    assert mesures["n"] == 3
    assert mesures["rappel"] == pytest.approx((1 + 0.5 + 0) / 3, abs=1e-4)
    assert mesures["ndcg_10"] == pytest.approx(((1 + 0.5) / ideal + (1 / math.log2(3)) / ideal + 0) / 3, abs=1e-4)
    assert mesures["attendus_inconnus"] == ["K13"]
    for cle in ("rappel", "ndcg_10"):
        bas, haut = mesures["intervalles"][cle]
        assert 0 <= bas <= mesures[cle] <= haut <= 1
    assert mesures["echecs"] == [
        {
            "nom": "cas b",
            "rappel": 0.5,
            "manquants": ["H29"],
            "premiers": ["X1000 métier X1000", "H2604 métier H2604"],
            "avertissements": ["note de b"],
        },
        {"nom": "cas c", "rappel": 0.0, "manquants": ["K13"], "premiers": [], "avertissements": ["note de c"]},
    ]


def test_only_the_first_k_count_for_recall_and_ten_for_ndcg() -> None:
    codes = [f"A{n:04}" for n in range(14)] + ["H2604"]
    moteur = _Fixe({"a": codes})
    assert measure([judge("a", "H26", k=15)], moteur, codes)["rappel"] == 1.0
    assert measure([judge("a", "H26", k=14)], moteur, codes)["rappel"] == 0.0
    assert measure([judge("a", "A0002", k=2)], moteur, codes)["rappel"] == 0.0
    assert measure([judge("a", "A0002", k=2)], moteur, codes)["ndcg_10"] == 0.5
    assert measure([judge("a", "H26", k=15)], moteur, codes)["ndcg_10"] == 0.0
    assert moteur.limites == [15, 14, 10, 10, 15]


def test_one_gain_a_metier_and_one_find_an_attendu() -> None:
    assert ndcg(["A1101", "D1102"], ("D11", "A11")) == 1.0
    assert ndcg(["A1101", "A1102", "D1102"], ("A11", "D11")) < 1.0
    assert ndcg(["A1101"], ("A1", "A1101")) == pytest.approx(1 / (1 + 1 / math.log2(3)))
    assert ndcg([f"B{n:04}" for n in range(10)], tuple(f"B{n:04}" for n in range(12))) == pytest.approx(1.0)
    assert ndcg([], ("A11",)) == 0.0


def test_a_profile_that_the_engine_refuses_is_named(tmp_path: Path) -> None:
    moteur = build_recommender(build_essai(tmp_path))
    fichier = write(tmp_path, case({"souhait": "boulanger", "ponderation": {"taille": 1}}, nom="pesé de travers"))
    with pytest.raises(InvalidInputError, match=r"cas « pesé de travers » : .*« taille »"):
        evaluate_profiles(moteur, fichier, lire)


def test_the_engine_is_asked_and_what_was_left_is_told(tmp_path: Path) -> None:
    moteur = build_recommender(build_essai(tmp_path))
    premier = moteur.recommend(Profil(souhait="jardinier")).metiers[0].code_rome
    fichier = write(
        tmp_path,
        case({"souhait": "jardinier"}, attendus=[premier]),
        case({"souhait": "jardinier", "sexe": "F"}, attendus=["N4"]),
    )
    with pytest.raises(MalformedError, match="sexe"):
        evaluate_profiles(moteur, fichier, lire)
    mesures = evaluate_profiles(moteur, fichier, lire, strict=False)
    assert (mesures["n"], mesures["rappel"], mesures["attendus_inconnus"]) == (2, 0.5, ["N4"])
    assert [e["manquants"] for e in mesures["echecs"]] == [["N4"]]
    assert mesures["ignores"] == ["essai : Champ « sexe » : Azimut n'en tient jamais compte."]
    assert mesures == evaluate_profiles(moteur, fichier, lire, strict=False)


def test_our_people_are_enough_and_told_apart() -> None:
    reglage, controle = read_profiles(REGLAGE, lire), read_profiles(CONTROLE, lire)
    assert len(reglage) >= 34
    assert len(controle) >= 14
    tous = (*reglage, *controle)
    assert len({c.nom for c in tous}) == len(tous)
    assert len({repr(c.profil) for c in tous}) == len(tous)
    for cas in tous:
        assert 3 <= len(cas.attendus) <= 8, cas.nom
        emboites = [a for a in cas.attendus if any(b != a and b.startswith(a) for b in cas.attendus)]
        assert not emboites, (cas.nom, emboites)
    assert {c.attendus for c in reglage}.isdisjoint(c.attendus for c in controle)


def test_our_people_speak_in_words_and_from_everywhere() -> None:
    tous = (*read_profiles(REGLAGE, lire), *read_profiles(CONTROLE, lire))
    codes = [
        cas.nom
        for cas in tous
        if any(e.code_rome or e.code_appellation for e in cas.profil.experiences)
        or any(c.code for c in cas.profil.competences)
    ]
    assert len(codes) <= 0.05 * len(tous), "presque tous avec des mots"
    lieux = {c.profil.territoire.commune for c in tous if c.profil.territoire}
    assert len(lieux) >= 100, "de toute la France"
    assert {"Maripasoula", "Saint-Paul", "Fort-de-France", "Mamoudzou", "Pointe-à-Pitre"} <= lieux
    assert {a[0] for c in tous for a in c.attendus} == set("ABCDEFGHIJKLMN"), "tous les grands domaines"
    assert {e.nature for c in tous for e in c.profil.experiences} >= {"emploi", "stage", "benevolat", "vie_personnelle"}


@pytest.mark.parametrize(
    ("debut", "attendus", "k"),
    [
        ("couturière en lingerie", {"H26"}, 15),
        ("personne attirée par le soin", {"J1306", "J1403", "J1412", "J1302"}, 20),
    ],
)
def test_the_gold_cases_are_there(debut: str, attendus: set[str], k: int) -> None:
    (cas,) = [c for c in read_profiles(REGLAGE, lire) if c.nom.startswith(debut)]
    assert attendus <= set(cas.attendus)
    assert cas.k == k


@pytest.mark.officiel
def test_every_attendu_is_a_metier_officially(donnees: Path, tmp_path: Path) -> None:
    autres = [s.cle for s in SOURCES if s.famille != "rome"]
    codes = tuple(Catalogue.open(build_catalogue(donnees, tmp_path, sans=autres).dossier).metiers)
    tous = (*read_profiles(REGLAGE, lire), *read_profiles(CONTROLE, lire))
    assert not [a for c in tous for a in c.attendus if not any(code.startswith(a) for code in codes)]
