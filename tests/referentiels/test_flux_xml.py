"""Bad XML feeds: entities, truncation, foreign bytes, endless records, other roots."""

from pathlib import Path

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
from referentiels.formations import flux_xml
from referentiels.formations.lheo import load_lheo
from referentiels.journal import Journal
from referentiels.types import Formation
from tests.referentiels.test_lheo import lire, un_flux, une_formation

ENTITES = (
    '<?xml version="1.0"?><!DOCTYPE lheo [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><lheo><offres>&b;</offres></lheo>'
)


@pytest.mark.parametrize(
    ("contenu", "erreur", "message"),
    [
        (ENTITES, MalformedError, "entité"),
        (un_flux()[:-60], MalformedError, "tronqué"),
        ("", HeaderError, "vide"),
        ("<fiches><formation/></fiches>", MalformedError, "racine <fiches>"),
        ("numero;intitule\n1;x\n", MalformedError, "mal formé"),
        (
            un_flux("\n\n", une_formation(intitule="Métier" * 9)).encode("latin-1"),
            EncodingError,
            "0xE9 n'est pas du UTF-8",
        ),
        (un_flux("<formation>" * 200 + "</formation>" * 200), MalformedError, "imbriqués"),
    ],
)
def test_a_bad_feed_is_refused_in_french(
    tmp_path: Path, contenu: str | bytes, erreur: type[Exception], message: str
) -> None:
    with pytest.raises(erreur, match=message) as capture:
        lire(tmp_path, contenu)
    assert "flux.xml" in str(capture.value)


def test_a_foreign_byte_is_told_with_its_line(tmp_path: Path) -> None:
    texte = un_flux(une_formation(intitule="PLACE")).replace("PLACE", "Forg\u00e9ron")
    with pytest.raises(EncodingError) as capture:
        lire(tmp_path, texte.encode("latin-1"))
    assert capture.value.ligne == texte.split("Forg")[0].count("\n") + 1


def test_a_feed_that_announces_windows_1252_is_read(tmp_path: Path) -> None:
    texte = un_flux(une_formation(intitule="Œuvre d\u2019art")).replace("UTF-8", "windows-1252")
    lot, _ = lire(tmp_path, texte.encode("cp1252"))
    assert lot.get(Formation)[0].intitule == "Œuvre d\u2019art"


def test_too_many_bad_rows_refuse_the_feed(tmp_path: Path) -> None:
    mauvaises = [une_formation(f"F{n}", intitule="") for n in range(30)]
    with pytest.raises(RejectionError, match="30 lignes refusées sur 33"):
        lire(tmp_path, un_flux(une_formation("BON"), *mauvaises))


def test_one_record_beyond_measure_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flux_xml, "CARACTERES_MAX", 10_000)
    with pytest.raises(OversizeError, match="<formation> démesuré"):
        lire(tmp_path, un_flux(une_formation(intitule="x" * 20_000)))


def test_other_xml_is_left_alone_and_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "metiers.xml").write_text("<metiers/>", encoding="utf-8")
    (tmp_path / "autres.xml").write_text("<!-- x --><autres/>", encoding="utf-8")
    with pytest.raises(MissingSourceError, match="LHEO"):
        load_lheo(Depot(tmp_path), Journal("lheo"))
    lot, journal = lire(tmp_path, un_flux())
    assert (len(lot.get(Formation)), len(journal.fichiers)) == (1, 1)
