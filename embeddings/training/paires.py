"""Pairs of texts that mean the same métier, compétence or certification, as the référentiels give them."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from embeddings.formes import Formes
from embeddings.parler import Parler
from embeddings.texts import sentences
from embeddings.training.decoupe import is_held_out, is_held_out_metier
from referentiels.catalogue import Catalogue
from referentiels.types import (
    Appellation,
    BlocCompetences,
    CentreInteret,
    Certification,
    CertificationRome,
    CodeRome,
    MetierCentreInteret,
    MetierCompetence,
    MetierThematique,
    Thematique,
)

T = TypeVar("T")
_LONGUEUR_MAX = 240
_PART_METIER = 0.3
"""Share of the other names of appellations that are brought to their métier too."""
_COMPETENCES = 6
"""Core compétences drawn for each métier, each time."""
_CERTIFICATIONS, _BLOCS, _MACROS = 8000, 6000, 6000
"""Pairs drawn each time among the certifications, the blocs and the macro-compétences."""


@dataclass(frozen=True, slots=True)
class Paire:
    """Two texts to bring together."""

    question: str
    reponse: str
    groupe: str
    """Pairs of one group are never opposed to each other: the code ROME, or the key of what they share."""
    famille: str
    """Pairs of one family are drawn into the same batch, so that neighbours are told apart: the domain ROME, say."""
    genre: str
    """Where the pair comes from: `appellation`, `parler`, `definition`…"""


class Corpus:
    """What the encoder learns from; nothing in it is the text of a held-out appellation or métier.

    Args:
        catalogue: The référentiels.
        parler: What people say of each métier.
        formes: How texts are spelled before encoding.
    """

    def __init__(self, catalogue: Catalogue, parler: Parler, formes: Formes) -> None:
        self._catalogue = catalogue
        self._formes = formes
        appellations = catalogue.all(Appellation)
        self._interdits = frozenset(self._text(a.libelle) for a in appellations if is_held_out(a)) | frozenset(
            self._text(m.intitule) for m in catalogue.metiers.values() if is_held_out_metier(m.code_rome)
        )
        self._libelles = {
            code: self._text(m.intitule) for code, m in catalogue.metiers.items() if not is_held_out_metier(code)
        }
        noms: dict[CodeRome, list[str]] = defaultdict(list)
        for a in appellations:
            if a.code_rome in self._libelles:
                noms[a.code_rome].append(self._text(a.libelle))
        self._noms = {
            code: [nom for nom in dict.fromkeys((libelle, *noms[code])) if nom not in self._interdits] or [libelle]
            for code, libelle in self._libelles.items()
        }
        self._autres = [
            (self._text(nom), self._text(a.libelle), a)
            for a in appellations
            if a.code_rome in self._libelles and not is_held_out(a)
            for nom in parler.autres_noms(a.code_ogr)
        ]
        self._dits = {
            code: [dit for dit in dict.fromkeys(map(self._text, parler.dits(code))) if dit not in self._interdits]
            for code in self._libelles
        }

    def texts(self) -> list[str]:
        """Every text of the référentiels that may be seen, each once."""
        catalogue = self._catalogue
        sources: Iterable[Iterable[str]] = (
            (nom for noms in self._noms.values() for nom in noms),
            (phrase for code in self._libelles for phrase in self._sentences(code)),
            (self._text(c.libelle) for c in catalogue.competences.values()),
            (self._text(s.libelle) for s in catalogue.savoirs.values()),
            (self._text(c.intitule) for c in catalogue.all(Certification)),
            (self._text(b.intitule) for b in catalogue.all(BlocCompetences)),
            (self._text(c.libelle) for c in catalogue.all(CentreInteret)),
        )
        uniques = dict.fromkeys(texte for source in sources for texte in source)
        return [texte for texte in uniques if texte and texte not in self._interdits]

    def draw(self, graine: int, *, parler: bool = True) -> list[Paire]:
        """One pass over the pairs, shuffled; the partners of each text change with the seed.

        Args:
            graine: Of the draw.
            parler: Whether what people say is drawn, in place of certifications, blocs, interests and macros.
        """
        alea = random.Random(graine)
        sources: list[Callable[[random.Random], Iterator[Paire]]] = [self._names, self._definitions, self._competences]
        if parler:
            sources += [self._sayings, self._other_names]
        else:
            sources += [self._interests, self._certifications, self._blocs, self._macros]
        paires = [p for source in sources for p in source(alea) if p.question != p.reponse and p.question and p.reponse]
        paires = [p for p in paires if p.question not in self._interdits and p.reponse not in self._interdits]
        alea.shuffle(paires)
        return paires

    def _text(self, texte: str) -> str:
        return self._formes.canonical(texte)[:_LONGUEUR_MAX]

    def _sentences(self, code: CodeRome) -> list[str]:
        metier = self._catalogue.metiers[code]
        return [texte for texte in map(self._text, sentences(metier.definition)) if texte]

    def _of_metier(self, question: str, code: CodeRome, genre: str, alea: random.Random, libelle: float = 0.6) -> Paire:
        """A text with the label of its métier, or one of its appellations."""
        reponse = self._libelles[code] if alea.random() < libelle else alea.choice(self._noms[code])
        return Paire(question, reponse, code, code[:3], genre)

    def _names(self, alea: random.Random) -> Iterator[Paire]:
        for code, noms in self._noms.items():
            for nom in noms:
                yield self._of_metier(nom, code, "appellation", alea, libelle=1.0)
                yield self._of_metier(nom, code, "appellation", alea, libelle=0.0)

    def _sayings(self, alea: random.Random) -> Iterator[Paire]:
        for code, dits in self._dits.items():
            for dit in dits:
                yield self._of_metier(dit, code, "parler", alea)
                yield self._of_metier(dit, code, "parler", alea, libelle=0.3)

    def _other_names(self, alea: random.Random) -> Iterator[Paire]:
        """Each name with its own appellation, away from the others of the métier; and with its métier."""
        for nom, appellation, a in self._autres:
            yield Paire(nom, appellation, f"appellation {a.code_ogr}", a.code_rome[:3], "autre nom")
            if alea.random() < _PART_METIER:
                yield self._of_metier(nom, a.code_rome, "autre nom", alea)

    def _definitions(self, alea: random.Random) -> Iterator[Paire]:
        for code in self._libelles:
            for phrase in self._sentences(code):
                yield self._of_metier(phrase, code, "definition", alea, libelle=0.7)

    def _competences(self, alea: random.Random) -> Iterator[Paire]:
        coeurs: dict[CodeRome, list[str]] = defaultdict(list)
        competences = self._catalogue.competences
        for lien in self._catalogue.all(MetierCompetence):
            if lien.coeur_metier == "principale" and lien.code_rome in self._libelles:
                coeurs[lien.code_rome].append(self._text(competences[lien.code_ogr].libelle))
        for code, textes in coeurs.items():
            for texte in _some(alea, textes, _COMPETENCES):
                yield self._of_metier(texte, code, "competence", alea, libelle=0.8)

    def _interests(self, _: random.Random) -> Iterator[Paire]:
        interets = {c.code: self._text(c.libelle) for c in self._catalogue.all(CentreInteret)}
        themes = {t.code: self._text(t.libelle) for t in self._catalogue.all(Thematique)}
        for code_rome, texte in (
            *((lien.code_rome, interets.get(lien.code, "")) for lien in self._catalogue.all(MetierCentreInteret)),
            *((lien.code_rome, themes.get(lien.code, "")) for lien in self._catalogue.all(MetierThematique)),
        ):
            if code_rome in self._libelles:
                # Thousands of métiers share an interest: only those of one interest may not be opposed.
                yield Paire(texte, self._libelles[code_rome], f"interet {texte}", f"interet {code_rome[0]}", "interet")

    def _certifications(self, alea: random.Random) -> Iterator[Paire]:
        titres = {c.numero: self._text(c.intitule) for c in self._catalogue.all(Certification)}
        codes: dict[str, list[CodeRome]] = defaultdict(list)
        for lien in self._catalogue.all(CertificationRome):
            if not lien.estime and lien.code_rome in self._libelles:
                codes[lien.numero].append(lien.code_rome)
        for numero, possibles in _some(alea, list(codes.items()), _CERTIFICATIONS):
            yield self._of_metier(titres.get(numero, ""), alea.choice(possibles), "certification", alea, libelle=0.8)  # type: ignore[call-overload]

    def _blocs(self, alea: random.Random) -> Iterator[Paire]:
        titres = {c.numero: self._text(c.intitule) for c in self._catalogue.all(Certification)}
        for bloc in _some(alea, self._catalogue.all(BlocCompetences), _BLOCS):
            titre = titres.get(bloc.numero, "")
            yield Paire(self._text(bloc.intitule), titre, titre, "bloc", "bloc")

    def _macros(self, alea: random.Random) -> Iterator[Paire]:
        competences = self._catalogue.competences
        fines = [c for c in competences.values() if c.code_macro in competences and not c.macro]
        for c in _some(alea, fines, _MACROS):
            macro = self._text(competences[c.code_macro].libelle)  # type: ignore[index]  # tested above
            yield Paire(self._text(c.libelle), macro, macro, "macro", "macro")


def _some(alea: random.Random, suite: Sequence[T], nombre: int) -> list[T]:
    return alea.sample(suite, min(nombre, len(suite)))
