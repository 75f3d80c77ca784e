"""Where the boxes and the arrows of a graph stand in its picture.

Each box stands one level below the lowest of those that it reads.  An arrow over several levels
gets a place of its own on each level between, so that it goes around the boxes.
"""

from __future__ import annotations

Point = tuple[float, float]
LANE = 14.0
"""The width of a place for an arrow alone, in points."""
SPACE = 24.0
"""Between two boxes of a level."""


class Layout:
    """Places of boxes, from top to bottom.

    Parameters
    ----------
    sizes : list of (float, float)
        Width and height of each box.
    sources : list of list of int
        What each box reads: boxes before it.
    gap : float
        Between two levels.

    Attributes
    ----------
    centres : list of (float, float)
    paths : list of list of (float, float)
        The corners of each arrow.
    across, along : float
        Width and height of the whole.
    """

    def __init__(self, sizes: list[Point], sources: list[list[int]], gap: float) -> None:
        level: list[int] = []
        for read in sources:
            level.append(1 + max((level[k] for k in read), default=-1))
        reads: list[list[int]] = [[] for _ in sizes]
        widths, levels = [size[0] for size in sizes], list(level)
        chains: list[list[int]] = []  # each arrow as a chain of places
        for target, read in enumerate(sources):
            for source in dict.fromkeys(read):
                chain = [source]
                for passed in range(level[source] + 1, level[target]):
                    chain.append(len(levels))
                    levels.append(passed)
                    widths.append(LANE)
                    reads.append([chain[-2]])
                reads[target].append(chain[-1])
                chains.append([*chain, target])
        rows = [[k for k, at in enumerate(levels) if at == n] for n in range(max(levels) + 1)]
        x = self._across(rows, reads, widths)
        heights = [max((sizes[k][1] for k in row if k < len(sizes)), default=0) for row in rows]
        tops = [sum(heights[:row]) + gap * row for row in range(len(rows))]
        self.along = tops[-1] + heights[-1]
        self.across = max(x[k] + widths[k] / 2 for k in range(len(x)))
        middle = [tops[row] + heights[row] / 2 for row in levels]
        self.centres = [(x[k], middle[k]) for k in range(len(sizes))]
        self.paths = []
        for first, *between, last in chains:
            points = [(x[first], middle[first] + sizes[first][1] / 2)]
            for step in between:
                top = tops[levels[step]]
                points += [(x[step], top), (x[step], top + heights[levels[step]])]
            self.paths.append([*points, (x[last], middle[last] - sizes[last][1] / 2)])

    @staticmethod
    def _across(
        rows: list[list[int]], reads: list[list[int]], widths: list[float]
    ) -> dict[int, float]:
        """Return where each place stands across: near what it reads, and beside its neighbours."""
        x: dict[int, float] = {}
        for row in rows:
            wish = {k: sum(x[r] for r in reads[k]) / max(1, len(reads[k])) for k in row}
            right = float("-inf")
            for k in sorted(row, key=lambda k: (wish[k], k)):
                x[k] = max(wish[k], right + widths[k] / 2)
                right = x[k] + widths[k] / 2 + SPACE
            shift = sum(wish[k] - x[k] for k in row) / len(row)
            for k in row:
                x[k] += shift
        left = min(x[k] - widths[k] / 2 for k in x)
        return {k: value - left for k, value in x.items()}
