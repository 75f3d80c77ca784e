"""The tutorial as a whole program, once for each library: ``python FILE DATA.npz EPOCHS``.

Each reads the same file, trains model A with batches of 512, evaluates, and prints one line of
JSON: the accuracy, and the process's peak memory in bytes.
"""
