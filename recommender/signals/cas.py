"""What cases written for Azimut lead to, for who says such things."""

from embeddings.types import Conseille
from recommender.config import Config
from recommender.matrices import Matrices
from recommender.signals.base import Preuve, Signal
from recommender.signals.ensemble import count_above
from referentiels.catalogue import Catalogue

_NOMS = {
    "souhait": "ce que vous cherchez",
    "experiences": "ce que vous avez fait",
    "competences": "ce que vous savez faire",
    "diplomes": "votre diplôme",
}
_CITES = 2


def signal_cas(matrices: Matrices, conseil: Conseille, catalogue: Catalogue, config: Config) -> Signal:
    """How much nearer than most a métier is to what the cases would lead this person to; counted as `ensemble` is.

    A case is a person who does not exist and the métiers that were judged worth exploring for them. What they teach
    together is how words turn towards métiers; what turns most towards each one is told, by its field: the words
    themselves would tell a woman's answer from a man's.
    """

    def prouver(metier: int) -> Preuve:
        faits = tuple(_NOMS[champ] for champ in conseil.leading_fields(metier)[:_CITES])
        if not faits:
            intitule = catalogue.metiers[matrices.codes[metier]].intitule
            return Preuve("D'après nos cas d'école, ce métier est à explorer.", (intitule,))
        verbe = "mènent" if len(faits) > 1 else "mène"
        return Preuve(f"D'après nos cas d'école, {' et '.join(faits)} {verbe} à ce métier.", faits)

    return Signal("cas", count_above(conseil.ecarts, config.cas.seuil, config.cas.plafond), prouver)
