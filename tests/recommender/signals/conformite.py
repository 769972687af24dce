"""What every criterion owes: values in [0, 1], and a proof wherever the value is above 0."""

import numpy as np

from recommender.matrices import Matrices
from recommender.signals.base import Signal


def check_signal(signal: Signal, matrices: Matrices) -> None:
    """Check a criterion over all the métiers of a catalogue."""
    valeurs = signal.valeurs
    assert valeurs.shape == (len(matrices.codes),)
    assert np.isfinite(valeurs).all()
    assert valeurs.min() >= 0.0
    assert valeurs.max() <= 1.0
    for rang in np.flatnonzero(valeurs > 0).tolist():
        preuve = signal.prouver(rang)
        assert preuve.phrase.endswith(".")
        assert "  " not in preuve.phrase
        assert " ." not in preuve.phrase
        assert preuve.faits, f"{signal.critere} : {matrices.codes[rang]} a une valeur sans preuve"
        assert all(preuve.faits)
