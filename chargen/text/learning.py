"""Text training: a run is made, learns iteration by iteration; each is scored, sampled, saved and reported."""

import math
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from chargen.config import require
from chargen.errors import CorpusError, OptionError, UsageError
from chargen.learning import OnProgress
from chargen.learning import learn as learn_on
from chargen.network import ModelConfig, Network
from chargen.randomness import Purpose, generator
from chargen.runs import INITIAL, Store, pack
from chargen.snapshot import Snapshot
from chargen.text.corpus import Corpus
from chargen.text.decoding import Decoding
from chargen.text.forking import refuse_changes
from chargen.text.gathering import OnBytes, Source, find, gather, title_of
from chargen.text.report import Report, Sample
from chargen.text.restoring import Reference
from chargen.text.run import Run
from chargen.text.sampling import chance, continuations, warm
from chargen.text.scoring import bits, score
from chargen.text.seeds import encode_text
from chargen.text.settings import settle
from chargen.text.split import HeldOut, hold_out, split
from chargen.text.warm_start import adopted, defaults, refuse_leak, start
from chargen.trainer import Crew, Trainer, next_characters
from chargen.windows import Examples

OnReport: TypeAlias = Callable[[Report], None]


def create(
    corpus: Source | Sequence[Source],
    *,
    name: str | None = None,
    from_run: str | Run | None = None,
    preset: str | None = None,
    corpora: str | Path = "corpora",
    checkpoints: str | Path = "checkpoints",
    on_notice: Callable[[str], None] | None = None,
    on_download: OnBytes | None = None,
    on_encode: OnBytes | None = None,
    on_prepared: Callable[[Mapping[str, Any]], None] | None = None,
    **options: Any,
) -> Run:
    """Make a run that is ready to train.

    Args:
        corpus: What to learn: a path, a folder, a pattern, `-`, a title, a Gutenberg number or URL, a Corpus, or
            several of these. What is longer than 64 MiB altogether is encoded once, in a folder in `corpora`.
        name: The run's name; corpus-cell, numbered if taken, when left out.
        from_run: A run, or its name, whose network the new one starts with (`--from`: `from` is a word of Python's);
            see `chargen.text.warm_start`.
        preset: Settings that go together, such as `textbook`.
        corpora: The folder of books.
        checkpoints: The folder of runs.
        on_notice: Told what the user should know, such as that an excerpt stands in for a book.
        on_download: Told the bytes received and expected while a book is fetched.
        on_encode: Told the bytes done and, where known, all bytes while long texts are read and encoded.
        on_prepared: Told the sections of run.json, before anything of the run is written.
        **options: The options of `chargen train`, `_` for `-`.

    Returns:
        The run, without iterations.

    Raises:
        ChargenError: An option or a text cannot be used, or the run cannot be written.
    """
    store = Store(Path(checkpoints), on_notice)
    require(from_run is None or isinstance(from_run, str | Run), "--from", from_run, "a run or its name")
    header, files, title = prepare(
        corpus,
        parent=Run(store.open(from_run, Run.kind)) if isinstance(from_run, str) else from_run,
        preset=preset,
        corpora=corpora,
        on_notice=on_notice,
        on_download=on_download,
        on_encode=on_encode,
        **options,
    )
    if on_prepared:
        on_prepared(header)
    return Run(store.create(Run.kind, header, files, name, title))


def prepare(
    corpus: Source | Sequence[Source],
    *,
    parent: Run | None = None,
    preset: str | None = None,
    corpora: str | Path = "corpora",
    on_notice: Callable[[str], None] | None = None,
    on_download: OnBytes | None = None,
    on_encode: OnBytes | None = None,
    **options: Any,
) -> tuple[dict[str, Any], dict[str, bytes], str]:
    """Make what a run starts from, and refuse what it could not learn; nothing is written.

    Args:
        corpus: As for `create`.
        parent: The run of a warm start.
        preset: As for `create`.
        corpora: As for `create`.
        on_notice: As for `create`.
        on_download: As for `create`.
        on_encode: As for `create`.
        **options: As for `create`; `validation` and `test` may be a Corpus too.

    Returns:
        The sections of run.json, the files beside it by name, and the name of a run that is given none.

    Raises:
        ChargenError: An option or a text cannot be used.
    """
    options |= {} if parent is None else adopted(parent, options)
    inherited = {} if parent is None else defaults(parent, options, preset)
    held_out = str | Path | Corpus
    files = {part: options.pop(part) for part in ("validation", "test") if isinstance(options.get(part), held_out)}
    options |= dict.fromkeys(files, 0.0)
    settings = settle(options, preset, 0, inherited)
    sources = [corpus] if isinstance(corpus, str | Path | Corpus) else list(corpus)
    if not sources or not all(isinstance(source, str | Path | Corpus) for source in sources):
        raise OptionError(f"the corpus is {corpus!r}; it takes a path, a title, a number, a URL, or several of these")
    texts = find(sources, files, Path(corpora), on_notice, on_download, on_encode)
    known = "" if parent is None else parent.vocabulary.characters
    gathered = gather(texts, settings.normalising, Path(corpora), known, on_encode)
    vocabulary, characters = gathered.vocabulary, len(gathered.ids)
    settings = settle(options, preset, characters, inherited)
    training = settings.training
    if characters < training.seqlen + 2:
        raise CorpusError(
            f"{gathered.documents[0].source} has {characters} characters of text; windows of {training.seqlen} need "
            f"at least {training.seqlen + 2}: give a longer text or a shorter --seqlen"
        )
    documents = hold_out(gathered.documents, training.validation, training.test)
    separate = sum(document.part in ("book", "training") for document in documents) > 1
    # What would stop training is told now: before a run is made, before an iteration is trained for nothing.
    boundary = settings.normalising.boundary is not None
    parts = split(gathered.ids, documents, training.validation, training.test, 1, separate, boundary)
    next_characters(parts.training, training, separate)
    if settings.samples.sample_seed is not None:
        encode_text(settings.samples.sample_seed, vocabulary, settings.normalising, "--sample-seed")
    if training.patience and not len(parts.validation.ids):
        raise UsageError(
            f"--patience {training.patience} waits for a better validation loss, and nothing is held out; "
            "give --validation 0.1, or leave --patience out"
        )
    model = ModelConfig(inputs=len(vocabulary), outputs=len(vocabulary), **settings.model)
    header = settings.sections(model) | {
        "corpus": {
            "characters": characters,
            "distinct": gathered.distinct,
            "separate": separate,
            "documents": [asdict(document) for document in documents],
        }
    }
    files_of_run = {"vocabulary.json": vocabulary.to_json().encode()}
    if gathered.encoded is not None:
        header["corpus"]["encoded"] = asdict(Reference.to(gathered.encoded, known))
    else:
        files_of_run["corpus.txt"] = gathered.kept()
    if parent is not None:
        refuse_leak(parent, documents, training, parts, vocabulary, on_notice)
        section, weights = start(parent, vocabulary, model, training.random_seed)
        header["parent"] = asdict(section)
        files_of_run[INITIAL] = pack(weights)
    title = title_of(sources, [document for document in documents if document.part in ("book", "training")])
    return header, files_of_run, f"{title}-{model.cell}"


def training(
    corpus: Source | Sequence[Source],
    *,
    on_progress: OnProgress | None = None,
    **options: Any,
) -> Generator[Report, None, None]:
    """Train a new run, an iteration at a time; each is saved before it is reported.

    Args:
        corpus: What to learn, as for `create`.
        on_progress: Called several times a second.
        **options: The other arguments of `create`, and with them the options of `chargen train`.

    Returns:
        An iterator over the iterations' reports; closing it ends the training there.
    """
    return learn(create(corpus, **options), on_progress=on_progress)


def train(
    corpus: Source | Sequence[Source],
    *,
    on_report: OnReport | None = None,
    on_progress: OnProgress | None = None,
    **options: Any,
) -> Run:
    """Train a new run to the end.

    Args:
        corpus: What to learn, as for `create`.
        on_report: Called after each iteration.
        on_progress: Called several times a second.
        **options: The other arguments of `create`, and with them the options of `chargen train`.

    Returns:
        The run.
    """
    return create(corpus, **options).resume(on_report=on_report, on_progress=on_progress)


def learn(
    run: Run,
    iterations: int | None = None,
    on_progress: OnProgress | None = None,
    crew: Callable[[], Crew] | None = None,
    **options: Any,
) -> Generator[Report, None, None]:
    """Train a run on from where it stands; see `chargen.learning.learn`.

    Args:
        run: The run.
        iterations: So many more; up to the end of the plan when left out.
        on_progress: Called several times a second.
        crew: As for `chargen.learning.learn`.
        **options: `checkpoint_every` and `keep`, for this time; other settings have to be the run's.

    Returns:
        An iterator over the iterations' reports.

    Raises:
        OptionError: A setting differs from the run's.
        RunError: All planned iterations are done already, the run is damaged, or it is being trained elsewhere.
    """
    saving = {key: value for key in ("checkpoint_every", "keep") if (value := options.pop(key, None)) is not None}
    refuse_changes(run, options)

    return learn_on(run, partial(lessons, run), partial(_report, run), iterations, on_progress, saving, crew)


def lessons(run: Run) -> Examples:
    """Make what a run learns from; a text that it keeps no copy of has to be what it was when the run began.

    Args:
        run: The run.

    Returns:
        Windows of its training part.

    Raises:
        CorpusError: The text has changed, or is gone.
    """
    if run.folder.position() is not None:
        run.restore()
    return next_characters(run.parts.training, run.training_config, run.separate)


def _report(run: Run, iteration: int, snapshot: Snapshot, trainer: Trainer, losses: Sequence[float]) -> Report:
    config = run.training_config
    network = Network(run.model, snapshot.weights)
    validation, test = (_mean_score(run, network, part) for part in (run.parts.validation, run.parts.test))
    return Report(
        iteration=iteration,
        loss=snapshot.loss_sum / trainer.examples.batches,
        validation_loss=validation,
        bits_per_character=None if validation is None else bits(validation),
        test_loss=test,
        learning_rate=trainer.learning_rate(iteration, losses),
        seconds=round(snapshot.seconds, 3),
        characters_per_second=round(trainer.targets * config.epochs / max(snapshot.seconds, 1e-9)),
        best=validation is None or validation < min(losses, default=math.inf),
        samples=tuple(_samples(run, iteration, network)),
    )


def _mean_score(run: Run, network: Network, held_out: HeldOut) -> float | None:
    if not len(held_out.ids):
        return None
    config = run.training_config
    return float(np.mean(score(network, config.recipe, config.seqlen, held_out)))


def _samples(run: Run, iteration: int, network: Network) -> Iterator[Sample]:
    config, random_seed = run.sample_config, run.training_config.random_seed
    if config.sample_seed is None:
        seed = run.random_place(generator(random_seed, Purpose.SAMPLES, iteration))
    else:
        seed = encode_text(config.sample_seed, run.vocabulary, run.normalising, "--sample-seed")
    for index, temperature in enumerate(config.temperature):
        uniforms = chance(generator(random_seed, Purpose.SAMPLES, iteration, index))
        stepper, logits = warm(network, run.window(), seed)
        steps = islice(
            continuations(stepper, logits, Decoding(temperature, never=run.vocabulary.unknown_id), uniforms),
            config.length,
        )
        text = run.vocabulary.decode([int(ids) for ids, _ in steps])
        yield Sample(temperature, run.vocabulary.decode(seed), text)
