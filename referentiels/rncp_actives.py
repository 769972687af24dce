"""The dated list of the fiches of the RNCP and RS that are active."""

from datetime import date
from functools import partial

from referentiels.cellules import Ligne
from referentiels.depot import Depot
from referentiels.errors import MissingSourceError
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.rncp_commun import edition_of, read_fiche, read_niveau, repertoire_of, short_kind
from referentiels.tables import TableSpec, parse_member
from referentiels.types import Certification

SOURCE = "rncp_actives"
_SPEC = TableSpec(
    r"fiches_actives_\d{4}_\d{2}_\d{2}\.csv",
    ("numero", "title", "niveau_europe", "abrege", "type_enregistrement"),
    30_000,
    ignorees=("file",),
)


def _build_active(ligne: Ligne, etat: date) -> Certification:
    brut = ligne.texte("numero")
    numero = read_fiche("numero", f"RNCP{brut}" if brut.isdigit() else brut)
    niveau = read_niveau(ligne.brut("niveau_europe"))
    return Certification(
        numero=numero,
        intitule=ligne.texte("title"),
        abrege=short_kind(ligne.texte_ou_rien("abrege")),
        repertoire=repertoire_of(numero),
        niveau=niveau.europe,
        niveau_source=niveau.source,
        nomenclature_niveau=niveau.nomenclature,
        active=True,
        date_etat=etat,
        fin_enregistrement=None,
        type_enregistrement=ligne.texte_ou_rien("type_enregistrement"),
        source=SOURCE,
    )


def load_rncp_actives(depot: Depot, journal: Journal) -> Lot:
    """Every fiche active on the day in the file's name (`fiches_actives_AAAA_MM_JJ.csv`, RNCP and RS).

    The list is complete: the merge reads the absence of a fiche as its inactivity on that day. The list names
    the kinds of diploma in full ("Titre professionnel"); `abrege` holds the official short form where there is one.

    Returns:
        Certification, all active at that day, which is also the millésime.

    Raises:
        SourceError: The list is absent, dated with an impossible day, or too many of its rows are bad.
    """
    membre = depot.find(_SPEC.motif)
    etat = edition_of(membre.nom) if membre else None
    if membre is None or etat is None:
        raise MissingSourceError(
            "aucune liste « fiches_actives_AAAA_MM_JJ.csv » (le jour de l'état est pris dans le nom du fichier).",
            fichier=depot.chemin.name,
        )
    lot = Lot(etat.isoformat())
    build = partial(_build_active, etat=etat)
    lot.add(Certification, parse_member(depot, membre, _SPEC, journal, build, cle=lambda c: c.numero))
    return lot
