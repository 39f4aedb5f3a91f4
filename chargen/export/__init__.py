"""A text run's network in the formats of other programs: a step of it, its vocabulary inside the file."""

from chargen.export.exporting import FORMATS, Exported, export, format_of, place

__all__ = ["FORMATS", "Exported", "export", "format_of", "place"]
