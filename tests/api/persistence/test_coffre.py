"""What seals dossiers: only its keys open, only in place, and a key is never made up."""

from pathlib import Path
from threading import Barrier, Thread

import pytest

from api.conseil.cle_dossiers import open_coffre
from api.conseil.coffre import Coffre
from api.conseil.erreurs import CoffreError
from api.conseil.saisie import check_pseudonyme
from api.persistence.base import BaseDonnees
from referentiels.errors import InvalidInputError
from tests.api.persistence.essai_dossiers import ACCORD, AUTRE_CLE, CLE, enter, open_dossiers


def test_the_same_text_is_never_sealed_the_same() -> None:
    coffre = Coffre(lambda: CLE)
    scelles = {coffre.seal("texte", "d", "1") for _ in range(500)}
    assert len({s[9:21] for s in scelles}) == 500
    assert {coffre.unseal(s, "d", "1") for s in scelles} == {"texte"}
    assert not any(b"texte" in s for s in scelles)


@pytest.mark.parametrize("place", [("d", "2"), ("d",), ("d", "1", ""), ("d1",), ()])
def test_only_its_place_opens_it(place: tuple[str, ...]) -> None:
    coffre = Coffre(lambda: CLE)
    with pytest.raises(CoffreError, match="altéré ou déplacé"):
        coffre.unseal(coffre.seal("texte", "d", "1"), *place)


def test_every_byte_counts() -> None:
    coffre = Coffre(lambda: CLE)
    scelle = coffre.seal("texte", "d")
    for rang in range(len(scelle)):
        with pytest.raises(CoffreError):
            coffre.unseal(scelle[:rang] + bytes([scelle[rang] ^ 1]) + scelle[rang + 1 :], "d")
    for coupe in (b"", scelle[:9], scelle[:-1]):
        with pytest.raises(CoffreError):
            coffre.unseal(coupe, "d")


def test_a_former_key_opens_and_signs_no_more() -> None:
    ancien, deux = Coffre(lambda: CLE), Coffre(lambda: f"{AUTRE_CLE} {CLE}")
    scelle = ancien.seal("texte", "d")
    assert deux.unseal(scelle, "d") == "texte"
    assert (ancien.is_current(scelle), deux.is_current(scelle)) == (True, False)
    assert deux.verify("m", ancien.sign("m"))
    assert deux.sign("m") != ancien.sign("m")
    with pytest.raises(CoffreError):
        ancien.verify("m", deux.sign("m"))
    for vide in ("", " "):
        with pytest.raises(CoffreError, match="vide"):
            Coffre(lambda texte=vide: texte).seal("texte")  # type: ignore[misc]


def test_the_first_of_many_draws_the_key(tmp_path: Path) -> None:
    """Several processes that open their first dossier at once share one key."""
    bases = [BaseDonnees(f"sqlite:///{tmp_path / 'azimut.db'}") for _ in range(6)]
    bases[0].migrate()
    depart, scelles = Barrier(6), []

    def seal(base: BaseDonnees) -> None:
        depart.wait()
        scelles.append(open_coffre(None, base).seal("texte", "d"))

    fils = [Thread(target=seal, args=(base,)) for base in bases]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert [open_coffre(None, bases[0]).unseal(s, "d") for s in scelles] == ["texte"] * 6
    assert sorted(f.name for f in tmp_path.iterdir() if "cle" in f.name) == ["azimut.db.cle-dossiers"]
    for base in bases:
        base.close()


@pytest.mark.parametrize("texte", ["A-12", "2026-0412", "Renard bleu", "n° 4455", "20260412001", "É"])
def test_a_pseudonym_of_the_structure_is_taken(texte: str) -> None:
    assert check_pseudonyme(f"  {texte} ") == texte


@pytest.mark.parametrize(
    "texte",
    [
        "", "   ", "x" * 41, "a\u200bb", "a\x00b", "marie.dupont@exemple.fr", "marie @ exemple", "06 12 34 56 78",
        "06.12.34.56.78", "+33 6 12 34 56 78", "0033612345678", "tel 0612345678", "1 85 05 78 006 084 36",
        "2 85 05 2A 006 084", "285057800608436", "１８５０５７８００６０８４", "\ud800",
    ],
)  # fmt: skip
def test_what_tells_who_someone_is_makes_no_pseudonym(texte: str) -> None:
    with pytest.raises(InvalidInputError) as refus:
        check_pseudonyme(texte)
    assert refus.value.champ == "pseudonyme"


def test_a_refused_pseudonym_leaves_nothing(base: BaseDonnees) -> None:
    dossiers, lea = open_dossiers(base), enter(base, "lea")
    with pytest.raises(InvalidInputError):
        dossiers.open(lea, "06 12 34 56 78", ACCORD)
    assert dossiers.list_open(lea) == ()
