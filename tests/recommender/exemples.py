"""A small catalogue of our own invention in official shape, a deterministic search, and profiles."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from embeddings.types import Conseille, Nature, Rapproche, Resultat
from recommender.config import Config, load_config
from recommender.pipeline import Recommender
from recommender.types import Profil, Recommandation
from referentiels import types as t
from referentiels.catalogue import Catalogue
from referentiels.cellules import fold
from referentiels.schema import TABLES
from referentiels.store import Store, write_store


@dataclass(frozen=True)
class Fiche:
    """One invented métier: the first of its compétences is at its core."""

    code: str
    intitule: str
    riasec: str
    competences: tuple[int, ...]
    savoirs: tuple[int, ...] = ()
    contextes: tuple[int, ...] = ()
    centres: tuple[str, ...] = ()
    secteurs: tuple[str, ...] = ()
    mobilites: tuple[str, ...] = ()


FICHES = (
    Fiche("A1101", "Bûcheron / Bûcheronne", "R", (20, 21, 90), (301,), (400, 401), ("2",), ("S1",), ("A1102",)),
    Fiche("A1102", "Jardinier / Jardinière", "RA", (21, 22, 90), (), (400,), ("2",), ("S1",), ("A1101",)),
    Fiche("B1101", "Brodeur / Brodeuse", "AR", (1, 5, 7, 91), (300,), (403,), ("1",), ("S2",), ("D1101", "H2101")),
    Fiche("D1101", "Retoucheur / Retoucheuse", "RE", (2, 1, 6, 90), (), (403,), ("1",), ("S2",), ("B1101", "H2101")),
    Fiche("H2101", "Couturier / Couturière d'atelier", "RC", (1, 2, 3, 4, 90, 91), (300, 301), (402, 403), ("1",),
          ("S2",), ("H2102", "B1101", "D1101")),
    Fiche("H2102", "Coupeur / Coupeuse", "RC", (3, 4, 91), (300,), (402,), ("1",), ("S2",), ("H2101",)),
    Fiche("H2601", "Câbleur / Câbleuse", "RC", (8, 5, 4, 91), (302,), (402,), ("1",), ("S3",), ("H2102",)),
    Fiche("J1101", "Infirmier / Infirmière", "SI", (10, 11, 90, 91), (303,), (404, 401), ("3",), ("S4",), ("J1102",)),
    Fiche("J1102", "Aide-soignant / Aide-soignante", "SR", (11, 12, 90), (), (404, 401), ("3",), ("S4",), ("J1101",)),
    Fiche("K1101", "Aide à domicile", "SC", (12, 13, 90), (), (401,), ("3",), ("S4",), ("J1102",)),
    Fiche("N1101", "Cariste", "RC", (30, 90), (304,), (402, 401), (), (), ()),
    Fiche("M1101", "Secrétaire", "C", (31, 32, 92), (), (), (), (), ("K1101",)),
)  # fmt: skip
"""Domains H (couture), B, D (near by their gestures), J and K (care), A (outdoors), N and M apart."""

COMPETENCES = {
    1: "Coudre à la machine", 2: "Reprendre un ourlet", 3: "Tracer un patron", 4: "Lire un plan",
    5: "Assembler de petites pièces", 6: "Conseiller sur une retouche", 7: "Broder un motif", 8: "Souder un composant",
    10: "Poser une perfusion", 11: "Surveiller un patient", 12: "Aider à la toilette", 13: "Entretenir un logement",
    20: "Abattre un arbre", 21: "Tailler des végétaux", 22: "Tondre une pelouse", 30: "Conduire un chariot",
    31: "Tenir un agenda", 32: "Rédiger un courrier", 90: "Respecter les consignes de sécurité",
    91: "Faire preuve de rigueur et de précision", 92: "Avoir l'esprit d'équipe", 100: "Façonner un textile",
    101: "Travailler le composant",
}  # fmt: skip
MACROS = {1: 100, 2: 100, 7: 100, 8: 101}
SAVOIRS = {300: "Types de tissus", 301: "Outils à main", 302: "Schémas électriques", 303: "Pharmacologie",
           304: "Autorisation de conduite"}  # fmt: skip
CONTEXTES = {400: "En extérieur", 401: "Port de charges lourdes", 402: "En atelier", 403: "Activités de motricité fine",
             404: "Travail de nuit"}  # fmt: skip
CENTRES = {"1": "J'aime le travail manuel", "2": "J'aime être au contact de la nature",
           "3": "Je souhaite prendre soin des autres"}  # fmt: skip
SECTEURS = {"S1": "Espaces verts", "S2": "Textile", "S3": "Électronique", "S4": "Santé"}
CAP, BAC, ANCIEN = t.NumeroFiche("RNCP10"), t.NumeroFiche("RNCP20"), t.NumeroFiche("RNCP30")
CERTIFICATIONS = (
    (CAP, "CAP Couture", 3, True, ("H2101", "D1101")),
    (BAC, "Bac professionnel Couture", 4, True, ("H2102",)),
    (ANCIEN, "CAP Couture", 3, False, ("H2101",)),
)


def _metier(fiche: Fiche, rang: int) -> t.Metier:
    return t.Metier(
        code_rome=t.CodeRome(fiche.code),
        intitule=fiche.intitule,
        code_ogr=t.CodeOgr(9_000 + rang),
        code_rome_parent=t.CodeRome(fiche.code),
        definition=f"Exerce le métier numéro {rang}.",
        acces="",
        riasec_majeur=fiche.riasec[0],
        riasec_mineur=fiche.riasec[1] if len(fiche.riasec) > 1 else None,
        transition_eco=None,
        transition_num=None,
        transition_demo=None,
        emploi_reglemente=None,
        emploi_cadre=None,
    )


def _competence(code: int) -> t.Competence:
    etre = code in {91, 92}
    return t.Competence(
        code_ogr=t.CodeOgr(code),
        libelle=COMPETENCES[code],
        categorie="Savoir-être" if etre else "Savoir-faire",
        sous_categorie=None,
        macro=code >= 100,
        code_macro=t.CodeOgr(MACROS[code]) if code in MACROS else None,
        code_arborescence=None,
        transversale=code == 90 or etre,
        riasec_majeur=None,
        riasec_mineur=None,
        transition_eco=None,
        transition_num=None,
    )


def _certification(numero: t.NumeroFiche, intitule: str, niveau: int, active: bool) -> t.Certification:
    return t.Certification(
        numero=numero,
        intitule=intitule,
        abrege=None,
        repertoire="RNCP",
        niveau=niveau,
        niveau_source="",
        nomenclature_niveau="europe_2019",
        active=active,
        date_etat=None,
        fin_enregistrement=None,
        type_enregistrement=None,
        source="essai",
    )


def rows() -> dict[type[Any], list[Any]]:
    """The tables of the small catalogue."""
    rome, ogr = t.CodeRome, t.CodeOgr
    return {
        t.Metier: [_metier(fiche, rang) for rang, fiche in enumerate(FICHES)],
        t.Appellation: [
            t.Appellation(ogr(5_000 + rang), f.intitule, f.intitule, rome(f.code), True, False)
            for rang, f in enumerate(FICHES)
        ],
        t.Competence: [_competence(code) for code in COMPETENCES],
        t.Savoir: [
            t.Savoir(ogr(c), nom, "Certifications et habilitations" if c == 304 else "Savoirs", None)
            for c, nom in SAVOIRS.items()
        ],
        t.MetierCompetence: [
            t.MetierCompetence(rome(f.code), ogr(c), None if rang else "principale")
            for f in FICHES
            for rang, c in enumerate(f.competences)
        ],
        t.MetierSavoir: [t.MetierSavoir(rome(f.code), ogr(c), None) for f in FICHES for c in f.savoirs],
        t.ContexteTravail: [t.ContexteTravail(ogr(c), nom, "Conditions") for c, nom in CONTEXTES.items()],
        t.MetierContexte: [t.MetierContexte(rome(f.code), ogr(c)) for f in FICHES for c in f.contextes],
        t.Mobilite: [
            t.Mobilite(rome(f.code), rome(c), rang) for f in FICHES for rang, c in enumerate(f.mobilites, start=1)
        ],
        t.CentreInteret: [t.CentreInteret(c, nom, None) for c, nom in CENTRES.items()],
        t.MetierCentreInteret: [t.MetierCentreInteret(rome(f.code), c, True) for f in FICHES for c in f.centres],
        t.Secteur: [t.Secteur(c, nom, None, None) for c, nom in SECTEURS.items()],
        t.MetierSecteur: [t.MetierSecteur(rome(f.code), c, True) for f in FICHES for c in f.secteurs],
        t.Certification: [_certification(n, nom, niveau, active) for n, nom, niveau, active, _ in CERTIFICATIONS],
        t.CertificationRome: [
            t.CertificationRome(n, rome(c), c, "essai") for n, *_, codes in CERTIFICATIONS for c in codes
        ],
        t.Region: [t.Region(t.CodeRegion("53"), "Bretagne")],
        t.Departement: [t.Departement(t.CodeDepartement("35"), "Ille-et-Vilaine", t.CodeRegion("53"))],
        t.Commune: [
            t.Commune(t.CodeCommune("35238"), "Rennes", ("35000",), t.CodeDepartement("35"), t.CodeRegion("53"), None,
                      None, None, 225_000, 48.11, -1.68, None)
        ],
    }  # fmt: skip


def build_essai(dossier: Path) -> Catalogue:
    """The small catalogue, written and opened like a real one."""
    chemin, tables = dossier / "catalogue.sqlite", rows()
    write_store(chemin, [(table, tables.get(table.nature, [])) for table in TABLES])
    return Catalogue(Store(chemin), "essai")


class ChercheurEssai:
    """Share of words in common with the best name: deterministic, blind to gender pairs and to order."""

    version = "essai"

    def __init__(self, catalogue: Catalogue) -> None:
        self._entrees: list[tuple[Nature, str, str]] = [
            *(("metier", m.code_rome, m.intitule) for m in catalogue.metiers.values()),
            *(("competence", str(c.code_ogr), c.libelle) for c in catalogue.competences.values()),
            *(("savoir", str(s.code_ogr), s.libelle) for s in catalogue.savoirs.values()),
            *(("certification", c.numero, c.intitule) for c in catalogue.all(t.Certification)),
            *(("contexte", str(c.code_ogr), c.libelle) for c in catalogue.contextes.values()),
            *(("centre_interet", c.code, c.libelle) for c in catalogue.centres_interet.values()),
            *(("secteur", s.code, s.libelle) for s in catalogue.all(t.Secteur)),
        ]
        self.requetes: list[str] = []

    def search(self, requete: str, natures: Sequence[Nature] = ("metier",), limite: int = 10) -> tuple[Resultat, ...]:
        """Entities by the words they share with the query; the query is remembered."""
        self.requetes.append(requete)
        mots, trouves = _words(requete), []
        for nature, code, libelle in self._entrees:
            if nature in natures and mots:
                formes = [_words(libelle), *(_words(f) for f in _forms(libelle))]
                score = max(len(mots & f) / len(mots | f) for f in formes)
                if score >= 0.25:
                    trouves.append(Resultat(nature, code, libelle, libelle, score))
        return tuple(sorted(trouves, key=lambda r: (-r.score, r.code))[:limite])

    def bring_near(self, dits: Mapping[str, Sequence[str]], parts: Mapping[str, float]) -> Rapproche | None:
        """Métiers by the words of their label that all the texts together hold."""
        groupes = [(parts.get(champ, 0.0), mots) for champ, lot in dits.items() if (mots := _words(" ".join(lot)))]
        if not groupes:
            return None
        libelles = {code: _words(libelle) for nature, code, libelle in self._entrees if nature == "metier"}
        valeurs = [sum(part * len(libelles[c] & mots) for part, mots in groupes) for c in sorted(libelles)]
        proximites = np.array(valeurs, dtype=np.float32)
        return EnsembleEssai(
            _standard(proximites), ConseilEssai(_PLAFOND * proximites / (proximites.max() or 1.0), tuple(dits))
        )


_PLAFOND = 4.0


def _standard(proximites: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    centrees = proximites - proximites.mean()
    return np.asarray(centrees / (centrees.std() or 1.0), dtype=np.float32)


@dataclass(frozen=True)
class ConseilEssai:
    """Given deviations; every field that is known leads there."""

    ecarts: npt.NDArray[np.float32]
    champs: tuple[str, ...]

    def leading_fields(self, metier: int) -> tuple[str, ...]:
        """All of them, in the order they were told."""
        connus = ("souhait", "experiences", "competences", "diplomes")
        return tuple(champ for champ in self.champs if champ in connus) if self.ecarts[metier] > 0 else ()


@dataclass(frozen=True)
class EnsembleEssai:
    """Given deviations; the compétences cited are the first ones."""

    ecarts: npt.NDArray[np.float32]
    conseil: Conseille | None = None

    def nearest(self, codes: Sequence[str], nombre: int) -> tuple[str, ...]:
        """The first ones."""
        return tuple(codes[:nombre])


def _forms(libelle: str) -> list[str]:
    masculin, _, suite = libelle.partition(" / ")
    reste = suite.split(" ", 1)[1] if " " in suite else ""
    return [f"{masculin} {reste}", suite] if suite else []


def _words(texte: str) -> frozenset[str]:
    return frozenset(mot for mot in re.findall(r"\w+", fold(texte)) if len(mot) > 2)


def build_recommender(catalogue: Catalogue, config: Config | None = None) -> Recommender:
    """The engine over the small catalogue."""
    return Recommender(catalogue, ChercheurEssai(catalogue), config or load_config())


def codes_of(reponse: Recommandation) -> list[str]:
    """Codes of the métiers of an answer, in order."""
    return [str(m.code_rome) for m in reponse.metiers]


def index_of(recommender: Recommender, profil: Profil, code: str) -> float:
    """Index of one métier for a profile, 0 when it is not among the first 500."""
    reponse = recommender.recommend(profil, 500)
    return next((m.indice for m in reponse.metiers if m.code_rome == code), 0.0)
