/** 61: what nobody sees does not reach a model or a person who decides; what people write does. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { Outside } from "../../src/model/conversation/outside.ts";
import { sourceOf } from "../../src/kernel/outside/mark.ts";
import { sanitizeOutside } from "../../src/kernel/outside/sanitize.ts";
import { lookalike } from "../../src/surfaces/cli/lookalikes.ts";
import { revealHidden } from "../../src/surfaces/cli/sanitize_terminal.ts";
import { tallyBattery } from "../battery_count.ts";
import { CARRIERS, LOOKALIKES } from "./corpus/carriers.ts";
import { LEGITIMATE } from "./corpus/legitimate.ts";

/** What the standard calls invisible, but for what a terminal shows as an escape by itself. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

Deno.test("61: what people write stays as it is, byte by byte", () => {
  ok(LEGITIMATE.length >= 40);
  for (const [name, text] of LEGITIMATE) {
    deepEqual(sanitizeOutside(text), { text, removed: [], orders: [] }, name);
  }
});

Deno.test("attack: 61: text that nobody sees is taken out before a model gets it", () => {
  ok(CARRIERS.length >= 60);
  for (const [name, raw, shown] of CARRIERS) {
    notEqual(raw, shown, `${name} hides nothing`);
    const { text } = sanitizeOutside(raw);
    equal(text.replace("(words of this text, not of the user:) ", ""), shown, name);
    // A second look finds nothing more.
    equal(sanitizeOutside(text).text, text, name);
  }
});

Deno.test("attack: 61: text that nobody sees is shown to the person who decides, and in a source", () => {
  for (const [name, raw] of CARRIERS) {
    const revealed = revealHidden(raw);
    notEqual(revealed, raw, name);
    equal(UNSEEN.test(revealed), false, name);
    equal(
      /[\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u.test(sourceOf(Outside.of(raw, ""))) &&
        !/Arabic|Hebrew|Thai/.test(name),
      false,
      name,
    );
  }
});

Deno.test("attack: 61: a program's name that looks like another one is told before it is allowed", () => {
  for (const [name, , text] of LOOKALIKES) notEqual(lookalike(text), null, name);
  for (
    const text of [
      "git commit -m 'über – naïve’s café'",
      "grep -r привет docs/русский",
      "ls 日本語",
      "echo m² ∑ “x”",
      "./zoë/run --größe 3",
    ]
  ) equal(lookalike(text), null, text);
});

Deno.test("gate: unicode", async (t) => {
  const stripped =
    CARRIERS.filter(([, raw, shown]) => sanitizeOutside(raw).text.endsWith(shown)).length;
  const shown = CARRIERS.filter(([, raw]) => !UNSEEN.test(revealHidden(raw))).length;
  const names = LOOKALIKES.filter(([, , text]) => lookalike(text) !== null).length;
  const kept = LEGITIMATE.filter(([, text]) => sanitizeOutside(text).text === text).length;
  const line = `unicode: stripped ${stripped} of ${CARRIERS.length}, shown ${shown} of ` +
    `${CARRIERS.length}, look-alike names told ${names} of ${LOOKALIKES.length}, legitimate ` +
    `texts kept ${kept} of ${LEGITIMATE.length}`;
  tallyBattery({
    battery: "unicode",
    verb: "held",
    held: stripped + shown + names + kept,
    tried: 2 * CARRIERS.length + LOOKALIKES.length + LEGITIMATE.length,
  });
  await t.step(line, () => match(line, /^(?:\D*(\d+) of \1)+$/));
});
