"""Pictures of the series wing, a module for each thing that is drawn."""

from chargen.series.plot.anomalies import plot_anomalies
from chargen.series.plot.backtest import KINDS, Pictures, Scored, plot_all, plot_one
from chargen.series.plot.decomposition import plot_decomposition
from chargen.series.plot.imputation import plot_imputation
from chargen.series.plot.prediction import draw_prediction, plot_prediction

__all__ = [
    "KINDS",
    "Pictures",
    "Scored",
    "draw_prediction",
    "plot_all",
    "plot_anomalies",
    "plot_decomposition",
    "plot_imputation",
    "plot_one",
    "plot_prediction",
]
