/**
 * What Slack takes as a message. Sources: docs.slack.dev, "chat.postMessage", "chat.update", "Blocks",
 * "Message metadata".
 */

/** What may stand in a form for a message. */
export interface MessageForm {
  readonly text: string;
  readonly blocks: unknown[] | null;
  readonly metadata: { event_type: string; event_payload: Record<string, unknown> } | null;
}

/** Characters of a text that `chat.postMessage` takes, and `chat.update`. */
export const POST_CHARS = 40_000;
export const UPDATE_CHARS = 4_000;

/** Takes a form apart. @returns Slack's word where it would refuse. */
export function readMessage(form: URLSearchParams, maxChars: number): MessageForm | string {
  const text = form.get("text") ?? "";
  const given = form.has("blocks") ? json(form.get("blocks")) : null;
  if (given !== null && !Array.isArray(given)) return "invalid_blocks_format";
  if (text === "" && (given === null || given.length === 0)) return "no_text";
  if (text.length > maxChars) return "msg_too_long";
  const parse = form.get("parse");
  if (parse !== null && !["none", "full", "client"].includes(parse)) return "invalid_arguments";
  if (given !== null && !areBlocks(given)) return "invalid_blocks";
  const metadata = form.has("metadata") ? json(form.get("metadata")) : null;
  if (metadata !== null && !isMetadata(metadata)) return "invalid_metadata_format";
  return { text, blocks: given, metadata };
}

function json(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

type Fields = Record<string, unknown>;

function isMetadata(value: unknown): value is NonNullable<MessageForm["metadata"]> {
  if (!isObject(value) || !hasOnly(value, ["event_type", "event_payload"])) return false;
  const { event_type: type, event_payload: payload } = value;
  return typeof type === "string" && /^[a-z0-9_]{1,80}$/.test(type) && isObject(payload) &&
    JSON.stringify(payload).length <= 16_000;
}

function areBlocks(blocks: readonly unknown[]): boolean {
  const actionIds: unknown[] = [];
  const isBlock = (block: unknown): boolean => {
    if (!isObject(block)) return false;
    if (block["type"] === "section") {
      return hasOnly(block, ["type", "block_id", "text"]) &&
        isText(block["text"], ["mrkdwn", "plain_text"], 3_000);
    }
    if (block["type"] !== "actions" || !hasOnly(block, ["type", "block_id", "elements"])) {
      return false;
    }
    const elements = block["elements"];
    return Array.isArray(elements) && elements.length >= 1 && elements.length <= 25 &&
      elements.every((element) => isButton(element, actionIds));
  };
  return blocks.length <= 50 && blocks.every(isBlock) &&
    new Set(actionIds).size === actionIds.length;
}

function isButton(element: unknown, actionIds: unknown[]): boolean {
  if (!isObject(element) || element["type"] !== "button") return false;
  actionIds.push(element["action_id"]);
  return hasOnly(element, ["type", "action_id", "text", "value", "style", "url"]) &&
    isText(element["text"], ["plain_text"], 75) && isString(element["action_id"], 255) &&
    isString(element["value"], 2_000);
}

function isText(value: unknown, types: readonly string[], max: number): boolean {
  return isObject(value) && types.includes(String(value["type"])) && isString(value["text"], max) &&
    hasOnly(
      value,
      value["type"] === "mrkdwn" ? ["type", "text", "verbatim"] : ["type", "text", "emoji"],
    );
}

function isString(value: unknown, max: number): boolean {
  return typeof value === "string" && value.length >= 1 && value.length <= max;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasOnly(value: Fields, keys: readonly string[]): boolean {
  return Object.keys(value).every((key) => keys.includes(key));
}
