"""How long a request waits for the database before it goes on with what is known."""

import asyncio
from concurrent.futures import Future
from typing import Any

PATIENCE = 0.25
"""Seconds; the circuit breaker spares them to the requests that follow."""


async def wait_briefly(promesse: "Future[Any]") -> bool:
    """Wait for what a thread makes, no longer than `PATIENCE`; whether it is made."""
    attendue = asyncio.wrap_future(promesse)
    # Whoever reads the promise tells its error: unread here, it would fill the journal as well.
    attendue.add_done_callback(lambda faite: faite.cancelled() or faite.exception())
    await asyncio.wait([attendue], timeout=PATIENCE)
    return promesse.done()
