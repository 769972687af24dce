"""A generated load: an offer brought to hundreds of thousands of formations, and how fast it answers."""

import contextlib
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from recommender.formations import Offre
from recommender.offre import VOIES
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError
from referentiels.schema import TABLES
from referentiels.store import Store, columns_of
from referentiels.types import (
    ActionFormation,
    Certification,
    CertificationVoie,
    CodeRome,
    Commune,
    Formation,
    NumeroFiche,
    Organisme,
    SessionFormation,
)

NOMBRE = 300_000
GRAINE = 20_260_105
SOURCE = "charge"
DOUBLE = "charge_double"
"""Second source, which publishes again a part of what the first does."""
PREMIER_JOUR = date(2026, 1, 5)
_PAR_ORGANISME = 12
_A_DISTANCE = 0.08
_MIXTE = 0.05
_EN_DOUBLE = 0.05
_JOURS = 540
_LOT = 20_000
FICHIER = "charge.sqlite"


@dataclass(frozen=True, slots=True)
class _Monde:
    """Where formations may be put, and towards what."""

    communes: tuple[tuple[str, float | None, float | None], ...]
    parts: Any
    """Share of the inhabitants of each commune."""
    certifications: tuple[tuple[str, str], ...]
    """Number and title of the active ones."""
    voies: Mapping[str, tuple[str, ...]]


def generate_catalogue(catalogue: Catalogue, dossier: Path, *, nombre: int = NOMBRE, graine: int = GRAINE) -> Catalogue:
    """A copy of a catalogue whose offer is completed to a number of formations, all that is added being marked.

    Each added formation leads to one active certification (drawn evenly, so that none is without), at an organisme
    drawn evenly among one for 12 formations. An organisme stands in a commune drawn by population, and teaches there,
    0 to 3 km from its centre. The voie is one of those that the certification opens; 8 % are at a distance, 5 % mixed;
    each has one session in the 18 months from PREMIER_JOUR. One in twenty is the same as an earlier one of the first
    source, published again by a second source under another identifier, with the same SIRET.

    Args:
        catalogue: Left as it is.
        dossier: Receives one SQLite file, written again when it exists.
        nombre: Formations in all, those of the catalogue included.
        graine: Same catalogue, number and seed, same rows.

    Returns:
        The copy, for measures only: it has no manifest. The whole engine can be loaded with it.

    Raises:
        InvalidInputError: The catalogue already holds more, or has no active certification or inhabited commune.
    """
    manque = nombre - catalogue.store.count(Formation)
    if manque < 0:
        raise InvalidInputError("le catalogue a déjà plus de formations que demandé.", champ="nombre")
    monde = _read_world(catalogue)
    dossier.mkdir(parents=True, exist_ok=True)
    fichier = dossier / FICHIER
    shutil.copyfile(catalogue.store.chemin, fichier)
    with contextlib.closing(sqlite3.connect(fichier, isolation_level=None)) as connexion:
        connexion.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN")
        _insert(connexion, monde, manque, np.random.default_rng(graine))
        connexion.execute("COMMIT")
    version = hashlib.sha256(f"{catalogue.version}|{nombre}|{graine}".encode()).hexdigest()[:16]
    return Catalogue(Store(fichier, TABLES), version)


def generate_load(catalogue: Catalogue, dossier: Path, *, nombre: int = NOMBRE, graine: int = GRAINE) -> Offre:
    """The offer of `generate_catalogue`; same arguments and errors."""
    return Offre.of(generate_catalogue(catalogue, dossier, nombre=nombre, graine=graine))


def _read_world(catalogue: Catalogue) -> _Monde:
    store = catalogue.store
    communes = list(store.rows(Commune, ("code", "latitude", "longitude", "population", "code_commune_mere")))
    # An arrondissement is counted by its commune already.
    habitees = [c for c in communes if c[3] and not c[4]]
    certifications = store.rows(Certification, ("numero", "intitule", "active"))
    actives = tuple((numero, intitule) for numero, intitule, active in certifications if active)
    if not habitees or not actives:
        raise InvalidInputError("il faut des communes habitées et des certifications actives.")
    voies: dict[str, list[str]] = {}
    for numero, voie, ouverte in store.rows(CertificationVoie, ("numero", "voie", "ouverte")):
        if ouverte and voie not in ("vae", "candidature_individuelle"):
            voies.setdefault(numero, []).append(voie)
    population = np.array([c[3] for c in habitees], dtype=np.float64)
    return _Monde(
        communes=tuple((c[0], c[1], c[2]) for c in habitees),
        parts=population / population.sum(),
        certifications=actives,
        voies={numero: tuple(ouvertes) for numero, ouvertes in voies.items()},
    )


def _insert(connexion: sqlite3.Connection, monde: _Monde, manque: int, alea: np.random.Generator) -> None:
    organismes = -(-manque // _PAR_ORGANISME)
    ou = alea.choice(len(monde.communes), organismes, p=monde.parts)
    doubles = (Organisme(**_organisme(rang, source)) for source in (SOURCE, DOUBLE) for rang in range(organismes))
    _write(connexion, Organisme, ([getattr(o, nom) for nom in columns_of(Organisme)] for o in doubles))
    lots: dict[type[Any], list[tuple[Any, ...]]] = {Formation: [], ActionFormation: [], SessionFormation: []}
    for lignes in _rows(monde, manque, ou, alea):
        for nature, ligne in zip(lots, lignes, strict=True):
            lots[nature].append(ligne)
        if len(lots[Formation]) == _LOT:
            _flush(connexion, lots)
    _flush(connexion, lots)


def _organisme(rang: int, source: str) -> dict[str, Any]:
    nom = f"Organisme de charge {rang:06d}"
    return {
        "id": f"{source}:{rang:06d}",
        "nom": nom if source == SOURCE else nom.upper(),
        "siret": f"9{rang:013d}",
        "uai": None,
        "site": None,
        "source": source,
    }


def _rows(
    monde: _Monde, manque: int, ou: Any, alea: np.random.Generator
) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...], tuple[Any, ...]]]:
    """Formation, action and session, in the order of their columns."""
    # Every certification comes once before any comes twice.
    tour = alea.permutation(len(monde.certifications))
    quoi = tour[np.arange(manque) % len(tour)]
    qui = alea.integers(0, max(len(ou), 1), manque)
    double = (alea.random(manque) < _EN_DOUBLE) & (np.arange(manque) > 0)
    reprise = (alea.random(manque) * np.arange(manque)).astype(np.int64)
    for rang in np.flatnonzero(double).tolist():
        quoi[rang], qui[rang] = quoi[reprise[rang]], qui[reprise[rang]]
    facon, jours = alea.random(manque), alea.integers(0, _JOURS, manque)
    ecarts, choix = alea.uniform(-0.025, 0.025, (len(ou), 2)), alea.random(manque)
    for rang in range(manque):
        numero, intitule = monde.certifications[quoi[rang]]
        organisme, source = int(qui[rang]), DOUBLE if double[rang] else SOURCE
        code, latitude, longitude = monde.communes[ou[organisme]]
        if latitude is not None and longitude is not None:
            latitude, longitude = latitude + ecarts[organisme, 0], longitude + ecarts[organisme, 1]
        voies = monde.voies.get(numero) or VOIES[:3]
        voie = voies[int(choix[rang] * len(voies))]
        a_distance = facon[rang] < _A_DISTANCE
        modalite = "distance" if a_distance else "mixte" if facon[rang] < _A_DISTANCE + _MIXTE else "presentiel"
        debut = PREMIER_JOUR + timedelta(days=int(jours[rang]))
        f = f"{source}:{organisme:06d}:{rang:07d}"
        yield (
            (f, intitule, numero, None, "", None, None, 400, f"{source}:{organisme:06d}", None, source, 1),
            (f"{f}/a", f, voie, modalite, code, None, latitude, longitude, None),
            (f"{f}/a/1", f"{f}/a", debut.isoformat(), None, None),
        )


def _flush(connexion: sqlite3.Connection, lots: Mapping[type[Any], list[tuple[Any, ...]]]) -> None:
    for nature, lignes in lots.items():
        _write(connexion, nature, lignes)
        lignes.clear()


def _write(connexion: sqlite3.Connection, nature: type[Any], lignes: Any) -> None:
    marques = ", ".join("?" * len(columns_of(nature)))
    connexion.executemany(f"INSERT INTO {nature.__name__} VALUES ({marques})", lignes)  # noqa: S608 (our own names)


def measure_formations(
    offre: Offre,
    certifications_par_metier: Mapping[CodeRome, Sequence[NumeroFiche]],
    positions: Sequence[tuple[float, float]],
    *,
    rayon_km: float = 30.0,
    par_reponse: int = 20,
    jour: date = PREMIER_JOUR,
) -> dict[str, Any]:
    """How long the formations of a métier take, and of all the métiers of an answer, in ms.

    Args:
        offre: Under test; a first turn, not measured, reads the names that the answers show.
        certifications_par_metier: What each métier tried asks for.
        positions: Of the persons, in degrees; each asks for every group of métiers.
        rayon_km: Of each person.
        par_reponse: Métiers of one answer.
        jour: Of the draw.

    Returns:
        `n` answers, `lignes` of the offer, `mo` (10^6 bytes) of its arrays, and for `metier` (one call) and `reponse`
        (`par_reponse` calls): `mediane_ms` and `p95_ms`; `a_froid_ms`, the longest answer of the first turn.

    Raises:
        InvalidInputError: No métier or no position.
    """
    metiers = list(certifications_par_metier.values())
    if not metiers or not positions:
        raise InvalidInputError("il faut au moins un métier et une position.")
    groupes = [metiers[debut : debut + par_reponse] for debut in range(0, len(metiers), par_reponse)]
    # An answer of fewer métiers would flatter the figures.
    groupes = [groupe for groupe in groupes if len(groupe) == par_reponse] or groupes
    essais = [(position, groupe) for position in positions for groupe in groupes]

    froid = max(sum(_time(offre, *essai, rayon_km, jour)) for essai in essais)
    durees = [_time(offre, *essai, rayon_km, jour) for essai in essais]
    appels, reponses = [d for reponse in durees for d in reponse], [sum(reponse) for reponse in durees]
    return {
        "n": len(reponses),
        "lignes": len(offre),
        "mo": round(offre.colonnes.nbytes / 1e6, 1),
        "metier": _summary(appels),
        "reponse": _summary(reponses),
        "a_froid_ms": round(froid, 2),
    }


def _time(
    offre: Offre,
    position: tuple[float, float],
    metiers: Sequence[Sequence[NumeroFiche]],
    rayon_km: float,
    jour: date,
) -> list[float]:
    durees = []
    for certifications in metiers:
        debut = perf_counter()
        offre.near(certifications, position=position, rayon_km=rayon_km, jour=jour)
        durees.append((perf_counter() - debut) * 1000)
    return durees


def _summary(durees: Sequence[float]) -> dict[str, float]:
    mediane, p95 = np.quantile(durees, (0.5, 0.95))
    return {"mediane_ms": round(float(mediane), 2), "p95_ms": round(float(p95), 2)}
