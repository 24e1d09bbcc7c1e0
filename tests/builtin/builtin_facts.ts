import type { BuiltinFacts } from "../../src/kernel/builtin/facts.ts";

/** Facts of an ordinary session. */
export const FACTS: BuiltinFacts = {
  workspace: "/users/somebody/birdhouse",
  layer: "BWRAP: bubblewrap, proven",
  commands: true,
  programs: [
    "ls",
    "cat",
    "wc",
    "grep",
    "find",
    "head",
    "tail",
    "sort",
    "du",
    "date",
    "echo",
    "git status",
    "git log",
  ],
  readable: [],
  writable: [],
  network: "none",
  providerHint: "no key is set and Ollama does not answer",
  timeZone: "UTC",
};
