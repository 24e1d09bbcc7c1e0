/** Commands of chats: what is one, who may give it, and where. */
import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  CHAT_COMMANDS,
  chatHelp,
  parseChatLine,
  registeredCommands,
  type SaidIn,
} from "../../src/kernel/channels/commands.ts";
import { CHANNEL_KINDS } from "../../src/model/channels/channel.ts";

const OWNER: SaidIn = { kind: "telegram", place: { kind: "direct" }, role: "owner" };

const LINES: [text: string, said: Partial<SaidIn>, want: unknown][] = [
  ["hello", {}, { type: "message" }],
  ["/etc/hosts is a file", {}, { type: "message" }],
  ["see /help", {}, { type: "message" }],
  ["/", {}, { type: "message" }],
  ["!help", {}, { type: "message" }],
  ["!help", { kind: "slack" }, { type: "command", name: "help", argument: "" }],
  ["/HELP@my_bot", {}, { type: "command", name: "help", argument: "" }],
  ["/model a/b \n", {}, { type: "command", name: "model", argument: "a/b" }],
  ["2 + 2?", { isSlashCommand: false }, { type: "message" }],
  ["/connect slack a\nb", {}, { type: "command", name: "connect", argument: "slack a\nb" }],
];

Deno.test("a command stands at the beginning, with its sign, and may name the bot", () => {
  for (const [text, said, want] of LINES) {
    deepEqual(parseChatLine(text, { ...OWNER, ...said }), want, text);
  }
});

Deno.test("what is mistyped is not sent to a model, and says what was meant", () => {
  const text = (line: string, said: Partial<SaidIn> = {}) => {
    const got = parseChatLine(line, { ...OWNER, ...said });
    return got.type === "refused" ? got.text : got.type;
  };
  match(text("/modle"), /did you mean \/mode[ls]/);
  match(text("/frobnicate"), /\/help lists them/);
  match(text("/clear all"), /takes no words/);
  match(text("/start", { kind: "slack" }), /no command/);
  for (const line of ["!2 + 2?", "!", "!\u4f60\u597d", ""]) {
    match(text(line, { kind: "slack", isSlashCommand: true }), /^That is no command; \/help/);
  }
});

Deno.test("attack: a guest or a stranger gives any command, in any service and place, with any words", () => {
  const open = CHAT_COMMANDS.filter(({ who }) => who === "everyone").map(({ name }) => name);
  fc.assert(fc.property(
    fc.constantFrom(...CHAT_COMMANDS.map(({ name }) => name as string), "x"),
    fc.constantFrom("guest", "public" as const),
    fc.constantFrom(...CHANNEL_KINDS),
    fc.constantFrom("direct", "group", "public" as const),
    fc.string(),
    fc.boolean(),
    (name, role, kind, where, argument, isSlashCommand) => {
      const place = { kind: where };
      const got = parseChatLine(`/${name} ${argument}`, { kind, role, place, isSlashCommand });
      if (got.type === "command") ok(open.some((one) => one === got.name), got.name);
    },
  ));
});

Deno.test("attack: a token typed into a group is not taken, and its message is to be deleted", () => {
  for (const kind of ["group", "public"] as const) {
    const got = parseChatLine("/connect telegram 1:abc", { ...OWNER, place: { kind } });
    equal(got.type, "refused");
    ok(got.type === "refused" && got.hasSecret);
    ok(got.type === "refused" && !got.text.includes("1:abc"));
  }
});

Deno.test("help lists what its reader can do there, and services get the same names", () => {
  match(chatHelp(OWNER), /`\/connect [^]*`\/restart`/);
  doesNotMatch(chatHelp({ ...OWNER, place: { kind: "group" } }), /\/connect|\/restart/);
  doesNotMatch(chatHelp({ ...OWNER, role: "guest" }), /\/model/);
  for (const kind of CHANNEL_KINDS) {
    for (const { name, description } of registeredCommands(kind)) {
      // The narrowest of the services' own rules.
      match(name, /^[a-z][a-z0-9_]{0,31}$/);
      ok(description.length >= 3 && description.length <= 100, name);
    }
  }
});
