"""What a responsable is shown: counts that eleven sessions make, and nothing that a subtraction tells."""

import csv
import io
import json
import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from api.conseil.coffre import Coffre
from api.conseil.dossiers import Dossiers
from api.conseil.effacement import erase_for
from api.conseil.evenements import MESURES, NOMBRE_MAX, Bilan, K, read_bilan
from api.conseil.releves import NON_RENSEIGNE, REGROUPES, Releve, Tableau, read_releves, write_csv
from api.conseil.types import Conseiller, Dossier
from api.persistence.base import BaseDonnees
from api.persistence.tables_dossiers import LigneEvenement
from referentiels.errors import InvalidInputError
from tests.api.persistence.essai_dossiers import ACCORD, CLE, SEUL, Horloge, enter, open_dossiers

AVRIL = date(2026, 4, 2)


@pytest.fixture
def horloge() -> Horloge:
    return Horloge()


@pytest.fixture
def dossiers(base: BaseDonnees, horloge: Horloge) -> Dossiers:
    return open_dossiers(base, horloge)


@pytest.fixture
def lea(base: BaseDonnees) -> Conseiller:
    return enter(base, "lea")


def hold(dossiers: Dossiers, qui: Conseiller, bilan: Bilan) -> Dossier:
    """A session that shows something."""
    ouvert = dossiers.open(qui, "A", ACCORD)
    return dossiers.save(qui, ouvert.identifiant, 1, contenu="{}", notes="", motif="essai", bilan=bilan)


def rows(base: BaseDonnees) -> dict[tuple[str, str], tuple[int, int]]:
    with base.reading() as session:
        lignes = session.scalars(select(LigneEvenement))
        return {(e.mesure, e.valeur): (e.seances, e.nombre) for e in lignes if e.seances}


def table(releve: Releve, cle: str) -> Tableau:
    [tableau] = [t for t in releve.tableaux if t.cle == cle]
    return tableau


def put(base: BaseDonnees, mois: date, comptes: Mapping[tuple[str, str], int], structure: str = "cio") -> None:
    """Counts, as sessions of that month would have left them."""
    with base.writing() as session:
        for (mesure, valeur), seances in comptes.items():
            session.add(
                LigneEvenement(
                    mois=mois, structure=structure, mesure=mesure, valeur=valeur, seances=seances, nombre=seances
                )
            )


def test_a_session_counts_once_for_what_it_shows_at_last(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller
) -> None:
    dossier = hold(dossiers, lea, {"entree": {"metier": 1}, "voie": {"scolaire": 3, "vae": 2}})
    dossiers.save(
        lea, dossier.identifiant, 2, contenu="{}", notes="", motif="essai",
        bilan={"entree": {"secteur": 1}, "voie": {"scolaire": 5}},
    )  # fmt: skip
    assert rows(base) == {("seances", "ouverte"): (1, 1), ("entree", "secteur"): (1, 1), ("voie", "scolaire"): (1, 5)}
    dossiers.save(lea, dossier.identifiant, 3, contenu="{}", notes="", motif="essai")
    assert rows(base)["voie", "scolaire"] == (1, 5), "sans bilan, rien ne change"


def test_only_those_who_agreed_are_counted(base: BaseDonnees, dossiers: Dossiers, lea: Conseiller) -> None:
    for consentement in (None, SEUL):
        ouvert = dossiers.open(lea, "A", consentement)
        dossiers.save(
            lea, ouvert.identifiant, 1, contenu="{}", notes="", motif="essai", bilan={"entree": {"metier": 1}}
        )
    assert rows(base) == {}
    dossier = hold(dossiers, lea, {"entree": {"metier": 1}})
    assert len(rows(base)) == 2
    dossiers.consent(lea, dossier.identifiant, 2, SEUL)
    assert rows(base) == {}, "qui ne veut plus compter ne compte plus"


def sessions_by_month(base: BaseDonnees) -> dict[date, int]:
    with base.reading() as session:
        return {e.mois: e.seances for e in session.scalars(select(LigneEvenement)) if e.mesure == "seances"}


def test_erasing_takes_back_what_was_not_shown_and_leaves_the_rest(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller, horloge: Horloge
) -> None:
    [dossier, *_] = [hold(dossiers, lea, {"entree": {"metier": 1}}) for _ in range(K)]
    horloge.turn(days=30)
    dossiers.save(lea, dossier.identifiant, 2, contenu="{}", notes="", motif="essai", bilan={"entree": {"metier": 1}})
    autre = hold(dossiers, lea, {"entree": {"secteur": 1}})
    assert sessions_by_month(base) == {date(2026, 3, 1): K, date(2026, 4, 1): 2}
    horloge.turn(days=30)
    for identifiant in (dossier.identifiant, autre.identifiant):
        dossiers.erase(lea, identifiant)
    assert sessions_by_month(base) == {date(2026, 3, 1): K, date(2026, 4, 1): 0}, "ce qui a été montré ne change plus"


def test_one_person_who_comes_every_month_makes_no_period_alone(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller, horloge: Horloge
) -> None:
    """Eleven sessions are eleven dossiers: what a period tells is never what one of them told eleven times."""
    dossier = hold(dossiers, lea, {"territoire": {"35": 1}})
    for rang in range(15):
        horloge.turn(days=30)
        dossiers.save(
            lea, dossier.identifiant, 2 + rang, contenu="{}", notes="", motif="essai",
            bilan={"territoire": {"35": 1}, "voie": {"vae": rang + 1}},
        )  # fmt: skip
    fin = (horloge.instant + timedelta(days=31)).date()
    assert read_releves(base, "cio", fin) == ()
    assert rows(base) == {("seances", "ouverte"): (1, 1), ("territoire", "35"): (1, 1), ("voie", "vae"): (1, 15)}
    for _ in range(K - 1):
        hold(dossiers, lea, {"territoire": {"22": 1}})
    [releve] = read_releves(base, "cio", fin)
    assert (releve.seances, table(releve, "territoire").cases) == (K, ())


def test_who_hosts_the_service_erases_as_a_conseiller_does(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller, horloge: Horloge
) -> None:
    dossier = hold(dossiers, lea, {"entree": {"metier": 1}})
    erase_for(base, Coffre(lambda: CLE), dossier.identifiant, horloge.instant)
    assert rows(base) == {}


def test_nothing_counted_tells_a_dossier_or_a_conseiller(
    base: BaseDonnees, dossiers: Dossiers, lea: Conseiller
) -> None:
    dossier = hold(dossiers, lea, {"territoire": {"35": 1}})
    with base.reading() as session:
        colonnes = set(LigneEvenement.__table__.columns.keys())
        contenu = json.dumps([[str(getattr(e, c)) for c in colonnes] for e in session.scalars(select(LigneEvenement))])
    assert colonnes == {"mois", "structure", "mesure", "valeur", "seances", "nombre"}
    assert dossier.identifiant not in contenu
    assert "lea" not in contenu


@pytest.mark.parametrize(
    "bilan",
    [
        {"humeur": {"bonne": 1}}, {"ecarts": {"il habite rue des Lilas": 1}}, {"territoire": {"35238": 1}},
        {"domaine": {"Z": 1}}, {"entree": {"metier": 1, "secteur": 1}}, {"entree": {"metier": 2}}, {"voie": {"": 1}},
    ],
)  # fmt: skip
def test_only_closed_lists_are_counted(bilan: Bilan) -> None:
    with pytest.raises(InvalidInputError) as refus:
        read_bilan(bilan)
    assert refus.value.champ == "bilan"


def test_a_session_weighs_no_more_than_it_should() -> None:
    assert read_bilan({"epingles": {"metier": 10**6}, "voie": {"vae": 0}}) == {
        ("seances", "ouverte"): 1,
        ("epingles", "metier"): NOMBRE_MAX,
    }


def test_the_month_in_progress_and_small_months_wait(base: BaseDonnees) -> None:
    for mois, seances in ((1, 4), (2, 6), (3, 3), (4, 12), (5, 2), (6, 40)):
        put(base, date(2026, mois, 1), {("seances", "ouverte"): seances})
    put(base, date(2026, 1, 1), {("seances", "ouverte"): 500}, "ailleurs")
    vus = [(r.debut.month, r.fin.month, r.seances) for r in read_releves(base, "cio", date(2026, 6, 30))]
    assert vus == [(4, 4, 12), (1, 3, 13)]
    apres = [(r.debut.month, r.fin.month, r.seances) for r in read_releves(base, "cio", date(2026, 7, 1))]
    assert apres == [(5, 6, 42), *vus], "ce qui a été montré ne change pas"


def test_a_small_cell_is_put_with_others_so_that_no_total_tells_it(base: BaseDonnees) -> None:
    put(base, date(2026, 3, 1), {
        ("seances", "ouverte"): 60, ("entree", "metier"): 30, ("entree", "secteur"): 15, ("entree", "formation"): 12,
        ("entree", "interets"): 3,
        ("trouve", "oui"): 55, ("trouve", "non"): 5,
        ("clair", "oui"): 58,
        ("sans_resultat", "non"): 60,
        ("ecarts", "envie"): 20, ("ecarts", "sante"): 2,
        ("ajouts", "personne"): 10,
    })  # fmt: skip
    [releve] = read_releves(base, "cio", AVRIL)
    lus = {t.cle: [(c.libelle, c.nombre) for c in t.cases] for t in releve.tableaux}
    assert set(lus) == set(MESURES)
    assert lus["entree"] == [("Un métier", 30), ("Un secteur", 15), (REGROUPES, 15)]
    assert lus["trouve"] == [], "« non » se lirait dans la différence"
    assert lus["clair"] == [], "deux personnes qui n'ont pas répondu"
    assert lus["sans_resultat"] == [("Non", 60)]
    assert lus["ecarts"] == [], "« santé » se lirait dans la différence"
    assert lus["ajouts"] == []


def test_what_is_not_told_makes_a_line_of_its_own_when_it_can(base: BaseDonnees) -> None:
    put(base, date(2026, 3, 1), {("seances", "ouverte"): 40, ("entree", "metier"): 25})
    [releve] = read_releves(base, "cio", AVRIL)
    assert [(c.libelle, c.nombre, c.part) for c in table(releve, "entree").cases] == [
        ("Un métier", 25, 0.625),
        (NON_RENSEIGNE, 15, 0.375),
    ]


def test_no_small_count_is_told_whatever_the_counts(base: BaseDonnees) -> None:
    """For measures that share the sessions out: each line shown, and what is left of the total, is eleven or none."""
    montres = 0
    for graine in range(40):
        tirage = random.Random(graine)
        comptes = {("entree", v): tirage.choice((0, 1, 3, 10, 11, 12, 30)) for v in MESURES["entree"].valeurs}
        total = sum(comptes.values()) + tirage.choice((0, 2, 15))
        put(base, date(2026, 3, 1), {("seances", "ouverte"): total, **comptes}, f"s{graine}")
        for releve in read_releves(base, f"s{graine}", AVRIL):
            cases = table(releve, "entree").cases
            montres += len(cases)
            assert all(c.nombre >= K for c in cases)
            assert sum(c.nombre for c in cases) in {0, releve.seances}
            petits = sum(0 < n < K for n in (*comptes.values(), total - sum(comptes.values())))
            assert not petits or not cases or cases[-1].libelle == REGROUPES
    assert montres > 40


def test_the_csv_holds_the_same_and_names_are_given(base: BaseDonnees) -> None:
    put(base, date(2026, 3, 1), {("seances", "ouverte"): 40, ("territoire", "35"): 25, ("territoire", "22"): 15})
    [releve] = read_releves(base, "cio", AVRIL, {"territoire": {"35": "Ille-et-Vilaine"}})
    lignes = list(csv.DictReader(io.StringIO(write_csv([releve]))))
    assert [
        (ligne["valeur"], ligne["nombre"], ligne["part"]) for ligne in lignes if ligne["mesure"] == "Territoires"
    ] == [
        ("Ille-et-Vilaine", "25", "0.625"),
        ("22", "15", "0.375"),
    ]
    assert lignes[0]["nombre"] == "40"
    assert {ligne["debut"] for ligne in lignes} == {"2026-03"}


def test_a_month_ends_at_midnight_of_the_clock(base: BaseDonnees, dossiers: Dossiers, lea: Conseiller) -> None:
    horloge = Horloge(datetime(2026, 3, 31, 23, 59, tzinfo=UTC))
    hold(open_dossiers(base, horloge), lea, {})
    with base.reading() as session:
        assert session.scalars(select(LigneEvenement.mois)).all() == [date(2026, 3, 1)]
