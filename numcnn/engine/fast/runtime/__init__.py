"""The runtime: how a loop is compiled, kept on disk and run, and where its arrays come from.

`compiling`
    How a loop is declared and compiled.
`disk_cache`
    Compiled loops on disk, for the next process.
`companions`
    Processes that compile the loops of a first step together.
`thread_pool`, `helper`, `work_sharing`, `atomics`
    Several cores for one loop: the pool, one of its threads, how they divide a loop among them,
    and integers that threads share.
`stopwatch`
    How long a thread's loops take.
`memory`
    Arrays whose memory is used again.

Nothing here knows what a loop computes.

May import: `files`, `home`.
"""
