'use strict';
// The state panel: what every field of every object holds when the selected row has happened.

function fieldElement(field, all) {
  let value = field.value, by = '', isNew = false, before = value;
  for (const [row, next, task] of field.changes) {
    if (row > selected) break;
    if (row === selected && !isNew) before = value;
    isNew = row === selected;
    value = next;
    by = 'T' + task;
  }
  if (!all && field.changes.length === 0) return null;
  const shown = (v) => v === null ? 'written' : v === undefined ? '?' : v;
  const text = isNew && before !== undefined && before !== null
      ? `${shown(before)} → ${shown(value)}` : shown(value);
  return make('tr', isNew ? 'new' : '', make('td', '', field.name), make('td', '', text),
              make('td', '', by));
}

function lifeElement(object) {
  const life = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  life.setAttribute('class', 'life');
  life.setAttribute('viewBox', `0 0 ${rows.length} 10`);
  life.setAttribute('preserveAspectRatio', 'none');
  const from = Math.max(0, object.born), to = object.died < 0 ? rows.length : object.died + 1;
  draw('rect', {class: 'alive', x: from, y: 3, width: Math.max(0, to - from), height: 4}, life);
  const width = Math.max(1, rows.length / 200);
  for (const at of object.uses) draw('rect', {class: 'use', x: at, y: 3, width, height: 4}, life);
  draw('rect', {class: 'now', x: selected, y: 0, width: Math.max(1, rows.length / 150), height: 10},
       life);
  return life;
}

function stepOf(i) { return rows[i].step ? `in step ${rows[i].step}` : `in row ${i + 1}`; }

function lifeText(object) {
  if (object.died >= 0 && selected >= object.died)
    return `freed by T${object.died_by} ${stepOf(object.died)}`;
  if (object.born > selected) return `allocated ${stepOf(object.born)}`;
  return '';
}

function showState() {
  const all = byId('all').checked;
  const held = data.bars.filter((bar) => bar.from <= selected && bar.to > selected);
  byId('held').textContent = held.length === 0 ? 'No lock is held.' : 'Held: ' +
      held.map((bar) => `${bar.lock} by T${bar.task}${bar.shared ? ' (read)' : ''}`).join(', ');
  const shown = [];
  for (const object of data.objects) {
    const table = make('table');
    for (const field of object.fields) {
      const element = fieldElement(field, all);
      if (element) table.append(element);
    }
    if (!table.hasChildNodes() && !(object.died >= 0 || object.born >= 0) && !all) continue;
    const dead = object.died >= 0 && selected >= object.died;
    shown.push(make('div', dead ? 'object dead' : 'object',
                    make('h3', '', make('span', '', object.name),
                         make('small', '', lifeText(object))),
                    lifeElement(object), table));
  }
  byId('objects').replaceChildren(...shown);
}
