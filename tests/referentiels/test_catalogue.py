"""The catalogue: what hangs together comes together, codes are read kindly, damage is told in French."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from referentiels import types as t
from referentiels.catalogue import COURANT, FICHIER, MANIFESTE, Catalogue, file_digest
from referentiels.errors import CorruptCatalogueError, MissingCatalogueError, UnknownCodeError
from referentiels.schema import SCHEMA, TABLES
from referentiels.store import Store, write_store
from tests.referentiels.lieux_exemples import COMMUNES, DEPARTEMENTS, REGIONS

UN, DEUX, TROIS = t.CodeRome("A9101"), t.CodeRome("A9102"), t.CodeRome("B9201")
CAP, BAC, ANCIEN = t.NumeroFiche("RNCP101"), t.NumeroFiche("RNCP102"), t.NumeroFiche("RNCP7")


def metier(code: t.CodeRome) -> t.Metier:
    return t.Metier(code, f"Métier {code}", None, UN, "Fait.", "", "R", None, None, None, None, None, None)


def certification(numero: t.NumeroFiche, niveau: int | None, *, active: bool) -> t.Certification:
    return t.Certification(numero, "Titre", None, "RNCP", niveau, None, None, active, None, None, None, "essai")


def competence(code: int, libelle: str) -> t.Competence:
    return t.Competence(
        t.CodeOgr(code), libelle, "Savoir-faire", None, False, None, None, False, None, None, None, None
    )


def appellation(code: int, libelle: str, *, principale: bool = False, peu_usitee: bool = False) -> t.Appellation:
    return t.Appellation(t.CodeOgr(code), libelle, libelle, UN, principale, peu_usitee)


LIGNES: dict[type, tuple[object, ...]] = {
    t.SourceChargee: (
        t.SourceChargee("essai", "Essai", "rome", "socle", "Nous", "Libre", "2026", ("f",), "e", 3, 1, True),
    ),
    t.GrandDomaine: (t.GrandDomaine("A", "Vents"),),
    t.DomaineProfessionnel: (t.DomaineProfessionnel("A91", "Moulins"),),
    t.Metier: tuple(map(metier, (TROIS, UN, DEUX))),
    t.Appellation: (
        appellation(1, "Zéphyrien", peu_usitee=True),
        appellation(2, "Ventilateur"),
        appellation(3, "Aérien"),
        appellation(4, "Souffleur", principale=True),
    ),
    t.Competence: (competence(31, "Souffler"), competence(32, "Tenir")),
    t.MetierCompetence: (
        t.MetierCompetence(UN, t.CodeOgr(32), None),
        t.MetierCompetence(UN, t.CodeOgr(31), "principale"),
        t.MetierCompetence(DEUX, t.CodeOgr(31), None),
    ),
    t.Savoir: (t.Savoir(t.CodeOgr(41), "Rose", "Techniques", None),),
    t.MetierSavoir: (t.MetierSavoir(UN, t.CodeOgr(41), "emergente"),),
    t.ContexteTravail: (t.ContexteTravail(t.CodeOgr(51), "En altitude", "Lieux"),),
    t.MetierContexte: (t.MetierContexte(UN, t.CodeOgr(51)),),
    t.CentreInteret: (t.CentreInteret("1", "Vent", None), t.CentreInteret("2", "Jeu", None)),
    t.MetierCentreInteret: (t.MetierCentreInteret(UN, "1", False), t.MetierCentreInteret(UN, "2", True)),
    t.Secteur: (t.Secteur("7", "Air", None, None),),
    t.MetierSecteur: (t.MetierSecteur(UN, "7", True),),
    t.Thematique: (t.Thematique("001", "Grand air", None),),
    t.MetierThematique: (t.MetierThematique(UN, "001"),),
    t.Mobilite: (t.Mobilite(UN, DEUX, 10), t.Mobilite(UN, TROIS, 9)),
    t.Certification: (
        certification(ANCIEN, 3, active=False),
        certification(BAC, None, active=True),
        certification(CAP, 3, active=True),
    ),
    t.CertificationRome: (
        t.CertificationRome(CAP, UN, UN, "essai"),
        t.CertificationRome(CAP, TROIS, TROIS, "intitule:RNCP7", estime=True),
        t.CertificationRome(BAC, UN, UN, "essai"),
        t.CertificationRome(ANCIEN, UN, UN, "essai"),
    ),
    t.CertificationVoie: (
        t.CertificationVoie(CAP, "vae", True, "essai"),
        t.CertificationVoie(CAP, "scolaire", False, "essai"),
    ),
    t.BlocCompetences: (t.BlocCompetences(t.CodeBloc("RNCP101BC01"), CAP, "Bloc", None, "essai"),),
    t.Certificateur: (t.Certificateur(CAP, None, "Nous", "certificateur", "essai"),),
    t.ContinuiteCertification: (
        t.ContinuiteCertification(ANCIEN, CAP, "essai"),
        t.ContinuiteCertification(ANCIEN, BAC, "essai"),
    ),
    t.Commune: COMMUNES,
    t.Departement: DEPARTEMENTS,
    t.Region: REGIONS,
    t.Serie: (t.Serie("s", "part_femmes", "Part des femmes", "%", "actifs", "rome_v4", "2025", "essai", "N", "L"),),
    t.Mesure: (t.Mesure("s", UN, "national", "FR", 12.0, "publie", ""),),
}


@pytest.fixture
def racine(tmp_path: Path) -> Path:
    """A folder with one catalogue in service."""
    provisoire = tmp_path / FICHIER
    write_store(provisoire, [(table, LIGNES.get(table.nature, ())) for table in TABLES])
    empreinte = file_digest(provisoire)
    dossier = tmp_path / empreinte[:16]
    dossier.mkdir()
    provisoire.rename(dossier / FICHIER)
    (dossier / MANIFESTE).write_text(json.dumps({"schema": SCHEMA, "empreinte": empreinte}), encoding="utf-8")
    (tmp_path / COURANT).write_text(f"{dossier.name}\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def catalogue(racine: Path) -> Catalogue:
    return Catalogue.load(racine)


def in_service(racine: Path) -> Path:
    return racine / (racine / COURANT).read_text(encoding="utf-8").strip()


def test_a_fiche_holds_all_that_hangs_on_a_metier(catalogue: Catalogue) -> None:
    fiche = catalogue.fiche(" a9101 ")
    assert fiche.metier.code_rome == UN
    assert (fiche.grand_domaine, fiche.domaine) == (
        t.GrandDomaine("A", "Vents"),
        t.DomaineProfessionnel("A91", "Moulins"),
    )
    assert [a.libelle for a in fiche.appellations] == ["Souffleur", "Aérien", "Ventilateur", "Zéphyrien"]
    assert {(c.competence.libelle, c.coeur_metier) for c in fiche.competences} == {
        ("Souffler", "principale"),
        ("Tenir", None),
    }
    assert [(s.savoir.libelle, s.coeur_metier) for s in fiche.savoirs] == [("Rose", "emergente")]
    assert [c.libelle for c in fiche.contextes] == ["En altitude"]
    assert [c.libelle for c in fiche.centres_interet] == ["Jeu", "Vent"], "the main one first"
    assert [s.libelle for s in fiche.secteurs] == ["Air"]
    assert [x.libelle for x in fiche.thematiques] == ["Grand air"]
    assert [m.code_rome for m in fiche.mobilites] == [TROIS, DEUX], "in the official order"
    assert [c.numero for c in fiche.certifications] == [CAP, BAC, ANCIEN], "active first, then by level"


def test_a_bare_metier_has_an_empty_fiche(catalogue: Catalogue) -> None:
    fiche = catalogue.fiche("B9201")
    assert (fiche.grand_domaine, fiche.domaine) == (None, None)
    assert not any((fiche.appellations, fiche.competences, fiche.mobilites, fiche.secteurs, fiche.thematiques))


@pytest.mark.parametrize("numero", ["RNCP101", "rncp101", " RNCP 101 ", "101"])
def test_a_certification_however_it_is_written(catalogue: Catalogue, numero: str) -> None:
    fiche = catalogue.certification(numero)
    assert fiche.code == CAP
    assert [b.code for b in fiche.blocs] == ["RNCP101BC01"]
    assert fiche.voies == ("vae",), "a closed way in is no way in"
    assert [m.code_rome for m in fiche.metiers] == [UN, TROIS]
    assert fiche.metiers_estimes == {TROIS}
    assert [c.nom for c in fiche.certificateurs] == ["Nous"]
    assert (fiche.remplace, fiche.remplacee_par) == ((ANCIEN,), ())
    assert catalogue.certification("7").remplacee_par == (CAP, BAC)


def test_demands_are_parallel_columns(catalogue: Catalogue) -> None:
    demandes = catalogue.demandes(t.MetierCompetence)
    assert set(zip(demandes.codes_rome, demandes.codes_ogr, demandes.coeurs, strict=True)) == {
        (UN, 31, "principale"),
        (UN, 32, None),
        (DEUX, 31, None),
    }


def test_no_demand_at_all(tmp_path: Path) -> None:
    write_store(tmp_path / FICHIER, [(table, ()) for table in TABLES])
    demandes = Catalogue(Store(tmp_path / FICHIER, TABLES), "vide").demandes(t.MetierSavoir)
    assert (demandes.codes_rome, demandes.codes_ogr, demandes.coeurs) == ((), (), ())


def test_entities_are_kept_by_code_and_cannot_be_changed(catalogue: Catalogue) -> None:
    assert list(catalogue.metiers) == [UN, DEUX, TROIS]
    assert catalogue.metiers is catalogue.metiers
    for par_code in (catalogue.competences, catalogue.savoirs, catalogue.contextes, catalogue.centres_interet):
        with pytest.raises(TypeError):
            par_code["x"] = None  # type: ignore[index]
    assert catalogue.select(t.Commune, code="75056")[0].nom == "Paris"
    assert catalogue.zones["departement", "86"] == "Vienne"
    assert len(catalogue.all(t.Region)) == 3


def test_unknown_codes_name_the_nearest(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownCodeError, match=r"métier inconnu\(?.* : « A9103 »") as metier_inconnu:
        catalogue.fiche("A9103")
    assert set(metier_inconnu.value.proches) >= {UN, DEUX}
    with pytest.raises(UnknownCodeError, match="certification") as fiche_inconnue:
        catalogue.certification("RNCP103")
    assert set(fiche_inconnue.value.proches) >= {CAP, BAC}
    with pytest.raises(UnknownCodeError, match="commune"):
        catalogue.indicateurs(UN, "00000")


@pytest.mark.parametrize("code", ["", " ", "é", "' OR 1=1 --", "x" * 100_000, "٣٣", "\0", "RNCP" + "9" * 5_000])
def test_any_code_is_answered_shortly(catalogue: Catalogue, code: str) -> None:
    for demander in (catalogue.metier, catalogue.certification):
        with pytest.raises(UnknownCodeError) as attrape:
            demander(code)
        assert len(str(attrape.value)) < 200


def test_figures_reach_a_metier(catalogue: Catalogue) -> None:
    (figure,) = catalogue.indicateurs("a9101", "75056")
    assert (figure.valeur, figure.maille, figure.herite, figure.libelle_territoire) == (
        12.0,
        "national",
        True,
        "France",
    )


def test_provenance_is_plain_and_whole(catalogue: Catalogue, racine: Path) -> None:
    provenance = json.loads(json.dumps(catalogue.provenance()))
    assert provenance["catalogue"] == catalogue.version == in_service(racine).name
    assert provenance["sources"] == [
        {
            "cle": "essai",
            "titre": "Essai",
            "producteur": "Nous",
            "licence": "Libre",
            "millesime": "2026",
            "origine": "socle",
            "demonstration": True,
        }
    ]


def test_threads_share_one_catalogue(catalogue: Catalogue) -> None:
    with ThreadPoolExecutor(8) as fils:
        fiches = list(fils.map(lambda _: catalogue.fiche(UN), range(64)))
    assert all(fiche == fiches[0] for fiche in fiches)


def test_nothing_built_yet(tmp_path: Path) -> None:
    with pytest.raises(MissingCatalogueError, match=r"aucun catalogue dans .*lancez « azimut construire »"):
        Catalogue.load(tmp_path)


@pytest.mark.parametrize("contenu", [b"", b"absent", b"\xff\xfe\x00", b"../..", b"x" * 5000])
def test_a_pointer_to_nowhere(racine: Path, contenu: bytes) -> None:
    (racine / COURANT).write_bytes(contenu)
    with pytest.raises(CorruptCatalogueError, match="illisible"):
        Catalogue.load(racine)


@pytest.mark.parametrize("contenu", [b"", b"{", b"[]", b"{}", b'"x"', b"\xff", b'{"schema": 1}'])
def test_a_damaged_manifest(racine: Path, contenu: bytes) -> None:
    (in_service(racine) / MANIFESTE).write_bytes(contenu)
    with pytest.raises(CorruptCatalogueError, match="manifeste illisible"):
        Catalogue.load(racine)


def test_a_manifest_of_something_else(racine: Path) -> None:
    (in_service(racine) / MANIFESTE).write_text(json.dumps({"schema": SCHEMA, "empreinte": 3}), encoding="utf-8")
    with pytest.raises(CorruptCatalogueError, match="abîmé"):
        Catalogue.load(racine)
    assert Catalogue.load(racine, verify=False).version == "3"


def test_another_schema(racine: Path) -> None:
    manifeste = in_service(racine) / MANIFESTE
    contenu = json.loads(manifeste.read_text(encoding="utf-8"))
    manifeste.write_text(json.dumps({**contenu, "schema": SCHEMA + 1}), encoding="utf-8")
    with pytest.raises(CorruptCatalogueError, match=rf"suit le schéma {SCHEMA + 1}, .*azimut construire"):
        Catalogue.load(racine)


@pytest.mark.parametrize("verify", [True, False])
def test_the_tables_are_gone(racine: Path, verify: bool) -> None:
    (in_service(racine) / FICHIER).unlink()
    with pytest.raises(CorruptCatalogueError, match="abîmé"):
        Catalogue.load(racine, verify=verify)


def test_one_changed_byte_is_seen(racine: Path) -> None:
    fichier = in_service(racine) / FICHIER
    brut = bytearray(fichier.read_bytes())
    brut[len(brut) // 2] ^= 1
    fichier.write_bytes(bytes(brut))
    with pytest.raises(CorruptCatalogueError, match=r"abîmé \(empreinte différente\)"):
        Catalogue.load(racine)


def test_unverified_damage_is_told_when_it_is_met(racine: Path) -> None:
    fichier = in_service(racine) / FICHIER
    fichier.write_bytes(b"\xff" * fichier.stat().st_size)
    catalogue = Catalogue.load(racine, verify=False)
    with pytest.raises(CorruptCatalogueError, match="illisible"):
        catalogue.metier("A9101")
