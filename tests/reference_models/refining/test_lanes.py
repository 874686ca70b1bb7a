"""Images side by side: the same batches each time, as many answers as questions, and errors."""

import numpy as np
import pytest

from reference_models.lanes import side_by_side
from reference_models.patchwork import PatchOptions, refine_image
from roadmetrics import RoadGraph


def run(names, work, n=3):
    asked = []

    def many(tasks):
        asked.append(tasks)
        return [task * 2 for task in tasks]

    side_by_side(names, work, many, n)
    return asked


def test_questions_meet_in_rounds_in_the_order_of_names():
    """Seven names on three lanes, each asks as often as its number says."""
    heard = {}

    def work(name, refine):
        heard[name] = [refine(100 * int(name) + k) for k in range(int(name))]

    names = ["2", "1", "3", "0", "4", "1", "2"]
    first = run(names, work)
    assert all(run(names, work) == first for _ in range(20))
    # lane 0: 2, 0, 2; lane 1: 1, 4; lane 2: 3, 1
    assert first == [[200, 100, 300], [201, 400, 301], [200, 401, 302], [201, 402, 100], [403]]
    assert heard["4"] == [800, 802, 804, 806]


def test_an_error_ends_its_own_lane_and_is_raised():
    done = []

    def work(name, refine):
        if name == "bad":
            raise ValueError("this one")
        refine(1)
        done.append(name)

    with pytest.raises(ValueError, match="this one"):
        run(["a", "bad", "b", "c"], work, 2)
    assert done == ["a", "b"]

    def many(tasks):
        raise ValueError("the network")

    with pytest.raises(ValueError, match="the network"):
        side_by_side(["a", "b"], work, many, 2)


def test_patches_are_those_of_one_image_at_a_time():
    """A refiner that joins neighbours in order of x draws the same, alone or in company."""
    image = np.zeros((90, 90, 3), np.uint8)
    options = PatchOptions(side=40, overlap=10)
    rows = {
        str(y): RoadGraph([(5, y), (30, y), (45, y), (85, y)], [(0, 1), (2, 3)],
                          extent=(-0.5, -0.5, 89.5, 89.5))
        for y in (10, 40, 70)
    }  # fmt: skip

    def draw(task):
        n = np.arange(len(task.key_points) - 1)
        return np.stack([n, n + 1], axis=1)

    found = {}

    def work(name, refine):
        found[name] = refine_image(name, image, rows[name], refine, options).graph

    side_by_side(sorted(rows), work, lambda tasks: [draw(task) for task in tasks])
    for name, graph in rows.items():
        alone = refine_image(name, image, graph, draw, options).graph
        assert np.array_equal(found[name].vertices, alone.vertices)
        assert np.array_equal(found[name].edges, alone.edges)
        assert alone.length == pytest.approx(80.0)
