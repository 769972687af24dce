"""The parts of the path: its words, its state, its places, its counts, each on its own."""

import base64
import json
import re
import tomllib
import zlib
from collections.abc import Iterator, Mapping
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from pydantic import ValidationError

from api.cli import cli
from api.persistence.avis import count_opinions
from api.persistence.base import BaseDonnees
from api.service import Service
from api.web.widget.cartes import first_sentence, read_market, read_parts, tell_reasons
from api.web.widget.conseil import COLONNES, find_places, load_places
from api.web.widget.etat import Etat, Gout, Lieu, unpack
from api.web.widget.pistes import vary_ties
from api.web.widget.plan import draw_map
from api.web.widget.textes import DOSSIER, load_groups, load_texts
from api.web.widget.vue import Vue, read_view
from recommender.types import Profil
from referentiels.errors import InvalidInputError
from referentiels.types import CodeRome

MOTS_MAX = 20
NANTES = Lieu(nature="commune", code="44109", nom="Nantes (44)")


def texts(nom: str) -> Iterator[tuple[str, str]]:
    def walk(valeur: Any, ou: str) -> Iterator[tuple[str, str]]:
        if isinstance(valeur, str):
            yield ou, valeur
        elif isinstance(valeur, Mapping):
            for cle, v in valeur.items():
                yield from walk(v, f"{ou}.{cle}")
        elif isinstance(valeur, list):
            for rang, v in enumerate(valeur):
                yield from walk(v, f"{ou}.{rang}")

    yield from walk(tomllib.loads((DOSSIER / nom).read_text(encoding="utf-8")), nom)


@pytest.mark.parametrize("nom", ["textes_fr.toml", "textes_facile.toml", "gestes.toml", "secteurs.toml"])
def test_sentences_are_short_and_judge_nobody(nom: str) -> None:
    for ou, texte in texts(nom):
        for phrase in re.split(r"(?<=[.!?…:])\s+", texte):
            assert len(re.findall(r"[\w'’-]+", phrase)) <= MOTS_MAX, ou
        assert not re.search(r"\b(?:scores?|notes? sur|aptitudes?|niveau faible|vous devez|il faut)\b", texte, re.I), ou


def test_plain_french_says_the_same_things() -> None:
    fr = dict(texts("textes_fr.toml"))
    for ou, texte in texts("textes_facile.toml"):
        original = fr[ou.replace("textes_facile", "textes_fr")]
        assert set(re.findall(r"{\w+}", texte)) <= set(re.findall(r"{\w+}", original)), ou
        assert texte != original, f"{ou} : redit sans rien changer"
    assert load_texts("facile")["portes"]["titre"] != load_texts("fr")["portes"]["titre"]
    assert load_texts("facile")["commun"]["retour"] == load_texts("fr")["commun"]["retour"]


def test_gestures_name_each_competence_once() -> None:
    codes = [geste["code"] for groupe in load_groups() for geste in groupe["gestes"]]
    assert len(codes) == len(set(codes)) > 40


def test_a_state_comes_back_as_it_went() -> None:
    etat = Etat(lieu=NANTES, porte="metier", exerces=("D1102",), gouts=(Gout(item="R01", valeur="oui"),))
    assert unpack(etat.pack()) == etat
    assert unpack("") == Etat()
    clair = json.loads(zlib.decompress(base64.urlsafe_b64decode(etat.pack())))
    assert clair["v"] == 1
    assert "situation" not in clair, "ce qui n'est pas dit ne voyage pas"


def _packed(valeur: Any) -> str:
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(valeur).encode())).decode()


@pytest.mark.parametrize(
    "code",
    [
        "zzz",
        "é",
        Etat(lieu=NANTES).pack()[:-9],
        _packed([]),
        _packed({"v": 2}),
        _packed({"v": 1, "nom": "Dupont"}),
        _packed({"v": 1, "exerces": ["<b>"]}),
        _packed({"v": 1, "lieu": {"nature": "commune", "code": "44109", "nom": "x" * 300}}),
        _packed({"v": 1, "gouts": [{"item": "R01", "valeur": "peut-être"}]}),
        _packed({"v": 1, "competences": [{"texte": "x" * 200}] * 81}),
        base64.urlsafe_b64encode(zlib.compress(b" " * 10_000_000)).decode(),
    ],
    ids=range(11),
)
def test_a_state_that_is_not_ours_is_refused(code: str, client_socle: TestClient) -> None:
    with pytest.raises(InvalidInputError):
        unpack(code)
    reponse = client_socle.post("/orientation/portes", data={"etat": code})
    assert reponse.status_code == 422
    assert "Reprenons au début" in unescape(reponse.text)


def test_an_address_says_how_to_show_and_where_to_begin() -> None:
    assert read_view({"mode": "pirate", "entree": "x", "territoire": "<b>", "theme": "</style>"}) == Vue()
    vue = read_view({"mode": "borne", "langue": "facile", "entree": "interets", "territoire": "Saint-Nazaire"})
    assert vue.at("lieu") == "/orientation/lieu?langue=facile&mode=borne&territoire=Saint-Nazaire&entree=interets"
    assert vue.other_language().langue == "fr"


def test_places_are_near_and_for_the_situation(socle: Service) -> None:
    lieux = load_places(None)
    assert all(lieu.demonstration and lieu.telephone.startswith("01 99 00") for lieu in lieux), "numéros de fiction"
    eleve = find_places(lieux, socle.catalogue, NANTES, "eleve")
    assert [p.lieu.reseau for p in eleve] == ["CIO"]
    adulte = find_places(lieux, socle.catalogue, NANTES, "recherche")
    assert [p.lieu.reseau for p in adulte] == ["SPRO et CEP"]
    assert adulte[0].km == 0
    departement = Lieu(nature="departement", code="44", nom="Loire-Atlantique (44)")
    assert {p.lieu.code_commune[:2] for p in find_places(lieux, socle.catalogue, departement, None)} == {"44"}
    assert find_places(lieux, socle.catalogue, None, None) == ()


def test_a_region_fills_its_own_places(tmp_path: Path) -> None:
    bon = "Espace,SPRO,travail autre,1 rue,44109,Nantes,02,https://exemple.fr,non"
    fichier = tmp_path / "lieux.csv"
    fichier.write_text(f"{','.join(COLONNES)}\n{bon}\n", encoding="utf-8")
    [lieu] = load_places(fichier)
    assert (lieu.nom, lieu.publics, lieu.demonstration) == ("Espace", frozenset({"travail", "autre"}), False)
    for rang, (mauvais, motif) in enumerate(
        [
            (bon.replace("travail autre", "tous"), "publics"),
            (bon.replace("https", "javascript"), "https"),
            (bon.replace("Espace", ""), "nom"),
            (bon.replace(",non", ",peut-être"), "demonstration"),
        ]
    ):
        autre = tmp_path / f"{rang}.csv"
        autre.write_text(f"{','.join(COLONNES)}\n{mauvais}\n", encoding="utf-8")
        with pytest.raises(InvalidInputError, match=f"ligne 2.*{motif}"):
            load_places(autre)
    sans = tmp_path / "sans.csv"
    sans.write_text("nom\nx\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="colonne"):
        load_places(sans)
    with pytest.raises(InvalidInputError, match="illisibles"):
        load_places(tmp_path / "absent.csv")


def test_a_base_that_is_away_stops_nobody(tmp_path: Path) -> None:
    occupe = tmp_path / "occupe"
    occupe.write_text("un fichier, non un dossier", encoding="utf-8")
    base = BaseDonnees(f"sqlite:///{occupe / 'avis.db'}")
    assert not count_opinions(base, {"trouve": "oui"}, date(2026, 3, 2))
    base.close()


def test_first_sentences_are_short() -> None:
    assert first_sentence("Pétrit, façonne et cuit le pain.") == "Pétrit, façonne et cuit le pain."
    longue = "Conçoit et réalise des vêtements de toutes sortes, " + "et bien d'autres choses encore " * 5
    assert first_sentence(longue) == "Conçoit et réalise des vêtements de toutes sortes."
    assert first_sentence("") == ""


def test_nothing_is_guessed_without_a_figure() -> None:
    t = load_texts("fr")
    assert read_market((), t["marche"]).niveau == 0
    assert read_parts((), t["femmes"]).femmes is None
    assert "pas de chiffre" in read_market((), t["marche"]).phrase


def test_ties_take_turns_and_do_not_move() -> None:
    codes = tuple(CodeRome(c) for c in ("A1101", "A1102", "B1101", "C1101", "D1101"))
    indices = dict.fromkeys(codes, 0.5) | {CodeRome("D1101"): 0.1}
    varies = vary_ties(codes, indices, "graine")
    assert sorted(varies) == sorted(codes)
    assert {code[0] for code in varies[:3]} == {"A", "B", "C"}
    assert varies[-1] == "D1101"
    assert vary_ties(codes, indices, "graine") == varies
    premiers = {vary_ties(codes, indices, str(g))[0][0] for g in range(20)}
    assert premiers == {"A", "B", "C"}, "aucun domaine n'est toujours le premier"


def test_a_map_needs_a_place(socle: Service) -> None:
    assert draw_map(socle.catalogue, None, ()) is None
    assert draw_map(socle.catalogue, (47.2, -1.55), ()) is None


def test_the_state_is_closed() -> None:
    with pytest.raises(ValidationError):
        Etat.model_validate({"prenom": "Camille"})


def test_counts_are_read_by_the_region(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZIMUT_VAR", str(tmp_path))
    monkeypatch.delenv("AZIMUT_BASE", raising=False)
    assert "Aucune réponse" in CliRunner().invoke(cli, ["base", "avis"]).stdout
    base = BaseDonnees(f"sqlite:///{tmp_path / 'azimut.db'}")
    count_opinions(base, {"clair": "un_peu"}, date(2026, 3, 2))
    base.close()
    assert re.search(r"2026-03 +clair +un_peu +1", CliRunner().invoke(cli, ["base", "avis"]).stdout)
    lus = json.loads(CliRunner().invoke(cli, ["base", "avis", "--json"]).stdout)
    assert lus == [{"mois": "2026-03-01", "question": "clair", "reponse": "un_peu", "nombre": 1}]


def test_what_brought_a_metier_up_is_among_its_reasons(socle: Service) -> None:
    metiers = socle.recommender.recommend(Profil(souhait="prendre soin des autres"), 20).metiers
    montes = [metier for metier in metiers if metier.proche_de]
    assert montes
    for metier in metiers:
        dites = [r for r in tell_reasons(metier, load_texts("fr"), exerce=False) if "rapprochons" in r]
        assert len(dites) == bool(metier.proche_de)
        assert not dites or metier.proche_de[0][1] in dites[0]
