"""One recommendation for the API, the pages and the command line: list, near formations, provenance."""

from datetime import date

from api.profils.profil import ProfilSchema
from api.reponses.commun import Json, answer_as_dict
from api.service import Service


def recommend_as_dict(service: Service, schema: ProfilSchema, limite: int, jour: date | None = None) -> Json:
    """The whole answer to a profile.

    Args:
        service: The engine.
        schema: The profile as it was sent.
        limite: Number of métiers wanted.
        jour: Of the draw between equal formations; today when None.
    """
    profil, tirage = schema.to_domain(), jour or date.today()
    recommandation = service.recommender.recommend(profil, limite)
    return answer_as_dict(
        recommandation,
        service.catalogue,
        service.recherche.version,
        schema.warnings(),
        service.guide.near(profil, recommandation, tirage),
        tirage,
    )
