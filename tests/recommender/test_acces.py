"""Certifications that lead to métiers, in an order that owes nothing to voies, and the level they ask for."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.acces import Acces, read_access
from recommender.pipeline import Recommender
from referentiels import types as t
from referentiels.catalogue import Catalogue
from referentiels.schema import TABLES
from referentiels.store import Store, write_store
from tests.recommender.exemples import CERTIFICATIONS, rows

Fiche = tuple[str, int | None, bool | None]
"""Number, level, still open (None when it is not known)."""
Lien = tuple[str, str, bool]
"""Number, code ROME, estimated."""


def _read(dossier: Path, fiches: Sequence[Fiche], liens: Sequence[Lien], cadre: str = "") -> tuple[Acces, list[str]]:
    tables: dict[type[Any], list[Any]] = rows()
    modele = tables[t.Certification][0]
    tables[t.Certification] = [
        replace(modele, numero=t.NumeroFiche(n), intitule=n, niveau=niveau, active=active)
        for n, niveau, active in fiches
    ]
    tables[t.CertificationRome] = [
        t.CertificationRome(t.NumeroFiche(n), t.CodeRome(code), code, "essai", estime=estime)
        for n, code, estime in liens
    ]
    tables[t.Metier] = [replace(m, emploi_cadre=m.code_rome == cadre) for m in tables[t.Metier]]
    chemin = dossier / "catalogue.sqlite"
    write_store(chemin, [(table, tables.get(table.nature, [])) for table in TABLES])
    catalogue = Catalogue(Store(chemin), "essai")
    return read_access(catalogue), list(catalogue.metiers)


def _level(acces: Acces, codes: list[str], code: str) -> float:
    return float(acces.niveaux[codes.index(code)])


def test_official_before_estimated_then_narrow_before_wide_then_by_number(tmp_path: Path) -> None:
    liens = [
        ("RNCP4", "H2101", True),
        ("RNCP3", "H2101", False), ("RNCP3", "B1101", False), ("RNCP3", "D1101", False),
        ("RNCP2", "H2101", False), ("RNCP2", "B1101", False),
        ("RNCP1", "H2101", False), ("RNCP1", "D1101", False),
    ]  # fmt: skip
    acces, _ = _read(tmp_path, [(f"RNCP{n}", 3, True) for n in (4, 3, 2, 1)], liens)
    assert acces.certifications[t.CodeRome("H2101")] == ("RNCP1", "RNCP2", "RNCP3", "RNCP4")
    assert acces.certifications[t.CodeRome("B1101")] == ("RNCP2", "RNCP3")


def test_a_closed_certification_leads_nowhere_and_a_doubtful_one_gives_no_level(tmp_path: Path) -> None:
    fiches: list[Fiche] = [("RNCP1", 3, False), ("RNCP2", 4, None), ("RNCP3", 5, True)]
    liens = [(n, "H2101", False) for n, *_ in fiches] + [("RNCP2", "D1101", False)]
    acces, codes = _read(tmp_path, fiches, liens)
    assert acces.certifications[t.CodeRome("H2101")] == ("RNCP3", "RNCP2")
    assert _level(acces, codes, "H2101") == 5.0
    assert acces.certifications[t.CodeRome("D1101")] == ("RNCP2",)
    assert np.isnan(_level(acces, codes, "D1101")), "not known to be open: no level is drawn from it"


@pytest.mark.parametrize(
    ("niveaux", "attendu"),
    [([3], 3.0), ([3, 7, 7, 7, 7], 7.0), ([3, 3, 7, 7, 7], 3.0), ([4, 5, 6, 7], 4.75), ([None, 6], 6.0)],
)
def test_the_level_is_that_from_which_a_quarter_leads_there(
    tmp_path: Path, niveaux: list[int | None], attendu: float
) -> None:
    fiches = [(f"RNCP{n}", niveau, True) for n, niveau in enumerate(niveaux, start=1)]
    acces, codes = _read(tmp_path, fiches, [(n, "H2101", False) for n, *_ in fiches])
    assert _level(acces, codes, "H2101") == attendu


def test_an_emploi_de_cadre_without_certification_is_at_the_level_of_a_master(tmp_path: Path) -> None:
    liens = [("RNCP1", "H2102", False)]
    acces, codes = _read(tmp_path, [("RNCP1", 5, True)], liens, cadre="M1101")
    assert _level(acces, codes, "M1101") == 7.0
    assert np.isnan(_level(acces, codes, "N1101"))
    (tmp_path / "deux").mkdir()
    acces, codes = _read(tmp_path / "deux", [("RNCP1", 5, True)], liens, cadre="H2102")
    assert _level(acces, codes, "H2102") == 5.0, "what certifications say comes first"


def test_a_link_to_an_unknown_fiche_is_no_way(tmp_path: Path) -> None:
    acces, codes = _read(tmp_path, [], [("RNCP404", "H2101", False)])
    assert acces.certifications == {}
    assert np.isnan(acces.niveaux).all()
    assert len(acces.niveaux) == len(codes)


def test_voies_change_no_order(essai: Recommender, tmp_path: Path) -> None:
    tables: dict[type[Any], list[Any]] = rows()
    tables[t.CertificationVoie] = [
        t.CertificationVoie(numero, "apprentissage", rang % 2 == 0, "essai")
        for rang, (numero, *_) in enumerate(CERTIFICATIONS)
    ]
    chemin = tmp_path / "catalogue.sqlite"
    write_store(chemin, [(table, tables.get(table.nature, [])) for table in TABLES])
    assert read_access(Catalogue(Store(chemin), "essai")).certifications == essai.matrices.acces.certifications


def test_every_level_of_the_socle_is_one_and_no_certification_is_named_twice(socle: Recommender) -> None:
    acces = read_access(socle.catalogue)
    connus = acces.niveaux[~np.isnan(acces.niveaux)]
    assert len(connus) > len(acces.niveaux) / 2
    assert connus.min() >= 2
    assert connus.max() <= 8
    assert all(len(set(lot)) == len(lot) for lot in acces.certifications.values())
    assert set(acces.certifications) <= set(socle.matrices.codes)
