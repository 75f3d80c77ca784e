"""The tabs of a page, in their order.

Each is a module with ``tab(subject)``, which returns a layout, and, if it changes while the model
learns, ``update(layout, subject)``, which brings such a layout up to date.  One that does more
where Python can be asked has a ``live_tab(subject)`` for that.
"""

from __future__ import annotations

from types import ModuleType

from numcnn.visor.tabs import evaluation, input_data, layers, model, training

TABS: dict[str, ModuleType] = {
    "Input data": input_data,
    "Model": model,
    "Training": training,
    "Evaluation": evaluation,
    "Layers": layers,
}
WITHOUT_DATA = ("Model", "Training")
"""Those that show something also where there are no samples."""
