"""People drawn from the référentiels, and what all the measures on people need: texts rewritten, answers compared."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeVar

import numpy as np

from embeddings.normalisation import gender_forms, words
from recommender.types import CompetenceDeclaree, Diplome, Experience, Interets, Profil, Recommandation
from referentiels.catalogue import Catalogue
from referentiels.cellules import fold
from referentiels.types import (
    Appellation,
    Certification,
    CertificationRome,
    CodeRome,
    MetierCentreInteret,
    MetierCompetence,
    MetierSavoir,
    Mobilite,
    NumeroFiche,
)

T = TypeVar("T")
Sorte = Literal["voisin", "experience", "souhait", "interet", "diplome", "panoplie"]
SORTES: tuple[Sorte, ...] = ("voisin", "experience", "souhait", "interet", "diplome", "panoplie")
COMPETENCES_MAX = 8
_PART_TENUE = 0.6
_BRUIT = 2
Genre = Literal["masculin", "feminin"]
_MOT = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_NOMMENT = frozenset({"souhait", "experiences", "diplomes"})
"""Fields where a name of métier is about the person."""
_ARTICLES: Mapping[Genre, Mapping[str, str]] = {
    "masculin": {"une": "un", "la": "le"},
    "feminin": {"un": "une", "le": "la"},
}
_ANNONCES = frozenset({"suis", "devenir", "comme", "tant", "etais", "etre"})
"""Words after which a name or an adjective tells who one is."""
_TRANSPARENTS = frozenset({"tres", "assez", "plutot", "et", "un", "une", "le", "la"})
_SUITES = frozenset({"en", "et", "avec", "au", "aux", "dans", "pour", ""})
_CHOSES = frozenset((
    "batteur", "batteuse", "chargeur", "chargeuse", "conseiller", "cuisiniere", "facteur", "jardiniere", "marin",
    "marine", "mecanique", "menagere", "mousse", "patron", "perceuse", "ponceuse", "portiere", "poissonniere",
    "technique", "tondeuse", "tronconneuse", "visiteur", "visseuse", "agrafeuse", "balayeuse",
    "ensileuse",
))  # fmt: skip
"""Words that name a thing, or an action, more often than a person when they stand in a sentence."""
_QUALITES = (
    ("organisé", "organisée"), ("précis", "précise"), ("discret", "discrète"), ("patient", "patiente"),
    ("rigoureux", "rigoureuse"), ("minutieux", "minutieuse"), ("soigneux", "soigneuse"), ("créatif", "créative"),
    ("curieux", "curieuse"), ("attentif", "attentive"), ("bon", "bonne"), ("motivé", "motivée"),
    ("passionné", "passionnée"), ("intéressé", "intéressée"), ("attiré", "attirée"), ("doué", "douée"),
    ("ponctuel", "ponctuelle"), ("courageux", "courageuse"), ("sérieux", "sérieuse"), ("travailleur", "travailleuse"),
    ("débrouillard", "débrouillarde"), ("manuel", "manuelle"), ("sportif", "sportive"), ("souriant", "souriante"),
    ("méticuleux", "méticuleuse"), ("bricoleur", "bricoleuse"), ("persévérant", "persévérante"), ("adroit", "adroite"),
    ("indépendant", "indépendante"), ("consciencieux", "consciencieuse"), ("bavard", "bavarde"), ("vif", "vive"),
)  # fmt: skip
"""Adjectives by which people describe themselves."""
_QUALIFICATIFS = (("industriel", "industrielle"), ("médical", "médicale"), ("commercial", "commerciale"))

Suivi = Callable[[str, int, int], None]
"""Told what is going on: the step, how many are done, of how many."""
Tirage = np.random.Generator


class Moteur(Protocol):
    """What answers a profile."""

    def recommend(self, profil: Profil, limite: int = 20) -> Recommandation:
        """Métiers for a profile, best first."""
        ...


@dataclass(frozen=True, slots=True)
class Personne:
    """Someone who could come, drawn around a métier."""

    sorte: Sorte
    cible: CodeRome
    """The métier that the draw started from; nothing says that it must come first."""
    profil: Profil

    @property
    def nomme(self) -> bool:
        """Whether the profile names its métier."""
        return self.sorte == "souhait"


class Portraits:
    """Draws plausible people around each métier of a catalogue.

    Args:
        catalogue: The référentiels; what they lack (mobilities, certifications…) is never drawn.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.codes = tuple(catalogue.metiers)
        self._tous: defaultdict[str, list[int]] = defaultdict(list)
        self._coeur: defaultdict[str, list[int]] = defaultdict(list)
        for nature in (MetierCompetence, MetierSavoir):
            liens = catalogue.demandes(nature)
            for code, ogr, coeur in zip(liens.codes_rome, liens.codes_ogr, liens.coeurs, strict=True):
                self._tous[code].append(int(ogr))
                if coeur:
                    self._coeur[code].append(int(ogr))
        self._entrees: defaultdict[str, list[CodeRome]] = defaultdict(list)
        for m in sorted(catalogue.all(Mobilite), key=lambda m: (m.ordre, m.code_rome)):
            if m.code_rome != m.code_rome_cible and self._tous[m.code_rome]:
                self._entrees[m.code_rome_cible].append(m.code_rome)

    @cached_property
    def noms(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Masculine and feminine of each appellation in use, by métier, the fiche's own first."""
        noms: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for a in sorted(self.catalogue.all(Appellation), key=lambda a: (not a.principale, a.code_ogr)):
            if not a.peu_usitee:
                noms[a.code_rome].append(gender_forms(a.libelle))
        return noms

    @cached_property
    def liens(self) -> tuple[tuple[NumeroFiche, CodeRome], ...]:
        """Links certification → métier, of certifications that no source says closed."""
        fermees = {numero for numero, active in self.catalogue.store.rows(Certification, ("numero", "active"))
                   if active is not None and not active}  # fmt: skip
        liens = self.catalogue.store.rows(CertificationRome, ("numero", "code_rome"))
        return tuple(sorted({(numero, code) for numero, code in liens if numero not in fermees}))

    @cached_property
    def _diplomes(self) -> Mapping[str, Sequence[NumeroFiche]]:
        diplomes: defaultdict[str, list[NumeroFiche]] = defaultdict(list)
        for numero, code in self.liens:
            diplomes[code].append(numero)
        return diplomes

    @cached_property
    def _centres(self) -> Mapping[str, Sequence[str]]:
        centres: defaultdict[str, list[str]] = defaultdict(list)
        for lien in sorted(self.catalogue.all(MetierCentreInteret), key=lambda x: not x.principal):
            centres[lien.code_rome].append(self.catalogue.centres_interet[lien.code].libelle)
        return centres

    def draw(self, graine: int, nombre: int | None = None) -> tuple[Personne, ...]:
        """People drawn in turn around every métier, each kind in turn.

        Args:
            graine: Same seed, same people.
            nombre: How many; one a métier when None. Fewer start from métiers drawn at random.
        """
        alea = np.random.default_rng(graine)
        codes = [self.codes[n] for n in alea.permutation(len(self.codes))]
        voulus = len(codes) if nombre is None else min(nombre, len(codes) * len(SORTES))
        essais = (self._draw_one(codes[n % len(codes)], n + n // len(codes), alea) for n in range(voulus))
        return tuple(personne for personne in essais if personne is not None)

    def _draw_one(self, code: CodeRome, rang: int, alea: Tirage) -> Personne | None:
        """The kind whose turn it is, or the next that the référentiels allow."""
        for pas in range(len(SORTES)):
            sorte = SORTES[(rang + pas) % len(SORTES)]
            profil = self._portray(sorte, code, alea)
            if profil is not None:
                return Personne(sorte, code, profil)
        return None

    def _portray(self, sorte: Sorte, code: CodeRome, alea: Tirage) -> Profil | None:
        profil = None
        match sorte:
            case "voisin" if entrees := self._entrees[code]:
                profil = self._held(self.core(_pick(entrees, alea)))
            case "experience" if noms := [n for v in self._entrees[code] for n in self.noms.get(v, ())[:3]]:
                annees = float(alea.integers(1, 16))
                profil = Profil(experiences=(Experience(texte=_pick(_pick(noms, alea), alea), annees=annees),))
            case "souhait" if noms := list(self.noms.get(code, ())):
                profil = Profil(souhait=_pick(_pick(noms, alea), alea))
            case "interet" if centres := self._centres.get(code):
                profil = Profil(interets=Interets(self._letters(code), (_pick(centres, alea),)))
            case "diplome" if diplomes := self._diplomes.get(code):
                profil = Profil(diplomes=(Diplome(code=_pick(diplomes, alea)),))
            case "panoplie" if tous := self._tous[code]:
                n = min(max(1, round(_PART_TENUE * len(tous))), COMPETENCES_MAX)
                tenus = [int(x) for x in alea.choice(tous, n, replace=False)]
                ailleurs = [_pick(self._tous[_pick(self.codes, alea)] or tous, alea) for _ in range(_BRUIT)]
                profil = self._held([*tenus, *ailleurs])
            case _:
                pass
        return profil

    def core(self, code: str) -> list[int]:
        """Compétences and savoirs at the core of a métier, all when it has no core; at most 8."""
        return (self._coeur[code] or self._tous[code])[:COMPETENCES_MAX]

    def ways_to(self, code: CodeRome) -> Iterator[tuple[str, Profil]]:
        """Plausible profiles from which a métier should be reached, each with its name, the one that names it last."""
        if coeur := self.core(code):
            yield "competences", self._held(coeur)
        for origine in self._entrees[code][:3]:
            yield "mobilite", self._held(self.core(origine))
            yield "mobilite", Profil(experiences=(Experience(code_rome=origine, annees=5.0),))
        for masculin, _ in self.noms.get(code, ())[:2]:
            yield "nom", Profil(souhait=masculin)

    @staticmethod
    def _held(items: Sequence[int]) -> Profil:
        return Profil(competences=tuple(CompetenceDeclaree(code=ogr) for ogr in dict.fromkeys(items)))

    def _letters(self, code: CodeRome) -> Mapping[str, float]:
        metier = self.catalogue.metiers[code]
        lettres = {metier.riasec_mineur: 0.5, metier.riasec_majeur: 1.0}
        return MappingProxyType({lettre: poids for lettre, poids in lettres.items() if lettre})


def _pick(choix: Sequence[T], alea: Tirage) -> T:
    return choix[int(alea.integers(len(choix)))]


def map_texts(profil: Profil, ecrire: Callable[[str, str], str]) -> Profil:
    """The profile with its words rewritten; places, codes and exclusions are left alone.

    Args:
        profil: What a person said.
        ecrire: From the field (`souhait`, `experiences`, `competences`, `centres`, `diplomes`, `contraintes`) and a
            text to the text in its place.
    """

    def write(champ: str, texte: str | None) -> str | None:
        return ecrire(champ, texte) if texte and not texte.isdigit() else texte

    return replace(
        profil,
        souhait=write("souhait", profil.souhait) or "",
        experiences=tuple(replace(e, texte=write("experiences", e.texte)) for e in profil.experiences),
        competences=tuple(replace(c, texte=write("competences", c.texte)) for c in profil.competences),
        interets=replace(profil.interets, centres=tuple(write("centres", c) or c for c in profil.interets.centres)),
        diplomes=tuple(replace(d, texte=write("diplomes", d.texte)) for d in profil.diplomes),
        contraintes=tuple(replace(c, texte=write("contraintes", c.texte)) for c in profil.contraintes),
    )


def texts_of(profil: Profil) -> tuple[str, ...]:
    """All the words of a profile, in the order of `map_texts`."""
    textes: list[str] = []

    def keep(_: str, texte: str) -> str:
        textes.append(texte)
        return texte

    map_texts(profil, keep)
    return tuple(textes)


def signature(reponse: Recommandation) -> tuple[tuple[str, float], ...]:
    """Codes of the métiers in their order, with their index."""
    return tuple((str(m.code_rome), m.indice) for m in reponse.metiers)


def plain(objet: Any) -> Any:
    """Dataclasses and mappings as JSON has them, fields in their order."""
    if is_dataclass(objet) and not isinstance(objet, type):
        return {f.name: plain(getattr(objet, f.name)) for f in fields(objet)}
    if isinstance(objet, Mapping):
        return {str(cle): plain(valeur) for cle, valeur in objet.items()}
    if isinstance(objet, list | tuple):
        return [plain(x) for x in objet]
    if isinstance(objet, set | frozenset):
        return sorted(plain(x) for x in objet)
    return objet


def as_bytes(reponse: Recommandation) -> bytes:
    """The whole answer as JSON, fields in their order."""
    return json.dumps(plain(reponse), ensure_ascii=False).encode()


class Genres:
    """Rewrites what names or describes a person in one gender: names of métiers and adjectives, nothing else.

    Args:
        noms: Masculine and feminine of names of métiers.
    """

    def __init__(self, noms: Iterable[tuple[str, str]]) -> None:
        tetes: defaultdict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        suites: defaultdict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        for masculin, feminin in noms:
            if masculin == feminin:
                continue
            couples = list(zip(masculin.lower().split(), feminin.lower().split(), strict=False))
            for rang, (m, f) in enumerate(couples):
                if m != f and words(m) == words(f):  # two columns that slid apart name nobody
                    for mot in (m, f):
                        (suites if rang else tetes)[fold(mot)][m, f] += 1
            if len(couples) > 1 and couples[0][0] == couples[0][1] and couples[1][0] != couples[1][1]:
                tetes[fold(couples[0][0])][couples[0]] += 1  # « secrétaire médical / secrétaire médicale »
        self._noms = {
            cle: max(compte, key=lambda couple: (compte[couple], couple))
            for cle, compte in tetes.items()
            if compte.total() >= suites[cle].total()
        }
        self._qualites = _by_word(_QUALITES)
        self._suites = {cle: max(c, key=lambda couple: (c[couple], couple)) for cle, c in suites.items() if c}
        self._suites |= _by_word(_QUALIFICATIFS)

    def rewrite(self, genre: Genre, champ: str, texte: str) -> str:
        """The text as a person of that gender would write it; see `map_texts` for the fields."""
        mots = list(_MOT.finditer(texte))
        cles, ecrits = [fold(m.group()) for m in mots], [m.group() for m in mots]
        changes: set[int] = set()
        for n in range(len(mots)):
            forme = self._form(genre, champ, cles, n, changes)
            if forme is None:
                continue
            changes.add(n)
            ecrits[n] = _case(ecrits[n], forme)
            if n and cles[n - 1] in _ARTICLES[genre]:
                ecrits[n - 1] = _case(ecrits[n - 1], _ARTICLES[genre][cles[n - 1]])
        morceaux, fin = [], 0
        for m, mot in zip(mots, ecrits, strict=True):
            morceaux += [texte[fin : m.start()], mot]
            fin = m.end()
        return "".join((*morceaux, texte[fin:]))

    def _form(self, genre: Genre, champ: str, cles: Sequence[str], n: int, changes: set[int]) -> str | None:
        """The word `n` in one gender; None when it is not about who the person is."""
        forme = _swap(self._suites, cles[n], genre) if n - 1 in changes else None
        if forme is not None:
            return forme
        avant = next((j for j in range(n - 1, -1, -1) if cles[j] not in _TRANSPARENTS), -1)
        annonce = avant >= 0 and (cles[avant] in _ANNONCES or (avant in changes and avant < n - 1))
        if annonce or (champ in _NOMMENT and cles[n] not in _CHOSES):
            forme = _swap(self._noms, cles[n], genre)
        suite = cles[n + 1] if n + 1 < len(cles) else ""
        if forme is None and (annonce or (n == 0 and champ == "competences" and suite in _SUITES)):
            forme = _swap(self._qualites, cles[n], genre)
        return forme


def _by_word(couples: Iterable[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    return {fold(mot): couple for couple in couples for mot in couple}


def _swap(table: Mapping[str, tuple[str, str]], cle: str, genre: Genre) -> str | None:
    """A folded word in one gender, of the same number; None when the table does not have it."""
    couple, pluriel = table.get(cle), False
    if couple is None and cle.endswith("s"):
        couple, pluriel = table.get(" ".join(p.removesuffix("s") for p in cle.split())), True
    if couple is None:
        return None
    forme = couple[0 if genre == "masculin" else 1]
    return "-".join(p if p.endswith(("s", "x")) else p + "s" for p in forme.split("-")) if pluriel else forme


def _case(modele: str, mot: str) -> str:
    """The second word with the capitals and the first accent of the first."""
    if len(modele) > 1 and modele.isupper():
        return mot.upper()
    if fold(modele[:1]) == fold(mot[:1]):
        return modele[:1] + mot[1:]
    return mot[:1].upper() + mot[1:] if modele[:1].isupper() else mot


def tell(suivre: Suivi | None, etape: str, fait: int, total: int) -> None:
    """Tell the progress to who asked for it."""
    if suivre is not None:
        suivre(etape, fait, total)
