"""RNCP and RS from the official CSV export (`export_fiches_CSV_*`)."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from referentiels.cellules import Ligne
from referentiels.depot import Depot
from referentiels.errors import CellError, MissingSourceError
from referentiels.journal import FichierLu, Journal
from referentiels.lot import Lot
from referentiels.rncp_commun import (
    Edition,
    newest,
    once,
    parse_edition,
    read_actif,
    read_bloc,
    read_fiche,
    read_fiche_ou_rien,
    read_niveau,
    read_siret,
    read_voie,
    repertoire_of,
    split_label,
)
from referentiels.tables import TableSpec
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
)

SOURCE = "rncp_csv"
_FICHE = "Numero_Fiche"


def _build_standard(ligne: Ligne, etat: date | None) -> Certification:
    numero = read_fiche(_FICHE, ligne.brut(_FICHE))
    niveau = read_niveau(ligne.brut("Nomenclature_Europe_Niveau"))
    actif = read_actif("Actif", ligne.brut("Actif"))
    return Certification(
        numero=numero,
        intitule=ligne.texte("Intitule"),
        abrege=ligne.texte_ou_rien("Abrege_Libelle"),
        repertoire=repertoire_of(numero),
        niveau=niveau.europe,
        niveau_source=niveau.source,
        nomenclature_niveau=niveau.nomenclature,
        active=actif if etat else None,
        date_etat=etat if actif is not None else None,
        fin_enregistrement=ligne.jour_ou_rien("Date_Fin_Enregistrement"),
        type_enregistrement=ligne.texte_ou_rien("Type_Enregistrement"),
        source=SOURCE,
    )


def _build_bloc(ligne: Ligne) -> BlocCompetences:
    numero = read_fiche(_FICHE, ligne.brut(_FICHE))
    code = read_bloc("Bloc_Competences_Code", ligne.brut("Bloc_Competences_Code"), numero)
    return BlocCompetences(code, numero, ligne.texte("Bloc_Competences_Libelle"), None, SOURCE)


def _build_rome(ligne: Ligne) -> CertificationRome:
    code = ligne.code("Codes_Rome_Code", FORME_ROME)
    return CertificationRome(read_fiche(_FICHE, ligne.brut(_FICHE)), CodeRome(code), code, SOURCE)


def _build_nsf(ligne: Ligne) -> CertificationNsf:
    code = ligne.texte("Nsf_Code")
    libelle = split_label(code, ligne.texte_ou_rien("Nsf_Intitule"))
    return CertificationNsf(read_fiche(_FICHE, ligne.brut(_FICHE)), CodeNsf(code), libelle, SOURCE)


def _build_formacode(ligne: Ligne) -> CertificationFormacode:
    code = ligne.texte("Formacode_Code")
    libelle = split_label(code, ligne.texte_ou_rien("Formacode_Libelle"))
    return CertificationFormacode(read_fiche(_FICHE, ligne.brut(_FICHE)), CodeFormacode(code), libelle, SOURCE)


def _build_voie(ligne: Ligne) -> CertificationVoie:
    """The table lists the voies that are open; a voie not listed is not told, hence no closed row."""
    voie = read_voie("Si_Jury", ligne.brut("Si_Jury"))
    return CertificationVoie(read_fiche(_FICHE, ligne.brut(_FICHE)), voie, True, SOURCE)


def _build_certificateur(ligne: Ligne, journal: Journal) -> Certificateur:
    siret = read_siret(ligne.brut("Siret_Certificateur"), journal.fichiers[-1])
    nom = ligne.texte("Nom_Certificateur")
    return Certificateur(read_fiche(_FICHE, ligne.brut(_FICHE)), siret, nom, "certificateur", SOURCE)


def _build_partenaire(ligne: Ligne, journal: Journal) -> Certificateur:
    siret = read_siret(ligne.brut("Siret_Partenaire"), journal.fichiers[-1])
    nom = ligne.texte("Nom_Partenaire")
    return Certificateur(read_fiche(_FICHE, ligne.brut(_FICHE)), siret, nom, "partenaire", SOURCE)


def _build_continuites(ligne: Ligne) -> list[ContinuiteCertification]:
    numero = read_fiche(_FICHE, ligne.brut(_FICHE))
    ancienne = read_fiche_ou_rien("Ancienne_Certification", ligne.brut("Ancienne_Certification"))
    nouvelle = read_fiche_ou_rien("Nouvelle_Certification", ligne.brut("Nouvelle_Certification"))
    if numero in {ancienne, nouvelle}:
        raise CellError(_FICHE, "la fiche se remplace elle-même", numero)
    if ancienne is None and nouvelle is None:
        raise CellError("Nouvelle_Certification", "ni ancienne ni nouvelle fiche", "")
    liens = [ContinuiteCertification(ancienne, numero, SOURCE)] if ancienne else []
    return [*liens, ContinuiteCertification(numero, nouvelle, SOURCE)] if nouvelle else liens


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of the export; `build` makes an entity, or a list of them, from a row."""

    nom: str
    nature: type[Any]
    spec: TableSpec
    build: Callable[..., Any]
    cle: Callable[[Any], Hashable] | None = None


def _spec(
    nom: str,
    lignes_max: int,
    *colonnes: str,
    facultatives: tuple[str, ...] = (),
    ignorees: tuple[str, ...] = (),
) -> TableSpec:
    # Accented letters of archive members may come back as two or three characters.
    motif = rf"export_fiches_CSV_{nom}(?:[-_]\d{{4}}[-_]\d{{2}}[-_]\d{{2}})?\.csv"
    return TableSpec(motif, (_FICHE, *colonnes), lignes_max, facultatives, delimiteur=";", ignorees=ignorees)


_STANDARD_FACULTATIVES = ("Abrege_Libelle", "Date_Fin_Enregistrement", "Type_Enregistrement")
_STANDARD_IGNOREES = (
    "Id_Fiche", "Abrege_Intitule", "Nomenclature_Europe_Intitule", "Accessible_Nouvelle_Caledonie",
    "Accessible_Polynesie_Francaise", "Date_dernier_jo", "Date_Decision", "Date_Effet", "Validation_Partielle",
    "Date_Limite_Delivrance",
)  # fmt: skip

_TABLES = (
    _Table(
        "Standard",
        Certification,
        _spec(
            "Standard",
            150_000,
            "Intitule",
            "Nomenclature_Europe_Niveau",
            "Actif",
            facultatives=_STANDARD_FACULTATIVES,
            ignorees=_STANDARD_IGNOREES,
        ),
        _build_standard,
        lambda c: c.numero,
    ),
    _Table(
        "Blocs_De_Compétences",
        BlocCompetences,
        _spec("Blocs_De_Comp.{1,3}tences", 250_000, "Bloc_Competences_Code", "Bloc_Competences_Libelle"),
        _build_bloc,
        lambda b: b.code,
    ),
    _Table(
        "Rome",
        CertificationRome,
        _spec("Rome", 300_000, "Codes_Rome_Code", facultatives=("Codes_Rome_Libelle",)),
        _build_rome,
    ),
    _Table(
        "Nsf",
        CertificationNsf,
        _spec("Nsf", 300_000, "Nsf_Code", facultatives=("Nsf_Intitule",)),
        _build_nsf,
    ),
    _Table(
        "Formacode",
        CertificationFormacode,
        _spec("Formacode", 300_000, "Formacode_Code", facultatives=("Formacode_Libelle",)),
        _build_formacode,
    ),
    _Table(
        "VoixdAccès",
        CertificationVoie,
        _spec("Voi(?:x|es?)_?d?_?.?Acc.{1,3}s", 400_000, "Si_Jury"),
        _build_voie,
    ),
    _Table(
        "Certificateurs",
        Certificateur,
        _spec("Certificateurs", 250_000, "Siret_Certificateur", "Nom_Certificateur"),
        _build_certificateur,
    ),
    _Table(
        "Partenaires",
        Certificateur,
        _spec("Partenaires", 2_000_000, "Nom_Partenaire", "Siret_Partenaire", ignorees=("Habilitation_Partenaire",)),
        _build_partenaire,
    ),
    _Table(
        "Ancienne_Nouvelle_Certification",
        ContinuiteCertification,
        _spec("Ancienne_Nouvelle_Certification", 110_000, "Ancienne_Certification", "Nouvelle_Certification"),
        _build_continuites,
    ),
)
_PIVOTS = ("Standard", "Blocs_De_Compétences")


def load_rncp_csv(depot: Depot, journal: Journal) -> Lot:
    """Certifications, blocs and links of the official CSV export (source: France compétences, data.gouv.fr).

    Each table is optional, except that Standard or Blocs_De_Compétences is there; of a table present in several
    editions, the latest is read. Blocs carry no list of compétences in this export. `active` is told for the day
    in the name of Standard, and stays None without such a day. The CCN table is not read.

    Returns:
        Certification, BlocCompetences, CertificationRome, CertificationNsf, CertificationFormacode,
        CertificationVoie (open ones), Certificateur (both roles) and ContinuiteCertification; codes ROME as
        published. The millésime is the day of the latest table read.

    Raises:
        MissingSourceError: Neither Standard nor Blocs_De_Compétences is there.
        SourceError: A table is unreadable, or too many of its rows are bad.
    """
    editions = {t.nom: edition for t in _TABLES if (edition := newest(depot, t.spec.motif))}
    if not any(pivot in editions for pivot in _PIVOTS):
        raise MissingSourceError(
            "ni la table Standard ni la table Blocs_De_Compétences de l'export « export_fiches_CSV_* » n'est là.",
            fichier=depot.chemin.name,
        )
    jours = sorted({e.jour for e in editions.values() if e.jour})
    lot = Lot(jours[-1].isoformat() if jours else "")
    for table in _TABLES:
        if table.nom in editions:
            lignes, lu = _read(depot, table, editions[table.nom], journal)
            lot.add(table.nature, lignes)
    if absentes := [t.nom for t in _TABLES if t.nom not in editions]:
        lu.note(f"tables absentes de l'export : {', '.join(absentes)}")
    if len(jours) > 1:
        lu.note(f"tables d'éditions différentes : {', '.join(map(str, jours))}")
    return lot


def _read(depot: Depot, table: _Table, edition: Edition, journal: Journal) -> tuple[list[Any], FichierLu]:
    build = table.build
    if table.nature is Certification:
        build = partial(build, etat=edition.jour)
    elif table.nature is Certificateur:
        build = partial(build, journal=journal)
    entites, lu = parse_edition(depot, edition, table.spec, journal, build, cle=table.cle)
    if table.nature is ContinuiteCertification:
        # Most links stand twice, once on each of the two fiches: no remark for that.
        return list(dict.fromkeys(lien for liens in entites for lien in liens)), lu
    return (entites if table.cle else once(entites, lu)), lu
