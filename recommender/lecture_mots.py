"""Reading words: what they may name, told to the person, and listened to as a whole."""

from collections.abc import Sequence

from embeddings.types import Chercheur, Nature, Resultat
from recommender.config import Config
from recommender.matrices import is_paper
from recommender.profil_compris import ProfilCompris
from recommender.souhaits import everyday
from recommender.types import Comprehension
from referentiels.catalogue import Catalogue

ECOUTES, LUS = 60, 10
"""Answers listened to, and those that may be an understanding."""
_AUTRES_MAX = 3


class LecteurMots:
    """Looks for words in the référentiels and reports how they were read."""

    def __init__(self, catalogue: Catalogue, chercheur: Chercheur, config: Config) -> None:
        self.catalogue = catalogue
        self.chercheur = chercheur
        self.config = config

    def report(self, compris: ProfilCompris, champ: str, texte: str, resultats: Sequence[Resultat]) -> None:
        """Say how words were read, or that they were not."""
        if not resultats:
            compris.warn(champ, f"« {short(texte)} » n'a pas été reconnu : essayez d'autres mots, plus simples.")
            return
        premier = resultats[0]
        autres = tuple((r.code, r.libelle) for r in resultats[1 : 1 + _AUTRES_MAX])
        libelle = premier.libelle if premier.trouve == premier.libelle else f"{premier.trouve} : {premier.libelle}"
        compris.compris.append(
            Comprehension(champ, texte, premier.nature, premier.code, libelle, premier.score, autres)
        )

    def find(
        self, compris: ProfilCompris, champ: str, texte: str, natures: Sequence[Nature], seuil: float
    ) -> list[Resultat]:
        """Results near the best one, reported; empty, with a warning, when nothing passes the threshold."""
        requete = everyday(texte, self.config) if {"centre_interet", "contexte"} & set(natures) else texte
        # Métiers are asked for as many as when listened to: the search keeps its last answers.
        limite = ECOUTES if tuple(natures) == ("metier",) else LUS
        resultats = [r for r in self.chercheur.search(requete, natures, limite)[:LUS] if r.score >= seuil]
        if "savoir" in natures:  # « cuisiner » is something one does before it is the paper of a « cuisinier »
            gestes = [r for r in resultats if not is_paper(self.catalogue, int(r.code))]
            resultats = gestes or resultats
        self.report(compris, champ, texte, resultats)
        return [r for r in resultats if r.score >= self.config.comprehension.tolerance * resultats[0].score]

    def listen(self, compris: ProfilCompris, champ: str, texte: str) -> None:
        """The métiers that a text may name or describe, likely or not."""
        resultats = self.chercheur.search(texte, ("metier",), ECOUTES)
        if resultats:
            compris.paroles.append((champ, resultats))


def short(texte: str) -> str:
    """The beginning of a text, short enough to be cited."""
    propre = " ".join(texte.split())
    return propre if len(propre) <= 60 else propre[:57] + "…"
