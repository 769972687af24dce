"""People of the regional plans, with the métiers that a conseiller would be glad to see among the first."""

from dataclasses import dataclass

from recommender.types import (
    CompetenceDeclaree,
    Contrainte,
    Diplome,
    Experience,
    Interets,
    Profil,
    Territoire,
)


@dataclass(frozen=True)
class Persona:
    """A person: what they say, and the codes ROME (or prefixes) of which at least a share must come up.

    Args:
        nom: Who they are.
        profil: What they say.
        attendus: Codes or prefixes; one is found when a métier of the first `parmi` begins with it.
        minimum: How many must be found.
        parmi: How far one looks.
    """

    nom: str
    profil: Profil
    attendus: tuple[str, ...]
    minimum: int
    parmi: int = 10


def _did(texte: str, annees: float, nature: str = "emploi") -> Experience:
    return Experience(texte=texte, annees=annees, nature=nature)  # type: ignore[arg-type]


def _can(*textes: str) -> tuple[CompetenceDeclaree, ...]:
    return tuple(CompetenceDeclaree(texte=texte) for texte in textes)


PERSONAS = (
    Persona(
        "jeune sorti sans diplôme",
        Profil(souhait="mécanicien, réparer des voitures", interets=Interets({"R": 1.0})),
        ("I1604", "I1606", "I1603", "I1607"),
        2,
    ),
    Persona(
        "demandeuse d'emploi en milieu rural",
        Profil(
            souhait="être dehors, au contact de la nature",
            experiences=(_did("aide agricole", 3),),
            territoire=Territoire("Carhaix-Plouguer", 20),
        ),
        ("A11", "A12", "A14"),
        2,
    ),
    Persona(
        "couturière industrielle en reconversion",
        Profil(
            experiences=(_did("couturière industrielle", 12),),
            competences=_can("coudre à la machine", "minutieuse"),
        ),
        ("B18", "D12", "H24"),
        2,
    ),
    Persona(
        "cariste reconnu travailleur handicapé",
        Profil(
            experiences=(_did("cariste", 10),),
            contraintes=(Contrainte("eviter", texte="port de charges lourdes"),),
        ),
        ("N1103", "N1105", "N1303", "N1302", "N1301", "N1110", "N1111", "N1104"),
        2,
    ),
    Persona(
        "élève de bac pro cuisine",
        Profil(
            diplomes=(Diplome(texte="bac pro cuisine"),),
            experiences=(_did("commis de cuisine", 0.3, "stage"),),
            interets=Interets({"R": 1.0, "A": 0.5}),
        ),
        ("G1602", "G1601", "G16"),
        1,
    ),
    Persona(
        "cadre commercial senior licencié",
        Profil(experiences=(_did("responsable commercial", 25),)),
        ("M17", "D14", "D15"),
        2,
    ),
    Persona(
        "maçon usé par les charges",
        Profil(
            experiences=(_did("maçon", 20),),
            contraintes=(Contrainte("eviter", texte="port de charges"),),
        ),
        ("F1108", "F1106", "F12", "F13", "F16", "F17"),
        2,
    ),
    Persona(
        "bénévole sportif",
        Profil(
            souhait="transmettre, le sport",
            experiences=(_did("éducateur sportif", 6, "benevolat"),),
        ),
        ("G12", "L14"),
        2,
    ),
    Persona(
        "personne qui nomme un secteur",
        Profil(souhait="l'agro-alimentaire"),
        ("H21", "A13", "A14", "D11"),
        2,
        20,
    ),
    Persona(
        "attirée par le soin",
        Profil(
            souhait="prendre soin des autres, le médical",
            interets=Interets({"S": 1.0, "I": 0.6}, ("prendre soin des autres",)),
        ),
        ("J1",),
        1,
    ),
    Persona(
        "aide à domicile qui veut évoluer",
        Profil(experiences=(_did("aide à domicile", 5),)),
        ("K13", "J15", "J13"),
        2,
    ),
    Persona(
        "secrétaire en reprise d'emploi",
        Profil(
            experiences=(_did("secrétaire", 15),),
            competences=_can("rédiger des courriers", "tenir un agenda"),
        ),
        ("M16", "M15", "J13", "D14"),
        2,
    ),
    Persona(
        "mécanicien automobile",
        Profil(experiences=(_did("mécanicien automobile", 4),)),
        ("I1603", "I1607", "I1613", "I1617"),
        3,
    ),
    Persona(
        "boulanger allergique à la farine",
        Profil(
            experiences=(_did("boulanger", 8),),
            contraintes=(Contrainte("eviter", texte="travail de nuit"),),
            exclusions=("D1102",),
        ),
        ("D11", "G16", "H21"),
        2,
    ),
    Persona(
        "étudiante en réorientation",
        Profil(
            diplomes=(Diplome(texte="licence de psychologie"),),
            interets=Interets({"S": 1.0, "I": 0.5}),
        ),
        ("K1",),
        1,
    ),
    Persona(
        "ami des animaux",
        Profil(souhait="travailler avec les animaux et dehors"),
        ("A14", "A15", "A13"),
        2,
    ),
    Persona(
        "femme de ménage allophone",
        Profil(
            experiences=(_did("femme de ménage", 6),),
            competences=_can("repasser le linge", "faire la cuisine"),
        ),
        ("K22", "G15", "K13", "D12", "K2"),
        2,
    ),
    Persona(
        "parent au foyer",
        Profil(
            souhait="m'occuper d'enfants",
            experiences=(_did("garde d'enfants", 8, "vie_personnelle"),),
        ),
        ("K13", "K12", "G12", "K21", "J13"),
        2,
    ),
)
