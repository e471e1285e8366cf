// The package in headless Chromium: a page from this machine calls it, and what it gives is compared here.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("..", import.meta.url));
const types = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const files = {
  "/": "tests/page.html",
  "/pkg/index.js": "pkg/index.js",
  "/pkg/vela_wasm.js": "pkg/vela_wasm.js",
  "/pkg/vela_wasm_bg.wasm": "pkg/vela_wasm_bg.wasm",
};

const application = `
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {name: shop}
spec:
  components:
    - name: web
      type: webservice
      properties: {image: "nginx:1.27", ports: [{port: 80, expose: true}]}
      traits:
        - {type: scaler, properties: {replicas: 3}}
`;

const note = `
note: {
    type: "component"
    description: "Keeps a text."
    attributes: workload: definition: {apiVersion: "v1", kind: "ConfigMap"}
}
template: {
    output: {apiVersion: "v1", kind: "ConfigMap", data: text: parameter.text}
    parameter: text: *"hello" | string
}
`;

const notes = `
kind: Application
metadata: {name: notes}
spec: {components: [{name: first, type: note}]}
`;

let server, browser, page;
const trouble = [];

before(async () => {
  server = createServer(async (request, response) => {
    const file = files[request.url];
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    const type = types[file.slice(file.lastIndexOf("."))];
    response.writeHead(200, { "content-type": type }).end(await readFile(root + file));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  page = await browser.newPage();
  page.on("pageerror", (error) => trouble.push(error));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForFunction(() => window.vela !== undefined || window.trouble !== undefined);
  assert.equal(await page.evaluate(() => window.trouble), undefined);
});

after(async () => {
  await browser?.close();
  server?.close();
});

async function caught(work, given) {
  const call = `(given) => window.caught((vela) => (${work})(vela, given))`;
  return page.evaluate(`(${call})(${JSON.stringify(given ?? null)})`);
}

async function made(work, given) {
  const { made, error } = await caught(work, given);
  assert.equal(error, undefined, error?.message);
  return made;
}

test("evaluate gives data", async () => {
  const cases = [
    ["1", 1],
    ['"é"', "é"],
    ["[1, null, {a: true}]", [1, null, { a: true }]],
    ["a: *1 | int, b: a + 1", { a: 1, b: 2 }],
    ["#P: {port: *80 | int}\nweb: #P & {port: 8080}", { web: { port: 8080 } }],
    ['import "strings"\na: strings.ToUpper("x")', { a: "X" }],
  ];
  for (const [text, expected] of cases) {
    assert.deepEqual(await made((vela, text) => vela.evaluate(text), text), expected);
  }
});

test("evaluate fills in and picks out", async () => {
  const text = 's: {port: int, url: "http://web:\\(port)"}';
  const url = await made(
    (vela, text) => vela.evaluate(text, { fill: { "s.port": 8080 }, path: "s.url" }),
    text,
  );
  assert.equal(url, "http://web:8080");
});

test("a conflict names both sides", async () => {
  const { error } = await caught((vela) => vela.evaluate("x: a: 1\nx: a: 2\n", { name: "x.cue" }));
  assert.equal(error.name, "VelaError");
  assert.equal(error.code, "cue/conflict");
  assert.equal(error.path, "x.a");
  assert.equal(error.span.file, "x.cue");
  const places = error.diagnostics[0].places.map(({ line, column }) => [line, column]);
  assert.deepEqual(places, [[1, 7], [2, 7]]);
});

test("render gives manifests", async () => {
  const [deployment, service] = await made((vela, app) => vela.render(app), application);
  assert.equal(deployment.kind, "Deployment");
  assert.equal(deployment.metadata.name, "web");
  assert.equal(deployment.spec.replicas, 3);
  assert.equal(service.kind, "Service");
});

test("render takes definitions, as texts or by file name", async () => {
  for (const definitions of [[note], { "note.cue": note }]) {
    const manifests = await made(
      (vela, { notes, definitions }) => vela.render(notes, { definitions }),
      { notes, definitions },
    );
    assert.deepEqual(manifests[0].data, { text: "hello" });
  }
  const { error } = await caught((vela, notes) => vela.render(notes), notes);
  assert.match(error.message, /note/);
});

test("a run is rebuilt event by event, from its log alone", async () => {
  const { run, first, last, picture, beyond } = await made((vela, app) => {
    const run = vela.simulate(app);
    let beyond;
    try {
      vela.replay(run.plan, run.events, 9999);
    } catch (error) {
      beyond = error.code;
    }
    return {
      run,
      first: vela.replay(run.plan, run.events, 0),
      last: vela.replay(run.plan, run.events),
      picture: vela.timeline(run.plan, run.events),
      beyond,
    };
  }, application);
  assert.equal(run.phase, "succeeded");
  assert.equal(first.record.event, "started");
  assert.equal(first.view.phase, "executing");
  assert.equal(last.view.phase, "succeeded");
  assert.equal(last.events, run.events.length);
  assert.equal(beyond, "run/replay");
  assert.match(picture.svg, /^<svg /);
  assert.deepEqual(picture.critical, run.steps.map((step) => step.name));
});

test("plan gives the same each time", async () => {
  const [first, again] = await made((vela, app) => [vela.plan(app), vela.plan(app)], application);
  assert.equal(first.application.name, "shop");
  assert.deepEqual(new Set(first.nodes.map((node) => node.kind)), new Set(["artifact", "action"]));
  assert.deepEqual(first, again);
});

test("input that nests deeply is an error, not a trap, and the module goes on", async () => {
  const kinds = {
    brackets: ["[", "", ""],
    braces: ["{b: ", "1", "}"],
    parentheses: ["(", "1", ")"],
    signs: ["-", "1", ""],
    sums: ["1+", "1", ""],
    labels: ["a: ", "1", ""],
    comprehensions: ["if true {", "", "}"],
    interpolations: ['"\\(', "1", ')"'],
    disjunctions: ["1 | (", "2", ")"],
    lists: ["[", "1", "]"],
  };
  for (const [kind, [open, inside, close]] of Object.entries(kinds)) {
    for (const times of [300, 1000, 5000, 100_000]) {
      const { error } = await caught(
        (vela, { open, inside, close, times }) => {
          vela.evaluate(`a: ${open.repeat(times)}${inside}${close.repeat(times)}`);
        },
        { open, inside, close, times },
      );
      if (error !== undefined) {
        assert.equal(error.name, "VelaError", `${kind}, ${times} times: ${error.message}`);
      }
    }
  }
  const { error } = await caught((vela) => {
    const chain = Array.from({ length: 5000 }, (_, i) => `a${i}: a${i + 1}`).join("\n");
    vela.evaluate(`${chain}\na5000: 1`);
  });
  assert.ok(error === undefined || error.name === "VelaError", error?.message);
  const json = "[".repeat(100_000);
  for (const call of ["render", "plan"]) {
    const { error } = await caught((vela, { call, json }) => vela[call](json), { call, json });
    assert.equal(error.name, "VelaError", error.message);
  }
  assert.deepEqual(await made((vela) => vela.evaluate("a: 1")), { a: 1 });
});

test("the first result comes soon and the page has no errors", async (context) => {
  const took = await page.evaluate(() => window.firstResult);
  context.diagnostic(`first result after ${took.toFixed(1)} ms`);
  assert.ok(took < 2000);
  assert.deepEqual(trouble, []);
});
