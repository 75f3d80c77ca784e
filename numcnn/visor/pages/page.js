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
    for (const doc of Bokeh.documents) doc.on_change(showFirst)
    showFirst()
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", useColours)

  // What was made together with the page, or with a tab of it, has yet to be shown.
  const source = name => Bokeh.documents.map(doc => doc.get_model_by_name(name)).find(Boolean)
  const first = {answered: null, shown: null}
  const showFirst = () => {
    for (const name of Object.keys(first)) {
      const made = source(name)
      if (!made || made === first[name]) continue
      first[name] = made
      setTimeout(() => made.properties.data.change.emit())
    }
  }

  const later = (found, act, frames = 600) => { // when something is there
    const there = found()
    if (there) act(there)
    else if (frames) requestAnimationFrame(() => later(found, act, frames - 1))
  }
  const focusOn = (texts, selector, button) => later( // of the text that takes the place of this one
    () => !button.isConnected && texts.querySelector(selector),
    next => next.focus({preventScroll: true}), 60)

  // Buttons in texts.  data-ask="level,place" asks a number why.
  const ask = button => {
    const [level, place] = button.dataset.ask.split(",").map(Number)
    source("asked").data = {level: [level], place: [place]}
    focusOn(button.getRootNode(), ".terms button", button)
  }
  // data-show="3" shows sample 3.  On an image of the evaluation there is also the class that is
  // predicted: the tab Layers opens, and says why.
  const pick = (sample, image, caption) => {
    const texts = Bokeh.index.find_one(source("picker")).shadow_el
    const buttons = () => [...texts.querySelectorAll("[data-show]")]
    if (!buttons().some(button => button.dataset.show === sample)) {
      const guest = texts.querySelector(".guest") ?? document.createElement("button")
      const small = Object.assign(image.cloneNode(), {width: image.width / 2, height: image.height / 2})
      guest.className = "guest"
      guest.dataset.show = sample
      guest.replaceChildren(small, caption)
      texts.querySelector(".picker").append(guest)
    }
    for (const button of buttons()) button.setAttribute("aria-pressed", button.dataset.show === sample)
    const shown = source("shown-sample")
    shown.data = {...shown.data, sample: [Number(sample)]}
    return texts.querySelector('[aria-pressed="true"]')
  }
  const showSample = button => {
    const {show: sample, class: predicted, caption} = button.dataset
    if (predicted === undefined) { pick(sample); return }
    show(tabs.find(tab => panel(tab).id === "layers"))
    later(() => source("asked") && Bokeh.index.find_one(source("picker")), () => {
      pick(sample, button.querySelector("img"), caption).focus()
      const [level, outputs] = source("asked").tags
      source("asked").data = {level: [level], place: [Math.min(predicted, outputs - 1)]}
    })
  }
  // data-order="size" sorts the terms; data-fold opens and closes the arithmetic in a narrow window.
  const order = button => {
    const answered = source("answered")
    answered.tags = [button.dataset.order]
    answered.properties.data.change.emit()
    focusOn(button.getRootNode(), `[data-order="${button.dataset.order}"]`, button)
  }
  const fold = () => {
    for (const part of ["asking", "panel", "place-fields"].map(source))
      part.css_classes = part.css_classes.includes("open") ? [] : ["open"]
    setTimeout(() => { // near the page's top it would open below the window
      const {bottom} = Bokeh.index.find_one(source("asking")).el.getBoundingClientRect()
      if (bottom > innerHeight) scrollBy(0, bottom - innerHeight)
    }, 50)
  }
  const actions = {ask, show: showSample, order, fold}
  document.addEventListener("click", event => {
    for (const node of event.composedPath())
      for (const name of Object.keys(actions))
        if (node.dataset?.[name] !== undefined) { actions[name](node); return }
  })
})()
