"""A gateway of its own with one or two simulated cameras, for the page on which squares are drawn."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.brokers import free_port
from support.field import until

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]


class StationField:
    """A gateway process that plays clips as its cameras.

    Args:
        clips: by the name of the camera; or the address of a camera that streams.
        squares: of the settings, as TOML, by the name of the camera.
    """

    def __init__(self, folder: Path, clips: Mapping[str, Path | str], squares: Mapping[str, str] | None = None) -> None:
        self.folder, self.port = folder, free_port()
        cameras = "\n".join(
            f'[[cameras]]\nname = "{name}"\nsource = "{_source(clip)}"\n{(squares or {}).get(name, "")}'
            for name, clip in clips.items()
        )
        self.config = folder / "touchline.toml"
        self.config.write_text(
            f'[gateway]\ntitle = "East field"\ndata_dir = "{folder / "data"}"\n[web]\nport = {self.port}\n{cameras}\n',
            encoding="utf-8",
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-c", "from edge.cli import main; main()", "run", "--config", str(self.config)]
        with (self.folder / "gateway.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=os.environ | {"PYTHONUNBUFFERED": "1"})
        until(self._sees)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def call(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            told: dict[str, Any] = json.load(answer)
        return told

    def _sees(self) -> bool:
        with contextlib.suppress(OSError, ValueError):
            cameras = self.call("/api/state")["sources"]["cameras"]
            return all(camera["state"] == "live" for camera in cameras)
        return False


def _source(clip: Path | str) -> str:
    return clip if isinstance(clip, str) else f"file:{clip}?loop=1"
