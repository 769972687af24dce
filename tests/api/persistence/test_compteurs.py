"""Counters of quotas, whatever the database, and the spending of lots."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from limits import RateLimitItemPerSecond
from sqlalchemy import func, select, update

from api.acces.adresses import Adresses, ensure_salt
from api.acces.quotas import LOTS, PART_LOCALE, Quota, Quotas, Solde
from api.persistence.base import BaseDonnees
from api.persistence.compteurs import FenetreFixe, StockageBase
from api.persistence.disjoncteur import Disjoncteur
from api.persistence.tables import LigneCompteur, LigneSel
from api.settings import PROJET

DIX = RateLimitItemPerSecond(10, 3600)
JOUR = date(2026, 11, 21)


@pytest.fixture
def fils() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


def end_windows(base: BaseDonnees) -> None:
    """Let every window end now, without waiting for it."""
    with base.writing() as session:
        session.execute(update(LigneCompteur).values(expire=1.0))


def test_lots_never_pass_the_limit(base: BaseDonnees) -> None:
    fenetre = FenetreFixe(StockageBase(base))
    prises = [fenetre.take([(DIX, "a", 4)])[0] for _ in range(4)]
    assert [p.obtenu for p in prises] == [4, 4, 2, 0]
    assert [p.restant for p in prises] == [6, 2, 0, 0]
    assert all(3590 < p.secondes <= 3600 for p in prises)


def test_callers_are_counted_apart_and_together_in_one_transaction(base: BaseDonnees) -> None:
    fenetre = FenetreFixe(StockageBase(base))
    assert [p.restant for p in fenetre.take([(DIX, "b", 1), (DIX, "a", 4), (DIX, "b", 2)])] == [9, 6, 7]


def test_a_window_that_ended_starts_again(base: BaseDonnees) -> None:
    fenetre = FenetreFixe(StockageBase(base))
    fenetre.take([(DIX, "a", 10)])
    end_windows(base)
    assert fenetre.take([(DIX, "a", 4)])[0].restant == 6


def test_it_is_a_storage_of_the_library(base: BaseDonnees) -> None:
    stockage = StockageBase(base)
    fenetre = FenetreFixe(stockage)
    assert [fenetre.hit(DIX, "a") for _ in range(11)] == [True] * 10 + [False]
    assert not fenetre.test(DIX, "a")
    assert fenetre.get_window_stats(DIX, "b").remaining == 10
    assert stockage.check()
    fenetre.clear(DIX, "a")
    assert stockage.get(DIX.key_for("a")) == 0
    assert fenetre.hit(DIX, "a")
    assert stockage.reset() == 1


def test_windows_that_ended_are_removed(base: BaseDonnees) -> None:
    FenetreFixe(StockageBase(base)).take([(DIX, "a", 1), (DIX, "b", 1)])
    end_windows(base)
    FenetreFixe(StockageBase(base)).take([(DIX, "c", 1)])
    with base.reading() as session:
        assert session.scalar(select(func.count()).select_from(LigneCompteur)) == 1


def test_two_processes_never_pass_a_quota_nor_waste_it(base: BaseDonnees, adresse: str) -> None:
    limites = (7, 300)
    commande = [sys.executable, "-m", "tests.api.persistence.depensier", adresse, *map(str, limites)]
    enfants = [subprocess.Popen(commande, cwd=PROJET, stdout=subprocess.PIPE) for _ in range(2)]
    permises = [[int(n) for n in enfant.communicate(timeout=60)[0].split()] for enfant in enfants]
    assert tuple(map(sum, zip(*permises, strict=True))) == limites, permises


def test_requests_at_once_are_counted_one_by_one(base: BaseDonnees, fils: ThreadPoolExecutor) -> None:
    quotas = Quotas(base, fils)

    async def spend_many() -> list[Solde]:
        return await asyncio.gather(*(quotas.spend(Quota("essai", 40, 3600), "a") for _ in range(60)))

    soldes = asyncio.run(spend_many())
    assert sum(s.permis for s in soldes) == 40
    assert min(s.restant for s in soldes) == 0


def test_few_requests_reach_the_database(base: BaseDonnees, fils: ThreadPoolExecutor) -> None:
    quotas = Quotas(base, fils)
    prises = 0
    prendre = quotas._fenetre.take

    def count(demandes: list[tuple[RateLimitItemPerSecond, str, int]]) -> object:
        nonlocal prises
        prises += 1
        return prendre(demandes)

    quotas._fenetre.take = count  # type: ignore[assignment,method-assign]

    async def spend(nombre: int) -> list[Solde]:
        return [await quotas.spend(Quota("essai", 20_000, 3600), "a") for _ in range(nombre)]

    assert all(s.permis for s in asyncio.run(spend(5000)))
    assert prises <= 5000 // (20_000 // LOTS) + 2


def test_without_the_database_a_strict_local_limit_holds(tmp_path: Path, fils: ThreadPoolExecutor) -> None:
    obstacle = tmp_path / "dossier"
    obstacle.write_text("un fichier où un dossier devrait être")
    instant = 0.0
    base = BaseDonnees(f"sqlite:///{obstacle / 'azimut.db'}", Disjoncteur(5, lambda: instant))
    quotas = Quotas(base, fils)
    quota = Quota("essai", 40, 1)

    async def spend(nombre: int) -> int:
        return sum([(await quotas.spend(quota, "a")).permis for _ in range(nombre)])

    assert asyncio.run(spend(40)) == 40 // PART_LOCALE
    obstacle.unlink()
    instant = 6.0
    quotas._reserves.clear()
    assert asyncio.run(spend(60)) == 40, "la base revenue, le quota entier"
    base.close()


def test_the_salt_of_a_day_is_drawn_once_and_forgotten_later(base: BaseDonnees) -> None:
    sel = ensure_salt(base, JOUR)
    assert ensure_salt(base, JOUR) == sel
    assert ensure_salt(base, JOUR + timedelta(days=1)) != sel
    ensure_salt(base, JOUR + timedelta(days=2))
    with base.reading() as session:
        assert JOUR not in session.scalars(select(LigneSel.jour)).all()


def test_addresses_are_named_alike_everywhere_for_a_day_alone(base: BaseDonnees, fils: ThreadPoolExecutor) -> None:
    jour = JOUR
    ici, ailleurs = (Adresses(base, fils, lambda: jour) for _ in range(2))

    def name(adresses: Adresses, hote: str) -> str:
        return asyncio.run(adresses.name(hote))

    assert name(ici, "203.0.113.7") == name(ailleurs, "203.0.113.7") == name(ici, "::ffff:203.0.113.7")
    assert name(ici, "203.0.113.7") != name(ici, "203.0.113.8")
    assert name(ici, "2001:db8::1") == name(ailleurs, "2001:db8:0:0:ffff::2")
    assert name(ici, "2001:db8::1") != name(ici, "2001:db8:0:1::1")
    assert name(ici, "n'importe quoi") == name(ici, "")
    avant = name(ici, "203.0.113.7")
    assert "203" not in avant
    jour = JOUR + timedelta(days=1)
    assert name(ici, "203.0.113.7") != avant
