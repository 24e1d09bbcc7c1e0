import { deepEqual, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { IMAGE_BYTES, readImages } from "../../src/host/files/read_image.ts";

const HEADS = {
  "image/png": [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  "image/jpeg": [0xff, 0xd8, 0xff, 0xe0],
  "image/gif": [...new TextEncoder().encode("GIF89a")],
  "image/webp": [...new TextEncoder().encode("RIFF\0\0\0\0WEBP")],
};

async function withFile(bytes: Uint8Array, body: (path: string) => void): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".txt" });
  try {
    await Deno.writeFile(path, bytes);
    body(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("a picture is known by its bytes, whatever its name says", async () => {
  for (const [mediaType, head] of Object.entries(HEADS)) {
    const bytes = new Uint8Array([...head, 1, 2, 3]);
    await withFile(bytes, (path) =>
      deepEqual(readImages([path]), [
        { mediaType, data: Buffer.from(bytes).toString("base64") },
      ]));
  }
  await withFile(
    new TextEncoder().encode("<svg/>"),
    (path) => throws(() => readImages([path]), { code: "cli.image_type" }),
  );
});

Deno.test("a picture that is too large, missing or no file is an error of the command line", async () => {
  const large = new Uint8Array(IMAGE_BYTES + 1);
  large.set(HEADS["image/png"]);
  await withFile(large, (path) =>
    throws(() => readImages([path]), {
      code: "cli.image_too_large",
      message: /larger than 3\.75 MB/,
    }));
  const most = large.subarray(0, IMAGE_BYTES);
  await withFile(most, (path) =>
    throws(() => readImages([path, path, path, path]), {
      code: "cli.image_too_large",
      message: /larger than 12 MB/,
    }));
  throws(() => readImages(["/nowhere/a.png"]), { code: "cli.image_unreadable" });
  throws(() => readImages(["/dev/zero"]), { code: "cli.image_unreadable", message: /no file/ });
});
