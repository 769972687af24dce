"""What comes first among formations: coverage near by, distance far away."""

from pathlib import Path

from tests.recommender.test_formations import BAC, CAP, Fabrique, idents, near


def test_coverage_comes_before_distance_within_the_radius(tmp_path: Path) -> None:
    offre = (
        Fabrique()
        .simple("proche", "35238")
        .simple("utile", "35281", certification=BAC)
        .simple("loin", "75056", certification=BAC)
        .offre(tmp_path)
    )
    poids = {CAP: 0.3, BAC: 0.9}
    trouvees = near(offre, CAP, BAC, poids=poids)
    assert idents(trouvees) == ["utile", "proche", "loin"]
    assert [f.couverture for f in trouvees.formations] == [0.9, 0.3, 0.9]
    assert idents(near(offre, CAP, BAC, poids={CAP: 0.88, BAC: 0.9})) == ["proche", "utile", "loin"]
    assert idents(near(offre, CAP, BAC)) == ["proche", "utile", "loin"]


def test_beyond_the_radius_nobody_is_sent_across_the_country_for_a_little_more(tmp_path: Path) -> None:
    """Saint-Malo is at 64 km, Paris at 308: twice as far, and more."""
    offre = (
        Fabrique()
        .simple("mer", "35288")
        .simple("capitale", "75056", certification=BAC)
        .simple("mer aussi", "35288", certification=BAC)
        .offre(tmp_path)
    )
    trouvees = near(offre, CAP, BAC, poids={CAP: 0.3, BAC: 0.9})
    assert trouvees.elargi
    assert idents(trouvees) == ["mer aussi", "mer", "capitale"]
