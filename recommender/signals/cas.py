"""What cases written for Azimut lead to, for who says such things."""

from embeddings.types import Conseille
from recommender.config import Config
from recommender.matrices import Matrices
from recommender.signals.base import Preuve, Signal
from recommender.signals.ensemble import count_above
from referentiels.catalogue import Catalogue

DITS = {
    "souhait": "ce que vous cherchez ou aimez",
    "experiences": "ce que vous avez fait",
    "competences": "ce que vous savez faire",
    "diplomes": "vos études",
}
"""How each field of what a person says is named to them."""
_CITES = 2


def signal_cas(matrices: Matrices, conseil: Conseille, catalogue: Catalogue, config: Config) -> Signal:
    """How much nearer than most a métier is to what the cases would lead this person to; counted as `ensemble` is.

    A case is a person who does not exist and the métiers that were judged worth exploring for them. What they teach
    together is how words turn towards métiers; what turns most towards each one is told, by its field: the words
    themselves would tell a woman's answer from a man's.
    """

    def prouver(metier: int) -> Preuve:
        faits = tuple(DITS[champ] for champ in conseil.leading_fields(metier)[:_CITES])
        if not faits:
            intitule = catalogue.metiers[matrices.codes[metier]].intitule
            return Preuve("Dans nos cas d'école, ce métier est à explorer.", (intitule,))
        return Preuve(f"Dans nos cas d'école, ce métier est à explorer pour {' et '.join(faits)}.", faits)

    return Signal("cas", count_above(conseil.ecarts, config.cas.seuil, config.cas.plafond), prouver)
