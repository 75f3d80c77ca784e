"""Single figures, each one function, and the look that all of them share (`theme.py`).

May import: `checks`, `data_checks`, `metrics`, `picture_checks`.
"""
