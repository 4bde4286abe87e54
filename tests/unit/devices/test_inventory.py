from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchhub.devices.inventory import find_devices
from benchhub.errors import ConfigError, DeviceError, UsageError
from benchhub.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "devices").mkdir()
    for name, labels in (("alpha", "[fast]"), ("beta", "[fast, x]"), ("gamma", "[]")):
        text = f"name: {name}\ntransport: host\nlabels: {labels}\n"
        (tmp_path / "devices" / f"{name}.yaml").write_text(text)
    return Workspace(tmp_path)


def test_order_of_the_command_line_and_labels(workspace: Workspace) -> None:
    def names(*words: str) -> list[str]:
        return [device.name for device in find_devices(workspace, words)]

    assert names("gamma", "alpha") == ["gamma", "alpha"]
    assert names("beta", "@fast") == ["beta", "alpha"]


def test_a_device_that_is_not_there(workspace: Workspace) -> None:
    with pytest.raises(DeviceError, match=r"there is no devices/betta\.yaml. Did you mean 'beta'"):
        find_devices(workspace, ["betta"])
    with pytest.raises(DeviceError, match="Known: alpha, beta, gamma"):
        find_devices(workspace, ["zzz"])
    with pytest.raises(DeviceError, match="label 'slow'"):
        find_devices(workspace, ["@slow"])
    with pytest.raises(UsageError, match="--devices host"):
        find_devices(workspace, [])


def test_a_file_with_another_name(workspace: Workspace) -> None:
    (workspace.devices / "delta.yaml").write_text("name: alpha\ntransport: host\n")
    with pytest.raises(ConfigError, match=r"devices/delta\.yaml:1:1: the device is called 'alpha'"):
        find_devices(workspace, ["delta"])


@pytest.mark.parametrize("name", ["my phone", "it's", "$(id)", "a\nb", "", "-x", "a/b"])
def test_a_name_that_is_no_name(workspace: Workspace, name: str) -> None:
    path = workspace.devices / "odd.yaml"
    path.write_text(json.dumps({"name": name, "transport": "host"}))
    with pytest.raises(ConfigError, match=r"odd.yaml:1:[0-9]+: 'name' cannot be .*letters, digits"):
        find_devices(workspace, ["odd"])
