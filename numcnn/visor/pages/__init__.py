"""Whole pages: their frame (`page.py`), saved in one file, or served on this computer alone.

May import: `callbacks`, `checks`, `console`, `files`, `visor.figures`, `visor.tabs`.
"""
