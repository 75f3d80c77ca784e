"""The plan of the house: who may import whom."""

import ast
from pathlib import Path

import pytest

import numcnn

PACKAGE = Path(numcnn.__file__).parent

# From the ground up.  A module may import modules of the floors below its own, and of its own
# floor only its own package's base.
FLOORS = [
    ["backend", "checks", "files", "home", "machine", "notebook", "parameter", "datasets.sketches"],
    ["saving", "saving.errors", "gradcheck.report", "engine.fast.kept"],
    [
        *["configuration", "geometry", "randomness", "gradcheck.slopes"],
        *["engine.fast.atomic", "engine.fast.compiled", "engine.fast.memory"],
    ],
    ["families", "datasets.garments", "datasets.pen_strokes", "datasets.small_images"],
    ["engine.fast.helper"],
    ["datasets.ink"],
    [
        *["engine.reference", "initializers.base", "activations.base", "regularizers"],
        *["losses.base", "metrics.base", "metrics.classes", "optimizers.schedules"],
        *["engine.fast.blocks", "engine.fast.threads"],
    ],
    [
        *["activations.classic", "activations.units"],
        *["initializers.constant", "initializers.random", "initializers.scaling"],
        *["engine.fast.batch", "engine.fast.few_loops", "engine.fast.pointwise"],
        *["engine.fast.winograd"],
    ],
    ["engine.fast.tiles", "engine.definition"],
    ["engine.fast.convolution", "engine.fast.dense", "engine.fast.pooling"],
    ["engine.fast.fusion", "engine.fast.gradients"],
    ["engine.fast.waiting"],
    ["engine.fast.few"],
    ["engine.fast.recipe"],
    ["engine.fast.plan"],
    ["engine.fast.sharing"],
    ["engine.fast.program"],
    ["engine.fast.frozen"],
    ["engine.fast"],
    ["engine.choice"],
    ["engine"],
    ["optimizers.base", "activations", "initializers"],
    ["layers.base"],
    [
        *["layers.activation", "layers.batch_normalization", "layers.convolution", "layers.dense"],
        *["layers.dropout", "layers.flatten", "layers.global_pooling", "layers.input"],
        *["layers.pooling", "layers.rescaling", "layers.reshape", "layers.zero_padding"],
        *["losses.cross_entropy", "losses.elementwise", "optimizers.adadelta"],
        *["optimizers.adagrad", "optimizers.adam", "optimizers.rmsprop", "optimizers.sgd"],
        *["metrics.named", "callbacks.base", "batches", "pictures", "summary"],
        *["datasets.digits", "datasets.download", "datasets.sprite", "datasets.silhouettes"],
        *["datasets.idx", "datasets.npz"],
    ],
    [
        *["data_checks", "streams"],
        *["callbacks.csv_logger", "callbacks.functions", "callbacks.history", "callbacks.monitor"],
        "callbacks.terminate_on_nan",
    ],
    ["utils.arrays", "utils.model_picture"],
    ["utils"],
    ["callbacks.early_stopping", "callbacks.learning_rate"],
    ["saving.container", "saving.hdf5", "saving.rebuild", "saving.state"],
    ["callbacks.model_checkpoint"],
    ["saving.keras_layout", "saving.training_state"],
    ["callbacks.backup"],
    ["callbacks"],
    ["losses.functions"],
    ["layers", "losses", "metrics", "optimizers", "progress", "training"],
    ["datasets.fashion_mnist", "datasets.mnist"],
    ["saving.compiling"],
    ["saving.keras_files", "saving.native"],
    ["saving.formats"],
    ["saving.saveable"],
    ["network", "datasets", "explain.wiring"],
    ["sequential", "predictor", "gradcheck", "profiling", "explain.arithmetic"],
    ["explain.trace"],
    ["explain.saliency"],
    ["explain"],
    ["visor.theme", "visor.record", "visor.answers", "visor.loopback"],
    ["visor.tiles"],
    ["visor.subject", "visor.drawing", "visor.place_fields", "visor.class_names"],
    ["visor.layers_view"],
    ["visor.pages", "visor.curves", "visor.architecture"],
    ["visor.confusion", "visor.class_accuracy", "visor.examples", "visor.maps", "visor.weights"],
    ["visor.quick_maps", "visor.pad_texts"],
    ["visor.pad"],
    ["visor.pad_server"],
    ["visor.covered", "visor.embedded"],
    [
        *["visor.input_tab", "visor.model_tab", "visor.training_tab", "visor.evaluation_tab"],
        "visor.layers_tab",
    ],
    ["visor.tabs", "visor.live_training"],
    ["visor.saved", "visor.live"],
    ["visor.fit_callbacks"],
    ["visor"],
    ["models"],
    ["gradcheck.__main__", "visor.__main__", "redirect", "__init__"],
]
FLOOR = {module: number for number, modules in enumerate(FLOORS) for module in modules}
ONLY_IN = {
    "numba": ("engine.fast", "machine"),
    "llvmlite": ("engine.fast",),
    "PIL": ("datasets.sprite", "pictures", "utils.model_picture", "visor.tiles"),
    "tqdm": ("progress", "datasets.download"),
    "bokeh": ("visor",),
    "h5py": ("saving.hdf5",),
    "safetensors": ("saving.container",),
}


def name_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def imports(file: Path) -> set[str]:
    """Every module that a file imports, also ``from numcnn import name``."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner.removeprefix("numcnn.") in FLOOR else node.module)
    return found


MODULES = {name_of(file): imports(file) for file in sorted(PACKAGE.rglob("*.py"))}


def test_every_module_has_its_floor():
    missing = set(MODULES) - set(FLOOR)
    assert not missing, f"say in FLOORS where these belong: {missing}"


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_downward_only(module):
    for imported in MODULES[module]:
        other = imported.removeprefix("numcnn.")
        if imported.startswith("numcnn.") and other in FLOOR:
            assert FLOOR[other] < FLOOR[module], f"{module} imports {other}"


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_used_in_its_rooms_only(library):
    for module, imported in MODULES.items():
        if any(name.split(".")[0] == library for name in imported):
            assert module.startswith(ONLY_IN[library]), f"{module} imports {library}"


def test_the_library_has_no_assert_and_no_print():
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            assert not isinstance(node, ast.Assert), file
            is_print = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
            assert not is_print, file
