"""The regional offer in LHEO 2.0 to 2.3: formation → actions → sessions, streamed in constant memory."""

import re
from collections.abc import Iterator

from referentiels.depot import Depot, Membre
from referentiels.errors import MissingSourceError, OversizeError
from referentiels.formations.communs import read_name_date
from referentiels.formations.flux_xml import FluxSpec, iter_records, read_root
from referentiels.formations.lheo_offre import LecteurOffre, Offre
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.tables import check_rejections
from referentiels.types import ActionFormation, Formation, Organisme, SessionFormation

OFFRES_MAX = 2_000_000  # the whole country publishes some 400,000
_RACINES = frozenset({"lheo", "lheo-index", "lheo-plus", "offres", "resumes-offres"})
_SPEC = FluxSpec(
    nature="un flux LHEO",
    racines=_RACINES,
    balises=frozenset({"formation", "resume-offre", "extras"}),
    # Long texts and contacts that Azimut neither shows nor stores: personal data never enter.
    ignorees=frozenset(
        {
            "contact-formation",
            "contact-organisme",
            "contact-formateur",
            "contact-session",
            "adresse-inscription",
            "adresse-information",
            "contenu-formation",
            "potentiel",
            "resultats-attendus",
            "sous-modules",
        }
    ),
)
_DATE_FLUX = re.compile(
    r"[-_ .]?(?:20\d{2}[-_]?[01]\d[-_]?[0-3]\d|[0-3]\d[-_]?[01]\d[-_]?20\d{2})(?:[T_-]?\d{4,6})?", re.IGNORECASE
)


def load_lheo(depot: Depot, journal: Journal) -> Lot:
    """Read every LHEO feed of a depot; of one feed delivered several times, only the newest.

    Args:
        depot: Folder, zip or file with one XML feed a region or producer, full offers or summaries.
        journal: Receives, a feed, the counts over formations, actions and sessions, the rejections, and how many
            mandatory elements were missing, with the line of the first.

    Returns:
        Organisme, Formation, ActionFormation and SessionFormation; `source` is `lheo/<feed>` and begins every id, so
        that one formation present in two feeds keeps both origins. The millésime is the newest export date told.

    Raises:
        SourceError: No feed, a feed that is not LHEO or not well-formed, or too many bad rows.
    """
    lot = Lot()
    for flux, membres in find_feeds(depot).items():
        *anciens, membre = membres
        lu = journal.open(depot.label(membre))
        for ancien in anciens:
            lu.note(f"livraison plus ancienne du même flux, non lue : {depot.label(ancien)}")
        lecteur = LecteurOffre(f"lheo/{flux}", lu)
        for offre in iter_offres(depot, membre, lecteur):
            lot.add(Organisme, offre.organismes)
            lot.add(Formation, (offre.formation,))
            lot.add(ActionFormation, offre.actions)
            lot.add(SessionFormation, offre.sessions)
        lot.millesime = max(lot.millesime, lecteur.export or read_name_date(membre.nom))
    return lot


def iter_offres(depot: Depot, membre: Membre, lecteur: LecteurOffre) -> Iterator[Offre]:
    """Yield the usable offers of one feed, each with its new organismes, actions and sessions.

    Args:
        depot: Where the feed lies.
        membre: The feed.
        lecteur: Reads the elements; its journal tells counts and rejections once the last offer is yielded.

    Yields:
        The offers in feed order, one at a time: nothing is kept behind.

    Raises:
        SourceError: Not LHEO, not well-formed, truncated, endless, or too many bad rows.
    """
    lu = lecteur.lu
    for numero, noeud in enumerate(iter_records(depot, membre, lu, _SPEC)):
        if numero >= OFFRES_MAX:
            raise OversizeError(f"plus de {OFFRES_MAX} offres.", fichier=lu.fichier, ligne=noeud.ligne)
        if noeud.nom == "extras":
            lecteur.read_export(noeud)
        elif offre := lecteur.read(noeud):
            yield offre
    lecteur.finish()
    check_rejections(lu)


def find_feeds(depot: Depot) -> dict[str, list[Membre]]:
    """The LHEO files of a depot by feed name (file name without its date), oldest first; other XML is left alone.

    Raises:
        MissingSourceError: No XML file of the depot has a LHEO root.
    """
    trouves: dict[str, list[Membre]] = {}
    candidats = depot.find_all(r".*\.xml")
    for membre in candidats:
        if len(candidats) == 1 or read_root(depot, membre) in _RACINES:
            trouves.setdefault(name_feed(membre.nom), []).append(membre)
    if not trouves:
        raise MissingSourceError("aucun flux XML LHEO (racine <lheo> ou <lheo-index>).", fichier=depot.chemin.name)
    return trouves


def name_feed(nom: str) -> str:
    """The lasting name of a feed: the file name, lower case, without its extension and delivery date."""
    tige = _DATE_FLUX.sub("", nom.lower().removesuffix(".xml"))
    return re.sub(r"[^a-z0-9]+", "-", tige).strip("-") or "flux"
