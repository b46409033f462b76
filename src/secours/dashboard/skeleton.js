// What runs before Streamlit: the watchdog of what the server has put into the page,
// and the colours of Streamlit's own parts. When the websocket is heard, the cover that
// needs no script goes, unless nothing watches what the server has put into the page.
// Where none is heard and the server still answers, the cover says what is in between.
{
  const ASK_EVERY_MS = 10000, ASK_MS = 8000;
  const script = document.currentScript.src;
  const cover = document.getElementById("secours-skeleton");
  storeStreamlitTheme(cover.dataset.theme === "light" ? "Light" : "Dark");

  const fed = document.getElementById("secours-fed");
  const watchdog = script.replace(/skeleton\.js.*$/, "watch.js");
  if (fed) import(watchdog).then(({watchFirst}) => watchFirst(JSON.parse(fed.textContent)));

  const unheard = cover.querySelector(".s-cover");
  const unpassed = document.getElementById("secours-unpassed")?.content.firstElementChild;
  const isOurs = answer =>
    answer.ok && answer.headers.get("content-type")?.startsWith("text/javascript");
  const show = answers =>
    cover.querySelector(".s-cover").replaceWith(answers ? unpassed : unheard);
  let askedAt = -Infinity;
  const ask = () => {
    if (!unpassed || performance.now() - askedAt < ASK_EVERY_MS) return;
    askedAt = performance.now();
    fetch(script, {cache: "no-store", signal: AbortSignal.timeout(ASK_MS)})
      .then(isOurs).catch(() => false).then(show);
  };

  const unwatched = () =>
    document.getElementById("secours-first") && !window.__secoursWatch?.timer;
  const timer = setInterval(() => {
    const connected = streamlitState() === "CONNECTED";
    if (connected && !unwatched()) {
      clearInterval(timer);
      cover.remove();                                      // the watchdog goes on from here
    } else if (!connected && getComputedStyle(cover).visibility === "visible") {
      if (window.__secoursWatch) window.__secoursWatch.unheard = true;
      ask();
    }
  }, 250);
}
