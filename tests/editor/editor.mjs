// An editor at work: the language server of Even Better TOML (taplo, from npm) opens mappings, marks what the schema
// does not allow, and is asked for completions.
//
//   node editor.mjs TOOLS < questions.json
//
// TOOLS is the folder that holds node_modules (tests/run installs them). Questions: [{"file": …, "at": ["LINE:CHARACTER", …]}, …], from 0.
// Answers, in the same order: [{"marks": [{"line": …, "message": …}], "offers": [["label", …], …]}, …].
import { createRequire } from "node:module";
import fs from "node:fs";
import path from "node:path";
import url from "node:url";

const require = createRequire(path.join(path.resolve(process.argv[2]), "package.json"));
const { TaploLsp } = require("@taplo/lsp");

// What the server may ask of the machine: files to read, and nothing else.
const environment = {
  now: () => new Date(),
  envVar: (name) => process.env[name],
  envVars: () => Object.entries(process.env),
  stdErrAtty: () => false,
  stdin: async () => new Uint8Array(0),
  stdout: async (bytes) => bytes.length,
  stderr: async (bytes) => bytes.length,
  glob: () => [],
  readFile: async (file) => new Uint8Array(await fs.promises.readFile(file)),
  writeFile: async () => {},
  urlToFilePath: (text) => (text.startsWith("file:") ? url.fileURLToPath(text) : text),
  isAbsolute: (file) => path.isAbsolute(file),
  cwd: () => process.cwd(),
  findConfigFile: () => undefined,
  fetch: { fetch, Headers, Request, Response },
};

const answers = new Map();
const marks = new Map();
const settings = { schema: { enabled: true, catalogs: [] } };

function onMessage(message) {
  if (message.method === "textDocument/publishDiagnostics") {
    const { uri, diagnostics } = message.params;
    marks.get(uri)?.(diagnostics);
  } else if (message.method && message.id !== undefined) {
    const result = message.method === "workspace/configuration" ? message.params.items.map(() => settings) : null;
    server.send({ jsonrpc: "2.0", id: message.id, result });
  } else if (answers.has(message.id)) {
    answers.get(message.id)(message);
    answers.delete(message.id);
  }
}

const server = await TaploLsp.initialize(environment, { onMessage });
let number = 0;

function ask(method, params) {
  number += 1;
  return new Promise((answered) => {
    answers.set(number, answered);
    server.send({ jsonrpc: "2.0", id: number, method, params });
  });
}

function tell(method, params) {
  server.send({ jsonrpc: "2.0", method, params });
}

// The server publishes an empty list at once and the schema's marks when it has read the schema, which takes seconds for the first
// file: the last list counts, once it is quiet for a while.
function settled(uri, first) {
  const quiet = first ? 3000 : 500;
  return new Promise((done) => {
    let timer = setTimeout(() => done([]), 15000);
    marks.set(uri, (list) => {
      clearTimeout(timer);
      timer = setTimeout(() => done(list), quiet);
    });
  });
}

async function open(question, first) {
  const file = path.resolve(question.file);
  const uri = url.pathToFileURL(file).href;
  const quiet = settled(uri, first);
  const text = fs.readFileSync(file, "utf8");
  tell("textDocument/didOpen", { textDocument: { uri, languageId: "toml", version: 1, text } });
  const found = await quiet;
  const offers = [];
  for (const at of question.at ?? []) {
    const [line, character] = at.split(":").map(Number);
    const answer = await ask("textDocument/completion", { textDocument: { uri }, position: { line, character } });
    const items = answer.result?.items ?? answer.result ?? [];
    offers.push(items.map((item) => item.label));
  }
  return { marks: found.map((d) => ({ line: d.range.start.line, message: d.message })), offers };
}

const root = url.pathToFileURL(process.cwd()).href;
await ask("initialize", {
  processId: null,
  rootUri: root,
  capabilities: { workspace: { configuration: true } },
  initializationOptions: {},
  workspaceFolders: [{ uri: root, name: "workspace" }],
});
tell("initialized", {});

const results = [];
for (const question of JSON.parse(fs.readFileSync(0, "utf8"))) {
  results.push(await open(question, results.length === 0));
}
// Written at once: the process ends before a pipe would have taken all of it.
fs.writeFileSync(1, JSON.stringify(results));
process.exit(0);
