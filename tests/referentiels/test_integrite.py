"""What dangles leaves the catalogue and is counted; what is missing is told; what cannot stand is refused."""

from pathlib import Path

import pytest

from referentiels.depot import Depot
from referentiels.errors import CatalogueError
from referentiels.integrite import Constat, Integrite
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.rome import load_rome
from referentiels.types import (
    BlocCompetences,
    Certification,
    CertificationDiplome,
    CertificationRome,
    CodeBloc,
    CodeRome,
    Metier,
    MetierCompetence,
    Mobilite,
    NumeroFiche,
)
from tests.referentiels.rome_exemple import write_rome


@pytest.fixture
def lot(tmp_path: Path) -> Lot:
    return load_rome(Depot(write_rome(tmp_path)), Journal("rome"))


def check(lot: Lot) -> dict[str, Constat]:
    return {c.nom: c for c in Integrite(lot).check()}


def fiche(numero: str, *, active: bool = True) -> Certification:
    return Certification(
        NumeroFiche(numero), "Brevet des vents", "BV", "RNCP", 4, "4", "europe_2019", active, None, None, None, "x"
    )


def test_a_sound_lot_loses_nothing(lot: Lot) -> None:
    avant = {nature: len(lot.get(nature)) for nature in lot.natures}
    constats = check(lot)
    assert [c for c in constats.values() if c.gravite == "ecarte"] == []
    assert {nature: len(lot.get(nature)) for nature in lot.natures} == avant


def test_links_to_nowhere_leave_and_are_counted(lot: Lot) -> None:
    numero, absente = NumeroFiche("RNCP1"), NumeroFiche("RNCP9")
    lot.add(Certification, [fiche("RNCP1")])
    lot.add(CertificationRome, [CertificationRome(numero, CodeRome("A9101"), "A9101", "x")])
    lot.add(CertificationRome, [CertificationRome(numero, CodeRome("Z9999"), "Z9999", "x")])
    lot.add(BlocCompetences, [BlocCompetences(CodeBloc("RNCP9BC01"), absente, "Souffler", None, "x")])
    lot.add(Mobilite, [Mobilite(CodeRome("A9101"), CodeRome("Z9999"), 9)])
    constats = check(lot)
    assert constats["liens certification-métier vers un métier absent"].nombre == 1
    assert constats["blocs sans certification"].exemples[0].startswith("BlocCompetences(code='RNCP9BC01'")
    assert constats["mobilités vers un métier absent"].nombre == 1
    assert [x.code_rome for x in lot.get(CertificationRome)] == ["A9101"]
    assert lot.get(BlocCompetences) == []


def test_a_repeat_is_plain_information_and_a_contradiction_is_set_aside(lot: Lot) -> None:
    lot.add(Certification, [fiche("RNCP1"), fiche("RNCP1", active=False)])
    lot.add(CertificationDiplome, [CertificationDiplome(NumeroFiche("RNCP1"), "40025214", s) for s in ("a", "b")])
    constats = check(lot)
    assert constats["Certification : clé en double, valeurs différentes"].gravite == "ecarte"
    assert constats["CertificationDiplome : lignes répétées"].gravite == "information"
    assert [c.active for c in lot.get(Certification)] == [True]


def test_what_a_person_would_miss_is_told(lot: Lot) -> None:
    lot.add(Certification, [fiche("RNCP1")])
    constats = check(lot)
    assert constats["certifications actives sans bloc"].exemples == ("RNCP1",)
    assert constats["certifications actives sans métier"].nombre == 1
    assert constats["métiers auxquels aucune certification ne mène"].nombre == len(lot.get(Metier))


def test_a_rome_without_metiers_or_competences_is_refused(lot: Lot) -> None:
    with pytest.raises(CatalogueError, match="aucun métier lu"):
        Integrite(Lot()).check()
    lot.set(MetierCompetence, [])
    with pytest.raises(CatalogueError, match="compétences"):
        Integrite(lot).check()


def test_tables_of_two_versions_do_not_go_together(lot: Lot) -> None:
    lot.set(
        MetierCompetence, [MetierCompetence(CodeRome("A9101"), x.code_ogr, None) for x in lot.get(MetierCompetence)]
    )
    lot.set(Metier, [m for m in lot.get(Metier) if m.code_rome != "A9101"])
    with pytest.raises(CatalogueError, match="ne vont pas ensemble"):
        Integrite(lot).check()
