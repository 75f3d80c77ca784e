"""The tabs of a page, in their order.

Each is a module with ``tab(subject)``, which returns a layout, and, if it changes while the model
learns, ``update(layout, subject)``, which brings such a layout up to date.  One that does more
where Python can be asked has a ``live_tab(subject)`` for that.
"""

from __future__ import annotations

from types import ModuleType

from numcnn.visor import evaluation_tab, input_tab, layers_tab, model_tab, training_tab

TABS: dict[str, ModuleType] = {
    "Input data": input_tab,
    "Model": model_tab,
    "Training": training_tab,
    "Evaluation": evaluation_tab,
    "Layers": layers_tab,
}
WITHOUT_DATA = ("Model", "Training")
"""Those that show something also where there are no samples."""
