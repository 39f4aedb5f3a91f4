"""Everything chargen prints: results to stdout; progress, notices and errors to stderr."""

import sys
from functools import cached_property
from typing import Any

import click
from rich.console import Console
from rich.table import Table


class Ui:
    """The terminal, as the commands see it.

    Args:
        quiet: Whether progress and notices are left out.
    """

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet

    @cached_property
    def out(self) -> Console:
        """The console of results."""
        return Console(highlight=False, soft_wrap=True)

    @cached_property
    def err(self) -> Console:
        """The console of progress, notices and errors."""
        return Console(stderr=True, highlight=False, soft_wrap=True)

    def result(self, text: str, end: str = "\n") -> None:
        """Write a piece of a command's result as it is, at once."""
        click.echo(text, nl=False)
        click.echo(end, nl=False)
        sys.stdout.flush()

    def notice(self, text: str) -> None:
        """Tell something that is no result; left out by -q."""
        if not self.quiet:
            self.err.print(text, markup=False)

    def error(self, text: str) -> None:
        """Tell why chargen stopped."""
        self.err.print(f"error: {text}", markup=False)

    def table(self, heads: dict[str, str], rows: list[dict[str, Any]]) -> None:
        """Write a table as a result.

        Args:
            heads: Column title by the rows' key; a title that ends in a unit or number stays right-aligned.
            rows: The cells, by key; a missing one is shown as —.
        """
        table = Table(box=None, pad_edge=False, header_style="bold")
        for key, title in heads.items():
            numeric = any(isinstance(row.get(key), int | float) for row in rows)
            table.add_column(title, justify="right" if numeric else "left", overflow="fold")
        for row in rows:
            table.add_row(*("—" if row.get(key) is None else str(row[key]) for key in heads))
        self.out.print(table)
