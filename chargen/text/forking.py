"""Other settings for a trained run: refused where it goes on, the start of a new run otherwise."""

from collections.abc import Mapping
from dataclasses import asdict
from hashlib import file_digest
from pathlib import Path
from typing import Any

from chargen.config import require
from chargen.errors import CorpusError, OptionError
from chargen.network import ModelConfig
from chargen.runs import INITIAL, Store, pack
from chargen.text.packed import opened
from chargen.text.parent import Parent
from chargen.text.run import Run
from chargen.text.settings import DECIDED, Settings, settle, spelled

# What the weights are made of and the text that they know; another part held out would have been trained on.
KEPT = (
    *("cell", "units", "layers", "activation"),
    *("lowercase", "ascii", "join_lines", "keep_licence", "max_vocabulary", "boundary", "validation", "test"),
)
# Settings whose default hangs on another's value: where that changes, they start from the default again.
FOLLOWS = {
    "learning_rate": "optimizer",
    "weight_decay": "optimizer",
    "batch_size": "recipe",
    "schedule_iterations": "iterations",
}


def refuse_changes(run: Run, options: Mapping[str, Any]) -> None:
    """Refuse settings that a run was not trained with: going on would not give what never stopping gives.

    Args:
        run: The run.
        options: By the command line's option names, `_` for `-`; None counts as not given.

    Raises:
        OptionError: A value differs from the run's.
    """
    changed = _changes(run, options)
    if changed:
        fork = "".join(f" {_typed(key, asked)}" for key, (_, asked) in changed.items() if key not in KEPT)
        instead = f"start a new run from its weights: chargen resume {run.name} --fork NEW-NAME{fork}"
        raise OptionError(
            f"run {run.name!r} is trained with {_told(changed)}; resume goes on with what it has. Leave that out, or "
            + (instead if fork else "train a new run: chargen train")
        )


def fork(run: Run, name: str, **options: Any) -> Run:
    """Make a new run that starts from a run's best weights, with other settings of training.

    It has the same text, held-out parts and network; its optimizer, schedule and history begin anew.

    Args:
        run: The run whose weights are taken.
        name: The new run's name.
        **options: What is to change, as for `chargen.train`.

    Returns:
        The new run, without iterations.

    Raises:
        OptionError: A value makes no sense, or the weights do not allow it.
        RunError: The name is taken, or the run has no weights yet.
    """
    require(isinstance(name, str), "--fork", name, "the new run's name")
    changed = _changes(run, options)
    fixed = {key: values for key, values in changed.items() if key in KEPT}
    if fixed:
        raise OptionError(
            f"run {run.name!r} is trained with {_told(fixed)}; a fork keeps the network, the text and what is "
            "held out: leave that out, or train a new run with 'chargen train'"
        )
    settings = _settle(run, {key: value for key, value in options.items() if key not in KEPT})
    iteration, network = run.pick()
    header = settings.sections(_model(run, settings)) | {
        "corpus": run.folder.header()["corpus"],
        "parent": asdict(Parent(run.name, iteration, learnt=run.parent.learnt if run.parent else {})),
    }
    content = {file: run.folder.read(file) for file in _texts(run)}
    store = Store(run.folder.path.parent, run.folder.on_notice)
    return Run(store.create(Run.kind, header, content | {INITIAL: pack(dict(network.weights))}, name, name))


def _texts(run: Run) -> tuple[str, ...]:
    return ("vocabulary.json",) if run.encoded else ("corpus.txt", "vocabulary.json")


def _settle(run: Run, options: Mapping[str, Any]) -> Settings:
    given = spelled(options)
    saved = _flat(run)
    changed = {key for key, value in given.items() if saved.get(key) != value}
    for key, cause in FOLLOWS.items():
        if cause in changed:
            del saved[key]
    return settle(saved | given, characters=run.characters)


def _changes(run: Run, options: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Find what differs, as (the run's value, the value asked for) by option."""
    given = spelled(options)
    files = {part: given.pop(part) for part in ("validation", "test") if isinstance(given.get(part), str | Path)}
    settings, saved = _settle(run, given), _flat(run)
    sections = settings.sections(_model(run, settings))
    settled = {key: value for section in sections.values() for key, value in section.items()}
    changed = {key: (saved[key], settled[key]) for key in given if settled[key] != saved[key]}
    others = {part: file for part, file in files.items() if not _is_held_out(run, part, Path(file))}
    return changed | {part: (saved[part], str(file)) for part, file in others.items()}


def _is_held_out(run: Run, part: str, file: Path) -> bool:
    """Tell whether a file is what the run holds out."""
    try:
        with opened(file) as content:
            found = file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]  # all of them have readinto
    except CorpusError:
        return False
    return found in [document.sha256 for document in run.documents if document.part == part]


def _model(run: Run, settings: Settings) -> ModelConfig:
    return ModelConfig(inputs=run.model.inputs, outputs=run.model.outputs, **settings.model)


def _flat(run: Run) -> dict[str, Any]:
    sections = (run.model, run.training_config, run.normalising, run.sample_config, run.save_config)
    return {key: value for section in sections for key, value in asdict(section).items() if key not in DECIDED}


def _told(changed: Mapping[str, tuple[Any, Any]]) -> str:
    return ", ".join(f"{_typed(key, saved)}, not {_shown(asked)}" for key, (saved, asked) in changed.items())


def _typed(key: str, value: Any) -> str:
    several = value if isinstance(value, tuple) else (value,)
    return " ".join(f"--{key.replace('_', '-')} {_shown(item)}" for item in several)


def _shown(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
