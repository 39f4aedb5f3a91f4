"""Who takes part in a backtest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from chargen.config import is_count, is_number, is_whole, require
from chargen.errors import OptionError
from chargen.network import ModelConfig
from chargen.series.backtest import LINEAR, NAIVE, PART, SEASONAL, Entry, Result, backtest, network_name
from chargen.series.baselines import baseline
from chargen.series.config import STRATEGIES, ForecastConfig
from chargen.series.fitting import Fitting, LinearPart, OnProgress, Trainers
from chargen.series.intervals import INTERVAL
from chargen.series.metrics import MARGINS
from chargen.series.seasons import seasons, window
from chargen.series.series import Panel
from chargen.series.settings import Settings, known_options, network_of
from chargen.series.splitting import Part, Split, split
from chargen.trainer import TrainConfig

# Settings that hang on another's value: where that is given anew, they start from their default.
FOLLOWS = {
    "scaler_range": ("scaler",),
    "learning_rate": ("optimizer", "learning"),
    "weight_decay": ("optimizer",),
    "schedule_iterations": ("iterations",),
    "ridge": ("linear",),
    "encoder": ("strategy",),
    "batch_size": ("learning",),
}
# Not a strategy: one network of each.
ALL = "all"
COMMON = (NAIVE, SEASONAL, "drift", LINEAR)
OnResult = Callable[[Result], object]


def contest(
    panel: Panel,
    options: Mapping[str, Any],
    *,
    targets: int = 1,
    horizons: Sequence[int] | None = None,
    baselines: Sequence[str] | None = None,
    seeds: int = 1,
    test: float = 0.2,
    season: Sequence[int] = (),
    refit_every: int = 0,
    margins: Sequence[float] = MARGINS,
    interval: float = INTERVAL,
    name: str | None = None,
    on_progress: OnProgress | None = None,
    on_result: OnResult | None = None,
) -> list[Result]:
    """Backtest a network beside baselines.

    Args:
        panel: The series, targets first, NaN where values are missing.
        options: The network's, as for `chargen forecast train`; the strategy `all` lets a network of each take part
            that goes with the other options.
        targets: How many columns are forecast.
        horizons: Steps ahead, each an experiment of its own; the options' horizon when left out.
        baselines: Names from `chargen.series.baselines.BASELINES`, COMMON ones when left out; naive and linear take
            part in any case.
        seeds: Seeds of chance, from the options' on.
        test: Share of each series, from its end, that is forecast.
        season: Steps in a season; those that the series' name or frequency suggests when left out.
        refit_every: Origins after which everyone learns again; 0 for never.
        margins: What counts as a hit, as shares of the truth.
        interval: The share of truths that prediction intervals are made to cover.
        name: What tables call the network; its cell when left out.
        on_progress: Called several times a second while the network learns.
        on_result: Called with each result as it is known.

    Returns:
        A result for each horizon and contestant: the network, then the baselines.

    Raises:
        ChargenError: An option or a series cannot be used.
    """
    require(is_count(seeds), "--seeds", seeds, "a whole number from 1 up")
    for margin in margins:
        require(is_number(margin) and margin >= 0, "--margin", margin, "a share of the truth from 0 up")
    require(isinstance(test, float) and 0 < test < 1, "--test", test, "a share above 0 and below 1")
    given = {key: value for key, value in options.items() if value is not None}
    if given.get("protocol", "honest") != "honest":
        raise OptionError(
            f"--protocol is {given['protocol']!r}; a backtest is honest: leave it out, or see the figures of 'chargen "
            "forecast train --protocol tutorial'"
        )
    wanted = tuple(horizons) if horizons else (given.get("horizon", ForecastConfig.horizon),)
    for horizon in wanted:
        require(is_count(horizon), "--horizons", horizon, "whole numbers from 1 up")
    lags = given["window"] if "window" in given else window(panel, max(wanted))
    require(is_count(lags), "--window", lags, "a whole number from 1 up")
    validation = given.get("validation", TrainConfig.validation)
    right = is_number(validation) and 0 <= validation < 1
    require(right, "--validation", validation, "a share from 0 up and below 1")
    first, difference = given.get("random_seed", 0), given.get("difference", 0)
    require(is_whole(first), "--random-seed", first, "a whole number from 0 up")
    require(is_whole(difference), "--difference", difference, "the steps in a season, or 0 for none")
    for steps in season:
        require(is_count(steps), "--season", steps, "the steps in a season, a whole number from 1 up")
    values = [series.values for series in panel]
    parts = _cut([len(series) for series in values], validation, test, str(given.get("split", "time")))
    # A season that nobody asked for is left out where it would put off the first origin.
    known = tuple(season) or tuple(steps for steps in seasons(panel) if steps <= max(_ends(parts)))
    named = network_name(name or str(given.get("cell", ModelConfig.cell)))
    trainers = Trainers()
    settled = {key: value for key, value in given.items() if key not in ("test", "horizon")} | {"window": lags}

    def alone(seed: int) -> LinearPart:
        # All strategies but `recursive` have the same one.
        return LinearPart(PART, next(iter(networks.values())), panel.columns, targets)

    networks = _networks(named, settled)

    def network(name: str) -> Entry:
        return lambda seed: Fitting(
            name, networks[name] | {"random_seed": seed}, panel.columns, targets, on_progress, trainers
        )

    entries: dict[str, Entry] = {name: network(name) for name in networks}
    if given.get("linear", ForecastConfig.linear) != "none":
        entries[PART] = alone
    columns = tuple(range(targets))
    for each in dict.fromkeys((*(COMMON if baselines is None else baselines), NAIVE, LINEAR)):
        if each == SEASONAL and (known or baselines is None):
            entries |= {f"{each}-{steps}": _entry(each, columns, steps, lags) for steps in known}
        else:
            entries[each] = _entry(each, columns, known[0] if known else None, lags)
    for each, entry in entries.items():
        if each not in networks:
            entry(first)  # a wrong name is told before anything is learnt
    back = max([lags + difference, 2, *known])
    positive = not any((series[:end, :targets] < 0).any() for series, end in zip(values, _ends(parts), strict=True))
    results = []
    for result in backtest(
        values,
        parts,
        entries,
        wanted,
        targets=targets,
        back=back,
        seeds=range(first, first + seeds),
        seeded=(*networks, "dense"),
        refit_every=refit_every,
        margins=margins,
        interval=interval,
        minimum=given.get("minimum", 0.0 if positive else None),
    ):
        results.append(result)
        if on_result:
            on_result(result)
    order = list(entries)
    return sorted(results, key=lambda result: (wanted.index(result.row.horizon), order.index(result.row.model)))


def settings_as_options(settings: Settings, given: Mapping[str, Any]) -> dict[str, Any]:
    """Write a run's settings as the options that make them, so that others can be chosen beside it.

    Args:
        settings: The run's.
        given: The options that win; what hangs on one of them starts from its default again.

    Returns:
        Options by name.
    """
    known = known_options()
    kept = {key: getattr(settings.forecast, key) for key in known["forecast"]}
    model = {key: getattr(settings.model, key) for key in known["model"]}
    own = ("recipe", "seqlen", "step", "frozen", "test", "towers")
    training = {key: value for key, value in asdict(settings.training).items() if key not in own}
    # What was chosen is left out: the choice may have seen what is forecast here.
    options = model | training | kept | asdict(settings.scaling) | {"split": settings.by}
    left = {key for key, causes in FOLLOWS.items() if not given.keys().isdisjoint(causes)} | set(settings.chosen)
    if given.get("strategy") == ALL and settings.model.encoder != "window":
        left -= {"encoder"}  # strategies that do not go with it take no part
    return {key: value for key, value in options.items() if value is not None and key not in left} | dict(given)


def _cut(lengths: Sequence[int], validation: float, test: float, by: str) -> Split:
    """Cut the test part off, and then the validation part of what is left, as networks do with what they are given."""
    outer = split(lengths, 0.0, test, by)
    left = outer.training.end
    if by == "series":  # those that are held out stand last
        left = tuple(end for end in left if end)
    inner = split(left, validation, 0.0, by)
    nothing = (0,) * (len(lengths) - len(left))
    training, held = (Part(part.first + nothing, part.end + nothing) for part in (inner.training, inner.validation))
    return Split(training, held, outer.test)


def _ends(parts: Split) -> list[int]:
    """Tell where what is learnt from ends."""
    return [max(ends) for ends in zip(parts.training.end, parts.validation.end, strict=True)]


def _networks(named: str, options: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """List the networks that take part, by name, with the options of each."""
    if options.get("strategy") != ALL:
        return {named: dict(options)}
    found: dict[str, dict[str, Any]] = {}
    refusal: OptionError | None = None
    for strategy in STRATEGIES:
        one = dict(options) | {"strategy": strategy}
        try:
            config = ForecastConfig(
                ("value",), **{key: one[key] for key in ("strategy", "learning", "linear") if key in one}
            )
            network_of(config, {key: one[key] for key in known_options()["model"] if key in one})
        except OptionError as refused:
            refusal = refused
        else:
            found[f"{named} {strategy}"] = one
    if refusal and not found:
        raise refusal
    return found


def _entry(name: str, targets: tuple[int, ...], season: int | None, lags: int) -> Entry:
    return lambda seed: baseline(name, targets=targets, season=season, lags=lags, random_seed=seed)
