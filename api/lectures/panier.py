"""The basket of compétences of a person as JSON-LD: the terms of the European Learning Model, the codes of ROME."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recommender.etat import Etat
from recommender.matrices import Matrices
from recommender.signals.competences import label_item
from recommender.types import CompetenceDeclaree, Comprehension, Diplome, Experience, Profil
from referentiels.catalogue import Catalogue
from referentiels.types import Appellation, Certification, CodeOgr, CodeRome

Json = dict[str, Any]
ELM = "http://data.europa.eu/snb/model/elm/"
SKOS = "http://www.w3.org/2004/02/skos/core#"
DC = "http://purl.org/dc/terms/"
ADMS = "http://www.w3.org/ns/adms#"
AZIMUT = "urn:azimut:panier:"
EQF = "http://data.europa.eu/snb/eqf/"
OGR, ROME, RNCP = f"{AZIMUT}rome-ogr", f"{AZIMUT}rome-metier", f"{AZIMUT}rncp"
"""Schemes that no public body gives an address to: the codes are theirs, these names are ours."""
_TEXTE = {"@container": "@language"}
CONTEXTE: Mapping[str, Any] = {
    "elm": ELM,
    "skos": SKOS,
    "dc": DC,
    "adms": ADMS,
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "azimut": AZIMUT,
    "id": "@id",
    "type": "@type",
    "Person": "elm:Person",
    "LearningAchievement": "elm:LearningAchievement",
    "LearningAchievementSpecification": "elm:LearningAchievementSpecification",
    "LearningActivity": "elm:LearningActivity",
    "LearningOutcome": "elm:LearningOutcome",
    "Qualification": "elm:Qualification",
    "Identifier": "elm:Identifier",
    "Concept": "skos:Concept",
    "ConceptScheme": "skos:ConceptScheme",
    "hasClaim": {"@id": "elm:hasClaim", "@type": "@id"},
    "specifiedBy": {"@id": "elm:specifiedBy", "@type": "@id"},
    "learningOutcome": {"@id": "elm:learningOutcome", "@type": "@id"},
    "relatedSkill": {"@id": "elm:relatedSkill", "@type": "@id"},
    "relatedESCOSkill": {"@id": "elm:relatedESCOSkill", "@type": "@id"},
    "eqfLevel": {"@id": "elm:EQFLevel", "@type": "@id"},
    "schemeName": "elm:schemeName",
    "identifier": {"@id": "adms:identifier", "@type": "@id"},
    "notation": "skos:notation",
    "inScheme": {"@id": "skos:inScheme", "@type": "@id"},
    "prefLabel": {"@id": "skos:prefLabel", **_TEXTE},
    "title": {"@id": "dc:title", **_TEXTE},
    "description": {"@id": "dc:description", **_TEXTE},
    "rang": "azimut:rang",
    "texte": "azimut:texte",
    "niveau": "azimut:niveau",
    "envie": "azimut:envie",
    "origine": "azimut:origine",
    "deduite": "azimut:deduite",
    "confiance": "azimut:confiance",
    "annees": "azimut:annees",
    "nature": "azimut:nature",
    "metier": {"@id": "azimut:metier", "@type": "@id"},
    "appellation": {"@id": "azimut:appellation", "@type": "@id"},
    "catalogue": "azimut:catalogue",
}
DECLAREE = "declaree"
_SANS_NOM = "Sans intitulé"


def export_basket(profil: Profil, etat: Etat, catalogue: Catalogue, deductions: Matrices | None = None) -> Json:
    """The compétences, experiences and diplomas of a profile, each with its codes, labels, origin and level.

    What is not a basket (wishes, tastes, place, conditions) is left out. Nothing tells who the person is.

    Args:
        profil: What the person said.
        etat: How it was understood; a reading is told apart from what was said, with how sure it is.
        catalogue: Gives labels to codes.
        deductions: Of the engine, to add what the experiences call for; None leaves it out.
    """
    lectures = {c.champ: c for c in etat.compris.compris if c.nature in {"competence", "savoir", "metier"}}
    competences = [
        _outcome(rang, competence, lectures.get(f"competences[{rang}]"), catalogue)
        for rang, competence in enumerate(profil.competences)
    ]
    if deductions is not None:
        competences += _deduced(profil, etat, catalogue, deductions, len(competences))
    return {
        "@context": dict(CONTEXTE),
        "type": "Person",
        "catalogue": catalogue.version,
        "hasClaim": [
            {
                "type": "LearningAchievement",
                "title": {"fr": "Compétences"},
                "specifiedBy": {
                    "type": "LearningAchievementSpecification",
                    "title": {"fr": "Compétences"},
                    "learningOutcome": competences,
                },
            },
            *(
                _activity(rang, experience, lectures.get(f"experiences[{rang}]"), catalogue)
                for rang, experience in enumerate(profil.experiences)
            ),
            *(_achievement(rang, diplome, catalogue) for rang, diplome in enumerate(profil.diplomes)),
        ],
    }


def _outcome(rang: int, une: CompetenceDeclaree, lecture: Comprehension | None, catalogue: Catalogue) -> Json:
    libelle = name_item(catalogue, une.code)
    notions = [_item(str(une.code), libelle)] if une.code is not None else []
    if une.code is None and lecture is not None and lecture.code.isdigit():
        nom = name_item(catalogue, int(lecture.code)) or lecture.libelle
        notions = [{**_item(lecture.code, nom), "confiance": round(lecture.confiance, 4)}]
    return _filled(
        type="LearningOutcome",
        rang=rang,
        title={"fr": libelle or une.texte or _SANS_NOM},
        texte=une.texte,
        relatedSkill=notions,
        niveau=une.niveau,
        envie=une.envie,
        origine=DECLAREE,
    )


def _deduced(profil: Profil, etat: Etat, catalogue: Catalogue, matrices: Matrices, debut: int) -> Iterator[Json]:
    """What the experiences call for, and what words were read as, each with where it comes from."""
    dites = {competence.code for competence in profil.competences}
    rangs = [r for r in etat.acquis.forces.nonzero()[0].tolist() if matrices.items[r] not in dites]
    ordre = sorted(rangs, key=lambda r: (-float(etat.acquis.forces[r]), matrices.items[r]))
    for place, rang in enumerate(ordre, debut):
        code = matrices.items[rang]
        libelle = label_item(catalogue, code)
        yield _filled(
            type="LearningOutcome",
            rang=place,
            title={"fr": libelle},
            relatedSkill=[_item(str(code), libelle)],
            origine=etat.acquis.origines[rang],
            deduite=True,
        )


def _activity(rang: int, une: Experience, lecture: Comprehension | None, catalogue: Catalogue) -> Json:
    metier = catalogue.metiers.get(CodeRome(une.code_rome.strip().upper())) if une.code_rome else None
    appellations = catalogue.select(Appellation, code_ogr=une.code_appellation) if une.code_appellation else ()
    nom = appellations[0].libelle if appellations else None
    metiers = [_concept(une.code_rome, metier.intitule if metier else None, ROME)] if une.code_rome is not None else []
    if not metiers and lecture is not None and lecture.nature == "metier":
        compris = catalogue.metiers.get(CodeRome(lecture.code))
        nomme = _concept(lecture.code, compris.intitule if compris else lecture.libelle, ROME)
        metiers = [{**nomme, "confiance": round(lecture.confiance, 4)}]
    return _filled(
        type="LearningActivity",
        rang=rang,
        title={"fr": (metier.intitule if metier else None) or nom or une.texte or _SANS_NOM},
        texte=une.texte,
        metier=metiers,
        appellation=[_concept(str(une.code_appellation), nom, OGR)] if une.code_appellation is not None else [],
        annees=une.annees,
        nature=une.nature,
    )


def _achievement(rang: int, un: Diplome, catalogue: Catalogue) -> Json:
    numero = "".join((un.code or "").split()).upper()
    fiches: Sequence[Certification] = catalogue.select(Certification, numero=numero) if numero else ()
    titre = {"fr": (fiches[0].intitule if fiches else None) or un.texte or _SANS_NOM}
    codes = [] if un.code is None else [{"type": "Identifier", "notation": un.code, "schemeName": RNCP}]
    qualification = _filled(
        type="Qualification",
        title=titre,
        identifier=codes,
        eqfLevel={"id": f"{EQF}{un.niveau}"} if un.niveau is not None else None,
    )
    return _filled(
        type="LearningAchievement", rang=rang, title=titre, texte=un.texte, niveau=un.niveau, specifiedBy=qualification
    )


def name_item(catalogue: Catalogue, code: int | None) -> str | None:
    """The label of a compétence or savoir; None when the catalogue holds no such code."""
    if code is None:
        return None
    item = catalogue.competences.get(CodeOgr(code)) or catalogue.savoirs.get(CodeOgr(code))
    return item.libelle if item else None


def _item(code: str, libelle: str | None) -> Json:
    return _concept(code, libelle, OGR)


def _concept(code: str, libelle: str | None, schema: str) -> Json:
    return _filled(
        type="Concept",
        notation=code,
        prefLabel={"fr": libelle} if libelle else None,
        inScheme={"id": schema, "type": "ConceptScheme"},
    )


def _filled(**membres: Any) -> Json:
    """The members that hold something."""
    return {nom: valeur for nom, valeur in membres.items() if valeur is not None and valeur != []}
