// Shows an answer, behind age.js and quick_maps.js, unless the paper was cleared since its drawing
// was sent.  Maps come first, because they ask where everything is.
const {data} = shown, now = ink.now ?? {number: 0, cleared: 0, unsent: false}
const [number] = data.number
if (number >= now.cleared) {
  paint(data.codes[0], figures, pixels, palette)
  for (const text of texts)
    for (const place of Bokeh.index.find_one(text).shadow_el.querySelectorAll("[data-shown]"))
      place.innerHTML = data[place.dataset.shown][0]
  tellAge(data.codes[0].length > 0 || number < now.number || now.unsent)
}
