"""Models: what layers make together."""

from numcnn.sequential import Sequential

__all__ = ["Sequential"]
