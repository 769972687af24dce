"""A database of any earlier version keeps all that it held, and serves the espace conseiller at once."""

from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, inspect, text

from api.conseil.types import Conseiller, Structure
from api.persistence import schema
from api.persistence.base import BaseDonnees
from tests.api.persistence.donnees_anciennes import DOSSIER
from tests.api.persistence.essai_dossiers import ACCORD, enter, open_dossiers
from tests.api.persistence.test_base import REMPLIR, at_version


def read_all(connexion: Connection) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, by column."""
    tables = [t for t in inspect(connexion).get_table_names() if t != "alembic_version"]
    return {t: [dict(r) for r in connexion.execute(text(f"SELECT * FROM {t}")).mappings()] for t in tables}


@pytest.mark.parametrize("version", schema.VERSIONS)
def test_every_row_of_an_older_database_is_there_afterwards(vide: BaseDonnees, version: str) -> None:
    at_version(vide, version)
    moteur = create_engine(vide.url)
    with moteur.begin() as connexion:
        REMPLIR[version](connexion)
    with moteur.connect() as connexion:
        avant = read_all(connexion)
    assert all(avant.values()) or version == "0001", "chaque table de cette version a des données"
    vide.migrate()
    with moteur.connect() as connexion:
        apres = read_all(connexion)
    moteur.dispose()
    for table, lignes in avant.items():
        assert len(apres[table]) == len(lignes)
        for ligne, ancienne in zip(apres[table], lignes, strict=True):
            assert ancienne.items() <= ligne.items(), table
    dossiers = open_dossiers(vide)
    if version >= "0005":
        c0 = Conseiller("c0", "Léa", "conseiller", Structure("cio", "CIO", 12))
        assert dossiers.read(c0, DOSSIER).notes == "notes"
    lea = enter(vide, "nouvelle", "neuve")
    assert dossiers.read(lea, dossiers.open(lea, "A", ACCORD).identifiant).version == 1
