"""A simulated camera that streams beside the test: on a loop of its own, as Playwright's synchronous side has the test's thread."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulators.camera import VirtualCamera


@contextmanager
def on_air(source: VirtualCamera) -> Iterator[VirtualCamera]:
    """Switched on, and off again in the end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(source.start(), loop).result()
    yield source
    asyncio.run_coroutine_threadsafe(source.stop(), loop).result()
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0.2), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
