/** Pictures that a user shows to the model, read once and checked by their bytes. */
import { Buffer } from "node:buffer";
import { UsageError } from "../../base/app_error.ts";
import type { ImagePart } from "../../model/conversation/message.ts";

/** Largest picture: the least that a service takes (Bedrock, "Supported image sizes"). */
export const IMAGE_BYTES = 3_932_160;
/** All pictures of one message: their base64 stays below the 20 MB of a Gemini request. */
export const IMAGES_BYTES = 12 * 1024 * 1024;

/**
 * Reads the pictures of one message.
 *
 * @param paths Absolute paths.
 * @throws {UsageError} `cli.image_unreadable`, `cli.image_type`, `cli.image_too_large`.
 */
export function readImages(paths: readonly string[]): ImagePart[] {
  let total = 0;
  return paths.map((path) => {
    const bytes = readBounded(path);
    const mediaType = imageType(bytes);
    if (mediaType === null) {
      throw new UsageError("cli.image_type", `Cannot show "${path}": it is no image ward knows`, {
        hint: "Convert it to PNG, JPEG, GIF or WebP",
      });
    }
    total += bytes.byteLength;
    if (total > IMAGES_BYTES) throw tooLarge(`the images up to "${path}"`, IMAGES_BYTES);
    return { mediaType, data: Buffer.from(bytes).toString("base64") };
  });
}

/**
 * A picture that came as base64, with the type that its bytes have.
 *
 * @throws {UsageError} `cli.image_type`.
 */
export function checkImage({ data }: Pick<ImagePart, "data">): ImagePart {
  const mediaType = imageType(Buffer.from(data.slice(0, 64), "base64"));
  if (mediaType !== null) return { mediaType, data };
  throw new UsageError("cli.image_type", "Cannot show the image: it is none ward knows", {
    hint: "Send PNG, JPEG, GIF or WebP",
  });
}

function readBounded(path: string): Uint8Array {
  try {
    const { size, isFile } = Deno.statSync(path);
    // A pipe or a device has no size and may never end.
    if (!isFile) throw new Error("it is no file");
    if (size > IMAGE_BYTES) throw tooLarge(`"${path}"`, IMAGE_BYTES);
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const why = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : error instanceof Error
      ? error.message
      : "it cannot be read";
    throw new UsageError("cli.image_unreadable", `Cannot show "${path}": ${why}`, {
      hint: "Check the path given to --image",
    });
  }
}

function tooLarge(what: string, bytes: number): UsageError {
  const size = `${(bytes / 1024 / 1024).toFixed(2).replace(/\.?0{1,2}$/, "")} MB`;
  return new UsageError("cli.image_too_large", `Cannot show ${what}: larger than ${size}`, {
    hint: "Make it smaller; models scale images down to about 1568 pixels anyway",
  });
}

/** The type by the first bytes; a name may say anything. */
export function imageType(bytes: Uint8Array): ImagePart["mediaType"] | null {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (/^GIF8[79]a/.test(head)) return "image/gif";
  if (head.startsWith("RIFF") && head.endsWith("WEBP")) return "image/webp";
  return null;
}
