"""A renewed certification keeps the métiers of the fiche that it renews, and says so."""

import pytest

from referentiels.reconduction import inherit_rome
from referentiels.types import (
    Certification,
    CertificationRome,
    CodeRome,
    ContinuiteCertification,
    NumeroFiche,
)


def fiche(numero: str, intitule: str, *, active: bool, niveau: int = 5, abrege: str = "BTS") -> Certification:
    return Certification(
        NumeroFiche(numero), intitule, abrege, "RNCP", niveau, str(niveau), "europe_2019", active, None, None, None, "x"
    )


def lien(numero: str, code: str) -> CertificationRome:
    return CertificationRome(NumeroFiche(numero), CodeRome(code), code, "certifinfo")


def test_official_continuity_comes_first_through_several_renewals() -> None:
    fiches = [
        fiche("RNCP10", "Ébéniste d'art", active=False),
        fiche("RNCP20", "Ébénisterie", active=False),
        fiche("RNCP30", "Ébénisterie", active=True),
    ]
    continuites = [
        ContinuiteCertification(NumeroFiche("RNCP10"), NumeroFiche("RNCP20"), "x"),
        ContinuiteCertification(NumeroFiche("RNCP20"), NumeroFiche("RNCP30"), "x"),
    ]
    ajouts = inherit_rome(fiches, [lien("RNCP10", "H2207")], continuites)
    assert [(x.numero, x.code_rome, x.source, x.estime) for x in ajouts] == [
        ("RNCP30", "H2207", "continuite:RNCP10", False)
    ]


def test_the_latest_older_fiche_of_the_same_title_is_an_estimate() -> None:
    fiches = [
        fiche("RNCP10", "Électrotechnique", active=False),
        fiche("RNCP20", "Electrotechnique", active=False),
        fiche("RNCP30", "Électrotechnique", active=True),
        fiche("RNCP40", "Électrotechnique", active=False),
    ]
    liens = [lien("RNCP10", "H1504"), lien("RNCP20", "H1209"), lien("RNCP40", "I1309")]
    ajouts = inherit_rome(fiches, liens, [])
    assert [(x.numero, x.code_rome, x.source, x.estime) for x in ajouts] == [
        ("RNCP30", "H1209", "intitule:RNCP20", True)
    ]


def test_another_level_abbreviation_or_published_link_inherits_nothing() -> None:
    fiches = [
        fiche("RNCP10", "Cuisine", active=False, niveau=3, abrege="CAP"),
        fiche("RNCP20", "Cuisine", active=True, niveau=4, abrege="CAP"),
        fiche("RNCP30", "Cuisine", active=True, niveau=3, abrege="TP"),
        fiche("RNCP40", "Cuisine", active=True, niveau=3, abrege="CAP"),
        fiche("RNCP50", "Cuisine", active=False, niveau=3, abrege="CAP"),
    ]
    liens = [lien("RNCP10", "G1602"), lien("RNCP40", "G1607")]
    assert inherit_rome(fiches, liens, []) == []


@pytest.mark.parametrize(
    ("ancien", "abrege_ancien", "nouveau", "abrege_nouveau", "reconduit"),
    [
        ("Diplôme d'État d'infirmier(ière)", "DE", "Infirmier", "DE", True),
        ("Titre professionnel technicien métreur du bâtiment", "TP", "Technicien métreur du bâtiment", "TP", True),
        ("Mention Mondes anciens", "MASTER", "Mondes anciens (fiche nationale)", "MASTER", True),
        ("Ingénieur diplômé de l'école X", "Autre", "Ingénieur diplômé de l’École X", "Titre ingénieur", True),
        ("Comptabilité et gestion", "BTS", "Diplôme de comptabilité et de gestion", "LICENCE", False),
        ("Design", "MASTER", "Diplôme de design", "DipViGrM", False),
        ("Diplôme d'État", "DE", "Titre professionnel", "TP", False),
    ],
)
def test_the_words_of_a_title_are_enough_unless_the_abbreviations_contradict_each_other(
    ancien: str, abrege_ancien: str, nouveau: str, abrege_nouveau: str, *, reconduit: bool
) -> None:
    fiches = [
        fiche("RNCP10", ancien, active=False, abrege=abrege_ancien),
        fiche("RNCP20", nouveau, active=True, abrege=abrege_nouveau),
    ]
    ajouts = inherit_rome(fiches, [lien("RNCP10", "J1506")], [])
    assert [(x.numero, x.source, x.estime) for x in ajouts] == (
        [("RNCP20", "intitule:RNCP10", True)] if reconduit else []
    )
