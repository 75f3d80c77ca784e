"""Exercise 5: the backward pass of a convolution."""

from numcnn.course.exercises.layer_check import compare
from numcnn.course.exercises.student import Student
from numcnn.layers import Conv2D


def check(student: Student) -> None:
    """Compare ``MyConv`` with numcnn's convolution: outputs and gradients on the same weights."""
    compare(student, "MyConv", Conv2D(2, 3, use_bias=False), (5, 6, 2))
