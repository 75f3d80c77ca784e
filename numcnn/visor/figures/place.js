// Row and column under the mouse: Bokeh's own j and i.
return `${special_vars.image_index.j}, ${special_vars.image_index.i}`
