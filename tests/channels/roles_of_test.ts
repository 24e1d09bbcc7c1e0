/** Who somebody in a chat is: every standing, place and policy. */
import { deepEqual, equal, notEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  conversationKey,
  mayApprove,
  receptionOf,
  roomRules,
} from "../../src/kernel/channels/roles_of.ts";
import type { ChannelSettings } from "../../src/model/channels/channel.ts";
import type { ChatPlace } from "../../src/model/channels/message.ts";

const BOT: ChannelSettings = {
  name: "telegram",
  kind: "telegram",
  enabled: true,
  owners: ["1"],
  allow: ["2"],
  strangers: "ignore",
  guestsPerHour: 60,
  groups: "mention",
  groupAllow: [],
  threads: true,
  apiUrl: "https://api.telegram.org/",
};

const at = (kind: ChatPlace["kind"], chat = "c"): ChatPlace => ({
  channel: "telegram",
  chat,
  thread: null,
  kind,
});
const who = (id: string, isBot = false) => ({ id, name: "1", isBot });

/** Settings, place, sender, addressed, and what becomes of it. */
const CASES: [Partial<ChannelSettings>, ChatPlace, ReturnType<typeof who>, boolean, string][] = [
  [{}, at("direct"), who("1"), true, "owner"],
  [{}, at("direct"), who("2"), true, "guest"],
  [{}, at("direct"), who("3"), true, "ignored"],
  [{ strangers: "pair" }, at("direct"), who("3"), true, "pairing"],
  [{ strangers: "public" }, at("direct"), who("3"), true, "public"],
  [{}, at("group"), who("1"), true, "owner"],
  [{}, at("group"), who("1"), false, "ignored"],
  [{ groups: "always" }, at("group"), who("1"), false, "owner"],
  [{ groups: "always" }, at("group"), who("2"), false, "guest"],
  [{ groups: "never" }, at("group"), who("1"), true, "ignored"],
  [{ groups: "never" }, at("direct"), who("1"), true, "owner"],
  [{ groupAllow: ["other"] }, at("group"), who("1"), true, "ignored"],
  [{ groupAllow: ["c"] }, at("group"), who("1"), true, "owner"],
  [{ groupAllow: ["other"] }, at("direct"), who("1"), true, "owner"],
  [{ strangers: "pair" }, at("group"), who("3"), true, "ignored"],
  [{ strangers: "public" }, at("public"), who("3"), true, "public"],
  [{ strangers: "public", groups: "always" }, at("public"), who("3"), false, "ignored"],
  [{ strangers: "public" }, at("public"), who("3", true), true, "ignored"],
  [{}, at("group"), who("2", true), true, "guest"],
];

Deno.test("what becomes of a message follows from id, place and settings", () => {
  for (const [settings, place, sender, isAddressed, want] of CASES) {
    const got = receptionOf({ ...BOT, ...settings }, { place, sender, isAddressed });
    equal(got.type === "answered" ? got.role : got.type, want, JSON.stringify([settings, sender]));
  }
});

Deno.test("attack: a bot whose id is an owner's, and a stranger named like an owner, own nothing", () => {
  const bot = receptionOf(BOT, { place: at("direct"), sender: who("1", true), isAddressed: true });
  equal(bot.type, "ignored");
  fc.assert(fc.property(
    fc.string(),
    fc.string(),
    fc.constantFrom("direct", "group", "public" as const),
    fc.constantFrom("ignore", "pair", "public" as const),
    fc.constantFrom("mention", "always" as const),
    (id, name, kind, strangers, groups) => {
      fc.pre(id !== "1");
      const got = receptionOf({ ...BOT, strangers, groups }, {
        place: at(kind),
        sender: { id, name, isBot: false },
        isAddressed: true,
      });
      notEqual(got.type === "answered" ? got.role : "", "owner");
      equal(mayApprove(BOT, { id, isBot: false }), false);
    },
  ));
});

Deno.test("attack: a guest in a group has no part in the owner's conversation there", () => {
  const place = at("group");
  notEqual(conversationKey(place, "owner"), conversationKey(place, "guest"));
  notEqual(conversationKey(place, "guest"), conversationKey(place, "public"));
  // And no chat can be named so that its key is another's.
  notEqual(conversationKey(at("group", "x"), "guest"), conversationKey(at("group", "y"), "guest"));
});

Deno.test("where others read along, secrets are hidden from owners' answers, too", () => {
  deepEqual(roomRules("owner", at("direct")), { wholePrompt: true, redacted: false });
  deepEqual(roomRules("owner", at("group")), { wholePrompt: true, redacted: true });
  deepEqual(roomRules("owner", at("public")), { wholePrompt: false, redacted: true });
  deepEqual(roomRules("guest", at("direct")), { wholePrompt: false, redacted: true });
});
