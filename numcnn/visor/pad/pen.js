// The pen: strokes are shown as they are drawn (ink), and sent to Python (strokes) as soon as it has
// answered the last, so that a slow machine falls behind by one drawing and not by a hundred.
//
// Mouse and finger draw by dragging.  Keys, while the paper has the focus: arrows move the pen,
// space puts it down and lifts it, Delete clears the paper.
//
// A drawing that is sent has a number; answers to those before `cleared` are dropped (pad.js).

const now = ink.now ??= {
  down: false, at: [side / 2, side / 2], patience: 0, timer: 0, number: 0, cleared: 0, unsent: false,
}
const inside = place => Math.min(Math.max(place, 0), side)

const send = () => {
  clearTimeout(now.timer)
  now.timer = 0
  const wait = now.patience - Date.now()
  if (wait > 0) { now.timer = setTimeout(send, wait); return }
  now.patience = Date.now() + 1000 // where Python has failed, no answer comes
  now.number += 1
  now.unsent = false
  const copies = axis => axis.length ? axis.map(stroke => [...stroke]) : [[]] // which has a number, too
  const xs = copies(ink.data.xs), ys = copies(ink.data.ys)
  strokes.data = {xs, ys, number: xs.map(() => now.number)}
}
const show = data => {
  ink.data = data
  now.unsent = true
  tellAge(true)
  send()
}
const put = (x, y, begin) => {
  const xs = [...ink.data.xs], ys = [...ink.data.ys], last = xs.length - 1
  if (xs.reduce((points, stroke) => points + stroke.length, 0) >= most) return
  now.at = [inside(x), inside(y)]
  written.value = nothing // what is drawn is no longer the chosen digit
  if (begin || last < 0) { // a point alone would not be seen
    xs.push([now.at[0], now.at[0] + 0.01])
    ys.push([now.at[1], now.at[1]])
  } else {
    xs[last] = [...xs[last], now.at[0]]
    ys[last] = [...ys[last], now.at[1]]
  }
  show({xs, ys})
}
const clear = () => {
  now.down = false
  now.cleared = now.number + 1 // what is sent next
  written.value = nothing
  show({xs: [], ys: []})
}

switch (cb_obj.event_name ?? cb_obj.type) {
  case "panstart": case "tap": case "doubletap": put(cb_obj.x, cb_obj.y, true); break
  case "pan": case "panend": put(cb_obj.x, cb_obj.y, false); break
  case "button_click": clear(); break
  case "Select": {
    const {xs, ys} = sketches[cb_obj.value] ?? {}
    if (xs) show({xs: [...xs], ys: [...ys]})
    break
  }
  case "ColumnDataSource": // Python has answered
    now.patience = 0
    if (now.timer) send()
    break
  case "keydown": {
    const step = {
      ArrowLeft: [-0.5, 0], ArrowRight: [0.5, 0], ArrowUp: [0, -0.5], ArrowDown: [0, 0.5],
    }[cb_obj.key]
    if (step) {
      now.at = [inside(now.at[0] + step[0]), inside(now.at[1] + step[1])]
      if (now.down) put(...now.at, false)
    } else if (cb_obj.key === " ") {
      now.down = !now.down
      if (now.down) put(...now.at, true)
    } else if (cb_obj.key === "Delete" || cb_obj.key === "Backspace") clear()
    else break
    cb_obj.preventDefault()
    pen.data = {x: [now.at[0]], y: [now.at[1]], size: [now.down ? 14 : 9]}
  }
}
