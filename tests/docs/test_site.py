"""The generated pages, and the check that a site loads nothing from elsewhere. tox builds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchhub.cli import COMMANDS
from benchhub.cli.schema import schema

from .scripts import script

reference = script("docs_reference")
offline = script("docs_offline")
POLICY = '<meta http-equiv="Content-Security-Policy" content="default-src \'self\'">'


def test_the_page_of_commands_has_every_command_and_option() -> None:
    page = reference.commands_page()
    for context, command in reference.leaves():
        section = page.split(f"## {context.command_path}\n")[1].split("\n## ")[0]
        for param in command.params:
            for name in (*param.opts, *param.secondary_opts) if param.opts[0][0] == "-" else ():
                assert f"{name}" in section, (context.command_path, name)
    assert all(f"## benchhub {name}" in page for name in COMMANDS)


@pytest.mark.parametrize("kind", ["suite", "device"])
def test_the_page_of_a_file_has_every_key(kind: str) -> None:
    page = reference.schema_page(kind)
    document = schema(kind)
    for entry in (document, *document["$defs"].values()):
        for name, key in entry.get("properties", {}).items():
            assert f"| `{name}` |" in page, name
            assert key.get("description", "").partition("*")[0].replace("|", "\\|")[:40] in page
    links = {part.split(")")[0] for part in page.split("](#")[1:]}
    assert bool(links) is (kind == "suite")  # keys of a device are plain values
    assert all(f"\n## {link}\n" in page for link in links)


def test_an_optional_key_says_what_it_takes_and_what_it_is_without() -> None:
    page = reference.schema_page("suite")
    assert "| `rounds` | integer, ≥ 1, ≤ 1000 | `5` | Fresh processes per case. |" in page
    assert "| `models` | list of [model](#model) | **required** |" in page


def site(folder: Path, body: str, css: str = "") -> list[str]:
    (folder / "a.html").write_text(f"<!doctype html><head>{POLICY}</head><body>{body}</body>")
    (folder / "a.css").write_text(css)
    return list(offline.problems(folder))


@pytest.mark.parametrize(
    "body",
    [
        '<script src="https://unpkg.com/x"></script>',
        '<link rel="stylesheet" href="//fonts.googleapis.com/css">',
        '<link rel="preconnect" href="https://fonts.gstatic.com">',
        '<img srcset="https://example.org/a.png 2x">',
        '<iframe src="http://example.org"></iframe>',
        "<style>@import 'https://example.org/a.css';</style>",
        '<p style="background: url(//example.org/a.png)">',
    ],
)
def test_what_is_loaded_from_elsewhere_is_found(body: str, tmp_path: Path) -> None:
    (found,) = site(tmp_path, body)
    assert found.startswith("a.html: fetches ")


def test_a_style_sheet_that_loads_from_elsewhere_is_found(tmp_path: Path) -> None:
    assert site(tmp_path, "", "@font-face { src: url('https://example.org/a.woff2') }") == [
        "a.css: fetches https://example.org/a.woff2"
    ]


def test_links_to_click_on_and_own_files_are_fine(tmp_path: Path) -> None:
    body = (
        '<a href="https://example.org">there</a><img src="pictures/a.png">'
        '<link rel="canonical" href="https://example.org/"><script src="a.js"></script>'
        "<style>p { background: url(data:image/png;base64,aa//bb) }</style>"
    )
    assert site(tmp_path, body, "p { background: url(a.png) }") == []


def test_a_page_without_a_policy_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<!doctype html><p>nothing")
    assert list(offline.problems(tmp_path)) == ["a.html: has no policy that forbids other hosts"]


def test_no_site_is_no_site_that_is_fine(tmp_path: Path) -> None:
    assert list(offline.problems(tmp_path)) == [f"{tmp_path}: has no pages"]
