"""Territories: both JSON forms, optional tables, history of codes, bad files."""

import json
from pathlib import Path
from typing import Any

import pytest

from referentiels.depot import Depot
from referentiels.errors import (
    EncodingError,
    HeaderError,
    MalformedError,
    MissingSourceError,
    OversizeError,
    RejectionError,
)
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.objets import read_objects
from referentiels.territoires import load_territoires
from referentiels.types import (
    Academie,
    Bassin,
    Commune,
    CommuneAncienne,
    Departement,
    Region,
    ZoneEmploi,
)


def etalab(code: str, nom: str, **plus: Any) -> dict[str, Any]:
    fiche = {"code": code, "nom": nom, "type": "commune-actuelle", "departement": code[:2], "region": "99"}
    return {**fiche, "codesPostaux": [f"{code[:2]}900"], "population": 1200, **plus}


def geo(code: str, nom: str, **plus: Any) -> dict[str, Any]:
    centre = {"type": "Point", "coordinates": [2.5, 47.25]}
    fiche = {"nom": nom, "code": code, "codesPostaux": ["90900"], "centre": centre, "population": 7}
    return {**fiche, "codeDepartement": code[:2], "codeRegion": "99", "codeEpci": "200000001", **plus}


def write(dossier: Path, nom: str, contenu: object) -> None:
    texte = contenu if isinstance(contenu, str) else json.dumps(contenu, ensure_ascii=False, indent=0)
    (dossier / nom).write_text(texte, encoding="utf-8")


def load(dossier: Path) -> tuple[Lot, Journal]:
    journal = Journal("territoires")
    return load_territoires(Depot(dossier), journal), journal


def communes_of(lot: Lot) -> dict[str, Commune]:
    return {commune.code: commune for commune in lot.get(Commune)}


def former_of(lot: Lot) -> dict[str, str]:
    return {ancienne.code: ancienne.code_actuel for ancienne in lot.get(CommuneAncienne)}


def test_communes_alone_leave_the_rest_unknown_and_count_it(tmp_path: Path) -> None:
    write(
        tmp_path, "communes.json", [etalab("90001", "Bourg-l'Essai"), etalab("90002", "Petit  Essai", population=None)]
    )
    lot, journal = load(tmp_path)
    commune = communes_of(lot)["90001"]
    assert (commune.latitude, commune.code_epci, commune.code_zone_emploi, commune.code_bassin) == (None,) * 4
    assert communes_of(lot)["90002"].population is None
    assert communes_of(lot)["90002"].nom == "Petit Essai"
    assert lot.get(Region) == []
    assert lot.millesime == "non daté"
    remarques = journal.fichiers[0].remarques
    assert "2 communes sans coordonnées" in remarques
    assert "1 communes sans population" in remarques
    assert (journal.fichiers[0].lues, journal.fichiers[0].gardees) == (2, 2)


def test_a_single_file_is_enough(tmp_path: Path) -> None:
    write(tmp_path, "communes.json", [etalab("90001", "Bourg")])
    lot, _ = load(tmp_path / "communes.json")
    assert list(communes_of(lot)) == ["90001"]


def test_geo_api_export_replaces_communes_and_brings_epci_and_coordinates(tmp_path: Path) -> None:
    write(
        tmp_path, "communes.json", [geo("90001", "Bourg"), geo("97501", "Îlot", codeDepartement=None, codeRegion="975")]
    )
    lot, _ = load(tmp_path)
    bourg = communes_of(lot)["90001"]
    assert (bourg.latitude, bourg.longitude) == (47.25, 2.5)
    assert bourg.code_epci == "200000001"
    assert communes_of(lot)["97501"].code_departement == "975"


def test_geo_api_export_completes_the_etalab_list(tmp_path: Path) -> None:
    write(tmp_path, "communes.json", [etalab("90001", "Bourg")])
    write(tmp_path, "communes-geo-api.json", [geo("90001", "BOURG"), geo("90005", "Neuve")])
    lot, journal = load(tmp_path)
    bourg = communes_of(lot)["90001"]
    assert (bourg.nom, bourg.population, bourg.code_epci, bourg.latitude) == ("Bourg", 1200, "200000001", 47.25)
    assert "90005" in communes_of(lot)
    assert any("1 communes absentes de la liste principale" in r for f in journal.fichiers for r in f.remarques)


def test_the_newest_of_two_lists_stands(tmp_path: Path) -> None:
    write(tmp_path, "communes_2024.json", [etalab("90001", "Vieux")])
    write(tmp_path, "communes_2026.json", [etalab("90001", "Neuf")])
    lot, journal = load(tmp_path)
    assert communes_of(lot)["90001"].nom == "Neuf"
    assert "fichier non retenu" in journal.fichiers[0].remarques[0]


def test_arrondissements_keep_their_commune_and_take_its_zones(tmp_path: Path) -> None:
    write(
        tmp_path,
        "communes.json",
        [
            etalab("75056", "Grande Ville"),
            etalab("75101", "Grande Ville 1er Arrondissement", type="arrondissement-municipal", commune="75056"),
        ],
    )
    write(tmp_path, "communes_arrondissements.json", [geo("75102", "Grande Ville 2e Arrondissement", codeEpci=None)])
    write(
        tmp_path, "communes_zones_emploi_2020.csv", "codgeo,libgeo,ze_2020,codze2020,libze2020\n75056,GV,x,0101,Essai\n"
    )
    lot, journal = load(tmp_path)
    communes = communes_of(lot)
    assert communes["75056"].code_commune_mere is None
    for code in ("75101", "75102"):
        assert communes[code].code_commune_mere == "75056"
        assert communes[code].code_zone_emploi == "0101"
    assert communes["75101"].latitude is None
    assert any("2 communes sans ligne propre" in remarque for remarque in journal.fichiers[0].remarques)


def test_optional_tables_enrich(tmp_path: Path) -> None:
    write(tmp_path, "communes.json", [etalab("90001", "Bourg"), etalab("90002", "Hameau")])
    write(tmp_path, "regions.json", [{"code": "99", "nom": "Région d'essai", "zone": "metro"}])
    write(tmp_path, "departements.json", [{"code": "90", "nom": "Essai", "region": "99"}])
    write(
        tmp_path,
        "departements_academies_regions.csv",
        "\ufefflibelleRegion;codeAcademie;codeRegion;codeDepartement;libelleAcademie;libelleDepartement\n"
        "Essai;77;99;090;Bourg;Essai\nSans objet;99;99;;Étranger;\nEssai;77;99;130;Bourg;Ailleurs\n",
    )
    write(
        tmp_path,
        "x_corresp_geo_y.csv",
        ";GeoPoint;Annee;Code_Officiel_Commune;latitude;longitude\n0;a;2025;90001;47.5;-1.25\n1;a;2025;90002;97;3\n",
    )
    write(
        tmp_path,
        "z_bassin_emploi.csv",
        "reg,dep,code_commune_insee,code_bassin_BMO,lib_bassin_BMO\n"
        "99,90,90001,9901,BOURG\n99,90,90003,9901,BOURG\n99,90,90002,9901,AILLEURS\n",
    )
    lot, journal = load(tmp_path)
    bourg, hameau = communes_of(lot)["90001"], communes_of(lot)["90002"]
    assert (bourg.latitude, bourg.longitude, bourg.code_bassin) == (47.5, -1.25, "9901")
    assert hameau.latitude is None, "a point off the globe is refused"
    assert hameau.code_bassin is None, "a name that contradicts its code is refused"
    assert lot.get(Region) == [Region(code=lot.get(Region)[0].code, nom="Région d'essai")]
    assert [d.code_region for d in lot.get(Departement)] == ["99"]
    assert [(a.code, a.code_departement) for a in lot.get(Academie)] == [("77", "90")]
    assert [(b.code, b.nom) for b in lot.get(Bassin)] == [("9901", "BOURG")]
    assert lot.get(ZoneEmploi) == []
    assert lot.millesime == "2025"
    for fichier in journal.fichiers:
        assert fichier.lues == fichier.gardees + fichier.rejets.total(), fichier.fichier


def test_mergers_are_followed_to_the_code_in_force(tmp_path: Path) -> None:
    write(
        tmp_path,
        "communes.json",
        [
            etalab("90001", "Grand Bourg", anciensCodes=["90003"]),
            etalab("90002", "Revenue"),
            {"code": "90004", "nom": "Vieux Bourg", "type": "commune-deleguee", "chefLieu": "90003"},
            {"code": "90001", "nom": "Bourg", "type": "commune-deleguee", "chefLieu": "90001"},
            {"code": "90002", "nom": "REVENUE", "type": "commune-deleguee", "chefLieu": "90002"},
        ],
    )
    passages = "Année;Niveau;Type;Ancien Code Officiel;Code Courant Officiel\n"
    for ancien, actuel in (
        ("90005", "90004"),  # three mergers deep
        ("90002", "90001"),  # re-established: in force, not former
        ("90006", "90007"),  # a circle
        ("90007", "90006"),
        ("90008", "90001"),  # split between two communes
        ("90008", "90002"),
        ("90001", "90001"),
    ):
        passages += f"2025;COM;commune;{ancien};{actuel}\n"
    write(tmp_path, "geocodes_passage_annuel.csv", passages + "2025;DEP;département;90;91\n")
    lot, journal = load(tmp_path)
    assert former_of(lot) == {"90001": "90001", "90003": "90001", "90004": "90001", "90005": "90001"}
    noms = {a.code: a.nom for a in lot.get(CommuneAncienne)}
    assert noms == {"90001": "Bourg", "90003": None, "90004": "Vieux Bourg", "90005": None}
    remarques = " ".join(journal.fichiers[0].remarques)
    assert "2 anciens codes en boucle" in remarques
    assert "1 anciens codes partagés entre plusieurs communes, refusés : 90008" in remarques


def test_passage_table_chooses_between_several_successors(tmp_path: Path) -> None:
    write(
        tmp_path,
        "communes.json",
        [etalab("90001", "Une", anciensCodes=["90009"]), etalab("90002", "Autre", anciensCodes=["90009"])],
    )
    write(
        tmp_path,
        "geocodes_passage.csv",
        "Niveau;Ancien Code Officiel;Code Courant Officiel\nCOM;90009;90002\n",
    )
    assert former_of(load(tmp_path)[0]) == {"90009": "90002"}


def test_merged_commune_takes_the_zone_its_parts_agree_on(tmp_path: Path) -> None:
    write(
        tmp_path,
        "communes.json",
        [
            etalab("90001", "Unie", anciensCodes=["90011", "90012"]),
            etalab("90002", "Partagée", anciensCodes=["90013", "90014"]),
        ],
    )
    write(
        tmp_path,
        "communes_zones_emploi_2020.csv",
        "codgeo,codze2020,libze2020\n90011,0101,A\n90012,0101,A\n90013,0101,A\n90014,0102,B\n,,\n",
    )
    communes = communes_of(load(tmp_path)[0])
    assert communes["90001"].code_zone_emploi == "0101"
    assert communes["90002"].code_zone_emploi is None


@pytest.mark.parametrize(
    ("defaut", "motif"),
    [
        ({"code": "9001"}, "code : code mal formé"),
        ({"nom": ""}, "nom : cellule vide"),
        ({"nom": {"fr": "Bourg"}}, "nom : cellule vide"),
        ({"code": "90002"}, "code : doublon"),
        ({"population": -4}, "population : nombre négatif"),
        ({"population": "beaucoup"}, "population : nombre entier attendu"),
        ({"region": None}, "codeRegion : cellule vide"),
        ({"region": "9"}, "region : code mal formé"),
        ({"departement": "B1"}, "departement : code mal formé"),
        ({"codesPostaux": ["9000"]}, "codesPostaux : code mal formé"),
        ({"codesPostaux": "90000"}, "codesPostaux : liste attendue"),
        ({"centre": {"coordinates": [2.0]}}, "centre : point attendu [longitude, latitude]"),
        ({"centre": {"coordinates": [2.0, 120.0]}}, "centre : point hors du globe"),
        ({"centre": "ici"}, "centre : point attendu [longitude, latitude]"),
        ({"codeEpci": "12"}, "codeEpci : code mal formé"),
        ({"type": "planète"}, "type : type de commune inconnu"),
    ],
)
def test_a_bad_commune_is_counted_with_its_line(tmp_path: Path, defaut: dict[str, Any], motif: str) -> None:
    bonnes = [json.dumps(etalab("90002", "Bonne")), json.dumps(etalab("90003", "Bonne aussi"))]
    mauvaise = json.dumps({**etalab("90001", "Mauvaise"), **defaut})
    write(tmp_path, "communes.json", "[\n" + ",\n".join([*bonnes, mauvaise]) + "\n]")
    lot, journal = load(tmp_path)
    assert sorted(communes_of(lot)) == ["90002", "90003"]
    (lu,) = journal.fichiers
    assert dict(lu.rejets) == {motif: 1}
    assert lu.exemples[0].ligne == 4
    assert (lu.lues, lu.gardees) == (3, 2)


def test_a_non_object_is_counted(tmp_path: Path) -> None:
    write(tmp_path, "communes.json", [etalab("90001", "Bourg"), 12])
    _, journal = load(tmp_path)
    assert dict(journal.fichiers[0].rejets) == {"objet attendu": 1}


def test_mostly_bad_communes_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "communes.json", [etalab("90001", "Bourg"), *({"code": "?"} for _ in range(30))])
    with pytest.raises(
        RejectionError, match=r"communes\.json, ligne \d+, colonne « code » : 30 lignes refusées sur 31"
    ):
        load(tmp_path)


@pytest.mark.parametrize(
    ("contenu", "erreur", "message"),
    [
        (b"", HeaderError, "le fichier est vide"),
        (b"\xef\xbb\xbf \n", HeaderError, "le fichier est vide"),
        (b'{"code": "90001"}', MalformedError, "une liste JSON"),
        (b'[\n{"code":"90001",\n"nom":}\n]', MalformedError, r"communes\.json, ligne 3 : JSON invalide"),
        (b'[\n{"code":"90001"}\n', MalformedError, "interrompue"),
        (b'[{"code":"90001"} {"code":"90002"}]', MalformedError, "interrompue"),
        (b'[{"code":"90001"}] et la suite', MalformedError, "du texte suit"),
        (b'[{"population": NaN}]', MalformedError, "NaN"),
        (b'[{"population": ' + b"9" * 5000 + b"}]", MalformedError, "JSON invalide"),
        (b"[" * 200_000, MalformedError, "JSON invalide"),
        ('[\n{"code":"90001",\n"nom":"Orléans"}]'.encode("latin-1"), EncodingError, r"ligne 3 : l'octet 0xE9"),
    ],
)
def test_an_unusable_file_is_a_french_error_with_its_place(
    tmp_path: Path, contenu: bytes, erreur: type[Exception], message: str
) -> None:
    (tmp_path / "communes.json").write_bytes(contenu)
    with pytest.raises(erreur, match=message):
        load(tmp_path)


def test_an_empty_list_reads_as_no_commune(tmp_path: Path) -> None:
    write(tmp_path, "communes.json", " [ \n ] ")
    assert load(tmp_path)[0].get(Commune) == []


def test_byte_order_mark_is_tolerated_and_noted(tmp_path: Path) -> None:
    (tmp_path / "communes.json").write_bytes(b"\xef\xbb\xbf" + json.dumps([etalab("90001", "Bourg")]).encode())
    _, journal = load(tmp_path)
    assert any("BOM" in remarque for remarque in journal.fichiers[0].remarques)


def test_no_communes_file(tmp_path: Path) -> None:
    write(tmp_path, "regions.json", [])
    with pytest.raises(MissingSourceError, match="aucun fichier de communes"):
        load(tmp_path)


def test_missing_column_of_an_optional_table_is_named(tmp_path: Path) -> None:
    write(tmp_path, "communes.json", [etalab("90001", "Bourg")])
    write(tmp_path, "communes_zones_emploi_2020.csv", "codgeo,codze2020\n90001,0101\n")
    with pytest.raises(HeaderError, match="colonne « libze2020 » : colonne obligatoire absente"):
        load(tmp_path)


def test_duplicates_in_short_lists_are_counted(tmp_path: Path) -> None:
    write(tmp_path, "communes.json", [etalab("90001", "Bourg")])
    regions = [{"code": "99", "nom": "A"}, {"code": "99", "nom": "B"}, {"code": "98"}, {"code": "97", "nom": "C"}]
    write(tmp_path, "regions.json", regions)
    lot, journal = load(tmp_path)
    assert [r.nom for r in lot.get(Region)] == ["C", "A"]
    assert dict(journal.fichiers[1].rejets) == {"code : doublon": 1, "nom : cellule vide": 1}


def test_too_many_objects(tmp_path: Path) -> None:
    write(tmp_path, "liste.json", [{} for _ in range(4)])
    depot = Depot(tmp_path)
    with pytest.raises(OversizeError, match="plus de 3 objets"):
        list(read_objects(depot, depot.membres[0], Journal("x").open("liste.json"), lignes_max=3))


@pytest.fixture(scope="module")
def officiel(donnees: Path) -> tuple[Lot, Journal]:
    return load(donnees / "territoires")


@pytest.mark.officiel
def test_official_counts(officiel: tuple[Lot, Journal]) -> None:
    lot, journal = officiel
    communes = lot.get(Commune)
    assert len(communes) == 34_969 + 45
    assert sum(c.code_commune_mere is not None for c in communes) == 45
    assert (len(lot.get(Region)), len(lot.get(Departement))) == (26, 109)
    assert len(lot.get(ZoneEmploi)) == 306, "the 307th of the file is its empty last row"
    assert len(lot.get(Bassin)) == 404
    assert sum(c.latitude is not None for c in communes) == 34_888
    complets = [c for c in communes if c.latitude and c.code_zone_emploi and c.code_bassin and not c.code_commune_mere]
    assert len(complets) == 34_867 + 4, "four merged communes take the zone of their parts"
    for fichier in journal.fichiers:
        assert fichier.lues == fichier.gardees + fichier.rejets.total(), fichier.fichier


@pytest.mark.officiel
def test_official_links_hold(officiel: tuple[Lot, Journal]) -> None:
    lot, _ = officiel
    communes = communes_of(lot)
    regions, departements = {r.code for r in lot.get(Region)}, {d.code: d for d in lot.get(Departement)}
    zones, bassins = {z.code for z in lot.get(ZoneEmploi)}, {b.code for b in lot.get(Bassin)}
    for commune in communes.values():
        assert departements[commune.code_departement].code_region == commune.code_region
        assert commune.code_zone_emploi is None or commune.code_zone_emploi in zones
        assert commune.code_bassin is None or commune.code_bassin in bassins
        assert commune.code_commune_mere is None or commune.code_commune_mere in communes
    assert {d.code_region for d in departements.values()} == regions
    assert all(a.code_departement in departements for a in lot.get(Academie))
    for ancienne in lot.get(CommuneAncienne):
        assert ancienne.code_actuel in communes
        assert ancienne.code not in communes or ancienne.code == ancienne.code_actuel
    assert communes["75101"].code_commune_mere == "75056"
    assert communes["2A004"].code_departement == "2A"
    assert sum(a.code != a.code_actuel for a in lot.get(CommuneAncienne)) == 4_238
