"""`azimut encodeur`: making our encoder, and learning how its answers are weighed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import click
import numpy as np

from embeddings.cas.appris import FICHIER as APPRIS
from embeddings.cas.appris import Appris, by_field
from embeddings.cas.banque import FICHIER as CAS
from embeddings.cas.banque import Cas, cases_digest, read_cases
from embeddings.embarque import DOSSIER_MODELE, EncodeurEmbarque
from embeddings.fusion import ETIQUETTE, save_fusions
from embeddings.parler import load_parler
from embeddings.search import assemble
from embeddings.texts import Fiche, Nom, entities
from embeddings.training.decoupe import held_out, is_held_out_metier
from embeddings.training.reglage import Exemple, learn_fusion, make_example
from evaluation.requetes import read_requests
from recommender.diplomes_dits import is_licence, without_speciality
from recommender.durees import split_duration
from recommender.souhaits import split_refusals, split_text, wish_pieces
from referentiels.catalogue import Catalogue
from referentiels.errors import InvalidInputError
from referentiels.types import Appellation

ChargeurCatalogue = Callable[[], Catalogue]
BASE = "intfloat/multilingual-e5-small"
JEU_REGLAGE = Path(__file__).parent / "jeux" / "requetes_reglage.tsv"


@click.group(help="Fabrique l'encodeur des métiers et règle la fusion des deux recherches.")
def encodeur() -> None:
    """Group of the commands that make the encoder; `click.Context.obj` loads the catalogue."""


@encodeur.command(help="Entraîne l'encodeur sur les référentiels et le parler ; reprend là où il s'est arrêté.")
@click.option("--base", default=BASE, show_default=True, help="Encodeur de départ : un dossier, ou un nom en ligne.")
@click.option("--sortie", type=click.Path(path_type=Path), required=True, help="Dossier du nouvel encodeur.")
@click.option("--travail", type=click.Path(path_type=Path), required=True, help="Dossier de reprise.")
@click.option(
    "--couches",
    type=click.IntRange(0, 24),
    default=12,
    show_default=True,
    help="Couches gardées ; 0 : aucune, statique.",
)
@click.option(
    "--passes", type=click.IntRange(0, 50), default=2, show_default=True, help="Passes sur toutes les paires."
)
@click.option("--graine", type=int, default=20_261_121, show_default=True, help="Graine des tirages.")
@click.pass_obj
def entrainer(
    charger: ChargeurCatalogue, base: str, sortie: Path, travail: Path, couches: int, passes: int, graine: int
) -> None:
    """Train, with progress; the same seed makes the same encoder."""
    from embeddings.training.entrainement import Plan, save_model, train  # noqa: PLC0415 (seconds of import)
    from embeddings.training.paires import Corpus  # noqa: PLC0415
    from embeddings.training.vocabulaire import build_forms  # noqa: PLC0415

    catalogue = charger()
    formes = build_forms(catalogue)
    plan = Plan(couches=couches, passes=passes, graine=graine)
    modele = train(Corpus(catalogue, load_parler(), formes), base, plan, travail, click.echo)
    save_model(modele, formes, sortie)
    click.echo(f"Encodeur écrit dans {sortie}. Réglez-le : azimut encodeur regler --modele {sortie}")


@encodeur.command(help="Apprend, sur des requêtes de développement, le poids des deux recherches et la confiance.")
@click.option("--modele", type=click.Path(path_type=Path), default=DOSSIER_MODELE, help="Dossier de l'encodeur.")
@click.option(
    "--requetes", "fichiers", type=click.Path(path_type=Path), multiple=True, default=(JEU_REGLAGE,),
    help="Fichier TSV de requêtes de développement ; peut être répété.",
)  # fmt: skip
@click.pass_obj
def regler(charger: ChargeurCatalogue, modele: Path, fichiers: Sequence[Path]) -> None:
    """Fit both fusions and write them beside the weights."""
    catalogue, moteur = charger(), EncodeurEmbarque(modele)
    metiers = learn_fusion(_metier_examples(catalogue, moteur, fichiers))
    etiquettes = learn_fusion(_label_examples(catalogue, moteur))
    save_fusions({"metier": metiers, ETIQUETTE: etiquettes}, modele)
    click.echo(f"métiers : {metiers}\nétiquettes : {etiquettes}")


def _metier_examples(catalogue: Catalogue, moteur: EncodeurEmbarque, fichiers: Sequence[Path]) -> list[Exemple]:
    recherche = assemble({"metier": entities(catalogue, "metier")}, moteur)
    exemples = []
    for fichier in fichiers:
        requetes = read_requests(fichier)
        trouves = [make_example(recherche, "metier", requete.texte, requete.accepts) for requete in requetes]
        exemples += [replace(exemple, poids=1 / len(requetes)) for exemple in trouves if exemple is not None]
    return exemples


def _label_examples(catalogue: Catalogue, moteur: EncodeurEmbarque) -> list[Exemple]:
    """Held-out appellations of the métiers that were learnt, against all the other appellations as bare labels."""
    appellations = catalogue.all(Appellation)
    cachees = {a.code_ogr for a in held_out(appellations)}
    fiches = [
        Fiche(f"{a.code_rome}{a.code_ogr:08}", a.libelle, (Nom(a.libelle),))
        for a in appellations
        if a.code_ogr not in cachees
    ]
    recherche = assemble({"competence": sorted(fiches, key=lambda f: f.code)}, moteur)
    trouves = [
        make_example(recherche, "competence", a.libelle, lambda code, rome=a.code_rome: code.startswith(rome))  # type: ignore[misc]
        for a in held_out(appellations)
        if not is_held_out_metier(a.code_rome)
    ]
    return [exemple for exemple in trouves if exemple is not None]


@encodeur.command(help="Apprend, des cas d'école écrits pour Azimut, vers quels métiers vont les mots d'une personne.")
@click.option("--cas", "fichier", type=click.Path(path_type=Path), default=CAS, help="Fichier TSV des cas.")
@click.option("--sortie", type=click.Path(path_type=Path), default=APPRIS, help="Fichier de ce qui est appris.")
@click.pass_obj
def cas(charger: ChargeurCatalogue, fichier: Path, sortie: Path) -> None:
    """Learn on one thread: the same cases teach the same."""
    import torch  # noqa: PLC0415 (seconds of import)

    from embeddings.training.conseil import Plan, learn  # noqa: PLC0415

    torch.set_num_threads(1)
    catalogue, moteur = charger(), EncodeurEmbarque()
    recherche = assemble({"metier": entities(catalogue, "metier")}, moteur)
    codes, centres = recherche.centres() or ((), np.zeros((0, moteur.dimension), np.float32))
    ecrits = read_cases(fichier)
    rang = {code: n for n, code in enumerate(codes)}
    click.echo(f"Lecture de {len(ecrits)} cas")
    entendus = [by_field(recherche.hear(_words_of(un)), moteur.dimension) for un in ecrits]
    propositions = [[rang[code] for code in un.metiers if code in rang] for un in ecrits]
    gardes = [n for n, lot in enumerate(propositions) if lot and entendus[n].any()]
    if not gardes:
        raise InvalidInputError("aucun cas ne propose un métier de ce catalogue.", champ="cas")
    dits, propositions = np.stack([entendus[n] for n in gardes]), [propositions[n] for n in gardes]
    poids, metiers = learn(dits, propositions, centres, Plan(), click.echo)
    lourds = poids.astype(np.float16), codes, metiers.astype(np.float16)
    Appris(moteur.empreinte, cases_digest(fichier), *lourds).save(sortie)
    click.echo(f"Appris de {len(gardes)} cas : {sortie}. Refaites l'index : azimut construire")


def _words_of(un: Cas) -> dict[str, Sequence[str]]:
    """What the person of a case says, in the fields of a profile and cut as one is."""
    voulu = split_refusals(un.souhait)[0]
    morceaux = wish_pieces(voulu) if voulu else []
    etudes = un.diplome and not is_licence(un.diplome) and not without_speciality(un.diplome)
    return {
        "souhait": morceaux[1:] if len(morceaux) > 1 and morceaux[0] == voulu else morceaux,
        "experiences": [split_duration(texte)[0] for texte in un.vecu],
        "competences": [morceau for texte in un.sait for morceau in split_text(texte)],
        "diplomes": (un.diplome,) if etudes else (),
    }
