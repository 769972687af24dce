"""Downloads and the disk: full, in the way, shared by two processes, or with damaged notes."""

import errno
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Self

import httpx
import pytest

from referentiels.errors import DownloadError
from referentiels.fetch import download_all
from referentiels.fetch.partiel import Partiel
from referentiels.fetch.suivi import lock
from tests.referentiels.banc_telechargement import ANNEE, CSV, Banc, make_source
from tests.referentiels.serveur_capricieux import Reponse, open_server

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def banc(tmp_path: Path) -> Iterator[Banc]:
    with open_server() as serveur, httpx.Client(trust_env=False) as client:
        yield Banc(tmp_path / "donnees", serveur, client)


class DisquePlein:
    """A file on a disk that has room for so many bytes more."""

    def __init__(self, flux: IO[bytes], place: int, numero: int) -> None:
        self.flux, self.place, self.numero = flux, place, numero

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.flux.close()

    def write(self, octets: bytes) -> int:
        if self.place == 0:
            raise OSError(self.numero, "plein")
        ecrits = self.flux.write(octets[: self.place])
        self.place -= ecrits
        return ecrits


@pytest.mark.parametrize("numero", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_and_the_bytes_are_kept(banc: Banc, monkeypatch: pytest.MonkeyPatch, numero: int) -> None:
    vrai = Partiel.start
    source = make_source(banc.serveur.script("/f", Reponse(CSV, etag='"v1"', plages=True)))
    with monkeypatch.context() as contexte:
        contexte.setattr(Partiel, "start", lambda *args: DisquePlein(vrai(*args), 3000, numero))
        resultat = banc.fetch(source)
    assert "le disque est plein" in resultat.motif
    assert banc.files()["dossier/essai.csv.partiel"] == CSV[:3000]
    assert banc.fetch(source).statut == "obtenu"
    assert banc.serveur.asked("/f")[-1].entetes["range"] == "bytes=3000-"
    assert banc.files() == {"dossier/essai.csv": CSV}


def test_a_file_larger_than_the_disk_is_not_started(banc: Banc, monkeypatch: pytest.MonkeyPatch) -> None:
    libre = type("Usage", (), {"free": 1000})()
    monkeypatch.setattr("shutil.disk_usage", lambda _: libre)
    resultat = banc.fetch(make_source(banc.serveur.script("/f", Reponse(CSV))))
    assert "octets libres" in resultat.motif
    assert banc.files() == {}


def test_a_folder_in_the_way_is_told(banc: Banc) -> None:
    (banc.dossier / "dossier/essai.csv/occupe").mkdir(parents=True)
    resultat = banc.fetch(make_source(banc.serveur.script("/f", Reponse(CSV))))
    assert "écriture impossible" in resultat.motif


def test_two_downloads_do_not_trample_each_other(banc: Banc) -> None:
    source = make_source(banc.serveur.script("/f", Reponse(CSV)))
    with lock(banc.dossier), pytest.raises(DownloadError, match="Un autre téléchargement est en cours"):
        banc.fetch(source)
    assert banc.fetch(source).statut == "obtenu"


def test_the_lock_of_a_dead_process_holds_nothing(banc: Banc) -> None:
    code = (
        "import os, sys; from pathlib import Path; from referentiels.fetch.suivi import lock\n"
        "with lock(Path(sys.argv[1])): os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(banc.dossier)], check=False).returncode == 9
    assert banc.fetch(make_source(banc.serveur.script("/f", Reponse(CSV)))).statut == "obtenu"


def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "fichier").write_bytes(b"")
    with pytest.raises(DownloadError, match="ne peut pas être écrit"):
        download_all(None, tmp_path / "fichier", annee=ANNEE, sources=[])


def test_damaged_notes_only_cost_a_download(banc: Banc) -> None:
    source = make_source(banc.serveur.script("/f", Reponse(CSV, etag='"v1"')))
    banc.fetch(source)
    for bruit in (b"{", b"[]", b'{"version": 1, "telechargements": {"essai/": {"demande": 3}}}'):
        (banc.dossier / ".azimut-telechargements.json").write_bytes(bruit)
        assert banc.fetch(source).statut == "obtenu"
    somme = json.loads((banc.dossier / ".azimut-telechargements.json").read_text())
    assert somme["telechargements"]["essai/"]["somme"] == hashlib.sha256(CSV).hexdigest()
