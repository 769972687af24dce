"""Onisep Idéo: fiches métiers and fiches formations, streamed from the official XML (ODbL: credit Onisep)."""

import re
from collections.abc import Callable
from typing import TypeVar

from referentiels.depot import Depot, Membre
from referentiels.errors import CellError, MissingSourceError, OversizeError
from referentiels.formations.communs import read_cfd, read_name_date, read_url, strip_html
from referentiels.formations.flux_xml import FluxSpec, Noeud, iter_records
from referentiels.journal import FichierLu, Journal
from referentiels.lot import Lot
from referentiels.tables import check_rejections
from referentiels.types import FORME_ROME, NumeroFiche
from referentiels.types.onisep import FicheFormationOnisep, FicheMetierOnisep

T = TypeVar("T", FicheMetierOnisep, FicheFormationOnisep)
MENTION = "Données Onisep (Idéo), sous licence ODbL"
"""Words to show wherever these rows are: the licence asks for the credit, and that derived bases stay open."""
FICHES_MAX = 50_000
MOTIF_METIERS = r".*fiches?[_-]metiers?.*\.xml"
MOTIF_FORMATIONS = r".*fiches?[_-]formations?.*\.xml"
_METIERS = FluxSpec(
    nature="le fichier des fiches métiers d'Onisep",
    racines=frozenset({"metiers"}),
    balises=frozenset({"metier"}),
    ignorees=frozenset(
        {
            *("competences", "condition_travail", "nature_travail", "acces_metier", "vie_professionnelle"),
            *("formats_courts", "publications", "sources_numeriques", "metiers_associes", "secteurs_activite"),
        }
    ),
)
_FORMATIONS = FluxSpec(
    nature="le fichier des fiches formations d'Onisep",
    racines=frozenset({"formations"}),
    balises=frozenset({"formation"}),
    ignorees=frozenset(
        {
            *("synonymes", "publications", "sources_numeriques", "sous_domaines_web", "poursuites_etudes"),
            *("attendus", "element_enseignement", "descriptif_poursuite_etudes", "descriptif_format_court"),
        }
    ),
)
_NIVEAU = re.compile(r"niveau ([1-8])\b")
_RNCP = re.compile(r"/(rncp|rs)/(\d{1,6})\b", re.IGNORECASE)


def load_onisep(depot: Depot, journal: Journal) -> Lot:
    """Read the newest fiches métiers and fiches formations of a depot.

    Args:
        depot: Folder, zip or file with `*Fiches_metiers*.xml` and `*Fiches_Formations*.xml`; one may be absent.
        journal: Receives the counts, and how many métiers have no ROME code.

    Returns:
        FicheMetierOnisep and FicheFormationOnisep. The millésime is the newest date of the file names.

    Raises:
        SourceError: Neither file, or one that cannot be used.
    """
    lot = Lot()
    metiers, formations = _newest(depot, MOTIF_METIERS), _newest(depot, MOTIF_FORMATIONS)
    if metiers is None and formations is None:
        raise MissingSourceError("aucun fichier XML de fiches Onisep.", fichier=depot.chemin.name)
    if metiers is not None:
        lu = journal.open(depot.label(metiers))
        fiches = _read(depot, metiers, lu, _METIERS, lambda noeud: read_metier(noeud, lu))
        lot.add(FicheMetierOnisep, fiches)
        lu.note(f"métiers sans code ROME : {sum(not fiche.codes_rome for fiche in fiches)}")
    if formations is not None:
        lues = _read(depot, formations, journal.open(depot.label(formations)), _FORMATIONS, read_formation)
        lot.add(FicheFormationOnisep, lues)
    lot.millesime = max(read_name_date(membre.nom) for membre in (metiers, formations) if membre)
    return lot


def _newest(depot: Depot, motif: str) -> Membre | None:
    """The newest member by the date in its name, which Onisep writes day first."""
    return max(depot.find_all(motif), key=lambda membre: read_name_date(membre.nom), default=None)


def read_metier(noeud: Noeud, lu: FichierLu) -> FicheMetierOnisep:
    """The fiche of a `<metier>`; a ROME code cut to its family leads nowhere and is left out, with a remark.

    Raises:
        CellError: Without identifier or name.
    """
    codes = _list(noeud, "romesV3", "romeV3")
    for code in codes:
        if not FORME_ROME.fullmatch(code):
            lu.note(f"code ROME incomplet « {code[:20]} » (fiche de la ligne {noeud.ligne}), laissé de côté")
    synonymes: dict[str, None] = {}
    for synonyme in _children(noeud, "synonymes", "synonyme"):
        for nom in ("nom_metier", "libelle_feminin", "libelle_masculin"):
            if texte := synonyme.texte(nom):
                synonymes[texte] = None
    return FicheMetierOnisep(
        id=_required(noeud, "identifiant"),
        nom=_required(noeud, "nom_metier"),
        nom_feminin=noeud.texte("libelle_feminin") or None,
        nom_masculin=noeud.texte("libelle_masculin") or None,
        synonymes=tuple(synonymes),
        codes_rome=tuple(code for code in codes if FORME_ROME.fullmatch(code)),
        accroche=_plain(noeud, "accroche_metier"),
        niveau_acces_min=noeud.texte("niveau_acces_min", "libelle") or None,
        statuts=_list(noeud, "statuts", "statut", "libelle"),
        centres_interet=_list(noeud, "centres_interet", "centre_interet", "libelle"),
        formations=_list(noeud, "formations_min_requise", "formation_min_requise", "id"),
    )


def read_formation(noeud: Noeud) -> FicheFormationOnisep:
    """The fiche of a `<formation>`.

    Raises:
        CellError: Without identifier or label, or its CFD is malformed.
    """
    code = noeud.texte("code_scolarite")
    cfd = read_cfd(code)
    if code and cfd is None:
        raise CellError("code_scolarite", "code mal formé", code)
    niveau = _NIVEAU.match(noeud.texte("niveau_certification"))
    url = noeud.texte("url")
    fiche = _RNCP.search(url)
    return FicheFormationOnisep(
        id=_required(noeud, "identifiant"),
        libelle=_required(noeud, "libelle_complet"),
        sigle=noeud.texte("sigle") or None,
        niveau=int(niveau.group(1)) if niveau else None,
        cfd=cfd,
        rncp=NumeroFiche(f"{fiche.group(1).upper()}{int(fiche.group(2))}") if fiche else None,
        duree=noeud.texte("duree_formation") or None,
        acces=_plain(noeud, "descriptif_acces"),
        url=read_url(url),
        metiers=_list(noeud, "metiers_formation", "metier", "id"),
    )


def _read(depot: Depot, membre: Membre, lu: FichierLu, spec: FluxSpec, build: Callable[[Noeud], T]) -> list[T]:
    """The fiches of one file; a bad one, or one seen before, is refused and counted."""
    fiches: dict[str, T] = {}
    for noeud in iter_records(depot, membre, lu, spec):
        lu.lues += 1
        if lu.lues > FICHES_MAX:
            raise OversizeError(f"plus de {FICHES_MAX} fiches.", fichier=lu.fichier, ligne=noeud.ligne)
        try:
            fiche = build(noeud)
        except CellError as error:
            lu.reject(noeud.ligne, error.colonne, error.motif, error.valeur)
            continue
        if fiche.id in fiches:
            lu.reject(noeud.ligne, "identifiant", "doublon", fiche.id)
            continue
        fiches[fiche.id] = fiche
        lu.gardees += 1
    check_rejections(lu)
    return list(fiches.values())


def _required(noeud: Noeud, nom: str) -> str:
    valeur = noeud.texte(nom)
    if not valeur:
        raise CellError(nom, "élément obligatoire absent ou vide", "")
    return valeur


def _children(noeud: Noeud, groupe: str, nom: str) -> list[Noeud]:
    parent = noeud.find(groupe)
    return parent.find_all(nom) if parent else []


def _list(noeud: Noeud, groupe: str, nom: str, *suite: str) -> tuple[str, ...]:
    """Distinct texts of the items of a group, in order."""
    textes = (enfant.texte(*suite) for enfant in _children(noeud, groupe, nom))
    return tuple(dict.fromkeys(texte for texte in textes if texte))


def _plain(noeud: Noeud, nom: str) -> str | None:
    enfant = noeud.find(nom)
    return strip_html(enfant.brut) or None if enfant else None
