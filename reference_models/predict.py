"""From a run and images to maps, and to road graphs that ``roadmetrics score`` reads."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from roadmetrics.errors import FormatError, RoadMetricsError
from roadmetrics.graph import RoadGraph
from roadmetrics.images import SUFFIXES
from roadmetrics.io.files import MIB, read_bytes, shown
from roadmetrics.io.strict_json import parse_json
from roadmetrics.load import write
from roadmetrics.pairs import few

from .data import Photos, Scene
from .models import cast, device_of, dtype_of, set_threads
from .roads import roads_of
from .settings import PredictArgs, RoadArgs, check_name, made
from .tiles import map_of
from .train import net_of

Floats = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]  # images done, images in all
THRESHOLD = "threshold.json"  # in the folder of a run
TOGETHER = 1 << 20  # pixels that the network is given at once


class Predictor:
    """The trained network of a run.

    ``map`` gives distances up to d_max, or probabilities. Raises RoadMetricsError for a folder
    that holds no run and for a checkpoint of another network.
    """

    def __init__(self, run: str | Path, args: RoadArgs) -> None:
        set_threads(args.threads)
        self.folder, self.args, self.device = Path(run), args, device_of(args.device)
        self.net, self.trained, self.step = net_of(self.folder, self.device)
        self.dtype = dtype_of(self.trained.precision, self.device)

    @property
    def is_distance(self) -> bool:
        """Whether maps are distances in pixels."""
        return self.trained.is_distance

    def map(self, scene: Scene, photos: Photos) -> Floats:
        """[H + 2 margin, W + 2 margin] of a scene; a large one lies on disk while photos live."""
        x0, y0, x1, y1 = scene.bounds()
        args, margin = self.args, 2 * self.args.margin
        out = photos.scratch(y1 - y0 + margin, x1 - x0 + margin)
        map_of(
            photos.open(scene.image)[y0:y1, x0:x1], self._run, out, tile=args.tile,
            overlap=args.overlap, margin=args.margin, batch=max(TOGETHER // args.tile**2, 1),
            name=shown(scene.image),
        )  # fmt: skip
        return out

    def roads(self, values: Floats, threshold: float, scene: Scene) -> RoadGraph:
        """The graph of a map."""
        try:
            return roads_of(
                values, threshold, self.args, is_distance=self.is_distance,
                metres_per_pixel=scene.metres_per_pixel,
            )  # fmt: skip
        except RoadMetricsError as error:
            raise RoadMetricsError(f"{shown(scene.image)}: {error}") from None

    def threshold(self, given: float = -1.0) -> float:
        """The one given, or that which `choose` left in the run."""
        if given >= 0:
            return given
        if given != -1:
            raise RoadMetricsError(f"--threshold must be 0 or more, or -1, not {given:g}")
        path = self.folder / THRESHOLD
        if not path.is_file():
            raise RoadMetricsError(
                f"{shown(self.folder)}: no threshold has been chosen: reference-models choose "
                f"{shown(self.folder)} --data VALIDATION, or give --threshold"
            )
        document = parse_json(read_bytes(path, MIB), shown(path))
        value = document.get("threshold") if isinstance(document, dict) else None
        if not isinstance(value, (int, float)) or document.get("step") != self.step:
            raise FormatError(
                f"{shown(path)}: not a threshold for step {self.step} of this run: choose again"
            )
        return float(value)

    def _run(self, images: Floats) -> Floats:
        with torch.no_grad(), cast(self.device, self.dtype):
            output = self.net(torch.from_numpy(images).to(self.device)).float()[:, 0]
        d_max = self.trained.d_max
        maps: Floats = (
            (output.clamp(0, d_max) if self.is_distance else output.sigmoid()).cpu().numpy()
        )
        return maps


def predict(args: PredictArgs, progress: Progress | None = None) -> int:
    """Write ID.json of every image into ``args.out``; how many.

    Each file is whole or not there; an error leaves those before it. Raises RoadMetricsError that
    names the image.
    """
    check_name(args.out, "--out")
    if args.maps:
        check_name(args.maps, "--maps")
    predictor = Predictor(args.run, args)
    threshold, scenes = predictor.threshold(args.threshold), image_scenes(Path(args.images))
    for folder in filter(None, (args.out, args.maps)):
        made(Path(folder))
    with Photos() as photos:
        for done, scene in enumerate(scenes, start=1):
            values = predictor.map(scene, photos)
            write(predictor.roads(values, threshold, scene), Path(args.out) / f"{scene.id}.json")
            if args.maps:
                write_map(Path(args.maps) / f"{scene.id}.npy", values, args.margin)
            if progress is not None:
                progress(done, len(scenes))
    return len(scenes)


def image_scenes(images: Path) -> list[Scene]:
    """The images of a folder, or one image; RoadMetricsError for two of one name."""
    if images.is_file():
        return [Scene(images.stem, images)]
    if not images.is_dir():
        raise RoadMetricsError(f"{shown(images)}: no such folder of images")
    files = sorted(p for p in images.iterdir() if p.suffix.lower() in SUFFIXES)
    names = [file.stem for file in files]
    if not files:
        raise RoadMetricsError(f"{shown(images)}: there is no image in it ({' '.join(SUFFIXES)})")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise RoadMetricsError(f"{shown(images)}: two images are called {few(twice)}: keep one")
    return [Scene(file.stem, file) for file in files]


def write_map(path: Path, values: Floats, margin: int) -> None:
    """Write the map without its margin as a NumPy file, whole or not at all."""
    height, width = values.shape
    inner = values[margin : height - margin, margin : width - margin]
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        held = np.lib.format.open_memmap(draft, mode="w+", dtype=np.float32, shape=inner.shape)
        held[:] = inner
        held.flush()
        del held
        draft.replace(path)
    except OSError as error:
        raise RoadMetricsError(f"{shown(path)}: cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):
            draft.unlink()
