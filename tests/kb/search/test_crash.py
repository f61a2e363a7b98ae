import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from kb.search import SearchIndex
from tests.kb.search.conftest import row

WRITER = """
import sys
from pathlib import Path
from kb.search import SearchIndex
from tests.kb.search.conftest import row
index = SearchIndex.open(Path(sys.argv[1]), create=True)
done = Path(sys.argv[2])
for number in range(int(sys.argv[3]), 100_000):
    owner = f"doc-{number % 7}"
    index.apply(remove={owner}, rows=[row(n, f"version v{number}x", owner=owner) for n in range(20)])
    done.with_suffix(".new").write_text(str(number))
    done.with_suffix(".new").rename(done)  # never half written
"""


def test_killed_writers_lose_nothing_acknowledged_and_leave_nothing_half_done(tmp_path: Path) -> None:
    rng = random.Random(5)
    place, done = tmp_path / "index", tmp_path / "done"
    begin, acknowledged, kills = 0, -1, 4
    for _ in range(kills):
        command = [sys.executable, "-W", "ignore", "-c", WRITER, str(place), str(done), str(begin)]
        process = subprocess.Popen(command, cwd=Path(__file__).parents[3])
        while not done.exists() or int(done.read_text()) < begin + 2:
            assert process.poll() is None
            time.sleep(0.02)
        time.sleep(rng.random() * 0.2)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        acknowledged = int(done.read_text())
        index = SearchIndex.open(place, create=False)
        for number in range(max(0, acknowledged - 5), acknowledged + 1):
            found = index.search(f"v{number}x").total
            assert found == 20 or (found == 0 and number % 7 == (acknowledged + 1) % 7), number
        assert all(count == 20 for count in index.owners().values())
        begin = acknowledged + 1
        for _ in range(2):  # what a journal does: apply the unacknowledged batch again
            rows = [row(n, f"version v{begin}x", owner=f"doc-{begin % 7}") for n in range(20)]
            index.apply(remove={f"doc-{begin % 7}"}, rows=rows)
        assert index.search(f"v{begin}x").total == 20
        assert index.count() == 20 * len(index.owners())
        index.close()
        done.write_text("-1")
    assert begin > kills
