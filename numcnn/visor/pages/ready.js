pageReady() // of page.js
