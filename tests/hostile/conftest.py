"""One process that forks for each hostile file: see hostile_child.py."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "fuzz")]


class Reader:
    """Sends requests to the child process and gives its answers."""

    def __init__(self, folder):
        self.noise = str(folder / "stderr.txt")
        path = os.pathsep.join(p for p in sys.path if p)
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "hostile_child.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1",
                 "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        assert self.process.stdout.readline() == "ready\n"

    def ask(self, **request):
        self.process.stdin.write(json.dumps({"noise": self.noise, **request}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def read(self, path):
        return self.ask(path=os.fsencode(path).hex())

    def run(self, *argv, writable):
        return self.ask(argv=[str(word) for word in argv], writable=str(writable))

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(60)


@pytest.fixture(scope="session")
def reader(tmp_path_factory):
    one = Reader(tmp_path_factory.mktemp("hostile"))
    yield one
    one.close()
