"""What must work without torch, and that this part of the project says so."""

import subprocess
import sys

BLOCKED = """
import sys
sys.modules["torch"] = None  # as if it were not installed
from reference_models import losses
w, v = losses.topo_weights([[9, 2, 8]], [[0, 1, 0]])
print(w.tolist(), v.tolist(), losses.distance_to_road([[1, 0, 0]]).tolist())
try:
    losses.TopoLoss
except Exception as error:
    print(type(error).__name__, error)
"""


def test_weights_and_distances_need_no_torch():
    result = subprocess.run([sys.executable, "-c", BLOCKED], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == "[[0, 1, 0]] [[0, 0, 0]] [[0.0, 1.0, 2.0]]"
    assert lines[1].startswith("RoadMetricsError reference_models.losses.topo needs torch: ")
    assert lines[1].endswith("pip install 'roadmetrics[models]'")
