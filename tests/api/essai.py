"""A small catalogue of our own invention, and a search by shared words."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from embeddings.types import Nature, Reponse, Resultat
from referentiels import types as t
from referentiels.catalogue import Catalogue
from referentiels.cellules import fold
from referentiels.schema import TABLES
from referentiels.store import Store, write_store

METIERS = (
    ("D1102", "Boulanger / Boulangère", "RA", (1, 2, 9), "Pétrit, façonne et cuit le pain."),
    ("D1104", "Pâtissier / Pâtissière", "RA", (2, 3, 9), "Prépare gâteaux et entremets."),
    ("D1106", "Vendeur / Vendeuse en alimentation", "EC", (4, 5, 9), "Conseille et sert les clients."),
    ("B1803", "Couturier / Couturière", "RA", (6, 7), "Assemble des vêtements."),
    ("H2202", "Monteur-câbleur / Monteuse-câbleuse en électronique", "RC", (7, 8), "Soude de petites pièces."),
    ("A1203", "Jardinier / Jardinière", "RI", (10, 11), "Plante, taille et entretient les jardins."),
    ("K1304", "Aide à domicile", "SR", (5, 12), "Accompagne les gestes de tous les jours."),
    ("N4101", "Conducteur routier / Conductrice routière", "RC", (13, 8), "Conduit un poids lourd."),
)
COMPETENCES = {
    1: "Pétrir et façonner des pâtes",
    2: "Conduire une cuisson au four",
    3: "Décorer un gâteau",
    4: "Tenir une caisse",
    5: "Accueillir du public",
    6: "Coudre à la machine",
    7: "Assembler de petites pièces avec précision",
    8: "Lire un plan",
    9: "Appliquer les règles d'hygiène",
    10: "Tailler des végétaux",
    11: "Entretenir un espace vert",
    12: "Aider à la toilette",
    13: "Conduire un véhicule lourd",
}
BP, CAP = t.NumeroFiche("RNCP11111"), t.NumeroFiche("RNCP22222")


def _metier(rang: int) -> t.Metier:
    code, intitule, riasec, _, definition = METIERS[rang]
    return t.Metier(
        code_rome=t.CodeRome(code),
        intitule=intitule,
        code_ogr=t.CodeOgr(900 + rang),
        code_rome_parent=t.CodeRome(code),
        definition=definition,
        acces="Par l'apprentissage.",
        riasec_majeur=riasec[0],
        riasec_mineur=riasec[1],
        transition_eco=None,
        transition_num=None,
        transition_demo=None,
        emploi_reglemente=False,
        emploi_cadre=False,
    )


def _competence(code: int) -> t.Competence:
    return t.Competence(
        code_ogr=t.CodeOgr(code),
        libelle=COMPETENCES[code],
        categorie="Savoir-faire",
        sous_categorie=None,
        macro=False,
        code_macro=None,
        code_arborescence=None,
        transversale=code == 9,
        riasec_majeur=None,
        riasec_mineur=None,
        transition_eco=None,
        transition_num=None,
    )


def _certification(numero: t.NumeroFiche, intitule: str, niveau: int, *, active: bool | None) -> t.Certification:
    return t.Certification(
        numero=numero,
        intitule=intitule,
        abrege="BP" if niveau == 4 else "CAP",
        repertoire="RNCP",
        niveau=niveau,
        niveau_source=f"NIV{niveau}",
        nomenclature_niveau="europe_2019",
        active=active,
        date_etat=date(2025, 1, 1) if active else None,
        fin_enregistrement=date(2030, 1, 1) if active else None,
        type_enregistrement=None,
        source="essai",
    )


def _source(cle: str, titre: str, *, socle: bool) -> t.SourceChargee:
    return t.SourceChargee(
        cle=cle,
        titre=titre,
        famille="formations" if socle else "rome",
        origine="socle" if socle else "officiel",
        producteur="Nous",
        licence="Licence Ouverte",
        millesime="2025",
        fichiers=(),
        empreinte="",
        lignes=1,
        rejets=0,
        demonstration=socle,
    )


def _commune() -> t.Commune:
    return t.Commune(
        code=t.CodeCommune("44109"),
        nom="Nantes",
        codes_postaux=("44000", "44100"),
        code_departement=t.CodeDepartement("44"),
        code_region=t.CodeRegion("52"),
        code_epci=None,
        code_zone_emploi=None,
        code_bassin=None,
        population=320_000,
        latitude=47.2,
        longitude=-1.55,
        code_commune_mere=None,
    )


def _rows() -> dict[type[Any], list[Any]]:
    d1102, b1803 = t.CodeRome("D1102"), t.CodeRome("B1803")
    return {
        t.SourceChargee: [
            _source("essai", "Référentiel d'essai", socle=False),
            _source("socle_formations", "Formations du socle", socle=True),
        ],
        t.GrandDomaine: [t.GrandDomaine(lettre, f"Grand domaine {lettre}") for lettre in "ABDHKN"],
        t.DomaineProfessionnel: [t.DomaineProfessionnel("D11", "Alimentation")],
        t.Metier: [_metier(rang) for rang in range(len(METIERS))],
        t.Appellation: [
            t.Appellation(t.CodeOgr(5000 + rang), nom, nom, t.CodeRome(code), True, False)
            for rang, (code, nom, *_) in enumerate(METIERS)
        ],
        t.Competence: [_competence(code) for code in COMPETENCES],
        t.Savoir: [t.Savoir(t.CodeOgr(300), "Biologie de la fermentation", "Savoirs", None)],
        t.MetierCompetence: [
            t.MetierCompetence(t.CodeRome(code), t.CodeOgr(c), None if rang else "principale")
            for code, _, _, competences, _ in METIERS
            for rang, c in enumerate(competences)
        ],
        t.MetierSavoir: [t.MetierSavoir(d1102, t.CodeOgr(300), "principale")],
        t.ContexteTravail: [t.ContexteTravail(t.CodeOgr(400), "Travail de nuit", "Horaires")],
        t.MetierContexte: [t.MetierContexte(d1102, t.CodeOgr(400))],
        t.Mobilite: [t.Mobilite(d1102, t.CodeRome("D1104"), 1)],
        t.CentreInteret: [t.CentreInteret("1", "Travailler de ses mains", None)],
        t.MetierCentreInteret: [t.MetierCentreInteret(b1803, "1", True)],
        t.Certification: [
            _certification(BP, "Brevet <essai> de boulange", 4, active=True),
            _certification(CAP, "Certificat de couture", 3, active=None),
        ],
        t.BlocCompetences: [
            t.BlocCompetences(t.CodeBloc("RNCP11111BC01"), BP, "Produire du pain", "Pétrir\nCuire", "essai")
        ],
        t.CertificationVoie: [t.CertificationVoie(BP, "apprentissage", True, "essai")],
        t.CertificationRome: [
            t.CertificationRome(BP, d1102, "D1102", "essai"),
            t.CertificationRome(CAP, b1803, "B1803", "essai"),
        ],
        t.Region: [t.Region(t.CodeRegion("52"), "Pays de la Loire")],
        t.Departement: [t.Departement(t.CodeDepartement("44"), "Loire-Atlantique", t.CodeRegion("52"))],
        t.Commune: [_commune()],
    }


def build_catalogue(dossier: Path) -> Catalogue:
    """The small catalogue, written and opened like a real one."""
    chemin = dossier / "catalogue.sqlite"
    rows = _rows()
    write_store(chemin, [(table, rows.get(table.nature, [])) for table in TABLES])
    return Catalogue(Store(chemin), "catalogue-essai")


class RechercheEssai:
    """Shares of words in common: enough to stand for a search."""

    version = "index-essai"

    def __init__(self, catalogue: Catalogue) -> None:
        self._entrees: list[tuple[Nature, str, str]] = [
            *(("metier", m.code_rome, m.intitule) for m in catalogue.metiers.values()),
            *(("competence", str(c.code_ogr), c.libelle) for c in catalogue.competences.values()),
            *(("certification", c.numero, c.intitule) for c in catalogue.store.all(t.Certification)),
            *(("contexte", str(c.code_ogr), c.libelle) for c in catalogue.contextes.values()),
            *(("centre_interet", c.code, c.libelle) for c in catalogue.centres_interet.values()),
        ]

    def prepare(self, requetes: Iterable[str]) -> None:
        """Nothing to prepare."""

    def search(self, requete: str, natures: Sequence[Nature] = ("metier",), limite: int = 10) -> tuple[Resultat, ...]:
        """Entities that share words with the query."""
        mots = _words(requete)
        trouves = []
        for nature, code, libelle in self._entrees:
            if nature in natures and mots:
                noms = [_words(nom) for nom in libelle.split(" / ")]
                score = max(len(mots & nom) / len(mots | nom) for nom in noms)
                if score >= 0.25:
                    trouves.append(Resultat(nature, code, libelle, libelle, score))
        return tuple(sorted(trouves, key=lambda r: (-r.score, r.code))[:limite])

    def ask(self, requete: str, natures: Sequence[Nature] = ("metier",), limite: int = 10) -> Reponse:
        """The same, sure of any answer."""
        resultats = self.search(requete, natures, limite)
        return Reponse(resultats, resultats[0].score if resultats else 0.0, sure=bool(resultats))


def _words(texte: str) -> set[str]:
    return {mot for mot in re.findall(r"\w+", fold(texte)) if len(mot) > 2}
