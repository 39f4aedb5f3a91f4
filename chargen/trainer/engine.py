"""Batches trained inside one compiled TensorFlow call, no Python between them."""

import math
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from chargen.cells import CELLS
from chargen.cells.walks import LONG, loops
from chargen.network import ModelConfig
from chargen.network.fast_network import FastNetwork
from chargen.network.trainable import trainable_network
from chargen.randomness import Purpose, generator
from chargen.snapshot import Snapshot
from chargen.trainer.config import TrainConfig
from chargen.trainer.optimizers import OPTIMIZERS
from chargen.types import Floats, Tensors

if TYPE_CHECKING:
    from chargen.cluster.collective import Collective


class Engine:
    """A network in training.

    Everything that changes is a TensorFlow variable that the compiled call updates, the count of batches too. So
    an interrupt, which Python delivers between two calls, always finds a consistent state.

    A batch is split into towers of equal size, one for each core: independent parts of one graph that TensorFlow
    runs side by side. Their gradients are added in a fixed order, so the bits depend on the number of towers but
    not on the number of threads.

    Args:
        model: The network's settings.
        train: The settings of training.
        example: What `Examples.cut` gives of some batches, for its shapes and types.
        snapshot: Where to go on; the weights alone at the start.
        gaps: Whether targets may be NaN, or below 0 where they are ids; these are not learnt from.
        collective: The workers, when there are several: each computes equal parts of every batch, and example and
            carried states are its own rows.
    """

    def __init__(
        self,
        model: ModelConfig,
        train: TrainConfig,
        example: tuple[NDArray[Any], ...],
        snapshot: Snapshot,
        gaps: bool = False,
        collective: "Collective | None" = None,
    ) -> None:
        self._train = train
        self._gaps = gaps
        inputs, targets = example[:2]
        batch = inputs.shape[1]
        # Targets have the time only where every step has one.
        self._last = targets.ndim == (2 if np.issubdtype(targets.dtype, np.integer) else 3)
        self._network = trainable_network(model, snapshot.weights)
        self._weights = self._network.parameters()
        self._learning = {key: weight for key, weight in self._weights.items() if key not in train.frozen}
        self._collective = collective
        workers, index = (collective.size, collective.index) if collective else (1, 0)
        # Of all workers together, and this one's among them.
        self._towers = math.gcd(batch * workers, train.towers)
        self._own = range(self._towers // workers * index, self._towers // workers * (index + 1))
        self._layers = model.layers
        self._optimizer = OPTIMIZERS[train.optimizer]
        self._slots = {
            f"{key}.{slot}": tf.Variable(snapshot.optimizer.get(f"{key}.{slot}", np.zeros_like(weight)))
            for key, weight in snapshot.weights.items()
            if key in self._learning
            for slot in self._optimizer.slots
        }
        names = () if train.recipe == "classic" else CELLS[model.cell].states
        self._carry = {
            f"layers.{index}.{name}": tf.Variable(
                snapshot.carry.get(f"layers.{index}.{name}", np.zeros((batch, model.units), np.float32))
            )
            for index in range(model.layers)
            for name in names
        }
        self._batches = tf.Variable(snapshot.batches, dtype=tf.int64)
        self._loss_sum = tf.Variable(snapshot.loss_sum, dtype=tf.float64)
        self._dropout_key = tf.Variable(_dropout_key(train))
        # Loops are slow but where XLA compiles them: see `chargen.cells.walks`.
        self._looped = isinstance(self._network, FastNetwork) and model.longest_walk(inputs.shape[2]) >= LONG
        self._tower: Any = self._learn_part
        if self._looped:
            self._tower = tf.function(self._learn_compiled, jit_compile=True, autograph=False)
        self._compiled = tf.function(
            self._run,
            input_signature=[
                *(tf.TensorSpec((None, *array.shape[1:]), array.dtype) for array in example),
                tf.TensorSpec((None,), tf.float32),
            ],
            autograph=False,  # reading every function's source takes a second, and only the loop would need it
        )

    @property
    def batches(self) -> int:
        """Batches trained since the start."""
        return int(self._batches.numpy())

    @property
    def loss_sum(self) -> float:
        """Sum of the batches' mean losses since the start of the epoch: nats, or squares of scaled values."""
        return float(self._loss_sum.numpy())

    def restart(self, train: TrainConfig, snapshot: Snapshot) -> None:
        """Go on from another state; what is compiled is kept, and depends on neither the state nor on chance.

        Args:
            train: The settings, which differ in nothing that is compiled: `Trainer.fits` says so.
            snapshot: The state; the weights alone at the start.
        """
        for key, weight in self._weights.items():
            weight.assign(snapshot.weights[key])
        for variables, saved in ((self._slots, snapshot.optimizer), (self._carry, snapshot.carry)):
            for key, variable in variables.items():
                variable.assign(saved.get(key, tf.zeros_like(variable)))
        self._batches.assign(snapshot.batches)
        self._loss_sum.assign(snapshot.loss_sum)
        self._dropout_key.assign(_dropout_key(train))
        self._train = train

    def start_epoch(self) -> None:
        """Forget the last epoch's loss and the states that the streams carried."""
        self._loss_sum.assign(0)
        for carry in self._carry.values():
            carry.assign(tf.zeros_like(carry))

    def run(self, windows: tuple[NDArray[Any], ...], learning_rates: Floats) -> None:
        """Train on some batches, in order.

        Args:
            windows: The windows with their targets, as `Examples.cut` gives them.
            learning_rates: The optimizer's step size for each batch, float32 (batches,).
        """
        self._compiled(*windows, learning_rates)

    def snapshot(self, seconds: float) -> Snapshot:
        """Copy everything that changes.

        Args:
            seconds: Time spent training since the start of the iteration.

        Returns:
            The state of training.
        """
        weights, optimizer, carry = (_copy(variables) for variables in (self._weights, self._slots, self._carry))
        return Snapshot(weights, optimizer, carry, self.batches, self.loss_sum, seconds)

    def _run(self, *windows_and_rates: tf.Tensor) -> None:
        *windows, learning_rates = windows_and_rates

        def step(index: tf.Tensor) -> tuple[tf.Tensor]:
            self._step(learning_rates[index], *(array[index] for array in windows))
            return (index + 1,)

        batches = tf.shape(learning_rates)[0]
        tf.while_loop(lambda index: index < batches, step, [0])

    def _step(
        self, learning_rate: tf.Tensor, inputs: tf.Tensor, targets: tf.Tensor, anew: tf.Tensor | None = None
    ) -> None:
        step = self._batches.assign_add(1)
        own = len(self._own)
        examples: Any = zip(tf.split(inputs, own), tf.split(targets, own), strict=True)
        carried = [
            carry.read_value() if anew is None else tf.where(anew[:, None], 0.0, carry)
            for carry in self._carry.values()
        ]
        carries = zip(*(tf.split(carry, own) for carry in carried), strict=True)
        # A known target's loss counts so much in its tower that in the towers' mean all count alike.
        known = tf.reduce_sum(tf.cast(_known(targets), tf.float32)) if self._gaps else None
        share = None if known is None else own / tf.maximum(known, 1.0)
        places = [tf.cast(step, tf.int32) * self._towers + index for index in self._own]
        # Compiled towers that read variables themselves would wait for one another.
        weights = {key: tf.convert_to_tensor(weight) for key, weight in self._weights.items()} if self._looped else None
        towers = [
            self._tower(part, truth, carry, tf.stack([places[index], self._dropout_key]), share, weights)
            for index, ((part, truth), carry) in enumerate(zip_longest(examples, carries))
        ]
        losses, gradients, states = zip(*towers, strict=True)
        loss, *mean = [tf.add_n(parts) / own for parts in [losses, *zip(*gradients, strict=True)]]
        if self._collective:
            loss, *mean = self._all_workers([loss, *mean], known)
        if self._train.clip_norm > 0:
            mean, _ = tf.clip_by_global_norm(mean, self._train.clip_norm)
        for (key, weight), gradient in zip(self._learning.items(), mean, strict=True):
            if self._train.weight_decay > 0 and key.endswith("kernel"):
                weight.assign_sub(learning_rate * self._train.weight_decay * weight)
            slots = {slot: self._slots[f"{key}.{slot}"] for slot in self._optimizer.slots}
            self._optimizer.update(weight, gradient, slots, learning_rate, step, self._train.momentum)
        for variable, parts in zip(self._carry.values(), zip(*states, strict=True), strict=False):
            variable.assign(tf.concat(parts, axis=0))
        self._loss_sum.assign_add(tf.cast(loss, tf.float64))

    def _all_workers(self, means: list[tf.Tensor], known: tf.Tensor | None) -> list[tf.Tensor]:
        """Take the mean over all workers, in one message a step; where targets are unknown, by how many are known."""
        assert self._collective is not None  # noqa: S101 (narrows the type)
        weight = tf.ones([]) if known is None else known
        flat = tf.concat([weight[None], *(weight * tf.reshape(mean, [-1]) for mean in means)], axis=0)
        total, *sums = tf.split(self._collective.sum(flat), [1, *(mean.shape.num_elements() for mean in means)])
        return [tf.reshape(each / tf.maximum(total, 1.0), mean.shape) for each, mean in zip(sums, means, strict=True)]

    def _learn_compiled(self, *arguments: Any) -> Any:
        with loops():
            return self._learn_part(*arguments)

    def _learn_part(
        self,
        inputs: tf.Tensor,
        targets: tf.Tensor,
        carry: tuple[tf.Tensor, ...] | None,
        dropout_seed: tf.Tensor,
        share: tf.Tensor | None,
        weights: dict[str, tf.Tensor] | None,
    ) -> Any:
        """Compute loss, gradients and states of a part of a batch; the weights are the variables when left out."""
        network = self._network if weights is None else self._network.with_weights(weights)
        learning = [(self._weights if weights is None else weights)[key] for key in self._learning]
        size = len(carry) // self._layers if carry else 0
        states = [carry[size * layer : size * (layer + 1)] for layer in range(self._layers)] if carry else None
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(learning)
            outputs, after = network(inputs, states, dropout_seed, last=self._last)
            if share is None:
                loss = tf.reduce_mean(_losses(targets, outputs))
            elif targets.dtype.is_integer:
                losses = _losses(tf.maximum(targets, 0), outputs)
                loss = share * tf.reduce_sum(tf.where(_known(targets), losses, 0.0))
            else:
                # The difference is made nothing before it is squared: NaN times nothing would be NaN.
                loss = share * tf.reduce_sum(tf.square(tf.where(_known(targets), targets - outputs, 0.0)))
        gradients = tape.gradient(loss, learning)
        if self._train.recipe == "online":
            # The next window starts a step later, and so does its state.
            _, after = network(inputs[:, :1], states)
        return loss, gradients, [state for layer in after for state in layer]


def _losses(targets: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
    if targets.dtype.is_integer:
        return tf.nn.sparse_softmax_cross_entropy_with_logits(targets, outputs)
    return tf.math.squared_difference(targets, outputs)


def _known(targets: tf.Tensor) -> tf.Tensor:
    return targets >= 0 if targets.dtype.is_integer else tf.math.is_finite(targets)


def _dropout_key(train: TrainConfig) -> np.int32:
    return generator(train.random_seed, Purpose.DROPOUT).integers(2**31, dtype=np.int32)


def _copy(variables: dict[str, Any]) -> Tensors:
    return {key: np.array(variable.numpy()) for key, variable in variables.items()}
