// Takes the cover of an empty page away when the websocket to the server is heard.
const cover = document.getElementById("secours-skeleton");
const timer = setInterval(() => {
  const state = document.querySelector("[data-test-connection-state]");
  if (state?.getAttribute("data-test-connection-state") !== "CONNECTED") return;
  clearInterval(timer);
  cover.remove();                                          // the watchdog goes on from here
}, 250);
