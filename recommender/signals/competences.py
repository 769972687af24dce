"""What the person can do, against what each métier calls for."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.config import Config
from recommender.matrices import Matrices, Vecteur, line
from recommender.profil_compris import ProfilCompris, Tenue
from recommender.signals.base import Preuve, Signal, enumerate_french
from referentiels.catalogue import Catalogue
from referentiels.types import CodeOgr


@dataclass(frozen=True, slots=True)
class Acquis:
    """Items held over the whole référentiel: strength in [0, 1] by item rank, and origins."""

    forces: Vecteur
    transferts: Vecteur
    """Strength through a held item that is close: of the same macro-compétence, or near by meaning; 0 where the item
    itself is held."""
    origines: dict[int, str]
    sources: NDArray[np.int64]
    """OGR code of the held item from which each transfer comes, -1 for none."""


def gather_acquis(matrices: Matrices, compris: ProfilCompris, config: Config) -> Acquis:
    """All that the person holds: what they declared, and what their experiences call for."""
    tenues = _held(matrices, compris, config)
    forces = np.zeros(len(matrices.items))
    for ogr, tenue in tenues.items():
        if ogr in matrices.rang_item:
            forces[matrices.rang_item[ogr]] = tenue.force
    transferts, sources = _transfers(matrices, tenues, config)
    sans = (forces > 0) | matrices.transversal | matrices.attestation
    sans[[matrices.rang_item[ogr] for ogr in compris.refusees if ogr in matrices.rang_item]] = True
    transferts[sans], sources[sans] = 0.0, -1
    return Acquis(
        forces=forces,
        transferts=transferts,
        origines={matrices.rang_item[ogr]: t.origine for ogr, t in tenues.items() if ogr in matrices.rang_item},
        sources=sources,
    )


def _held(matrices: Matrices, compris: ProfilCompris, config: Config) -> dict[int, Tenue]:
    """The strongest hold on each item, by OGR code."""
    tenues = dict(compris.items)
    for code, tenue in compris.metiers.items():
        ligne = matrices.rang[code]
        coeur = set(line(matrices.coeur, ligne)[0].tolist())
        for rang in line(matrices.demandes, ligne)[0].tolist():
            if matrices.attestation[rang]:
                continue
            ogr, force = matrices.items[rang], tenue.force * (1.0 if rang in coeur else config.acquis.hors_coeur)
            if ogr not in tenues or force > tenues[ogr].force:
                tenues[ogr] = Tenue(force, tenue.origine)
    return {ogr: tenue for ogr, tenue in tenues.items() if ogr not in compris.refusees}


def _transfers(matrices: Matrices, tenues: Mapping[int, Tenue], config: Config) -> tuple[Vecteur, NDArray[np.int64]]:
    """What is close to what is held, and to which held item each is closest."""
    transferts, sources = np.zeros(len(matrices.items)), np.full(len(matrices.items), -1, dtype=np.int64)
    groupes: dict[int, tuple[float, int]] = {}
    for ogr, tenue in tenues.items():
        groupe = matrices.groupe_de.get(ogr, -1)
        if groupe >= 0 and tenue.force > groupes.get(groupe, (0.0, 0))[0]:
            groupes[groupe] = (tenue.force, ogr)
    if groupes:
        valeurs, codes = np.zeros(max(groupes) + 1), np.full(max(groupes) + 1, -1, dtype=np.int64)
        for groupe, (force, ogr) in groupes.items():
            valeurs[groupe], codes[groupe] = force * config.acquis.transferable, ogr
        dedans = (matrices.groupe >= 0) & (matrices.groupe < len(valeurs))
        transferts[dedans], sources[dedans] = valeurs[matrices.groupe[dedans]], codes[matrices.groupe[dedans]]
    for ogr, tenue in tenues.items():
        ligne = matrices.rang_proche.get(ogr)
        rang = matrices.rang_item.get(ogr)
        if ligne is None or (rang is not None and matrices.transversal[rang]):
            continue
        voisins, proximites = line(matrices.proches, ligne)
        valeur = config.acquis.transferable_sens * tenue.force * proximites
        mieux = valeur > transferts[voisins]
        transferts[voisins[mieux]], sources[voisins[mieux]] = valeur[mieux], ogr
    return transferts, sources


def signal_competences(matrices: Matrices, acquis: Acquis, catalogue: Catalogue, config: Config) -> Signal:
    """Closeness between what the person holds and what each métier calls for.

    The order is that of a cosine: both sides are weighed by rarity and nature, the métier's side also by cœur de
    métier, so that what nearly every métier calls for weighs little on either side. The person's side is not
    divided by its length: that would change no order, but one more compétence would then lower the others. The
    projection is brought to [0, 1[ by `acquis.demi` and `acquis.courbe`; it only rises with what the person holds.
    """
    personne = np.maximum(acquis.forces, acquis.transferts) * matrices.gain
    apport = reach(matrices, np.maximum(acquis.forces, acquis.transferts))
    valeurs = (apport / (apport + config.acquis.demi)) ** config.acquis.courbe

    def prouver(metier: int) -> Preuve:
        rangs, poids = line(matrices.demandes, metier)
        apports = poids * personne[rangs]
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


def reach(matrices: Matrices, forces: Vecteur) -> Vecteur:
    """How much of each métier's demands some items cover, (N,), rare ones counting more.

    Args:
        matrices: The référentiel.
        forces: Strength of each item, (I,).
    """
    return np.asarray(matrices.demandes @ (forces * matrices.gain) / np.where(matrices.normes > 0, matrices.normes, 1))


def label_item(catalogue: Catalogue, ogr: int) -> str:
    """The label of a compétence or savoir."""
    competence = catalogue.competences.get(CodeOgr(ogr))
    return competence.libelle if competence is not None else catalogue.savoirs[CodeOgr(ogr)].libelle
