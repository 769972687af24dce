"""Documents to try: an ordinary one, one as full as its bounds allow, one of hostile texts."""

from datetime import date

from api.conseil.synthese import (
    BLOCS_MAX,
    CERTIFICATIONS_MAX,
    ETAPES_MAX,
    FORMATIONS_MAX,
    ITEMS_MAX,
    RAISONS_MAX,
    CertificationVisee,
    Contact,
    Fait,
    FormationProche,
    MetierEcarte,
    MetierRetenu,
    ParcoursChoisi,
    Provenance,
    Synthese,
    build_synthese,
    first_of,
)

JOUR = date(2026, 11, 21)
LIEN = "https://azimut.exemple.fr/orientation?territoire=44"
_METIERS = ("Fleuriste", "Jardinier / Jardinière", "Pépiniériste", "Agent / Agente d'entretien des espaces verts",
            "Animateur / Animatrice nature", "Maraîcher / Maraîchère", "Élagueur / Élagueuse")  # fmt: skip


def kept(nom: str) -> MetierRetenu:
    """A métier with as much to say as most."""
    return MetierRetenu(
        nom=nom,
        fait="Plante, taille et soigne des végétaux, en pleine terre ou en pot.",
        pourquoi=first_of(
            ["Il ressemble à ce que vous cherchez.", "Vous savez déjà faire 3 choses utiles."], RAISONS_MAX
        ),
        acquis=first_of([f"Geste {n} que l'on tient déjà" for n in range(1, 8)], ITEMS_MAX),
        a_apprendre=first_of(["Reconnaître les plantes", "Préparer un sol", "Tailler un arbuste"], ITEMS_MAX),
        acces="Une formation existe à 12 km à vol d'oiseau : CAP agricole jardinier paysagiste.",
        marche=Fait(
            "Les employeurs ont du mal à trouver quelqu'un dans le département.",
            "pour « Jardiniers » · Loire-Atlantique · 2019 · Dares, Insee",
        ),
        femmes_hommes=Fait("Sur 10 personnes, environ 2 sont des femmes.", "France · 2017-2019 · Dares, Insee"),
        ajoute=nom == "Fleuriste",
    )


def way() -> ParcoursChoisi:
    """A way with something at each of its stages."""
    return ParcoursChoisi(
        metier="Jardinier / Jardinière",
        etapes=first_of(
            ["Vendeur / Vendeuse en épicerie", "Employé / Employée de jardinerie", "Jardinier / Jardinière"], ETAPES_MAX
        ),
        certifications=first_of(
            [
                CertificationVisee(
                    f"{titre} jardinier paysagiste",
                    niveau,
                    first_of(["Réaliser des travaux de plantation", "Entretenir un jardin"], BLOCS_MAX),
                    ("Apprentissage", "Formation continue", "Validation des acquis de l'expérience (VAE)"),
                )
                for titre, niveau in (("CAP agricole", "Niveau 3 (CAP)"), ("Brevet professionnel", "Niveau 4 (bac)"))
            ],
            CERTIFICATIONS_MAX,
        ),
        formations=first_of(
            [
                FormationProche(
                    f"CAP agricole jardinier paysagiste {n}",
                    "Lycée Jules-Rieffel",
                    "Saint-Herblain, à 7 km à vol d'oiseau",
                    "Apprentissage",
                    date(2027, 9, n) if n < 3 else None,
                    demonstration=n == 3,
                )
                for n in range(1, 6)
            ],
            FORMATIONS_MAX,
        ),
        remarques=("2 blocs de compétences couvrent 60 % de ce qui vous manque, en importance.",),
    )


def ordinary(nombre: int = 4, **autres: object) -> Synthese:
    """What an hour together leaves."""
    valeurs: dict[str, object] = {
        "jour": JOUR,
        "retenus": [kept(nom) for nom in _METIERS[:nombre]],
        "provenance": Provenance(
            ("ROME 4.0, France Travail, v460", "RNCP, France compétences, 2026"), "533c-369f-5787"
        ),
        "reference": "Mésange 12",
        "structure": "Mission locale de démonstration",
        "territoire": "Nantes (44), 30 km",
        "paroles": ["Je voudrais travailler dehors.", "J'ai tenu la caisse d'une épicerie.", "Pas le dimanche."],
        "acquis": [
            ("Vendeuse en épicerie", ["Encaisser une vente", "Accueillir une clientèle"]),
            ("À la maison", ["Réparer un vélo", "Tenir un potager"]),
        ],
        "ecartes": [MetierEcarte("Hôte / Hôtesse de caisse", "je n'en veux plus"), MetierEcarte("Boucher / Bouchère")],
        "parcours": way(),
        "convenu": ["Visiter une pépinière avant Noël.", "Se revoir le 12 janvier à 10 h."],
        "prochains_pas": ["Appeler le lycée (vous, avant le 5 décembre).", "Demander une immersion d'une semaine."],
        "contacts": [Contact("Espace CEP", "2 place de l'Exemple, Nantes", "01 99 00 00 02", "", "à 3 km", True)],
        "lien": LIEN,
    }
    return build_synthese(**{**valeurs, **autres})  # type: ignore[arg-type]


def full() -> Synthese:
    """More than each section shows."""
    return ordinary(
        7,
        paroles=[f"Parole numéro {n} de la personne, assez longue pour tenir sur une ligne." for n in range(1, 13)],
        acquis=[(f"Expérience {n}", [f"savoir-faire {n}.{m}" for m in range(1, 10)]) for n in range(1, 9)],
        ecartes=[MetierEcarte(f"Métier écarté {n}", "trop loin de chez moi") for n in range(1, 12)],
        convenu=[f"Chose convenue {n}." for n in range(1, 13)],
        prochains_pas=[f"Prochain pas {n}." for n in range(1, 10)],
        contacts=[Contact(f"Lieu {n}", "1 rue de l'Exemple, Nantes", "01 99 00 00 01") for n in range(1, 8)],
    )
