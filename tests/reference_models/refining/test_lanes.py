"""Images side by side: the same batches each time, as many answers as questions, and errors."""

import threading
import time

import numpy as np
import pytest

from reference_models.lanes import Lanes
from reference_models.patchwork import PatchOptions, refine_image
from roadmetrics import RoadGraph
from roadmetrics.errors import RoadMetricsError


def lanes_of(n=3):
    """Lanes whose answer is twice what is asked, and the batches."""
    asked = []

    def many(tasks):
        asked.append(tasks)
        return [task * 2 for task in tasks]

    return Lanes(many, n), asked


def test_questions_meet_in_rounds_in_the_order_of_names():
    """Seven names on three lanes, each asks as often as its number says."""
    names = ["2", "1", "3", "0", "4", "1", "2"]
    lanes, asked = lanes_of()

    def work(name):
        return [lanes(100 * int(name) + k) for k in range(int(name))]

    for _ in range(20):
        asked.clear()
        heard = list(lanes.map(work, names))
        # the second lane goes on with 0 and 4, the first with 1 and 2
        assert asked == [[200, 100, 300], [201, 400, 301], [100, 401, 302], [200, 402], [201, 403]]
        assert [len(each) for each in heard] == [2, 1, 3, 0, 4, 1, 2]
        assert heard[4] == [800, 802, 804, 806]


def test_so_many_are_in_hand_and_one_runs_at_a_time():
    lanes, asked = lanes_of()
    in_hand, most, busy = [], [], []

    def work(name):
        in_hand.append(name)
        most.append(len(in_hand))
        for _ in range(3):
            busy.append(name)
            time.sleep(0.001)
            assert busy == [name]
            busy.clear()
            lanes(1)
        in_hand.remove(name)
        return name

    assert list(lanes.map(work, "abcdefgh")) == list("abcdefgh")
    assert max(most) == 3
    assert [len(batch) for batch in asked] == [3] * 6 + [2] * 3


def test_an_error_is_raised_in_its_turn_and_ends_all_threads():
    before = threading.active_count()
    lanes, _ = lanes_of(2)
    let_go = []

    def work(name):
        try:
            if name == "b":
                raise ValueError("this one")
            return [lanes(k) for k in range(1 if name == "a" else 9)]
        finally:
            let_go.append(name)

    found = lanes.map(work, "abcd")
    assert next(found) == [0]
    with pytest.raises(ValueError, match="this one"):
        next(found)
    assert sorted(let_go) == ["a", "b", "c"]  # c was given up, d not begun
    assert threading.active_count() == before


def test_a_consumer_that_stops_ends_all_threads():
    before = threading.active_count()
    lanes, asked = lanes_of()
    found = lanes.map(lambda name: [lanes(name) for _ in range(int(name))], "19999")
    next(found)
    found.close()
    assert len(asked) == 1
    assert threading.active_count() == before


def test_images_that_ask_nothing_are_given_out_as_they_are_done():
    """None is begun before the result of the one before is taken, and few while the first waits."""
    lanes, asked = lanes_of(2)
    begun = []

    def work(name):
        begun.append(name)
        return [lanes(name)] if name in "AZ" else name

    found = lanes.map(work, "abcdefghij")
    assert [next(found), next(found)] == ["a", "b"]
    assert begun == ["a", "b"]
    found.close()
    begun.clear()
    found = lanes.map(work, "AbcdefghijZ")
    assert next(found) == ["AA"]
    assert begun == ["A", "b", "c", "d", "e"]  # four are held while A is asked for
    assert list(found) == [*"bcdefghij", ["ZZ"]]
    assert asked == [["A"], ["Z"]]


def test_what_the_network_fails_on_costs_those_to_blame_alone():
    asked = []

    def many(tasks):
        asked.append(list(tasks))
        if "b" in tasks:
            raise RoadMetricsError(f"not among {len(tasks)}")
        return tasks

    def work(name):
        try:
            return lanes(name)
        except RoadMetricsError as error:
            return str(error)

    lanes = Lanes(many, 3)
    assert list(lanes.map(work, "abc")) == ["a", "not among 1", "c"]
    assert asked == [["a", "b", "c"], ["a"], ["b"], ["c"]]

    def broken(tasks):
        raise ValueError("the network")

    with pytest.raises(ValueError, match="the network"):
        list(Lanes(broken, 2).map(work, "ab"))
    with pytest.raises(ValueError, match="the network"):
        Lanes(broken, 2)("a")


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

    lanes = Lanes(lambda tasks: [draw(task) for task in tasks], 2)
    found = lanes.map(
        lambda name: refine_image(name, image, rows[name], lanes, options).graph, list(rows)
    )
    for (name, graph), drawn in zip(rows.items(), found, strict=True):
        alone = refine_image(name, image, graph, draw, options).graph
        assert np.array_equal(drawn.vertices, alone.vertices)
        assert np.array_equal(drawn.edges, alone.edges)
        assert alone.length == pytest.approx(80.0)
