"""Networks as Keras models of Keras' own layers: what every format but safetensors is made from."""

import warnings
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import keras
import tensorflow as tf

from chargen.cells.keras_cells import FollowedCell
from chargen.export.about import state_names
from chargen.network import Network
from chargen.network.keras_network import KerasNetwork

# Filters of warnings are the whole process': of two threads that set and restore them, the second restores the first's.
_FILTERS = Lock()


def step_model(network: Network) -> keras.Model:
    """Make a model of a single step.

    Args:
        network: A network that writes text.

    Returns:
        A model from `character`, int32 (batch,), and the states before, each float32 (batch, units), to `logits` and
        `probabilities` of the next character, float32 (batch, V), and the states after; all by name.
    """
    config, built = network.config, _built(network)
    character = keras.Input((), dtype="int32", name="character")
    names = state_names(config)
    states = [keras.Input((config.units,), name=name) for name in names]
    after: list[Any] = []
    x = keras.ops.one_hot(character, config.inputs)
    for index, layer in enumerate(built.recurrent):
        before = states[len(after) : len(after) + len(built.cell.states)]
        # What is not Keras' own is opened up: Keras saves a graph of its layers, and needs no chargen to load it.
        opened = isinstance(layer.cell, FollowedCell)
        x, new = (layer.cell.call if opened else _copy(layer.cell, name=f"layer_{index}"))(x, before)
        after += new
    logits = built.readout(x)
    said = {"logits": logits, "probabilities": keras.ops.softmax(logits)}
    return keras.Model(
        {"character": character} | dict(zip(names, states, strict=True)),
        said | dict(zip(names.values(), after, strict=True)),
        name="step",
    )


def window_model(network: Network, last: bool) -> keras.Model:
    """Make a model of whole windows, from zero states, to go on training in Keras.

    Args:
        network: A network that writes text.
        last: Whether only what comes after the window is said, not what comes after each of its characters.

    Returns:
        A model from ids, int32 (batch, time), to probabilities, float32 (batch, time, V) or (batch, V); nothing is
        dropped.
    """
    config, built = network.config, _built(network)
    characters = keras.Input((None,), dtype="int32", name="characters")
    x = keras.ops.one_hot(characters, config.inputs)
    for index, layer in enumerate(built.recurrent):
        sequences = not last or index < config.layers - 1
        x = _copy(layer, return_sequences=sequences, return_state=False)(x)
    x = _copy(built.readout, activation="softmax", name="probabilities")(x)
    return keras.Model(characters, x, name="window")


def save(model: keras.Model, path: Path) -> None:
    """Write a model in Keras' own format.

    Args:
        model: The model.
        path: A file; its name ends in `.keras`.
    """
    with _FILTERS, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "__array__", DeprecationWarning)  # between Keras and NumPy
        model.save(path)


def save_graph(model: keras.Model, path: Path) -> None:
    """Write a model as TensorFlow's SavedModel.

    Args:
        model: The model.
        path: A new folder.

    Raises:
        OSError: The file system refuses.
    """
    try:
        model.export(path, format="tf_saved_model", verbose=False)
    except tf.errors.OpError as error:  # TensorFlow writes past Python, and tells the operation around the reason
        raise OSError(error.message.partition(" [Op:")[0].rpartition("; ")[2]) from error


def convert_to_tflite(model: keras.Model, place: Path) -> bytes:
    """Convert a model to operations that LiteRT brings itself.

    Args:
        model: The model.
        place: A folder with room for the model, which is there for a while.

    Returns:
        A file's content; its signature has the model's names.
    """
    with TemporaryDirectory(dir=place) as folder:
        save_graph(model, Path(folder))
        content: bytes = tf.lite.TFLiteConverter.from_saved_model(folder).convert()
    return content


def convert_to_onnx(model: keras.Model) -> Any:
    """Convert a model to ONNX.

    Args:
        model: The model.

    Returns:
        An onnx.ModelProto with the model's names, and `batch` for the one free dimension.
    """
    import tf2onnx  # of the extra `export`

    signature = [tf.TensorSpec(x.shape, x.dtype, name) for name, x in model.input.items()]
    step = tf.function(lambda *values: model(dict(zip(model.input, values, strict=True))))
    converted, _ = tf2onnx.convert.from_function(step, signature)
    for value in (*converted.graph.input, *converted.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    return converted


def _built(network: Network) -> KerasNetwork:
    # Exports are run, or trained on as their new owners like.
    return KerasNetwork(replace(network.config, recurrent_dropout=0.0), network.weights)


def _copy(layer: Any, **changes: Any) -> Any:
    copy = type(layer).from_config(layer.get_config() | changes)
    copy.build_from_config(layer.get_build_config())
    copy.set_weights(layer.get_weights())
    return copy
