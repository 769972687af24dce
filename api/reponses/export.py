"""The catalogue of open data as plain values."""

from dataclasses import asdict
from typing import Any

from api.lectures.export import Licences
from api.lectures.jeux import JEUX, Jeu
from referentiels.catalogue import Catalogue
from referentiels.types import SourceChargee

Json = dict[str, Any]
_REMARQUES = (
    "Les noms des colonnes ne changent pas ; il peut s'en ajouter à la fin.",
    "En CSV, une cellule de texte qui commencerait par =, +, -, @, une tabulation ou un saut de ligne est précédée "
    "d'une apostrophe, pour qu'aucun tableur n'y lise une formule ; en JSON lines, le texte est tel quel.",
    "Citez chaque source avec son millésime, sous sa licence.",
)
_SOURCE = ("cle", "titre", "producteur", "licence", "millesime", "origine", "demonstration")


def exports_as_dict(catalogue: Catalogue) -> Json:
    """Every table: its columns, where to take it, whom to credit, and what was left out and why."""
    return {
        "catalogue": catalogue.version,
        "jeux": [_jeu(catalogue, jeu) for jeu in JEUX],
        "remarques": list(_REMARQUES),
    }


def _jeu(catalogue: Catalogue, jeu: Jeu) -> Json:
    licences = Licences.of(catalogue, jeu)
    return {
        "cle": jeu.cle,
        "titre": jeu.titre,
        "colonnes": [asdict(colonne) for colonne in jeu.colonnes],
        "csv": f"/api/v1/export/{jeu.cle}.csv",
        "jsonl": f"/api/v1/export/{jeu.cle}.jsonl",
        "sources": [_source(source) for source in licences.ouvertes],
        "sources_ecartees": [{**_source(source), "raison": raison} for source, raison in licences.ecartees],
    }


def _source(source: SourceChargee) -> Json:
    return {nom: getattr(source, nom) for nom in _SOURCE}
