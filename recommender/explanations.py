"""From ranks and values to sentences: what adds to the index, with its proofs."""

from collections.abc import Callable, Sequence

import numpy as np

from recommender.config import Config
from recommender.etat import Etat, Indice
from recommender.matrices import Matrices
from recommender.openings import Ouvertures
from recommender.ponderation import axis_shares
from recommender.signals.base import AXES, enumerate_french
from recommender.signals.competences import label_item
from recommender.signals.conditions import levels_beyond, own_level
from recommender.types import Axe, CompetenceSituee, Explication, MetierPropose
from referentiels.catalogue import Catalogue
from referentiels.types import CodeOgr, CodeRome, NumeroFiche


class Redacteur:
    """Describes the métiers of one answer."""

    def __init__(
        self,
        catalogue: Catalogue,
        matrices: Matrices,
        etat: Etat,
        config: Config,
        certifications: Callable[[CodeRome], tuple[NumeroFiche, ...]],
    ) -> None:
        rien = Indice(np.zeros(len(matrices.codes)), {})
        self.catalogue = catalogue
        self.matrices = matrices
        self.compris = etat.compris
        self.acquis = etat.acquis
        self.signals = etat.signals
        self.indice = etat.indice or rien
        self.certifications = certifications
        self.axes = axis_shares(etat.ponderation, etat.total)
        self.ouvertures = Ouvertures(matrices, self.indice, etat.compris, etat.acquis, config)
        self._connu = own_level(matrices, etat.compris)
        self._au_dela = levels_beyond(matrices, etat.compris, config)

    def describe(self, rang: int) -> MetierPropose:
        """One métier with its reasons, largest contribution first, and the compétences held and missing."""
        metier = self.catalogue.metiers[self.matrices.codes[rang]]
        explications = self._explain(rang)
        acquises, transferables, manquantes = self._situate(rang)
        return MetierPropose(
            code_rome=metier.code_rome,
            intitule=metier.intitule,
            definition=metier.definition,
            indice=sum(e.contribution for e in explications),
            attrait=self._axis("attrait", explications),
            portee=self._axis("portee", explications),
            explications=explications,
            acquises=acquises,
            transferables=transferables,
            manquantes=manquantes,
            alertes=self._alerts(rang),
            ouverture=self.ouvertures.other_field(rang),
            gestes=self.ouvertures.shared_gestures(rang),
            certifications=self.certifications(metier.code_rome),
        )

    def _explain(self, rang: int) -> tuple[Explication, ...]:
        explications = []
        for signal in self.signals if self.indice.contributions else ():
            contribution = float(self.indice.contributions[signal.critere][rang])
            if contribution > 0:
                preuve = signal.prouver(rang)
                explications.append(
                    Explication(signal.critere, AXES[signal.critere], contribution, preuve.phrase, preuve.faits)
                )
        return tuple(sorted(explications, key=lambda e: (-e.contribution, e.critere)))

    def _axis(self, axe: Axe, explications: Sequence[Explication]) -> float:
        """The contributions of one axis, over the share that this axis has in the index."""
        part = self.axes[axe]
        return min(sum(e.contribution for e in explications if e.axe == axe) / part, 1.0) if part > 0 else 0.0

    def _situate(
        self, rang: int
    ) -> tuple[tuple[CompetenceSituee, ...], tuple[CompetenceSituee, ...], tuple[CompetenceSituee, ...]]:
        """Held, transferable and missing demands of a métier, most important first."""
        ligne = self.matrices.parts[rang]
        coeur = set(self.matrices.coeur[rang].indices.tolist())
        ordre = np.lexsort((ligne.indices, -ligne.data))
        acquises, transferables, manquantes = [], [], []
        for position in ordre.tolist():
            item, part = int(ligne.indices[position]), float(ligne.data[position])
            if self.acquis.forces[item] > 0:
                acquises.append(self._situated(item, part, item in coeur, self.acquis.origines[item]))
            elif self.acquis.transferts[item] > 0:
                proche = label_item(self.catalogue, int(self.acquis.sources[item]))
                transferables.append(self._situated(item, part, item in coeur, f"proche de « {proche} »"))
            else:
                manquantes.append(self._situated(item, part, item in coeur, None))
        return tuple(acquises), tuple(transferables), tuple(manquantes)

    def _situated(self, item: int, part: float, coeur: bool, origine: str | None) -> CompetenceSituee:
        ogr = CodeOgr(self.matrices.items[item])
        competence = self.catalogue.competences.get(ogr)
        nature = "savoir" if competence is None else competence.categorie.lower()
        return CompetenceSituee(
            code=ogr,
            libelle=self.catalogue.savoirs[ogr].libelle if competence is None else competence.libelle,
            nature=nature,  # type: ignore[arg-type]
            importance=part,
            coeur_metier=coeur,
            transversale=bool(self.matrices.transversal[item]),
            origine=origine,
        )

    def _alerts(self, rang: int) -> tuple[str, ...]:
        refusees = {**self.compris.contextes.get("eviter", {}), **self.compris.contextes.get("exclure", {})}
        presentes = tuple(
            libelle
            for code, libelle in refusees.items()
            if code in self.matrices.contextes and rang in self.matrices.contextes[code]
        )
        verbe = "les signale" if len(presentes) > 1 else "le signale"
        nommees = enumerate_french(presentes, len(presentes))
        alertes = [f"Vous préférez éviter {nommees} : le ROME {verbe} pour ce métier."] if presentes else []
        if self._au_dela[rang] > 0:
            alertes.append(
                f"On y accède en général avec un diplôme de niveau {round(float(self.matrices.niveaux[rang]))} ; "
                f"ce que vous avez dit est de niveau {round(self._connu or 0)} : comptez plusieurs étapes."
            )
        return tuple(alertes)
