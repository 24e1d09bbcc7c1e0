/** Facts of an installation with nothing wrong, to be spoilt one at a time. */
import type { DoctorFacts } from "../../src/kernel/doctor/facts.ts";
import type { PathFact } from "../../src/model/cells/path_fact.ts";
import { DEFAULT_ALLOW } from "../../src/kernel/commands/rules.ts";

/** A folder or file of user 1000. */
export function fact(path: string, more: Partial<PathFact> = {}): PathFact {
  return {
    path,
    kind: "file",
    mode: 0o600,
    uid: 1000,
    gid: 1000,
    sizeBytes: 10,
    changedAtMs: 0,
    ...more,
  };
}

/** All is well, for user 1000. */
export const FINE: DoctorFacts = {
  uid: 1000,
  osHome: "/users/u",
  profileProblem: null,
  config: { file: fact("/users/u/.ward/config.toml"), problem: null, clearText: [] },
  settings: { allow: DEFAULT_ALLOW, withoutSandbox: false },
  folders: {
    above: [],
    home: fact("/users/u/.ward", { kind: "folder", mode: 0o700 }),
    data: fact("/users/u/.ward/data", { kind: "folder", mode: 0o700 }),
    keys: [fact("/users/u/.ward/database.key")],
    state: [fact("/users/u/.ward/data/ward.db")],
    writable: true,
    leftovers: [],
  },
  database: {
    type: "open",
    keySource: "keychain",
    sizeBytes: 4096,
    damage: null,
    audit: { ok: true, count: 3, head: "00" },
    grants: [],
  },
  workspace: { path: "/users/u/project", source: "flag", exists: true },
  environment: { removed: [], trusted: [], loader: [], proxies: [] },
  sandbox: {
    name: "bubblewrap",
    cause: null,
    fix: null,
    untried: false,
    notHeld: [],
    passedOver: [],
  },
  namespaces: null,
  makesCode: false,
  os: "linux",
  hasPrlimit: true,
  programs: [{
    name: "ls",
    path: "/usr/bin/ls",
    places: [fact("/usr/bin", { kind: "folder", mode: 0o755, uid: 0 })],
  }],
  provider: {
    keys: [{
      provider: "openai",
      from: "variable OPENAI_API_KEY",
      isPlain: false,
      missingVariable: null,
      missingSecret: null,
    }],
    savedProblems: [],
    logins: [],
    choice: {
      name: "openai",
      protocol: "openai",
      baseUrl: "https://lab.example/v1",
      model: "m",
      why: "OPENAI_API_KEY is set",
      keySource: "variable OPENAI_API_KEY",
    },
    problem: null,
    host: "lab.example:443",
    reach: { type: "reached", models: ["m"] },
    ollama: { host: "127.0.0.1:11434", models: null },
  },
  proveProblem: null,
};
