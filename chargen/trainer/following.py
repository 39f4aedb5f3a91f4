"""A follower: it does what the chief does, with its own rows of the batch, until the chief dismisses it."""

from chargen.cluster import Link, Message
from chargen.cluster.collective import Collective
from chargen.errors import WorkerError
from chargen.network import ModelConfig
from chargen.randomness import Purpose, generator
from chargen.trainer.config import TrainConfig
from chargen.trainer.crew import from_message, rows
from chargen.trainer.engine import Engine
from chargen.trainer.trainer import example, require_fit
from chargen.windows import Examples


def follow(model: ModelConfig, train: TrainConfig, examples: Examples, chief: Link, collective: Collective) -> Message:
    """Train along.

    Args:
        model: The network's settings.
        train: The settings of training.
        examples: What all learn from.
        chief: The connection to it.
        collective: What adds up over all workers.

    Returns:
        The chief's farewell.

    Raises:
        WorkerError: Somebody is gone, or the chief ended with an error.
    """
    index, size = collective.index, collective.size
    told = chief.receive()
    if told.what != "start":
        return _farewell(told)
    snapshot = from_message(told)
    require_fit(snapshot, model, examples.batch // size)
    engine = Engine(model, train, rows(index, size, example(examples)), snapshot, examples.gaps, collective)
    drawn: int | None = None
    while True:
        told = chief.receive()
        if told.what == "epoch":
            engine.start_epoch()
        elif told.what == "run":
            rates = told.tensors["learning_rates"]
            epoch, position = divmod(engine.batches, examples.batches)
            if epoch != drawn:
                drawn, order = epoch, examples.order(generator(train.random_seed, Purpose.ORDER, epoch))
            batches = examples.cut(order[position : position + len(rates)])
            collective.call(engine.run, rows(index, size, batches), rates)
        elif told.what == "carry":
            chief.send(Message("carry", tensors=engine.snapshot(0).carry))
        else:
            return _farewell(told)


def _farewell(told: Message) -> Message:
    if error := told.facts.get("error"):
        raise WorkerError(str(error))
    return told
