"""Sequences with labels: a network that tells their classes, baselines beside it, and how good they all are."""

from chargen.series.classify.baselines import Majority, NearestNeighbour
from chargen.series.classify.classifier import Classifier
from chargen.series.classify.judging import contest
from chargen.series.classify.reading import read
from chargen.series.classify.sequences import Sequences

__all__ = ["Classifier", "Majority", "NearestNeighbour", "Sequences", "contest", "read"]
