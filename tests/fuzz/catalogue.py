"""All targets by name."""

from __future__ import annotations

from tests.fuzz.target import Target
from tests.fuzz.targets import (
    device_answers,
    documents,
    imports,
    models,
    outputs,
    profiles,
    sent,
    shown,
    ssh_files,
    yaml_files,
)

TARGETS: dict[str, Target] = {
    target.name: target
    for module in (
        yaml_files,
        outputs,
        profiles,
        models,
        documents,
        shown,
        imports,
        sent,
        device_answers,
        ssh_files,
    )
    for target in module.TARGETS
}
