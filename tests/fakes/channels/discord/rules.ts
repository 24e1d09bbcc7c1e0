/**
 * What Discord takes, as its documentation has it ("Create Message", "Component Reference",
 * "Application Commands"), and no more: what it would ignore is refused, too.
 */

import { discordContent } from "../../chat_rules/discord.ts";

const FIELDS = new Set(
  ("content nonce enforce_nonce tts embeds allowed_mentions message_reference components " +
    "sticker_ids attachments flags poll").split(" "),
);

/** Suppressed previews, suppressed notifications. */
const FLAGS = (1 << 2) | (1 << 12);

type Fields = Record<string, unknown>;

/** What is wrong with a message; empty: nothing. `files`: how many come with it. */
export function messageProblems(body: unknown, files: number): string[] {
  if (typeof body !== "object" || body === null) return ["the body is no object"];
  const said = body as Fields;
  const problems = Object.keys(said).filter((key) => !FIELDS.has(key))
    .map((key) => `${key} is no field of a message`);
  const { content = "", nonce, enforce_nonce, components = [], flags = 0, attachments = [] } = said;
  if (typeof content !== "string") problems.push("content is no text");
  else if (content !== "" || files === 0) {
    try {
      discordContent(content);
    } catch (error) {
      problems.push(String(error));
    }
  }
  if (nonce !== undefined && (typeof nonce !== "string" || nonce.length > 25)) {
    problems.push("nonce is longer than 25");
  }
  if (enforce_nonce === true && nonce === undefined) problems.push("enforce_nonce has no nonce");
  if (typeof flags !== "number" || (flags & ~FLAGS) !== 0) problems.push("flags may not be set");
  if (!Array.isArray(attachments) || attachments.length > 10 || attachments.length < files) {
    problems.push("attachments are not those of the form");
  }
  problems.push(...mentionProblems(said["allowed_mentions"]), ...componentProblems(components));
  return problems;
}

function mentionProblems(allowed: unknown): string[] {
  if (allowed === undefined) return ["who may be mentioned is left open"];
  const { parse = [] } = allowed as { parse?: unknown[] };
  return parse.every((kind) => ["roles", "users", "everyone"].includes(String(kind)))
    ? []
    : ["allowed_mentions names no kind of mention"];
}

function componentProblems(rows: unknown): string[] {
  if (!Array.isArray(rows) || rows.length > 5) return ["more than 5 rows"];
  const problems: string[] = [];
  const ids = new Set<unknown>();
  for (const row of rows as { type: unknown; components: unknown }[]) {
    const buttons = row.components as Fields[];
    if (row.type !== 1 || !Array.isArray(buttons) || buttons.length < 1 || buttons.length > 5) {
      problems.push("a row has no or more than 5 buttons");
      continue;
    }
    for (const { type, style, label, custom_id } of buttons) {
      if (type !== 2 || ![1, 2, 3, 4].includes(Number(style))) problems.push("not a button");
      if (typeof label !== "string" || label === "" || label.length > 80) {
        problems.push("a label is empty or longer than 80");
      }
      if (typeof custom_id !== "string" || custom_id === "" || custom_id.length > 100) {
        problems.push("a custom_id is empty or longer than 100");
      }
      if (ids.has(custom_id)) problems.push("a custom_id is there twice");
      ids.add(custom_id);
    }
  }
  return problems;
}

/** What is wrong with a list of slash commands. */
export function commandProblems(list: unknown): string[] {
  if (!Array.isArray(list) || list.length > 100) return ["more than 100 commands"];
  const problems: string[] = [];
  const names = new Set<unknown>();
  for (const { name, description, type, options = [] } of list as Fields[]) {
    for (const one of [{ name, description }, ...options as Fields[]]) {
      if (!/^[-_\p{Ll}\p{Lo}\p{N}]{1,32}$/u.test(String(one["name"]))) {
        problems.push(`${one["name"]} is no name of a command`);
      }
      const text = one["description"];
      if (typeof text !== "string" || text === "" || text.length > 100) {
        problems.push(`the description of ${one["name"]} is empty or longer than 100`);
      }
    }
    if (type !== 1) problems.push("not a slash command");
    if (names.has(name)) problems.push(`${name} is there twice`);
    names.add(name);
  }
  return problems;
}
