"""The commands about partners and their database."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.acces.partenaires import check_secret
from api.cli import cli, main
from api.persistence.base import BaseDonnees
from api.persistence.schema import VERSION
from referentiels.errors import DatabaseError, InvalidInputError, UnknownCodeError


@pytest.fixture(autouse=True)
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AZIMUT_VAR", str(tmp_path))
    for nom in ("BASE", "CLE_JETONS"):
        monkeypatch.delenv(f"AZIMUT_{nom}", raising=False)
    return tmp_path


def run(*mots: str) -> Result:
    reponse = CliRunner().invoke(cli, mots)
    if reponse.exception is not None and not isinstance(reponse.exception, SystemExit):
        raise reponse.exception
    return reponse


def ask(*mots: str) -> Any:
    return json.loads(run(*mots, "--json").stdout)


def opens(var: Path, identifiant: str, secret: str) -> bool:
    base = BaseDonnees(f"sqlite:///{var / 'azimut.db'}")
    reconnu = check_secret(base, identifiant, secret)
    base.close()
    return reconnu is not None


def enrol(*mots: str) -> str:
    secret: str = ask("partenaires", "creer", "lorfolio", "--nom", "Lorfolio", *mots)["secret"]
    return secret


def test_a_secret_is_shown_once(var: Path) -> None:
    reponse = run("partenaires", "creer", "lorfolio", "--nom", "Lorfolio", "--origine", "https://lorfolio.fr")
    [ligne] = [ligne for ligne in reponse.stdout.splitlines() if ligne.startswith("Secret : ")]
    secret = ligne.removeprefix("Secret : ")
    assert "ne sera plus montré" in reponse.stderr
    assert opens(var, "lorfolio", secret)
    for apres in (run("partenaires", "lister"), run("partenaires", "lister", "--json"), run("base", "etat")):
        assert secret not in apres.output
        assert secret[12:] not in apres.output


def test_a_scope_that_is_not_is_told_with_those_that_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "sys.argv", ["azimut", "partenaires", "creer", "lorfolio", "--nom", "Lorfolio", "--portee", "x"]
    )
    with pytest.raises(SystemExit):
        main()
    assert "--portee : lecture, recommandation, export" in capsys.readouterr().err


def test_partners_are_listed_with_all_but_their_secrets() -> None:
    assert "Aucun partenaire" in run("partenaires", "lister").stdout
    secret = enrol("--origine", "https://lorfolio.fr", "--portee", "export", "--quota", "50")
    [partenaire] = ask("partenaires", "lister")["partenaires"]
    [tenu] = partenaire.pop("secrets")
    assert partenaire.pop("cree_le")
    assert partenaire == {
        "identifiant": "lorfolio", "nom": "Lorfolio", "actif": True, "origines": ["https://lorfolio.fr"],
        "portees": ["export"], "quota": 50,
    }  # fmt: skip
    assert secret.startswith(tenu["prefixe"])
    texte = run("partenaires", "lister").stdout
    for mot in ("Lorfolio", "https://lorfolio.fr", "export", "quota 50", "actif"):
        assert mot in texte


def test_the_former_secret_holds_for_a_while(var: Path) -> None:
    ancien = enrol()
    nouveau = ask("partenaires", "tourner", "lorfolio", "--grace", "1")["secret"]
    assert [opens(var, "lorfolio", s) for s in (ancien, nouveau)] == [True, True]
    assert "jusqu'au" in run("partenaires", "lister").stdout
    dernier = ask("partenaires", "tourner", "lorfolio", "--grace", "0")["secret"]
    assert [opens(var, "lorfolio", s) for s in (ancien, nouveau, dernier)] == [False, False, True]


def test_a_secret_or_a_partner_is_revoked(var: Path) -> None:
    ancien = enrol()
    nouveau = ask("partenaires", "tourner", "lorfolio")["secret"]
    assert "révoqué" in run("partenaires", "revoquer", "lorfolio", "--secret", ancien[:12]).stdout
    assert [opens(var, "lorfolio", s) for s in (ancien, nouveau)] == [False, True]
    ask("partenaires", "revoquer", "lorfolio")
    assert not opens(var, "lorfolio", nouveau)
    assert "Lorfolio), révoqué" in run("partenaires", "lister").stdout
    with pytest.raises(InvalidInputError, match="révoqué"):
        run("partenaires", "tourner", "lorfolio")


def test_only_what_is_given_changes() -> None:
    enrol("--origine", "https://a.fr", "--quota", "50")
    assert ask("partenaires", "modifier", "lorfolio", "--nom", "Autre")["origines"] == ["https://a.fr"]
    assert ask("partenaires", "modifier", "lorfolio", "--quota-commun")["quota"] is None
    change = ask("partenaires", "modifier", "lorfolio", "--sans-origine", "--portee", "lecture")
    assert (change["nom"], change["origines"], change["portees"]) == ("Autre", [], ["lecture"])
    with pytest.raises(InvalidInputError, match="contredisent"):
        run("partenaires", "modifier", "lorfolio", "--quota", "5", "--quota-commun")


@pytest.mark.parametrize("commande", ["tourner", "revoquer", "modifier"])
def test_an_unknown_partner_is_told(commande: str) -> None:
    with pytest.raises(UnknownCodeError, match="partenaire inconnu : « absent »"):
        run("partenaires", commande, "absent")


def test_the_key_of_tokens_turns_unless_a_setting_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    premiere, seconde = (ask("partenaires", "tourner-cle")["kid"] for _ in range(2))
    assert premiere != seconde
    assert "Nouvelle clé" in run("partenaires", "tourner-cle", "--sans-grace").stdout
    monkeypatch.setenv("AZIMUT_CLE_JETONS", "x" * 40)
    with pytest.raises(InvalidInputError, match="réglage"):
        run("partenaires", "tourner-cle")


def test_the_state_of_the_database_is_told(var: Path) -> None:
    assert "vide" in run("base", "etat").stdout
    assert not (var / "azimut.db").exists(), "dire l'état ne crée rien"
    assert ask("base", "migrer") == {"avant": None, "version": VERSION}
    assert ask("base", "migrer") == {"avant": VERSION, "version": VERSION}
    enrol()
    etat = ask("base", "etat")
    assert (etat["version"], etat["a_jour"], etat["partenaires"]) == (VERSION, True, 1)
    assert "à jour" in run("base", "etat").stdout


def test_the_password_of_a_database_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZIMUT_BASE", "postgresql://azimut:motdepasse@127.0.0.1:1/azimut")
    for mots in (("base", "etat"), ("base", "migrer"), ("partenaires", "lister")):
        with pytest.raises(DatabaseError) as error:
            run(*mots)
        assert "motdepasse" not in str(error.value)
