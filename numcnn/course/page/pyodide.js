// Python in a worker of this browser: the page stays alive whatever a step does.
"use strict"
function connect(settings, onEvent) {
  const worker = new Worker("../assets/worker.js")
  let next = 0
  const waiting = new Map()
  const ask = message => new Promise((resolve, reject) => {
    next += 1
    waiting.set(next, { resolve, reject })
    worker.postMessage({ ...message, number: next })
  })
  worker.onmessage = ({ data }) => {
    if (data.event) return onEvent(data.event)
    const one = waiting.get(data.number)
    waiting.delete(data.number)
    if (data.error) one.reject(new Error(data.error))
    else one.resolve(data.value)
  }
  worker.onerror = event => { for (const one of waiting.values()) one.reject(new Error(event.message)) }
  return {
    forgets: true,
    ready: ask({ kind: "load", runtime: settings.runtime }),
    run: (code, place) => ask({ kind: "run", code, place }),
    check: code => ask({ kind: "check", code, chapter: settings.chapter, language: settings.language }),
    stop: () => {
      worker.terminate()
      for (const one of waiting.values()) one.resolve(null)
      waiting.clear()
    },
  }
}
