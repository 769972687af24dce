"""The bars of the lexical search on the full official data: build, load, latency, memory."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from referentiels.construction import build_catalogue
from referentiels.sources import SOURCES

pytestmark = [pytest.mark.mesure, pytest.mark.officiel]
CONSTRUCTION_MAX = 8.0
CHARGEMENT_MAX = 0.3
REQUETE_MAX_MS = 8.0
MEMOIRE_MAX = 200.0
_CONSTRUIRE = """
import json, sys, time
from pathlib import Path
from embeddings.search import Recherche
from referentiels.catalogue import Catalogue
catalogue = Catalogue.open(Path(sys.argv[1]))
debut = time.perf_counter()
Recherche.build(catalogue, Path(sys.argv[2]))
print(json.dumps({"secondes": time.perf_counter() - debut}))
"""
_CHERCHER = """
import json, re, sys, time
from pathlib import Path
import numpy as np
from embeddings.search import Recherche
from referentiels.catalogue import Catalogue
catalogue = Catalogue.open(Path(sys.argv[1]))
debut = time.perf_counter()
recherche = Recherche.load(catalogue, Path(sys.argv[2]))
chargement = time.perf_counter() - debut
# Names and what people make of them: one gender, lower case, a letter lost, a word of conversation.
noms = [nom for _, nom in recherche.names("metier")][::12]
requetes = [n.split(" / ")[0].lower() for n in noms] + [f"je suis {n[:4]}{n[5:]}" for n in noms]
p95 = {}
for nature in ("metier", "competence", "savoir", "certification"):
    durees = []
    for requete in requetes:
        debut = time.perf_counter()
        recherche.search(requete, (nature,))
        durees.append(time.perf_counter() - debut)
    p95[nature] = float(np.quantile(durees, 0.95)) * 1000
# Not ru_maxrss: it starts from what the process that forked this one held.
memoire = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps({"secondes": chargement, "n": len(requetes), "p95_ms": p95, "mio": memoire,
                  "sklearn": "sklearn" in sys.modules}))
"""


@pytest.fixture(scope="module")
def mesures(donnees: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What two fresh processes, of one thread each, measured."""
    dossier = tmp_path_factory.mktemp("recherche")
    inutiles = [s.cle for s in SOURCES if s.famille not in {"rome", "certifications"}]
    catalogue = build_catalogue(donnees, dossier / "catalogue", sans=inutiles).dossier
    environnement = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    sorties = []
    for programme in (_CONSTRUIRE, _CHERCHER):
        commande = [sys.executable, "-c", programme, str(catalogue), str(dossier / "index")]
        fini = subprocess.run(commande, env=environnement, capture_output=True, text=True, check=True)
        sorties.append(json.loads(fini.stdout))
    return {"construction": sorties[0]["secondes"], **sorties[1]}


def test_the_index_is_built_and_loaded_in_time(mesures: dict[str, Any]) -> None:
    print(  # noqa: T201
        f"index : construction {mesures['construction']:.1f} s (au plus {CONSTRUCTION_MAX:.0f}), "
        f"chargement {mesures['secondes']:.3f} s (au plus {CHARGEMENT_MAX})"
    )
    assert mesures["construction"] <= CONSTRUCTION_MAX
    assert mesures["secondes"] <= CHARGEMENT_MAX


def test_queries_are_quick_and_light(mesures: dict[str, Any]) -> None:
    detail = ", ".join(f"{nature} {ms:.2f} ms" for nature, ms in mesures["p95_ms"].items())
    print(f"requêtes, p95 de {mesures['n']} : {detail} (au plus {REQUETE_MAX_MS:.0f}) ; {mesures['mio']:.0f} Mio")  # noqa: T201
    assert max(mesures["p95_ms"].values()) <= REQUETE_MAX_MS
    assert mesures["mio"] <= MEMOIRE_MAX
    assert not mesures["sklearn"], "scikit-learn coûte une seconde d'import et ne sert pas à chercher"
