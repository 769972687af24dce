"""What the person can do, against what each métier calls for."""

from dataclasses import dataclass

import numpy as np

from recommender.comprehension import ProfilCompris, Tenue
from recommender.config import Config
from recommender.matrices import Matrices, Vecteur
from recommender.signals.base import Preuve, Signal, enumerate_french
from referentiels.catalogue import Catalogue
from referentiels.types import CodeOgr


@dataclass(frozen=True, slots=True)
class Acquis:
    """Items held over the whole référentiel: strength in [0, 1] by item rank, and origins."""

    forces: Vecteur
    transferts: Vecteur
    """Strength through the macro-compétence, 0 where the item itself is held."""
    origines: dict[int, str]
    source_transfert: dict[int, int]
    """Group → code of the strongest held compétence of that group."""


def gather_acquis(matrices: Matrices, compris: ProfilCompris, config: Config) -> Acquis:
    """All that the person holds: what they declared, and what their experiences call for."""
    tenues: dict[int, Tenue] = {}
    groupes: dict[int, tuple[float, int]] = {}

    def hold(ogr: int, tenue: Tenue) -> None:
        rang = matrices.rang_item.get(ogr)
        if rang is not None and (rang not in tenues or tenue.force > tenues[rang].force):
            tenues[rang] = tenue
        groupe = matrices.groupe_de.get(ogr, -1)
        if groupe >= 0 and tenue.force > groupes.get(groupe, (0.0, 0))[0]:
            groupes[groupe] = (tenue.force, ogr)

    for ogr, tenue in compris.items.items():
        hold(ogr, tenue)
    for code, tenue in compris.metiers.items():
        ligne = matrices.rang[code]
        coeur = set(matrices.coeur[ligne].indices.tolist())
        for rang in matrices.demandes[ligne].indices.tolist():
            if matrices.attestation[rang]:
                continue
            part = 1.0 if rang in coeur else config.acquis.hors_coeur
            hold(matrices.items[rang], Tenue(tenue.force * part, tenue.origine))
    forces = np.zeros(len(matrices.items))
    for rang, tenue in tenues.items():
        forces[rang] = tenue.force
    valeurs_groupe = np.zeros(max(matrices.groupe_de.values(), default=-1) + 2)
    for groupe, (force, _) in groupes.items():
        valeurs_groupe[groupe] = force
    transferts = config.acquis.transferable * valeurs_groupe[matrices.groupe]
    transferts[(forces > 0) | matrices.transversal] = 0.0
    return Acquis(
        forces=forces,
        transferts=transferts,
        origines={rang: t.origine for rang, t in tenues.items()},
        source_transfert={groupe: ogr for groupe, (_, ogr) in groupes.items()},
    )


def signal_competences(matrices: Matrices, acquis: Acquis, catalogue: Catalogue, config: Config) -> Signal:
    """Closeness between what the person holds and what each métier calls for.

    The order is that of a cosine: both sides are weighed by rarity and nature, the métier's side also by cœur de
    métier, so that what nearly every métier calls for weighs little on either side. The person's side is not
    divided by its length: that would change no order, but one more compétence would then lower the others. The
    projection is brought to [0, 1[ by `acquis.demi` and `acquis.courbe`; it only rises with what the person holds.
    """
    personne = np.maximum(acquis.forces, acquis.transferts) * matrices.gain
    apport = matrices.demandes @ personne / np.where(matrices.normes > 0, matrices.normes, 1.0)
    valeurs = (apport / (apport + config.acquis.demi)) ** config.acquis.courbe

    def prouver(metier: int) -> Preuve:
        ligne = matrices.demandes[metier]
        rangs = ligne.indices
        apports = ligne.data * personne[rangs]
        ordre = rangs[np.lexsort((rangs, -apports))]
        tenus = [r for r in ordre.tolist() if acquis.forces[r] > 0]
        techniques = [r for r in tenus if not matrices.transversal[r]]
        proches = [r for r in ordre.tolist() if acquis.transferts[r] > 0]
        if tenus:
            cites = tuple(label_item(catalogue, matrices.items[r]) for r in (techniques or tenus)[:3])
            if len(tenus) == 1:
                return Preuve(f"Vous avez un point commun avec ce métier : {enumerate_french(cites)}.", cites)
            lien = ", dont" if len(tenus) > len(cites) else " :"
            nombre = f"{len(tenus)} compétences et savoirs en commun avec ce métier"
            return Preuve(f"Vous avez {nombre}{lien} {enumerate_french(cites)}.", cites)
        cites = tuple(label_item(catalogue, matrices.items[r]) for r in proches[:3])
        return Preuve(f"Ce que vous savez faire est proche de {enumerate_french(cites)}.", cites)

    return Signal("competences", valeurs, prouver)


def label_item(catalogue: Catalogue, ogr: int) -> str:
    """The label of a compétence or savoir."""
    competence = catalogue.competences.get(CodeOgr(ogr))
    return competence.libelle if competence is not None else catalogue.savoirs[CodeOgr(ogr)].libelle
