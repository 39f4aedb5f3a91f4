"""Cells that Keras has no layer for, put together from layers that it has."""

from typing import Any, Self

import keras


@keras.saving.register_keras_serializable(package="chargen")
class FollowedCell(keras.layers.Layer):  # type: ignore[misc] # Keras ships no types
    """A cell of Keras' whose output goes through further layers before it leaves and comes back.

    Args:
        inner: The cell, of one state.
        then: The layers, of as many outputs.
        **options: A layer's own, such as its name.
    """

    def __init__(self, inner: Any, then: list[Any], **options: Any) -> None:
        super().__init__(**options)
        self.inner = inner
        self.then = then
        self.state_size = inner.state_size
        self.output_size = inner.output_size

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        for layer in (self.inner, *self.then):
            if not layer.built:  # what Keras loads from a file is
                layer.build(input_shape if layer is self.inner else (None, self.output_size))

    def call(self, x: Any, states: list[Any], training: bool = False) -> tuple[Any, list[Any]]:
        output, _ = self.inner(x, states, training=training)
        for layer in self.then:
            output = layer(output)
        return output, [output]

    def get_config(self) -> dict[str, Any]:
        layers = {
            "inner": keras.saving.serialize_keras_object(self.inner),
            "then": [keras.saving.serialize_keras_object(layer) for layer in self.then],
        }
        config: dict[str, Any] = super().get_config()
        return config | layers

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        load = keras.saving.deserialize_keras_object
        return cls(**config | {"inner": load(config["inner"]), "then": [load(layer) for layer in config["then"]]})
