"""What may change in a contract without breaking who calls it: additions, and nothing taken away or tightened."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
METHODES = {"get", "post", "put", "patch", "delete"}
_PLAFONDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_PLANCHERS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_PROFONDEUR = 12


def breaks(ancien: Json, nouveau: Json) -> list[str]:
    """What a client of the old contract would miss in the new one, in French; nothing when none would."""
    return list(dict.fromkeys(_operations(ancien, nouveau)))


def _operations(ancien: Json, nouveau: Json) -> Iterator[str]:
    for chemin, methodes in ancien["paths"].items():
        for methode in METHODES & set(methodes):
            nom = f"{methode.upper()} {chemin}"
            suivante = nouveau["paths"].get(chemin, {}).get(methode)
            if suivante is None:
                yield f"{nom} : supprimée"
                continue
            precedente = methodes[methode]
            if precedente["operationId"] != suivante["operationId"]:
                yield f"{nom} : operationId changé"
            yield from _parameters(nom, precedente, suivante, ancien, nouveau)
            yield from _body(nom, precedente, suivante, ancien, nouveau)
            yield from _responses(nom, precedente, suivante, ancien, nouveau)


def _parameters(nom: str, precedente: Json, suivante: Json, ancien: Json, nouveau: Json) -> Iterator[str]:
    avant = {(p["in"], p["name"]): p for p in precedente.get("parameters", [])}
    apres = {(p["in"], p["name"]): p for p in suivante.get("parameters", [])}
    for cle, parametre in avant.items():
        if cle not in apres:
            yield f"{nom} : paramètre « {cle[1]} » supprimé"
            continue
        if apres[cle].get("required") and not parametre.get("required"):
            yield f"{nom} : paramètre « {cle[1]} » devenu obligatoire"
        yield from _asked(f"{nom} : {cle[1]}", parametre["schema"], apres[cle]["schema"], ancien, nouveau)
    for cle, parametre in apres.items():
        if cle not in avant and parametre.get("required"):
            yield f"{nom} : nouveau paramètre obligatoire « {cle[1]} »"


def _body(nom: str, precedente: Json, suivante: Json, ancien: Json, nouveau: Json) -> Iterator[str]:
    avant, apres = precedente.get("requestBody"), suivante.get("requestBody")
    if apres is not None and apres.get("required") and not (avant or {}).get("required"):
        yield f"{nom} : corps devenu obligatoire"
    for media, contenu in (avant or {}).get("content", {}).items():
        if apres is None or media not in apres["content"]:
            yield f"{nom} : {media} n'est plus accepté"
        else:
            yield from _asked(f"{nom} : corps", contenu["schema"], apres["content"][media]["schema"], ancien, nouveau)


def _responses(nom: str, precedente: Json, suivante: Json, ancien: Json, nouveau: Json) -> Iterator[str]:
    for statut, reponse in precedente["responses"].items():
        if statut not in suivante["responses"]:
            yield f"{nom} : réponse {statut} supprimée"
            continue
        avant, apres = _resolve(reponse, ancien), _resolve(suivante["responses"][statut], nouveau)
        for media, contenu in avant.get("content", {}).items():
            if media not in apres.get("content", {}):
                yield f"{nom} : {statut} n'est plus rendue en {media}"
                continue
            rendu = apres["content"][media].get("schema", {})
            yield from _given(f"{nom} : {statut}", contenu.get("schema", {}), rendu, ancien, nouveau)


def _asked(lieu: str, avant: Json, apres: Json, ancien: Json, nouveau: Json, fond: int = 0) -> Iterator[str]:
    """What a client sends must go on being accepted."""
    avant, apres = _resolve(avant, ancien), _resolve(apres, nouveau)
    if fond > _PROFONDEUR:
        return
    yield from _tightened(lieu, avant, apres)
    if perdus := _types(avant, ancien) - _types(apres, nouveau):
        yield f"{lieu} : {', '.join(sorted(perdus))} n'est plus accepté"
    if nouveaux := set(apres.get("required", ())) - set(avant.get("required", ())):
        yield f"{lieu} : {', '.join(sorted(nouveaux))} devenu obligatoire"
    for nom, propriete in avant.get("properties", {}).items():
        if nom not in apres.get("properties", {}):
            if "properties" in apres and apres.get("additionalProperties") is False:
                yield f"{lieu}.{nom} : refusé"
            continue
        yield from _asked(f"{lieu}.{nom}", propriete, apres["properties"][nom], ancien, nouveau, fond + 1)
    for un, autre, suffixe in _inside(avant, apres):
        yield from _asked(f"{lieu}{suffixe}", un, autre, ancien, nouveau, fond + 1)


def _given(lieu: str, avant: Json, apres: Json, ancien: Json, nouveau: Json, fond: int = 0) -> Iterator[str]:
    """What a client reads must still be there, of the same kind."""
    avant, apres = _resolve(avant, ancien), _resolve(apres, nouveau)
    if fond > _PROFONDEUR:
        return
    dits = _types(avant, ancien)
    if dits and (ajoutes := _types(apres, nouveau) - dits):
        yield f"{lieu} : peut maintenant être {', '.join(sorted(ajoutes))}"
    if perdus := set(avant.get("required", ())) - set(apres.get("required", ())):
        yield f"{lieu} : {', '.join(sorted(perdus))} peut maintenant manquer"
    for nom, propriete in avant.get("properties", {}).items():
        if nom not in apres.get("properties", {}):
            yield f"{lieu}.{nom} : supprimé"
        else:
            yield from _given(f"{lieu}.{nom}", propriete, apres["properties"][nom], ancien, nouveau, fond + 1)
    for un, autre, suffixe in _inside(avant, apres):
        yield from _given(f"{lieu}{suffixe}", un, autre, ancien, nouveau, fond + 1)


def _tightened(lieu: str, avant: Json, apres: Json) -> Iterator[str]:
    for borne in _PLAFONDS:
        if borne in apres and (borne not in avant or apres[borne] < avant[borne]):
            yield f"{lieu} : {borne} abaissé à {apres[borne]}"
    for borne in _PLANCHERS:
        if borne in apres and (borne not in avant or apres[borne] > avant[borne]):
            yield f"{lieu} : {borne} relevé à {apres[borne]}"
    if "pattern" in apres and apres["pattern"] != avant.get("pattern"):
        yield f"{lieu} : forme exigée {apres['pattern']}"
    if "enum" in apres and (retires := {str(v) for v in avant.get("enum", ["tout"])} - {str(v) for v in apres["enum"]}):
        yield f"{lieu} : valeurs refusées {', '.join(sorted(retires))}"


def _inside(avant: Json, apres: Json) -> Iterator[tuple[Json, Json, str]]:
    if isinstance(avant.get("items"), dict) and isinstance(apres.get("items"), dict):
        yield avant["items"], apres["items"], "[]"
    if isinstance(avant.get("additionalProperties"), dict) and isinstance(apres.get("additionalProperties"), dict):
        yield avant["additionalProperties"], apres["additionalProperties"], "{}"
    # Choices are compared one by one, by what they are: an object with an object, a list with a list.
    for choix in avant.get("anyOf", ()):
        cle = choix.get("$ref") or choix.get("type")
        suivant = next((c for c in apres.get("anyOf", ()) if (c.get("$ref") or c.get("type")) == cle), None)
        if suivant is not None:
            yield choix, suivant, ""


def _types(schema: Json, contrat: Json) -> set[str]:
    """The kinds of values that a schema allows; empty when it allows any."""
    schema = _resolve(schema, contrat)
    if "anyOf" in schema:
        return {genre for choix in schema["anyOf"] for genre in _types(choix, contrat)}
    genre = schema.get("type")
    return set(genre) if isinstance(genre, list) else {genre} if genre else set()


def _resolve(schema: Json, contrat: Json) -> Json:
    while "$ref" in schema:
        lu: Any = contrat
        for partie in schema["$ref"].removeprefix("#/").split("/"):
            lu = lu[partie]
        schema = lu
    return schema
