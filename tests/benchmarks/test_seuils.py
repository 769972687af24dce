"""The bars of the catalogue on the full official data: time to build, time to load, memory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from referentiels.catalogue import Catalogue
from referentiels.construction import read_report
from referentiels.types import Certification

pytestmark = [pytest.mark.mesure, pytest.mark.officiel]
CONSTRUCTION_MAX = 30.0
CHARGEMENT_MAX = 1.0
MEMOIRE_MAX = 300.0
_CHARGER = """
import json, sys, time
from pathlib import Path
debut = time.perf_counter()
from referentiels.catalogue import Catalogue
from referentiels.types import Appellation, Certification, MetierCompetence, MetierSavoir
catalogue = Catalogue.load(Path(sys.argv[1]))
metiers = len(catalogue.metiers)
dictionnaires = catalogue.competences, catalogue.savoirs, catalogue.contextes, catalogue.centres_interet
listes = [catalogue.all(nature) for nature in (Appellation, Certification)]
demandes = [catalogue.demandes(nature) for nature in (MetierCompetence, MetierSavoir)]
secondes = time.perf_counter() - debut
# Not ru_maxrss, which a child inherits from the process that forked it.
memoire = int(next(x for x in open("/proc/self/status") if x.startswith("VmHWM")).split()[1]) / 1024
print(json.dumps({"metiers": metiers, "secondes": secondes, "mio": memoire}))
"""


@pytest.fixture(scope="module")
def var(donnees: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where the command line built everything from the official data."""
    dossier = tmp_path_factory.mktemp("var")
    environnement = {**os.environ, "AZIMUT_DONNEES": str(donnees), "AZIMUT_VAR": str(dossier)}
    commande = [sys.executable, "-m", "api.cli", "construire", "--json"]
    fini = subprocess.run(commande, env=environnement, capture_output=True, text=True, check=True)
    (dossier / "etat.json").write_text(fini.stdout, encoding="utf-8")
    return dossier


def test_the_catalogue_is_built_in_time(var: Path) -> None:
    secondes = json.loads((var / "etat.json").read_text(encoding="utf-8"))["secondes"]
    print(f"construction du catalogue : {secondes:.1f} s (au plus {CONSTRUCTION_MAX:.0f} s)")  # noqa: T201
    assert secondes <= CONSTRUCTION_MAX


def test_the_catalogue_loads_fast_and_small(var: Path) -> None:
    commande = [sys.executable, "-c", _CHARGER, str(var / "catalogue")]
    mesure = json.loads(subprocess.run(commande, capture_output=True, text=True, check=True).stdout)
    print(  # noqa: T201
        f"chargement, entités comprises : {mesure['secondes']:.2f} s (au plus {CHARGEMENT_MAX:.0f} s), "
        f"{mesure['mio']:.0f} Mio (au plus {MEMOIRE_MAX:.0f})"
    )
    assert mesure["metiers"] > 1_500
    assert mesure["secondes"] <= CHARGEMENT_MAX
    assert mesure["mio"] <= MEMOIRE_MAX


def test_every_fiche_of_the_full_catalogue_opens(var: Path) -> None:
    catalogue = Catalogue.load(var / "catalogue")
    for code in catalogue.metiers:
        fiche = catalogue.fiche(code)
        assert fiche.competences, code
        assert fiche.grand_domaine, code
        assert fiche.domaine, code
        for figure in catalogue.indicateurs(code, "44109"):
            assert (figure.valeur is not None) == (figure.statut == "publie"), figure
    for certification in catalogue.all(Certification):
        assert catalogue.certification(certification.numero).certification == certification


def test_the_official_rome_is_whole_in_the_catalogue(var: Path) -> None:
    rapport = read_report(var / "catalogue")
    assert rapport is not None
    assert {s["origine"] for s in rapport["sources"]} == {"officiel"}
    rome = ("appellations", "mobilités", "liens métier")
    assert [c for c in rapport["constats"] if c["gravite"] == "ecarte" and c["nom"].startswith(rome)] == []
    for journal in rapport["journaux"]:
        for fichier in journal["fichiers"]:
            assert fichier["lues"] == fichier["gardees"] + sum(fichier["rejets"].values()), fichier["fichier"]
