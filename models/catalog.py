"""Which models there are, where the built ones lie, and that they are what was built."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from models.errors import ModelUnusable

MANIFEST: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class Package:
    """A package of a registry, by name."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """One model of the catalogue.

    Attributes:
        sha256: of the source file.
        npm, pypi: where the file lies in the package; `None` where the package does not have it.
        outputs: what is kept of the net; the other heads are cut off.
    """

    name: str
    what: str
    sha256: str
    npm: str
    pypi: str | None
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """The whole catalogue."""

    npm: Package
    pypi: Package
    models: tuple[CatalogModel, ...]


def load_catalog() -> Catalog:
    """Read `catalog.toml`."""
    told = tomllib.loads(files("models").joinpath("catalog.toml").read_text(encoding="utf-8"))
    packages = {kind: Package(**package) for kind, package in told["packages"].items()}
    models = tuple(
        CatalogModel(name, m["what"], m["sha256"], m["npm"], m.get("pypi"), tuple(m["outputs"]))
        for name, m in told["models"].items()
    )
    return Catalog(packages["npm"], packages["pypi"], models)


def models_folder() -> Path:
    """Where the built models lie: `TOUCHLINE_MODELS`, else the user's cache."""
    told = os.environ.get("TOUCHLINE_MODELS")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(told) if told else cache / "touchline" / "models"


def sha256_of(data: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()


def read_manifest(folder: Path) -> dict[str, str]:
    """SHA-256 of each built file, by name; empty when nothing was built."""
    try:
        manifest: dict[str, str] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest


def verify(folder: Path) -> list[str]:
    """What is wrong with the built models, one line each; empty when all is well."""
    manifest = read_manifest(folder)
    wanted = [f"{model.name}.onnx" for model in load_catalog().models]
    faults = [f"{name}: missing; type: touchline models build" for name in wanted if name not in manifest]
    for name, sha256 in manifest.items():
        file = folder / name
        if not file.is_file():
            faults.append(f"{name}: missing; type: touchline models build")
        elif sha256_of(file.read_bytes()) != sha256:
            faults.append(f"{name}: altered since it was built; type: touchline models build --again")
    return faults


def read_model(name: str, folder: Path | None = None) -> bytes:
    """The bytes of a built file, checked against the manifest. Nothing is ever unpickled.

    Raises:
        ModelUnusable: missing or altered.
    """
    folder = folder or models_folder()
    expected = read_manifest(folder).get(name)
    try:
        data = (folder / name).read_bytes()
    except OSError as exc:
        raise ModelUnusable(f"the pose model {name} is not built; type: touchline models build") from exc
    if expected is None or sha256_of(data) != expected:
        raise ModelUnusable(f"the pose model {name} is not what was built; type: touchline models build --again")
    return data
