"""What changed in a session between two of its versions, in words: things said, things taken back, first métiers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from api.conseil.seance import CompetenceDite, Seance
from referentiels.catalogue import Catalogue
from referentiels.types import CodeRome

DIX = 10
_ETATS = {"proposee": "à confirmer", "confirmee": "confirmée", "refusee": "refusée"}
Lire = Callable[[Seance], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Ecart:
    """One part of the session that is not the same."""

    titre: str
    ajouts: tuple[str, ...]
    retraits: tuple[str, ...]


def compare(avant: Seance, apres: Seance, catalogue: Catalogue) -> tuple[Ecart, ...]:
    """What was added and taken back, part by part; nothing for what stayed the same.

    Args:
        avant: As it was.
        apres: As it is.
        catalogue: Names métiers.
    """

    def name(code: str) -> str:
        metier = catalogue.metiers.get(CodeRome(code))
        return metier.intitule if metier else code

    parties: tuple[tuple[str, Lire], ...] = (
        ("Expériences", lambda s: {e.identifiant: _experience(e.titre, e.annees) for e in s.experiences}),
        ("Compétences", lambda s: {str(c.code): _competence(c) for c in s.competences}),
        ("Goûts", lambda s: {g.item: f"réponse à la question {g.item}" for g in s.gouts}),
        ("Centres d'intérêt", lambda s: _named(s.centres, lambda c: _centre(catalogue, c))),
        ("Souhaits et refus", lambda s: _named([s.souhait] if s.souhait else [])),
        ("Conditions de travail", lambda s: {str(c.code): f"{c.texte} ({c.mode})" for c in s.conditions}),
        ("Diplômes", lambda s: _named(d.texte for d in s.diplomes)),
        ("Lieu", lambda s: _named([f"{s.lieu.nom}, {s.lieu.rayon_km:.0f} km"] if s.lieu else [])),
        ("Contraintes", lambda s: _named(s.contraintes)),
        ("Poids des critères", lambda s: {c: f"{c} : {p:g}" for c, p in s.poids.items()}),
        ("Métiers épinglés", lambda s: _named(s.epingles, name)),
        ("Métiers écartés", lambda s: {e.code_rome: f"{name(e.code_rome)} : {e.motif}" for e in s.ecartes}),
        ("Métiers ajoutés", lambda s: {a.code_rome: f"{name(a.code_rome)} (par {a.par})" for a in s.ajoutes}),
        ("Parcours", lambda s: _named([name(s.parcours.code_rome)] if s.parcours else [])),
        ("Convenu", lambda s: _named(s.convenu)),
        ("Prochains pas", lambda s: _named(e.quoi for e in s.etapes)),
        ("Mots de la personne", lambda s: _named([s.paroles] if s.paroles else [])),
        ("Dix premiers métiers", lambda s: _named(s.premiers[:DIX], name)),
    )
    ecarts = (_differ(titre, lire(avant), lire(apres)) for titre, lire in parties)
    return tuple(e for e in ecarts if e.ajouts or e.retraits)


def _differ(titre: str, avant: Mapping[str, str], apres: Mapping[str, str]) -> Ecart:
    return Ecart(
        titre,
        tuple(mots for cle, mots in apres.items() if avant.get(cle) != mots),
        tuple(mots for cle, mots in avant.items() if apres.get(cle) != mots),
    )


def _named(cles: Iterable[str], dire: Callable[[str], str] = str) -> Mapping[str, str]:
    return {cle: dire(cle) for cle in cles}


def _experience(titre: str, annees: float | None) -> str:
    return titre if annees is None else f"{titre} ({annees:g} ans)"


def _competence(dite: CompetenceDite) -> str:
    return f"{dite.libelle} ({_ETATS[dite.etat]})"


def _centre(catalogue: Catalogue, code: str) -> str:
    connu = catalogue.centres_interet.get(code)
    return connu.libelle if connu else code
