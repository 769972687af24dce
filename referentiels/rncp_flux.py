"""Streaming the fiches of the RNCP and RS out of an XML flux, one small tree at a time."""

import hashlib
from collections.abc import Callable, Iterator
from typing import IO
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from referentiels.errors import HeaderError, MalformedError, OversizeError
from referentiels.journal import FichierLu

MORCEAU = 1 << 18
FICHES_MAX = 250_000
NOEUDS_MAX = 500_000  # in one fiche; the largest official ones hold a few thousand partners
CARACTERES_MAX = 8 << 20  # in one element


class Noeud:
    """One element of a fiche: its name, line, text and children."""

    __slots__ = ("enfants", "ligne", "nom", "texte")

    def __init__(self, nom: str, ligne: int) -> None:
        self.nom = nom
        self.ligne = ligne
        self.texte = ""
        self.enfants: list[Noeud] = []

    def child(self, nom: str) -> "Noeud | None":
        """The first child of that name, or None."""
        return next((enfant for enfant in self.enfants if enfant.nom == nom), None)

    def all(self, *chemin: str) -> "list[Noeud]":
        """Every descendant at the end of a path of names."""
        noeuds = [self]
        for nom in chemin:
            noeuds = [enfant for noeud in noeuds for enfant in noeud.enfants if enfant.nom == nom]
        return noeuds

    def text(self, *chemin: str) -> str:
        """The text of the first descendant at the end of a path, empty when there is none."""
        noeuds = self.all(*chemin)
        return noeuds[0].texte if noeuds else ""


class _Constructeur(ContentHandler):
    """Builds the tree of each FICHE and forgets the sections that Azimut does not read."""

    def __init__(self, fichier: str, sections: frozenset[str], tues: frozenset[str]) -> None:
        super().__init__()
        self._fichier = fichier
        self._sections = sections
        self._tues = tues
        self._pile: list[Noeud] = []
        self._profondeur = 0
        self._muet = 0  # depth at which a section that is not read began
        self._morceaux: list[str] = []
        self._taille = 0
        self._noeuds = 0
        self.reperes: Locator | None = None
        self.version = ""
        self.pretes: list[Noeud] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802, ARG002
        self._profondeur += 1
        self._morceaux.clear()
        self._taille = 0
        if self._profondeur == 1 and name != "FICHES":
            raise MalformedError(
                f"l'élément racine est « {name[:60]} » et non « FICHES ».", fichier=self._fichier, ligne=self.line
            )
        if self._muet or self._profondeur < 2:
            return
        if (self._profondeur == 3 and name not in self._sections) or name in self._tues:
            self._muet = self._profondeur
            return
        noeud = Noeud(name, self.line)
        if self._pile:
            self._pile[-1].enfants.append(noeud)
        self._pile.append(noeud)
        self._noeuds += 1
        if self._noeuds > NOEUDS_MAX:
            raise OversizeError("fiche démesurée.", fichier=self._fichier, ligne=self.line)

    def characters(self, content: str) -> None:
        if not self._muet:
            self._morceaux.append(content)
            self._taille += len(content)
            if self._taille > CARACTERES_MAX:
                raise OversizeError("élément de texte démesuré.", fichier=self._fichier, ligne=self.line)

    def endElement(self, name: str) -> None:  # noqa: N802
        if self._muet:
            if self._muet == self._profondeur:
                self._muet = 0
            self._profondeur -= 1
            return
        self._profondeur -= 1
        if not self._pile:
            return
        noeud = self._pile.pop()
        if not noeud.enfants:
            noeud.texte = "".join(self._morceaux).strip()
        self._morceaux.clear()
        if self._pile:
            return
        self._noeuds = 0
        if name == "FICHE":
            self.pretes.append(noeud)
        elif name == "VERSION_FLUX":
            self.version = noeud.texte

    @property
    def line(self) -> int:
        """Line of the file being read, from 1."""
        return (self.reperes.getLineNumber() or 1) if self.reperes else 1


class Flux:
    """Iterates over the fiches of one XML flux without ever holding the whole file.

    Args:
        flux: Binary stream over the XML.
        lu: Report of the file; receives its size and, at the end, its digest.
        sections: Names of the children of FICHE to keep; the others are skipped.
        tues: Names of deeper elements to skip with all they hold.
    """

    def __init__(self, flux: IO[bytes], lu: FichierLu, sections: frozenset[str], tues: frozenset[str]) -> None:
        self._flux = flux
        self._lu = lu
        self._constructeur = _Constructeur(lu.fichier, sections, tues)

    @property
    def version(self) -> str:
        """VERSION_FLUX as the file announces it; empty before it was met."""
        return self._constructeur.version

    def __iter__(self) -> Iterator[Noeud]:
        """Each fiche in file order.

        Raises:
            HeaderError: The file is empty.
            MalformedError: Not XML, truncated, wrongly encoded, of another root, or with entities.
            OversizeError: More fiches, or a larger fiche, than the source can honestly hold.
        """
        analyseur = DefusedExpatParser()
        analyseur.setContentHandler(self._constructeur)
        self._constructeur.reperes = analyseur  # fed by pieces, the parser never hands its locator itself
        empreinte = hashlib.sha256()
        nombre = 0
        while morceau := self._flux.read(MORCEAU):
            empreinte.update(morceau)
            self._lu.octets += len(morceau)
            self._guard(lambda octets=morceau: analyseur.feed(octets))  # type: ignore[misc]
            for fiche in self._constructeur.pretes:
                nombre += 1
                if nombre > FICHES_MAX:
                    raise OversizeError(f"plus de {FICHES_MAX} fiches.", fichier=self._lu.fichier, ligne=fiche.ligne)
                yield fiche
            self._constructeur.pretes.clear()
        if not self._lu.octets:
            raise HeaderError("le fichier est vide.", fichier=self._lu.fichier)
        self._guard(analyseur.close)
        self._lu.empreinte = empreinte.hexdigest()

    def _guard(self, etape: Callable[[], None]) -> None:
        """Run one step of the parser; its complaints become French errors with their line."""
        try:
            etape()
        except SAXParseException as error:
            raise MalformedError(
                f"XML mal formé, tronqué ou mal encodé ({error.getMessage()}) ; reprenez le fichier officiel.",
                fichier=self._lu.fichier,
                ligne=error.getLineNumber(),
            ) from None
        except DefusedXmlException:
            raise MalformedError(
                "le fichier déclare des entités, ce qu'aucun flux officiel ne fait.",
                fichier=self._lu.fichier,
                ligne=self._constructeur.line,
            ) from None
