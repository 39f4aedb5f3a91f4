"""A recurrent network that fills gaps: it reads a window from both ends and learns what straight lines leave.

It learns by cutting gaps into what is known and reconstructing what was cut, as denoising autoencoders do (Vincent et
al. 2008, section 2). Its output is added to the lines through the known neighbours of gaps, so it starts where linear
interpolation ends.
"""

from chargen.series.reconstruction.choosing import lengths_for, window_for
from chargen.series.reconstruction.filler import Reconstruction
from chargen.series.reconstruction.learning import learn, settle

__all__ = ["Reconstruction", "learn", "lengths_for", "settle", "window_for"]
