"""The frozen catalogue: everything the référentiels say, loaded in a moment, never changed."""

import difflib
import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from numpy.typing import NDArray

from referentiels.errors import CorruptCatalogueError, MissingCatalogueError, UnknownCodeError
from referentiels.fiches import CompetenceRequise, Demandes, FicheCertification, FicheMetier, SavoirRequis, continuity
from referentiels.lieux import Lieux
from referentiels.marche import Marche
from referentiels.schema import SCHEMA, TABLES
from referentiels.store import Store
from referentiels.types import (
    Appellation,
    Bassin,
    BlocCompetences,
    CentreInteret,
    Certificateur,
    Certification,
    CertificationRome,
    CertificationVoie,
    CodeOgr,
    CodeRome,
    Commune,
    CommuneAncienne,
    Competence,
    ContexteTravail,
    ContinuiteCertification,
    Departement,
    DomaineProfessionnel,
    GrandDomaine,
    Indicateur,
    Metier,
    MetierCentreInteret,
    MetierCompetence,
    MetierContexte,
    MetierSavoir,
    MetierSecteur,
    MetierThematique,
    Mobilite,
    NumeroFiche,
    Region,
    Savoir,
    Secteur,
    SourceChargee,
    Thematique,
    ZoneEmploi,
)

T = TypeVar("T")
FICHIER = "catalogue.sqlite"
MANIFESTE = "manifeste.json"
COURANT = "courant"


def file_digest(chemin: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with chemin.open("rb") as flux:
        return hashlib.file_digest(flux, "sha256").hexdigest()


class Catalogue:
    """Read access to one built catalogue; immutable, safe from any thread.

    Args:
        store: The tables.
        version: First 16 hexadecimal digits of the SHA-256 of its bytes; names it in every answer.
    """

    def __init__(self, store: Store, version: str) -> None:
        self.store = store
        self.version = version

    @classmethod
    def load(cls, racine: Path, *, verify: bool = True) -> "Catalogue":
        """Open the catalogue in service.

        Args:
            racine: The folder where catalogues are built.
            verify: Compare the bytes with the manifest first (about 0.1 s for 100 MB).

        Raises:
            MissingCatalogueError: Nothing was built there yet.
            CorruptCatalogueError: The bytes differ from the manifest, or another version of Azimut wrote them.
        """
        pointeur = racine / COURANT
        if not pointeur.is_file():
            raise MissingCatalogueError(
                f"aucun catalogue dans « {racine} » : lancez « azimut construire » (ou « make demo »)."
            )
        try:
            nom = pointeur.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise CorruptCatalogueError(f"« {pointeur.name} » est illisible ; lancez « azimut construire ».") from error
        return cls.open(racine / nom, verify=verify)

    @classmethod
    def open(cls, dossier: Path, *, verify: bool = True) -> "Catalogue":
        """Open one built catalogue by its folder; same errors as `load`."""
        try:
            manifeste = json.loads((dossier / MANIFESTE).read_text(encoding="utf-8"))
            schema, empreinte = manifeste["schema"], str(manifeste["empreinte"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CorruptCatalogueError(f"manifeste illisible dans « {dossier.name} » ({error}).") from error
        if schema != SCHEMA:
            raise CorruptCatalogueError(
                f"le catalogue « {dossier.name} » suit le schéma {schema}, cette version d'Azimut le schéma {SCHEMA} ; "
                "lancez « azimut construire »."
            )
        fichier = dossier / FICHIER
        if not fichier.is_file() or (verify and file_digest(fichier) != empreinte):
            raise CorruptCatalogueError(
                f"le catalogue « {dossier.name} » est abîmé (empreinte différente) ; lancez « azimut construire »."
            )
        return cls(Store(fichier, TABLES), empreinte[:16])

    def all(self, nature: type[T]) -> tuple[T, ...]:
        """Every entity of one type, in key order."""
        return self.store.all(nature)

    def select(self, nature: type[T], **criteres: Any) -> tuple[T, ...]:
        """Entities whose fields equal the criteria; a collection means any of its values."""
        return self.store.select(nature, **criteres)

    @cached_property
    def metiers(self) -> MappingProxyType[CodeRome, Metier]:
        """All métiers by code, in code order."""
        return MappingProxyType({m.code_rome: m for m in self.store.all(Metier)})

    @cached_property
    def competences(self) -> MappingProxyType[CodeOgr, Competence]:
        """All compétences, macro-compétences included, by code."""
        return MappingProxyType({c.code_ogr: c for c in self.store.all(Competence)})

    @cached_property
    def savoirs(self) -> MappingProxyType[CodeOgr, Savoir]:
        """All savoirs by code."""
        return MappingProxyType({s.code_ogr: s for s in self.store.all(Savoir)})

    @cached_property
    def contextes(self) -> MappingProxyType[CodeOgr, ContexteTravail]:
        """All contextes de travail by code."""
        return MappingProxyType({c.code_ogr: c for c in self.store.all(ContexteTravail)})

    @cached_property
    def centres_interet(self) -> MappingProxyType[str, CentreInteret]:
        """All centres d'intérêt by code."""
        return MappingProxyType({c.code: c for c in self.store.all(CentreInteret)})

    @cached_property
    def grands_domaines(self) -> MappingProxyType[str, str]:
        """Names of the grands domaines by letter."""
        return MappingProxyType({domaine.code: domaine.libelle for domaine in self.store.all(GrandDomaine)})

    @cached_property
    def sources(self) -> tuple[SourceChargee, ...]:
        """Where the rows come from."""
        return self.store.all(SourceChargee)

    @cached_property
    def lieux(self) -> Lieux:
        """Search among places; built at the first use."""
        s = self.store
        return Lieux(
            communes=s.all(Commune),
            departements=s.all(Departement),
            regions=s.all(Region),
            anciennes=s.all(CommuneAncienne),
        )

    def use_places(self, tables: Mapping[str, NDArray[Any]]) -> None:
        """Search among places by what `Lieux.write` made of this very catalogue."""
        self.__dict__["lieux"] = Lieux.read(self.store, tables)

    @cached_property
    def zones(self) -> MappingProxyType[tuple[str, str], str]:
        """Names of bassins, zones d'emploi, départements and régions by (maille, code)."""
        natures: tuple[tuple[str, type[Any]], ...] = (
            ("bassin", Bassin),
            ("zone_emploi", ZoneEmploi),
            ("departement", Departement),
            ("region", Region),
        )
        return MappingProxyType({(maille, z.code): z.nom for maille, nature in natures for z in self.store.all(nature)})

    @cached_property
    def marche(self) -> Marche:
        """Figures of the labour market."""
        return Marche(self.store, tuple(self.metiers.values()), self.zones)

    def indicateurs(self, code: str, code_commune: str | None = None) -> tuple[Indicateur, ...]:
        """Figures about a métier at the nearest scale to a commune, see `Marche.indicateurs`.

        Raises:
            UnknownCodeError: No such métier or commune.
        """
        communes = self.select(Commune, code=code_commune) if code_commune else ()
        if code_commune and not communes:
            raise UnknownCodeError("commune", code_commune[:40])
        return self.marche.indicateurs(self.metier(code), communes[0] if communes else None)

    def metier(self, code: str) -> Metier:
        """The métier of a code, whatever its case.

        Raises:
            UnknownCodeError: No such métier; names the nearest codes.
        """
        metier = self.metiers.get(CodeRome(code.strip().upper()))
        if metier is None:
            raise UnknownCodeError("métier", code[:40], _nearest(code, tuple(self.metiers)))
        return metier

    def demandes(self, nature: type[MetierCompetence] | type[MetierSavoir]) -> Demandes:
        """All links métier → compétence (or savoir), as columns."""
        lignes = list(self.store.rows(nature, ("code_rome", "code_ogr", "coeur_metier")))
        codes, ogrs, coeurs = zip(*lignes, strict=True) if lignes else ((), (), ())
        return Demandes(codes, ogrs, coeurs)

    def fiche(self, code: str) -> FicheMetier:
        """A métier with everything linked to it; same error as `metier`."""
        metier = self.metier(code)
        cle = metier.code_rome
        domaines = self.store.select(DomaineProfessionnel, code=metier.code_domaine)
        grands = self.store.select(GrandDomaine, code=metier.code_grand_domaine)
        interets = sorted(self.store.select(MetierCentreInteret, code_rome=cle), key=lambda x: not x.principal)
        secteurs = [x.code for x in self.store.select(MetierSecteur, code_rome=cle)]
        themes = [x.code for x in self.store.select(MetierThematique, code_rome=cle)]
        appellations = self.store.select(Appellation, code_rome=cle)
        return FicheMetier(
            metier=metier,
            grand_domaine=grands[0] if grands else None,
            domaine=domaines[0] if domaines else None,
            appellations=tuple(sorted(appellations, key=lambda a: (not a.principale, a.peu_usitee, a.libelle))),
            competences=tuple(
                CompetenceRequise(self.competences[x.code_ogr], x.coeur_metier)
                for x in self.store.select(MetierCompetence, code_rome=cle)
            ),
            savoirs=tuple(
                SavoirRequis(self.savoirs[x.code_ogr], x.coeur_metier)
                for x in self.store.select(MetierSavoir, code_rome=cle)
            ),
            contextes=tuple(self.contextes[x.code_ogr] for x in self.store.select(MetierContexte, code_rome=cle)),
            centres_interet=tuple(self.centres_interet[x.code] for x in interets),
            secteurs=self.store.select(Secteur, code=secteurs) if secteurs else (),
            thematiques=self.store.select(Thematique, code=themes) if themes else (),
            mobilites=tuple(self.metiers[x.code_rome_cible] for x in self.store.select(Mobilite, code_rome=cle)),
            certifications=self.certifications_de(cle),
        )

    def certifications_de(self, code_rome: CodeRome) -> tuple[Certification, ...]:
        """Certifications that lead to a métier: active ones first, then by level and title."""
        numeros = [x.numero for x in self.store.select(CertificationRome, code_rome=code_rome)]
        trouvees = self.store.select(Certification, numero=numeros) if numeros else ()
        return tuple(sorted(trouvees, key=lambda c: (not c.active, c.niveau or 99, c.intitule)))

    def certification(self, numero: str) -> FicheCertification:
        """A certification with everything linked to it ("RNCP37537", "rncp 37537", "37537").

        Raises:
            UnknownCodeError: No such certification; names the nearest numbers.
        """
        cle = "".join(numero.split()).upper()
        cle = f"RNCP{cle}" if cle.isdigit() else cle
        trouvees = self.store.select(Certification, numero=cle)
        if not trouvees:
            numeros = tuple(n for (n,) in self.store.rows(Certification, ("numero",)))
            raise UnknownCodeError("certification", numero[:40], _nearest(cle, numeros))
        code = NumeroFiche(cle)
        liens = self.store.select(CertificationRome, numero=code)
        return FicheCertification(
            certification=trouvees[0],
            blocs=self.store.select(BlocCompetences, numero=code),
            voies=tuple(v.voie for v in self.store.select(CertificationVoie, numero=code) if v.ouverte),
            metiers=tuple(self.metiers[x.code_rome] for x in liens),
            metiers_estimes=frozenset(x.code_rome for x in liens if x.estime),
            certificateurs=self.store.select(Certificateur, numero=code),
            remplace=continuity(self.store.select(ContinuiteCertification, nouvelle=code), anciennes=True),
            remplacee_par=continuity(self.store.select(ContinuiteCertification, ancienne=code), anciennes=False),
        )

    def provenance(self) -> dict[str, Any]:
        """What an answer owes its reader: version of the catalogue and millésime of each source."""
        return {
            "catalogue": self.version,
            "sources": [
                {
                    "cle": s.cle,
                    "titre": s.titre,
                    "producteur": s.producteur,
                    "licence": s.licence,
                    "millesime": s.millesime,
                    "origine": s.origine,
                    "demonstration": s.demonstration,
                }
                for s in self.sources
            ],
        }


def _nearest(code: str, connus: tuple[str, ...]) -> list[str]:
    return difflib.get_close_matches(code.strip().upper()[:40], connus, n=3, cutoff=0.6)
