"""The measuring program as one file, for a device that has Python and the wheel but no benchhub.

The file is a zip archive that Python runs (https://docs.python.org/3/library/zipapp.html). The same
sources give the same bytes, so that staging by content brings it to a device once.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from functools import cache
from importlib.resources import files
from pathlib import Path

from benchhub.devices.staging import stage
from benchhub.devices.transport import Transport
from benchhub.errors import ToolError
from benchhub.tools.litert import child

# Name of the package inside the archive; its own imports are relative.
PACKAGE = "benchhub_litert"
# Modules of benchhub that it imports, by their own names; they import nothing else of benchhub.
SHARED = (
    "__init__.py",
    "models/__init__.py",
    "models/tflite/__init__.py",
    "models/tflite/flatbuffer.py",
)
# The oldest Python that ai-edge-litert has wheels for, and whose syntax the package is written in.
OLDEST = (3, 10)

# The first thing that runs, in words that every Python 3 and 2.7 can read.
_START = f"""\
import sys

if sys.version_info < {OLDEST}:
    found = "%d.%d" % sys.version_info[:2]
    sys.stdout.write(
        '{{"error": {{"kind": "tool", "message": "Python ' + found + ' is too old for litert.", '
        '"advice": "Python {OLDEST[0]}.{OLDEST[1]} or newer is needed there."}}}}\\n'
    )
    sys.exit(1)

from {PACKAGE}.__main__ import main

sys.exit(main(sys.argv[1:]))
"""

FIND_TIMEOUT_S = 20.0
DEFAULT_PYTHON = "python3"

# $1 a name or path, which may begin with ~/. Prints where it is.
_FIND = """
case $1 in "~/"*) set -- "$HOME/${1#"~/"}" ;; esac
command -v "$1"
"""

# The first date that a zip archive can tell; the sources' own dates differ between machines.
_DATE = (1980, 1, 1, 0, 0, 0)


@cache
def pack() -> bytes:
    """Return the archive. It is not compressed: zlib versions differ in their output."""
    sources = {
        f"{PACKAGE}/{entry.name}": entry.read_bytes()
        for entry in files(child).iterdir()
        if entry.name.endswith(".py")
    }
    shared = {f"benchhub/{name}": (files("benchhub") / name).read_bytes() for name in SHARED}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted({**sources, **shared, "__main__.py": _START.encode()}.items()):
            archive.writestr(zipfile.ZipInfo(name, _DATE), content)
    return buffer.getvalue()


def bring(transport: Transport) -> str:
    """Bring the archive to a device, unless it is there; return its path there.

    Raises:
        TransportError: The device does not take it.
    """
    content = pack()
    with tempfile.TemporaryDirectory(prefix="benchhub-") as folder:
        local = Path(folder) / "worker.pyz"
        local.write_bytes(content)
        return stage(transport, local, hashlib.sha256(content).hexdigest())


def find_python(transport: Transport, given: str | None) -> str:
    """Return the path of the Python on a device.

    Args:
        transport: The way to the device.
        given: What its file names; None looks for `python3`.

    Raises:
        ToolError: There is none.
        TransportError: The device does not answer.
    """
    name = given or DEFAULT_PYTHON
    found = transport.run(["sh", "-c", _FIND, "sh", name], timeout_s=FIND_TIMEOUT_S)
    path = found.stdout.strip()
    if found.returncode == 0 and path and "\n" not in path:
        return path
    device = transport.name
    if given is None:
        raise ToolError(
            f"{device}: there is no {name}, which litert needs.",
            f"Install it and ai-edge-litert there, or name one: `python: FILE` in "
            f"devices/{device}.yaml.",
        )
    raise ToolError(
        f"{device}: the Python {name} does not exist there, or cannot be started.",
        f"Correct `python` in devices/{device}.yaml.",
    )


def without_wheel(device: str, platform: str) -> str:
    """Return what to do on a device whose Python has no wheel."""
    if platform == "linux_arm":
        return "There is none for 32-bit ARM: measure with benchmark_model."
    return (
        "Install it in an environment there: python3 -m venv ~/litert && ~/litert/bin/pip install "
        f"ai-edge-litert. Then name it: `python: ~/litert/bin/python` in devices/{device}.yaml."
    )
