"""What can be done to the profile, each thing a pure function of the session and of a form."""

import re
from collections.abc import Mapping
from typing import get_args

from api.conseil.seance import (
    ANNEES_MAX,
    NATURES,
    CompetenceDite,
    Condition,
    DiplomeDit,
    EtatCompetence,
    ExperienceDite,
    Gout,
    Lieu,
    Seance,
)
from api.service import Service
from embeddings.types import Nature
from recommender.profil_interets import NOTES
from recommender.types import Envie, ModeContrainte
from referentiels.errors import AzimutError, InvalidInputError
from referentiels.types import CodeRome

Champs = Mapping[str, str]
DU_METIER = 6
"""Compétences of its métier that an experience brings to the table, beside those of the words."""
LECTURES = 3
"""Readings proposed for a compétence told by hand."""
_SEUIL = 0.45
_NOMBRE = re.compile(r"\d{1,2}([.,]\d{1,2})?", re.ASCII)


def told(champs: Champs, nom: str, manque: str) -> str:
    """A field that must say something, its blanks made single.

    Raises:
        InvalidInputError: It says nothing.
    """
    texte = " ".join(champs.get(nom, "").split())
    if not texte:
        raise InvalidInputError(manque, champ=nom)
    return texte


def add_experience(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """One more experience; what its words and its métier say is proposed, nothing is held for them."""
    pris = {e.identifiant for e in seance.experiences}
    cle = next(f"e{n}" for n in range(1, 1_000) if f"e{n}" not in pris)
    return _with_experience(seance, _read_experience(cle, champs, moteur), moteur)


def change_experience(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """Another account of the same experience; compétences already answered stay as they were."""
    ancienne = _experience(seance, champs)
    nouvelle = _read_experience(ancienne.identifiant, champs, moteur)
    if ancienne.choisi and nouvelle.titre == ancienne.titre:
        nouvelle = nouvelle.model_copy(update={"code_rome": ancienne.code_rome, "choisi": True})
    return _with_experience(seance, nouvelle, moteur)


def choose_metier(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """The métier that an experience really was, by its code or its name; or that it was none."""
    ancienne = _experience(seance, champs)
    code = None if "aucun" in champs else find_metier(champs, moteur)
    return _with_experience(seance, ancienne.model_copy(update={"code_rome": code, "choisi": True}), moteur)


def find_metier(champs: Champs, moteur: Service) -> CodeRome:
    """The métier that a form names.

    Raises:
        InvalidInputError: Its words may be several métiers, or none.
        UnknownCodeError: Its code is no métier's.
    """
    if champs.get("code_rome"):
        return moteur.catalogue.metier(champs["code_rome"]).code_rome
    texte = told(champs, "texte", "écrivez le nom d'un métier.")[:200]
    reponse = moteur.recherche.ask(texte, ("metier",), 4)
    if not reponse.resultats:
        raise InvalidInputError(f"« {texte} » n'a pas été reconnu : essayez un nom plus courant.", champ="texte")
    if not reponse.sure:
        noms = " ; ".join(r.libelle for r in reponse.resultats)
        raise InvalidInputError(f"« {texte} » peut être : {noms}. Écrivez l'un de ces noms.", champ="texte")
    return moteur.catalogue.metier(reponse.resultats[0].code).code_rome


def remove_experience(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """Take an experience back, with what it proposed and nobody confirmed."""
    del moteur
    cle = _experience(seance, champs).identifiant
    gardees = tuple(
        c.model_copy(update={"experience": None}) if c.experience == cle else c
        for c in seance.competences
        if c.experience != cle or c.etat != "proposee"
    )
    return seance.change(experiences=tuple(e for e in seance.experiences if e.identifiant != cle), competences=gardees)


def _experience(seance: Seance, champs: Champs) -> ExperienceDite:
    for experience in seance.experiences:
        if experience.identifiant == champs.get("experience"):
            return experience
    raise InvalidInputError("cette expérience n'est plus dans la séance.", champ="experience")


def _read_experience(cle: str, champs: Champs, moteur: Service) -> ExperienceDite:
    titre = told(champs, "titre", "dites en quelques mots ce que c'était.")[:200]
    annees = champs.get("annees", "").strip().replace(",", ".")
    if annees and not (_NOMBRE.fullmatch(annees) and float(annees) <= ANNEES_MAX):
        raise InvalidInputError(
            f"écrivez un nombre d'années, par exemple 3 ou 0,5 ; {ANNEES_MAX} au plus.", champ="annees"
        )
    recit = champs.get("recit", "").replace("\r\n", "\n").strip()
    if len(recit) > 2_000:
        raise InvalidInputError("ce récit dépasse 2 000 caractères : gardez l'essentiel.", champ="recit")
    # A doubtful reading holds nothing: the two people say which métier it was, or that it was none.
    lu = moteur.recherche.ask(titre, ("metier",), 1)
    return ExperienceDite(
        identifiant=cle,
        nature=next((n for n in NATURES if n == champs.get("nature")), "emploi"),
        titre=titre,
        recit=recit,
        annees=float(annees) if annees else None,
        code_rome=lu.resultats[0].code if lu.sure and lu.resultats else None,
    )


def _with_experience(seance: Seance, experience: ExperienceDite, moteur: Service) -> Seance:
    """The session with an experience, put or replaced, and what it newly proposes."""
    autres = {e.identifiant: e for e in seance.experiences} | {experience.identifiant: experience}
    cle = experience.identifiant
    tenues = [c for c in seance.competences if c.experience != cle or c.etat != "proposee"]
    connus = {c.code for c in tenues}
    nouvelles = [c for c in _proposed(experience, moteur) if c.code not in connus]
    uniques = {c.code: c for c in reversed(nouvelles)}
    return seance.change(experiences=tuple(autres.values()), competences=(*tenues, *reversed(uniques.values())))


def _proposed(experience: ExperienceDite, moteur: Service) -> list[CompetenceDite]:
    """What the words of an experience say, then what its métier calls for most."""
    cle, dit = experience.identifiant, experience.recit or experience.titre
    lues = [
        CompetenceDite(
            code=c.code, libelle=c.libelle[:200], etat="proposee", origine="recit", experience=cle, mots=c.extrait[:200]
        )
        for c in moteur.extracteur.read(dit).competences
    ]
    if experience.code_rome is None or CodeRome(experience.code_rome) not in moteur.catalogue.metiers:
        return lues
    competences = moteur.catalogue.fiche(experience.code_rome).competences
    # What is at the heart of the métier says most of it; what nearly every métier calls for says nothing.
    propres = [c for c in competences if c.coeur_metier] or competences
    return lues + [
        CompetenceDite(
            code=c.competence.code_ogr, libelle=c.competence.libelle[:200],
            etat="proposee", origine="metier", experience=cle,
        )
        for c in propres[:DU_METIER]
    ]  # fmt: skip


def answer_competence(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """Confirm, refuse or put back a compétence; level and wish go with a confirmed one."""
    del moteur
    code = champs.get("code", "")
    etat: EtatCompetence | None = next((e for e in get_args(EtatCompetence) if e == champs.get("etat")), None)
    niveau = champs.get("niveau", "")
    envie: Envie | None = next((e for e in get_args(Envie) if e == champs.get("envie")), None)
    if not any(str(c.code) == code for c in seance.competences):
        raise InvalidInputError("cette compétence n'est plus dans la séance.", champ="code")
    changes: dict[str, object] = {"etat": etat} if etat else {}
    if "niveau" in champs:
        changes["niveau"] = int(niveau) if niveau in {"1", "2", "3", "4"} else None
    if envie:
        changes["envie"] = envie
    return seance.change(
        competences=tuple(c.model_copy(update=changes) if str(c.code) == code else c for c in seance.competences)
    )


def confirm_all(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """Confirm or refuse at once what an experience still proposes."""
    del moteur
    cle = champs.get("experience", "")
    etat = "refusee" if champs.get("etat") == "refusee" else "confirmee"
    return seance.change(
        competences=tuple(
            c.model_copy(update={"etat": etat}) if c.etat == "proposee" and (c.experience or "") == cle else c
            for c in seance.competences
        )
    )


def add_competence(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """A compétence told by hand: its nearest readings are proposed; the first is held when it is what was said."""
    texte = told(champs, "texte", "dites ce que la personne sait faire.")[:200]
    natures: tuple[Nature, Nature] = ("competence", "savoir")
    trouvees = [r for r in moteur.recherche.search(texte, natures, LECTURES) if r.score >= _SEUIL]
    if not trouvees:
        raise InvalidInputError(f"« {texte} » n'a pas été reconnu : essayez un verbe et son objet.", champ="texte")
    sure = trouvees[0].score >= 0.98
    connues = {c.code: c for c in seance.competences}
    for resultat in trouvees[:1] if sure else trouvees:
        code = int(resultat.code)
        if code in connues and connues[code].etat == "confirmee":
            continue
        connues[code] = CompetenceDite(
            code=code,
            libelle=resultat.libelle[:200],
            etat="confirmee" if sure else "proposee",
            origine="ajout",
            mots=texte,
        )
    return seance.change(competences=tuple(connues.values()))


def answer_taste(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """An answer to a question on tastes, or the last one taken back."""
    del moteur
    if "reculer" in champs:
        return seance.change(gouts=seance.gouts[:-1])
    item, valeur = champs.get("item", ""), champs.get("valeur", "")
    if valeur not in NOTES or not re.fullmatch(r"[A-Z]\d{2}", item):
        raise InvalidInputError("choisissez une des réponses.", champ="valeur")
    dit = Gout.model_validate({"item": item, "valeur": valeur})
    return seance.change(gouts=(*(g for g in seance.gouts if g.item != item), dit))


def forget_tastes(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """Begin the questions anew."""
    del champs, moteur
    return seance.change(gouts=())


def add_centre(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """A centre d'intérêt, by its code or in words."""
    texte = told(champs, "centre", "dites ce que la personne aime.")[:200]
    connus = moteur.catalogue.centres_interet
    code = next((code for code, c in connus.items() if texte in {code, c.libelle}), texte)
    return seance.change(centres=tuple(dict.fromkeys((*seance.centres, code))))


def remove_centre(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """Take a centre d'intérêt back."""
    del moteur
    return seance.change(centres=tuple(c for c in seance.centres if c != champs.get("centre")))


def say_wish(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """What the person wants and refuses, in their words."""
    del moteur
    return seance.change(souhait=champs.get("souhait", "").replace("\r\n", "\n").strip())


def add_condition(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """A working condition, with what is to be done of it."""
    texte = told(champs, "texte", "dites une condition de travail, par exemple « travail de nuit ».")[:200]
    mode: ModeContrainte = next((m for m in get_args(ModeContrainte) if m == champs.get("mode")), "eviter")
    trouvees = moteur.recherche.search(texte, ("contexte",), LECTURES)
    if not trouvees or trouvees[0].score < 0.5:
        proches = f" Peut-être : {' ; '.join(r.libelle for r in trouvees)} ?" if trouvees else ""
        raise InvalidInputError(f"« {texte} » n'est pas une condition connue.{proches}", champ="texte")
    code, libelle = int(trouvees[0].code), trouvees[0].libelle[:200]
    autres = tuple(c for c in seance.conditions if c.code != code)
    return seance.change(conditions=(*autres, Condition(mode=mode, texte=libelle, code=code)))


def remove_condition(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """Take a working condition back."""
    del moteur
    code = champs.get("code")
    return seance.change(conditions=tuple(c for c in seance.conditions if str(c.code) != code))


def add_diplome(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """A diploma held; its fiche is named when the words are those of one."""
    texte = told(champs, "texte", "écrivez le nom du diplôme, du titre ou du permis.")[:200]
    niveau = champs.get("niveau", "")
    trouves = moteur.recherche.search(texte, ("certification",), 1)
    numero = trouves[0].code if trouves and trouves[0].score >= 0.9 else None
    dit = DiplomeDit(texte=texte, numero=numero, niveau=int(niveau) if niveau in set("12345678") else None)
    return seance.change(diplomes=(*(d for d in seance.diplomes if d.texte != texte), dit))


def remove_diplome(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """Take a diploma back."""
    del moteur
    return seance.change(diplomes=tuple(d for d in seance.diplomes if d.texte != champs.get("texte")))


def say_place(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """Where the person looks, and how far; nothing typed takes the place back."""
    texte = " ".join(champs.get("commune", "").split())[:200]
    if not texte:
        return seance.change(lieu=None)
    rayon = champs.get("rayon", "")
    try:
        commune = moteur.catalogue.lieux.resolve(texte)
    except AzimutError:
        proches = [x.libelle for x in moteur.catalogue.lieux.search(texte, 8) if x.est_commune][:4]
        suite = f" Est-ce {', '.join(proches)} ?" if proches else ""
        raise InvalidInputError(f"« {texte} » n'a pas été trouvé comme commune.{suite}", champ="commune") from None
    lieu = Lieu(
        code=commune.code,
        nom=f"{commune.nom} ({commune.code_departement})",
        rayon_km=float(rayon) if re.fullmatch(r"[1-9]\d{0,2}", rayon, re.ASCII) and int(rayon) <= 500 else 30.0,
    )
    return seance.change(lieu=lieu)


def add_constraint(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """A real constraint of life; told in the summary, never ranked on."""
    del moteur
    texte = told(champs, "texte", "dites la contrainte en quelques mots.")[:200]
    return seance.change(contraintes=tuple(dict.fromkeys((*seance.contraintes, texte))))


def remove_constraint(seance: Seance, champs: Champs, moteur: Service) -> Seance:
    """Take a constraint back."""
    del moteur
    return seance.change(contraintes=tuple(c for c in seance.contraintes if c != champs.get("texte")))
