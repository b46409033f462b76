// What is cut, runs out of the window, lies over something else, or is hard to hit, of a
// page for a desk that stands in #secours-first.
const LEAST = 24;
const said = e => {
  const own = e.className?.baseVal ?? e.className;
  const words = e.textContent.trim().slice(0, 40);
  return `${e.tagName.toLowerCase()}.${own || ""} "${words}"`;
};
const area = (p, q) => [
  Math.min(p.right, q.right) - Math.max(p.left, q.left),
  Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top),
];
const owns = e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
const heard = e => {                                 // by a screen reader alone
  const {clipPath, clip} = getComputedStyle(e);
  return clipPath === "inset(50%)" || /^rect\(0/.test(clip);
};
const seen = e => !nearest(e, "heard", heard) &&
  e.checkVisibility({visibilityProperty: true, opacityProperty: true});
const scrolls = e => /auto|scroll/.test(getComputedStyle(e).overflowX);
let known = {};                                      // of this layout
const once = (name, e, find) => {
  const found = known[name] ??= new Map();
  if (!found.has(e)) found.set(e, find(e));
  return found.get(e);
};
const nearest = (e, name, holds) => e && once(name, e, () =>
  holds(e) ? e : nearest(e.parentElement, name, holds));
const floats = e => nearest(e, "floats", each => each.id !== "secours-first" &&
  /fixed|sticky/.test(getComputedStyle(each).position));
const names = e => nearest(e, "names", each =>
  each.title || each.getAttribute("aria-label"));
const hides = e => {
  const {overflowX, overflowY} = getComputedStyle(e);
  return overflowX !== "visible" || overflowY !== "visible";
};
function hiding(e) {                                 // what may hide a part of it
  if (!e || e.id === "secours-first") return [];
  return once("hiding", e, () => {
    const more = hiding(e.parentElement);
    return hides(e) ? [[e, e.getBoundingClientRect()], ...more] : more;
  });
}

function shown(e, box) {                             // the part of a box that is there
  let {left, top, right, bottom} = box;
  for (const [, b] of hiding(e)) {
    [left, top] = [Math.max(left, b.left), Math.max(top, b.top)];
    [right, bottom] = [Math.min(right, b.right), Math.min(bottom, b.bottom)];
  }
  return {left, top, right, bottom, width: right - left, height: bottom - top};
}
const isThere = ({width, height}) => width > 1.5 && height > 1.5;

function lines(e) {                                // where the words of an element are
  const range = document.createRange(), found = [];
  for (const node of e.childNodes) {
    if (node.nodeType !== 3 || !node.textContent.trim()) continue;
    range.selectNodeContents(node);
    found.push(...range.getClientRects());
  }
  return found.filter(r => r.width > 1 && r.height > 1);
}

function texts(desk) {
  return [...desk.querySelectorAll("*")].filter(e => owns(e) && seen(e))
    .flatMap(e => lines(e).map(whole => ({
      e, whole, box: shown(e, whole), floats: floats(e),
    })));
}

function cut(e, box) {                               // by something that hides the rest
  for (const [each, b] of hiding(e)) {
    if (scrolls(each)) return false;
    const style = getComputedStyle(each);
    const wide = box.right > b.right + 1.5 || box.left < b.left - 1.5;
    const high = box.bottom > b.bottom + 3 || box.top < b.top - 3;
    const short = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none"
      || !isThere(shown(e, box));                    // no half of it is there either
    if ((wide || high) && !(short && names(e))) return true;
    if (wide || high) return false;
  }
  return false;
}

// Words of a usual length that go on in the next line: only what is longer than a line
// may be broken, or what is hyphenated.
const WORD = /(?<![^\s(«"-])\p{L}{2,18}(?![^\s)»",.:;?!…-])/gu;
function broken(desk) {
  const range = document.createRange(), found = [];
  for (const e of desk.querySelectorAll("*")) {
    if (!owns(e) || !seen(e) || getComputedStyle(e).hyphens === "auto") continue;
    for (const node of [...e.childNodes].filter(n => n.nodeType === 3)) {
      range.selectNodeContents(node);
      if (range.getClientRects().length < 2) continue;
      for (const {0: word, index} of node.textContent.matchAll(WORD)) {
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        const tops = [...range.getClientRects()].filter(r => r.width > 1).map(r => r.top);
        if (Math.max(...tops) - Math.min(...tops) > 4)
          found.push(`broken: ${word} of ${said(e)}`);
      }
    }
  }
  return found;
}

function ofTexts(desk) {
  const every = texts(desk), found = [];
  for (const {e, box, whole} of every) {
    const out = box.right > innerWidth + 1 || box.left < -1;
    if (out && isThere(box)) found.push(`out of the window: ${said(e)}`);
    if (cut(e, whole)) found.push(`cut: ${said(e)}`);
  }
  const all = every.filter(({box}) => isThere(box)).sort((a, b) => a.box.top - b.box.top);
  all.forEach((a, i) => {
    for (let n = i + 1; n < all.length && all[n].box.top < a.box.bottom - 2; n++) {
      const b = all[n];
      if (a.e === b.e || a.e.contains(b.e) || b.e.contains(a.e)) continue;
      if (a.floats !== b.floats) continue;           // what scrolls away lies beneath
      const [x, y] = area(a.box, b.box);
      const both = Math.min(a.box.height, b.box.height);
      if (x > 1.5 && y > Math.max(2, both * .25))
        found.push(`overlap: ${said(a.e)} / ${said(b.e)}`);
    }
  });
  return found;
}
function ofTargets(desk) {
  const found = [];
  const every = [...desk.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, " +
    "[tabindex='0']"
  )].filter(seen).map(e => ({
    e, whole: e.getBoundingClientRect(), floats: floats(e),
  })).map(each => ({...each, box: shown(each.e, each.whole)}));
  for (const {e, whole} of every)
    if (!e.closest("svg") && hiding(e).some(([each, b]) => scrolls(each) &&
        whole.right > b.right + 1.5))
      found.push(`reached by scrolling sideways alone: ${said(e)}`);
  const all = every.filter(({box}) => isThere(box));
  for (const {e, box, whole} of all) {
    const inText = getComputedStyle(e).display === "inline" &&
      owns(e.parentElement) && !e.matches("button, input, select, summary");
    const label = e.matches("input") && e.closest("label");
    const target = label ? label.getBoundingClientRect() : whole;
    const isHit = !inText && !scrolls(e);
    if (isHit && Math.min(target.width, target.height) < LEAST - .5)
      found.push(`small, ${target.width.toFixed()} x ${target.height.toFixed()}: ` +
        said(e));
    if (box.right > innerWidth + 1) found.push(`out of the window: ${said(e)}`);
  }
  all.forEach((a, i) => all.slice(i + 1).forEach(b => {
    if (a.e.contains(b.e) || b.e.contains(a.e) || a.floats !== b.floats) return;
    const [x, y] = area(a.box, b.box);
    if (x > 1 && y > 1) found.push(`targets overlap: ${said(a.e)} / ${said(b.e)}`);
  }));
  return found;
}

function deskFaults() {
  const desk = document.getElementById("secours-first");
  known = {};
  const found = [...ofTexts(desk), ...ofTargets(desk), ...broken(desk)];
  if (desk.scrollWidth > desk.clientWidth)
    found.push(`scrolls sideways by ${desk.scrollWidth - desk.clientWidth}`);
  if (document.documentElement.scrollWidth > innerWidth) found.push("wider than all");
  const shut = [...desk.querySelectorAll("details:not([open])")];
  if (shut.length) {
    shut.forEach(each => { each.open = true; });
    known = {};
    const more = [...ofTexts(desk), ...ofTargets(desk)];
    found.push(...more.map(each => `when opened, ${each}`));
  }
  return [...new Set(found)];
}
