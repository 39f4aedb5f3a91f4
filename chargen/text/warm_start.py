"""A warm start (`chargen train BOOK --from RUN`): a new run that begins with the network of another."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from chargen.errors import CorpusError, UsageError
from chargen.network import ModelConfig, initial_weights
from chargen.randomness import Purpose, generator
from chargen.text.decode import LIMIT
from chargen.text.normalise import Normalising, normalise
from chargen.text.novelty import seen
from chargen.text.parent import Parent
from chargen.text.run import Run
from chargen.text.settings import PRESETS, default, spelled
from chargen.text.split import Document, Parts
from chargen.text.vocabulary import Vocabulary
from chargen.trainer import TrainConfig
from chargen.trainer.config import LEARNING_RATES
from chargen.types import Floats, Ids, Tensors

# What is left of the optimizer's usual step size, and the patience (scripts/RESULTS.md has the measurements).
RATE = 0.5
PATIENCE = 5
# What the weights are made of: a warm start takes it from the parent.
NETWORK = ("cell", "units", "layers", "activation")
# Share of a held-out part that the parent may have learnt before the part's figure says nothing.
LEAK = 0.05


def adopted(parent: Run, options: Mapping[str, Any]) -> dict[str, Any]:
    """Take the network's form from the parent.

    Args:
        parent: The run that is started from.
        options: What was asked for, by the command line's option names; None counts as not given.

    Returns:
        What decides the shapes of the weights.

    Raises:
        UsageError: Another network is asked for.
    """
    own = asdict(parent.model)
    given = {key: options[key] for key in NETWORK if options.get(key) is not None}
    settled = asdict(ModelConfig(inputs=1, outputs=1, **given))  # an alias is the cell that it names
    for key in given:
        if settled[key] != own[key]:
            raise UsageError(
                f"--{key} {settled[key]} is not what run {parent.name!r} has: {own[key]}; its weights fit no other "
                f"network: leave --{key} out, or --from to start from scratch"
            )
    return {key: own[key] for key in NETWORK}


def defaults(parent: Run, options: Mapping[str, Any], preset: str | None) -> dict[str, Any]:
    """Tell what a warm start has where neither its user nor a preset says otherwise.

    Args:
        parent: The run that is started from: the text is prepared as its text was.
        options: What was asked for.
        preset: A key of PRESETS; what is none is refused where the settings are settled, and so is any wrong option.

    Returns:
        Settings by option.
    """
    asked = {**PRESETS.get(str(preset), {}), **spelled(options)}
    usual = LEARNING_RATES.get(str(asked.get("optimizer", default("optimizer"))))
    rate = {} if usual is None else {"learning_rate": RATE * usual}
    # Without a validation part there is nothing to wait for.
    patience = {"patience": PATIENCE} if asked.get("validation", default("validation")) != 0 else {}
    return {**asdict(parent.normalising), **rate, **patience}


def start(parent: Run, vocabulary: Vocabulary, model: ModelConfig, random_seed: int) -> tuple[Parent, Tensors]:
    """Make the weights that a warm start begins with: the parent's best, each known character's in its new place.

    Args:
        parent: The run that is started from.
        vocabulary: The new vocabulary, which has all of the parent's characters.
        model: The network of its size.
        random_seed: Where the new characters' weights come from.

    Returns:
        What run.json says of it; float32 by key, of the shapes of `model.shapes()`.

    Raises:
        RunError: The parent has no finished iteration, or is damaged.
    """
    iteration, network = parent.pick()
    places = vocabulary.encode(parent.vocabulary.characters)
    chance = initial_weights(model, generator(random_seed, Purpose.WEIGHTS))
    weights = {key: moved(weight, chance[key], places) for key, weight in network.weights.items()}
    new = "".join(parent.vocabulary.lacking(vocabulary.characters))
    own = {document.sha256: document.name for document in parent.documents if document.part in ("book", "training")}
    before = parent.parent.learnt if parent.parent else {}
    return Parent(parent.name, iteration, "warm start", new, {**before, **own}), weights


def refuse_leak(
    parent: Run,
    documents: Sequence[Document],
    training: TrainConfig,
    parts: Parts,
    vocabulary: Vocabulary,
    on_notice: Callable[[str], None] | None,
) -> None:
    """Refuse to hold out what the parent has learnt: the figure would be of a text known by heart.

    Letters and digits are compared, so that another edition of the same book is found too. Of the parent's own parents
    only the sha256 of their texts is known.

    Args:
        parent: The run that is started from.
        documents: The new run's texts.
        training: Its settings of training: whether a share of each is held out.
        parts: Its parts.
        vocabulary: Its vocabulary.
        on_notice: Told when a little of what is held out was learnt.

    Raises:
        CorpusError: More than LEAK of a held-out part was learnt.
    """
    remedy = "hold out what it has not learnt (--validation FILE), or nothing: --validation 0"
    # What the parent held out of its own text, its own parents had not learnt: that was checked when it was made.
    earlier = set(parent.parent.learnt if parent.parent else ()) - {document.sha256 for document in parent.documents}
    # Whatever is compared below: only the end of a long text is.
    whole = {document.sha256 for document in parent.documents if document.part == "training"}
    for document in documents:
        cut = document.part == "book" and (training.validation or training.test)
        if (cut or document.part in ("validation", "test")) and document.sha256 in earlier | whole:
            who = f"run {parent.name!r}" if document.sha256 in whole else f"a run that {parent.name!r} started from"
            raise CorpusError(f"{document.source} was learnt by {who}, so a figure of it would say nothing; {remedy}")
    learnt = parent.parts.training.tail(LIMIT)
    for name, part in (("validation", parts.validation), ("test", parts.test)):
        share = seen(_letters(vocabulary, part.ids), _letters(parent.vocabulary, learnt))
        told = f"about {100 * share:.3g} % of the {name} part stands in what run {parent.name!r} has learnt"
        if share > LEAK:
            raise CorpusError(f"{told}: the figure would be of a text known by heart; {remedy}")
        if share and on_notice:
            on_notice(f"{told}: the figure flatters")
        # What chose the parent's iteration has chosen something, and a test part must not have.
        learnt = np.concatenate([learnt, parent.parts.validation.ids])


def moved(weight: Floats, fresh: Floats, places: Ids) -> Floats:
    """Put a weight into one of a larger vocabulary.

    Args:
        weight: The weight; where the shapes differ, an axis has a place a character.
        fresh: What new characters start from, of the new shape.
        places: The new ids of the known characters, int32 (n,).

    Returns:
        The new weight.
    """
    grown = np.array(fresh)
    axes = zip(weight.shape, fresh.shape, strict=True)
    grown[np.ix_(*(np.arange(new) if old == new else places for old, new in axes))] = weight
    return grown


def _letters(vocabulary: Vocabulary, ids: Ids) -> str:
    plain = normalise(vocabulary.decode(ids), Normalising(lowercase=True, ascii="transliterate", keep_licence=True))
    return re.sub(r"[^a-z0-9]+", "", plain)
