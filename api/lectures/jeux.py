"""The tables given as open data: their rows, and columns whose names never change."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from referentiels import types as t
from referentiels.store import Store
from referentiels.types.source import Famille

Valeur = str | int | float | bool | date | tuple[str, ...] | None
Ligne = tuple[Valeur, ...]
_PAQUET = 500
"""Formations read together with their actions and organismes."""


@dataclass(frozen=True, slots=True)
class Colonne:
    """A column: its name, kept for ever, and what it holds, in French."""

    nom: str
    sens: str


@dataclass(frozen=True, slots=True)
class Jeu:
    """A table.

    Args:
        cle: In its address.
        titre: In French.
        famille: Of the sources that its rows come from.
        colonnes: In their order.
        rows: Its rows, in key order, of the sources named only; values in the order of the columns.
    """

    cle: str
    titre: str
    famille: Famille
    colonnes: tuple[Colonne, ...]
    rows: Callable[[Store, Collection[str]], Iterator[Ligne]]


def _plain(cle: str, titre: str, famille: Famille, nature: type[Any], colonnes: dict[str, str]) -> Jeu:
    """A table whose columns are fields of one type; rows that tell their source are kept by it."""

    def rows(store: Store, sources: Collection[str]) -> Iterator[Ligne]:
        for entite in store.each(nature) if sources else ():
            if getattr(entite, "source", None) in (None, *sources):
                yield tuple(getattr(entite, nom) for nom in colonnes)

    return Jeu(cle, titre, famille, tuple(Colonne(nom, sens) for nom, sens in colonnes.items()), rows)


_ROME = "Code ROME 4.0 du métier."
_OGR = "Code OGR."
_COEUR = "« principale » ou « emergente » au cœur du métier ; vide sinon."
_SOURCE = "Clé de la source, décrite dans le catalogue des exports."
_FICHE = "Numéro de fiche RNCP ou RS."
_INSEE = "Code Insee de la commune."

_FORMATIONS = {
    "formation": "Identifiant de la formation, préfixé par sa source.",
    "action": "Identifiant de l'action ; vide quand la source n'en publie pas.",
    "intitule": "Intitulé.",
    "certification": f"{_FICHE} Vide quand la formation n'en prépare pas.",
    "cfd": "Code de la formation-diplôme.",
    "niveau": "Niveau européen atteint, de 1 à 8.",
    "duree_heures": "Durée, en heures.",
    "organisme": "Nom de l'organisme.",
    "siret": "SIRET de l'organisme.",
    "uai": "UAI de l'organisme.",
    "voie": "Voie d'accès.",
    "modalite": "« presentiel », « distance » ou « mixte ».",
    "commune": _INSEE,
    "latitude": "Degrés nord (WGS 84).",
    "longitude": "Degrés est (WGS 84).",
    "places": "Places d'une entrée.",
    "url": "Page de la formation.",
    "source": _SOURCE,
    "demonstration": "Vrai quand la formation est inventée pour la démonstration.",
}
_INDICATEURS = {
    "indicateur": "Ce qui est mesuré.",
    "libelle": "La même chose, en français.",
    "nomenclature": "Nomenclature de l'objet.",
    "objet": "Code de ce qui est mesuré, dans sa nomenclature.",
    "maille": "Échelle du territoire.",
    "territoire": "Code du territoire ; « FR » pour la France.",
    "valeur": "Le chiffre ; vide quand il est secret ou non renseigné.",
    "statut": "« publie », « secret » ou « non_renseigne ».",
    "unite": "Unité.",
    "population": "Qui ou ce que le chiffre compte.",
    "detail": "Dimension tenue à part (voie, durée…).",
    "millesime": "Millésime.",
    "source": _SOURCE,
    "producteur": "Producteur.",
    "licence": "Licence.",
    "demonstration": "Vrai quand le chiffre est inventé pour la démonstration.",
}


def _formations(store: Store, sources: Collection[str]) -> Iterator[Ligne]:
    """One row an action; a formation without action has a row too."""
    retenues = (f for f in store.each(t.Formation) if f.source in sources)
    while paquet := list(islice(retenues, _PAQUET)):
        organismes = {o.id: o for o in store.select(t.Organisme, id={f.organisme for f in paquet if f.organisme})}
        actions: dict[str, list[t.ActionFormation]] = {}
        for action in store.select(t.ActionFormation, formation={f.id for f in paquet}):
            actions.setdefault(action.formation, []).append(action)
        for f in paquet:
            organisme = organismes.get(f.organisme or "")
            debut = (f.intitule, f.certification, f.cfd, f.niveau, f.duree_heures)
            qui = (organisme.nom, organisme.siret, organisme.uai) if organisme else (None, None, None)
            fin = (f.url, f.source, f.demonstration)
            for a in actions.get(f.id, ()):
                ou = (a.voie, a.modalite, a.commune, a.latitude, a.longitude, a.places)
                yield (f.id, a.id, *debut, *qui, *ou, *fin)
            if f.id not in actions:
                yield (f.id, None, *debut, *qui, *([None] * 6), *fin)


def _indicateurs(store: Store, sources: Collection[str]) -> Iterator[Ligne]:
    series = {s.cle: s for s in store.all(t.Serie) if s.source in sources}
    for mesure in store.each(t.Mesure):
        if s := series.get(mesure.serie):
            quoi = (s.indicateur, s.libelle, s.nomenclature, mesure.objet, mesure.maille, mesure.territoire)
            combien = (mesure.valeur, mesure.statut, s.unite, s.population, mesure.detail)
            yield (*quoi, *combien, s.millesime, s.source, s.producteur, s.licence, s.demonstration)


def _of(colonnes: dict[str, str]) -> tuple[Colonne, ...]:
    return tuple(Colonne(nom, sens) for nom, sens in colonnes.items())


JEUX: tuple[Jeu, ...] = (
    _plain("metiers", "Les métiers du ROME", "rome", t.Metier, {
        "code_rome": _ROME,
        "intitule": "Intitulé, aux deux genres.",
        "code_rome_parent": "Fiche du ROME v3 dont il descend.",
        "definition": "Ce que l'on y fait.",
        "acces": "Comment on y accède.",
        "riasec_majeur": "Lettre RIASEC majeure.",
        "riasec_mineur": "Lettre RIASEC mineure.",
        "transition_eco": "Place dans la transition écologique.",
        "transition_num": "Vrai quand la transition numérique le touche.",
        "transition_demo": "Vrai quand la transition démographique le touche.",
        "emploi_reglemente": "Vrai quand un titre ou un diplôme est exigé.",
        "emploi_cadre": "Vrai pour un emploi de cadre.",
    }),
    _plain("appellations", "Les noms des métiers", "rome", t.Appellation, {
        "code_ogr": _OGR,
        "code_rome": _ROME,
        "libelle": "Libellé.",
        "libelle_court": "Libellé court.",
        "principale": "Vrai pour le nom de la fiche.",
        "peu_usitee": "Vrai quand le ROME la dit peu usitée.",
    }),
    _plain("competences", "Les compétences", "rome", t.Competence, {
        "code_ogr": _OGR,
        "libelle": "Libellé.",
        "categorie": "« Savoir-faire » ou « Savoir-être ».",
        "sous_categorie": "Sous-catégorie.",
        "macro": "Vrai pour une macro-compétence.",
        "code_macro": "Macro-compétence qui la regroupe.",
        "transversale": "Vrai quand presque tous les métiers la demandent.",
    }),
    _plain("savoirs", "Les savoirs", "rome", t.Savoir, {
        "code_ogr": _OGR,
        "libelle": "Libellé.",
        "categorie": "Catégorie.",
        "sous_categorie": "Sous-catégorie.",
    }),
    _plain("metiers_competences", "Les compétences que chaque métier demande", "rome", t.MetierCompetence, {
        "code_rome": _ROME, "code_ogr": "Code OGR de la compétence.", "coeur_metier": _COEUR,
    }),
    _plain("metiers_savoirs", "Les savoirs que chaque métier demande", "rome", t.MetierSavoir, {
        "code_rome": _ROME, "code_ogr": "Code OGR du savoir.", "coeur_metier": _COEUR,
    }),
    _plain("mobilites", "Les mobilités officielles entre métiers", "rome", t.Mobilite, {
        "code_rome": "Métier de départ.",
        "code_rome_cible": "Métier d'arrivée.",
        "ordre": "Rang dans la liste du ROME.",
    }),
    _plain("certifications", "Les certifications du RNCP et du RS", "certifications", t.Certification, {
        "numero": _FICHE,
        "intitule": "Intitulé.",
        "abrege": "Type de diplôme ou de titre, abrégé.",
        "repertoire": "« RNCP » ou « RS ».",
        "niveau": "Niveau européen de 2019, de 1 à 8.",
        "niveau_source": "Niveau, tel que la source l'écrit.",
        "nomenclature_niveau": "Nomenclature de ce niveau.",
        "active": "Vrai, faux, ou vide quand aucune source datée ne le dit.",
        "date_etat": "Jour auquel cela est dit.",
        "fin_enregistrement": "Fin d'enregistrement.",
        "source": _SOURCE,
    }),
    _plain("blocs", "Les blocs de compétences", "certifications", t.BlocCompetences, {
        "code": "Code du bloc.",
        "numero": _FICHE,
        "intitule": "Intitulé.",
        "competences": "Liste des compétences, une par ligne, là où la source la donne.",
        "source": _SOURCE,
    }),
    _plain("certifications_metiers", "Les métiers auxquels mène chaque certification", "certifications",
           t.CertificationRome, {
        "numero": _FICHE,
        "code_rome": _ROME,
        "code_source": "Code ROME tel que publié (v3 ou v4).",
        "estime": "Vrai quand le lien vient d'une fiche plus ancienne au même intitulé.",
        "source": _SOURCE,
    }),
    _plain("certifications_voies", "Les voies d'accès à chaque certification", "certifications", t.CertificationVoie, {
        "numero": _FICHE, "voie": "Voie d'accès.", "ouverte": "Faux quand elle est fermée.", "source": _SOURCE,
    }),
    _plain("continuites", "Les certifications qui en remplacent d'autres", "certifications",
           t.ContinuiteCertification, {
        "ancienne": "Fiche remplacée.", "nouvelle": "Fiche qui la remplace.", "source": _SOURCE,
    }),
    Jeu("formations", "L'offre de formation", "formations", _of(_FORMATIONS), _formations),
    _plain("territoires", "Les communes et ce dont elles font partie", "territoires", t.Commune, {
        "code": _INSEE,
        "nom": "Nom.",
        "codes_postaux": "Codes postaux, séparés par « | » en CSV.",
        "code_departement": "Code du département.",
        "code_region": "Code de la région.",
        "code_epci": "Code de l'intercommunalité.",
        "code_zone_emploi": "Code de la zone d'emploi (2020).",
        "code_bassin": "Code du bassin d'emploi (BMO).",
        "population": "Population municipale.",
        "latitude": "Degrés nord (WGS 84).",
        "longitude": "Degrés est (WGS 84).",
        "code_commune_mere": "Pour un arrondissement municipal, sa commune.",
    }),
    Jeu("indicateurs", "Les chiffres du marché du travail et de l'insertion", "indicateurs", _of(_INDICATEURS),
        _indicateurs),
)  # fmt: skip
