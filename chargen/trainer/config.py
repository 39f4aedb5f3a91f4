"""The settings of training."""

import os
from dataclasses import dataclass

from chargen.config import is_count, is_number, is_whole, require
from chargen.errors import UsageError

# The recipes of texts; series are learnt by `classic` and `online`.
RECIPES = ("stream", "classic")
SCHEDULES = ("plateau", "constant", "cosine", "inverse-time")
LEARNING_RATES = {"adam": 0.004, "rmsprop": 0.001, "sgd": 0.5, "nesterov": 0.5}
# A tower should have some 16 rows of a batch: fewer leave its matrix products too thin to be worth a core.
MOST_TOWERS = 2
# What is counted in 64 bits, products of two counts too.
MOST = 10**9
BATCH_SIZES = {"stream": 32, "classic": 128, "online": 1}


@dataclass(frozen=True)
class TrainConfig:
    """How a network is trained.

    Args:
        recipe: `stream` carries states through the text and learns from every value; `classic` learns the one
            value after each shuffled window; `online` goes through a series in order, learns after every step, and
            carries the state along.
        seqlen: Values in a window.
        step: Values from the start of a `classic` window to the start of the next.
        iterations: Iterations planned; each ends with a checkpoint.
        epochs: Passes over the training part in an iteration.
        batch_size: Windows (streams) in a batch; 0 takes the recipe's default.
        optimizer: adam, rmsprop, sgd or nesterov.
        learning_rate: The optimizer's step size; 0 takes its default.
        schedule: How the step size changes; see `chargen.trainer.schedules`.
        schedule_iterations: cosine: iterations until it reaches its end; 0 takes `iterations`.
        decay: inverse-time: the step size is divided by 1 + decay * iterations done.
        warmup: Batches at the start over which the step size grows from nothing.
        weight_decay: Share of a kernel that a step size of 1 takes away in a step, apart from the gradient
            (Loshchilov & Hutter 2019, section 2; times the step size, as PyTorch's AdamW has it).
        patience: Iterations without a better validation loss after which training stops; 0 for never.
        momentum: Share of the last step that sgd and nesterov keep.
        clip_norm: Gradients are scaled down to this global norm (Pascanu, Mikolov & Bengio 2013); 0 for never.
        validation: Share of the text, from its end, that chooses the best iteration.
        test: Share of the text, after the validation part, that is only ever reported.
        random_seed: Where all chance comes from.
        frozen: Keys of weights that are left as they are.
        towers: Equal parts of a batch that are computed side by side; 0 takes one for each core, but no more than
            MOST_TOWERS. It decides the bits of the result, so a run keeps it.
    """

    recipe: str = "stream"
    seqlen: int = 30
    step: int = 1
    iterations: int = 25
    epochs: int = 1
    batch_size: int = 0
    optimizer: str = "adam"
    learning_rate: float = 0.0
    schedule: str = "plateau"
    schedule_iterations: int = 0
    decay: float = 0.1
    warmup: int = 100
    weight_decay: float = 0.0
    patience: int = 0
    momentum: float = 0.9
    clip_norm: float = 1.0
    validation: float = 0.1
    test: float = 0.0
    random_seed: int = 0
    frozen: tuple[str, ...] = ()
    towers: int = 0

    def __post_init__(self) -> None:
        right = self.recipe in (*RECIPES, "online")
        require(right, "--recipe", self.recipe, " or ".join(RECIPES))
        require(self.optimizer in LEARNING_RATES, "--optimizer", self.optimizer, ", ".join(LEARNING_RATES))
        require(self.schedule in SCHEDULES, "--schedule", self.schedule, ", ".join(SCHEDULES))
        if self.batch_size == 0:
            object.__setattr__(self, "batch_size", BATCH_SIZES[self.recipe])
        if self.learning_rate == 0:
            object.__setattr__(self, "learning_rate", LEARNING_RATES[self.optimizer])
        if self.towers == 0:
            object.__setattr__(self, "towers", min(os.cpu_count() or 1, MOST_TOWERS))
        if self.schedule_iterations == 0:
            object.__setattr__(self, "schedule_iterations", self.iterations)
        counts = ("towers", "seqlen", "step", "iterations", "epochs", "batch_size", "schedule_iterations")
        for name in counts:
            value = getattr(self, name)
            right = is_count(value) and value <= MOST
            require(right, f"--{name.replace('_', '-')}", value, f"a whole number from 1 to {MOST:,}")
        require(self.towers <= 64, "towers", self.towers, "a whole number from 1 to 64")
        rate, seed = self.learning_rate, self.random_seed
        require(is_number(rate) and 1e-38 < rate < 3.4e38, "--learning-rate", rate, "a number above 0")
        require(is_number(self.momentum) and 0 <= self.momentum < 1, "--momentum", self.momentum, "0 to below 1")
        pull = self.weight_decay
        right = is_number(pull) and pull >= 0 and pull * rate < 1
        require(right, "--weight-decay", pull, f"0 or more, times --learning-rate {rate:g} below 1")
        require(is_number(self.decay) and 0 <= self.decay <= 1e6, "--decay", self.decay, "a number from 0 to 1e6")
        for name in ("warmup", "patience"):
            value = getattr(self, name)
            right = is_whole(value) and value <= MOST
            require(right, f"--{name}", value, f"a whole number from 0 to {MOST:,}")
        require(is_number(self.clip_norm) and self.clip_norm >= 0, "--clip-norm", self.clip_norm, "0 or more")
        for name in ("validation", "test"):
            share = getattr(self, name)
            require(
                is_number(share) and 0 <= share < 1,
                f"--{name}",
                share,
                "a share from 0 to below 1, or a file",
            )
        if self.validation + self.test >= 1:
            raise UsageError(
                f"--validation {self.validation} and --test {self.test} leave nothing to learn from; "
                "their sum has to stay below 1"
            )
        right = isinstance(self.frozen, tuple) and all(isinstance(key, str) for key in self.frozen)
        require(right, "frozen", self.frozen, "keys of weights")
        require(is_whole(seed), "--random-seed", seed, "a whole number from 0 up")
