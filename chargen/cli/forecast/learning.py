"""Series training as `forecast train` and `resume` show it."""

import math
from typing import Any

from chargen.cli.app import App
from chargen.cli.learning import goal, load_tensorflow, one_interrupt, resumable, shown, tell_patience
from chargen.series.backtest import Row, verdict
from chargen.series.judging import judge
from chargen.series.learning import learn
from chargen.series.masks import tell
from chargen.series.run import SeriesRun
from chargen.series.series import show_row

HEADS = (
    ("iteration", ""),
    ("training", "loss"),
    ("validation", "loss"),
    ("RMSE", "valid."),
    ("windows", "per second"),
    ("time", "s"),
)
SCORES = {
    "model": "model",
    "horizon": "steps",
    "rmse": "RMSE",
    "rmse_at_step": "at the last step",
    "mae": "MAE",
    "mase": "MASE",
    "skill": "skill vs naive",
}

DETAILS = {"model": "model", "horizon": "steps", "mse": "MSE", "smape": "sMAPE, %", "direction": "right direction"}


def watch(app: App, run: SeriesRun, iterations: int | None = None, **options: Any) -> None:
    """Train a series run on and show it; after an interrupt, tell how to go on.

    Args:
        app: The terminal and the folders.
        run: The run.
        iterations: So many more; up to the end of the plan when left out.
        **options: As for `learn`.
    """
    with resumable(app, run, iterations):
        with one_interrupt(), app.ui.training(run.name, goal(run, iterations), HEADS) as view:
            reports = learn(run, iterations, view.progress, **options)
            app.ui.notice(describe(run))
            load_tensorflow(run.training_config.towers)
            for report in reports:
                cells = (
                    str(report.iteration),
                    f"{report.loss:.4f}",
                    shown(report.validation_loss, ".4f"),
                    shown(report.validation_rmse, "#.5g").removesuffix("."),
                    f"{report.windows_per_second:,.0f}",
                    f"{report.seconds:.1f}",
                )
                view.row(cells, report.best and report.validation_loss is not None)
        tell_patience(app, run)
        if run.parts.test or run.parts.validation:
            judgement = judge(run)
            count = judgement.results[0].row.origins
            told = f"{count:,} forecast{'s' if count > 1 else ''} of the {judgement.part}"
            app.ui.notice(f"best iteration {run.folder.best()}, {told}:")
            tell_scores(app, [result.row for result in judgement.results])
        app.ui.notice(f"forecast: {app.program} forecast predict {run.name}")


def tell_scores(app: App, rows: list[Row], details: bool = False) -> None:
    """Write a table of scores, and who is best at each horizon.

    Args:
        app: The terminal.
        rows: The figures; of several networks each is told beside the baselines.
        details: Whether a second table has what the first leaves out.
    """
    heads = dict(SCORES)
    if any(row.rmse_sd is not None for row in rows):
        heads = {key: title for name, head in SCORES.items() for key, title in _with_spread(name, head)}
    share = f"{100 * rows[0].interval:g} %"
    known = any(row.coverage is not None for row in rows)
    if known:
        heads = heads | {"coverage": f"in {share} interval", "width": "its width"}
    app.ui.table(heads, [row.figures() for row in rows])
    if details:
        hits = {key: f"within {key.removeprefix('hit_')} %" for key in rows[0].hits}
        score = {"interval_score": f"{share} interval score"} if known else {}
        app.ui.result("")
        app.ui.table(DETAILS | hits | score, [row.figures() for row in rows])
    for horizon in dict.fromkeys(row.horizon for row in rows):
        now = [row for row in rows if row.horizon == horizon]
        app.ui.result(verdict(now))


def describe(run: SeriesRun) -> str:
    """Tell what will be trained on what.

    Args:
        run: The run.

    Returns:
        Some lines.
    """
    model, training, config = run.model, run.training_config, run.settings.forecast
    layers = "1 layer" if model.layers == 1 else f"{model.layers} layers"
    parameters = sum(math.prod(shape) for shape in model.shapes().values())
    panel, parts = run.panel, run.parts
    first = panel.series[0]
    many = f"{len(panel):,} series, the first " if len(panel) > 1 else ""
    held = " + ".join(
        f"{sum(end - start for start, end in zip(part.first, part.end, strict=True)):,} {name}"
        for name, part in (("training", parts.training), ("validation", parts.validation), ("test", parts.test))
        if part and not (name == "validation" and part == parts.test)
    )
    scaling = run.settings.scaling
    chose = [option for option in run.settings.chosen if option in ("scaler", "ridge")]
    where = "the test part" if config.protocol == "tutorial" else "the validation part"
    where = where if parts.validation else "the end of the training part"
    picked = f" ({' and '.join(chose)} chosen on {where})" if chose else ""
    bound = "" if config.minimum is None else f", forecasts not below {config.minimum:g}"
    steps = f"{config.horizon} step{'s' if config.horizon > 1 else ''}"
    penalty = "" if config.linear == "none" else f", ridge {config.ridge:g}"
    network = model.encoder if model.encoder == "wavenet" else model.cell
    read = "" if model.encoder in ("cells", "window") else f", encoder {model.encoder}"
    updates = f"batches of {training.batch_size}" if config.learning == "batches" else f"learning {config.learning}"
    lines = [
        f"run {run.name}: {network}, {layers} of {model.units} units, {parameters:,} parameters",
        f"series {panel.name}: {many}{show_row(first.index[0])} to {show_row(first.index[-1])}, "
        f"{len(first):,} steps; parts: {held}",
        f"forecast {', '.join(config.columns[: config.targets])} {steps} ahead ({config.strategy}) from windows of "
        f"{config.window}{read}",
        f"scaler {scaling.scaler}, linear part {config.linear}{penalty}{picked}{bound}",
    ]
    if missing := tell(run.values):
        lines.append(missing)
    if config.protocol == "tutorial":
        lines.append(
            "protocol tutorial: the scaler sees the test part, windows are disjoint, the test part also chooses the "
            "iteration; the figures flatter, do not compare them with honest ones"
        )
    lines.append(
        f"{training.optimizer} {training.learning_rate:g} {training.schedule}, {updates}, "
        f"{training.epochs} epoch{'s' if training.epochs > 1 else ''} an iteration"
    )
    return "\n".join(lines)


def _with_spread(name: str, head: str) -> list[tuple[str, str]]:
    return [(name, head), ("rmse_sd", "± sd")] if name == "rmse" else [(name, head)]
