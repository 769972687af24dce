"""Figures of the labour market: one loader a producer, all giving `Serie` and `Mesure` rows."""

from referentiels.indicateurs.bmo import load_bmo
from referentiels.indicateurs.dares import load_dares_portraits
from referentiels.indicateurs.inserjeunes import load_inserjeunes
from referentiels.indicateurs.listes import load_chomage, load_metiers_tension_legal
from referentiels.indicateurs.tensions_ft import load_tension_ft

__all__ = [
    "load_bmo",
    "load_chomage",
    "load_dares_portraits",
    "load_inserjeunes",
    "load_metiers_tension_legal",
    "load_tension_ft",
]
