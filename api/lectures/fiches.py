"""Cards with all that is joined to them: figures, ways in, mobilities both ways, formations nearby."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from api.errors import at_field
from api.service import Service
from recommender.couverture import VoiePossible, voies_possibles
from recommender.formations import FormationsTrouvees
from referentiels.catalogue import Catalogue
from referentiels.fiches import FicheMetier
from referentiels.types import (
    Certification,
    CertificationRome,
    CertificationVoie,
    CodeRome,
    Commune,
    ContinuiteCertification,
    Indicateur,
    Metier,
    Mobilite,
    NumeroFiche,
    Voie,
)

PAS_MAX = 5
"""Renewals of a certification that are followed, one after the other."""


@dataclass(frozen=True, slots=True)
class Alentours:
    """What surrounds a métier in the catalogue, and near a commune."""

    indicateurs: tuple[Indicateur, ...] = ()
    arrivees: tuple[Metier, ...] = ()
    """Métiers from which an official mobility leads here."""
    voies: Mapping[NumeroFiche, tuple[Voie, ...]] = field(default_factory=dict)
    """Open ways into each certification that is not known to be closed."""
    estimees: frozenset[NumeroFiche] = frozenset()
    """Certifications that no authority publishes for this métier."""
    ouvertes: tuple[VoiePossible, ...] = ()
    """Ways into at least one active certification."""
    commune: Commune | None = None
    formations: FormationsTrouvees | None = None
    jour: date | None = None


@dataclass(frozen=True, slots=True)
class Liee:
    """A certification that came before or after another."""

    certification: Certification
    pas: int


def find_commune(catalogue: Catalogue, texte: str | None) -> Commune | None:
    """The commune that someone names; None when they name none.

    Raises:
        InvalidInputError: The text names a wider place, or several communes alike.
        UnknownCodeError: Nothing has this name or code.
    """
    with at_field("commune"):
        return catalogue.lieux.resolve(texte) if texte else None


def gather_around(
    moteur: Service,
    fiche: FicheMetier,
    commune: Commune | None,
    rayon_km: float,
    jour: date,
    catalogue: Catalogue | None = None,
) -> Alentours:
    """All that is joined to the card of a métier.

    Args:
        moteur: The engine.
        fiche: The métier.
        commune: Where figures and formations are looked for; without it, figures of France and no formation.
        rayon_km: Within which a formation is near.
        jour: Of the draw between equal formations.
        catalogue: Where the card was read; formations are only looked for in the one in service.
    """
    catalogue, code = catalogue or moteur.catalogue, fiche.metier.code_rome
    actuel = commune is not None and catalogue is moteur.catalogue
    # Most of what leads to a métier is closed for good: its ways in would make the card twice as long for nothing.
    voies = _ways_into(catalogue, [c.numero for c in fiche.certifications if c.active is not False])
    liens = catalogue.select(CertificationRome, code_rome=code)
    return Alentours(
        indicateurs=catalogue.indicateurs(code, commune.code if commune else None),
        arrivees=_arrivals(catalogue, code),
        voies=voies,
        estimees=frozenset(lien.numero for lien in liens if lien.estime),
        ouvertes=voies_possibles({v for c in fiche.certifications if c.active for v in voies.get(c.numero, ())}),
        commune=commune,
        formations=moteur.guide.around(code, commune.code, rayon_km, jour) if actuel and commune else None,
        jour=jour if actuel else None,
    )


def trace_continuity(catalogue: Catalogue, numero: NumeroFiche, sens: Literal["anciennes", "nouvelles"]) -> list[Liee]:
    """The certifications that came before or after one, nearest first, each once."""
    depart, arrivee = ("nouvelle", "ancienne") if sens == "anciennes" else ("ancienne", "nouvelle")
    pas, bord = {numero: 0}, [numero]
    for distance in range(1, PAS_MAX + 1):
        liens = catalogue.select(ContinuiteCertification, **{depart: bord}) if bord else ()
        bord = sorted({getattr(lien, arrivee) for lien in liens} - set(pas))
        pas |= dict.fromkeys(bord, distance)
    connues = catalogue.select(Certification, numero=[n for n, p in pas.items() if p]) if len(pas) > 1 else ()
    return sorted((Liee(c, pas[c.numero]) for c in connues), key=lambda liee: (liee.pas, liee.certification.numero))


def _ways_into(catalogue: Catalogue, numeros: Sequence[NumeroFiche]) -> dict[NumeroFiche, tuple[Voie, ...]]:
    ouvertes: defaultdict[NumeroFiche, list[Voie]] = defaultdict(list)
    for lien in catalogue.select(CertificationVoie, numero=numeros) if numeros else ():
        if lien.ouverte:
            ouvertes[lien.numero].append(lien.voie)
    return {numero: tuple(voies) for numero, voies in ouvertes.items()}


def _arrivals(catalogue: Catalogue, code: CodeRome) -> tuple[Metier, ...]:
    liens = sorted(catalogue.select(Mobilite, code_rome_cible=code), key=lambda lien: (lien.ordre, lien.code_rome))
    return tuple(catalogue.metiers[lien.code_rome] for lien in liens)
