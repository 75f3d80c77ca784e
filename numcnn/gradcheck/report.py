"""What a gradient check found: array by array, and as a table for people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ArrayCheck:
    """How the gradient of one array did.

    Attributes
    ----------
    name : str
        ``"x"`` or a parameter's name.
    checked, kinks : int
        How many numbers were compared, and at how many of them the function has a kink.
    error : float
        The largest difference that is not explained by a kink, relative to the largest gradient in
        the array.
    index : tuple of int
        Where that is.
    by_backward, measured : float
        The gradient there, as `backward` has it and as it was measured.
    """

    name: str
    checked: int
    kinks: int
    error: float
    index: tuple[int, ...]
    by_backward: float
    measured: float


@dataclass(frozen=True)
class GradientReport:
    """What a gradient check found.  Print it, or ask whether it is `ok`."""

    title: str
    tolerance: float
    arrays: tuple[ArrayCheck, ...]

    @property
    def error(self) -> float:
        """The largest error of all arrays."""
        return max((array.error for array in self.arrays), default=0.0)

    @property
    def wrong(self) -> ArrayCheck | None:
        """The first array whose gradient is wrong, or could not be checked because of kinks."""
        for array in self.arrays:
            unseen = array.kinks == array.checked > 0
            if not array.error <= self.tolerance or unseen:  # a NaN is wrong
                return array
        return None

    @property
    def ok(self) -> bool:
        """Whether every gradient is right."""
        return self.wrong is None

    def __str__(self) -> str:
        lines = [self.title, f"    {'array':<12}{'numbers':>10}{'at kinks':>10}{'error':>12}"]
        for array in self.arrays:
            lines.append(
                f"    {array.name:<12}{array.checked:>10}{array.kinks:>10}{array.error:>12.1e}"
            )
        wrong = self.wrong
        if wrong is None:
            lines.append(f"  right: backward and forward agree to {self.tolerance:.0e}")
        elif wrong.kinks == wrong.checked:
            lines.append(f"  unknown: all of {wrong.name} lies at kinks; try another seed or x")
        else:
            place = f"{wrong.name}[{', '.join(map(str, wrong.index))}]"
            lines.append(
                f"  WRONG: the gradient of {place} is {wrong.by_backward:.10g} by backward, but "
                f"{wrong.measured:.10g} as measured"
            )
        return "\n".join(lines)
