"""A journal on a network file system is refused, with a sentence that says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.store.errors import StoreUnusable
from edge.store.file_system import kind_of, refuse_network

if TYPE_CHECKING:
    from pathlib import Path


def mounts(folder: Path, kind: str) -> Path:
    file = folder / "mountinfo"
    point = str(folder).replace(" ", "\\040")
    file.write_text(
        f"21 1 254:1 / / rw,relatime - ext4 /dev/vda rw\n30 21 0:40 / {point} rw shared:1 - {kind} server:/share rw\n",
        encoding="utf-8",
    )
    return file


@pytest.mark.parametrize("kind", ["nfs4", "nfs", "cifs", "smb3", "9p", "fuse.sshfs", "virtiofs"])
def test_a_network_file_system_is_refused(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "the school"
    (place / "var").mkdir(parents=True)
    with pytest.raises(StoreUnusable, match=rf"\({kind}\).*set gateway\.data_dir to a folder on a disk of this machine"):
        refuse_network(place / "var", mounts(place, kind))


@pytest.mark.parametrize("kind", ["ext4", "f2fs", "btrfs", "overlay", "tmpfs", "fuseblk"])
def test_a_disk_of_this_machine_is_taken(tmp_path: Path, kind: str) -> None:
    refuse_network(tmp_path, mounts(tmp_path, kind))
    assert kind_of(tmp_path, mounts(tmp_path, kind)) == kind


def test_the_deepest_mount_counts_and_no_list_refuses_nothing(tmp_path: Path) -> None:
    assert kind_of(tmp_path.parent, mounts(tmp_path, "nfs")) == "ext4"
    refuse_network(tmp_path, tmp_path / "no-such-file")
