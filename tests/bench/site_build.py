"""How long the pages of a large board take, and how large they are.

Tiles are the bundled ones again and again, under other names; predictions are their damaged copies.
Results and order are put together from those of the project's own board, not computed.
"""

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np

from leaderboard.benchmark import Benchmark, tiles_csv
from leaderboard.board import Board
from leaderboard.pinning import pin
from leaderboard.site import build
from leaderboard.staging import staged
from leaderboard.store import as_json
from leaderboard.submission import write_template
from roadmetrics import sample

OWN = Path(__file__).resolve().parents[2] / "leaderboard" / "board"
SOURCES = {"light-damage": "pred_light", "strong-damage": "pred_heavy"}


def make(folder: Path, n_tiles: int, n_submissions: int) -> Board:
    """A board of so many tiles and submissions."""
    shutil.copytree(OWN, folder, ignore=shutil.ignore_patterns("nauru-damage*", "*.yml"))
    home = folder / "benchmarks" / "large"
    (home / "gt").mkdir(parents=True)
    text = (OWN / "benchmarks/nauru-damage/benchmark.toml").read_text()
    text = text.replace('"nauru-damage"', '"large"').replace('"sample"', '"board"')
    (home / "benchmark.toml").write_text(text)
    names = sorted(path.stem for path in (sample.path() / "gt").glob("*.json"))
    tiles = {f"tile{i:05d}": names[i % len(names)] for i in range(n_tiles)}
    for key, name in tiles.items():
        shutil.copy(sample.path() / "gt" / f"{name}.json", home / "gt" / f"{key}.json")
    (home / "tiles.csv").write_bytes(tiles_csv(dict.fromkeys(tiles, "public")))
    pin(Benchmark.read(home), home / "gt")
    board = Board.read(folder)
    rows = [submit(board, tiles, k) for k in range(n_submissions)]
    order = json.loads((OWN / "rankings/nauru-damage.json").read_text())
    mark = board.benchmark("large")
    order |= {"benchmark": {"name": "large", "version": 1, "digest": mark.digest}, "rows": rows,
              "unranked": []}  # fmt: skip
    (folder / "rankings/large.json").write_bytes(as_json(order))
    return board


def submit(board: Board, tiles: dict, k: int) -> dict:
    """A submission with its result; its row of the order."""
    mark, name = board.benchmark("large"), f"method-{k:02d}"
    folder = board.submission_folder("large", name)
    write_template(folder, "2026-11-21", f"Method {k}", ("A. Author",), ("none",))
    rng = np.random.default_rng(k)
    kinds = {key: list(SOURCES)[int(one)] for key, one in zip(tiles, rng.integers(0, 2, len(tiles)),
                                                             strict=True)}  # fmt: skip
    results = {kind: json.loads((OWN / f"results/nauru-damage/{kind}.json").read_text())
               for kind in SOURCES}  # fmt: skip
    for key, tile in tiles.items():
        shutil.copy(sample.path() / SOURCES[kinds[key]] / f"{tile}.json",
                    folder / "predictions" / f"{key}.json")  # fmt: skip
    raw = results["light-damage"]
    with staged(board.submission("large", name), mark) as files:
        raw["predictions"]["digest"] = files.digest
    raw["benchmark"] = {"name": "large", "version": 1, "digest": mark.digest}
    raw["ground_truth"]["digest"] = mark.truth_digest
    raw["submission"] |= {"name": name, "title": f"Method {k}"}
    raw["counts"]["all"] |= {"tiles": len(tiles), "ok": len(tiles)}
    raw["tiles"] = {key: results[kinds[key]]["tiles"][tile] for key, tile in tiles.items()}
    path = board.result_path("large", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_json(raw))
    row = json.loads((OWN / "rankings/nauru-damage.json").read_text())["rows"][0]
    return row | {"submission": name, "title": f"Method {k}", "rank": k + 1,
                  "result": board.result("large", name).digest}  # fmt: skip


def main() -> None:
    """Make the board, build, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiles", type=int, default=1000)
    parser.add_argument("--submissions", type=int, default=20)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "site"
        board = Board.read(make(Path(name) / "board", args.tiles, args.submissions).folder)
        cpu, wall = time.process_time(), time.perf_counter()
        built = build(board, out)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        print(f"{built.n_pages} pages in {wall:.0f} s, {cpu:.0f} s of one core")
        sizes = sorted((path.stat().st_size, path.relative_to(out)) for path in out.rglob("*.html"))
        print(f"all: {sum(p.stat().st_size for p in out.rglob('*.*')) / 1e6:.0f} MB")
        for page in ("index.html", "large/index.html", "large/tiles.html"):
            print(f"{page}: {(out / page).stat().st_size / 1e3:.0f} kB")
        print(f"largest page: {sizes[-1][1]}, {sizes[-1][0] / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
