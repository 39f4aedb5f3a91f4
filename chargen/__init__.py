"""chargen trains a character-level recurrent network on a book and writes new text in its manner."""

__version__ = "0.1.0"
