"""From an entity to the texts that it is found by; the templates are versioned."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from embeddings.normalisation import gender_forms, words
from embeddings.parler import load_parler
from embeddings.types import Nature
from referentiels.catalogue import Catalogue
from referentiels.types import (
    Appellation,
    BlocCompetences,
    CentreInteret,
    Certification,
    Competence,
    ContexteTravail,
    Formation,
    Metier,
    MetierCompetence,
    MetierSavoir,
    MetierSecteur,
    Savoir,
    Secteur,
)

VERSION = 3
"""Raised when a template changes: an index of another version refuses to load."""

NATURES: tuple[Nature, ...] = (
    "metier", "competence", "savoir", "certification", "bloc", "formation", "secteur", "centre_interet", "contexte",
)  # fmt: skip

SIGLES = {
    "BAC PRO": "Baccalauréat professionnel", "BAC TECHNO": "Baccalauréat technologique", "BM": "Brevet de maîtrise",
    "BMA": "Brevet des métiers d'art", "BP": "Brevet professionnel", "BPA": "Brevet professionnel agricole",
    "BPJEPS": "Brevet professionnel de la jeunesse, de l'éducation populaire et du sport",
    "BTM": "Brevet technique des métiers", "BTS": "Brevet de technicien supérieur",
    "BTSA": "Brevet de technicien supérieur agricole", "BUT": "Bachelor universitaire de technologie",
    "CAP": "Certificat d'aptitude professionnelle", "CAPA": "Certificat d'aptitude professionnelle agricole",
    "CQP": "Certificat de qualification professionnelle", "CS": "Certificat de spécialisation",
    "DE": "Diplôme d'État", "DEUST": "Diplôme d'études universitaires scientifiques et techniques",
    "DUT": "Diplôme universitaire de technologie", "MC": "Mention complémentaire",
    "TP": "Titre professionnel",
}  # fmt: skip
"""Short forms of diplomas, as France compétences writes them, and what people write in full."""

_FIN_PHRASE = re.compile(r"(?<=[.!?])\s+|\n")
_PHRASE_MIN = 16
Poids = float
CONTEXTE: dict[str, Poids] = {"definition": 1.0, "description": 1.0, "competence": 1.0, "savoir": 0.5, "secteur": 1.0}
"""How much one mention in each part of a fiche counts beside its names (chosen on the development set)."""


@dataclass(frozen=True, slots=True)
class Nom:
    """A text by which an entity is found, and other spellings that mean exactly the same."""

    texte: str
    variantes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fiche:
    """All the texts of one entity."""

    code: str
    libelle: str
    noms: tuple[Nom, ...]
    """At least one; the first is the label."""
    contexte: tuple[tuple[Poids, tuple[str, ...]], ...] = ()
    """Normalised words of what surrounds the names, with the weight of one mention."""
    rang: int = 0
    """Smaller first among equal scores (0 for an active certification, 1 for another)."""
    dits: tuple[str, ...] = ()
    """Short ways of naming it that no référentiel writes: never a name, but a text to be found by."""
    phrases: tuple[str, ...] = ()
    """Sentences that describe it: for the vectors only."""


def entities(catalogue: Catalogue, nature: Nature) -> tuple[Fiche, ...]:
    """The fiches of one nature, in the order of their codes as text, each code once."""
    return tuple(sorted(_READERS[nature](catalogue), key=lambda fiche: fiche.code))


def sentences(texte: str) -> tuple[str, ...]:
    """The sentences of a description, without its scraps."""
    return tuple(p.strip() for p in _FIN_PHRASE.split(texte) if len(p.strip()) >= _PHRASE_MIN)


def _metiers(catalogue: Catalogue) -> Iterator[Fiche]:
    store = catalogue.store
    appellations: dict[str, list[Appellation]] = defaultdict(list)
    for appellation in store.all(Appellation):
        appellations[appellation.code_rome].append(appellation)
    contextes = _contexts(catalogue)
    parler = load_parler()
    for metier in store.all(Metier):
        dits = parler.of(metier.code_rome)
        noms = [metier.intitule]
        autres: list[str] = []
        courts: dict[str, list[str]] = defaultdict(list)
        for a in sorted(appellations[metier.code_rome], key=lambda a: (not a.principale, a.peu_usitee, a.libelle)):
            noms.append(a.libelle)
            autres += parler.autres_noms(a.code_ogr)
            if a.libelle_court != a.libelle:
                courts[a.libelle].append(a.libelle_court)
        yield Fiche(
            code=metier.code_rome,
            libelle=metier.intitule,
            noms=tuple(Nom(nom, _variants(nom, courts[nom])) for nom in dict.fromkeys(noms)),
            dits=tuple(dict.fromkeys((*dits.titres, *dits.courants, *autres))),
            phrases=dits.descriptions + sentences(metier.definition),
            contexte=(
                (CONTEXTE["definition"], words(metier.definition)),
                *((CONTEXTE["description"], words(description)) for description in dits.descriptions),
                *contextes[metier.code_rome],
            ),
        )


def _variants(nom: str, courts: Iterable[str]) -> tuple[str, ...]:
    """The masculine and the feminine alone, and the short labels."""
    return tuple(dict.fromkeys(v for v in (*gender_forms(nom), *courts) if v != nom))


def _contexts(catalogue: Catalogue) -> dict[str, list[tuple[Poids, tuple[str, ...]]]]:
    store = catalogue.store
    contextes: dict[str, list[tuple[Poids, tuple[str, ...]]]] = defaultdict(list)
    for poids, liens, cle, libelles in (
        (CONTEXTE["competence"], MetierCompetence, "code_ogr", store.rows(Competence, ("code_ogr", "libelle"))),
        (CONTEXTE["savoir"], MetierSavoir, "code_ogr", store.rows(Savoir, ("code_ogr", "libelle"))),
        (CONTEXTE["secteur"], MetierSecteur, "code", store.rows(Secteur, ("code", "libelle"))),
    ):
        mots = {code: words(libelle) for code, libelle in libelles}
        for code_rome, code in store.rows(liens, ("code_rome", cle)):
            contextes[code_rome].append((poids, mots.get(code, ())))
    return contextes


def _certifications(catalogue: Catalogue) -> Iterator[Fiche]:
    for c in catalogue.store.all(Certification):
        noms = [Nom(c.intitule)]
        if c.abrege:
            long = SIGLES.get(c.abrege.upper())
            noms.append(Nom(f"{c.abrege} {c.intitule}", (f"{long} {c.intitule}",) if long else ()))
        yield Fiche(c.numero, c.intitule, tuple(noms), rang=0 if c.active else 1)


def _blocs(catalogue: Catalogue) -> Iterator[Fiche]:
    """The blocs of active certifications: what can still be earned."""
    store = catalogue.store
    actives = {numero for numero, active in store.rows(Certification, ("numero", "active")) if active}
    for code, numero, intitule in store.rows(BlocCompetences, ("code", "numero", "intitule")):
        if numero in actives:
            yield Fiche(code, intitule, (Nom(intitule),))


def _formations(catalogue: Catalogue) -> Iterator[Fiche]:
    """Each title that is taught, once: its code is the first, in text order, of the formations that bear it."""
    titres: dict[tuple[str, ...], tuple[str, str]] = {}
    for code, intitule in catalogue.store.rows(Formation, ("id", "intitule")):
        cle = words(intitule)
        titres[cle] = min(titres.get(cle, (code, intitule)), (code, intitule))
    for code, intitule in titres.values():
        yield Fiche(code, intitule, (Nom(intitule),))


def _labels(nature: type[Any], cle: str) -> Callable[[Catalogue], Iterator[Fiche]]:
    """Entities found by their label alone."""

    def read(catalogue: Catalogue) -> Iterator[Fiche]:
        for code, libelle in catalogue.store.rows(nature, (cle, "libelle")):
            yield Fiche(str(code), libelle, (Nom(libelle, _variants(libelle, ())),))

    return read


_READERS: dict[Nature, Callable[[Catalogue], Iterator[Fiche]]] = {
    "metier": _metiers,
    "competence": _labels(Competence, "code_ogr"),
    "savoir": _labels(Savoir, "code_ogr"),
    "certification": _certifications,
    "bloc": _blocs,
    "formation": _formations,
    "secteur": _labels(Secteur, "code"),
    "centre_interet": _labels(CentreInteret, "code"),
    "contexte": _labels(ContexteTravail, "code_ogr"),
}
