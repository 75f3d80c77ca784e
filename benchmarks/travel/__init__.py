"""Models out to other runtimes and back: what each of them computes, in one table."""
