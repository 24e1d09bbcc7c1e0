/** Codes by which people are let in, and the entries of bots in the configuration. */
import { deepEqual, equal, match, notEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  addChannel,
  freeChannelName,
  letIn,
  removeChannel,
} from "../../src/kernel/channels/entries.ts";
import { codeIn, PAIRING_MS, pairingCode, Pairings } from "../../src/kernel/channels/pairing.ts";
import { parseConfig } from "../../src/kernel/settings/parse_config.ts";

/** Another number at each call. */
function counting(): { fraction(): number } {
  let count = 0;
  return { fraction: () => (count = (count * 5 + 7) % 1009) / 1009 };
}

const place = (chat: string) =>
  ({ channel: "telegram", chat, thread: null, kind: "direct" }) as const;
const who = (id: string) => ({ id, name: "Somebody", isBot: false });

Deno.test("a code is read however it is typed, and from nothing that is more than a code", () => {
  fc.assert(fc.property(
    fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 8, maxLength: 8 }),
    (fractions) => {
      const left = [...fractions];
      const code = pairingCode({ fraction: () => left.pop() ?? 0 });
      match(code, /^[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}$/);
      for (
        const text of [code, code.toLowerCase(), ` ${code.replace("-", " ")}\n`, `/start ${code}`]
      ) {
        equal(codeIn(text), code);
      }
      equal(codeIn(`my code is ${code}`), null);
      equal(codeIn(code.slice(1)), null);
    },
  ));
  equal(codeIn("K7QF-2MX0"), null);
});

Deno.test("a stranger gets one code for an hour, which lets in that one alone, once", () => {
  let nowMs = 0;
  const pairings = new Pairings({ clock: { now: () => nowMs }, random: counting() });
  const first = pairings.offer(place("7"), who("7"));
  equal(pairings.offer(place("7"), who("7")), null);
  const second = pairings.offer(place("8"), who("8"));
  notEqual(first?.code, second?.code);
  deepEqual(pairings.list().map(({ sender }) => sender.id), ["7", "8"]);
  equal(pairings.take(first?.code ?? "")?.sender.id, "7");
  equal(pairings.take(first?.code ?? ""), null);
  nowMs = PAIRING_MS;
  equal(pairings.take(second?.code ?? ""), null);
  notEqual(pairings.offer(place("8"), who("8")), null);
});

Deno.test("attack: a thousand strangers fill nothing", () => {
  const pairings = new Pairings({ clock: { now: () => 0 }, random: counting() });
  for (let id = 0; id < 1000; id++) pairings.offer(place(String(id)), who(String(id)));
  equal(pairings.list().length, 20);
});

Deno.test("a bot is written, somebody let in and it taken out, and what stands around stays", () => {
  const before = "# mine\n[limits]\niterations = 7 # few\n";
  const bot = { name: "work", kind: "slack", owners: [], apiUrl: null } as const;
  const added = addChannel(before, bot, "config.toml");
  throws(() => addChannel(added, bot, "config.toml"), { code: "channel.taken_name" });
  throws(() => addChannel(before, { ...bot, name: "a-b" }, "config.toml"), {
    code: "channel.name",
  });
  const who = { name: "work", list: "allow", id: "U012AB3CD" } as const;
  const open = letIn(letIn(added, who, "config.toml"), who, "config.toml");
  deepEqual(parseConfig(open, "config.toml").file.channels["work"]?.allow, ["U012AB3CD"]);
  throws(() => letIn(added, { ...who, name: "home" }, "config.toml"), { code: "channel.none" });
  equal(removeChannel(open, "work", "config.toml")?.trimEnd(), before.trimEnd());
  equal(removeChannel(before, "work", "config.toml"), null);
  equal(freeChannelName("slack", ["slack", "slack2"]), "slack3");
});
