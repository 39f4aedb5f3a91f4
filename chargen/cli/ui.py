"""Everything chargen prints: results to stdout; progress, notices and errors to stderr."""

import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

import click
from rich.cells import cell_len
from rich.console import Console, Group
from rich.live import Live
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from chargen.text.report import Sample
    from chargen.trainer import Progress as TrainingProgress


WIDTHS = (9, 8, 10, 9, 10, 7)
# Characters of a table's cell; what is longer is cut, since laying it out takes seconds.
LONGEST_CELL = 2000
# Up to so many bits, the background of a character.
SHADES = (
    (1.0, ""),
    (2.0, "black on #fff3b0"),
    (4.0, "black on #ffd166"),
    (7.0, "black on #f79256"),
    (math.inf, "black on #ef476f"),
)
# Up to such an activation, from -1 to 1, the background of a character: blue below zero, red above.
TINTS = (
    (-0.6, "black on #4f8fd0"),
    (-0.2, "black on #b5d3f0"),
    (0.2, ""),
    (0.6, "black on #f6c1b6"),
    (math.inf, "black on #e4604e"),
)
BARS = "▁▂▃▄▅▆▇█"
_CONTROLS = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)], "\ufffd")
# Seconds of training after which the time that it will take is told.
ESTIMATE_AFTER = 2.0


def speak_utf8() -> None:
    """Write UTF-8 into files and pipes whatever the system's habit; a terminal shows `?` for what it lacks.

    What comes in and is no text stays readable, so that the vocabulary can name it.
    """
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")


@dataclass(frozen=True)
class Shaded:
    """A cell of a table with a background, on a terminal that has colours.

    Args:
        value: What is in it.
        style: The background.
    """

    value: object
    style: str


def surprise_style(nats: float) -> str:
    """Choose the background of a character, the darker the less likely it was: -ln p in nats."""
    return next(style for most, style in SHADES if nats <= most * math.log(2))


def activation_style(value: float) -> str:
    """Choose the background of an activation, from -1 to 1."""
    return next(style for most, style in TINTS if value <= most)


class Ui:
    """The terminal, as the commands see it.

    Args:
        quiet: Whether progress and notices are left out.
    """

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet

    @cached_property
    def out(self) -> Console:
        """The console of results: as wide as the terminal, and wide in a file."""
        console = Console(highlight=False)
        return console if console.is_terminal else Console(highlight=False, width=1000)

    @cached_property
    def err(self) -> Console:
        """The console of progress, notices and errors."""
        return Console(stderr=True, highlight=False, soft_wrap=True)

    def result(self, text: str, end: str = "\n") -> None:
        """Write a piece of a command's result, at once: to a file or pipe as it is."""
        click.echo((plain(text) if self.out.is_terminal else text) + end, nl=False)  # flushes

    def prose(self, text: str) -> None:
        """Write a sentence of a result: wrapped between words on a terminal."""
        self.out.print(Text(plain(text)))

    def shade(self, character: str, nats: float) -> None:
        """Write a character of a result, on a terminal the darker the less likely it was.

        Args:
            character: The character.
            nats: Its -ln p.
        """
        style = surprise_style(nats)
        if style and self.out.is_terminal and not character.isspace():
            self.out.print(Text(character, style), end="")
        else:
            self.result(character, end="")

    def activations(self, characters: Sequence[str], values: Sequence[float]) -> None:
        """Write a text as a result, shaded by an activation; where there are no colours, bars stand under each line.

        Args:
            characters: The characters, in one line however many.
            values: The activation at each, from -1 to 1.
        """
        shown = [plain(character) for character in characters]
        if self.out.color_system is not None and not self.out.no_color:
            text = Text.assemble(*zip(shown, map(activation_style, values), strict=True))
            self.out.print(text, soft_wrap=True)
            return
        width = min(self.out.width, 100)
        if any(cell_len(each) > 1 for each in shown):
            width = max(1, width // 2)
        bars = [BARS[min(int((value + 1) / 2 * len(BARS)), len(BARS) - 1)] for value in values]
        for start in range(0, len(shown), width):
            line = slice(start, start + width)
            self.result("".join(shown[line]))
            marks = (bar * cell_len(each) for bar, each in zip(bars[line], shown[line], strict=True))
            self.result("".join(marks))

    def ask(self, prompt: str) -> str | None:
        """Read a line of what the user types, or of a file or pipe.

        Args:
            prompt: Shown on a terminal.

        Returns:
            The line; None at the end of the input, or when Ctrl-C asks for it.
        """
        try:
            if sys.stdin is None:
                return None
            if sys.stdin.isatty():
                return input(prompt)
            line = sys.stdin.readline()
            return line.removesuffix("\n") if line else None
        except (EOFError, KeyboardInterrupt):
            self.result("")
            return None

    def notice(self, text: str, asked: bool = False) -> None:
        """Tell something that is no result; left out by -q unless it was asked for."""
        if asked or not self.quiet:
            self.err.print(plain(text), markup=False)

    def warn(self, text: str) -> None:
        """Tell what went wrong although chargen goes on; -q does not leave it out."""
        self.err.print(plain(f"warning: {text}"), markup=False)

    def error(self, text: str) -> None:
        """Tell why chargen stopped."""
        self.err.print(plain(f"error: {text}"), markup=False)

    @contextmanager
    def bars(self) -> Iterator[Callable[[str], Callable[[int, int | None], None]]]:
        """Show how many bytes are fetched, read or encoded while the block runs, on a terminal.

        Yields:
            What makes a bar from its title; it is called with the bytes done and all bytes, if known.
        """
        bar = Progress(
            TextColumn("{task.description}", markup=False),  # what the user typed may have braces and brackets
            BarColumn(),
            DownloadColumn(),
            console=self.err,
            transient=True,
            disable=self.quiet or not self.err.is_terminal,
        )

        def titled(title: str) -> Callable[[int, int | None], None]:
            tasks: list[TaskID] = []

            def move(done: int, total: int | None) -> None:
                if not tasks:
                    tasks.append(bar.add_task(title, total=total))
                bar.update(tasks[0], completed=done, total=total)

            return move

        with bar:
            yield titled

    @contextmanager
    def training(self, title: str, plan: int, heads: Sequence[tuple[str, str]]) -> Iterator["TrainingView"]:
        """Show training while the block runs: a row for each iteration and, on a terminal, a live bar.

        Args:
            title: What is trained.
            plan: The last iteration.
            heads: For each column of the rows its head, in two lines; the last but one is of speeds.

        Yields:
            The view to report to.
        """
        bar = Progress(
            TextColumn(title),
            TextColumn("iteration {task.fields[iteration]}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(f"batches  {{task.fields[speed]:,}} {heads[-2][0]}/s  loss {{task.fields[loss]:.3f}} "),
            TimeRemainingColumn(compact=True),
            console=self.err,
            transient=True,
            disable=self.quiet or not self.err.is_terminal,
        )
        with bar:
            yield TrainingView(self, bar, plan, heads)

    @contextmanager
    def fitting(self) -> Iterator["FittingView"]:
        """Show networks being fitted while the block runs, on a terminal; and what is done, a line each.

        Yields:
            The view to report to.
        """
        bar = Progress(
            TextColumn("fitting: iteration {task.fields[iteration]}  loss {task.fields[loss]:.3f} "),
            BarColumn(),
            console=self.err,
            transient=True,
            disable=self.quiet or not self.err.is_terminal,
        )
        with bar:
            yield FittingView(self, bar)

    @contextmanager
    def sweeping(self) -> Iterator["SweepView"]:
        """Show a sweep while the block runs: on a terminal a live table and a bar, elsewhere a line for each trial.

        Yields:
            The view to report to.
        """
        view = SweepView(self)
        if self.quiet or not self.err.is_terminal:
            yield view
            return
        with Live(console=self.err, transient=True, get_renderable=view.render, refresh_per_second=4):
            yield view

    def table(self, heads: Mapping[str, str], rows: Sequence[Mapping[str, Any]], right: Sequence[str] = ()) -> None:
        """Write a table as a result.

        Args:
            heads: Column title by the rows' key; a column of numbers is right-aligned.
            rows: The cells, by key; a missing one is shown as —.
            right: Keys of other columns that are right-aligned: numbers of so many places.
        """
        self.out.print(_table(heads, rows, right))

    def markdown(self, heads: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
        """Write a table as a result, in Markdown.

        Args:
            heads: As for `table`.
            rows: As for `table`.
        """
        lines = [list(heads.values()), ["---"] * len(heads), *([_shown(row.get(key)) for key in heads] for row in rows)]
        for line in lines:
            self.result("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |")


class IterationBar:
    """A bar that moves within iterations.

    Args:
        bar: What draws it, with the fields `iteration` and `loss`.
    """

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("", iteration=0, loss=0.0)

    def progress(self, progress: "TrainingProgress") -> None:
        """Move the bar within an iteration.

        Args:
            progress: How far the iteration is.
        """
        self._bar.update(
            self._task,
            completed=progress.done,
            total=progress.total,
            iteration=progress.iteration,
            loss=progress.loss,
        )


class FittingView(IterationBar):
    """What is shown while networks are fitted.

    Args:
        ui: The terminal.
        bar: The live bar; disabled where there is no terminal.
    """

    def __init__(self, ui: Ui, bar: Progress) -> None:
        super().__init__(bar)
        self._ui = ui

    def done(self, what: str) -> None:
        """Tell what is done.

        Args:
            what: In a few words.
        """
        if not self._ui.quiet:
            self._bar.console.print(f"done: {what}", style="dim", markup=False)


class SweepView(IterationBar):
    """What is shown while a sweep runs.

    Args:
        ui: The terminal.
    """

    def __init__(self, ui: Ui) -> None:
        super().__init__(
            Progress(
                TextColumn("{task.description}  iteration {task.fields[iteration]}", markup=False),
                BarColumn(),
                TextColumn("loss {task.fields[loss]:.3f} "),
                console=ui.err,
            )
        )
        self._ui = ui
        self._table: Table | Text = Text()

    def render(self) -> Group:
        """Make what the terminal shows now."""
        return Group(self._table, self._bar)

    def start(self, what: str) -> None:
        """Begin a trial.

        Args:
            what: Which one.
        """
        self._bar.reset(self._task, description=what, iteration=1, loss=0.0)

    def done(self, what: str) -> None:
        """Tell how a trial ended, where no table does.

        Args:
            what: In a few words.
        """
        if not self._ui.err.is_terminal:
            self._ui.notice(what)

    def table(self, heads: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
        """Show what came of the settings so far, as many as there is room for.

        Args:
            heads: As for `Ui.table`.
            rows: As for `Ui.table`, the best first.
        """
        if rows:
            self._table = _table(heads, rows[: max(1, self._ui.err.height - 4)])


class TrainingView:
    """Rows and bar of a training that runs.

    Args:
        ui: The terminal.
        bar: The live bar; disabled where there is no terminal.
        plan: The last iteration.
        heads: For each column its head, in two lines.
    """

    def __init__(self, ui: Ui, bar: Progress, plan: int, heads: Sequence[tuple[str, str]]) -> None:
        self._plan = plan
        self._heads = heads
        self._first: TrainingProgress | None = None
        self._estimated = False
        self._ui = ui
        self._bar = bar
        self._task: TaskID | None = None
        self._rows = 0

    def progress(self, progress: "TrainingProgress") -> None:
        """Move the bar within an iteration.

        Args:
            progress: How far the iteration is.
        """
        self._estimate(progress)
        if self._task is None:
            self._task = self._bar.add_task("", iteration=0, speed=0, loss=0.0)
        self._bar.update(
            self._task,
            completed=progress.done,
            total=progress.total,
            iteration=progress.iteration,
            speed=round(progress.targets_per_second),
            loss=progress.loss,
        )

    def row(self, cells: tuple[str, ...], best: bool, samples: "Sequence[Sample]" = ()) -> None:
        """Write an iteration's row and samples.

        Args:
            cells: One for each head.
            best: Whether this is the best iteration so far.
            samples: What was written after it.
        """
        if self._ui.quiet:
            return
        if self._rows == 0:
            for heads in zip(*self._heads, strict=True):
                self._line(_columns(heads), "bold")
        self._rows += 1
        self._line(_columns(cells) + ("  ← best so far" if best else ""))
        for sample in samples:
            text = (
                Text(f"t={sample.temperature:g} ", "cyan")
                .append(plain(sample.seed), "bold")
                .append("▸")
                .append(plain(sample.text))
            )
            if self._bar.console.is_terminal:  # wrapped and indented there, whole lines elsewhere
                self._bar.console.print(Padding(text, (0, 0, 0, 4), expand=False), style="dim", soft_wrap=False)
            else:
                for line in text.split(allow_blank=True):
                    self._line(Text("    ").append(line))

    def _estimate(self, progress: "TrainingProgress") -> None:
        # From the second progress of an iteration on: the very first includes what TensorFlow does once.
        if self._first is None or self._first.iteration != progress.iteration:
            self._first = progress
        seconds, batches = progress.seconds - self._first.seconds, progress.done - self._first.done
        if self._estimated or batches <= 0 or (seconds < ESTIMATE_AFTER and progress.done < progress.total):
            return
        self._estimated = True
        left = (self._plan - progress.iteration + 1) * progress.total - progress.done
        if not self._ui.quiet and left > 0:
            iterations = self._plan - progress.iteration + 1
            time = duration(left * seconds / batches)
            count = f"{iterations} iteration{'s' if iterations > 1 else ''}"
            self._line(f"{count} to iteration {self._plan}: about {time} of training")

    def _line(self, line: str | Text, style: str = "") -> None:
        self._bar.console.print(line, style=style, markup=False)


def _table(heads: Mapping[str, str], rows: Sequence[Mapping[str, Any]], right: Sequence[str] = ()) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for key, title in heads.items():
        numeric = key in right or all(isinstance(row.get(key), int | float | None) for row in rows)
        table.add_column(title, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(key)) for key in heads))
    return table


def _cell(value: object) -> Text:
    # Text: brackets are no markup.
    return Text(_shown(value.value), value.style) if isinstance(value, Shaded) else Text(_shown(value))


def _shown(value: object) -> str:
    if value is None:
        return "—"
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return plain(text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…")


def plain(text: str) -> str:
    """Make a text safe to show: a stranger's run must not steer the terminal.

    Args:
        text: Any text.

    Returns:
        The text, control characters but the line's end and the tab replaced.
    """
    return text.translate(_CONTROLS)


def duration(seconds: float) -> str:
    """Write a length of time as people say it.

    Args:
        seconds: The length.

    Returns:
        A number and a unit.
    """
    for most, unit, per in ((90, "s", 1), (5400, "min", 60), (48 * 3600, "h", 3600)):
        if seconds < most:
            return f"{seconds / per:.{int(unit == 'h')}f} {unit}"
    return f"{seconds / 86400:.0f} days"


def _columns(cells: tuple[str, ...]) -> str:
    return "  ".join(cell.rjust(width) for cell, width in zip(cells, WIDTHS, strict=True))
