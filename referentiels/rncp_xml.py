"""RNCP and RS from the official XML flux (V4.1): blocs with their lists of compétences, and all links."""

import re
from dataclasses import replace
from datetime import date

from referentiels.cellules import clean_text, read_date
from referentiels.depot import Depot, Membre
from referentiels.errors import CellError, MissingSourceError
from referentiels.journal import FichierLu, Journal
from referentiels.lot import Lot
from referentiels.rncp_commun import (
    edition_of,
    newest,
    once,
    read_actif,
    read_bloc,
    read_fiche,
    read_fiche_ou_rien,
    read_niveau,
    read_siret,
    repertoire_of,
    split_label,
)
from referentiels.rncp_flux import Flux, Noeud
from referentiels.tables import check_rejections
from referentiels.types import (
    FORME_ROME,
    BlocCompetences,
    Certificateur,
    Certification,
    CertificationFormacode,
    CertificationNsf,
    CertificationRome,
    CertificationVoie,
    CodeFormacode,
    CodeNsf,
    CodeRome,
    ContinuiteCertification,
    NumeroFiche,
    Voie,
)

SOURCE = "rncp_xml"
_MOTIFS = (
    (r"export[-_]fiches[-_]RNCP.*\.xml", r"rncp\.xml"),
    (r"export[-_]fiches[-_]RS.*\.xml", r"rs\.xml"),
)
_JURYS: tuple[tuple[str, Voie], ...] = (
    ("SI_JURY_FI", "scolaire"),
    ("SI_JURY_CA", "apprentissage"),
    ("SI_JURY_FC", "continue"),
    ("SI_JURY_CQ", "contrat_professionnalisation"),
    ("SI_JURY_CL", "candidature_individuelle"),
    ("SI_JURY_VAE", "vae"),
)
_SECTIONS = frozenset({
    "NUMERO_FICHE", "INTITULE", "ABREGE", "NOMENCLATURE_EUROPE", "ACTIF", "DATE_FIN_ENREGISTREMENT",
    "TYPE_ENREGISTREMENT", "BLOCS_COMPETENCES", "CODES_ROME", "CODES_NSF", "FORMACODES", "CERTIFICATEURS",
    "PARTENAIRES", "NOUVELLES_CERTIFICATIONS", "ANCIENNES_CERTIFICATIONS", "DATE_DE_PUBLICATION", "DATE_DECISION",
    *(jury for jury, _ in _JURYS),
})  # fmt: skip
_TUES = frozenset({"MODALITES_EVALUATION", "COMPOSITION"})
_DATES_PASSEES = frozenset({
    "DATE_DERNIERE_MODIFICATION_ETAT", "DATE_DERNIERE_MODIFICATION", "DATE_DE_PUBLICATION", "DATE_DECISION",
})  # fmt: skip
# The flux replaces line ends by runs of spaces; a run before a bullet, a number or a capital begins an item.
_SAUT = re.compile(r"\s*\n\s*|\s{2,}(?=[-–•●▪◦*·]|[A-ZÀÂÇÉÈÊÎÔŒ]|\d+[.)\s])")
_PUCE = re.compile(r"^[-–•●▪◦*·]\s*")


def split_competences(brut: str) -> str | None:
    """The list of compétences of a bloc, one a line, bullets removed; None when the list is empty.

    Items are told by line ends, or by the runs of spaces that the flux leaves in their place; a run of spaces
    inside a sentence is a single space.
    """
    morceaux = (clean_text(_PUCE.sub("", morceau.strip())) for morceau in _SAUT.split(brut))
    return "\n".join(morceau for morceau in morceaux if morceau) or None


def load_rncp_xml(depot: Depot, journal: Journal) -> Lot:
    """Certifications, blocs and links of the official XML flux, RNCP and RS (source: France compétences).

    The file is streamed, fiche by fiche. Of several editions of one répertoire the latest is read; a bare
    `rncp.xml` or `rs.xml` (older extracts) is read only when no `export_fiches_*` is there. The day of the state
    is the one in the file's name; without it, the latest past change that the file mentions, a lower bound of it.

    Returns:
        Certification, BlocCompetences (with `competences`, one a line), CertificationRome (as published),
        CertificationNsf, CertificationFormacode, CertificationVoie (open and closed), Certificateur (both roles)
        and ContinuiteCertification. The millésime is the latest day of the files read.

    Raises:
        MissingSourceError: Neither an RNCP nor an RS flux is there.
        SourceError: Not XML, truncated, hostile, oversized, or too many fiches are bad.
    """
    lot = Lot()
    jours: list[date] = []
    trouves = 0
    for motifs in _MOTIFS:
        edition = next((trouvee for motif in motifs if (trouvee := newest(depot, motif))), None)
        if edition is None:
            continue
        trouves += 1
        lu = journal.open(depot.label(edition.membre))
        edition.annotate(lu)
        if jour := _read_flux(depot, edition.membre, lu, lot):
            jours.append(jour)
    if not trouves:
        raise MissingSourceError("aucun flux XML du RNCP ni du RS.", fichier=depot.chemin.name)
    if jours:
        lot.millesime = max(jours).isoformat()
    return lot


def _read_flux(depot: Depot, membre: Membre, lu: FichierLu, lot: Lot) -> date | None:
    """Read one flux into the lot and give the day of its state."""
    fiches = Lot()
    vus: set[NumeroFiche] = set()
    jour = edition_of(membre.nom, membre.chemin, depot.chemin.name)
    dernier: date | None = None
    with depot.open(membre) as brut:
        flux = Flux(brut, lu, _SECTIONS, _TUES)
        for noeud in flux:
            lu.lues += 1
            try:
                extrait, numero = _read_fiche(noeud, lu)
            except CellError as error:
                lu.reject(noeud.ligne, error.colonne, error.motif, error.valeur)
                continue
            if numero in vus:
                lu.reject(noeud.ligne, "NUMERO_FICHE", "doublon", numero)
                continue
            vus.add(numero)
            fiches.merge(extrait)
            if jour is None:
                dernier = max(filter(None, (dernier, _last_change(noeud))), default=None)
    lu.gardees = len(vus)
    check_rejections(lu)
    if flux.version and not flux.version.startswith("4."):
        lu.note(f"version de flux {flux.version} : la version 4.1 est attendue")
    if jour is None and dernier is not None:
        lu.note(f"nom sans date : état donné au {dernier}, dernière modification citée par le fichier")
    _append(lot, fiches, jour or dernier, lu)
    return jour or dernier


def _append(lot: Lot, fiches: Lot, etat: date | None, lu: FichierLu) -> None:
    """Add what was read, without repeats, with the day of the state (none: the state is not told)."""
    certifications = [
        replace(c, date_etat=etat if c.active is not None else None, active=c.active if etat else None)
        for c in fiches.get(Certification)
    ]
    lot.add(Certification, certifications)
    for nature in fiches.natures:
        if nature is ContinuiteCertification:  # one link stands on both of its fiches
            lot.add(nature, dict.fromkeys(fiches.get(nature)))
        elif nature is not Certification:
            lot.add(nature, once(fiches.get(nature), lu))


def _read_fiche(noeud: Noeud, lu: FichierLu) -> tuple[Lot, NumeroFiche]:
    numero = read_fiche("NUMERO_FICHE", noeud.text("NUMERO_FICHE"))
    lot = Lot()
    lot.add(Certification, [_certification(noeud, numero)])
    lot.add(BlocCompetences, _blocs(noeud, numero, lu))
    lot.add(CertificationRome, _romes(noeud, numero, lu))
    lot.add(
        CertificationNsf, [CertificationNsf(numero, CodeNsf(c), nom, SOURCE) for c, nom in _codes(noeud, "CODES_NSF")]
    )
    lot.add(
        CertificationFormacode,
        [CertificationFormacode(numero, CodeFormacode(c), nom, SOURCE) for c, nom in _codes(noeud, "FORMACODES")],
    )
    lot.add(CertificationVoie, _voies(noeud, numero))
    lot.add(Certificateur, _organismes(noeud, numero, lu))
    lot.add(ContinuiteCertification, _continuites(noeud, numero, lu))
    return lot, numero


def _certification(noeud: Noeud, numero: NumeroFiche) -> Certification:
    intitule = clean_text(noeud.text("INTITULE"))
    if not intitule:
        raise CellError("INTITULE", "cellule vide", numero)
    niveau = read_niveau(noeud.text("NOMENCLATURE_EUROPE", "NIVEAU"))
    fin = noeud.text("DATE_FIN_ENREGISTREMENT")
    return Certification(
        numero=numero,
        intitule=intitule,
        abrege=clean_text(noeud.text("ABREGE", "CODE")) or None,
        repertoire=repertoire_of(numero),
        niveau=niveau.europe,
        niveau_source=niveau.source,
        nomenclature_niveau=niveau.nomenclature,
        active=read_actif("ACTIF", noeud.text("ACTIF")),
        date_etat=None,
        fin_enregistrement=read_date("DATE_FIN_ENREGISTREMENT", fin) if fin else None,
        type_enregistrement=clean_text(noeud.text("TYPE_ENREGISTREMENT")) or None,
        source=SOURCE,
    )


def _blocs(noeud: Noeud, numero: NumeroFiche, lu: FichierLu) -> list[BlocCompetences]:
    """The blocs of a fiche; a bloc without a usable code or title is left out with a remark."""
    blocs: dict[str, BlocCompetences] = {}
    for bloc in noeud.all("BLOCS_COMPETENCES", "BLOC_COMPETENCES"):
        try:
            code = read_bloc("CODE", bloc.text("CODE"), numero)
        except CellError as error:
            lu.note(f"ligne {bloc.ligne} : bloc laissé, {error.motif} (« {error.valeur} »)")
            continue
        intitule = clean_text(bloc.text("LIBELLE"))
        if not intitule or code in blocs:
            lu.note(f"ligne {bloc.ligne} : bloc laissé, {'doublon' if intitule else 'sans intitulé'} (« {code} »)")
            continue
        competences = split_competences(bloc.text("LISTE_COMPETENCES"))
        blocs[code] = BlocCompetences(code, numero, intitule, competences, SOURCE)
    return list(blocs.values())


def _codes(noeud: Noeud, section: str) -> list[tuple[str, str | None]]:
    """(code, label) of the children of a section, whatever their element is called."""
    groupes = noeud.child(section)
    paires = ((e.text("CODE"), clean_text(e.text("LIBELLE"))) for e in (groupes.enfants if groupes else ()))
    return [(code, split_label(code, libelle or None)) for code, libelle in paires if code]


def _romes(noeud: Noeud, numero: NumeroFiche, lu: FichierLu) -> list[CertificationRome]:
    liens = []
    for code, _ in _codes(noeud, "CODES_ROME"):
        if FORME_ROME.fullmatch(code):
            liens.append(CertificationRome(numero, CodeRome(code), code, SOURCE))
        else:
            lu.note(f"ligne {noeud.ligne} : code ROME mal formé laissé (« {code[:20]} », {numero})")
    return liens


def _voies(noeud: Noeud, numero: NumeroFiche) -> list[CertificationVoie]:
    etats = ((voie, read_actif(jury, noeud.text(jury, "ACTIF"))) for jury, voie in _JURYS)
    return [CertificationVoie(numero, voie, ouverte, SOURCE) for voie, ouverte in etats if ouverte is not None]


def _organismes(noeud: Noeud, numero: NumeroFiche, lu: FichierLu) -> list[Certificateur]:
    """Certificateurs and partners, but not those that the fiche tells to be inactive."""
    liens = []
    for organisme in noeud.all("CERTIFICATEURS", "CERTIFICATEUR"):
        nom = clean_text(organisme.text("NOM_CERTIFICATEUR"))
        if nom and organisme.text("ETAT_CERTIFICATEUR") != "Inactif":
            siret = read_siret(organisme.text("SIRET_CERTIFICATEUR"), lu)
            liens.append(Certificateur(numero, siret, nom, "certificateur", SOURCE))
    for organisme in noeud.all("PARTENAIRES", "PARTENAIRE"):
        nom = clean_text(organisme.text("NOM_PARTENAIRE"))
        if nom and organisme.text("ETAT_HABILITATION") != "Inactif":
            siret = read_siret(organisme.text("SIRET_PARTENAIRE"), lu)
            liens.append(Certificateur(numero, siret, nom, "partenaire", SOURCE))
    return liens


def _continuites(noeud: Noeud, numero: NumeroFiche, lu: FichierLu) -> list[ContinuiteCertification]:
    """The links to older and newer fiches; a malformed numéro is left out with a remark."""
    colonnes = ("ID_FICHE_ANCIENNE_CERTIFICATION", "ID_FICHE_NOUVELLE_CERTIFICATION")
    anciennes = noeud.all("ANCIENNES_CERTIFICATIONS", "ANCIENNE_CERTIFICATION", colonnes[0])
    nouvelles = noeud.all("NOUVELLES_CERTIFICATIONS", "NOUVELLE_CERTIFICATION", colonnes[1])
    liens = []
    for voisin in (*anciennes, *nouvelles):
        try:
            autre = read_fiche_ou_rien(voisin.nom, voisin.texte)
        except CellError as error:
            lu.note(f"ligne {voisin.ligne} : continuité laissée, {error.motif} (« {error.valeur[:20]} »)")
            continue
        if autre is not None and autre != numero:
            couple = (autre, numero) if voisin.nom == colonnes[0] else (numero, autre)
            liens.append(ContinuiteCertification(*couple, SOURCE))
    return liens


def _last_change(noeud: Noeud) -> date | None:
    """The latest day of a past change that the fiche mentions."""
    jours = []
    pile = [noeud]
    while pile:
        courant = pile.pop()
        pile.extend(courant.enfants)
        if courant.nom in _DATES_PASSEES and courant.texte:
            try:
                jours.append(read_date(courant.nom, courant.texte))
            except CellError:
                continue
    return max(jours, default=None)
