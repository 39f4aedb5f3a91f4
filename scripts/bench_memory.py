"""How time and memory of training grow with the text: `chargen train` on one book and on made-up texts of 0.1 to 10 MB.

Each size is trained for one iteration in a process of its own, scoring and saving included:

    python scripts/bench_memory.py --text alice.txt
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

import numpy as np

SIZES = (0.1, 1.0, 10.0)


def made_up(megabytes: float) -> str:
    """Make a text of words drawn at random: as many characters as asked for, in lines of ten words."""
    generator = np.random.default_rng(0)
    letters = np.array(list("etaoinshrdlucmfwypvbgkjqxz"))
    chances = 1 / (np.arange(len(letters)) + 2)
    words = ["".join(generator.choice(letters, 1 + index % 9, p=chances / chances.sum())) for index in range(2000)]
    text: list[str] = []
    wanted, length = int(megabytes * 1e6), 0
    while length < wanted:
        text.append(" ".join(generator.choice(words, 10)))
        length += len(text[-1]) + 1
    return "\n".join(text)[:wanted]


def measure(text: Path, folder: Path, options: list[str]) -> dict[str, Any]:
    """Train one iteration in a child process.

    Args:
        text: The text's path.
        folder: Where the run goes.
        options: Of `chargen train`.

    Returns:
        Characters, seconds of the whole command and of training, megabytes at the peak.
    """
    command = [sys.executable, "-m", "chargen", "--checkpoints", str(folder), "train", str(text), "-n", "1", *options]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None  # noqa: S101 (narrows the type)
    told = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(told)
    seconds = time.perf_counter() - started
    newest = max(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    history = json.loads((newest / "history.jsonl").read_text(encoding="utf-8").splitlines()[0])
    return {
        "text": text.name,
        "characters": json.loads((newest / "run.json").read_text(encoding="utf-8"))["corpus"]["characters"],
        "seconds": seconds,
        "training": history["seconds"],
        "megabytes": usage.ru_maxrss / 1024,
    }


def main() -> None:
    """Read the options, measure, print the table and the document."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Other options are those of 'chargen train'.",
    )
    parser.add_argument("--text", type=Path, required=True, help="the book to compare with")
    options, rest = parser.parse_known_args()
    versions = {name: version(name) for name in ("chargen", "tensorflow", "numpy")}
    print(f"{versions}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"{'text':<24}{'characters':>12}{'command s':>11}{'training s':>12}{'peak MB':>9}{'above':>7}")
    rows: list[dict[str, Any]] = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        texts = [options.text]
        for size in SIZES:
            texts.append(folder / f"made-up-{size:g}MB.txt")
            texts[-1].write_text(made_up(size), encoding="utf-8")
        for text in texts:
            row = measure(text, folder / "runs", rest)
            row["above"] = row["megabytes"] - (rows[0]["megabytes"] if rows else row["megabytes"])
            rows.append(row)
            print(
                f"{row['text']:<24}{row['characters']:>12,}{row['seconds']:>11.1f}{row['training']:>12.1f}"
                f"{row['megabytes']:>9.0f}{row['above']:>7.0f}",
                flush=True,
            )
    print(json.dumps({"versions": versions, "options": rest, "rows": rows}))


if __name__ == "__main__":
    main()
