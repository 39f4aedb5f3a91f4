"""Imputation: the bidirectional network beside lines, seasons and last values, on gaps cut into what is known.

    python scripts/bench_impute.py

For each series and length of gaps the network is trained anew with every seed, which also draws the places that are
held out. Everyone fills the same places and has seen none of them; figures are means ± standard deviations over the
seeds.
"""

import argparse
import json
import platform
import sys
import time
from importlib.metadata import version
from statistics import mean, stdev
from typing import Any

from chargen.cli.learning import load_tensorflow
from chargen.series.builtin import sunspots, synthetic
from chargen.series.impute import RECURRENT, impute
from chargen.series.series import Panel

SERIES = ("synthetic", "sunspots")


def runs(name: str, block: int, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Impute with every seed, and summarise each method's scores in single steps and in blocks."""
    panel = Panel.of(sunspots() if name == "sunspots" else synthetic(options.count))
    found: dict[tuple[int, str], list[tuple[float, float, int]]] = {}
    for seed in range(options.seeds):
        started = time.perf_counter()
        made = impute(panel, block=block, random_seed=seed, iterations=options.iterations)
        for score in made.rows:
            found.setdefault((score.steps, score.method), []).append((score.rmse, score.mae, score.gaps))
        print(f"{name}, blocks of {block}, seed {seed}: {time.perf_counter() - started:.0f} s", file=sys.stderr)
    rows = []
    for (steps, method), figures in found.items():
        errors = [rmse for rmse, _, _ in figures]
        row: dict[str, Any] = {"series": name, "block": block, "steps": steps, "method": method, "gaps": figures[0][2]}
        row |= {"rmse": mean(errors), "rmse_sd": stdev(errors) if len(errors) > 1 else None}
        rows.append(row | {"mae": mean(mae for _, mae, _ in figures)})
    for row in rows:
        lines = next(other for other in rows if (other["steps"], other["method"]) == (row["steps"], "linear"))
        row["better_than_linear"] = 1 - row["rmse"] / lines["rmse"]
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """Write a line for each series, length of gaps and method."""
    lines = [f"{'series':<12}{'gap':>5}{'gaps':>7}  {'method':<16}{'RMSE ± sd':>22}{'MAE':>10}{'vs linear':>12}"]
    for row in rows:
        spread = "" if row["rmse_sd"] is None else f" ± {row['rmse_sd']:.2g}"
        lines.append(
            f"{row['series']:<12}{row['steps']:>5}{row['gaps']:>7}  {row['method']:<16}"
            f"{row['rmse']:>15.4g}{spread:<7}{row['mae']:>10.4g}{100 * row['better_than_linear']:>11.1f} %"
        )
    return "\n".join(lines)


def main() -> None:
    """Read the options, run everybody, print the table and the JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", nargs="+", default=list(SERIES), choices=SERIES)
    parser.add_argument("--blocks", nargs="+", type=int, default=[10, 24], help="steps of the blocks")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--count", type=int, default=2000, help="series of synthetic")
    parser.add_argument("--iterations", type=int, help="of the network; as many as by default when left out")
    options = parser.parse_args()
    load_tensorflow(2)
    rows: list[dict[str, Any]] = []
    for name in options.series:
        for place, block in enumerate(options.blocks):
            # Single steps are scored beside every length of blocks; once is enough.
            rows += [row for row in runs(name, block, options) if not place or row["steps"] > 1]
    versions = {package: version(package) for package in ("chargen", "tensorflow", "numpy")}
    print(f"{versions}, Python {platform.python_version()}; {options.seeds} seeds, {RECURRENT}: bidirectional GRU")
    print(table(rows))
    print(json.dumps({"versions": versions, "seeds": options.seeds, "count": options.count, "rows": rows}))


if __name__ == "__main__":
    main()
