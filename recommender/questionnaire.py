"""The adaptive RIASEC questionnaire: which question comes next, when to stop, what the answers say."""

import hashlib
import json
import math
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from recommender.mesure_interets import Croyance, Modele, Tableau, expected_gain, fit_posterior, pair_stakes
from recommender.profil_interets import LETTRES, NOTES, TETE, Lecture, ProfilInterets, read_profile
from referentiels.errors import InvalidInputError

PAR_DEFAUT = Path(__file__).with_name("interets.toml")


@dataclass(frozen=True, slots=True)
class Item:
    """One everyday situation, its major letter and the minor one if any; `identifiant` never changes meaning."""

    identifiant: str
    texte: str
    majeure: str
    mineure: str | None = None


@dataclass(frozen=True, slots=True)
class Reponse:
    """What was answered to one item: "oui", "plutot", "bof", "non" or "je_ne_sais_pas"."""

    identifiant: str
    valeur: str


@dataclass(frozen=True, slots=True)
class Regles:
    """How the next question is chosen, and when to stop."""

    nettete: float
    tolerance: float
    reponses_minimum: int
    questions_maximum: int
    certitude: float


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """Items and published parameters; every method is a pure function of the answers given so far, in order."""

    items: tuple[Item, ...]
    """In the order of their identifiers, which breaks ties."""
    consigne: str
    valeurs: Mapping[str, str]
    """Text shown for each value of an answer."""
    libelles: Mapping[str, str]
    """What each letter means, in French."""
    modele: Modele
    regles: Regles
    lecture: Lecture
    empreinte: str
    """First 16 hexadecimal digits of the SHA-256 of all of the above."""

    def next_item(self, reponses: Sequence[Reponse], graine: str = "") -> Item | None:
        """The question expected to teach most about the ranking of the letters, or None when enough is known.

        Two questions in a row have different letters unless the best other one teaches clearly less. Among questions
        that teach as much, a letter asked less often comes first: « je ne sais pas » leads elsewhere.

        Args:
            reponses: Answers so far, in the order they were given.
            graine: Shuffles what still ties, so that all items get used; without it, the smallest identifier is first.

        Raises:
            InvalidInputError: An answer names no item, a value is unknown, or an item is answered twice.
        """
        items = self._answered(reponses)
        restants = [item for item in self.items if item not in items]
        croyance = self._believe(reponses, items)
        if not restants or self._knows_enough(reponses, items, croyance):
            return None
        enjeux = pair_stakes(croyance, self.regles.nettete)
        # Arrondi : deux questions de même apport le restent d'une machine à l'autre, et l'identifiant les départage.
        gains = np.round(expected_gain(self.modele, croyance, self._loadings(restants), enjeux), 9)
        candidats = list(zip(gains.tolist(), restants, strict=True))
        if items:
            plancher = gains.max() - self.regles.tolerance * abs(gains.max())
            autres = [(g, i) for g, i in candidats if g >= plancher and i.majeure != items[-1].majeure]
            candidats = autres or candidats
        posees = Counter(item.majeure for item in items)
        return min(candidats, key=lambda c: (-c[0], posees[c[1].majeure], _shuffled(graine, c[1].identifiant)))[1]

    def estimate(self, reponses: Sequence[Reponse]) -> ProfilInterets:
        """What the answers say so far; the order in which they were given changes nothing.

        Raises:
            InvalidInputError: An answer names no item, a value is unknown, or an item is answered twice.
        """
        items = self._answered(reponses)
        return self._read(reponses, items, self._believe(reponses, items))

    def _read(self, reponses: Sequence[Reponse], items: Sequence[Item], croyance: Croyance) -> ProfilInterets:
        notes = [(item.majeure, NOTES[reponse.valeur]) for item, reponse in zip(items, reponses, strict=True)]
        return read_profile(self.modele, self.lecture, croyance, notes, self.libelles, self.empreinte)

    def _knows_enough(self, reponses: Sequence[Reponse], items: Sequence[Item], croyance: Croyance) -> bool:
        if len(reponses) >= self.regles.questions_maximum:
            return True
        exprimees = [reponse for reponse in reponses if NOTES[reponse.valeur] is not None]
        if len(exprimees) < self.regles.reponses_minimum or {item.majeure for item in items} != set(LETTRES):
            return False
        profil = self._read(reponses, items, croyance)
        nettes = sum(map(len, profil.tete)) <= TETE
        return nettes and profil.certitude is not None and profil.certitude >= self.regles.certitude

    def _answered(self, reponses: Sequence[Reponse]) -> list[Item]:
        """The items answered, in the order of the answers."""
        par_identifiant = {item.identifiant: item for item in self.items}
        vues: set[str] = set()
        for rang, reponse in enumerate(reponses):
            ici = f"reponses[{rang}]"
            if reponse.identifiant not in par_identifiant:
                detail = f"question inconnue : « {reponse.identifiant} »."
                raise InvalidInputError(detail, champ=f"{ici}.identifiant")
            if reponse.valeur not in NOTES:
                attendues = ", ".join(f"« {valeur} »" for valeur in self.valeurs)
                raise InvalidInputError(
                    f"question {reponse.identifiant} : réponse « {reponse.valeur} » inconnue ; attendu : {attendues}.",
                    champ=f"{ici}.valeur",
                )
            if reponse.identifiant in vues:
                detail = f"la question {reponse.identifiant} a reçu plusieurs réponses ; gardez-en une seule."
                raise InvalidInputError(detail, champ=f"{ici}.identifiant")
            vues.add(reponse.identifiant)
        return [par_identifiant[reponse.identifiant] for reponse in reponses]

    def _believe(self, reponses: Sequence[Reponse], items: Sequence[Item]) -> Croyance:
        """Posterior; answers are sorted so that their order changes not even the last bit."""
        paires = sorted(zip(items, reponses, strict=True), key=lambda paire: paire[0].identifiant)
        notees = [(item, note) for item, reponse in paires if (note := NOTES[reponse.valeur]) is not None]
        return fit_posterior(self.modele, self._loadings([item for item, _ in notees]), [note for _, note in notees])

    def _loadings(self, items: Sequence[Item]) -> Tableau:
        """Share of each letter in each item, shape (n, 6)."""
        charges = np.zeros((len(items), len(LETTRES)))
        for rang, item in enumerate(items):
            charges[rang, LETTRES.index(item.majeure)] = self.modele.majeure if item.mineure else 1.0
            if item.mineure:
                charges[rang, LETTRES.index(item.mineure)] = self.modele.mineure
        return charges


def _shuffled(graine: str, identifiant: str) -> tuple[str, str]:
    rang = hashlib.sha256(f"{graine}\n{identifiant}".encode()).hexdigest() if graine else ""
    return rang, identifiant


def load_questionnaire(chemin: Path | None = None) -> Questionnaire:
    """Read the items and their parameters.

    Args:
        chemin: A TOML file of the same form; the one shipped with Azimut by default.

    Raises:
        InvalidInputError: The file is absent, is not TOML, or a value is missing, unknown or out of range.
    """
    fichier = chemin or PAR_DEFAUT
    try:
        return _build(tomllib.loads(fichier.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInputError(f"questionnaire « {fichier.name} » illisible : {error}.") from error
    except ValueError as error:
        raise InvalidInputError(f"questionnaire « {fichier.name} » : {error}.") from error


def _build(brut: Mapping[str, Any]) -> Questionnaire:
    modele = dict(_section(brut, "modele", {champ.name for champ in fields(Modele)}))
    seuils = modele.pop("seuils")
    if not isinstance(seuils, list) or len(seuils) != 3:
        raise ValueError("[modele] seuils : trois nombres sont attendus")
    choix = _numbers("choix", _section(brut, "choix", {"nettete", "tolerance"}))
    arret = _section(brut, "arret", {"reponses_minimum", "questions_maximum", "certitude"})
    if not all(type(arret[nom]) is int for nom in ("reponses_minimum", "questions_maximum")):
        raise ValueError("[arret] les nombres de réponses et de questions sont des entiers")
    resultat = _numbers("resultat", _section(brut, "resultat", {"ex_aequo", "attrait_minimum"}))
    [premier, deuxieme, troisieme] = _numbers("modele", dict(zip("123", seuils, strict=True))).values()
    questionnaire = Questionnaire(
        items=tuple(sorted(_read_items(brut), key=lambda item: item.identifiant)),
        consigne=str(brut.get("consigne", "")),
        valeurs=MappingProxyType({cle: str(texte) for cle, texte in _section(brut, "reponses", set(NOTES)).items()}),
        libelles=MappingProxyType({cle: str(texte) for cle, texte in _section(brut, "lettres", set(LETTRES)).items()}),
        modele=Modele(seuils=(premier, deuxieme, troisieme), **_numbers("modele", modele)),
        regles=Regles(
            nettete=choix["nettete"],
            tolerance=choix["tolerance"],
            reponses_minimum=arret["reponses_minimum"],
            questions_maximum=arret["questions_maximum"],
            certitude=_numbers("arret", arret)["certitude"],
        ),
        lecture=Lecture(resultat["ex_aequo"], resultat["attrait_minimum"], arret["reponses_minimum"]),
        empreinte=hashlib.sha256(json.dumps(brut, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16],
    )
    for motif, tenu in _requirements(questionnaire):
        if not tenu:
            raise ValueError(motif)
    return questionnaire


def _section(brut: Mapping[str, Any], nom: str, champs: set[str]) -> dict[str, Any]:
    section = brut.get(nom)
    if not isinstance(section, dict) or set(section) != champs:
        raise ValueError(f"la section [{nom}] doit donner exactement : {', '.join(sorted(champs))}")
    return section


def _numbers(nom: str, section: Mapping[str, Any]) -> dict[str, float]:
    for cle, valeur in section.items():
        if isinstance(valeur, bool) or not isinstance(valeur, int | float) or not math.isfinite(valeur):
            raise ValueError(f"[{nom}] {cle} : un nombre est attendu, non « {valeur} »")
    return {cle: float(valeur) for cle, valeur in section.items()}


def _read_items(brut: Mapping[str, Any]) -> list[Item]:
    champs = {"identifiant", "majeure", "texte"}
    items = brut.get("items", [])
    for item in items:
        if not champs <= set(item) <= {*champs, "mineure"} or not all(isinstance(v, str) and v for v in item.values()):
            raise ValueError(f"question illisible, il y faut identifiant, majeure et texte : {item}")
    return [Item(**item) for item in items]


def _requirements(lu: Questionnaire) -> list[tuple[str, bool]]:
    """What a questionnaire must hold to be asked."""
    modele, regles, lecture = lu.modele, lu.regles, lu.lecture
    identifiants = [item.identifiant for item in lu.items]
    mineures = [item.mineure for item in lu.items if item.mineure is not None]
    parts = (regles.tolerance, regles.certitude, lecture.ex_aequo, lecture.attrait_minimum)
    return [
        ("deux questions ont le même identifiant", len(set(identifiants)) == len(identifiants)),
        ("chaque lettre doit être la majeure d'une question", {item.majeure for item in lu.items} == set(LETTRES)),
        ("lettre mineure inconnue", set(mineures) <= set(LETTRES)),
        ("une lettre est majeure et mineure de la même question", all(i.majeure != i.mineure for i in lu.items)),
        ("les seuils doivent croître", modele.seuils[0] < modele.seuils[1] < modele.seuils[2]),
        ("discrimination et variance doivent être positives", modele.discrimination > 0 and modele.variance > 0),
        ("la corrélation doit être entre 0 et 1, 1 exclu", 0 <= modele.correlation < 1),
        ("la part majeure doit dépasser la part mineure", 0 < modele.mineure < modele.majeure <= 1),
        ("tolérance, certitude, ex æquo et attrait minimum sont entre 0 et 1", all(0 <= part <= 1 for part in parts)),
        ("la netteté doit être positive", regles.nettete > 0),
        ("le maximum de questions doit atteindre le minimum", 0 < regles.reponses_minimum <= regles.questions_maximum),
    ]
