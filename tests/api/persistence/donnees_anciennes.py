"""What databases of each version held, written with the columns that they had then."""

from datetime import UTC, datetime

from sqlalchemy import Connection, text

from api.conseil.coffre import Coffre
from tests.api.persistence.essai_dossiers import CLE

DOSSIER = "d" * 32


def fill_0002(connexion: Connection) -> None:
    cle = text("INSERT INTO cles_signature VALUES ('k', :cle, CURRENT_TIMESTAMP, NULL)")
    connexion.execute(cle, {"cle": b"\x00cle"})
    connexion.execute(text("INSERT INTO compteurs VALUES ('cle', 7, 4102444800.5)"))
    connexion.execute(text("INSERT INTO sels VALUES ('2026-07-14', :sel)"), {"sel": b"\x00sel"})


def fill_0003(connexion: Connection) -> None:
    fill_0002(connexion)
    connexion.execute(text("INSERT INTO avis VALUES ('2026-07-01', 'trouve', 'oui', 12)"))


def fill_0005(connexion: Connection) -> None:
    """A dossier of `c0`, of the structure `cio`."""
    coffre = Coffre(lambda: CLE)
    place = (DOSSIER, "cio", "1")
    instant = datetime(2026, 7, 14, 12, 30, tzinfo=UTC)
    valeurs = {
        "i": DOSSIER,
        "t": instant if connexion.dialect.name == "postgresql" else "2026-07-14 12:30:00.000000",
        "p": coffre.seal("Renard", DOSSIER, "cio", "pseudonyme"),
        "c": coffre.seal('{"v": 1}', *place, "contenu"),
        "n": coffre.seal("notes", *place, "notes"),
        "oui": True,
    }
    for ligne in (
        "dossiers (identifiant, structure, conseiller, pseudonyme, portee, statistiques, recueilli_le, version,"
        " comptes, ouvert_le, modifie_le, clos_le)"
        " VALUES (:i, 'cio', 'c0', :p, 'structure', :oui, :t, 1, NULL, :t, :t, NULL)",
        "versions_dossier (dossier, version, auteur, motif, ecrite_le, contenu, notes)"
        " VALUES (:i, 1, 'c0', 'ouverture', :t, :c, :n)",
        "preuves_suppression (reference, motif, supprime_le, lignes, empreinte) VALUES ('r', 'demande', :t, 2, 'e')",
        "evenements (mois, structure, mesure, valeur, seances, nombre)"
        " VALUES ('2026-07-01', 'cio', 'voie', 'vae', 3, 9)",
    ):
        connexion.execute(text(f"INSERT INTO {ligne}"), valeurs)
