"""The training of our encoder: a base, whole or cut to fewer layers, brought to the words of the field."""

import copy
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding
from torch.nn.functional import normalize

from embeddings.formes import Formes
from embeddings.training.boucle import Progress, Reglage, run_steps
from embeddings.training.bruit import add_noise
from embeddings.training.lots import make_batches
from embeddings.training.paires import Corpus, Paire
from embeddings.training.perte import contrastive
from embeddings.training.vocabulaire import common_words
from referentiels.errors import ModelError

_PIECES_MAX = 48
"""Word pieces of a text that are read; the rest is left out."""
_LOT_DISTILLATION = 64
_TRANCHE = 1024
"""Texts sorted by length together, so that batches hold little padding."""
_TRANCHE_LOT = 16
"""Texts encoded together, of like lengths: padding costs as much as words."""
_LOT_PIECES = 256
_LISSAGE = 1e-3
"""Frequency from which a word piece begins to count less."""
_POIDS_VOISINAGE = 100.0
_POIDS_COSINUS = 10.0
_PROMPT_BASE = "query: "
"""What multilingual-e5 was trained with; ours needs none."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a training depends on, besides its data."""

    couches: int = 12
    """Layers kept of the base; 0 for a static encoder: one vector a word piece, averaged."""
    passes_referentiels: int = 1
    """Passes over the pairs of the référentiels alone, first."""
    passes: int = 2
    """Passes over names and what people say, next; partners and noise change with each."""
    textes: int = 44_000
    """Texts of the référentiels that the cut encoder learns to read as the whole one does."""
    mots: int = 10_000
    """Common words of French, likewise."""
    taux: float = 1e-4
    taux_distillation: float = 2e-4
    taux_statique: float = 5e-3
    part_base: float = 0.2
    """Weight of the base in the mean of the weights, at the end: it keeps what the pairs do not teach. Only where all
    the layers of the base are kept."""
    graine: int = 20_261_121

    def as_dict(self) -> dict[str, float]:
        """The values by name, for the model card."""
        return asdict(self)


def load_base(nom: str) -> SentenceTransformer:
    """A base encoder by folder, or by name where a network is at hand.

    Raises:
        ModelError: It cannot be loaded.
    """
    try:
        modele = SentenceTransformer(nom)
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(f"base « {nom} » introuvable ou illisible ({error}).") from error
    modele.max_seq_length = _PIECES_MAX
    return modele


def train(corpus: Corpus, base: str, plan: Plan, dossier: Path, progress: Progress) -> SentenceTransformer:
    """Make the encoder; stops and starts again from its working folder.

    Args:
        corpus: What it learns from.
        base: Folder or name of the base encoder.
        plan: How.
        dossier: Working folder: what is needed to resume.
        progress: Called with French sentences.
    """
    torch.manual_seed(plan.graine)
    dossier.mkdir(parents=True, exist_ok=True)
    maitre = load_base(base)
    eleve = cut_layers(maitre, plan.couches) if plan.couches else make_static(maitre, corpus.texts())
    taux = plan.taux if plan.couches else plan.taux_statique
    if 0 < plan.couches < len(_layers(maitre)):
        textes = random.Random(plan.graine).sample(corpus.texts(), plan.textes)
        imites = _by_length([*textes, *common_words(plan.mots)], plan.graine)
        run_steps(eleve, imites, partial(_imitation, maitre, eleve),
                  Reglage("distillation", plan.taux_distillation, dossier, progress))  # fmt: skip
    for nom, passes, parler in (("referentiels", plan.passes_referentiels, False), ("parler", plan.passes, True)):
        for passe in range(passes):
            graine = plan.graine + 1000 * parler + passe
            lots = make_batches(corpus.draw(graine, parler=parler), graine)
            run_steps(eleve, list(enumerate(lots)), partial(_contrast, eleve, graine),
                      Reglage(f"{nom}-{passe + 1}", taux, dossier, progress))  # fmt: skip
    if plan.couches >= len(_layers(maitre)) and plan.part_base:
        blend(eleve, maitre, plan.part_base)
    return eleve


def blend(eleve: SentenceTransformer, maitre: SentenceTransformer, part: float) -> None:
    """Replace each weight of the pupil by its mean with the master's, `part` being the master's share."""
    siens = maitre.state_dict()
    with torch.no_grad():
        for nom, poids in eleve.state_dict().items():
            if poids.is_floating_point():
                poids.lerp_(siens[nom].to(poids), part)


def cut_layers(modele: SentenceTransformer, couches: int) -> SentenceTransformer:
    """A copy of the encoder with so many of its layers, evenly chosen, the first and the last included."""
    eleve = copy.deepcopy(modele)
    toutes = _layers(eleve)
    if couches < len(toutes):
        gardees = [round(rang * (len(toutes) - 1) / (couches - 1)) for rang in range(couches)]
        transformeur: Any = eleve[0].auto_model
        transformeur.encoder.layer = torch.nn.ModuleList([toutes[rang] for rang in gardees])
        transformeur.config.num_hidden_layers = couches
    return eleve


def make_static(maitre: SentenceTransformer, textes: Sequence[str]) -> SentenceTransformer:
    """An encoder without layers: each word piece as the master reads it alone, rare pieces counting more.

    Args:
        maitre: The encoder that is imitated.
        textes: Where the frequency of pieces is counted.
    """
    decoupeur = maitre.tokenizer
    debut, fin = decoupeur.cls_token_id, decoupeur.sep_token_id
    with torch.inference_mode():
        tranches = torch.split(torch.arange(len(decoupeur)), _LOT_PIECES)
        vecteurs = torch.cat(
            [normalize(_forward(maitre, [[debut, p, fin] for p in t.tolist()]), dim=1) for t in tranches]
        )
    comptes = torch.ones(len(decoupeur))
    for pieces in decoupeur(list(textes), add_special_tokens=False)["input_ids"]:
        comptes[pieces] += 1.0
    poids = _LISSAGE / (_LISSAGE + comptes / comptes.sum())
    module = StaticEmbedding(decoupeur, (vecteurs - vecteurs.mean(dim=0)) * poids[:, None])
    return SentenceTransformer(modules=[module, Normalize()], device="cpu")


def save_model(modele: SentenceTransformer, formes: Formes, dossier: Path) -> None:
    """Write the encoder in 16 bits, with the forms of words that it reads."""
    copy.deepcopy(modele).half().save_pretrained(str(dossier), create_model_card=False)
    formes.save(dossier)


def _layers(modele: SentenceTransformer) -> torch.nn.ModuleList:
    transformeur: Any = modele[0].auto_model
    couches: torch.nn.ModuleList = transformeur.encoder.layer
    return couches


def _embed(modele: SentenceTransformer, textes: Sequence[str]) -> torch.Tensor:
    """Vectors of the texts, in slices of like lengths."""
    if isinstance(modele[0], StaticEmbedding):
        return torch.as_tensor(modele(modele[0].preprocess(list(textes)))["sentence_embedding"])
    pieces: list[list[int]] = modele.tokenizer(list(textes), truncation=True, max_length=_PIECES_MAX)["input_ids"]
    ordre = sorted(range(len(pieces)), key=lambda rang: len(pieces[rang]))
    tranches = [ordre[debut : debut + _TRANCHE_LOT] for debut in range(0, len(ordre), _TRANCHE_LOT)]
    vecteurs = torch.cat([_forward(modele, [pieces[rang] for rang in tranche]) for tranche in tranches])
    retour = torch.empty(len(ordre), dtype=torch.long)
    retour[torch.tensor(ordre)] = torch.arange(len(ordre))
    return vecteurs[retour]


def _forward(modele: SentenceTransformer, pieces: Sequence[list[int]]) -> torch.Tensor:
    lot = modele.tokenizer.pad({"input_ids": list(pieces)}, return_tensors="pt")
    vecteurs: torch.Tensor = modele({nom: t.to(modele.device) for nom, t in lot.items()})["sentence_embedding"]
    return vecteurs.float()


def _imitation(maitre: SentenceTransformer, eleve: SentenceTransformer, textes: Sequence[str]) -> torch.Tensor:
    """How far the pupil's vectors, and their likeness to each other, are from the master's."""
    with torch.no_grad():
        vises = normalize(_embed(maitre, [_PROMPT_BASE + texte for texte in textes]), dim=1)
    obtenus = normalize(_embed(eleve, textes), dim=1)
    cosinus = (1 - (obtenus * vises).sum(dim=1)).mean()
    voisinage = (obtenus @ obtenus.T - vises @ vises.T).square().mean()
    return _POIDS_COSINUS * cosinus + _POIDS_VOISINAGE * voisinage


def _contrast(eleve: SentenceTransformer, graine: int, lot_numerote: tuple[int, Sequence[Paire]]) -> torch.Tensor:
    numero, lot = lot_numerote
    alea = random.Random(graine + numero)
    questions = _embed(eleve, [add_noise(paire.question, alea) for paire in lot])
    reponses = _embed(eleve, [paire.reponse for paire in lot])
    return contrastive(questions, reponses, [paire.groupe for paire in lot])


def _by_length(textes: Sequence[str], graine: int) -> list[list[str]]:
    """Batches of texts of like lengths, in random order."""
    alea = random.Random(graine)
    melange = list(textes)
    alea.shuffle(melange)
    lots = []
    for debut in range(0, len(melange), _TRANCHE):
        tranche = sorted(melange[debut : debut + _TRANCHE], key=len)
        lots += [tranche[i : i + _LOT_DISTILLATION] for i in range(0, len(tranche), _LOT_DISTILLATION)]
    alea.shuffle(lots)
    return lots
