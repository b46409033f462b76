// Presses: none is lost to a page that is drawn anew, and what they do without a server.
// It stands before watch.js, as one script with it.
const PRESS_MS = 1000;     // the longest that a page waits for a press to end
const COPIED_MS = 3000;    // how long a button says that it has copied

// A press is lost where what it began on is exchanged before it ends: the page is drawn
// right after. The click comes with the end of the press, so before a timer.
// A press into the field of a name selects all of it: the next person types over it.
function heedPresses(w) {
  let entered = null, copying = null;
  const end = () => {
    clearTimeout(w.press);
    const draw = w.waits;
    w.press = w.waits = null;
    draw?.();
  };
  const begin = e => {
    entered = null;
    copying = e.target.closest?.("[data-copy]");
    clearTimeout(w.press);
    w.press = setTimeout(end, PRESS_MS);
  };
  const letGo = e => {
    if (w.press) setTimeout(end);
    if (e.type === "pointerup" && copying && !copying.isConnected) copy(copying);
  };
  const enter = e => { entered = e.target; };
  const click = e => {
    if (entered?.autocomplete === "name") entered.select();
    const button = e.target.closest?.("[data-copy]");
    if (button) copy(button);
    // What it asks is confirmed in the form, which on a telephone is out of sight.
    if (!button && e.target.closest?.(".st-key-acting-held button"))
      document.querySelector(".st-key-acting-form")?.scrollIntoView({block: "nearest"});
    const way = e.target.closest?.("[data-to]");
    if (way) document.querySelector(way.dataset.to)?.scrollIntoView({block: "center"});
  };
  const heard = {pointerdown: begin, pointerup: letGo, pointercancel: letGo,
    focusin: enter, click};
  for (const name in heard) document.addEventListener(name, heard[name], true);
  w.afterPress = draw => { if (w.press) w.waits = draw; else draw(); };
  return () => {
    clearTimeout(w.press);
    w.press = w.waits = null;
    for (const name in heard) document.removeEventListener(name, heard[name], true);
  };
}

// Copies the text that a button bears, and says so on it.
async function copy(button) {
  const {copy: text, done, failed} = button.dataset;
  const copied = await navigator.clipboard?.writeText(text).then(() => true, () => false)
    || copiedByCommand(text);
  for (const each of document.querySelectorAll("[data-copy]")) {
    if (each.dataset.copy !== text) continue;
    each.dataset.label ??= each.textContent;
    each.textContent = copied ? done : failed;
    setTimeout(() => { each.textContent = each.dataset.label; }, COPIED_MS);
  }
}

// Without TLS a browser has no clipboard but for this command.
function copiedByCommand(text) {
  const held = document.activeElement, area = document.createElement("textarea");
  area.value = text;
  area.style.cssText = "position:fixed;opacity:0";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  held?.focus({preventScroll: true});
  return copied;
}

