"""The examples of device files: valid, complete, laid down by init, and no devices."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from benchhub.devices.device_file import DeviceFile
from benchhub.devices.inventory import all_devices, device_files
from benchhub.devices.routes import open_beside
from benchhub.suites.document import read_document
from benchhub.suites.validation import validate
from benchhub.workspace import PACKAGED, Workspace, packaged

EXAMPLES = ("board", "phone")


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_valid_and_names_every_key(name: str, repository: Path) -> None:
    path = repository / "devices" / "examples" / f"{name}.yaml"
    data = yaml.safe_load(path.read_text())
    schema = json.loads((repository / "devices" / "device.schema.json").read_text())
    jsonschema.validate(data, schema)
    file: DeviceFile = validate(read_document(path, path.name), device_files()[data["transport"]])
    assert file.name == name
    told = path.read_text()
    rare = {"tool", "key", "python"}  # in docs/devices.md
    for key in type(file).model_fields.keys() - rare:
        assert f"{key}:" in told, key
    open_beside(file, Workspace(repository)).close()


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_an_example_leaves_out_is_valid_too(name: str, repository: Path) -> None:
    """The commented keys, each put in, in place of the other ways of a phone."""
    path = repository / "devices" / "examples" / f"{name}.yaml"
    text = path.read_text()
    ways = {"serial", "address", "usb"}
    data = yaml.safe_load(text)
    for line in text.splitlines():
        key, found, _ = line.removeprefix("# ").partition(": ")
        if line.startswith("# ") and found and key.isidentifier():
            value = yaml.safe_load(line.removeprefix("# "))
            kept = {k: v for k, v in data.items() if key not in ways or k not in ways}
            device_files()[data["transport"]].model_validate(kept | value)


def test_examples_are_packaged_but_no_devices(repository: Path) -> None:
    assert "devices" in PACKAGED
    assert {path.stem for path in (packaged("devices") / "examples").glob("*.yaml")} == set(
        EXAMPLES
    )
    assert not {device.name for device in all_devices(Workspace(repository))} & set(EXAMPLES)


def test_every_key_is_documented(repository: Path) -> None:
    told = (repository / "docs" / "devices.md").read_text()
    for kind in device_files().values():
        for key in kind.model_fields:
            assert f"`{key}`" in told, key
