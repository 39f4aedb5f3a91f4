"""`chargen report`."""

from pathlib import Path

import click

from chargen.cli.app import App, pass_app
from chargen.cli.opening import open_run
from chargen.runs import Store
from chargen.text.run import Run


@click.command()
@click.argument("run", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The page; an older report of this name is replaced, no other file.  [default: RUN.html]",
)
@pass_app
def report(app: App, /, run: str | None, output: Path | None) -> None:
    """Write one page about RUN, of a text or of a series, to read in a browser; of the most recent run when left out.

    Settings, learning curves and figures beside baselines; the samples of a text run and what surprised it, the
    forecasts of a series run. The page is one file that needs no network.

    \b
    Examples:
      chargen report
      chargen report alice-gru -o alice.html
    """
    from chargen.pages.page import require_place, write

    opened = open_run(Store(app.checkpoints, app.ui.warn).open(run))
    path = output or Path(f"{opened.name}.html")
    require_place(path)  # before the work
    if isinstance(opened, Run):
        from chargen.pages.text import text_page

        page = text_page(opened, app.ui.notice)
    else:
        from chargen.pages.series import series_page
        from chargen.series.run import SeriesRun

        assert isinstance(opened, SeriesRun)  # noqa: S101 (narrows the type)
        page = series_page(opened)
    write(page, path)
    app.ui.result(str(path))
