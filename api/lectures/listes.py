"""Whole lists of the catalogue, métiers and certifications, filtered and given page by page."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from api.errors import at_field
from referentiels.catalogue import Catalogue
from referentiels.errors import UnknownCodeError
from referentiels.types import Certification, CertificationRome, DomaineProfessionnel

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reperes:
    """What lists show of a catalogue, read once."""

    domaines: dict[str, str]
    certifications: tuple[tuple[str, str, int | None, str, bool | None], ...]
    """Number, title, level, register, whether active."""


_REPERES: WeakKeyDictionary[Catalogue, Reperes] = WeakKeyDictionary()


def list_metiers(catalogue: Catalogue, domaine: str | None) -> list[Json]:
    """The métiers, of one domaine or grand domaine, by code.

    Raises:
        UnknownCodeError: There is no such domaine.
    """
    reperes = _read(catalogue)
    with at_field("domaine"):
        debut = _domaine(catalogue, domaine)
    return [
        {
            "code_rome": m.code_rome,
            "intitule": m.intitule,
            "domaine": m.code_domaine,
            "libelle_domaine": reperes.domaines.get(m.code_domaine),
            "grand_domaine": m.code_grand_domaine,
            "emploi_reglemente": m.emploi_reglemente,
        }
        for code, m in catalogue.metiers.items()
        if code.startswith(debut)
    ]


def list_certifications(
    catalogue: Catalogue, niveaux: Collection[int], domaine: str | None, repertoire: str | None, *, actives: bool
) -> list[tuple[str, str, int | None, str, bool | None]]:
    """The certifications that answer every filter, by number.

    Args:
        catalogue: Where they are read.
        niveaux: European levels of 2019; all of them when empty.
        domaine: Code of a domaine or grand domaine that they lead to.
        repertoire: RNCP or RS; both when None.
        actives: Whether to leave out those that no dated source says to be active.

    Raises:
        UnknownCodeError: There is no such domaine.
    """
    siennes: set[str] | None = None
    if domaine is not None:
        with at_field("domaine"):
            debut = _domaine(catalogue, domaine)
        codes = [code for code in catalogue.metiers if code.startswith(debut)]
        siennes = {lien.numero for lien in catalogue.select(CertificationRome, code_rome=codes)}
    return [
        ligne
        for ligne in _read(catalogue).certifications
        if (not niveaux or ligne[2] in niveaux)
        and (repertoire is None or ligne[3] == repertoire)
        and (ligne[4] or not actives)
        and (siennes is None or ligne[0] in siennes)
    ]


def _domaine(catalogue: Catalogue, domaine: str | None) -> str:
    code = (domaine or "").strip().upper()
    if code and code not in catalogue.grands_domaines and code not in _read(catalogue).domaines:
        proches = [c for c in _read(catalogue).domaines if c.startswith(code[:1])][:5]
        raise UnknownCodeError("domaine", code[:40], proches)
    return code


def _read(catalogue: Catalogue) -> Reperes:
    reperes = _REPERES.get(catalogue)
    if reperes is None:
        lignes = catalogue.store.rows(Certification, ("numero", "intitule", "niveau", "repertoire", "active"))
        reperes = _REPERES[catalogue] = Reperes(
            {d.code: d.libelle for d in catalogue.all(DomaineProfessionnel)},
            tuple((n, i, niveau, r, None if a is None else bool(a)) for n, i, niveau, r, a in lignes),
        )
    return reperes
