"""One NewType per official key, and the forms that those keys take."""

import re
from typing import Literal, NewType

CodeRome = NewType("CodeRome", str)
CodeOgr = NewType("CodeOgr", int)
NumeroFiche = NewType("NumeroFiche", str)
CodeBloc = NewType("CodeBloc", str)
CodeNsf = NewType("CodeNsf", str)
CodeFormacode = NewType("CodeFormacode", str)
CodeCommune = NewType("CodeCommune", str)
CodeDepartement = NewType("CodeDepartement", str)
CodeRegion = NewType("CodeRegion", str)
CodeEpci = NewType("CodeEpci", str)
CodeZoneEmploi = NewType("CodeZoneEmploi", str)
CodeBassin = NewType("CodeBassin", str)

FORME_ROME = re.compile(r"[A-N]\d{4}")
FORME_FICHE = re.compile(r"(?:RNCP|RS)\d{1,6}")
FORME_BLOC = re.compile(r"(?:RNCP|RS)\d{1,6}BC\w{1,6}")
FORME_COMMUNE = re.compile(r"(?:\d{2}|2[AB])\d{3}")
FORME_RIASEC = re.compile(r"[RIASEC]")

Voie = Literal[
    "scolaire", "apprentissage", "continue", "contrat_professionnalisation", "vae", "candidature_individuelle"
]
Modalite = Literal["presentiel", "distance", "mixte"]
Maille = Literal["etablissement", "commune", "bassin", "zone_emploi", "departement", "academie", "region", "national"]
"""Territorial scales, from the nearest to the widest."""
Statut = Literal["publie", "secret", "non_renseigne"]
"""`secret`: the producer hides a small count; `non_renseigne`: the producer gives nothing."""
Nomenclature = Literal[
    "rome_v4", "rome_v3", "fap2009_225", "fap2009_87", "fap2009_22", "fap2021", "cfd", "rncp", "nsf", "formacode",
    "naf_secteur", "naf_732", "isco08", "isced_f", "onisep_metier", "pcs", "mef", "mefstat11", "territoire",
]  # fmt: skip
