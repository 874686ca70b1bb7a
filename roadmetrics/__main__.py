"""``python -m roadmetrics`` is the command ``roadmetrics``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
