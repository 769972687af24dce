"""A basket of compétences read from JSON-LD, ours or another's: nothing is fetched, nothing is taken for granted."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, get_args

from pyld import jsonld

from api.lectures.panier import ADMS, AZIMUT, CONTEXTE, DC, ELM, EQF, SKOS, name_item
from embeddings.types import Chercheur, Nature
from recommender.types import CompetenceDeclaree, Diplome, Envie, Experience, NatureExperience, Profil
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError
from referentiels.types import FORME_FICHE, FORME_ROME, CodeRome

Json = dict[str, Any]
Noeud = Mapping[str, Any]
CONTEXTES_CONNUS = frozenset({"http://data.europa.eu/snb/model/context/edc-ap", f"{AZIMUT}contexte"})
"""Addresses that need no loading: their terms that we read are those of our own context."""
VALEURS_MAX = 40_000
PROFONDEUR_MAX = 20
CONTEXTES_MAX = 8
ELEMENTS_MAX = 500
TEXTE_MAX = 2_000
_PAR_TERME = 50
"""Values of one term that are looked at: what is told once may be named many times."""
_CODE_MAX = 18
_PROCHES = 3
_ITEMS: tuple[Nature, ...] = ("competence", "savoir")
_VERROU = Lock()
"""The caches of the library are shared, and made for one thread."""


@dataclass(frozen=True, slots=True)
class AConfirmer:
    """What a person should look at before it counts."""

    champ: str
    texte: str
    raison: str
    propositions: tuple[tuple[str, str], ...]
    """Code and label, likeliest first."""


@dataclass(frozen=True, slots=True)
class PanierLu:
    """What was read."""

    profil: Profil
    a_confirmer: tuple[AConfirmer, ...]
    avertissements: tuple[str, ...]


@dataclass(slots=True)
class _Lecture:
    noeuds: dict[str, Json]
    """The nodes that are told once and named elsewhere, by @id."""
    a_confirmer: list[AConfirmer] = field(default_factory=list)


def import_basket(document: Any, catalogue: Catalogue, chercheur: Chercheur) -> PanierLu:
    """Read a basket.

    Args:
        document: Decoded JSON.
        catalogue: Tells which codes are known.
        chercheur: Proposes known codes for what is not.

    Raises:
        InvalidInputError: Too large, too deep, or not JSON-LD.
    """
    inconnus = tuple(_measure(document))
    noeuds = tuple(_walk(_expand(document)))
    lecture = _Lecture(_by_id(noeuds))
    resultats = _typed(noeuds, "LearningOutcome")
    dites = [n for n in resultats if not _value(n, f"{AZIMUT}deduite")]
    notes = [
        f"Contexte « {adresse[:120]} » : jamais chargé ; seuls les termes écrits en entier sont lus."
        for adresse in inconnus
    ]
    if len(dites) < len(resultats):
        notes.append(
            f"{len(resultats) - len(dites)} compétences déduites d'expériences : relues depuis ces expériences."
        )
    competences = _ordered(dites, notes, "compétences")
    experiences = _ordered(_typed(noeuds, "LearningActivity"), notes, "expériences", 50)
    diplomes = _ordered(_diplomas(noeuds, lecture), notes, "diplômes", 100)
    profil = Profil(
        competences=tuple(_competence(n, rang, lecture, catalogue, chercheur) for rang, n in enumerate(competences)),
        experiences=tuple(_experience(n, rang, lecture, catalogue, chercheur) for rang, n in enumerate(experiences)),
        diplomes=tuple(_diplome(n, lecture) for n in diplomes),
    )
    if not (competences or experiences or diplomes):
        notes.append("Rien de ce document n'a été reconnu : des « LearningOutcome » du modèle ELM sont attendus.")
    return PanierLu(profil, tuple(lecture.a_confirmer), tuple(notes))


def _measure(document: Any) -> Iterator[str]:
    """Refuse what is beyond reading; the addresses of contexts that are not known."""
    pile: list[tuple[Any, int, bool]] = [(document, 1, False)]
    valeurs, contextes, vus = 0, 0, set()
    while pile:
        valeur, profondeur, contexte = pile.pop()
        valeurs += 1
        if valeurs > VALEURS_MAX or profondeur > PROFONDEUR_MAX or contextes > CONTEXTES_MAX:
            raise InvalidInputError(
                f"ce panier dépasse {VALEURS_MAX} valeurs, {PROFONDEUR_MAX} niveaux ou {CONTEXTES_MAX} contextes.",
                champ="document",
            )
        if isinstance(valeur, dict):
            contextes += "@context" in valeur
            pile.extend((v, profondeur + 1, cle in {"@context", "@import"}) for cle, v in valeur.items())
        elif isinstance(valeur, list):
            pile.extend((v, profondeur + 1, contexte) for v in valeur)
        elif contexte and isinstance(valeur, str) and valeur not in CONTEXTES_CONNUS and valeur not in vus:
            vus.add(valeur)
            yield valeur


def _expand(document: Any) -> Any:
    try:
        with _VERROU:
            return jsonld.expand(document, {"documentLoader": _load_context, "base": ""})
    except (jsonld.JsonLdError, TypeError, ValueError, KeyError, AttributeError, IndexError, RecursionError) as error:
        # The library meets with these, and not only with its own, what no JSON-LD document holds.
        code = getattr(error, "code", None) or type(error).__name__
        raise InvalidInputError(f"ce document n'est pas du JSON-LD lisible ({code}).", champ="document") from None


def _load_context(adresse: str, _options: Any) -> Json:
    """A known context from memory, an empty one for any other: nothing is ever fetched."""
    contexte = dict(CONTEXTE) if adresse in CONTEXTES_CONNUS else {}
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": adresse,
        "document": {"@context": contexte},
    }


def _walk(etendu: Any) -> Iterator[Json]:
    """Every node of an expanded document, in reading order."""
    pile = [etendu]
    while pile:
        valeur = pile.pop()
        if isinstance(valeur, dict):
            if "@value" not in valeur:
                yield valeur
            pile.extend(reversed([v for cle, v in valeur.items() if cle != "@type"]))
        elif isinstance(valeur, list):
            pile.extend(reversed(valeur))


def _by_id(noeuds: Iterable[Json]) -> dict[str, Json]:
    """The fullest node of each name: one that only names another holds nothing else."""
    par_nom: dict[str, Json] = {}
    for noeud in noeuds:
        nom = noeud.get("@id")
        if isinstance(nom, str) and len(noeud) > len(par_nom.get(nom, ())):
            par_nom[nom] = noeud
    return par_nom


def _typed(noeuds: Iterable[Json], nature: str) -> list[Json]:
    return [n for n in noeuds if f"{ELM}{nature}" in n.get("@type", ())]


def _diplomas(noeuds: Iterable[Json], lecture: _Lecture) -> list[Json]:
    """Achievements that a qualification specifies."""
    return [
        n
        for n in _typed(noeuds, "LearningAchievement")
        if any(f"{ELM}Qualification" in q.get("@type", ()) for q in _nodes(n, f"{ELM}specifiedBy", lecture))
    ]


def _ordered(noeuds: list[Json], notes: list[str], quoi: str, plafond: int = ELEMENTS_MAX) -> list[Json]:
    """By the rank that is told, else as they come; no more than a profile holds."""
    rangs = [_integer(_value(n, f"{AZIMUT}rang")) for n in noeuds]
    ordre = sorted(range(len(noeuds)), key=lambda i: (rangs[i] is None, rangs[i] or 0, i))
    if len(ordre) > plafond:
        notes.append(f"Seules les {plafond} premières {quoi} sont lues, sur {len(ordre)}.")
    return [noeuds[i] for i in ordre[:plafond]]


def _competence(
    noeud: Noeud, rang: int, lecture: _Lecture, catalogue: Catalogue, chercheur: Chercheur
) -> CompetenceDeclaree:
    titre, texte = _label(noeud, f"{DC}title"), _text(_value(noeud, f"{AZIMUT}texte"))
    notions = [
        s for s in _nodes(noeud, f"{ELM}relatedSkill", lecture) if _digits(_value(s, f"{SKOS}notation")) is not None
    ]
    surs = [s for s in notions if _value(s, f"{AZIMUT}confiance") is None]
    code = _digits(_value(surs[0], f"{SKOS}notation")) if surs else None
    champ = f"competences[{rang}]"
    if code is not None and name_item(catalogue, code) is None:
        nom = _label(surs[0], f"{SKOS}prefLabel") or titre
        _ask(lecture, champ, f"{code} {nom or ''}".strip(), "code inconnu du catalogue", chercheur, nom, _ITEMS)
    elif code is None:
        escos = _nodes(noeud, f"{ELM}relatedESCOSkill", lecture)
        texte = (
            texte
            if texte is not None
            else titre or next(filter(None, (_label(e, f"{SKOS}prefLabel") for e in escos)), None)
        )
        raison = "compétence ESCO : le ROME n'en publie pas l'équivalent" if escos else "dite avec des mots"
        _ask(lecture, champ, texte or "", raison, chercheur, texte, _ITEMS)
    envie, niveau = _value(noeud, f"{AZIMUT}envie"), _integer(_value(noeud, f"{AZIMUT}niveau"))
    return CompetenceDeclaree(
        code=code,
        texte=texte,
        niveau=niveau if niveau in range(1, 5) else None,
        envie=envie if envie in get_args(Envie) else "indifferent",
    )


def _experience(noeud: Noeud, rang: int, lecture: _Lecture, catalogue: Catalogue, chercheur: Chercheur) -> Experience:
    titre, texte = _label(noeud, f"{DC}title"), _text(_value(noeud, f"{AZIMUT}texte"))
    metiers = [m for m in _nodes(noeud, f"{AZIMUT}metier", lecture) if _value(m, f"{AZIMUT}confiance") is None]
    notations = [_text(_value(m, f"{SKOS}notation")) for m in metiers]
    codes = [n for n in notations if n is not None]
    code = next((n for n in codes if FORME_ROME.fullmatch(n.strip().upper())), next(iter(codes), None))
    appellations = [_digits(_value(a, f"{SKOS}notation")) for a in _nodes(noeud, f"{AZIMUT}appellation", lecture)]
    appellation = next((a for a in appellations if a is not None), None)
    if code is None and appellation is None:
        texte = texte if texte is not None else titre
        _ask(lecture, f"experiences[{rang}]", texte or "", "dite avec des mots", chercheur, texte, ("metier",))
    elif code is not None and CodeRome(code.strip().upper()) not in catalogue.metiers:
        nom = _label(metiers[0], f"{SKOS}prefLabel") or titre
        raison = "code inconnu du catalogue"
        _ask(lecture, f"experiences[{rang}]", f"{code} {nom or ''}".strip(), raison, chercheur, nom, ("metier",))
    nature, annees = _value(noeud, f"{AZIMUT}nature"), _number(_value(noeud, f"{AZIMUT}annees"))
    return Experience(
        code_rome=code,
        code_appellation=appellation,
        texte=texte,
        annees=annees if annees is not None and 0 <= annees <= 80 else None,
        nature=nature if nature in get_args(NatureExperience) else "emploi",
    )


def _diplome(noeud: Noeud, lecture: _Lecture) -> Diplome:
    qualifications = _nodes(noeud, f"{ELM}specifiedBy", lecture)
    codes = [
        _text(_value(i, f"{SKOS}notation")) for q in qualifications for i in _nodes(q, f"{ADMS}identifier", lecture)
    ]
    texte = _text(_value(noeud, f"{AZIMUT}texte"))
    nomme = [c for c in codes if c is not None]
    surs = [c for c in nomme if FORME_FICHE.fullmatch("".join(c.split()).upper())]
    eqf = [
        str(n.get("@id", "")).removeprefix(EQF) for q in qualifications for n in _nodes(q, f"{ELM}EQFLevel", lecture)
    ]
    niveau = next((int(e) for e in eqf if e.isascii() and e.isdigit() and int(e) in range(1, 9)), None)
    code = next(iter((*surs, *nomme)), None)
    if code is None and texte is None and niveau is None:
        texte = _label(noeud, f"{DC}title")
    return Diplome(code, texte, niveau)


def _ask(
    lecture: _Lecture,
    champ: str,
    texte: str,
    raison: str,
    chercheur: Chercheur,
    cherche: str | None,
    natures: tuple[Nature, ...],
) -> None:
    proches = chercheur.search(cherche, natures, _PROCHES) if cherche else ()
    lecture.a_confirmer.append(
        AConfirmer(champ, texte[:TEXTE_MAX], raison, tuple((r.code, r.libelle) for r in proches))
    )


def _nodes(noeud: Noeud, terme: str, lecture: _Lecture) -> list[Json]:
    """What a term leads to; what is only named is looked up once, so that no cycle is followed."""
    trouves = []
    for valeur in _list(noeud, terme):
        if isinstance(valeur, dict) and "@value" not in valeur:
            nom = valeur.get("@id")
            trouves.append(lecture.noeuds.get(nom, valeur) if isinstance(nom, str) and len(valeur) == 1 else valeur)
    return trouves


def _list(noeud: Noeud, terme: str) -> list[Any]:
    valeurs = noeud.get(terme, [])
    plates: list[Any] = []
    for valeur in valeurs[:_PAR_TERME] if isinstance(valeurs, list) else [valeurs]:
        plates += valeur["@list"] if isinstance(valeur, dict) and isinstance(valeur.get("@list"), list) else [valeur]
    return plates[:_PAR_TERME]


def _value(noeud: Noeud, terme: str) -> Any:
    """The first literal of a term."""
    return next((v["@value"] for v in _list(noeud, terme) if isinstance(v, dict) and "@value" in v), None)


def _label(noeud: Noeud, terme: str) -> str | None:
    """The French label, else the first one."""
    libelles = [v for v in _list(noeud, terme) if isinstance(v, dict) and isinstance(v.get("@value"), str)]
    francais = [v for v in libelles if str(v.get("@language", "")).lower().startswith("fr")]
    return next((str(v["@value"])[:TEXTE_MAX] for v in (*francais, *libelles) if v["@value"].strip()), None)


def _text(valeur: Any) -> str | None:
    return valeur[:TEXTE_MAX] if isinstance(valeur, str) else str(valeur) if _integer(valeur) is not None else None


def _digits(valeur: Any) -> int | None:
    """A code written as a number or as digits."""
    if isinstance(valeur, str) and valeur.isascii() and valeur.isdigit() and len(valeur) <= _CODE_MAX:
        return int(valeur)
    entier = _integer(valeur)
    return entier if entier is not None and 0 <= entier < 10**_CODE_MAX else None


def _integer(valeur: Any) -> int | None:
    return valeur if isinstance(valeur, int) and not isinstance(valeur, bool) else None


def _number(valeur: Any) -> float | None:
    return float(valeur) if isinstance(valeur, int | float) and not isinstance(valeur, bool) else None
