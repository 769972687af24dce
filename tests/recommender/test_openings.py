"""Reserved places: what they promise for any list, then for real people of the embedded référentiel."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.config import Config, load_config
from recommender.decouvertes import Rappel
from recommender.etat import Etat, Indice
from recommender.matrices import Matrices
from recommender.openings import Ouvertures, reserve
from recommender.pipeline import Recommender
from recommender.profil_compris import ProfilCompris, Tenue
from recommender.signals.competences import gather_acquis, reach
from recommender.types import Diplome, Experience, Profil
from referentiels.types import CodeRome
from tests.recommender.exemples import codes_of
from tests.recommender.test_gestes import gestures

TETE, PARMI, MINIMUM, NEUFS = 10, 15, 2, 5
CONFIG = load_config()


@dataclass
class _Faux:
    """Openings written by hand: a code, a value, and whether the level allows it, for each métier."""

    codes: list[str]
    valeurs: np.ndarray
    permis: list[bool]
    grand: str = "A"
    domaines: frozenset[str] = frozenset({"A11"})
    config: Config = CONFIG
    appeles: dict[int, float] = field(default_factory=dict)
    """Kinship to those above, by métier."""
    exercised: bool = True
    notes: dict[int, tuple[int, ...]] = field(default_factory=dict)

    @property
    def indice(self) -> np.ndarray:
        return 1.0 / (1.0 + np.arange(len(self.codes)))

    def recall(self, premiers: Sequence[int], **_: bool) -> Rappel:
        valeurs = np.array([self.appeles.get(m, 0.0) for m in range(len(self.codes))])
        metiers = np.array(list(self.appeles), dtype=np.int64)
        return Rappel(((premiers[0], metiers, valeurs[metiers]),), valeurs)

    def note(self, metiers: Iterable[int], rappel: Rappel) -> None:
        self.notes |= {m: rappel.sources(m) for m in metiers}

    def keep_notes(self, metiers: Iterable[int]) -> None:
        gardes = set(metiers)
        self.notes = {m: sources for m, sources in self.notes.items() if sources and m in gardes}

    def family(self, metier: int) -> int:
        return metier

    def domain(self, metier: int) -> str:
        return self.codes[metier][:3]

    def other_field(self, metier: int) -> bool:
        return self.codes[metier][0] != self.grand and self.valeurs[metier] > 0

    def other_domain(self, metier: int) -> bool:
        return self.domain(metier) not in self.domaines and self.valeurs[metier] > 0

    def within_level(self, metier: int) -> bool:
        return self.permis[metier]

    def run(self) -> list[int]:
        return reserve(list(range(len(self.codes))), cast(Ouvertures, self))


def _list(codes: Iterable[str], valeurs: Iterable[float] | None = None, refuses: Iterable[int] = ()) -> _Faux:
    codes = list(codes)
    poids = np.array(list(valeurs) if valeurs is not None else [1.0] * len(codes))
    return _Faux(codes, poids, [n not in set(refuses) for n in range(len(codes))])


_METIERS = st.tuples(st.sampled_from("ABCDE"), st.integers(11, 16), st.floats(0, 1), st.booleans())


@settings(max_examples=200, deadline=None)
@given(st.lists(_METIERS, max_size=40))
def test_reserves_keep_their_word_for_any_list(lot: list[tuple[str, int, float, bool]]) -> None:
    faux = _Faux([f"{a}{n}{i:02}" for i, (a, n, *_) in enumerate(lot)], np.array([x[2] for x in lot]),
                 [x[3] for x in lot])  # fmt: skip
    avant, apres = list(range(len(lot))), faux.run()
    assert sorted(apres) == avant, "nothing is lost, nothing stands twice"
    assert faux.run() == apres
    dedans = [m for m in avant[:TETE] if faux.other_field(m)]
    assert set(dedans) <= set(apres[:TETE]), "an opening that came up by itself is never pushed out"
    montes = [m for m in apres[:TETE] if m >= TETE]
    assert all(faux.other_field(m) and faux.within_level(m) for m in montes)
    assert len({faux.domain(m) for m in montes}) == len(montes) <= max(MINIMUM - len(dedans), 0)
    assert [m for m in apres[:TETE] if m < TETE] == sorted(m for m in apres[:TETE] if m < TETE)
    if len(lot) > TETE and len(dedans) + len(montes) < MINIMUM:
        vus = {faux.domain(m) for m in (*avant[:TETE], *montes)}
        restent = [m for m in avant[TETE:] if faux.other_field(m) and faux.within_level(m)]
        assert all(faux.domain(m) in vus for m in restent), "fewer openings only when there are no more"
    suite = apres[TETE:PARMI]
    hausses = [m for m in suite if m >= PARMI and any(x < m for x in apres[PARMI:])]
    vus = {faux.domain(m) for m in apres[:TETE]}
    assert all(faux.other_domain(m) and faux.domain(m) not in vus and faux.within_level(m) for m in hausses)
    assert len({faux.domain(m) for m in hausses}) == len(hausses)
    assert max(Counter(faux.codes[m][0] for m in hausses).values(), default=0) <= 2
    valeurs = [float(faux.valeurs[m]) for m in hausses]
    assert valeurs == sorted(valeurs, reverse=True)


def test_the_last_two_of_ten_are_kept_for_other_fields() -> None:
    codes = [f"A11{n:02}" for n in range(20)] + ["B1101", "C1101", "D1101"]
    faux = _list(codes, [0.5] * 20 + [0.2, 0.9, 0.1])
    assert faux.run()[:TETE] == [*range(8), 21, 20], "those that open most first"


def test_one_place_is_taken_when_one_opening_is_there_already() -> None:
    codes = ["B1101", *(f"A11{n:02}" for n in range(19)), "C1101", "D1101"]
    faux = _list(codes, [0.1] * 20 + [0.9, 0.8])
    assert faux.run()[:TETE] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 20]


def test_five_new_domains_stand_from_the_eleventh_to_the_fifteenth() -> None:
    """One a domaine, two a grand domaine, by what they open, and then the list as it was."""
    memes = [f"A11{n:02}" for n in range(20)]
    autres = ["B1101", "B1102", "B1201", "B1301", "C1101", "C1201", "C1301", "D1101", "D1201", "E1101"]
    valeurs = [0.1] * 20 + [0.99, 0.98, 0.97, 0.96, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
    apres = _list([*memes, *autres], valeurs).run()
    codes = [*memes, *autres]
    assert [codes[m] for m in apres[8:10]] == ["B1101", "B1201"]
    assert [codes[m] for m in apres[10:15]] == ["B1301", "C1101", "C1201", "D1101", "D1201"]
    assert apres[15:] == sorted(apres[15:])


def test_what_stands_by_itself_among_the_reserved_places_does_not_fall() -> None:
    codes = ["B1101", "C1101", *(f"A11{n:02}" for n in range(8)), "D1101", *(f"A11{n}" for n in range(20, 30))]
    assert _list(codes).run().index(10) == 10


def test_a_metier_too_high_is_not_brought_up_and_stays_where_it_was() -> None:
    codes = [f"A11{n:02}" for n in range(12)] + ["B1101", "C1101", "D1101"]
    faux = _list(codes, [0.1] * 12 + [0.9, 0.5, 0.4], refuses=[12])
    assert faux.run()[:TETE] == [*range(8), 13, 14]
    assert 12 in faux.run()[TETE:]


def test_a_list_too_short_to_choose_from_is_left_alone() -> None:
    codes = [f"A11{n:02}" for n in range(8)] + ["B1101", "C1101"]
    assert _list(codes).run() == list(range(TETE))
    assert _list([]).run() == []


def _openings(
    moteur: Recommender, exerces: Iterable[str], matrices: Matrices | None = None, diplome: str | None = None
) -> Ouvertures:
    m = matrices or moteur.matrices
    compris = ProfilCompris(metiers={CodeRome(c): Tenue(1.0, "vécu") for c in exerces})
    contributions = {}
    if diplome is not None:
        contributions["diplomes"] = np.array([float(c == diplome) for c in m.codes])
    indice = Indice(np.ones(len(m.codes)), contributions)
    etat = Etat(compris, {}, 1.0, gather_acquis(m, compris, moteur.config), (), indice, ())
    return Ouvertures(m, etat, moteur.config)


def test_an_opening_is_elsewhere_shares_and_is_not_where_the_diploma_leads(essai: Recommender) -> None:
    rang = essai.matrices.rang
    ouvertures = _openings(essai, ["H2101"])
    assert {c for c in rang if ouvertures.other_field(rang[c])} == {"B1101", "D1101"}
    assert {c for c in rang if ouvertures.other_domain(rang[c])} == {"B1101", "D1101"}
    assert not _openings(essai, ["H2101"], diplome="D1101").other_field(rang["D1101"])
    assert _openings(essai, ["H2101"], diplome="D1101").other_field(rang["B1101"])
    assert _openings(essai, ["H2601"]).other_domain(rang["H2101"]) is False, "one compétence is not two"


def test_nothing_opens_for_who_exercised_nothing(essai: Recommender) -> None:
    ouvertures = _openings(essai, [])
    assert not any(ouvertures.other_field(m) or ouvertures.other_domain(m) for m in range(len(essai.matrices.codes)))


def test_more_than_one_level_above_is_too_high_and_an_unknown_one_is_not(essai: Recommender) -> None:
    niveaux = np.full(len(essai.matrices.codes), np.nan)
    rang = essai.matrices.rang
    for code, niveau in (("H2101", 3.0), ("B1101", 4.0), ("D1101", 4.25)):
        niveaux[rang[code]] = niveau
    ouvertures = _openings(essai, ["H2101"], replace(essai.matrices, niveaux=niveaux))
    assert ouvertures.within_level(rang["B1101"])
    assert not ouvertures.within_level(rang["D1101"])
    assert ouvertures.within_level(rang["J1101"])
    inconnu = _openings(essai, ["N1101"], replace(essai.matrices, niveaux=niveaux))
    assert inconnu.within_level(rang["D1101"]), "the level of the person is unknown"


def test_without_gestures_what_opens_is_what_is_held_as_such(essai: Recommender) -> None:
    ouvertures = _openings(essai, ["H2101"])
    acquis = gather_acquis(essai.matrices, ProfilCompris(metiers={CodeRome("H2101"): Tenue(1.0, "")}), essai.config)
    np.testing.assert_allclose(ouvertures.valeurs, reach(essai.matrices, acquis.forces))
    assert ouvertures.personne is None
    assert not any(ouvertures.shared_gestures(m) for m in range(len(essai.matrices.codes)))


def test_gestures_lower_what_opens_and_are_named_only_elsewhere(essai: Recommender) -> None:
    moteur = Recommender(essai.catalogue, essai.chercheur, essai.config, gestes=gestures())
    rang = moteur.matrices.rang
    avec, sans = _openings(moteur, ["H2101"]), _openings(essai, ["H2101"])
    assert (avec.valeurs <= sans.valeurs + 1e-12).all()
    assert avec.valeurs[rang["D1101"]] > 0
    assert avec.shared_gestures(rang["D1101"])[0] == "la dextérité sur de petites pièces"
    assert avec.shared_gestures(rang["H2102"]) == (), "same domaine: no need to say why"
    assert avec.shared_gestures(rang["J1101"]) == (), "another gesture"
    liste = moteur.config.liste.model_copy(update={"geste_minimum": 1.01})
    moteur.config = moteur.config.model_copy(update={"liste": liste})
    assert _openings(moteur, ["H2101"]).shared_gestures(rang["D1101"]) == (), "not alike enough to be named"


def _people(socle: Recommender) -> list[Profil]:
    return [Profil(experiences=(Experience(code_rome=c, annees=5),)) for c in socle.matrices.codes[7::60]]


def test_people_of_the_socle_get_their_reserved_places(socle: Recommender) -> None:
    """Two fields among ten, five new domains after them; fewer only when nothing else opens."""
    for profil in _people(socle):
        etat = socle.assess(profil)
        assert etat.indice is not None
        rangs, _ = socle.rank(etat, 2_000)
        ouvertures = Ouvertures(socle.matrices, etat, socle.config)
        passe, domaines = str(profil.experiences[0].code_rome), [ouvertures.domain(m) for m in rangs]
        assert sum(ouvertures.other_field(m) for m in rangs[:TETE]) >= MINIMUM, passe
        assert all(socle.matrices.codes[m][0] != passe[0] for m in rangs if ouvertures.other_field(m))
        vus = {passe[:3], *domaines[:TETE]}
        neufs = [d for d in domaines[TETE:PARMI] if d not in vus]
        assert len(set(neufs)) == len(neufs), "one a domaine"
        pleins = {d for d in "ABCDEFGHIJKLMN" if [n[0] for n in neufs].count(d) >= 2}
        restent = [
            m
            for m, d in zip(rangs[PARMI:], domaines[PARMI:], strict=True)
            if d not in {*vus, *neufs}
            and d[0] not in pleins
            and ouvertures.other_domain(m)
            and ouvertures.within_level(m)
        ]
        assert len(neufs) == NEUFS or not restent, (passe, neufs, [socle.matrices.codes[m] for m in restent])


def test_a_short_list_begins_the_long_one_and_days_change_nothing(socle: Recommender) -> None:
    for profil in _people(socle)[:4]:
        longue = codes_of(socle.recommend(profil, 400))
        for limite in (1, 9, 10, 12, 15, 40):
            assert codes_of(socle.recommend(profil, limite)) == longue[:limite]


def test_reserved_places_never_bring_back_what_was_set_aside(socle: Recommender) -> None:
    for profil in _people(socle)[:4]:
        longue = codes_of(socle.recommend(profil, 30))
        exclu = longue[TETE - 1][:3]
        apres = codes_of(socle.recommend(replace(profil, exclusions=(exclu,)), 300))
        assert not [c for c in apres if c.startswith(exclu)]
        assert profil.experiences[0].code_rome not in apres


def test_a_diploma_widens_the_level_of_openings(socle: Recommender) -> None:
    passe = Experience(code_rome=socle.matrices.codes[int(np.nanargmin(socle.matrices.niveaux))], annees=5)
    etats = [socle.assess(Profil(experiences=(passe,), diplomes=(Diplome(niveau=n),))) for n in (3, 8)]
    bas, haut = (Ouvertures(socle.matrices, etat, socle.config) for etat in etats)
    tous = range(len(socle.matrices.codes))
    assert all(haut.within_level(m) for m in tous)
    assert any(not bas.within_level(m) for m in tous)
