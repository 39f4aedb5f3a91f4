"""The two kinds of a sweep: what a trial learns from, how it is made, trained and scored."""

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from chargen.config import from_json, is_number, require
from chargen.errors import DamagedRunError, OptionError, TrainingError, UsageError
from chargen.learning import LearningRun, OnProgress, Reported
from chargen.learning.comparing import best_line
from chargen.network import ModelConfig
from chargen.runs import RunFolder
from chargen.runs.files import digest
from chargen.sweep.trial import Trial
from chargen.text.corpus import Corpus, slug
from chargen.text.learning import create as create_text
from chargen.text.learning import learn as learn_text
from chargen.text.learning import prepare
from chargen.text.normalise import Normalising
from chargen.text.run import Run
from chargen.text.scoring import bits
from chargen.trainer import TrainConfig

if TYPE_CHECKING:
    from chargen.series.series import Panel

OnNotice = Callable[[str], None]
BOOKS = "books.json"


class Kind(ABC):
    """What all trials of a sweep learn from.

    Attributes:
        kind: `text` or `series`.
        figure: What trials are compared by, as files have it.
        unit: The same, as people read it.
        caution: What to tell where not all settings are scored on the same.
        title: What it learns from, in short.
    """

    kind: ClassVar[str]
    figure: ClassVar[str]
    unit: ClassVar[str]
    caution: ClassVar[str]
    title: str

    @abstractmethod
    def files(self) -> dict[str, bytes]:
        """Write what trials learn from, so that a sweep goes on with the same: content by file name."""

    @abstractmethod
    def check(self, options: Mapping[str, Any]) -> str:
        """Refuse settings that could not be trained, or not be compared, before anything is trained.

        Args:
            options: The options of a trial.

        Returns:
            What it will be scored on: settings that differ in it are not to be compared.

        Raises:
            ChargenError: A trial with these options could not be made.
        """

    @abstractmethod
    def create(self, name: str, checkpoints: Path, options: Mapping[str, Any], tell: OnNotice | None) -> LearningRun:
        """Make the run of a trial."""

    @abstractmethod
    def open(self, folder: RunFolder) -> LearningRun:
        """Open the run of a trial."""

    @abstractmethod
    def made(self, run: LearningRun, options: Mapping[str, Any]) -> bool:
        """Tell whether a run is what `create` makes with these options, however far it is trained."""

    @abstractmethod
    def learn(self, run: LearningRun, on_progress: OnProgress | None) -> Iterator[Reported]:
        """Train a run to the end of its plan."""

    @abstractmethod
    def figures(self, run: LearningRun) -> tuple[float, float | None]:
        """Tell the figures of the best iteration: on the validation part, and on the test part if there is one."""

    def trial(self, number: int, run: LearningRun, options: Mapping[str, Any]) -> Trial:
        """Tell what came of a trial.

        Args:
            number: Its number.
            run: Its run, trained to the end.
            options: The value of each option that is swept.

        Returns:
            The trial.

        Raises:
            TrainingError: What it learnt forecasts beyond all numbers.
        """
        figure, test = self.figures(run)
        if not is_number(figure) or not (test is None or is_number(test)):
            raise TrainingError(f"run {run.name!r} has figures beyond all numbers; lower --learning-rate")
        return Trial(
            number,
            run.name,
            dict(options),
            run.training_config.random_seed,
            best_line(run)["iteration"],
            figure,
            test,
            sum(math.prod(shape) for shape in run.model.shapes().values()),
            round(sum(line["seconds"] for line in run.history), 1),
        )


class TextTrials(Kind):
    """Trials that learn books.

    Args:
        books: What they learn.
        held_out: What is held out of it, by part, where that is a text of its own.
    """

    kind = Run.kind
    figure = "bits_per_character"
    unit = "bits per character"
    caution = (
        "the settings are scored on different texts (prepared in another way, or other shares held out): their figures "
        "do not tell which is better"
    )

    def __init__(self, books: Sequence[Corpus], held_out: Mapping[str, Corpus]) -> None:
        self.books = list(books)
        self.held_out = dict(held_out)
        self.title = "+".join(book.name[:40] for book in self.books[:2])

    def files(self) -> dict[str, bytes]:
        kept = [asdict(book) | {"part": "book"} for book in self.books]
        kept += [asdict(book) | {"part": part} for part, book in self.held_out.items()]
        return {BOOKS: json.dumps(kept, ensure_ascii=False).encode()}

    @classmethod
    def read(cls, content: bytes, where: str) -> "TextTrials":
        """Read what `files` wrote.

        Args:
            content: Of BOOKS.
            where: The file, for the error message.

        Returns:
            The same trials.

        Raises:
            DamagedRunError: It is anything else.
        """
        try:
            kept = [(book.pop("part"), from_json(Corpus, book, where)) for book in json.loads(content)]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedRunError(f"{where} holds no books ({error}); restore it from a copy") from error
        return cls(
            [book for part, book in kept if part == "book"], {part: book for part, book in kept if part != "book"}
        )

    def check(self, options: Mapping[str, Any]) -> str:
        for part in ("validation", "test"):
            share = options.get(part)
            right = f"shares, such as 0.1,0.2; a file is held out by --{part} FILE"
            require(not isinstance(share, str), f"--grid {part}", share, right)
        header, files, _ = prepare(self.books, **{**options, **self.held_out})
        training = header["training"]
        if not training["validation"] and "validation" not in self.held_out:
            raise UsageError(
                "nothing is held out (--validation 0), and a sweep compares settings on a validation part; give "
                "--validation 0.1"
            )
        return f"{digest(files['corpus.txt'])}, {training['validation']} and {training['test']} of it"

    def create(self, name: str, checkpoints: Path, options: Mapping[str, Any], tell: OnNotice | None) -> Run:
        whole = {**options, **self.held_out}
        return create_text(self.books, name=name, checkpoints=checkpoints, on_notice=tell, **whole)

    def open(self, folder: RunFolder) -> Run:
        return Run(folder)

    def made(self, run: LearningRun, options: Mapping[str, Any]) -> bool:
        assert isinstance(run, Run)  # noqa: S101 (narrows the type)
        header, _, _ = prepare(self.books, **{**options, **self.held_out})
        found = (
            ModelConfig(**header["model"]),
            _like(run, TrainConfig(**header["training"])),
            Normalising(**header["normalising"]),
            [(document["sha256"], document["part"]) for document in header["corpus"]["documents"]],
        )
        documents = [(document.sha256, document.part) for document in run.documents]
        return found == (run.model, run.training_config, run.normalising, documents)

    def learn(self, run: LearningRun, on_progress: OnProgress | None) -> Iterator[Reported]:
        assert isinstance(run, Run)  # noqa: S101 (narrows the type)
        return learn_text(run, None, on_progress)

    def figures(self, run: LearningRun) -> tuple[float, float | None]:
        best = best_line(run)
        return best["bits_per_character"], None if best["test_loss"] is None else bits(best["test_loss"])


class SeriesTrials(Kind):
    """Trials that learn series.

    Args:
        panel: The series, targets first.
        targets: How many columns are forecast.
    """

    kind = "series"
    figure = "rmse"
    unit = "RMSE"
    caution = (
        "the settings are scored on different values (other steps ahead, or other shares held out): their figures do "
        "not tell which is better"
    )

    def __init__(self, panel: "Panel", targets: int) -> None:
        self.panel = panel
        self.targets = targets
        self.title = slug(panel.name)

    def files(self) -> dict[str, bytes]:
        from chargen.series.storing import write_panel

        return write_panel(self.panel)

    def check(self, options: Mapping[str, Any]) -> str:
        from chargen.series.settings import settle

        settings = settle(options, self.panel, self.targets)
        if settings.forecast.protocol == "tutorial":
            raise OptionError(
                "--protocol tutorial lets the test part choose, and a sweep chooses once more; leave it out"
            )
        cut = settings.cut([len(series) for series in self.panel])
        if not cut.validation:
            raise UsageError(
                "nothing is held out (--validation 0), and a sweep compares settings on a validation part; give "
                "--validation 0.1"
            )
        return f"{settings.forecast.horizon} steps ahead, {cut.validation} and {cut.test}"

    def create(self, name: str, checkpoints: Path, options: Mapping[str, Any], tell: OnNotice | None) -> LearningRun:
        from chargen.series.learning import create

        return create(self.panel, targets=self.targets, name=name, checkpoints=checkpoints, on_notice=tell, **options)

    def open(self, folder: RunFolder) -> LearningRun:
        from chargen.series.run import SeriesRun

        return SeriesRun(folder)

    def made(self, run: LearningRun, options: Mapping[str, Any]) -> bool:
        from chargen.series.run import SeriesRun
        from chargen.series.settings import settle
        from chargen.series.storing import write_panel

        assert isinstance(run, SeriesRun)  # noqa: S101 (narrows the type)
        settings = settle(options, self.panel, self.targets)
        settings = replace(settings, training=_like(run, settings.training), saving=run.settings.saving)
        return settings == run.settings and write_panel(run.panel) == self.files()

    def learn(self, run: LearningRun, on_progress: OnProgress | None) -> Iterator[Reported]:
        from chargen.series.learning import learn
        from chargen.series.run import SeriesRun

        assert isinstance(run, SeriesRun)  # noqa: S101 (narrows the type)
        return learn(run, None, on_progress)

    def figures(self, run: LearningRun) -> tuple[float, float | None]:
        from chargen.series.judging import judge
        from chargen.series.run import SeriesRun

        assert isinstance(run, SeriesRun)  # noqa: S101 (narrows the type)
        test = judge(run).results[0].row.rmse if run.parts.test else None
        return best_line(run)["validation_rmse"], test


def _like(run: LearningRun, config: TrainConfig) -> TrainConfig:
    """Give settings the towers of a run: their number may have come from the machine that it began on."""
    return replace(config, towers=run.training_config.towers)
