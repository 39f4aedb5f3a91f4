"""Open reports in Chromium as a desktop and as a telephone show them: nothing may overflow, fail or ask the network.

python scripts/check_report.py alice-gru.html --pictures shots/

It needs the `browser` extra and a Chromium: of the system, or as `python -m playwright install chromium` brings it.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, sync_playwright

WIDTHS = {1280: 900, 390: 844}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# Nothing that speaks to anybody, and no sandbox, which containers do not allow.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What sticks out of the page, or out of a chart, and the words of a chart that lie on each other.
OVERFLOWING = """() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth} wide in ${root.clientWidth}`);
  for (const element of document.querySelectorAll('body *')) {
    const box = element.getBoundingClientRect();
    const inside = element.closest('.scroll, pre, svg') && !element.matches('.scroll, pre');
    if (!inside && box.width && (box.right > root.clientWidth + 1 || box.left < -1))
      found.push(`${element.tagName}.${element.className} sticks out: ${element.textContent.slice(0, 40)}`);
  }
  for (const plot of document.querySelectorAll('.plot'))
    for (const side of ['x', 'y']) {
      const boxes = [...plot.querySelectorAll(`.${side}`)].map(word => word.getBoundingClientRect());
      for (const [place, box] of boxes.entries())
        for (const other of boxes.slice(place + 1))
          if (box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom)
            found.push(`ticks of ${plot.getAttribute('aria-label').slice(0, 60)} lie on each other`);
    }
  return found;
}"""


def chromium() -> str | None:
    """Find a Chromium of the system; None for playwright's own."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def check(reports: Sequence[Path], pictures: Path | None = None) -> list[str]:
    """Open reports at each width.

    Args:
        reports: The HTML files.
        pictures: Folder for a picture of each, light and dark; none when left out.

    Returns:
        What is wrong, a line each; empty when all is well.
    """
    problems: list[str] = []
    with (
        tempfile.TemporaryDirectory() as profile,
        sync_playwright() as playwright,
        playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium(), headless=True, args=list(QUIET)
        ) as browser,
    ):
        for report, width in product(reports, WIDTHS):
            page = browser.new_page()
            page.set_viewport_size({"width": width, "height": WIDTHS[width]})
            told = _listen(page, report.resolve().as_uri())
            page.goto(report.resolve().as_uri())
            page.evaluate("document.querySelectorAll('details').forEach(box => box.open = true)")
            told += page.evaluate(OVERFLOWING)
            problems += [f"{report.name}, {width} pixels: {each}" for each in told]
            page.evaluate("document.querySelectorAll('details').forEach(box => box.open = false)")
            for scheme in SCHEMES if pictures is not None else ():
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=f"{pictures}/{report.stem}-{width}-{scheme}.png", full_page=True)
            page.close()
    return problems


def _listen(page: Page, address: str) -> list[str]:
    """Note what a page says and asks for while it is open."""
    told: list[str] = []
    page.on("console", lambda message: told.append(f"console {message.type}: {message.text}"))
    page.on("pageerror", lambda error: told.append(f"error: {error}"))
    page.on(
        "request",
        lambda request: (
            told.append(f"request: {request.url}")
            if request.url != address and not request.url.startswith("data:")
            else None
        ),
    )
    return told


def main() -> None:
    """Check reports; the exit code is 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", nargs="+", type=Path, metavar="REPORT", help="HTML files of chargen report")
    parser.add_argument("--pictures", type=Path, help="folder for a picture of each, at each width, light and dark")
    arguments = parser.parse_args()
    if missing := [str(report) for report in arguments.reports if not report.is_file()]:
        parser.error(f"no file {', '.join(missing)}; make one with 'chargen report -o report.html'")
    if arguments.pictures is not None:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
    problems = check(arguments.reports, arguments.pictures)
    for problem in problems:
        print(problem)
    print(f"{len(arguments.reports)} checked, {len(problems)} problems")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
