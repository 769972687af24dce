"""Integrity: what dangles leaves and is counted, what is missing is told, what cannot be true is refused."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from referentiels import types as t
from referentiels.depot import Depot
from referentiels.errors import CatalogueError
from referentiels.integrite import EXEMPLES_MAX, Constat, Integrite
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.rome import load_rome
from tests.referentiels.lieux_exemples import commune
from tests.referentiels.rome_exemple import write_rome

UN, DEUX, ABSENT = t.CodeRome("A9101"), t.CodeRome("A9102"), t.CodeRome("A9999")
FICHE, PERDUE = t.NumeroFiche("RNCP1"), t.NumeroFiche("RNCP9")


def metier(code: t.CodeRome, *, definition: str = "Fait.", riasec: str | None = "R") -> t.Metier:
    return t.Metier(code, code, None, code, definition, "", riasec, None, None, None, None, None, None)


def competence(code: int, *, code_macro: int | None = None) -> t.Competence:
    macro = None if code_macro is None else t.CodeOgr(code_macro)
    return t.Competence(
        t.CodeOgr(code), f"Faire {code}", "Savoir-faire", None, False, macro, None, False, None, None, None, None
    )


def certification(numero: t.NumeroFiche, *, active: bool | None = True, niveau: int | None = 3) -> t.Certification:
    return t.Certification(
        numero, "Titre", None, "RNCP", niveau, None, None, active, date(2026, 1, 1), None, None, "essai"
    )


def formation(identifiant: str, *, numero: t.NumeroFiche | None = FICHE, organisme: str | None = None) -> t.Formation:
    return t.Formation(
        identifiant, "Stage", numero, None, (), None, None, None, organisme, None, "essai", demonstration=False
    )


def sound() -> Lot:
    """A lot in which nothing is amiss."""
    lot = Lot()
    lot.add(t.Metier, [metier(UN), metier(DEUX)])
    lot.add(t.Competence, [competence(1), competence(2)])
    lot.add(t.MetierCompetence, [t.MetierCompetence(c, t.CodeOgr(o), None) for c, o in ((UN, 1), (UN, 2), (DEUX, 1))])
    lot.add(t.Mobilite, [t.Mobilite(UN, DEUX, 1), t.Mobilite(DEUX, UN, 1)])
    lot.add(t.Certification, [certification(FICHE)])
    lot.add(t.BlocCompetences, [t.BlocCompetences(t.CodeBloc("RNCP1BC01"), FICHE, "Bloc", None, "essai")])
    lot.add(t.CertificationRome, [t.CertificationRome(FICHE, c, c, "essai") for c in (UN, DEUX)])
    return lot


def check(lot: Lot) -> dict[str, Constat]:
    constats = Integrite(lot).check()
    assert len({c.nom for c in constats}) == len(constats)
    return {c.nom: c for c in constats}


def test_nothing_to_say_of_a_sound_lot() -> None:
    assert check(sound()) == {}


def test_the_official_layout_loses_nothing(tmp_path: Path) -> None:
    lot = load_rome(Depot(write_rome(tmp_path)), Journal("rome"))
    avant = {nature: list(lot.get(nature)) for nature in lot.natures}
    assert [c for c in Integrite(lot).check() if c.gravite == "ecarte"] == []
    assert {nature: lot.get(nature) for nature in lot.natures} == avant


ORPHELINS: tuple[tuple[str, Any], ...] = (
    ("mobilités vers un métier absent", t.Mobilite(UN, ABSENT, 2)),
    ("mobilités vers un métier absent", t.Mobilite(ABSENT, UN, 2)),
    ("liens certification-métier vers un métier absent", t.CertificationRome(FICHE, ABSENT, ABSENT, "essai")),
    ("liens ROME sans certification", t.CertificationRome(PERDUE, UN, UN, "essai")),
    ("blocs sans certification", t.BlocCompetences(t.CodeBloc("RNCP9BC01"), PERDUE, "Bloc", None, "essai")),
    ("voies d'accès sans certification", t.CertificationVoie(PERDUE, "vae", True, "essai")),
    ("liens NSF sans certification", t.CertificationNsf(PERDUE, t.CodeNsf("221"), None, "essai")),
    ("liens formacode sans certification", t.CertificationFormacode(PERDUE, t.CodeFormacode("1"), None, "essai")),
    ("certificateurs sans certification", t.Certificateur(PERDUE, None, "Nous", "certificateur", "essai")),
    ("codes diplôme sans certification", t.CertificationDiplome(PERDUE, "50022137", "essai")),
    ("actions sans formation", t.ActionFormation("a", "perdue", "continue", None, None, None, None, None, None)),
    ("sessions sans action", t.SessionFormation("s", "perdue", None, None, None)),
    ("mesures sans série", t.Mesure("perdue", UN, "national", "FR", 1.0, "publie", "")),
)


@pytest.mark.parametrize(("nom", "ligne"), ORPHELINS, ids=[f"{nom} {i}" for i, (nom, _) in enumerate(ORPHELINS)])
def test_a_dangling_row_leaves_and_is_counted(nom: str, ligne: Any) -> None:
    lot = sound()
    avant = list(lot.get(type(ligne)))
    lot.add(type(ligne), [ligne])
    assert check(lot) == {nom: Constat(nom, "ecarte", 1, len(avant) + 1, (str(ligne),))}
    assert lot.get(type(ligne)) == avant


LIENS_ROME: tuple[tuple[str, Callable[[t.CodeRome, int], Any]], ...] = (
    ("appellations sans métier", lambda c, i: t.Appellation(t.CodeOgr(i), "Nom", "Nom", c, False, False)),
    ("liens métier-compétence orphelins", lambda c, i: t.MetierCompetence(c, t.CodeOgr(i), None)),
)


@pytest.mark.parametrize(("nom", "lien"), LIENS_ROME)
def test_a_few_dangling_links_of_the_rome_are_set_aside(nom: str, lien: Callable[[t.CodeRome, int], Any]) -> None:
    lot = sound()
    lot.add(t.Competence, [competence(i) for i in range(100, 200)])
    bons, mauvais = [lien(UN, i) for i in range(100, 200)], [lien(ABSENT, i) for i in range(200, 205)]
    lot.add(type(bons[0]), bons + mauvais)
    constat = check(lot)[nom]
    assert (constat.gravite, constat.nombre, len(constat.exemples)) == ("ecarte", 5, EXEMPLES_MAX)
    assert not [x for x in lot.get(type(bons[0])) if x.code_rome == ABSENT]


@pytest.mark.parametrize(("nom", "lien"), LIENS_ROME)
def test_many_dangling_links_of_the_rome_are_refused(nom: str, lien: Callable[[t.CodeRome, int], Any]) -> None:
    lot = sound()
    lot.add(type(lien(UN, 0)), [lien(ABSENT, i) for i in range(200, 205)])
    with pytest.raises(CatalogueError, match=rf"^{nom} : 5 sur \d\. Les fichiers ne vont pas ensemble.*Exemple : "):
        Integrite(lot).check()


@pytest.mark.parametrize(
    ("nature", "lien"),
    [
        (t.MetierSavoir, t.MetierSavoir(UN, t.CodeOgr(9), None)),
        (t.MetierContexte, t.MetierContexte(UN, t.CodeOgr(9))),
        (t.MetierCentreInteret, t.MetierCentreInteret(UN, "9", False)),
        (t.MetierSecteur, t.MetierSecteur(UN, "9", False)),
        (t.MetierThematique, t.MetierThematique(UN, "9")),
    ],
)
def test_links_to_a_missing_nomenclature_are_refused(nature: type[Any], lien: Any) -> None:
    lot = sound()
    lot.add(nature, [lien])
    with pytest.raises(CatalogueError, match=r"liens métier-.* orphelins : 1 sur 1"):
        Integrite(lot).check()


def test_without_metier_there_is_no_catalogue() -> None:
    with pytest.raises(CatalogueError, match="aucun métier lu : le catalogue n'a pas été remplacé"):
        Integrite(Lot()).check()


def test_without_what_metiers_ask_for_there_is_no_catalogue() -> None:
    lot = sound()
    lot.set(t.MetierCompetence, [])
    with pytest.raises(CatalogueError, match="aucun lien entre métiers et compétences lu"):
        Integrite(lot).check()


def test_repeats_and_contradictions_are_told_apart() -> None:
    lot = sound()
    lot.add(t.Competence, [competence(1), competence(2, code_macro=1)])
    constats = check(lot)
    contraire = "Competence : clé en double, valeurs différentes"
    assert constats[contraire] == Constat(contraire, "ecarte", 1, 4, (str(competence(2, code_macro=1)),))
    assert constats["Competence : lignes répétées"] == Constat("Competence : lignes répétées", "information", 1, 4, ())
    assert lot.get(t.Competence) == [competence(1), competence(2)], "the first row of a key stands"


def test_one_fact_told_by_two_sources_is_a_repeat() -> None:
    lot = sound()
    lot.add(t.CertificationVoie, [t.CertificationVoie(FICHE, "vae", True, s) for s in ("un", "deux")])
    assert check(lot)["CertificationVoie : lignes répétées"].nombre == 1


def test_a_plain_list_may_repeat_itself() -> None:
    lot = sound()
    lot.add(t.Certificateur, [t.Certificateur(FICHE, None, "Nous", "certificateur", "essai")] * 2)
    assert check(lot) == {}


def test_what_is_missing_is_told() -> None:
    lot = sound()
    troisieme = t.CodeRome("A9103")
    lot.add(t.Metier, [metier(troisieme, definition="", riasec=None)])
    lot.add(t.Competence, [competence(3)])
    nue = t.NumeroFiche("RNCP2")
    lot.add(t.Certification, [certification(nue, niveau=None), certification(t.NumeroFiche("RNCP3"), active=False)])
    lot.add(t.Commune, [commune("44109", "Nantes")])
    assert {nom: (c.gravite, c.nombre, c.sur, c.exemples) for nom, c in check(lot).items()} == {
        **{
            f"métiers {quoi}": ("manque", 1, 3, ("A9103",))
            for quoi in (
                "sans compétences",
                "sans définition",
                "sans lettre RIASEC",
                "sans mobilité",
                "auxquels aucune certification ne mène",
            )
        },
        "compétences qu'aucun métier ne demande": ("information", 1, 3, ("3",)),
        "certifications actives sans bloc": ("manque", 1, 2, (nue,)),
        "certifications actives sans métier": ("manque", 1, 2, (nue,)),
        "certifications RNCP actives sans niveau": ("information", 1, 2, (nue,)),
        "communes sans coordonnées": ("manque", 1, 1, ("44109",)),
        "communes sans zone d'emploi": ("manque", 1, 1, ("44109",)),
        "communes dont le département est absent": ("manque", 1, 1, ("44",)),
        "communes dont la région est absente": ("manque", 1, 1, ("99",)),
    }


@pytest.mark.parametrize(
    ("ligne", "nom", "exemple"),
    [
        (competence(3, code_macro=8), "compétences dont la macro-compétence est absente", "8"),
        (formation("f", numero=PERDUE), "formations dont la certification est absente", "RNCP9"),
        (formation("f", organisme="perdu"), "formations dont l'organisme est absent", "perdu"),
    ],
)
def test_a_reference_that_leads_nowhere_is_told_and_its_row_stays(ligne: Any, nom: str, exemple: str) -> None:
    lot = sound()
    lot.add(type(ligne), [ligne])
    assert check(lot)[nom] == Constat(nom, "manque", 1, 1, (exemple,))
    assert ligne in lot.get(type(ligne))


def test_what_was_set_aside_comes_first() -> None:
    lot = sound()
    lot.add(t.Metier, [metier(t.CodeRome("A9103"))])
    lot.add(t.Competence, [competence(3)])
    lot.add(t.Mobilite, [t.Mobilite(UN, ABSENT, 2)])
    gravites = [c.gravite for c in Integrite(lot).check()]
    assert gravites == sorted(gravites, key=("ecarte", "manque", "information").index)
    assert {*gravites} == {"ecarte", "manque", "information"}
