"""The LHEO reader: versions, dates, places, several sessions, bad feeds, constant memory."""

import tracemalloc
import zipfile
from datetime import date
from pathlib import Path

import pytest

from referentiels.depot import Depot
from referentiels.errors import (
    ArchiveError,
    MalformedError,
)
from referentiels.formations.lheo import iter_offres, load_lheo, name_feed
from referentiels.formations.lheo_codes import read_voie
from referentiels.formations.lheo_offre import LecteurOffre
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.types import ActionFormation, Formation, Organisme, SessionFormation

SESSION = "<session numero='{n}'><periode><debut>{d}</debut><fin>{f}</fin></periode>{etat}</session>"
LIEU = """<lieu-de-formation><coordonnees><ligne>Halle aux bois</ligne><adresse><ligne>3 quai des Gabares</ligne>
<codepostal>99999</codepostal><ville>Port-Fictif</ville><code-INSEE-commune>{insee}</code-INSEE-commune>
<geolocalisation><latitude>{lat}</latitude><longitude>{lon}</longitude></geolocalisation></adresse></coordonnees>
</lieu-de-formation>"""


def une_session(n: str = "S1", d: str = "20270104", f: str = "20270630", etat: str = "") -> str:
    return SESSION.format(n=n, d=d, f=f, etat=etat)


def un_lieu(insee: str = "29019", lat: str = "48.39", lon: str = "-4.48") -> str:
    return LIEU.format(insee=insee, lat=lat, lon=lon)


def une_action(contenu: str | None = None, numero: str = "A1", modalite: str = "1", publics: str = "80006") -> str:
    return f"""<action numero='{numero}'><rythme-formation>Temps plein</rythme-formation>
<code-public-vise>{publics}</code-public-vise><modalites-enseignement>{modalite}</modalites-enseignement>
{un_lieu() + une_session() if contenu is None else contenu}<nombre-heures-total>420</nombre-heures-total></action>"""


def une_formation(numero: str = "F1", *, actions: str | None = None, intitule: str = "Charpentier de marine") -> str:
    return f"""<formation numero='{numero}'><domaine-formation><code-FORMACODE>22001</code-FORMACODE>
<code-FORMACODE tag='principal'>22002</code-FORMACODE></domaine-formation>
<intitule-formation>{intitule}</intitule-formation>
<objectif-formation>&lt;p&gt;Savoir &lt;b&gt;border&lt;/b&gt; une coque.&lt;/p&gt;</objectif-formation>
<resultats-attendus>-</resultats-attendus><contenu-formation>Le bois.</contenu-formation>
<certifiante>1</certifiante><contact-formation/><parcours-de-formation>2</parcours-de-formation>
<code-niveau-entree>0</code-niveau-entree><certification><code-RNCP>90001</code-RNCP></certification>
<code-niveau-sortie>4</code-niveau-sortie><url-formation><urlweb>chantier.example/cap</urlweb></url-formation>
{une_action() if actions is None else actions}
<organisme-formation-responsable numero='O1'><SIRET-organisme-formation><SIRET>12345678900017</SIRET>
<code-UAI>0290000A</code-UAI></SIRET-organisme-formation><nom-organisme>Chantier-école</nom-organisme>
</organisme-formation-responsable></formation>"""


def un_flux(*formations: str, ns: str = ' xmlns="http://lheo.gouv.fr/2.3"', fin: str = "") -> str:
    corps = "".join(formations) or une_formation()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<lheo{ns}><offres>\n{corps}</offres>{fin}</lheo>'


def lire(dossier: Path, contenu: str | bytes, nom: str = "flux.xml") -> tuple[Lot, Journal]:
    (dossier / nom).write_bytes(contenu.encode() if isinstance(contenu, str) else contenu)
    journal = Journal("lheo")
    return load_lheo(Depot(dossier), journal), journal


def test_a_full_offer_is_read_down_to_its_session(tmp_path: Path) -> None:
    lot, journal = lire(tmp_path, un_flux(), "bretagne_2026-10-01.xml")
    (formation,) = lot.get(Formation)
    assert formation == Formation(
        id="lheo/bretagne:F1",
        intitule="Charpentier de marine",
        certification=formation.certification,
        cfd=None,
        formacodes=("22002", "22001"),
        niveau=3,
        objectif="Savoir border une coque.",
        duree_heures=420,
        organisme="lheo/bretagne:12345678900017",
        url="https://chantier.example/cap",
        source="lheo/bretagne",
    )
    assert formation.certification == "RNCP90001"
    (organisme,) = lot.get(Organisme)
    assert (organisme.nom, organisme.siret, organisme.uai) == ("Chantier-école", "12345678900017", "0290000A")
    (action,) = lot.get(ActionFormation)
    assert (action.formation, action.voie, action.modalite) == (formation.id, "continue", "mixte")
    assert (action.commune, action.latitude, action.longitude) == ("29019", 48.39, -4.48)
    assert action.lieu == "Halle aux bois, 3 quai des Gabares, 99999 Port-Fictif"
    (session,) = lot.get(SessionFormation)
    assert (session.action, session.debut, session.fin) == (action.id, date(2027, 1, 4), date(2027, 6, 30))
    assert lot.millesime == "2026-10-01"
    assert (journal.fichiers[0].lues, journal.gardees, journal.rejetees) == (3, 3, 0)


@pytest.mark.parametrize(
    "ns",
    ["", ' xmlns="http://www.lheo.org/2.0"', ' xmlns="http://www.lheo.org/2.2"', ' xmlns="http://lheo.gouv.fr/2.3"'],
)
def test_every_version_and_namespace_gives_the_same(tmp_path: Path, ns: str) -> None:
    lot, _ = lire(tmp_path, un_flux(ns=ns))
    assert [f.intitule for f in lot.get(Formation)] == ["Charpentier de marine"]
    prefixe = un_flux(ns=ns).replace("<", "<l:").replace("<l:/", "</l:").replace("<l:?", "<?")
    if ns:
        lot, _ = lire(tmp_path, prefixe.replace(" xmlns=", " xmlns:l="))
        assert [f.intitule for f in lot.get(Formation)] == ["Charpentier de marine"]


def test_a_doctype_without_entities_is_accepted(tmp_path: Path) -> None:
    texte = un_flux(ns="").replace("<lheo>", '<!DOCTYPE lheo SYSTEM "lheo.dtd">\n<lheo>')
    lot, _ = lire(tmp_path, texte)
    assert len(lot.get(Formation)) == 1


@pytest.mark.parametrize(
    ("code", "attendu"), [("0", "presentiel"), ("1", "mixte"), ("2", "distance"), ("9", None), ("", None)]
)
def test_modalite_follows_the_official_table(tmp_path: Path, code: str, attendu: str | None) -> None:
    lot, _ = lire(tmp_path, un_flux(une_formation(actions=une_action(modalite=code))))
    assert lot.get(ActionFormation)[0].modalite == attendu


@pytest.mark.parametrize(
    ("code", "attendu"),
    [("4", 3), ("5", 4), ("6", 5), ("7", 6), ("8", None), ("0", None), ("13", 3), ("17", 7), ("99", None)],
)
def test_niveau_knows_the_table_of_1969_and_that_of_2019(tmp_path: Path, code: str, attendu: int | None) -> None:
    texte = un_flux().replace("<code-niveau-sortie>4<", f"<code-niveau-sortie>{code}<")
    lot, journal = lire(tmp_path, texte)
    assert lot.get(Formation)[0].niveau == attendu
    assert any("niveau" in r for r in journal.fichiers[0].remarques) is (code in ("8", "99"))


@pytest.mark.parametrize(
    ("publics", "dispositifs", "attendu"),
    [
        (["82027"], {}, "apprentissage"),
        (["82029"], {}, "contrat_professionnalisation"),
        (["81061"], {}, "scolaire"),
        (["80006", "82044"], {}, "continue"),
        (["80006", "82027"], {}, None),
        (["83056"], {}, None),
        (["83056"], {"formation-initiale": "0"}, "continue"),
        ([], {"formation-initiale": "1"}, "scolaire"),
        ([], {"contrat-apprentissage": "1", "formation-initiale": "0"}, "apprentissage"),
    ],
)
def test_voie_is_told_only_when_everything_agrees(
    publics: list[str], dispositifs: dict[str, str], attendu: str | None
) -> None:
    assert read_voie(publics, dispositifs) == attendu


def test_sentinels_and_dates_without_a_day_are_unknown_never_invented(tmp_path: Path) -> None:
    sessions = (
        une_session("S1", "00000000", "99999999")
        + une_session("S2", "20270900", "20280000")
        + une_session("S3", "20270901", "")
    )
    lot, journal = lire(tmp_path, un_flux(une_formation(actions=une_action(un_lieu() + sessions))))
    assert [(s.debut, s.fin) for s in lot.get(SessionFormation)] == [
        (None, None),
        (None, None),
        (date(2027, 9, 1), None),
    ]
    assert journal.rejetees == 0
    assert any("jour d'une date de session" in r and " 1 fois" in r for r in journal.fichiers[0].remarques)


@pytest.mark.parametrize(
    ("debut", "fin", "motif"),
    [
        ("20271345", "20280101", "date impossible"),
        ("janvier", "20280101", "date attendue"),
        ("20270101", "29990101", "année invraisemblable"),
        ("20270601", "20270101", "fin de session avant son début"),
    ],
)
def test_a_broken_period_costs_its_session_only(tmp_path: Path, debut: str, fin: str, motif: str) -> None:
    sessions = une_session("S1", debut, fin) + "\n" + une_session("S2")
    lot, journal = lire(tmp_path, un_flux(une_formation(actions=une_action(un_lieu() + sessions))))
    assert [s.id.rpartition("/")[2] for s in lot.get(SessionFormation)] == ["S2"]
    (exemple,) = journal.fichiers[0].exemples
    assert motif in exemple.motif
    assert exemple.ligne > 1
    lu = journal.fichiers[0]
    assert lu.lues == lu.gardees + lu.rejets.total() == 4


def test_recruitment_state_is_read_and_a_repeated_session_refused(tmp_path: Path) -> None:
    sessions = "".join(
        une_session(n, etat=f"<etat-recrutement>{e}</etat-recrutement>")
        for n, e in (("S1", "1"), ("S2", "2"), ("S3", "3"), ("S4", "7"), ("S1", "1"))
    )
    lot, journal = lire(tmp_path, un_flux(une_formation(actions=une_action(un_lieu() + sessions))))
    assert [s.etat for s in lot.get(SessionFormation)] == ["ouvert", "fermé", "suspendu", None]
    assert journal.fichiers[0].rejets == {"session : doublon": 1}


def test_several_places_and_actions_keep_their_sessions(tmp_path: Path) -> None:
    actions = une_action(un_lieu() + un_lieu("56121", "0", "0") + une_session()) + une_action(numero="A1")
    lot, journal = lire(tmp_path, un_flux(une_formation(actions=actions)))
    assert [a.id.rpartition("/")[2] for a in lot.get(ActionFormation)] == ["A1", "A1@2", "A1~2"]
    assert [(a.commune, a.latitude) for a in lot.get(ActionFormation)][1] == ("56121", None)
    assert {s.action for s in lot.get(SessionFormation)} == {a.id for a in lot.get(ActionFormation)}
    assert any("geolocalisation" in r for r in journal.fichiers[0].remarques)


def test_an_action_without_place_has_none_and_it_is_counted(tmp_path: Path) -> None:
    lot, journal = lire(tmp_path, un_flux(une_formation(actions=une_action(une_session()))))
    (action,) = lot.get(ActionFormation)
    assert (action.commune, action.lieu, action.latitude) == (None, None, None)
    assert any("adresse du lieu" in r for r in journal.fichiers[0].remarques)


def test_missing_mandatory_elements_are_named_with_their_line(tmp_path: Path) -> None:
    sans = une_formation("F2").replace("<certifiante>1</certifiante>", "")
    lot, journal = lire(tmp_path, un_flux(une_formation(), "\n" + sans))
    assert len(lot.get(Formation)) == 2
    ligne = un_flux(une_formation(), "\n" + sans).split("<formation numero='F2'")[0].count("\n") + 1
    assert any("<certifiante>" in r and f"ligne {ligne})" in r for r in journal.fichiers[0].remarques)
    lot, journal = lire(
        tmp_path, un_flux(une_formation(), une_formation("F2", intitule="-"), une_formation("F3", actions=""))
    )
    assert [f.id for f in lot.get(Formation)] == ["lheo/flux:F1"]
    assert [(e.colonne, e.ligne > 2) for e in journal.fichiers[0].exemples] == [
        ("intitule-formation", True),
        ("action", True),
    ]


def test_two_feeds_with_the_same_number_keep_both_origins(tmp_path: Path) -> None:
    (tmp_path / "normandie.xml").write_text(un_flux(), encoding="utf-8")
    lot, _ = lire(tmp_path, un_flux(), "bretagne.xml")
    assert {f.id for f in lot.get(Formation)} == {"lheo/bretagne:F1", "lheo/normandie:F1"}
    assert {s.action.partition(":")[0] for s in lot.get(SessionFormation)} == {"lheo/bretagne", "lheo/normandie"}


def test_of_two_deliveries_of_a_feed_only_the_newest_is_read(tmp_path: Path) -> None:
    (tmp_path / "bretagne_20260901.xml").write_text(un_flux(une_formation("VIEUX")), encoding="utf-8")
    lot, journal = lire(tmp_path, un_flux(une_formation("NEUF")), "bretagne_20261001.xml")
    assert [f.id for f in lot.get(Formation)] == ["lheo/bretagne:NEUF"]
    assert any("bretagne_20260901.xml" in r for r in journal.fichiers[0].remarques)
    assert name_feed("Flux_Bretagne-2026-10-01T0415.xml") == "flux-bretagne"


def test_a_repeated_formation_is_refused_and_one_without_number_has_a_lasting_id(tmp_path: Path) -> None:
    anonyme = une_formation().replace("<formation numero='F1'>", "<formation>")
    lot, journal = lire(tmp_path, un_flux(une_formation(), une_formation(), anonyme))
    assert journal.fichiers[0].rejets == {"numero : doublon": 1}
    premier = lot.get(Formation)[1].id
    lot, _ = lire(tmp_path, un_flux(une_formation("F0"), une_formation("F9"), anonyme))
    assert lot.get(Formation)[2].id == premier


def test_a_summary_index_and_its_export_date(tmp_path: Path) -> None:
    texte = """<lheo-index xmlns="http://www.lheo.org/2.2"><resumes-offres><resume-offre numero="R1">
    <domaine-formation><code-FORMACODE>42780</code-FORMACODE></domaine-formation>
    <intitule-formation>Plongeur de cuisine</intitule-formation><nom-organisme numero="O9">Cuisine-école</nom-organisme>
    <SIRET>98765432100010</SIRET><codepostal>99999</codepostal><code-INSEE-commune>92012</code-INSEE-commune>
    <ville>Ville-Fictive</ville><modalites-enseignement>2</modalites-enseignement>
    <code-public-vise>80006</code-public-vise><nombre-heures-total>300</nombre-heures-total>
    <session><periode><debut>20270104</debut><fin>20270630</fin></periode></session>
    <certification><code-RS>5001</code-RS></certification>
    <extras info="geolocalisation"><extra info="latitude">48.83</extra><extra info="longitude">2.23</extra></extras>
    <extras info="complements"><extra info="code-niveau-sortie">4</extra></extras></resume-offre>
    <extras info="FLUX-CARIF"><extra info="date-export">20260915</extra></extras></resumes-offres></lheo-index>"""
    lot, _ = lire(tmp_path, texte)
    (formation,), (action,) = lot.get(Formation), lot.get(ActionFormation)
    assert (formation.certification, formation.niveau, formation.duree_heures) == ("RS5001", 3, 300)
    assert (action.modalite, action.commune, action.latitude) == ("distance", "92012", 48.83)
    assert action.lieu == "99999 Ville-Fictive"
    assert lot.get(SessionFormation)[0].debut == date(2027, 1, 4)
    assert lot.millesime == "2026-09-15"


def test_contacts_never_enter(tmp_path: Path) -> None:
    contact = "<contact-formation><coordonnees><nom>Jeanne Inventée</nom></coordonnees></contact-formation>"
    lot, _ = lire(tmp_path, un_flux().replace("<contact-formation/>", contact))
    assert "Inventée" not in repr([lot.get(nature) for nature in lot.natures])


def test_an_unsafe_address_is_dropped(tmp_path: Path) -> None:
    lot, _ = lire(tmp_path, un_flux().replace("chantier.example/cap", "javascript:alert(1)"))
    assert lot.get(Formation)[0].url is None


def test_a_zip_is_read_and_a_damaged_one_refused(tmp_path: Path) -> None:
    chemin = tmp_path / "flux.zip"
    with zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("region.xml", un_flux(*(une_formation(f"F{n}") for n in range(400))))
    depot = Depot(chemin)
    assert len(load_lheo(depot, Journal("lheo")).get(Formation)) == 400
    depot.close()
    octets = bytearray(chemin.read_bytes())
    octets[len(octets) // 2] ^= 0xFF
    chemin.write_bytes(octets)
    depot = Depot(chemin)
    with pytest.raises((ArchiveError, MalformedError)):
        load_lheo(depot, Journal("lheo"))
    depot.close()


def test_a_feed_of_50_mb_passes_in_constant_memory(tmp_path: Path) -> None:
    long = "Un long programme, mot après mot. " * 350
    chemin, nombre = tmp_path / "region.xml", 0
    with chemin.open("w", encoding="utf-8") as sortie:
        sortie.write('<lheo xmlns="http://lheo.gouv.fr/2.3"><offres>\n')
        while sortie.tell() < 50_000_000:
            sortie.write(une_formation(f"F{nombre}").replace("Le bois.", long))
            nombre += 1
        sortie.write("</offres></lheo>")
    depot, lu = Depot(chemin), Journal("lheo").open("region.xml")
    tracemalloc.start()
    try:
        lues = sum(1 for _ in iter_offres(depot, depot.membres[0], LecteurOffre("lheo/region", lu)))
        _, pic = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (lues, lu.gardees, lu.rejets.total()) == (nombre, 3 * nombre, 0)
    assert lu.octets == chemin.stat().st_size
    assert pic < 6_000_000, f"{pic / 1e6:.1f} Mo au plus haut"


@pytest.mark.officiel
def test_official_samples(donnees: Path) -> None:
    journal = Journal("lheo")
    lot = load_lheo(Depot(donnees / "lheo"), journal)
    assert (len(journal.fichiers), journal.rejetees) == (4, 0)
    assert len(lot.get(Formation)) == len({f.id for f in lot.get(Formation)}) >= 12
    bts = next(f for f in lot.get(Formation) if f.certification == "RNCP474")
    assert bts.niveau == 5
    (action,) = [a for a in lot.get(ActionFormation) if a.formation == bts.id]
    assert (action.commune, action.voie, action.modalite) == ("29233", "scolaire", "presentiel")
    actions = {a.id for a in lot.get(ActionFormation)}
    assert all(s.action in actions for s in lot.get(SessionFormation))
    organismes = {o.id for o in lot.get(Organisme)}
    assert all(f.organisme in organismes for f in lot.get(Formation))
