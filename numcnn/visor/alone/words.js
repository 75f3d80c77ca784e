// What the page says, in English and Korean.  It begins in the language that is the name of the frame
// around it, or else in the browser's.

const WORDS = {
  en: {
    other: "한국어",
    title: name => `Draw for “${name}”`,
    about: (layers, numbers) =>
      `${layers} layers, ${numbers.toLocaleString("en")} parameters. Everything on this page is computed here, in this file.`,
    paper: "Paper. Arrows move the pen, space puts it down or lifts it, Delete clears.",
    clear: "Clear the paper",
    answer: name => `This is ${name}.`,
    empty: "Draw here, with a finger, the mouse or the keys.",
    layers: "What each layer makes of it",
    map: (name, channel) => `${name}, channel ${channel}`,
    input: "input",
  },
  ko: {
    other: "English",
    title: name => `“${name}” 신경망에 써 보기`,
    about: (layers, numbers) =>
      `층 ${layers}개, 매개변수 ${numbers.toLocaleString("ko")}개. 이 페이지의 모든 것은 이 파일 안에서 계산됩니다.`,
    paper: "종이. 화살표 키로 펜을 옮기고, 스페이스 키로 펜을 대거나 떼고, Delete 키로 지웁니다.",
    clear: "종이 지우기",
    answer: name => `답: ${name}`,
    empty: "손가락이나 마우스, 키보드로 여기에 써 보세요.",
    layers: "층마다 보는 것",
    map: (name, channel) => `${name}, 채널 ${channel}`,
    input: "입력",
  },
}
let words = WORDS[window.name] ?? WORDS[navigator.language.startsWith("ko") ? "ko" : "en"]
const element = id => document.getElementById(id)

// Put the words of the language on the page, except for those that change with the drawing.
const speak = () => {
  document.documentElement.lang = words === WORDS.ko ? "ko" : "en"
  document.title = element("title").textContent = words.title(said.name)
  element("about").textContent = words.about(said.layers.length, said.parameters)
  element("clear").textContent = words.clear
  element("layers").textContent = words.layers
  element("language").textContent = words.other
  element("language").lang = words === WORDS.ko ? "en" : "ko"
  paper.setAttribute("aria-label", words.paper)
}
element("language").addEventListener("click", () => {
  words = words === WORDS.ko ? WORDS.en : WORDS.ko
  speak()
  show()
})
speak()
show()
