from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.errors import UsageError
from benchhub.lab.address import Address, parse_address


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("tls://lab.local:8786", "lab.local", 8786),
        ("tls://10.0.0.7:1", "10.0.0.7", 1),
        ("tls://[fe80::1]:8786", "[fe80::1]", 8786),
    ],
)
def test_an_address(text: str, host: str, port: int) -> None:
    assert parse_address(text) == Address(host, port)
    assert str(parse_address(text)) == text


@pytest.mark.parametrize("scheme", ["tcp", "http", "ucx", "inproc", "TLS"])
def test_plaintext_is_refused(scheme: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_address(f"{scheme}://lab.local:8786")
    assert str(caught.value) == (
        f"{scheme}://lab.local:8786: plaintext is refused; a lab speaks TLS only. "
        "Say tls://lab.local:8786"
    )


@pytest.mark.parametrize(
    "text",
    ["", "lab.local:8786", "tls://", "tls://lab.local", "tls://lab.local:", "tls://lab:99999",
     "tls://lab:8786/x", "tls://a b:8786", "tls://[fe80::1:8786", "tls://lab:8786\n",
     "tls://lab:" + "8" * 5000],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(UsageError, match="is no address of a lab"):
        parse_address(text)


@given(st.text())
def test_any_text(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert str(parse_address(text)).startswith("tls://")
