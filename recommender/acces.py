"""Which certifications lead to each métier, read once."""

from collections import Counter
from dataclasses import dataclass
from sys import intern

import numpy as np
from numpy.typing import NDArray

from referentiels.catalogue import Catalogue
from referentiels.types import Certification, CertificationRome, CodeRome, NumeroFiche

_QUART = 0.25
_NIVEAU_CADRE = 7.0


@dataclass(frozen=True, slots=True)
class Acces:
    """Ways into métiers by certifications."""

    certifications: dict[CodeRome, tuple[NumeroFiche, ...]]
    """Those not known to be closed. What authorities publish comes before what is estimated, then what leads to few
    métiers before what leads to many: it prepares this one. Ties by number, never by voie or provider."""
    niveaux: NDArray[np.float64]
    """Level from which active certifications lead to each métier, (N,): the lower quarter, since masters often
    specialise in a métier that others opened; that of a master for emplois de cadre without any; NaN when unknown."""


def read_access(catalogue: Catalogue) -> Acces:
    """Certifications and levels of every métier of a catalogue; about 0.4 s for the full référentiels."""
    fiches = {
        numero: (niveau, active)
        for numero, niveau, active in catalogue.store.rows(Certification, ("numero", "niveau", "active"))
        if active is None or active
    }
    liens = [
        # One string for each number and code: there are hundreds of thousands of links.
        (intern(numero), intern(code), bool(estime))
        for numero, code, estime in catalogue.store.rows(CertificationRome, ("numero", "code_rome", "estime"))
        if numero in fiches
    ]
    largeurs = Counter(numero for numero, _, _ in liens)
    de_metier: dict[str, list[tuple[bool, int, str]]] = {}
    for numero, code, estime in liens:
        de_metier.setdefault(code, []).append((estime, largeurs[numero], numero))
    niveaux = []
    for code, metier in catalogue.metiers.items():
        connus = [fiches[numero][0] for _, _, numero in de_metier.get(code, ()) if fiches[numero][1]]
        actifs = [niveau for niveau in connus if niveau is not None]
        defaut = _NIVEAU_CADRE if metier.emploi_cadre else np.nan
        niveaux.append(float(np.quantile(actifs, _QUART)) if actifs else defaut)
    return Acces(
        {CodeRome(code): tuple(NumeroFiche(n) for _, _, n in sorted(lot)) for code, lot in de_metier.items()},
        np.array(niveaux, dtype=np.float64),
    )
