/** Secrets that stand in an entry's arguments or address. */
import { deepEqual, equal } from "node:assert/strict";
import { placeText } from "../../src/app/mcp/manage_mcp.ts";
import { entrySecrets, withoutSecrets } from "../../src/kernel/mcp/entry_secrets.ts";
import type { McpServer } from "../../src/model/mcp/server.ts";

const process = (...args: string[]) => ({
  alias: "lab",
  transport: { type: "stdio", command: "npx", args } as unknown as McpServer["transport"],
});
const service = (url: string) => ({
  alias: "lab",
  transport: { type: "http", url, headers: [] } as McpServer["transport"],
});

Deno.test("attack: a key among the arguments or in the address of an entry is told to a model", () => {
  const key = "zebra-piano-lantern-4711";
  const cases: [Pick<McpServer, "alias" | "transport">, string][] = [
    [process("-y", "x", "--api-key", key), "npx -y x --api-key hidden"],
    [process(`--token=${key}`), "npx --token=hidden"],
    [process("-e", `LAB_TOKEN=${key}`), "npx -e LAB_TOKEN=hidden"],
    [
      process("--header", `Authorization: Bearer ${key}`),
      "npx --header 'Authorization: Bearer hidden'",
    ],
    [process("--header", `X-Api-Key:${key}`), "npx --header X-Api-Key:hidden"],
    [
      service(`https://lab.example/mcp?a=1&labApiKey=${key}`),
      "https://lab.example/mcp?a=1&labApiKey=hidden",
    ],
    [
      service(`https://lab.example/mcp?auth=${encodeURIComponent(`${key} x`)}`),
      "https://lab.example/mcp?auth=hidden",
    ],
  ];
  for (const [entry, shown] of cases) {
    deepEqual(entrySecrets(entry).map(({ value }) => value.replace(/ x$/, "")), [key], shown);
    equal(placeText(withoutSecrets(entry)), shown);
  }
});

Deno.test("what only says where a secret is, or names none, is shown", () => {
  for (
    const entry of [
      process("--key-file", "/srv/a.pem"),
      process("--token-path=~/t"),
      process("--auth", "--verbose"),
      process("--auth", "interactive", "--tokenizer", "small-4o-2024", "--author", "Ada-1815"),
      process("--token", "https://login1.example/"),
      process("-y", "@lab/server", "--port=8080", "notes"),
      service("https://lab.example/mcp?page=1"),
    ]
  ) {
    deepEqual(entrySecrets(entry), []);
    equal(placeText(withoutSecrets(entry)), placeText(entry));
  }
});
