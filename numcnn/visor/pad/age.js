// Says above the maps whether they, and the arithmetic, are still about an older drawing.
function tellAge(older) {
  if (now.older === older) return
  const note = Bokeh.index.find_one(age)?.shadow_el.querySelector("[role=note]")
  if (!note) return
  note.style.visibility = older ? "visible" : "hidden"
  now.older = older
}

