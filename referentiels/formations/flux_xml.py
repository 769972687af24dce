"""Reading large XML feeds record by record: constant memory, no entity, and the line of everything refused."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from referentiels.cellules import clean_text
from referentiels.depot import OCTETS_MAX, Depot, Membre
from referentiels.errors import EncodingError, HeaderError, MalformedError, OversizeError
from referentiels.journal import FichierLu

MORCEAU = 1 << 18
PROFONDEUR_MAX = 64
NOEUDS_MAX = 200_000  # elements of one record; a large Carif action has a few thousand
CARACTERES_MAX = 16 << 20  # text of one record
_JETON_INVALIDE = 4  # expat's XML_ERROR_INVALID_TOKEN, what a foreign byte raises
_ENCODAGE = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([\w.-]+)["']""")
_PROLOGUE = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>", re.DOTALL)
_PREMIERE = re.compile(r"<([^\s/>]+)")


class Noeud:
    """One element of a record: its local name, attributes, children, text, and the line where it begins."""

    __slots__ = ("attributs", "enfants", "ligne", "morceaux", "nom")

    def __init__(self, nom: str, attributs: dict[str, str], ligne: int) -> None:
        self.nom = nom
        self.attributs = attributs
        self.ligne = ligne
        self.enfants: list[Noeud] = []
        self.morceaux: list[str] = []

    @property
    def brut(self) -> str:
        """Text directly inside the element, as written."""
        return "".join(self.morceaux)

    def find_all(self, nom: str) -> list["Noeud"]:
        """Direct children of that name."""
        return [enfant for enfant in self.enfants if enfant.nom == nom]

    def find(self, *chemin: str) -> "Noeud | None":
        """First descendant along a path of names."""
        noeud: Noeud | None = self
        for nom in chemin:
            noeud = next((enfant for enfant in noeud.enfants if enfant.nom == nom), None) if noeud else None
        return noeud

    def texte(self, *chemin: str) -> str:
        """Clean text at a path; empty when absent or when the producer wrote the placeholder « - »."""
        noeud = self.find(*chemin)
        valeur = clean_text(noeud.brut) if noeud else ""
        return "" if valeur == "-" else valeur


@dataclass(frozen=True, slots=True)
class FluxSpec:
    """What an XML feed looks like.

    Args:
        nature: How messages call the feed.
        racines: Local names that the root element may have.
        balises: Local names of the records.
        ignorees: Local names of elements kept as empty traces: that they stand there is known, not what they hold.
    """

    nature: str
    racines: frozenset[str]
    balises: frozenset[str]
    ignorees: frozenset[str] = frozenset()


class _Cible:
    """Receives the parser's events; keeps only the record being read and those just finished."""

    def __init__(self, spec: FluxSpec, fichier: str) -> None:
        self.spec = spec
        self.fichier = fichier
        self.expat: Any = None
        self.finis: list[Noeud] = []
        self._pile: list[Noeud] = []
        self._profondeur = 0
        self._saut = 0
        self._noeuds = 0
        self._caracteres = 0
        self._noms: dict[str, str] = {}

    @property
    def ligne(self) -> int:
        """Line that the parser has reached."""
        return int(self.expat.CurrentLineNumber)

    def start(self, balise: str, attributs: dict[str, str]) -> None:
        nom = self._noms.get(balise)
        if nom is None:
            nom = self._noms[balise] = balise.rpartition("}")[2]
        self._profondeur += 1
        if self._profondeur == 1 and nom not in self.spec.racines:
            raise MalformedError(f"ce n'est pas {self.spec.nature} (racine <{nom}>).", fichier=self.fichier, ligne=1)
        if self._profondeur > PROFONDEUR_MAX:
            raise MalformedError("éléments imbriqués sans fin.", fichier=self.fichier, ligne=self.ligne)
        if self._saut or nom in self.spec.ignorees:
            if self._pile and not self._saut:
                self._pile[-1].enfants.append(Noeud(nom, {}, self.ligne))
            self._saut += 1
        elif self._pile:
            noeud = Noeud(nom, attributs, self.ligne)
            self._count(1, 0)
            self._pile[-1].enfants.append(noeud)
            self._pile.append(noeud)
        elif nom in self.spec.balises and self._profondeur > 1:
            self._noeuds = self._caracteres = 0
            self._pile.append(Noeud(nom, attributs, self.ligne))

    def data(self, texte: str) -> None:
        if self._pile and not self._saut:
            self._count(0, len(texte))
            self._pile[-1].morceaux.append(texte)

    def end(self, balise: str) -> None:  # noqa: ARG002 - the parser's signature
        self._profondeur -= 1
        if self._saut:
            self._saut -= 1
        elif self._pile:
            noeud = self._pile.pop()
            if not self._pile:
                self.finis.append(noeud)

    def close(self) -> None:
        """Nothing to hand over: records leave as they end."""

    def _count(self, noeuds: int, caracteres: int) -> None:
        self._noeuds += noeuds
        self._caracteres += caracteres
        if self._noeuds > NOEUDS_MAX or self._caracteres > CARACTERES_MAX:
            raise OversizeError(
                f"un seul <{self._pile[0].nom}> démesuré, commencé ligne {self._pile[0].ligne}.",
                fichier=self.fichier,
                ligne=self.ligne,
            )


def read_root(depot: Depot, membre: Membre) -> str:
    """Local name of the root element as the first 64 KiB tell it; empty when they do not look like XML."""
    with depot.open(membre) as flux:
        debut = flux.read(1 << 16)
    if debut.startswith((b"\xff\xfe", b"\xfe\xff")):
        texte = debut.decode("utf-16", errors="ignore")
    else:
        texte = debut.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    position = 0
    while prologue := _PROLOGUE.match(texte, position):
        position = prologue.end()
    premiere = _PREMIERE.match(texte, position)
    return premiere.group(1).rpartition(":")[2] if premiere else ""


def iter_records(depot: Depot, membre: Membre, lu: FichierLu, spec: FluxSpec) -> Iterator[Noeud]:
    """Yield the records of a feed one after the other; memory holds one record and 256 KiB of text.

    Args:
        depot: Where the feed lies.
        membre: The feed.
        lu: Receives size and SHA-256; rows are counted by the caller.
        spec: What the feed looks like.

    Yields:
        Each record as a small tree, in file order.

    Raises:
        SourceError: Not well-formed, truncated, entity declared, foreign bytes, endless record or file.
    """
    if membre.octets > OCTETS_MAX:
        raise OversizeError("plus de 4 Gio : ce n'est pas le fichier attendu.", fichier=lu.fichier)
    cible = _Cible(spec, lu.fichier)
    parser = DefusedXMLParser(target=cible, forbid_entities=True, forbid_external=True)
    cible.expat = cast(Any, parser).parser
    empreinte = hashlib.sha256()
    entete, morceau = b"", b""
    try:
        with depot.open(membre) as flux:
            while morceau := flux.read(MORCEAU):
                entete = entete or morceau[:200]
                lu.octets += len(morceau)
                empreinte.update(morceau)
                parser.feed(morceau)
                finis, cible.finis = cible.finis, []
                yield from finis
        if not lu.octets:
            raise HeaderError("le fichier est vide.", fichier=lu.fichier)
        parser.close()
    except DefusedXmlException as error:
        raise MalformedError(
            "déclaration d'entité ou référence externe interdite dans un flux.", fichier=lu.fichier, ligne=cible.ligne
        ) from error
    except ParseError as error:
        raise _explain(error, entete, morceau, lu.fichier) from None
    lu.empreinte = empreinte.hexdigest()


def _explain(error: Any, entete: bytes, morceau: bytes, fichier: str) -> EncodingError | MalformedError:
    """The French error for what expat says, told apart when the bytes are not in the announced encoding."""
    ligne = int(error.position[0])
    if error.code == _JETON_INVALIDE:
        annonce = _ENCODAGE.search(entete)
        encodage = annonce.group(1).decode() if annonce else "utf-8"
        try:
            morceau.decode(encodage)
        except LookupError:
            pass
        except UnicodeDecodeError as octet:
            # A character cut by the edge of the chunk is no fault.
            if octet.end < len(morceau) - 3 and octet.start > 3:
                return EncodingError(
                    f"l'octet 0x{morceau[octet.start]:02X} n'est pas du {encodage.upper()} ; "
                    "redemandez le flux ou corrigez l'encodage annoncé.",
                    fichier=fichier,
                    ligne=ligne,
                )
    return MalformedError(f"XML mal formé ou tronqué ({error}).", fichier=fichier, ligne=ligne)
