"""What long-running commands share: logging, and stopping by Ctrl-C or SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from typing import TYPE_CHECKING

import typer

from cloud_sync.errors import PermanentError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def run_until_stopped(main: Callable[[asyncio.Event], Awaitable[None]], level: str = "info") -> None:
    """Run a service; SIGINT and SIGTERM set the event it is given. A `PermanentError` is one line and exit status 2."""
    logging.basicConfig(
        level=level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname).1s %(name)s %(message)s", datefmt="%H:%M:%S"
    )
    try:
        asyncio.run(_run(main))
    except* PermanentError as faults:
        for fault in faults.exceptions:
            typer.echo(str(fault), err=True)
        raise SystemExit(2) from None


async def _run(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await main(stop)
