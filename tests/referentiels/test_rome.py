"""ROME 4.0: every table, its quirks, its versions, bad input; and the true counts of the official files."""

import zipfile
from collections import Counter
from pathlib import Path

import pytest

from referentiels.cellules import fold
from referentiels.depot import Depot
from referentiels.errors import EncodingError, HeaderError, MissingSourceError, OversizeError, RejectionError
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.rome import load_rome
from referentiels.sources import PAR_CLE, locate
from referentiels.types import (
    Appellation,
    CentreInteret,
    CodeOgr,
    CodeRome,
    Competence,
    ContexteTravail,
    DomaineProfessionnel,
    GrandDomaine,
    LibelleNomenclature,
    Metier,
    MetierCentreInteret,
    MetierCompetence,
    MetierContexte,
    MetierSavoir,
    MetierSecteur,
    MetierThematique,
    Mobilite,
    Passerelle,
    Savoir,
    Secteur,
    Thematique,
)
from tests.referentiels.rome_exemple import TABLES, add_rows, as_csv, name_of, write_rome

UN, DEUX, TROIS = CodeRome("A9101"), CodeRome("A9102"), CodeRome("B9201")


def load(chemin: Path) -> tuple[Lot, Journal]:
    journal = Journal("rome")
    depot = Depot(chemin)
    try:
        return load_rome(depot, journal), journal
    finally:
        depot.close()


@pytest.fixture(scope="module")
def lot(tmp_path_factory: pytest.TempPathFactory) -> Lot:
    return load(write_rome(tmp_path_factory.mktemp("rome")))[0]


def test_metiers(lot: Lot) -> None:
    un, deux, trois = lot.get(Metier)
    assert un == Metier(
        code_rome=UN,
        intitule="Souffleur / Souffleuse de vent",
        code_ogr=CodeOgr(11),
        code_rome_parent=UN,
        definition="Souffle l'air du large.\nLe range ensuite.",
        acces="Sans diplôme.",
        riasec_majeur="R",
        riasec_mineur="I",
        transition_eco="Emploi Vert",
        transition_num=True,
        transition_demo=None,
        emploi_reglemente=False,
        emploi_cadre=None,
    )
    assert deux.definition == 'Démêle, lisse et "gonfle".'
    assert (deux.riasec_majeur, deux.riasec_mineur, deux.code_rome_parent) == ("A", None, UN)
    assert (trois.definition, trois.acces, trois.transition_eco) == ("", "", None), "missing stays missing"
    assert (trois.code_grand_domaine, trois.code_domaine) == ("B", "B92")


def test_tree(lot: Lot) -> None:
    assert lot.get(GrandDomaine) == [GrandDomaine("A", "Vents"), GrandDomaine("B", "Marées")]
    assert lot.get(DomaineProfessionnel)[1] == DomaineProfessionnel("B92", "Cerfs-volants")


def test_appellations(lot: Lot) -> None:
    appellations = lot.get(Appellation)
    assert appellations[1] == Appellation(
        CodeOgr(22), "Aide-souffleur / Aide-souffleuse", "Aide-souffleur / Aide-souffleuse", UN, False, True
    )
    assert [a.principale for a in appellations] == [True, False, True, True]


def test_competences(lot: Lot) -> None:
    macro, _, fil, tete = lot.get(Competence)
    assert (macro.macro, macro.code_arborescence, macro.riasec_majeur, macro.riasec_mineur) == (True, "4A101", "R", "C")
    assert (fil.transversale, fil.transition_num, fil.code_macro, fil.riasec_majeur) == (True, True, 30, None)
    assert (tete.categorie, tete.sous_categorie) == ("Savoir-être", None)


def test_links_and_their_core(lot: Lot) -> None:
    assert lot.get(MetierCompetence) == [
        MetierCompetence(UN, CodeOgr(31), "principale"),
        MetierCompetence(UN, CodeOgr(32), None),
        MetierCompetence(UN, CodeOgr(33), None),
        MetierCompetence(DEUX, CodeOgr(32), None),
        MetierCompetence(TROIS, CodeOgr(32), None),
    ]
    assert lot.get(MetierSavoir) == [
        MetierSavoir(UN, CodeOgr(41), "emergente"),
        MetierSavoir(DEUX, CodeOgr(42), "principale"),
    ]
    assert lot.get(MetierContexte) == [MetierContexte(UN, CodeOgr(51)), MetierContexte(TROIS, CodeOgr(51))]
    assert lot.get(Mobilite)[0] == Mobilite(UN, TROIS, 2)
    assert lot.get(ContexteTravail) == [ContexteTravail(CodeOgr(51), "En altitude", "Lieux")]
    assert lot.get(Savoir)[1] == Savoir(CodeOgr(42), "Nuages", "Domaines", None)


def test_classements(lot: Lot) -> None:
    assert lot.get(CentreInteret) == [
        CentreInteret("1", "J'aime le vent", "Être dehors."),
        CentreInteret("2", "J'aime jouer", None),
    ]
    assert lot.get(MetierCentreInteret) == [MetierCentreInteret(UN, "1", False), MetierCentreInteret(UN, "2", True)]
    assert lot.get(Secteur) == [Secteur("7", "Air", None, None), Secteur("71", "Brise", "Air léger", "7")]
    assert lot.get(MetierSecteur) == [MetierSecteur(UN, "71", True), MetierSecteur(DEUX, "7", False)]
    assert lot.get(Thematique) == [Thematique("001", "Grand air", None)]
    assert lot.get(MetierThematique) == [MetierThematique(UN, "001")]
    assert lot.get(LibelleNomenclature)[1] == LibelleNomenclature("naf_secteur", "9", "Air comprimé", "rome")
    assert lot.get(Passerelle) == [Passerelle("rome_v4", UN, "naf_secteur", "9", "officielle", None, "rome")]


def test_nothing_is_refused_or_noted_in_the_official_layout(tmp_path: Path) -> None:
    lot, journal = load(write_rome(tmp_path))
    assert lot.millesime == "v460"
    assert (journal.rejetees, [f.remarques for f in journal.fichiers if f.remarques]) == (0, [])
    assert journal.gardees == sum(len(lignes) for _, lignes in TABLES.values())


def test_a_zip_reads_as_its_folder(tmp_path: Path) -> None:
    dossier = write_rome(tmp_path / "rome")
    with zipfile.ZipFile(tmp_path / "RefRomeCsv.zip", "w") as archive:
        for fichier in dossier.iterdir():
            archive.write(fichier, f"RefRomeCsv/{fichier.name}")
    lot, (zippe, _) = load(dossier)[0], load(tmp_path / "RefRomeCsv.zip")
    assert {n: lot.get(n) for n in lot.natures} == {n: zippe.get(n) for n in zippe.natures}


def test_the_newest_version_alone_is_read(tmp_path: Path) -> None:
    write_rome(tmp_path, add_rows("grand_domaine", "C,Dunes"), version=1000)
    write_rome(tmp_path, version=460)
    write_rome(tmp_path, version=99)
    lot, journal = load(tmp_path)
    assert (lot.millesime, len(lot.get(GrandDomaine))) == ("v1000", 3)
    assert all("_v1000_" in f.fichier for f in journal.fichiers)
    assert [r for f in journal.fichiers for r in f.remarques] == [
        "versions plus anciennes présentes, non lues : v99, v460"
    ]


def test_a_version_is_never_completed_from_another(tmp_path: Path) -> None:
    write_rome(tmp_path, version=460)
    (tmp_path / name_of("referentiel_code_rome", 470)).write_text(as_csv(TABLES["referentiel_code_rome"]), "utf-8")
    with pytest.raises(MissingSourceError, match=r"unix_\w+_v470_utf8"):
        load(tmp_path)


@pytest.mark.parametrize("table", sorted(TABLES))
def test_each_table_is_needed(tmp_path: Path, table: str) -> None:
    write_rome(tmp_path)
    (tmp_path / name_of(table)).unlink()
    with pytest.raises(MissingSourceError, match=table):
        load(tmp_path)


@pytest.mark.parametrize("table", sorted(TABLES))
def test_each_table_says_which_column_it_misses(tmp_path: Path, table: str) -> None:
    entete, lignes = TABLES[table]
    write_rome(tmp_path, {table: (entete.replace("code_", "kode_").replace("libelle_", "label_"), lignes)})
    with pytest.raises(HeaderError, match=rf"{name_of(table)}, ligne 1, colonne « \w+ » : colonne obligatoire absente"):
        load(tmp_path)


def test_not_a_rome_at_all(tmp_path: Path) -> None:
    (tmp_path / "autre.csv").write_text("a,b\n", encoding="utf-8")
    with pytest.raises(MissingSourceError, match=r"ce n'est pas le ROME 4\.0 au format CSV"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("table", "ligne", "motif"),
    [
        ("referentiel_code_rome", "Z9999,9,99,Faux,,,,,,A9101", "code_rome : code mal formé"),
        ("referentiel_code_rome", "A9103,9,99,,,,,,,A9101", "libelle_rome : cellule vide"),
        ("referentiel_code_rome", "A9103,9,99,Vrai,,peut-être,,,,A9101", "transition_num : oui ou non attendu"),
        ("referentiel_code_rome", "A9101,1,11,Double,,,,,,A9101", "doublon"),
        ("referentiel_code_rome_riasec", "A9103,X,", "riasec_majeur : code mal formé"),
        ("referentiel_competence", "39,Compétence,X,,30,,Savoir-dire,,,,,", "cat_comp : catégorie inconnue"),
        ("referentiel_appellation", "vingt,X,X,A9101,,,,,,SYNONYME,,A9101,N", "code_ogr : nombre entier attendu"),
        ("coherence_item", "A9101,33,Secondaire", "coeur_metier : valeur inconnue"),
        ("rubrique_mobilite", "A9101,A9102,9", "doublon"),
        ("texte", "A9101,3,definition,première,Phrase.", "position_phrase : nombre entier attendu"),
        ("liens_rome_referentiels", "A9101,5,1,31", "doublon"),
    ],
)
def test_a_bad_row_is_counted_and_the_rest_stands(tmp_path: Path, table: str, ligne: str, motif: str) -> None:
    lot, journal = load(write_rome(tmp_path, add_rows(table, ligne)))
    assert len(lot.get(Metier)) == 3
    (lu,) = [f for f in journal.fichiers if f.rejets]
    assert lu.fichier == name_of(table)
    assert lu.rejets == {motif: 1}


def test_a_whole_table_of_bad_rows_is_refused(tmp_path: Path) -> None:
    entete, _ = TABLES["referentiel_appellation"]
    lignes = [f"{i},X,X,Z0000,,,,,,SYNONYME,,A9101,N" for i in range(30)]
    with pytest.raises(RejectionError, match=r"unix_referentiel_appellation_v460_utf8\.csv, ligne 2, colonne « code_r"):
        load(write_rome(tmp_path, {"referentiel_appellation": (entete, lignes)}))


def test_ten_times_too_many_rows(tmp_path: Path) -> None:
    entete, _ = TABLES["grand_domaine"]
    with pytest.raises(OversizeError, match=r"unix_grand_domaine_v460_utf8\.csv, ligne 102 : plus de 100 lignes"):
        load(write_rome(tmp_path, {"grand_domaine": (entete, [f"X{i},Domaine" for i in range(140)])}))


def test_latin_1_is_refused_with_its_place_but_where_the_producer_publishes_it(tmp_path: Path) -> None:
    write_rome(tmp_path)
    naf = tmp_path / name_of("arborescence_secteur_naf")
    naf.write_bytes(as_csv(TABLES["arborescence_secteur_naf"]).replace("comprimé", "forcé").encode("cp1252"))
    assert load(tmp_path)[0].get(Passerelle)
    domaines = tmp_path / name_of("grand_domaine")
    domaines.write_bytes(as_csv(TABLES["grand_domaine"]).encode("latin-1"))
    with pytest.raises(EncodingError, match=r"unix_grand_domaine_v460_utf8\.csv, ligne 3, colonne « libelle_grand_dom"):
        load(tmp_path)


@pytest.fixture(scope="module")
def officiel(donnees: Path) -> tuple[Lot, Journal]:
    depot = locate(PAR_CLE["rome"], donnees)
    if depot is None:
        pytest.skip("ROME officiel absent de AZIMUT_DONNEES")
    journal = Journal("rome")
    return load_rome(depot, journal), journal


@pytest.mark.officiel
def test_official_counts(officiel: tuple[Lot, Journal]) -> None:
    lot, journal = officiel
    if lot.millesime != "v460":
        pytest.skip("les comptes attendus sont ceux de la version 460")
    attendus = {
        GrandDomaine: 14,
        DomaineProfessionnel: 110,
        Metier: 1584,
        Appellation: 13_120,
        Competence: 18_317,
        Savoir: 15_354,
        ContexteTravail: 179,
        MetierCompetence: 49_440 + 5_255,
        MetierSavoir: 35_861,
        MetierContexte: 13_663,
        Mobilite: 14_912,
        CentreInteret: 30,
        MetierCentreInteret: 4_444,
        MetierSecteur: 3_303,
        MetierThematique: 1_348,
        Passerelle: 2_920,
    }
    assert {nature: len(lot.get(nature)) for nature in attendus} == attendus
    assert journal.rejetees == 0
    assert [r for f in journal.fichiers for r in f.remarques] == []


@pytest.mark.officiel
def test_official_flags_and_letters(officiel: tuple[Lot, Journal]) -> None:
    lot, _ = officiel
    if lot.millesime != "v460":
        pytest.skip("les comptes attendus sont ceux de la version 460")
    metiers = lot.get(Metier)
    assert Counter(m.riasec_majeur for m in metiers) == {"R": 568, "C": 261, "I": 259, "E": 239, "S": 170, "A": 87}
    assert sum(m.riasec_mineur is None for m in metiers) == 345
    assert [
        sum(bool(getattr(m, drapeau)) for m in metiers)
        for drapeau in ("transition_num", "transition_demo", "emploi_reglemente", "emploi_cadre")
    ] == [170, 70, 241, 507]
    assert Counter(m.transition_eco for m in metiers)["Emploi Vert"] == 96
    assert len({m.code_rome_parent for m in metiers}) == 532
    assert sum(a.principale for a in lot.get(Appellation)) == 1584
    assert sum(a.peu_usitee for a in lot.get(Appellation)) == 199
    competences = lot.get(Competence)
    assert sum(c.macro for c in competences) == 507
    assert sum(c.categorie == "Savoir-être" for c in competences) == 16
    assert sum(c.macro and c.riasec_majeur is not None for c in competences) == 507 - 149
    liens: list[MetierCompetence | MetierSavoir] = [*lot.get(MetierCompetence), *lot.get(MetierSavoir)]
    coeurs = Counter(x.coeur_metier for x in liens)
    assert (coeurs["principale"], coeurs["emergente"]) == (18_900, 1_731)


@pytest.mark.officiel
def test_official_links_hold(officiel: tuple[Lot, Journal]) -> None:
    lot, _ = officiel
    metiers = {m.code_rome: m for m in lot.get(Metier)}
    competences = {c.code_ogr: c for c in lot.get(Competence)}
    assert {x.code_ogr for x in lot.get(MetierCompetence)} <= competences.keys()
    for competence in competences.values():
        assert competence.macro or competences[CodeOgr(competence.code_macro or 0)].macro
    assert {x.code_rome for x in lot.get(MetierCompetence)} == metiers.keys(), "every métier asks for something"
    assert {m.code_domaine for m in metiers.values()} == {d.code for d in lot.get(DomaineProfessionnel)}
    assert {x.code for x in lot.get(MetierSecteur)} <= {s.code for s in lot.get(Secteur)}
    principales = {a.code_rome: a.libelle for a in lot.get(Appellation) if a.principale}
    assert principales.keys() == metiers.keys()
    assert sum(fold(principales[c]) == fold(m.intitule) for c, m in metiers.items()) > 1500


@pytest.mark.officiel
def test_official_texts_are_whole_and_mended(officiel: tuple[Lot, Journal]) -> None:
    metiers = officiel[0].get(Metier)
    assert all(m.definition and m.acces for m in metiers)
    assert not [m.code_rome for m in metiers if "''" in m.definition + m.acces + m.intitule or '"' in m.intitule]
