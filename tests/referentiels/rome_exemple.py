"""A small invented ROME in the official layout: three métiers of domaines that do not exist."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

Table = tuple[str, Sequence[str]]
"""A header and rows, both as comma-separated cells."""

_DRAPEAUX = "transition_eco,transition_num,transition_demo,emploi_reglemente,emploi_cadre"

TABLES: dict[str, Table] = {
    "grand_domaine": ("code_grand_domaine,libelle_grand_domaine", ("A,Vents", "B,Marées")),
    "domaine_professionnel": (
        "code_domaine_professionnel,libelle_domaine_professionnel",
        ("A91,Moulins", "B92,Cerfs-volants"),
    ),
    "referentiel_code_rome": (
        f"code_rome,code_fiche_metier,code_ogr,libelle_rome,{_DRAPEAUX},code_rome_parent",
        (
            "A9101,1,11,Souffleur / Souffleuse de vent,Emploi Vert,O,,N,,A9101",
            "A9102,2,12,Peigneur / Peigneuse de nuages,,,O,O,O,A9101",
            "B9201,3,13,Dresseur / Dresseuse de cerfs-volants,,,,,,B9201",
        ),
    ),
    "referentiel_code_rome_riasec": (
        "code_rome,riasec_majeur,riasec_mineur",
        ("A9101,R,I", "A9102,A,", "B9201,E,S"),
    ),
    "texte": (
        "code_rome,code_compo_bloc,libelle_type_texte,position_phrase,libelle_texte",
        (
            "A9101,3,definition,2,Le range ensuite.",
            "A9101,3,definition,1,Souffle l''air du large.",
            "A9101,4,acces_metier,1,Sans diplôme.",
            '"A9102","3","definition","1","Démêle,\nlisse et ""gonfle""."',
        ),
    ),
    "referentiel_appellation": (
        f"code_ogr,libelle_appellation_long,libelle_appellation_court,code_rome,{_DRAPEAUX},classification,origine,"
        "code_rome_parent,peu_usite",
        (
            "21,Souffleur / Souffleuse de vent,Souffleur de vent,A9101,,,,,,PRINCIPALE,,A9101,N",
            "22,Aide-souffleur / Aide-souffleuse,,A9101,,,,,,SYNONYME,,A9101,O",
            "23,Peigneur / Peigneuse de nuages,,A9102,,,,,,PRINCIPALE,,A9101,N",
            "24,Dresseur / Dresseuse de cerfs-volants,,B9201,,,,,,PRINCIPALE,,B9201,N",
        ),
    ),
    "referentiel_macro_competence_riasec": ("code_ogr,riasec_majeur,riasec_mineur", ("30,R,C",)),
    "referentiel_competence": (
        "code_ogr,nature,libelle_competence,definition,code_ogr_macro_comp,code_macro_comp,cat_comp,sous_cat_comp,"
        "transition_eco,transition_num,libelle_heterogeneite,libelle_origine",
        (
            "30,Macro-compétence,Manier l'air,,30,4A101,Savoir-faire,Technique,,N,,",
            "31,Compétence,Souffler sans trembler,,30,,Savoir-faire,Technique,,N,,",
            "32,Compétence,Tenir un fil,,30,,Savoir-faire,Transverse,,O,,",
            "33,Compétence,Garder la tête froide,,30,,Savoir-être professionnel,,,,,",
        ),
    ),
    "referentiel_savoir": (
        "code_ogr_savoir,libelle_savoir,categorie_savoir,sous_categorie_savoir,transition_eco,transition_num",
        ("41,Rose des vents,Techniques,Orientation,,N", "42,Nuages,Domaines,,,N"),
    ),
    "referentiel_contexte_travail": (
        "code_ogr,libelle_cont_travail,code_type_cont_trav,libelle_type_cont_trav",
        ("51,En altitude,1,Lieux",),
    ),
    "coherence_item": (
        "code_rome,code_ogr,coeur_metier",
        ("A9101,31,Principale", "A9101,41,Émergente", "A9101,32,", "A9102,42,Principale"),
    ),
    "liens_rome_referentiels": (
        "code_rome,code_compo_bloc,code_rubrique,code_ogr",
        (
            "A9101,1,,11",
            "A9101,2,,21",
            "A9101,5,1,31",
            "A9101,5,1,32",
            "A9101,5,2,33",
            "A9101,5,3,41",
            "A9101,6,,51",
            "A9102,5,1,32",
            "A9102,5,3,42",
            "B9201,5,1,32",
            "B9201,6,,51",
        ),
    ),
    "rubrique_mobilite": (
        "code_rome,code_rome_cible,numero_ordre",
        ("A9101,B9201,2", "A9101,A9102,1", "A9102,B9201,1"),
    ),
    "centre_interet": (
        "code_centre_interet,libelle_centre_interet,definition_centre_interet",
        ("1,J'aime le vent,Être dehors.", "2,J'aime jouer,"),
    ),
    "arborescence_centre_interet": (
        "code_centre_interet,libelle_centre_interet,code_ogr_rome,code_rome,libelle_rome,principal",
        ("1,J'aime le vent,11,A9101,Souffleur,non", "2,J'aime jouer,11,A9101,Souffleur,oui"),
    ),
    "secteur_activite": ("code_sect_activite,libelle_sect_activite,definition_sect_activite", ("7,Air,",)),
    "sous_secteur_activite": (
        "code_ss_sect_activite,libelle_ss_sect_activite,definition_ss_sect_activite,code_sect_activite",
        ("71,Brise,Air léger,7",),
    ),
    "arborescence_secteur_activite": (
        "code_sect_activite,libelle_sect_activite,code_ss_sect_activite,libelle_ss_sect_activite,code_ogr_rome,"
        "code_rome,libelle_rome,principal",
        ("7,Air,71,Brise,11,A9101,Souffleur,oui", "7,Air,,,12,A9102,Peigneur,non"),
    ),
    "secteur_naf": ("code_tech_secteur_naf,code_secteur_naf,libelle_secteur_naf", ("1,0,Tout", "2,9,Air comprimé")),
    "arborescence_secteur_naf": (
        "code_secteur_naf,libelle_secteur_naf,code_ogr_rome,code_rome,libelle_rome",
        ("9,Air comprimé,11,A9101,Souffleur",),
    ),
    "themes": ("code_theme,libelle_theme,definition_theme", ("001,Grand air,",)),
    "arborescence_thematique": (
        "code_theme,libelle_theme,code_ogr_rome,code_rome,libelle_rome",
        ("001,Grand air,11,A9101,Souffleur",),
    ),
}


def name_of(table: str, version: int = 460) -> str:
    """The official name of a file."""
    return f"unix_{table}_v{version}_utf8.csv"


def as_csv(table: Table) -> str:
    """The text of a file as it is published: every cell quoted, CR LF."""
    entete, lignes = table
    texte = io.StringIO(newline="")
    ecrivain = csv.writer(texte, quoting=csv.QUOTE_ALL)
    for ligne in (entete, *lignes):
        ecrivain.writerows(csv.reader(io.StringIO(ligne, newline="")))
    return texte.getvalue()


def write_rome(dossier: Path, changes: Mapping[str, Table] | None = None, *, version: int = 460) -> Path:
    """Write all the tables of a version, some replaced, into a folder that may exist."""
    dossier.mkdir(parents=True, exist_ok=True)
    for nom, table in {**TABLES, **(changes or {})}.items():
        (dossier / name_of(nom, version)).write_bytes(as_csv(table).encode())
    return dossier


def add_rows(nom: str, *lignes: str) -> dict[str, Table]:
    """A change that adds rows to a table."""
    entete, anciennes = TABLES[nom]
    return {nom: (entete, (*anciennes, *lignes))}
