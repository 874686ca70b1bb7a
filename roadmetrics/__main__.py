"""``python -m roadmetrics`` is the command ``roadmetrics``."""

import sys

if __name__ == "__main__":
    try:
        from .cli import main

        sys.exit(main())
    except KeyboardInterrupt:  # while Python still imports
        sys.exit(130)
