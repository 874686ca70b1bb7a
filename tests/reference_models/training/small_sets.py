"""Small folders in the published layouts: images of noise, a road across each."""

import json

import numpy as np
from PIL import Image

from roadmetrics.graph import RoadGraph
from roadmetrics.load import write


def photo(path, width=40, height=30, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return pixels


def mask(path, width=40, height=30, row=10, half=0):
    """A road along a row, 2 half + 1 wide."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((height, width), np.uint8)
    if row is not None:
        pixels[row - half : row + half + 1] = 255
    Image.fromarray(pixels).save(path)


def graph(path, *points):
    path.parent.mkdir(parents=True, exist_ok=True)
    write(RoadGraph(points, [(k, k + 1) for k in range(len(points) - 1)]), path)


def towns(folder, n=2, side=40):
    for k in range(n):
        pixels = photo(folder / "images" / f"t{k}.png", side, side, seed=k) // 2
        pixels[8 + k : 13 + k] = 255  # the road is to be seen
        Image.fromarray(pixels).save(folder / "images" / f"t{k}.png")
        graph(folder / "graphs" / f"t{k}.json", (-5, 10 + k), (side + 5, 10 + k))
    return folder


def geotiff(path, width=500, height=400, kind=np.uint8):
    """UTM 11N, half a metre a pixel, the corner at 600000, 4000000."""
    import rasterio
    from rasterio import Affine

    path.parent.mkdir(parents=True, exist_ok=True)
    high = 256 if kind == np.uint8 else 3000
    pixels = np.random.default_rng(0).integers(high // 2, high, (3, height, width)).astype(kind)
    with rasterio.open(
        path, "w", driver="GTiff", width=width, height=height, count=3, dtype=kind,
        crs="EPSG:32611", transform=Affine(0.5, 0, 600_000, 0, -0.5, 4_000_000),
    ) as out:  # fmt: skip
        out.write(pixels)
    return pixels


def geojson_row(path, row, width=500):
    """A road in longitudes and latitudes along the centres of a row of `geotiff`."""
    from pyproj import Transformer

    to_degrees = Transformer.from_crs("EPSG:32611", "EPSG:4326", always_xy=True).transform
    xs = 600_000 + 0.5 * (np.array([0.0, width - 1]) + 0.5)
    y = 4_000_000 - 0.5 * (row + 0.5)
    line = [list(to_degrees(x, y)) for x in xs]
    feature = {"type": "Feature", "properties": {},
               "geometry": {"type": "LineString", "coordinates": line}}  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
