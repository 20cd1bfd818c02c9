"use strict";
// The page's own script: sorts, filters and searches the table, walks the maps by keyboard, and builds what lies behind
// a row when somebody opens it. Everything from the network enters the page as text (textContent), never as markup.
(() => {
  document.documentElement.classList.add("js");
  const $ = (id) => document.getElementById(id);
  const table = $("table");
  const make = (name, className, text) => {
    const node = document.createElement(name);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };

  let data = null;
  const details = () => (data ??= JSON.parse($("details").textContent));
  const text = (number) => details().texts[number];

  // What lies behind a row. The order of parts is that of scanner/reports/page/details.py.
  const WORDS = { "not-listed": "not listed" };
  const told = (number) => {
    const [identity, findings, conclusions, missing, exposures] = details().devices[number];
    const box = make("div", "detail");
    box.append(make("h3", "", "What the lists say"));
    if (!findings.length) box.append(make("p", "soft", "Nothing: no list names its maker, and it is not known as a surveillance device."));
    for (const finding of findings) box.append(findingOf(finding));
    if (exposures.length) box.append(make("h3", "", "What it exposes"));
    for (const exposure of exposures) box.append(exposureOf(exposure));
    box.append(make("h3", "", "What is concluded, and from what"));
    for (const conclusion of conclusions) box.append(conclusionOf(conclusion));
    if (text(missing)) box.append(make("p", "soft small", `Not known: ${text(missing)}.`));
    box.append(make("h3", "", "The device"));
    const pairs = make("dl", "pairs");
    for (const [label, value] of identity) {
      const held = make("dd");
      held.append(make("bdi", "", text(value)));
      pairs.append(make("dt", "", text(label)), held);
    }
    box.append(pairs);
    return box;
  };
  const findingOf = ([verdict, list, version, chain, clauses, clause, waiver]) => {
    const box = make("div", "finding");
    const head = make("p");
    const word = make("span", `v ${text(verdict)}`);
    word.append(make("span", `m ${text(verdict)}`), WORDS[text(verdict)] ?? text(verdict));
    head.append(word, ` on ${text(list)}, version ${text(version)}`);
    box.append(head);
    if (chain.length) {
      const steps = make("ol", "chain");
      for (const step of chain) steps.append(make("li", "", text(step)));
      box.append(steps);
    }
    if (clauses.length) {
      const why = make("ul", "proofs small soft");
      for (const part of clauses) why.append(make("li", "", text(part)));
      box.append(why);
    }
    if (text(clause)) box.append(make("p", "small soft", `Clause: ${text(clause)}`));
    if (text(waiver)) box.append(make("p", "small", `Waiver: ${text(waiver)}`));
    return box;
  };
  // An exposure is no verdict on a maker: it is told without a verdict's mark.
  const exposureOf = ([verdict, entry, reason, clause]) => {
    const box = make("div", "finding");
    const head = make("p");
    head.append(make("b", "", text(entry)), text(verdict) === "listed" ? "" : `, ${text(verdict)}`);
    box.append(head, make("p", "small", text(reason)), make("p", "small soft", `Source: ${text(clause)}`));
    return box;
  };
  const conclusionOf = ([attribute, value, sure, evidence, more]) => {
    const box = make("div", "conclusion");
    const head = make("p");
    const held = make("b");
    held.append(make("bdi", "", text(value)));
    head.append(`${text(attribute)}: `, held);
    if (text(sure)) head.append(make("span", "soft", `, ${text(sure)}`));
    box.append(head);
    const proofs = make("ul", "proofs");
    for (const [strength, phrase, fact, protocol, source, time, fingerprint] of evidence) {
      const item = make("li");
      item.append(make("span", "", `${text(phrase)} `), make("span", "soft small", `(${text(strength)})`));
      const said = make("span", "fact");
      said.append(make("bdi", "", text(fact)));
      item.append(said, make("span", "origin", `${text(protocol)} from ${text(source)}, ${text(time)}; read by ${text(fingerprint)}`));
      proofs.append(item);
    }
    if (text(more)) proofs.append(make("li", "soft", text(more)));
    box.append(proofs);
    return box;
  };

  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const number = new Map(rows.map((row, position) => [row, position]));
  const behind = new Map();
  const LIMIT = 300, FIRST = 120, PART = 400;

  const show = (row, open) => {
    if (!row.isConnected) flush();
    const button = row.querySelector(".open");
    if ((button.ariaExpanded === "true") === open) return;
    button.ariaExpanded = String(open);
    if (!open) { behind.get(row)?.remove(); return; }
    let more = behind.get(row);
    if (!more) {
      more = make("tr", "more");
      more.setAttribute("role", "row");
      const cell = make("td");
      cell.setAttribute("role", "cell");
      cell.colSpan = row.cells.length;
      cell.ariaColSpan = String(row.cells.length);
      cell.append(told(number.get(row)));
      more.append(cell);
      behind.set(row, more);
    }
    row.after(more);
  };
  body.addEventListener("click", (event) => {
    const button = event.target.closest(".open");
    if (button) show(button.closest("tr"), button.ariaExpanded !== "true");
  });
  body.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const button = event.target.closest(".open");
    if (!step || !button) return;
    const next = shown[shown.indexOf(button.closest("tr")) + step];
    if (next) { event.preventDefault(); next.querySelector(".open").focus(); }
  });

  // Sorting: each key's texts are put in order once, then rows are compared by number.
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const READ = {
    verdict: (row) => number.get(row),
    address: (row) => Number(row.dataset.a),
    title: (row) => row.querySelector(".open").textContent,
    maker: (row) => row.querySelector(".maker").textContent,
    place: (row) => row.querySelector(".place").textContent,
  };
  const ranks = {};
  const rankOf = (key) => (ranks[key] ??= ranked(rows.map(READ[key])));
  const ranked = (values) => {
    if (typeof values[0] === "number") return values;
    const ordered = [...new Set(values)].sort((a, b) => (a === "") - (b === "") || collator.compare(a, b));
    const place = new Map(ordered.map((value, position) => [value, position]));
    return values.map((value) => place.get(value));
  };
  let order = rows, shown = rows, sorting = { key: "verdict", down: false };
  const sort = (key) => {
    sorting = { key, down: sorting.key === key && !sorting.down };
    const rank = rankOf(key), sign = sorting.down ? -1 : 1;
    order = [...rows].sort((a, b) => {
      const m = number.get(a), n = number.get(b);
      return sign * (rank[m] - rank[n]) || m - n;
    });
    for (const button of table.querySelectorAll(".sort")) {
      const head = button.closest("th");
      if (button.dataset.key === key) head.ariaSort = sorting.down ? "descending" : "ascending";
      else head.removeAttribute("aria-sort");
    }
    filter();
  };
  table.tHead.addEventListener("click", (event) => {
    const button = event.target.closest(".sort");
    if (button) sort(button.dataset.key);
  });

  // Filtering: a row stays if it fits every choice; what lies behind it is searched too.
  const tools = $("tools");
  const haystacks = [];
  const stack = (upTo) => {
    for (let position = haystacks.length; position < upTo; position += 1) {
      const [identity, , conclusions] = details().devices[position];
      const names = [...identity.map((pair) => pair[1]), ...conclusions.map((held) => held[1])].map(text);
      haystacks.push(`${rows[position].textContent} ${names.join(" ")}`.toLowerCase());
    }
  };
  const haystack = () => { stack(rows.length); return haystacks; };
  // While nobody waits, the texts to search are put together, a few rows at a time.
  const idle = window.requestIdleCallback ?? ((run) => setTimeout(run, 100));
  const warm = () => {
    stack(Math.min(rows.length, haystacks.length + 200));
    if (haystacks.length < rows.length) idle(warm);
  };
  idle(warm);
  const chosen = (id) => $(id)?.value ?? "";
  const filter = () => {
    const verdicts = new Set([...tools.querySelectorAll("[name=verdict]:checked")].map((box) => box.value));
    const maker = chosen("by-maker"), kind = chosen("by-kind"), building = chosen("by-building");
    const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    shown = order.filter((row) =>
      verdicts.has(row.dataset.v)
      && (!maker || row.querySelector(".maker").textContent === maker)
      && (!kind || row.querySelector(".sub").textContent === kind)
      && (!building || row.querySelector(".place").dataset.b === building)
      && words.every((word) => haystack()[number.get(row)].includes(word)));
    const nodes = [];
    for (const row of shown) {
      nodes.push(row);
      if (row.querySelector(".open").ariaExpanded === "true") nodes.push(behind.get(row));
    }
    put(nodes);
    tell();
  };
  // What can be on the screen at once is put in place before the next frame, the rest a part at a time right after it.
  let pending = [], timer = 0;
  const put = (nodes) => {
    body.replaceChildren(...nodes.slice(0, FIRST));
    pending = nodes.slice(FIRST);
    clearTimeout(timer);
    timer = setTimeout(more, 30);
  };
  const more = () => {
    body.append(...pending.splice(0, PART));
    if (pending.length) timer = setTimeout(more);
  };
  const flush = () => {
    clearTimeout(timer);
    body.append(...pending.splice(0));
  };
  addEventListener("beforeprint", flush);
  const tell = () => {
    const count = (value) => value.toLocaleString("en-GB");
    $("status").textContent = shown.length === rows.length ? `${count(rows.length)} devices.`
      : shown.length ? `${count(shown.length)} of ${count(rows.length)} devices shown.`
      : "No device fits these choices.";
    const all = $("open-all");
    all.disabled = !shown.length || shown.length > LIMIT;
    all.textContent = shown.length > LIMIT ? `Open all shown (up to ${LIMIT})` : allOpen() ? "Close all shown" : "Open all shown";
  };
  const allOpen = () => shown.length > 0 && shown.every((row) => row.querySelector(".open").ariaExpanded === "true");
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.addEventListener("change", filter);
  tools.addEventListener("reset", () => setTimeout(filter));
  let waiting = 0;
  $("search").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 80); });
  $("open-all").addEventListener("click", () => {
    const open = !allOpen();
    flush();
    for (const row of shown) show(row, open);
    tell();
  });

  // A link to a device shows its row, whatever is filtered, and opens it.
  const follow = (mark) => {
    const row = rows.find((known) => known.id === mark);
    if (!row) return false;
    flush();
    if (!row.isConnected) {
      tools.reset();
      for (const box of tools.querySelectorAll("[name=verdict]")) box.checked = true;
      filter();
      flush();
    }
    table.querySelector(".target")?.classList.remove("target");
    row.classList.add("target");
    show(row, true);
    const button = row.querySelector(".open");
    button.focus({ preventScroll: true });
    row.scrollIntoView({ block: "center", behavior: "instant" });
    return true;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#d-']");
    if (link && follow(link.getAttribute("href").slice(1))) event.preventDefault();
  });
  addEventListener("hashchange", () => follow(location.hash.slice(1)));

  // The maps: one Tab stop each, arrow keys inside, a label at the pointer or the focus.
  const tip = $("tip");
  const hint = (spot) => {
    tip.hidden = !spot;
    if (!spot) return;
    tip.textContent = spot.getAttribute("aria-label");
    const place = spot.getBoundingClientRect();
    const left = Math.min(Math.max(8, place.left), document.documentElement.clientWidth - tip.offsetWidth - 8);
    const above = place.top - tip.offsetHeight - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 0 ? above : place.bottom + 8}px`;
  };
  for (const map of document.querySelectorAll(".map svg")) {
    const spots = [...map.querySelectorAll("a")];
    spots[0]?.setAttribute("tabindex", "0");
    map.addEventListener("keydown", (event) => {
      const at = spots.indexOf(document.activeElement);
      const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: spots.length - 1 }[event.key];
      if (at < 0 || to === undefined || !spots[to]) return;
      event.preventDefault();
      spots[at].setAttribute("tabindex", "-1");
      spots[to].setAttribute("tabindex", "0");
      spots[to].focus();
    });
    map.addEventListener("focusin", (event) => hint(event.target.closest("[aria-label]")));
    map.addEventListener("focusout", () => hint(null));
    map.addEventListener("pointerover", (event) => hint(event.target.closest("a,g")));
    map.addEventListener("pointerleave", () => hint(null));
  }
  addEventListener("keydown", (event) => { if (event.key === "Escape") hint(null); });
  addEventListener("scroll", () => hint(null), { passive: true });

  filter();
  if (location.hash) follow(location.hash.slice(1));
})();
