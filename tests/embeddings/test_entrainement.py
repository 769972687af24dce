"""Making the encoder: what it may see, how batches are made, what its loss asks."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from embeddings.formes import Formes
from embeddings.parler import Parler, load_parler
from embeddings.parler.lecture import Dits
from embeddings.training.bruit import add_noise
from embeddings.training.decoupe import held_out, is_held_out, is_held_out_metier
from embeddings.training.entrainement import blend
from embeddings.training.lots import TAILLE, make_batches
from embeddings.training.paires import Corpus, Paire
from embeddings.training.perte import contrastive
from embeddings.training.vocabulaire import build_forms
from referentiels.catalogue import Catalogue
from referentiels.errors import MalformedError
from referentiels.types import Appellation


@pytest.fixture(scope="module")
def formes(catalogue_socle: Catalogue) -> Formes:
    return build_forms(catalogue_socle)


@pytest.fixture(scope="module")
def corpus(catalogue_socle: Catalogue, formes: Formes) -> Corpus:
    dits = {code: Dits(("titre de rue",), (f"faire {code}",), ()) for code in map(str, catalogue_socle.metiers)}
    autres = {str(a.code_ogr): (f"autre nom {a.code_ogr}",) for a in catalogue_socle.all(Appellation)}
    return Corpus(catalogue_socle, Parler(dits, autres), formes)


def test_nothing_that_is_held_out_is_seen(catalogue_socle: Catalogue, formes: Formes, corpus: Corpus) -> None:
    appellations = catalogue_socle.all(Appellation)
    caches = {formes.canonical(a.libelle) for a in appellations if is_held_out(a)}
    metiers = [m for m in catalogue_socle.metiers.values() if is_held_out_metier(m.code_rome)]
    assert caches
    assert metiers
    vus = set(corpus.texts())
    paires = corpus.draw(1)
    vus |= {texte for paire in paires for texte in (paire.question, paire.reponse)}
    assert not vus & caches
    for metier in metiers:
        assert formes.canonical(metier.intitule) not in vus
        assert f"faire {metier.code_rome.lower()}" not in vus
        assert metier.code_rome not in {paire.groupe for paire in paires}
    assert not {f"autre nom {a.code_ogr}" for a in appellations if is_held_out(a)} & vus


def test_the_principal_appellation_of_a_metier_is_never_held_out(catalogue_socle: Catalogue) -> None:
    appellations = catalogue_socle.all(Appellation)
    caches = held_out(appellations)
    assert not any(a.principale for a in caches)
    assert 0.05 < len(caches) / len(appellations) < 0.25


def test_a_draw_is_the_same_for_a_seed_and_changes_with_it(corpus: Corpus) -> None:
    assert corpus.draw(1) == corpus.draw(1)
    assert corpus.draw(1) != corpus.draw(2)


def test_what_people_say_can_be_left_out(corpus: Corpus) -> None:
    avec, sans = ({paire.genre for paire in corpus.draw(1, parler=parler)} for parler in (True, False))
    assert avec - sans == {"parler", "autre nom"}
    assert {"appellation", "definition", "competence"} <= avec & sans
    assert {"certification", "bloc", "macro", "interet"} == sans - avec


def test_both_genders_of_an_appellation_have_one_form(catalogue_socle: Catalogue, formes: Formes) -> None:
    assert formes.canonical("Opératrice") == formes.canonical("operateur")
    assert formes.canonical("agente") == formes.canonical("Agent") == "agent"


def test_batches_are_full_and_hold_each_pair_once() -> None:
    paires = [Paire(f"q{n}", f"r{n}", f"g{n % 50}", f"f{n % 7}", "essai") for n in range(1000)]
    lots = make_batches(paires, 3)
    assert {len(lot) for lot in lots} == {TAILLE}
    questions = [paire.question for lot in lots for paire in lot]
    assert len(questions) == len(set(questions)) == 1000 // TAILLE * TAILLE
    assert max(sum(p.famille == lot[0].famille for p in lot) for lot in lots) >= 32


def test_the_loss_prefers_the_right_answer_and_spares_its_group() -> None:
    vecteurs = torch.eye(384)[:4]
    juste = contrastive(vecteurs, vecteurs, ["a", "b", "c", "d"])
    melange = contrastive(vecteurs, vecteurs.flip(0), ["a", "b", "c", "d"])
    assert juste < 0.01 < melange
    jumeaux = torch.cat([vecteurs[:1], vecteurs[:1], vecteurs[2:]])
    assert contrastive(jumeaux, jumeaux, ["a", "a", "c", "d"]) < 0.01
    assert contrastive(jumeaux, jumeaux, ["a", "b", "c", "d"]) > 0.2


def test_weights_are_averaged_in_the_share_that_is_said() -> None:
    eleve, maitre = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    avant = eleve.weight.detach().clone()
    blend(eleve, maitre, 0.25)  # type: ignore[arg-type]  # any module holds weights
    assert torch.allclose(eleve.weight, 0.75 * avant + 0.25 * maitre.weight)


def test_noise_is_seeded_rare_and_light() -> None:
    texte = "conducteur de machines agricoles"
    alea = random.Random(0)
    bruites = [add_noise(texte, alea) for _ in range(2000)]
    encore = random.Random(0)
    assert bruites == [add_noise(texte, encore) for _ in range(2000)]
    assert 0.7 < np.mean([b == texte for b in bruites]) < 0.85
    assert len(set(bruites)) > 50
    assert add_noise("", random.Random(0)) == ""


def test_the_sayings_we_carry_are_of_known_metiers(catalogue_socle: Catalogue) -> None:
    parler = load_parler()
    connus = [code for code in catalogue_socle.metiers if parler.dits(code)]
    assert len(connus) >= 0.75 * len(catalogue_socle.metiers)
    assert all(dit == dit.strip() and dit for code in connus for dit in parler.dits(code))


@pytest.mark.officiel
def test_other_names_are_those_of_appellations_that_may_be_seen(catalogue_officiel: Catalogue) -> None:
    parler = load_parler()
    appellations = catalogue_officiel.all(Appellation)
    assert not any(parler.autres_noms(a.code_ogr) for a in held_out(appellations))
    assert sum(bool(parler.autres_noms(a.code_ogr)) for a in appellations) > 0.8 * len(appellations)


@pytest.mark.parametrize(
    ("fichier", "contenu"),
    [
        ("metiers.tsv", "A1101\tun\tdeux\n"),
        ("metiers.tsv", "A1101\ta\tb\tc\nA1101\ta\tb\tc\n"),
        ("appellations.tsv", "10200\n"),
        ("appellations.tsv", "10200\ta\n10200\tb\n"),
    ],
)
def test_a_damaged_file_of_sayings_names_its_line(tmp_path: Path, fichier: str, contenu: str) -> None:
    (tmp_path / fichier).write_text(contenu, encoding="utf-8")
    with pytest.raises(MalformedError, match=rf"{fichier}, ligne"):
        load_parler(tmp_path)
