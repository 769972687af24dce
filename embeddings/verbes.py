"""From a conjugated French verb to its infinitive: regular endings, and a small table of the others."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Flag, auto

from referentiels.cellules import fold


class Mode(Flag):
    """What a form may be; « gere » without its accent is both present and participle."""

    INFINITIF = auto()
    PRESENT = auto()
    PASSE = auto()
    """Imparfait and conditional: no noun looks like them."""
    PARTICIPE = auto()


@dataclass(frozen=True, slots=True)
class Forme:
    """A form that was recognised."""

    infinitif: str
    mode: Mode


_PASSE = ("ais", "ait", "ions", "iez", "aient")
_PRESENT_PLURIEL = ("ons", "ez", "ent")
_ACCORDS = ("", "e", "s", "es")
_PREMIER = ("er",)
_DEUXIEME = ("ir", "ïr")
_INCONNUS = ("aient", "ais", "ait", "ions", "iez", "ees", "ee", "es", "e", "ons", "ez", "ent", "er", "ant")
_RADICAL_MIN = 3


class Verbes:
    """Recognises the common forms of given verbs, accents aside.

    Args:
        infinitifs: The verbs, with their accents; the first one keeps a form that two share.
        irreguliers: Ending of an infinitive → « present of je, present of il, stem of the imparfait, participle »
            that replace it; the longest ending that fits counts.
    """

    def __init__(self, infinitifs: Iterable[str], irreguliers: Mapping[str, str]) -> None:
        self._formes: dict[str, Forme] = {}
        fins = sorted(irreguliers.items(), key=lambda paire: -len(paire[0]))
        for infinitif in dict.fromkeys(infinitifs):
            for texte, mode in _conjugate(infinitif, fins):
                cle = fold(texte)
                connue = self._formes.get(cle)
                if connue is None:
                    self._formes[cle] = Forme(infinitif, mode)
                elif connue.infinitif == infinitif:
                    self._formes[cle] = Forme(infinitif, connue.mode | mode)

    def __len__(self) -> int:
        return len(self._formes)

    def read(self, mot: str) -> Forme | None:
        """The infinitive of a word, or None when it is no form of a known verb."""
        return self._formes.get(fold(mot))

    def guess(self, mot: str) -> Forme | None:
        """The same, and for an unknown word the verb in -er that it would be: only after a subject or an auxiliary."""
        connue = self.read(mot)
        if connue is not None:
            return connue
        bas = unicodedata.normalize("NFC", mot.lower())
        plie = fold(mot)
        for fin in _INCONNUS:
            if plie.endswith(fin) and len(plie) - len(fin) >= _RADICAL_MIN and len(plie) == len(bas):
                return Forme(f"{bas[: len(bas) - len(fin)].replace('ç', 'c')}er", Mode.PRESENT | Mode.PARTICIPE)
        return None


def _conjugate(infinitif: str, fins: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Mode]]:
    """The common forms of a verb: infinitive, presents, imparfaits, conditionals, participles."""
    yield infinitif, Mode.INFINITIF
    fin = next(((fin, formes) for fin, formes in fins if infinitif.endswith(fin)), None)
    futur = infinitif.removesuffix("e")
    if fin is not None:
        debut = infinitif.removesuffix(fin[0])
        je, il, imparfait, participe = (debut + forme for forme in fin[1].split())
        presents: tuple[str, ...] = (je, il, *(imparfait + f for f in _PRESENT_PLURIEL))
    elif infinitif.endswith(_PREMIER):
        radical = infinitif[:-2]
        imparfait, participe = radical, radical + "é"
        presents = tuple(radical + f for f in ("e", "es", *_PRESENT_PLURIEL))
        presents += tuple(_mute(radical) + f for f in ("e", "es", "ent"))
        doux = radical + "e" if radical.endswith("g") else radical
        yield from ((doux + f, Mode.PASSE) for f in _PASSE)
        yield doux + "ons", Mode.PRESENT
    elif infinitif.endswith(_DEUXIEME):
        radical = infinitif[:-1]
        imparfait, participe = radical + "ss", radical
        presents = (radical + "s", radical + "t", *(imparfait + f for f in _PRESENT_PLURIEL))
    else:
        return
    yield from ((texte, Mode.PRESENT) for texte in presents)
    yield from ((imparfait + f, Mode.PASSE) for f in _PASSE)
    yield from ((futur + f, Mode.PASSE) for f in _PASSE)
    yield imparfait + "ant", Mode.PARTICIPE
    yield from ((participe + accord, Mode.PARTICIPE) for accord in _ACCORDS)


def _mute(radical: str) -> str:
    """The stem before a mute -e: « nettoy » gives « nettoi », « appel » gives « appell »."""
    if radical.endswith(("oy", "uy", "ay")):
        return radical[:-1] + "i"
    return radical + radical[-1] if radical.endswith(("el", "et")) else radical
