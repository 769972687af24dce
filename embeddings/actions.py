"""A text about what someone does, cut into actions: a verb in the infinitive, its object, and where they stand."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from embeddings.normalisation import stem
from embeddings.verbes import Forme, Mode, Verbes
from referentiels.cellules import fold

Sorte = Literal["verbe", "partage", "nom", "qualite"]

_BALISE = re.compile(r"<(script|style)\b[^<]*(?:</\1\s*>)?|<[^<>]{0,400}>", re.IGNORECASE)
_BLOC = re.compile(r"</?(?:p|div|br|hr|li|ul|ol|h\d|t[dhr]|table|section|article|script|style)\b", re.IGNORECASE)
_MOT = re.compile(r"[^\W_]+(?:-[^\W_]+)*['’]?")
_FIN_PHRASE = re.compile(r"[.!?…:;|\n\r\t•·●▪◦‣*–—=>]|(?:^|\s)[-−]+(?=\s|$)|\s/\s")
_COUPE = re.compile(r"[,()\[\]«»\"“”+&]")
_COORDONNANTS = frozenset({"et", "ou", "puis", "ainsi", "mais", "ni"})
_SUJETS = frozenset(("je", "j", "tu", "il", "elle", "on", "nous", "vous", "ils", "elles", "qui", "ca", "c", "moi"))
_CLITIQUES = frozenset((
    "me", "m", "te", "t", "se", "s", "le", "la", "l", "les", "lui", "leur", "y", "en", "ne", "n", "nous", "vous",
))  # fmt: skip
_REPRISES = frozenset(("le", "la", "l", "les", "lui", "leur", "en"))
"""Pronouns that stand for the object of the action before."""
_ARTICLES = frozenset((
    "le", "la", "l", "les", "un", "une", "des", "du", "mon", "ma", "mes", "ton", "ta", "tes", "son", "sa", "ses",
    "notre", "nos", "votre", "vos", "leur", "leurs", "ce", "cet", "cette", "ces", "deux", "trois", "quatre", "cinq",
    "six", "plusieurs", "quelques", "tout", "toute", "tous", "toutes",
))  # fmt: skip
_PREPOSITIONS = frozenset((
    "a", "au", "aux", "en", "dans", "sur", "sous", "chez", "pour", "par", "avec", "pendant", "depuis", "comme",
    "vers", "entre", "contre", "durant", "de", "d", "apres", "avant",
))  # fmt: skip
_AVANT_INFINITIF = frozenset(("a", "de", "d", "pour", "m", "me", "s", "se"))
_CONSISTER = frozenset(("consiste", "consistait", "consistaient", "consistent"))
_LEGERS = frozenset(("dire", "donner", "faire", "mettre", "prendre", "tenir"))
"""Verbs that say nothing without an object."""
_AUXILIAIRES = frozenset(("avoir", "être"))
_PORTEE_INFINITIF = 6
"""Words between « je sais » and the infinitive that it bears on."""


@dataclass(frozen=True, slots=True)
class Mot:
    """A word and its place in the text."""

    texte: str
    plie: str
    debut: int
    fin: int


@dataclass(frozen=True, slots=True)
class Action:
    """Something that someone says they do."""

    debut: int
    fin: int
    """Characters of the text that say it: `texte[debut:fin]`."""
    requete: str
    """The infinitive and its object, or the words themselves where no verb is said."""
    verbe: str | None
    sorte: Sorte
    """`partage`: the verb is that of the action before; `nom`: no verb; `qualite`: what the person is, not does."""


class Decoupage:
    """Cuts texts into actions; immutable, safe from any thread.

    Args:
        mots: The tables of `extraction.toml`.
    """

    def __init__(self, mots: Mapping[str, Any]) -> None:
        verbes, oral = mots["verbes"], mots["oral"]
        faibles = [v.strip(",") for v in verbes["faibles"].split()]
        self._verbes = Verbes((*faibles, *verbes["courants"].split()), mots["irreguliers"])
        self._faibles = frozenset(faibles) - {"pratiquer", "intervenir", "participer", "effectuer"}
        self._oral = _phrases(oral["mots"])
        self._fins = _phrases(oral["fins"])
        self._negations = frozenset(oral["negations"].split())
        self._fausses = _phrases(oral["fausses_negations"])
        self._noms: Mapping[str, str] = mots["noms"]
        self._requete_max = int(mots["reglages"]["requete_max"])
        self._qualites = frozenset(stem(dit) for dits in mots["qualites"].values() for dit in dits.split())

    def read(self, texte: str) -> Iterator[Action]:
        """The actions of a text in its order, denied ones left out; a word of one is at least two letters long."""
        for phrase in _sentences(texte):
            precedente: Action | None = None
            niee = False
            for morceau in self._pieces(phrase):
                action, niee = self._action(morceau, precedente, niee)
                if action is not None:
                    yield action
                    precedente = action if action.verbe else None

    def _pieces(self, phrase: Sequence[Sequence[Mot]]) -> Iterator[Sequence[Mot]]:
        """The clauses of a sentence, and the objects that share a verb."""
        for segment in phrase:
            debut = 0
            for rang, mot in enumerate(segment):
                coordonne = mot.plie in _COORDONNANTS and rang > debut and self._opens(segment, rang + 1)
                if coordonne or (rang > debut + 1 and self._subject(segment, rang)):
                    yield segment[debut:rang]
                    debut = rang
            yield segment[debut:]

    def _opens(self, mots: Sequence[Mot], rang: int) -> bool:
        """Whether a clause or an object begins there: « et je… », « et les… », « et formé… »."""
        if rang >= len(mots):
            return True
        plie = mots[rang].plie
        if plie in _COORDONNANTS or plie in _SUJETS or plie in _ARTICLES or plie in {"de", "d", "parfois", "aussi"}:
            return True
        if plie in _AVANT_INFINITIF and self._is_infinitive(mots, rang + 1):
            return True
        return self._verb_at_start(mots, rang) is not None or plie in self._noms or stem(plie) in self._qualites

    @staticmethod
    def _subject(mots: Sequence[Mot], rang: int) -> bool:
        """Whether a new clause begins without a mark: « … la caisse je formais »."""
        return mots[rang].plie in {"je", "j", "on"} and mots[rang - 1].plie not in {"que", "qu", "et", "ou", "mais"}

    def _verb_at_start(self, mots: Sequence[Mot], rang: int) -> Forme | None:
        """The verb that opens a clause without subject: only forms that no noun looks like, or before an article."""
        forme = self._verbes.read(mots[rang].texte)
        if forme is None or mots[rang].plie in _ARTICLES:
            return None
        if forme.mode & (Mode.INFINITIF | Mode.PASSE):
            return forme
        suivant = mots[rang + 1].plie if rang + 1 < len(mots) else ""
        nom = mots[rang].plie in self._noms
        if Mode.PARTICIPE in forme.mode and not nom and (_accented(mots[rang].texte) or suivant in _ARTICLES):
            return forme
        return forme if suivant in _ARTICLES and not nom else None

    def _action(self, mots: Sequence[Mot], avant: Action | None, niee: bool) -> tuple[Action | None, bool]:
        """The action of a piece, if it says one, and whether what follows without a verb of its own is denied."""
        mots = self._without_start(mots)
        if all(m.plie in _SUJETS | _CLITIQUES | _ARTICLES for m in mots):
            return None, niee
        trouve = self._find_verb(mots)
        if self._is_denied(mots):
            return None, True
        if trouve is None:
            return (None, True) if niee else (self._without_verb(mots, avant), False)
        return self._with_verb(mots, *trouve, avant), False

    def _with_verb(self, mots: Sequence[Mot], rang: int, infinitif: str, avant: Action | None) -> Action | None:
        """The action that a verb says; its object is that of the action before where a pronoun stands for it."""
        objet = self._cut_end(mots[rang + 1 :])
        if infinitif in self._faibles:
            return self._weak(mots, rang, infinitif, objet)
        geste = next((m.plie for m in objet if m.plie not in _ARTICLES), "") if infinitif == "faire" else ""
        if geste in self._noms:  # « faire le repassage »
            objet = [m for m in objet if m.plie not in _ARTICLES or m.debut > objet[1].debut]
            return self._make(mots[rang], objet, [self._noms[geste], *(m.texte for m in objet[1:])], None, "verbe")
        requete = [infinitif, *(m.texte for m in objet)]
        if not objet and avant is not None and any(m.plie in _REPRISES for m in mots[:rang]):
            requete += avant.requete.split()[1:]
        pronominal = any(m.plie in {"s", "m", "se", "me"} for m in mots[:rang]) and infinitif == "occuper"
        if len(requete) == 1 and infinitif in _LEGERS:
            return None
        action = self._make(mots[rang], objet, requete, infinitif, "verbe")
        if pronominal:
            verbe = f"s'{infinitif}"
            action = replace(action, requete=f"s'{action.requete}", debut=mots[rang - 1].debut, verbe=verbe)
        return action

    def _find_verb(self, mots: Sequence[Mot]) -> tuple[int, str] | None:
        """Place and infinitive of the verb that says the action; « j'ai » and « je sais » give way to what follows."""
        rang, force = 0, False
        while rang < len(mots) and (mots[rang].plie in _SUJETS or (force and mots[rang].plie in _CLITIQUES)):
            force, rang = True, rang + 1
        if rang >= len(mots):
            return None
        if not force and mots[0].plie in _AVANT_INFINITIF and self._is_infinitive(mots, 1):
            rang, forme = 1, self._verbes.read(mots[1].texte)
        else:
            while force and rang < len(mots) - 1 and mots[rang].plie in _CLITIQUES | self._negations:
                rang += 1
            forme = self._verbes.guess(mots[rang].texte) if force else self._verb_at_start(mots, rang)
        if forme is None:  # « ma mission consistait à vérifier »
            rang = next((i for i, m in enumerate(mots) if m.plie in _CONSISTER), len(mots))
            return self._bearing(mots, rang, "consister") if rang < len(mots) else None
        return self._bearing(mots, rang, forme.infinitif)

    def _bearing(self, mots: Sequence[Mot], rang: int, infinitif: str) -> tuple[int, str]:
        if infinitif in _AUXILIAIRES:
            for suite in range(rang + 1, min(rang + 5, len(mots))):
                if mots[suite].plie in _ARTICLES | _PREPOSITIONS and mots[suite].plie not in _CLITIQUES:
                    break
                forme = self._verbes.read(mots[suite].texte)
                if forme is not None and Mode.PARTICIPE in forme.mode:
                    return self._bearing(mots, suite, forme.infinitif)
        fait_que = infinitif == "faire" and (self._is_infinitive(mots, rang + 1) or self._is_infinitive(mots, rang + 2))
        if infinitif in self._faibles or fait_que:
            for suite in range(rang + 1, min(rang + _PORTEE_INFINITIF, len(mots))):
                forme = self._verbes.read(mots[suite].texte)
                libre = mots[suite - 1].plie not in _ARTICLES or mots[suite - 1].plie in _CLITIQUES
                if forme is not None and Mode.INFINITIF in forme.mode and libre:
                    return self._bearing(mots, suite, forme.infinitif)
        return rang, infinitif

    def _is_infinitive(self, mots: Sequence[Mot], rang: int) -> bool:
        forme = self._verbes.read(mots[rang].texte) if rang < len(mots) else None
        return forme is not None and Mode.INFINITIF in forme.mode and mots[rang - 1].plie not in _ARTICLES

    def _weak(self, mots: Sequence[Mot], rang: int, infinitif: str, objet: Sequence[Mot]) -> Action | None:
        """« J'étais à l'accueil », « je suis patient »: what follows says it all, or nothing."""
        if infinitif not in {"être", "avoir", "travailler", "bosser", "aimer", "adorer", "préférer"} or not objet:
            return None
        if objet[0].plie in {"a", "au", "aux"}:
            objet = objet[1:]
        while objet and objet[0].plie in _ARTICLES:
            objet = objet[1:]
        if not objet:
            return None
        if infinitif in {"travailler", "bosser"}:  # « travailler en équipe » is a quality, « en usine » is a place
            return self._make(mots[rang], objet, [infinitif, *(m.texte for m in objet)], None, "qualite")
        if objet[0].plie in _PREPOSITIONS:
            return None
        nom = self._noms.get(objet[0].plie)
        if nom is None and infinitif == "être":  # a quality, or a métier: no action
            return self._make(objet[0], objet[1:], [m.texte for m in objet], None, "qualite")
        requete = [nom or objet[0].texte, *(m.texte for m in objet[1:])]
        return self._make(objet[0], objet[1:], requete, None, "nom")

    def _without_verb(self, mots: Sequence[Mot], avant: Action | None) -> Action | None:
        """An object of the verb before, or an action said by its name."""
        objet = self._cut_end(mots)
        if not objet:
            return None
        nom = self._noms.get(objet[0].plie)
        if avant is not None and avant.verbe and nom is None:
            if objet[0].plie in _PREPOSITIONS - {"de", "d"}:
                return None
            requete = [avant.verbe, *(m.texte for m in objet)]
            return self._make(objet[0], objet[1:], requete, avant.verbe, "partage")
        if objet[0].plie in _PREPOSITIONS:
            return None
        while objet and objet[0].plie in _ARTICLES:
            objet = objet[1:]
        if not objet:
            return None
        nom = self._noms.get(objet[0].plie)
        requete = [nom or objet[0].texte, *(m.texte for m in objet[1:])]
        return self._make(objet[0], objet[1:], requete, None, "nom")

    def _make(self, tete: Mot, objet: Sequence[Mot], requete: Sequence[str], verbe: str | None, sorte: Sorte) -> Action:
        mots = [m for m in " ".join(requete).replace("' ", "'").split() if fold(m)]
        fin = objet[-1].fin if objet else tete.fin
        return Action(tete.debut, fin, " ".join(mots[: self._requete_max]), verbe, sorte)

    def _without_start(self, mots: Sequence[Mot]) -> Sequence[Mot]:
        """The piece without the words of speech and of coordination before it."""
        while mots:
            longueur = _length_of(self._oral, mots) or (1 if mots[0].plie in _COORDONNANTS else 0)
            if not longueur:
                break
            mots = mots[longueur:]
        return mots

    def _cut_end(self, mots: Sequence[Mot]) -> Sequence[Mot]:
        """The object without words of speech, and without what says when or why."""
        garde: list[Mot] = []
        rang = 0
        while rang < len(mots):
            if garde and _length_of(self._fins, mots[rang:]):
                break
            longueur = _length_of(self._oral, mots[rang:])
            if longueur or (mots[rang].plie in self._negations and not garde):
                rang += longueur or 1
                continue
            garde.append(mots[rang])
            rang += 1
        while garde and garde[-1].plie in _ARTICLES | _PREPOSITIONS | _COORDONNANTS:
            garde.pop()
        return garde

    def _is_denied(self, mots: Sequence[Mot]) -> bool:
        """« je n'ai pas… », « jamais conduit », « ni… »; not « pas mal de », nor « ne… que »."""
        for rang, mot in enumerate(mots):
            if mot.plie in self._negations and not _length_of(self._fausses, mots[rang:]):
                return True
            if mot.plie == "plus" and any(m.plie in {"ne", "n"} for m in mots[:rang]):
                return True
        return bool(mots) and mots[0].plie == "sans"


def _accented(mot: str) -> bool:
    return mot.lower().endswith(("é", "ée", "és", "ées", "i", "is", "it", "u", "us", "ert"))


def _phrases(texte: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(fold(mot.replace("_", " ")).split()) for mot in texte.split())


def _length_of(phrases: Iterable[tuple[str, ...]] | frozenset[tuple[str, ...]], mots: Sequence[Mot]) -> int:
    """Words of the longest of these phrases that the words begin with; 0 for none."""
    plies = tuple(m.plie for m in mots[:4])
    return next((n for n in range(len(plies), 0, -1) if plies[:n] in phrases), 0)


def _sentences(texte: str) -> Iterator[list[list[Mot]]]:
    """Sentences, and in each what commas separate; mark-up becomes blanks, so that places stay those of the text."""
    clair = _BALISE.sub(lambda m: ("\n" if _BLOC.match(m[0]) else " ") * len(m[0]), texte).replace("\x00", "\n")
    debut = 0
    for fin in (*_FIN_PHRASE.finditer(clair), None):
        arret = fin.start() if fin else len(clair)
        segments: list[list[Mot]] = []
        rang = debut
        for coupe in (*_COUPE.finditer(clair, debut, arret), None):
            borne = coupe.start() if coupe else arret
            if mots := list(_words(clair, rang, borne)):
                segments.append(mots)
            rang = coupe.end() if coupe else arret
        if segments:
            yield segments
        debut = fin.end() if fin else arret


def _words(texte: str, debut: int, fin: int) -> Iterator[Mot]:
    for trouve in _MOT.finditer(texte, debut, fin):
        plie = fold(trouve[0])
        if plie:
            yield Mot(trouve[0], plie, trouve.start(), trouve.end())
