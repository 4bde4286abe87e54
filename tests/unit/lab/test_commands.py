"""What the commands say before anything is connected."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from benchhub.lab import engine
from benchhub.lab.certs import make

from ...end_to_end.conftest import Shop

ADDRESS = "tls://127.0.0.1:9"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A workspace with one device."""
    for name in ("devices", "suites"):
        (tmp_path / name).mkdir()
    (tmp_path / "devices" / "board.yaml").write_text("name: board\ntransport: host\n")
    return Shop(tmp_path)


def test_certs_say_where_each_file_belongs(shop: Shop) -> None:
    made = shop.call("lab", "certs", "--folder", "tls", "--host", "lab1")

    assert made.code == 0, made.err
    assert re.search(r"^made +scheduler\.pem  until 20", made.out, re.MULTILINE)
    assert re.search(r"^  lab1 +all of machines/lab1/$", made.out, re.MULTILINE)
    assert re.search(r"^  nowhere else +ca-key\.pem", made.out, re.MULTILINE)
    again = shop.call("lab", "certs", "--folder", "tls")
    assert again.code == 0
    assert re.search(r"^kept +host\.pem", again.out, re.MULTILINE)


def test_certs_without_a_folder_to_write(shop: Shop) -> None:
    (shop.root / "tls").write_text("a file")
    ended = shop.call("lab", "certs", "--folder", "tls/deeper")
    assert ended.code == 2
    assert "cannot be written" in ended.err


@pytest.mark.parametrize(
    "words",
    [
        ("scheduler", "--listen"),
        ("host", "--devices", "board", "--scheduler"),
        ("status", "--lab"),
    ],
)
def test_commands_refuse_plaintext_and_missing_files(shop: Shop, words: tuple[str, ...]) -> None:
    plain = shop.call("lab", *words, "tcp://127.0.0.1:9")
    assert plain.code == 2
    assert "plaintext is refused" in plain.err
    bare = shop.call("lab", *words, ADDRESS, "--tls", "nowhere")
    assert bare.code == 2
    assert bare.err.startswith("nowhere: there are no TLS files of a lab.")


@pytest.mark.parametrize("words", [("host", "--devices", "board"), ("status",)])
def test_commands_ask_which_lab(shop: Shop, words: tuple[str, ...]) -> None:
    ended = shop.call("lab", *words, BENCHHUB_LAB="")
    assert ended.code == 2
    assert ended.err.startswith("which lab?")


def test_a_host_names_devices_that_it_has(shop: Shop) -> None:
    ended = shop.call("lab", "host", "--scheduler", ADDRESS, "--devices", "bord")
    assert ended.code == 3
    assert "Did you mean 'board'?" in ended.err


def test_nobody_answers(shop: Shop) -> None:
    make(shop.root / "tls", (), 30, renewing=False)
    ended = shop.call("lab", "status", "--lab", ADDRESS, "--tls", "tls")
    assert ended.code == 3
    assert ended.err.startswith(f"{ADDRESS}: no scheduler answers. Is it running")


def test_the_extra_is_missing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec

    def without(name: str) -> ModuleSpec | None:
        return None if name == "distributed" else find(name)

    monkeypatch.setattr(engine, "find_spec", without)
    ended = shop.call("lab", "status", "--lab", ADDRESS)
    assert ended.code == 2
    assert ended.err == "a lab needs dask.distributed. pip install 'benchhub[lab]'\n"


def test_help_does_not_wait_for_the_engine() -> None:
    code = (
        "import sys, click.testing, benchhub.cli\n"
        "for words in (['lab', '--help'], ['lab', 'host', '--help'], ['lab', 'certs', '--help']):\n"
        "    done = click.testing.CliRunner().invoke(benchhub.cli.main, words)\n"
        "    assert done.exit_code == 0, done.output\n"
        "print([name for name in ('dask', 'distributed', 'cryptography') if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout == "[]\n"
