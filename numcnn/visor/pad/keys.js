// The paper takes keys, and a finger draws on it.
const {el, canvas_view} = Bokeh.index.find_one(paper)
canvas_view.events_el.style.touchAction = "none" // a finger draws here, it does not scroll
el.tabIndex = 0
el.setAttribute("role", "application")
el.setAttribute("aria-label", "Paper: arrows move the pen, space puts it down, Delete clears")
el.addEventListener("keydown", event => draw.execute(event))
el.addEventListener("pointerdown", () => el.focus({preventScroll: true}))
