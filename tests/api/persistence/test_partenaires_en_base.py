"""Partners, secrets and keys, whatever the database."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher, Type
from sqlalchemy import inspect, text

from api.acces import hachage
from api.acces.cles_jetons import ensure_keys, rotate_key
from api.acces.partenaires import (
    PORTEES,
    Partenaire,
    check_origine,
    check_secret,
    create_partenaire,
    list_partenaires,
    revoke,
    rotate_secret,
    update_partenaire,
)
from api.persistence.base import BaseDonnees
from referentiels.errors import InvalidInputError, UnknownCodeError


def only(base: BaseDonnees) -> Partenaire:
    [partenaire] = list_partenaires(base)
    return partenaire


def everything(base: BaseDonnees) -> str:
    """All that the tables hold, as text."""
    with base.reading() as session:
        tables = inspect(session.connection()).get_table_names()
        return "\n".join(str(ligne) for table in tables for ligne in session.execute(text(f"SELECT * FROM {table}")))


def test_a_partner_is_read_as_it_was_entered(base: BaseDonnees) -> None:
    create_partenaire(base, "lorfolio", "Lorfolio", origines=["https://Portail.Exemple.fr:443/"], quota=50)
    lu = only(base)
    assert (lu.identifiant, lu.nom, lu.origines) == ("lorfolio", "Lorfolio", ("https://portail.exemple.fr",))
    assert (lu.portees, lu.quota, lu.actif) == (PORTEES[:2], 50, True)
    assert datetime.now(UTC) - lu.cree_le < timedelta(minutes=1)


def test_a_secret_opens_and_is_nowhere_in_clear(base: BaseDonnees) -> None:
    secret = create_partenaire(base, "lorfolio", "Lorfolio")
    reconnu = check_secret(base, "lorfolio", secret)
    assert reconnu is not None
    assert reconnu.partenaire.identifiant == "lorfolio"
    contenu = everything(base)
    assert secret not in contenu
    assert secret.split("_", 2)[2] not in contenu
    assert "$argon2id$" in contenu


def test_a_secret_costs_what_owasp_asks(base: BaseDonnees, hacheur_reel: PasswordHasher) -> None:
    assert hacheur_reel.type is Type.ID
    assert (hacheur_reel.time_cost, hacheur_reel.memory_cost) == (2, 19 * 1024)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("api.acces.hachage._HACHEUR", hacheur_reel)
        secret = create_partenaire(base, "lorfolio", "Lorfolio")
        assert check_secret(base, "lorfolio", secret) is not None
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in everything(base)


@pytest.mark.parametrize("secret", ["", "azm_00000000_x", "\0", "é" * 500])
def test_a_wrong_secret_opens_nothing(base: BaseDonnees, secret: str) -> None:
    vrai = create_partenaire(base, "lorfolio", "Lorfolio")
    assert check_secret(base, "lorfolio", secret) is None
    assert check_secret(base, "lorfolio", vrai[:-1]) is None
    assert check_secret(base, "lorfolio", vrai + "x") is None
    assert check_secret(base, "autre\0", vrai) is None


def test_an_unknown_client_costs_one_hash_as_a_known_one(base: BaseDonnees, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = create_partenaire(base, "lorfolio", "Lorfolio")
    essais: list[str] = []
    reel = hachage._HACHEUR

    class Compteur:
        def verify(self, empreinte: str, clair: str) -> bool:
            essais.append(empreinte)
            return reel.verify(empreinte, clair)

    monkeypatch.setattr(hachage, "_HACHEUR", Compteur())
    for identifiant, essaye in (("lorfolio", secret), ("lorfolio", "faux"), ("inconnu", secret)):
        check_secret(base, identifiant, essaye)
    assert len(essais) == 3
    assert len({e.rsplit("$", 2)[0] for e in essais}) == 1, "les mêmes paramètres, donc la même durée"


def test_two_secrets_hold_while_one_takes_the_place_of_the_other(base: BaseDonnees) -> None:
    ancien = create_partenaire(base, "lorfolio", "Lorfolio")
    nouveau = rotate_secret(base, "lorfolio", timedelta(hours=1))
    assert check_secret(base, "lorfolio", ancien) is not None
    assert check_secret(base, "lorfolio", nouveau) is not None
    dernier = rotate_secret(base, "lorfolio", timedelta(0))
    assert check_secret(base, "lorfolio", ancien) is None
    assert check_secret(base, "lorfolio", nouveau) is None
    assert check_secret(base, "lorfolio", dernier) is not None


def test_a_longer_grace_does_not_bring_an_older_secret_back(base: BaseDonnees) -> None:
    ancien = create_partenaire(base, "lorfolio", "Lorfolio")
    rotate_secret(base, "lorfolio", timedelta(0))
    rotate_secret(base, "lorfolio", timedelta(days=30))
    assert check_secret(base, "lorfolio", ancien) is None


def test_revoking_closes_one_secret_or_the_whole_partner(base: BaseDonnees) -> None:
    premier = create_partenaire(base, "lorfolio", "Lorfolio")
    second = rotate_secret(base, "lorfolio", timedelta(hours=1))
    with pytest.raises(UnknownCodeError):
        revoke(base, "lorfolio", "azm_00000000")
    revoke(base, "lorfolio", premier[:12])
    assert check_secret(base, "lorfolio", premier) is None
    assert check_secret(base, "lorfolio", second) is not None
    revoke(base, "lorfolio")
    assert check_secret(base, "lorfolio", second) is None
    assert not only(base).actif
    with pytest.raises(InvalidInputError, match="révoqué"):
        rotate_secret(base, "lorfolio", timedelta(0))


def test_only_what_is_given_changes(base: BaseDonnees) -> None:
    create_partenaire(base, "lorfolio", "Lorfolio", origines=["https://a.fr"], quota=50)
    update_partenaire(base, "lorfolio", portees=["export"])
    update_partenaire(base, "lorfolio", origines=["https://b.fr", "http://localhost:5173"])
    lu = only(base)
    assert (lu.nom, lu.portees, lu.quota) == ("Lorfolio", ("export",), 50)
    assert lu.origines == ("https://b.fr", "http://localhost:5173")
    update_partenaire(base, "lorfolio", nom="Autre", quota_commun=True)
    assert (only(base).nom, only(base).quota) == ("Autre", None)


def test_an_identifier_is_taken_once(base: BaseDonnees) -> None:
    secret = create_partenaire(base, "lorfolio", "Lorfolio")
    with pytest.raises(InvalidInputError, match="existe déjà"):
        create_partenaire(base, "lorfolio", "Un autre")
    assert check_secret(base, "lorfolio", secret) is not None
    for action in (revoke, update_partenaire):
        with pytest.raises(UnknownCodeError):
            action(base, "inconnu")


@pytest.mark.parametrize(
    ("champ", "valeurs"),
    [
        ("identifiant", {"identifiant": "Lorfolio"}),
        ("identifiant", {"identifiant": "a" * 65}),
        ("nom", {"nom": " "}),
        ("nom", {"nom": "a\nb"}),
        ("portee", {"portees": ["tout"]}),
        ("portee", {"portees": []}),
        ("quota", {"quota": 0}),
        ("origine", {"origines": ["*"]}),
    ],
)
def test_a_wrong_value_is_named(champ: str, valeurs: dict[str, object], tmp_path: Path) -> None:
    base = BaseDonnees(f"sqlite:///{tmp_path / 'azimut.db'}")
    with pytest.raises(InvalidInputError) as error:
        create_partenaire(base, **{"identifiant": "lorfolio", "nom": "Lorfolio", **valeurs})  # type: ignore[arg-type]
    assert error.value.champ == champ
    base.close()


@pytest.mark.parametrize(
    ("ecrite", "lue"),
    [
        ("https://Portail.fr", "https://portail.fr"),
        ("https://portail.fr:8443/", "https://portail.fr:8443"),
        ("https://orientation-métiers.fr", "https://xn--orientation-mtiers-nwb.fr"),
        ("http://localhost:3000", "http://localhost:3000"),
    ],
)
def test_origins_are_written_as_browsers_do(ecrite: str, lue: str) -> None:
    assert check_origine(ecrite) == lue


@pytest.mark.parametrize(
    "origine",
    [
        "*", "null", "portail.fr", "http://portail.fr", "https://", "https://*.portail.fr", "https://portail.fr/page",
        "https://portail.fr?x", "https://u:p@portail.fr", "https://portail.fr:99999", "ftp://portail.fr", "https://a b",
        "https://portail.fr\nhttps://b.fr", "https://[::1]", "https://-a.fr",
    ],
)  # fmt: skip
def test_what_is_no_exact_origin_is_refused(origine: str) -> None:
    with pytest.raises(InvalidInputError):
        check_origine(origine)


def test_keys_are_made_once_and_turn(base: BaseDonnees) -> None:
    premiere = ensure_keys(base).keys[0].kid
    assert [cle.kid for cle in ensure_keys(base).keys] == [premiere]
    seconde = rotate_key(base, timedelta(minutes=15))
    assert [cle.kid for cle in ensure_keys(base).keys] == [seconde, premiere], "la nouvelle signe, l'ancienne vérifie"
    derniere = rotate_key(base, timedelta(0))
    assert [cle.kid for cle in ensure_keys(base).keys] == [derniere]
