"""The correspondence of diplomas of the Éducation nationale (CFD) with fiches of the RNCP, for apprenticeship."""

from dataclasses import dataclass
from datetime import date

from referentiels.cellules import Ligne
from referentiels.depot import Depot
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.rncp_commun import (
    Niveau,
    linked,
    once,
    read_cfd,
    read_fiche_ou_rien,
    read_niveau,
    repertoire_of,
    text_or_none,
)
from referentiels.tables import TableSpec, parse_table
from referentiels.types import Certification, CertificationDiplome, CertificationVoie, NumeroFiche

SOURCE = "rncp_apprentissage"
_ACCES = "Accès à l'apprentissage de la fiche RNCP (oui/non)"
_ECHEANCE = "Date d'échéance de la fiche RNCP"
_SANS_DATE = frozenset({None, "30/12/1899"})  # the zero of spreadsheets, written for an empty cell
_SPEC = TableSpec(
    r"Kit_apprentissage_et_RNCP_v[\d.]+\.csv",
    ("Code Diplôme", "Intitulé diplôme (DEPP)", "FicheRNCP", "Niveau fiche RNCP", _ACCES, _ECHEANCE),
    27_000,
    facultatives=("Abrégé de diplôme (RNCP)",),
    delimiteur=";",
    ignorees=("Dernière MaJ", "Fiche ACTIVE/INACTIVE"),
)


@dataclass(frozen=True, slots=True)
class _Rang:
    numero: NumeroFiche
    cfd: str
    intitule: str
    niveau: Niveau
    abrege: str | None
    apprentissage: bool | None
    echeance: date | None


def load_kit_apprentissage(depot: Depot, journal: Journal) -> Lot:
    """Diplomas and their fiches (source: France compétences, « Kit apprentissage et RNCP »).

    The title is the diploma's, in capitals, as the Depp writes it: the merge uses it only where no other source
    names the fiche. The file tells who is active without saying on which day: that is not taken. « NR » is missing.

    Returns:
        CertificationDiplome (one a row with a fiche), Certification (one a fiche: niveau, abrégé, échéance) and
        CertificationVoie for apprenticeship, open or closed. The millésime is the version of the file.

    Raises:
        SourceError: The file is absent, unreadable, or too many of its rows are bad.
    """
    tous = parse_table(depot, _SPEC, journal, _build)
    lu = journal.fichiers[-1]
    rangs = linked(tous, lu)
    par_fiche: dict[NumeroFiche, list[_Rang]] = {}
    for rang in rangs:
        par_fiche.setdefault(rang.numero, []).append(rang)
    lot = Lot(lu.fichier.removesuffix(".csv").rpartition("_")[2])
    lot.add(Certification, [_certification(groupe) for groupe in par_fiche.values()])
    lot.add(CertificationDiplome, once((CertificationDiplome(r.numero, r.cfd, SOURCE) for r in rangs), lu))
    acces = ((n, next((r.apprentissage for r in g if r.apprentissage is not None), None)) for n, g in par_fiche.items())
    lot.add(CertificationVoie, [CertificationVoie(n, "apprentissage", a, SOURCE) for n, a in acces if a is not None])
    return lot


def _build(ligne: Ligne) -> _Rang | None:
    numero = read_fiche_ou_rien("FicheRNCP", ligne.brut("FicheRNCP"))
    if numero is None:
        return None
    return _Rang(
        numero=numero,
        cfd=read_cfd("Code Diplôme", ligne.brut("Code Diplôme")),
        intitule=ligne.texte("Intitulé diplôme (DEPP)"),
        niveau=read_niveau(ligne.brut("Niveau fiche RNCP")),
        abrege=text_or_none(ligne, "Abrégé de diplôme (RNCP)"),
        apprentissage=ligne.drapeau(_ACCES) if text_or_none(ligne, _ACCES) else None,
        echeance=ligne.jour_ou_rien(_ECHEANCE) if text_or_none(ligne, _ECHEANCE) not in _SANS_DATE else None,
    )


def _certification(groupe: list[_Rang]) -> Certification:
    """One fiche from the diplomas that lead to it: the first that tells each field."""
    premier = groupe[0]
    niveau = next((r.niveau for r in groupe if r.niveau.source), Niveau())
    return Certification(
        numero=premier.numero,
        intitule=premier.intitule,
        abrege=next((r.abrege for r in groupe if r.abrege), None),
        repertoire=repertoire_of(premier.numero),
        niveau=niveau.europe,
        niveau_source=niveau.source,
        nomenclature_niveau=niveau.nomenclature,
        active=None,
        date_etat=None,
        fin_enregistrement=next((r.echeance for r in groupe if r.echeance), None),
        type_enregistrement=None,
        source=SOURCE,
    )
