/** What each command of a chat does, against a daemon that a test looks into. */
import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { runChatCommand } from "../../src/app/daemon/commands/chat_commands.ts";
import type { ChatTask, CommandHost } from "../../src/app/daemon/commands/command_host.ts";
import { UsageError } from "../../src/base/app_error.ts";
import type { NewChannel } from "../../src/kernel/channels/entries.ts";
import { CHAT_COMMANDS, parseChatLine, type SaidIn } from "../../src/kernel/channels/commands.ts";
import { Pairings } from "../../src/kernel/channels/pairing.ts";
import type {
  ChannelKind,
  ChannelSettings,
  ChannelTokens,
} from "../../src/model/channels/channel.ts";
import { placeKey } from "../../src/model/channels/message.ts";
import { direct, written } from "../fakes/chat_channel.ts";
import { FakeClock } from "../fakes/fake_clock.ts";

const TELEGRAM: ChannelSettings = {
  name: "telegram",
  kind: "telegram",
  enabled: true,
  owners: ["1"],
  allow: [],
  strangers: "pair",
  guestsPerHour: 60,
  groups: "mention",
  groupAllow: [],
  threads: true,
  apiUrl: "https://api.telegram.org/",
};

function daemon() {
  const clock = new FakeClock();
  let count = 0;
  const random = { fraction: () => (count = (count * 5 + 7) % 1009) / 1009 };
  const did: unknown[] = [];
  const tasks: ChatTask[] = [
    { number: 4, state: "running", title: "build `it`\nnow", sinceMs: clock.now() - 65_000 },
    { number: 5, state: "waiting", title: "and then", sinceMs: clock.now() },
  ];
  const open = [{ id: "1abc23def456", place: placeKey(direct("7")), title: "run rm -r build" }];
  let model: string | null = null;
  const added: [NewChannel, ChannelTokens][] = [];
  const host: CommandHost = {
    clock,
    pairings: new Pairings({ clock, random }),
    questions: {
      open: () => open,
      answer: (id, answer) => {
        did.push([id, answer]);
        return answer !== "always";
      },
    },
    archive: { readUsage: () => Promise.resolve([]) },
    room: () => ({
      sessionId: () => Promise.resolve("s1"),
      model: () =>
        Promise.resolve({
          current: model ?? "lab/small",
          names: ["lab/small", "lab/large"],
          isRouted: model === null,
        }),
      setModel(name) {
        if (name === "nope/x") {
          throw new UsageError("provider.unknown", 'There is no provider "nope"', {
            hint: "Did you mean lab?",
          });
        }
        model = name;
        return Promise.resolve();
      },
      tasks: () => Promise.resolve(tasks),
      cancel: (number) => {
        did.push(["cancel", number]);
        return Promise.resolve(number === null ? 2 : number === 4 ? 1 : 0);
      },
      leave: () => {
        did.push("leave");
        return Promise.resolve();
      },
    }),
    channels: () => [TELEGRAM],
    bots: () => [{
      channel: TELEGRAM,
      as: { id: "7000", username: "ward_bot", name: "Ward", team: null },
      isConnected: true,
      why: null,
    }],
    identify: (_bot, { token }) =>
      Promise.resolve({
        id: token?.slice(0, 4) ?? "",
        username: "new_bot",
        name: "[x](y)",
        team: null,
      }),
    addBot: (bot, tokens) => {
      added.push([bot, tokens]);
      return Promise.resolve();
    },
    letIn: (who) => {
      did.push(who);
      return Promise.resolve();
    },
    permissions: () => Promise.resolve("read ```/srv```"),
    reload: () => Promise.resolve(["limits.iterations: 7"]),
    restart: () => did.push("restart"),
  };
  const say = async (text: string, said: Partial<SaidIn> = {}) => {
    const where: SaidIn = { kind: "telegram", place: { kind: "direct" }, role: "owner", ...said };
    const line = parseChatLine(text, where);
    if (line.type !== "command") throw new Error(`${text}: ${line.type}`);
    return await runChatCommand({ ...line, message: written("1", text), said: where }, host);
  };
  return { host, say, did, added };
}

/** Lines in order, and what is said to each. */
const SAID: readonly (readonly [text: string, answer: RegExp])[] = [
  ["/help", /`\/model \[provider\/model\]` shows the model/],
  ["/start", /This is your ward/],
  ["/model", /Each message chooses its model; the last one was lab\/small/],
  ["/models", /- `lab\/small` answers now\n- `lab\/large`/],
  ["/model nope/x", /^That was not done: There is no provider "nope"\n\nDid you mean lab\?$/],
  ["/model lab/large", /Now lab\/large answers here/],
  ["/auto", /Each message chooses/],
  ["/tasks", /- 4: running for 1 min: `build it now`\n- 5: waiting for 0 s: `and then`/],
  ["/cancel 4", /^Stopped\.$/],
  ["/cancel 9", /Nothing here has the number 9/],
  ["/cancel x", /\/cancel <number of/],
  ["/cancel", /Stopped 2/],
  ["/clear", /new conversation; the old one is kept\. 2 were stopped/],
  ["/cost", /\*\*This conversation\*\*\n```\nNo model was called\n```[^]*By model, 7 days/],
  ["/permissions", /^```\nread '''\/srv'''\n```$/],
  ["/approve", /`\/approve def456` allows once: `run rm -r build`/],
  ["/approve def456", /Allowed once: `run rm -r build`/],
  ["/approve def456 deny", /Denied/],
  ["/approve def456 always", /cannot be answered with always/],
  ["/approve def456 maybe", /Answers are once, session, always, deny/],
  ["/approve 456", /Nothing that waits has the code/],
  ["/bots", /\*\*telegram\*\* \(telegram `@ward_bot`\): connected/],
  ["/reload", /taken in anew\.\nlimits\.iterations: 7/],
  ["/connect telegram", /^Say `\/connect telegram <token>`/],
  ["/connect slack one", /^Say/],
  ["/connect telegram a b", /^Say/],
  ["/connect telegram 7000:AA", /connected already, as telegram/],
];

Deno.test("each command says what it did", async () => {
  const { say, did } = daemon();
  for (const [text, answer] of SAID) match((await say(text)).text, answer, text);
  deepEqual(did, [
    ["cancel", 4],
    ["cancel", 9],
    ["cancel", null],
    ["cancel", null],
    "leave",
    ["1abc23def456", "once"],
    ["1abc23def456", "deny"],
    ["1abc23def456", "always"],
  ]);
  const heard = new Set(SAID.map(([text]) => text.slice(1).split(" ")[0]));
  deepEqual(CHAT_COMMANDS.map(({ name }) => name).filter((name) => !heard.has(name)), ["restart"]);
});

Deno.test("a restart comes after its answer is stored, so that it is not done again and again", async () => {
  const { say, did } = daemon();
  const { after } = await say("/restart");
  deepEqual(did, []);
  after?.();
  deepEqual(did, ["restart"]);
});

Deno.test("a new bot of the same service has its owners; one of another is owned by a code", async () => {
  const { say, added, host } = daemon();
  const same = await say("/connect telegram 8000:AA");
  match(same.text, /Connected telegram2: `\[x\]\(y\) \(@new_bot, id 8000\)`\. Its owners/);
  doesNotMatch(same.text, /8000:AA/);
  const other = await say("/connect discord 9000.BB");
  const code = /direct message: `([^`]+)`/.exec(other.text)?.[1] ?? "";
  equal(host.pairings.isOwners("discord", code), true);
  deepEqual(added, [
    [
      { name: "telegram2", kind: "telegram" as ChannelKind, owners: ["1"], apiUrl: null },
      { token: "8000:AA", appToken: null },
    ],
    // A number at one service is somebody else at another.
    [
      { name: "discord", kind: "discord" as ChannelKind, owners: [], apiUrl: null },
      { token: "9000.BB", appToken: null },
    ],
  ]);
});

Deno.test("the owner lets a stranger in by the code that they bring", async () => {
  const { say, host, did } = daemon();
  const place = { channel: "telegram", chat: "9", thread: null, kind: "direct" } as const;
  const sender = { id: "9", name: "Eve](http://x) `@all`\u202e", isBot: false };
  const code = host.pairings.offer(place, sender)?.code ?? "";
  const { text } = await say("/approve");
  match(text, /`Eve\]\(http:\/\/x\) @all` \(id 9\) wants to talk/);
  // Whoever only sees the list cannot let anybody in by it.
  doesNotMatch(text, new RegExp(code));
  match((await say(`/approve ${code}`)).text, /may talk to telegram as a guest/);
  deepEqual(did, [{ name: "telegram", list: "allow", id: "9" }]);
});

Deno.test("attack: a group reads along what waits and what is spent in the owner's other chats", async () => {
  const { host } = daemon();
  const sender = { id: "9", name: "Eve", isBot: false };
  host.pairings.offer(direct("9"), sender);
  const place = { ...direct("-5"), kind: "group" as const };
  const said: SaidIn = { kind: "telegram", place, role: "owner" };
  const say = async (name: "approve" | "cost", argument = "") => {
    const message = { ...written("1", ""), place };
    return (await runChatCommand({ name, argument, message, said }, host)).text;
  };
  equal(await say("approve"), "Nothing waits for an answer.");
  const other = await runChatCommand({
    name: "approve",
    argument: "",
    message: { ...written("1", ""), place: direct("8") },
    said: { ...said, place: direct("8") },
  }, host);
  match(other.text, /In other chats: 1/);
  doesNotMatch(other.text, /rm -r build/);
  match(await say("approve", "def456"), /Nothing that waits has the code/);
  doesNotMatch(await say("cost"), /By day|By model/);
});
