"""One spelling for what people write in many ways: case, accents, gender and inclusive marks, before encoding."""

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from embeddings.normalisation import gender_forms, without_marks
from referentiels.cellules import fold
from referentiels.errors import ModelError

FICHIER = "formes.tsv"
_MOT = re.compile(r"[^\W_]+|[’']|/")
_FINS = (
    ("trices", "teurs"), ("trice", "teur"), ("euses", "eurs"), ("euse", "eur"),
    ("ieres", "iers"), ("iere", "ier"), ("iennes", "iens"), ("ienne", "ien"),
)  # fmt: skip
"""Feminine endings that a word outside the table is rid of."""
_FIN_MIN = 7
_FEMMES = re.compile(r"\b([Ff])emme(s?)(?= d(?:e\b|['’]))")
"""« Femme de ménage », « femme d'équipage »: the name of a métier, never « violences faites aux femmes »."""
_QUALITES = {
    "active": "actif", "adroite": "adroit", "attentionnee": "attentionne", "attentive": "attentif", "bonne": "bon",
    "bricoleuse": "bricoleur", "compatissante": "compatissant", "competente": "competent", "consciencieuse":
    "consciencieux", "courageuse": "courageux", "creative": "creatif", "curieuse": "curieux", "debrouillarde":
    "debrouillard", "discrete": "discret", "douce": "doux", "efficace": "efficace", "endurante": "endurant",
    "energique": "energique", "forte": "fort", "franche": "franc", "genereuse": "genereux", "gentille": "gentil",
    "habituee": "habitue", "honnete": "honnete", "impliquee": "implique", "inventive": "inventif", "manuelle":
    "manuel", "meticuleuse": "meticuleux", "minutieuse": "minutieux", "motivee": "motive", "ordonnee": "ordonne",
    "organisee": "organise", "passionnee": "passionne", "patiente": "patient", "perseverante": "perseverant",
    "polie": "poli", "polyvalente": "polyvalent", "ponctuelle": "ponctuel", "precise": "precis", "presente": "present",
    "prudente": "prudent", "reactive": "reactif", "rigoureuse": "rigoureux", "serieuse": "serieux", "soigneuse":
    "soigneux", "souriante": "souriant", "sportive": "sportif", "travailleuse": "travailleur", "vigilante": "vigilant",
}  # fmt: skip
"""What people say of themselves, folded, that no référentiel names in the feminine."""


class Formes:
    """The one form of each word that an encoder reads; both genders and all accents of a name meet in it.

    Args:
        table: From a folded word to its form: accented, masculine where the word has two genders. Other words keep
            their lower case.
    """

    def __init__(self, table: Mapping[str, str]) -> None:
        self._table = table

    @classmethod
    def load(cls, dossier: Path) -> "Formes":
        """The table of a model's folder; an empty one when the folder has none.

        Raises:
            ModelError: The table cannot be read.
        """
        fichier = dossier / FICHIER
        if not fichier.is_file():
            return cls({})
        try:
            lignes = fichier.read_text(encoding="utf-8").splitlines()
            return cls(dict(ligne.split("\t", 1) for ligne in lignes))
        except (OSError, ValueError) as error:
            raise ModelError(f"« {fichier.name} » est illisible ({error}).") from error

    def save(self, dossier: Path) -> None:
        """Write the table in a model's folder, in word order."""
        lignes = (f"{mot}\t{forme}\n" for mot, forme in sorted(self._table.items()))
        (dossier / FICHIER).write_text("".join(lignes), encoding="utf-8")

    def canonical(self, texte: str) -> str:
        """The text as an encoder reads it.

        « Infirmier / Infirmière en soins généraux », « infirmiere en soins generaux » and
        « INFIRMIER·ÈRE EN SOINS GÉNÉRAUX (H/F) » give « infirmier en soins généraux ».
        """
        texte = _FEMMES.sub(lambda m: f"{'H' if m[1] == 'F' else 'h'}omme{m[2]}", without_marks(texte))
        texte = unicodedata.normalize("NFC", texte)
        if texte.count(" / ") == 1:
            texte = gender_forms(texte)[0]
        mots = _join_halves([mot if mot in "’'/" else self._form(mot) for mot in _MOT.findall(texte)])
        return " ".join(mot for mot in mots if mot != "/").replace("’", "'").replace(" ' ", "'")

    def _form(self, mot: str) -> str:
        plie = fold(mot)
        plie = _QUALITES.get(plie, plie)
        forme = self._table.get(plie)
        if forme is not None:
            return forme
        # A word that no référentiel writes has no accents to restore: those typed must not tell it from itself.
        bas = plie if plie.isalpha() else mot.lower()
        if len(plie) >= _FIN_MIN and plie.isalpha():
            for feminin, masculin in _FINS:
                if plie.endswith(feminin):
                    return bas[: -len(feminin)] + masculin
        return bas


def _join_halves(mots: list[str]) -> list[str]:
    """« chef de rang / chef de rang de nuit » said once: the right half absorbs the end of the left one."""
    if mots.count("/") != 1:
        return mots
    milieu = mots.index("/")
    gauche, droite = mots[:milieu], mots[milieu + 1 :]
    for debut in range(len(gauche)):
        if gauche[debut:] == droite[: len(gauche) - debut]:
            return gauche[:debut] + droite
    return mots
