/**
 * What a command-line agent prints, as it comes: lines on what it does for whoever watches, and in
 * the end its answer. All of it is of another program: nothing is trusted, and a line of another
 * form than expected is text.
 */
import * as z from "zod";
import { lazily } from "../../base/lazily.ts";
import { sanitizeOutside } from "../outside/sanitize.ts";
import type { AgentFormat } from "./agent_table.ts";

/** Longest line that is looked at as JSON, characters. */
const MAX_LINE = 1_000_000;
/** Characters of one line on what it does. */
const PROGRESS_CHARS = 120;

const block = lazily(() =>
  z.union([
    z.object({ type: z.literal("text"), text: z.string() }),
    z.object({ type: z.literal("tool_use"), name: z.string() }),
    z.object({ type: z.string() }),
  ])
);
const claude = lazily(() =>
  z.union([
    z.object({ type: z.literal("assistant"), message: z.object({ content: z.array(block()) }) }),
    z.object({ type: z.literal("result"), result: z.string() }),
  ])
);
const codex = lazily(() =>
  z.object({
    type: z.enum(["item.started", "item.completed"]),
    item: z.object({
      type: z.string(),
      text: z.string().optional(),
      command: z.string().optional(),
    }),
  })
);
const gemini = lazily(() =>
  z.union([
    z.object({
      type: z.literal("message"),
      role: z.literal("assistant"),
      content: z.string(),
      delta: z.boolean().optional(),
    }),
    z.object({ type: z.literal("tool_use"), tool_name: z.string() }),
  ])
);

/** What a line says. */
interface Said {
  readonly doing?: string | undefined;
  readonly answer?: string | undefined;
  /** It goes on with what was said before. */
  readonly isMore?: boolean | undefined;
}

/** Reads the output of one run. */
export class AgentOutput {
  readonly #format: AgentFormat;
  readonly #maxChars: number;
  #line = "";
  #answer: string | null = null;
  #plain = "";

  /** @param maxChars Of the answer; of a longer one the end is kept. */
  constructor(format: AgentFormat, maxChars: number) {
    this.#format = format;
    this.#maxChars = maxChars;
  }

  /** Takes output as it comes. @returns Lines on what the agent does, cleaned. */
  add(text: string): string[] {
    const lines = (this.#line + text).split("\n");
    this.#line = (lines.pop() ?? "").slice(-MAX_LINE);
    return lines.flatMap((line) => this.#take(line));
  }

  /** What it answered: its last message, or the end of what it printed. */
  answer(): string {
    if (this.#line !== "") this.#take(this.#line);
    this.#line = "";
    return (this.#answer ?? this.#plain).trim().slice(-this.#maxChars).toWellFormed();
  }

  #take(line: string): string[] {
    const said = this.#format === "text" ? null : readLine(this.#format, line);
    if (said === null) {
      this.#plain = `${this.#plain}${line}\n`.slice(-this.#maxChars * 2);
      return this.#format === "text" ? shown(line) : [];
    }
    if (said.answer !== undefined) {
      const before = said.isMore ? this.#answer ?? "" : "";
      this.#answer = (before + said.answer).slice(-this.#maxChars * 2);
    }
    return shown(said.doing ?? "");
  }
}

/** A line for whoever watches; empty ones are none. */
function shown(line: string): string[] {
  const text = sanitizeOutside(line).text.replace(/\s+/g, " ").trim();
  return text === "" ? [] : [text.slice(0, PROGRESS_CHARS).toWellFormed()];
}

/** A JSON line of a known form; null: it is none. */
function readLine(format: Exclude<AgentFormat, "text">, line: string): Said | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  switch (format) {
    case "claude": {
      const { data } = claude().safeParse(value);
      if (!data) return {};
      if (data.type === "result") return { answer: data.result };
      const blocks = data.message.content;
      const answer = blocks.flatMap((one) => "text" in one ? [one.text] : []).join("\n");
      const doing = blocks.flatMap((one) => "name" in one ? [one.name] : []).join(", ");
      return { doing: doing || answer, ...answer === "" ? {} : { answer } };
    }
    case "codex": {
      const { data } = codex().safeParse(value);
      if (!data) return {};
      const { type, text, command } = data.item;
      if (type === "agent_message") return { answer: text, doing: text };
      return data.type === "item.started" ? { doing: command ?? type } : {};
    }
    case "gemini": {
      const { data } = gemini().safeParse(value);
      if (!data) return {};
      if (data.type === "tool_use") return { doing: data.tool_name };
      return { answer: data.content, isMore: data.delta, doing: data.delta ? "" : data.content };
    }
  }
}
