"""A handful of places, with the homonyms and quirks of the real ones."""

from referentiels.types import CodeCommune, CodeDepartement, CodeRegion, Commune, CommuneAncienne, Departement, Region


def commune(
    code: str,
    nom: str,
    population: int | None = 1000,
    *,
    postaux: tuple[str, ...] = (),
    point: tuple[float, float] | None = None,
    mere: str | None = None,
) -> Commune:
    departement = code[:3] if code.startswith("97") else code[:2]
    return Commune(
        code=CodeCommune(code),
        nom=nom,
        codes_postaux=postaux,
        code_departement=CodeDepartement(departement),
        code_region=CodeRegion({"974": "04", "86": "75", "17": "75"}.get(departement, "99")),
        code_epci=None,
        code_zone_emploi=None,
        code_bassin=None,
        population=population,
        latitude=point[0] if point else None,
        longitude=point[1] if point else None,
        code_commune_mere=CodeCommune(mere) if mere else None,
    )


COMMUNES = (
    commune("17300", "La Rochelle", 77_000, postaux=("17000",), point=(46.16, -1.17)),
    commune("70450", "La Rochelle", 40),
    commune("72181", "Le Mans", 145_000, postaux=("72000", "72100"), point=(48.0, 0.2)),
    commune("16206", "Mansle", 1_500, point=(45.88, 0.18)),
    commune("94038", "L'Haÿ-les-Roses", 31_000, postaux=("94240",)),
    commune("42218", "Saint-Étienne", 172_000, postaux=("42000",)),
    commune("93066", "Saint-Denis", 113_000, postaux=("93200", "93210"), point=(48.93, 2.36)),
    commune("97411", "Saint-Denis", 153_000, postaux=("97400",), point=(-20.93, 55.45)),
    commune("11339", "Saint-Denis", 500),
    commune("35288", "Saint-Malo", 47_000, postaux=("35400",)),
    commune("26362", "Valence", 64_000),
    commune("47307", "Valence", 400),
    commune("51409", "Œuilly", 600),
    commune("93005", "Aulnay-sous-Bois", 86_000),
    commune("94081", "Vitry-sur-Seine", 95_000),
    commune("38544", "Vienne", 30_000),
    commune("86194", "Poitiers", 89_000, postaux=("86000",), point=(46.58, 0.34)),
    commune("75056", "Paris", 2_100_000, postaux=("75001", "75011"), point=(48.86, 2.34)),
    commune("75101", "Paris 1er Arrondissement", 15_000, postaux=("75001",), mere="75056"),
    commune("75111", "Paris 11e Arrondissement", 140_000, postaux=("75011",), mere="75056"),
    commune("59100", "Bousignies", 300, postaux=("59178",)),
    commune("59512", "Roubaix", 98_000, postaux=("59100",)),
    commune("59009", "Ascq", 20_000, postaux=("59170",)),
    commune("59163", "Croix", 21_000, postaux=("59170",)),
    commune("01015", "Arboys en Bugey", 640),
    commune("2A004", "Ajaccio", 71_000, postaux=("20000",)),
    commune("97502", "Saint-Pierre", 5_000),
)
DEPARTEMENTS = tuple(
    Departement(CodeDepartement(code), nom, CodeRegion(region))
    for code, nom, region in (
        ("86", "Vienne", "75"),
        ("17", "Charente-Maritime", "75"),
        ("93", "Seine-Saint-Denis", "99"),
        ("974", "La Réunion", "04"),
        ("75", "Paris", "99"),
        ("2A", "Corse-du-Sud", "99"),
    )
)
REGIONS = (
    Region(CodeRegion("75"), "Nouvelle-Aquitaine"),
    Region(CodeRegion("04"), "La Réunion"),
    Region(CodeRegion("99"), "Île d'Essai"),
)
ANCIENNES = (
    CommuneAncienne(CodeCommune("01015"), "Arbignieu", CodeCommune("01015")),
    CommuneAncienne(CodeCommune("01340"), "Saint-Bois", CodeCommune("01015")),
    CommuneAncienne(CodeCommune("93059"), "Pierrefitte-sur-Seine", CodeCommune("93066")),
    CommuneAncienne(CodeCommune("75011"), None, CodeCommune("94038")),
    CommuneAncienne(CodeCommune("99999"), "Perdue", CodeCommune("88888")),
)
