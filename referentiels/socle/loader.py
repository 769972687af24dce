"""Reading the socle: métiers in TOML by grand domaine, certifications, communes, demonstration data."""

import csv
import tomllib
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from referentiels.cellules import fold
from referentiels.errors import MalformedError
from referentiels.lot import Lot
from referentiels.types import (
    ActionFormation,
    Appellation,
    Bassin,
    BlocCompetences,
    CentreInteret,
    Certification,
    CertificationFormacode,
    CertificationNsf,
    CertificationRome,
    CertificationVoie,
    CodeBassin,
    CodeCommune,
    CodeDepartement,
    CodeOgr,
    CodeRegion,
    CodeRome,
    CodeZoneEmploi,
    Commune,
    Competence,
    ContexteTravail,
    Departement,
    DomaineProfessionnel,
    Formation,
    GrandDomaine,
    Maille,
    Mesure,
    Metier,
    MetierCentreInteret,
    MetierCompetence,
    MetierContexte,
    MetierSavoir,
    MetierSecteur,
    Mobilite,
    Organisme,
    Region,
    Savoir,
    Secteur,
    Serie,
    SessionFormation,
    Statut,
    ZoneEmploi,
)
from referentiels.types.source import Famille

RACINE = Path(__file__).parent
MILLESIME = "socle 2026-11"
_PREMIER_CODE = 900_000_000
_ETENDUE = 99_999_999


def code_of(nature: str, cle: str) -> CodeOgr:
    """A stable private code (from 900,000,000 on, where ROME has none) for a key of the socle."""
    return CodeOgr(_PREMIER_CODE + zlib.crc32(f"{nature}:{cle}".encode()) % _ETENDUE)


def read_toml(chemin: Path) -> dict[str, Any]:
    """One TOML file of the socle.

    Raises:
        MalformedError: It is not TOML; says the line.
    """
    try:
        return tomllib.loads(chemin.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise MalformedError(f"TOML illisible ({error}).", fichier=chemin.name) from None


def _read_csv(chemin: Path) -> Iterator[dict[str, str]]:
    with chemin.open(encoding="utf-8", newline="") as flux:
        yield from csv.DictReader(flux)


def load_socle_rome(racine: Path = RACINE) -> Lot:
    """Métiers of the socle: real codes, labels, RIASEC and links; definitions and compétences of our own."""
    lot = Lot(MILLESIME)
    vocabulaire = read_toml(racine / "vocabulaire.toml")
    nomenclatures = read_toml(racine / "nomenclatures.toml")
    fichiers = [read_toml(f) for f in sorted((racine / "metiers").glob("*.toml"))]
    _add_competences(lot, vocabulaire, [c for f in fichiers for c in f.get("competence", [])])
    _add_nomenclatures(lot, nomenclatures)
    savoirs: dict[CodeOgr, Savoir] = {}
    for metier in (m for f in fichiers for m in f.get("metier", [])):
        code = CodeRome(metier["code_rome"])
        lot.add(Metier, [_metier(metier, CodeRome(nomenclatures["parents"].get(code, code)))])
        _add_appellations(lot, code, metier)
        _add_liens(lot, code, metier, savoirs)
    lot.add(Savoir, savoirs.values())
    return lot


def _metier(metier: dict[str, Any], parent: CodeRome) -> Metier:
    riasec = metier["riasec"]
    return Metier(
        code_rome=CodeRome(metier["code_rome"]),
        intitule=metier["intitule"],
        code_ogr=None,
        code_rome_parent=parent,
        definition=metier["definition"],
        acces=metier["acces"],
        riasec_majeur=riasec[0],
        riasec_mineur=riasec[1] if len(riasec) > 1 else None,
        transition_eco=None,
        transition_num=None,
        transition_demo=None,
        emploi_reglemente=None,
        emploi_cadre=None,
    )


def _add_competences(lot: Lot, vocabulaire: dict[str, Any], propres: list[dict[str, Any]]) -> None:
    for macro in vocabulaire["macro"]:
        lot.add(Competence, [_competence(macro, macro=True)])
    for competence in (*vocabulaire["competence"], *propres):
        lot.add(Competence, [_competence(competence, macro=False)])
    for savoir_etre in vocabulaire["savoir_etre"]:
        lot.add(Competence, [_competence(savoir_etre, macro=False, categorie="Savoir-être")])


def _competence(ligne: dict[str, Any], *, macro: bool, categorie: str = "Savoir-faire") -> Competence:
    riasec = ligne.get("riasec", "")
    transversale = bool(ligne.get("transversale", categorie == "Savoir-être"))
    return Competence(
        code_ogr=code_of("competence", ligne["cle"]),
        libelle=ligne["libelle"],
        categorie=categorie,
        sous_categorie="Transverse" if transversale else "Technique",
        macro=macro,
        code_macro=code_of("competence", ligne["macro"]) if "macro" in ligne else None,
        code_arborescence=None,
        transversale=transversale,
        riasec_majeur=riasec[0] if riasec else None,
        riasec_mineur=riasec[1] if len(riasec) > 1 else None,
        transition_eco=None,
        transition_num=None,
    )


def _add_nomenclatures(lot: Lot, nomenclatures: dict[str, Any]) -> None:
    lot.add(GrandDomaine, (GrandDomaine(code, libelle) for code, libelle in nomenclatures["grands_domaines"].items()))
    lot.add(
        DomaineProfessionnel,
        (DomaineProfessionnel(code, libelle) for code, libelle in nomenclatures["domaines"].items()),
    )
    lot.add(
        ContexteTravail,
        (ContexteTravail(CodeOgr(c["code"]), c["libelle"], c["type"]) for c in nomenclatures["contexte"]),
    )
    lot.add(CentreInteret, (CentreInteret(code, libelle, None) for code, libelle in nomenclatures["interets"].items()))
    lot.add(Secteur, (Secteur(code, libelle, None, None) for code, libelle in nomenclatures["secteurs"].items()))


def _add_appellations(lot: Lot, code: CodeRome, metier: dict[str, Any]) -> None:
    for rang, libelle in enumerate((metier["intitule"], *metier.get("synonymes", ()))):
        libelle_propre = libelle if rang == 0 else libelle[0].upper() + libelle[1:]
        ogr = code_of("appellation", f"{code}:{libelle}")
        lot.add(Appellation, [Appellation(ogr, libelle_propre, libelle_propre, code, rang == 0, peu_usitee=False)])


def _add_liens(lot: Lot, code: CodeRome, metier: dict[str, Any], savoirs: dict[CodeOgr, Savoir]) -> None:
    coeur = dict.fromkeys(metier["coeur"])
    autres = dict.fromkeys((*metier["competences"], *metier["savoir_etre"]))
    lot.add(MetierCompetence, (MetierCompetence(code, code_of("competence", c), "principale") for c in coeur))
    lot.add(
        MetierCompetence, (MetierCompetence(code, code_of("competence", c), None) for c in autres if c not in coeur)
    )
    for libelle in dict.fromkeys(metier["savoirs"]):
        ogr = code_of("savoir", fold(libelle))
        savoirs.setdefault(ogr, Savoir(ogr, libelle, "Savoirs", None))
        lot.add(MetierSavoir, [MetierSavoir(code, ogr, None)])
    lot.add(MetierContexte, (MetierContexte(code, CodeOgr(c)) for c in metier["contextes"]))
    lot.add(Mobilite, (Mobilite(code, CodeRome(c), rang) for rang, c in enumerate(metier["mobilites"], start=1)))
    lot.add(
        MetierCentreInteret,
        (MetierCentreInteret(code, c, rang == 0) for rang, c in enumerate(metier["interets"])),
    )
    lot.add(MetierSecteur, (MetierSecteur(code, c, rang == 0) for rang, c in enumerate(metier["secteurs"])))


def load_socle_certifications(racine: Path = RACINE) -> Lot:
    """Certifications of the socle: real numbers, titles, levels and links; blocs phrased by us."""
    lot = Lot(MILLESIME)
    for c in read_toml(racine / "certifications.toml")["certification"]:
        numero = c["numero"]
        niveau = c.get("niveau")
        lot.add(
            Certification,
            [
                Certification(
                    numero=numero,
                    intitule=c["intitule"],
                    abrege=c.get("abrege"),
                    repertoire="RS" if numero.startswith("RS") else "RNCP",
                    niveau=niveau,
                    niveau_source=None if niveau is None else str(niveau),
                    nomenclature_niveau=None if niveau is None else "europe_2019",
                    active=True,
                    date_etat=None,
                    fin_enregistrement=None,
                    type_enregistrement=None,
                    source="socle",
                )
            ],
        )
        lot.add(
            BlocCompetences,
            (
                BlocCompetences(b["code"], numero, b["intitule"], "\n".join(b.get("competences", ())) or None, "socle")
                for b in c.get("bloc", ())
            ),
        )
        lot.add(CertificationVoie, (CertificationVoie(numero, v, ouverte=True, source="socle") for v in c["voies"]))
        estime = c.get("liens_estimes", False)
        lot.add(CertificationRome, (CertificationRome(numero, r, r, "socle", estime) for r in c["codes_rome"]))
        if "nsf" in c:
            lot.add(CertificationNsf, [CertificationNsf(numero, c["nsf"], None, "socle")])
        lot.add(
            CertificationFormacode,
            (CertificationFormacode(numero, f, None, "socle") for f in c.get("formacodes", ())),
        )
    return lot


def load_socle_territoires(racine: Path = RACINE) -> Lot:
    """Régions, départements and a few hundred communes, with real coordinates."""
    lot = Lot(MILLESIME)
    lot.add(Region, (Region(CodeRegion(r["code_region"]), r["nom"]) for r in _read_csv(racine / "regions.csv")))
    lot.add(
        Departement,
        (
            Departement(CodeDepartement(d["code_departement"]), d["nom"], CodeRegion(d["code_region"]))
            for d in _read_csv(racine / "departements.csv")
        ),
    )
    for zone in _read_csv(racine / "zones.csv"):
        if zone["type"] == "bassin":
            lot.add(Bassin, [Bassin(CodeBassin(zone["code"]), zone["nom"])])
        else:
            lot.add(ZoneEmploi, [ZoneEmploi(CodeZoneEmploi(zone["code"]), zone["nom"])])
    lot.add(Commune, (_commune(c) for c in _read_csv(racine / "communes.csv")))
    return lot


def _commune(c: dict[str, str]) -> Commune:
    return Commune(
        code=CodeCommune(c["code_commune"]),
        nom=c["nom"],
        codes_postaux=tuple(c["codes_postaux"].split()),
        code_departement=CodeDepartement(c["code_departement"]),
        code_region=CodeRegion(c["code_region"]),
        code_epci=None,
        code_zone_emploi=CodeZoneEmploi(c["zone_emploi"]) if c["zone_emploi"] else None,
        code_bassin=CodeBassin(c["bassin"]) if c["bassin"] else None,
        population=int(c["population"]),
        latitude=float(c["latitude"]),
        longitude=float(c["longitude"]),
        code_commune_mere=None,
    )


def load_socle_formations(racine: Path = RACINE) -> Lot:
    """Demonstration formations: invented organismes and dates, marked as such."""
    lot = Lot(MILLESIME)
    organismes: dict[str, Organisme] = {}
    for f in read_toml(racine / "formations.toml")["formation"]:
        organisme = f"socle:{fold(f['organisme']).replace(' ', '-')}"
        organismes.setdefault(organisme, Organisme(organisme, f["organisme"], None, None, None, "socle"))
        identifiant = f"socle:{f['id']}"
        lot.add(
            Formation,
            [
                Formation(
                    id=identifiant,
                    intitule=f["intitule"],
                    certification=f["certification"],
                    cfd=None,
                    formacodes=(),
                    niveau=None,
                    objectif=None,
                    duree_heures=f.get("duree_heures"),
                    organisme=organisme,
                    url=None,
                    source="socle",
                    demonstration=True,
                )
            ],
        )
        action = ActionFormation(
            identifiant, identifiant, f["voie"], f["modalite"], f.get("commune"), None, None, None, None
        )
        lot.add(ActionFormation, [action])
        lot.add(SessionFormation, [SessionFormation(identifiant, identifiant, f.get("debut"), f.get("fin"), None)])
    lot.add(Organisme, organismes.values())
    return lot


_LIBELLES = {
    "salaire_median": "Salaire médian",
    "part_femmes": "Part des femmes",
    "projets_recrutement": "Projets de recrutement",
    "tension": "Tension sur le marché du travail",
}


def load_socle_indicateurs(racine: Path = RACINE) -> Lot:
    """Demonstration figures: invented values, marked as such wherever they are shown."""
    lot = Lot(MILLESIME)
    series: dict[str, Serie] = {}
    for i in _read_csv(racine / "indicateurs.csv"):
        cle = f"socle_{i['millesime']}/{i['indicateur']}"
        series.setdefault(
            cle,
            Serie(
                cle=cle,
                indicateur=i["indicateur"],
                libelle=_LIBELLES[i["indicateur"]],
                unite=i["unite"],
                population=i["population"],
                nomenclature="rome_v4",
                millesime=i["millesime"],
                source="socle",
                producteur="Azimut (démonstration)",
                licence="EUPL-1.2",
                demonstration=True,
            ),
        )
        valeur = float(i["valeur"]) if i["valeur"] else None
        statut: Statut = "publie" if valeur is not None else "non_renseigne"
        mesure = Mesure(
            cle, i["code_rome"], cast(Maille, i["territoire_type"]), i["territoire_code"], valeur, statut, ""
        )
        lot.add(Mesure, [mesure])
    lot.add(Serie, series.values())
    return lot


FAMILLES_SOCLE: dict[Famille, Callable[[], Lot]] = {
    "rome": load_socle_rome,
    "certifications": load_socle_certifications,
    "territoires": load_socle_territoires,
    "formations": load_socle_formations,
    "indicateurs": load_socle_indicateurs,
}


def load_socle(famille: Famille) -> Lot | None:
    """The socle's rows of one family; None for a family that the socle does not stand in for."""
    loader = FAMILLES_SOCLE.get(famille)
    return loader() if loader else None
