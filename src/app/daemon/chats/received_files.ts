/** Files of a chat message: fetched, kept for the session, and what the model is told of them. */
import { Buffer } from "node:buffer";
import { AppError } from "../../../base/app_error.ts";
import type { ChannelClient } from "../../../compartments/channels/client.ts";
import { IMAGE_BYTES, IMAGES_BYTES, imageType } from "../../../host/files/read_image.ts";
import { keepReceived, pruneReceived } from "../../../host/files/received_file.ts";
import { OUTSIDE_MARK } from "../../../kernel/agent/result_text.ts";
import { safeFileName } from "../../../kernel/channels/file_names.ts";
import { type Role, ROLES } from "../../../kernel/policy/roles.ts";
import type { Clock, Random } from "../../../kernel/ports.ts";
import type { ChatFile } from "../../../model/channels/message.ts";
import type { ImagePart } from "../../../model/conversation/message.ts";
import type { ResolvedSettings } from "../../../model/settings.ts";

/** What is taken in, and how long it is kept. */
type ReceivedLimits = Omit<ResolvedSettings["files"], "outbox">;

/** Files of one message that are taken. */
const MAX_FILES = 10;
/** How many of the largest size are kept at once, of all chats together. */
const MAX_KEPT = 50;

/** What came of the files of a message. */
export interface TakenFiles {
  /** For the model: one line a file, by ward. */
  readonly texts: readonly string[];
  /** Those that it is shown. */
  readonly images: readonly ImagePart[];
}

/**
 * Takes them. One that cannot be fetched or is too large is told of, and is no reason to fail.
 *
 * @param parts.seesImages Whether a model answers that may see what nobody can redact.
 */
export async function takeFiles(
  files: readonly ChatFile[],
  role: Role,
  parts: {
    readonly client: Pick<ChannelClient, "readFile">;
    /** Outputs of all sessions, and of this one. */
    readonly data: { readonly outputsDir: string; readonly outputDir: string };
    readonly settings: ReceivedLimits;
    readonly seesImages: boolean;
    readonly clock: Pick<Clock, "now">;
    readonly random: Pick<Random, "id">;
  },
): Promise<TakenFiles> {
  const texts: string[] = [];
  const images: ImagePart[] = [];
  let shownBytes = 0;
  const { filesIn, tools } = ROLES[role];
  for (const [index, file] of files.entries()) {
    const name = safeFileName(file.name, file.mediaType);
    const tell = (what: string) => texts.push(`[file "${name}": ${what}]`);
    if (!filesIn) tell("not taken: files of strangers are not");
    else if (index >= MAX_FILES) tell(`not taken: more than ${MAX_FILES} in one message`);
    else {
      const bytes = await fetched(file, parts);
      if (typeof bytes === "string") {
        tell(bytes);
        continue;
      }
      const mediaType = imageType(bytes);
      const isShown = parts.seesImages && mediaType !== null && bytes.length <= IMAGE_BYTES &&
        shownBytes + bytes.length <= IMAGES_BYTES;
      if (isShown) {
        shownBytes += bytes.length;
        images.push({ mediaType, data: Buffer.from(bytes).toString("base64") });
      }
      const seen = isShown ? ", shown to you" : "";
      const type = mediaType ?? plainType(file.mediaType);
      const size = `${type}, ${bytes.length} bytes${seen}`;
      // Whoever has no tools could not read it.
      if (tools === "none") tell(isShown ? size : `${size}; you cannot read it`);
      else tell(`${size}; ${await kept(name, bytes, parts)}`);
    }
  }
  return { texts, images };
}

/** Its bytes, or why there are none. */
async function fetched(
  { ref, bytes }: ChatFile,
  { client, settings }: {
    readonly client: Pick<ChannelClient, "readFile">;
    readonly settings: ReceivedLimits;
  },
): Promise<Uint8Array | string> {
  const tooLarge = `not taken: larger than ${settings.maxBytes / 1_000_000} MB (files.max_mb)`;
  if (bytes !== null && bytes > settings.maxBytes) return tooLarge;
  try {
    return await client.readFile({ ref, limitBytes: settings.maxBytes });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.code === "channel.too_large" ? tooLarge : `not taken: ${error.message}`;
  }
}

async function kept(
  name: string,
  bytes: Uint8Array,
  { data, settings, clock, random }: {
    readonly data: { readonly outputsDir: string; readonly outputDir: string };
    readonly settings: ReceivedLimits;
    readonly clock: Pick<Clock, "now">;
    readonly random: Pick<Random, "id">;
  },
): Promise<string> {
  const all = await pruneReceived(data.outputsDir, clock.now() - settings.keptMs);
  if (all.bytes + bytes.length > MAX_KEPT * settings.maxBytes) {
    return "not kept: too many files of chats are kept already (files.keep_hours)";
  }
  const id = random.id().replace(/[^0-9a-z]/g, "").slice(-8);
  try {
    const path = await keepReceived({
      folder: data.outputDir,
      name: `${id}-${OUTSIDE_MARK}${name}`,
      bytes,
    });
    return `at ${path}`;
  } catch (error) {
    return `not kept: ${error instanceof Error ? error.name : "it cannot be written"}`;
  }
}

/** A type as a sender says it; what is none is not repeated. */
function plainType(mediaType: string): string {
  return /^[a-z0-9.+-]{1,60}\/[a-z0-9.+-]{1,60}$/i.test(mediaType)
    ? mediaType
    : "application/octet-stream";
}
