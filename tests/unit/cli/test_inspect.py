"""benchhub models inspect: what is printed, as text and as data, and how it ends."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).parent / "benchhub"
REPOSITORY = Path(__file__).parents[3]
GRAPHS = REPOSITORY / "tests" / "recorded" / "graphs"
RECORDED = REPOSITORY / "tests" / "recorded" / "models"
MOBILENET = REPOSITORY / "suites" / "models" / "mobilenet_v2_035_96_int8.tflite"


def inspect(
    *words: str | Path, columns: int = 80, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, "models", "inspect", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=cwd,
        env={**os.environ, "COLUMNS": str(columns), "PYTHONUTF8": "1"},
    )


def test_the_answer_comes_first_and_fits(tmp_path: Path) -> None:
    """No workspace is needed."""
    ended = inspect(MOBILENET, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("mobilenet_v2_035_96_int8.tflite · 755 kB, 583 kB as gzip · ")
    assert lines[0].endswith("517 k parameters · 10.8 M MACs · 65 operators")
    assert "  input   keras_tensor  ?×96×96×3  int8  scale 0.007822277, zero point 0" in lines
    assert re.search(r"CONV_2D +35 +9.07 +84.2\s% +974 +9.32", ended.stdout)
    assert re.search(r"int8 +per channel +53 +510 k +510", ended.stdout)
    assert "converted  by TensorFlow 2.21.0 from Keras model: full integer" in ended.stdout
    assert "nodes\n" not in ended.stdout
    assert all(len(line) <= 80 for line in lines[1:])


def test_operators_are_listed_on_demand() -> None:
    ended = inspect(GRAPHS / "rows.tflite", "--ops", columns=100)
    table = ended.stdout.partition("\nnodes\n")[2].partition("\n\n")[0].splitlines()
    assert table[0].split() == [
        "node",
        "operator",
        "output",
        "shape",
        "type",
        "kMACs",
        "kB",
        "MACs/byte",
    ]
    products = [line for line in table if "FULLY_CONNECTED" in line]
    assert [line.split()[-3] for line in products] == ["0.420", "0.210", "0.0120"]
    assert [line.split()[3] for line in products] == ["10×7", "2×3", "1×2"]
    assert all(len(line) <= 100 for line in table)


def test_metadata_and_labels() -> None:
    shown = inspect(GRAPHS / "labelled.tflite").stdout
    assert "  licence      Apache License, Version 2.0\n" in shown
    assert "mean\n               123.5/116/103.25, std 58.5; 0 to 255" in shown
    assert "labels.txt: 33, tench, goldfish, great white shark, Zürich, class" in shown


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "flex",
            (
                "needs TensorFlow's Flex delegate for FlexMatrixDeterminant, FlexMatrixInverse: "
                "LiteRT alone cannot run it."
            ),
        ),
        ("custom", "has custom operators, which the runtime has to bring: Erfinv."),
    ],
)
def test_what_a_runtime_lacks_is_said(name: str, words: str) -> None:
    shown = inspect(GRAPHS / f"{name}.tflite", columns=200).stdout
    assert words in " ".join(shown.split())


def test_the_same_facts_as_data() -> None:
    data = json.loads(inspect(GRAPHS / "labelled.tflite", "--json").stdout)
    assert (data["macs"], data["parameters"], data["size_bytes"]) == (1023, 1023, 6352)
    assert data["signatures"][0]["inputs"][0]["signature"] == [-1, 31]
    assert data["card"]["inputs"][0]["normalisation"]["mean"] == [123.5, 116.0, 103.25]
    assert data["labels"][0]["count"] == 33
    assert [one["name"] for one in data["archived"]] == ["labels.txt", "words.txt"]
    (node,) = data["nodes"]
    assert {key: node[key] for key in ("node", "op", "macs", "bytes", "dtype")} == {
        "node": 0,
        "op": "FULLY_CONNECTED",
        "macs": 1023,
        "bytes": 4348,
        "dtype": "float32",
    }
    assert (node["output_shape"], node["output_dtype"]) == ([1, 33], "float32")


def test_every_key_of_the_data_is_in_the_manual() -> None:
    manual = (REPOSITORY / "docs" / "inspect.md").read_text(encoding="utf-8")

    def keys(data: object) -> set[str]:
        if isinstance(data, dict):
            return set(data).union(*map(keys, data.values()))
        return set().union(*map(keys, data)) if isinstance(data, list) else set()

    for name in ("labelled", "int4", "dynamic4"):
        data = json.loads(inspect(GRAPHS / f"{name}.tflite", "--json").stdout)
        assert {key for key in keys(data) if f"`{key}`" not in manual} == set()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (RECORDED / "corrupt_random.bin", "not a TFLite model, or damaged: no identifier TFL3."),
        (RECORDED / "empty.bin", "the file is empty."),
        (RECORDED / "absent.tflite", "No such file or directory."),
        (RECORDED, "is no file."),
    ],
)
def test_a_bad_file_is_one_line_and_code_2(path: Path, words: str) -> None:
    ended = inspect(path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_an_unknown_signature_is_one_line_and_code_2() -> None:
    ended = inspect(MOBILENET, "--signature", "train")
    assert ended.returncode == 2
    assert "the model has no signature 'train'. It has 'serving_default'." in ended.stderr
