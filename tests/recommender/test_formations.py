"""The nearest formations: nothing lost, nobody favoured, each source named."""

import math
import os
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from recommender.formations import FormationsTrouvees, Offre
from referentiels import types as t
from referentiels.catalogue import Catalogue
from referentiels.cellules import fold
from referentiels.errors import InvalidInputError
from referentiels.schema import TABLES
from referentiels.store import Store, write_store
from referentiels.voisinage import haversine_km

CAP, BAC, VIDE = t.NumeroFiche("RNCP1"), t.NumeroFiche("RNCP2"), t.NumeroFiche("RNCP404")
JOUR = date(2026, 1, 5)
RENNES, PARIS = (48.1147, -1.6794), (48.8566, 2.3429)
COMMUNES = (
    ("35238", "Rennes", "35", *RENNES, 220_000, None),
    ("35281", "Saint-Jacques", "35", 48.08, -1.72, 14_000, None),
    ("35288", "Saint-Malo", "35", 48.649, -2.0, 46_000, None),
    ("75056", "Paris", "75", *PARIS, 2_100_000, None),
    ("75101", "Paris 1er", "75", None, None, 15_000, "75056"),
    ("97411", "Saint-Denis", "974", -20.88, 55.45, 150_000, None),
    ("98818", "Nouméa", "988", None, None, 86_000, None),
)


def commune(code: str, nom: str, departement: str, lat: Any, lon: Any, population: int, mere: Any) -> t.Commune:
    region = t.CodeRegion("1")
    return t.Commune(
        t.CodeCommune(code),
        nom,
        (),
        t.CodeDepartement(departement),
        region,
        None,
        None,
        None,
        population,
        lat,
        lon,
        mere,
    )


class Fabrique:
    """Rows added one at a time, then a catalogue of them."""

    def __init__(self) -> None:
        self.organismes: dict[str, t.Organisme] = {}
        self.formations: dict[str, t.Formation] = {}
        self.actions: list[t.ActionFormation] = []
        self.sessions: list[t.SessionFormation] = []

    def organisme(self, ident: str, nom: str, siret: str | None = None, uai: str | None = None) -> "Fabrique":
        self.organismes[ident] = t.Organisme(ident, nom, siret, uai, None, ident.split(":", maxsplit=1)[0])
        return self

    def formation(
        self,
        ident: str,
        organisme: str | None = None,
        *,
        certification: t.NumeroFiche | None = CAP,
        cfd: str | None = None,
        source: str = "s",
        url: str | None = None,
        demonstration: bool = False,
    ) -> "Fabrique":
        if organisme and organisme not in self.organismes:
            self.organisme(organisme, f"Organisme {organisme}")
        self.formations[ident] = t.Formation(
            ident, f"Titre {ident}", certification, cfd, (), 3, None, 400, organisme, url, source, demonstration
        )
        return self

    def action(
        self,
        formation: str,
        commune: str | None = None,
        point: tuple[float, float] | None = None,
        *,
        voie: t.Voie | None = "scolaire",
        modalite: t.Modalite | None = None,
        debuts: tuple[date, ...] = (),
    ) -> "Fabrique":
        ident = f"{formation}/{len(self.actions)}"
        lat, lon = point or (None, None)
        code = t.CodeCommune(commune) if commune else None
        self.actions.append(t.ActionFormation(ident, formation, voie, modalite, code, None, lat, lon, None))
        self.sessions += [t.SessionFormation(f"{ident}/{d}", ident, d, None, None) for d in debuts]
        return self

    def simple(self, ident: str, commune: str, **options: Any) -> "Fabrique":
        """One formation of its own organisme, one action."""
        certification = options.pop("certification", CAP)
        return self.formation(ident, f"s:{ident}", certification=certification).action(ident, commune, **options)

    def write(self, dossier: Path) -> Catalogue:
        lignes: dict[type[Any], list[Any]] = {
            t.Commune: [commune(*c) for c in COMMUNES],
            t.Departement: [
                t.Departement(t.CodeDepartement(code), nom, t.CodeRegion("1"))
                for code, nom in (("35", "Ille-et-Vilaine"), ("75", "Paris"), ("974", "La Réunion"), ("988", "N.-C."))
            ],
            t.CertificationDiplome: [t.CertificationDiplome(BAC, "400", "x"), t.CertificationDiplome(CAP, "500", "x")],
            t.Organisme: list(self.organismes.values()),
            t.Formation: list(self.formations.values()),
            t.ActionFormation: self.actions,
            t.SessionFormation: self.sessions,
        }
        fichier = dossier / "offre.sqlite"
        write_store(fichier, [(table, lignes.get(table.nature, [])) for table in TABLES])
        return Catalogue(Store(fichier, TABLES), "essai")

    def offre(self, dossier: Path) -> Offre:
        return Offre.of(self.write(dossier))


def near(offre: Offre, *certifications: t.NumeroFiche, **options: Any) -> FormationsTrouvees:
    defauts: dict[str, Any] = {"position": RENNES, "rayon_km": 30.0, "jour": JOUR}
    return offre.near(certifications or (CAP,), **(defauts | options))


def make_folder(dossier: Path) -> Path:
    (dossier / "autre").mkdir()
    return dossier / "autre"


def idents(trouvees: FormationsTrouvees) -> list[str]:
    return [f.formation for f in trouvees.formations]


def test_nearest_first_and_the_radius_hides_nothing(tmp_path: Path) -> None:
    offre = (
        Fabrique().simple("a", "75056").simple("b", "35281").simple("c", "35238").simple("d", "97411").offre(tmp_path)
    )
    trouvees = near(offre)
    assert idents(trouvees) == ["c", "b", "a", "d"]
    assert [f.hors_rayon for f in trouvees.formations] == [False, False, True, True]
    assert [f.distance_km for f in trouvees.formations] == [
        round(haversine_km(*RENNES, *p), 1) for p in (RENNES, (48.08, -1.72), PARIS, (-20.88, 55.45))
    ]
    assert not trouvees.elargi and trouvees.remarque is None and trouvees.total == 4
    b, a = trouvees.formations[1], trouvees.formations[2]
    assert (b.commune, b.departement, b.precision, b.distance) == (
        "Saint-Jacques", "Ille-et-Vilaine", "commune", "à 5 km à vol d'oiseau",
    )  # fmt: skip
    assert a.distance == "à 308 km à vol d'oiseau"


def test_says_when_all_is_beyond_the_radius(tmp_path: Path) -> None:
    offre = Fabrique().simple("a", "75056").simple("d", "97411").offre(tmp_path)
    trouvees = near(offre)
    assert trouvees.elargi and idents(trouvees) == ["a", "d"]
    assert trouvees.remarque is not None and "30 km" in trouvees.remarque
    assert not near(offre, rayon_km=math.inf).elargi
    assert idents(near(offre, position=(-21.0, 55.5))) == ["d", "a"]


def test_radius_zero_keeps_what_is_on_the_spot(tmp_path: Path) -> None:
    trouvees = near(Fabrique().simple("b", "35281").simple("c", "35238").offre(tmp_path), rayon_km=0)
    assert [(f.formation, f.hors_rayon) for f in trouvees.formations] == [("c", False), ("b", True)]


def test_unknown_certifications_and_no_certification(tmp_path: Path) -> None:
    offre = Fabrique().simple("a", "75056").offre(tmp_path)
    for demandees in ((VIDE,), ()):
        vide = offre.near(demandees, position=RENNES, rayon_km=10, jour=JOUR)
        assert (vide.formations, vide.total, vide.elargi) == ((), 0, False)
    assert near(offre, VIDE, CAP, CAP).total == 1
    assert near(offre, limite=0).total == 1
    assert near(Fabrique().offre(make_folder(tmp_path))).total == 0


@pytest.mark.parametrize(
    "options",
    [
        {"position": (91.0, 0.0)},
        {"position": (math.nan, 0.0)},
        {"rayon_km": -1.0},
        {"rayon_km": math.nan},
        {"limite": -1},
        {"poids": {CAP: -1.0}},
    ],
)
def test_refuses_what_has_no_meaning(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        near(Fabrique().simple("a", "75056").offre(tmp_path), **options)


def test_a_cfd_leads_to_its_certification_under_the_heaviest(tmp_path: Path) -> None:
    fabrique = Fabrique().formation("f", "s:o", certification=None, cfd="400").action("f", "35238")
    fabrique.formation("g", "s:p", certification=None, cfd="999").action("g", "35238")
    offre = fabrique.offre(tmp_path)
    assert idents(near(offre, BAC)) == ["f"]
    assert near(offre, CAP).total == 0


def test_a_formation_met_under_two_certifications_is_shown_once(tmp_path: Path) -> None:
    fabrique = Fabrique().formation("f", "s:o", certification=None, cfd="400").action("f", "35238")
    catalogue = fabrique.write(tmp_path)
    lignes = [(table, list(catalogue.all(table.nature))) for table in TABLES]
    for table, contenu in lignes:
        if table.nature is t.CertificationDiplome:
            contenu.append(t.CertificationDiplome(CAP, "400", "x"))
    write_store(tmp_path / "double.sqlite", lignes)
    offre = Offre.of(Catalogue(Store(tmp_path / "double.sqlite", TABLES), "double"))
    for demandees, attendue in (((CAP, BAC), CAP), ((BAC, CAP), BAC)):
        trouvees = near(offre, *demandees)
        assert [f.certification for f in trouvees.formations] == [attendue] and trouvees.total == 1
    assert near(offre, CAP, BAC, poids={CAP: 0.1, BAC: 0.5}).formations[0].certification == BAC


def test_two_sources_of_one_formation_make_one_result(tmp_path: Path) -> None:
    fabrique = Fabrique()
    fabrique.organisme("x:1", "Lycée Jean-Moulin", siret="111", uai="0350001A")
    fabrique.organisme("y:1", "Établissement 0350001A", uai="0350001A")
    fabrique.organisme("z:1", "LYCEE JEAN MOULIN", siret="111")
    fabrique.organisme("w:1", "Lycee Jean Moulin")
    fabrique.formation("x1", "x:1", source="x").action("x1", "35238")
    fabrique.formation("y1", "y:1", source="y", url="https://exemple.fr").action("y1", voie="apprentissage")
    fabrique.formation("z1", "z:1", source="z").action("z1", "35238")
    fabrique.formation("w1", "w:1", source="w").action("w1", "35238")
    trouvees = near(fabrique.offre(tmp_path))
    (seule,) = trouvees.formations
    assert trouvees.total == 1
    assert seule.sources == ("w", "x", "y", "z") and seule.identifiants == ("w1", "x1", "y1", "z1")
    assert seule.voies == ("scolaire", "apprentissage") and seule.url == "https://exemple.fr"
    assert fold(seule.organisme or "") == "lycee jean moulin"


def test_homonyms_of_two_numbers_stay_two(tmp_path: Path) -> None:
    fabrique = (
        Fabrique().organisme("x:1", "Lycée Pasteur", uai="0350001A").organisme("y:1", "Lycée Pasteur", uai="0350002B")
    )
    fabrique.formation("a", "x:1").action("a", "35238").formation("b", "y:1").action("b", "35238")
    fabrique.formation("c", "x:1").action("c", "75101").formation("d", None).formation("e", None)
    assert near(fabrique.offre(tmp_path)).total == 5


def test_the_establishment_then_the_departement_place_what_has_no_place(tmp_path: Path) -> None:
    fabrique = Fabrique()
    fabrique.organisme("x:1", "Lycée A", uai="0350001A").organisme("b:1", "Établissement 0350001A", uai="0350001A")
    fabrique.organisme("b:2", "Établissement 0350002B", uai="0350002B")
    fabrique.formation("ailleurs", "x:1", certification=None).action("ailleurs", point=(48.65, -2.001))
    fabrique.formation("meme", "b:1").action("meme")
    fabrique.formation("departement", "b:2").action("departement")
    fabrique.formation("nulle-part", "s:z")
    fabrique.simple("paris", "75101").simple("noumea", "98818")
    trouvees = near(fabrique.offre(tmp_path), limite=9)
    vues = {f.formation: f for f in trouvees.formations}
    assert (vues["meme"].precision, vues["meme"].commune, vues["meme"].organisme) == (
        "etablissement",
        "Saint-Malo",
        "Lycée A",
    )
    assert vues["meme"].commune_estimee and vues["meme"].hors_rayon
    assert (vues["departement"].precision, vues["departement"].distance_km) == ("departement", None)
    assert (
        vues["departement"].distance == "dans le département (Ille-et-Vilaine)" and not vues["departement"].hors_rayon
    )
    assert (vues["paris"].commune, vues["paris"].distance_km) == ("Paris 1er", round(haversine_km(*RENNES, *PARIS), 1))
    assert (vues["noumea"].precision, vues["noumea"].commune) == ("inconnue", "Nouméa")
    assert vues["nulle-part"].distance == "lieu non renseigné"
    assert idents(trouvees)[:3] == ["departement", "meme", "paris"] and len(vues) == 5
    assert trouvees.elargi
    seule = near(Fabrique().formation("nulle-part", "s:z").offre(make_folder(tmp_path)))
    assert seule.elargi and "ne disent pas" in (seule.remarque or "")


def test_at_a_distance_is_neither_ahead_nor_behind(tmp_path: Path) -> None:
    fabrique = Fabrique().simple("loin", "75056").simple("distance", "75056", modalite="distance", voie="continue")
    fabrique.simple("pres", "35238").simple("moins-pres", "35281")
    offre = fabrique.offre(tmp_path)
    rangs = Counter(idents(near(offre, jour=JOUR + timedelta(days=n))).index("distance") for n in range(200))
    assert set(rangs) == {0, 1, 2} and all(nombre > 20 for nombre in rangs.values())
    vue = next(f for f in near(offre).formations if f.formation == "distance")
    assert (vue.distance_km, vue.hors_rayon, vue.distance) == (None, False, "à distance")
    assert not near(Fabrique().simple("d", "75056", modalite="distance").offre(make_folder(tmp_path))).elargi


def test_voies_and_dates_sort_and_annotate(tmp_path: Path) -> None:
    tot, tard, passe = date(2026, 2, 1), date(2026, 9, 1), date(2025, 9, 1)
    fabrique = Fabrique()
    fabrique.simple("scolaire", "35238", debuts=(passe, tard)).simple("inconnue", "35238", voie=None)
    fabrique.simple("continue", "35281", voie="continue", debuts=(tot,))
    fabrique.simple("apprentissage", "75056", voie="apprentissage", debuts=(passe,))
    offre = fabrique.offre(tmp_path)
    assert near(offre, tri="debut").formations[0].debut == tot
    assert idents(near(offre, tri="debut"))[:2] == ["continue", "scolaire"]
    assert next(f for f in near(offre).formations if f.formation == "apprentissage").debut is None
    trouvees = near(offre, voies=("continue", "apprentissage"))
    assert idents(trouvees) == ["continue", "inconnue", "scolaire", "apprentissage"]
    assert [f.hors_voie for f in trouvees.formations] == [False, False, True, False]
    ordre = ("apprentissage", "continue")
    assert idents(near(offre, voies=ordre, tri="voie")) == ["apprentissage", "continue", "inconnue", "scolaire"]
    assert idents(near(offre, voies=set(ordre), tri="voie"))[0] == "continue"
    assert idents(near(offre, tri="voie")) == idents(near(offre))


def ten(dossier: Path) -> Offre:
    fabrique = Fabrique()
    for n in range(10):
        fabrique.simple(f"f{n}", "35238")
    return fabrique.offre(dossier)


def test_the_draw_is_neutral_and_changes_with_the_day(tmp_path: Path) -> None:
    offre = ten(tmp_path)
    premiers = Counter(idents(near(offre, jour=JOUR + timedelta(days=n)))[0] for n in range(1000))
    assert len(premiers) == 10 and min(premiers.values()) > 60 and max(premiers.values()) < 145
    assert idents(near(offre)) != idents(near(offre, jour=JOUR + timedelta(days=1)))
    assert idents(near(offre, limite=10))[:5] == idents(near(offre, limite=5))


def test_a_second_source_gives_no_second_chance(tmp_path: Path) -> None:
    fabrique = Fabrique().simple("seul", "35238")
    for n in range(6):
        fabrique.formation(f"multiple{n}", "s:m", source=f"source{n}").action(f"multiple{n}", "35238")
    offre = fabrique.offre(tmp_path)
    premiers = Counter(idents(near(offre, jour=JOUR + timedelta(days=n)))[0] for n in range(600))
    assert 240 < premiers["seul"] < 360


def test_same_day_same_order_in_another_process(tmp_path: Path) -> None:
    ici = idents(near(ten(tmp_path), limite=10))
    programme = (
        "import sys; from pathlib import Path; from datetime import date\n"
        "from referentiels.catalogue import Catalogue; from referentiels.store import Store\n"
        "from referentiels.schema import TABLES; from recommender.formations import Offre\n"
        "o = Offre.of(Catalogue(Store(Path(sys.argv[1]), TABLES), 'x'))\n"
        f"r = o.near(['{CAP}'], position={RENNES}, rayon_km=30, jour=date({JOUR.year}, 1, 5), limite=10)\n"
        "print(*[f.formation for f in r.formations])"
    )
    for graine in "12":
        sortie = subprocess.run(
            [sys.executable, "-c", programme, str(tmp_path / "offre.sqlite")],
            capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": graine},
        )  # fmt: skip
        assert sortie.stdout.split() == ici


def test_without_position_nothing_is_near_nor_far(tmp_path: Path) -> None:
    trouvees = near(Fabrique().simple("a", "75056").simple("d", "97411").offre(tmp_path), position=None)
    assert [(f.distance_km, f.hors_rayon) for f in trouvees.formations] == [(None, False)] * 2
    assert not trouvees.elargi and trouvees.remarque is None


def test_marks_demonstration_and_reads_names_only_when_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fabrique = Fabrique().formation("f", "s:o", demonstration=True).action("f", "35238").simple("g", "75056")
    offre = fabrique.offre(tmp_path)
    lues: list[str] = []
    select = Store.select

    def spy(store: Store, nature: type[Any], **criteres: Any) -> tuple[Any, ...]:
        lues.extend(cast(Any, criteres.get("id", ())) if nature is t.Formation else ())
        return select(store, nature, **criteres)

    monkeypatch.setattr(Store, "select", spy)
    trouvees = near(offre, limite=1)
    assert lues == ["f"] and trouvees.total == 2
    assert trouvees.formations[0].demonstration and trouvees.formations[0].duree_heures == 400


def test_the_offer_of_the_socle_is_whole(catalogue_socle: Catalogue) -> None:
    store, offre = catalogue_socle.store, Offre.of(catalogue_socle)
    seules = {i for (i,) in store.rows(t.Formation, ("id",))} - {
        f for (f,) in store.rows(t.ActionFormation, ("formation",))
    }
    assert len(offre) == store.count(t.ActionFormation) + len(seules)
    demandees = {t.NumeroFiche(n) for (n,) in store.rows(t.Formation, ("certification",)) if n}
    trouvees = near(offre, *sorted(demandees), limite=10_000)
    directes = {i for i, n in store.rows(t.Formation, ("id", "certification")) if n}
    assert directes <= {i for f in trouvees.formations for i in f.identifiants}
