"""Whole pages: their frame (`page.py`), saved in one file, or served on this computer alone.

May import: `callbacks`, `checks`, `files`, `visor.figures`, `visor.tabs`.
"""
