"""The file lock: one at a time, its turn for each, gone with its holder."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from perdure.kernel.errors import StoreError
from perdure.platform.storage.filelock import FileLock
from perdure.platform.storage.filesystem import filesystem_of, refuse_network


def test_two_locks_of_one_path_exclude_each_other(tmp_path: Path):
    one, two = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    with one.held(1), pytest.raises(StoreError, match="busy"), two.held(0.05):
        pass
    with two.held(1) as left:
        assert 0 < left <= 1
    one.close()
    two.close()


def test_threads_of_one_lock_exclude_each_other(tmp_path: Path):
    lock, inside, worst = FileLock(tmp_path / "lock"), [], []

    def work() -> None:
        for _ in range(50):
            with lock.held(10):
                inside.append(1)
                worst.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(worst) == 1
    lock.close()


HOLDER = """
import sys, time
from pathlib import Path
from perdure.platform.storage.filelock import FileLock
with FileLock(Path(sys.argv[1])).held(5):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_killed_holder_leaves_nothing_behind(tmp_path: Path):
    lock = FileLock(tmp_path / "lock")
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "held\n"
        with pytest.raises(StoreError), lock.held(0.05):
            pass
        child.kill()
    with lock.held(5):
        pass
    lock.close()


EAGER = """
import sys, time
from pathlib import Path
from perdure.platform.storage.filelock import FileLock
lock, turns = FileLock(Path(sys.argv[1])), 0
print("ready", flush=True)
sys.stdin.readline()
end = time.monotonic() + 1.0
while time.monotonic() < end:
    with lock.held(10):
        time.sleep(0.002)
        turns += 1
print(turns)
"""


def test_no_eager_process_starves(tmp_path: Path):
    command = [sys.executable, "-c", EAGER, str(tmp_path / "lock")]
    pipe = subprocess.PIPE
    children = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(4)]
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("\n")
        child.stdin.flush()
    turns = [int(child.communicate()[0]) for child in children]
    # Without the gate the one that has just let go takes it again, and the others get next to
    # nothing; an even share is a quarter each.
    assert min(turns) >= sum(turns) / 4 / 4


MOUNTS = """\
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 21 0:40 / /mnt/team\\040disk rw - nfs4 server:/export rw
31 30 8:2 / /mnt/team\\040disk/local rw - xfs /dev/vdb rw
32 21 0:41 / /mnt/over rw - ext4 /dev/vdc rw
33 21 0:42 / /mnt/over rw - cifs //server/share rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/me/ops.sqlite", "ext4"),
        ("/mnt/team disk/project/ops.sqlite", "nfs4"),
        ("/mnt/team disk/local/ops.sqlite", "xfs"),
        ("/mnt/team disk2/ops.sqlite", "ext4"),
        ("/mnt/over/ops.sqlite", "cifs"),
    ],
)
def test_the_nearest_mount_tells_the_file_system(path: str, kind: str):
    assert filesystem_of(Path(path), MOUNTS) == kind


def test_a_network_file_system_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    refuse_network(tmp_path)
    module = "perdure.platform.storage.filesystem.filesystem_of"
    monkeypatch.setattr(module, lambda _path: "nfs4")
    with pytest.raises(StoreError, match=r"network file system \(nfs4\)"):
        refuse_network(tmp_path)
    monkeypatch.setattr(module, lambda _path: None)
    refuse_network(tmp_path)
