"""What is promised of numcnn's reliability, tried as often as anyone likes.

Each script prints how many were tried and how many were good, with the seed and the versions, and
has a control that must fail.
"""
