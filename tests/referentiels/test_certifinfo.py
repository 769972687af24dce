"""Certif Info: diplomas that share a fiche, voies told, denied or unknown, true counts."""

from pathlib import Path

import pytest

from referentiels.certifinfo import load_certifinfo
from referentiels.depot import Depot
from referentiels.errors import HeaderError
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.types import (
    Certificateur,
    Certification,
    CertificationDiplome,
    CertificationFormacode,
    CertificationNsf,
    CertificationRome,
    CertificationVoie,
    ContinuiteCertification,
)

COLONNES = (
    "Code_Diplome;Libelle_Diplome;Code_Niveau_Europeen;Date_MaJ;Code_FormaCode;Libelle_FormaCode;Code_Rome_1;"
    "Code_Rome_2;Code_Rome_3;Code_Rome_4;Code_Rome_5;Code_Nsf;Code_RNCP;Code_RS;Code_Scolarité;valideur;certificateur;"
    "Code_Ancien_RNCP;accessibilite_fi;accessibilite_ca;accessibilite_fc;accessibilite_cp;accessibilite_vae;"
    "accessibilite_ind"
)


def row(**cellules: str) -> str:
    defaut = {"Code_Diplome": "1", "Libelle_Diplome": "Diplôme", "Date_MaJ": "03/06/2031"}
    acces = {colonne: "2" for colonne in COLONNES.split(";") if colonne.startswith("accessibilite")}
    valeurs = defaut | acces | cellules
    return ";".join(valeurs.get(colonne, "") for colonne in COLONNES.split(";"))


def load(dossier: Path, *lignes: str, entete: str = COLONNES) -> tuple[Lot, Journal]:
    (dossier / "certif_info.csv").write_text("\n".join([entete, *lignes]) + "\n", encoding="utf-8")
    journal = Journal("certifinfo")
    return load_certifinfo(Depot(dossier), journal), journal


def test_rows_of_one_diploma_are_one_fiche(tmp_path: Path) -> None:
    commun = {
        "Code_RNCP": "70001",
        "Libelle_Diplome": "CAP souffleur",
        "Code_Niveau_Europeen": "3",
        "Code_Nsf": "224",
        "Code_Rome_1": "B1602",
        "Code_Scolarité": "50022401",
        "Code_Ancien_RNCP": "601",
    }
    lot, _ = load(
        tmp_path,
        row(**commun, Code_FormaCode="45004", Libelle_FormaCode="Art du verre"),
        row(**commun, Code_FormaCode="45005", Code_Rome_2="G1500"),
    )
    [fiche] = lot.get(Certification)
    assert (fiche.numero, fiche.intitule, fiche.niveau, fiche.niveau_source) == ("RNCP70001", "CAP souffleur", 3, "3")
    assert (fiche.active, fiche.date_etat) == (None, None)
    assert [r.code_source for r in lot.get(CertificationRome)] == ["B1602", "G1500"]
    assert [(f.code, f.libelle) for f in lot.get(CertificationFormacode)] == [
        ("45004", "Art du verre"),
        ("45005", None),
    ]
    assert [n.code for n in lot.get(CertificationNsf)] == ["224"]
    assert [d.cfd for d in lot.get(CertificationDiplome)] == ["50022401"]
    assert [(c.ancienne, c.nouvelle) for c in lot.get(ContinuiteCertification)] == [("RNCP601", "RNCP70001")]
    assert lot.millesime == "2031-06"


def test_voie_is_open_if_one_opens_it_and_closed_only_if_all_close_it(tmp_path: Path) -> None:
    un = {"Code_RNCP": "1", "accessibilite_fi": "1", "accessibilite_ca": "0", "accessibilite_fc": "0"}
    autre = {"Code_RNCP": "1", "accessibilite_fi": "0", "accessibilite_ca": "0", "accessibilite_fc": "2"}
    lot, journal = load(tmp_path, row(**un), row(**autre, Code_Diplome="2", Libelle_Diplome="Autre"))
    assert {v.voie: v.ouverte for v in lot.get(CertificationVoie)} == {"scolaire": True, "apprentissage": False}
    assert [c.intitule for c in lot.get(Certification)] == ["Diplôme"]
    assert "1 fiches partagées par plusieurs diplômes" in journal.fichiers[0].remarques[0]


def test_names_hold_commas(tmp_path: Path) -> None:
    lot, _ = load(
        tmp_path,
        row(Code_RNCP="1", certificateur="Ministère du vent, de l'eau et du feu,Université d'Ailleurs", valideur="X"),
        row(Code_RS="2", valideur="Ruche"),
    )
    assert [(o.numero, o.nom) for o in lot.get(Certificateur)] == [
        ("RNCP1", "Ministère du vent, de l'eau et du feu"),
        ("RNCP1", "Université d'Ailleurs"),
        ("RS2", "Ruche"),
    ]


def test_diplomas_outside_the_repertoires_are_counted(tmp_path: Path) -> None:
    lot, journal = load(tmp_path, row(), row(Code_RS="7002"))
    assert [(c.numero, c.repertoire) for c in lot.get(Certification)] == [("RS7002", "RS")]
    assert "1 lignes de diplômes hors du RNCP et du RS" in journal.fichiers[0].remarques[0]


def test_bad_rows_are_counted_with_their_column(tmp_path: Path) -> None:
    _, journal = load(
        tmp_path,
        row(Code_RNCP="1"),
        row(Code_RNCP="abc"),
        row(Code_RNCP="2", Code_Rome_3="15"),
        row(Code_RNCP="3", accessibilite_vae="3"),
        row(Code_RNCP="4", Date_MaJ="45/06/2031"),
    )
    lu = journal.fichiers[0]
    assert (lu.lues, lu.gardees) == (5, 1)
    assert [(e.ligne, e.colonne) for e in lu.exemples] == [
        (3, "Code_RNCP"),
        (4, "Code_Rome_3"),
        (5, "accessibilite_vae"),
        (6, "Date_MaJ"),
    ]


def test_missing_column(tmp_path: Path) -> None:
    with pytest.raises(HeaderError) as erreur:
        load(tmp_path, entete=COLONNES.replace("Code_RNCP;", "Code_Rncp_2;"))
    assert erreur.value.colonne == "Code_RNCP"


@pytest.mark.officiel
def test_official_certif_info(donnees: Path) -> None:
    journal = Journal("certifinfo")
    lot = load_certifinfo(Depot(donnees / "certifinfo"), journal)
    assert (journal.fichiers[0].lues, journal.rejetees) == (10_067, 0)
    fiches = lot.get(Certification)
    assert sum(c.repertoire == "RNCP" for c in fiches) == 4_877
    assert sum(c.repertoire == "RS" for c in fiches) == 1_311
    assert lot.millesime == "2024-06"
    assert "3401 lignes de diplômes hors du RNCP et du RS, sans fiche à décrire" in journal.fichiers[0].remarques
    codes = {r.code_source for r in lot.get(CertificationRome)}
    assert "G1500" in codes  # a truncated family, left for the integrity report
