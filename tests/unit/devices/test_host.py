from __future__ import annotations

from pathlib import Path

import pytest

from benchhub.devices.host import HostTransport
from benchhub.errors import TransportError


def test_why_a_program_does_not_start(tmp_path: Path) -> None:
    transport = HostTransport("host", tmp_path)
    plain = tmp_path / "plain"
    plain.write_text("#!/bin/sh\n")
    foreign = tmp_path / "foreign"
    foreign.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xb7\x00" + bytes(44))
    foreign.chmod(0o755)
    for program, why in (
        ("./missing", "./missing does not exist."),
        ("./plain", r"./plain is not executable \(chmod \+x ./plain\)."),
        ("./foreign", "./foreign is not a program for this machine's architecture."),
    ):
        with pytest.raises(TransportError, match=why):
            transport.run([program], timeout_s=5)


def test_push_to_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TransportError, match="host: cannot copy .* to file/below"):
        HostTransport("host", tmp_path).push(tmp_path / "file", "file/below")
