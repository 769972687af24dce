"""Certif Info, the diplomas of the Carif-Oref network: one row a diploma and formacode."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from referentiels.cellules import Ligne
from referentiels.depot import Depot
from referentiels.errors import CellError
from referentiels.journal import FichierLu, Journal
from referentiels.lot import Lot
from referentiels.rncp_commun import Niveau, read_cfd, read_fiche, read_niveau, repertoire_of
from referentiels.tables import TableSpec, parse_table
from referentiels.types import (
    FORME_ROME,
    Certificateur,
    Certification,
    CertificationDiplome,
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

SOURCE = "certifinfo"
_ROMES = tuple(f"Code_Rome_{rang}" for rang in range(1, 6))
_ACCES: tuple[tuple[str, Voie], ...] = (
    ("accessibilite_fi", "scolaire"),
    ("accessibilite_ca", "apprentissage"),
    ("accessibilite_fc", "continue"),
    ("accessibilite_cp", "contrat_professionnalisation"),
    ("accessibilite_vae", "vae"),
    ("accessibilite_ind", "candidature_individuelle"),
)
_OUVERTE = {"1": True, "0": False, "2": None, "": None}
_SEPARATEUR = re.compile(r",(?=\S)")  # a comma followed by a space is inside a name
_SPEC = TableSpec(
    r"certif[-_]?info.*\.csv",
    (
        "Code_Diplome", "Libelle_Diplome", "Code_Niveau_Europeen", "Date_MaJ", "Code_FormaCode", *_ROMES, "Code_Nsf",
        "Code_RNCP", "Code_RS", *(colonne for colonne, _ in _ACCES),
    ),
    60_000,
    facultatives=("Libelle_FormaCode", "Code_Scolarité", "valideur", "certificateur", "Code_Ancien_RNCP"),
    delimiteur=";",
    ignorees=(
        "Libelle_Type_Diplome", "Annee_Premiere_Session", "Annee_Derniere_Session", "Code_Ancien_Diplome",
        "Intitulé_Ancien_Diplome", "Code_Ancien_Scolarité", "`Options`", "Etat", "Etat_Libelle", "Etat_Ancien_Diplome",
        "Etat_Ancien_Diplome_Libelle", "code_type_diplome", "codeIdeo2",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Rang:
    """One row, hence one diploma and one formacode; `numero` is None outside the RNCP and RS."""

    diplome: str
    numero: NumeroFiche | None
    intitule: str
    niveau: Niveau
    jour: date | None
    formacode: tuple[str, str | None] | None
    romes: tuple[str, ...]
    nsf: str | None
    cfd: str | None
    organismes: tuple[str, ...]
    ancienne: NumeroFiche | None
    acces: tuple[bool | None, ...]


def load_certifinfo(depot: Depot, journal: Journal) -> Lot:
    """Certifications and links of Certif Info (source: réseau des Carif-Oref).

    Several diplomas may share a fiche: it takes the title of the first, and the links of all. A voie is open when
    one of them opens it, closed when all close it, and not told otherwise (the producer's 2 is « inconnu »).
    Diplomas without a fiche are counted in a remark. Certif Info does not tell whether a fiche is active. Names of
    certificateurs come from `certificateur`, or `valideur` where that is empty.

    Returns:
        Certification, CertificationRome (v3 codes as published, truncated families included), CertificationNsf,
        CertificationFormacode, CertificationVoie, CertificationDiplome, Certificateur and ContinuiteCertification.
        The millésime is the month of the latest update of a row.

    Raises:
        SourceError: The file is absent, unreadable, or too many of its rows are bad.
    """
    tous = parse_table(depot, _SPEC, journal, _build)
    lu = journal.fichiers[-1]
    rangs = [rang for rang in tous if rang.numero]
    if ecart := len(tous) - len(rangs):
        lu.note(f"{ecart} lignes de diplômes hors du RNCP et du RS, sans fiche à décrire")
    dernier = max((rang.jour for rang in tous if rang.jour), default=None)
    par_fiche: dict[NumeroFiche, list[_Rang]] = {}
    for rang in rangs:
        if rang.numero:
            par_fiche.setdefault(rang.numero, []).append(rang)
    _note_shared(par_fiche.values(), lu)
    lot = Lot(dernier.strftime("%Y-%m") if dernier else "")
    for numero, groupe in par_fiche.items():
        _add_links(lot, numero, groupe)
    return lot


def _note_shared(groupes: Iterable[Sequence[_Rang]], lu: FichierLu) -> None:
    partages = sum(len({rang.diplome for rang in groupe}) > 1 for groupe in groupes)
    if partages:
        lu.note(f"{partages} fiches partagées par plusieurs diplômes : intitulé du premier, liens de tous")


def _build(ligne: Ligne) -> _Rang:
    ancienne = ligne.texte_ou_rien("Code_Ancien_RNCP")
    cfd = ligne.texte_ou_rien("Code_Scolarité")
    formacode = ligne.texte_ou_rien("Code_FormaCode")
    organismes = ligne.texte_ou_rien("certificateur") or ligne.texte_ou_rien("valideur") or ""
    return _Rang(
        diplome=ligne.texte("Code_Diplome"),
        numero=_read_numero(ligne),
        intitule=ligne.texte("Libelle_Diplome"),
        niveau=read_niveau(ligne.brut("Code_Niveau_Europeen")),
        jour=ligne.jour_ou_rien("Date_MaJ"),
        formacode=(formacode, ligne.texte_ou_rien("Libelle_FormaCode")) if formacode else None,
        romes=tuple(ligne.code(colonne, FORME_ROME) for colonne in _ROMES if ligne.brut(colonne).strip()),
        nsf=ligne.texte_ou_rien("Code_Nsf"),
        cfd=read_cfd("Code_Scolarité", cfd) if cfd else None,
        organismes=tuple(nom for nom in map(str.strip, _SEPARATEUR.split(organismes)) if nom),
        ancienne=read_fiche("Code_Ancien_RNCP", f"RNCP{ancienne}") if ancienne else None,
        acces=tuple(_read_acces(ligne, colonne) for colonne, _ in _ACCES),
    )


def _read_numero(ligne: Ligne) -> NumeroFiche | None:
    for colonne, prefixe in (("Code_RNCP", "RNCP"), ("Code_RS", "RS")):
        if chiffres := ligne.brut(colonne).strip():
            return read_fiche(colonne, chiffres if chiffres.startswith(prefixe) else f"{prefixe}{chiffres}")
    return None


def _read_acces(ligne: Ligne, colonne: str) -> bool | None:
    valeur = ligne.brut(colonne).strip()
    if valeur not in _OUVERTE:
        raise CellError(colonne, "0 (non), 1 (oui) ou 2 (inconnu) attendu", valeur)
    return _OUVERTE[valeur]


def _add_links(lot: Lot, numero: NumeroFiche, groupe: Sequence[_Rang]) -> None:
    """Add to the lot one fiche and the links of all its diplomas, without repeats."""
    lot.add(Certification, [_certification(numero, groupe)])
    romes = dict.fromkeys(code for rang in groupe for code in rang.romes)
    lot.add(CertificationRome, [CertificationRome(numero, CodeRome(code), code, SOURCE) for code in romes])
    nsf = dict.fromkeys(rang.nsf for rang in groupe if rang.nsf)
    lot.add(CertificationNsf, [CertificationNsf(numero, CodeNsf(code), None, SOURCE) for code in nsf])
    formacodes = dict.fromkeys(rang.formacode for rang in groupe if rang.formacode)
    lot.add(
        CertificationFormacode,
        [CertificationFormacode(numero, CodeFormacode(code), libelle, SOURCE) for code, libelle in formacodes],
    )
    cfd = dict.fromkeys(rang.cfd for rang in groupe if rang.cfd)
    lot.add(CertificationDiplome, [CertificationDiplome(numero, code, SOURCE) for code in cfd])
    noms = dict.fromkeys(nom for rang in groupe for nom in rang.organismes)
    lot.add(Certificateur, [Certificateur(numero, None, nom, "certificateur", SOURCE) for nom in noms])
    anciennes = dict.fromkeys(r.ancienne for r in groupe if r.ancienne and r.ancienne != numero)
    lot.add(ContinuiteCertification, [ContinuiteCertification(ancienne, numero, SOURCE) for ancienne in anciennes])
    lot.add(CertificationVoie, _voies(numero, groupe))


def _voies(numero: NumeroFiche, groupe: Sequence[_Rang]) -> list[CertificationVoie]:
    voies = []
    for position, (_, voie) in enumerate(_ACCES):
        dits = [rang.acces[position] for rang in groupe]
        if any(dits) or all(dit is False for dit in dits):
            voies.append(CertificationVoie(numero, voie, any(dits), SOURCE))
    return voies


def _certification(numero: NumeroFiche, groupe: Sequence[_Rang]) -> Certification:
    niveau = next((rang.niveau for rang in groupe if rang.niveau.source), Niveau())
    return Certification(
        numero=numero,
        intitule=groupe[0].intitule,
        abrege=None,
        repertoire=repertoire_of(numero),
        niveau=niveau.europe,
        niveau_source=niveau.source,
        nomenclature_niveau=niveau.nomenclature,
        active=None,
        date_etat=None,
        fin_enregistrement=None,
        type_enregistrement=None,
        source=SOURCE,
    )
