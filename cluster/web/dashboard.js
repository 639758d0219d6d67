// The page of a JobManager: asks it for /ha and /jobs/overview again and again, and shows the answers.
// Whatever comes from the cluster goes into the page as text, never as markup.
"use strict";

const STEPS = [
  ["detection", "suspected_at", "convicted_at"],
  ["election", "convicted_at", "elected_at"],
  ["recovery", "elected_at", "recovered_at"],
  ["confirmation", "recovered_at", "confirmed_at"],
  ["registration", "confirmed_at", "task_managers_at"],
];
const TIMEOUT_MS = 5000;
let refreshMs = 3000;
let newest = 0;

function cell(text, kind) {
  const made = document.createElement("td");
  made.textContent = text === null || text === undefined || text === "" ? "-" : String(text);
  if (kind) made.className = kind;
  return made;
}

function fill(id, rows, emptyText, columns) {
  const body = document.querySelector(`#${id} tbody`);
  const made = rows.map((cells) => {
    const row = document.createElement("tr");
    row.append(...cells);
    return row;
  });
  if (!made.length) {
    const row = document.createElement("tr");
    const only = cell(emptyText, "empty");
    only.colSpan = columns;
    row.append(only);
    made.push(row);
  }
  body.replaceChildren(...made);
}

function duration(seconds) {
  if (!Number.isFinite(seconds)) return "-";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

function clock(seconds) {
  return seconds ? new Date(seconds * 1000).toLocaleString() : "-";
}

function jobManagers(ha) {
  const rows = ha.leader ? [[cell("leader", "good"), cell(ha.leader.candidate), cell(ha.leader.epoch, "number")]] : [];
  for (const standby of ha.standbys || []) rows.push([cell("standby"), cell(standby), cell("", "number")]);
  fill("jobmanagers", rows, "nobody leads", 3);
}

function taskManagers(members) {
  fill("taskmanagers", members.map((one) => [
    cell(one.id),
    cell(`${one.slots - one.free_slots} of ${one.slots}`, "number"),
    cell(one.heartbeat_age_s === null ? "-" : `${duration(one.heartbeat_age_s)} ago`, "number"),
    one.suspected
      ? cell("suspected to be dead", "bad")
      : cell(Number.isFinite(one.suspicion) ? one.suspicion.toFixed(2) : "-", "number"),
    cell(one.pid, "number"),
  ]), "none has registered", 5);
}

function missing(ha) {
  const lacks = ha.slots_missing ? `jobs wait for ${ha.slots_missing} more slots` : "";
  const why = ha.provider_trouble || (lacks && !ha.provider_starts ? "nobody but you can start a TaskManager" : "");
  const text = [lacks, why].filter(Boolean).join("; ");
  document.getElementById("missing").textContent = text;
  document.getElementById("missing").hidden = !text;
}

function jobs(list) {
  const good = ["RUNNING", "FINISHED"];
  const bad = ["FAILED", "FAILING", "RECOVERY_FAILED"];
  fill("jobs", list.map((one) => [
    cell(one.name),
    cell(one.state, good.includes(one.state) ? "good" : bad.includes(one.state) ? "bad" : ""),
    cell(one.tasks.total ? `${one.tasks.running} of ${one.tasks.total}` : "-", "number"),
    cell(one.deathwatch.restarts, "number"),
    cell(clock(one["start-time"] / 1000), "number"),
    cell(one.jid),
  ]), "no job was submitted", 6);
}

function steps(record) {
  const found = STEPS.filter(([, from, to]) => record[from] !== null && record[to] !== null)
    .map(([name, from, to]) => [name, Math.max(0, record[to] - record[from])]);
  const began = record.task_managers_at ?? record.confirmed_at ?? record.convicted_at;
  if (record.running_at !== null && began !== null) found.push(["restart", Math.max(0, record.running_at - began)]);
  return found;
}

function bar(record) {
  const made = cell("");
  const line = document.createElement("div");
  line.className = "bar";
  const words = [];
  const found = steps(record);
  const total = found.reduce((sum, [, seconds]) => sum + seconds, 0) || 1;
  for (const [name, seconds] of found) {
    const part = document.createElement("span");
    part.className = name;
    part.style.flexGrow = String((100 * seconds) / total);
    part.title = `${name}: ${duration(seconds)}`;
    line.append(part);
    words.push(part.title);
  }
  made.replaceChildren(words.length ? line : document.createTextNode("-"));
  made.setAttribute("aria-label", words.join(", "));
  return made;
}

function failovers(records) {
  fill("failovers", [...records].reverse().map((one) => {
    const first = one.suspected_at ?? one.convicted_at ?? one.elected_at;
    const last = one.running_at ?? (one.waiting.length ? null : one.confirmed_at);
    const waits = one.waiting.length ? `${one.waiting.length} jobs do not run yet` : duration(last - first);
    return [
      cell(clock(first), "number"),
      cell(`${one.kind} ${one.subject}`),
      cell([one.cause, one.detail].filter(Boolean).join(": ")),
      bar(one),
      cell(last === null && !one.waiting.length ? "-" : waits, "number"),
    ];
  }), "none yet", 5);
}

async function ask(path) {
  const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
  const body = await answer.json();
  if (!answer.ok) throw new Error((body.errors || [`${path} answers ${answer.status}`]).join("; "));
  return body;
}

function say(text, isBad) {
  const state = document.getElementById("state");
  state.textContent = text;
  state.className = isBad ? "bad" : "";
  document.body.classList.toggle("stale", isBad);
}

async function look() {
  try {
    const [ha, overview, config] = await Promise.all([ask("ha"), ask("jobs/overview"), ask("config")]);
    refreshMs = Math.max(250, config["refresh-interval"]);
    jobManagers(ha);
    taskManagers(ha.task_managers);
    missing(ha);
    jobs(overview.jobs);
    failovers(ha.failovers);
    newest = Date.now();
    say(`${config["flink-version"]}, answered by ${ha.answered_by} at ${new Date(newest).toLocaleTimeString()}`, false);
  } catch (error) {
    const since = newest ? `; what is shown is of ${new Date(newest).toLocaleTimeString()}` : "";
    say(`${error.message}${since}`, true);
  }
  setTimeout(look, refreshMs);
}

look();
