"""Networks: an encoder and a readout, built in Keras to train, replayed in NumPy to run."""

from chargen.network.config import ModelConfig
from chargen.network.initial import initial_weights
from chargen.network.layer import States
from chargen.network.network import Network
from chargen.network.stepper import Stepper

__all__ = ["ModelConfig", "Network", "States", "Stepper", "initial_weights"]
