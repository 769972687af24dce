"""From ranks and values to sentences: what adds to the index, with its proofs."""

from collections.abc import Callable, Sequence

import numpy as np

from recommender.config import Config
from recommender.etat import Etat
from recommender.matrices import Matrices, line
from recommender.openings import Ouvertures
from recommender.ponderation import axis_shares
from recommender.signals.base import AXES, enumerate_french
from recommender.signals.competences import label_item
from recommender.signals.conditions import levels_beyond, own_level
from recommender.types import Axe, CompetenceSituee, Explication, MetierPropose
from referentiels.catalogue import Catalogue
from referentiels.types import CodeOgr, CodeRome, NumeroFiche


def read_demands(catalogue: Catalogue, matrices: Matrices, rang: int) -> tuple[tuple[int, CompetenceSituee], ...]:
    """The demands of a métier, most important first, each with its item, as they are for who holds none."""
    items, parts = line(matrices.parts, rang)
    coeur = set(line(matrices.coeur, rang)[0].tolist())
    demandes = []
    for position in np.lexsort((items, -parts)).tolist():
        item = int(items[position])
        ogr = CodeOgr(matrices.items[item])
        competence = catalogue.competences.get(ogr)
        demande = CompetenceSituee(
            code=ogr,
            libelle=catalogue.savoirs[ogr].libelle if competence is None else competence.libelle,
            nature="savoir" if competence is None else competence.categorie.lower(),  # type: ignore[arg-type]
            importance=float(parts[position]),
            coeur_metier=item in coeur,
            transversale=bool(matrices.transversal[item]),
            origine=None,
        )
        demandes.append((item, demande))
    return tuple(demandes)


def _from(demande: CompetenceSituee, origine: str) -> CompetenceSituee:
    """The same demand, held: hundreds an answer, for which `replace` is slow."""
    return CompetenceSituee(
        code=demande.code,
        libelle=demande.libelle,
        nature=demande.nature,
        importance=demande.importance,
        coeur_metier=demande.coeur_metier,
        transversale=demande.transversale,
        origine=origine,
    )


class Redacteur:
    """Describes the métiers of one answer."""

    def __init__(
        self,
        catalogue: Catalogue,
        matrices: Matrices,
        etat: Etat,
        config: Config,
        ouvertures: Ouvertures,
        certifications: Callable[[CodeRome], tuple[NumeroFiche, ...]],
        demandes: Callable[[int], tuple[tuple[int, CompetenceSituee], ...]],
    ) -> None:
        self.catalogue = catalogue
        self.matrices = matrices
        self.compris = etat.compris
        self.acquis = etat.acquis
        self.signals = etat.signals
        self.contributions = etat.indice.contributions if etat.indice is not None else {}
        self.certifications = certifications
        self.demandes = demandes
        self.axes = axis_shares(etat.ponderation, etat.total)
        self.ouvertures = ouvertures
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
            proche_de=tuple((c, self.catalogue.metiers[c].intitule) for c in self.ouvertures.rappels.get(rang, ())),
        )

    def _explain(self, rang: int) -> tuple[Explication, ...]:
        explications = []
        for signal in self.signals if self.contributions else ():
            contribution = float(self.contributions[signal.critere][rang])
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
        acquises, transferables, manquantes = [], [], []
        for item, demande in self.demandes(rang):
            if self.acquis.forces[item] > 0:
                acquises.append(_from(demande, self.acquis.origines[item]))
            elif self.acquis.transferts[item] > 0:
                proche = label_item(self.catalogue, int(self.acquis.sources[item]))
                transferables.append(_from(demande, f"proche de « {proche} »"))
            else:
                manquantes.append(demande)
        return tuple(acquises), tuple(transferables), tuple(manquantes)

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
