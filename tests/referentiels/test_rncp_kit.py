"""The kit of 2021 and the correspondence of diplomas: Windows-1252, m/d/yy dates, repeats, true counts."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from referentiels.depot import Depot
from referentiels.errors import CellError, EncodingError, HeaderError, MissingSourceError
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.rncp_apprentissage import load_kit_apprentissage
from referentiels.rncp_commun import read_cfd
from referentiels.rncp_kit import load_rncp_kit, read_us_date
from referentiels.types import (
    BlocCompetences,
    Certificateur,
    Certification,
    CertificationDiplome,
    CertificationNsf,
    CertificationRome,
    CertificationVoie,
    ContinuiteCertification,
)

INFO = (
    "CodeRNCP;intituleDiplome;date_fin_validite_enregistrement;ActiveInactive;EtatFiche;NiveauEurope;CodeTypeCertif;"
    "TypeCertif;AncienneFiche;NouvelleFiche;TypeEnregistrement\n"
)
TABLES = {
    "rncp_info": INFO
    + "RNCP501;\"Tailleur d''ombres\r\nniveau élevé\r\";8/31/16;INACTIVE;Publiée;niveau4;BP;Brevet;;RNCP601;Droit\n"
    "RNCP501;Tailleur d'ombres;8/31/16;INACTIVE;Publiée;niveau4;BP;Brevet;RNCP401;RNCP602;Droit\n"
    "RNCP502;Peseur de vent;;ACTIVE;Publiée;niveau7;;;;;Demande\n",
    "rncp_rome": "CodeRNCP;EtatFiche;Rome;libelle;;\nRNCP501;;B1302;Décoration;;\nRNCP501;;B13;Ancien code;;\n",
    "rncp_nsf": "CodeRNCP;code;Libelle;;\nRNCP501;230;Spécialités;;\nRNCP501;230;Spécialités;;\nRNCP502;20;Lettres;;\n",
    "rncp_blocs_competences": "CodeRNCP;numero_bloc;intitule;;\nRNCP502;RNCP502BCRNCP502BC01;Peser;;\n",
    "rncp_certificateurs": "CodeRNCP;Certificateur;siret_organisme;\nRNCP501;Ministère;;\nRNCP502;;;\n",
    "rncp_voix_acces": "CodeRNCP;code_libelle;intitule;;\nRNCP501;CONTRATA;En contrat d’apprentissage;;\n",
    "codes_diplomes": "CodeDiplome;Intitule;CodeRNCP;Niveau2019;type;DerniereMaJ;Fiche RNCP active/inactive\n"
    "1022103;OMBRES;RNCP501;niveau4;BP;v1.0;INACTIVE\n46X25401;RIEN;NR;NR;BP;v1.0;NR\n",
}


def write(dossier: Path, version: str = "1.4", encodage: str = "cp1252", **tables: str) -> Path:
    for nom, texte in (TABLES | tables).items():
        (dossier / f"{nom}.v{version}.csv").write_bytes(texte.encode(encodage))
    return dossier


def load(dossier: Path) -> tuple[Lot, Journal]:
    journal = Journal("rncp_kit")
    return load_rncp_kit(Depot(dossier), journal), journal


def remarks(journal: Journal) -> str:
    return "\n".join(r for lu in journal.fichiers for r in lu.remarques)


def test_rows_of_one_fiche_are_joined_and_all_continuities_kept(tmp_path: Path) -> None:
    lot, journal = load(write(tmp_path))
    ombres, vent = lot.get(Certification)
    assert (ombres.numero, ombres.intitule, ombres.abrege) == ("RNCP501", "Tailleur d'ombres niveau élevé", "BP")
    assert (ombres.active, ombres.date_etat, ombres.fin_enregistrement) == (False, date(2021, 1, 1), date(2016, 8, 31))
    assert (ombres.niveau, ombres.niveau_source, ombres.nomenclature_niveau) == (4, "niveau4", "europe_2019")
    assert (vent.active, vent.abrege, vent.fin_enregistrement) == (True, None, None)
    assert [(c.ancienne, c.nouvelle) for c in lot.get(ContinuiteCertification)] == [
        ("RNCP501", "RNCP601"),
        ("RNCP401", "RNCP501"),
        ("RNCP501", "RNCP602"),
    ]
    assert "1 lignes répètent une fiche" in remarks(journal)
    assert lot.millesime == "2021-01"


def test_links_with_their_quirks(tmp_path: Path) -> None:
    lot, journal = load(write(tmp_path))
    assert [(r.numero, r.code_source) for r in lot.get(CertificationRome)] == [("RNCP501", "B1302")]
    assert [n.code for n in lot.get(CertificationNsf)] == ["230", "20"]
    assert "1 lignes répétées à l'identique" in remarks(journal)
    assert [b.code for b in lot.get(BlocCompetences)] == ["RNCP502BC01"]
    assert [(o.nom, o.siret) for o in lot.get(Certificateur)] == [("Ministère", None)]
    assert [v.voie for v in lot.get(CertificationVoie)] == ["apprentissage"]
    assert [(d.numero, d.cfd) for d in lot.get(CertificationDiplome)] == [("RNCP501", "01022103")]
    assert "1 diplômes sans fiche" in remarks(journal)
    assert {m: n for lu in journal.fichiers for m, n in lu.rejets.items()} == {
        "Rome : code mal formé": 1,
        "Certificateur : cellule vide": 1,
    }


def test_unknown_edition_tells_no_state(tmp_path: Path) -> None:
    lot, journal = load(write(tmp_path, version="9.9"))
    assert {(c.active, c.date_etat) for c in lot.get(Certification)} == {(None, None)}
    assert "édition du kit inconnue" in remarks(journal)


def test_info_is_mandatory_and_other_tables_are_not(tmp_path: Path) -> None:
    write(tmp_path)
    for chemin in tmp_path.glob("rncp_[!i]*"):
        chemin.unlink()
    lot, journal = load(tmp_path)
    assert len(lot.get(Certification)) == 2
    assert "table absente du kit : rncp_rome" in remarks(journal)
    (tmp_path / "rncp_info.v1.4.csv").unlink()
    with pytest.raises(MissingSourceError, match="rncp_info"):
        load(tmp_path)


def test_utf8_in_place_of_windows_1252(tmp_path: Path) -> None:
    """Only the five bytes that Windows-1252 leaves undefined can tell: « Ý » in UTF-8 ends with one of them."""
    write(tmp_path, rncp_info=INFO + "RNCP501;Ça Ýest;;ACTIVE;Publiée;niveau4;;;;;Droit\n", encodage="utf-8")
    with pytest.raises(EncodingError) as erreur:
        load(tmp_path)
    assert erreur.value.ligne == 2
    assert erreur.value.colonne == "intituleDiplome"


def test_missing_column(tmp_path: Path) -> None:
    with pytest.raises(HeaderError) as erreur:
        load(write(tmp_path, rncp_rome="CodeRNCP;Code\nRNCP501;B1302\n"))
    assert (erreur.value.fichier, erreur.value.colonne) == ("rncp_rome.v1.4.csv", "Rome")


@pytest.mark.parametrize(("brut", "jour"), [("8/31/16", date(2016, 8, 31)), ("1/1/00", date(2000, 1, 1)), (" ", None)])
def test_us_dates(brut: str, jour: date | None) -> None:
    assert read_us_date("c", brut) == jour


@pytest.mark.parametrize("brut", ["31/8/16", "2016-08-31", "8/31/2016", "2/30/20"])
def test_broken_us_dates(brut: str) -> None:
    with pytest.raises(CellError):
        read_us_date("c", brut)


@pytest.mark.parametrize("brut", ["123456", "A234567", "123456789", "4602$101"])
def test_broken_cfd(brut: str) -> None:
    with pytest.raises(CellError, match="code de diplôme mal formé"):
        read_cfd("c", brut)


APPRENTISSAGE = (
    "Code Diplôme;Intitulé diplôme (DEPP);FicheRNCP;Niveau fiche RNCP;Abrégé de diplôme (RNCP);Dernière MaJ;"
    "Accès à l'apprentissage de la fiche RNCP (oui/non);Date d'échéance de la fiche RNCP;Fiche ACTIVE/INACTIVE\n"
)


def load_apprentissage(dossier: Path, lignes: str) -> tuple[Lot, Journal]:
    (dossier / "Kit_apprentissage_et_RNCP_v7.2.csv").write_text(APPRENTISSAGE + lignes, encoding="utf-8")
    journal = Journal("rncp_apprentissage")
    return load_kit_apprentissage(Depot(dossier), journal), journal


def test_diplomas_of_one_fiche_complete_each_other(tmp_path: Path) -> None:
    lot, journal = load_apprentissage(
        tmp_path,
        "1022103;OMBRES (MC);RNCP501;NR;NR;v1.0;NR;NR;NR\n"
        "46X25401;OMBRES (BP);RNCP501;niveau4;BP;v2.0;oui;31/08/2028;ACTIVE\n"
        "46X25401;OMBRES (BP);RNCP501;niveau4;BP;v2.0;oui;31/08/2028;ACTIVE\n"
        "32033422;VENT;RNCP502;niveau5;;V2.0;non;30/12/1899;ACTIVE\n"
        "32033423;PLUIE;NR;NR;NR;v1.0;NR;NR;NR\n",
    )
    ombres, vent = lot.get(Certification)
    assert (ombres.niveau, ombres.abrege, ombres.fin_enregistrement) == (4, "BP", date(2028, 8, 31))
    assert (ombres.active, ombres.date_etat) == (None, None)  # the file does not say on which day
    assert (vent.abrege, vent.fin_enregistrement) == (None, None)  # 30/12/1899 is an empty cell of a spreadsheet
    assert [(d.numero, d.cfd) for d in lot.get(CertificationDiplome)] == [
        ("RNCP501", "01022103"),
        ("RNCP501", "46X25401"),
        ("RNCP502", "32033422"),
    ]
    assert [(v.numero, v.voie, v.ouverte) for v in lot.get(CertificationVoie)] == [
        ("RNCP501", "apprentissage", True),
        ("RNCP502", "apprentissage", False),
    ]
    assert "1 diplômes sans fiche" in remarks(journal)
    assert lot.millesime == "v7.2"


def test_bad_rows_of_the_correspondence_are_counted(tmp_path: Path) -> None:
    _, journal = load_apprentissage(
        tmp_path,
        "46X25401;BON;RNCP1;niveau4;BP;v2.0;oui;31/08/2028;ACTIVE\n"
        "46X25401;DATE;RNCP2;niveau4;BP;v2.0;oui;31/09/2028;ACTIVE\n"
        "46X25401;OUI;RNCP3;niveau4;BP;v2.0;peut-être;31/08/2028;ACTIVE\n"
        "46X2;CFD;RNCP4;niveau4;BP;v2.0;oui;31/08/2028;ACTIVE\n",
    )
    lu = journal.fichiers[0]
    assert (lu.lues, lu.gardees) == (4, 1)
    assert [(e.ligne, e.motif) for e in lu.exemples] == [
        (3, "date impossible"),
        (4, "oui ou non attendu"),
        (5, "code de diplôme mal formé"),
    ]


@pytest.mark.officiel
def test_official_kit(donnees: Path) -> None:
    lot, journal = load(donnees / "rncp" / "kit_2021")
    fiches = lot.get(Certification)
    assert len(fiches) == 17_369
    assert sum(c.active is True for c in fiches) == 4_481
    lues = {lu.fichier.split(".")[0]: lu.lues for lu in journal.fichiers}
    assert lues["rncp_rome"] == 45_165
    assert lues["rncp_blocs_competences"] == 16_455
    assert len(lot.get(CertificationRome)) == 45_165 - 174  # codes of the ROME before v3
    assert len(lot.get(CertificationNsf)) == 25_411
    assert lues["rncp_nsf"] == 50_925
    numeros = {c.numero for c in fiches}
    natures: tuple[type[Any], ...] = (CertificationRome, CertificationNsf, CertificationVoie, BlocCompetences)
    for nature in natures:
        assert {ligne.numero for ligne in lot.get(nature)} <= numeros
    assert Counter(v.voie for v in lot.get(CertificationVoie)) == {
        "vae": 16_198,
        "continue": 15_407,
        "scolaire": 13_935,
        "contrat_professionnalisation": 11_376,
        "candidature_individuelle": 9_141,
        "apprentissage": 8_576,
    }
    assert all(len(d.cfd) == 8 for d in lot.get(CertificationDiplome))
    assert min(c.fin_enregistrement for c in fiches if c.active and c.fin_enregistrement) > date(2020, 12, 18)


@pytest.mark.officiel
def test_official_correspondence(donnees: Path) -> None:
    journal = Journal("rncp_apprentissage")
    lot = load_kit_apprentissage(Depot(donnees / "rncp"), journal)
    assert journal.fichiers[0].lues == 5_546
    assert journal.rejetees == 0
    assert len(lot.get(CertificationDiplome)) == 5_546 - 50
    assert lot.millesime == "v3.0"
    assert ("RNCP37566", "01022103") in {(d.numero, d.cfd) for d in lot.get(CertificationDiplome)}
