/** P11: what only the runtime sets cannot be set by a model: no tool takes such an argument. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import * as z from "zod";
import { BackgroundCommands, BackgroundSlots } from "../../src/kernel/tools/commands/background.ts";
import { createCommandTools } from "../../src/kernel/tools/commands/command_tools.ts";
import { createFileTools } from "../../src/kernel/tools/files/file_tools.ts";
import type { HandsPort } from "../../src/kernel/tools/hands_port.ts";
import { createWebTools } from "../../src/kernel/tools/web/web_tools.ts";
import type { Tool } from "../../src/kernel/ports.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { calls, says } from "../fakes/scripted_model.ts";
import { kit } from "./turn_kit.ts";

/** Names under which other programs carry what the runtime knows, and what ours would be. */
const RUNTIME_ONLY = [
  "_user_role",
  "_session_id",
  "_task_id",
  "_goal_id",
  "_trusted_session",
  "_channel",
  "_visibility",
  "role",
  "user_role",
  "userRole",
  "session",
  "session_id",
  "sessionId",
  "depth",
  "_depth",
  "parent",
  "trusted",
  "isTrusted",
  "taint",
  "approved",
  "approval",
  "grant",
  "grants",
  "grantId",
  "decisions",
  "accesses",
  "policy",
  "sandbox",
  "cell",
  "variant",
  "permissions",
  "workspace",
  "cwd",
  "env",
  "user",
  "owner",
  "admin",
  "mode",
  "yolo",
  "__proto__x",
  "constructor",
];

/** Arguments of the same name that mean something else: how deep to list. */
const OWN: Readonly<Record<string, readonly string[]>> = { list: ["depth"] };

const hands = {} as HandsPort;
const TOOLS: readonly Tool[] = [
  ...createFileTools({ hands, workspace: "/w" }),
  ...createCommandTools({
    hands,
    workspace: "/w",
    env: {},
    author: { name: null, email: null },
    operators: "allow",
    timeoutMs: 1,
    outputLimitBytes: 1,
    background: new BackgroundCommands({
      clock: new FakeClock(),
      slots: new BackgroundSlots(1),
      timeoutMs: 1,
    }),
    takeRefused: () => Promise.resolve([]),
    takeReached: () => [],
    hostCommand: "",
  }),
  ...createWebTools({
    web: { request: () => Promise.reject(new Error()) },
    hosts: [],
    service: "duckduckgo",
    base: null,
    key: null,
    userAgent: "",
  }),
];

Deno.test("attack: no tool takes an argument that only the runtime may set", () => {
  ok(TOOLS.length >= 13);
  for (const { name, schema } of TOOLS) {
    const own = OWN[name] ?? [];
    const known = Object.keys(z.toJSONSchema(schema, { io: "input" }).properties ?? {});
    deepEqual(known.filter((one) => RUNTIME_ONLY.includes(one)), own, name);
    for (const argument of RUNTIME_ONLY.filter((one) => !own.includes(one))) {
      const parsed = schema.safeParse({ [argument]: "owner" });
      const codes = parsed.error?.issues.flatMap((issue) =>
        issue.code === "unrecognized_keys" ? issue.keys : []
      );
      deepEqual(codes, [argument], `${name} takes ${argument}`);
    }
  }
});

Deno.test("every tool of the kernel takes a strict object", () => {
  let tools = 0;
  const look = (folder: URL) => {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      if (isDirectory) look(new URL(`${name}/`, folder));
      else {
        const text = Deno.readTextFileSync(new URL(name, folder));
        if (!/\): Tool<[^>]*> \{|\): Tool<z\.infer/.test(text)) continue;
        // What is for a server is the server's to check; ward hands it on and acts by none of it.
        if (name === "served_tool.ts") continue;
        tools++;
        match(text, /z\.strictObject\(/, name);
        // A map, such as headers, may be the value of a field, not the arguments themselves.
        equal(/z\.(?:looseObject|object)\(|schema\w* = z\.record\(/.test(text), false, name);
      }
    }
  };
  look(new URL("../../src/kernel/", import.meta.url));
  ok(tools >= TOOLS.length, String(tools));
});

Deno.test("attack: a call with such an argument runs nothing", async () => {
  const read = TOOLS.find(({ name }) => name === "read")!;
  const k = await kit([calls(["a", "read", { path: "x", _user_role: "owner" }]), says("ok")], {
    tools: [read],
  });
  await k.run();
  const [result = ""] = await k.results();
  match(result, /do not fit its schema[^]*_user_role[^]*Nothing was run/);
  equal(k.events.some(({ type }) => type === "tool_started"), false);
});
