"""From the address of a source to its verified files in the data folder; the previous ones stay until then."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import httpx
from rapidfuzz import process

from referentiels.adresses import Telechargement
from referentiels.errors import DownloadError, UnknownCodeError
from referentiels.fetch.bilan import Bilan, Progress, Resultat, Statut
from referentiels.fetch.controle import PARTIEL, check_digest, check_whole, digest, publish, unpack, writing
from referentiels.fetch.partiel import ETAT, Marque, Partiel, receive
from referentiels.fetch.plan import Fichier, Partie, choose_resource, plan_parts
from referentiels.fetch.reseau import Genre, IncidentError, Politique, insist, open_client, read_small
from referentiels.fetch.suivi import Obtenu, Suivi, lock
from referentiels.sources import PAR_CLE, SOURCES, Source

_CATALOGUE_MAX = 32 << 20  # a data.gouv.fr dataset of thousands of resources is under 10 MiB
_RELANCE = "relancez « azimut donnees telecharger »"
_SUITES: dict[Genre, str] = {
    "absent": "Le producteur a pu déplacer le fichier : récupérez-le à la main et déposez-le en {place}.",
    "refus": "Récupérez le fichier à la main et déposez-le en {place}, ou signalez l'adresse à corriger.",
    "passager": f"Réessayez plus tard, {_RELANCE} : ce qui est déjà reçu ne sera pas redemandé.",
    "corrompu": f"Le fichier reçu a été écarté, le précédent reste en place : {_RELANCE} plus tard.",
    "disque": f"Libérez de la place ou changez de dossier, puis {_RELANCE} : ce qui est déjà reçu est gardé.",
}
POLITIQUE = Politique()


def _silent(cle: str, recus: int, total: int | None) -> None:
    """No progress shown."""


@dataclass(frozen=True, slots=True)
class _Chantier:
    """What every step of a download needs."""

    dossier: Path
    client: httpx.Client
    progress: Progress
    politique: Politique
    suivi: Suivi
    forcer: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    fichiers: tuple[Path, ...]
    octets: int
    nouveau: bool


def find_newest(telechargement: Telechargement, client: httpx.Client, politique: Politique = POLITIQUE) -> Fichier:
    """Where the newest file is, and what is announced of it.

    Args:
        telechargement: One address; `{annee}` already replaced.
        client: HTTP client.
        politique: Patience and limits.

    Raises:
        DownloadError: The catalogue cannot be read, or lists no such file.
    """
    try:
        return _find_newest(telechargement, client, politique)
    except IncidentError as incident:
        raise DownloadError(_sentence(incident, telechargement)) from incident


def download(
    source: Source,
    dossier: Path,
    *,
    annee: int,
    client: httpx.Client | None = None,
    progress: Progress = _silent,
    politique: Politique = POLITIQUE,
    forcer: bool = False,
) -> tuple[Path, ...]:
    """Fetch every part of one source; the parts that could be fetched stay even when another fails.

    Args:
        source: What to fetch.
        dossier: Data folder, created if need be.
        annee: Current year, from which yearly editions are tried downwards.
        client: HTTP client; one is opened when None.
        progress: Told as bytes come.
        politique: Patience and limits.
        forcer: Fetch again even what has not changed.

    Returns:
        The files in place, new or already up to date.

    Raises:
        DownloadError: A part failed, nothing is known of where to fetch it, or another download is running.
    """
    bilan = download_all(
        [source.cle], dossier, progress, client, annee=annee, politique=politique, forcer=forcer, sources=[source]
    )
    resultat = bilan.resultats[0]
    if resultat.statut in ("echec", "manuel"):
        raise DownloadError(resultat.motif)
    return resultat.fichiers


def download_all(
    cles: Sequence[str] | None,
    dossier: Path,
    progress: Progress = _silent,
    client: httpx.Client | None = None,
    *,
    annee: int,
    politique: Politique = POLITIQUE,
    forcer: bool = False,
    sources: Sequence[Source] = SOURCES,
) -> Bilan:
    """Fetch several sources; one that fails does not stop the others.

    Args:
        cles: Keys of sources; None for all those that have an address.
        dossier: Data folder, created if need be.
        progress: Told as bytes come.
        client: HTTP client; one is opened when None.
        annee: Current year, from which yearly editions are tried downwards.
        politique: Patience and limits.
        forcer: Fetch again even what has not changed.
        sources: The sources that the keys name.

    Raises:
        UnknownCodeError: A key names no source.
        DownloadError: Another download runs in this folder, or it cannot be written.
    """
    choisies = _choose(cles, sources)
    with lock(dossier), open_client() if client is None else nullcontext(client) as ouvert:
        chantier = _Chantier(dossier, ouvert, progress, politique, Suivi(dossier), forcer)
        return Bilan(tuple(_fetch_source(chantier, source, annee) for source in choisies))


def _choose(cles: Sequence[str] | None, sources: Sequence[Source]) -> list[Source]:
    par_cle = {source.cle: source for source in sources}
    if cles is None:
        return [source for source in sources if source.telechargements]
    for cle in cles:
        if cle not in par_cle:
            proches = [trouve for trouve, _, _ in process.extract(cle, list(par_cle or PAR_CLE), limit=3)]
            raise UnknownCodeError("source", cle, proches)
    return [par_cle[cle] for cle in dict.fromkeys(cles)]


def _fetch_source(chantier: _Chantier, source: Source, annee: int) -> Resultat:
    if not source.telechargements:
        places = " ou ".join(f"« {place} »" for place in source.emplacements if place != ".")
        motif = f"{source.titre} : aucune adresse connue. Déposez ses fichiers dans {places} du dossier de données."
        return Resultat(source.cle, "manuel", motif=motif)
    pieces: list[_Piece] = []
    motifs: list[str] = []
    for partie in plan_parts(source, annee):
        try:
            pieces.append(_fetch_part(chantier, source, partie))
        except IncidentError as incident:
            quoi = f"{source.titre} ({partie.nom})" if partie.nom else source.titre
            motifs.append(f"{quoi} : {_sentence(incident, partie.choix[0])}")
    statut: Statut = "echec" if motifs else "obtenu" if any(piece.nouveau for piece in pieces) else "a_jour"
    fichiers = tuple(fichier for piece in pieces for fichier in piece.fichiers)
    return Resultat(source.cle, statut, fichiers, sum(piece.octets for piece in pieces), "\n".join(motifs))


def _fetch_part(chantier: _Chantier, source: Source, partie: Partie) -> _Piece:
    """The first address that answers; when none does, every reason is told."""
    incidents: list[IncidentError] = []
    for telechargement in partie.choix:
        try:
            return _fetch_file(chantier, source, partie, telechargement)
        except IncidentError as incident:
            incidents.append(incident)
            # An older edition must not stand in for one that is there but could not be fetched.
            if incident.genre == "disque" or (partie.par_annee and incident.genre != "absent"):
                break
    motifs = dict.fromkeys(incident.motif for incident in incidents)
    raise IncidentError(" ; puis ".join(motifs), incidents[-1].genre)


def _fetch_file(chantier: _Chantier, source: Source, partie: Partie, telechargement: Telechargement) -> _Piece:
    cle = f"{source.cle}/{partie.nom}"
    fichier = _find_newest(telechargement, chantier.client, chantier.politique)
    final = chantier.dossier / fichier.nom
    connu = chantier.suivi.get(cle)
    if connu and (chantier.forcer or connu.marque.url != fichier.url or not connu.is_intact(chantier.dossier)):
        utile = None
    else:
        utile = connu
    if utile and fichier.empreinte and utile.empreinte == fichier.empreinte:
        return _keep(chantier, utile)
    partiel = Partiel(final)
    marque = _receive_whole(chantier, source, telechargement, fichier, partiel, utile.marque if utile else None)
    if marque is None and utile:
        partiel.discard()
        return _keep(chantier, utile)
    somme, octets = digest(partiel.chemin), partiel.size()
    inchange = utile is not None and utile.somme == somme
    if inchange and utile:
        fichiers = _keep(chantier, utile).fichiers
    elif telechargement.deballer:
        fichiers = unpack(partiel.chemin, final.parent)
    else:
        publish(partiel.chemin, final)
        fichiers = (final,)
    partiel.discard()
    sommes = {chemin.relative_to(chantier.dossier).as_posix(): digest(chemin) for chemin in fichiers}
    obtenu = Obtenu(telechargement.url, marque or Marque(fichier.url), fichier.empreinte, somme, sommes)
    with writing(final):
        chantier.suivi.keep(cle, obtenu)
        if connu and connu.demande == obtenu.demande:
            _drop_superseded(chantier, connu, obtenu)
        _drop_leftovers(final, telechargement)
    return _Piece(fichiers, octets, not inchange)


def _receive_whole(
    chantier: _Chantier,
    source: Source,
    telechargement: Telechargement,
    fichier: Fichier,
    partiel: Partiel,
    connue: Marque | None,
) -> Marque | None:
    """A complete, checked partial file; None when the known version is still the current one.

    Bytes put together from several answers that turn out wrong are fetched once more from the start.
    """

    def signaler(recus: int, total: int | None) -> None:
        chantier.progress(source.cle, recus, fichier.octets if total is None else total)

    def essayer() -> Marque | None:
        reception = receive(
            chantier.client, fichier, telechargement.nature, partiel, chantier.politique, signaler, connue
        )
        return reception.marque if reception.nouveau else None

    while True:
        try:
            marque = insist(essayer, chantier.politique, partiel.size)
            if marque is not None:
                check_whole(partiel.chemin, telechargement.nature, Path(fichier.nom).name)
                if fichier.empreinte:
                    check_digest(partiel.chemin, fichier.empreinte)
        except IncidentError as incident:
            if incident.genre != "corrompu":
                raise
            recommencer, partiel.repris = partiel.repris, False
            partiel.discard()
            if not recommencer:
                raise
        else:
            return marque


def _find_newest(telechargement: Telechargement, client: httpx.Client, politique: Politique) -> Fichier:
    if telechargement.mode == "direct":
        return Fichier(telechargement.url, telechargement.fichier)
    contenu = insist(lambda: read_small(client, telechargement.url, politique, _CATALOGUE_MAX), politique)
    return choose_resource(contenu, telechargement)


def _keep(chantier: _Chantier, connu: Obtenu) -> _Piece:
    return _Piece(tuple(chantier.dossier / nom for nom in connu.fichiers), 0, nouveau=False)


def _drop_superseded(chantier: _Chantier, connu: Obtenu, obtenu: Obtenu) -> None:
    """Remove the dated files that the same address gave before, unless someone changed them since."""
    for nom, somme in connu.fichiers.items():
        ancien = chantier.dossier / nom
        if nom in obtenu.fichiers or chantier.suivi.owners(nom) or not ancien.is_file():
            continue
        if digest(ancien) == somme:
            ancien.unlink()


def _drop_leftovers(final: Path, telechargement: Telechargement) -> None:
    """Remove the partial files of earlier editions, whose names held another date."""
    if not telechargement.titre or "{titre}" not in telechargement.fichier:
        return
    for reste in final.parent.glob(f"{telechargement.titre}*{final.suffix}{PARTIEL}*"):
        if reste.name.endswith((PARTIEL, PARTIEL + ETAT)):
            reste.unlink(missing_ok=True)


def _sentence(incident: IncidentError, telechargement: Telechargement) -> str:
    """What happened and what to do next, in French."""
    nom = telechargement.fichier.replace("{titre}", "…")
    place = f"« {Path(nom).parent.as_posix()} », archive ouverte" if telechargement.deballer else f"« {nom} »"
    return f"{incident.motif}. {_SUITES[incident.genre].format(place=place)}"
