"""The TLS files: what is made, kept and renewed, and what a role refuses before it connects."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from benchhub.errors import UsageError
from benchhub.lab import certs, security
from benchhub.lab.certs import ROLES, make
from benchhub.lab.security import check_files

LATER = datetime.now(UTC) + timedelta(days=40)
ALL = {"ca.pem", "ca-key.pem"} | {f"{role}{kind}.pem" for role in ROLES for kind in ("", "-key")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "tls"
    make(folder, (), 30, renewing=False)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_all_is_made_and_nobody_else_may_read_it(folder: Path) -> None:
    assert set(contents(folder)) == ALL
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in folder.iterdir())
    for role in ROLES:
        check_files(folder, role)


def test_what_is_there_stays_and_what_is_missing_is_made(folder: Path) -> None:
    before = contents(folder)
    (folder / "host.pem").unlink()

    made = {one.owner: one.what for one in make(folder, ("lab1",), 30, renewing=False)}

    assert made == {"scheduler": "kept", "host": "made", "controller": "kept", "host lab1": "made"}
    after = contents(folder)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"host.pem", "host-key.pem"}
    assert set(after) - set(before) == {
        f"machines/lab1/{name}" for name in ("ca.pem", "host.pem", "host-key.pem")
    }
    check_files(folder / "machines" / "lab1", "host")


def test_renewed_certificates_are_of_the_same_authority(folder: Path) -> None:
    before = contents(folder)

    made = make(folder, (), 60, renewing=True)

    assert {one.what for one in made} == {"renewed"}
    after = contents(folder)
    assert before["ca.pem"] == after["ca.pem"]
    assert before["host-key.pem"] != after["host-key.pem"]
    check_files(folder, "host")


def test_what_has_ended_is_told_and_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(folder)
    monkeypatch.setattr(certs, "now", lambda: LATER)

    assert {one.what for one in make(folder, (), 30, renewing=False)} == {"expired"}
    assert contents(folder) == before
    assert {one.what for one in make(folder, (), 30, renewing=True)} == {"renewed"}


def test_without_the_key_of_the_authority_nothing_is_made(folder: Path) -> None:
    (folder / "ca-key.pem").unlink()
    with pytest.raises(UsageError, match=r"the key of the authority \(ca-key.pem\) is not here"):
        make(folder, ("lab1",), 30, renewing=False)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "x" * 65])
def test_a_name_that_is_no_folder(folder: Path, name: str) -> None:
    with pytest.raises(UsageError, match="is no name for a machine"):
        make(folder, (name,), 30, renewing=False)


def test_only_what_listens_may_be_called(folder: Path) -> None:
    for role in ROLES:
        certificate = x509.load_pem_x509_certificate((folder / f"{role}.pem").read_bytes())
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        listens = x509.ExtendedKeyUsageOID.SERVER_AUTH in uses
        assert listens == (role != "controller")


def damage(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text("no PEM")


def mix(folder: Path) -> None:
    other = folder.parent / "other"
    make(other, (), 30, renewing=False)
    for kind in ("", "-key"):
        shutil.copy(other / f"host{kind}.pem", folder / f"host{kind}.pem")


def swap(folder: Path) -> None:
    shutil.copy(folder / "scheduler-key.pem", folder / "host-key.pem")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (shutil.rmtree, r"tls: there are no TLS files of a lab\. Make them once with"),
        (lambda folder: (folder / "ca.pem").unlink(), r"/ca\.pem: there is no such file\. Copy it"),
        (lambda folder: (folder / "host-key.pem").unlink(), r"/host-key\.pem: there is no such"),
        (damage("host.pem"), r"/host\.pem: is no certificate"),
        (damage("ca.pem"), r"/ca\.pem: is no certificate"),
        (damage("host-key.pem"), r"/host-key\.pem: is no key"),
        (mix, r"/host\.pem: was not signed by the authority of ca\.pem"),
        (swap, r"/host-key\.pem: is not the key of host\.pem"),
        (
            lambda folder: (folder / "host-key.pem").chmod(0o640),
            r"others can read this key\. chmod 600 /",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_a_line(
    folder: Path, harm: Callable[[Path], None], said: str
) -> None:
    harm(folder)
    with pytest.raises(UsageError, match=said) as caught:
        check_files(folder, "host")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (LATER, r"host\.pem: ended on 20"),
        (datetime(2020, 1, 1, tzinfo=UTC), r"ca\.pem: begins on 2"),
    ],
)
def test_dates(folder: Path, monkeypatch: pytest.MonkeyPatch, moment: datetime, said: str) -> None:
    monkeypatch.setattr(security, "now", lambda: moment)
    with pytest.raises(UsageError, match=said):
        check_files(folder, "host")
