"""The merge of sources: precedence, states, blocs never mixed, ROME v3 to v4, true links."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from referentiels.certifications import merge_certifications
from referentiels.certifinfo import load_certifinfo
from referentiels.depot import Depot
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.rncp_actives import load_rncp_actives
from referentiels.rncp_apprentissage import load_kit_apprentissage
from referentiels.rncp_csv import load_rncp_csv
from referentiels.rncp_kit import load_rncp_kit
from referentiels.rncp_xml import load_rncp_xml
from referentiels.types import (
    BlocCompetences,
    Certificateur,
    Certification,
    CertificationDiplome,
    CertificationRome,
    CertificationVoie,
    CodeBloc,
    CodeRome,
    ContinuiteCertification,
    NumeroFiche,
)

N1, N2, RS1 = NumeroFiche("RNCP1"), NumeroFiche("RNCP2"), NumeroFiche("RS1")
PARENTS = {"B1602": [CodeRome("B1602"), CodeRome("B1690")], "C1101": [CodeRome("C1101")]}
CODES = [CodeRome("B1602"), CodeRome("B1690"), CodeRome("C1101"), CodeRome("D1499")]


def fiche(numero: NumeroFiche, source: str, **champs: Any) -> Certification:
    base = Certification(
        numero=numero,
        intitule=f"Selon {source}",
        abrege=None,
        repertoire="RS" if numero.startswith("RS") else "RNCP",
        niveau=None,
        niveau_source=None,
        nomenclature_niveau=None,
        active=None,
        date_etat=None,
        fin_enregistrement=None,
        type_enregistrement=None,
        source=source,
    )
    return replace(base, **champs)


def lot_of(*entites: Any) -> Lot:
    lot = Lot()
    for entite in entites:
        lot.add(type(entite), [entite])
    return lot


def merge(*lots: tuple[str, Lot]) -> Lot:
    return merge_certifications(lots, PARENTS, CODES)


def merged(*versions: Certification) -> Certification:
    [fusion] = merge(*((v.source, lot_of(v)) for v in versions)).get(Certification)
    return fusion


def test_each_field_comes_from_the_freshest_source_that_says_it() -> None:
    fraiche = fiche(N1, "frais", abrege="CAP")
    milieu = fiche(N1, "milieu", abrege="BP", niveau=5, niveau_source="III", nomenclature_niveau="france_1969")
    vieille = fiche(
        N1,
        "vieux",
        niveau=4,
        niveau_source="NIV4",
        nomenclature_niveau="europe_2019",
        fin_enregistrement=date(2030, 1, 1),
        type_enregistrement="de droit",
    )
    fusion = merged(fraiche, milieu, vieille)
    assert (fusion.intitule, fusion.source, fusion.abrege) == ("Selon frais", "frais", "CAP")
    assert (fusion.niveau, fusion.niveau_source, fusion.nomenclature_niveau) == (5, "III", "france_1969")
    assert (fusion.fin_enregistrement, fusion.type_enregistrement) == (date(2030, 1, 1), "de droit")
    assert (fusion.active, fusion.date_etat) == (None, None)


def test_titles_of_diplomas_are_a_last_resort() -> None:
    depp = fiche(N1, "rncp_apprentissage", fin_enregistrement=date(2030, 1, 1))
    assert merged(depp, fiche(N1, "rncp_kit")).intitule == "Selon rncp_kit"
    assert merged(depp, fiche(N1, "rncp_kit")).fin_enregistrement == date(2030, 1, 1)
    assert merged(depp).intitule == "Selon rncp_apprentissage"


def test_state_and_its_day_come_together_from_the_latest_day() -> None:
    ancien = fiche(N1, "a", active=True, date_etat=date(2024, 1, 1))
    recent = fiche(N1, "b", active=False, date_etat=date(2026, 1, 1))
    for versions in ((ancien, recent), (recent, ancien), (fiche(N1, "c"), ancien, recent)):
        fusion = merged(*versions)
        assert (fusion.active, fusion.date_etat) == (False, date(2026, 1, 1))


LISTE = ("rncp_actives", lot_of(fiche(N2, "rncp_actives", active=True, date_etat=date(2026, 4, 22))))


@pytest.mark.parametrize(
    ("jour", "attendu"),
    [
        (date(2024, 1, 1), (False, date(2026, 4, 22))),
        (None, (False, date(2026, 4, 22))),
        (date(2026, 4, 22), (True, date(2026, 4, 22))),
        (date(2026, 8, 1), (True, date(2026, 8, 1))),
    ],
)
def test_absence_from_the_list_means_inactive_unless_told_later(jour: date | None, attendu: tuple[bool, date]) -> None:
    source = ("autre", lot_of(fiche(N1, "autre", active=None if jour is None else True, date_etat=jour)))
    fusion = {c.numero: c for c in merge(LISTE, source).get(Certification)}
    assert (fusion[N1].active, fusion[N1].date_etat) == attendu
    assert (fusion[N2].active, fusion[N2].date_etat) == (True, date(2026, 4, 22))


def test_a_list_of_one_repertoire_says_nothing_of_the_other() -> None:
    fusion = {c.numero: c for c in merge(LISTE, ("autre", lot_of(fiche(RS1, "autre")))).get(Certification)}
    assert fusion[RS1].active is None


def test_listed_fiche_withdrawn_later_is_inactive() -> None:
    retrait = ("rncp_xml", lot_of(fiche(N2, "rncp_xml", active=False, date_etat=date(2026, 8, 1))))
    [fusion] = merge(LISTE, retrait).get(Certification)
    assert (fusion.active, fusion.date_etat) == (False, date(2026, 8, 1))


def bloc(numero: NumeroFiche, rang: int, source: str) -> BlocCompetences:
    return BlocCompetences(CodeBloc(f"{numero}BC{rang:02}"), numero, f"Bloc {rang}", None, source)


def test_blocs_of_two_versions_are_never_mixed() -> None:
    frais = lot_of(bloc(N1, 1, "frais"), bloc(N1, 2, "frais"))
    vieux = lot_of(bloc(N1, 1, "vieux"), bloc(N1, 3, "vieux"), bloc(N2, 1, "vieux"))
    blocs = merge(("frais", frais), ("vieux", vieux)).get(BlocCompetences)
    assert [(b.code, b.source) for b in blocs] == [
        ("RNCP1BC01", "frais"),
        ("RNCP1BC02", "frais"),
        ("RNCP2BC01", "vieux"),
    ]


def test_organismes_are_taken_whole_by_role() -> None:
    frais = lot_of(Certificateur(N1, None, "Nouveau ministère", "certificateur", "frais"))
    vieux = lot_of(
        Certificateur(N1, None, "Ancien ministère", "certificateur", "vieux"),
        Certificateur(N1, "1" * 14, "École", "partenaire", "vieux"),
        Certificateur(N1, "1" * 14, "ÉCOLE", "partenaire", "vieux"),
    )
    organismes = merge(("frais", frais), ("vieux", vieux)).get(Certificateur)
    assert [(o.nom, o.role) for o in organismes] == [("Nouveau ministère", "certificateur"), ("École", "partenaire")]


def test_links_are_united_and_the_freshest_wins_a_key() -> None:
    frais = lot_of(CertificationVoie(N1, "vae", False, "frais"), CertificationDiplome(N1, "A", "frais"))
    vieux = lot_of(
        CertificationVoie(N1, "vae", True, "vieux"),
        CertificationVoie(N1, "scolaire", True, "vieux"),
        CertificationDiplome(N1, "B", "vieux"),
        ContinuiteCertification(N1, N2, "vieux"),
    )
    fusion = merge(("frais", frais), ("vieux", vieux))
    assert [(v.voie, v.ouverte, v.source) for v in fusion.get(CertificationVoie)] == [
        ("vae", False, "frais"),
        ("scolaire", True, "vieux"),
    ]
    assert [d.cfd for d in fusion.get(CertificationDiplome)] == ["A", "B"]
    assert [(c.ancienne, c.nouvelle) for c in fusion.get(ContinuiteCertification)] == [(N1, N2)]


def rome(code: str, numero: NumeroFiche = N1, *, source: str = "s", publie: str | None = None) -> CertificationRome:
    return CertificationRome(numero, CodeRome(code), publie or code, source)


def codes_of(*liens: CertificationRome, cle: str = "s") -> Sequence[tuple[str, str, str]]:
    fusion = merge((cle, lot_of(*liens))).get(CertificationRome)
    return [(lien.numero, lien.code_rome, lien.code_source) for lien in fusion]


def test_a_v3_code_leads_to_each_of_its_children() -> None:
    assert codes_of(rome("B1602")) == [("RNCP1", "B1602", "B1602"), ("RNCP1", "B1690", "B1602")]


def test_a_fiche_with_a_v4_code_is_read_as_v4_whole() -> None:
    assert codes_of(rome("B1602"), rome("D1499"), rome("B1602", N2)) == [
        ("RNCP1", "B1602", "B1602"),
        ("RNCP1", "D1499", "D1499"),
        ("RNCP2", "B1602", "B1602"),
        ("RNCP2", "B1690", "B1602"),
    ]


def test_rows_already_in_v4_stay_as_they_are() -> None:
    assert codes_of(rome("B1690", publie="B1602")) == [("RNCP1", "B1690", "B1602")]
    assert codes_of(rome("B1602"), cle="socle_certifications") == [("RNCP1", "B1602", "B1602")]


def test_unknown_codes_are_left_for_the_integrity_report() -> None:
    assert codes_of(rome("G1500"), rome("C1101")) == [("RNCP1", "G1500", "G1500"), ("RNCP1", "C1101", "C1101")]


def test_same_metier_from_two_sources_keeps_the_freshest() -> None:
    frais, vieux = lot_of(rome("C1101", source="frais")), lot_of(rome("C1101", source="vieux"), rome("B1602"))
    fusion = merge(("frais", frais), ("vieux", vieux)).get(CertificationRome)
    assert [(lien.code_rome, lien.source) for lien in fusion] == [("C1101", "frais"), ("B1602", "s"), ("B1690", "s")]


def test_rows_are_in_order_of_numero_rncp_first() -> None:
    numeros = [NumeroFiche(n) for n in ("RS2", "RNCP10", "RS1", "RNCP9")]
    fusion = merge(("s", lot_of(*(fiche(n, "s") for n in numeros))))
    assert [c.numero for c in fusion.get(Certification)] == ["RNCP9", "RNCP10", "RS1", "RS2"]
    assert merge().get(Certification) == []


@pytest.fixture(scope="module")
def officielle(donnees: Path) -> tuple[Lot, set[str]]:
    parents: dict[str, list[CodeRome]] = defaultdict(list)
    table = donnees / "rome_v460" / "unix_referentiel_code_rome_v460_utf8.csv"
    with table.open(encoding="utf-8", newline="") as flux:
        for ligne in csv.DictReader(flux):
            parents[ligne["code_rome_parent"]].append(CodeRome(ligne["code_rome"]))
    codes = {code for enfants in parents.values() for code in enfants}
    sources = (
        ("rncp_actives", load_rncp_actives, "rncp/actives_2026_04"),
        ("rncp_xml", load_rncp_xml, "rncp/echantillons_xml"),
        ("rncp_csv", load_rncp_csv, "rncp/export_2024_01_17"),
        ("certifinfo", load_certifinfo, "certifinfo"),
        ("rncp_apprentissage", load_kit_apprentissage, "rncp"),
        ("rncp_kit", load_rncp_kit, "rncp/kit_2021"),
    )
    lots = [(cle, load(Depot(donnees / lieu), Journal(cle))) for cle, load, lieu in sources]
    return merge_certifications(lots, parents, codes), set(codes)


@pytest.mark.officiel
def test_official_states(officielle: tuple[Lot, set[str]]) -> None:
    fiches = officielle[0].get(Certification)
    assert len({c.numero for c in fiches}) == len(fiches) == 26_191
    assert all(c.active is not None and c.date_etat is not None for c in fiches)
    du_kit = [c for c in fiches if c.source == "rncp_kit"]
    assert len(du_kit) > 16_000
    assert not any(c.active for c in du_kit)  # MANIFESTE: none of them is in the list of April 2026
    juillet = [c for c in fiches if c.date_etat and c.date_etat > date(2026, 4, 22)]
    assert {c.date_etat for c in juillet} == {date(2026, 8, 7), date(2026, 8, 14)}
    assert sum(bool(c.active) for c in fiches) == 6_590


@pytest.mark.officiel
def test_official_corpus_of_certif_info_and_blocs(officielle: tuple[Lot, set[str]]) -> None:
    lot, _ = officielle
    blocs = lot.get(BlocCompetences)
    sources: dict[str, set[str]] = defaultdict(set)
    for un in blocs:
        sources[un.numero].add(un.source)
    assert all(len(s) == 1 for s in sources.values())
    par_certifinfo = {r.numero for r in lot.get(CertificationRome) if r.source == "certifinfo"}
    corpus = par_certifinfo & {b.numero for b in blocs if b.source == "rncp_csv"}
    assert len(corpus) >= 3_700  # MANIFESTE: 3,713, of which one has only a bloc without a title
    assert sum(b.numero in corpus for b in blocs) >= 19_200


@pytest.mark.officiel
def test_official_v3_codes_reach_v4(officielle: tuple[Lot, set[str]]) -> None:
    lot, codes = officielle
    liens = lot.get(CertificationRome)
    inconnus = [lien for lien in liens if lien.code_rome not in codes]
    assert 0 < len(inconnus) < 150
    assert all(lien.code_rome.endswith("00") for lien in inconnus)
    assert len({lien.code_rome for lien in liens} & codes) > 1_550
    cles = [(lien.numero, lien.code_rome) for lien in liens]
    assert len(set(cles)) == len(cles)
