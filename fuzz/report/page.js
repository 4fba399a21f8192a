'use strict';
// Draws the run that lies in the page as JSON (fuzz/report/html.h says what is in it). Texts reach
// the page as text nodes only.
const data = JSON.parse(document.getElementById('data').textContent);
const byId = (id) => document.getElementById(id);
const rows = data.rows;
const last = Math.max(0, rows.length - 1);
const kHues = [212, 28, 150, 280, 340, 95, 180, 50];
const kBarWidth = 4, kBarGap = 2;
let selected = 0;
let elements = [];            // [row]: its element, undefined while it is folded
const opened = new Set();     // first rows of folded runs that were opened by hand

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

function draw(tag, attributes, parent) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  parent.append(element);
  return element;
}

// "0 -> 1" as one word, which no line breaks.
function withArrows(text) { return text.replaceAll(' -> ', '\u00a0→\u00a0'); }

// ---- lanes

// Rows first..end-1 that are one task's own business, and enough to be worth folding.
function quietRun(first) {
  let end = first;
  while (end <= last && rows[end].quiet && rows[end].task === rows[first].task) end++;
  return end - first >= 2 ? end : first;
}

function cellOf(row, text) {
  const cell = make('div', 'cell', text);
  if (!row.across) cell.style.gridColumn = row.task + 2;
  if (row.mark) {
    const place = row.place === undefined ? null : data.places[row.place];
    const at = place ? `  ${place.file.split('/').pop()}:${place.line}` : '';
    cell.append(make('span', 'mark', '← ' + row.mark + at));
  }
  return cell;
}

function rowElement(i) {
  const row = rows[i];
  const element = make('div', 'row indent' + row.indent,
                       make('div', 'number', row.fold || !row.step ? '' : String(row.step)),
                       cellOf(row, make('span', 'text', withArrows(row.text))));
  for (const name of ['across', 'fold', 'failed', 'decides'])
    if (row[name]) element.classList.add(name);
  element.onclick = () => select(i);
  return element;
}

function foldElement(first, end) {
  const names = [...new Set(rows.slice(first, end).map((row) => row.object))];
  const about = names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '');
  const button = make('button', 'text', `… ${end - first} rows on ${about}`);
  button.onclick = () => { opened.add(first); drawRows(); };
  return make('div', 'row fold indent1', make('div', 'number'),
              cellOf({task: rows[first].task}, button));
}

function drawRows() {
  const folded = byId('folded').checked;
  const heads = make('div', 'heads', make('div', 'number'));
  for (const task of data.tasks) heads.append(make('div', 'cell', task.heading));
  const box = make('div');
  box.id = 'rows';
  const overlay = draw('svg', {id: 'overlay'}, box);
  overlay.setAttribute('width', '100%');
  overlay.setAttribute('height', '100%');
  elements = [];
  for (let i = 0; i <= last && rows.length > 0;) {
    const end = folded ? quietRun(i) : i;
    if (end > i && !opened.has(i)) {
      const element = foldElement(i, end);
      box.append(element);
      for (; i < end; i++) elements[i] = element;
    } else {
      for (const stop = Math.max(end, i + 1); i < stop; i++) {
        elements[i] = rowElement(i);
        box.append(elements[i]);
      }
    }
  }
  byId('lanes').replaceChildren(heads, box);
  drawOverlay();
  mark();
}

// Each bar gets the first track of its lane that is free.
function tracks() {
  const ends = data.tasks.map(() => []);
  return data.bars.map((bar) => {
    const lane = ends[bar.task];
    let track = lane.findIndex((end) => end < bar.from);
    if (track < 0) track = lane.length;
    lane[track] = bar.to;
    return track;
  });
}

function drawOverlay() {
  const box = byId('rows'), overlay = byId('overlay');
  if (rows.length === 0) return;
  const origin = box.getBoundingClientRect();
  const placed = new Map();
  const place = (i) => {
    const element = elements[i];
    if (placed.has(element)) return placed.get(element);
    const text = element.querySelector('.text').getBoundingClientRect();
    const cell = element.querySelector('.cell').getBoundingClientRect();
    const found = {y: text.top - origin.top + Math.min(text.height / 2, 10),
                   left: cell.left - origin.left, right: text.right - origin.left + 2,
                   bottom: element.getBoundingClientRect().bottom - origin.top};
    placed.set(element, found);
    return found;
  };
  const track = tracks(), locks = [...new Set(data.bars.map((bar) => bar.lock))];
  data.bars.forEach((bar, k) => {
    if (bar.to <= last && elements[bar.from] === elements[bar.to]) return;  // folded away
    const top = place(bar.from).y - 5;
    const bottom = bar.to > last ? place(last).bottom : place(bar.to).y + 5;
    const color = `hsl(${kHues[locks.indexOf(bar.lock) % kHues.length]} 55% 52%)`;
    const rect = draw('rect', {x: place(bar.from).left + track[k] * (kBarWidth + kBarGap), y: top,
                               width: kBarWidth, height: Math.max(6, bottom - top), rx: 2,
                               fill: color, stroke: color}, overlay);
    if (bar.shared) rect.classList.add('shared');
  });
  data.arrows.forEach((arrow, k) => {
    drawArrow(overlay, arrow, place(arrow.from), place(arrow.to), k);
  });
}

// Out of the row, down in the gap beside the later task's lane, and into its row. Only that row's
// own text stands on either height.
function drawArrow(overlay, arrow, from, to, k) {
  if (elements[arrow.from] === elements[arrow.to]) return;
  const right = rows[arrow.to].task > rows[arrow.from].task;
  const gap = (right ? to.left : from.left) - 6 - (k % 5) * 3.5;
  const start = right ? from.right : from.left - 2, end = right ? to.left - 2 : to.right + 1;
  const group = draw('g', {'data-from': arrow.from, 'data-to': arrow.to}, overlay);
  draw('path', {d: `M${start} ${from.y} H${gap} V${to.y} H${end}`}, group);
  const side = right ? -5 : 5;
  draw('path', {class: 'head', d: `M${end} ${to.y} l${side} -3.5 v7 z`}, group);
}

// ---- one row

function placeText(place) { return `${place.file}:${place.line}`; }

function mark() {
  for (const element of document.querySelectorAll('.row.selected'))
    element.classList.remove('selected');
  if (elements[selected]) elements[selected].classList.add('selected');
  for (const group of document.querySelectorAll('#overlay g')) {
    const ends = [+group.dataset.from, +group.dataset.to];
    group.classList.toggle('near', ends.includes(selected));
  }
  let sentence = null;
  for (const li of document.querySelectorAll('#sentences li')) {
    li.classList.remove('at');
    if (li.dataset.row !== undefined && +li.dataset.row <= selected) sentence = li;
  }
  if (sentence) sentence.classList.add('at');
}

function select(i) {
  selected = Math.min(Math.max(i, 0), last);
  byId('slider').value = selected;
  const row = rows[selected];
  if (!row) return;
  byId('position').textContent =
      (row.step ? `step ${row.step}, ` : '') + (row.across ? '' : `T${row.task}, `) +
      `row ${selected + 1} of ${rows.length}`;
  mark();
  elements[selected].scrollIntoView({block: 'nearest'});
  showState();
  showSource(row.place === undefined ? null : data.places[row.place]);
}

function showSource(place) {
  byId('place').textContent = place ? `${placeText(place)} ${place.function}` : '';
  const code = byId('code');
  code.replaceChildren();
  if (!place) return;
  const part = (data.sources[place.file] || []).find(
      (p) => p.first <= place.line && place.line < p.first + p.lines.length);
  if (!part) {
    code.append('The source was not found when this page was made.');
    return;
  }
  let here;
  part.lines.forEach((line, k) => {
    const number = part.first + k;
    if (Math.abs(number - place.line) > data.source_context) return;
    const element = make('div', number === place.line ? 'here' : '',
                         make('span', '', String(number)), make('span', '', line));
    code.append(element);
    if (number === place.line) here = element;
  });
  if (here) here.scrollIntoView({block: 'nearest'});
}

// ---- the rest of the page

function fill() {
  document.title = `${data.kind}: ${data.message}`;
  byId('kind').textContent = data.kind;
  byId('kind').classList.toggle('fine', !data.failed);
  byId('message').textContent = data.message;
  byId('about').append(make('code', '', data.key), data.key ? '  ·  ' : '',
                       `${data.file}  ·  target ${data.target}  ·  memory ${data.memory}`);
  for (const remark of data.remarks) byId('remarks').append(make('li', '', remark));
  byId('program').textContent = data.program;
  for (const sentence of data.sentences) {
    const li = make('li', '', withArrows(sentence.text));
    if (sentence.row !== undefined) {
      li.dataset.row = sentence.row;
      li.onclick = () => select(sentence.row);
    }
    byId('sentences').append(li);
  }
  const depth = tracks().reduce((most, track) => Math.max(most, track + 1), 0);
  document.documentElement.style.setProperty('--tasks', Math.max(1, data.tasks.length));
  document.documentElement.style.setProperty('--gutter', depth * (kBarWidth + kBarGap) + 6 + 'px');
}

function listen() {
  byId('slider').max = last;
  byId('slider').oninput = () => select(+byId('slider').value);
  byId('back').onclick = () => select(selected - 1);
  byId('forth').onclick = () => select(selected + 1);
  byId('all').onchange = showState;
  byId('folded').onchange = () => { opened.clear(); drawRows(); select(selected); };
  document.onkeydown = (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.id === 'slider') return;
    const to = {ArrowDown: selected + 1, ArrowRight: selected + 1, j: selected + 1,
                ArrowUp: selected - 1, ArrowLeft: selected - 1, k: selected - 1,
                Home: 0, End: last}[event.key];
    if (to === undefined) return;
    event.preventDefault();
    select(to);
  };
  let width = window.innerWidth;
  window.onresize = () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    drawRows();
  };
  // On paper nothing is measured anew: the lanes get a width that every sheet has.
  const toPaper = (on) => { byId('lanes').classList.toggle('paper', on); drawRows(); };
  window.onbeforeprint = () => toPaper(true);
  window.onafterprint = () => toPaper(false);
}

byId('folded').checked = rows.length > 40;
fill();
listen();
drawRows();
const failing = rows.findLastIndex((row) => row.failed);
select(failing < 0 ? 0 : failing);
