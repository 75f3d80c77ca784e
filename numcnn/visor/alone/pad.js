// The page: what is drawn becomes a picture, the picture goes through the layers, and all is shown.

const said = JSON.parse(document.getElementById("model").textContent)
const network = said.layers.map(unpacked)
const [side, , channels] = said.input
const paper = document.getElementById("paper"), pen = {at: [14, 14], down: false}
let strokes = []

const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name)

const predict = pixels => {
  const x = made(said.input)
  x.data.forEach((_, place) => { x.data[place] = pixels[Math.floor(place / channels)] * said.white })
  return run(network, x)
}

const drawPaper = () => {
  const brush = paper.getContext("2d"), unit = paper.width / PAPER
  brush.clearRect(0, 0, paper.width, paper.height)
  brush.lineWidth = 2 * RADIUS * unit
  brush.lineCap = brush.lineJoin = "round"
  brush.strokeStyle = colour("--ink")
  for (const stroke of strokes) {
    brush.beginPath()
    stroke.forEach(([x, y], i) => brush[i ? "lineTo" : "moveTo"](x * unit, y * unit))
    if (stroke.length === 1) brush.lineTo(stroke[0][0] * unit + 0.01, stroke[0][1] * unit)
    brush.stroke()
  }
  if (document.activeElement === paper && pen.shown) {
    brush.strokeStyle = colour("--accent")
    brush.lineWidth = 2
    brush.beginPath()
    brush.arc(pen.at[0] * unit, pen.at[1] * unit, pen.down ? 9 : 6, 0, 7)
    brush.stroke()
  }
}

// Numbers as greys: paper is the least and ink the most of them.
const paint = (canvas, H, W, at) => {
  canvas.width = W
  canvas.height = H
  const brush = canvas.getContext("2d"), image = brush.createImageData(W, H)
  let low = Infinity, high = -Infinity
  for (let p = 0; p < H * W; p++) {
    low = Math.min(low, at(p))
    high = Math.max(high, at(p))
  }
  for (let p = 0; p < H * W; p++) {
    image.data.fill(high > low ? 255 * (at(p) - low) / (high - low) : 0, 4 * p, 4 * p + 3)
    image.data[4 * p + 3] = 255
  }
  brush.putImageData(image, 0, 0)
}

const maps = document.getElementById("maps")
const showMaps = results => {
  maps.replaceChildren(...results.flatMap(({shape, data}, i) => {
    if (shape.length !== 3 || shape[0] * shape[1] < 2) return []
    const [H, W, C] = shape, row = document.createElement("figure"), tiles = document.createElement("div")
    const name = i ? said.layers[i - 1].name : words.input
    const text = document.createElement("figcaption")
    text.textContent = `${name} ${H} × ${W} × ${C}`
    for (let c = 0; c < Math.min(C, 16); c++) {
      const tile = document.createElement("canvas")
      tile.setAttribute("role", "img")
      tile.setAttribute("aria-label", words.map(name, c))
      paint(tile, H, W, p => data[p * C + c])
      tiles.append(tile)
    }
    row.append(text, tiles)
    return [row]
  }))
}

const bars = document.getElementById("bars")
const showBars = shares => {
  bars.replaceChildren(...said.classes.map((name, k) => {
    const row = document.createElement("div"), label = document.createElement("span")
    const bar = document.createElement("i"), text = document.createElement("span")
    label.textContent = name
    bar.style.setProperty("--share", shares ? Math.min(Math.max(shares[k], 0), 1) : 0)
    text.textContent = shares ? `${(100 * shares[k]).toFixed(1)} %` : ""
    if (shares && shares[k] === Math.max(...shares)) row.className = "first"
    row.append(label, bar, text)
    return row
  }))
}

const show = () => {
  drawPaper()
  const pixels = pictureOf(strokes, side), answer = document.getElementById("answer")
  const results = predict(pixels ?? new Float32Array(side * side))
  let y = results.at(-1)
  if (!said.shares) y = softmax(y)
  showMaps(results)
  showBars(pixels ? y.data : null)
  const most = y.data.indexOf(Math.max(...y.data))
  answer.textContent = pixels ? words.answer(said.classes[most]) : words.empty
  window.numcnn = {pixels, output: Array.from(results.at(-1).data), answer: pixels ? most : null}
}

const place = event => {
  const {left, top, width, height} = paper.getBoundingClientRect()
  const inside = share => Math.min(Math.max(share * PAPER, 0), PAPER)
  return [inside((event.clientX - left) / width), inside((event.clientY - top) / height)]
}
const points = () => strokes.reduce((sum, stroke) => sum + stroke.length, 0)
const add = (point, begins) => {
  if (points() >= MOST_POINTS) return
  pen.at = point
  if (begins || !strokes.length) strokes.push([])
  strokes.at(-1).push(point)
}
const put = (point, begins) => {
  add(point, begins)
  show()
}

paper.addEventListener("pointerdown", event => {
  paper.setPointerCapture(event.pointerId)
  pen.shown = false
  pen.drawing = event.pointerId
  put(place(event), true)
})
paper.addEventListener("pointermove", event => {
  if (pen.drawing !== event.pointerId) return
  const moves = event.getCoalescedEvents?.() ?? []  // all since the last picture of the screen
  for (const move of moves.length ? moves : [event]) add(place(move), false)
  show()
})
for (const end of ["pointerup", "pointercancel"])
  paper.addEventListener(end, () => { pen.drawing = null })

const clear = () => {
  strokes = []
  pen.down = false
  show()
}
document.getElementById("clear").addEventListener("click", clear)
paper.addEventListener("keydown", event => {
  const step = {ArrowLeft: [-0.5, 0], ArrowRight: [0.5, 0], ArrowUp: [0, -0.5], ArrowDown: [0, 0.5]}[event.key]
  pen.shown = true
  if (step) {
    pen.at = pen.at.map((value, axis) => Math.min(Math.max(value + step[axis], 0), PAPER))
    if (pen.down) put(pen.at, false)
    else drawPaper()
  } else if (event.key === " ") {
    pen.down = !pen.down
    if (pen.down) put(pen.at, true)
    else drawPaper()
  } else if (event.key === "Delete" || event.key === "Backspace") clear()
  else return
  event.preventDefault()
})
for (const change of ["focus", "blur"]) paper.addEventListener(change, drawPaper)
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawPaper)
