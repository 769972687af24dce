"""The commands about structures and the accounts of conseillers."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli import cli, main
from api.conseil.cle_dossiers import open_coffre
from api.conseil.espace import open_espace
from api.persistence.base import BaseDonnees
from api.settings import Settings
from referentiels.errors import InvalidInputError, UnknownCodeError


@pytest.fixture(autouse=True)
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AZIMUT_VAR", str(tmp_path))
    monkeypatch.delenv("AZIMUT_BASE", raising=False)
    return tmp_path


def run(*mots: str) -> Result:
    reponse = CliRunner().invoke(cli, ("conseillers", *mots))
    if reponse.exception is not None and not isinstance(reponse.exception, SystemExit):
        raise reponse.exception
    return reponse


def ask(*mots: str) -> Any:
    return json.loads(run(*mots, "--json").stdout)


def opens(var: Path, connexion: str, mot_de_passe: str) -> bool:
    base = BaseDonnees(f"sqlite:///{var / 'azimut.db'}")
    jeton = open_espace(Settings(), base, open_coffre(None, base)).connexions.sign_in(connexion, mot_de_passe)
    base.close()
    return jeton is not None


@pytest.fixture
def lea() -> str:
    """The provisional password of Léa."""
    ask("creer-structure", "cio", "--nom", "CIO de Nantes", "--conservation", "6")
    mot_de_passe: str = ask("creer", "Lea@CIO.fr", "--nom", "Léa", "--structure", "cio")["mot_de_passe"]
    return mot_de_passe


def test_structures_are_entered_and_listed(lea: str) -> None:
    attendue = {"identifiant": "cio", "nom": "CIO de Nantes", "conservation_mois": 6, "comptes": 1}
    assert ask("structures") == {"structures": [attendue]}
    assert "cio (CIO de Nantes) : 1 compte(s), 6 mois." in run("structures").stdout
    assert "12 mois" in run("creer-structure", "mission", "--nom", "Mission locale").stdout


def test_a_password_is_shown_once(var: Path) -> None:
    assert "Aucune structure" in run("structures").stdout
    assert "Aucun compte" in run("lister").stdout
    run("creer-structure", "cio", "--nom", "CIO")
    reponse = run("creer", "lea", "--nom", "Léa", "--structure", "cio", "--role", "responsable")
    [ligne] = [ligne for ligne in reponse.stdout.splitlines() if ligne.startswith("Mot de passe provisoire : ")]
    provisoire = ligne.rpartition(" : ")[2]
    assert "7 jours" in reponse.stderr
    assert opens(var, "lea", provisoire)
    for apres in (run("lister"), run("lister", "--json"), run("acces"), run("structures", "--json")):
        assert provisoire not in apres.output
        assert "argon2" not in apres.output


def test_accounts_are_listed_with_all_but_what_opens_them(lea: str) -> None:
    [compte] = ask("lister", "--structure", "cio")["comptes"]
    dits = {nom: compte[nom] for nom in ("connexion", "nom", "role", "structure", "actif", "provisoire", "totp")}
    assert dits == {
        "connexion": "lea@cio.fr",
        "nom": "Léa",
        "role": "conseiller",
        "structure": "cio",
        "actif": True,
        "provisoire": True,
        "totp": False,
    }
    assert ask("lister", "--structure", "autre") == {"comptes": []}
    assert "lea@cio.fr (Léa) : conseiller, cio ; mot de passe à choisir" in run("lister").stdout


def test_an_account_is_closed_opened_again_and_reset(lea: str, var: Path) -> None:
    assert "désactivé" in run("desactiver", "lea@cio.fr").stdout
    assert not opens(var, "lea@cio.fr", lea)
    assert ask("desactiver", "lea@cio.fr")["actif"] is False
    assert ask("reactiver", "LEA@cio.fr")["actif"] is True
    assert opens(var, "lea@cio.fr", lea)
    nouveau = ask("reinitialiser", "lea@cio.fr")["mot_de_passe"]
    assert not opens(var, "lea@cio.fr", lea)
    assert opens(var, "lea@cio.fr", nouveau)
    assert ask("retirer-totp", "lea@cio.fr")["totp"] is False


def test_a_role_is_changed_and_told(lea: str) -> None:
    assert ask("changer-role", "lea@cio.fr", "responsable")["role"] == "responsable"
    assert ask("lister")["comptes"][0]["role"] == "responsable"
    assert ask("acces")["acces"][0]["action"] == "role_change"
    with pytest.raises(UnknownCodeError, match="compte"):
        run("changer-role", "inconnue", "conseiller")


def test_accesses_are_told_by_identifiers(lea: str, var: Path) -> None:
    opens(var, "lea@cio.fr", "pas le bon")
    [refus, creation] = ask("acces")["acces"]
    assert (refus["action"], refus["issue"], creation["action"]) == ("connexion", "refuse", "compte_cree")
    assert creation["objet"] == refus["acteur"] == ask("lister")["comptes"][0]["identifiant"]
    assert len(ask("acces", "--limite", "1", "--structure", "cio")["acces"]) == 1
    lignes = run("acces").stdout
    assert "lea" not in lignes
    assert "Léa" not in lignes
    assert "connexion  refuse" in lignes


def test_what_is_unknown_or_taken_is_told(lea: str) -> None:
    for commande in ("desactiver", "reactiver", "reinitialiser", "retirer-totp"):
        with pytest.raises(UnknownCodeError, match="compte"):
            run(commande, "inconnue")
    with pytest.raises(UnknownCodeError, match="structure"):
        run("creer", "paul", "--nom", "Paul", "--structure", "nulle-part")
    with pytest.raises(InvalidInputError, match="déjà pris"):
        run("creer", "lea@cio.fr", "--nom", "Une autre", "--structure", "cio")


def test_a_role_that_is_not_is_told_with_those_that_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mots = ["azimut", "conseillers", "creer", "lea", "--nom", "Léa", "--structure", "cio", "--role", "roi"]
    monkeypatch.setattr("sys.argv", mots)
    with pytest.raises(SystemExit):
        main()
    assert "--role : conseiller, responsable, administrateur" in capsys.readouterr().err
