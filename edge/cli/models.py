"""`touchline models build|list|verify|train-rope`: the pose models, by catalogue and hash; the trial of one of our own."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from edge.cli.train_rope import train_rope

models_app = typer.Typer(no_args_is_help=True, help="The pose models: build, list, verify; and training.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    models_app.command("build")(build)
    models_app.command("list")(list_models)
    models_app.command("verify")(verify)
    models_app.command("train-rope")(train_rope)
    app.add_typer(models_app, name="models")


def build(again: Annotated[bool, typer.Option("--again", help="build anew, whatever is there")] = False) -> None:
    """Download, check and convert the pose models that are not there yet."""
    from models.build import build as build_models
    from models.catalog import models_folder
    from models.errors import BuildFailed

    folder = models_folder()
    with Console(stderr=True).status("pose models") as status:
        try:
            made = build_models(folder, again=again, progress=lambda words: status.update(f"pose models: {words}"))
        except BuildFailed as exc:
            typer.echo(str(exc), err=True)
            raise typer.Exit(2) from None
    typer.echo(f"{folder}: {'built ' + ', '.join(made) if made else 'all there'}")


def list_models() -> None:
    """What the catalogue has, and what of it is built."""
    from models.catalog import load_catalog, models_folder, read_manifest

    folder = models_folder()
    manifest = read_manifest(folder)
    table = Table("model", "built", "what", "sha256 of the source", box=None, header_style="bold")
    for model in load_catalog().models:
        table.add_row(model.name, "yes" if f"{model.name}.onnx" in manifest else "no", model.what, model.sha256[:16])
    console = Console()
    console.print(table)
    console.print(f"in {folder}", highlight=False)


def verify() -> None:
    """Hash every built file again; exit status 2 when one is missing or altered."""
    from models.catalog import models_folder
    from models.catalog import verify as verify_models

    faults = verify_models(models_folder())
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(2)
    typer.echo("all models are what was built")
