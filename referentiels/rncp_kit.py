"""RNCP from the kit of January 2021: Windows-1252, m/d/yy dates, repeated rows."""

import re
from collections.abc import Callable, Hashable
from datetime import date
from typing import TypeVar

from referentiels.cellules import Ligne
from referentiels.depot import Depot
from referentiels.errors import CellError
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.rncp_commun import (
    linked,
    once,
    read_actif,
    read_bloc,
    read_cfd,
    read_fiche,
    read_fiche_ou_rien,
    read_niveau,
    read_siret,
    read_voie,
    repertoire_of,
    text_or_none,
)
from referentiels.tables import TableSpec, parse_table
from referentiels.types import (
    FORME_ROME,
    BlocCompetences,
    Certificateur,
    Certification,
    CertificationDiplome,
    CertificationNsf,
    CertificationRome,
    CertificationVoie,
    CodeNsf,
    CodeRome,
    ContinuiteCertification,
)

T = TypeVar("T", bound=Hashable)

SOURCE = "rncp_kit"
ETATS_DU_KIT = {"1.4": date(2021, 1, 1)}
"""Day for which each edition of the kit tells who is active: published in January 2021; its active fiches end
after 18 December 2020. The files carry no date of their own."""
_FICHE = "CodeRNCP"
_SUFFIXE = r"\.v[\d.]+\.csv"
_VERSION = re.compile(r"\.v(\d+(?:\.\d+)*)\.csv$", re.IGNORECASE)
_DATE_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2})")


def read_us_date(colonne: str, brut: str) -> date | None:
    """A date written month/day/two-digit year (8/31/16 is 31 August 2016), or None when the cell is empty.

    Years 00 to 69 are of this century: the RNCP was born in 2002.
    """
    valeur = brut.strip()
    if not valeur:
        return None
    trouve = _DATE_US.fullmatch(valeur)
    if trouve is None:
        raise CellError(colonne, "date attendue (mois/jour/année sur deux chiffres)", valeur)
    mois, jour, annee = map(int, trouve.groups())
    try:
        return date((2000 if annee < 70 else 1900) + annee, mois, jour)
    except ValueError:
        raise CellError(colonne, "date impossible", valeur) from None


def _spec(nom: str, lignes_max: int, *colonnes: str, ignorees: tuple[str, ...] = ()) -> TableSpec:
    return TableSpec(nom + _SUFFIXE, colonnes, lignes_max, encodage="cp1252", delimiteur=";", ignorees=ignorees)


_INFO = _spec(
    "rncp_info",
    80_000,
    _FICHE,
    "intituleDiplome",
    "date_fin_validite_enregistrement",
    "ActiveInactive",
    "NiveauEurope",
    "CodeTypeCertif",
    "AncienneFiche",
    "NouvelleFiche",
    "TypeEnregistrement",
    ignorees=("EtatFiche", "TypeCertif"),
)
_ROME = _spec("rncp_rome", 200_000, _FICHE, "Rome", ignorees=("EtatFiche", "libelle"))
_NSF = _spec("rncp_nsf", 250_000, _FICHE, "code", "Libelle")
_BLOCS = _spec("rncp_blocs_competences", 80_000, _FICHE, "numero_bloc", "intitule")
_CERTIFICATEURS = _spec("rncp_certificateurs", 180_000, _FICHE, "Certificateur", "siret_organisme")
_ACCES = _spec("rncp_voix_acces", 350_000, _FICHE, "code_libelle", "intitule")
_DIPLOMES = _spec(
    "codes_diplomes",
    25_000,
    "CodeDiplome",
    _FICHE,
    ignorees=("Intitule", "Niveau2019", "type", "DerniereMaJ", "Fiche RNCP active/inactive"),
)


def load_rncp_kit(depot: Depot, journal: Journal) -> Lot:
    """Certifications and links of the kit of January 2021 (source: France compétences; Windows-1252, m/d/yy dates).

    Old fiches: good for continuity and history, never to be shown as current. `rncp_info` is mandatory, the other
    tables are read when present. A fiche that stands on several rows (one for each fiche it replaces or that
    replaces it) gives one certification and all its continuities. A bloc code that repeats its fiche is mended.

    Returns:
        Certification, BlocCompetences (titles only), CertificationRome (v3 codes), CertificationNsf,
        CertificationVoie (open ones), Certificateur, ContinuiteCertification and CertificationDiplome.

    Raises:
        MissingSourceError: `rncp_info` is not there.
        SourceError: A table is unreadable, or too many of its rows are bad.
    """
    membre = depot.find(_INFO.motif)
    version = _VERSION.search(membre.nom) if membre else None
    etat = ETATS_DU_KIT.get(version[1]) if version else None
    lot = Lot(etat.strftime("%Y-%m") if etat else "")
    rangs = parse_table(depot, _INFO, journal, lambda ligne: _build_info(ligne, etat))
    lu = journal.fichiers[-1]
    if etat is None:
        lu.note("édition du kit inconnue : sans date, l'état actif ou inactif n'est pas repris")
    certifications = {c.numero: c for c, _ in reversed(rangs)}
    if ecart := len(rangs) - len(certifications):
        lu.note(f"{ecart} lignes répètent une fiche pour une autre ancienne ou nouvelle fiche, réunies")
    lot.add(Certification, [certifications[n] for n in dict.fromkeys(c.numero for c, _ in rangs)])
    lot.add(ContinuiteCertification, dict.fromkeys(lien for _, liens in rangs for lien in liens))
    lot.add(CertificationRome, _read(depot, _ROME, journal, _build_rome))
    lot.add(CertificationNsf, _read(depot, _NSF, journal, _build_nsf))
    lot.add(BlocCompetences, _read(depot, _BLOCS, journal, _build_bloc, cle=lambda b: b and b.code))
    lot.add(Certificateur, _read(depot, _CERTIFICATEURS, journal, lambda ligne: _build_certificateur(ligne, journal)))
    lot.add(CertificationVoie, _read(depot, _ACCES, journal, _build_voie))
    lot.add(CertificationDiplome, _read(depot, _DIPLOMES, journal, _build_diplome))
    return lot


def _read(
    depot: Depot,
    spec: TableSpec,
    journal: Journal,
    build: Callable[[Ligne], T | None],
    *,
    cle: Callable[[T | None], Hashable] | None = None,
) -> list[T]:
    """The rows of one table without repeats; none, with a remark, when the table is not there."""
    if depot.find(spec.motif) is None:
        journal.fichiers[-1].note(f"table absente du kit : {spec.motif.partition(_SUFFIXE)[0]}")
        return []
    lignes = parse_table(depot, spec, journal, build, cle=cle)
    return once(linked(lignes, journal.fichiers[-1]), journal.fichiers[-1])


def _build_info(ligne: Ligne, etat: date | None) -> tuple[Certification, tuple[ContinuiteCertification, ...]]:
    numero = read_fiche(_FICHE, ligne.brut(_FICHE))
    niveau = read_niveau(ligne.brut("NiveauEurope"))
    actif = read_actif("ActiveInactive", ligne.brut("ActiveInactive"))
    ancienne = read_fiche_ou_rien("AncienneFiche", ligne.brut("AncienneFiche"))
    nouvelle = read_fiche_ou_rien("NouvelleFiche", ligne.brut("NouvelleFiche"))
    couples = ((ancienne, numero), (numero, nouvelle))
    fin = "date_fin_validite_enregistrement"
    certification = Certification(
        numero=numero,
        intitule=ligne.texte("intituleDiplome"),
        abrege=text_or_none(ligne, "CodeTypeCertif"),
        repertoire=repertoire_of(numero),
        niveau=niveau.europe,
        niveau_source=niveau.source,
        nomenclature_niveau=niveau.nomenclature,
        active=actif if etat else None,
        date_etat=etat if actif is not None else None,
        fin_enregistrement=read_us_date(fin, ligne.brut(fin)),
        type_enregistrement=ligne.texte_ou_rien("TypeEnregistrement"),
        source=SOURCE,
    )
    return certification, tuple(ContinuiteCertification(a, n, SOURCE) for a, n in couples if a and n and a != n)


def _build_rome(ligne: Ligne) -> CertificationRome:
    code = ligne.code("Rome", FORME_ROME)
    return CertificationRome(read_fiche(_FICHE, ligne.brut(_FICHE)), CodeRome(code), code, SOURCE)


def _build_nsf(ligne: Ligne) -> CertificationNsf:
    numero = read_fiche(_FICHE, ligne.brut(_FICHE))
    return CertificationNsf(numero, CodeNsf(ligne.texte("code")), ligne.texte_ou_rien("Libelle"), SOURCE)


def _build_bloc(ligne: Ligne) -> BlocCompetences:
    numero = read_fiche(_FICHE, ligne.brut(_FICHE))
    code = read_bloc("numero_bloc", ligne.brut("numero_bloc"), numero)
    return BlocCompetences(code, numero, ligne.texte("intitule"), None, SOURCE)


def _build_certificateur(ligne: Ligne, journal: Journal) -> Certificateur:
    siret = read_siret(ligne.brut("siret_organisme"), journal.fichiers[-1])
    numero = read_fiche(_FICHE, ligne.brut(_FICHE))
    return Certificateur(numero, siret, ligne.texte("Certificateur"), "certificateur", SOURCE)


def _build_voie(ligne: Ligne) -> CertificationVoie:
    voie = read_voie("intitule", ligne.brut("intitule"))
    return CertificationVoie(read_fiche(_FICHE, ligne.brut(_FICHE)), voie, True, SOURCE)


def _build_diplome(ligne: Ligne) -> CertificationDiplome | None:
    numero = read_fiche_ou_rien(_FICHE, ligne.brut(_FICHE))
    return CertificationDiplome(numero, read_cfd("CodeDiplome", ligne.brut("CodeDiplome")), SOURCE) if numero else None
