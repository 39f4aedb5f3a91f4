"""Older runs as the newest schema has them."""

from pathlib import Path
from typing import Any

from chargen.config import is_count
from chargen.errors import DamagedRunError

SCHEMA = 2


def upgrade(header: Any, path: Path) -> dict[str, Any]:
    """Bring what run.json holds to the newest schema.

    Schema 1 had no settings of saving; what else it lacked (the history in state.json, spare copies, several states of
    training) its reader does without.

    Args:
        header: What json.loads returned.
        path: The file, for error messages.

    Returns:
        The settings by section.

    Raises:
        DamagedRunError: It is no run's, or of a newer schema.
    """
    if not isinstance(header, dict) or not is_count(header.get("schema")) or not isinstance(header.get("kind"), str):
        raise DamagedRunError(f"{path} has no schema number and kind; restore it from a copy")
    if header["schema"] > SCHEMA:
        raise DamagedRunError(
            f"{path} has schema {header['schema']}, this chargen reads up to {SCHEMA}: pip install --upgrade chargen"
        )
    if not isinstance(header.get("created", ""), str):
        raise DamagedRunError(f"{path} has a date that is no text; restore it from a copy")
    return {"created": "", **header, "schema": SCHEMA, "saving": header.get("saving", {})}
