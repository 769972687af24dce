"""What a person takes home: their words, the métiers kept and why, the way chosen, what was agreed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

T = TypeVar("T")
PAROLES_MAX, ACQUIS_MAX, ORIGINES_MAX = 6, 6, 4
RETENUS_MAX, ECARTES_MAX = 5, 6
ITEMS_MAX, RAISONS_MAX = 3, 2
ETAPES_MAX, CERTIFICATIONS_MAX, BLOCS_MAX, FORMATIONS_MAX = 4, 2, 4, 3
CONVENU_MAX, PAS_MAX, CONTACTS_MAX = 8, 6, 4


@dataclass(frozen=True, slots=True)
class Extrait(Generic[T]):
    """The first things of a list, and how many others the document does not show: it says « … et N autres »."""

    montres: tuple[T, ...] = ()
    autres: int = 0

    def __bool__(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.montres)


@dataclass(frozen=True, slots=True)
class Fait:
    """A sentence on the outside world, and where it comes from: scale, millésime, source; empty when nobody says."""

    phrase: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Acquis:
    """What the person can do, by where they hold it from (« un emploi », « à la maison », a métier…)."""

    origine: str
    libelles: Extrait[str]


@dataclass(frozen=True, slots=True)
class MetierRetenu:
    """A métier kept, as the person reads it; each text is a sentence or two."""

    nom: str
    fait: str
    """What one does there."""
    pourquoi: Extrait[str]
    """Why it is there, what is of the person first; their own reason when they added it."""
    acquis: Extrait[str]
    a_apprendre: Extrait[str]
    acces: str
    """How to get there near home."""
    marche: Fait
    femmes_hommes: Fait
    ajoute: bool = False
    """True when the person or the conseiller chose it, not the engine."""


@dataclass(frozen=True, slots=True)
class MetierEcarte:
    """A métier set aside, and why, in the person's words."""

    nom: str
    motif: str = ""


@dataclass(frozen=True, slots=True)
class FormationProche:
    """A formation that can be asked about."""

    nom: str
    organisme: str
    lieu: str
    """Commune and distance, or « à distance »."""
    voie: str
    debut: date | None
    demonstration: bool = False


@dataclass(frozen=True, slots=True)
class CertificationVisee:
    """A certification of the way chosen, the blocs that help, and the ways in."""

    nom: str
    niveau: str
    blocs: Extrait[str]
    voies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParcoursChoisi:
    """The way to one métier, in the order one goes."""

    metier: str
    etapes: Extrait[str]
    """Métiers on the way, the target last; none when one goes straight to it."""
    certifications: Extrait[CertificationVisee]
    formations: Extrait[FormationProche]
    """Those that prepare them, in the order of the engine or of the person."""
    remarques: tuple[str, ...] = ()
    """Facts that a person should know of this way: what no bloc covers, that no formation is known…"""


@dataclass(frozen=True, slots=True)
class Contact:
    """Where someone listens."""

    nom: str
    adresse: str
    telephone: str = ""
    site: str = ""
    distance: str = ""
    demonstration: bool = False


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the document was made from, so that it can be made again."""

    sources: tuple[str, ...]
    """« ROME 4.0, France Travail, juin 2026 »."""
    empreinte: str
    """Of the catalogue, of the index and of the configuration."""


@dataclass(frozen=True, slots=True)
class Synthese:
    """The whole document; holds no identity: at most the pseudonym that the structure chose."""

    titre: str
    jour: date
    reference: str
    """Pseudonym of the dossier; empty for a citizen alone."""
    structure: str
    territoire: str
    paroles: Extrait[str]
    acquis: Extrait[Acquis]
    retenus: Extrait[MetierRetenu]
    ecartes: Extrait[MetierEcarte]
    parcours: ParcoursChoisi | None
    convenu: Extrait[str]
    prochains_pas: Extrait[str]
    contacts: Extrait[Contact]
    provenance: Provenance
    lien: str = ""
    """Begins the path anew without a word on the person; its QR code is drawn. Empty: none is drawn."""
    facile: bool = False
    """Whether our own words are those of plain French."""


def first_of(tous: Iterable[T], limite: int) -> Extrait[T]:
    """The first things of a list, the others counted; one alone is shown rather than counted."""
    complets = tuple(tous)
    montres = complets if len(complets) == limite + 1 else complets[:limite]
    return Extrait(montres, len(complets) - len(montres))


def build_synthese(
    *,
    jour: date,
    retenus: Sequence[MetierRetenu],
    provenance: Provenance,
    titre: str = "Ma synthèse d'orientation",
    reference: str = "",
    structure: str = "",
    territoire: str = "",
    paroles: Sequence[str] = (),
    acquis: Sequence[tuple[str, Sequence[str]]] = (),
    ecartes: Sequence[MetierEcarte] = (),
    parcours: ParcoursChoisi | None = None,
    convenu: Sequence[str] = (),
    prochains_pas: Sequence[str] = (),
    contacts: Sequence[Contact] = (),
    lien: str = "",
    facile: bool = False,
) -> Synthese:
    """The document of a session or of a path, each section kept to what two pages hold.

    Texts are never cut; lists are, and say how many others there are.

    Each argument is the field of `Synthese` of that name, before it is kept short: one thing said each for `paroles`,
    origins and what is held from them for `acquis` (an origin without anything is left out). `api.web.resume` writes
    métiers, way, contacts and provenance.
    """
    return Synthese(
        titre=titre,
        jour=jour,
        reference=reference,
        structure=structure,
        territoire=territoire,
        paroles=first_of(paroles, PAROLES_MAX),
        acquis=first_of((Acquis(o, first_of(dits, ACQUIS_MAX)) for o, dits in acquis if dits), ORIGINES_MAX),
        retenus=first_of(retenus, RETENUS_MAX),
        ecartes=first_of(ecartes, ECARTES_MAX),
        parcours=parcours,
        convenu=first_of(convenu, CONVENU_MAX),
        prochains_pas=first_of(prochains_pas, PAS_MAX),
        contacts=first_of(contacts, CONTACTS_MAX),
        provenance=provenance,
        lien=lien,
        facile=facile,
    )
