"""What a person types on the page, and the profile it makes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from embeddings.types import Chercheur
from recommender.souhaits import split_text
from referentiels.catalogue import Catalogue
from referentiels.cellules import fold
from referentiels.errors import AzimutError
from referentiels.lieu import Lieu
from referentiels.types import FORME_ROME, CodeOgr, CodeRome

TEXTE_MAX = 2000
MORCEAUX_MAX = 40
LIEUX_MAX = 5
RAYONS = (10, 20, 30, 50, 100)
RAYON = 30
AUTO, AUCUN = "auto", "non"
MOTS = "="
"""Opens a choice told by words rather than by a code."""
CHOIX_MAX = 300
_LECTURES_MAX = 100
_NOMME = 0.9
"""From this score on, a piece of text is taken for the name of a métier."""
_LIGNES = re.compile(r"[;,\n\r•·]+")
_DUREE = re.compile(
    r"(?:,|\(|pendant|depuis|durant)?\s*\b(\d{1,2}(?:[.,]\d)?)\s*(ans?|années?|mois)\b\s*\)?", re.IGNORECASE
)
_AMORCE = re.compile(
    r"^(?:j['’ ]ai (?:déjà )?(?:été|travaillé (?:comme|en tant que)|appris à|fait (?:du|de la|des|de l['’]))"
    r"|je (?:suis|sais|peux)(?: capable d[e'’])?(?: faire (?:du|de la|des))?|j['’]étais|j['’]aime|savoir)"
    r"\s+(?:une?\s+)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Lecture:
    """The person's own word on how a piece of their text is to be read: a code, `=words`, `auto` or `non`."""

    texte: str
    choix: str


@dataclass(frozen=True, slots=True)
class Saisie:
    """The form as it was sent, cleaned; shown again as it is."""

    savoir: str = ""
    parcours: str = ""
    souhait: str = ""
    commune: str = ""
    rayon: int = RAYON
    lectures: Mapping[str, Lecture] = field(default_factory=dict)
    """By folded text."""

    @property
    def vide(self) -> bool:
        """Whether nothing was told that métiers can be compared with."""
        return not (self.savoir or self.parcours or self.souhait)


@dataclass(frozen=True, slots=True)
class Erreur:
    """A field to correct, with its words."""

    champ: str
    message: str


def read_form(champs: Mapping[str, str]) -> tuple[Saisie, tuple[Erreur, ...]]:
    """The form and what is wrong in it; a wrong field never loses what was typed."""
    textes = {nom: champs.get(nom, "").replace("\r\n", "\n").strip() for nom in ("savoir", "parcours", "souhait")}
    commune = " ".join((champs.get("commune-choix") or champs.get("commune", "")).split())[:200]
    rayon = champs.get("rayon", "")
    lectures = {}
    for rang in range(_LECTURES_MAX):
        texte, choix = champs.get(f"lu-{rang}-texte"), champs.get(f"lu-{rang}-choix")
        if texte is None or choix is None:
            break
        lectures[fold(texte)] = Lecture(texte[:TEXTE_MAX], choix[:CHOIX_MAX])
    erreurs = [
        Erreur(nom, f"Ce texte dépasse {TEXTE_MAX} caractères : gardez l'essentiel.")
        for nom, texte in textes.items()
        if len(texte) > TEXTE_MAX
    ]
    saisie = Saisie(
        **textes,
        commune=commune,
        rayon=int(rayon) if rayon.isdigit() and int(rayon) in RAYONS else RAYON,
        lectures=lectures,
    )
    if saisie.vide:
        message = "Dites au moins une chose : ce que vous savez faire, un métier exercé, ou ce que vous aimeriez."
        erreurs.append(Erreur("savoir", message))
    return saisie, tuple(erreurs)


def check_commune(saisie: Saisie, catalogue: Catalogue) -> tuple[Saisie, tuple[Erreur, ...], tuple[Lieu, ...]]:
    """The form with its commune named in full; or what is wrong with it, and the communes that it may be."""
    if not saisie.commune:
        return saisie, (), ()
    try:
        commune = catalogue.lieux.resolve(saisie.commune)
    except AzimutError:
        lieux = tuple(lieu for lieu in catalogue.lieux.search(saisie.commune, 8) if lieu.est_commune)[:LIEUX_MAX]
        if lieux:
            message = f"Nous hésitons sur « {saisie.commune} » : choisissez votre commune."
        else:
            message = f"Nous n'avons pas trouvé « {saisie.commune} » : écrivez une commune ou un code postal."
        return saisie, (Erreur("commune", message),), lieux
    return replace(saisie, commune=f"{commune.nom} ({commune.code_departement})"), (), ()


def build_profile(saisie: Saisie, chercheur: Chercheur, *, avec_commune: bool) -> dict[str, Any]:
    """The profile in the shape of the API.

    A piece of « ce que je sais faire » that is the very name of a métier is an experience: people tell what they can
    do by what they did.

    Args:
        saisie: The form.
        chercheur: Tells a métier from a compétence.
        avec_commune: False when the commune could not be found.
    """
    experiences: list[dict[str, Any]] = []
    competences: list[dict[str, Any]] = []
    for morceau in _pieces(saisie.savoir):
        texte, annees = _read_duration(morceau)
        code = saisie.lectures.get(fold(texte), Lecture(texte, AUTO)).choix
        if code == AUCUN:
            continue
        if FORME_ROME.fullmatch(code):
            experiences.append({"code_rome": code, "annees": annees})
        elif code.isdigit():
            competences.append({"code": code})
        elif annees is not None or _names_metier(texte, chercheur):
            experiences.append({"texte": texte, "annees": annees})
        else:
            competences.append({"texte": texte})
    for ligne in _LIGNES.split(_keep_decimals(saisie.parcours))[:MORCEAUX_MAX]:
        texte, annees = _read_duration(ligne)
        code = saisie.lectures.get(fold(texte), Lecture(texte, AUTO)).choix
        if texte and code != AUCUN:
            cle = "code_rome" if FORME_ROME.fullmatch(code) else "texte"
            experiences.append({cle: code if cle == "code_rome" else texte, "annees": annees})
    territoire = {"commune": saisie.commune, "rayon_km": saisie.rayon} if saisie.commune and avec_commune else None
    return {
        "souhait": _corrected_wish(saisie),
        "experiences": experiences,
        "competences": competences,
        "territoire": territoire,
    }


def _corrected_wish(saisie: Saisie) -> str:
    """The wish with the words that the person chose in place of those that were misread."""
    souhait = saisie.souhait
    for lecture in saisie.lectures.values():
        mots = {AUCUN: " "}.get(
            lecture.choix, lecture.choix.removeprefix(MOTS) if lecture.choix.startswith(MOTS) else ""
        )
        if mots and lecture.texte:
            nus = _LIGNES.sub(" ", mots).replace("\\", " ")
            souhait = re.sub(re.escape(lecture.texte), nus, souhait, flags=re.IGNORECASE)
    return souhait.strip(" ,;.\n")


def label_of(code: str, catalogue: Catalogue) -> str | None:
    """The label of what the person chose, or None when it is none of ours."""
    if code.startswith(MOTS):
        return code.removeprefix(MOTS) or None
    if FORME_ROME.fullmatch(code):
        metier = catalogue.metiers.get(CodeRome(code))
        return metier.intitule if metier else None
    if not code.isdigit():
        return None
    trouve = catalogue.competences.get(CodeOgr(int(code))) or catalogue.savoirs.get(CodeOgr(int(code)))
    return trouve.libelle if trouve else None


def _pieces(texte: str) -> list[str]:
    return split_text(_keep_decimals(texte))[:MORCEAUX_MAX]


def _keep_decimals(texte: str) -> str:
    """The text with decimal points, so that « 2,5 ans » is not cut at its comma."""
    return re.sub(r"(\d),(\d)", r"\1.\2", texte)


def _read_duration(texte: str) -> tuple[str, float | None]:
    """A piece of text without its opening words nor duration, and the duration in years."""
    nu = " ".join(texte.split())
    trouvee = _DUREE.search(nu)
    annees = None
    if trouvee is not None:
        nombre = float(trouvee.group(1).replace(",", "."))
        annees = round(nombre / 12, 2) if trouvee.group(2).lower() == "mois" else nombre
        nu = f"{nu[: trouvee.start()]} {nu[trouvee.end() :]}"
    nu = _AMORCE.sub("", " ".join(nu.split())).strip(" .!()")
    return nu, annees


def _names_metier(texte: str, chercheur: Chercheur) -> bool:
    metiers = chercheur.search(texte, ("metier",), 1)
    if not metiers or metiers[0].score < _NOMME:
        return False
    autres = chercheur.search(texte, ("competence", "savoir"), 1)
    return not autres or autres[0].score < metiers[0].score
