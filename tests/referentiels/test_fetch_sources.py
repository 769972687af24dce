"""Which file is asked for each source, and that it lands where the readers look."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from referentiels.adresses import ADRESSES, Telechargement
from referentiels.errors import DownloadError
from referentiels.fetch import Bilan, Fichier, Politique, download_all, find_newest
from referentiels.fetch.plan import name_file, plan_parts
from referentiels.sources import PAR_CLE, SOURCES, Source, locate
from tests.referentiels.banc_telechargement import ANNEE, make_zip

JEU = "https://www.data.gouv.fr/api/1/datasets/jeu/"
SHA1 = "0123456789abcdef0123456789abcdef01234567"
DEMANDE = Telechargement("data_gouv", JEU, "rncp/{titre}.zip", "zip", "export-fiches-csv-")
Contenus = dict[str, bytes]


class Web:
    """Answers by address, without a socket; what is not there is 404."""

    def __init__(self, contenus: Contenus | None = None) -> None:
        self.contenus: Contenus = contenus or {}
        self.demandes: list[str] = []

    def __call__(self, requete: httpx.Request) -> httpx.Response:
        self.demandes.append(str(requete.url))
        for debut, contenu in self.contenus.items():
            if str(requete.url).startswith(debut):
                return httpx.Response(200, stream=httpx.ByteStream(contenu))
        return httpx.Response(404)

    def fetch(self, dossier: Path, *sources: Source, annee: int = ANNEE) -> Bilan:
        with httpx.Client(transport=httpx.MockTransport(self)) as client:
            return download_all(
                None, dossier, client=client, annee=annee, sources=sources, politique=Politique(dormir=lambda _: None)
            )


def make_dataset(*ressources: dict[str, Any]) -> bytes:
    return json.dumps({"title": "Jeu", "resources": list(ressources)}).encode()


def make_resource(titre: str, **autres: object) -> dict[str, Any]:
    return {"title": titre, "url": f"https://static.test/{titre}", "format": "zip", **autres}


def find(contenu: bytes, demande: Telechargement = DEMANDE) -> Fichier:
    with httpx.Client(transport=httpx.MockTransport(Web({JEU: contenu}))) as client:
        return find_newest(demande, client, Politique(dormir=lambda _: None))


def test_the_newest_resource_is_chosen_by_the_date_in_its_title() -> None:
    trouve = find(
        make_dataset(
            make_resource("export-fiches-csv-2026-07-04.zip", last_modified="2026-07-09"),
            make_resource(
                "Export-fiches-csv-2026-07-05.zip",
                filesize=1234,
                checksum={"type": "sha1", "value": SHA1.upper()},
                last_modified="2026-07-05",
            ),
            make_resource("export-fiches-csv-2025-12-31.zip"),
            make_resource("export-fiches-rncp-v4-1-2026-07-06.zip"),
        )
    )
    assert trouve == Fichier(
        "https://static.test/Export-fiches-csv-2026-07-05.zip",
        "rncp/Export-fiches-csv-2026-07-05.zip",
        1234,
        f"sha1:{SHA1}",
        "2026-07-05",
    )


def test_equal_titles_are_told_apart_by_format_then_by_date() -> None:
    titre = "Toutes les données du ROME"
    rome = replace(ADRESSES["rome"][1], url=JEU)
    trouve = find(
        make_dataset(
            make_resource(titre, format="json", url="https://ft.test/json", last_modified="2026-09-01"),
            make_resource(titre, format="csv", url="https://ft.test/ancien", last_modified="2025-09-18"),
            make_resource(titre, format="CSV", url="https://ft.test/csv", last_modified="2026-06-18"),
        ),
        rome,
    )
    assert (trouve.url, trouve.nom) == ("https://ft.test/csv", "rome_RefRomeCsv.zip")


@pytest.mark.parametrize(
    "bizarre",
    [
        {"filesize": None, "checksum": None},
        {"filesize": "12", "checksum": "sha1"},
        {"filesize": 0, "checksum": {"type": "md5", "value": "x"}},
        {"filesize": 12, "checksum": {"type": "sha1", "value": SHA1}, "filetype": "remote"},
        {"checksum": {"type": "sha1"}, "last_modified": 3, "format": None},
    ],
)
def test_missing_or_unreliable_fields_are_unknown(bizarre: dict[str, object]) -> None:
    trouve = find(make_dataset({"title": None}, make_resource("export-fiches-csv-1.zip", **bizarre)))
    assert (trouve.octets, trouve.empreinte, trouve.modifie) == (None, None, None)


@pytest.mark.parametrize(
    ("contenu", "motif"),
    [
        (b"<html>panne</html>", "n'est pas du JSON"),
        (b"[]", "ne liste aucune ressource"),
        (b'{"resources": null}', "ne liste aucune ressource"),
        (make_dataset(), "aucune ressource de data.gouv.fr n'a de titre commençant par « export-fiches-csv- »"),
        (make_dataset({"title": 3}, make_resource("autre.zip")), "aucune ressource"),
        (make_dataset(make_resource("export-fiches-csv-1.zip", url="http://en-clair.test/f")), "aucune ressource"),
        (make_dataset(make_resource("export-fiches-csv-1.zip", url="https://[")), "aucune ressource"),
    ],
)
def test_a_catalogue_without_the_file_is_told(contenu: bytes, motif: str) -> None:
    with pytest.raises(DownloadError, match=re.escape(motif)):
        find(contenu)


def test_a_name_from_outside_stays_in_its_folder() -> None:
    assert name_file("rncp/{titre}.zip", "../../etc/passwd") == "rncp/etc_passwd.zip"
    assert name_file("rncp/{titre}.zip", "Été 2026.ZIP") == "rncp/Ete_2026.zip"
    assert name_file("rncp/{titre}.zip", "…") == "rncp/sans_titre.zip"


def test_a_wrong_checksum_or_size_is_refused_and_the_previous_file_stays(tmp_path: Path) -> None:
    source = replace(PAR_CLE["rncp_csv"], telechargements=(DEMANDE,))
    archive = make_zip(export_fiches_CSV_Standard_2026_07_05__csv=b"a;b\n")
    adresse = "https://static.test/export-fiches-csv-2026-07-05.zip"
    ancien = tmp_path / "rncp/export-fiches-csv-2026-07-05.zip"
    ancien.parent.mkdir()
    ancien.write_bytes(b"ancien")
    annonces: list[tuple[dict[str, Any], str]] = [
        ({"checksum": {"type": "sha256", "value": "0" * 64}}, "somme de contrôle sha256"),
        ({"filesize": len(archive) + 1}, "octets"),
    ]
    for annonce, motif in annonces:
        jeu = make_dataset(make_resource("export-fiches-csv-2026-07-05.zip", **annonce))
        resultat = Web({JEU: jeu, adresse: archive}).fetch(tmp_path, source).resultats[0]
        assert resultat.statut == "echec"
        assert motif in resultat.motif
        assert [p.read_bytes() for p in ancien.parent.iterdir()] == [b"ancien"]
    sha1 = hashlib.sha1(archive).hexdigest()
    jeu = make_dataset(make_resource("export-fiches-csv-2026-07-05.zip", checksum={"type": "sha1", "value": sha1}))
    web = Web({JEU: jeu, adresse: archive})
    assert web.fetch(tmp_path, source).resultats[0].statut == "obtenu"
    assert web.fetch(tmp_path, source).resultats[0].statut == "a_jour"
    assert web.demandes.count(adresse) == 1, "an announced checksum already held needs no request"


def test_yearly_editions_are_tried_downwards(tmp_path: Path) -> None:
    web = Web()
    resultat = web.fetch(tmp_path, PAR_CLE["bmo"], annee=2027).resultats[0]
    assert [re.findall(r"BMO_(\d{4})", url)[-1] for url in web.demandes] == ["2027", "2026", "2025", "2024", "2023"]
    assert "2027" in resultat.motif
    assert "marche" in resultat.motif


def test_an_older_edition_does_not_stand_in_for_a_newer_one_in_trouble(tmp_path: Path) -> None:
    adresse = plan_parts(PAR_CLE["bmo"], 2026)[0].choix
    web = Web({adresse[0].url: b"<html>panne</html>", adresse[1].url: XLSX})
    assert "page web" in web.fetch(tmp_path, PAR_CLE["bmo"]).resultats[0].motif
    assert len(web.demandes) == 1


def test_the_second_address_is_tried_when_the_first_fails(tmp_path: Path) -> None:
    web = Web({"https://www.data.gouv.fr/": OFFICIELS["https://www.data.gouv.fr/"], "https://static.test/rome": ROME})
    assert web.fetch(tmp_path, PAR_CLE["rome"]).resultats[0].statut == "obtenu"
    resultat = Web().fetch(tmp_path / "rien", PAR_CLE["rome"]).resultats[0]
    assert resultat.motif.count("il n'y a plus rien à cette adresse") == 2


def test_every_part_is_needed_but_the_others_are_kept(tmp_path: Path) -> None:
    sans_rs = {debut: contenu for debut, contenu in OFFICIELS.items() if "export-fiches-rs" not in debut}
    resultat = Web(sans_rs).fetch(tmp_path, PAR_CLE["rncp_xml"]).resultats[0]
    assert resultat.statut == "echec"
    assert "export XML (rs) :" in resultat.motif
    assert [p.name for p in resultat.fichiers] == ["export_fiches_RNCP_V4_1_2026_07_05.xml"]
    assert [p.name for p in (tmp_path / "rncp/xml").iterdir()] == ["export_fiches_RNCP_V4_1_2026_07_05.xml"]


def publish_rncp(jour: str) -> Contenus:
    membre = {f"export_fiches_CSV_Standard_2026_07_{jour}__csv": b"a;b\n" + jour.encode()}
    jeu = make_dataset(make_resource(f"export-fiches-csv-2026-07-{jour}.zip"))
    return {JEU: jeu, f"https://static.test/export-fiches-csv-2026-07-{jour}.zip": make_zip(**membre)}


def test_a_newer_dated_file_replaces_the_one_fetched_before(tmp_path: Path) -> None:
    source = replace(PAR_CLE["rncp_csv"], telechargements=(DEMANDE,))
    a_la_main = tmp_path / "rncp/export-fiches-csv-2026-07-01.zip"
    a_la_main.parent.mkdir()
    a_la_main.write_bytes(make_zip(export_fiches_CSV_Standard_2026_07_01__csv=b"a;b\n"))
    Web(publish_rncp("04")).fetch(tmp_path, source)
    reste = tmp_path / "rncp/export-fiches-csv-2026-07-03.zip.partiel"
    reste.write_bytes(b"PK")
    assert Web(publish_rncp("05")).fetch(tmp_path, source).resultats[0].statut == "obtenu"
    assert sorted(p.name for p in (tmp_path / "rncp").iterdir()) == [
        "export-fiches-csv-2026-07-01.zip",
        "export-fiches-csv-2026-07-05.zip",
    ]
    (tmp_path / "rncp/export-fiches-csv-2026-07-05.zip").write_bytes(b"retouche")
    Web(publish_rncp("06")).fetch(tmp_path, source)
    assert (tmp_path / "rncp/export-fiches-csv-2026-07-05.zip").read_bytes() == b"retouche"


def test_an_archive_is_laid_open_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = replace(PAR_CLE["onisep"], telechargements=ADRESSES["onisep"][:1])
    url = source.telechargements[0].url
    premiere = make_zip(a__xml=b"<formations>1</formations>", sous__xml=b"<a></a>", LISEZMOI__md=b"non")
    assert Web({url: premiere}).fetch(tmp_path, source).resultats[0].statut == "obtenu"
    assert sorted(p.name for p in (tmp_path / "onisep").iterdir()) == ["a.xml", "sous.xml"]
    for seconde in (make_zip(LISEZMOI__md=b"non"), make_zip(**{"a__xml": b"<a></a>", "x/a__xml": b"<a></a>"})):
        assert Web({url: seconde}).fetch(tmp_path, source).resultats[0].statut == "echec"
        assert (tmp_path / "onisep/a.xml").read_bytes() == b"<formations>1</formations>"
    assert Web({url: premiere}).fetch(tmp_path, source).resultats[0].statut == "a_jour"
    assert sorted(p.name for p in (tmp_path / "onisep").iterdir()) == ["a.xml", "sous.xml"]


ROME = make_zip(unix_referentiel_code_rome_v461_utf8__csv=b'"code_rome"\n"A1101"\n')
XLSX = make_zip(**{"[Content_Types]__xml": b"<Types/>", "xl/workbook__xml": b"<workbook/>"})
OFFICIELS: Contenus = {
    "https://api.francetravail.fr/": ROME,
    "https://www.data.gouv.fr/": make_dataset(
        make_resource("export-fiches-csv-2026-07-05.zip"),
        make_resource("export-fiches-rncp-v4-1-2026-07-05.zip"),
        make_resource("export-fiches-rs-v4-1-2026-07-05.zip"),
        make_resource("Toutes les données du ROME", format="csv", url="https://static.test/rome"),
    ),
    "https://static.test/export-fiches-csv": make_zip(export_fiches_CSV_Standard_2026_07_05__csv=b"a;b\n"),
    "https://static.test/export-fiches-rncp": make_zip(export_fiches_RNCP_V4_1_2026_07_05__xml=b"<FICHES></FICHES>"),
    "https://static.test/export-fiches-rs": make_zip(export_fiches_RS_V4_1_2026_07_05__xml=b"<FICHES></FICHES>"),
    "https://geo.api.gouv.fr/": b'[{"nom": "Exemple", "code": "01001"}]',
    "https://www.francetravail.org/": XLSX,
    "https://data.education.gouv.fr/": b"annee;uai\n",
    "https://data.enseignementsup-recherche.gouv.fr/": b"session;cod_uai\n",
    "https://opendata.caissedesdepots.fr/": b"nom_of;siret\n",
    "https://api.opendata.onisep.fr/downloads/5fe07a9ecc960/": make_zip(
        Onisep_Ideo_Fiches_Formations_10022026__xml=b"<formations></formations>"
    ),
    "https://api.opendata.onisep.fr/downloads/5fe0808a2da6f/": make_zip(
        Onisep_Ideo_Fiches_metiers_10022026__xml=b"<metiers></metiers>"
    ),
    "https://api.opendata.onisep.fr/downloads/5fa5949243f97/": b"[]",
    "https://api.opendata.onisep.fr/downloads/5fa58d750a60c/": b"[]",
    "https://api.opendata.onisep.fr/downloads/5fa586da5c4b6/": b"[]",
    "https://api.opendata.onisep.fr/": b"code;libelle\n",
}


@pytest.fixture(scope="module")
def telecharge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Bilan]]:
    dossier = tmp_path_factory.mktemp("donnees")
    yield dossier, Web(OFFICIELS).fetch(dossier, *SOURCES)


@pytest.mark.parametrize("cle", sorted(ADRESSES))
def test_every_source_lands_where_it_is_looked_for(telecharge: tuple[Path, Bilan], cle: str) -> None:
    dossier, bilan = telecharge
    resultat = next(r for r in bilan.resultats if r.cle == cle)
    assert (resultat.statut, resultat.motif) == ("obtenu", "")
    depot = locate(PAR_CLE[cle], dossier)
    assert depot is not None
    poses = {(depot.chemin / membre.chemin).resolve() if depot.chemin.is_dir() else depot.chemin
             for membre in depot.membres}  # fmt: skip
    assert set(resultat.fichiers) <= poses, "a part is outside the place that is read"
    depot.close()


def test_every_address_belongs_to_a_source_and_is_safe() -> None:
    assert set(ADRESSES) == {source.cle for source in SOURCES if source.telechargements}
    for telechargements in ADRESSES.values():
        assert all(t.url.startswith("https://") for t in telechargements)
        assert all(bool(t.titre) == (t.mode == "data_gouv") for t in telechargements)


@pytest.mark.parametrize(("version", "gagnant"), [("461", "rome_RefRomeCsv.zip"), ("459", "rome_v460")])
def test_the_newest_rome_is_read_whatever_its_place_is_called(tmp_path: Path, version: str, gagnant: str) -> None:
    (tmp_path / "rome_v460").mkdir()
    (tmp_path / "rome_v460/unix_referentiel_code_rome_v460_utf8.csv").write_bytes(b"code_rome\n")
    archive = make_zip(**{f"unix_referentiel_code_rome_v{version}_utf8__csv": b"code_rome\n"})
    Web({"https://api.francetravail.fr/": archive}).fetch(tmp_path, PAR_CLE["rome"])
    depot = locate(PAR_CLE["rome"], tmp_path)
    assert depot is not None
    assert depot.chemin.name == gagnant
    depot.close()
