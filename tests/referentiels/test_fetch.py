"""Downloads against a server that misbehaves: whole and right, or nothing changed."""

import gzip
import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from referentiels.adresses import Nature
from referentiels.errors import DownloadError, UnknownCodeError
from referentiels.fetch import Resultat, download, download_all
from referentiels.fetch.partiel import Partiel
from tests.referentiels.banc_telechargement import ANNEE, CSV, Banc, make_source, make_zip
from tests.referentiels.serveur_capricieux import Reponse, open_server

pytestmark = pytest.mark.enable_socket
PAGE = b"<!DOCTYPE html><html><body>Site en maintenance</body></html>" + b" " * 600
RANGE = "bytes=5000-"


ZIP = make_zip(donnees__csv=os.urandom(20_000))


@pytest.fixture
def banc(tmp_path: Path) -> Iterator[Banc]:
    with open_server() as serveur, httpx.Client(trust_env=False) as client:
        yield Banc(tmp_path / "donnees", serveur, client)


def lay_previous(banc: Banc, nom: str) -> bytes:
    chemin = banc.dossier / nom
    chemin.parent.mkdir(parents=True)
    chemin.write_bytes(b"l'ancien fichier")
    return b"l'ancien fichier"


def test_a_file_arrives_whole_with_progress(banc: Banc) -> None:
    resultat = banc.fetch(make_source(banc.serveur.script("/f", Reponse(CSV))))
    assert resultat == Resultat("essai", "obtenu", (banc.dossier / "dossier/essai.csv",), len(CSV))
    assert banc.files() == {"dossier/essai.csv": CSV}
    assert banc.progres[-1] == ("essai", len(CSV), len(CSV))
    assert banc.siestes == []


def test_a_cut_is_resumed_from_where_it_stopped(banc: Banc) -> None:
    honnete = Reponse(CSV, etag='"v1"', plages=True)
    url = banc.serveur.script("/f", replace(honnete, couper=5000), honnete)
    assert banc.fetch(make_source(url)).statut == "obtenu"
    assert banc.files() == {"dossier/essai.csv": CSV}
    reprise = banc.serveur.asked("/f")[1].entetes
    assert (reprise["range"], reprise["if-range"]) == (RANGE, '"v1"')
    assert len(banc.siestes) == 1


def test_a_download_stopped_yesterday_is_resumed(banc: Banc) -> None:
    honnete = Reponse(CSV, modifie="Mon, 02 Mar 2026 10:00:00 GMT", plages=True)
    url = banc.serveur.script("/f", *[replace(honnete, couper=5000)], Reponse(statut=503))
    assert banc.fetch(make_source(url)).statut == "echec"
    banc.serveur.script("/f", honnete)
    assert banc.fetch(make_source(url)).statut == "obtenu"
    assert banc.serveur.asked("/f")[-1].entetes["range"] == RANGE
    assert banc.files() == {"dossier/essai.csv": CSV}


def test_a_finished_but_unpublished_file_is_not_fetched_again(banc: Banc) -> None:
    url = banc.serveur.script("/f", Reponse(CSV, etag='"v1"', plages=True))
    partiel = Partiel(banc.dossier / "dossier/essai.csv")
    partiel.chemin.parent.mkdir(parents=True)
    partiel.chemin.write_bytes(CSV)
    partiel.note.write_text(json.dumps({"url": url, "etag": '"v1"', "modifie": "", "total": len(CSV)}))
    assert banc.fetch(make_source(url)).statut == "obtenu"
    assert banc.files() == {"dossier/essai.csv": CSV}
    assert len(banc.serveur.asked("/f")) == 1


def test_slow_progress_through_many_cuts_still_ends(banc: Banc) -> None:
    banc.politique = replace(banc.politique, progres_min=1000)
    url = banc.serveur.script("/f", Reponse(CSV, etag='"v1"', plages=True, couper=6000))
    assert banc.fetch(make_source(url)).statut == "obtenu"
    assert len(banc.serveur.asked("/f")) > banc.politique.essais
    assert banc.files() == {"dossier/essai.csv": CSV}


@pytest.mark.parametrize("modifie", ["Mon, 02 Mar 2026 10:00:00 GMT", ""])
def test_without_range_support_the_file_is_started_again(banc: Banc, modifie: str) -> None:
    url = banc.serveur.script("/f", Reponse(CSV, modifie=modifie, couper=5000), Reponse(CSV, modifie=modifie))
    assert banc.fetch(make_source(url)).statut == "obtenu"
    assert banc.files() == {"dossier/essai.csv": CSV}


@pytest.mark.parametrize("mentir", [False, True])
def test_a_file_that_changes_between_two_tries_is_started_again(banc: Banc, mentir: bool) -> None:
    nouveau = Reponse(CSV.upper(), etag='"v2"', plages=True)
    url = banc.serveur.script(
        "/f", Reponse(CSV, etag='"v1"', plages=True, couper=5000), replace(nouveau, mentir=mentir), nouveau
    )
    assert banc.fetch(make_source(url)).statut == "obtenu"
    assert banc.files() == {"dossier/essai.csv": CSV.upper()}


def test_a_resumption_from_the_wrong_byte_is_refused(banc: Banc) -> None:
    honnete = Reponse(CSV, etag='"v1"', plages=True)
    faux = {"Content-Range": f"bytes 4000-{len(CSV) - 1}/{len(CSV)}"}
    url = banc.serveur.script("/f", replace(honnete, couper=5000), replace(honnete, entetes=faux), honnete)
    assert banc.fetch(make_source(url)).statut == "obtenu"
    assert banc.files() == {"dossier/essai.csv": CSV}
    assert "range" not in banc.serveur.asked("/f")[2].entetes


def test_the_tag_is_remembered_when_a_resumption_leaves_it_out(banc: Banc) -> None:
    honnete = Reponse(CSV, etag='"v1"', plages=True, couper=5000)
    url = banc.serveur.script(
        "/f", honnete, replace(honnete, etag="", mentir=True), Reponse(CSV, etag='"v1"', plages=True)
    )
    assert banc.fetch(make_source(url)).statut == "obtenu"
    reprise = banc.serveur.asked("/f")[2].entetes
    assert (reprise["range"], reprise["if-range"]) == ("bytes=10000-", '"v1"')
    assert banc.files() == {"dossier/essai.csv": CSV}


def test_a_compressed_answer_is_opened_and_never_resumed(banc: Banc) -> None:
    serre = Reponse(gzip.compress(CSV), etag='"v1"', plages=True, entetes={"Content-Encoding": "gzip"})
    url = banc.serveur.script("/f", replace(serre, couper=900), serre)
    assert banc.fetch(make_source(url)).statut == "obtenu"
    assert banc.files() == {"dossier/essai.csv": CSV}
    assert "range" not in banc.serveur.asked("/f")[1].entetes


def test_a_web_page_is_refused_from_its_first_bytes(banc: Banc) -> None:
    resultat = banc.fetch(make_source(banc.serveur.script("/f", Reponse(PAGE * 3000)), "zip"))
    assert "page web" in resultat.motif
    assert banc.progres == []


def test_a_silent_change_is_caught_by_the_archive_and_fetched_once_more(banc: Banc) -> None:
    """Same tag, other bytes: the mixture is not a whole zip, the file is asked again from its start."""
    menteur = Reponse(ZIP, etag='"v1"', plages=True)
    autre = make_zip(donnees__csv=os.urandom(20_000))
    assert len(autre) == len(ZIP)
    url = banc.serveur.script("/f", replace(menteur, couper=5000), replace(menteur, corps=autre), menteur)
    assert banc.fetch(make_source(url, "zip")).statut == "obtenu"
    assert banc.files() == {"dossier/essai.zip": ZIP}
    assert "range" not in banc.serveur.asked("/f")[-1].entetes


def test_two_503_then_the_file(banc: Banc) -> None:
    url = banc.serveur.script("/f", Reponse(statut=503), Reponse(statut=503), Reponse(CSV))
    assert banc.fetch(make_source(url)).statut == "obtenu"
    premiere, seconde = banc.siestes
    assert 1 <= premiere <= 2 <= seconde <= 3


@pytest.mark.parametrize(
    ("entetes", "attente"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "86400"}, 120.0),
        ({"Retry-After": "Sat, 21 Nov 2026 10:00:30 GMT", "Date": "Sat, 21 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"Retry-After": "Sat, 21 Nov 2020 10:00:00 GMT"}, 0.0),
    ],
)
def test_a_429_says_how_long_to_wait(banc: Banc, entetes: dict[str, str], attente: float) -> None:
    url = banc.serveur.script("/f", Reponse(statut=429, entetes=entetes), Reponse(CSV))
    assert banc.fetch(make_source(url)).statut == "obtenu"
    assert banc.siestes == [attente]


ECHECS: dict[str, tuple[Nature, Reponse, int, str]] = {
    "absent": ("csv", Reponse(b"rien", 404), 1, "il n'y a plus rien à cette adresse"),
    "interdit": ("csv", Reponse(b"non", 403), 1, "refuse l'accès"),
    "toujours coupé": ("csv", Reponse(CSV, couper=5000), 4, "la connexion a été coupée"),
    "coupé au même octet": ("csv", Reponse(CSV, etag='"a"', couper=0, plages=True), 4, "la connexion a été coupée"),
    "toujours 503": ("csv", Reponse(statut=503), 4, "indisponible (réponse 503)"),
    "toujours 429": ("csv", Reponse(statut=429), 4, "ralentir"),
    "longueur trop grande": ("csv", Reponse(CSV, longueur=len(CSV) + 10), 4, "la connexion a été coupée"),
    "longueur trop courte": ("zip", Reponse(ZIP, longueur=len(ZIP) - 10), 1, "tronquée ou abîmée"),
    "page web pour un zip": ("zip", Reponse(PAGE), 1, "page web au lieu d'un fichier zip"),
    "page web pour un csv": ("csv", Reponse(PAGE), 1, "page web au lieu d'un fichier csv"),
    "page web courte": ("json", Reponse(b"\n<html>non</html>"), 1, "page web"),
    "page xhtml": ("xml", Reponse(b'<?xml version="1.0"?><!DOCTYPE html><html/>'), 1, "page web"),
    "csv pour un zip": ("zip", Reponse(CSV), 1, "pas de nature zip"),
    "json pour un csv": ("csv", Reponse(b'{"error": "quota"}'), 1, "pas de nature csv"),
    "zip pour un classeur": ("xlsx", Reponse(ZIP), 1, "n'est pas un classeur"),
    "zip tronqué": ("zip", Reponse(ZIP[:-500]), 1, "tronquée ou abîmée"),
    "zip abîmé": ("zip", Reponse(ZIP[:600] + b"\0\1\2\3" + ZIP[604:]), 1, "abîmée"),
    "zip qui s'évade": ("zip", Reponse(make_zip(**{"../../mal": b"x"})), 1, "chemin interdit"),
    "bombe": ("zip", Reponse(make_zip(zeros__csv=b"0" * 30_000_000)), 1, "démesurément"),
    "json incomplet": ("json", Reponse(b'[{"code": "01001"'), 1, "incomplet"),
    "xml incomplet": ("xml", Reponse(b"<lheo><offres>\n"), 1, "incomplet"),
    "vide": ("csv", Reponse(b""), 1, "est vide"),
    "démesuré, annoncé": ("csv", Reponse(b"a;b\n", longueur=5 << 30), 1, "démesuré"),
    "muet": ("csv", Reponse(muet=0.3), 4, "ne répond plus"),
}


@pytest.mark.parametrize("cas", ECHECS)
def test_every_failure_is_told_and_leaves_the_previous_file(banc: Banc, cas: str) -> None:
    nature, reponse, demandes, motif = ECHECS[cas]
    if reponse.muet:
        banc.politique = replace(banc.politique, delai=0.05)
    ancien = lay_previous(banc, f"dossier/essai.{nature}")
    resultat = banc.fetch(make_source(banc.serveur.script("/f", reponse), nature))
    assert resultat.statut == "echec"
    assert motif in resultat.motif
    assert resultat.motif.startswith("Source d'essai : ")
    assert re.search(r"(telecharger »|[Rr]écupérez)", resultat.motif), "what to do next is missing"
    assert len(banc.serveur.asked("/f")) == demandes
    fichiers = banc.files()
    assert fichiers.pop(f"dossier/essai.{nature}") == ancien
    assert all(nom.endswith((".partiel", ".partiel.etat")) for nom in fichiers)


def test_an_endless_answer_is_stopped(banc: Banc) -> None:
    banc.politique = replace(banc.politique, octets_max=10_000)
    resultat = banc.fetch(make_source(banc.serveur.script("/f", Reponse(CSV, sans_longueur=True))))
    assert "démesuré" in resultat.motif
    assert banc.files() == {}


def test_an_answer_drop_by_drop_is_a_cut(banc: Banc) -> None:
    banc.politique = replace(banc.politique, fenetre=0.05, essais=2)
    gouttes = Reponse(CSV[:300], etag='"v1"', plages=True, gouttes=0.01)
    url = banc.serveur.script("/f", gouttes, replace(gouttes, gouttes=0.0))
    assert banc.fetch(make_source(url)).statut == "obtenu"
    assert banc.serveur.asked("/f")[1].entetes["range"].startswith("bytes=")
    assert banc.files() == {"dossier/essai.csv": CSV[:300]}


def test_redirects_are_followed_within_reason(banc: Banc) -> None:
    vers = banc.serveur.racine
    banc.serveur.script("/f", Reponse(CSV))
    url = banc.serveur.script("/a", Reponse(statut=302, entetes={"Location": "/b"}))
    banc.serveur.script("/b", Reponse(statut=307, entetes={"Location": f"{vers}/f"}))
    assert banc.fetch(make_source(url)).statut == "obtenu"
    boucle = banc.serveur.script("/1", Reponse(statut=302, entetes={"Location": "/2"}))
    banc.serveur.script("/2", Reponse(statut=302, entetes={"Location": "/1"}))
    assert "sans fin" in banc.fetch(make_source(boucle, cle="boucle")).motif
    fuite = banc.serveur.script("/3", Reponse(statut=302, entetes={"Location": "file:///etc/passwd"}))
    assert "moins sûre" in banc.fetch(make_source(fuite, cle="fuite")).motif
    assert banc.serveur.asked("/1") == banc.serveur.asked("/1")[:1]


def test_https_never_falls_back_to_http(tmp_path: Path) -> None:
    def answer(requete: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": "http://exemple.test/f"})

    with (
        httpx.Client(transport=httpx.MockTransport(answer)) as client,
        pytest.raises(DownloadError, match="moins sûre"),
    ):
        download(make_source("https://exemple.test/f"), tmp_path, annee=ANNEE, client=client)


def test_what_has_not_changed_is_not_fetched_again(banc: Banc) -> None:
    source = make_source(banc.serveur.script("/f", Reponse(CSV, etag='"v1"'), Reponse(statut=304, etag='"v1"')))
    assert banc.fetch(source).statut == "obtenu"
    etat = (banc.dossier / ".azimut-telechargements.json").stat().st_mtime_ns
    resultat = banc.fetch(source)
    assert (resultat.statut, resultat.octets) == ("a_jour", 0)
    assert resultat.fichiers == (banc.dossier / "dossier/essai.csv",)
    assert banc.serveur.asked("/f")[1].entetes["if-none-match"] == '"v1"'
    assert (banc.dossier / ".azimut-telechargements.json").stat().st_mtime_ns == etat


@pytest.mark.parametrize("date", ["Mon, 02 Mar 2026 10:00:00 GMT", ""])
def test_a_server_without_304_is_recognised_by_date_and_size_or_by_content(banc: Banc, date: str) -> None:
    source = make_source(banc.serveur.script("/f", Reponse(CSV, modifie=date)))
    assert banc.fetch(source).statut == "obtenu"
    inode = (banc.dossier / "dossier/essai.csv").stat().st_ino
    assert banc.fetch(source).statut == "a_jour"
    assert (banc.dossier / "dossier/essai.csv").stat().st_ino == inode
    assert list(banc.files()) == ["dossier/essai.csv"]


@pytest.mark.parametrize("abimer", [True, False])
def test_a_damaged_or_missing_file_is_fetched_again(banc: Banc, abimer: bool) -> None:
    source = make_source(banc.serveur.script("/f", Reponse(CSV, etag='"v1"')))
    banc.fetch(source)
    chemin = banc.dossier / "dossier/essai.csv"
    if abimer:
        chemin.write_bytes(CSV[:-1] + b"!")
    else:
        chemin.unlink()
    assert banc.fetch(source).statut == "obtenu"
    assert chemin.read_bytes() == CSV
    assert "if-none-match" not in banc.serveur.asked("/f")[1].entetes


def test_a_new_version_replaces_the_old_one_and_force_asks_anyway(banc: Banc) -> None:
    source = make_source(banc.serveur.script("/f", Reponse(CSV, etag='"v1"'), Reponse(CSV.upper(), etag='"v2"')))
    banc.fetch(source)
    assert banc.fetch(source).statut == "obtenu"
    assert banc.files() == {"dossier/essai.csv": CSV.upper()}
    assert banc.fetch(source, forcer=True).statut == "obtenu"
    assert "if-none-match" not in banc.serveur.asked("/f")[2].entetes


def test_one_failure_does_not_stop_the_others(banc: Banc) -> None:
    bonne = make_source(banc.serveur.script("/f", Reponse(CSV)), cle="bonne")
    mauvaise = make_source(banc.serveur.racine + "/absente", cle="mauvaise")
    manuelle = replace(bonne, cle="manuelle", telechargements=())
    bilan = banc.fetch_all(mauvaise, bonne)
    assert [(r.cle, r.statut) for r in bilan.resultats] == [("mauvaise", "echec"), ("bonne", "obtenu")]
    assert [r.cle for r in bilan.echecs] == ["mauvaise"]
    assert banc.fetch_all(manuelle).resultats == ()
    reponse = download_all(["manuelle"], banc.dossier, annee=ANNEE, client=banc.client, sources=[manuelle])
    assert reponse.resultats[0].statut == "manuel"
    assert "« dossier »" in reponse.resultats[0].motif


def test_download_raises_what_went_wrong(banc: Banc) -> None:
    source = make_source(banc.serveur.racine + "/absente")
    with pytest.raises(DownloadError, match="Source d'essai : il n'y a plus rien"):
        download(source, banc.dossier, annee=ANNEE, client=banc.client, politique=banc.politique)
    with pytest.raises(UnknownCodeError, match="rome"):
        download_all(["rom"], banc.dossier, annee=ANNEE, client=banc.client)


def test_an_unreachable_server_and_an_absurd_address(banc: Banc) -> None:
    with open_server() as parti:
        racine = parti.racine
    assert "injoignable (127.0.0.1)" in banc.fetch(make_source(racine + "/f")).motif
    assert len(banc.siestes) == 3
    assert "adresse inutilisable" in banc.fetch(make_source("ftp://exemple.test/f")).motif
    assert "adresse inutilisable" in banc.fetch(make_source("https:///sans-hote")).motif
