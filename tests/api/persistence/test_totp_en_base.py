"""The second factor, whatever the database."""

from datetime import timedelta

import pytest

from api.conseil.connexions import ECHECS
from api.conseil.espace import Espace
from api.conseil.types import Conseiller
from referentiels.errors import InvalidInputError
from tests.api.espace import MOT_DE_PASSE, Montre, opened, put_factor
from tests.api.persistence.test_comptes_en_base import everything


def test_a_second_factor_is_asked_for_and_taken_once(espace: Espace, lea: Conseiller, montre: Montre) -> None:
    generateur, _ = put_factor(espace, montre)
    assert generateur.secret not in everything(espace.base), "il est scellé"
    attente = espace.connexions.sign_in("lea", MOT_DE_PASSE)
    assert attente is not None
    vue = espace.sessions.find(attente)
    assert vue is not None
    assert vue.etape == "totp"
    assert espace.connexions.give_code(attente, generateur.at(montre())) is None, "celui qui l'a confirmé a servi"
    montre.advance(seconds=30)
    code = generateur.at(montre())
    jeton = espace.connexions.give_code(attente, f" {code[:3]} {code[3:]} ")
    assert jeton is not None
    assert jeton != attente
    ouverte = espace.sessions.find(jeton)
    assert ouverte is not None
    assert ouverte.etape == "ouverte"
    assert espace.sessions.find(attente) is None
    encore = espace.connexions.sign_in("lea", MOT_DE_PASSE)
    assert encore is not None
    assert espace.connexions.give_code(encore, code) is None, "rejoué"


@pytest.mark.parametrize(("ecart", "pris"), [(-90, False), (-30, True), (30, True), (90, False)])
def test_a_clock_may_differ_a_little(espace: Espace, lea: Conseiller, montre: Montre, ecart: int, pris: bool) -> None:
    generateur, _ = put_factor(espace, montre)
    montre.advance(minutes=10)
    attente = espace.connexions.sign_in("lea", MOT_DE_PASSE)
    assert attente is not None
    code = generateur.at(montre() + timedelta(seconds=ecart))
    assert (espace.connexions.give_code(attente, code) is not None) is pris


def test_guessing_codes_locks_and_waiting_ends_the_step(espace: Espace, lea: Conseiller, montre: Montre) -> None:
    generateur, _ = put_factor(espace, montre)
    montre.advance(minutes=1)
    attente = espace.connexions.sign_in("lea", MOT_DE_PASSE)
    assert attente is not None
    for _ in range(ECHECS):
        assert espace.connexions.give_code(attente, "000000") is None
    assert espace.connexions.give_code(attente, generateur.at(montre())) is None
    assert opened(espace) is None
    montre.advance(minutes=5)
    assert espace.connexions.give_code(attente, generateur.at(montre())) is None, "cinq minutes, pas plus"
    assert opened(espace) is not None


def test_a_code_for_a_bad_day_opens_once(espace: Espace, lea: Conseiller, montre: Montre) -> None:
    _, codes = put_factor(espace, montre)
    assert len(set(codes)) == 10
    assert not any(code in everything(espace.base) for code in codes)
    for essai, attendu in ((codes[3].upper().replace("-", " "), True), (codes[3], False), (codes[4], True)):
        attente = espace.connexions.sign_in("lea", MOT_DE_PASSE)
        assert attente is not None
        assert (espace.connexions.give_code(attente, essai) is not None) is attendu


def test_a_second_factor_is_taken_away_with_password_and_code(espace: Espace, lea: Conseiller, montre: Montre) -> None:
    generateur, codes = put_factor(espace, montre)
    attente = espace.connexions.sign_in("lea", MOT_DE_PASSE) or ""
    ouverte = espace.sessions.find(espace.connexions.give_code(attente, codes[0]) or "")
    assert ouverte is not None
    montre.advance(minutes=2)
    for mots in (("pas le bon du tout", generateur.at(montre())), (MOT_DE_PASSE, "000000"), (MOT_DE_PASSE, codes[0])):
        with pytest.raises(InvalidInputError):
            espace.mon_compte.drop_totp(ouverte, *mots)
    espace.mon_compte.drop_totp(ouverte, MOT_DE_PASSE, generateur.at(montre()))
    seule = opened(espace)
    assert seule is not None
    assert seule.etape == "ouverte"


def test_a_lost_second_factor_is_taken_away_by_who_administers(espace: Espace, lea: Conseiller, montre: Montre) -> None:
    put_factor(espace, montre)
    espace.comptes.remove_totp(lea.identifiant)
    ouverte = opened(espace)
    assert ouverte is not None
    assert ouverte.etape == "ouverte"
