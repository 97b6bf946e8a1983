"""On which kind of file system a folder lies, and which kinds cannot keep a journal."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from edge.store.errors import StoreUnusable

MOUNTS: Final = Path("/proc/self/mountinfo")
NETWORK: Final = frozenset(
    {"9p", "afs", "ceph", "cifs", "coda", "fuse.ceph", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "glusterfs",
     "lustre", "ncpfs", "nfs", "nfs4", "smb2", "smb3", "smbfs", "virtiofs"}
)  # fmt: skip
"""SQLite's locks and its WAL's shared memory cannot be trusted on these (sqlite.org/wal.html, sqlite.org/useovernet.html)."""


def refuse_network(folder: Path, mounts: Path = MOUNTS) -> None:
    """Raise if the folder is not on a disk of this machine.

    Raises:
        StoreUnusable: what it is, and what to do.
    """
    kind = kind_of(folder, mounts)
    if kind in NETWORK:
        raise StoreUnusable(
            f"{folder}: a network file system ({kind}) cannot keep the journal safely;"
            " set gateway.data_dir to a folder on a disk of this machine"
        )


def kind_of(folder: Path, mounts: Path = MOUNTS) -> str:
    """The kind of file system that a folder is on, as the kernel calls it; empty where the kernel does not tell."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    folder = folder.resolve()
    deepest, kind = -1, ""
    for line in lines:
        mount, _, rest = line.partition(" - ")
        point = Path(_unescaped(mount.split()[4]))
        if folder.is_relative_to(point) and len(point.parts) >= deepest:  # a later mount hides an earlier one
            deepest, kind = len(point.parts), rest.split()[0]
    return kind


def _unescaped(path: str) -> str:
    """Blanks, tabs, line ends and backslashes stand in octal there (proc_pid_mountinfo(5))."""
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        path = path.replace(code, char)
    return path
