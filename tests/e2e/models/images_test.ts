/** Pictures that a user shows: to the service, into the session, and what is refused. */
import { Buffer } from "node:buffer";
import { deepEqual, equal, match } from "node:assert/strict";
import { startScriptedService } from "../kit/scripted_service.ts";
import { makeScratch, ward } from "../kit/ward_process.ts";

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3);

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

Deno.test("ward agent --image: pictures go to the service, stay in the session, --effort beside", async () => {
  using scratch = makeScratch();
  Deno.writeFileSync(`${scratch.folder}/a.png`, PNG);
  Deno.writeFileSync(`${scratch.folder}/b`, Uint8Array.of(0xff, 0xd8, 0xff, 9));
  await using service = await startScriptedService([{ content: "A cat." }], {
    laterTurns: [{ content: "Still a cat." }],
  });
  const shown = ["--image", `${scratch.folder}/a.png`, "--image", `${scratch.folder}/b`];
  const args = ["agent", "-m", "what is this?", ...shown, "--effort", "high"];
  const run = await ward(scratch, args, service.env);
  equal(run.code, 0, run.stderr);
  equal(run.stdout, "A cat.\n");
  const images = (body: string) => body.match(/data:image\/(png|jpeg);base64,[A-Za-z0-9+/=]+/g);
  const expected = [
    `data:image/png;base64,${base64(PNG)}`,
    `data:image/jpeg;base64,${base64(Uint8Array.of(0xff, 0xd8, 0xff, 9))}`,
  ];
  deepEqual(images(service.bodies()[0] ?? ""), expected);
  equal(JSON.parse(service.bodies()[0] ?? "{}").reasoning_effort, "high");
  // The next process sends them again: they belong to the conversation.
  const later = await ward(scratch, ["agent", "--resume", "-m", "sure?"], service.env);
  equal(later.stdout, "Still a cat.\n", later.stderr);
  deepEqual(images(service.bodies()[1] ?? ""), expected);
  const [session] = JSON.parse((await ward(scratch, ["sessions", "list", "--json"])).stdout);
  const page = await ward(scratch, ["sessions", "show", session.id]);
  match(
    page.stdout,
    /what is this\?\n {2}• image\/png, 1 KB\n {2}• image\/jpeg, 1 KB/,
    page.stderr,
  );
});

Deno.test("a picture that cannot be shown ends with 2 before any service is asked", async () => {
  using scratch = makeScratch();
  Deno.writeTextFileSync(`${scratch.folder}/a.svg`, "<svg/>");
  await using service = await startScriptedService([{ content: "no" }]);
  for (
    const [file, env, said] of [
      ["a.svg", service.env, /no image ward knows.+PNG, JPEG, GIF or WebP/s],
      ["gone.png", service.env, /there is no such file.+--image/s],
    ] as const
  ) {
    const run = await ward(
      scratch,
      ["agent", "-m", "x", "--image", `${scratch.folder}/${file}`],
      env,
    );
    equal(run.code, 2, run.stderr);
    match(run.stderr, said);
  }
  equal(service.bodies().length, 0);
  Deno.writeFileSync(`${scratch.folder}/a.png`, PNG);
  const image = ["--image", `${scratch.folder}/a.png`];
  const builtin = await ward(scratch, ["agent", "--provider", "builtin", "-m", "x", ...image]);
  equal(builtin.code, 2, builtin.stderr);
  match(builtin.stderr, /built-in assistant looks at no images/);
});
