// Keeps what is shown up to date. The server sends the whole state each time; nothing is added up here,
// so that a laptop that slept shows the present as soon as it is back.
"use strict";
(() => {
  const live = document.querySelector("[data-live]");
  if (!live) return;
  const one = (name, within = document) => within.querySelector(`[data-${name}]`);
  const status = one("status");
  const say = (is_live) => {
    if (!status) return;
    status.textContent = is_live ? status.dataset.liveText : status.dataset.lostText;
    status.dataset.live = is_live ? "yes" : "no";
  };

  // Whoever has been signed out is led to the sign-in: the names do not stay on the screen.
  const leave = async () => {
    const answer = await fetch(location.href, { method: "HEAD" }).catch(() => null);
    if (answer?.redirected) location.reload();
  };

  // A stream that the browser gives up on (a 503, a sleep) is opened again by hand.
  const listen = (event, show) => {
    let source, retry;
    const open = () => {
      clearTimeout(retry);
      source?.close();
      source = new EventSource(live.dataset.events);
      source.addEventListener(event, (message) => {
        show(JSON.parse(message.data));
        say(true);
      });
      source.addEventListener("error", () => {
        say(false);
        if (source.readyState === EventSource.CLOSED) {
          retry = setTimeout(open, 3000);
          leave();
        }
      });
    };
    open();
    const wake = () => {
      if (document.visibilityState === "visible" && source.readyState !== EventSource.OPEN) open();
    };
    addEventListener("online", wake);
    document.addEventListener("visibilitychange", wake);
    addEventListener("pageshow", (shown) => shown.persisted && open());
  };

  const board = () => {
    // What the words of the server are for people.
    const words = JSON.parse(live.dataset.words);
    const body = one("roster");
    const mould = one("row")?.content.firstElementChild;
    const sieve = one("sieve");
    const rows = new Map();
    let latest = null;
    if (body) for (const row of body.children) rows.set(one('field="number"', row).textContent, { row, seen: "" });

    const put = (row, name, text) => {
      const field = one(`field="${name}"`, row);
      if (field.textContent !== text) field.textContent = text;
    };
    const fill = (row, line) => {
      row.dataset.mark = line.mark;
      put(row, "number", line.admission_number);
      one('field="number"', row).href = `${location.pathname}/student?number=${encodeURIComponent(line.admission_number)}`;
      put(row, "name", line.name ?? "");
      put(row, "mark", words.mark[line.mark]);
      put(row, "time", line.at ? `${line.local_time} ${words.channel[line.channel] ?? ""}` : "");
      put(row, "so_far", line.standing ? `${line.standing.credit}/${line.standing.held}` : "");
      put(row, "flags", line.flags.map((flag) => words.flag[flag]).join(", "));
      one('field="band"', row).dataset.band = line.standing ? line.standing.band : "none_held";
      one('field="bar"', row).setAttribute("width", line.standing?.so_far ?? 0);
    };
    const roster = (lines) => {
      const gone = new Set(rows.keys());
      lines.forEach((line, at) => {
        const number = line.admission_number;
        const seen = JSON.stringify(line);
        let known = rows.get(number);
        if (!known) rows.set(number, (known = { row: mould.cloneNode(true), seen: "" }));
        if (known.seen !== seen) {
          // Not at the first fill: only what changes while one looks is pointed out.
          if (known.seen) known.row.classList.add("changed");
          fill(known.row, line);
          known.seen = seen;
        }
        known.line = line;
        gone.delete(number);
        if (body.children[at] !== known.row) body.insertBefore(known.row, body.children[at] ?? null);
      });
      for (const number of gone) {
        rows.get(number).row.remove();
        rows.delete(number);
      }
    };
    const PASSES = {
      all: () => true,
      absent: (line) => ["absent", "not_yet", "removed"].includes(line.mark),
      late: (line) => line.mark === "late",
      pending: (line) => line.mark === "pending",
      flagged: (line) => line.flags.some((flag) => flag !== "late"),
      below: (line) => line.standing?.band === "below",
    };
    const sift = () => {
      if (!sieve || !latest) return;
      const passes = PASSES[sieve.elements.show.value];
      const sought = sieve.elements.q.value.trim().toLowerCase();
      let shown = 0;
      for (const { row, line } of rows.values()) {
        const is_shown = passes(line) && `${line.admission_number} ${line.name ?? ""}`.toLowerCase().includes(sought);
        row.hidden = !is_shown;
        shown += is_shown;
      }
      const count = one("shown");
      count.textContent = count.dataset.shown.replace("{n}", shown).replace("{all}", rows.size);
      one("empty").hidden = shown > 0;
    };
    const chart = ({ counts }) => {
      const svg = one("chart");
      if (!svg) return;
      const most = Math.max(1, ...counts);
      counts.forEach((count, at) => {
        const bar = svg.children[at];
        bar?.setAttribute("y", 24 - (count * 24) / most);
        bar?.setAttribute("height", (count * 24) / most);
      });
    };
    const code = (shown) => {
      const box = one("code-box");
      const image = one("qr-image");
      box.hidden = !shown;
      one("no-code").hidden = !!shown;
      if (!shown) return;
      const src = `${box.dataset.qr}?${shown}`;
      if (image.getAttribute("src") !== src) image.src = src;
      one("code").textContent = `${shown.slice(0, 3)} ${shown.slice(3)}`;
    };
    if (sieve) {
      sieve.hidden = false;
      sieve.addEventListener("input", sift);
      sieve.addEventListener("submit", (event) => event.preventDefault());
    }
    listen("board", (board) => {
      latest = board;
      for (const [name, count] of Object.entries(board.totals)) {
        const figure = one(`total="${name}"`);
        if (!figure) continue;
        figure.textContent = count;
        const always = ["present", "late", "enrolled"].includes(name);
        figure.parentElement.hidden = count === 0 && !always;
      }
      put(document, "state", words.state[board.state]);
      chart(board.arrivals);
      code(board.code);
      if (body) roster(board.students);
      sift();
    });
  };

  // Where a link or a button leads, and with what.
  const aim = (it) => it?.href ?? (it?.form && `${it.form.action}?${new URLSearchParams(new FormData(it.form))}`);

  // A page of figures that the server draws: it is fetched again when something changed, at most once a second.
  const page = () => {
    let is_waiting = false;
    listen(live.dataset.live, () => {
      if (is_waiting) return;
      is_waiting = true;
      setTimeout(async () => {
        is_waiting = false;
        const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
        if (!answer?.ok) return say(false);
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        const part = fresh.querySelector("[data-live-part]");
        if (!part) return;
        // Whoever is on a link or a button by the keyboard stays on it.
        const chosen = aim(document.activeElement);
        one("live-part").replaceWith(part);
        if (chosen) [...part.querySelectorAll("a, button")].find((it) => aim(it) === chosen)?.focus();
      }, 1000);
    });
  };

  if (live.dataset.live === "board") board();
  else page();
})();
