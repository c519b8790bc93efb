"""Which file system a path lies on, and whether SQLite may live there."""

from __future__ import annotations

from pathlib import Path

from perdure.kernel.errors import StoreError

# fmt: off
NETWORK = frozenset((
    "afs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs",
    "nfs4", "orangefs", "smb2", "smb3", "smbfs", "wekafs",
    "fuse.ceph", "fuse.davfs2", "fuse.gcsfuse", "fuse.glusterfs", "fuse.goofys",
    "fuse.juicefs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs",
))
# fmt: on
"""File systems whose locks and shared memory do not hold between machines."""

_MOUNTS = Path("/proc/self/mountinfo")


def filesystem_of(path: Path, mounts: str | None = None) -> str | None:
    r"""The kind of file system that holds ``path`` (``ext4``, ``nfs4``), None when unknown.

    >>> table = "1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 0:1 / /mnt/team rw - nfs4 host:/x rw"
    >>> filesystem_of(Path("/mnt/team/project/ops.sqlite"), table)
    'nfs4'
    """
    if mounts is None:
        try:
            mounts = _MOUNTS.read_text()
        except OSError:
            return None
    place, best, kind = path.resolve(), -1, None
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        point = Path(before.split(" ")[4].replace("\\040", " "))
        # A later mount over the same point hides the earlier one.
        if len(point.parts) >= best and place.is_relative_to(point):
            best, kind = len(point.parts), after.split(" ")[0]
    return kind


def refuse_network(path: Path) -> None:
    """Raise StoreError when ``path`` lies on a network file system, as far as can be told."""
    kind = filesystem_of(path)
    if kind in NETWORK:
        raise StoreError(
            f"SQLite cannot be kept on a network file system ({kind})",
            where=str(path),
            expected="a local disk: write-ahead logging needs memory shared on one machine",
            hint="move the project to a local disk, or use PostgreSQL",
        )
