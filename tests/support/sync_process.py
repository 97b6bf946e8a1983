"""A gateway's saving and sending half as a process: `python sync_process.py FILE PORT TOTAL SAYS`.

Writes events a few at a time until the journal holds TOTAL, appends the newest number that was called saved to the file SAYS, one a
line, and ends when everything has left the outbox. Killed at any moment and started again, it goes on.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[:1] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1])]

from support.sync_gateway import SyncGateway, sync_gateway


async def deliver(file: Path, port: int, total: int, says: Path) -> None:
    """Write what is missing of `total`, and return when the platform has everything."""
    draw = random.Random(os.getpid())
    log = os.open(says, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    async with sync_gateway(file, port) as gateway:
        while (newest := gateway.journal.newest_seq) < total:
            await gateway.write(min(draw.randint(1, 20), total - newest))
            os.write(log, f"{gateway.journal.newest_seq}\n".encode())
            await asyncio.sleep(draw.uniform(0.0, 0.02))
        await _until_empty(gateway)
    os.close(log)


async def _until_empty(gateway: SyncGateway) -> None:
    while gateway.waiting:
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(deliver(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
