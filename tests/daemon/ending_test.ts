import { equal, match } from "node:assert/strict";
import { answerText, endingFor } from "../../src/app/daemon/chats/chat_turn.ts";

Deno.test("attack: a guest learns from a failure which service the owner uses, and with which key", () => {
  const ending = {
    outcome: "failed",
    reason: "lab/large refused the key of the variable LAB_KEY",
    text: "",
  } as const;
  match(answerText(endingFor("owner", ending)), /LAB_KEY/);
  for (const role of ["guest", "public"] as const) {
    equal(answerText(endingFor(role, ending)), "(failed: its owner knows more)");
    equal(answerText(endingFor(role, { ...ending, outcome: "complete", text: "Hi" })), "Hi");
  }
});
