"""What the pages of the documentation ask a reader to type, and to write into files.

A writer of a page does nothing special. Of fenced and indented blocks each line that calls benchhub
is a command; in a block with prompts (`$ `) those lines only, in one of YAML a step that runs it. A
block of YAML with a title, as in ```` ```yaml title="suites/mine.yaml" ````, is a file. A block
whose commands cannot be run where tests run says so in a comment in front of it, which no reader of
the page sees:

    <!-- only planned: there is no Edge TPU here -->
    <!-- only parsed: it waits for a person -->
    <!-- exit 3: the board is switched off -->

Only planned is what measures: with --dry-run. Only parsed is held against the command line and no
more. The third expects that code. All that is not run is listed at the end of the tests.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAVIGATED = re.compile(r"^ +- [^:]+: (\S+\.md)$", re.MULTILINE)
FENCE = re.compile(r"^(?P<ticks>```+)(?P<info>.*)$")
TITLE = re.compile(r'title="([^"]+)"')
MARK = re.compile(r"^<!-- (?P<what>only parsed|only planned|exit (?P<code>\d+)): (?P<why>.+) -->$")
INLINE = re.compile(r"(?<!`)`((?:benchhub|pytest --benchhub)(?: [^`]+)?)`(?!`)")
# What stands for something of the reader's: NAME, [--ops], RUN_A, ...
PLACEHOLDER = re.compile(r"^(?!HEAD$)[\[(]*[A-Z][A-Z_]*[\])]*$|\[|\]|^\.\.\.$|…")
# Programs whose calls are run, beside pytest with benchhub's plugin.
PROGRAMS = frozenset({"benchhub", "git"})
# Commands that can say what they would do.
PLANS = frozenset({"ab", "gate", "run"})
SYNOPSIS = "a synopsis, not a command"
INDENT = "    "
SPOKEN = ("", "bash", "console", "fish", "sh", "shell", "text", "zsh")
# A step of a workflow, and the command within another one.
STEP = re.compile(r"^\s*(?:- )?run: (?![|>])(.+)$")
SUBSTITUTED = re.compile(r"\$\(([^()]+)\)")
SEPARATORS = frozenset({"&&", "||", ";", "|", "&", "(", ")"})
REDIRECTIONS = frozenset({">", ">>", "<", "2>", "2>>"})
ASSIGNMENT = re.compile(r"^[A-Z_][A-Z0-9_]*=")


@dataclass(frozen=True)
class Block:
    """A block of code of a page, without its fence or indentation."""

    line: int
    info: str
    lines: tuple[str, ...]
    mark: re.Match[str] | None

    @property
    def language(self) -> str:
        return self.info.split(" ", 1)[0]

    @property
    def title(self) -> str | None:
        found = TITLE.search(self.info)
        return found[1] if found else None


@dataclass(frozen=True)
class Written:
    """A file that a page asks to write."""

    page: str
    line: int
    path: str
    text: str


@dataclass(frozen=True)
class Command:
    """A call of benchhub, of pytest with its plugin, or of git.

    Attributes:
        words: Without the program's name.
        piped: It reads what another program prints.
        only_parsed: Why it is not run; None if it is.
        only_planned: Why it is run with --dry-run; None if it is not.
        code: Exit code that the page tells of; None for those that the command may end with.
    """

    page: str
    line: int
    program: str
    words: tuple[str, ...]
    piped: bool = False
    only_parsed: str | None = None
    only_planned: str | None = None
    code: int | None = None

    @property
    def text(self) -> str:
        return shlex.join([self.program, *self.words])

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


Step = Written | Command


def pages() -> tuple[Path, ...]:
    """Return the files of the documentation: the README, then in the order of the site."""
    docs = ROOT / "docs"
    order = NAVIGATED.findall((ROOT / "mkdocs.yml").read_text())
    found = [docs / name for name in order if (docs / name).exists()]
    return (ROOT / "README.md", *found, *sorted({*docs.rglob("*.md")} - {*found}))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(text: str) -> Iterator[Block]:
    """Yield fenced and indented blocks."""
    lines = text.splitlines()
    mark: re.Match[str] | None = None
    index = 0
    while index < len(lines):
        line = lines[index]
        fence = FENCE.match(line)
        begins = index
        if fence:
            index = _end_of_fence(lines, begins, fence["ticks"])
            inside = tuple(lines[begins + 1 : index - 1])
            yield Block(begins + 2, fence["info"].strip(), inside, mark)
        elif line.startswith(INDENT) and line.strip() and not "".join(lines[index - 1 : index]):
            index = _end_of_indented(lines, begins)
            yield Block(begins + 1, "", tuple(each[4:] for each in lines[begins:index]), mark)
        else:
            index += 1
            if line:  # a mark counts for the block that comes next
                mark = MARK.match(line)
            continue
        mark = None


def _end_of_fence(lines: list[str], begins: int, ticks: str) -> int:
    ends = (i for i in range(begins + 1, len(lines)) if lines[i].rstrip() == ticks)
    return next(ends, len(lines) - 1) + 1


def _end_of_indented(lines: list[str], begins: int) -> int:
    end = begins
    while end < len(lines) and (lines[end].startswith(INDENT) or not lines[end].strip()):
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    return end


def steps(page: str, text: str) -> Iterator[Step]:
    """Yield what a page asks for, in its order."""
    for block in blocks(text):
        if block.title:
            yield Written(page, block.line, block.title, "\n".join(block.lines) + "\n")
        elif block.language in SPOKEN:
            yield from _commands(page, block)
        elif block.language in ("yaml", "yml"):
            for number, line in enumerate(block.lines, block.line):
                if found := STEP.match(line):
                    yield from _calls(page, number, found[1], block.mark)


def _commands(page: str, block: Block) -> Iterator[Command]:
    prompted = any(line.startswith("$ ") for line in block.lines)
    held, began = "", 0
    for number, line in enumerate(block.lines):
        if prompted and not line.startswith("$ ") and not held:
            continue
        began = began if held else number
        held += line.removeprefix("$ ")
        if held.endswith("\\"):
            held = held[:-1]
            continue
        yield from _calls(page, block.line + began, held, block.mark)
        held = ""


def _calls(page: str, line: int, text: str, mark: re.Match[str] | None) -> Iterator[Command]:
    """Yield the calls of a line, which may be several programs of a shell."""
    for within in SUBSTITUTED.findall(text):
        yield from _calls(page, line, within, mark)
    for piped, words in _programs(text):
        program = words[0].rpartition("/")[2] if words else ""
        plugin = program == "pytest" and any("--benchhub" in word for word in words)
        if program not in PROGRAMS and not plugin:
            continue
        command = Command(page, line, program, tuple(words[1:]), piped)
        if any(PLACEHOLDER.search(word) for word in words[1:]):
            yield replace(command, only_parsed=SYNOPSIS)
        elif mark and mark["code"]:
            yield replace(command, code=int(mark["code"]))
        elif mark and mark["what"] == "only parsed":
            yield replace(command, only_parsed=mark["why"])
        elif mark and words[1:2] and words[1] in PLANS:
            yield replace(command, only_planned=mark["why"])
        else:
            yield command


def _programs(text: str) -> Iterator[tuple[bool, list[str]]]:
    """Yield the words of each program of a shell line, and whether another one feeds it."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.wordchars += "@%+,:[]{}!^"
    lexer.commenters = "#"
    try:
        parts = list(lexer)
    except ValueError:  # a quote of prose: no command
        return
    words: list[str] = []
    piped, skip = False, False
    for part in [*parts, ";"]:
        if part in SEPARATORS:
            yield piped, words
            words, piped = [], part == "|"
        elif part in REDIRECTIONS or skip:
            skip = not skip
        elif words or not ASSIGNMENT.match(part):
            words.append(part)


def inline(page: str, text: str) -> Iterator[Command]:
    """Yield the commands that are named within sentences and tables."""
    hidden = {
        number
        for block in blocks(text)
        for number in range(block.line, block.line + len(block.lines))
    }
    for number, line in enumerate(text.splitlines(), 1):
        if number in hidden:
            continue
        for found in INLINE.findall(line):
            words = shlex.split(found.replace("\\|", "|"))
            yield Command(page, number, words[0], tuple(words[1:]), only_parsed="in a sentence")
