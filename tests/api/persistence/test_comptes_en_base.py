"""Accounts, passwords and second factors, whatever the database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from api.acces import hachage
from api.conseil.cle_dossiers import open_coffre
from api.conseil.comptes import PROVISOIRE
from api.conseil.connexions import ATTENTE_MAX, ATTENTE_MIN, ECHECS
from api.conseil.espace import Espace, open_espace
from api.conseil.types import Conseiller
from api.persistence.acces import CONSERVATION, read_accesses
from api.persistence.base import BaseDonnees
from api.persistence.tables_comptes import LigneConseiller
from api.settings import Settings
from referentiels.errors import DatabaseError, InvalidInputError, UnknownCodeError
from tests.api.espace import CLE, MOT_DE_PASSE, Montre, ensure_structure, open_account, opened
from tests.api.persistence.test_base import at_version, fill_0004


def everything(base: BaseDonnees) -> str:
    """All that the tables hold, as text."""
    with base.reading() as session:
        tables = inspect(session.connection()).get_table_names()
        return "\n".join(str(ligne) for table in tables for ligne in session.execute(text(f"SELECT * FROM {table}")))


def actions(espace: Espace) -> list[tuple[str, str]]:
    return [(a.action, a.issue) for a in reversed(read_accesses(espace.base))]


def test_an_account_is_read_as_it_was_opened(espace: Espace, lea: Conseiller, montre: Montre) -> None:
    [compte] = espace.comptes.list_all("cio")
    assert (compte.conseiller, compte.connexion, compte.actif) == (lea, "lea", True)
    assert (lea.nom, lea.role, lea.structure.identifiant) == ("Nom de lea", "conseiller", "cio")
    assert lea.structure.conservation_mois == 12
    assert (compte.provisoire, compte.totp, compte.externe, compte.bloque) == (False, False, False, False)
    assert abs(compte.cree_le - montre()) < timedelta(seconds=1)
    assert "lea" not in lea.identifiant
    assert espace.comptes.list_all("autre") == ()


def test_an_older_database_keeps_its_accounts(vide: BaseDonnees) -> None:
    at_version(vide, "0004")
    moteur = create_engine(vide.url)
    with moteur.begin() as connexion:
        fill_0004(connexion)
    moteur.dispose()
    vide.migrate()
    reglages = Settings.model_validate({"cle_dossiers": CLE})
    espace = open_espace(reglages, vide, open_coffre(reglages.cle_dossiers, vide))
    [compte] = espace.comptes.list_all()
    assert (compte.connexion, compte.conseiller.nom, compte.conseiller.structure.nom) == ("lea", "Léa", "CIO")
    assert [a.action for a in read_accesses(vide)] == ["connexion"]
    espace.connexions.sign_in("lea", "faux")
    assert [a.action for a in read_accesses(vide)] == ["connexion", "connexion"], "la suite se numérote d'elle-même"


def test_a_password_opens_and_is_nowhere_in_clear(
    espace: Espace, lea: Conseiller, hacheur_reel: PasswordHasher
) -> None:
    assert opened(espace) is not None
    assert opened(espace, connexion=" LEA ") is not None, "ni la casse ni les espaces ne comptent"
    contenu = everything(espace.base)
    assert MOT_DE_PASSE not in contenu
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(hachage, "_HACHEUR", hacheur_reel)
        espace.comptes.reset(lea.identifiant)
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in everything(espace.base)


@pytest.mark.parametrize("mot_de_passe", ["", MOT_DE_PASSE + "x", MOT_DE_PASSE[:-1], "\0", "é" * 5000])
def test_a_wrong_password_opens_nothing(espace: Espace, lea: Conseiller, mot_de_passe: str) -> None:
    assert opened(espace, mot_de_passe) is None
    assert opened(espace, MOT_DE_PASSE, "lea\0x") is None


def test_an_account_that_is_not_costs_and_leaves_the_same(
    espace: Espace, lea: Conseiller, monkeypatch: pytest.MonkeyPatch
) -> None:
    essais: list[str] = []
    reel = hachage._HACHEUR

    class Compteur:
        def verify(self, empreinte: str, clair: str) -> bool:
            essais.append(empreinte)
            return reel.verify(empreinte, clair)

    monkeypatch.setattr(hachage, "_HACHEUR", Compteur())
    avant = len(actions(espace))
    ecrites: list[int] = []
    for connexion in ("lea", "inconnue"):
        assert opened(espace, "pas le bon du tout", connexion) is None
        ecrites.append(len(actions(espace)))
    assert len(essais) == 2
    assert len({e.rsplit("$", 2)[0] for e in essais}) == 1, "les mêmes paramètres, donc la même durée"
    assert ecrites == [avant + 1, avant + 2], "une écriture dans les deux cas"


def test_failures_lock_longer_and_longer(espace: Espace, lea: Conseiller, montre: Montre) -> None:
    for _ in range(ECHECS):
        assert opened(espace, "pas le bon du tout") is None
    assert opened(espace) is None, "le bon mot de passe n'ouvre plus"
    assert espace.comptes.find("lea").bloque
    attendue = ATTENTE_MIN
    for _ in range(9):
        montre.instant += attendue - timedelta(seconds=1)
        assert opened(espace) is None
        montre.instant += timedelta(seconds=1)
        assert opened(espace, "pas le bon du tout") is None
        attendue = min(attendue * 2, ATTENTE_MAX)
    assert attendue == ATTENTE_MAX
    montre.instant += attendue
    assert opened(espace) is not None
    for _ in range(ECHECS - 1):
        opened(espace, "pas le bon du tout")
    assert opened(espace) is not None, "une connexion remet le compte à zéro"


def test_a_locked_account_is_opened_by_who_administers(espace: Espace, lea: Conseiller) -> None:
    for _ in range(ECHECS):
        opened(espace, "pas le bon du tout")
    espace.comptes.reactivate(lea.identifiant)
    assert opened(espace) is not None


def test_guesses_at_once_are_counted_one_by_one(espace: Espace, lea: Conseiller) -> None:
    def guess(_: int) -> None:
        try:
            espace.connexions.sign_in("lea", "pas le bon du tout")
        except DatabaseError:
            return

    with ThreadPoolExecutor(4) as fils:
        list(fils.map(guess, range(12)))
    with espace.base.reading() as session:
        ligne = session.get_one(LigneConseiller, lea.identifiant)
        assert ligne.echecs == ECHECS, "au cinquième échec, le compte attend : les autres ne sont plus des essais"
    assert opened(espace) is None


def test_a_provisional_password_ends_and_opens_one_door(espace: Espace, montre: Montre) -> None:
    ensure_structure(espace)
    _, provisoire = espace.comptes.create("lea", "Léa", "conseiller", "cio")
    ouverte = opened(espace, provisoire)
    assert ouverte is not None
    assert ouverte.etape == "mot_de_passe"
    montre.instant += PROVISOIRE
    assert opened(espace, provisoire) is None


def test_resetting_ends_what_was_open(espace: Espace, lea: Conseiller) -> None:
    jeton = espace.connexions.sign_in("lea", MOT_DE_PASSE)
    assert jeton is not None
    provisoire = espace.comptes.reset(lea.identifiant)
    assert espace.sessions.find(jeton) is None
    assert opened(espace) is None
    ouverte = opened(espace, provisoire)
    assert ouverte is not None
    assert ouverte.etape == "mot_de_passe"


def test_a_closed_account_opens_nothing_until_it_is_opened_again(espace: Espace, lea: Conseiller) -> None:
    jeton = espace.connexions.sign_in("lea", MOT_DE_PASSE)
    assert jeton is not None
    espace.comptes.deactivate(lea.identifiant)
    assert espace.sessions.find(jeton) is None
    assert opened(espace) is None
    espace.comptes.reactivate(lea.identifiant)
    assert opened(espace) is not None


def test_changing_the_password_ends_every_session(espace: Espace, lea: Conseiller) -> None:
    jetons = [espace.connexions.sign_in("lea", MOT_DE_PASSE) or "" for _ in range(2)]
    ouverte = espace.sessions.find(jetons[0])
    assert ouverte is not None
    nouveau = espace.mon_compte.change_password(ouverte, MOT_DE_PASSE, "quatre mots bien différents")
    assert [espace.sessions.find(j) for j in jetons] == [None, None]
    assert espace.sessions.find(nouveau) is not None
    assert opened(espace) is None
    assert opened(espace, "quatre mots bien différents") is not None


def test_a_refused_password_changes_nothing(espace: Espace, lea: Conseiller) -> None:
    ouverte = opened(espace)
    assert ouverte is not None
    for nouveau in ("court", "Structure cio 2026", "Nom de lea 2026", MOT_DE_PASSE):
        with pytest.raises(InvalidInputError) as error:
            espace.mon_compte.change_password(ouverte, MOT_DE_PASSE, nouveau)
        assert error.value.champ == "nouveau"
    assert opened(espace) is not None


def test_the_present_password_is_asked_for_and_counted(espace: Espace, lea: Conseiller) -> None:
    ouverte = opened(espace)
    assert ouverte is not None
    for _ in range(ECHECS):
        with pytest.raises(InvalidInputError) as error:
            espace.mon_compte.change_password(ouverte, "pas le bon du tout", "quatre mots bien différents")
        assert error.value.champ == "actuel"
    with pytest.raises(InvalidInputError):
        espace.mon_compte.start_totp(ouverte, MOT_DE_PASSE)
    assert opened(espace) is None, "une session volée ne sert pas à deviner"


@pytest.fixture
def admin(espace: Espace) -> Iterator[Conseiller]:
    yield open_account(espace, "chef", role="administrateur", structure="mission")


def test_nobody_administers_another_structure_nor_themselves(
    espace: Espace, lea: Conseiller, admin: Conseiller
) -> None:
    comptes = espace.comptes
    for geste in (comptes.deactivate, comptes.reactivate, comptes.reset, comptes.remove_totp):
        with pytest.raises(UnknownCodeError):
            geste(lea.identifiant, auteur=admin)
        with pytest.raises(UnknownCodeError):
            geste("inconnu\0", auteur=admin)
    with pytest.raises(InvalidInputError, match="propre compte"):
        comptes.deactivate(admin.identifiant, auteur=admin)
    assert opened(espace) is not None


@pytest.mark.parametrize(
    ("champ", "valeurs"),
    [
        ("connexion", {"connexion": "Léa"}),
        ("connexion", {"connexion": ""}),
        ("connexion", {"connexion": "a" * 201}),
        ("connexion", {"connexion": "a b"}),
        ("nom", {"nom": " "}),
        ("nom", {"nom": "a\nb"}),
        ("role", {"role": "chef"}),
        (None, {"structure": "inconnue"}),
    ],
)
def test_a_wrong_value_is_named(espace: Espace, champ: str | None, valeurs: dict[str, str]) -> None:
    ensure_structure(espace)
    bonnes = {"connexion": "lea", "nom": "Léa", "role": "conseiller", "structure": "cio"}
    lues = {**bonnes, **valeurs}
    with pytest.raises((InvalidInputError, UnknownCodeError)) as error:
        espace.comptes.create(lues["connexion"], lues["nom"], lues["role"], lues["structure"])
    assert getattr(error.value, "champ", None) == champ
    assert espace.comptes.list_all() == ()


def test_names_are_taken_once(espace: Espace, lea: Conseiller) -> None:
    with pytest.raises(InvalidInputError, match="déjà pris"):
        espace.comptes.create("LEA", "Une autre", "conseiller", "cio")
    with pytest.raises(InvalidInputError, match="existe déjà"):
        espace.comptes.create_structure("cio", "Une autre")
    for identifiant, mois in (("CIO", 12), ("cio-2", 0), ("cio-2", 61)):
        with pytest.raises(InvalidInputError):
            espace.comptes.create_structure(identifiant, "Une autre", mois)
    with pytest.raises(UnknownCodeError):
        espace.comptes.find("inconnue")


def test_an_account_needs_its_structure(espace: Espace) -> None:
    ligne = espace.comptes.make_line("lea", "Léa", "conseiller", "nulle-part")

    def write() -> None:
        with espace.base.writing() as session:
            session.add(ligne)

    with pytest.raises(IntegrityError):
        write()


def test_the_audit_tells_who_and_what_by_identifiers_alone(
    espace: Espace, lea: Conseiller, admin: Conseiller, montre: Montre
) -> None:
    opened(espace, "pas le bon du tout")
    opened(espace, "pas le bon du tout", "inconnue")
    ouverte = opened(espace)
    assert ouverte is not None
    espace.connexions.sign_out(ouverte)
    [fin, debut, inconnue, faux, *_] = read_accesses(espace.base)
    assert (fin.action, debut.action) == ("deconnexion", "connexion")
    assert [(a.acteur, a.structure, a.issue) for a in (inconnue, faux)] == [
        (None, None, "refuse"),
        (lea.identifiant, "cio", "refuse"),
    ]
    with espace.base.reading() as session:
        ecrit = " ".join(str(ligne) for ligne in session.execute(text("SELECT * FROM acces")))
    assert not any(mot in ecrit for mot in ("lea", "inconnue", "Nom", "pas le bon", MOT_DE_PASSE))
    assert {a.structure for a in read_accesses(espace.base, structure="cio")} == {"cio"}
    montre.instant += CONSERVATION + timedelta(days=1)
    opened(espace, connexion="inconnue")
    assert len(read_accesses(espace.base)) == 1, "un an, pas plus"
