"""ROME 4.0 from its official CSV tables (RefRomeCsv, any version)."""

import re
from collections import defaultdict

from referentiels.cellules import Ligne
from referentiels.depot import Depot
from referentiels.errors import CellError
from referentiels.journal import Journal
from referentiels.lot import Lot
from referentiels.rome.classements import load_classements
from referentiels.rome.tables import RomeTables, read_ogr, read_riasec, read_rome
from referentiels.types import (
    Appellation,
    CodeOgr,
    CodeRome,
    Competence,
    ContexteTravail,
    DomaineProfessionnel,
    GrandDomaine,
    Metier,
    MetierCompetence,
    MetierContexte,
    MetierSavoir,
    Mobilite,
    Savoir,
)
from referentiels.types.rome import CoeurMetier

_DOMAINE = re.compile(r"[A-N]\d{2}")
_COEUR: dict[str, CoeurMetier | None] = {"": None, "principale": "principale", "émergente": "emergente"}
_CATEGORIE = {"Savoir-faire": "Savoir-faire", "Savoir-être professionnel": "Savoir-être", "Savoir-être": "Savoir-être"}
_BLOC_COMPETENCE, _BLOC_CONTEXTE = "5", "6"
_RUBRIQUE_SAVOIR = "3"
_DRAPEAUX = ("transition_eco", "transition_num", "transition_demo", "emploi_reglemente", "emploi_cadre")


def load_rome(depot: Depot, journal: Journal) -> Lot:
    """Read the newest ROME version of a depot.

    Args:
        depot: Folder or zip that holds `unix_*_vNNN_utf8.csv`, as France Travail publishes them.
        journal: Receives counts, rejections and remarks.

    Returns:
        Métiers, appellations, compétences, savoirs, contextes, centres d'intérêt, secteurs, themes and their links.

    Raises:
        SourceError: A table is absent or unreadable.
    """
    tables = RomeTables(depot, journal)
    lot = Lot(millesime=f"v{tables.version}")
    _load_tree(tables, lot)
    _load_metiers(tables, lot)
    _load_appellations(tables, lot)
    _load_competences(tables, lot)
    _load_savoirs(tables, lot)
    _load_liens(tables, lot)
    load_classements(tables, lot)
    if tables.autres and journal.fichiers:
        anciennes = ", ".join(f"v{version}" for version in tables.autres)
        journal.fichiers[0].note(f"versions plus anciennes présentes, non lues : {anciennes}")
    return lot


def _load_tree(tables: RomeTables, lot: Lot) -> None:
    lot.add(
        GrandDomaine,
        tables.parse(
            "grand_domaine",
            ("code_grand_domaine", "libelle_grand_domaine"),
            100,
            lambda x: GrandDomaine(x.texte("code_grand_domaine"), x.texte("libelle_grand_domaine")),
            lambda g: g.code,
        ),
    )
    lot.add(
        DomaineProfessionnel,
        tables.parse(
            "domaine_professionnel",
            ("code_domaine_professionnel", "libelle_domaine_professionnel"),
            600,
            lambda x: DomaineProfessionnel(
                x.code("code_domaine_professionnel", _DOMAINE), x.texte("libelle_domaine_professionnel")
            ),
            lambda d: d.code,
        ),
    )


def _load_textes(tables: RomeTables) -> dict[tuple[str, str], str]:
    """Sentences of each (code ROME, kind of text), one a line, in their official order."""
    phrases: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)

    def build(x: Ligne) -> tuple[str, str, int, str]:
        return read_rome(x), x.texte("libelle_type_texte"), x.entier("position_phrase"), x.texte("libelle_texte")

    colonnes = ("code_rome", "libelle_type_texte", "position_phrase", "libelle_texte")
    for code, nature, position, phrase in tables.parse("texte", colonnes, 80_000, build, ignorees=("code_compo_bloc",)):
        phrases[code, nature].append((position, phrase))
    return {cle: "\n".join(phrase for _, phrase in sorted(suite)) for cle, suite in phrases.items()}


def _load_metiers(tables: RomeTables, lot: Lot) -> None:
    textes = _load_textes(tables)
    riasec = dict(
        tables.parse(
            "referentiel_code_rome_riasec",
            ("code_rome", "riasec_majeur", "riasec_mineur"),
            10_000,
            lambda x: (read_rome(x), read_riasec(x)),
            lambda r: r[0],
        )
    )

    def build(x: Ligne) -> Metier:
        code = read_rome(x)
        majeur, mineur = riasec.get(code, (None, None))
        return Metier(
            code_rome=code,
            intitule=x.texte("libelle_rome"),
            code_ogr=read_ogr(x),
            code_rome_parent=read_rome(x, "code_rome_parent"),
            definition=textes.get((code, "definition"), ""),
            acces=textes.get((code, "acces_metier"), ""),
            riasec_majeur=majeur,
            riasec_mineur=mineur,
            transition_eco=x.texte_ou_rien("transition_eco"),
            transition_num=x.drapeau("transition_num"),
            transition_demo=x.drapeau("transition_demo"),
            emploi_reglemente=x.drapeau("emploi_reglemente"),
            emploi_cadre=x.drapeau("emploi_cadre"),
        )

    colonnes = ("code_rome", "code_ogr", "libelle_rome", "code_rome_parent", *_DRAPEAUX)
    lot.add(
        Metier,
        tables.parse("referentiel_code_rome", colonnes, 10_000, build, lambda m: m.code_rome, ("code_fiche_metier",)),
    )


def _load_appellations(tables: RomeTables, lot: Lot) -> None:
    lot.add(
        Appellation,
        tables.parse(
            "referentiel_appellation",
            ("code_ogr", "libelle_appellation_long", "libelle_appellation_court", "code_rome", "classification"),
            80_000,
            lambda x: Appellation(
                code_ogr=read_ogr(x),
                libelle=x.texte("libelle_appellation_long"),
                libelle_court=x.texte_ou_rien("libelle_appellation_court") or x.texte("libelle_appellation_long"),
                code_rome=read_rome(x),
                principale=x.texte("classification") == "PRINCIPALE",
                peu_usitee=bool(x.drapeau("peu_usite")),
            ),
            lambda a: a.code_ogr,
            (*_DRAPEAUX, "origine", "code_rome_parent", "peu_usite"),
        ),
    )


def _load_competences(tables: RomeTables, lot: Lot) -> None:
    riasec = dict(
        tables.parse(
            "referentiel_macro_competence_riasec",
            ("code_ogr", "riasec_majeur", "riasec_mineur"),
            5_000,
            lambda x: (read_ogr(x), read_riasec(x)),
            lambda r: r[0],
        )
    )

    def build_competence(x: Ligne) -> Competence:
        code = read_ogr(x)
        categorie = _CATEGORIE.get(x.texte("cat_comp"))
        if categorie is None:
            raise CellError("cat_comp", "catégorie inconnue", x.brut("cat_comp"))
        macro = x.entier_ou_rien("code_ogr_macro_comp")
        majeur, mineur = riasec.get(code, (None, None))
        return Competence(
            code_ogr=code,
            libelle=x.texte("libelle_competence"),
            categorie=categorie,
            sous_categorie=x.texte_ou_rien("sous_cat_comp"),
            macro=x.texte("nature") == "Macro-compétence",
            code_macro=None if macro is None else CodeOgr(macro),
            code_arborescence=x.texte_ou_rien("code_macro_comp"),
            transversale=x.brut("sous_cat_comp") == "Transverse",
            riasec_majeur=majeur,
            riasec_mineur=mineur,
            transition_eco=x.drapeau("transition_eco"),
            transition_num=x.drapeau("transition_num"),
        )

    colonnes = ("code_ogr", "nature", "libelle_competence", "code_ogr_macro_comp", "code_macro_comp", "cat_comp")
    suite = ("sous_cat_comp", "transition_eco", "transition_num")
    ignorees = ("definition", "libelle_heterogeneite", "libelle_origine")
    lot.add(
        Competence,
        tables.parse(
            "referentiel_competence", (*colonnes, *suite), 100_000, build_competence, lambda c: c.code_ogr, ignorees
        ),
    )


def _load_savoirs(tables: RomeTables, lot: Lot) -> None:
    lot.add(
        Savoir,
        tables.parse(
            "referentiel_savoir",
            ("code_ogr_savoir", "libelle_savoir", "categorie_savoir", "sous_categorie_savoir"),
            100_000,
            lambda x: Savoir(
                read_ogr(x, "code_ogr_savoir"),
                x.texte("libelle_savoir"),
                x.texte("categorie_savoir"),
                x.texte_ou_rien("sous_categorie_savoir"),
            ),
            lambda s: s.code_ogr,
            ("transition_eco", "transition_num"),
        ),
    )
    lot.add(
        ContexteTravail,
        tables.parse(
            "referentiel_contexte_travail",
            ("code_ogr", "libelle_cont_travail", "libelle_type_cont_trav"),
            1_500,
            lambda x: ContexteTravail(read_ogr(x), x.texte("libelle_cont_travail"), x.texte("libelle_type_cont_trav")),
            lambda c: c.code_ogr,
            ("code_type_cont_trav",),
        ),
    )


def _load_liens(tables: RomeTables, lot: Lot) -> None:
    def build_coeur(x: Ligne) -> tuple[CodeRome, CodeOgr, CoeurMetier | None]:
        valeur = x.brut("coeur_metier").strip().lower()
        if valeur not in _COEUR:
            raise CellError("coeur_metier", "valeur inconnue", valeur)
        return read_rome(x), read_ogr(x), _COEUR[valeur]

    coeurs = {
        (code, ogr): coeur
        for code, ogr, coeur in tables.parse(
            "coherence_item", ("code_rome", "code_ogr", "coeur_metier"), 800_000, build_coeur, lambda c: c[:2]
        )
    }
    liens = tables.parse(
        "liens_rome_referentiels",
        ("code_rome", "code_compo_bloc", "code_rubrique", "code_ogr"),
        900_000,
        lambda x: (x.texte("code_compo_bloc"), x.brut("code_rubrique"), read_rome(x), read_ogr(x)),
        lambda lien: lien,
    )
    savoirs: list[MetierSavoir] = []
    competences: list[MetierCompetence] = []
    contextes: list[MetierContexte] = []
    for bloc, rubrique, code, ogr in liens:
        if bloc == _BLOC_COMPETENCE and rubrique == _RUBRIQUE_SAVOIR:
            savoirs.append(MetierSavoir(code, ogr, coeurs.get((code, ogr))))
        elif bloc == _BLOC_COMPETENCE:
            competences.append(MetierCompetence(code, ogr, coeurs.get((code, ogr))))
        elif bloc == _BLOC_CONTEXTE:
            contextes.append(MetierContexte(code, ogr))
    lot.add(MetierCompetence, competences)
    lot.add(MetierSavoir, savoirs)
    lot.add(MetierContexte, contextes)
    lot.add(
        Mobilite,
        tables.parse(
            "rubrique_mobilite",
            ("code_rome", "code_rome_cible", "numero_ordre"),
            100_000,
            lambda x: Mobilite(read_rome(x), read_rome(x, "code_rome_cible"), x.entier("numero_ordre")),
            lambda m: (m.code_rome, m.code_rome_cible),
        ),
    )
