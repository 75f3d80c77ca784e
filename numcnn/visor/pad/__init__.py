"""The drawing pad: what is drawn becomes a sample, and the network's answer follows the pen.

May import: `checks`, `console`, `datasets`, `explain`, `picture_checks`, `visor.ask`,
`visor.figures`, `visor.pages`.
"""
