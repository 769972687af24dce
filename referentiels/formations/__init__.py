"""The formation offer: regional LHEO feeds, national catalogues, and the fiches of Onisep."""

from referentiels.formations.apprentissage import load_apprentissage
from referentiels.formations.bcn import load_bcn
from referentiels.formations.lheo import load_lheo
from referentiels.formations.masters import load_masters
from referentiels.formations.moncompteformation import load_moncompteformation
from referentiels.formations.onisep import load_onisep
from referentiels.formations.parcoursup import load_parcoursup

__all__ = [
    "load_apprentissage",
    "load_bcn",
    "load_lheo",
    "load_masters",
    "load_moncompteformation",
    "load_onisep",
    "load_parcoursup",
]
