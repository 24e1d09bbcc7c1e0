/**
 * Each protocol makes a real call where its chunk is one of the bundle: a lazily loaded SDK can
 * lose its names there.
 */
import { equal } from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { bundle } from "../../scripts/bundle.ts";
import { LACKS_STANDALONE, standalone } from "../e2e/kit/forms.ts";
import { makeScratch, writeConfig } from "../e2e/kit/ward_process.ts";
import { SPEAKERS } from "../fakes/services/all.ts";
import { startModelService } from "../fakes/model_service.ts";
import { streamed } from "../models/matrix/desk.ts";
import { ask, modelRequest, startThread, textOf } from "../models/start_thread.ts";

Deno.test("bundled: each protocol answers in its thread, with its permissions", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ward-bundle-" });
  try {
    const made = await bundle(pathToFileURL(`${folder}/`));
    const entry = pathToFileURL(`${made}/compartments/models/entry.js`);
    for (const speaker of SPEAKERS) {
      const { protocol, basePath, model } = speaker;
      await using service = startModelService(() => streamed(speaker, { text: ["bundled"] }));
      const baseUrl = service.url + basePath;
      await using thread = await startThread({ protocol, baseUrl }, entry);
      equal(textOf(await ask(thread, modelRequest({ model }))), "bundled", protocol);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "standalone: each protocol answers" +
    (LACKS_STANDALONE ? ", skipped: no runtime base" : ""),
  ignore: LACKS_STANDALONE !== undefined,
  async fn() {
    for (const speaker of SPEAKERS) {
      const { protocol, basePath, model } = speaker;
      using scratch = makeScratch();
      await using service = startModelService(() => streamed(speaker, { text: ["whole"] }));
      const lines = [
        "[providers.lab]",
        `protocol = "${protocol}"`,
        `api_base = "${service.url}${basePath}"`,
        `api_key = "test-key"`,
        `model = "${model}"`,
      ];
      writeConfig(scratch, lines.join("\n"));
      const { code, stdout, stderr } = await new Deno.Command(await standalone(), {
        args: ["agent", "--provider", "lab", "-w", scratch.workspace, "-m", "hi"],
        clearEnv: true,
        env: scratch.env,
        stdin: "null",
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      equal(text(stdout), "whole\n", `${protocol}: ${text(stderr)}`);
      equal(code, 0);
    }
  },
});
