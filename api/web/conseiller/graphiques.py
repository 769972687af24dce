"""Small charts of a métier's figures, each bar with its value in words: the table beside holds the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.web.chiffres import figure_scale, figure_value
from referentiels.types import Indicateur

PARTS = ("part_femmes", "part_temps_partiel", "part_cdd", "travail_samedi", "travail_dimanche", "travail_nuit")
"""Shares shown as bars, in this order."""
_TRANCHES = "repartition_salaires"
_CENT = 100.0


@dataclass(frozen=True, slots=True)
class Barre:
    """A bar: what it counts, its value in words, its part of the whole width in [0, 100]."""

    titre: str
    valeur: str
    part: float
    origine: str


@dataclass(frozen=True, slots=True)
class Graphique:
    """A chart of bars, and what they count."""

    titre: str
    barres: tuple[Barre, ...]


def draw_charts(indicateurs: Sequence[Indicateur]) -> tuple[Graphique, ...]:
    """The charts that the figures published allow; none is drawn from a figure that nobody gives."""
    publies = [i for i in indicateurs if i.statut == "publie" and i.valeur is not None]
    premiers = {nom: next((i for i in publies if i.indicateur == nom), None) for nom in PARTS}
    parts = tuple(_bar(i, i.libelle) for i in premiers.values() if i is not None)
    tranches = sorted((i for i in publies if i.indicateur == _TRANCHES), key=lambda i: _floor(i.detail))
    graphiques = [
        Graphique("Qui y travaille, et quand", parts),
        *_salaries(tranches),
        Graphique("Difficulté à recruter, du plus local au plus large", _tension(publies)),
    ]
    return tuple(g for g in graphiques if g.barres)


def _bar(i: Indicateur, titre: str) -> Barre:
    return Barre(titre, figure_value(i), round(min(max(i.valeur or 0.0, 0.0), _CENT), 1), _origin(i))


def _salaries(tranches: Sequence[Indicateur]) -> list[Graphique]:
    """Brackets of each family of métiers apart: two of them in one chart would add up to twice as many people."""
    familles = list(dict.fromkeys((i.libelle_objet, i.libelle_territoire, i.millesime) for i in tranches))
    return [
        Graphique(
            "Salaires nets par mois" + (f", « {famille[0]} »" if len(familles) > 1 else ""),
            tuple(
                _bar(i, i.detail) for i in tranches if (i.libelle_objet, i.libelle_territoire, i.millesime) == famille
            ),
        )
        for famille in familles
    ]


def _tension(publies: Sequence[Indicateur]) -> tuple[Barre, ...]:
    """Tension, from 1 to 5, at each scale where it is published: contradictory figures stay apart."""
    lues = [i for i in publies if i.indicateur == "tension"]
    ordre = {"commune": 0, "bassin": 1, "zone_emploi": 2, "departement": 3, "academie": 4, "region": 5, "national": 6}
    lues.sort(key=lambda i: ordre.get(i.maille, 9))
    echelles = [figure_scale(i) for i in lues]
    return tuple(
        Barre(
            f"{echelle}, {i.libelle_objet}" if echelles.count(echelle) > 1 else echelle,
            figure_value(i),
            20 * (i.valeur or 0.0),
            _origin(i),
        )
        for i, echelle in zip(lues, echelles, strict=True)
    )


def _origin(i: Indicateur) -> str:
    famille = [f"pour « {i.libelle_objet} »"] if i.herite else []
    demo = ["donnée de démonstration"] if i.demonstration else []
    return " · ".join([*famille, i.libelle_territoire, i.millesime, i.producteur, *demo])


def _floor(detail: str) -> int:
    """The first amount of a bracket; « moins de » comes first."""
    chiffres = "".join(c for c in detail.partition("€")[0] if c.isdigit())
    return 0 if detail.lower().startswith("moins") or not chiffres else int(chiffres)
