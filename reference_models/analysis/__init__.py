"""Figures of the refiner's paper on anybody's predictions: ``python -m`` a module, one a figure."""
