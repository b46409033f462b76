// What runs before Streamlit: the watchdog of what the server has put into the page,
// and the colours of Streamlit's own parts. When the websocket is heard, the cover that
// needs no script goes, unless nothing watches what the server has put into the page.
{
  const cover = document.getElementById("secours-skeleton");
  const theme = cover.dataset.theme === "light" ? "Light" : "Dark";
  try {
    localStorage.setItem(`stActiveTheme-${location.pathname}-v2`, JSON.stringify(theme));
  } catch { /* no storage: Streamlit's own choice of colours holds */ }

  const fed = document.getElementById("secours-fed");
  const watchdog = document.currentScript.src.replace(/skeleton\.js.*$/, "watch.js");
  if (fed) import(watchdog).then(({watchFirst}) => watchFirst(JSON.parse(fed.textContent)));

  const unwatched = () =>
    document.getElementById("secours-first") && !window.__secoursWatch?.timer;
  const timer = setInterval(() => {
    const state = document.querySelector("[data-test-connection-state]");
    if (state?.getAttribute("data-test-connection-state") !== "CONNECTED" || unwatched())
      return;
    clearInterval(timer);
    cover.remove();                                        // the watchdog goes on from here
  }, 250);
}
