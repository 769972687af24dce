"""Appellations and titles that the encoder never saw: is their métier found?"""

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from embeddings.encodeur import Encodeur
from embeddings.fusion import load_fusions
from embeddings.normalisation import gender_forms, words
from embeddings.search import Recherche, assemble
from embeddings.texts import Fiche, entities
from embeddings.training.decoupe import held_out, is_held_out_metier
from embeddings.types import Chercheur
from evaluation.memoire import EncodeurMemoire
from evaluation.requetes import Requete, measure, measure_references
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError, MalformedError
from referentiels.types import Appellation, Certification, CertificationRome

_GRAINE = 20_260_101
_PREMIERS_GENRES = 5
_DESCRIPTION = 300
_ECARTS_MONTRES = 10


def evaluate_appellations(
    catalogue: Catalogue, encodeur: Encodeur | None, base: Encodeur | None = None
) -> dict[str, Any]:
    """Held-out appellations, searched in an index that holds neither them nor any text of the same words.

    Returns:
        The measures of `evaluate_requests` for all of them; under `genres`, apart: `appellation` (its métier was
        learnt) and `metier` (no text of its métier was seen in training).
    """
    requetes = held_out_requests(catalogue)
    fiches = without_texts(entities(catalogue, "metier"), (r.texte for r in requetes))
    recherche = assemble({"metier": fiches}, encodeur)
    mesures = measure(requetes, recherche)
    mesures["references"] = {
        voie: measure(requetes, recherche.variant(voie), intervalles=False) for voie in recherche.variants()
    } | measure_references(requetes, recherche.names("metier"), base)
    return mesures


def evaluate_ablation(catalogue: Catalogue, encodeur: Encodeur | None) -> dict[str, Any]:
    """The held-out appellations again, with one part of the search taken away at a time."""
    requetes = held_out_requests(catalogue)
    fiches = without_texts(entities(catalogue, "metier"), (r.texte for r in requetes))
    if encodeur is not None:
        encodeur = EncodeurMemoire(encodeur, {})
    # Where to hold an answer back was learnt with all the parts: without one of them only the order is compared.
    dossier = encodeur.dossier if encodeur is not None else None
    fusions = {nature: replace(fusion, seuil_sujet=0.0) for nature, fusion in load_fusions(dossier).items()}
    entier = assemble({"metier": fiches}, encodeur, fusions=fusions)
    variantes = {
        "sans ce que les gens disent": [replace(f, dits=()) for f in fiches],
        "sans les phrases": [replace(f, phrases=()) for f in fiches],
        "le libellé seul": [replace(f, noms=f.noms[:1], dits=(), phrases=()) for f in fiches],
    }
    recherches: dict[str, Recherche] = {"tout": entier} | {
        f"voie {voie} seule": entier.variant(voie) for voie in entier.variants()
    }
    recherches |= {nom: assemble({"metier": lot}, encodeur, fusions=fusions) for nom, lot in variantes.items()}
    return {nom: _without_kinds(measure(requetes, recherche)) for nom, recherche in recherches.items()}


def held_out_requests(catalogue: Catalogue) -> tuple[Requete, ...]:
    """The held-out appellations as requests, in key order; those that name several métiers accept them all."""
    appellations = catalogue.all(Appellation)
    codes: dict[tuple[str, ...], set[str]] = {}
    for appellation in appellations:
        codes.setdefault(words(appellation.libelle), set()).add(appellation.code_rome)
    return tuple(
        Requete(
            a.libelle,
            tuple(sorted(codes[words(a.libelle)])),
            "metier" if is_held_out_metier(a.code_rome) else "appellation",
        )
        for a in held_out(appellations)
    )


def without_texts(fiches: Sequence[Fiche], textes: Iterable[str]) -> list[Fiche]:
    """The fiches without any name or saying of the same words as one of the texts or of its genders; labels stay."""
    interdits = {words(forme) for texte in textes for forme in (texte, *gender_forms(texte))}
    return [
        replace(
            fiche,
            noms=fiche.noms[:1]
            + tuple(n for n in fiche.noms[1:] if not any(words(t) in interdits for t in (n.texte, *n.variantes))),
            dits=tuple(dit for dit in fiche.dits if words(dit) not in interdits),
            phrases=tuple(phrase for phrase in fiche.phrases if words(phrase) not in interdits),
        )
        for fiche in fiches
    ]


def evaluate_certifications(catalogue: Catalogue, recherche: Recherche, nombre: int) -> dict[str, Any]:
    """Titles of active certifications, a seeded sample: is one of their métiers found?

    Titles served training, as pairs: this measures the service, not what the encoder does of new titles.
    """
    codes: dict[str, set[str]] = {}
    for lien in catalogue.all(CertificationRome):
        if not lien.estime:
            codes.setdefault(lien.numero, set()).add(lien.code_rome)
    actives = [c for c in catalogue.all(Certification) if c.active and c.numero in codes]
    tirees = random.Random(_GRAINE).sample(actives, min(nombre, len(actives)))
    requetes = [Requete(c.intitule, tuple(sorted(codes[c.numero]))) for c in tirees]
    if not requetes:
        raise InvalidInputError("aucune certification active n'a de métier dans ce catalogue.")
    return measure(requetes, recherche) | {"references": measure_references(requetes, recherche.names("metier"))}


def evaluate_offers(recherche: Recherche, fichier: Path) -> dict[str, Any]:
    """Real job offers: is their métier found from the title, and from the title and the first words of the text?

    Args:
        recherche: The search under test.
        fichier: One JSON object a line, with `intitule`, `description` and `code_rome`.
    """
    offres = _read_offers(fichier)
    titres = [Requete(str(o["intitule"]), (str(o["code_rome"]),)) for o in offres]
    longues = [
        replace(t, texte=f"{t.texte}. {str(o.get('description', ''))[:_DESCRIPTION]}")
        for t, o in zip(titres, offres, strict=True)
    ]
    return {
        "intitule": measure(titres, recherche) | {"references": measure_references(titres, recherche.names("metier"))},
        "intitule_et_description": measure(longues, recherche),
    }


def evaluate_genders(catalogue: Catalogue, recherche: Chercheur, un_sur: int) -> dict[str, Any]:
    """Share of the appellations whose masculine and feminine find the same first five métiers, and the first gaps."""
    paires = [gender_forms(a.libelle) for a in catalogue.all(Appellation)]
    paires = sorted({(masculin, feminin) for masculin, feminin in paires if masculin != feminin})[::un_sur]
    ecarts = []
    for masculin, feminin in paires:
        lui, elle = (
            [r.code for r in recherche.search(forme, ("metier",), _PREMIERS_GENRES)] for forme in (masculin, feminin)
        )
        if lui != elle:
            ecarts.append({"masculin": masculin, "feminin": feminin, "codes": [lui, elle]})
    part = 1 - len(ecarts) / len(paires) if paires else 0.0
    return {"n": len(paires), "part": round(part, 4), "ecarts": ecarts[:_ECARTS_MONTRES]}


def _read_offers(fichier: Path) -> list[Mapping[str, Any]]:
    try:
        lignes = [ligne for ligne in fichier.read_text(encoding="utf-8").splitlines() if ligne.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"fichier d'offres illisible : {fichier} ({error}).") from None
    offres: list[Mapping[str, Any]] = []
    for numero, ligne in enumerate(lignes, start=1):
        try:
            offre = json.loads(ligne)
            offres.append({"intitule": offre["intitule"], "code_rome": offre["code_rome"], **offre})
        except (ValueError, KeyError, TypeError):
            raise MalformedError(
                "il faut un objet JSON avec intitule et code_rome.", fichier=fichier.name, ligne=numero
            ) from None
    if not offres:
        raise InvalidInputError(f"{fichier.name} : aucune offre.")
    return offres


def _without_kinds(mesures: dict[str, Any]) -> dict[str, Any]:
    return {cle: valeur for cle, valeur in mesures.items() if cle != "genres"}
