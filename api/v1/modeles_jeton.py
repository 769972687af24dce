"""The shapes of the token endpoint, as OpenAPI tells them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.v1.modeles import ProblemeModele

_EXEMPLE: dict[str, Any] = {
    "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJtb24tcG9ydGFpbCJ9.c2lnbmF0dXJl",
    "token_type": "Bearer",
    "expires_in": 900,
    "scope": "lecture recommandation",
}


class JetonModele(BaseModel):
    """Un jeton, à envoyer dans « Authorization: Bearer … »."""

    model_config = ConfigDict(json_schema_extra={"example": _EXEMPLE})

    access_token: str = Field(description="Le jeton : opaque pour qui l'envoie.")
    token_type: Literal["Bearer"] = Field(description="La façon de l'envoyer.")
    expires_in: int = Field(description="Sa durée, en secondes.", examples=[900])
    scope: str = Field(description="Ses portées, séparées par des espaces.", examples=["lecture recommandation"])


class ProblemeJetonModele(ProblemeModele):
    """Une erreur de la demande de jeton : un problème (RFC 9457) qui porte aussi le code de la RFC 6749.

    En `application/json`, comme cette RFC le veut ; en `application/problem+json` à qui l'accepte.
    """

    error: Literal[
        "invalid_request", "invalid_client", "invalid_scope", "unauthorized_client", "unsupported_grant_type"
    ]
    error_description: str = Field(description="Le même détail, sans accents, comme la RFC 6749 le demande.")


FORMULAIRE: dict[str, Any] = {
    "required": True,
    "content": {
        "application/x-www-form-urlencoded": {
            "schema": {
                "type": "object",
                "required": ["grant_type"],
                "properties": {
                    "grant_type": {"type": "string", "enum": ["client_credentials"]},
                    "scope": {
                        "type": "string",
                        "description": "Portées voulues, séparées par des espaces ; sans elles, toutes les vôtres.",
                    },
                    "client_id": {"type": "string", "description": "À défaut de l'en-tête « Authorization: Basic »."},
                    "client_secret": {"type": "string", "description": "Le secret, avec « client_id »."},
                },
            },
            "example": {"grant_type": "client_credentials", "scope": "lecture recommandation"},
        }
    },
}


def error_response(description: str) -> dict[str, Any]:
    """How OpenAPI tells an error of this endpoint."""
    schema = {"$ref": f"#/components/schemas/{ProblemeJetonModele.__name__}"}
    medias = ("application/json", "application/problem+json")
    return {"description": description, "content": {media: {"schema": schema} for media in medias}}
