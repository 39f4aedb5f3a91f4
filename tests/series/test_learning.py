"""Training a run from a series: reported, saved, interrupted, resumed bit for bit."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chargen.errors import ChargenError, DamagedRunError, OptionError, RunError, SeriesError, TrainingError, UsageError
from chargen.series.learning import create, learn
from chargen.series.report import Report
from chargen.series.run import SeriesRun, load
from chargen.series.scoring import Origins
from chargen.series.series import Panel
from chargen.snapshot import Snapshot
from chargen.trainer import Progress
from chargen.trainer.engine import Engine
from tests.series import small
from tests.series.small import CHOSEN

Train = Callable[..., SeriesRun]


@pytest.fixture
def train(tmp_path: Path) -> Train:
    """Train on a small series, in a folder of the test's own."""

    def trained(
        on_progress: Any = None, data: Any = None, name: str | None = None, targets: int = 1, **options: Any
    ) -> SeriesRun:
        chosen = small.series(50, 2) if data is None else data
        run = create(chosen, checkpoints=tmp_path, name=name, targets=targets, **CHOSEN | {"dropout": 0.1} | options)
        list(learn(run, on_progress=on_progress))
        return run

    return trained


def again(run: SeriesRun, on_notice: Any = None) -> SeriesRun:
    return load(run.name, run.folder.path.parent, on_notice)


def assert_same(first: SeriesRun, second: SeriesRun) -> None:
    first, second = again(first), again(second)
    ours, theirs = first.folder.position(), second.folder.position()
    assert ours is not None
    assert theirs is not None
    assert (ours.iteration, ours.plan.iterations) == (theirs.iteration, theirs.plan.iterations)
    assert (ours.snapshot.batches, ours.snapshot.loss_sum) == (theirs.snapshot.batches, theirs.snapshot.loss_sum)
    for name in ("weights", "optimizer", "carry"):
        mine, others = getattr(ours.snapshot, name), getattr(theirs.snapshot, name)
        assert mine.keys() == others.keys()
        for key, value in mine.items():
            assert np.array_equal(value, others[key]), key
    timeless = ("iteration", "loss", "validation_loss", "validation_rmse", "learning_rate")
    for line, other in zip(first.history, second.history, strict=True):
        assert [line[key] for key in timeless] == [other[key] for key in timeless]
    for one, other_one in zip(first.predict(), second.predict(), strict=True):
        assert one.values.tobytes() == other_one.values.tobytes()


@pytest.fixture
def by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let progress be told after every batch."""
    monkeypatch.setattr("chargen.trainer.trainer.STRETCH_SECONDS", 0)


def at(iteration: int, error: BaseException) -> Callable[[Progress], None]:
    """Raise an error in the middle of an iteration."""

    def raising(progress: Progress) -> None:
        if progress.iteration == iteration and progress.done > progress.total // 2:
            raise error

    return raising


# tests/trainer goes on with every cell: what is stored of a cell is its states by name, and these two differ in number.
@pytest.mark.parametrize("cell", ["lstm", "lnrnn"])
def test_an_interrupt_loses_nothing(cell: str, train: Train, by_batch: None) -> None:
    whole = train(cell=cell)
    with pytest.raises(KeyboardInterrupt):
        train(at(2, KeyboardInterrupt()), cell=cell, name="stopped")
    stopped = load("stopped", whole.folder.path.parent)
    assert (len(stopped.history), stopped.folder.has_partial()) == (1, True)
    list(learn(stopped))
    assert_same(whole, stopped)
    assert not stopped.folder.has_partial()


def test_three_iterations_and_three_more_equal_six(train: Train) -> None:
    options = {"layers": 2, "recurrent_dropout": 0.1, "epochs": 2}
    whole, halves = (train(iterations=iterations, **options) for iterations in (6, 3))
    list(learn(again(halves), 3))
    assert_same(whole, halves)


OPTIONS: dict[str, dict[str, Any]] = {
    "sgd": {"optimizer": "sgd", "schedule": "inverse-time", "linear": "skip", "scaler": "sqrt", "validation": 0.0},
    "recursive": {"strategy": "recursive", "targets": 2, "optimizer": "rmsprop", "difference": 3, "linear": "none"},
    "seq2seq": {"strategy": "seq2seq"},
    "encoder-decoder": {"strategy": "encoder-decoder", "layers": 2},
    "vector": {"strategy": "vector", "linear": "none", "cell": "gru"},
    "bidirectional": {"encoder": "bidirectional", "cell": "lstm"},
    "conv": {"encoder": "conv", "cell": "gru", "strategy": "encoder-decoder"},
    "wavenet": {"encoder": "wavenet", "strategy": "seq2seq", "linear": "none", "dropout": 0.1},
    "sequence": {
        "learning": "sequence",
        "batch_size": 1,
        "strategy": "seq2seq",
        "optimizer": "nesterov",
        "learning_rate": 0.01,
    },
    "online": {"learning": "online", "batch_size": 1, "cell": "lstm"},
    "tutorial": {"protocol": "tutorial", "test": 0.3, "batch_size": 2, "output_activation": "tanh", "towers": 2},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_a_death_within_an_iteration_costs_what_came_after_the_last_save(
    options: dict[str, Any], train: Train, by_batch: None, tmp_path: Path
) -> None:
    # What a process that dies leaves is what its folder holds at that moment.
    def copy(progress: Progress) -> None:
        if progress.iteration == 2 and progress.done > progress.total // 2 and not (tmp_path / "dead").exists():
            shutil.copytree(tmp_path / "whole", tmp_path / "dead")

    whole = train(name="whole", checkpoint_every=1e-9, on_progress=copy, **options)
    dead = load("dead", tmp_path)
    position = dead.folder.position()
    assert position is not None
    assert (position.iteration, dead.folder.has_partial()) == (1, True)
    list(learn(dead))
    assert_same(whole, dead)


def test_saves_within_an_iteration_can_be_left_out(train: Train, by_batch: None, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        train(name="dead", checkpoint_every=0, on_progress=at(2, RuntimeError()))
    assert not load("dead", tmp_path).folder.has_partial()


@pytest.mark.parametrize("name", ["weights.safetensors", "state.json"])
def test_a_damaged_iteration_is_trained_again_to_the_same_bits(name: str, train: Train) -> None:
    whole, damaged = train(), train()
    (damaged.folder.path / "iterations" / "0002" / name).write_bytes(b"{}")
    notices: list[str] = []
    list(learn(again(damaged, notices.append)))
    assert_same(whole, damaged)
    assert "the state of training in iterations/0002 is skipped" in notices[0]


def test_a_damaged_file_falls_back_on_its_spare_copy(train: Train) -> None:
    run = train(iterations=1)
    before = run.predict().series[0].values.tolist()
    for name in ("values.safetensors", "series.json", "scaler.json", "run.json"):
        (run.folder.path / name).write_bytes(b"{}")
        notices: list[str] = []
        assert again(run, notices.append).predict().series[0].values.tolist() == before
        assert any(name in notice for notice in notices)
    for name in ("values.safetensors", "series.json", "scaler.json", "run.json"):
        shutil.copytree(run.folder.path, run.folder.path.with_name(name[:6]))
        (run.folder.path.with_name(name[:6]) / "spare" / name).unlink()
        with pytest.raises(DamagedRunError):
            load(name[:6], run.folder.path.parent, notices.append).predict()


def test_damaged_weights_of_the_best_are_skipped(train: Train) -> None:
    run = train(iterations=2)
    best = run.folder.best()
    (run.folder.path / "iterations" / f"{best:04d}" / "weights.safetensors").write_bytes(b"")
    notices: list[str] = []
    other = again(run, notices.append)
    assert other.pick("best")[0] == 3 - (best or 0)
    assert f"iteration {best} is skipped" in notices[-1]


def test_patience_ends_training_and_more_can_be_asked_for(train: Train) -> None:
    # A step size that throws the network about: nothing gets better than the first iterations.
    options = {"learning_rate": 3.0, "iterations": 30, "schedule": "constant", "clip_norm": 0.0}
    run = again(train(patience=2, **options))
    best = run.folder.best()
    assert run.done == (best or 0) + 2 < 30
    assert run.stopped_early()
    with pytest.raises(
        RunError, match=r"stopped early after iteration \d+ \(--patience 2\).* or forecast with 'chargen"
    ):
        learn(run)
    list(learn(run, 1))
    assert again(run).done == (best or 0) + 3
    plain = train(patience=0, **options | {"iterations": again(run).done})
    assert plain.history[-1]["validation_loss"] == again(run).history[-1]["validation_loss"]


def test_what_is_reported(tmp_path: Path) -> None:
    run = create(small.series(60, 2), checkpoints=tmp_path, **CHOSEN, validation=0.2, test=0.2)
    reports: list[Report] = list(learn(run, 3))
    assert run.history == [report.history() for report in reports]
    assert [report.iteration for report in reports] == [1, 2, 3]
    values, parts = small.wave(60, 2), run.parts
    assert (parts.training.end, parts.validation.end, parts.test.end) == ((36,), (48,), (60,))
    for report in reports:
        # The loss and the RMSE on the validation part, window by window.
        network, scaled = run.network(report.iteration), run.scaler.transform(values)
        outputs = np.array([network.last(scaled[None, o - 6 : o].astype(np.float32))[0][0] for o in range(36, 46)])
        truth = np.array([scaled[o : o + 3, 0] for o in range(36, 46)])
        assert report.validation_loss == pytest.approx(((outputs - truth) ** 2).mean(), rel=1e-4)
        errors = (outputs - truth) * values[:36, 0].std()
        assert report.validation_rmse == pytest.approx(np.sqrt((errors**2).mean()), rel=1e-4)
        assert report.seconds > 0
        assert report.windows_per_second > 0
        assert report.shown() == []
    best = min(reports, key=lambda report: report.validation_loss or 0)
    assert run.folder.best() == best.iteration
    assert best.best
    lines = (run.folder.path / "history.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == run.history


def test_the_loss_is_that_of_the_windows_learnt(tmp_path: Path) -> None:
    # With a step size of almost nothing the mean loss of an epoch is that of the weights at its start.
    options = CHOSEN | {"learning_rate": 1e-30, "batch_size": 1, "linear": "none"}
    run = create(small.series(60), checkpoints=tmp_path, **options)
    (report,) = learn(run, 1)
    windows = run.task.windows(run.parts.training)
    outputs, _ = run.network().last(windows.inputs)
    assert report.loss == pytest.approx(((outputs - windows.truth) ** 2).mean(), rel=1e-5)


def test_without_a_validation_part_there_is_no_figure(train: Train) -> None:
    run = train(validation=0.0)
    assert [(line["validation_loss"], line["validation_rmse"]) for line in run.history] == [(None, None)] * 2
    assert run.folder.best() == 2


def test_what_is_held_out_changes_no_weight_scaler_or_choice(tmp_path: Path) -> None:
    def trained(values: Any, name: str, **options: Any) -> SeriesRun:
        run = create(values, checkpoints=tmp_path, name=name, **small.SMALL | options, validation=0.2, test=0.2)
        list(learn(run))
        return run

    whole = small.wave(60)
    generator = np.random.default_rng(0)
    test, validation = whole.copy(), whole.copy()
    test[48:] = generator.uniform(-1e3, 1e3, (12, 1))
    validation[36:] = generator.uniform(0, 1e3, (24, 1))
    run, other_test = (trained(values, name) for values, name in ((whole, "a"), (test, "b")))
    # Nothing that is written depends on the test part, the best iteration included.
    assert other_test.settings == run.settings
    assert other_test.scaler == run.scaler
    assert other_test.folder.best() == run.folder.best()
    assert [line["validation_rmse"] for line in other_test.history] == [line["validation_rmse"] for line in run.history]
    for iteration in (1, 2):
        ours = run.folder.weights(iteration)
        assert all(np.array_equal(ours[key], value) for key, value in other_test.folder.weights(iteration).items())
    # The validation part chooses (test_choosing shows its say), and teaches nothing.
    fixed = [trained(values, name, **CHOSEN) for values, name in ((whole, "d"), (validation, "e"))]
    ours, theirs = (run.folder.weights(1) for run in fixed)
    assert all(np.array_equal(ours[key], value) for key, value in theirs.items())
    assert fixed[0].scaler == fixed[1].scaler
    assert fixed[0].history[0]["validation_loss"] != fixed[1].history[0]["validation_loss"]


def test_the_tutorials_protocol_leaks_and_would_be_found_out(tmp_path: Path) -> None:
    values = small.wave(60)
    changed = values.copy()
    changed[48:] *= 2
    runs = {}
    for protocol in ("honest", "tutorial"):
        for name, data in (("before", values), ("after", changed)):
            options = CHOSEN | {"scaler": "minmax", "protocol": protocol, "test": 0.2, "validation": 0.0}
            run = create(data, checkpoints=tmp_path, name=f"{protocol}-{name}", **options)
            list(learn(run, 1))
            runs[protocol, name] = run
    for protocol, same in (("honest", True), ("tutorial", False)):
        before, after = runs[protocol, "before"], runs[protocol, "after"]
        assert (before.scaler == after.scaler) == same
        weights = after.folder.weights(1)
        assert all(np.array_equal(weights[key], value) for key, value in before.folder.weights(1).items()) == same
    tutorial = runs["tutorial", "before"]
    assert tutorial.parts.validation == tutorial.parts.test
    assert tutorial.history[0]["validation_loss"] is not None
    assert runs["honest", "before"].history[0]["validation_loss"] is None
    assert tutorial.scaler.offset[0] + tutorial.scaler.scale[0] == values.max()


def test_origins_of_a_run_are_those_of_the_reference(tmp_path: Path) -> None:
    run = create(small.series(61), checkpoints=tmp_path, **CHOSEN, test=0.2)
    assert Origins.of(run.parts.test, 6, 3).places[0].tolist() == list(range(48, 59))


def test_weights_that_are_no_numbers_are_never_saved(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    run = train(iterations=1)
    original = Engine.snapshot

    def poisoned(self: Engine, seconds: float) -> Snapshot:
        snapshot = original(self, seconds)
        snapshot.weights["readout.bias"][0] = np.inf
        return snapshot

    monkeypatch.setattr(Engine, "snapshot", poisoned)
    with pytest.raises(TrainingError, match=r"no longer finite.*iteration 1 is intact"):
        list(learn(run, 1))
    assert run.folder.iterations() == [1]


def test_a_finished_run_is_told_how_to_go_on(train: Train) -> None:
    with pytest.raises(RunError, match=r"has finished its 2 iterations; .*resume waves-rnn -n 10', or forecast with"):
        learn(train())


def test_keep_thins_the_weights(train: Train) -> None:
    run = train(iterations=4, keep=2)
    assert run.folder.with_weights() == sorted({run.folder.best() or 0, 3, 4})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cell": "lstm"}, "run 'waves-rnn' is trained with --cell rnn, not lstm; leave that out, or train a new run"),
        ({"window": 7}, "is trained with --window 6, not 7"),
        ({"split": "series"}, "is trained with --split time, not series"),
        ({"recipe": "stream"}, "is trained with --recipe classic, not stream"),
        ({"nonsense": 1}, "--nonsense is no option of series run 'waves-rnn'"),
        ({"keep": 1}, "--keep is 1"),
        ({"iterations": 0}, "--iterations is 0; it takes a whole number from 1 up"),
    ],
)
def test_another_setting_is_another_run(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    run = create(small.series(50), checkpoints=tmp_path, **CHOSEN)
    with pytest.raises(OptionError, match=message):
        learn(run, **options)
    assert len(list(learn(run, 1, cell="rnn", window=6, checkpoint_every=0))) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [("waves", "waves-rnn"), ("Preis (€)", "Preis-rnn"), ("---", "series-rnn"), ("é" * 60, "é" * 40 + "-rnn")],
)
def test_a_run_is_called_after_its_series(name: str, expected: str, tmp_path: Path) -> None:
    panel = Panel((small.series(50),), name)
    assert create(panel, checkpoints=tmp_path, **CHOSEN).name == expected
    assert create(panel, checkpoints=tmp_path, **CHOSEN).name == f"{expected}-2"
    with pytest.raises(RunError, match=r"a run .* exists in"):
        create(panel, checkpoints=tmp_path, name=expected, **CHOSEN)


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (np.ones(50), {}, "column 'value' is always 1 in the training part: there is nothing to learn; choose"),
        (small.wave(9), {}, "the training part has 8 steps at most, and a forecast takes 9"),
        (small.wave(50), {"horizon": 0}, "--horizon is 0; it takes a whole number from 1 to 1,000,000"),
        (small.wave(50), {"horizon": 60}, "the training part has 45 steps at most, and a forecast takes 66"),
        (small.wave(50), {"window": 60}, "the training part has 45 steps at most, and a forecast takes 63"),
        (small.wave(50) * 1e150, {}, r"series has .*e\+151 in column 'value' at row 1, whose square is beyond all"),
        (small.wave(50) - 20, {"scaler": "sqrt"}, "--scaler sqrt takes values from 0 up: use --scaler standard"),
        (small.wave(50), {"difference": 60}, "differences of 60 steps need a training part of more than 60 values"),
        (small.wave(50), {"split": "series"}, "--split series cannot cut 1 series"),
        (small.wave(50), {"units": 0}, "--units is 0"),
        (small.wave(50), {"unit": 5}, r"no option 'unit' \(did you mean 'units'"),
        (small.wave(50), {"seqlen": 5}, "no option 'seqlen'"),
        (small.wave(50), {"targets": 2}, "targets is 2; it takes a whole number from 1 to 1"),
        (small.wave(50), {"patience": 3, "validation": 0.0}, "--patience 3 waits for a better validation loss, and"),
        ([], {}, "series is empty"),
        (["a"], {}, "no table of numbers|holds .* where numbers belong"),
    ],
)
def test_what_cannot_be_learnt(data: Any, options: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ChargenError, match=message) as refused:
        create(data, checkpoints=tmp_path / "runs", **CHOSEN | options)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "runs").exists()
    kind = UsageError if "patience" in options else OptionError if "--" in message[:3] else ChargenError
    assert isinstance(refused.value, kind | SeriesError)


def test_the_step_size_that_is_told_is_the_one_that_was_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    losses = iter([2.0, 2.1, 1.9])  # the second stalls, and halves the third's
    monkeypatch.setattr("chargen.series.learning.loss_on", lambda *_: next(losses))
    options = CHOSEN | {"schedule": "plateau", "learning_rate": 0.1, "warmup": 0, "patience": 0, "iterations": 3}
    run = create(small.series(60), checkpoints=tmp_path, **options)
    assert [report.learning_rate for report in learn(run)] == pytest.approx([0.1, 0.1, 0.05])
