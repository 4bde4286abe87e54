from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchhub.errors import StoreError, UsageError
from benchhub.results.site_folder import INDEX, LIST, SiteFolder, history_page, run_page

ONE, TWO = run_page("01M7ZMPS"), run_page("01M7ZM6E")


def make(path: Path, pages: dict[str, str]) -> SiteFolder:
    site = SiteFolder(path)
    site.begin(pages)
    for name, text in pages.items():
        site.put(name, text, made_of=f"of {text}", title=text.upper())
    site.finish()
    return site


def files(path: Path) -> dict[str, str]:
    found = (one for one in path.rglob("*") if one.is_file() and one.name != LIST)
    return {str(one.relative_to(path)): one.read_text() for one in found}


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    make(tmp_path / "site", {INDEX: "a", ONE: "b"})
    stamps = {one: one.stat().st_mtime_ns for one in (tmp_path / "site").rglob("*.*")}
    again = make(tmp_path / "site", {INDEX: "a", ONE: "b"})
    assert (again.written, again.unchanged) == ([], 2)
    assert {one: one.stat().st_mtime_ns for one in stamps} == stamps
    assert make(tmp_path / "site", {INDEX: "c", ONE: "b"}).written == [INDEX]
    assert files(tmp_path / "site") == {INDEX: "c", ONE: "b"}


def test_what_a_page_was_made_of_is_kept(tmp_path: Path) -> None:
    make(tmp_path, {ONE: "b"})
    site = SiteFolder(tmp_path)
    site.begin([ONE])
    assert site.current(ONE, "of something else") is None
    page = site.current(ONE, "of b")
    assert page is not None
    assert page.title == "B"
    (tmp_path / ONE).write_text("changed by hand")
    assert SiteFolder(tmp_path).current(ONE, "of b") is None


def test_pages_that_are_not_wanted_go_and_other_files_stay(tmp_path: Path) -> None:
    make(tmp_path, {INDEX: "a", ONE: "b", history_page("tiny"): "h"})
    (tmp_path / "CNAME").write_text("mine")
    (tmp_path / "runs" / "notes.html").write_text("mine")
    site = make(tmp_path, {INDEX: "a", TWO: "c"})
    assert site.removed == ["history/tiny.html", ONE]
    assert files(tmp_path) == {INDEX: "a", TWO: "c", "CNAME": "mine", "runs/notes.html": "mine"}
    assert not (tmp_path / "history").exists()


def test_a_page_that_someone_changed_is_not_removed(tmp_path: Path) -> None:
    make(tmp_path, {INDEX: "a", ONE: "b"})
    (tmp_path / ONE).write_text("mine now")
    site = make(tmp_path, {INDEX: "a"})
    assert (site.removed, site.left) == ([], [ONE])
    assert files(tmp_path)[ONE] == "mine now"


def test_a_folder_that_is_not_ours_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not empty and no site of benchhub's"):
        SiteFolder(tmp_path)
    with pytest.raises(UsageError, match="is no folder"):
        SiteFolder(tmp_path / "thesis.txt")
    assert files(tmp_path) == {"thesis.txt": "mine"}
    assert not (tmp_path / LIST).exists()


def test_a_foreign_file_where_a_page_belongs_is_refused(tmp_path: Path) -> None:
    make(tmp_path, {INDEX: "a"})
    (tmp_path / "runs").mkdir()
    (tmp_path / ONE).write_text("mine")
    before = (tmp_path / LIST).read_bytes()
    with pytest.raises(UsageError, match="is not ours and where a page belongs"):
        make(tmp_path, {INDEX: "changed", ONE: "b"})
    assert files(tmp_path) == {INDEX: "a", ONE: "mine"}
    assert (tmp_path / LIST).read_bytes() == before


def test_links_are_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    site = tmp_path / "site"
    make(site, {INDEX: "a"})
    (site / "runs").symlink_to(elsewhere)
    with pytest.raises(UsageError, match="is not ours"):
        make(site, {INDEX: "a", ONE: "b"})
    assert list(elsewhere.iterdir()) == []
    (site / "runs").unlink()
    (elsewhere / "page").write_text("mine")
    (site / INDEX).unlink()
    (site / INDEX).symlink_to(elsewhere / "page")
    with pytest.raises(UsageError, match="is not ours"):
        make(site, {INDEX: "b"})
    assert (elsewhere / "page").read_text() == "mine"


def test_what_was_interrupted_is_gone_on_with(tmp_path: Path) -> None:
    site = SiteFolder(tmp_path)
    site.begin([INDEX, ONE, TWO])
    site.put(ONE, "b")
    again = make(tmp_path, {INDEX: "a", TWO: "c"})
    assert again.removed == [ONE]
    assert files(tmp_path) == {INDEX: "a", TWO: "c"}


@pytest.mark.parametrize(
    "name", ["../index.html", "/etc/passwd", "runs/../../x.html", "runs/x.txt", "notes.html"]
)
def test_a_list_that_names_other_files_is_damaged(tmp_path: Path, name: str) -> None:
    page = {"sha256": "", "made_of": "", "title": ""}
    (tmp_path / LIST).write_text(json.dumps({"format": 1, "pages": {name: page}}))
    with pytest.raises(StoreError, match="is no page of a site"):
        SiteFolder(tmp_path)
    (tmp_path / LIST).write_text("{")
    with pytest.raises(StoreError, match="damaged"):
        SiteFolder(tmp_path)


def test_each_suite_has_a_page_of_its_own() -> None:
    assert history_page("tiny-2") == "history/tiny-2.html"
    names = [history_page(name) for name in ("a b", "a-b", "A-B", "a/b", "../a", "x" * 90)]
    assert len(set(names)) == len(names)
    assert all(name.count("/") == 1 and ".." not in name for name in names)
