"""Tree search over key points, and what is played with it: numpy and numba, no torch.

``model`` says what a model must offer; ``tree`` holds the statistics of a batch of searches;
``driver`` searches; ``chance`` draws; ``selfplay`` plays episodes and searches them again;
``replay`` keeps them; ``workers`` spreads them over processes. docs/search.md has the formulas.
"""

from __future__ import annotations
