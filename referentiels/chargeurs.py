"""Which loader reads which source."""

from collections.abc import Callable

from referentiels.certifinfo import load_certifinfo
from referentiels.depot import Depot
from referentiels.formations.apprentissage import load_apprentissage
from referentiels.formations.bcn import load_bcn
from referentiels.formations.lheo import load_lheo
from referentiels.formations.masters import load_masters
from referentiels.formations.moncompteformation import load_moncompteformation
from referentiels.formations.onisep import load_onisep
from referentiels.formations.parcoursup import load_parcoursup
from referentiels.indicateurs import (
    load_bmo,
    load_chomage,
    load_dares_portraits,
    load_inserjeunes,
    load_metiers_tension_legal,
    load_tension_ft,
)
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.passerelles import load_passerelles
from referentiels.rncp_actives import load_rncp_actives
from referentiels.rncp_apprentissage import load_kit_apprentissage
from referentiels.rncp_csv import load_rncp_csv
from referentiels.rncp_kit import load_rncp_kit
from referentiels.rncp_xml import load_rncp_xml
from referentiels.rome import load_rome
from referentiels.territoires import load_territoires

CHARGEURS: dict[str, Callable[[Depot, Journal], Lot]] = {
    "rome": load_rome,
    "rncp_actives": load_rncp_actives,
    "rncp_xml": load_rncp_xml,
    "rncp_csv": load_rncp_csv,
    "certifinfo": load_certifinfo,
    "rncp_apprentissage": load_kit_apprentissage,
    "rncp_kit": load_rncp_kit,
    "territoires": load_territoires,
    "passerelles": load_passerelles,
    "bmo": load_bmo,
    "dares": load_dares_portraits,
    "tension_ft": load_tension_ft,
    "inserjeunes": load_inserjeunes,
    "tension_legale": load_metiers_tension_legal,
    "chomage": load_chomage,
    "lheo": load_lheo,
    "parcoursup": load_parcoursup,
    "mon_compte_formation": load_moncompteformation,
    "onisep": load_onisep,
    "bcn": load_bcn,
    "apprentissage": load_apprentissage,
    "masters": load_masters,
}
