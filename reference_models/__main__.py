"""``python -m reference_models`` is the command ``reference-models``."""

import sys

if __name__ == "__main__":
    try:
        from .cli import main

        sys.exit(main())
    except KeyboardInterrupt:  # while Python still imports
        sys.exit(130)
