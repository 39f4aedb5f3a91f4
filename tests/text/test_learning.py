"""Training a run from a book: reported, saved, interrupted, resumed bit for bit."""

import json
import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chargen
from chargen import Report, Run
from chargen.errors import CorpusError, DamagedRunError, OptionError, RunError, SeedError, TrainingError, UsageError
from chargen.network import Network
from chargen.snapshot import Snapshot
from chargen.text.learning import create
from chargen.text.scoring import score
from chargen.text.settings import DEFAULTS
from chargen.text.split import HeldOut
from chargen.trainer import Progress
from chargen.trainer.engine import Engine

Train = Callable[..., Run]


def tensors(run: Run, iteration: int) -> dict[str, Any]:
    folder = run.folder.path / "iterations" / f"{iteration:04d}"
    position = run.folder.position()
    assert position is not None
    assert (folder / "optimizer.safetensors").is_file()
    found: dict[str, Any] = {}
    for name in ("weights", "optimizer", "carry"):
        found |= {f"{name}.{key}": value for key, value in getattr(position.snapshot, name).items()}
    return found


def assert_same(first: Run, second: Run, iteration: int) -> None:
    ours, theirs = tensors(first, iteration), tensors(second, iteration)
    assert ours.keys() == theirs.keys()
    for key, value in ours.items():
        assert np.array_equal(value, theirs[key]), key
    timeless = ("iteration", "loss", "validation_loss", "bits_per_character", "test_loss", "learning_rate")
    for line, other in zip(first.history, second.history, strict=True):
        assert [line[key] for key in timeless] == [other[key] for key in timeless]
    samples = [(run.folder.path / "samples.jsonl").read_bytes() for run in (first, second)]
    assert samples[0] == samples[1]


# Each recipe, both depths, one state and two: tests/trainer goes on with every cell.
@pytest.mark.parametrize(
    ("cell", "recipe", "layers"),
    [
        ("rnn", "classic", 2),
        ("lstm", "stream", 2),
        ("jordan", "stream", 1),
    ],
)
def test_three_iterations_and_three_more_equal_six(cell: str, recipe: str, layers: int, train_small: Train) -> None:
    options = {"cell": cell, "recipe": recipe, "layers": layers, "step": 3}
    whole = train_small(iterations=6, **options)
    halves = train_small(iterations=3, **options)
    chargen.load(halves.name, halves.folder.path.parent).resume(iterations=3)
    assert_same(whole, halves, 6)


@pytest.mark.parametrize("recipe", ["stream", "classic"])
def test_an_interrupt_loses_nothing(recipe: str, train_small: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chargen.trainer.trainer.STRETCH_SECONDS", 0)

    def interrupt(progress: Progress) -> None:
        if progress.iteration == 2 and progress.done > progress.total // 2:
            raise KeyboardInterrupt

    options = {"recipe": recipe, "step": 5, "iterations": 3, "epochs": 2}
    whole = train_small(**options)
    with pytest.raises(KeyboardInterrupt):
        train_small(**options, name="stopped", on_progress=interrupt)
    stopped = chargen.load("stopped", whole.folder.path.parent)
    assert len(stopped.history) == 1
    assert (stopped.folder.path / "partial").is_dir()
    stopped.resume()
    assert_same(whole, stopped, 3)


EVERYTHING = {
    "rnn": {"cell": "rnn", "recipe": "classic", "step": 5, "optimizer": "sgd", "schedule": "inverse-time"},
    "lstm": {"cell": "lstm", "optimizer": "rmsprop", "schedule": "cosine", "epochs": 2, "dropout": 0.3},
    "gru": {"cell": "gru", "layers": 2, "recurrent_dropout": 0.2, "weight_decay": 0.02, "patience": 9, "test": 0.1},
    "two towers": {"towers": 2, "batch_size": 4, "schedule": "constant", "warmup": 200, "validation": 0.0},
    "one tower": {"towers": 1, "recipe": "classic", "optimizer": "rmsprop", "activation": "relu", "seqlen": 4}
    | {"step": 5, "temperature": [0, 1], "clip_norm": 0.1},
}


@pytest.mark.parametrize("options", EVERYTHING.values(), ids=EVERYTHING)
def test_a_death_within_an_iteration_costs_what_came_after_the_last_save(
    options: dict[str, Any], train_small: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chargen.trainer.trainer.STRETCH_SECONDS", 0)

    # What a process that dies leaves is what its folder holds at that moment.
    def copy(progress: Progress) -> None:
        if progress.iteration == 2 and progress.done > 5 and not dead_path.exists():
            shutil.copytree(dead_path.with_name("whole"), dead_path)

    dead_path = tmp_path / "checkpoints" / "dead"
    whole = train_small(**options, name="whole", checkpoint_every=1e-9, on_progress=copy)
    dead = chargen.load("dead", whole.folder.path.parent)
    position = dead.folder.position()
    assert position is not None
    assert (position.iteration, len(position.history)) == (1, 1)
    first = whole.folder.report(1)["history"]
    assert position.snapshot.batches > 0
    assert position.history[0]["loss"] == first["loss"]
    assert dead.folder.has_partial()
    dead.resume()
    assert_same(whole, dead, 2)
    assert not dead.folder.has_partial()


def test_saves_within_an_iteration_can_be_left_out(train_small: Train, tmp_path: Path) -> None:
    def die(progress: Progress) -> None:
        raise RuntimeError("the power is gone")

    with pytest.raises(RuntimeError):
        train_small(name="dead", checkpoint_every=0, on_progress=die)
    dead = tmp_path / "checkpoints" / "dead"
    assert dead.is_dir()
    assert not list(dead.glob("partial/*"))


@pytest.mark.parametrize(
    "name", ["weights.safetensors", "optimizer.safetensors", "carry.safetensors", "state.json", "manifest.json"]
)
def test_a_damaged_iteration_is_trained_again_to_the_same_bits(name: str, trained: Train) -> None:
    whole, damaged = trained("whole", iterations=4), trained("damaged", iterations=3)
    (damaged.folder.path / "iterations" / "0003" / name).write_bytes(b"{}")
    notices: list[str] = []
    chargen.load(damaged.name, damaged.folder.path.parent, notices.append).resume(1)
    assert_same(whole, chargen.load(damaged.name, damaged.folder.path.parent), 4)
    assert "the state of training in iterations/0003 is skipped" in notices[0]
    assert all("iterations/0003" in notice or "iteration 3" in notice for notice in notices)


@pytest.fixture(scope="module")
def beyond(trained_once: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that went on for an iteration after the three that were planned."""
    path = tmp_path_factory.mktemp("beyond") / "beyond"
    shutil.copytree(trained_once(iterations=3), path)
    return chargen.load("beyond", path.parent).resume(1).folder.path


@pytest.mark.parametrize("name", ["optimizer.safetensors", "state.json", "manifest.json"])
def test_a_damaged_iteration_beyond_the_first_plan_is_trained_again(name: str, trained: Train, beyond: Path) -> None:
    whole = trained("whole", iterations=4)
    shutil.copytree(beyond, whole.folder.path.with_name("beyond"))
    damaged = chargen.load("beyond", whole.folder.path.parent)
    (damaged.folder.path / "iterations" / "0004" / name).unlink()
    notices: list[str] = []
    chargen.load(damaged.name, damaged.folder.path.parent, notices.append).resume()
    assert_same(whole, chargen.load(damaged.name, damaged.folder.path.parent), 4)
    assert "iterations/0004" in notices[0]
    assert notices[-1].startswith("iteration 4 is trained again; the old one is kept as ")


def test_a_damaged_first_iteration_begins_anew_to_the_same_bits(trained: Train) -> None:
    whole, damaged = trained("whole"), trained("damaged", iterations=1)
    (damaged.folder.path / "iterations" / "0001" / "manifest.json").unlink()
    notices: list[str] = []
    again = chargen.load(damaged.name, damaged.folder.path.parent, notices.append)
    with pytest.raises(DamagedRunError, match="has whole weights"):
        again.sample()
    again.resume(1)
    assert_same(whole, chargen.load(damaged.name, damaged.folder.path.parent), 2)


def test_more_iterations_never_make_the_plan_shorter(train_small: Train, trained: Train) -> None:
    def stop(progress: Progress) -> None:
        if progress.iteration == 2:
            raise KeyboardInterrupt

    whole = trained(iterations=4)
    with pytest.raises(KeyboardInterrupt):
        train_small(iterations=4, name="parts", on_progress=stop)
    parts = chargen.load("parts", whole.folder.path.parent).resume(2)
    assert (parts.done, parts.plan.iterations) == (3, 4)
    assert_same(whole, parts.resume(), 4)


@pytest.mark.parametrize("call", [1, 4, 6, 7, 9, 11, 13, 15])
def test_an_interrupt_at_any_step_of_saving_loses_nothing(
    call: int, train_small: Train, trained: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = {"cell": "rnn", "dropout": 0.0, "recurrent_dropout": 0.0, "iterations": 3}
    whole = trained(**plain)
    original, calls = os.fsync, iter(range(99))

    def interrupted(handle: int) -> None:
        if (whole.folder.path.parent / "stopped" / "iterations" / "0001").exists() and next(calls) == call:
            raise KeyboardInterrupt
        original(handle)

    monkeypatch.setattr("chargen.runs.files.os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train_small(**plain, name="stopped")
    monkeypatch.undo()
    stopped = chargen.load("stopped", whole.folder.path.parent)
    assert stopped.folder.faults() == []
    assert_same(whole, stopped.resume(), 3)


def test_keep_thins_the_weights(trained: Train) -> None:
    run = trained(iterations=6, keep=2)
    best = run.folder.best()
    assert run.folder.with_weights() == sorted({best or 0, 5, 6})
    assert len(run.history) == 6
    with pytest.raises(RunError, match=r"no weights of iteration 1; --iteration takes best, last or"):
        run.sample(iteration=1)


@pytest.mark.parametrize(("option", "value"), [("keep", 1), ("keep", -1), ("checkpoint_every", -1)])
def test_settings_of_saving_that_make_no_sense(option: str, value: int, train_small: Train) -> None:
    with pytest.raises(OptionError, match=f"--{option.replace('_', '-')} is {value}"):
        train_small(**{option: value})


def test_an_interrupt_while_an_iteration_is_scored_loses_nothing(
    train_small: Train, trained: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained()
    original, calls = score, iter(range(9))

    def interrupted(*args: Any) -> Any:
        if next(calls) == 1:
            raise KeyboardInterrupt
        return original(*args)

    monkeypatch.setattr("chargen.text.learning.score", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train_small(iterations=2, name="stopped")
    stopped = chargen.load("stopped", whole.folder.path.parent)
    assert len(stopped.history) == 1
    stopped.resume()
    assert_same(whole, stopped, 2)


def test_what_is_reported(train_small: Train) -> None:
    reports: list[Report] = []
    run = train_small(
        iterations=3, validation=0.2, test=0.1, temperature=[0, 1], epochs=2, on_report=reports.append, length=12
    )
    assert [report.iteration for report in reports] == [1, 2, 3]
    assert run.history == [report.history() for report in reports]
    for report in reports:
        assert report.validation_loss is not None
        assert report.bits_per_character == pytest.approx(report.validation_loss / math.log(2))
        assert report.test_loss is not None
        assert report.seconds > 0
        assert report.characters_per_second > 0
        greedy, wild = report.samples
        assert (greedy.temperature, wild.temperature) == (0, 1)
        assert len(greedy.text) == len(wild.text) == 12
        assert greedy.seed == wild.seed
        assert greedy.seed in run.text
        assert len(greedy.seed) == 5
    best = min(reports, key=lambda report: report.validation_loss or 0)
    assert run.folder.best() == best.iteration
    assert best.best
    held_out = score(run.network("best"), "stream", 5, run.parts.validation)
    assert best.validation_loss == float(np.mean(held_out))


def test_the_saved_network_is_the_one_that_was_scored(trained: Train) -> None:
    run = trained(iterations=1)
    assert isinstance(run.network(1), Network)
    lines = (run.folder.path / "history.jsonl").read_text().splitlines()
    assert json.loads(lines[0]) == run.history[0]


def test_without_validation_there_is_no_figure(train_small: Train) -> None:
    reports: list[Report] = []
    run = train_small(validation=0, on_report=reports.append)
    assert [report.validation_loss for report in reports] == [None, None]
    assert [report.bits_per_character for report in reports] == [None, None]
    assert run.folder.best() == 2


def test_a_file_validates(train_small: Train, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("Alice sees me. " * 9)
    run = train_small(validation=tmp_path / "other.txt")
    assert len(run.parts.validation.ids) == len("Alice sees me. " * 9) - 1  # the last space is stripped
    assert len(run.parts.training) == len(run.text) - len(run.parts.validation.ids)
    assert run.history[0]["validation_loss"] > 0


def test_several_books(book: Path, tmp_path: Path) -> None:
    (tmp_path / "second.txt").write_text("Zebras sleep. " * 40)
    books = [book, tmp_path / "second.txt"]
    run = chargen.train(books, checkpoints=tmp_path / "checkpoints", units=5, seqlen=10, iterations=1)
    assert run.name == "garden+second-gru"
    assert [document.name for document in run.documents] == ["garden", "second"]
    assert "Z" in run.vocabulary.characters
    assert run.separate
    assert len(run.parts.training.spans) == 2


def test_each_held_out_character_is_scored_however_short_the_first_book(book: Path, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("Alice sees me.", encoding="utf-8")
    books = [tmp_path / "note.txt", book]
    run = chargen.train(books, recipe="classic", units=5, seqlen=30, iterations=1, checkpoints=tmp_path / "c")
    scores = score(run.network(), "classic", 30, run.parts.validation)
    assert len(scores) == len(run.parts.validation.ids)
    assert [len(head) for head, _ in run.parts.validation.pieces()] == [13, 500]  # nothing of one before the other
    for head, place in run.parts.validation.pieces():
        text = np.concatenate([head, run.parts.validation.ids[place]])
        for end in {len(head), len(text) - 1}:
            logits, _ = run.network().last(text[None, max(0, end - 30) : end])
            p = np.exp(logits[0].astype(np.float64))
            expected = -math.log(p[text[end]] / p.sum())
            assert scores[place.start + end - len(head)] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("content", "message"), [(None, "is trained on"), ("爱丽丝", "nothing is left")])
def test_a_held_out_file_that_would_say_nothing(
    content: str | None, message: str, book: Path, train_small: Train, tmp_path: Path
) -> None:
    held_out = book
    if content is not None:
        held_out = tmp_path / "held_out.txt"
        held_out.write_text(content, encoding="utf-8")
    with pytest.raises(CorpusError, match=message):
        train_small(validation=held_out, ascii="drop")
    assert not (tmp_path / "checkpoints").exists()


def test_weights_that_are_no_numbers_are_never_saved(trained: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained(iterations=1)
    original = Engine.snapshot

    def poisoned(self: Engine, seconds: float) -> Snapshot:
        snapshot = original(self, seconds)
        snapshot.weights["readout.bias"][0] = np.inf
        return snapshot

    monkeypatch.setattr(Engine, "snapshot", poisoned)
    with pytest.raises(
        TrainingError, match=r"readout.bias has values that are no longer finite.*iteration 1 is intact"
    ):
        run.resume(iterations=1)
    assert run.folder.iterations() == [1]


def test_a_text_whose_training_part_is_too_short(train_small: Train, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"the training part has \d+ characters"):
        train_small(validation=0.999)
    with pytest.raises(SeedError, match="--sample-seed: nothing is left of ''"):
        train_small(sample_seed="")
    assert not (tmp_path / "checkpoints").exists()


@pytest.mark.parametrize("corpus", [[], b"x", [5]])
def test_what_is_no_corpus(corpus: Any, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="the corpus is"):
        chargen.train(corpus, checkpoints=tmp_path)


def test_books_with_long_names(tmp_path: Path) -> None:
    books = [tmp_path / f"{letter * 60}.txt" for letter in "ab"]
    for path in books:
        path.write_text(f"Once upon a time {path.name} " * 9, encoding="utf-8")
    run = chargen.train(books, units=4, seqlen=5, iterations=1, checkpoints=tmp_path / "c")
    assert run.name == f"{'a' * 40}+{'b' * 40}-gru"


def test_training_an_iteration_at_a_time(book: Path, tmp_path: Path) -> None:
    reports = chargen.training(book, units=5, seqlen=10, iterations=2, length=5, checkpoints=tmp_path / "c")
    assert next(reports).iteration == 1
    assert chargen.load(checkpoints=tmp_path / "c").folder.iterations() == [1]
    assert next(reports).iteration == 2
    assert next(reports, None) is None


def test_samples_do_not_disturb_training(trained: Train) -> None:
    first, second = trained("first"), trained("second", temperature=[0, 1.5], length=60)
    assert all(np.array_equal(first.folder.weights(2)[key], value) for key, value in second.folder.weights(2).items())


def test_a_finished_run_says_how_to_go_on(trained: Train) -> None:
    run = trained()
    with pytest.raises(
        RunError, match=rf"has finished its 2 iterations; train on with 'chargen resume {run.name} -n 10'"
    ):
        run.resume()
    run.resume(iterations=1)
    with pytest.raises(RunError, match=r"has finished its 3 iterations"):
        run.resume()


def test_a_loss_that_is_no_number_leaves_the_last_iteration(trained: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained(iterations=1)
    monkeypatch.setattr("chargen.trainer.engine.Engine.loss_sum", float("nan"))
    with pytest.raises(TrainingError, match=r"the loss became nan in iteration 2.*iteration 1 is intact"):
        run.resume(iterations=1)
    monkeypatch.undo()
    assert run.folder.iterations() == [1]
    assert run.sample(length=5)


@pytest.mark.parametrize("text", ["too short", "12345678901"])
def test_a_text_without_room_for_a_window(text: str, tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text(text)
    with pytest.raises(CorpusError, match=r"short.txt has \d+ characters of text; windows of 10 need at least 12"):
        chargen.train(tmp_path / "short.txt", seqlen=10, checkpoints=tmp_path / "c")
    assert not (tmp_path / "c").exists()


def test_a_sample_seed_of_unknown_characters_is_told_at_once(train_small: Train, tmp_path: Path) -> None:
    with pytest.raises(SeedError, match=r"ß"):
        train_small(sample_seed="ß")
    assert not (tmp_path / "checkpoints").exists()


def test_a_taken_name(book: Path, tmp_path: Path) -> None:
    create(book, name="mine", checkpoints=tmp_path)
    with pytest.raises(RunError, match=r"a run 'mine' exists"):
        chargen.train(book, name="mine", checkpoints=tmp_path)
    assert create(book, checkpoints=tmp_path).name == "garden-gru"
    assert create(book, checkpoints=tmp_path).name == "garden-gru-2"


def test_an_option_that_makes_no_sense(train_small: Train) -> None:
    with pytest.raises(OptionError, match=r"--dropout is 2"):
        train_small(dropout=2)
    with pytest.raises(UsageError, match="leave nothing to learn from"):
        train_small(validation=0.6, test=0.4)


def test_patience_ends_training_and_the_best_iteration_is_kept(train_small: Callable[..., Run]) -> None:
    # Steps far too large: the loss soon stops falling.
    run = train_small(iterations=30, patience=2, learning_rate=0.5, schedule="constant")
    losses = [line["validation_loss"] for line in run.history]
    assert len(losses) < 30
    assert int(np.argmin(losses)) == len(losses) - 3
    assert run.stopped_early()
    with pytest.raises(RunError, match=r"stopped early after iteration .* 'chargen resume .* -n 10'"):
        run.resume()
    run.resume(2)
    assert len(run.history) == len(losses) + 2


@pytest.fixture
def validation_losses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The validation loss of each iteration, for a test to fill in."""
    losses: list[float] = []

    def told(run: Run, network: Network, part: HeldOut) -> float | None:
        return losses[len(run.folder.iterations())] if part is run.parts.validation else None

    monkeypatch.setattr("chargen.text.learning._mean_score", told)
    return losses


def test_three_iterations_and_three_more_wait_as_long_as_six(
    train_small: Callable[..., Run], validation_losses: list[float]
) -> None:
    validation_losses += [1.0, 0.9, 1.1, 1.2, 1.3, 1.4]
    assert len(train_small(iterations=6, patience=2).history) == 4
    parts = train_small(iterations=3, patience=2)
    assert not parts.stopped_early()
    assert len(parts.resume(3).history) == 4


def test_a_plan_that_is_done_did_not_stop_early(
    train_small: Callable[..., Run], validation_losses: list[float]
) -> None:
    validation_losses += [1.0, 0.9, 1.1, 1.2]
    run = train_small(iterations=4, patience=2)
    assert run.out_of_patience()
    assert not run.stopped_early()
    with pytest.raises(RunError, match="has finished its 4 iterations"):
        run.resume()


def test_more_iterations_after_an_early_stop_are_waited_for_anew_even_after_an_interrupt(
    train_small: Callable[..., Run], validation_losses: list[float]
) -> None:
    validation_losses += [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6]
    run = train_small(iterations=9, patience=2)
    assert len(run.history) == 3

    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.resume(3, on_progress=interrupt)
    assert len(run.history) == 3
    assert not run.stopped_early()
    run.resume()
    assert len(run.history) == 5
    assert run.stopped_early()


def test_the_length_of_the_text_chooses_the_defaults(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = create(book, checkpoints=tmp_path / "runs", corpora=tmp_path)
    monkeypatch.setattr("chargen.text.settings.DEFAULTS", {**DEFAULTS, 1000: {"dropout": 0.25}})
    long = create(book, checkpoints=tmp_path / "runs", corpora=tmp_path)
    assert (short.model.dropout, long.model.dropout) == (DEFAULTS[0]["dropout"], 0.25)


def test_without_patience_training_goes_on(train_small: Callable[..., Run]) -> None:
    run = train_small(iterations=6, learning_rate=0.5, cell="rnn")
    assert len(run.history) == 6
    assert not run.stopped_early()


def test_patience_needs_something_held_out(train_small: Callable[..., Run], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing is held out"):
        train_small(patience=3, validation=0.0)
    held = tmp_path / "held.txt"
    held.write_text("Alice sees the clock. A queen paints me.", encoding="utf-8")
    assert train_small(patience=3, validation=str(held)).history
    with pytest.raises(UsageError, match="nothing is held out"):
        train_small(patience=3, validation=1e-6)


def test_the_history_tells_the_step_size(train_small: Callable[..., Run]) -> None:
    run = train_small(iterations=4, schedule="cosine", learning_rate=0.1, warmup=0)
    told = [line["learning_rate"] for line in run.history]
    assert told == sorted(told, reverse=True)
    assert told[-1] < 0.005


@pytest.mark.parametrize("schedule", ["plateau", "cosine", "inverse-time"])
def test_iterations_in_two_parts_follow_the_same_schedule(
    schedule: str, train_small: Callable[..., Run], validation_losses: list[float]
) -> None:
    validation_losses += [2.0, 2.1, 1.9, 1.8]  # a stall before the run is cut in two
    options = {"schedule": schedule, "schedule_iterations": 4, "learning_rate": 0.1, "cell": "rnn"}
    whole = train_small(name="whole", iterations=4, **options)
    assert len({line["learning_rate"] for line in whole.history}) > 1
    parts = train_small(name="parts", iterations=2, **options).resume(2)
    assert [line["learning_rate"] for line in whole.history] == [line["learning_rate"] for line in parts.history]
    for key, weight in whole.network("last").weights.items():
        assert np.array_equal(weight, parts.network("last").weights[key]), key


def test_the_step_size_that_is_told_is_the_one_that_was_taken(
    train_small: Callable[..., Run], validation_losses: list[float]
) -> None:
    validation_losses += [2.0, 2.1, 1.9]  # the second stalls, and halves the third's
    run = train_small(name="told", iterations=3, learning_rate=0.1, warmup=0, cell="rnn")
    assert [line["learning_rate"] for line in run.history] == pytest.approx([0.1, 0.1, 0.05])
