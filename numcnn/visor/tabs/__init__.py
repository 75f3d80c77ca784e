"""The tabs of a page (`order.py` lists them), and what they are about (`subject.py`).

May import: `checks`, `data_checks`, `explain`, `metrics`, `visor.ask`, `visor.figures`.
"""
