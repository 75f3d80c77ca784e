// Shows an answer, behind quick_maps.js: maps first, because they ask where everything is.
const {data} = shown
paint(data.codes[0], figures, pixels, palette)
for (const text of texts)
  for (const place of Bokeh.index.find_one(text).shadow_el.querySelectorAll("[data-shown]"))
    place.innerHTML = data[place.dataset.shown][0]
