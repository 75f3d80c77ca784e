// numcnn/explain/arithmetic.py once more, for a saved page, where there is no Python to ask.
// A test holds the two to the same text, digit for digit.
//
// A decimal is {n, d}: the whole number n (a BigInt) divided by 10^d.

const DIGITS = 8, LONG = 12, NETWORK_DIGITS = 7, ROUNDING = 1e-4, MANY = 250, LARGEST = 20, PADDING = -1

const ten = power => 10n ** BigInt(power)
const size = n => n < 0n ? -n : n
const adjusted = x => String(size(x.n)).length - 1 - x.d // the power of ten of the first digit
const number = x => Number(`${x.n}e${-x.d}`)
const ZERO = {n: 0n, d: 0}

// The decimal n / by, rounded to d decimals, a half to the even neighbour.
function divided(x, by, d) {
  const shift = d - x.d + by.d
  let above = shift >= 0 ? x.n * ten(shift) : x.n
  let below = shift >= 0 ? by.n : by.n * ten(-shift)
  if (below < 0n) [above, below] = [-above, -below]
  let n = size(above) / below
  const rest = 2n * (size(above) % below)
  if (rest > below || (rest === below && n % 2n === 1n)) n += 1n
  return {n: above < 0n ? -n : n, d}
}
const rounded = (x, d) => divided(x, {n: 1n, d: 0}, d)

function aligned(x, y) {
  const d = Math.max(x.d, y.d)
  return [x.n * ten(d - x.d), y.n * ten(d - y.d), d]
}
const sum = (x, y) => { const [a, b, d] = aligned(x, y); return {n: a + b, d} }
const difference = (x, y) => sum(x, {n: -y.n, d: y.d})
const product = (x, y) => ({n: x.n * y.n, d: x.d + y.d})
const less = (x, y) => { const [a, b] = aligned(x, y); return a < b }
const same = (x, y) => { const [a, b] = aligned(x, y); return a === b }
const absolute = x => ({n: size(x.n), d: x.d})
const larger = (x, y) => less(x, y) ? y : x

// The number of decimals with which the largest of the numbers has this number of digits.
function decimals(numbers, digits) {
  const largest = numbers.map(absolute).reduce(larger)
  return digits - 1 - (largest.n === 0n ? 0 : adjusted(largest))
}

// Cut off digits that are too small to matter beside the largest of the numbers.
function onPaper(numbers) {
  const most = decimals(numbers, LONG)
  return numbers.map(x => x.d <= most ? x : rounded(x, most))
}

function parsed(text) {
  const [digits, power] = text.toLowerCase().split("e")
  const [whole, part = ""] = digits.split(".")
  let n = BigInt(whole + part), d = part.length - Number(power ?? 0)
  if (n === 0n) return ZERO
  while (n % 10n === 0n) { n /= 10n; d -= 1 }
  return d < 0 && d >= -15 ? {n: n * ten(-d), d: 0} : {n, d}
}

function shortest(x) { // of a float32
  for (let digits = 0; digits < 9; digits++) {
    const text = x.toExponential(digits)
    if (Math.fround(Number(text)) === x) return parsed(text)
  }
  return parsed(x.toPrecision(10))
}

function exactly(x) { // all binary digits of a double as decimals
  let d = 0, n
  while (!Number.isInteger(x)) { x *= 2; d += 1 }
  n = BigInt(x)
  return {n: n * 5n ** BigInt(d), d}
}

function agreeing(exact, own, most = 99) {
  const found = shortest(own)
  if (same(exact, found)) return found
  const given = exactly(own)
  let d = Math.min(NETWORK_DIGITS - 1 - (given.n === 0n ? 0 : adjusted(given)), most)
  while (rounded(exact, d).n !== rounded(given, d).n) d -= 1
  return rounded(exact, d)
}

function plain({n, d}) {
  const sign = n < 0n ? "-" : "", digits = String(size(n)), power = digits.length - 1 - d
  if (d < 0 || (n !== 0n && (power < -12 || power > 15))) {
    const part = digits.length > 1 ? "." + digits.slice(1) : ""
    return `${sign}${digits[0]}${part}e${power < 0 ? "-" : "+"}${Math.abs(power)}`
  }
  if (d === 0) return sign + digits
  const padded = digits.padStart(d + 1, "0")
  return `${sign}${padded.slice(0, -d)}.${padded.slice(-d)}`
}

const STEPS = {
  "+": (x, by) => onPaper([sum(x, by)])[0],
  "−": (x, by) => onPaper([difference(x, by)])[0],
  "×": (x, by) => { const y = product(x, by); return rounded(y, decimals([y], DIGITS)) },
  "÷": (x, by) => {
    const guess = number(x) / number(by)
    return divided(x, by, DIGITS - 1 - (guess === 0 ? 0 : Math.floor(Math.log10(Math.abs(guess)))))
  },
}
const ACTIVATIONS = {
  sigmoid: z => 1 / (1 + Math.exp(-z)),
  tanh: Math.tanh,
}

function withTotals(terms) {
  let total = ZERO
  return terms.map(term => ({...term, total: total = sum(total, term.product)}))
}

function position(shape, place) {
  const axes = []
  for (const length of [...shape].reverse()) { axes.unshift(place % length); place = Math.floor(place / length) }
  return `[${axes.join(", ")}]`
}

// What the cells of a layer's output are: see numcnn/explain/wiring.py.
function cells(level, place) {
  return Array.from(level.window, offset => level.source[level.start[place] + offset])
}

// The record of one answer, as numcnn.visor.answers.py makes it.
function record(levels, asked, place, classNames) {
  const level = levels[asked], own = level.y[place]
  const name = `${level.name}${position(level.shape, place)}`
  const answer = {
    level: asked, place, name, how: "given", value: own, below: "", levels: [], columns: [], rows: [], rest: null, sizes: [],
    winner: null, lines: [], classes: [], agrees: true, prediction: prediction(levels, classNames),
    fields: fields(levels, asked, place),
  }
  if (asked === 0) return answer
  const below = levels[asked - 1]
  answer.below = below.name
  if (!level.rule) return {...answer, agrees: false, how: `from a ${level.kind}, whose arithmetic is not known here`}

  let used = cells(level, place)
  if (level.rule === "sum" || level.rule === "max") used = used.filter(cell => cell !== PADDING)
  const values = used.map(cell => cell === PADDING ? 0 : below.y[cell])
  const F = level.shape[level.shape.length - 1]
  const how = {
    "weighted sum": `the sum of ${used.length} products of ${below.name} and weights`,
    "sum": `from the sum of ${used.length} numbers of ${below.name}`,
    "max": `the largest of ${used.length} numbers of ${below.name}`,
    "copy": `from one number of ${below.name}`,
  }
  answer.how = how[level.rule]
  if (![...values, own].every(Number.isFinite)) {
    const label = "not a finite number: there is no arithmetic to show"
    return {...answer, agrees: false, lines: [[label, "", String(own)]]}
  }

  let shown = values.map(shortest), terms
  if (level.weights) {
    const weights = used.map((_, k) => shortest(level.weights[k * F + place % F]))
    const exact = shown.map((value, k) => product(value, weights[k]))
    const unit = decimals(exact, DIGITS)
    terms = used.map((cell, k) => ({cell, value: shown[k], weight: weights[k], product: rounded(exact[k], unit)}))
  } else {
    if (level.rule === "sum") shown = onPaper(shown)
    terms = used.map((cell, k) => ({cell, value: shown[k], weight: null, product: shown[k]}))
  }
  terms = withTotals(terms)

  let exact, line
  if (level.rule === "max") {
    answer.winner = 0
    terms.forEach((term, k) => { if (less(terms[answer.winner].value, term.value)) answer.winner = k })
    exact = terms[answer.winner].value
    line = `the largest of ${terms.length}`
  } else {
    exact = level.rule === "copy" ? terms[0].value : terms[terms.length - 1].total
    line = level.rule === "copy" ? "the same number" : `the sum of ${terms.length}`
  }
  answer.lines.push([line, "", plain(exact)])
  let largest = terms.map(term => absolute(term.product)).reduce(larger, absolute(exact))
  for (const step of level.steps) {
    const operand = shortest(step.operand[place % step.operand.length])
    exact = STEPS[step.symbol](exact, operand)
    largest = larger(largest, absolute(exact))
    answer.lines.push([`${step.symbol} ${step.name}`, plain(operand), plain(exact)])
  }

  if (level.activation === "softmax") {
    const first = place - place % F
    const zs = Array.from(level.z.slice(first, first + F), shortest)
    zs[place % F] = exact
    const top = zs.reduce(larger)
    const es = zs.map(z => parsed8(Math.exp(number(difference(z, top)))))
    const total = es.reduce(sum, ZERO)
    const ps = es.map((e, c) => agreeing(divided(e, total, DIGITS), level.y[first + c], DIGITS))
    answer.classes = zs.map((z, c) => [classNames?.[c] ?? String(c), plain(z), plain(es[c]), plain(ps[c])])
    answer.lines.push(["e^(z − largest z)", "", plain(es[place % F])])
    answer.lines.push(["÷ the sum of these over all classes", plain(total), plain(ps[place % F])])
    answer.agrees = Math.abs(number(es[place % F]) / number(total) - own) <= ROUNDING
  } else {
    if (level.activation !== "linear") {
      if (level.activation === "relu") exact = larger(exact, ZERO)
      else if (ACTIVATIONS[level.activation]) {
        const y = exactly(ACTIVATIONS[level.activation](number(exact)))
        exact = rounded(y, decimals([y], DIGITS))
      } else exact = shortest(own)
      answer.lines.push([`${level.activation} of this`, "", plain(exact)])
    }
    answer.agrees = Math.abs(number(exact) - own) <= ROUNDING * number(larger(largest, absolute(exact)))
    const result = plain(agreeing(exact, own))
    if (result !== answer.lines[answer.lines.length - 1][2]) {
      answer.lines.push(["the value in the network (float32)", "", result])
    }
  }

  const ranked = terms.map((term, row) => ({...term, row})).sort((a, b) => {
    const [x, y] = [absolute(a.product), absolute(b.product)]
    return less(x, y) ? 1 : less(y, x) ? -1 : 0
  })
  if (terms.length > MANY) {
    answer.rest = [terms.length - LARGEST, plain(ranked.slice(LARGEST).map(t => t.product).reduce(sum, ZERO))]
    terms = withTotals(ranked.slice(0, LARGEST))
  } else answer.sizes = withTotals(ranked).map(({row, total}) => [row, plain(total)])
  answer.columns = level.weights ? ["value", "weight", "product", "running sum"] : ["value"]
  answer.levels = terms.map(() => asked - 1)
  answer.rows = terms.map(term => [
    term.cell === PADDING ? "padding" : position(below.shape, term.cell), term.cell,
    ...[term.value, term.weight, term.product, term.total].slice(0, answer.columns.length).map(plain),
  ])
  return answer
}

// Level, place and name of the predicted class; null where there is one output only.
function prediction(levels, classNames) {
  const {y} = levels.at(-1), names = classNames?.length ? classNames : Array.from(y, (_, c) => String(c))
  const place = largestPlace(y)
  return y.length > 1 && y.length === names.length ? [levels.length - 1, place, names[place]] : null
}

function largestPlace(numbers) {
  const finite = numbers.map(x => Number.isNaN(x) ? 0 : x)
  return finite.indexOf(finite.reduce((most, x) => Math.max(most, x)))
}

function parsed8(x) {
  const [whole, part] = x.toFixed(DIGITS).split(".")
  return {n: BigInt(whole + part), d: DIGITS}
}

// Which numbers of every level below one number was made of, as rectangles:
// [level, map, first row, first column, last row, last column].
function fields(levels, asked, place) {
  let chosen = new Set([place])
  const found = []
  for (let l = asked; l >= 0; l--) {
    const {H, W, maps} = levels[l], boxes = new Map()
    for (const p of chosen) {
      const map = p % maps, cell = Math.floor(p / maps), row = Math.floor(cell / W), column = cell % W
      const box = boxes.get(map)
      boxes.set(map, box
        ? [Math.min(box[0], row), Math.min(box[1], column), Math.max(box[2], row), Math.max(box[3], column)]
        : [row, column, row, column])
    }
    for (const map of [...boxes.keys()].sort((a, b) => a - b)) found.push([l, map, ...boxes.get(map)])
    if (l === 0) break
    const level = levels[l], next = new Set()
    if (!level.rule) for (let p = 0; p < levels[l - 1].y.length; p++) next.add(p)
    else {
      const F = level.shape[level.shape.length - 1]
      const seen = level.activation === "softmax" // of its whole row
        ? new Set([...chosen].flatMap(p => Array.from({length: F}, (_, c) => p - p % F + c)))
        : chosen
      for (const p of seen) for (const cell of cells(level, p)) if (cell !== PADDING) next.add(cell)
    }
    chosen = next
  }
  return found
}
