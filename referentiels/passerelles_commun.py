"""What the readers of crosswalks share."""

from collections.abc import Callable

from referentiels.journal import FichierLu
from referentiels.lot import Lot
from referentiels.types import LibelleNomenclature, Nomenclature, Passerelle


def link_builder(de: Nomenclature, vers: Nomenclature, source: str) -> Callable[..., Passerelle]:
    """A maker of official links from one nomenclature to another: code, target, and weight where there is one."""

    def build(code: str, cible: str, poids: float | None = None) -> Passerelle:
        return Passerelle(de, code, vers, cible, "officielle", poids, source)

    return build


def add_labels(lot: Lot, nomenclature: Nomenclature, source: str, libelles: dict[str, str]) -> None:
    """Add the labels of a nomenclature, sorted by code."""
    lignes = [LibelleNomenclature(nomenclature, code, libelle, source) for code, libelle in sorted(libelles.items())]
    lot.add(LibelleNomenclature, lignes)


def link_key(passerelle: Passerelle | None) -> object:
    """Key of a link; a row without counterpart is like no other."""
    return (passerelle.code, passerelle.code_cible) if passerelle else object()


def keep_links(lot: Lot, lues: list[Passerelle | None], lu: FichierLu) -> None:
    """Add the links, and say how many rows have no counterpart."""
    liens = [passerelle for passerelle in lues if passerelle is not None]
    lot.add(Passerelle, liens)
    if sans := len(lues) - len(liens):
        lu.note(f"{sans} codes sans correspondance dans l'autre nomenclature")


def labels_of(lot: Lot, nomenclature: Nomenclature) -> dict[str, str]:
    """The labels already read of a nomenclature, by code."""
    return {ligne.code: ligne.libelle for ligne in lot.get(LibelleNomenclature) if ligne.nomenclature == nomenclature}
