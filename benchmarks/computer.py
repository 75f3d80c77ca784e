"""The computer on which something is measured."""

import os
import platform
from pathlib import Path

import llvmlite.binding as llvm


def processor() -> str:
    """Return the processor's name, and in brackets its kind, as the compiler calls it.

    Names alone say little, least of all in the clouds: "AMD EPYC" are five generations.
    """
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or "a processor without a name"
    return f"{name} ({llvm.get_host_cpu_name()})"


def registers() -> str:
    """Return the kind of processor that loops are compiled for, as the compiler calls it."""
    return os.environ.get("NUMBA_CPU_NAME") or llvm.get_host_cpu_name()


def has_avx512() -> bool:
    """Return whether this processor has 32 registers of 512 bits, and not AVX2 alone."""
    return bool(llvm.get_host_cpu_features().get("avx512f", False))
