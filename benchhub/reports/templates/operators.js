// The picker of a case, chips, groups, columns, and the picture that is pointed at. Without it all
// tables are there, one below the other.
(() => {
  'use strict';
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const box = document.getElementById('ops-cases');
  if (!box) { return; }
  const picker = document.getElementById('ops-pick');
  const live = document.getElementById('live');
  const MOST_CHIPS = 8;

  const made = (name, properties, parent) => {
    const element = Object.assign(document.createElement(name), properties);
    if (parent) { parent.append(element); }
    return element;
  };
  const typeOf = (row) => row.cells[0].firstChild.textContent.trim();
  const columnOf = (table, key) => all('thead th', table).findIndex((head) => head.dataset.k === key);

  // Numbers as they are written, so that rows need not carry them twice: `< 0.1 %`, `−0.012`, `–`.
  function keyOf(text) {
    const plain = text.replace(/\u2212/g, '-').replace(/[^-\d.]/g, '');
    return plain === '' || Number.isNaN(Number(plain)) ? '' : plain;
  }

  function sortable(table) {
    const numbers = all('thead th', table).map((head) => head.classList.contains('r'));
    all('tbody > tr.row', table).forEach((row) => Array.from(row.cells).forEach((cell, column) => {
      if (numbers[column]) { cell.dataset.v = keyOf(cell.textContent); }
    }));
  }

  // Chips of types, the dearest first: none pressed is all.
  function chips(table, search, row, sums) {
    const types = new Map(all('tbody > tr.row', sums).map((one) => [one.cells[0].textContent.trim(), 0]));
    all('tbody > tr.row', table).forEach((one) => types.set(typeOf(one), (types.get(typeOf(one)) || 0) + 1));
    types.forEach((count, type) => { if (!count) { types.delete(type); } });
    if (types.size < 2) { return; }
    const set = made('div', { className: 'set', role: 'group', ariaLabel: 'Types' }, row);
    const pressed = new Set();
    Array.from(types).slice(0, MOST_CHIPS).forEach(([type, count]) => {
      const chip = made('button', { type: 'button', className: 'chip', textContent: type, ariaPressed: 'false', title: `${count} operators` }, set);
      chip.addEventListener('click', () => {
        if (!pressed.delete(type)) { pressed.add(type); }
        chip.ariaPressed = String(pressed.has(type));
        all('tbody > tr.row', table).forEach((one) => one.classList.toggle('off', pressed.size > 0 && !pressed.has(typeOf(one))));
        search.dispatchEvent(new Event('input', { bubbles: true }));
      });
    });
  }

  // The head of a group has the cells of its row among the sums, below the heads of the same name.
  function groupHead(table, body, name, count, sums) {
    const head = made('tr', { className: 'grouphead' });
    const cell = made('th', { scope: 'rowgroup' }, head);
    const button = made('button', { type: 'button', ariaExpanded: 'false' }, cell);
    made('span', { textContent: name }, button);
    made('span', { className: 'muted', textContent: String(count) }, button);
    button.addEventListener('click', () => {
      button.ariaExpanded = String(body.classList.toggle('shut') === false);
    });
    const keys = sums ? all('thead th', sums.closest('table')).map((one) => one.dataset.k) : [];
    all('thead th', table).slice(1).forEach((one) => {
      const at = keys.indexOf(one.dataset.k);
      made('td', { textContent: at > 0 ? sums.cells[at].textContent : '' }, head);
    });
    return head;
  }

  function group(table, by, sums) {
    const rows = all('tbody > tr.row', table);
    const column = columnOf(table, 'time');
    const time = (row) => Number(row.cells[column].dataset.v || -1);
    all('thead th[aria-sort]', table).forEach((one) => one.removeAttribute('aria-sort'));
    table.tHead.rows[0].cells[column].setAttribute('aria-sort', 'descending');
    rows.sort((a, b) => time(b) - time(a));
    all('tbody', table).forEach((one) => one.remove());
    table.classList.toggle('grouped', by !== '');
    if (by === '') { made('tbody', {}, table).append(...rows); return; }
    const lines = sums ? all('tbody > tr.row', sums) : [];
    const byName = new Map(lines.map((line) => [line.cells[0].textContent.trim(), line]));
    const groups = new Map();
    rows.forEach((row) => {
      const key = by === 'type' ? typeOf(row) : row.dataset.l || '';
      if (!groups.has(key)) { groups.set(key, []); }
      groups.get(key).push(row);
    });
    Array.from(groups, ([key, mine]) => {
      const line = by === 'type' ? byName.get(key) : layerLines(sums)[Number(key || -1)];
      const name = line ? line.cells[0].textContent : key || 'in further subgraphs';
      return { name, mine, line, sum: line ? totalOf(line) : 0 };
    }).sort((a, b) => b.sum - a.sum).forEach(({ name, mine, line }) => {
      const body = made('tbody', { className: 'shut' }, table);
      body.append(groupHead(table, body, name, mine.length, line), ...mine);
    });
  }
  const totalOf = (line) => Number(line.cells[columnOf(line.closest('table'), 'time')].dataset.v || 0);
  // Layers by their number, however their table is sorted.
  const layerLines = (sums) => {
    if (!sums) { return []; }
    if (!sums.lines) { sums.lines = all('tbody > tr.row', sums); }
    return sums.lines;
  };

  function groups(table, search, row, tables) {
    const offers = [['', 'none'], ['type', 'type']].concat(tables.layer ? [['layer', 'layer']] : []);
    const set = made('div', { className: 'set', role: 'group', ariaLabel: 'Group rows by' }, row);
    made('span', { className: 'lab', textContent: 'Group by', ariaHidden: 'true' }, set);
    const buttons = offers.map(([by, text]) => {
      const chip = made('button', { type: 'button', className: 'chip', textContent: text, ariaPressed: String(by === '') }, set);
      chip.dataset.by = by;
      chip.addEventListener('click', () => {
        buttons.forEach((one) => { one.ariaPressed = String(one === chip); });
        group(table, by, tables[by]);
        search.dispatchEvent(new Event('input', { bubbles: true }));
      });
      return chip;
    });
    // What is searched for is shown, also in a group that was closed.
    search.addEventListener('input', () => {
      if (search.value.trim() === '') { return; }
      all('tbody.shut', table).forEach((body) => {
        body.classList.remove('shut');
        body.querySelector('.grouphead button').ariaExpanded = 'true';
      });
    });
  }

  function columns(table, row) {
    const shown = Number((table.className.match(/\bk(\d+)\b/) || [])[1]);
    const heads = all('thead th', table);
    if (!shown || heads.length <= shown) { return; }
    table.classList.add('brief');
    const names = heads.slice(shown).map((head) => head.textContent.toLowerCase()).join(', ');
    const chip = made('button', { type: 'button', className: 'chip', textContent: 'More columns', ariaPressed: 'false', title: names }, row);
    chip.addEventListener('click', () => {
      chip.ariaPressed = String(table.classList.toggle('brief') === false);
      window.dispatchEvent(new Event('resize'));
    });
  }

  // What is pointed at in the picture is told below it; a click leads to its row.
  function point(picture, table, search) {
    const order = columnOf(table, 'order');
    const rows = new Map(all('tbody > tr.row:not(.inner)', table).map((row) => [row.cells[order].textContent, row]));
    const told = picture.parentElement.querySelector('.at');
    const size = picture.viewBox.baseVal.width;
    const here = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
    Object.entries({ class: 'here', y: '0', width: '1', height: '100' }).forEach(([name, value]) => here.setAttribute(name, value));
    const at = (event) => {
      const frame = picture.getBoundingClientRect();
      return Math.min(size - 1, Math.max(0, Math.floor(size * (event.clientX - frame.left) / frame.width)));
    };
    picture.addEventListener('pointermove', (event) => {
      const place = at(event);
      const row = rows.get(String(place));
      const cell = (key) => row.cells[columnOf(table, key)].textContent;
      const node = row && cell('node') !== '–' ? `#${cell('node')} ` : '';
      told.textContent = row ? `${node}${row.cells[0].textContent}: ${cell('time')} ms, ${cell('share')}` : 'not in the table: it is too fast';
      here.setAttribute('x', String(place));
      picture.append(here);
    });
    picture.addEventListener('pointerleave', () => { told.textContent = ''; here.remove(); });
    picture.addEventListener('click', (event) => {
      const row = rows.get(String(at(event)));
      if (!row) { return; }
      all('tr.found', table).forEach((one) => one.classList.remove('found'));
      row.classList.add('found');
      if (row.hidden) { search.value = ''; search.dispatchEvent(new Event('input', { bubbles: true })); }
      row.closest('tbody').classList.remove('shut');
      if (row.classList.contains('over')) { document.querySelector(`.more-rows[data-for="${table.id}"]`).click(); }
      row.scrollIntoView({ block: 'center' });
    });
  }

  // A table gets its controls when it is first seen.
  const ready = new WeakSet();
  function prepare(one) {
    const table = one.querySelector('table.ops');
    // Of a large page the inside is not there yet: opening brings it.
    if (ready.has(one) || !table) { return; }
    ready.add(one);
    const [type, layer] = all('table.sums', one);
    [table, type, layer].filter(Boolean).forEach(sortable);
    layerLines(layer);
    const search = one.querySelector(`[data-filter="${table.id}"]`);
    const row = search.closest('.tools');
    chips(table, search, row, type);
    groups(table, search, row, { type, layer });
    columns(table, row);
    all('svg[data-table]', one).forEach((picture) => point(picture, table, search));
    window.dispatchEvent(new Event('resize'));
  }

  const picking = picker !== null;
  box.classList.toggle('picking', picking);
  all(':scope > details', box).forEach((one) => one.addEventListener('toggle', () => { if (one.open) { prepare(one); } }));

  function pick(one) {
    prepare(one);
    one.open = true;
    if (!picking) { return; }
    all(':scope > .picked', box).forEach((other) => other.classList.remove('picked'));
    one.classList.add('picked');
    picker.value = one.id;
  }

  function follow() {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const one = target && target.closest('#ops-cases > details');
    if (one) { pick(one); target.closest('details').scrollIntoView(); }
    return one;
  }

  if (picking) {
    picker.addEventListener('change', () => {
      const one = document.getElementById(picker.value);
      pick(one);
      history.replaceState(null, '', `#${one.id}`);
      live.textContent = `Operators of ${picker.selectedOptions[0].textContent}`;
    });
  }
  window.addEventListener('hashchange', follow);
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && link.hash === location.hash) { follow(); }
  });
  if (!follow() && box.firstElementChild) { pick(box.firstElementChild); }
})();
