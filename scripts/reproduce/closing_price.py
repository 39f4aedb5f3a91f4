"""Closing prices: Iberdrola by Elman, LSTM and GRU, Amazon by Elman; hit rates beside those of persistence.

    python scripts/reproduce/closing_price.py --iberdrola IBE_yahoo_2010-2019.csv --amazon AMZN_1997-2023.csv

The last fifth of each series is forecast a day ahead. Iberdrola: prices divided by 15, windows of 20, two layers of 5
units, batches of one window. Amazon: the whole series scaled to -1..1, which tells the network how high prices will
rise; windows of 7, one layer of 5 units; and once more with the scaler fitted to the training part alone. No figures
were published, and a hit rate says nothing without that of persistence.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from reproducing import PUBLISHED, SHORT, course, folder_of, markdown, options, publish, spread, start, tell

from chargen.cli.learning import load_tensorflow
from chargen.series.baselines import baseline
from chargen.series.contest import contest
from chargen.series.contestant import Contestant
from chargen.series.fitting import Trainers
from chargen.series.metrics import hit_rate, rmse
from chargen.series.plot import Pictures, Scored, plot_all
from chargen.series.reading import read
from chargen.series.scoring import Origins
from chargen.series.series import Panel, Series
from chargen.types import Floats

MARGINS = (0.02, 0.05)
COMMON: dict[str, Any] = {
    "units": 5,
    "linear": "none",
    "horizon": 1,
    "optimizer": "adam",
    "learning_rate": 0.001,
    "schedule": "constant",
    "warmup": 0,
    "clip_norm": 0.0,
    "validation": 0.0,
    "test": 0.2,
}
IBERDROLA: dict[str, Any] = {"layers": 2, "window": 20, "batch_size": 1, "scaler": "fixed", "scaler_range": (0.0, 15.0)}
AMAZON: dict[str, Any] = {"layers": 1, "window": 7, "batch_size": 16}
EPOCHS = {"Iberdrola": 100, "Amazon": 200}
NAMES = {"rnn": "elman"}


@dataclass(frozen=True, eq=False)
class Market:
    """A series and the part of it that is forecast.

    Args:
        name: What it is called.
        data: The prices.
        networks: Options of each network by its name.
        window: Days that everybody looks back.
    """

    name: str
    data: Series
    networks: dict[str, dict[str, Any]]
    window: int

    @property
    def cut(self) -> int:
        """The first day that is forecast."""
        return int(0.8 * len(self.data))

    @property
    def origins(self) -> Origins:
        """All days of the last fifth."""
        return Origins((np.arange(self.cut, len(self.data)),), 1)

    @property
    def truth(self) -> Floats:
        """What came."""
        return self.origins.truth([self.data.values], 1)

    def forecast(self, contestant: Contestant) -> Floats:
        """Forecast all days."""
        return self.origins.forecast(contestant, [self.data.values])


def markets(iberdrola: Path, amazon: Path) -> list[Market]:
    """Read both tables and write down what is trained on them."""
    energy, retail = read(iberdrola, columns=["close"]), read(amazon, columns=["Close"])
    assert isinstance(energy, Series)  # noqa: S101 (without a column of ids)
    assert isinstance(retail, Series)  # noqa: S101
    # The ends of the whole series at -1 and 1, as taught; `fixed` takes what goes to 0 and to 1.
    low, high = float(retail.values.min()), float(retail.values.max())
    leaky = {"scaler": "fixed", "scaler_range": ((low + high) / 2, high)}
    trained = {"scaler": "minmax", "scaler_range": (-1.0, 1.0)}
    return [
        Market("Iberdrola", energy, {cell: IBERDROLA | {"cell": cell} for cell in ("rnn", "lstm", "gru")}, 20),
        Market(
            "Amazon",
            retail,
            {
                "rnn, scaler saw all": AMAZON | leaky | {"cell": "rnn"},
                "rnn, scaler saw the training part": AMAZON | trained | {"cell": "rnn"},
            },
            7,
        ),
    ]


def figures_of(market: Market, forecasts: list[Floats]) -> dict[str, Any]:
    """Score forecasts, one a seed."""
    truth = market.truth
    rates = {f"within {100 * margin:g} %": [hit_rate(truth, one, margin) for one in forecasts] for margin in MARGINS}
    return {"rmse": [rmse(truth, one) for one in forecasts], **rates}


def row(name: str, parameters: str, found: dict[str, Any], scale: float) -> list[object]:
    """Write a row of the table."""
    hits = [spread([100 * hit for hit in found[f"within {100 * margin:g} %"]], 1) + " %" for margin in MARGINS]
    return [name, parameters, spread(found["rmse"], 3), spread([100 * one / scale for one in found["rmse"]], 2), *hits]


def reproduce(market: Market, given: Any, folder: Path) -> tuple[str, list[dict[str, Any]]]:
    """Train everybody on one market, and score them."""
    epochs = 3 if given.quick else EPOCHS[market.name]
    scale = float(market.data.values[market.cut :].mean())
    rows, found, shown = [], [], {}
    losses: list[float] = []
    for name, chosen in market.networks.items():
        trainers = Trainers()
        made = [
            course(Panel.of(market.data), COMMON | chosen | {"random_seed": seed}, epochs, trainers)
            for seed in range(given.seeds)
        ]
        expected = PUBLISHED["closing_price"]["parameters_keras"][NAMES.get(chosen["cell"], chosen["cell"])]
        if market.name == "Iberdrola" and made[0].parameters != expected:
            raise SystemExit(f"{name} has {made[0].parameters} parameters, {expected} were published")
        forecasts = [market.forecast(one.model) for one in made]
        scored = figures_of(market, forecasts)
        tell(f"{market.name}, {name}: RMSE {spread(scored['rmse'], 3)}")
        rows.append(row(name, f"{made[0].parameters}", scored, scale))
        found.append({"market": market.name, "network": name} | scored)
        shown[name], losses = forecasts[0], losses or made[0].losses
    for name in ("naive", "linear"):
        fitted = baseline(name, lags=market.window).fit([market.data.values[: market.cut]], 1)
        shown[name] = market.forecast(fitted)
        scored = figures_of(market, [shown[name]])
        rows.append(row({"naive": "persistence", "linear": "least squares"}[name], "", scored, scale))
        found.append({"market": market.name, "network": name} | scored)
    rows.append(honest(market, given, scale, found))
    history = [{"iteration": at, "loss": loss, "validation_loss": None} for at, loss in enumerate(losses, start=1)]
    starts = market.data.index[market.cut :]
    scored_all = [Scored(name, market.truth, one, starts) for name, one in shown.items()]
    plot_all(Pictures(market.data, market.cut, scored_all, history, "MSE (scaled)"), folder / f"{market.name}.png")
    head = [
        "network",
        "parameters",
        "RMSE",
        "% of the mean price",
        *(f"within {100 * margin:g} %" for margin in MARGINS),
    ]
    told = f"{market.name}, {len(market.truth):,} days, {epochs} epochs, seeds: {given.seeds}:"
    return f"{told}\n\n{markdown(head, rows)}", found


def honest(market: Market, given: Any, scale: float, found: list[dict[str, Any]]) -> list[object]:
    """Score chargen's defaults on the same days: scaler, penalty and iterations chosen on the training part."""
    name = "chargen's defaults (gru, honest, one seed)"
    chosen = {"window": market.window, "iterations": 3 if given.quick else 25}
    results = contest(Panel.of(market.data), chosen, horizons=[1], baselines=[], test=0.2, name="gru")
    figures = next(result.row for result in results if result.row.model == "gru").figures()
    rates = {f"within {100 * margin:g} %": [figures[f"hit_{100 * margin:g}"]] for margin in MARGINS}
    scored = {"rmse": [figures["rmse"]], **rates}
    found.append({"market": market.name, "network": name} | scored)
    return row(name, "", scored, scale)


def main() -> None:
    """Train on both markets, and tell how it went."""
    files = {"iberdrola": "the table of Iberdrola's prices by day", "amazon": "that of Amazon's"}
    given = options(__doc__, 3, **files).parse_args()
    started = time.perf_counter()
    load_tensorflow(1)
    folder = folder_of(given, "closing_price")
    texts, figures = [], []
    for market in markets(given.iberdrola, given.amazon):
        text, found = reproduce(market, given, folder)
        texts.append(text)
        figures += found
    short = [SHORT] if given.quick else []
    page = "\n\n".join(["# Closing prices, a day ahead: RMSE in the price's own unit, hit rates", *short, *texts])
    publish(folder, "closing_price", page, {"rows": figures}, started)


if __name__ == "__main__":
    start(main)
