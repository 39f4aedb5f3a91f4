"""darts' BlockRNNModel as a contestant of bench_forecast.py, run by a virtual environment that has darts."""

import logging
import sys
import warnings
from functools import partial
from typing import Any

import numpy as np
from forecast_task import Fit, Floats, Forecast, Task, take_part

PACKAGES = ("darts", "torch", "pytorch-lightning", "numpy")


def last_state() -> Any:
    """Make a module whose readout gives all steps from the last state, as chargen's and Keras' do.

    darts' own gives each step from another state, the first step from one that has not read the end of the window.
    """
    import torch
    from darts.models.forecasting.block_rnn_model import CustomBlockRNNModule, PLModuleOutput
    from darts.models.forecasting.pl_forecasting_module import io_processor

    class LastState(CustomBlockRNNModule):  # type: ignore[misc]  # darts is not installed where types are checked
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.rnn = torch.nn.GRU(self.input_size, self.hidden_dim, batch_first=True)
            self.readout = torch.nn.Linear(self.hidden_dim, self.output_chunk_length)

        @io_processor  # type: ignore[untyped-decorator]
        def forward(self, module_input: Any) -> Any:
            outputs, _ = self.rnn(module_input.concatenate_past_features())
            return PLModuleOutput(prediction=self.readout(outputs[:, -1])[:, :, None, None])

    return LastState


def darts(task: Task, readout: str) -> Fit:
    """Get ready to train as darts does, without logs, checkpoints and progress bars."""
    warnings.filterwarnings("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    import torch
    from darts import TimeSeries
    from darts.models import BlockRNNModel

    torch.set_num_threads(int(task.way.split()[0]))
    kind = "GRU" if readout == "its-own" else last_state()

    def series(values: Floats) -> list[Any]:
        return [TimeSeries.from_values(each) for each in task.scaled(values)]

    training = series(task.training)

    def fit() -> Forecast:
        model = BlockRNNModel(
            task.window,
            task.horizon,
            model=kind,
            hidden_dim=task.units,
            batch_size=task.batch,
            n_epochs=task.epochs,
            optimizer_kwargs={"lr": task.rate, "betas": (0.9, 0.99), "eps": 1e-7},
            random_state=task.seed,
            pl_trainer_kwargs={
                "accelerator": "cpu",
                "gradient_clip_val": 1.0,
                "logger": False,
                "enable_checkpointing": False,
                "enable_progress_bar": False,
                "enable_model_summary": False,
            },
        )
        model.fit(training, verbose=False)

        def forecast(known: Floats) -> Floats:
            found = model.predict(task.horizon, series=series(known), batch_size=256, verbose=False)
            return task.unscaled(np.stack([each.values()[:, 0] for each in found]))

        return forecast

    return fit


if __name__ == "__main__":
    take_part(partial(darts, readout=sys.argv[1]), PACKAGES, sys.argv[2:])
