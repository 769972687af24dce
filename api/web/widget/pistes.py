"""The list of a path: near métiers, unexpected ones named as such, all of them; and what is opposite."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from api.web.widget.contexte import Contexte
from recommender.openings import Ouvertures
from recommender.types import MetierPropose, Profil, Recommandation
from referentiels.types import CodeRome, Metier, MetierSecteur

PREMIERS = 5
INATTENDUS = 2
PLUS = 20
TOUS = 2_000
_DECIMALES = 6
"""From which two indexes are the same."""
_LOIN = 60
"""Métiers among which the engine's own openings are looked for."""
OPPOSES: Mapping[str, str] = {"R": "S", "S": "R", "I": "E", "E": "I", "A": "C", "C": "A"}
"""Letters that face each other on Holland's hexagon."""
_OPPOSES_MAX = 3
Codes = tuple[CodeRome, ...]


@dataclass(frozen=True, slots=True)
class Pistes:
    """What the list shows."""

    profil: Profil
    recommandation: Recommandation
    """The métiers shown, near ones first: all that the engine says of them."""
    inattendus: frozenset[CodeRome]
    rangs: Codes
    """Every métier with some link, nearest first."""
    egalite: bool
    """Whether those that are not shown are as near as those that are."""

    @property
    def proches(self) -> tuple[MetierPropose, ...]:
        """Shown as near."""
        return tuple(m for m in self.recommandation.metiers if m.code_rome not in self.inattendus)

    @property
    def surprises(self) -> tuple[MetierPropose, ...]:
        """Shown as unexpected."""
        return tuple(m for m in self.recommandation.metiers if m.code_rome in self.inattendus)


def find_leads(ctx: Contexte, nombre: int = PREMIERS) -> Pistes:
    """The list for what was said so far.

    Args:
        ctx: The request.
        nombre: Métiers wanted, unexpected ones included.
    """
    moteur, profil = ctx.moteur.recommender, ctx.profile()
    etat = moteur.assess(profil)
    reponse = moteur.answer(etat, 1)
    if etat.indice is None:
        return Pistes(profil, reponse, frozenset(), (), egalite=False)
    codes = moteur.matrices.codes
    ouvertures = Ouvertures(moteur.matrices, etat, moteur.config)
    rangs, _ = moteur.rank(etat, TOUS, ouvertures)
    indices = {codes[rang]: round(float(etat.indice.valeurs[rang]), _DECIMALES) for rang in rangs}
    ordre = vary_ties(tuple(indices), indices, ctx.etat.pack())
    dedans = _in_sector(ctx)
    suite = tuple(c for c in ordre if c in dedans) or ordre
    surprises = _unexpected(ctx, ouvertures, suite, ordre)
    proches = [c for c in suite if c not in surprises][: nombre - len(surprises)]
    redacteur = moteur.writer(etat, ouvertures)
    metiers = tuple(redacteur.describe(moteur.matrices.rang[code]) for code in (*proches, *surprises))
    reste = [c for c in suite if c not in proches]
    return Pistes(
        profil=profil,
        recommandation=replace(reponse, metiers=metiers),
        inattendus=frozenset(surprises),
        rangs=(*suite, *(c for c in ordre if c not in set(suite))),
        egalite=bool(proches and reste) and indices[proches[0]] == indices[reste[0]],
    )


def vary_ties(codes: Codes, indices: Mapping[CodeRome, float], graine: str) -> Codes:
    """The same order, where métiers as near as one another take turns by grand domaine.

    Args:
        codes: Best first.
        indices: Of each code.
        graine: Draws which domaine comes first: the same words always give the same list.
    """

    def drawn(lettre: str) -> str:
        return hashlib.sha256(f"{graine}\n{lettre}".encode()).hexdigest()

    varies: list[CodeRome] = []
    for _, egaux in groupby(codes, key=indices.__getitem__):
        files: defaultdict[str, list[CodeRome]] = defaultdict(list)
        for code in egaux:
            files[code[0]].append(code)
        tours = [(tour, drawn(lettre), code) for lettre, siens in files.items() for tour, code in enumerate(siens)]
        varies += [code for _, _, code in sorted(tours)]
    return tuple(varies)


def _in_sector(ctx: Contexte) -> frozenset[CodeRome]:
    """The métiers of the secteur that the person chose."""
    liens = ctx.moteur.catalogue.select(MetierSecteur, code=ctx.etat.secteur) if ctx.etat.secteur else ()
    return frozenset(lien.code_rome for lien in liens)


def _unexpected(ctx: Contexte, ouvertures: Ouvertures, suite: Codes, ordre: Codes) -> Codes:
    """Two métiers away from the first ones: openings of the engine, then other domaines, then the same taste."""
    moteur = ctx.moteur.recommender
    tete = suite[: PREMIERS - INATTENDUS]
    grands = {code[0] for code in (*tete, *ctx.etat.exerces, *ctx.etat.envies)}
    loin = ordre[:_LOIN]
    candidats = [c for c in loin if ouvertures.other_field(moteur.matrices.rang[c])]
    candidats += [*ordre, *_same_taste(ctx, tete)]
    choisis: list[CodeRome] = []
    for code in candidats:
        if code not in tete and code[0] not in grands and code not in ctx.etat.exclus:
            choisis.append(code)
            grands.add(code[0])
        if len(choisis) == INATTENDUS:
            break
    return tuple(choisis)


def _same_taste(ctx: Contexte, tete: Sequence[CodeRome]) -> list[CodeRome]:
    """Métiers of the same letters as the first one, in a drawn order."""
    metiers = ctx.moteur.catalogue.metiers
    if not tete:
        return []
    lettres = (metiers[tete[0]].riasec_majeur, metiers[tete[0]].riasec_mineur)
    memes = [c for c, m in metiers.items() if (m.riasec_majeur, m.riasec_mineur) == lettres and c not in tete]
    return sorted(memes, key=lambda c: hashlib.sha256(f"{tete[0]}\n{c}".encode()).hexdigest())


def describe_one(ctx: Contexte, codes: Collection[CodeRome]) -> tuple[Profil, Recommandation]:
    """Given métiers as they would be proposed, whatever their rank."""
    moteur, profil = ctx.moteur.recommender, ctx.profile()
    etat = moteur.assess(profil)
    ouvertures = Ouvertures(moteur.matrices, etat, moteur.config)
    moteur.rank(etat, TOUS, ouvertures)  # tells what each one's place is owed to
    redacteur = moteur.writer(etat, ouvertures)
    metiers = tuple(redacteur.describe(moteur.matrices.rang[code]) for code in codes)
    return profil, replace(moteur.answer(etat, 1), metiers=metiers)


def leads_to_take(ctx: Contexte) -> tuple[Profil, Recommandation]:
    """The métiers that the person kept, or the list when they kept none."""
    gardes = [CodeRome(code) for code in ctx.etat.gardes]
    if gardes:
        return describe_one(ctx, gardes)
    pistes = find_leads(ctx)
    return pistes.profil, pistes.recommandation


def find_opposites(ctx: Contexte, metier: Metier) -> Codes:
    """Métiers of the facing letter, of different grands domaines; those nearest to what was said come first."""
    voulue = OPPOSES.get(metier.riasec_majeur or "")
    if voulue is None:
        return ()
    metiers, moteur = ctx.moteur.catalogue.metiers, ctx.moteur.recommender
    etat = moteur.assess(ctx.profile())
    rangs, _ = moteur.rank(etat, TOUS)
    proches = [moteur.matrices.codes[rang] for rang in rangs]
    autres = sorted(metiers, key=lambda c: hashlib.sha256(f"{metier.code_rome}\n{c}".encode()).hexdigest())
    vus: set[str] = {metier.code_rome[0]}
    choisis: list[CodeRome] = []
    for code in dict.fromkeys((*proches, *autres)):
        if metiers[code].riasec_majeur == voulue and code[0] not in vus and code not in ctx.etat.exclus:
            choisis.append(code)
            vus.add(code[0])
        if len(choisis) == _OPPOSES_MAX:
            break
    return tuple(choisis)
