"""The page of the responsable: anonymous figures of the structure, and the same as CSV."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.conseil.evenements import K
from api.conseil.releves import Noms, Releve, read_releves, write_csv
from api.conseil.sessions import Ouverte
from api.conseil.types import Conseiller
from api.service import Service
from api.v1.routes import loaded_service
from api.web.conseiller.connexion import show
from api.web.conseiller.garde import current_session, espace_of, require
from api.web.gabarits import MOIS
from referentiels.types import Departement

CHIFFRES = "/conseiller/chiffres"
router = APIRouter(include_in_schema=False)
Responsable = Annotated[Conseiller, Depends(require("responsable"))]
Connectee = Annotated[Ouverte, Depends(current_session)]
Moteur = Annotated[Service, Depends(loaded_service)]


@router.get(CHIFFRES)
def show_figures(request: Request, responsable: Responsable, ouverte: Connectee, moteur: Moteur) -> Response:
    """The figures of one's own structure."""
    releves = _read(request, responsable, moteur)
    return show(request, "chiffres", ouverte, releves=[(_name(r), r) for r in releves], seuil=K)


@router.get(f"{CHIFFRES}.csv")
def give_figures(request: Request, responsable: Responsable, moteur: Moteur) -> Response:
    """The same figures, for a spreadsheet."""
    entetes = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="azimut-chiffres.csv"'}
    contenu = write_csv(_read(request, responsable, moteur))
    return Response(contenu, headers=entetes, media_type="text/csv; charset=utf-8; header=present")


def _read(request: Request, responsable: Conseiller, moteur: Service) -> tuple[Releve, ...]:
    espace, catalogue = espace_of(request), moteur.catalogue
    departements = {str(d.code): d.nom for d in catalogue.store.all(Departement)}
    noms: Noms = {"territoire": departements, "domaine": catalogue.grands_domaines}
    return read_releves(espace.base, responsable.structure.identifiant, espace.horloge().date(), noms)


def _name(releve: Releve) -> str:
    """« de mars à mai 2026 »."""
    debut, fin = releve.debut, releve.fin
    if (debut.year, debut.month) == (fin.year, fin.month):
        return _month(fin)
    return f"{_month(debut, avec_annee=debut.year != fin.year)} à {_month(fin)}"


def _month(jour: date, *, avec_annee: bool = True) -> str:
    return f"{MOIS[jour.month - 1]} {jour.year}" if avec_annee else MOIS[jour.month - 1]
