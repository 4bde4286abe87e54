// Sorting, filtering, row limits, copying and deep links. Reading the page needs none of it.
(() => {
  'use strict';
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const live = document.getElementById('live');

  function say(text) {
    live.textContent = '';
    setTimeout(() => { live.textContent = text; }, 30);
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
    const more = document.querySelector(`.more-rows[data-for="${box.id}"]`);
    if (more) {
      more.hidden = shown <= limit;
      more.textContent = limited ? `Show all ${shown} rows` : `Show the first ${limit}`;
      more.setAttribute('aria-expanded', String(!limited));
    }
    const output = document.querySelector(`output[data-for="${box.id}"]`);
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

  all('table.sortable').forEach((table) => {
    all('thead th', table).forEach((head, column) => {
      const button = head.querySelector('button');
      if (!button) { return; }
      button.addEventListener('click', () => {
        const before = head.getAttribute('aria-sort');
        const first = head.classList.contains('r') ? 'descending' : 'ascending';
        const other = before === 'descending' ? 'ascending' : 'descending';
        const direction = before ? other : first;
        all('th[aria-sort]', table).forEach((one) => one.removeAttribute('aria-sort'));
        head.setAttribute('aria-sort', direction);
        sort(table, column, direction === 'descending');
        if (table.id) { count(table); }
        say(`Sorted by ${button.textContent.trim()}, ${direction}`);
      });
    });
  });

  function filter(id) {
    const box = document.getElementById(id);
    const words = document.querySelector(`[data-filter="${id}"]`).value.toLowerCase().split(/\s+/).filter(Boolean);
    items(box).forEach((item) => {
      const text = (item.dataset.text || item.textContent).toLowerCase();
      item.hidden = !words.every((word) => text.includes(word));
    });
    count(box);
  }

  all('[data-filter]').forEach((input) => {
    input.addEventListener('input', () => filter(input.dataset.filter));
    count(document.getElementById(input.dataset.filter));
  });

  all('table[data-limit]').forEach((table) => { table.classList.add('limited'); count(table); });
  all('.more-rows').forEach((button) => button.addEventListener('click', () => {
    const table = document.getElementById(button.dataset.for);
    table.classList.toggle('limited');
    count(table);
  }));

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

  all('.copy').forEach((button) => button.addEventListener('click', async () => {
    const done = await copy(document.getElementById(button.dataset.copy).textContent);
    button.textContent = done ? 'Copied' : 'Select and copy';
    say(button.textContent);
    button.focus();
    setTimeout(() => { button.textContent = 'Copy'; }, 1400);
  }));

  // A deep link lifts the filter that hides its target and opens all disclosures around it.
  function reveal() {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) { return; }
    if (target.hidden) {
      const input = document.querySelector(`[data-filter="${target.parentElement.id}"]`);
      input.value = '';
      filter(target.parentElement.id);
    }
    const around = target.closest('details');
    for (let one = around; one; one = one.parentElement.closest('details')) { one.open = true; }
    if (around) { target.scrollIntoView(); }
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

  // What scrolls sideways can be scrolled by keyboard.
  function reach() {
    all('.scroll').forEach((box) => {
      if (box.scrollWidth > box.clientWidth + 1) { box.tabIndex = 0; } else { box.removeAttribute('tabindex'); }
    });
  }
  window.addEventListener('resize', reach);
  document.addEventListener('toggle', reach, true);
  reach();
  reveal();
})();
