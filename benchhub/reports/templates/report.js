// Sorting, filtering, row limits, copying and deep links. Reading the page needs none of it.
(() => {
  'use strict';
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const live = document.getElementById('live');

  function say(text) {
    live.textContent = '';
    setTimeout(() => { live.textContent = text; }, 30);
  }

  // Controls of a table or list by its id. Large pages have hundreds: they are not searched each time.
  const controls = new Map();
  const controlsOf = (id) => controls.get(id) || {};

  function gather(root) {
    all('.more-rows, output[data-for], [data-filter]', root).forEach((one) => {
      const id = one.dataset.for || one.dataset.filter;
      const kind = { BUTTON: 'more', OUTPUT: 'output' }[one.tagName] || 'input';
      controls.set(id, { ...controlsOf(id), [kind]: one });
    });
  }

  // What a filter hides and shows: the rows of a table, or the items of a list.
  const items = (box) => all(box.tagName === 'TABLE' ? 'tbody > tr.row' : '.item', box);

  function count(box) {
    const limit = Number(box.dataset.limit || 0);
    const limited = box.classList.contains('limited');
    const rows = items(box);
    let shown = 0;
    rows.forEach((row) => {
      if (!row.hidden) { shown += 1; }
      row.classList.toggle('over', !row.hidden && limit > 0 && shown > limit);
    });
    const { more, output } = controlsOf(box.id);
    if (more) {
      more.hidden = shown <= limit;
      more.textContent = limited ? `Show all ${shown} rows` : `Show the first ${limit}`;
      more.setAttribute('aria-expanded', String(!limited));
    }
    if (output) {
      output.textContent = shown === rows.length ? `${shown}` : `${shown} of ${rows.length}`;
    }
  }

  // A cell sorts by data-v if it has one (empty: unknown, always last), else by its text.
  function sortKey(cell) {
    const value = cell.getAttribute('data-v');
    if (value === null) { return cell.textContent.trim().toLowerCase(); }
    return value === '' ? null : Number(value);
  }

  function sort(table, column, descending) {
    const sign = descending ? -1 : 1;
    for (const body of table.tBodies) { // each group by itself
      const rows = all(':scope > tr.row', body).map((row, n) => ({ row, n, key: sortKey(row.cells[column]) }));
      rows.sort((a, b) => {
        if (a.key === null || b.key === null) { return (a.key === null) - (b.key === null) || a.n - b.n; }
        return sign * (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) || a.n - b.n;
      });
      rows.forEach(({ row }) => body.appendChild(row));
    }
  }

  function sortBy(button) {
    const head = button.closest('th');
    const table = head.closest('table');
    const column = all('thead th', table).indexOf(head);
    const before = head.getAttribute('aria-sort');
    const first = head.classList.contains('r') ? 'descending' : 'ascending';
    const other = before === 'descending' ? 'ascending' : 'descending';
    const direction = before ? other : first;
    all('th[aria-sort]', table).forEach((one) => one.removeAttribute('aria-sort'));
    head.setAttribute('aria-sort', direction);
    sort(table, column, direction === 'descending');
    if (table.id) { count(table); }
    say(`Sorted by ${button.textContent.trim()}, ${direction}`);
  }

  function filter(id) {
    const box = document.getElementById(id);
    const words = controlsOf(id).input.value.toLowerCase().split(/\s+/).filter(Boolean);
    items(box).forEach((item) => {
      const text = (item.dataset.text || item.textContent).toLowerCase();
      // What a section's own choice hides is not found either.
      item.hidden = item.classList.contains('off') || !words.every((word) => text.includes(word));
    });
    count(box);
  }

  function lift(table) {
    table.classList.toggle('limited');
    count(table);
  }

  // Tables and lists below an element get their limits and counts, once.
  function prepare(root) {
    gather(root);
    all('table[data-limit]', root).forEach((table) => { table.classList.add('limited'); count(table); });
    all('[data-filter]', root).forEach((input) => count(document.getElementById(input.dataset.filter)));
  }

  // A large page holds the inside of a disclosure as text until it is opened.
  function unfold(details) {
    const later = details.querySelector(':scope > noscript');
    if (!later) { return; }
    const made = document.createElement('template');
    made.innerHTML = later.textContent;
    later.replaceWith(made.content);
    prepare(details);
  }

  // Copying: the clipboard needs a secure context, which a file is not everywhere.
  function copyBySelection(text) {
    const area = document.createElement('textarea');
    area.value = text;
    area.readOnly = true;
    area.className = 'sr';
    document.body.appendChild(area);
    area.select();
    let done = false;
    try { done = document.execCommand('copy'); } catch { done = false; }
    area.remove();
    return done;
  }

  async function copy(text) {
    if (navigator.clipboard && window.isSecureContext) {
      try { await navigator.clipboard.writeText(text); return true; } catch { /* refused */ }
    }
    return copyBySelection(text);
  }

  async function copyFor(button) {
    const done = await copy(document.getElementById(button.dataset.copy).textContent);
    button.textContent = done ? 'Copied' : 'Select and copy';
    say(button.textContent);
    button.focus();
    setTimeout(() => { button.textContent = 'Copy'; }, 1400);
  }

  document.addEventListener('click', ({ target }) => {
    const button = target.closest('button');
    if (!button) { return; }
    if (button.matches('table.sortable thead th button')) { sortBy(button); }
    if (button.matches('.more-rows')) { lift(document.getElementById(button.dataset.for)); }
    if (button.matches('.copy')) { copyFor(button); }
  });
  document.addEventListener('input', ({ target }) => {
    if (target.dataset.filter) { filter(target.dataset.filter); }
  });

  function linked() {
    if (location.hash.length < 2) { return null; }
    let id = '';
    try { id = decodeURIComponent(location.hash.slice(1)); } catch { return null; }
    const found = document.getElementById(id);
    if (found) { return found; }
    const later = all('details > noscript').find((one) => one.textContent.includes(`id="${id}"`));
    if (later) { unfold(later.parentElement); }
    return document.getElementById(id);
  }

  // A deep link lifts the filter or limit that hides its target and opens all disclosures around it.
  function reveal() {
    const target = linked();
    if (!target) { return; }
    const { input } = controlsOf(target.parentElement.id);
    if (target.hidden && input) {
      input.value = '';
      filter(target.parentElement.id);
    }
    const over = target.closest('.limited .over');
    if (over) { lift(over.closest('.limited')); }
    const around = target.closest('details');
    for (let one = around; one; one = one.parentElement.closest('details')) {
      unfold(one);
      one.open = true;
    }
    if (around || over) { target.scrollIntoView(); }
  }
  window.addEventListener('hashchange', reveal);
  // A second click on the same link changes no hash, but should open its target again.
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && link.hash === location.hash) { reveal(); }
  });

  const menu = document.querySelector('nav details');
  const wide = window.matchMedia('(min-width:1180px)');
  const fit = () => { menu.open = wide.matches; };
  wide.addEventListener('change', fit);
  fit();
  all('nav a').forEach((link) => link.addEventListener('click', () => { if (!wide.matches) { menu.open = false; } }));
  const seen = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
    all('nav a').forEach((link) => {
      if (link.hash === `#${entry.target.id}`) { link.setAttribute('aria-current', 'true'); } else { link.removeAttribute('aria-current'); }
    });
  }), { rootMargin: '-15% 0px -75% 0px' });
  all('main [data-nav]').forEach((section) => seen.observe(section));

  // What is wider than its box scrolls there and not the page, by keyboard too. Inside a closed
  // disclosure nothing is laid out.
  function reach(root) {
    const boxes = all('.scroll:not(details:not([open]) *)', root);
    const logs = all('pre.log:not(details:not([open]) *)', root);
    const wider = boxes.map((box) => box.scrollWidth > box.clientWidth + 1);
    const higher = logs.map((log) => log.scrollHeight > log.clientHeight + 1);
    const set = (box, over) => { if (over) { box.tabIndex = 0; } else { box.removeAttribute('tabindex'); } };
    boxes.forEach((box, n) => { box.classList.toggle('sideways', wider[n]); set(box, wider[n]); });
    logs.forEach((log, n) => set(log, higher[n]));
  }
  window.addEventListener('resize', () => reach(document));
  document.addEventListener('toggle', ({ target }) => {
    if (!target.open) { return; }
    unfold(target);
    reach(target);
  }, true);
  prepare(document);
  reach(document);
  reveal();
})();
