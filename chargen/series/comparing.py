"""Series runs side by side: how well each forecasts, and whether they forecast the same."""

from collections.abc import Sequence
from typing import Any

from chargen.learning.comparing import Comparison, best_line, figures_of, settings_of, side_by_side
from chargen.series.judging import judge
from chargen.series.run import SeriesRun


def compare(runs: Sequence[SeriesRun]) -> Comparison:
    """Put series runs side by side.

    Args:
        runs: Two or more.

    Returns:
        What differs.

    Raises:
        DamagedRunError: A run cannot be read.
    """
    return side_by_side(
        {run.name: settings_of(run) for run in runs}, {run.name: _figures(run) for run in runs}, _cautions(runs)
    )


def _figures(run: SeriesRun) -> dict[str, Any]:
    best, scores = best_line(run), {}
    tested = bool(run.parts.test) and run.settings.forecast.protocol == "honest"
    if best and (run.parts.test or run.parts.validation):
        row = judge(run).results[0].row
        scores = {"skill": row.skill, "test": row.rmse if tested else None}
    return figures_of(
        run,
        {
            "RMSE, validation (also chose this iteration)": best.get("validation_rmse"),
            "RMSE, test": scores.get("test"),
            "skill vs naive (test part, or else validation)": scores.get("skill"),
            "training loss, of scaled values": best.get("loss"),
        },
        "windows_per_second",
    )


def _cautions(runs: Sequence[SeriesRun]) -> list[str]:
    cautions = []
    horizons = {run.name: run.settings.forecast.horizon for run in runs}
    if len(set(horizons.values())) > 1:
        shown = ", ".join(f"{name} {horizon}" for name, horizon in horizons.items())
        cautions.append(f"the RMSE are over different numbers of steps ahead ({shown}); more steps are harder")
    for part in ("validation", "test"):
        held = {run.name: values for run in runs if (values := _held(run, part))}
        if len(set(held.values())) > 1:
            steps = ", ".join(f"{name} {sum(shape[0] for shape, _ in parts):,} steps" for name, parts in held.items())
            cautions.append(
                f"the {part} figures are of different values ({steps}): another series, other targets or other shares "
                "held out; they do not tell which network is better"
            )
    cautions += [
        f"{run.name} was trained by the tutorials' protocol, which leaks: its figures flatter"
        for run in runs
        if run.settings.forecast.protocol == "tutorial"
    ]
    return cautions


def _held(run: SeriesRun, part: str) -> tuple[tuple[tuple[int, ...], bytes], ...]:
    """The values that a run forecasts in a part, so that they can be told from others; empty without any."""
    cut, targets = getattr(run.parts, part), run.settings.forecast.targets
    values = [series[first:end, :targets] for series, first, end in zip(run.values, cut.first, cut.end, strict=True)]
    return tuple((each.shape, each.tobytes()) for each in values if len(each))
