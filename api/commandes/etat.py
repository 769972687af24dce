"""What `azimut donnees etat` says: per source, what is there, which millésime, how many rows, what was refused."""

from pathlib import Path
from typing import Any

from referentiels.construction import read_report
from referentiels.errors import SourceError
from referentiels.sources import SOURCES, locate

Json = dict[str, Any]


def data_state(donnees: Path, catalogues: Path) -> Json:
    """The state of every source on disk and in the catalogue in service.

    Args:
        donnees: Folder of official files, which may be absent.
        catalogues: Folder of built catalogues, which may be empty.

    Returns:
        `sources`: one entry a source (present, where, and, once built, millésime, rows, rejections with reasons);
        `socle`: what the socle stands in for; `constats`: findings of the integrity check.
    """
    rapport = read_report(catalogues) or {"sources": [], "journaux": [], "constats": []}
    chargees = {s["cle"]: s for s in rapport["sources"]}
    journaux = {j["source"]: j["fichiers"] for j in rapport["journaux"]}
    return {
        "donnees": str(donnees),
        "sources": [
            _source_state(source.cle, source.titre, _place(source.cle, donnees), chargees, journaux)
            for source in SOURCES
        ],
        "socle": [s for s in rapport["sources"] if s["origine"] == "socle"],
        "constats": rapport["constats"],
        "secondes": rapport.get("secondes"),
    }


def _place(cle: str, donnees: Path) -> tuple[bool, str]:
    """Whether a source is on disk, and where or why it cannot be used."""
    if not donnees.is_dir():
        return False, ""
    source = next(s for s in SOURCES if s.cle == cle)
    try:
        depot = locate(source, donnees)
    except SourceError as error:
        return False, str(error)
    if depot is None:
        return False, ""
    depot.close()
    return True, str(depot.chemin)


def _source_state(
    cle: str, titre: str, place: tuple[bool, str], chargees: dict[str, Json], journaux: dict[str, list[Json]]
) -> Json:
    presente, ou = place
    chargee = chargees.get(cle)
    return {
        "cle": cle,
        "titre": titre,
        "presente": presente,
        "emplacement": ou,
        "en_service": chargee is not None,
        "millesime": chargee["millesime"] if chargee else None,
        "lignes": chargee["lignes"] if chargee else None,
        "rejets": chargee["rejets"] if chargee else None,
        "fichiers": journaux.get(cle, []),
    }


def describe_state(etat: Json) -> str:
    """The same in French lines, for a terminal."""
    lignes = [f"Dossier des données : {etat['donnees']}", ""]
    for source in etat["sources"]:
        if source["en_service"]:
            resume = f"millésime {source['millesime'] or 'non daté'}, {_count(source['lignes'], 'ligne')}"
            if source["rejets"]:
                resume += f", {_count(source['rejets'], 'refusée')}"
        elif source["presente"]:
            resume = "présente, pas encore construite : lancez « azimut construire »"
        else:
            resume = source["emplacement"] or "absente"
        marque = "✓" if source["en_service"] else "•" if source["presente"] else "–"
        lignes.append(f"{marque} {source['titre']} [{source['cle']}] : {resume}")
        lignes.extend(_describe_files(source["fichiers"]))
    for socle in etat["socle"]:
        note = " (données de démonstration)" if socle["demonstration"] else ""
        lignes.append(f"◦ {socle['titre']} : {_count(socle['lignes'], 'ligne')}, faute de source officielle{note}")
    if etat["constats"]:
        lignes += ["", "Intégrité :"]
        lignes += [f"  {c['gravite']:<12}{c['nom']} : {_number(c['nombre'])}" for c in etat["constats"]]
    return "\n".join(lignes)


def _describe_files(fichiers: list[Json]) -> list[str]:
    lignes = []
    for fichier in fichiers:
        for motif, nombre in fichier["rejets"].items():
            exemple = next((e for e in fichier["exemples"] if e["motif"] in motif), None)
            ou = f" (ligne {exemple['ligne']}, « {exemple['valeur']} »)" if exemple else ""
            lignes.append(f"    {fichier['fichier']} : {_number(nombre)} × {motif}{ou}")
        lignes += [f"    {fichier['fichier']} : {remarque}" for remarque in fichier["remarques"]]
    return lignes


def _number(nombre: int) -> str:
    return f"{nombre:,}".replace(",", "\u202f")


def _count(nombre: int, mot: str) -> str:
    return f"{_number(nombre)} {mot}{'s' if nombre > 1 else ''}"
