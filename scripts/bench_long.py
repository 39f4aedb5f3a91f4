"""What a long run costs beside the training: memory, disk and time as the iterations add up, seen from outside.

    python scripts/bench_long.py --iterations 500

`chargen train` runs in a child process on a made-up text of a few thousand characters; another process asks
`chargen runs list --json` meanwhile.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench_memory import made_up

CHARGEN = [sys.executable, "-m", "chargen"]


def resident(process: int) -> float:
    """Read the megabytes of memory that a process has now."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def listed(checkpoints: Path) -> dict[str, Any]:
    """Ask from another process how far the run is."""
    command = [*CHARGEN, "--checkpoints", str(checkpoints), "runs", "list", "--json"]
    rows: list[dict[str, Any]] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return rows[0]


def watch(text: Path, checkpoints: Path, iterations: int, every: int) -> list[dict[str, Any]]:
    """Train and look on.

    Args:
        text: What is learnt.
        checkpoints: Where the run goes.
        iterations: How many.
        every: Iterations between two looks.

    Returns:
        A row for each look.
    """
    options = ["--units", "32", "-n", str(iterations), "-l", "100", "--schedule", "constant"]
    command = [*CHARGEN, "--checkpoints", str(checkpoints), "train", str(text), *options]
    rows: list[dict[str, Any]] = []
    folder = checkpoints / f"{text.stem}-gru"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        started = time.perf_counter()
        for wanted in range(every, iterations + 1, every):
            while process.poll() is None and not (folder / "iterations" / f"{wanted:04d}").exists():
                time.sleep(0.01)
            if process.poll():
                raise SystemExit(f"training ended with {process.returncode}")
            row = {"iteration": wanted, "seconds": time.perf_counter() - started, "megabytes": resident(process.pid)}
            seen = listed(checkpoints)
            row |= {"listed": seen["iterations"], "state": seen["state"], "folder": seen["bytes"] / 2**20}
            row["logs"] = sum(path.stat().st_size for path in folder.glob("*.jsonl")) / 2**20
            rows.append(row)
            print(
                f"{row['iteration']:>9}{row['seconds']:>9.1f}{row['megabytes']:>8.0f}{row['folder']:>12.1f}"
                f"{row['logs']:>10.2f}{row['listed']:>8} {row['state']}",
                flush=True,
            )
    return rows


def main() -> None:
    """Read the options, watch, print the table and the document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--iterations", type=int, default=500)
    parser.add_argument("--every", type=int, default=50)
    options = parser.parse_args()
    versions = {name: version(name) for name in ("chargen", "tensorflow", "numpy")}
    print(f"{versions}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"{'iteration':>9}{'s':>9}{'MB':>8}{'folder MiB':>12}{'logs MiB':>10}{'listed':>8} state")
    with TemporaryDirectory() as name:
        text = Path(name) / "made-up.txt"
        text.write_text(made_up(0.006), encoding="utf-8")
        rows = watch(text, Path(name) / "checkpoints", options.iterations, options.every)
    growth = rows[-1]["megabytes"] - rows[0]["megabytes"]
    print(f"memory grew by {growth:.1f} MB from iteration {rows[0]['iteration']} to {rows[-1]['iteration']}")
    print(json.dumps({"versions": versions, "rows": rows, "growth": growth}))


if __name__ == "__main__":
    main()
