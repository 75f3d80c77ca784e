"""The fast engine in processes of all kinds: threads, forks, pools, caches, Numba's switches."""

import os
import platform
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MODEL = """
import numpy as np, numcnn

def train(seed=0):
    rng = np.random.default_rng(seed)
    model = numcnn.Sequential([
        numcnn.layers.Conv2D(2, 3, activation="relu", input_shape=(6, 6, 1)),
        numcnn.layers.MaxPooling2D(2),
        numcnn.layers.Flatten(),
        numcnn.layers.Dense(3, activation="softmax"),
    ], seed=seed)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(rng.random((20, 6, 6, 1)), rng.integers(3, size=20), epochs=2, verbose=0)
    return b"".join(weight.tobytes() for weight in model.get_weights()).hex()

def train_few_loops():
    rng = np.random.default_rng(0)
    model = numcnn.Sequential([numcnn.layers.Dense(2, input_shape=(3,))], seed=0)
    model.compile("sgd", "mse")
    model.fit(rng.random((20, 3)), rng.random((20, 2)), verbose=0)
    return model.get_weights()[0].tobytes().hex()
"""


@pytest.fixture(scope="module")
def loops(tmp_path_factory):
    """A folder of compiled loops that the tests of this file share."""
    return tmp_path_factory.mktemp("loops")


def environment(loops, **variables):
    """Return this process's environment with a folder of loops, without an engine and switches."""
    ours = ("NUMCNN_ENGINE", "NUMBA_BOUNDSCHECK", "NUMBA_DISABLE_JIT")
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return {**inherited, "NUMBA_CACHE_DIR": str(loops), **variables}


def run(program, loops, timeout=300, **variables):
    """Run a program after MODEL in a process of its own; return what it prints and what it says."""
    result = subprocess.run(
        [sys.executable, "-c", MODEL + program],
        cwd=ROOT,
        env=environment(loops, **variables),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.split(), result.stderr


@pytest.fixture(scope="module")
def expected(loops):
    """The weights that a training ends with, and what the first process says."""
    (weights, engine), said = run("print(train(), numcnn.engine.active_engine().__name__)", loops)
    assert engine == "numcnn.engine.fast"
    assert said.count("compiling this network's loops") == 1 and str(loops) in said
    return weights


def test_where_no_process_can_be_forked_the_loops_are_compiled_alone(tmp_path):
    program = """
import os

def fork():
    raise BlockingIOError("too many processes")

os.fork = fork
numcnn.engine.use_threads(2)
print(len(train_few_loops()))
"""
    (length,), said = run(program, tmp_path)
    assert int(length) > 0 and said.count("\n") == 1


LEFT_ALONE = """
import os, time

def left_alone():
    for _ in range(3000):
        try:
            os.waitpid(-1, os.WNOHANG)
            time.sleep(0.01)
        except ChildProcessError:
            return True
    return False
"""


@pytest.mark.skipif(sys.platform != "linux", reason="companions are forks, and safe on Linux only")
def test_companions_compile_loops_of_the_first_step_and_leave_nothing_but_them(expected, tmp_path):
    program = """
from pathlib import Path
from numcnn.engine.fast.runtime.disk_cache import DiskCache

class Talking(numcnn.layers.Flatten):
    def forward(self, x, training=False):
        print("forward")
        return super().forward(x, training)

compiled, save = [], DiskCache.save_overload
DiskCache.save_overload = lambda *arguments: (compiled.append(1), save(*arguments))
sought, load = [], DiskCache.load_overload
DiskCache.load_overload = lambda *arguments: (sought.append(arguments[:2]), load(*arguments))[1]
numcnn.engine.use_threads(3)
print(train(), 0 < len(compiled) < len(list(Path(FOLDER).iterdir())))
model = numcnn.Sequential([Talking(input_shape=(2, 2, 1)), numcnn.layers.Dense(7)])
model.compile("sgd", "mse")
model.fit(np.ones((30, 2, 2, 1)), np.ones((30, 7)), batch_size=30, verbose=0)
print(len(set(sought)) == len(sought), left_alone())
"""
    program = program.replace("FOLDER", repr(str(tmp_path)))
    (weights, shared, *talk, once, alone), said = run(LEFT_ALONE + program, tmp_path)
    assert weights == expected and shared == once == alone == "True"
    assert talk == ["forward"]  # what a companion does in the step, nobody sees
    assert said.count("\n") == 1
    assert {path.suffix for path in tmp_path.iterdir()} == {".loop"}


@pytest.mark.skipif(sys.platform != "linux", reason="companions are forks, and safe on Linux only")
def test_a_step_that_fails_sends_its_companions_away(tmp_path):
    program = """
class Failing(numcnn.layers.Flatten):
    def backward(self, dy):
        raise RuntimeError("in the middle")

model = numcnn.Sequential([
    numcnn.layers.Conv2D(5, 3, input_shape=(6, 6, 2)), Failing(), numcnn.layers.Dense(3)
])
model.compile("adam", "mse")
numcnn.engine.use_threads(2)
try:
    model.fit(np.ones((30, 6, 6, 2)), np.ones((30, 3)), verbose=0)
except RuntimeError as error:
    print(str(error).replace(" ", "_"), left_alone())
"""
    assert run(LEFT_ALONE + program, tmp_path)[0] == ["in_the_middle", "True"]
    assert {path.suffix for path in tmp_path.iterdir()} == {".loop"}


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_in_a_piece_of_a_loop_is_raised_in_the_thread_that_called(loops, threads):
    program = f"""
from numcnn.engine.fast.runtime.compiling import loop
from numcnn.engine.fast.runtime.thread_pool import parallel_for, use_threads

@loop
def failing(y, start, stop):
    for n in range(start, stop):
        if n == 5:
            raise ValueError("five")
        y[n] = n

use_threads({threads})
try:
    parallel_for(failing, 8, 10**7, np.zeros(8))
except ValueError as error:
    print(error)
"""
    assert run(program, loops)[0] == ["five"]


def test_the_second_process_finds_the_loops_and_says_nothing(loops, expected):
    assert run("print(train())", loops) == ([expected], "")


@pytest.mark.parametrize(
    "variables",
    [{"NUMBA_NUM_THREADS": "1"}, {"NUMBA_NUM_THREADS": "2"}],
    ids=["one thread", "two threads"],
)
def test_the_number_of_threads_changes_no_byte(loops, expected, variables):
    assert run("print(train())", loops, **variables)[0] == [expected]


def test_a_loop_has_one_compiled_form_for_any_number_of_threads(loops, expected):
    """Two forms of one loop can round differently, and did."""
    small = "from numcnn.engine.fast.runtime import thread_pool\nthread_pool.WORTHWHILE = 0\n"
    before = sorted(file.name for file in loops.iterdir())
    printed, said = run(small + "thread_pool.use_threads(2)\nprint(train())", loops)
    assert (printed, said) == ([expected], "")
    assert sorted(file.name for file in loops.iterdir()) == before


@pytest.mark.parametrize("switch", ["NUMBA_BOUNDSCHECK", "NUMBA_DISABLE_JIT"])
def test_with_bounds_checked_or_not_compiled_the_loops_give_the_same(loops, expected, switch):
    program = """
import os
weights = np.frombuffer(bytes.fromhex(train()), np.float32)
compiled = np.frombuffer(bytes.fromhex(os.environ["EXPECTED"]), np.float32)
np.testing.assert_allclose(weights, compiled, rtol=1e-3, atol=1e-6)
"""
    run(program, loops, EXPECTED=expected, **{switch: "1"})


PREDICTOR = """
from numcnn.engine.fast.predictor import plan, program
from numcnn.engine.fast.runtime import thread_pool
program.WORK_PER_HELPER = plan.MIN_PIECE_WORK = thread_pool.WORTHWHILE = 1
thread_pool.use_threads(2)
model = numcnn.Sequential([
    numcnn.layers.Conv2D(2, 3, activation="relu", input_shape=(6, 6, 1)),
    numcnn.layers.Flatten(),
    numcnn.layers.Dense(3, activation="softmax"),
], seed=0)
predict = numcnn.Predictor(model)
x = np.random.default_rng(0).random((1, 6, 6, 1), np.float32)
"""


def test_a_predictor_is_found_on_disk(loops, expected):
    program = PREDICTOR + "print(predict(x).tobytes().hex())"
    printed, _ = run(program, loops)
    assert run(program, loops) == (printed, "")


def test_one_process_announces_the_compiling_once_and_the_next_has_nothing_to_compile(
    loops, expected, tmp_path
):
    """Of all that compiles: fit, evaluate, predict of one image, a predictor and a profile."""
    program = (
        PREDICTOR
        + """
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
many = np.repeat(x, 5, axis=0)
model.fit(many, [0, 1, 2, 0, 1], verbose=0)
model.evaluate(many, [0, 1, 2, 0, 1], verbose=0)
model.predict(x, verbose=0)
numcnn.Predictor(model)(x)
numcnn.profile(model, many, repeats=1)
"""
    )
    folder = copied(loops, tmp_path / "loops")
    for file in folder.glob("adam-*.loop"):
        file.unlink()
    _, said = run(program, folder)
    announced = "compiling this network's loops to machine code: some seconds, only once for each"
    assert said == f"{announced} loop: they are kept in {folder}.\n"
    assert run(program, folder) == ([], "")


@pytest.mark.parametrize(
    "layers",
    [
        """
    numcnn.layers.Conv2D(24, 3, padding="same"),
    numcnn.layers.Conv2D(24, 3, padding="same"),
    numcnn.layers.Conv2D(24, 3, padding="same", activation="relu"),
    numcnn.layers.MaxPooling2D(2),
    numcnn.layers.Flatten(),
""",
        """
    numcnn.layers.Conv2D(8, 3),
    numcnn.layers.BatchNormalization(),
    numcnn.layers.ReLU(),
    numcnn.layers.GlobalAveragePooling2D(),
""",
    ],
    ids=["three convolutions", "batch normalization"],
)
def test_a_process_that_compiles_and_one_that_does_not_compute_the_same_bytes(loops, layers):
    program = f"""
rng = np.random.default_rng(0)
model = numcnn.Sequential([
    numcnn.layers.Input((12, 12, 1)),
{layers}
    numcnn.layers.Dense(3, activation="softmax"),
], seed=0)
model.compile("sgd", "sparse_categorical_crossentropy")
model.fit(rng.random((128, 12, 12, 1)), rng.integers(3, size=128), verbose=0)
print(b"".join(weight.tobytes() for weight in model.get_weights()).hex())
"""
    printed, _ = run(program, loops)
    assert run(program, loops) == (printed, "")


def test_loops_that_different_processes_compiled_are_not_confused(loops):
    program = """
def answer(filters):
    model = numcnn.Sequential([numcnn.layers.Conv2D(filters, 3, input_shape=(6, 6, 1))], seed=0)
    x = np.random.default_rng(0).random((1, 6, 6, 1), np.float32)
    y = numcnn.Predictor(model)(x)
    with numcnn.use_engine("reference"):
        np.testing.assert_allclose(y, model(x), rtol=1e-4, atol=1e-6)

"""
    for filters in (4, 6):  # each compiles its own
        run(program + f"answer({filters})", loops)
    _, said = run(program + "answer(4); answer(6)", loops)
    assert said == ""  # all of them came from the disk


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries decide otherwise")
def test_blocks_that_loops_free_are_not_fetched_anew_page_by_page(loops):
    fetched = """
import resource
from numcnn.engine.fast.runtime import memory

def work():
    blocks = [np.empty(1_200_000, np.uint8) for _ in range(3)]
    for block in blocks:
        block[::1024] = 1

def pages():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

for _ in range(3):
    work()
before = pages()
for _ in range(20):
    work()
print(pages() - before)
"""
    (number,), _ = run(fetched, loops)
    assert int(number) < 1_000  # of 18,000


def test_a_forked_child_predicts_while_its_parent_does(loops):
    program = """
import os, threading, warnings
warnings.simplefilter("ignore")  # Python 3.12 and later warn of a fork with threads
busy = True
def other():
    while busy:
        predict(x)
thread = threading.Thread(target=other)
thread.start()
print(predict(x).tobytes().hex())
for _ in range(10):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        for _ in range(100):
            y = predict(x)
        os.write(writing, y.tobytes().hex().encode())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    print(os.read(reading, 1 << 16).decode())
busy = False
thread.join()
"""
    printed, _ = run(PREDICTOR + program, loops)
    assert len(printed) == 11 and len(set(printed)) == 1


def test_several_threads_train_at_once(loops, expected):
    program = """
from concurrent.futures import ThreadPoolExecutor
from numcnn.engine.fast.runtime import thread_pool
numcnn.use_engine("fast")
thread_pool.use_threads(3)
thread_pool.WORTHWHILE = 0
with ThreadPoolExecutor(4) as pool:
    print(*set(pool.map(lambda _: train(), range(12))))
"""
    printed, said = run(program, loops)
    assert printed == [expected]
    assert "Error" not in said  # it may say that it compiles what threads share


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_trains(loops, expected):
    program = """
import os, threading, warnings
from numcnn.engine.fast.runtime import thread_pool
warnings.simplefilter("ignore")  # Python 3.12 and later warn of a fork with threads
thread_pool.use_threads(2)
thread_pool.WORTHWHILE = 0
train()
busy = True
def other():
    while busy:
        train()
thread = threading.Thread(target=other)
thread.start()
for _ in range(5):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, train().encode())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    print(os.read(reading, 1 << 16).decode())
busy = False
thread.join()
print(train())
"""
    printed, _ = run(program, loops)
    assert printed == [expected] * 6


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_a_pool_of_processes_trains(loops, expected, method, tmp_path):
    if method != "spawn" and not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    program = tmp_path / "program.py"
    program.write_text(
        MODEL
        + f"""
if __name__ == "__main__":
    import multiprocessing, warnings
    warnings.simplefilter("ignore")
    train()
    with multiprocessing.get_context("{method}").Pool(2) as pool:
        print(*pool.map(train, [0, 0, 0]))
"""
    )
    result = subprocess.run(
        [sys.executable, program],
        env=environment(loops, PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.stdout.split() == [expected] * 3, result.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_ctrl_c_stops_a_training_and_the_next_one_is_right(loops, expected):
    program = """
import os, signal, threading
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
from numcnn.engine.fast.runtime import thread_pool
thread_pool.use_threads(2)
thread_pool.WORTHWHILE = 0
train()
stopped = 0
for delay in np.linspace(0.001, 0.02, 20):
    timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT))
    try:
        timer.start()
        while True:
            train(1)
    except KeyboardInterrupt:
        stopped += 1
print(stopped, train())
"""
    assert run(program, loops)[0] == ["20", expected]


# --- the cache of compiled loops -----------------------------------------------------------------


def copied(loops, folder):
    """Return a copy of the compiled loops, to be spoilt."""
    folder.mkdir(mode=0o700)
    for file in loops.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.mark.parametrize("damage", ["cut off", "one bit", "empty", "foreign", "a folder"])
def test_a_damaged_loop_costs_a_sentence(loops, expected, tmp_path, damage):
    folder = copied(loops, tmp_path / "loops")
    for file in folder.glob("adam-*.loop"):  # one for each set of Numba's switches
        data = bytearray(file.read_bytes())
        if damage == "a folder":
            file.unlink()
            file.mkdir()
        else:
            data[len(data) // 2] ^= 4
            new = {"cut off": data[:-100], "one bit": data, "empty": b"", "foreign": b"hello" * 99}
            file.write_bytes(new[damage])
    printed, said = run("print(train())", folder)
    assert printed == [expected]
    assert said.count("is of no use") == 1 and "adam-" in said
    if damage != "a folder":
        assert run("print(train())", folder) == ([expected], "")  # it has been repaired


@pytest.mark.skipif(os.name != "posix", reason="this terminal is POSIX's")
def test_a_terminal_shows_the_loop_that_is_being_compiled(loops, expected, tmp_path):
    folder = copied(loops, tmp_path / "loops")
    for file in folder.glob("adam-*.loop"):
        file.unlink()
    terminal, stderr = os.openpty()
    subprocess.run(
        [sys.executable, "-c", MODEL + "train()"],
        cwd=ROOT,
        env=environment(folder),
        stderr=stderr,
        timeout=300,
        check=True,
    )
    os.close(stderr)
    said = os.read(terminal, 1 << 16).decode()
    os.close(terminal)
    announced, shown = said.split("\n")
    assert announced.startswith(
        "compiling this network's loops to machine code: some seconds, only"
    )
    clear = "\r\x1b[K"
    assert shown == f"{clear}compiling loop 1: adam{clear}"


def test_where_nothing_can_be_written_the_loops_are_compiled_each_time(loops, tmp_path):
    (tmp_path / "file").touch()
    printed, said = run("print(train_few_loops())", tmp_path / "file" / "loops")
    assert printed == run("print(train_few_loops())", loops)[0]
    assert said.count("\n") == 2  # they are not kept; they are being compiled
    assert "compiled loops are not kept" in said and "in each run" in said


FULL_DISK = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
"""


@pytest.mark.skipif(os.name != "posix", reason="limits are POSIX's")
def test_where_the_disk_is_full_nothing_is_said_to_be_kept_and_what_is_there_is_used(
    loops, expected, tmp_path
):
    folder = copied(loops, tmp_path / "loops")
    for file in folder.glob("adam-*.loop"):
        file.unlink()
    before = sorted(folder.iterdir())
    printed, said = run(FULL_DISK + "print(train())", folder)
    assert printed == [expected]
    assert f"can't be kept for the next time: [Errno 27] {folder} can't be written" in said
    assert said.count("\n") == 2 and said.endswith("some seconds, in each run.\n")
    assert sorted(folder.iterdir()) == before


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_a_folder_that_others_can_write_is_not_trusted(loops, tmp_path):
    expected, _ = run("print(train_few_loops())", loops)
    folder = copied(loops, tmp_path / "loops")
    folder.chmod(stat.S_IRWXU | stat.S_IRWXO)
    printed, said = run("print(train_few_loops())", folder)
    assert printed == expected
    assert "other users can write to it" in said


# --- which engine --------------------------------------------------------------------------------

NO_NUMBA = """
import sys
sys.modules["numba"] = None
"""


def test_where_numba_is_not_installed_the_reference_serves_as_in_a_browser(loops):
    program = NO_NUMBA + "print(train()[:0], numcnn.engine.active_engine().__name__)"
    printed, said = run(program, loops)
    assert printed == ["numcnn.engine.reference"]
    assert said == ""


def test_where_numba_is_damaged_the_reference_serves_and_says_so(loops):
    damaged = 'import sys, types\nsys.modules["numba"] = types.ModuleType("numba")\n'
    program = damaged + "print(train()[:0], numcnn.engine.active_engine().__name__)"
    printed, said = run(program, loops)
    assert printed == ["numcnn.engine.reference"]
    assert said.count("\n") == 1 and "the reference engine does" in said


def test_who_asks_for_the_fast_engine_without_numba_is_told_why_not(loops):
    program = (
        NO_NUMBA
        + """
try:
    numcnn.use_engine("fast")
except ImportError as error:
    print("ImportError")
print(numcnn.engine.active_engine().__name__)
"""
    )
    printed, _ = run(program, loops)
    assert printed == ["ImportError", "numcnn.engine.reference"]


def test_the_environment_chooses_the_engine(loops):
    program = "print(numcnn.engine.active_engine().__name__)"
    for name in ("reference", "fast"):
        assert run(program, loops, NUMCNN_ENGINE=name)[0] == [f"numcnn.engine.{name}"]


def test_importing_numcnn_does_not_import_numba(loops):
    assert run("import sys; print('numba' in sys.modules)", loops)[0] == ["False"]


def test_loops_that_are_not_compiled_are_said_to_be_slow(loops):
    program = "print(numcnn.engine.active_engine().__name__)"
    printed, said = run(program, loops, NUMBA_DISABLE_JIT="1")
    assert printed == ["numcnn.engine.fast"]
    assert said.count("\n") == 1 and "NUMCNN_ENGINE=reference chooses the engine in NumPy" in said
