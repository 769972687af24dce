"""What a session holds, what it refuses to hold, and what the engine is given of it."""

import json
from datetime import date
from functools import partial
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.conseil.bilan import draw_up
from api.conseil.evenements import read_bilan
from api.conseil.gestes import GESTES, perform
from api.conseil.gestes_pistes import step_of
from api.conseil.seance import CompetenceDite, ExperienceDite, Seance, as_members, read_day, read_seance
from api.conseil.tenues import DUREE, Tenues
from api.service import Service
from api.web.conseiller.comparaison import compare
from api.web.conseiller.ecrans import CRITERES
from api.web.widget.contexte import questionnaire
from recommender.signals.base import AXES
from referentiels.errors import InvalidInputError, UnknownCodeError
from referentiels.types import CodeRome
from tests.api.seances import RECITS

RANGES = Tenues()


def do(moteur: Service, seance: Seance, geste: str, **champs: str) -> Seance:
    return perform(
        geste, seance, champs, moteur, partial(RANGES.rank, "x", moteur=moteur, questionnaire=questionnaire())
    ).seance


def told(moteur: Service, nombre: int = 3) -> Seance:
    seance = Seance()
    for nature, titre, annees, recit in RECITS[:nombre]:
        seance = do(moteur, seance, "experience", nature=nature, titre=titre, annees=annees, recit=recit)
    return seance


def test_a_session_comes_back_as_it_was_written(socle: Service) -> None:
    seance = told(socle).take_up(date(2026, 11, 3))
    relue = read_seance(seance.as_json())
    assert relue == seance
    assert relue.avant is not None
    assert relue.avant_le == "2026-11-03"
    assert as_members(relue)["experiences"][0]["titre"] == "vendeuse en boulangerie"


@pytest.mark.parametrize(
    "contenu",
    [
        '{"v":2}',
        '{"inconnu":1}',
        '{"poids":{"souhait":99}}',
        '{"epingles":["X9999"]}',
        '{"competences":[{"code":1}]}',
        "[",
        "x" * 300_000,
    ],
)
def test_what_is_not_a_session_is_refused(contenu: str) -> None:
    with pytest.raises(InvalidInputError):
        read_seance(contenu)


def test_a_session_has_bounds(socle: Service) -> None:
    seance = Seance()
    for rang in range(12):
        seance = do(socle, seance, "contrainte", texte=f"contrainte {rang}")
    with pytest.raises(InvalidInputError) as refus:
        do(socle, seance, "contrainte", texte="une de trop")
    assert refus.value.champ == "contraintes"


def test_what_the_words_say_is_proposed_and_held_only_once_confirmed(socle: Service) -> None:
    seance = told(socle, 1)
    lues = [c for c in seance.competences if c.origine == "recit"]
    assert lues
    assert all(c.mots and c.experience == "e1" and c.etat == "proposee" for c in lues)
    assert seance.to_profile(questionnaire()).competences == ()
    code = lues[0].code
    seance = do(socle, seance, "competence", code=str(code), etat="confirmee", niveau="3", envie="oui")
    [tenue] = seance.to_profile(questionnaire()).competences
    assert (tenue.code, tenue.niveau, tenue.envie, tenue.texte) == (code, 3, "oui", lues[0].mots)


def test_a_refused_competence_never_comes_back_nor_counts(socle: Service) -> None:
    seance = told(socle, 1)
    experience = seance.experiences[0]
    assert experience.code_rome
    for dite in seance.competences:
        seance = do(socle, seance, "competence", code=str(dite.code), etat="refusee")
    refusees = {c.code for c in seance.competences}
    assert seance.refusees == refusees
    # Told again, in other words: what was refused is not proposed.
    seance = do(socle, seance, "experience-changer", experience="e1", titre=experience.titre, recit=experience.recit)
    assert not [c for c in seance.competences if c.code in refusees and c.etat != "refusee"]
    etat = socle.recommender.assess(seance.to_profile(questionnaire()))
    tenus = {socle.recommender.matrices.items[r] for r in (etat.acquis.forces > 0).nonzero()[0].tolist()}
    proches = {socle.recommender.matrices.items[r] for r in (etat.acquis.transferts > 0).nonzero()[0].tolist()}
    assert not refusees & (tenus | proches)
    decrit = socle.recommender.describe(etat, CodeRome(experience.code_rome))
    assert not refusees & {int(c.code) for c in (*decrit.acquises, *decrit.transferables)}


def test_an_experience_taken_back_leaves_what_was_confirmed(socle: Service) -> None:
    seance = told(socle, 1)
    code = seance.competences[0].code
    seance = do(socle, seance, "competence", code=str(code), etat="confirmee")
    seance = do(socle, seance, "experience-retirer", experience="e1")
    [restee] = seance.competences
    assert (restee.code, restee.experience) == (code, None)
    assert not seance.experiences


def test_the_list_moves_and_says_from_where(socle: Service) -> None:
    seance = told(socle, 1)
    avant = seance.premiers
    assert avant
    seance = do(socle, seance, "experience", titre="maçonne", nature="emploi", annees="5")
    assert seance.premiers != avant
    assert seance.precedents == avant
    seance = do(socle, seance, "contrainte", texte="pas de permis")
    assert seance.precedents == (), "une contrainte ne change pas la liste"


def test_weights_move_together_and_come_back(socle: Service) -> None:
    seance = do(socle, told(socle, 2), "poids", **{"poids-souhait": "3", "poids-marche": "2"})
    assert set(seance.poids) == {"souhait", "marche"}
    assert (step_of("souhait", seance, socle), step_of("marche", seance, socle)) == (3, 2)
    assert step_of("competences", seance, socle) == 2
    assert do(socle, seance, "poids", defaut="1").poids == {}


def test_every_criterion_has_words() -> None:
    assert set(CRITERES) == set(AXES)


def test_pinned_set_aside_added(socle: Service) -> None:
    seance = told(socle, 2)
    premier, second = seance.premiers[:2]
    seance = do(socle, seance, "epingler", code_rome=premier)
    seance = do(socle, seance, "ecarter", code_rome=second, motif="horaires")
    assert second not in seance.premiers
    assert (seance.ecartes[0].motif, seance.ecartes[0].cle) == ("Horaires", "horaires")
    with pytest.raises(InvalidInputError):
        do(socle, seance, "ecarter", code_rome=premier, motif="autre")
    absent = next(c for c in socle.catalogue.metiers if c not in seance.premiers)
    seance = do(socle, seance, "metier-ajouter", code_rome=absent, par="personne")
    assert seance.ajoutes[0].par == "personne"
    seance = do(socle, seance, "remettre", code_rome=second)
    assert second in seance.premiers
    with pytest.raises(UnknownCodeError):
        do(socle, seance, "epingler", code_rome="Z9999")


def test_every_gesture_survives_an_empty_form(socle: Service) -> None:
    """A form cut on its way is refused or does nothing; it never breaks the session."""
    seance = told(socle, 1)
    for nom in GESTES:
        try:
            do(socle, seance, nom)
        except (InvalidInputError, UnknownCodeError):
            continue


def test_days_are_days() -> None:
    assert read_day("2026-12-01") == "2026-12-01"
    assert read_day("demain") is None


def test_words_for_the_summary_never_reach_the_engine(socle: Service) -> None:
    seance = told(socle, 1)
    avant = seance.to_profile(questionnaire())
    for geste, champs in (
        ("contrainte", {"texte": "garde d'enfants"}),
        ("paroles", {"paroles": "je veux changer"}),
        ("convenu", {"texte": "se revoir"}),
        ("etape", {"texte": "appeler le CFA"}),
        ("avis", {"trouve": "oui"}),
    ):
        seance = do(socle, seance, geste, **champs)
    assert seance.to_profile(questionnaire()) == avant


def test_two_sessions_are_compared_in_words(socle: Service) -> None:
    avant = told(socle, 1)
    apres = do(socle, told(socle, 2), "epingler", code_rome=avant.premiers[0])
    titres = {e.titre: e for e in compare(avant, apres, socle.catalogue)}
    assert "aide à domicile (2 ans)" in titres["Expériences"].ajouts
    assert titres["Métiers épinglés"].ajouts == (socle.catalogue.metiers[CodeRome(avant.premiers[0])].intitule,)
    assert compare(apres, apres, socle.catalogue) == ()


def test_a_session_counts_for_closed_values_only(socle: Service) -> None:
    seance = do(socle, told(socle, 2), "lieu", commune="Nantes")
    seance = do(socle, seance, "ecarter", code_rome=seance.premiers[0], motif="autre", **{"motif-dit": "chez tonton"})
    bilan = draw_up(do(socle, seance, "avis", trouve="un_peu"), socle)
    comptes = read_bilan(bilan)
    assert comptes["entree", "metier"] == 1
    assert comptes["ecarts", "autre"] == 1
    assert comptes["trouve", "un_peu"] == 1
    assert comptes["territoire", "44"] == 1
    assert "tonton" not in json.dumps(bilan)


def test_a_competence_of_a_file_is_known_as_such() -> None:
    dite = CompetenceDite(code=12, libelle="tenir une caisse", etat="confirmee", origine="fichier")
    assert Seance(competences=(dite,)).confirmees == (dite,)


def test_a_profile_is_held_while_it_stays_the_same_and_not_for_long(socle: Service) -> None:
    instants = [0.0]
    tenues = Tenues(lambda: instants[0])
    seance, q = told(socle, 1), questionnaire()
    premiere = tenues.rank("a", seance, socle, q)
    assert tenues.rank("a", seance.change(contraintes=("pas de permis",)), socle, q) is premiere
    assert tenues.rank("a", seance.change(souhait="travailler dehors"), socle, q) is not premiere
    seconde = tenues.rank("a", seance, socle, q)
    tenues.forget("a")
    assert tenues.rank("a", seance, socle, q) is not seconde
    troisieme = tenues.rank("a", seance, socle, q)
    instants[0] += DUREE
    tenues.sweep()
    assert not tenues._tenues, "rien d'une personne ne reste quand plus personne ne demande rien"
    assert tenues.rank("a", seance, socle, q) is not troisieme


def test_the_sweep_comes_when_the_oldest_is_due(socle: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    attentes: list[float] = []

    def wait(attente: float, _: object) -> SimpleNamespace:
        attentes.append(attente)
        return SimpleNamespace(start=lambda: None)

    monkeypatch.setattr("api.conseil.tenues.Timer", wait)
    instants = [0.0]
    tenues = Tenues(lambda: instants[0])
    for dossier in ("a", "b"):
        tenues.rank(dossier, Seance(souhait="vendre"), socle, questionnaire())
        instants[0] += DUREE / 3
    instants[0] = DUREE
    tenues.sweep()
    assert attentes == [DUREE, DUREE / 3], "le second part à son heure, pas une durée plus tard"


def test_a_session_of_another_day_still_opens(socle: Service) -> None:
    """A criterion or a question that is no more is left out: the dossier does not lock itself."""
    seance = read_seance(
        '{"poids":{"disparu":2,"souhait":1.8},"gouts":[{"item":"Z99","valeur":"oui"}],"souhait":"vendre"}'
    )
    profil = seance.to_profile(questionnaire())
    assert dict(profil.ponderation) == {"souhait": 1.8}
    assert not profil.interets.riasec
    assert do(socle, seance, "gout", item="Y42", valeur="non").premiers


def test_a_doubtful_title_holds_nothing_until_it_is_said(socle: Service) -> None:
    seance = do(socle, Seance(), "experience", titre="coups de main chez des amis", nature="vie_personnelle")
    assert seance.experiences[0].code_rome is None
    assert seance.to_profile(questionnaire()).experiences == ()
    code = next(iter(socle.catalogue.metiers))
    dite = do(socle, seance, "experience-metier", experience="e1", code_rome=code)
    [experience] = dite.to_profile(questionnaire()).experiences
    assert experience.code_rome == code
    aucun = do(socle, dite, "experience-metier", experience="e1", aucun="1")
    assert (aucun.experiences[0].code_rome, aucun.experiences[0].choisi) == (None, True)
    assert aucun.to_profile(questionnaire()).experiences == ()


def test_unpaid_experience_holds_no_unconfirmed_words(socle: Service) -> None:
    """The engine alone would hold what the words of an unpaid experience seem to say: here two people confirm."""
    seance = do(socle, Seance(), "experience", titre="réparer des vélos au club", nature="benevolat")
    etat = socle.recommender.assess(seance.to_profile(questionnaire()))
    assert not etat.acquis.forces.any() or seance.experiences[0].code_rome


_MOTS = st.text(max_size=60) | st.sampled_from(
    ["e1", "D1106", "44109", "RNCP1", "confirmee", "3", "oui", "R01", "eviter"]
)
_NOMS = sorted({
    "titre", "recit", "annees", "nature", "experience", "code", "etat", "niveau", "envie", "texte", "item", "valeur",
    "centre", "souhait", "mode", "commune", "rayon", "code_rome", "motif", "motif-dit", "par", "certification", "voie",
    "identifiant", "intitule", "debut", "qui", "pour_le", "contact", "paroles", "trouve", "poids-souhait",
})  # fmt: skip


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(GESTES)), st.dictionaries(st.sampled_from(_NOMS), _MOTS, max_size=8))
def test_whatever_is_typed_a_session_stays_one(socle: Service, geste: str, champs: dict[str, str]) -> None:
    """Refused with a reason, or written and read back the same."""
    depart = Seance(experiences=(ExperienceDite(identifiant="e1", nature="emploi", titre="vendeuse"),))
    try:
        seance = do(socle, depart, geste, **champs)
    except (InvalidInputError, UnknownCodeError):
        return
    assert read_seance(seance.as_json()) == seance
