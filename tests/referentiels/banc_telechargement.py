"""What download tests share: a data folder, a client that never sleeps, invented sources and archives."""

import io
import zipfile
from pathlib import Path

import httpx

from referentiels.adresses import Nature, Telechargement
from referentiels.fetch import Bilan, Politique, Resultat, download_all
from referentiels.sources import Source
from tests.referentiels.serveur_capricieux import Serveur

ANNEE = 2026
CSV = b"code;libelle\n" + b"".join(b"%05d;ligne inventee\n" % rang for rang in range(2000))


def make_zip(**membres: bytes) -> bytes:
    tampon = io.BytesIO()
    with zipfile.ZipFile(tampon, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, contenu in membres.items():
            archive.writestr(nom.replace("__", "."), contenu)
    return tampon.getvalue()


def make_source(url: str, nature: Nature = "csv", cle: str = "essai") -> Source:
    telechargement = Telechargement("direct", url, f"dossier/{cle}.{nature}", nature)
    return Source(cle, "Source d'essai", "Personne", "LO", "rome", ("dossier",), rf"{cle}\..*", (telechargement,))


class Banc:
    """One data folder, one client that never really sleeps, one server."""

    def __init__(self, dossier: Path, serveur: Serveur, client: httpx.Client) -> None:
        self.dossier, self.serveur, self.client = dossier, serveur, client
        self.siestes: list[float] = []
        self.progres: list[tuple[str, int, int | None]] = []
        self.politique = Politique(dormir=self.siestes.append, delai=5.0, essais=4)

    def show(self, cle: str, recus: int, total: int | None) -> None:
        self.progres.append((cle, recus, total))

    def fetch_all(self, *sources: Source, forcer: bool = False) -> Bilan:
        return download_all(
            None, self.dossier, self.show, self.client,
            annee=ANNEE, politique=self.politique, sources=sources, forcer=forcer,
        )  # fmt: skip

    def fetch(self, source: Source, *, forcer: bool = False) -> Resultat:
        return self.fetch_all(source, forcer=forcer).resultats[0]

    def files(self) -> dict[str, bytes]:
        """Everything below the folder except the notes and the lock."""
        trouves = {p.relative_to(self.dossier).as_posix(): p for p in self.dossier.rglob("*") if p.is_file()}
        return {nom: p.read_bytes() for nom, p in trouves.items() if not nom.startswith(".azimut")}
