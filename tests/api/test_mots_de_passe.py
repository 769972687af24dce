"""What a password may be, and the codes that go with it."""

import pytest

from api.conseil.mots_de_passe import LONGUEUR_MAX, check_password, draw_password, normalise
from api.conseil.totp import draw_codes, hash_code, use_code
from referentiels.errors import InvalidInputError

PROCHES = ("lea.martin@cio-nantes.fr", "Léa Martin", "CIO de Nantes", "cio-nantes")


@pytest.mark.parametrize(
    "mot_de_passe",
    [
        "", "court", "onze caract", "x" * 129, " " * 20, "motdepasse2026", "azertyuiop123", "aaaaaaaaaaaaaaaa",
        "123456789012345", "Bonjour123456", "conseiller2026", "leamartin2026", "CIO de Nantes 44", "password password",
        "orientation44", "abcabcabcabc", "qsdfghjklm123",
    ],
)  # fmt: skip
def test_passwords_that_anyone_would_try_are_refused(mot_de_passe: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        check_password(mot_de_passe, PROCHES)
    assert error.value.champ == "nouveau"
    assert not mot_de_passe.strip() or mot_de_passe not in str(error.value)


@pytest.mark.parametrize(
    "mot_de_passe",
    [
        "lundi parapluie vert bouc",
        "Nq4&zt8!pLw2",
        "été œuf naïf garçon",
        "鳥が空を高く飛んでいる夏",
        "x7Kp-22mQ-wr9T-zB4c" * 6,
    ],
)
def test_long_and_unusual_passwords_are_taken_whole(mot_de_passe: str) -> None:
    assert check_password(mot_de_passe, PROCHES) == mot_de_passe
    assert len(mot_de_passe) <= LONGUEUR_MAX


def test_the_keyboard_does_not_matter() -> None:
    assert normalise("e\u0301te\u0301") == "été"


def test_provisional_passwords_are_good_ones() -> None:
    tires = {draw_password() for _ in range(100)}
    assert len(tires) == 100
    for tire in list(tires)[:5]:
        assert check_password(tire, PROCHES) == tire


def test_codes_for_a_bad_day_are_used_up() -> None:
    codes = draw_codes()
    empreintes = [hash_code(code, "c0") for code in codes]
    restantes = use_code(empreintes, codes[0].upper(), "c0")
    assert restantes == empreintes[1:]
    assert use_code(restantes, codes[0], "c0") is None
    assert use_code(empreintes, codes[0], "c1") is None, "chaque compte a les siens"
    assert use_code(empreintes, "", "c0") is None
