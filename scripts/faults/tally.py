"""What became of the faults: counted, shown, and each loss described."""

from collections import Counter
from threading import Lock

from rich.console import Console
from rich.table import Table

# From the best outcome to the worst.
OUTCOMES = ("same", "told", "lost")


class Tally:
    """Faults by part and kind, and what became of each.

    `same`: the run went on to the same tensors, samples and history as if there had been no fault. `told`: chargen
    refused with a message, and changed nothing. `lost`: anything else.
    """

    def __init__(self) -> None:
        self.losses: list[str] = []
        self._counts: dict[tuple[str, str], Counter[str]] = {}
        self._lock = Lock()
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)

    def add(self, part: str, kind: str, troubles: list[str], told: bool = False, count: int = 1) -> None:
        """Count faults of a kind.

        Args:
            part: Part of the torture.
            kind: Kind of fault.
            troubles: What went wrong; nothing when the faults were survived.
            told: Whether chargen refused with a message, as it should.
            count: How many there were.
        """
        with self._lock:
            outcome = "lost" if troubles else "told" if told else "same"
            self._counts.setdefault((part, kind), Counter())[outcome] += count
            for trouble in troubles:
                self.losses.append(f"{part}, {kind}: {trouble}")
                self._console.print(f"lost: {self.losses[-1]}", markup=False)

    def note(self, text: str) -> None:
        """Tell how far the torture is."""
        self._console.print(text, markup=False)

    def rows(self) -> list[dict[str, str | int]]:
        """List the counts: a row for each kind of fault."""
        return [
            {"part": part, "fault": kind, "tried": counts.total(), **{name: counts[name] for name in OUTCOMES}}
            for (part, kind), counts in self._counts.items()
        ]

    def print(self) -> None:
        """Print the table."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for head in ("part", "fault", "tried", *OUTCOMES):
            table.add_column(head, justify="left" if head in ("part", "fault") else "right", overflow="fold")
        part = ""
        for row in self.rows():
            shown = "" if row["part"] == part else str(row["part"])
            part = str(row["part"])
            table.add_row(shown, *(str(value) for key, value in row.items() if key != "part"))
        console = Console(highlight=False)
        (console if console.is_terminal else Console(highlight=False, width=120)).print(table)
