"""Whether anything is ever lost: trainings are killed, disks filled, files damaged; what follows must be the same bits.

Every training is a `chargen` command in a child process, on a text made up here, with small networks. What comes out
after each fault is compared with an uninterrupted run: every tensor, every sample, the history. Some twenty minutes on
two cores; as root on Linux it also mounts small file systems and becomes another user:

    python scripts/torture.py
    python scripts/torture.py --only kills --kills 20
"""

import argparse
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
import traceback
from importlib.metadata import version
from pathlib import Path

from faults import damage, disk, kills, moving, sharing
from faults.stage import Stage
from faults.tally import Tally

PARTS = ("kills", "disk", "sharing", "moving", "damage")


def torture(part: str, stage: Stage, tally: Tally, options: argparse.Namespace) -> None:
    """Try the faults of a part; a mistake of the script's own counts as a loss, and the other parts go on."""
    started = time.monotonic()
    try:
        if part == "kills":
            kills.torture(stage, tally, options.kills, options.workers)
        elif part == "disk":
            disk.torture(stage, tally, options.workers)
        elif part == "sharing":
            sharing.torture(stage, tally)
        elif part == "moving":
            moving.torture(stage, tally)
        else:
            damage.torture(stage, tally, options.flips, options.workers)
    except Exception:
        tally.add(part, "the script stopped", [traceback.format_exc()])
    tally.note(f"{part}: {(time.monotonic() - started) / 60:.1f} minutes")


def stop(*_: object) -> None:
    """End as after Ctrl-C: what was mounted is unmounted. A second signal must not interrupt that."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> None:
    """Read the options, do harm, print the table and the document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="trainings killed with SIGKILL")
    parser.add_argument("--flips", type=int, default=500, help="files damaged: bits flipped, cut off, deleted")
    parser.add_argument("--random-seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2, help="trainings side by side")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--folder", type=Path, help="where it all happens, kept; must not exist yet")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="torture-"))
    folder.mkdir(parents=True, exist_ok=options.folder is None)
    folder.chmod(0o755)  # another user works there too
    signal.signal(signal.SIGTERM, stop)
    # In the background a shell ignores SIGINT, and every training would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    started, tally = time.monotonic(), Tally()
    stage = Stage(folder.resolve(), options.random_seed)
    for part in options.only:
        torture(part, stage, tally, options)
    tally.print()
    document = {
        "versions": {name: version(name) for name in ("chargen", "tensorflow", "numpy", "safetensors")},
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "options": {"kills": options.kills, "flips": options.flips, "random_seed": options.random_seed},
        "minutes": round((time.monotonic() - started) / 60, 1),
        "rows": tally.rows(),
        "losses": tally.losses,
    }
    print(json.dumps(document, ensure_ascii=False))
    if tally.losses:
        tally.note(f"everything is left in {folder}")
        sys.exit(1)
    if options.folder is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
