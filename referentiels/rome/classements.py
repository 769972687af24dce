"""What ROME files métiers under: centres d'intérêt, secteurs, NAF, themes."""

from referentiels.lot import Lot
from referentiels.rome.tables import RomeTables, read_rome
from referentiels.types import (
    CentreInteret,
    LibelleNomenclature,
    MetierCentreInteret,
    MetierSecteur,
    MetierThematique,
    Passerelle,
    Secteur,
    Thematique,
)


def load_classements(tables: RomeTables, lot: Lot) -> None:
    """Add centres d'intérêt, secteurs and sous-secteurs, NAF divisions and themes, with their links."""
    _load_interets(tables, lot)
    _load_secteurs(tables, lot)
    _load_naf(tables, lot)
    _load_thematiques(tables, lot)


def _load_interets(tables: RomeTables, lot: Lot) -> None:
    lot.add(
        CentreInteret,
        tables.parse(
            "centre_interet",
            ("code_centre_interet", "libelle_centre_interet", "definition_centre_interet"),
            1_000,
            lambda x: CentreInteret(
                x.texte("code_centre_interet"),
                x.texte("libelle_centre_interet"),
                x.texte_ou_rien("definition_centre_interet"),
            ),
            lambda c: c.code,
        ),
    )
    lot.add(
        MetierCentreInteret,
        tables.parse(
            "arborescence_centre_interet",
            ("code_centre_interet", "code_rome", "principal"),
            40_000,
            lambda x: MetierCentreInteret(read_rome(x), x.texte("code_centre_interet"), bool(x.drapeau("principal"))),
            lambda m: (m.code_rome, m.code),
            ("libelle_centre_interet", "code_ogr_rome", "libelle_rome"),
        ),
    )


def _load_secteurs(tables: RomeTables, lot: Lot) -> None:
    lot.add(
        Secteur,
        tables.parse(
            "secteur_activite",
            ("code_sect_activite", "libelle_sect_activite", "definition_sect_activite"),
            500,
            lambda x: Secteur(
                x.texte("code_sect_activite"),
                x.texte("libelle_sect_activite"),
                x.texte_ou_rien("definition_sect_activite"),
                None,
            ),
            lambda s: s.code,
        ),
    )
    lot.add(
        Secteur,
        tables.parse(
            "sous_secteur_activite",
            ("code_ss_sect_activite", "libelle_ss_sect_activite", "definition_ss_sect_activite", "code_sect_activite"),
            500,
            lambda x: Secteur(
                x.texte("code_ss_sect_activite"),
                x.texte("libelle_ss_sect_activite"),
                x.texte_ou_rien("definition_ss_sect_activite"),
                x.texte("code_sect_activite"),
            ),
            lambda s: s.code,
        ),
    )
    lot.add(
        MetierSecteur,
        tables.parse(
            "arborescence_secteur_activite",
            ("code_sect_activite", "code_ss_sect_activite", "code_rome", "principal"),
            40_000,
            lambda x: MetierSecteur(
                read_rome(x),
                x.texte_ou_rien("code_ss_sect_activite") or x.texte("code_sect_activite"),
                bool(x.drapeau("principal")),
            ),
            lambda m: (m.code_rome, m.code),
            ("libelle_sect_activite", "libelle_ss_sect_activite", "code_ogr_rome", "libelle_rome"),
        ),
    )


def _load_naf(tables: RomeTables, lot: Lot) -> None:
    lot.add(
        LibelleNomenclature,
        tables.parse(
            "secteur_naf",
            ("code_secteur_naf", "libelle_secteur_naf"),
            1_000,
            lambda x: LibelleNomenclature(
                "naf_secteur", x.texte("code_secteur_naf"), x.texte("libelle_secteur_naf"), "rome"
            ),
            lambda n: n.code,
            ("code_tech_secteur_naf",),
        ),
    )
    # Published in Windows-1252 despite its name (seen in v460); only its ASCII codes are read.
    lot.add(
        Passerelle,
        tables.parse(
            "arborescence_secteur_naf",
            ("code_secteur_naf", "code_rome"),
            40_000,
            lambda x: Passerelle(
                "rome_v4", read_rome(x), "naf_secteur", x.texte("code_secteur_naf"), "officielle", None, "rome"
            ),
            lambda p: (p.code, p.code_cible),
            ("libelle_secteur_naf", "code_ogr_rome", "libelle_rome"),
            encodage="latin-1",
        ),
    )


def _load_thematiques(tables: RomeTables, lot: Lot) -> None:
    lot.add(
        Thematique,
        tables.parse(
            "themes",
            ("code_theme", "libelle_theme", "definition_theme"),
            500,
            lambda x: Thematique(x.texte("code_theme"), x.texte("libelle_theme"), x.texte_ou_rien("definition_theme")),
            lambda t: t.code,
        ),
    )
    lot.add(
        MetierThematique,
        tables.parse(
            "arborescence_thematique",
            ("code_theme", "code_rome"),
            40_000,
            lambda x: MetierThematique(read_rome(x), x.texte("code_theme")),
            lambda m: (m.code_rome, m.code),
            ("libelle_theme", "code_ogr_rome", "libelle_rome"),
        ),
    )
