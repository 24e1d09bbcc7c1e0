import { UsageError } from "../../base/app_error.ts";
import { IMAGE_TYPES, type ImagePart, type UserMessage } from "../../model/conversation/message.ts";
import type { ContentBlock } from "./protocol.ts";

/** A message as the model gets it, with what of it the user wrote. */
export interface PromptContent extends UserMessage {
  readonly images: readonly ImagePart[];
  readonly own: string;
}

/** Largest picture, and all of one message, in characters of base64; as for `--image`. */
const IMAGE_CHARS = Math.ceil(3_932_160 / 3) * 4;
const IMAGES_CHARS = 16 * 1024 * 1024;

/** Stands between what the user wrote and the files that they gave with it. */
const ATTACHED = "Files that the user gave with this message:";

/**
 * The blocks of a prompt. What is embedded is what the user gave; what is only linked is named, so
 * that the model reads it by its tools, and policy decides. A file names no address for the user.
 *
 * @throws {UsageError} `acp.content`: a block that ward cannot take.
 */
export function promptContent(blocks: readonly ContentBlock[]): PromptContent {
  const texts: string[] = [];
  const attached: string[] = [];
  const images: ImagePart[] = [];
  let chars = 0;
  for (const block of blocks) {
    switch (block.type) {
      case "text":
        texts.push(block.text);
        break;
      case "image": {
        chars += block.data.length;
        images.push(imageOf(block, chars));
        break;
      }
      case "resource_link":
        texts.push(`[${block.name}](${pathOf(block.uri)})`);
        break;
      case "resource": {
        const { resource } = block;
        if (!("text" in resource)) throw refused(`the embedded file "${resource.uri}" is no text`);
        const path = pathOf(resource.uri);
        texts.push(`[${path}]`);
        attached.push(`${path}:\n${fenced(resource.text)}`);
        break;
      }
      default:
        throw refused(`it holds "${block.type}"`);
    }
  }
  const own = texts.join("").trim();
  if (own === "" && images.length === 0) throw refused("it is empty");
  return {
    text: [own, ...attached.length > 0 ? [ATTACHED, ...attached] : []].join("\n\n"),
    images,
    own,
  };
}

/** A text as Markdown shows it as it is: between fences that no line of it closes. */
export function fenced(text: string): string {
  const runs = text.match(/`{3,}/g) ?? [];
  const fence = "`".repeat(Math.max(3, ...runs.map(({ length }) => length + 1)));
  return `${fence}\n${text}\n${fence}`;
}

function imageOf(block: { mimeType: string; data: string }, chars: number): ImagePart {
  const mediaType = IMAGE_TYPES.find((type) => type === block.mimeType);
  if (!mediaType) throw refused(`an image of type "${block.mimeType}"`);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(block.data)) throw refused("an image that is no base64");
  if (block.data.length > IMAGE_CHARS || chars > IMAGES_CHARS) throw refused("too large an image");
  return { mediaType, data: block.data };
}

/** A file's path instead of its address. */
function pathOf(uri: string): string {
  if (!uri.startsWith("file://") || !URL.canParse(uri)) return uri;
  const { pathname, host } = new URL(uri);
  try {
    return host === "" ? decodeURIComponent(pathname) : uri;
  } catch {
    return uri;
  }
}

function refused(what: string): UsageError {
  return new UsageError("acp.content", `Cannot take the prompt: ${what}`, {
    hint: "Send text, PNG, JPEG, GIF or WebP images, links to files or embedded text files",
  });
}
