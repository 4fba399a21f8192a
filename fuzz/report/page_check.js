'use strict';
// For tests: looks at a page of page.js as it is drawn, and tells the page around it what is wrong.
// Nothing may overlap, be cut off, or stick out of its panel.

function boxesOf(selector) {
  return [...document.querySelectorAll(selector)].map((element) => {
    const box = element.getBoundingClientRect();
    return {element, left: box.left, right: box.right, top: box.top, bottom: box.bottom};
  }).filter((box) => box.right > box.left && box.bottom > box.top);
}

function labelOf(element) {
  const words = element.textContent.trim().replace(/\s+/g, ' ').slice(0, 50);
  return `${element.id || element.className || element.tagName} "${words}"`;
}

const kSlack = 1.5;  // pixels: neighbours share an edge, fonts round up

function overlap(a, b) {
  return a.left < b.right - kSlack && b.left < a.right - kSlack && a.top < b.bottom - kSlack &&
         b.top < a.bottom - kSlack;
}

function findOverlaps(boxes, what, found) {
  boxes.sort((a, b) => a.top - b.top);
  for (let i = 0; i < boxes.length; i++)
    for (let k = i + 1; k < boxes.length && boxes[k].top < boxes[i].bottom; k++)
      if (overlap(boxes[i], boxes[k]))
        found.push(`${what} overlap: ${labelOf(boxes[i].element)} and ` +
                   labelOf(boxes[k].element));
}

function checkFrame(found) {
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth || root.scrollHeight > root.clientHeight)
    found.push(`the page (${root.scrollWidth} x ${root.scrollHeight}) is larger than the window`);
  const panels = boxesOf('header, main > section, footer');
  findOverlaps(panels, 'panels', found);
  for (const box of panels)
    if (box.left < 0 || box.right > window.innerWidth + 1 || box.bottom > window.innerHeight + 1)
      found.push(`outside of the window: ${labelOf(box.element)}`);
}

function checkTexts(found) {
  for (const section of document.querySelectorAll('main > section'))
    if (section.scrollWidth > section.clientWidth)
      found.push(`wider than its panel: ${labelOf(section)}`);
  const texts = '.row .text, .row .mark, .heads .cell, h1, h2, #about, #remarks li,' +
                '#sentences li, #objects h3, #objects td, #code span, #held,' +
                'footer label, #position';
  for (const element of document.querySelectorAll(texts))
    if (element.scrollWidth > element.clientWidth + 1 ||
        element.scrollHeight > element.clientHeight + 3)
      found.push(`cut off: ${labelOf(element)}`);
  findOverlaps(boxesOf('#objects td'), 'fields', found);
  findOverlaps(boxesOf('#code span'), 'source lines', found);
  findOverlaps(boxesOf('footer > *'), 'controls', found);
}

// Texts against each other, against the bars of locks and against the lines of arrows.
function checkLanes(found) {
  const texts = boxesOf('.row .text, .row .mark, .row .number');
  findOverlaps(texts, 'texts', found);
  const lines = boxesOf('#overlay rect');
  const origin = document.getElementById('rows').getBoundingClientRect();
  for (const path of document.querySelectorAll('#overlay path:not(.head)'))
    for (let at = 0, length = path.getTotalLength(); at < length; at += 6) {
      const {x, y} = path.getPointAtLength(at);
      const left = x + origin.left, top = y + origin.top;
      lines.push({element: path.parentNode, left, right: left + 2, top, bottom: top + 2});
    }
  for (const line of lines)
    for (const text of texts)
      if (overlap(line, text)) found.push(`a line runs over ${labelOf(text.element)}`);
}

function check() {
  const found = [];
  const look = () => { checkFrame(found); checkTexts(found); };
  look();
  checkLanes(found);
  byId('folded').checked = false;
  byId('folded').onchange();
  byId('all').checked = true;
  for (let k = 0; k <= 8; k++) {
    select(Math.round(last * k / 8));
    look();
  }
  checkLanes(found);
  return {rows: rows.length, arrows: document.querySelectorAll('#overlay g').length,
          bars: document.querySelectorAll('#overlay rect').length, width: window.innerWidth,
          problems: [...new Set(found)]};
}

let result;
try {
  result = check();
} catch (error) {
  result = {problems: [String(error)]};
}
window.parent.postMessage({id: window.name, result}, '*');
