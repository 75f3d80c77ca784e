// Python on this computer: a process behind the server that the page comes from.
"use strict"
function connect(settings, onEvent) {
  const headers = { "Content-Type": "application/json", "X-Course-Token": settings.token }
  const post = (path, body) => fetch(`/api/${path}`, {
    method: "POST", headers, body: JSON.stringify({ chapter: settings.chapter, ...body }),
  })
  async function stream(path, body) {
    const answer = await post(path, body)
    if (!answer.ok) throw new Error(await answer.text())
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
    let rest = "", value = null
    for (;;) {
      const { done, value: chunk } = await reader.read()
      if (done) return value
      const lines = (rest + chunk).split("\n")
      rest = lines.pop()
      for (const line of lines) {
        const message = JSON.parse(line)
        if (message.event) onEvent(message.event)
        else value = message.value
      }
    }
  }
  let version = settings.work?.version ?? null
  return {
    forgets: false,
    ready: post("start", {}).then(async answer => {
      if (!answer.ok) throw new Error(await answer.text())
    }),
    run: (code, place) => stream("run", { code, place }),
    check: code => stream("check", { code, language: settings.language }),
    stop: () => post("stop", {}),
    save: async text => {
      const answer = await (await post("save", { text, version })).json()
      if (answer.ok) version = answer.version
      return answer
    },
  }
}
