// Numbers, or which of the gradients.
shown.data = {...shown.data, mode: [cb_obj.active]}
