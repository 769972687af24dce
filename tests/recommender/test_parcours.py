"""The way to a métier: for who said nothing, for who lives far, and without anything to offer."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from recommender.config import load_config
from recommender.parcours import Guide
from recommender.pipeline import Recommender
from recommender.types import CompetenceDeclaree, Diplome, Experience, Profil, Territoire
from referentiels import types as t
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError, UnknownCodeError
from referentiels.schema import TABLES
from referentiels.store import Store, write_store
from tests.recommender.exemples import BAC, CAP, CERTIFICATIONS, COMPETENCES, ChercheurEssai, rows

JOUR = date(2026, 1, 5)
MASTER, BTS = t.NumeroFiche("RNCP70"), t.NumeroFiche("RNCP50")
LIEUX = (
    ("35281", "Saint-Jacques", "35", "53", 48.08, -1.72, None),
    ("75056", "Paris", "75", "11", 48.8566, 2.3429, None),
    ("75101", "Paris 1er", "75", "11", None, None, "75056"),
    ("97608", "Mamoudzou", "976", "06", -12.78, 45.23, None),
    ("98818", "Nouméa", "988", "988", None, None, None),
)
COUTURIER = Profil(experiences=(Experience(code_rome="H2101", annees=6),), territoire=Territoire("Rennes", 25))


def _commune(code: str, nom: str, dep: str, reg: str, lat: Any, lon: Any, mere: Any) -> t.Commune:
    return t.Commune(t.CodeCommune(code), nom, (), t.CodeDepartement(dep), t.CodeRegion(reg), None, None, None, 9_000,
                     lat, lon, mere)  # fmt: skip


def _tables() -> dict[type[Any], list[Any]]:
    """The small catalogue with blocs, ways in, places, and an offer of three organismes near Rennes and two away."""
    tables: dict[type[Any], list[Any]] = rows()
    tables[t.Commune] += [_commune(*lieu) for lieu in LIEUX]
    tables[t.Departement] += [
        t.Departement(t.CodeDepartement(dep), nom, t.CodeRegion(reg))
        for dep, nom, reg in (("75", "Paris", "11"), ("976", "Mayotte", "06"), ("988", "Nouvelle-Calédonie", "988"))
    ]
    tables[t.Region] += [t.Region(t.CodeRegion(c), c) for c in ("11", "06", "988")]
    master = replace(tables[t.Certification][0], numero=MASTER, intitule="Master Électronique", niveau=7)
    tables[t.Certification] += [master, replace(master, numero=BTS, intitule="BTS Secrétariat", niveau=5)]
    tables[t.CertificationRome] += [
        t.CertificationRome(numero, t.CodeRome(code), code, "essai")
        for numero, code in ((MASTER, "H2601"), (MASTER, "M1101"), (BTS, "M1101"))
    ]
    tables[t.BlocCompetences] = [
        t.BlocCompetences(t.CodeBloc("RNCP10BC01"), CAP, COMPETENCES[1], None, "essai"),
        t.BlocCompetences(t.CodeBloc("RNCP10BC02"), CAP, COMPETENCES[3], None, "essai"),
        t.BlocCompetences(t.CodeBloc("RNCP50BC01"), BTS, COMPETENCES[31], None, "essai"),
        t.BlocCompetences(t.CodeBloc("RNCP70BC01"), MASTER, COMPETENCES[8], None, "essai"),
        t.BlocCompetences(t.CodeBloc("RNCP70BC02"), MASTER, COMPETENCES[32], None, "essai"),
    ]
    tables[t.CertificationVoie] = [
        t.CertificationVoie(CAP, voie, True, "essai") for voie in ("vae", "scolaire", "apprentissage")
    ]
    offre = (("a", "35238", CAP), ("b", "35238", CAP), ("c", "35281", CAP), ("d", "75056", BAC), ("e", "97608", CAP))
    tables[t.Organisme] = [t.Organisme(f"s:{n}", f"Organisme {n}", None, None, None, "s") for n, *_ in offre]
    tables[t.Formation] = [
        t.Formation(n, f"Titre {n}", numero, None, (), 3, None, 400, f"s:{n}", None, "s") for n, _, numero in offre
    ]
    tables[t.ActionFormation] = [
        t.ActionFormation(f"{n}/1", n, "scolaire", None, t.CodeCommune(lieu), None, None, None, None)
        for n, lieu, _ in offre
    ]
    return tables


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Guide:
    chemin, tables = tmp_path_factory.mktemp("parcours") / "catalogue.sqlite", _tables()
    write_store(chemin, [(table, tables.get(table.nature, [])) for table in TABLES])
    catalogue = Catalogue(Store(chemin), "essai")
    return Guide(Recommender(catalogue, ChercheurEssai(catalogue), load_config()))


def _where(guide: Guide, commune: str) -> tuple[float, float] | None:
    return guide.position(guide._moteur.recommend(Profil(territoire=Territoire(commune))).compris)


def test_the_whole_way_is_there(guide: Guide) -> None:
    profil = Profil(competences=(CompetenceDeclaree(code=4),), territoire=Territoire("Rennes", 25))
    parcours = guide.route(profil, " h2101", JOUR)
    assert parcours.metier.code_rome == "H2101"
    assert [b.code for b in parcours.couverture.blocs] == ["RNCP10BC01", "RNCP10BC02"]
    (utile,) = parcours.certifications
    assert (utile.certification.numero, utile.certification.blocs_en_tout) == (CAP, 2)
    assert {v.voie for v in utile.voies} == {"vae", "scolaire", "apprentissage"}
    assert {f.formation for f in parcours.formations.formations[:2]} == {"a", "b"}
    assert [f.formation for f in parcours.formations.formations[2:]] == ["c", "e"]
    assert parcours.phrases[0].startswith("Ce métier demande 8 compétences et savoirs : vous en avez 1, ")
    assert parcours.phrases[1].startswith("2 blocs de compétences couvrent ")
    assert parcours.jour == JOUR


def test_the_cover_speaks_of_what_is_missing_only(guide: Guide) -> None:
    manque = guide.route(Profil(), "H2101", JOUR)
    tient = guide.route(Profil(competences=(CompetenceDeclaree(code=1),)), "H2101", JOUR)
    assert {b.code for b in manque.couverture.blocs} == {"RNCP10BC01", "RNCP10BC02"}
    assert {b.code for b in tient.couverture.blocs} == {"RNCP10BC02"}
    assert tient.phrases[1].startswith("1 bloc de compétences couvre ")
    codes = {int(c.code) for c in tient.metier.manquantes}
    assert {lien.code for b in tient.couverture.blocs for lien in b.items} <= codes


def test_an_empty_profile_still_gets_a_way(guide: Guide) -> None:
    parcours = guide.route(Profil(), "H2101", JOUR)
    assert parcours.metier.indice == 0.0
    assert not parcours.metier.explications
    assert not parcours.metier.acquises
    assert parcours.phrases[0].startswith("Ce métier demande 8 compétences et savoirs : vous en avez 0, ")
    assert parcours.chemins == ()
    assert parcours.certifications[0].premiere_marche is not None
    assert parcours.formations.total == 4
    assert all(f.distance_km in {None, 0.0} and not f.hors_rayon for f in parcours.formations.formations)
    assert guide.near(Profil(), guide._moteur.recommend(Profil()), JOUR) == {}


def test_a_metier_without_bloc_nor_certification_is_told(guide: Guide) -> None:
    parcours = guide.route(COUTURIER, "N1101", JOUR)
    assert not (parcours.couverture.blocs or parcours.certifications or parcours.formations.formations)
    assert any(p.startswith("Aucune certification active") for p in parcours.phrases)
    assert not any(p.startswith(("Aucun bloc", "Aucune formation")) for p in parcours.phrases), "said once"
    entier = guide.route(Profil(), "H2102", JOUR)
    assert [c.certification.numero for c in entier.certifications] == [BAC]
    assert entier.certifications[0].certification.blocs == ()
    assert any("se prennent entières" in p for p in entier.phrases)


def test_a_first_step_is_for_who_told_no_diploma_and_the_vae_for_who_did_something(guide: Guide) -> None:
    def ways(profil: Profil) -> tuple[str | None, str]:
        utile = guide.route(profil, "H2101", JOUR).certifications[0]
        return utile.premiere_marche, next(v.phrase for v in utile.voies if v.voie == "vae")

    rien, rien_vae = ways(Profil())
    diplome, _ = ways(Profil(diplomes=(Diplome(niveau=3),)))
    illisible, _ = ways(Profil(diplomes=(Diplome(texte="xyzzy"),)))
    _, vecu = ways(Profil(experiences=(Experience(code_rome="K1101", nature="benevolat"),)))
    assert rien is not None and "si vous le souhaitez" in rien
    assert diplome is None and illisible is None, "a diploma that was not understood is a diploma"
    assert rien_vae.startswith("Elle demande une expérience") and vecu.startswith("Une expérience en rapport peut")


def test_certifications_within_reach_come_before_the_others(guide: Guide) -> None:
    cap, bts = (guide.route(Profil(diplomes=(Diplome(niveau=n),)), "M1101", JOUR) for n in (3, 5))
    assert {b.numero for b in cap.couverture.blocs} == {BTS}, "two levels above at most"
    assert {b.numero for b in bts.couverture.blocs} == {BTS, MASTER}
    assert {b.numero for b in guide.route(Profil(), "M1101", JOUR).couverture.blocs} == {BTS, MASTER}
    haut = guide.route(Profil(diplomes=(Diplome(niveau=5),)), "H2601", JOUR)
    assert [b.numero for b in haut.couverture.blocs] == [MASTER]
    loin = guide.route(Profil(diplomes=(Diplome(niveau=3),)), "H2601", JOUR)
    assert loin.couverture.blocs == (), "blocs far above are no step"
    m = guide._moteur.matrices
    assert m.niveaux[m.rang["H2601"]] == 7.0
    assert any("niveau 7" in a for a in loin.metier.alertes)


def test_an_unknown_commune_is_no_error_and_no_place(guide: Guide) -> None:
    parcours = guide.route(replace(COUTURIER, territoire=Territoire("Xyzzyville")), "H2101", JOUR)
    ailleurs = guide.route(replace(COUTURIER, territoire=None), "H2101", JOUR)
    assert _where(guide, "Xyzzyville") is None
    assert parcours.formations == ailleurs.formations
    assert any("Sans lieu situé" in p for p in parcours.phrases), "no distance is made up"
    ici = guide.route(COUTURIER, "H2101", JOUR)
    assert not any("Sans lieu situé" in p for p in ici.phrases)
    assert parcours.formations.total == 4


def test_overseas_is_a_place_like_another(guide: Guide) -> None:
    parcours = guide.route(replace(COUTURIER, territoire=Territoire("Mamoudzou", 50)), "H2101", JOUR)
    premiere = parcours.formations.formations[0]
    assert (premiere.formation, premiere.distance_km) == ("e", 0.0)
    assert not parcours.formations.elargi
    assert all(f.hors_rayon for f in parcours.formations.formations[1:])
    assert _where(guide, "Nouméa") is None, "no position is published there"
    assert guide.route(replace(COUTURIER, territoire=Territoire("Nouméa")), "H2101", JOUR).formations.total == 4


def test_an_arrondissement_is_where_its_commune_is(guide: Guide) -> None:
    assert _where(guide, "75101") == _where(guide, "Paris") == (48.8566, 2.3429)
    assert _where(guide, "Rennes") == (48.11, -1.68)
    assert guide.position(()) is None


def test_beyond_the_radius_the_list_says_so(guide: Guide) -> None:
    parcours = guide.route(replace(COUTURIER, territoire=Territoire("Paris", 5)), "H2101", JOUR)
    assert parcours.formations.elargi
    assert parcours.formations.remarque in parcours.phrases
    with pytest.raises(InvalidInputError):
        guide.route(replace(COUTURIER, territoire=Territoire("Paris", -1)), "H2101", JOUR)


def test_a_way_in_that_is_preferred_leaves_none_out(guide: Guide) -> None:
    preferees: tuple[t.Voie, ...] = ("apprentissage",)
    sans, avec = guide.route(COUTURIER, "H2101", JOUR), guide.route(COUTURIER, "H2101", JOUR, preferees)
    assert sans.formations.total == avec.formations.total
    assert {f.formation for f in sans.formations.formations} == {f.formation for f in avec.formations.formations}
    assert all(f.hors_voie for f in avec.formations.formations)


def test_the_same_day_gives_the_same_order_and_no_organisme_is_always_first(guide: Guide) -> None:
    assert guide.route(COUTURIER, "H2101", JOUR) == guide.route(COUTURIER, "H2101", JOUR)
    premiers = set()
    for n in range(20):
        parcours = guide.route(COUTURIER, "H2101", JOUR + timedelta(days=n))
        ordre = [f.formation for f in parcours.formations.formations]
        assert set(ordre[:2]) == {"a", "b"} and ordre[2] == "c", "only equals are drawn"
        premiers.add(ordre[0])
    assert premiers == {"a", "b"}


def test_near_answers_for_every_metier_of_the_list(guide: Guide) -> None:
    profil = replace(COUTURIER, souhait="couture", diplomes=(Diplome(code=CAP),))
    reponse = guide._moteur.recommend(profil, 20)
    proches = guide.near(profil, reponse, JOUR)
    assert list(proches) == [m.code_rome for m in reponse.metiers]
    retouche = proches[t.CodeRome("D1101")]
    assert (len(retouche.formations), retouche.total) == (3, 4)
    assert {f.certification for f in retouche.formations} == {CAP}
    assert proches[t.CodeRome("H2601")].total == 0
    assert guide.actions == 5


def test_paths_start_from_what_was_done_and_end_where_asked(guide: Guide) -> None:
    for profil in (COUTURIER, Profil(competences=(CompetenceDeclaree(code=1), CompetenceDeclaree(code=2)))):
        chemins = guide.route(profil, "H2601", JOUR).chemins
        assert chemins
        assert all(c.etapes[-1].code_rome == "H2601" and len(c.etapes) <= 3 for c in chemins)
        assert all(c.depart_dit == bool(profil.experiences) for c in chemins)


@pytest.mark.parametrize(("elle", "lui"), [("couturière d'atelier", "couturier d'atelier"), ("brodeuse", "brodeur")])
def test_gender_changes_no_way(guide: Guide, elle: str, lui: str) -> None:
    un, deux = (guide.route(Profil(experiences=(Experience(texte=m, annees=3),)), "H2102", JOUR) for m in (elle, lui))
    assert un == deux
    assert un.metier.indice > 0


def test_what_does_not_exist_is_refused(guide: Guide) -> None:
    with pytest.raises(UnknownCodeError, match="Z9999"):
        guide.route(COUTURIER, "Z9999", JOUR)
    with pytest.raises(UnknownCodeError):
        guide.after("RNCP999999")
    assert {m.code_rome for m in guide.after(CAP).metiers} == set(CERTIFICATIONS[0][4])


@pytest.mark.parametrize("profil", [COUTURIER, Profil()])
def test_no_path_is_not_told_as_a_lack_to_who_needs_none(guide: Guide, profil: Profil) -> None:
    assert not any("ne relie pas en trois étapes" in p for p in guide.route(profil, "H2101", JOUR).phrases)


def test_what_does_not_exist_is_not_told_as_the_way(guide: Guide) -> None:
    parcours = guide.route(COUTURIER, "N1101", JOUR)
    assert not parcours.certifications
    assert not any("se prennent entières" in p or "certification est le chemin" in p for p in parcours.phrases)


def test_what_was_not_understood_is_told(guide: Guide) -> None:
    parcours = guide.route(Profil(experiences=(Experience(texte="xyzzy"),)), "H2101", JOUR)
    assert any("xyzzy" in p for p in (*parcours.phrases, *getattr(parcours, "avertissements", ())))


def test_a_certification_far_above_is_named_to_be_taken_whole(guide: Guide) -> None:
    loin = guide.route(Profil(diplomes=(Diplome(niveau=3),)), "H2601", JOUR)
    assert [c.certification.numero for c in loin.certifications] == [MASTER]
