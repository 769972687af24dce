"""Does the engine treat people and métiers alike: gender changes nothing, and every métier can be reached?"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluation.echantillon import Genres, Moteur, Personne, Portraits, Suivi, map_texts, signature, tell, texts_of
from evaluation.mesures import interval
from evaluation.profils import CasProfil
from recommender.types import CompetenceDeclaree, Experience, Profil, Recommandation
from referentiels.catalogue import Catalogue
from referentiels.types import CertificationVoie, CodeRome

GRAINE = 20_260_103
RANGS = 20
PREMIERS = 10
PAIRES = 240
"""Names of métiers drawn for the gender swaps."""
_EGAL = 1e-9
_ECARTS_MAX = 10
_LISTE_MAX = 200
_PLUS_MONTRES = 10
_ARRONDI = 4
_FEMMES = "part_femmes"
_MODELES = ("{}", "devenir {}", "j'aimerais être {}")
Couple = tuple[str, Profil, Profil]
"""A name, and the same person who writes in the masculine and in the feminine."""
Entiers = npt.NDArray[np.int64]


def evaluate_equity(
    moteur: Moteur,
    catalogue: Catalogue,
    cas: Sequence[CasProfil],
    *,
    graine: int = GRAINE,
    nombre: int | None = None,
    paires: int = PAIRES,
    suivre: Suivi | None = None,
) -> dict[str, Any]:
    """Answers to both genders, what is shown of the référentiels, and what no plausible person would ever be shown.

    Args:
        moteur: The engine under test.
        catalogue: Its référentiels.
        cas: People of the regional plans, for the gender swaps; may be empty.
        graine: Of the draws.
        nombre: People drawn for the exposure; one a métier when None. See `Portraits.draw`.
        paires: Names of métiers drawn for the gender swaps.
        suivre: Told of the progress.

    Returns:
        `graine`. `genres`: see `compare_genders`, for `cas` and for people who name a métier drawn at random
        (`tires`). `exposition`: see `Exposition.summarize`. `orphelins`: see `find_orphans`. `voies`,
        `grands_domaines`, `quartiles_femmes`: for each group, `part_montree` among the first 10, `part_catalogue` and
        `rapport`, one over the other (1 is neutral, None when the catalogue has none). A voie is counted over the
        certifications cited with the métiers shown, against all links of open certifications to métiers; a
        certification of several voies counts for each. Quartiles go from the métiers with the fewest women (`q1`) to
        those with the most, by the national figure of the métier or of its family; `inconnus` have none.
    """
    portraits = Portraits(catalogue)
    genres = Genres(paire for noms in portraits.noms.values() for paire in noms)
    reecrits = list(_rewrite_cases(cas, genres))
    exposition = Exposition(portraits.codes)
    gens = portraits.draw(graine, nombre)
    for n, personne in enumerate(gens):
        exposition.add(moteur, personne)
        tell(suivre, "exposition", n + 1, len(gens))
    return {
        "graine": graine,
        "genres": {
            "cas": compare_genders(moteur, reecrits, "genres des cas", suivre),
            "tires": compare_genders(moteur, _draw_pairs(portraits, graine, paires), "genres tirés", suivre),
        },
        "exposition": exposition.summarize(graine),
        "orphelins": find_orphans(moteur, portraits, exposition, suivre),
        "voies": _voies(catalogue, portraits, exposition),
        "grands_domaines": _groups(exposition, {code: code[0] for code in portraits.codes}),
        "quartiles_femmes": _groups(exposition, _women_groups(catalogue)),
    }


def compare_genders(
    moteur: Moteur, couples: Sequence[Couple], etape: str = "genres", suivre: Suivi | None = None
) -> dict[str, Any]:
    """Are both wordings of the same person answered alike?

    Returns:
        `n` people whose two wordings differ; `identiques`: share of them whose first 20 métiers are the same, in the
        same order, with the same indexes (to 1e-9), with its 95 % `intervalle`; both None when n is 0; `ecarts`: at
        most 10 others, with both `masculin` and `feminin` texts, the first `rang` that differs, the métiers there
        (`montres`), and the largest `ecart_indice` of a métier that both answers have.
    """
    pareils: list[bool] = []
    ecarts: list[dict[str, Any]] = []
    for n, (nom, masculin, feminin) in enumerate(couples):
        un, deux = (signature(moteur.recommend(p, RANGS)) for p in (masculin, feminin))
        rang = first_difference(un, deux)
        pareils.append(rang is None)
        tell(suivre, etape, n + 1, len(couples))
        if rang is not None and len(ecarts) < _ECARTS_MAX:
            dits = ((a, b) for a, b in zip(texts_of(masculin), texts_of(feminin), strict=True) if a != b)
            textes = tuple(" | ".join(x) for x in zip(*dits, strict=True))
            communs = dict(deux)
            ecart = max((abs(v - communs[code]) for code, v in un if code in communs), default=0.0)
            montres = [liste[rang - 1][0] if rang <= len(liste) else None for liste in (un, deux)]
            ecarts.append({"nom": nom, "masculin": textes[0], "feminin": textes[1], "rang": rang, "montres": montres,
                           "ecart_indice": round(ecart, 6)})  # fmt: skip
    if not pareils:
        return {"n": 0, "identiques": None, "intervalle": None, "ecarts": []}
    return {
        "n": len(pareils),
        "identiques": round(float(np.mean(pareils)), _ARRONDI),
        "intervalle": interval(np.asarray(pareils, dtype=np.float64)),
        "ecarts": ecarts,
    }


def first_difference(un: Sequence[tuple[str, float]], deux: Sequence[tuple[str, float]]) -> int | None:
    """First rank, from 1, where the codes or the indexes (beyond 1e-9) of two answers differ; None when they agree."""
    for rang, ((code, indice), (autre, valeur)) in enumerate(zip(un, deux, strict=False), start=1):
        if code != autre or abs(indice - valeur) > _EGAL:
            return rang
    return None if len(un) == len(deux) else min(len(un), len(deux)) + 1


class Exposition:
    """What people were shown: counts of métiers and of certifications.

    Args:
        codes: Métiers of the catalogue.
    """

    def __init__(self, codes: Sequence[CodeRome]) -> None:
        self.codes = tuple(codes)
        self.reponses: list[tuple[str, tuple[str, ...]]] = []
        """Kind of the person and the métiers shown, best first."""
        self.certifications: Counter[str] = Counter()
        """Certifications cited with the first 10 métiers."""
        self.vus: set[str] = set()
        self.vus_sans_nom: set[str] = set()
        """Among the first 20 of someone who did not name them."""

    def add(self, moteur: Moteur, personne: Personne) -> None:
        """Ask for one person, and count."""
        reponse = moteur.recommend(personne.profil, RANGS)
        codes = self.see(reponse, personne.cible if personne.nomme else None)
        self.reponses.append((personne.sorte, codes))
        self.certifications.update(str(x) for m in reponse.metiers[:PREMIERS] for x in m.certifications)

    def see(self, reponse: Recommandation, nomme: str | None = None) -> tuple[str, ...]:
        """Note which métiers an answer reaches; `nomme` is the one that the person named."""
        codes = tuple(str(m.code_rome) for m in reponse.metiers[:RANGS])
        self.vus.update(codes)
        self.vus_sans_nom.update(c for c in codes if c != nomme)
        return codes

    def counts(self, premiers: int, sorte: str | None = None) -> Entiers:
        """How often each métier came among the first ones, in the order of `codes`."""
        compte = Counter(c for s, codes in self.reponses if sorte in (None, s) for c in codes[:premiers])
        return np.array([compte[c] for c in self.codes], dtype=np.int64)

    def summarize(self, graine: int) -> dict[str, Any]:
        """How evenly the métiers are shown.

        Returns:
            `n` people, `reponses_vides`; for the first 10 and 20: `gini_N` of the counts of the métiers (0: all the
            same, 1: one métier only), `gini_hasard_N` (lists of the same length drawn at random), `jamais_N` (share
            of the métiers never shown); `par_sorte`: the same for each kind of person, with `differents_10`, the
            number of métiers among their first 10; `plus_montres`: the 10 métiers most often among the first 10.
        """
        tailles = [len(codes) for _, codes in self.reponses]
        resume: dict[str, Any] = {"n": len(tailles), "reponses_vides": tailles.count(0)}
        for premiers in (PREMIERS, RANGS):
            compte = self.counts(premiers)
            resume[f"gini_{premiers}"] = gini(compte)
            resume[f"gini_hasard_{premiers}"] = gini(self._by_chance(premiers, graine))
            resume[f"jamais_{premiers}"] = round(float(np.mean(compte == 0)), _ARRONDI)
        resume["par_sorte"] = {
            sorte: {"n": n, "gini_10": gini(compte), "differents_10": int((compte > 0).sum())}
            for sorte, n in sorted(Counter(s for s, _ in self.reponses).items())
            for compte in [self.counts(PREMIERS, sorte)]
        }
        compte = self.counts(PREMIERS)
        ordre = np.argsort(-compte, kind="stable")[:_PLUS_MONTRES]
        resume["plus_montres"] = {str(self.codes[n]): int(compte[n]) for n in ordre.tolist()}
        return resume

    def _by_chance(self, premiers: int, graine: int) -> Entiers:
        alea = np.random.default_rng(graine)
        compte = np.zeros(len(self.codes), dtype=np.int64)
        for _, codes in self.reponses:
            compte[alea.choice(len(self.codes), min(len(codes), premiers), replace=False)] += 1
        return compte


def gini(comptes: Entiers) -> float:
    """Gini index of counts, in [0, 1[; 0 when nothing was counted."""
    total = int(comptes.sum())
    if not total:
        return 0.0
    n = len(comptes)
    rangs = np.arange(1, n + 1)
    return round(float((2 * rangs - n - 1) @ np.sort(comptes)) / (n * total), _ARRONDI)


def find_orphans(
    moteur: Moteur, portraits: Portraits, exposition: Exposition, suivre: Suivi | None = None
) -> dict[str, Any]:
    """The métiers and certifications that no plausible person would be led to.

    A métier is reached when it is among the first 20 of a person of the exposure or, failing that, of someone who has
    its core compétences, those of a métier from which an official mobility leads to it, who did that métier, or who
    names it. A certification is reached by a métier that is: the answer cites a few certifications a métier, its
    card gives them all.

    Returns:
        `n_metiers`, `n` orphans and their `liste` (« code intitulé », at most 200); `seulement_nommes`: those reached
        only by people who name them, `n` and `liste`; `certifications`: `n_liees` (open, with a link to a métier),
        `n` orphans, `liste`, and `citees`: the share cited with the first 10 métiers of someone of the exposure.
    """
    reste = [code for code in portraits.codes if code not in exposition.vus_sans_nom]
    for n, code in enumerate(reste):
        for voie, profil in portraits.ways_to(code):
            if code in exposition.vus_sans_nom or (voie == "nom" and code in exposition.vus):
                break
            exposition.see(moteur.recommend(profil, RANGS), code if voie == "nom" else None)
        tell(suivre, "orphelins", n + 1, len(reste))
    metiers = portraits.catalogue.metiers
    orphelins = [f"{c} {metiers[c].intitule}" for c in portraits.codes if c not in exposition.vus]
    nommes = [c for c in portraits.codes if c in exposition.vus and c not in exposition.vus_sans_nom]
    liees = {numero for numero, _ in portraits.liens}
    perdues = sorted(liees - {numero for numero, code in portraits.liens if code in exposition.vus})
    citees = len(liees & exposition.certifications.keys()) / len(liees) if liees else 0.0
    return {
        "n_metiers": len(portraits.codes),
        "n": len(orphelins),
        "liste": orphelins[:_LISTE_MAX],
        "seulement_nommes": {
            "n": len(nommes),
            "liste": [f"{c} {metiers[c].intitule}" for c in nommes[:_LISTE_MAX]],
        },
        "certifications": {
            "n_liees": len(liees),
            "n": len(perdues),
            "liste": [str(numero) for numero in perdues[:_LISTE_MAX]],
            "citees": round(citees, _ARRONDI),
        },
    }


def compare_shares(montre: Mapping[str, float], offert: Mapping[str, float]) -> dict[str, dict[str, float | None]]:
    """For each group, its share of what was shown, of what the catalogue has, and the first over the second."""
    vus, tout = sum(montre.values()), sum(offert.values())
    mesures: dict[str, dict[str, float | None]] = {}
    for groupe in sorted(offert.keys() | montre.keys()):
        part = montre.get(groupe, 0.0) / vus if vus else 0.0
        attendue = offert.get(groupe, 0.0) / tout if tout else 0.0
        mesures[groupe] = {
            "part_montree": round(part, _ARRONDI),
            "part_catalogue": round(attendue, _ARRONDI),
            "rapport": round(part / attendue, _ARRONDI) if attendue else None,
        }
    return mesures


def _groups(exposition: Exposition, groupe_de: Mapping[str, str]) -> dict[str, dict[str, float | None]]:
    """Shares of the first 10 by group of métiers; each métier of the catalogue counts for one."""
    montre: Counter[str] = Counter()
    for code, n in zip(exposition.codes, exposition.counts(PREMIERS).tolist(), strict=True):
        montre[groupe_de[code]] += n
    return compare_shares(montre, Counter(groupe_de[code] for code in exposition.codes))


def _voies(catalogue: Catalogue, portraits: Portraits, exposition: Exposition) -> dict[str, dict[str, float | None]]:
    ouvertes: defaultdict[str, list[str]] = defaultdict(list)
    for lien in catalogue.all(CertificationVoie):
        if lien.ouverte:
            ouvertes[lien.numero].append(lien.voie)
    liens = Counter(str(numero) for numero, _ in portraits.liens)
    montre, offert = (_spread(compte, ouvertes) for compte in (exposition.certifications, liens))
    return compare_shares(montre, offert)


def _spread(comptes: Mapping[str, int], ouvertes: Mapping[str, Sequence[str]]) -> Counter[str]:
    voies: Counter[str] = Counter()
    for numero, n in comptes.items():
        for voie in ouvertes.get(numero, ()):
            voies[voie] += n
    return voies


def _women_groups(catalogue: Catalogue) -> dict[str, str]:
    """The quartile of each métier by its share of women, `q1` has the fewest; `inconnus` without a figure."""
    parts: dict[str, float] = {}
    for code in catalogue.metiers:
        chiffres = [i.valeur for i in catalogue.indicateurs(code) if i.indicateur == _FEMMES and i.valeur is not None]
        if chiffres:
            parts[code] = float(np.mean(chiffres))
    bornes = np.quantile(list(parts.values()), (0.25, 0.5, 0.75)) if parts else np.zeros(0)
    return {
        code: f"q{1 + int(np.searchsorted(bornes, parts[code]))}" if code in parts else "inconnus"
        for code in catalogue.metiers
    }


def _rewrite_cases(cas: Iterable[CasProfil], genres: Genres) -> Iterator[Couple]:
    """People whose words change with the gender, each in both."""
    for un in cas:
        masculin = map_texts(un.profil, partial(genres.rewrite, "masculin"))
        feminin = map_texts(un.profil, partial(genres.rewrite, "feminin"))
        if texts_of(masculin) != texts_of(feminin):
            yield un.nom, masculin, feminin


def _draw_pairs(portraits: Portraits, graine: int, nombre: int) -> list[Couple]:
    """Names of métiers told as a wish, as an experience, and beside something one can do."""
    alea = np.random.default_rng(graine)
    toutes = [(code, m, f) for code in portraits.codes for m, f in portraits.noms.get(code, ()) if m != f]
    couples: list[Couple] = []
    for n, rang in enumerate(alea.permutation(len(toutes))[:nombre].tolist()):
        code, *formes = toutes[rang]
        modele = _MODELES[n % len(_MODELES)]
        tenues = tuple(CompetenceDeclaree(code=ogr) for ogr in portraits.core(code)[: n % 3])
        un, deux = (
            Profil(experiences=(Experience(texte=forme, annees=3.0),), competences=tenues)
            if n % 2
            else Profil(souhait=modele.format(forme[:1].lower() + forme[1:]), competences=tenues)
            for forme in formes
        )
        couples.append((f"tirage {n + 1} ({code})", un, deux))
    return couples
