"""What pytest collects: a suite's file, its devices, and a test for each case on each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchhub.pytest_plugin.answer import Answer, Key, Outcome
from benchhub.pytest_plugin.bench import Bench


class SuiteFile(pytest.File):
    """A suite."""

    bench: Bench

    @classmethod
    def of(cls, parent: pytest.Collector, path: Path, bench: Bench) -> SuiteFile:
        """Return the collector of a suite."""
        file: SuiteFile = cls.from_parent(parent, path=path)
        file.bench = bench
        return file

    def collect(self) -> Iterator[pytest.Collector]:
        """Yield its devices."""
        for device in dict.fromkeys(device for device, _ in self.bench.keys):
            yield DeviceNode.from_parent(self, name=device)


class DeviceNode(pytest.Collector):
    """A device that a suite is measured on."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield its cases."""
        file = self.getparent(SuiteFile)
        assert file is not None  # noqa: S101 - it is made by no other
        for device, case_id in file.bench.keys:
            if device == self.name:
                item: CaseItem = CaseItem.from_parent(self, name=case_id)
                item.bench, item.key = file.bench, (device, case_id)
                yield item


class CaseItem(pytest.Item):
    """One case on one device.

    Attributes:
        bench: Measures it, together with the other cases of its suite.
        key: Device and case.
    """

    bench: Bench
    key: Key

    def setup(self) -> None:
        """Hand over the figures; where the lab failed there is nothing to test."""
        answer = self._answer
        self.user_properties.extend(answer.properties)
        if answer.outcome is Outcome.BROKEN:
            pytest.fail(answer.reason, pytrace=False)

    def runtest(self) -> None:
        """Pass, fail or skip."""
        answer = self._answer
        if answer.outcome is Outcome.FAILED:
            pytest.fail(answer.reason, pytrace=False)
        if answer.outcome is Outcome.UNDECIDED:
            if self.config.getoption("--benchhub-inconclusive") == "fail":
                pytest.fail(answer.reason, pytrace=False)
            pytest.skip(answer.reason)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return where it is from, for people."""
        return self.path, None, f"{self.key[1]} on {self.key[0]}"

    @property
    def _answer(self) -> Answer:
        return self.bench.answer(self.key)
