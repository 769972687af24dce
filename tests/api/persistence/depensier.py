"""Spends quotas until they are refused: `python -m … URL LIMITE…` tells how many requests each allowed."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor

from api.acces import attente
from api.acces.quotas import Quota, Quotas
from api.persistence.base import BaseDonnees


async def spend_all(url: str, limite: int) -> int:
    """How many were allowed in the window."""
    with ThreadPoolExecutor(2) as fils:
        base = BaseDonnees(url)
        quotas = Quotas(base, fils)
        permises = 0
        while (await quotas.spend(Quota("essai", limite, 3600), "quelqu'un")).permis:
            permises += 1
            await asyncio.sleep(0)
        base.close()
    return permises


if __name__ == "__main__":
    attente.PATIENCE = 10.0  # a busy machine is no slow database
    _, adresse, *limites = sys.argv
    sys.stdout.write(" ".join(str(asyncio.run(spend_all(adresse, int(limite)))) for limite in limites))
