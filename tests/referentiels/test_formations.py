"""The CSV catalogues of formations: quirks, gaps counted, and the official counts."""

from datetime import date
from pathlib import Path

import pytest

from referentiels.depot import Depot
from referentiels.errors import HeaderError, MissingSourceError, RejectionError
from referentiels.formations import (
    load_apprentissage,
    load_bcn,
    load_masters,
    load_moncompteformation,
    load_parcoursup,
)
from referentiels.formations.communs import (
    read_cfd,
    read_commune,
    read_fiche,
    read_name_date,
    read_pair,
    read_siret,
    read_url,
    strip_html,
)
from referentiels.formations.parcoursup import load_points
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.types import (
    ActionFormation,
    CertificationDiplome,
    Formation,
    LibelleNomenclature,
    Organisme,
    SessionFormation,
)

PARCOURSUP = (
    '"Statut de l’etablissement de la filiere de formation (public, prive…)",Code UAI de l etablissement,'
    "etablissement,Region de l’etablissement,Filiere de formation,Coordonnées GPS de la formation\n"
)
CATALOGUE = "siret,uai,enseigne,entreprise_raison_sociale,code_insee_localite,geo_coordonnees,adresse,ferme\n"
RCO = (
    "etablissement_gestionnaire_siret;etablissement_formateur_siret;etablissement_lieu_formation_adresse;"
    "etablissement_lieu_formation_code_postal;etablissement_lieu_formation_code_insee;cfd;rncp_code;debut_sessions\n"
)
BCN = "FORMATION_DIPLOME;LIBELLE_LONG_200;NIVEAU_QUALIFICATION_RNCP;COMMENTAIRE\n"
MASTERS = (
    "\ufeffAnnée de la campagne de recueil des informations;Code UAI de l’établissement accrédité;"
    "Nom officiel (long) de l’établissement accrédité;Nom d’usage de l’établissement accrédité;"
    "Adresse de l’établissement accrédité;Code postal de la ville de l’établissement accrédité;"
    "Ville de l’établissement accrédité;Identifiant navette de la mention (INM) de master;"
    "Intitulé de la mention de master;Mention ouverte ou non ouverte;Modalités d’enseignement de la mention;"
    "Capacité d’accueil limitée au 1er semestre;"
    "URL de la fiche relative à la mention sur le site internet de l’établissement\n"
)
MCF = (
    "date_extract;nom_of;siret;numero_formation;intitule_formation;code_rncp;code_inventaire;code_departement;"
    "nom_departement;libelle_niveau_sortie_formation;code_formacode_1;code_formacode_2;nb_session_active;"
    "nb_session_a_distance;nombre_heures_total_mean;frais_ttc_tot_mean;points_forts\n"
)


def ecrire(dossier: Path, **fichiers: str | bytes) -> Depot:
    for nom, contenu in fichiers.items():
        chemin = dossier / f"{nom}.csv"
        chemin.write_bytes(contenu if isinstance(contenu, bytes) else contenu.encode())
    return Depot(dossier)


def verifier_liens(lot: Lot) -> None:
    """Every id is unique and every link leads somewhere within the lot."""
    ids = [
        [o.id for o in lot.get(Organisme)],
        [f.id for f in lot.get(Formation)],
        [a.id for a in lot.get(ActionFormation)],
    ]
    assert [len(set(liste)) for liste in ids] == [len(liste) for liste in ids]
    organismes, formations = {o.id for o in lot.get(Organisme)}, {f.id for f in lot.get(Formation)}
    assert {f.organisme for f in lot.get(Formation)} <= organismes
    assert {a.formation for a in lot.get(ActionFormation)} == formations
    assert lot.get(SessionFormation) == []


def test_parcoursup_reduced_groups_places_and_counts_gaps(tmp_path: Path) -> None:
    lignes = (
        'Public,0990001A,Lycee des Embruns,Ailleurs,BTS   Production   Voilerie,"48.1, -4.2"\n'
        'Public,0990001A,Lycee des Embruns,Ailleurs,BTS   Production   Voilerie,"48.1, -4.2"\n'
        'Public,0990001A,Lycee des Embruns,Ailleurs,BTS   Production   Voilerie,"48.9, -4.9"\n'
        "Prive,0990002B,Campus,Ailleurs,Licence   Vents - en apprentissage,\n"
        "Prive,PASUNUAI,Campus,Ailleurs,Licence   Vents,\n"
    )
    catalogue = CATALOGUE + '11122233300011,0990001A,,LYCEE DES EMBRUNS,29019,"48.1,-4.2",rue,false\n'
    depot = ecrire(tmp_path, parcoursup_2026=PARCOURSUP + lignes, catalogue_etablissements_apprentissage=catalogue)
    journal = Journal("parcoursup")
    lot = load_parcoursup(depot, journal)
    verifier_liens(lot)
    assert [(f.intitule, f.niveau) for f in lot.get(Formation)] == [
        ("BTS Production Voilerie", 5),
        ("Licence Vents - en apprentissage", 6),
    ]
    assert [(a.latitude, a.commune, a.voie) for a in lot.get(ActionFormation)] == [
        (48.1, "29019", "scolaire"),
        (48.9, "29019", "scolaire"),
        (None, None, "apprentissage"),
    ]
    assert lot.get(Organisme)[0].siret == "11122233300011"
    lu = journal.fichiers[0]
    assert (lu.lues, lu.gardees, dict(lu.rejets)) == (5, 4, {"Code UAI de l etablissement : code mal formé": 1})
    assert "lieux sans commune connue : 1" in lu.remarques
    assert "lieux sans coordonnées : 1" in lu.remarques
    assert lot.millesime == "2026"
    assert load_points(depot) == {}  # the establishment stands on two distant sites


@pytest.mark.parametrize(
    "entete",
    [
        "Session;Code UAI de l'établissement;Établissement;Filière de formation;Coordonnées GPS de la formation;"
        "Capacité de l’établissement par formation;Lien de la formation sur la plateforme Parcoursup;Sélectivité\n",
        "session;cod_uai;g_ea_lib_vx;lib_for_voe_ins;g_olocalisation_des_formations;capa_fin;lien_form_psup;select_form\n",
    ],
)
def test_parcoursup_full_export_with_labels_or_technical_names(tmp_path: Path, entete: str) -> None:
    lien = "https://dossier.parcoursup.fr/Candidat/public/fiches/afficherFicheFormation?g_ta_cod={}&typeBac=0"
    lignes = "".join(
        f"{annee};0990001A;Lycée des Embruns;BTS - Voilerie;48.1, -4.2;24;{lien.format(code)};sélective\n"
        for annee, code in ((2025, 777), (2025, 778), (2024, 777))
    )
    journal = Journal("parcoursup")
    lot = load_parcoursup(ecrire(tmp_path, **{"fr-esr-parcoursup": "\ufeff" + entete + lignes}), journal)
    verifier_liens(lot)
    assert [f.id for f in lot.get(Formation)] == ["parcoursup:777", "parcoursup:778"]
    assert {a.places for a in lot.get(ActionFormation)} == {24}
    assert (lot.get(Formation)[0].url or "").endswith("g_ta_cod=777&typeBac=0")
    assert lot.millesime == "2025"
    assert "sessions antérieures à 2025, non reprises : 1 lignes" in journal.fichiers[0].remarques


def test_parcoursup_names_the_column_that_is_missing(tmp_path: Path) -> None:
    depot = ecrire(tmp_path, parcoursup="Code UAI de l etablissement,etablissement,Filiere de formation\nx,y,z\n")
    with pytest.raises(HeaderError, match="gps") as capture:
        load_parcoursup(depot, Journal("parcoursup"))
    assert capture.value.ligne == 1


def test_masters_keep_the_newest_open_campaign(tmp_path: Path) -> None:
    debut = "0990001A;Université des Embruns;;1 quai;99000;PORT-FICTIF"
    lignes = (
        f"2020;{debut};1800001A;Ancienne;1;Formation initiale;;\n"
        f"2021;{debut};1800002B;Océans;1;Formation initiale,Formation continue,Alternance,"
        "Formation à distance;30;x.example\n"
        f"2021;{debut};1800003C;Marées;1;Apprentissage;12;\n"
        f"2021;{debut};1800004D;Brumes;0;Formation initiale;;\n"
        f"2021;{debut};1800005E;Houles;1;Alternance;;\n"
        f"2021;{debut};1800005E;Houles;1;Alternance;;\n"
    )
    journal = Journal("masters")
    lot = load_masters(ecrire(tmp_path, trouver_mon_master_mentions=MASTERS + lignes), journal)
    verifier_liens(lot)
    assert [f.intitule for f in lot.get(Formation)] == [f"Master mention {m}" for m in ("Océans", "Marées", "Houles")]
    assert [(a.voie, a.modalite, a.places) for a in lot.get(ActionFormation)] == [
        ("scolaire", None, None),
        ("continue", None, None),
        (None, "distance", None),
        ("apprentissage", None, 12),
        (None, None, None),
    ]
    assert lot.get(Formation)[0].url == "https://x.example"
    assert lot.get(ActionFormation)[0].lieu == "1 quai, 99000 PORT-FICTIF"
    assert lot.millesime == "2021"
    lu = journal.fichiers[0]
    assert lu.rejets == {"doublon": 1}
    assert "campagnes antérieures à 2021, non reprises : 1 lignes" in lu.remarques
    assert "mentions non ouvertes en 2021, non reprises : 1" in lu.remarques
    assert "mentions sans commune connue : 3" in lu.remarques


def test_apprentissage_joins_establishments_diplomas_and_places(tmp_path: Path) -> None:
    catalogue = CATALOGUE + (
        '11122233300011,0990001a,LP,LYCEE DES EMBRUNS,1004,"48.1,-4.2",rue,false\n'
        "22233344400022,,CFA fermé,CFA,29019,,rue,true\n"
    )
    rco = RCO + (
        "99988877700099;11122233300011;1 quai\nBP 2;01500;1004;1022103;901;2020\n"
        "99988877700099;11122233300011;1 quai\nBP 2;01500;1004;1022103;901;2021\n"
        "99988877700099;0;2 môle;29000;29019;;902;2020\n"
        "99988877700099;0;2 môle;29000;29019;;;2020\n"
    )
    fichiers: dict[str, str | bytes] = {
        "catalogue_etablissements_apprentissage_2022-10-10": catalogue,
        "rco_formations_apprentissage_lieux_rncp_2020-09-10": rco.replace("\nBP", " BP").encode("cp1252"),
        "nFormationDiplome_": (BCN + "01022103;Mention traiteur à bord;03;\n").encode("cp1252"),
    }
    depot = ecrire(tmp_path, **fichiers)
    journal = Journal("apprentissage")
    lot = load_apprentissage(depot, journal)
    verifier_liens(lot)
    assert [(f.intitule, f.cfd, f.certification, f.niveau) for f in lot.get(Formation)] == [
        ("Mention traiteur à bord", "01022103", "RNCP901", 3),
        ("Formation à la certification RNCP902", None, "RNCP902", None),
    ]
    assert [(a.commune, a.latitude, a.voie) for a in lot.get(ActionFormation)] == [
        ("01004", 48.1, "apprentissage"),
        ("29019", None, "apprentissage"),
    ]
    assert [(o.nom, o.uai) for o in lot.get(Organisme)] == [
        ("LYCEE DES EMBRUNS", "0990001A"),
        ("Organisme SIRET 99988877700099", None),
    ]
    assert lot.millesime == "2022-10-10"
    lu = journal.fichiers[1]
    assert (lu.lues, lu.gardees, dict(lu.rejets)) == (4, 3, {"cfd : ni code diplôme ni numéro RNCP": 1})
    assert any("réunies : 1" in r for r in lu.remarques)
    assert any("2020, 2021" in r for r in lu.remarques)


def ecrire_bcn(dossier: Path) -> Depot:
    attractivite = (
        "Etablissement d'accueil;MEF STAT 11;Statut Offre de formation;Capacité carte scolaire\n"
        "0990001A;23210023446;ST;15\n0990001A;23210023446;ST;12\n0990002B;23210023446;ZZ;12\n"
    )
    bts = (
        "\ufeffUAI;LIBELLÉFORMATION;MEFSTAT11;NB_VOEUX_CONFIRMES;STATUT;CAPACITEPSUP\n"
        "0990001A;BTS - Services - Phares;32212031202;54;Scolaire;30\n"
        "0990001A;BTS - Services - Phares - en apprentissage;32212031202;54;Apprentissage;8\n"
        "0990003C;Certificat - Balises;23K00022702;5;Scolaire;\n"
    )
    diplomes = (
        "\ufeffCode diplôme;Code RNCP\n500-23446 S;901\n32031202;902\n50023446 S;901\n"
        "400-11111 T;en cours\n400-11112 T;\nillisible;9\n"
    )
    return ecrire(
        dossier,
        vFormationDiplome_="\ufeff" + BCN + '50023446;ANCIEN LIBELLE;03;"Mot" sans fermer\n99999999;DISPARU;XX;\n',
        nFormationDiplome_=(BCN + "50023446;CHARPENTIER DE MARINE À BORD (CAP);03;\n32031202;PHARES;05;\n").encode(
            "cp1252"
        ),
        nMef="MEF;FORMATION_DIPLOME;MEF_STAT_11\n1;50023446;23210023446\n2;32031202;32212031202\n"
        "3;50023446;31110000000\n4;32031202;31110000000\n",
        diplomesProfessionnels=diplomes,
        attractivite_capacite_2022=attractivite,
        BTS_attractivite_capacite_2024=bts,
    )


def test_bcn_joins_mef_diploma_capacity_and_status(tmp_path: Path) -> None:
    journal = Journal("bcn")
    lot = load_bcn(ecrire_bcn(tmp_path), journal)
    verifier_liens(lot)
    assert {(c.cfd, c.numero) for c in lot.get(CertificationDiplome)} == {
        ("50023446", "RNCP901"),
        ("32031202", "RNCP902"),
    }
    assert {(c.code, c.libelle) for c in lot.get(LibelleNomenclature)} == {
        ("50023446", "CHARPENTIER DE MARINE À BORD (CAP)"),
        ("32031202", "PHARES"),
        ("99999999", "DISPARU"),
    }
    assert [(f.intitule, f.cfd, f.niveau) for f in lot.get(Formation)] == [
        ("CHARPENTIER DE MARINE À BORD (CAP)", "50023446", 3),
        ("BTS - Services - Phares", "32031202", 5),
        ("Certificat - Balises", None, None),
    ]
    assert [(a.voie, a.places) for a in lot.get(ActionFormation)] == [
        ("scolaire", 15),
        ("scolaire", 12),
        ("scolaire", 30),
        ("apprentissage", 8),
        ("scolaire", None),
    ]
    assert lot.get(Organisme)[0].nom == "Établissement 0990001A"
    assert lot.millesime == "2024"
    remarques = [r for f in journal.fichiers for r in f.remarques]
    assert "codes MEF statistiques de plusieurs diplômes, non retenus : 1" in remarques
    assert "diplômes sans numéro RNCP (vide ou « en cours ») : 2" in remarques
    assert "lignes dont le MEF ne mène à aucun diplôme : 1" in remarques
    rejets = {motif for f in journal.fichiers for motif in f.rejets}
    assert rejets == {"Statut Offre de formation : statut inconnu", "Code diplôme : code mal formé"}
    (diplomes,) = [f for f in journal.fichiers if f.fichier.startswith("vForm")]
    depot = Depot(tmp_path)
    assert diplomes.empreinte == depot.digest(depot.find_all(r"vForm.*")[0])


def test_bcn_takes_the_point_of_parcoursup_where_the_catalogue_has_none(tmp_path: Path) -> None:
    ligne = 'Public,0990001A,Lycee,Ailleurs,BTS   Phares,"48.1, -4.2"\n'
    ecrire(tmp_path, parcoursup=PARCOURSUP + ligne)
    lot = load_bcn(ecrire_bcn(tmp_path), Journal("bcn"))
    assert {(a.latitude, a.longitude) for a in lot.get(ActionFormation)} == {(48.1, -4.2), (None, None)}


def test_moncompteformation_one_action_a_departement(tmp_path: Path) -> None:
    base = (
        "2026-10-05;Organisme d'essai;{siret};{num};Voile CPF;{rncp};{rs};{dep};Nom {dep};NIVEAU 5 - BTS;22001;;"
        "{n};{d};35,5;900;x\n"
    )
    lignes = "".join(
        base.format(siret=s, num=n, rncp=r, rs=rs, dep=d, n=a, d=b)
        for s, n, r, rs, d, a, b in (
            ("11122233300011", "F1", "901", "-1", "29", 2, 2),
            ("11122233300011", "F1", "901", "-1", "2A", 2, 1),
            ("1122233300011", "F2", "-1", "5001", "29", 0, 0),
            ("1122233300011", "F3", "-1", "-1", "29", 1, 0),
            ("11122233300011", "F1", "901", "-1", "29", 2, 2),
            ("abc", "F1", "901", "-1", "29", 2, 2),
        )
    )
    journal = Journal("mcf")
    depot = ecrire(tmp_path, moncompteformation_catalogueformation="\ufeff" + MCF + lignes)
    lot = load_moncompteformation(depot, journal)
    verifier_liens(lot)
    assert [(f.certification, f.niveau, f.duree_heures) for f in lot.get(Formation)] == [
        ("RNCP901", 5, 36),
        ("RS5001", 5, 36),
        (None, 5, 36),
    ]
    assert [(a.id.rpartition("/")[2], a.modalite) for a in lot.get(ActionFormation)] == [
        ("29", "distance"),
        ("2A", None),
        ("29", None),
        ("29", None),
    ]
    assert {a.commune for a in lot.get(ActionFormation)} == {None}
    assert lot.get(Organisme)[1].siret == "01122233300011"
    assert lot.millesime == "2026-10-05"
    assert journal.fichiers[0].rejets == {"doublon": 1, "siret : SIRET mal formé": 1}
    assert "formations sans numéro RNCP ou RS : 1" in journal.fichiers[0].remarques


def test_absent_sources_say_so(tmp_path: Path) -> None:
    depot = Depot(tmp_path)
    for load in (load_parcoursup, load_masters, load_apprentissage, load_bcn, load_moncompteformation):
        with pytest.raises(MissingSourceError):
            load(depot, Journal("vide"))


def test_a_table_of_another_kind_is_refused(tmp_path: Path) -> None:
    lignes = "".join(f"Public,MAUVAIS{n},Lycee,Ailleurs,BTS,\n" for n in range(40))
    with pytest.raises(RejectionError, match="40 lignes refusées sur 40"):
        load_parcoursup(ecrire(tmp_path, parcoursup=PARCOURSUP + lignes), Journal("parcoursup"))


def test_shared_forms() -> None:
    noms = {
        "export_2024-06-25.csv": "2024-06-25",
        "Onisep_25062024.xml": "2024-06-25",
        "BTS_capacite_2024.csv": "2024",
        "v460_utf8.csv": "",
        "99992024.csv": "",
        "flux_20261301.xml": "",
    }
    assert {nom: read_name_date(nom) for nom in noms} == noms
    assert [read_fiche(v) for v in ("474", "RNCP 474", "rs12", "-1", "0", "")] == [
        "RNCP474",
        "RNCP474",
        "RS12",
        None,
        None,
        None,
    ]
    assert [read_cfd(v) for v in ("1022103", "46x21401", "12", "")] == ["01022103", "46X21401", None, None]
    assert [read_commune(v) for v in ("1004", "2a004", "97411", "99", "")] == ["01004", "2A004", "97411", None, None]
    assert [read_siret(v) for v in ("123 456 789 00017", "0" * 14, "12")] == ["12345678900017", None, None]
    assert [read_pair(v) for v in ("48.1, -4.2", "0,0", "91,0", "x", "")] == [(48.1, -4.2), None, None, None, None]
    assert [read_url(v) for v in ("http://a.fr/x", "a.example/y", "javascript:x", "")] == [
        "http://a.fr/x",
        "https://a.example/y",
        None,
        None,
    ]
    assert strip_html("<p>Un &amp; deux</p><ul><li>trois &lt; 4</li></ul>") == "Un & deux\ntrois < 4"
    assert date.fromisoformat(read_name_date("x_2024_01_17.csv")) == date(2024, 1, 17)


@pytest.mark.officiel
def test_official_catalogues(donnees: Path) -> None:
    depot = Depot(donnees / "formations")
    journal = Journal("formations")
    lots = [load(depot, journal) for load in (load_parcoursup, load_masters, load_apprentissage, load_bcn)]
    for lot in lots:
        verifier_liens(lot)
    assert [lot.millesime for lot in lots] == ["", "2021", "2022-10-10", "2024"]
    lues = {f.fichier: f.lues for f in journal.fichiers}
    assert lues["BTS_attractivite_capacite_2024.csv"] == 14_994
    assert lues["attractivite_capacite_2022.csv"] == 19_641
    assert lues["trouver_mon_master_mentions.csv"] == 10_579
    assert lues["catalogue_etablissements_apprentissage_2022-10-10.csv"] == 5_691
    assert lues["diplomesProfessionnels.csv"] == 577
    assert lues["parcoursup_francuniv_reduit.csv"] > 14_000
    assert journal.rejetees == 0
    parcoursup, masters, apprentissage, bcn = lots
    assert len(bcn.get(ActionFormation)) == 14_994 + 19_641
    assert sum(f.cfd is not None for f in bcn.get(Formation)) > 0.97 * len(bcn.get(Formation))
    assert len(bcn.get(CertificationDiplome)) == 574
    assert sum(a.latitude is not None for a in parcoursup.get(ActionFormation)) > 13_000
    assert len(masters.get(Formation)) == 3_353
    assert all(a.commune for a in apprentissage.get(ActionFormation))
