"""The computation of our encoder as an ONNX graph, made from its weights: layers in 8 bits, by blocks of 128."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from referentiels.errors import ModelError

POIDS = "model.safetensors"
_CONFIG = "config.json"
_BLOC = 128
"""Weights, and activations, that share a scale: one for all of a text is a third quicker, and loses .002 of cosine."""
_PRECISION_ENTIERE = 4
"""Products are made on integers of 8 bits."""
_ZERO = 128
_OPSET = 20
_VERSION_IR = 10
_MICROSOFT = "com.microsoft"
Reels = npt.NDArray[np.float32]


def build_graph(dossier: Path, pieces_max: int) -> bytes:
    """The graph of a BERT encoder: `ids`, the word pieces of one text, (1, p) integers → `vecteur`, (1, d), unit.

    Args:
        dossier: A folder that sentence-transformers wrote: weights, configuration.
        pieces_max: Word pieces of the longest text that it will be given.

    Raises:
        ModelError: Files are absent or are not those of a BERT encoder.
    """
    from safetensors import SafetensorError  # noqa: PLC0415 (only when an encoder is opened)
    from safetensors.numpy import load_file  # noqa: PLC0415

    try:
        config: dict[str, Any] = json.loads((dossier / _CONFIG).read_text(encoding="utf-8"))
        poids = load_file(str(dossier / POIDS))
        if config["model_type"] != "bert" or config["hidden_act"] != "gelu":
            raise ModelError(f"« {dossier} » n'est pas un encodeur BERT.")
        return _Graphe(poids, config, pieces_max).serialize()
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ModelError(f"encodeur « {dossier} » introuvable ou illisible ({error}).") from error


class _Graphe:
    """Nodes and weights, gathered from the input to the output."""

    def __init__(self, poids: Mapping[str, npt.NDArray[Any]], config: Mapping[str, Any], pieces_max: int) -> None:
        import onnx  # noqa: PLC0415 (only when an encoder is opened)

        self._onnx = onnx
        self._poids = poids
        self._config = config
        self._pieces_max = pieces_max
        self._noeuds: list[Any] = []
        self._initiaux: list[Any] = []

    def serialize(self) -> bytes:
        """The whole model."""
        entier, reel = self._onnx.TensorProto.INT64, self._onnx.TensorProto.FLOAT
        aide = self._onnx.helper
        etat = self._embeddings()
        for rang in range(self._config["num_hidden_layers"]):
            etat = self._layer(etat, f"encoder.layer.{rang}")
        self._mean(etat)
        graphe = aide.make_graph(
            self._noeuds,
            "encodeur",
            [aide.make_tensor_value_info("ids", entier, [1, "p"])],
            [aide.make_tensor_value_info("vecteur", reel, [1, self._config["hidden_size"]])],
            self._initiaux,
        )
        versions = [aide.make_opsetid("", _OPSET), aide.make_opsetid(_MICROSOFT, 1)]
        modele = aide.make_model(graphe, opset_imports=versions, ir_version=_VERSION_IR)
        return bytes(modele.SerializeToString())

    def _embeddings(self) -> str:
        positions = self._reel("embeddings.position_embeddings.weight")[: self._pieces_max]
        genre = self._reel("embeddings.token_type_embeddings.weight")[0]
        mots = self._keep("mots", self._poids["embeddings.word_embeddings.weight"].astype(np.float16))
        self._add("Gather", [mots, "ids"], "mots16")
        self._add("Cast", ["mots16"], "mots32", to=self._onnx.TensorProto.FLOAT)
        zero = self._keep("zero", np.zeros(1, dtype=np.int64))
        self._add("Shape", ["ids"], "longueur", start=1, end=2)
        self._add("Slice", [self._keep("positions", positions + genre), zero, "longueur", zero], "places")
        self._add("Add", ["mots32", "places"], "entree")
        norme = self._norm("embeddings.LayerNorm")
        return self._add("LayerNormalization", ["entree", *norme], "couche", axis=-1, epsilon=self._epsilon)

    def _layer(self, etat: str, nom: str) -> str:
        tetes = [f"{nom}.attention.self.{partie}" for partie in ("query", "key", "value")]
        qkv = self._linear(etat, tetes, f"{nom}.qkv")
        trois = [f"{nom}.{partie}" for partie in ("q", "k", "v")]
        self._noeuds.append(self._onnx.helper.make_node("Split", [qkv], trois, axis=2, num_outputs=3))
        attention = self._add("MultiHeadAttention", trois, f"{nom}.attention", domain=_MICROSOFT,
                              num_heads=self._config["num_attention_heads"])  # fmt: skip
        etat = self._residual(attention, etat, f"{nom}.attention.output")
        interne = self._linear(etat, [f"{nom}.intermediate.dense"], f"{nom}.interne")
        self._add("Gelu", [interne], f"{nom}.gelu", domain=_MICROSOFT)
        return self._residual(f"{nom}.gelu", etat, f"{nom}.output")

    def _residual(self, valeur: str, etat: str, nom: str) -> str:
        sortie = self._linear(valeur, [f"{nom}.dense"], f"{nom}.lineaire")
        somme = self._add("Add", [sortie, etat], f"{nom}.somme")
        return self._add("LayerNormalization", [somme, *self._norm(f"{nom}.LayerNorm")], f"{nom}.norme",
                         axis=-1, epsilon=self._epsilon)  # fmt: skip

    def _mean(self, etat: str) -> None:
        self._add("ReduceSum", [etat, self._keep("axe", np.array([1], dtype=np.int64))], "somme", keepdims=0)
        self._add("LpNormalization", ["somme"], "vecteur", axis=-1, p=2)

    def _linear(self, entree: str, noms: Sequence[str], sortie: str) -> str:
        """One product for several linear layers of the same input."""
        poids = np.concatenate([self._reel(f"{nom}.weight") for nom in noms])
        biais = np.concatenate([self._reel(f"{nom}.bias") for nom in noms])
        entiers, echelles = quantize(poids)
        entrees = [entree, self._keep(f"{sortie}.poids", entiers), self._keep(f"{sortie}.echelles", echelles), "", "",
                   self._keep(f"{sortie}.biais", biais)]  # fmt: skip
        return self._add("MatMulNBits", entrees, sortie, domain=_MICROSOFT, N=poids.shape[0], K=poids.shape[1],
                         bits=8, block_size=_BLOC, accuracy_level=_PRECISION_ENTIERE)  # fmt: skip

    def _norm(self, nom: str) -> list[str]:
        return [self._keep(f"{nom}.{partie}", self._reel(f"{nom}.{partie}")) for partie in ("weight", "bias")]

    @property
    def _epsilon(self) -> float:
        return float(self._config["layer_norm_eps"])

    def _reel(self, nom: str) -> Reels:
        return self._poids[nom].astype(np.float32)

    def _keep(self, nom: str, valeurs: npt.NDArray[Any]) -> str:
        self._initiaux.append(self._onnx.numpy_helper.from_array(np.ascontiguousarray(valeurs), nom))
        return nom

    def _add(self, operation: str, entrees: Sequence[str], sortie: str, **attributs: Any) -> str:
        self._noeuds.append(self._onnx.helper.make_node(operation, entrees, [sortie], **attributs))
        return sortie


def quantize(poids: Reels) -> tuple[npt.NDArray[np.uint8], Reels]:
    """Weights as integers of 8 bits around 128 with one scale a block of their last axis.

    Args:
        poids: (n, k), k a multiple of 128.

    Returns:
        (n, k / 128, 128) integers and the flat scales: weight = (integer − 128) × scale.
    """
    blocs = poids.reshape(poids.shape[0], -1, _BLOC)
    echelles = np.abs(blocs).max(axis=2) / (_ZERO - 1)
    echelles[echelles == 0] = 1.0
    entiers = np.clip(np.rint(blocs / echelles[..., None]) + _ZERO, 0, 255).astype(np.uint8)
    return entiers, echelles.astype(np.float32).reshape(-1)
