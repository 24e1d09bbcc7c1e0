/** `http_request` by the whole program: judged by what a host on this machine received. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type ScriptedService, startScriptedService } from "../kit/scripted_service.ts";
import { makeScratch, runWard, SOURCE, ward, writeConfig } from "../kit/ward_process.ts";

Deno.test("http_request reads, asks before it sends, and adds credentials that nobody sees", async () => {
  const received: [method: string, path: string, authorization: string | null, body: string][] = [];
  await using api = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      const authorization = request.headers.get("authorization");
      received.push([request.method, pathname, authorization, await request.text()]);
      return Response.json({ id: 1, echo: authorization }, {
        status: pathname === "/no" ? 422 : 200,
      });
    },
  );
  const host = `127.0.0.1:${api.addr.port}`;
  using scratch = makeScratch();
  writeConfig(
    scratch,
    `[web]\nhosts = ["${host}"]\n[http_profiles.lab]\ntype = "bearer"\n` +
      `allowed_domains = ["${host}"]\ntoken = "\${LAB_PASS}"\n`,
  );
  const call = (args: Record<string, unknown>) => ({
    name: "http_request",
    arguments: { url: `http://${host}/x`, ...args },
  });
  const write = call({ method: "POST", profile: "lab", body: '{"a":1}', url: `http://${host}/no` });
  await using service = await startScriptedService([
    {
      calls: [
        call({}),
        call({ headers: { authorization: "Bearer lab-pass-canary" } }),
        call({ url: "https://other.example/", profile: "lab" }),
        call({ method: "POST", body: "my lab-pass-canary" }),
        write,
      ],
    },
    { content: "asked" },
  ]);
  await using later = await startScriptedService([{ calls: [write] }, { content: "done" }]);
  const say = (by: ScriptedService) => {
    const env = { ...scratch.env, ...by.env, LAB_PASS: "lab-pass-canary" };
    return runWard(["agent", "-w", scratch.workspace, "-m", `POST to http://${host}/no`], {
      env,
      form: SOURCE,
    });
  };
  const first = await say(service);
  equal(first.stdout, "asked\n", first.stderr);
  deepEqual(received, [["GET", "/x", null, ""]]);
  const tools = (by: ScriptedService) => {
    const { messages } = JSON.parse(by.bodies().at(-1)!) as {
      messages: { role: string; content: string }[];
    };
    return messages.filter(({ role }) => role === "tool").map(({ content }) => content);
  };
  const [read = "", header = "", foreign = "", leak = "", asked = ""] = tools(service);
  match(read, /^HTTP 200 from 127[^]*not encrypted[^]*\[outside \w+: http http:[^]*"id": 1/);
  // The words of the secret stop it before its name does.
  match(header, /can carry credentials/);
  match(foreign, /do not go to other\.example/);
  match(leak, /would send a secret of the profile "lab"/);
  match(asked, new RegExp(`ward permissions grant net 'POST ${host} as lab' --compartment web`));
  const granted = await ward(scratch, [
    "permissions",
    "grant",
    "net",
    `POST ${host} as lab`,
    "--compartment",
    "web",
    "--once",
  ]);
  equal(granted.code, 0, granted.stderr);
  const second = await say(later);
  equal(second.stdout, "done\n", second.stderr);
  deepEqual(received.slice(1), [["POST", "/no", "Bearer lab-pass-canary", '{"a":1}']]);
  match(tools(later).at(-1)!, /API error 422: [^]*"echo": "Bearer \[secret of profile lab\]"/);
  ok(
    !service.bodies().some((body) =>
      body.replaceAll(/my lab-pass-canary|Bearer lab-pass-canary\\"/g, "").includes(
        "lab-pass-canary",
      )
    ),
  );
});
