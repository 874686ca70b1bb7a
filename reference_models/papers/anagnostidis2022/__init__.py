"""Anagnostidis et al., Mastering Spatial Graph Prediction of Road Networks, in miniature.

arXiv:2210.00828 (2022); ICCV 2023 prints other numbers. ``python -m
reference_models.papers.anagnostidis2022 --help``.
"""
