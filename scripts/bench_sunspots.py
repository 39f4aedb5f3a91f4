"""Sunspots: cells, strategies, encoders, ways of learning beside the baselines, rolling origins over the last fifth.

    python scripts/bench_sunspots.py --data Sunspots_SILSO_1749-2018.csv

Everybody learns from the first four fifths; scaler, penalty and number of iterations are chosen on the last tenth of
those. Figures are RMSE pooled over all origins and steps; an origin o is forecast from what stands before it. Each
network is a child process that chargen's own backtest runs in.
"""

import argparse
import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

CELLS = ("gru", "lstm", "rnn", "jordan", "lnrnn")
# What a row is called, and the options that make it.
VARIANTS: dict[str, dict[str, Any]] = {
    **{cell: {"cell": cell} for cell in CELLS},
    "gru, linear skip": {"cell": "gru", "linear": "skip"},
    "gru, no linear part": {"cell": "gru", "linear": "none"},
    **{
        f"gru, {strategy}": {"cell": "gru", "strategy": strategy}
        for strategy in ("recursive", "seq2seq", "encoder-decoder", "vector")
    },
    **{f"gru, {encoder}": {"cell": "gru", "encoder": encoder} for encoder in ("bidirectional", "conv")},
    "wavenet": {"encoder": "wavenet"},
    "wavenet, seq2seq": {"encoder": "wavenet", "strategy": "seq2seq"},
    "gru, learning sequence": {"cell": "gru", "learning": "sequence"},
    "gru, learning online": {"cell": "gru", "learning": "online"},
}
BASELINES = ("naive", "seasonal-naive", "drift", "linear", "linear-recursive", "dense", "ets", "arima")


def child(data: str, name: str, horizons: list[int], seeds: int, baselines: list[str]) -> None:
    """Backtest one network beside some baselines, and print a row of JSON for each contestant and horizon."""
    from chargen.cli.learning import load_tensorflow
    from chargen.series.builtin import load
    from chargen.series.contest import contest
    from chargen.series.series import Panel

    load_tensorflow(2)
    panel = Panel.of(load(data, Path("corpora")))
    started = time.perf_counter()
    contest(
        panel,
        VARIANTS[name],
        horizons=horizons,
        baselines=baselines,
        seeds=seeds,
        name=name,
        on_result=lambda result: print(
            json.dumps(result.row.figures() | {"seconds": round(time.perf_counter() - started, 1)}), flush=True
        ),
    )


def table(rows: list[dict[str, Any]], horizons: list[int], head: str, cell: Callable[[dict[str, Any]], str]) -> str:
    """Write a figure of each contestant by horizon."""
    found = {(row["model"], row["horizon"]): row for row in rows}
    lines = [f"{head:<24}" + "".join(f"{f'h = {horizon}':>22}" for horizon in horizons)]
    for name in dict.fromkeys(row["model"] for row in rows):
        cells = [cell(found[name, horizon]) if (name, horizon) in found else "" for horizon in horizons]
        lines.append(f"{name:<24}" + "".join(f"{text:>22}" for text in cells))
    return "\n".join(lines)


def errors(row: dict[str, Any]) -> str:
    """Write RMSE and MASE."""
    spread = "" if row["rmse_sd"] is None else f" ± {row['rmse_sd']:.2f}"
    return f"{row['rmse']:.2f}{spread} / {row['mase']:.2f}"


def intervals(row: dict[str, Any]) -> str:
    """Write how many values lie in their intervals, and how wide these are."""
    return "—" if row["coverage"] is None else f"{100 * row['coverage']:.1f} % / {row['width']:.1f}"


def main() -> None:
    """Read the options, run everybody, print the table and the JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="sunspots", help="a table's path, or a built-in series")
    parser.add_argument("--horizons", default="1,12,36,132")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--networks", nargs="+", default=list(VARIANTS), choices=list(VARIANTS))
    parser.add_argument("--baselines", nargs="+", default=list(BASELINES), choices=BASELINES)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    horizons = [int(horizon) for horizon in options.horizons.split(",")]
    first = options.networks[0]
    if options.child:
        child(options.data, options.child, horizons, options.seeds, options.baselines if options.child == first else [])
        return
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for name in options.networks:
        arguments = [*sys.argv[1:], "--child", name]
        with subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None  # noqa: S101 (narrows the type)
            for line in process.stdout:
                row = json.loads(line)
                rows.setdefault((row["model"], row["horizon"]), row)
                if row["model"] == name:
                    print(f"{name}, h = {row['horizon']}: {row['rmse']:.2f} after {row['seconds']} s", file=sys.stderr)
        if process.returncode:
            raise SystemExit(f"{name} ended with {process.returncode}")
    versions = {package: version(package) for package in ("chargen", "tensorflow", "numpy", "statsmodels")}
    print(f"{versions}, Python {platform.python_version()}; {options.data}, {options.seeds} seeds")
    print(table(list(rows.values()), horizons, "RMSE ± sd / MASE", errors))
    print(table(list(rows.values()), horizons, "90 %: covered / width", intervals))
    print(json.dumps({"versions": versions, "data": Path(options.data).name, "rows": list(rows.values())}))


if __name__ == "__main__":
    main()
