"""The exercises: one file for each, with the check of a student's code (`verdict.examine`).

A check runs the student's own functions and layers.  Where numbers are wrong, it compares them with
those of the usual mistakes, and names a mistake only if the numbers are the same.

    >>> from numcnn.course.exercises import examine
    >>> print(examine("02", ""))
    02-convolution: not yet
      The file is empty. Write the function below the line that says so.

May import: `console`, `course`, `engine`, `gradcheck`, `layers`, `optimizers`, `parameter`.
"""

from numcnn.course.exercises.verdict import Verdict, check, examine

__all__ = ["Verdict", "check", "examine"]
