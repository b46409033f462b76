// The watchdog: says that a screen is old though its server can no longer say so.
//
// Only elapsed time since a stamp was first received counts, by the faster of two
// clocks of the browser: one may stop while the machine sleeps, the other may jump.
// What was heard of a stamp outlives the component: drawing again is no news.
const KEY = "__secoursWatch", VERSION = 11;
const TICK_MS = 500, NEW_MS = 10000, SHIFT_MS = 180000;
const RELOAD_AT = "04", HOUR_MS = 3600 * 1000;   // by the clock of the site
const LATE = 0.6;          // from this part of max_age on, the age is in amber
const DEADMAN_S = 5;       // after the cover, one that needs no script
const NAME_S = 12 * 3600;  // a shift: how long a name that was typed fills in the field

function written(seconds, hour) {
  if (!(seconds >= 0) || seconds > 1e8) return "—";
  const s = Math.floor(seconds), m = Math.floor(s / 60), h = Math.floor(m / 60);
  if (s < 120) return s + "\u00a0s";
  return (h ? h + "\u00a0" + hour + " " + m % 60 : m) + "\u00a0min";
}

function clock(seconds, zone) {
  const now = new Date(seconds * 1000);
  try {
    return now.toLocaleTimeString("fr-FR", {timeZone: zone});
  } catch {                                                // a zone it does not know
    return now.toLocaleTimeString("fr-FR", {timeZone: "UTC"});
  }
}

// The next time to listen, of those that the server counted out: it may be dead.
function listening(node, now, w) {
  const times = node.dataset.secoursListen.split(",").map(t => t.split("-").map(Number));
  const next = times.find(([, end]) => end > now);
  if (!next) return "";
  const [start, end] = next, is = start <= now;
  const time = clock(is ? end : start, w.tz).slice(0, 5);
  const left = written(Math.ceil((start - now) / 60) * 60, w.hour);
  return (is ? node.dataset.now : node.dataset.next).replace("@", time).replace("#", left) + ", ";
}

// Once a night, and only when data are fresh: a dead server gives an error page.
function reloadIsDue(time) {
  const open = performance.now() / HOUR_MS;
  return open > 26 || (open > 2 && time.startsWith(RELOAD_AT));
}

function connected() {
  const state = streamlitState();
  return !state || state === "CONNECTED";
}

// By the faster of the two clocks.
function elapsed(p, d) {
  return Math.max(performance.now() - p, Date.now() - d, 0) / 1000;
}

function start() {
  const old = window[KEY];
  if (old && old.version === VERSION && old.timer) return old;
  if (old && old.timer) old.dispose();
  const cover = document.createElement("div");
  cover.id = "secours-cover";
  cover.setAttribute("role", "alert");
  cover.style.cssText = "position:fixed;inset:0;z-index:2147483646;display:none";
  document.documentElement.appendChild(cover);             // outside React's root
  const w = {
    version: VERSION, at: null, age: Infinity, max: 0, server: 0, tz: "UTC", hour: "h",
    title: "", answers: null, newUntil: [], lost: false, first: false, unheard: false,
    p: performance.now(), d: Date.now(),
  };
  if (old && old.at) {                                     // a stamp ages on
    for (const key of ["at", "age", "max", "server", "tz", "hour", "title", "p", "d"])
      w[key] = old[key];
    cover.innerHTML = old.words || "";
    w.words = old.words;
  }
  w.since = () => elapsed(w.p, w.d);
  w.tick = () => {
    const since = w.since(), age = w.age + since;
    if (!w.first && !connected()) w.lost = true;           // until it is fed again
    const stale = w.lost || !(age >= 0 && age <= w.max);   // NaN, negative: stale
    if (!cover.isConnected) document.documentElement.appendChild(cover);
    const display = stale ? "block" : "none";
    if (cover.style.display !== display) cover.style.display = display;
    for (const n of document.querySelectorAll("[data-secours-age]"))
      n.textContent = written(age, w.hour);
    for (const n of document.querySelectorAll(".s-age"))
      n.classList.toggle("s-late", age > w.max * LATE);
    const time = clock(w.server + since, w.tz);
    for (const n of document.querySelectorAll("[data-secours-clock]"))
      n.textContent = time;
    for (const n of document.querySelectorAll("[data-secours-listen]"))
      n.textContent = listening(n, w.server + since, w);
    const title = stale || w.unheard ? "⚠ " + w.title : w.title;
    if (w.title && document.title !== title) document.title = title;
    document.querySelectorAll(".s-card").forEach((card, i) =>
      card.classList.toggle("s-new", performance.now() < (w.newUntil[i] || 0)));
    const step = Math.floor(Date.now() / SHIFT_MS) % 12;   // against burn-in
    for (const n of document.querySelectorAll(".s-wall"))
      n.style.translate = Math.min(step, 12 - step) + "px 0";
    w.stale = stale;
  };
  w.timer = setInterval(w.tick, TICK_MS);
  document.addEventListener("visibilitychange", w.tick);
  const heedNoMore = heedPresses(w);
  w.dispose = () => {
    heedNoMore();
    clearInterval(w.timer);
    w.timer = null;
    document.removeEventListener("visibilitychange", w.tick);
    cover.remove();
  };
  w.announce = (answers) => {
    if (w.answers && w.answers.length === answers.length)
      answers.forEach((answer, i) => {
        if (answer !== w.answers[i]) w.newUntil[i] = performance.now() + NEW_MS;
      });
    w.answers = answers;
  };
  w.feed = (x) => {
    if (x.at !== w.at) {
      w.at = x.at; w.age = x.age >= 0 ? x.age : Infinity;  // no time makes an unknown age known
      w.max = x.max_age; w.server = x.server;
      w.tz = x.tz; w.hour = x.hour;
      w.p = performance.now(); w.d = Date.now();
      w.words = cover.innerHTML = x.stale_html;
      w.announce(x.answers || []);
    }
    w.title = x.title;
    w.first = Boolean(x.first);
    cover.className = x.band ? "secours-band" : "";
    w.lost = w.unheard = false;
    w.tick();
    if (!w.stale && reloadIsDue(clock(x.server, x.tz))) location.reload();
  };
  return (window[KEY] = w);
}

function deadman(data) {
  const layer = document.createElement("div");
  layer.className = "s-deadman";
  layer.setAttribute("aria-hidden", "true");
  layer.dataset.words = data.stale_words;
  layer.style.animationDelay = Math.max(0, data.max_age - data.age + DEADMAN_S) + "s";
  return layer;
}

// What the server had put into the page before any script ran.
function first() {
  return document.getElementById("secours-first");
}

// The component has drawn the page: what was there first goes, the eye stays.
function takeOver() {
  const old = first();
  if (!old) return;
  const main = streamlitMain();
  if (main) main.scrollTop = old.scrollTop;
  old.remove();
}

// What a person opened, typed or moved to on a page.
const FIELDS = "input[type=text], input[type=search]";

function doings(root) {
  const all = (what, of) => [...root.querySelectorAll(what)].map(of);
  return {
    open: new Map(all("details", e => [e.dataset.fold, e.open])),
    typed: all(FIELDS, e => e.value),
    chosen: all("select", e => e.value),
    moved: all("[role=region]", e => [e.scrollLeft, e.scrollTop]),
  };
}

function redo(root, done) {
  const each = (what, of, put) => {
    const found = [...root.querySelectorAll(what)];
    if (found.length === of.length) found.forEach((e, i) => put(e, of[i]));
  };
  for (const e of root.querySelectorAll("details"))
    if (done.open.has(e.dataset.fold)) e.open = done.open.get(e.dataset.fold);
  each(FIELDS, done.typed, (e, typed) => { e.value = typed; });
  each("select", done.chosen, (e, chosen) => { e.value = chosen; });
  each("[role=region]", done.moved, (e, [x, y]) => { e.scrollTo(x, y); });
}

// By what an element is known again that the keyboard may be on.
const REACHED = `a, summary, button, select, ${FIELDS}, [role=region]`;

function mark(e) {
  const own = ["href", "name", "aria-label"].map(name => e.getAttribute(name));
  const said = e.matches("summary") ? e.parentElement.dataset.fold : e.textContent;
  return [e.tagName, own.find(Boolean) || said].join(" ");
}

// A list that is open shuts when it is taken away: all but what holds it is exchanged.
function redrawAround(root, list, html) {
  const fresh = document.createElement("div");
  fresh.innerHTML = html;
  let was = list, now = [...fresh.querySelectorAll("select")].find(
    e => e.name === list.name && e.innerHTML === list.innerHTML);
  for (; was !== root; was = was.parentElement, now = now.parentElement) {
    if (!now || now === fresh || now.tagName !== was.tagName) return false;
    for (const [side, put] of [["previousSibling", "before"], ["nextSibling", "after"]]) {
      while (was[side]) was[side].remove();
      const others = [];
      for (let e = now[side]; e; e = e[side]) others.push(e);
      if (side === "previousSibling") others.reverse();
      was[put](...others);
    }
  }
  return true;
}

// Draws anew what was escaped in Python; what a person does there goes on, and the
// keyboard stays where it was. What has not changed is left as it is.
function redraw(root, html) {
  root.querySelector(".s-deadman")?.remove();
  if (root.drawn === html && root.firstChild) return;
  const own = [root, first()].some(part => part?.contains(document.activeElement));
  const held = own ? document.activeElement : null;
  const done = doings(root.firstChild ? root : first() || root);
  const list = root.contains(held) && held.closest("select");
  if (!list || !redrawAround(root, list, html)) root.innerHTML = html;
  root.drawn = html;
  redo(root, done);
  if (!held || root.contains(held)) return;
  const same = [...root.querySelectorAll(REACHED)].find(e => mark(e) === mark(held));
  if (!same) return;
  same.focus({preventScroll: true});
  if (same.matches(FIELDS)) same.setSelectionRange(held.selectionStart, held.selectionEnd);
}

// A name that was typed here is in the field of the next page too.
function remember(name) {
  if (name === undefined) return;
  const path = location.pathname.replace(/[^/]*$/, "");
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `secours_name=${encodeURIComponent(name)}; Path=${path}; ` +
    `Max-Age=${name ? NAME_S : 0}; SameSite=Strict${secure}`;
}

function frame(data) {
  const page = document.documentElement;
  page.lang = data.lang;                                   // Streamlit always says "en"
  page.classList.toggle("secours-full", data.full);
  page.classList.toggle("secours-light", data.light);
}

// How long ago the page was asked for: since then what it says has aged, on a slow line
// above all. By the faster clock here too: the machine may have slept meanwhile.
function onItsWay() {
  const [asked] = performance.getEntriesByType("navigation");
  const open = Math.max(performance.now(), Date.now() - performance.timeOrigin);
  return (open - (asked?.requestStart || 0)) / 1000;
}

// Watches what the server has put into the page, until the component takes over.
export function watchFirst(data) {
  if (!first()) return;                                    // it already has
  frame(data);
  const age = data.age < 0 ? data.age : data.age + onItsWay();
  start().feed({...data, age, first: true});
}

function draw(w, root, data) {
  frame(data);
  redraw(root, data.html);
  if (data.full && data.age >= 0) root.appendChild(deadman(data));
  w.feed(data);
  takeOver();
}

export default function ({data, parentElement}) {
  const w = start(), p = performance.now(), d = Date.now();
  remember(data.name);
  const root = parentElement.querySelector(".secours-root");
  w.afterPress(() => {
    const late = elapsed(p, d), age = data.age < 0 ? data.age : data.age + late;
    draw(w, root, {...data, age, server: data.server + late});
  });
  return () => {
    if (root.isConnected) return;                          // drawn again, not left
    document.documentElement.classList.remove("secours-full");
    w.dispose();
  };
}
