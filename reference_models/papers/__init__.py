"""Tables of papers, made again: a folder for each, one configuration a row."""
