"""Sweeps: planned, run trial by trial, gone on with after an interrupt."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from chargen.config import from_json, is_count, is_whole, require
from chargen.errors import (
    CorpusError,
    DamagedRunError,
    RunError,
    TrainingError,
    UnknownRunError,
    UsageError,
    did_you_mean,
)
from chargen.learning import OnProgress
from chargen.runs import Store, is_name, require_name
from chargen.runs.files import list_folder, read_checked, read_json, saving, tidy, to_json, write_file, write_folder
from chargen.runs.lock import locked
from chargen.sweep import study
from chargen.sweep.kinds import BOOKS, Kind, OnNotice, SeriesTrials, TextTrials
from chargen.sweep.plan import ARGUMENTS, LARGEST_SEED, Plan
from chargen.sweep.space import Range, Scalar, combinations, count, read_choices
from chargen.sweep.trial import Row, Trial, rows, to_csv
from chargen.text.corpus import Corpus
from chargen.text.decode import LIMIT
from chargen.text.gathering import Source
from chargen.text.sources import Found, load_all

if TYPE_CHECKING:
    from chargen.series.series import PanelLike

# Of the checkpoints folder; no run can be called so.
FOLDER = ".sweeps"
PLAN = "plan.json"
# Trials of a sweep at most: more is a slip of the keyboard.
MOST = 10_000
# How a table is read: options of a series' trials that are none of a run.
_READING = ("target", "column", "date_column", "id_column", "start", "end", "date_format", "decimal")
OnStart: TypeAlias = Callable[[Trial], None]


class Sweep:
    """Many runs of the same text or series that differ in some options.

    Args:
        path: Its folder, which `create` made.
        on_notice: Told what is damaged in a run and what is used instead; a DamageWarning when left out.

    Raises:
        RunError: The folder is damaged.
    """

    def __init__(self, path: Path, on_notice: OnNotice | None = None) -> None:
        self.path = path
        self.name = path.name
        self.checkpoints = path.parent.parent
        self._on_notice = on_notice
        self.plan = from_json(Plan, read_json(path / PLAN), str(path / PLAN))
        self.kind = self._kind()
        self.trials = study.kept(path, self.plan.grid)

    @property
    def table(self) -> Path:
        """The table of all trials, written anew after each."""
        return self.path / f"{self.name}.csv"

    def rows(self) -> list[Row]:
        """Tell what came of each setting so far, the best first."""
        return rows(self.trials, self.plan.seeds)

    def done(self) -> bool:
        """Tell whether all trials are over."""
        return len(self.trials) == self.plan.count

    def run(self, on_start: OnStart | None = None, on_progress: OnProgress | None = None) -> Iterator[Trial]:
        """Run the trials that are not over yet; each is kept before it is told.

        A run that was interrupted goes on where it stopped. A trial whose loss is no longer a number has failed, and so
        has one that the memory is too small for; the next one goes on.

        Args:
            on_start: Told the trial that begins.
            on_progress: Called several times a second.

        Returns:
            An iterator over the trials. It raises RunError when a run of that name is none of the sweep's, or the sweep
            runs elsewhere.
        """
        with locked(self.path, "sweep"):
            tidy(self.path)
            self.trials = study.kept(self.path, self.plan.grid)  # what another process has done since this one looked
            over = {trial.number for trial in self.trials}
            for number, own in self.plan.trials():
                if number in over:
                    continue
                trial = self._try(number, own, on_start, on_progress)
                study.keep(self.path, trial, self.plan.choices)
                self.trials.append(trial)
                write_file(self.table, self.to_csv().encode())
                yield trial

    def to_csv(self) -> str:
        """Write all trials so far as a table, a row each."""
        return to_csv(self.trials, tuple(self.plan.grid), self.kind.figure)

    def _try(
        self,
        number: int,
        own: Mapping[str, Scalar],
        on_start: OnStart | None,
        on_progress: OnProgress | None,
    ) -> Trial:
        name = f"{self.name}-{number}"
        swept = {option: value for option, value in own.items() if option in self.plan.grid}
        trial = Trial(number, name, swept, int(own["random_seed"]))
        if on_start:
            on_start(trial)
        try:
            store = Store(self.checkpoints, self._on_notice)
            whole = self.plan.whole(own)
            if name in store.names():
                run = self.kind.open(store.open(name, self.kind.kind))
                if not self.kind.made(run, whole):
                    raise RunError(
                        f"run {name!r} is none of sweep {self.name!r}, and in its way: rename it with 'chargen runs "
                        f"rename {name} NEW-NAME', then go on"
                    )
            else:
                run = self.kind.create(name, self.checkpoints, whole, self._on_notice)
            if run.done < run.plan.iterations and not run.stopped_early():
                for _ in self.kind.learn(run, on_progress):
                    pass
            return self.kind.trial(number, run, swept)
        except TrainingError as error:
            failure = str(error)
        except MemoryError:
            failure = "the memory is full; take fewer --units, a smaller --batch-size"
        return Trial(number, name, swept, trial.random_seed, failure=failure)

    def _kind(self) -> Kind:
        if self.plan.kind == TextTrials.kind:
            return TextTrials.read(read_checked(self.path / BOOKS), str(self.path / BOOKS))
        if self.plan.kind == SeriesTrials.kind:
            from chargen.series.storing import ABOUT, VALUES, read_panel

            panel = read_panel(read_checked(self.path / VALUES), read_checked(self.path / ABOUT), str(self.path))
            return SeriesTrials(panel, self.plan.targets)
        raise DamagedRunError(f"{self.path / PLAN} is of the kind {self.plan.kind!r}; restore it from a copy")


def sweep(
    corpus: Source | Sequence[Source] | None = None, *, on_trial: Callable[[Trial], None] | None = None, **options: Any
) -> list[Row]:
    """Train a run for each setting of some options, and compare them.

    Args:
        corpus: What to learn, as for `chargen.train`; or give `series`.
        on_trial: Told each trial that is over.
        **options: The other arguments of `create`, and with them the options of `chargen train` or `chargen forecast
            train`.

    Returns:
        A row for each setting, the best first. Its figure is that of the validation part, which also chose each run's
        iteration; of many settings the best is flattered once more.

    Raises:
        ChargenError: As from `create`.
    """
    made = create(corpus, **options)
    for trial in made.run():
        if on_trial:
            on_trial(trial)
    return made.rows()


def create(
    corpus: Source | Sequence[Source] | None = None,
    *,
    series: "PanelLike | str | Path | None" = None,
    grid: Mapping[str, Any],
    random: int | None = None,
    seeds: int = 1,
    name: str | None = None,
    corpora: str | Path = "corpora",
    checkpoints: str | Path = "checkpoints",
    on_notice: OnNotice | None = None,
    on_download: Callable[[int, int | None], None] | None = None,
    **options: Any,
) -> Sweep:
    """Make a sweep that is ready to run; all its settings are checked before any is trained.

    Args:
        corpus: What to learn: a path, a folder, a pattern, a title, a Gutenberg number or URL, a Corpus, or several of
            these; up to 64 MiB altogether.
        series: What to learn to forecast instead: a table's path, a built-in name, a table in the corpora folder, or a
            series as Python programs hold it.
        grid: What to try of each option, `_` for `-`: a list of values, or a `Range` to draw from.
        random: How many settings to draw; all combinations are tried when left out.
        seeds: Trials of each setting, with random seeds that count on from `random_seed`.
        name: The sweep's name, which those of its runs start with; corpus-sweep, numbered if taken, when left out.
        corpora: The folder of books and tables.
        checkpoints: The folder of runs.
        on_notice: Told what the user should know.
        on_download: Told the bytes received and expected while a book is fetched.
        **options: What is the same in all trials: options of `chargen train` or `chargen forecast train`, `_` for `-`.

    Returns:
        The sweep, without trials.

    Raises:
        ChargenError: An option, a text or a series cannot be used, Optuna is missing, or the sweep cannot be written.
    """
    first, choices = _space(grid, random, seeds, options)
    trials = ((count(choices) or 0) if random is None else random) * seeds
    require(trials <= MOST, "--grid", f"{trials:,} trials", f"{MOST:,} at most")
    settings = combinations(choices) if random is None else study.draw(choices, random, first)
    study.require_optuna()
    if (corpus is None) == (series is None):
        raise UsageError("a sweep learns one thing: give a corpus (chargen sweep alice.txt) or --series sunspots")
    kind = (
        _text(corpus, Path(corpora), options, on_notice, on_download)
        if series is None
        else _series(series, Path(corpora), options, on_notice)
    )
    shown = {option: asdict(one) if isinstance(one, Range) else list(one) for option, one in choices.items()}
    targets = kind.targets if isinstance(kind, SeriesTrials) else 1
    plan = Plan(kind.kind, shown, options, settings, first, seeds, targets)
    scored = {kind.check(plan.whole({**setting, "random_seed": first})) for setting in settings}
    plan = Plan(kind.kind, shown, options, settings, first, seeds, targets, len(scored) == 1)
    path = _make(Path(checkpoints), name, f"{kind.title}-sweep", plan, kind.files())
    return Sweep(path, on_notice)


def load(name: str, checkpoints: str | Path = "checkpoints", on_notice: OnNotice | None = None) -> Sweep:
    """Open a sweep.

    Args:
        name: Its name.
        checkpoints: The folder of runs.
        on_notice: Told what is damaged in a run and what is used instead; a DamageWarning when left out.

    Returns:
        The sweep; `run` goes on with it.

    Raises:
        UnknownRunError: No such sweep.
        RunError: It is damaged.
    """
    folder = Path(checkpoints) / FOLDER
    known = sorted(path.name for path in list_folder(folder) if path.is_dir() and is_name(path.name))
    if name not in known:
        there = f"there are {', '.join(known[:10])}" if known else "begin one with 'chargen sweep alice.txt --grid ...'"
        raise UnknownRunError(f"no sweep {name!r} in {folder}/{did_you_mean(name, known)}; {there}")
    return Sweep(folder / name, on_notice)


def _space(
    grid: Mapping[str, Any], random: int | None, seeds: int, options: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    """Check what is asked for; taken out of the options are the random seed and what was not given."""
    right = isinstance(grid, Mapping) and all(isinstance(option, str) for option in grid)
    require(right, "grid", grid, "what to try of each option, such as {'units': [64, 128]}")
    if not grid:
        raise UsageError("nothing varies; say which options do, such as --grid units=64,128 --grid cell=lstm,gru")
    choices = {option.replace("-", "_"): read_choices(option, given) for option, given in grid.items()}
    for option in choices:
        if option == "random_seed":
            raise UsageError("--grid random-seed: chance is no setting; --seeds 3 trains each setting three times")
        if options.get(option) is not None:
            raise UsageError(f"--{option.replace('_', '-')} is given, and swept by --grid too; leave one of them out")
        require(option not in (*_READING, *ARGUMENTS), "--grid", option, "options of training, such as units=64,128")
    require(random is None or (is_count(random) and random <= MOST), "--random", random, f"a number from 1 to {MOST:,}")
    require(is_count(seeds), "--seeds", seeds, "a whole number from 1 up")
    for option in [option for option, value in options.items() if value is None]:
        del options[option]
    first = options.pop("random_seed", None)
    right = first is None or (is_whole(first) and first <= LARGEST_SEED)
    require(right, "--random-seed", first, f"a whole number from 0 to {LARGEST_SEED:,}")
    return first or 0, choices


def _text(
    corpus: "Source | Sequence[Source] | None",
    corpora: Path,
    options: dict[str, Any],
    on_notice: OnNotice | None,
    on_download: Callable[[int, int | None], None] | None,
) -> TextTrials:
    """Read the books, and the files that are held out, which are taken out of the options."""

    def load(source: object) -> list[Found]:
        right = "a path, a title, a number, a URL, or several of these"
        require(isinstance(source, str | Path | Corpus), "the corpus", source, right)
        if isinstance(source, Corpus):
            return [source]
        return load_all(str(source), corpora, on_notice, on_download)

    sources = [corpus] if isinstance(corpus, str | Path | Corpus) else corpus
    require(isinstance(sources, Sequence) and len(sources) > 0, "the corpus", corpus, "a text, or several")
    assert sources is not None  # noqa: S101 (narrows the type)
    books, held_out = [text for source in sources for text in load(source)], {}
    for part in ("validation", "test"):
        if isinstance(options.get(part), str | Path | Corpus):
            held_out[part], *others = load(options.pop(part))
            if others:
                raise UsageError(f"--{part} has {len(others) + 1} texts, and a sweep holds out one; give a file")
    if (size := sum(text.size for text in (*books, *held_out.values()))) > LIMIT:
        raise CorpusError(
            f"the texts have {size >> 20} MiB altogether, and a sweep keeps a copy of up to {LIMIT >> 20}; sweep over "
            "fewer, and train on all with what was found"
        )
    return TextTrials([_whole(book) for book in books], {part: _whole(text) for part, text in held_out.items()})


def _whole(text: Found) -> Corpus:
    return text if isinstance(text, Corpus) else text.whole()


def _series(
    series: "PanelLike | str | Path", corpora: Path, options: dict[str, Any], on_notice: OnNotice | None
) -> SeriesTrials:
    """Read the series; how it is read is taken out of the options."""
    from chargen.series.builtin import open_panel
    from chargen.series.series import Panel

    read = {key: options.pop(key) for key in _READING if key in options}
    if isinstance(series, str | Path):
        return SeriesTrials(*open_panel(series, corpora, on_notice=on_notice, **read))
    if read:
        raise UsageError(f"{next(iter(read))} says how a table is read; leave it out, or give the table's path")
    return SeriesTrials(Panel.of(series), 1)


def _make(checkpoints: Path, name: str | None, default: str, plan: Plan, files: Mapping[str, bytes]) -> Path:
    """Write a sweep's folder, under a name that neither another sweep nor a run has."""
    folder, number = checkpoints / FOLDER, 1
    require_name(f"{require_name(default if name is None else name)}-{plan.count}")
    with saving(folder):
        folder.mkdir(parents=True, exist_ok=True)
    tidy(folder, 3600)
    runs = set(Store(checkpoints).names())
    while True:
        candidate = name if name is not None else default if number == 1 else f"{default}-{number}"
        number += 1
        there = (folder / candidate).exists()
        taken = set() if there else runs & {f"{candidate}-{trial}" for trial in range(1, plan.count + 1)}
        if not there and not taken:
            with suppress(FileExistsError):
                write_folder(folder / candidate, {PLAN: to_json(asdict(plan)), **files})
                return folder / candidate
        if name is not None:
            what = f"run {min(taken)!r}" if taken else f"sweep {name!r}"
            raise RunError(
                f"{what} exists in {checkpoints}: choose another --name"
                + ("" if taken else f", or go on with 'chargen sweep --resume {name}'")
            )
