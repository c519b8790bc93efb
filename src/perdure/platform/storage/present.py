"""Are the files of a table version there, and as long as they were written?"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable

from perdure.kernel.errors import IntegrityError


def check_files(folder: Path, table: DeltaTable) -> None:
    """Raise IntegrityError naming the first file of the version that is missing or cut off.

    The engines that read tables each have words of their own for it, and Polars panics.
    """
    actions = pa.table(table.get_add_actions(flatten=True))
    sizes = zip(actions["path"].to_pylist(), actions["size_bytes"].to_pylist(), strict=True)
    for name, size in sizes:
        path = folder / unquote(name)
        found = path.stat().st_size if path.is_file() else None
        if found != size:
            what = "is missing" if found is None else f"has {found:,} bytes, not {size:,}"
            raise IntegrityError(
                f"table '{folder.name}', version {table.version()}: a file {what}",
                where=str(path),
                hint="restore var/lake from a backup",
            )
