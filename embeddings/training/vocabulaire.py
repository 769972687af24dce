"""The table of forms that our encoder reads: accents put back, both genders under one form."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from wordfreq import top_n_list, word_frequency

from embeddings.formes import Formes
from embeddings.normalisation import gender_forms
from referentiels.catalogue import Catalogue
from referentiels.cellules import fold
from referentiels.types import Appellation

_LANGUE = "fr"
_MOTS = 80_000
_POIDS_REFERENTIEL = 0.5
"""What one mention in the référentiels weighs, against one in a million words of French."""
_MOT = re.compile(r"[^\W_]+")


def common_words(nombre: int) -> list[str]:
    """The commonest words of French, commonest first."""
    return list(top_n_list(_LANGUE, nombre))


def build_forms(catalogue: Catalogue) -> Formes:
    """The table: for each folded word its commonest spelling, and the masculine of the words that have two genders."""
    appellations = [a.libelle for a in catalogue.all(Appellation)]
    table = {mot: forme for mot, forme in _spellings(catalogue, appellations).items() if mot != forme}
    table.update(_masculines(appellations))
    return Formes(table)


def _spellings(catalogue: Catalogue, appellations: Iterable[str]) -> dict[str, str]:
    frequences: dict[str, float] = defaultdict(float)
    for mot in common_words(_MOTS):
        frequences[mot] = word_frequency(mot, _LANGUE) * 1e6
    definitions = (m.definition for m in catalogue.metiers.values())
    competences = (c.libelle for c in catalogue.competences.values())
    for textes in (appellations, definitions, competences):
        for texte in textes:
            for mot in _MOT.findall(texte.lower()):
                frequences[mot] += _POIDS_REFERENTIEL
    meilleures: dict[str, str] = {}
    for mot, frequence in sorted(frequences.items()):
        plie = fold(mot)
        if plie and " " not in plie and frequence > frequences.get(meilleures.get(plie, ""), 0.0):
            meilleures[plie] = mot
    return meilleures


def _masculines(appellations: Iterable[str]) -> dict[str, str]:
    """From a folded feminine to its masculine, as the pairs of the référentiel write them."""
    paires: Counter[tuple[str, str]] = Counter()
    for appellation in appellations:
        gauche, droite = ([mot.lower() for mot in _MOT.findall(forme)] for forme in gender_forms(appellation))
        if len(gauche) == len(droite):
            paires.update((fold(f), m) for f, m in zip(droite, gauche, strict=True) if fold(f) != fold(m))
    possibles: dict[str, Counter[str]] = defaultdict(Counter)
    retour: Counter[str] = Counter()
    for (feminin, masculin), nombre in paires.items():
        possibles[feminin][masculin] += nombre
        retour[fold(masculin)] += nombre
    table: dict[str, str] = {}
    for feminin, masculins in sorted(possibles.items()):
        masculin, nombre = masculins.most_common(1)[0]
        # « diamantaire / lapidaire » is no pair of genders, and « agent » is no feminine of « agente ».
        if retour[feminin] >= nombre or feminin[:2] != fold(masculin)[:2]:
            continue
        table[feminin] = masculin
        if not feminin.endswith(("s", "x")) and not masculin.endswith(("s", "x")):
            table[f"{feminin}s"] = f"{masculin}s"
    return table
