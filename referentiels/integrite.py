"""The integrity of a catalogue: what dangles is set aside and counted, what is missing is told."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Literal, TypeVar

from referentiels.errors import CatalogueError
from referentiels.lot import Lot
from referentiels.schema import TABLES
from referentiels.store import columns_of
from referentiels.types import (
    ActionFormation,
    Appellation,
    Bassin,
    BlocCompetences,
    CentreInteret,
    Certificateur,
    Certification,
    CertificationDiplome,
    CertificationFormacode,
    CertificationNsf,
    CertificationRome,
    CertificationVoie,
    Commune,
    Competence,
    ContexteTravail,
    Departement,
    Formation,
    Mesure,
    Metier,
    MetierCentreInteret,
    MetierCompetence,
    MetierContexte,
    MetierSavoir,
    MetierSecteur,
    MetierThematique,
    Mobilite,
    Organisme,
    Region,
    Savoir,
    Secteur,
    Serie,
    SessionFormation,
    Thematique,
    ZoneEmploi,
)

T = TypeVar("T")
EXEMPLES_MAX = 5
PART_ORPHELINS_MAX = 0.05


@dataclass(frozen=True, slots=True)
class Constat:
    """One finding over the whole catalogue."""

    nom: str
    gravite: Literal["ecarte", "manque", "information"]
    """`ecarte`: rows removed because they dangle; `manque`: something a person could miss; else plain fact."""
    nombre: int
    sur: int
    exemples: tuple[str, ...]


class Integrite:
    """Checks a lot in place: dangling rows leave it, each kind counted."""

    def __init__(self, lot: Lot) -> None:
        self.lot = lot
        self.constats: list[Constat] = []

    def check(self) -> tuple[Constat, ...]:
        """Run every check.

        Returns:
            The findings, those that removed rows first.

        Raises:
            CatalogueError: No métier or no compétence asked by one, or more than 5 % of the links of the ROME dangle:
                the files do not go together.
        """
        if not self.lot.get(Metier):
            raise CatalogueError("aucun métier lu : le catalogue n'a pas été remplacé.")
        if not self.lot.get(MetierCompetence):
            raise CatalogueError("aucun lien entre métiers et compétences lu : le catalogue n'a pas été remplacé.")
        self._check_duplicates()
        self._check_rome()
        self._check_certifications()
        self._check_formations()
        self._check_mesures()
        self._tell_missing()
        return tuple(sorted(self.constats, key=lambda c: ("ecarte", "manque", "information").index(c.gravite)))

    def _keep(self, nature: type[T], nom: str, valid: Callable[[T], bool], *, maximum: float = 1.0) -> None:
        lignes = self.lot.get(nature)
        gardees = [x for x in lignes if valid(x)]
        ecartees = len(lignes) - len(gardees)
        if not ecartees:
            return
        exemples = tuple(str(x) for x in lignes if not valid(x))[:EXEMPLES_MAX]
        self.constats.append(Constat(nom, "ecarte", ecartees, len(lignes), exemples))
        if ecartees > maximum * len(lignes):
            raise CatalogueError(
                f"{nom} : {ecartees} sur {len(lignes)}. Les fichiers ne vont pas ensemble ; "
                f"le catalogue n'a pas été remplacé. Exemple : {exemples[0]}"
            )
        self.lot.set(nature, gardees)

    def _tell(self, nom: str, manquants: Iterable[str], sur: int, gravite: Literal["manque", "information"]) -> None:
        liste = list(manquants)
        if liste:
            self.constats.append(Constat(nom, gravite, len(liste), sur, tuple(liste[:EXEMPLES_MAX])))

    def _check_duplicates(self) -> None:
        """Keep the first row of each key; rows that are equal to it in all are a repeat, others a contradiction."""
        for table in TABLES:
            lignes = self.lot.get(table.nature)
            if not table.cle or not lignes:
                continue
            cle = attrgetter(*table.cle)
            premiers: dict[Any, Any] = {}
            for ligne in lignes:
                premiers.setdefault(cle(ligne), ligne)
            if len(premiers) == len(lignes):
                continue
            contraires = [str(x) for x in lignes if _content(premiers[cle(x)]) != _content(x)]
            repetes = len(lignes) - len(premiers) - len(contraires)
            if contraires:
                exemples = tuple(contraires[:EXEMPLES_MAX])
                nom = f"{table.nom} : clé en double, valeurs différentes"
                self.constats.append(Constat(nom, "ecarte", len(contraires), len(lignes), exemples))
            if repetes:
                self.constats.append(Constat(f"{table.nom} : lignes répétées", "information", repetes, len(lignes), ()))
            self.lot.set(table.nature, list(premiers.values()))

    def _check_rome(self) -> None:
        metiers = {m.code_rome for m in self.lot.get(Metier)}
        self._keep(
            Appellation, "appellations sans métier", lambda a: a.code_rome in metiers, maximum=PART_ORPHELINS_MAX
        )
        # The socle's mobilités lead to real métiers that it does not describe; they cannot be followed.
        self._keep(Mobilite, "mobilités vers un métier absent", lambda m: {m.code_rome, m.code_rome_cible} <= metiers)
        liens: tuple[tuple[type[Any], type[Any], str, str], ...] = (
            (MetierCompetence, Competence, "code_ogr", "liens métier-compétence orphelins"),
            (MetierSavoir, Savoir, "code_ogr", "liens métier-savoir orphelins"),
            (MetierContexte, ContexteTravail, "code_ogr", "liens métier-contexte orphelins"),
            (MetierCentreInteret, CentreInteret, "code", "liens métier-centre d'intérêt orphelins"),
            (MetierSecteur, Secteur, "code", "liens métier-secteur orphelins"),
            (MetierThematique, Thematique, "code", "liens métier-thématique orphelins"),
        )
        for nature, cible, attribut, nom in liens:
            codes = {getattr(x, attribut) for x in self.lot.get(cible)}
            self._keep_links(nature, nom, metiers, attribut, codes)

    def _keep_links(
        self, nature: type[Any], nom: str, metiers: Collection[str], attribut: str, codes: set[Any]
    ) -> None:
        self._keep(
            nature,
            nom,
            lambda lien: lien.code_rome in metiers and getattr(lien, attribut) in codes,
            maximum=PART_ORPHELINS_MAX,
        )

    def _check_certifications(self) -> None:
        metiers = {m.code_rome for m in self.lot.get(Metier)}
        numeros = {c.numero for c in self.lot.get(Certification)}
        self._keep(
            CertificationRome, "liens certification-métier vers un métier absent", lambda c: c.code_rome in metiers
        )
        liens: tuple[tuple[type[Any], str], ...] = (
            (BlocCompetences, "blocs sans certification"),
            (CertificationRome, "liens ROME sans certification"),
            (CertificationVoie, "voies d'accès sans certification"),
            (CertificationNsf, "liens NSF sans certification"),
            (CertificationFormacode, "liens formacode sans certification"),
            (Certificateur, "certificateurs sans certification"),
            (CertificationDiplome, "codes diplôme sans certification"),
        )
        for nature, nom in liens:
            self._keep(nature, nom, lambda lien: lien.numero in numeros)

    def _check_formations(self) -> None:
        formations = {f.id for f in self.lot.get(Formation)}
        self._keep(ActionFormation, "actions sans formation", lambda a: a.formation in formations)
        actions = {a.id for a in self.lot.get(ActionFormation)}
        self._keep(SessionFormation, "sessions sans action", lambda s: s.action in actions)

    def _check_mesures(self) -> None:
        series = {s.cle for s in self.lot.get(Serie)}
        self._keep(Mesure, "mesures sans série", lambda m: m.serie in series)

    def _tell_missing(self) -> None:
        metiers = self.lot.get(Metier)
        avec_competences = {x.code_rome for x in self.lot.get(MetierCompetence)}
        avec_mobilites = {x.code_rome for x in self.lot.get(Mobilite)}
        certifies = {x.code_rome for x in self.lot.get(CertificationRome)}
        codes = [m.code_rome for m in metiers]
        n = len(codes)
        self._tell("métiers sans compétences", (c for c in codes if c not in avec_competences), n, "manque")
        self._tell("métiers sans définition", (m.code_rome for m in metiers if not m.definition), n, "manque")
        self._tell("métiers sans lettre RIASEC", (m.code_rome for m in metiers if not m.riasec_majeur), n, "manque")
        self._tell("métiers sans mobilité", (c for c in codes if c not in avec_mobilites), n, "manque")
        self._tell(
            "métiers auxquels aucune certification ne mène", (c for c in codes if c not in certifies), n, "manque"
        )
        utiles = {x.code_ogr for x in self.lot.get(MetierCompetence)}
        competences = self.lot.get(Competence)
        libres = (str(c.code_ogr) for c in competences if c.code_ogr not in utiles and not c.macro)
        self._tell("compétences qu'aucun métier ne demande", libres, len(competences), "information")
        self._tell_certifications()
        self._tell_dangling()
        communes = self.lot.get(Commune)
        self._tell(
            "communes sans coordonnées", (c.code for c in communes if c.latitude is None), len(communes), "manque"
        )
        sans_ze = (c.code for c in communes if c.code_zone_emploi is None)
        self._tell("communes sans zone d'emploi", sans_ze, len(communes), "manque")

    def _tell_certifications(self) -> None:
        actives = [c for c in self.lot.get(Certification) if c.active]
        avec_blocs = {b.numero for b in self.lot.get(BlocCompetences)}
        avec_rome = {r.numero for r in self.lot.get(CertificationRome)}
        n = len(actives)
        self._tell(
            "certifications actives sans bloc", (c.numero for c in actives if c.numero not in avec_blocs), n, "manque"
        )
        self._tell(
            "certifications actives sans métier", (c.numero for c in actives if c.numero not in avec_rome), n, "manque"
        )
        sans_niveau = (c.numero for c in actives if c.niveau is None and c.repertoire == "RNCP")
        self._tell("certifications RNCP actives sans niveau", sans_niveau, n, "information")

    def _tell_dangling(self) -> None:
        """References that lead nowhere, in rows that remain useful without them."""
        references: tuple[tuple[str, type[Any], str, type[Any], str], ...] = (
            ("compétences dont la macro-compétence est absente", Competence, "code_macro", Competence, "code_ogr"),
            ("formations dont la certification est absente", Formation, "certification", Certification, "numero"),
            ("formations dont l'organisme est absent", Formation, "organisme", Organisme, "id"),
            ("actions de formation dont la commune est absente", ActionFormation, "commune", Commune, "code"),
            ("communes dont le département est absent", Commune, "code_departement", Departement, "code"),
            ("communes dont la région est absente", Commune, "code_region", Region, "code"),
            ("communes dont la zone d'emploi est absente", Commune, "code_zone_emploi", ZoneEmploi, "code"),
            ("communes dont le bassin est absent", Commune, "code_bassin", Bassin, "code"),
        )
        for nom, nature, attribut, cible, cle in references:
            connus = {getattr(x, cle) for x in self.lot.get(cible)}
            valeurs = [v for x in self.lot.get(nature) if (v := getattr(x, attribut)) is not None]
            self._tell(nom, (str(v) for v in valeurs if v not in connus), len(valeurs), "manque")


def _content(ligne: Any) -> tuple[Any, ...]:
    """All that a row says, but who says it."""
    return tuple(getattr(ligne, nom) for nom in columns_of(type(ligne)) if nom != "source")
