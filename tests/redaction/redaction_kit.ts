/** Redactors, values to hide, and a model that says back what it was sent. */
import {
  PATTERNS,
  REDACTION_CATEGORIES,
  type RedactionCategory,
} from "../../src/kernel/redaction/patterns.ts";
import { Redactor } from "../../src/kernel/redaction/redactor.ts";
import type { ModelPort } from "../../src/kernel/ports.ts";
import type { ModelEvent, ModelRequest } from "../../src/model/conversation/model_stream.ts";

/** In every placeholder. */
export const NONCE = "q7z3";

/** A redactor of some categories. */
export function redactor(
  categories: readonly RedactionCategory[] = REDACTION_CATEGORIES,
  secrets: readonly string[] = [],
): Redactor {
  return new Redactor({
    patterns: categories.flatMap((name) => PATTERNS[name]),
    secrets: () => secrets,
    nonce: NONCE,
  });
}

/** Values by category, each as it stands in a text, and the part that must not leave. */
export const SAMPLES: Readonly<Record<RedactionCategory, readonly (readonly [string, string])[]>> =
  {
    private_keys: [[
      "-----BEGIN RSA PRIVATE KEY-----\nMIIEabc/+=\nxyz\n-----END RSA PRIVATE KEY-----",
      "MIIEabc/+=",
    ], ["-----BEGIN PRIVATE KEY-----\ncutoff", "cutoff"]],
    connection_strings: [
      ["postgres://bob:hunt%40er@db.example:5432/x?ssl=1", "hunt%40er"],
      ["mongodb+srv://u:p4ss@cluster.example", "p4ss"],
      ["redis://:onlypass@10.0.0.1:6379", "onlypass"],
    ],
    jwt_tokens: [["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "eyJzdWIiOiIxIn0"]],
    api_keys: [
      ["sk-ant-api03-AbCdEf123456_789-xyz", "sk-ant-api03"],
      ["AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7"],
      ["ghp_16C7e42F292c6912E7710c838347Ae178B4a", "ghp_16C7"],
      ["xoxb-123456789012-abcdefGHIJ", "xoxb-1234"],
      ["AIzaSyA1234567890abcdefghijklmnopqrstuv", "AIzaSyA1"],
      ["sk_live_4eC39HqLyjWDarjtT1zdp7dc", "4eC39HqLyj"],
      ["STRIPE_SECRET_KEY=abc123def", "abc123def"],
      ['"apiKey": "zzz-top-999"', "zzz-top-999"],
    ],
    tokens: [
      ["Authorization: Bearer abcDEF123.~+/-xyz==", "abcDEF123"],
      ["refresh_token=rt-998877", "rt-998877"],
    ],
    passwords: [["password: hunter2", "hunter2"], ["DB_PASSWORD='s3cr3t!'", "s3cr3t!"]],
    cards: [["4111 1111 1111 1111", "4111 1111"], ["5500-0000-0000-0004", "5500-0000"]],
    emails: [["jane.doe+x@mail.example.org", "jane.doe"], ["käthe@büro.example", "käthe"]],
    ip_addresses: [["203.0.113.77", "203.0.113.77"], ["2001:db8::8a2e:370:7334", "8a2e:370"]],
  };

/** What is left of a text beside its placeholders. */
export function inClear(redacted: string): string {
  return redacted.replaceAll(/\[\[[A-Z0-9_]+_q7z3\]\]/g, "");
}

/** A model that says back what it was sent, cut into pieces. */
export function echo(sent: ModelRequest[], piece: number): ModelPort {
  return {
    async *stream(request: ModelRequest): AsyncGenerator<ModelEvent> {
      sent.push(request);
      const text = request.messages.map((message) =>
        message.role === "tool" ? message.content : message.text
      ).join("|");
      for (let at = 0; at < text.length; at += piece) {
        yield { type: "text", text: text.slice(at, at + piece) };
      }
      const args = JSON.stringify({ text, nested: [{ deep: text }] });
      yield { type: "tool_call", call: { id: "1", name: "write", arguments: args } };
      yield { type: "end", stopReason: "end" };
    },
  };
}
