"""Oner et al. 2021, Promoting Connectivity of Network-Like Structures by Region Separation.

TPAMI 2021, arXiv:2009.07011. ``python -m reference_models.papers.oner2021 --help``.
"""
