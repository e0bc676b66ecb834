// The page's script: sends what a person types and clicks, shows forms, and keeps the messages up to date.
"use strict";

const base = document.body.dataset.base;
const place = document.body.dataset.place;
const token = document.querySelector('meta[name="bursar-token"]').content;
const $ = (id) => document.getElementById(id);

async function send(what, body) {
  const response = await fetch(`${base}/${place}/${what}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Bursar-Token": token },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(response.status === 403 ? "This page is out of date. Reload it." : await response.text());
  return response.json();
}

const fresh = () => crypto.randomUUID();

function toast(text, link) {
  const box = $("toast");
  box.replaceChildren(text);
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link.href;
    anchor.textContent = link.text;
    box.append(" ", anchor);
  }
  box.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => (box.hidden = true), 7000);
}

function failed(error) {
  working(false);
  toast(error instanceof TypeError ? "Bursar does not answer. Is it still running?" : error.message);
}

// ---- messages

const stream = $("stream");
const scroller = $("scroll");
const atBottom = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 120;

// The end, but never past the beginning of the newest post: a long answer is read from its top.
function toBottom(smooth) {
  const last = [...stream.querySelectorAll(".post")].pop();
  const long = last && last.offsetHeight > scroller.clientHeight - 90;
  const top = long ? last.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop - 64 : scroller.scrollHeight;
  scroller.scrollTo({ top, behavior: smooth ? "smooth" : "instant" });
}

function working(on) {
  const line = $("working");
  if (!line) return;
  line.hidden = !on;
  clearTimeout(working.timer);
  if (on) {
    toBottom(true);
    working.timer = setTimeout(() => (line.hidden = true), 12000);
  }
}

function newest() {
  const ids = [...stream.querySelectorAll(".post[id^=m]")].map((post) => Number(post.id.slice(1)));
  return Math.max(0, ...ids);
}

function markSeen() {
  if (!stream || document.hidden) return;
  const upto = newest();
  if (upto > (markSeen.upto || 0)) {
    markSeen.upto = upto;
    send("seen", { upto }).catch(failed);
  }
}

function showItems(items) {
  const follow = atBottom() || !$("working").hidden;
  const answered = items.some((item) => {
    const old = stream.querySelector(`[data-id="${item.id}"]`);
    return (!old || old.dataset.rev !== item.rev) && item.html.includes('class="post bot"');
  });
  stream.querySelectorAll(".pending").forEach((pending) => pending.remove());
  if (items.length && $("empty")) $("empty").remove();
  let previous = null;
  let changed = false;
  for (const item of items) {
    let node = stream.querySelector(`[data-id="${item.id}"]`);
    if (!node) {
      const holder = document.createElement("template");
      holder.innerHTML = item.html;
      node = holder.content.firstElementChild;
      node.classList.add("arrived");
      changed = true;
    } else if (node.dataset.rev !== item.rev) {
      node.querySelector(".content").innerHTML = item.content;
      node.dataset.rev = item.rev;
      changed = true;
    }
    const expected = previous ? previous.nextElementSibling : stream.firstElementChild;
    if (expected !== node) previous ? previous.after(node) : stream.prepend(node);
    previous = node;
  }
  if (answered) working(false);
  if (changed && follow) toBottom(true);
  markSeen();
}

function showBadges(unread, waiting) {
  const total = Object.values(waiting).reduce((sum, count) => sum + count, 0);
  const counts = { ...unread, people: total - (unread.bursar || 0) };
  document.querySelectorAll("[data-badge]").forEach((badge) => {
    const name = badge.dataset.badge;
    const count = name.startsWith("as:") ? waiting[name.slice(3)] || 0 : counts[name] || 0;
    badge.textContent = count > 0 ? count : "";
    badge.hidden = count <= 0;
    badge.setAttribute("aria-label", `${count} new`);
  });
  const mine = Object.values(unread).reduce((sum, count) => sum + count, 0);
  document.title = document.title.replace(/^\(\d+\) /, "");
  if (mine) document.title = `(${mine}) ${document.title}`;
}

async function refresh() {
  if (refresh.busy) {
    refresh.again = true;
    return;
  }
  refresh.busy = true;
  try {
    do {
      refresh.again = false;
      if (!place) {
        showBadges({}, await (await fetch("/web/waiting")).json());
        continue;
      }
      const state = await (await fetch(`${base}/${place}/state`)).json();
      showBadges(state.unread, state.waiting);
      if (state.items) showItems(state.items);
      const home = $("home");
      if (home && state.home && home.dataset.html !== state.home) {
        if (home.dataset.html !== undefined || !home.childElementCount) home.innerHTML = state.home;
        home.dataset.html = state.home;
      }
    } while (refresh.again);
  } catch (error) {
    failed(error);
  } finally {
    refresh.busy = false;
  }
}

function listen() {
  const events = new EventSource(`${base}/events`);
  events.onmessage = () => refresh();
}

// ---- saying something

async function say(text, thread) {
  text = text.trim();
  if (!text) return;
  if (!thread) showPending(text);
  working(true);
  try {
    await send("say", { key: fresh(), text, thread: thread || null });
  } catch (error) {
    failed(error);
  }
}

function showPending(text) {
  const me = JSON.parse($("composer").dataset.me);
  const node = document.createElement("li");
  node.className = "item pending";
  node.innerHTML = `<div class="content"><article class="post own">${me.avatar}<div class="bubble"><header><span class="author"></span></header><p class="said"></p></div></article></div>`;
  node.querySelector(".author").textContent = me.name;
  node.querySelector(".said").textContent = text;
  stream.append(node);
  if ($("empty")) $("empty").remove();
  toBottom(true);
}

function setUpComposer() {
  const form = $("composer");
  if (!form) return;
  const box = $("text");
  const grow = () => {
    box.rows = 1;
    while (box.scrollHeight > box.clientHeight + 2 && box.rows < 6) box.rows += 1;
  };
  box.addEventListener("input", grow);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    say(box.value);
    box.value = "";
    grow();
  });
  if (matchMedia("(min-width: 800px)").matches) box.focus();
  toBottom(false);
  markSeen();
}

// ---- buttons, confirmations and forms

const dialog = $("dialog");

function showDialog(html) {
  dialog.innerHTML = html;
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector("input:not([type=hidden]), textarea, select, button") || dialog).focus();
}

function confirmed(question) {
  return new Promise((resolve) => {
    dialog.innerHTML = `<form method="dialog" class="confirm"><h2 class="dialog-title" id="dialog-title"></h2><p></p>
      <div class="actions dialog-actions"><button class="button" value="no"></button><button class="button primary" value="yes"></button></div></form>`;
    dialog.querySelector("h2").textContent = question.title;
    dialog.querySelector("p").textContent = question.text;
    const [no, yes] = dialog.querySelectorAll("button");
    no.textContent = question.cancel;
    yes.textContent = question.confirm;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
    no.focus();
  });
}

async function press(button) {
  const where = button.closest("[data-message]");
  const message = (where && where.dataset.message) || null;
  const body = { key: fresh(), intent: button.dataset.intent, args: JSON.parse(button.dataset.args || "{}"), message };
  if (button.dataset.confirm) {
    const question = JSON.parse(button.dataset.confirm);
    if (dialog.open) dialog.close();
    if (!(await confirmed(question))) return;
  }
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    if (button.hasAttribute("data-opens")) await open(body);
    else await act(body);
  } catch (error) {
    failed(error);
  } finally {
    setTimeout(() => {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }, 600);
  }
}

async function open(body) {
  const shown = await send("open", body);
  dialog.dataset.message = body.message || "";
  if (shown.kind === "form") {
    showDialog(shown.html);
    dialog.querySelector("form").dataset.key = fresh();
  } else {
    showDialog(`<div class="details">${shown.html}<div class="actions dialog-actions"><button type="button" class="button" data-close>Close</button></div></div>`);
    const title = dialog.querySelector(".card-title");
    if (title) title.id = "dialog-title";
  }
}

async function act(body) {
  await send("act", body);
  if (dialog.open) dialog.close();
  told();
}

function told() {
  if (stream) working(true);
  else toast("Recorded. Bursar answers in your direct message.", { href: `${base}/bursar`, text: "Open it" });
}

function values(form) {
  const found = {};
  for (const field of form.querySelectorAll(".field")) {
    const boxes = field.querySelectorAll("input[type=checkbox]");
    if (boxes.length) {
      found[field.dataset.field] = [...boxes].filter((box) => box.checked).map((box) => box.value);
    } else {
      const control = field.querySelector("[name]");
      if (control) found[control.name] = control.value;
    }
  }
  return found;
}

function showErrors(form, errors) {
  let first = null;
  let rest = "";
  for (const line of form.querySelectorAll(".error")) {
    line.hidden = true;
    line.textContent = "";
  }
  form.querySelectorAll("[aria-invalid]").forEach((control) => control.removeAttribute("aria-invalid"));
  for (const [name, text] of Object.entries(errors)) {
    const field = form.querySelector(`.field[data-field="${CSS.escape(name)}"]`);
    if (!field) {
      rest += ` ${text}`;
      continue;
    }
    const line = field.querySelector(".error");
    line.textContent = text;
    line.hidden = false;
    const control = field.querySelector("input:not([type=hidden]), textarea, select");
    if (control) {
      control.setAttribute("aria-invalid", "true");
      first = first || control;
    }
  }
  if (first) first.focus();
  if (rest) toast(rest.trim());
}

function missing(form) {
  const errors = {};
  for (const field of form.querySelectorAll(".field")) {
    const shown = field.querySelector("[required]");
    const named = field.querySelector("[name]");
    if (shown && named && !named.value.trim()) {
      const typed = shown.value.trim();
      errors[field.dataset.field] = typed ? `Choose one from the list; “${typed}” is not in it.` : "Please fill this in.";
    }
  }
  return errors;
}

async function submitForm(form) {
  const errors = missing(form);
  if (Object.keys(errors).length) return showErrors(form, errors);
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    const answer = await send("form", {
      key: form.dataset.key, intent: form.dataset.intent, args: JSON.parse(form.dataset.args || "{}"),
      values: values(form), message: dialog.dataset.message || null,
    });
    if (answer.errors) return showErrors(form, answer.errors);
    dialog.close();
    told();
  } catch (error) {
    failed(error);
  } finally {
    button.disabled = false;
  }
}

// ---- search fields (the combobox pattern)

async function lookUp(box) {
  const form = box.closest("form");
  const field = box.closest(".field").dataset.field;
  const list = $(box.getAttribute("aria-controls"));
  const asked = (box.asked = (box.asked || 0) + 1);
  try {
    const answer = await send("options", {
      intent: form.dataset.intent, args: JSON.parse(form.dataset.args || "{}"), field, typed: box.value,
    });
    if (asked !== box.asked || document.activeElement !== box) return;
    list.innerHTML = answer.html || '<li class="none">Nothing found</li>';
    box.pending = false;
    const first = list.querySelector("[role=option]");
    if (box.takeFirst && first) choose(box, first);
    else showList(box, true);
    box.takeFirst = false;
  } catch (error) {
    failed(error);
  }
}

function showList(box, on) {
  $(box.getAttribute("aria-controls")).hidden = !on;
  box.setAttribute("aria-expanded", String(on));
  box.removeAttribute("aria-activedescendant");
}

function choose(box, option) {
  box.asked = (box.asked || 0) + 1;
  box.value = option.dataset.label;
  box.parentElement.querySelector("input[type=hidden]").value = option.dataset.value;
  showList(box, false);
}

function move(box, step) {
  const options = [...$(box.getAttribute("aria-controls")).querySelectorAll("[role=option]")];
  if (!options.length) return;
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const to = options[(at + step + options.length) % options.length] || options[0];
  options.forEach((option) => option.setAttribute("aria-selected", String(option === to)));
  box.setAttribute("aria-activedescendant", to.id);
  to.scrollIntoView({ block: "nearest" });
}

function setUpDialog() {
  if (!dialog) return;
  dialog.addEventListener("submit", (event) => {
    if (event.target.method === "dialog") return;
    event.preventDefault();
    submitForm(event.target);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) return dialog.close();
    const option = event.target.closest("[role=option]");
    if (option) choose(option.closest(".search").querySelector("[role=combobox]"), option);
  });
  dialog.addEventListener("input", (event) => {
    if (!event.target.matches("[role=combobox]")) return;
    event.target.parentElement.querySelector("input[type=hidden]").value = "";
    event.target.pending = true;
    event.target.asked = (event.target.asked || 0) + 1; // an answer under way comes too late
    showList(event.target, false); // what it lists does not match any more
    clearTimeout(event.target.timer);
    event.target.timer = setTimeout(() => lookUp(event.target), 120);
  });
  dialog.addEventListener("focusin", (event) => {
    if (event.target.matches("[role=combobox]") && !event.target.value) lookUp(event.target);
  });
  dialog.addEventListener("focusout", (event) => {
    if (event.target.matches("[role=combobox]")) setTimeout(() => showList(event.target, false), 150);
  });
  dialog.addEventListener("keydown", (event) => {
    const box = event.target;
    if (!box.matches("[role=combobox]")) return;
    const open = box.getAttribute("aria-expanded") === "true";
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (open) move(box, event.key === "ArrowDown" ? 1 : -1);
      else if (!box.pending) lookUp(box);
    } else if (event.key === "Enter" && box.pending) {
      event.preventDefault();
      box.takeFirst = true;
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      const chosen = $(box.getAttribute("aria-activedescendant")) || $(box.getAttribute("aria-controls")).querySelector("[role=option]");
      if (chosen) choose(box, chosen);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      showList(box, false);
    }
  });
}

// ---- begin

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-intent]");
  if (button) return void press(button);
  const chip = event.target.closest("[data-say]");
  if (chip) say(chip.dataset.say);
});
document.addEventListener("submit", (event) => {
  const reply = event.target.closest(".reply");
  if (!reply) return;
  event.preventDefault();
  const box = reply.querySelector("input");
  say(box.value, reply.dataset.thread);
  box.value = "";
});
document.addEventListener("visibilitychange", markSeen);

setUpDialog();
if (place) {
  setUpComposer();
  listen();
} else {
  setInterval(() => document.hidden || refresh(), 3000);
}
