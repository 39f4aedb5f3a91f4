"""What matplotlib has drawn on axes, as a chart that HTML lays out.

matplotlib's own SVG has one size, so that its letters are tiny on a telephone, and one background. Here the lines
stretch with the page, and the words are the page's own: as large as its text, and as dark.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from chargen.types import Floats

# Units of a chart's coordinate system: lines are drawn between whole numbers.
WIDTH, HEIGHT = 4000, 2000
# Inches: ticks as dense as a telephone has room for.
SIZE = (4.5, 2.8)
# matplotlib keeps the dashes of a line to itself; these tell the first dashed lines of a chart apart, in pixels.
DASHES = ("7 3", "2 3", "9 3 2 3")
# Brightness up to which a grey is the ink of the text, which is white on a dark page.
INK = 0.42
# Per cent of the width up to which words that start there have room.
ROOM = 90


@dataclass(frozen=True)
class Mark:
    """A line of a chart, its dots, or a filled band.

    Args:
        path: As SVG has it.
        colour: As CSS has it.
        width: Of the line or the dots, in pixels; 0 for a band.
        dash: As SVG has it; empty for a solid line.
        label: What the legend calls it; empty where it does not.
        opacity: From 0 to 1.
    """

    path: str
    colour: str
    width: float
    dash: str = ""
    label: str = ""
    opacity: float = 1.0


@dataclass(frozen=True)
class Word:
    """Words beside a chart.

    Args:
        at: Per cent of the chart's width, or of its height from above.
        text: The words.
        before: Whether they end there instead of starting.
    """

    at: float
    text: str
    before: bool = False


@dataclass(frozen=True)
class Chart:
    """A chart that a template lays out.

    Args:
        title: What is shown.
        x_label: What the horizontal axis shows.
        y_label: What the vertical axis shows.
        x_ticks: Places on it.
        y_ticks: Places on it.
        marks: What is drawn, from the back to the front.
        words: Above the chart.
    """

    title: str
    x_label: str
    y_label: str
    x_ticks: tuple[Word, ...]
    y_ticks: tuple[Word, ...]
    marks: tuple[Mark, ...]
    words: tuple[Word, ...]

    @property
    def grid(self) -> str:
        """The lines of all ticks, as SVG has a path."""
        across = "".join(f"M0 {_whole(HEIGHT * tick.at / 100)}h{WIDTH}" for tick in self.y_ticks)
        return across + "".join(f"M{_whole(WIDTH * tick.at / 100)} 0v{HEIGHT}" for tick in self.x_ticks)

    @property
    def legend(self) -> list[Mark]:
        """What has a name."""
        return [mark for mark in self.marks if mark.label]

    @property
    def told(self) -> str:
        """What the chart shows, for those who do not see it."""
        names = f": {', '.join(mark.label for mark in self.legend)}" if self.legend else ""
        return f"Chart. {self.title}; {self.y_label} by {self.x_label}{names}"


def new_axes() -> Axes:
    """Make axes to draw a chart on."""
    return Figure(figsize=SIZE).subplots()


def chart(axes: Axes, title: str = "") -> Chart:
    """Take down what is drawn on axes.

    Args:
        axes: Lines and bands; of what else there may be nothing is taken.
        title: What is shown; the axes' own title when left out.

    Returns:
        The chart.
    """
    axes.get_xlim(), axes.get_ylim()  # both settle the limits, which places hang on
    marks, dashed = [], 0
    for band in axes.collections:
        colour, label = np.asarray(band.get_facecolor(), np.float64)[0], _label(band.get_label())
        for path in band.get_paths():
            drawn = _path(_places(axes, axes.transData.transform(path.vertices))) + "z"
            marks.append((band.get_zorder(), Mark(drawn, _colour(colour[:3]), 0, "", label, float(colour[3]))))
    for line in axes.lines:
        places, label = _places(axes, line.get_transform().transform(line.get_xydata())), _label(line.get_label())
        colour = _colour(line.get_color())
        if line.get_linestyle() != "None":
            dash = DASHES[dashed % len(DASHES)] if line.is_dashed() else ""
            dashed += line.is_dashed()
            width = 1.25 * line.get_linewidth()
            marks.append((line.get_zorder(), Mark(_path(places), colour, round(width, 2), dash, label)))
        marks += [(line.get_zorder(), mark) for mark in _dots(line, places, colour)]
    words = []
    for text in axes.texts:
        at = _percent(_places(axes, text.get_transform().transform([text.get_unitless_position()]))[0, 0] / WIDTH)
        before = text.get_horizontalalignment() == "right"
        if before or at <= ROOM:
            words.append(Word(at, text.get_text().strip(), before))
    x_ticks, y_ticks = _ticks(axes, axes.xaxis, 0), _ticks(axes, axes.yaxis, 1)  # before the names, which add to them
    return Chart(
        _plain(title or axes.get_title()),
        _named(axes.xaxis),
        _named(axes.yaxis),
        tuple(Word(_percent(at), text) for at, text in x_ticks),
        tuple(Word(_percent(1 - at), text) for at, text in y_ticks),
        tuple(mark for _, mark in sorted(marks, key=lambda pair: pair[0])),
        tuple(words),
    )


def _dots(line: Line2D, places: Floats, colour: str) -> list[Mark]:
    """Dots as lines without length, whose round ends stay round however the chart is stretched."""
    if line.get_marker() in ("", "None", None):
        return []
    every = line.get_markevery()
    shown = places if every is None else places[np.asarray(every, dtype=np.int64)]
    path = "".join(f"M{_whole(x)} {_whole(y)}h0" for x, y in shown if np.isfinite([x, y]).all())
    size = round(0.8 * line.get_markersize(), 2)
    if line.get_fillstyle() == "none":  # a ring: a dot in the page's colour on a larger one
        return [Mark(path, colour, size + 3), Mark(path, "var(--page)", size), Mark(path, colour, round(size / 2, 2))]
    return [Mark(path, colour, size)]


def _ticks(axes: Axes, axis: Axis, side: int) -> list[tuple[float, str]]:
    """Tell where the ticks of an axis are, from 0 to 1, and what is written there."""
    low, high = sorted(axis.get_view_interval())
    shown = [float(place) for place in axis.get_majorticklocs() if low <= place <= high]
    texts = axis.get_major_formatter().format_ticks(shown)
    points = np.full((len(shown), 2), [axes.get_xlim()[0], axes.get_ylim()[0]])
    points[:, side] = shown
    places = axes.transAxes.inverted().transform(axes.transData.transform(points))[:, side]
    return [(float(at), _plain(text)) for at, text in zip(places, texts, strict=True) if text]


def _named(axis: Axis) -> str:
    """Name an axis, with the power of ten or the date that its ticks leave out."""
    left_out = _plain(axis.get_major_formatter().get_offset())
    return " · ".join(part for part in (_plain(axis.get_label_text()), left_out) if part)


def _places(axes: Axes, points: Floats) -> Floats:
    """Turn points as matplotlib draws them into those of the chart, which counts from above."""
    inside = axes.transAxes.inverted().transform(points)
    return np.stack([WIDTH * inside[:, 0], HEIGHT * (1 - inside[:, 1])], axis=1)


def _path(places: Floats) -> str:
    """Draw a line from place to place; it ends where one is missing, and begins anew."""
    drawn, pen = [], "M"
    for x, y in places:
        if np.isfinite([x, y]).all():
            drawn.append(f"{pen}{_whole(x)} {_whole(y)}")
            pen = "L"
        else:
            pen = "M"
    return "".join(drawn)


def _colour(colour: Any) -> str:
    """Write a colour as a variable, so that a dark page can take a lighter one."""
    red, green, blue = to_rgb(colour)
    if red == green == blue and red <= INK:
        return "currentColor"
    name = to_hex((red, green, blue))
    return f"var(--{name[1:]},{name})"


def _label(label: object) -> str:
    text = str(label)
    return "" if text.startswith("_") else _plain(text)


def _plain(text: str) -> str:
    """Undo what only matplotlib understands."""
    return " ".join(text.replace(r"\$", "$").replace("$\\mathdefault{", "").replace("}$", "").split())


def _percent(share: float) -> float:
    return round(100 * float(share), 2)


def _whole(number: float) -> int:
    return round(float(number))
