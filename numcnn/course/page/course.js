// The page of a chapter: steps that run, questions, an exercise that is checked.
// `connect(settings, onEvent)` comes from pyodide.js or native.js, and returns
// { ready, run(code, place), check(code, save), stop() }; run and check are promises.
"use strict"
const settings = JSON.parse(document.getElementById("settings").textContent)
const words = settings.words
const status = document.getElementById("status")
const say = text => { status.textContent = text; status.title = text }

// --- what a student wrote stays: in this browser, and never over something newer ---
const key = name => `numcnn-course/${settings.chapter}/${name}`
const keep = (name, text) => { try { localStorage.setItem(key(name), text) } catch { /* private */ } }
const kept = name => { try { return localStorage.getItem(key(name)) } catch { return null } }

// --- outputs ---
let output = null
function element(tag, text, name) {
  const made = document.createElement(tag)
  if (name) made.className = name
  if (text !== undefined) made.textContent = text
  output.append(made)
  return made
}
function onEvent(event) {
  if (!output) return
  if (event.type === "text") {
    const last = output.lastElementChild
    const pre = last?.matches("pre.text") ? last : element("pre", "", "text")
    const lines = (pre.textContent + event.text).split("\n")
    pre.textContent = lines.map(line => line.slice(line.lastIndexOf("\r") + 1)).slice(-400).join("\n")
  } else if (event.type === "html") element("div").innerHTML = event.data
  else if (event.type === "png") {
    const image = element("img")
    image.src = `data:image/png;base64,${event.data}`
    image.alt = event.alt
  } else if (event.type === "update") {
    const before = output.querySelector(`[data-id="${event.id}"]`)
    const place = before ?? element("div")
    place.dataset.id = event.id
    place.innerHTML = event.data
  } else if (event.type === "frame") {  // a page of its own: it may run its script, and no more
    const frame = document.createElement("iframe")
    Object.assign(frame, { title: event.name, name: settings.language, sandbox: "allow-scripts" })
    frame.srcdoc = event.data
    output.append(frame)
  } else if (event.type === "file") {
    const link = element("a", `${words.download} ${event.name}`)
    link.download = event.name
    link.href = `data:application/octet-stream;base64,${event.data}`
  } else if (event.type === "error") element("pre", event.text, "error")
}

// --- Python ---
let python = null
let queue = Promise.resolve()
const buttons = () => document.querySelectorAll("button.run, button.check, button.try, button.above")
const stop = document.getElementById("stop")
stop.textContent = words.stop
function busy(is) {
  stop.hidden = !is
  for (const button of buttons()) button.disabled = is
}
async function start() {
  say(words.loading)
  try {
    python = connect(settings, onEvent)
    await python.ready
    say(words.ready)
    busy(false)
  } catch (error) {
    say(words.failed + error.message)
  }
}
function within(section, work) {
  queue = queue.then(async () => {
    output = section.querySelector(".output")
    output.replaceChildren()
    section.classList.add("running")
    busy(true)
    say(`${words.running} ${section.dataset.place}`)
    try { return await work() } finally {
      section.classList.remove("running")
      busy(false)
      if (status.textContent.startsWith(words.running)) say(words.ready)
      output = null
    }
  }).catch(error => { say(error.message) })
  return queue
}
stop.onclick = async () => {
  await python.stop()
  if (python.forgets) { say(words.stopped); stop.hidden = true; await start(); say(words.stopped) }
}

// --- steps ---
const steps = [...document.querySelectorAll(".step")]
const run = step => within(step, () =>
  python.run(step.querySelector("textarea").value, step.dataset.place))
for (const [number, step] of steps.entries()) {
  const editor = step.querySelector("textarea")
  const original = editor.value
  editor.value = kept(`step-${number}`) ?? original
  const mark = () => { step.querySelector(".reset").hidden = editor.value === original }
  editor.addEventListener("input", () => { keep(`step-${number}`, editor.value); mark() })
  step.querySelector(".run").onclick = () => run(step)
  step.querySelector(".above").onclick = () => { for (const one of steps.slice(0, number)) run(one) }
  step.querySelector(".above").hidden = number === 0
  step.querySelector(".reset").onclick = () => {
    editor.value = original
    try { localStorage.removeItem(key(`step-${number}`)) } catch { /* private */ }
    mark(); grow(editor)
  }
  mark()
}
const grow = editor => { editor.rows = editor.value.split("\n").length }
for (const editor of document.querySelectorAll("textarea")) {
  grow(editor)
  editor.addEventListener("input", () => grow(editor))
  editor.addEventListener("keydown", event => {
    if (event.key === "Tab" && !event.shiftKey && !event.ctrlKey && editor.dataset.leave !== "yes") {
      event.preventDefault()
      document.execCommand("insertText", false, "    ")
    } else if (event.key === "Enter" && (event.shiftKey || event.ctrlKey)) {
      event.preventDefault()
      editor.closest("section").querySelector(".run, .check").click()
    } else if (event.key === "Enter") {
      event.preventDefault()
      const line = editor.value.slice(0, editor.selectionStart).split("\n").pop()
      const indent = line.match(/^ */)[0] + (line.trimEnd().endsWith(":") ? "    " : "")
      document.execCommand("insertText", false, `\n${indent}`)
    }
    editor.dataset.leave = event.key === "Escape" ? "yes" : ""  // Escape, then Tab, leaves
  })
}

// --- questions: the answer shows after a guess ---
for (const question of document.querySelectorAll(".question")) {
  const answer = question.querySelector(".answer")
  for (const choice of question.querySelectorAll(".choice")) choice.onclick = () => {
    for (const other of question.querySelectorAll(".choice")) {
      other.disabled = true
      if (other.dataset.right === "true") other.classList.add("right")
    }
    const right = choice.dataset.right === "true"
    if (!right) choice.classList.add("wrong")
    const verdict = document.createElement("p")
    verdict.textContent = right ? words.right_guess : words.wrong_guess
    answer.prepend(verdict)
    answer.hidden = false
  }
}

// --- the exercise ---
const exercise = document.querySelector(".exercise")
if (exercise) {
  const editor = exercise.querySelector("textarea")
  editor.value = settings.work?.text ?? kept("exercise") ?? editor.value
  grow(editor)
  const save = async () => {
    keep("exercise", editor.value)
    if (python?.save) {
      const answer = await python.save(editor.value)
      say(answer.ok ? words.saved_file + answer.file : words.elsewhere)
      return answer.ok
    }
    return true
  }
  let waiting = 0
  editor.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(save, 500) })
  exercise.querySelector(".check").onclick = () => within(exercise, async () => {
    clearTimeout(waiting)
    await save()
    const verdict = await python.check(editor.value)
    if (!verdict) return
    if (verdict.line) element("pre", `${verdict.line}: ${verdict.source}`)
    element("pre", verdict.text, verdict.ok ? "good" : "error")
  })
  exercise.querySelector(".try").onclick = () => within(exercise, async () => {
    clearTimeout(waiting)
    await save()
    return python.run(editor.value, exercise.dataset.place)
  })
  let shown = 0
  const hints = exercise.querySelector(".hints")
  exercise.querySelector(".hint").onclick = () => {
    const item = document.createElement("li")
    item.innerHTML = settings.hints[shown] ?? ""
    if (shown < settings.hints.length) { hints.append(item); shown += 1 } else say(words.no_more_hints)
  }
}

// --- search, on the first page ---
const search = document.getElementById("search")
if (search) {
  const found = document.getElementById("found")
  search.addEventListener("input", () => {
    found.replaceChildren()
    const wanted = search.value.trim().toLowerCase()
    if (!wanted) return
    const line = (text, href) => {
      const item = document.createElement("li")
      if (href) {
        const link = document.createElement("a")
        link.href = href.page
        link.textContent = href.title
        item.append(link, " ")
      }
      item.append(text)
      found.append(item)
    }
    const inTitle = entry => entry.title.toLowerCase().includes(wanted)
    for (const entry of [...settings.index].sort((a, b) => inTitle(b) - inTitle(a))) {
      const at = `${entry.title} ${entry.text}`.toLowerCase().indexOf(wanted)
      const from = Math.max(0, at - entry.title.length - 40)
      if (at >= 0) line(`… ${entry.text.slice(from, from + 110).replace(/[#|`*\n]+/g, " ")} …`, entry)
    }
    if (!found.children.length) line(words.nothing_found)
  })
}
if (buttons().length) start()
