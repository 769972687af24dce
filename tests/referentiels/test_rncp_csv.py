"""The official CSV export and the list of active fiches: layouts, editions, bad input, true counts."""

import zipfile
from datetime import date
from pathlib import Path

import pytest

from referentiels.depot import Depot
from referentiels.errors import (
    ArchiveError,
    CellError,
    EncodingError,
    HeaderError,
    MissingSourceError,
    OversizeError,
    RejectionError,
)
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.rncp_actives import load_rncp_actives
from referentiels.rncp_commun import edition_of, read_bloc, read_niveau, read_voie, short_kind
from referentiels.rncp_csv import load_rncp_csv
from referentiels.types import (
    BlocCompetences,
    Certificateur,
    Certification,
    CertificationFormacode,
    CertificationNsf,
    CertificationRome,
    CertificationVoie,
    ContinuiteCertification,
    NumeroFiche,
)

STANDARD = (
    "Id_Fiche;Numero_Fiche;Intitule;Abrege_Libelle;Nomenclature_Europe_Niveau;Date_Fin_Enregistrement;"
    "Type_Enregistrement;Actif"
)
BLOCS = "Numero_Fiche;Bloc_Competences_Code;Bloc_Competences_Libelle"
TABLES = {
    "Standard": f"{STANDARD}\n1;RNCP70001;Souffleur de nuages;CAP;NIV3;31/08/2027;Enregistrement de droit;ACTIVE\n"
    "2;RS7002;Parler aux abeilles;;;01/02/2023;Enregistrement sur demande;INACTIVE\n",
    "Blocs_De_Compétences": f"{BLOCS}\nRNCP70001;RNCP70001BC01;Souffler d''abord\nRNCP70001;RNCP70001BC02;Refroidir\n",
    "Rome": "Numero_Fiche;Codes_Rome_Code;Codes_Rome_Libelle\nRNCP70001;B1602;Réalisation en verre\n",
    "Nsf": 'Numero_Fiche;Nsf_Code;Nsf_Intitule\nRNCP70001;224v;"224v : Verre ; finition"\n',
    "Formacode": "Numero_Fiche;Formacode_Code;Formacode_Libelle\nRNCP70001;45004;45004 : Art du verre\n",
    "VoixdAccès": "Numero_Fiche;Si_Jury\nRNCP70001;En contrat d’apprentissage\nRNCP70001;Par expérience\n",
    "Certificateurs": "Numero_Fiche;Siret_Certificateur;Nom_Certificateur\nRNCP70001;\t00000000000017;MAISON DU VENT\n",
    "Partenaires": "Numero_Fiche;Nom_Partenaire;Siret_Partenaire;Habilitation_Partenaire\nRS7002;RUCHE;12;FORMER\n",
    "Ancienne_Nouvelle_Certification": "Numero_Fiche;Ancienne_Certification;Nouvelle_Certification\n"
    "RNCP70001;RNCP60001;\nRNCP60001;;RNCP70001\nRNCP70002;RNCP70001;RNCP70003\n",
}


def write(dossier: Path, tables: dict[str, str], jour: str = "2031_02_03", encodage: str = "utf-8") -> Path:
    for nom, texte in tables.items():
        (dossier / f"export_fiches_CSV_{nom}_{jour}.csv").write_text(texte, encoding=encodage)
    return dossier


def load(chemin: Path) -> tuple[Lot, Journal]:
    journal = Journal("rncp_csv")
    return load_rncp_csv(Depot(chemin), journal), journal


def remarks(journal: Journal) -> str:
    return "\n".join(r for lu in journal.fichiers for r in lu.remarques)


def test_every_table_gives_its_entities(tmp_path: Path) -> None:
    lot, _ = load(write(tmp_path, TABLES))
    assert lot.millesime == "2031-02-03"
    verre, abeilles = lot.get(Certification)
    assert (verre.numero, verre.intitule, verre.abrege, verre.repertoire) == (
        "RNCP70001",
        "Souffleur de nuages",
        "CAP",
        "RNCP",
    )
    assert (verre.niveau, verre.niveau_source, verre.nomenclature_niveau) == (3, "NIV3", "europe_2019")
    assert (verre.active, verre.date_etat, verre.fin_enregistrement) == (True, date(2031, 2, 3), date(2027, 8, 31))
    assert (abeilles.repertoire, abeilles.niveau, abeilles.active) == ("RS", None, False)
    assert [(b.code, b.intitule, b.competences) for b in lot.get(BlocCompetences)] == [
        ("RNCP70001BC01", "Souffler d'abord", None),
        ("RNCP70001BC02", "Refroidir", None),
    ]
    assert [(r.code_rome, r.code_source) for r in lot.get(CertificationRome)] == [("B1602", "B1602")]
    assert [(n.code, n.libelle) for n in lot.get(CertificationNsf)] == [("224v", "Verre ; finition")]
    assert [(f.code, f.libelle) for f in lot.get(CertificationFormacode)] == [("45004", "Art du verre")]
    assert [(v.voie, v.ouverte) for v in lot.get(CertificationVoie)] == [("apprentissage", True), ("vae", True)]


def test_organismes_keep_their_role_and_only_sound_sirets(tmp_path: Path) -> None:
    lot, journal = load(write(tmp_path, TABLES))
    assert [(o.nom, o.siret, o.role) for o in lot.get(Certificateur)] == [
        ("MAISON DU VENT", "00000000000017", "certificateur"),
        ("RUCHE", None, "partenaire"),
    ]
    assert "SIRET mal formés laissés vides" in remarks(journal)


def test_continuity_told_from_both_sides_is_one_link(tmp_path: Path) -> None:
    lot, _ = load(write(tmp_path, TABLES))
    assert [(c.ancienne, c.nouvelle) for c in lot.get(ContinuiteCertification)] == [
        ("RNCP60001", "RNCP70001"),
        ("RNCP70001", "RNCP70002"),
        ("RNCP70002", "RNCP70003"),
    ]


def test_missing_tables_are_told_and_one_pivot_is_enough(tmp_path: Path) -> None:
    lot, journal = load(write(tmp_path, {"Blocs_De_Compétences": TABLES["Blocs_De_Compétences"]}))
    assert lot.get(Certification) == []
    assert len(lot.get(BlocCompetences)) == 2
    assert "tables absentes de l'export : Standard, Rome" in remarks(journal)


def test_without_standard_nor_blocs_nothing_is_read(tmp_path: Path) -> None:
    with pytest.raises(MissingSourceError, match="ni la table Standard ni la table Blocs"):
        load(write(tmp_path, {"Rome": TABLES["Rome"]}))


@pytest.mark.parametrize("nom", ["Blocs_De_Compétences", "Blocs_De_Competences", "Blocs_De_Compe\u0301tences"])
def test_spellings_of_blocs(tmp_path: Path, nom: str) -> None:
    lot, _ = load(write(tmp_path, {nom: TABLES["Blocs_De_Compétences"]}))
    assert len(lot.get(BlocCompetences)) == 2


@pytest.mark.parametrize("nom", ["VoixdAccès", "Voix_Acces", "Voies_d_Acces"])
def test_spellings_of_voies(tmp_path: Path, nom: str) -> None:
    lot, _ = load(write(tmp_path, {"Standard": TABLES["Standard"], nom: TABLES["VoixdAccès"]}))
    assert len(lot.get(CertificationVoie)) == 2


def test_latest_edition_of_each_table_wins_by_day_not_by_spelling(tmp_path: Path) -> None:
    nouveau = f"{BLOCS}\nRNCP70001;RNCP70001BC09;Tout nouveau\n"
    write(tmp_path, {"Blocs_De_Compétences": TABLES["Blocs_De_Compétences"]}, "2030_12_31")
    write(tmp_path, {"Blocs_De_Competences": nouveau}, "2031_01_01")
    write(tmp_path, {"Standard": TABLES["Standard"]}, "2030_06_01")
    lot, journal = load(tmp_path)
    assert [b.intitule for b in lot.get(BlocCompetences)] == ["Tout nouveau"]
    assert lot.millesime == "2031-01-01"
    assert lot.get(Certification)[0].date_etat == date(2030, 6, 1)
    assert "laissées : export_fiches_CSV_Blocs_De_Compétences_2030_12_31.csv" in remarks(journal)
    assert "tables d'éditions différentes : 2030-06-01, 2031-01-01" in remarks(journal)


def test_a_newer_but_tiny_edition_is_pointed_out(tmp_path: Path) -> None:
    write(tmp_path, {"Blocs_De_Competences": BLOCS + "\nRNCP1;RNCP1BC01;Un\n" * 500}, "2030_12_31")
    write(tmp_path, {"Blocs_De_Competences": f"{BLOCS}\nRNCP1;RNCP1BC01;Un\n"}, "2031_01_01")
    assert "peut-être un extrait" in remarks(load(tmp_path)[1])


def test_zip_gives_the_same_as_the_folder(tmp_path: Path) -> None:
    dossier = tmp_path / "dossier"
    dossier.mkdir()
    write(dossier, TABLES)
    archive = tmp_path / "export-fiches-csv-2031-02-03.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as flux:
        for chemin in sorted(dossier.iterdir()):
            flux.write(chemin, chemin.name)
    ouvert, range_ = load(dossier)[0], load(archive)[0]
    for nature in ouvert.natures:
        assert range_.get(nature) == ouvert.get(nature)
    archive.write_bytes(archive.read_bytes()[:-40])
    with pytest.raises(ArchiveError, match="tronquée"):
        load(archive)


def test_missing_column_names_file_and_column(tmp_path: Path) -> None:
    with pytest.raises(HeaderError) as erreur:
        load(write(tmp_path, {"Standard": "Numero_Fiche;Intitule;Nomenclature_Europe_Niveau\nRNCP1;Un;NIV3\n"}))
    assert (erreur.value.colonne, erreur.value.ligne) == ("Actif", 1)
    assert erreur.value.fichier == "export_fiches_CSV_Standard_2031_02_03.csv"


def test_latin1_instead_of_utf8_names_line_and_column(tmp_path: Path) -> None:
    texte = f"{STANDARD}\n1;RNCP70001;Vannière;CAP;NIV3;;;ACTIVE\n"
    with pytest.raises(EncodingError) as erreur:
        load(write(tmp_path, {"Standard": texte}, encodage="latin-1"))
    assert (erreur.value.ligne, erreur.value.colonne) == (2, "Intitule")


def test_byte_order_mark_is_tolerated_and_told(tmp_path: Path) -> None:
    lot, journal = load(write(tmp_path, {"Standard": TABLES["Standard"]}, encodage="utf-8-sig"))
    assert len(lot.get(Certification)) == 2
    assert "BOM" in remarks(journal)


def test_bad_rows_are_counted_with_their_reason_and_line(tmp_path: Path) -> None:
    bonnes = "".join(f"{n};RNCP{n};Fiche {n};;NIV4;;;ACTIVE\n" for n in range(100, 130))
    mauvaises = (
        "1;RNCP100;Encore;;NIV4;;;ACTIVE\n"  # duplicate
        "1;RNCP7;Date;;NIV4;31/02/2024;;ACTIVE\n"
        "1;7;Numéro;;NIV4;;;ACTIVE\n"
        "1;RNCP8;État;;NIV4;;;PEUT-ÊTRE\n"
        "1;RNCP9;;;NIV4;;;ACTIVE\n"
    )
    lot, journal = load(write(tmp_path, {"Standard": f"{STANDARD}\n{bonnes}{mauvaises}"}))
    lu = journal.fichiers[0]
    assert (lu.lues, lu.gardees, len(lot.get(Certification))) == (35, 30, 30)
    assert dict(lu.rejets) == {
        "doublon": 1,
        "Date_Fin_Enregistrement : date impossible": 1,
        "Numero_Fiche : numéro de fiche attendu (RNCP ou RS suivi de chiffres)": 1,
        "Actif : état inconnu (ACTIVE ou INACTIVE attendu)": 1,
        "Intitule : cellule vide": 1,
    }
    assert [e.ligne for e in lu.exemples] == [32, 33, 34, 35, 36]


def test_too_many_bad_rows_refuse_the_file(tmp_path: Path) -> None:
    lignes = "".join(f"RNCP{n};RNCP{n + 1}BC01;Bloc d'une autre\n" for n in range(1, 60))
    with pytest.raises(RejectionError, match="bloc d'une autre fiche"):
        load(write(tmp_path, {"Blocs_De_Competences": f"{BLOCS}\nRNCP99;RNCP99BC01;Bon\n{lignes}"}))


def test_ten_times_too_many_rows(tmp_path: Path) -> None:
    lignes = "".join(f"RNCP1;RNCP1BC{n:06d};B\n" for n in range(250_001))
    with pytest.raises(OversizeError) as erreur:
        load(write(tmp_path, {"Blocs_De_Competences": f"{BLOCS}\n{lignes}"}))
    assert erreur.value.ligne == 250_002


def test_without_a_day_in_the_name_the_state_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "export_fiches_CSV_Standard.csv").write_text(TABLES["Standard"], encoding="utf-8")
    lot, _ = load(tmp_path)
    assert [(c.active, c.date_etat) for c in lot.get(Certification)] == [(None, None), (None, None)]
    assert lot.millesime == ""


def test_fiche_that_replaces_itself_is_refused(tmp_path: Path) -> None:
    liens = "Numero_Fiche;Ancienne_Certification;Nouvelle_Certification\nRNCP1;RNCP1;\nRNCP2;;\nRNCP3;;RNCP4\n"
    lot, journal = load(write(tmp_path, {"Standard": TABLES["Standard"], "Ancienne_Nouvelle_Certification": liens}))
    assert [(c.ancienne, c.nouvelle) for c in lot.get(ContinuiteCertification)] == [("RNCP3", "RNCP4")]
    assert journal.rejetees == 2


@pytest.mark.parametrize(
    ("brut", "attendu"),
    [
        ("NIV5", (5, "NIV5", "europe_2019")),
        ("niveau3", (3, "niveau3", "europe_2019")),
        ("8", (8, "8", "europe_2019")),
        ("V", (3, "V", "france_1969")),
        ("IV", (4, "IV", "france_1969")),
        ("Niveau III", (5, "Niveau III", "france_1969")),
        ("II", (6, "II", "france_1969")),
        ("I", (7, "I", "france_1969")),
        ("Sans niveau", (None, "Sans niveau", None)),
        ("9", (None, "9", None)),
        ("NR", (None, None, None)),
        (" ", (None, None, None)),
    ],
)
def test_levels_keep_their_nomenclature(brut: str, attendu: tuple[int | None, str | None, str | None]) -> None:
    niveau = read_niveau(brut)
    assert (niveau.europe, niveau.source, niveau.nomenclature) == attendu


@pytest.mark.parametrize(
    ("brut", "voie"),
    [
        ("Après un parcours de formation sous statut d’élève ou d’étudiant", "scolaire"),
        ("Après un parcours de formation sous statut d'élève ou d'étudiant", "scolaire"),
        ("En contrat d’apprentissage", "apprentissage"),
        ("En contrat de professionnalisation", "contrat_professionnalisation"),
        ("Après un parcours de formation continue", "continue"),
        ("Par candidature individuelle", "candidature_individuelle"),
        ("Par expérience", "vae"),
    ],
)
def test_voies_in_the_words_of_producers(brut: str, voie: str) -> None:
    assert read_voie("c", brut) == voie


def test_unknown_words_are_refused() -> None:
    with pytest.raises(CellError, match="voie d'accès inconnue"):
        read_voie("Si_Jury", "Par tirage au sort")
    with pytest.raises(CellError, match="autre fiche"):
        read_bloc("c", "RNCP12BC01", NumeroFiche("RNCP1"))


def test_editions_and_short_names() -> None:
    assert edition_of("a_2024_13_45.csv", "b-2024-01-17.zip") == date(2024, 1, 17)
    assert edition_of("RNCP12024_01_17") is None
    assert (short_kind("Titre professionnel"), short_kind("Bachelor Agro"), short_kind(None)) == (
        "TP",
        "Bachelor Agro",
        None,
    )


ACTIVES = "file,numero,title,niveau_europe,abrege,type_enregistrement\n"


def test_active_list_is_dated_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "fiches_actives_2031_05_06.csv").write_text(
        ACTIVES + 'a.md,70001,"Souffleur, de nuages",3,Titre professionnel,Enregistrement de droit\n'
        "b.md,RS7002,Parler aux abeilles,,,Enregistrement sur demande\n",
        encoding="utf-8",
    )
    lot = load_rncp_actives(Depot(tmp_path), Journal("rncp_actives"))
    verre, abeilles = lot.get(Certification)
    assert (verre.numero, verre.intitule, verre.niveau, verre.abrege) == (
        "RNCP70001",
        "Souffleur, de nuages",
        3,
        "TP",
    )
    assert (abeilles.numero, abeilles.repertoire, abeilles.niveau, abeilles.abrege) == ("RS7002", "RS", None, None)
    assert {(c.active, c.date_etat) for c in (verre, abeilles)} == {(True, date(2031, 5, 6))}
    assert lot.millesime == "2031-05-06"


@pytest.mark.parametrize("nom", ["fiches_actives.csv", "fiches_actives_2031_02_30.csv"])
def test_active_list_without_a_real_day_is_refused(tmp_path: Path, nom: str) -> None:
    (tmp_path / nom).write_text(ACTIVES, encoding="utf-8")
    with pytest.raises(MissingSourceError, match="AAAA_MM_JJ"):
        load_rncp_actives(Depot(tmp_path), Journal("rncp_actives"))


@pytest.mark.officiel
def test_official_export_of_january_2024(donnees: Path) -> None:
    lot, journal = load(donnees / "rncp" / "export_2024_01_17")
    blocs = lot.get(BlocCompetences)
    assert (len(blocs), len({b.numero for b in blocs})) == (34_350, 6_843)  # one bloc has no title
    assert [dict(lu.rejets) for lu in journal.fichiers if lu.rejets] == [{"Bloc_Competences_Libelle : cellule vide": 1}]
    assert len(lot.get(Certificateur)) == 27_077
    assert all(o.siret and len(o.siret) == 14 for o in lot.get(Certificateur))
    assert [lu.lues for lu in journal.fichiers] == [34_351, 27_077, 11_657]
    liens = {(c.ancienne, c.nouvelle) for c in lot.get(ContinuiteCertification)}
    assert ("RNCP181", "RNCP5881") in liens
    assert len(liens) == len(lot.get(ContinuiteCertification)) == 6_926


@pytest.mark.officiel
@pytest.mark.parametrize("lieu", [".", "export-fiches-csv-2024-02-22.sample.zip"])
def test_official_sample_of_all_tables(donnees: Path, lieu: str) -> None:
    lot, journal = load(donnees / "rncp" / "echantillon_export_csv_2024_02_22" / lieu)
    comptes = {nature.__name__: len(lot.get(nature)) for nature in lot.natures}
    assert comptes == {
        "Certification": 9,
        "BlocCompetences": 6,
        "CertificationRome": 15,
        "CertificationNsf": 10,
        "CertificationFormacode": 5,
        "CertificationVoie": 34,
        "Certificateur": 16,
        "ContinuiteCertification": 6,
    }
    assert remarks(journal) == ""
    assert {v.voie for v in lot.get(CertificationVoie)} == {
        "scolaire",
        "apprentissage",
        "continue",
        "contrat_professionnalisation",
        "candidature_individuelle",
        "vae",
    }


@pytest.mark.officiel
def test_official_list_of_april_2026(donnees: Path) -> None:
    journal = Journal("rncp_actives")
    lot = load_rncp_actives(Depot(donnees / "rncp" / "actives_2026_04"), journal)
    fiches = lot.get(Certification)
    assert sum(c.repertoire == "RNCP" for c in fiches) == 5_138
    assert sum(c.repertoire == "RS" for c in fiches) == 1_452
    assert journal.rejetees == 0
    assert {c.date_etat for c in fiches} == {date(2026, 4, 22)}
