"""benchhub schema: the JSON Schemas of the YAML files, for editors and checks."""

from __future__ import annotations

import json
from typing import Any

import click

from benchhub.cli.frame import guarded

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@click.command("schema")
@click.argument("kind", type=click.Choice(["suite", "device"]))
@guarded
def command(kind: str) -> int:
    """Print the JSON Schema of a suite or a device file."""
    click.echo(json.dumps(schema(kind), indent=2))
    return 0


def schema(kind: str) -> dict[str, Any]:
    """Return the schema as committed in suites/ and devices/."""
    from pydantic.json_schema import models_json_schema

    from benchhub.devices.inventory import device_files
    from benchhub.suites.suite import SuiteFile

    if kind == "suite":
        return {"$schema": DIALECT, **SuiteFile.model_json_schema()}
    kinds = device_files().values()
    references, definitions = models_json_schema([(model, "validation") for model in kinds])
    one_of = [references[model, "validation"] for model in kinds]
    return {"$schema": DIALECT, "oneOf": one_of, **definitions}
