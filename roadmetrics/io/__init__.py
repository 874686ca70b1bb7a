"""One file per format: bytes in, RoadGraph or Mask out, and back. See docs/formats.md."""
