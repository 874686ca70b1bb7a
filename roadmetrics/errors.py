"""What a user can cause: one line that says what, where, which rule, and what to do."""


class RoadMetricsError(ValueError):
    """Base of every error that roadmetrics raises on purpose."""


class GraphError(RoadMetricsError):
    """The arrays do not make a road graph."""


class FormatError(RoadMetricsError):
    """A file does not follow its format."""


class SignatureError(RoadMetricsError):
    """A metric name or signature does not parse."""


class UnitError(RoadMetricsError):
    """A metric in metres met a graph in pixels, or two graphs differ in unit."""


class PairingError(RoadMetricsError):
    """Ground truth and predictions do not pair up."""
