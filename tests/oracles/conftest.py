"""The scripts that ask the oracles are not for pytest: they import Keras, PyTorch and ONNX."""

collect_ignore_glob = ["make_*.py", "full_width.py"]
