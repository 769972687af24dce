"""Places: what people type and what they get."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referentiels.errors import InvalidInputError, UnknownCodeError
from referentiels.lieux import Lieux
from referentiels.noms_lieux import words
from referentiels.types import CodeCommune, CommuneAncienne
from tests.referentiels.lieux_exemples import ANCIENNES, COMMUNES, DEPARTEMENTS, REGIONS, commune


@pytest.fixture(scope="module")
def lieux() -> Lieux:
    return Lieux(COMMUNES, DEPARTEMENTS, REGIONS, ANCIENNES)


@pytest.mark.parametrize(
    ("texte", "codes"),
    [
        ("Le Mans", ["72181"]),
        ("Mans", ["72181", "16206"]),
        ("mans", ["72181", "16206"]),
        ("LE-MANS", ["72181"]),
        ("  le   mans ", ["72181"]),
        ("L'Haÿ-les-Roses", ["94038"]),
        ("lhay", ["94038"]),
        ("l’hay les roses", ["94038"]),
        ("haÿ", ["94038"]),
        ("roses", ["94038"]),
        ("St Etienne", ["42218"]),
        ("st-étienne", ["42218"]),
        ("SAINT ETIENNE", ["42218"]),
        ("étienne", ["42218"]),
        ("Malo", ["35288"]),
        ("œuilly", ["51409"]),
        ("oeuilly", ["51409"]),
        ("Vitry s/ Seine", ["94081"]),
        ("vitry s seine", ["94081"]),
        ("Aulnay s/s Bois", ["93005"]),
        ("Aulnay ss bois", ["93005"]),
        ("Poi", ["86194"]),
        ("Saint-Denis", ["97411", "93066", "11339", "93"]),
        ("Saint-Denis 974", ["97411"]),
        ("974 Saint-Denis", ["97411"]),
        ("Saint-Denis (Réunion)", ["97411"]),
        ("Saint-Denis (La Réunion)", ["97411"]),
        ("Saint-Denis, Réunion", ["97411"]),
        ("saint denis reunion", ["97411"]),
        ("Saint-Denis (11)", ["11339"]),
        ("Saint-Denis 97400", ["97411"]),
        ("97400 st denis", ["97411"]),
        ("St Denis 93205 cedex", ["93066", "93"]),
        ("Saint-Denis (nulle part)", []),
        ("La Rochelle nouvelle aquitaine", ["17300"]),
        ("93200", ["93066"]),
        ("9320", ["93066"]),
        ("93066", ["93066"]),
        ("2a004", ["2A004"]),
        ("75 011", ["75111", "94038"]),
        ("75001", ["75101"]),
        ("paris 11", ["75111"]),
        ("Paris 11ème", ["75111"]),
        ("paris 1er arrondissement", ["75101", "75111"]),
        ("Paris 01", ["75101", "75111"]),
        ("paris cedex 11", ["75056", "75", "75111", "75101"]),
        ("Paris 75", ["75056", "75", "75111", "75101"]),
        ("86", ["86", "86194"]),
        ("974", ["974", "97411"]),
        ("2A", ["2A", "2A004"]),
        ("75", ["75", "75", "75056", "75111", "75101", "94038"]),
        ("nouvelle-aquitaine", ["75"]),
        ("aquitaine", ["75"]),
        ("Réunion", ["974", "04"]),
        ("Arbignieu", ["01015"]),
        ("Pierrefitte", ["93066"]),
        ("01340", ["01015"]),
        ("Perdue", []),
        ("Poitier", ["86194"]),
        ("Poittiers", ["86194"]),
        ("poiteirs", ["86194"]),
        ("Saint-Deni (Réunion)", ["97411"]),
        ("Saint Etiene", ["42218"]),
        ("zzzzzzzzz", []),
        ("", []),
        ("   ", []),
        ("'", []),
        ("()", []),
        (",", []),
        ("🥖", []),
        ("\0\0", []),
        ("\0Poitiers\0", ["86194"]),
        ("🥖 Poitiers", ["86194"]),
        ("x" * 10_000, []),
        ("Poitiers" * 2_000, []),
        ("00000", []),
    ],
)
def test_search(lieux: Lieux, texte: str, codes: list[str]) -> None:
    assert [lieu.code for lieu in lieux.search(texte)] == codes


def test_search_limits(lieux: Lieux) -> None:
    assert len(lieux.search("s", 2)) == 2
    assert lieux.search("s", 0) == ()
    assert lieux.search("s", -3) == ()
    assert len(lieux.search("s", 10**9)) == len({(lieu.nature, lieu.code) for lieu in lieux.search("s", 100)})


def test_search_tells_natures_and_labels(lieux: Lieux) -> None:
    assert [(lieu.nature, lieu.libelle) for lieu in lieux.search("Réunion")] == [
        ("departement", "La Réunion (974)"),
        ("region", "La Réunion (région)"),
    ]
    arrondissement = lieux.search("75011")[0]
    assert (arrondissement.nature, arrondissement.departement) == ("arrondissement", "Paris")
    vienne = lieux.search("Vienne")
    assert [(lieu.nature, lieu.population) for lieu in vienne] == [("departement", 89_000), ("commune", 30_000)]


def test_former_codes_and_names_say_so(lieux: Lieux) -> None:
    for texte, debut in (
        ("01340", "Saint-Bois (01340) fait aujourd'hui partie"),
        ("Arbignieu", "Arbignieu (01015) fait aujourd'hui partie"),
        ("Pierrefitte-sur-Seine", "Pierrefitte-sur-Seine (93059) fait"),
    ):
        lieu = lieux.resolve_lieu(texte)
        assert lieu.remarque is not None
        assert lieu.remarque.startswith(debut)
        assert lieux.search(texte)[0].remarque == lieu.remarque
    assert lieux.resolve("01340").nom == "Arboys en Bugey"
    assert lieux.resolve_lieu("01015").remarque is None, "the code is in force"
    assert lieux.commune("01340").code == "01015"
    assert lieux.commune("01015").code == "01015"


@pytest.mark.parametrize(
    ("texte", "code"),
    [
        ("Paris", "75056"),
        ("paris 11", "75111"),
        ("75011", "75111"),
        ("Valence", "26362"),
        ("Mans", "72181"),
        ("Saint-Denis (Réunion)", "97411"),
        ("Saint-Denis 11", "11339"),
        ("La Rochelle (17)", "17300"),
        ("La Rochelle", "17300"),
        ("17000", "17300"),
        ("2A004", "2A004"),
        ("2a004", "2A004"),
        ("Vienne", "38544"),
        ("Ascq 59170", "59009"),
    ],
)
def test_resolve(lieux: Lieux, texte: str, code: str) -> None:
    assert lieux.resolve(texte).code == code


def test_resolve_remarks(lieux: Lieux) -> None:
    assert lieux.resolve_lieu("Vienne").remarque == "Vienne est aussi un département (86)."
    lieu = lieux.resolve_lieu("59100")
    assert (lieu.code, lieu.nom) == ("59100", "Bousignies")
    assert lieu.remarque == "« 59100 » est lu comme un code INSEE ; c'est aussi le code postal de : Roubaix."


@pytest.mark.parametrize(
    ("texte", "message"),
    [
        ("", "indiquez une commune"),
        ("\0", "indiquez une commune"),
        ("🥖", "indiquez une commune"),
        ("x" * 10_000, "dépasse 200 caractères"),
        ("Saint-Denis", r"désigne 3 communes ; précisez le département.*Saint-Denis \(974\) \[97411\]"),
        ("59170", "désigne 2 communes"),
        ("86", "« 86 » est un département, pas une commune"),
        ("Nouvelle Aquitaine", "est une région, pas une commune"),
    ],
)
def test_resolve_refuses_in_french(lieux: Lieux, texte: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message) as erreur:
        lieux.resolve(texte)
    assert erreur.value.champ == "commune"


@pytest.mark.parametrize(
    ("texte", "proches"),
    [
        ("Poitier", ("86194 (Poitiers (86))",)),
        ("Poi", ("86194 (Poitiers (86))",)),
        ("zzzzzzz", ()),
        ("00000", ()),
        ("a\0\x1b[31mz", ()),
    ],
)
def test_resolve_unknown_gives_the_nearest(lieux: Lieux, texte: str, proches: tuple[str, ...]) -> None:
    with pytest.raises(UnknownCodeError) as erreur:
        lieux.resolve(texte)
    assert erreur.value.proches == proches
    assert str(erreur.value).isprintable()


def test_an_insee_code_does_not_drown_in_a_postal_code() -> None:
    partage = [commune(f"900{rang:02d}", f"Village {rang}", 100 + rang, postaux=("90050",)) for rang in range(40)]
    lieux = Lieux([*partage, commune("90050", "Ville au code", 5)])
    assert [lieu.code for lieu in lieux.search("90050", 3)] == ["90039", "90050", "90038"]


def test_former_name_of_a_town_is_not_given_to_a_hamlet() -> None:
    communes = (commune("89162", "Évry", 300), commune("91228", "Évry-Courcouronnes", 66_000))
    lieux = Lieux(communes, anciennes=[CommuneAncienne(CodeCommune("91228"), "Évry", CodeCommune("91228"))])
    with pytest.raises(InvalidInputError, match="désigne 2 communes"):
        lieux.resolve("Évry")


def test_commune_understands_codes_only(lieux: Lieux) -> None:
    assert lieux.commune("59100").nom == "Bousignies"
    for code in ("Paris", "93200", "", "x" * 10_000):
        with pytest.raises(UnknownCodeError):
            lieux.commune(code)


def test_no_place_at_all() -> None:
    vide = Lieux([])
    vide.warm_up()
    assert vide.search("Paris") == ()
    assert vide.search("75001") == ()
    assert vide.nearest(48.0, 2.0, 1) == ()
    with pytest.raises(UnknownCodeError):
        vide.resolve("Paris")


def test_names_without_departements_are_still_found() -> None:
    seul = Lieux([replace(COMMUNES[0], population=None)])
    assert seul.search("rochelle")[0].libelle == "La Rochelle (17)"


@pytest.mark.parametrize(
    ("texte", "mots"),
    [
        ("Ste-Foy s/ Mer", ["sainte", "foy", "sur", "mer"]),
        ("Sts-Geosmes", ["saints", "geosmes"]),
        ("Lyon 3ème arr.", ["lyon", "3"]),
        ("Lyon cedex 03", ["lyon"]),
        ("01", ["01"]),
        ("L’Aigle", ["l", "aigle"]),
    ],
)
def test_words(texte: str, mots: list[str]) -> None:
    assert words(texte) == mots


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_has_a_clean_answer(texte: str) -> None:
    lieux = Lieux(COMMUNES[:6], DEPARTEMENTS, REGIONS, ANCIENNES)
    trouves = lieux.search(texte, 5)
    assert len(trouves) <= 5
    try:
        assert lieux.resolve(texte) in COMMUNES
    except (InvalidInputError, UnknownCodeError) as erreur:
        assert str(erreur)
