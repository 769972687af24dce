"""A basket that leaves as JSON-LD and comes back whole; one from elsewhere, or from an enemy, is read with care."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as reglages
from hypothesis import strategies as st
from pyld import jsonld

from api.lectures.panier import CONTEXTE, ELM, export_basket
from api.lectures.panier_lecture import CONTEXTES_CONNUS, CONTEXTES_MAX, PROFONDEUR_MAX, VALEURS_MAX, import_basket
from api.profils.profil import EXEMPLE, read_profile
from api.service import Service
from api.v1 import modeles_panier
from recommender.types import CompetenceDeclaree, Diplome, Experience, Profil
from referentiels.errors import InvalidInputError

EXPORT, IMPORT, CONTEXTE_LU = "/api/v1/panier/export", "/api/v1/panier/import", "/api/v1/panier/contexte"
EDC = "http://data.europa.eu/snb/model/context/edc-ap"
mots = st.text(min_size=1, max_size=40).filter(lambda texte: bool(texte.strip()))
experiences = st.builds(
    Experience,
    code_rome=st.none() | st.sampled_from(["D1102", "N4101", "Z9999", "d 1"]),
    code_appellation=st.none() | st.integers(0, 10**12),
    texte=st.none() | mots,
    annees=st.none() | st.floats(0, 80, allow_nan=False) | st.integers(0, 80).map(float),
    nature=st.sampled_from(["emploi", "stage", "benevolat", "vie_personnelle"]),
).filter(lambda e: bool(e.code_rome or e.code_appellation is not None or e.texte))
competences = st.builds(
    CompetenceDeclaree,
    code=st.none() | st.sampled_from([1, 6, 300]) | st.integers(0, 10**12),
    texte=st.none() | mots,
    niveau=st.none() | st.integers(1, 4),
    envie=st.sampled_from(["oui", "non", "indifferent"]),
).filter(lambda c: c.code is not None or bool(c.texte))
diplomes = st.builds(
    Diplome,
    code=st.none() | st.sampled_from(["RNCP11111", "rncp 22222", "autre"]) | mots,
    texte=st.none() | mots,
    niveau=st.none() | st.integers(1, 8),
).filter(lambda d: bool(d.code or d.texte or d.niveau))


def exporter(service: Service, profil: Profil, *, deduites: bool = False) -> dict[str, Any]:
    matrices = service.recommender.matrices if deduites else None
    corps = export_basket(profil, service.recommender.assess(profil), service.catalogue, matrices)
    relu: dict[str, Any] = json.loads(json.dumps(corps))
    return relu


def importer(service: Service, document: Any) -> Any:
    return import_basket(document, service.catalogue, service.recherche)


@reglages(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lot=st.tuples(
        st.lists(experiences, max_size=12), st.lists(competences, max_size=12), st.lists(diplomes, max_size=5)
    ),
    deduites=st.booleans(),
)
def test_what_leaves_comes_back_whole(
    service: Service, lot: tuple[list[Experience], list[CompetenceDeclaree], list[Diplome]], deduites: bool
) -> None:
    profil = Profil(experiences=tuple(lot[0]), competences=tuple(lot[1]), diplomes=tuple(lot[2]))
    assert importer(service, exporter(service, profil, deduites=deduites)).profil == profil


def test_the_round_trip_by_the_api_gives_a_profile_to_send(client: TestClient) -> None:
    depart = client.post(EXPORT, json=EXEMPLE)
    assert depart.headers["content-type"] == "application/ld+json"
    assert depart.headers["cache-control"] == "no-store"
    modeles_panier.PanierModele.model_validate(depart.json(), strict=True)
    retour = client.post(IMPORT, content=depart.content, headers={"Content-Type": "application/ld+json"})
    assert (retour.status_code, retour.headers["cache-control"]) == (200, "no-store")
    lu = modeles_panier.PanierLuModele.model_validate(retour.json(), strict=True)
    envoye, rendu = read_profile(EXEMPLE).to_domain(), read_profile(lu.profil.model_dump()).to_domain()
    assert (rendu.competences, rendu.experiences) == (envoye.competences, envoye.experiences)
    assert rendu.diplomes == envoye.diplomes
    assert client.post("/api/v1/recommandations", json=lu.profil.model_dump()).status_code == 200


def test_the_basket_holds_codes_labels_origin_and_level_and_no_identity(service: Service) -> None:
    profil = Profil(
        souhait="un secret",
        experiences=(Experience(code_rome="D1102", annees=3.0),),
        competences=(CompetenceDeclaree(code=6, niveau=3, envie="oui"), CompetenceDeclaree(texte="tenir une caisse")),
        diplomes=(Diplome(code="RNCP11111", niveau=4),),
    )
    corps = exporter(service, profil, deduites=True)
    assert "secret" not in json.dumps(corps)
    dite, lue, *deduites = corps["hasClaim"][0]["specifiedBy"]["learningOutcome"]
    assert (dite["title"], dite["niveau"], dite["origine"]) == ({"fr": "Coudre à la machine"}, 3, "declaree")
    assert (dite["relatedSkill"][0]["notation"], "confiance" in dite["relatedSkill"][0]) == ("6", False)
    # Words stay words: how they were read is told apart, with how sure it is.
    assert (lue["texte"], lue["relatedSkill"][0]["notation"]) == ("tenir une caisse", "4")
    assert lue["relatedSkill"][0]["confiance"] > 0
    assert {d["relatedSkill"][0]["notation"] for d in deduites} >= {"1", "2", "300"}
    assert all(
        d["deduite"] and "Boulanger" in d["origine"] for d in deduites if d["relatedSkill"][0]["notation"] == "1"
    )
    diplome = corps["hasClaim"][2]["specifiedBy"]
    assert diplome["eqfLevel"] == {"id": "http://data.europa.eu/snb/eqf/4"}
    assert diplome["title"] == {"fr": "Brevet <essai> de boulange"}


def test_the_terms_are_those_of_the_european_model(service: Service) -> None:
    profil = Profil(competences=(CompetenceDeclaree(code=6),))
    etendu = json.dumps(jsonld.expand(exporter(service, profil)))
    for terme in ("Person", "hasClaim", "LearningAchievement", "specifiedBy", "learningOutcome", "relatedSkill"):
        assert f'"{ELM}{terme}"' in etendu
    for adresse in ("http://purl.org/dc/terms/title", "http://www.w3.org/2004/02/skos/core#notation"):
        assert f'"{adresse}"' in etendu


def test_the_context_is_published(client: TestClient) -> None:
    reponse = client.get(CONTEXTE_LU)
    assert reponse.headers["content-type"] == "application/ld+json"
    assert reponse.json() == {"@context": dict(CONTEXTE)}
    assert "etag" in reponse.headers


def test_a_basket_of_europass_is_read_and_left_to_confirm(service: Service) -> None:
    document = {
        "@context": EDC,
        "type": "EuropeanDigitalCredential",
        "credentialSubject": {"type": "Person"},
        "hasClaim": [
            {
                "id": "urn:a",
                "type": "LearningAchievement",
                "title": {"en": "Sewing", "fr": "Couture"},
                "specifiedBy": {
                    "type": "Qualification",
                    "title": {"fr": "CAP couture"},
                    "learningOutcome": {
                        "type": "LearningOutcome",
                        "title": {"en": "Sew", "fr": "Coudre à la machine"},
                        "relatedESCOSkill": [{"id": "http://data.europa.eu/esco/skill/1", "type": "Concept"}],
                    },
                },
            }
        ],
    }
    lu = importer(service, document)
    assert lu.avertissements == ()
    assert lu.profil.competences == (CompetenceDeclaree(texte="Coudre à la machine"),)
    assert lu.profil.diplomes == (Diplome(texte="Couture"),)
    [question] = lu.a_confirmer
    assert (question.champ, question.propositions[0]) == ("competences[0]", ("6", "Coudre à la machine"))
    assert "ESCO" in question.raison


def test_an_unknown_code_is_named_with_the_nearest(service: Service) -> None:
    notion = {"@type": "skos:Concept", "skos:notation": "999999", "skos:prefLabel": "Lire un plan"}
    document = {
        "@context": {"elm": ELM, "skos": "http://www.w3.org/2004/02/skos/core#"},
        "@type": "elm:LearningOutcome",
        "elm:relatedSkill": notion,
    }
    lu = importer(service, document)
    [question] = lu.a_confirmer
    assert lu.profil.competences[0].code == 999999
    assert (question.texte, question.raison) == ("999999 Lire un plan", "code inconnu du catalogue")
    assert question.propositions[0] == ("8", "Lire un plan")


def test_what_is_named_elsewhere_is_found_and_no_cycle_is_followed(service: Service) -> None:
    document = {
        "@context": dict(CONTEXTE),
        "@graph": [
            {"id": "urn:r", "type": "LearningOutcome", "relatedSkill": "urn:s", "learningOutcome": "urn:r"},
            {"id": "urn:s", "type": "Concept", "notation": "6", "relatedSkill": "urn:r", "inScheme": "urn:s"},
        ],
    }
    assert importer(service, document).profil.competences == (CompetenceDeclaree(code=6),)


def test_nothing_is_ever_fetched(service: Service) -> None:
    espion = "http://127.0.0.1:9/contexte"
    document = {"@context": [espion, {"@import": espion}], "@type": f"{ELM}LearningOutcome", "x": 1}
    assert importer(service, document).avertissements[0].count(espion) == 1
    lu = importer(service, {**document, "@context": [espion, dict(CONTEXTE)], "title": {"fr": "Lire un plan"}})
    assert lu.profil.competences == (CompetenceDeclaree(texte="Lire un plan"),)
    assert espion in lu.avertissements[0]
    # The library keeps what it was given for an address: a second reading says it again.
    assert espion in importer(service, {"@context": espion}).avertissements[0]
    assert EDC in CONTEXTES_CONNUS


def nest(profondeur: int) -> dict[str, Any]:
    document: dict[str, Any] = {"type": "LearningOutcome"}
    for _ in range(profondeur):
        document = {"hasClaim": document}
    return {"@context": dict(CONTEXTE), **document}


@pytest.mark.parametrize(
    "document",
    [
        nest(PROFONDEUR_MAX),
        {"@graph": [1] * VALEURS_MAX},
        {"@graph": [{"@context": {}}] * (CONTEXTES_MAX + 2)},
        {"@context": {"a": "b:x", "b": "a:y"}, "a": 1},
        {"@context": 7},
        {"@context": {"@version": 9}},
        {"@id": ["a"]},
        {"@type": 3},
        {"@graph": [{"@value": 1, "@id": "x"}]},
        {"@context": {"t": {"@id": "urn:t", "@container": "@inconnu"}}, "t": 1},
    ],
    ids=["profond", "grand", "contextes", "cycle", "nombre", "version", "id", "type", "valeur", "conteneur"],
)
def test_hostile_documents_are_refused_plainly(client: TestClient, document: dict[str, Any]) -> None:
    reponse = client.post(IMPORT, json=document)
    assert reponse.status_code == 422
    assert reponse.json()["erreurs"][0]["champ"] == "document"


json_quelconque = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda v: (
        st.lists(v, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@context", "@id", "@type", "@graph", "@value", "@list", "@language", *CONTEXTE])
            | st.text(max_size=6),
            v,
            max_size=4,
        )
    ),
    max_leaves=25,
)


@reglages(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))
@given(corps=st.dictionaries(st.sampled_from(["@graph", "hasClaim", "type", "relatedSkill", "x"]), json_quelconque))
def test_any_document_is_read_or_refused(service: Service, corps: dict[str, Any]) -> None:
    for document in (corps, {"@context": dict(CONTEXTE), **corps}, {"@context": corps}):
        try:
            lu = importer(service, document)
        except InvalidInputError as error:
            assert error.champ == "document"
        else:
            # What is read can be sent.
            champs = {nom: getattr(lu.profil, nom) for nom in ("experiences", "competences", "diplomes")}
            envoi = {nom: [{s: getattr(e, s) for s in e.__slots__} for e in lot] for nom, lot in champs.items()}
            read_profile(envoi)


def test_too_many_elements_are_cut_and_told(service: Service) -> None:
    document = {
        "@context": dict(CONTEXTE),
        "@graph": [{"type": "LearningOutcome", "title": {"fr": f"chose {n}"}} for n in range(501)],
    }
    lu = importer(service, document)
    assert len(lu.profil.competences) == 500
    assert "500 premières compétences" in lu.avertissements[0]
