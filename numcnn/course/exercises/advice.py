"""What an error of Python most likely means in a student's code, by a piece of its text.

The sentences stand in ``words.json``, so that they come in the reader's language.
"""

ADVICE = {
    "bitwise_xor": "power",
    "for ^": "power",
    "truth value of an array": "truth",
    "can be converted to Python scalars": "one_number",
    "cannot be interpreted as an integer": "whole",
    "indices must be integers": "whole",
    "only integers, slices": "whole",
    "Cannot cast ufunc": "in_place",
    "array element with a sequence": "one_place",
    "NoneType": "nothing",
    "broadcast": "shapes",
    "core dimension": "product",
    "cannot reshape": "reshape",
    "out of bounds for array of dimension": "axis",
    "too many indices": "axis",
    "out of bounds": "outside",
    "out of range": "outside",
    "EOFError": "input",
    "SystemExit": "exit",
    "is not defined": "unknown",
    "IndentationError": "indentation",
    "outside function": "indentation",
}


def advice(error: str) -> str:
    """Return the kind of a mistake from the text of an error; empty if it is none of these."""
    return next((kind for piece, kind in ADVICE.items() if piece in error), "")
