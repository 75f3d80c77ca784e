"""The tabs of a page (`order.py` lists them), and what they are about (`subject.py`).

May import: `checks`, `data_checks`, `explain`, `metrics`, `picture_checks`, `visor.ask`,
`visor.figures`.
"""
