"""How good a run is, beside baselines that learnt from the same part."""

from dataclasses import dataclass

from chargen.errors import RunError
from chargen.network import Network
from chargen.series.backtest import LINEAR, NAIVE, PART, Entry, Result, backtest, network_name
from chargen.series.baselines import baseline
from chargen.series.contestant import Contestant
from chargen.series.model import Model, back
from chargen.series.run import SeriesRun
from chargen.series.splitting import Part, Split, training_parts


@dataclass(frozen=True, eq=False)
class Judgement:
    """A run's forecasts of a held-out part, and those of baselines.

    Args:
        results: The run's first, then the baselines'.
        part: What was forecast, in words that say whether it chose the iteration.
        start: The first step of this part in the first series that has room for a forecast there.
        series: The number of that series.
    """

    results: list[Result]
    part: str
    start: int
    series: int


def judge(run: SeriesRun, iteration: int | str = "best") -> Judgement:
    """Let a run and baselines forecast the run's test part, or its validation part where it has none.

    Args:
        run: The run.
        iteration: Whose network forecasts.

    Returns:
        What came of it; baselines learnt from the run's training part alone, as the run did. Forecasts of the test part
        have intervals, from the errors on the validation part.

    Raises:
        RunError: Nothing was held out, or nothing is trained.
    """
    config, parts = run.settings.forecast, run.parts
    held, told = parts.test, "test part"
    if config.protocol == "tutorial":
        told = "test part (tutorial protocol: it also chose this iteration, and the scaler saw it)"
    elif not parts.test:
        held, told = parts.validation, "validation part (also chose this iteration)"
    if not held:
        raise RunError(
            f"run {run.name!r} held nothing out, so nothing says how good it is; "
            f"'chargen forecast backtest {run.name}' holds out a part of its own"
        )
    model = run.forecaster(iteration)
    targets = tuple(range(config.targets))

    def ours(seed: int) -> Contestant:
        return model

    named = network_name(run.name)
    entries: dict[str, Entry] = {
        named: ours,
        NAIVE: lambda seed: baseline(NAIVE, targets=targets),
        LINEAR: lambda seed: baseline(LINEAR, targets=targets, lags=config.window),
    }
    start = run.folder.initial()
    if config.linear != "none" and start is not None:
        part = Model(PART, config, run.scaler, Network(run.model, start), training_parts(run.values, parts))
        entries[PART] = lambda seed: part
    nothing = Part(parts.training.end, parts.training.end)
    chose = held is parts.validation or config.protocol == "tutorial"
    results = backtest(
        run.values,
        Split(parts.training, nothing, held),
        entries,
        [config.horizon],
        targets=config.targets,
        back=back(config, run.scaler),
        minimum=config.minimum,
        measured=nothing if chose else parts.validation,
    )
    order = [named, PART]
    ordered = sorted(results, key=lambda result: order.index(result.row.model) if result.row.model in order else 2)
    series = next(place for place, origins in enumerate(ordered[0].origins.places) if len(origins))
    return Judgement(ordered, told, held.first[series], series)
