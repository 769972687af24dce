"""Figures as a person reads them: few first, each with its scale, its year and its source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from referentiels.types import Indicateur, Maille

PRINCIPAUX = (
    "tension",
    "projets_recrutement",
    "projets_recrutement_minimum",
    "salaire_median",
    "part_femmes",
    "part_temps_partiel",
    "part_cdd",
)
"""Indicators shown first, in this order; the others are one click away."""


@dataclass(frozen=True, slots=True)
class Rubrique:
    """What a card to be embedded always speaks of, and the indicators that tell it, the preferred one first."""

    libelle: str
    indicateurs: tuple[str, ...]


RUBRIQUES = (
    Rubrique("Tension sur le marché du travail", ("tension",)),
    Rubrique("Projets de recrutement", ("projets_recrutement", "projets_recrutement_minimum")),
    Rubrique("Salaire net mensuel médian", ("salaire_median",)),
    Rubrique("Part des femmes", ("part_femmes",)),
)
_ECHELLES: Mapping[Maille, str] = {
    "etablissement": "établissement « {} »",
    "commune": "commune : {}",
    "bassin": "bassin d'emploi « {} »",
    "zone_emploi": "zone d'emploi « {} »",
    "departement": "département : {}",
    "academie": "académie : {}",
    "region": "région : {}",
    "national": "France entière",
}
_TENSION = ("très faible", "faible", "moyenne", "forte", "très forte")


@dataclass(frozen=True, slots=True)
class Chiffre:
    """One figure in words."""

    titre: str
    valeur: str
    origine: str


@dataclass(frozen=True, slots=True)
class Chiffres:
    """The figures of a métier, the main ones apart."""

    principaux: tuple[Chiffre, ...]
    autres: tuple[Chiffre, ...]


def present_figures(indicateurs: Sequence[Indicateur]) -> Chiffres:
    """Figures ready to be shown; a figure that nobody publishes is left to the full list."""
    premiers = [i for nom in PRINCIPAUX for i in indicateurs if i.indicateur == nom and i.statut == "publie"]
    retenus = {id(i) for i in premiers}
    autres = [i for i in indicateurs if id(i) not in retenus]
    return Chiffres(tuple(map(present_figure, premiers)), tuple(map(present_figure, autres)))


def present_figure(i: Indicateur) -> Chiffre:
    """One figure in words: what it is, its value, and where, when and by whom it is published."""
    titre = f"{i.libelle} ({i.detail})" if i.detail else i.libelle
    lieu = i.libelle_territoire
    if i.maille == "bassin":
        lieu = f"bassin « {lieu.title() if lieu.isupper() else lieu} »"
    origine = [lieu, i.millesime, i.producteur]
    if i.herite:
        origine.insert(0, f"pour « {i.libelle_objet} »")
    if i.estime:
        origine.append("rapprochement estimé")
    if i.demonstration:
        origine.append("donnée de démonstration")
    return Chiffre(titre, figure_value(i), " · ".join(origine))


def figure_value(i: Indicateur) -> str:
    """The value with its unit; « secret statistique » or « non renseigné » for want of one."""
    if i.statut == "secret":
        return "secret statistique"
    if i.valeur is None:
        return "non renseigné"
    if i.indicateur == "tension" and i.valeur in (1, 2, 3, 4, 5):
        return _TENSION[int(i.valeur) - 1]
    unite = {"euros nets par mois": "€ nets par mois", "EUR/mois net": "€ nets par mois"}.get(i.unite, i.unite)
    return f"{format_number(i.valeur)} {unite}"


def figure_scale(i: Indicateur) -> str:
    """The scale at which a figure is published, in words."""
    lieu = i.libelle_territoire
    return _ECHELLES[i.maille].format(lieu.title() if lieu.isupper() else lieu)


def format_number(valeur: float) -> str:
    """A number in French: thin spaces between thousands, a comma, one decimal at most."""
    arrondi = round(valeur, 0 if abs(valeur) >= 100 else 1)
    texte = f"{arrondi:,.0f}" if arrondi == int(arrondi) else f"{arrondi:,.1f}"
    return texte.replace(",", "\u202f").replace(".", ",")
