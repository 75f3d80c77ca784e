// Tabs after the WAI-ARIA pattern: one is shown; arrow keys, Home and End go from tab to tab.
// The address says which is shown, so that a tab can be linked to and survives a reload.
(() => {
  const tabs = [...document.querySelectorAll('[role="tab"]')]
  const panel = tab => document.getElementById(tab.getAttribute("aria-controls"))
  const show = chosen => {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", tab === chosen)
      tab.tabIndex = tab === chosen ? 0 : -1
      panel(tab).hidden = tab !== chosen
    }
    history.replaceState(null, "", "#" + panel(chosen).id)
    tellServer()
  }
  // A server makes a tab when it is first looked at, and keeps up to date what is looked at.
  const tellServer = () => {
    if (!document.querySelector("main[data-live]")) return
    for (const doc of Bokeh.documents)
      for (const tab of tabs) {
        const root = doc.get_model_by_name(panel(tab).id)
        if (root) root.visible = !panel(tab).hidden
      }
  }
  for (const tab of tabs) {
    tab.addEventListener("click", () => show(tab))
    tab.addEventListener("keydown", event => {
      const here = tabs.indexOf(tab)
      const goal = {
        ArrowRight: here + 1, ArrowLeft: here - 1 + tabs.length, Home: 0, End: tabs.length - 1,
      }[event.key]
      if (goal === undefined) return
      const next = tabs[goal % tabs.length]
      show(next)
      next.focus()
      event.preventDefault()
    })
  }
  const wanted = () => tabs.find(tab => "#" + panel(tab).id === location.hash)
  addEventListener("hashchange", () => show(wanted() ?? tabs[0]))
  show(wanted() ?? tabs[0])

  // Figures are drawn on canvases, which must be told when the reader's colours change; axes and
  // titles look up their colours themselves, texts among the data are given them here.
  const useColours = () => {
    const ink = getComputedStyle(document.documentElement).getPropertyValue("--ink")
    for (const doc of Bokeh.documents)
      for (const model of doc._all_models.values()) {
        if (model.tags.includes("ink")) model.text_color = {value: ink}
        if (model.type === "Figure") model.change.emit()
      }
  }
  globalThis.pageReady = () => {
    tellServer()
    useColours()
    for (const doc of Bokeh.documents) doc.on_change(showFirstAnswer)
    showFirstAnswer()
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", useColours)

  // What was answered while the page, or a tab of it, was made has yet to be shown.
  let shownBy = null
  const showFirstAnswer = () => {
    const answered = source("answered")
    if (!answered || answered === shownBy) return
    shownBy = answered
    setTimeout(() => answered.properties.data.change.emit())
  }

  // Buttons in texts: data-ask="level,place" asks a number why, data-show="3" shows a sample.
  const source = name => Bokeh.documents.map(doc => doc.get_model_by_name(name)).find(Boolean)
  const keepFocus = (texts, button, frames = 60) => { // on the first term of the next answer
    if (button.isConnected && frames) requestAnimationFrame(() => keepFocus(texts, button, frames - 1))
    else texts.querySelector(".terms button")?.focus({preventScroll: true})
  }
  document.addEventListener("click", event => {
    const button = event.composedPath().find(node => node.dataset?.ask ?? node.dataset?.show)
    if (!button) return
    const texts = button.getRootNode()
    if (button.dataset.show) {
      const shown = source("shown-sample")
      shown.data = {...shown.data, sample: [Number(button.dataset.show)]}
      for (const other of texts.querySelectorAll("[data-show]"))
        other.setAttribute("aria-pressed", other === button)
    } else {
      const [level, place] = button.dataset.ask.split(",").map(Number)
      source("asked").data = {level: [level], place: [place]}
      keepFocus(texts, button)
    }
  })
})()
