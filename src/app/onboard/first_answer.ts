/** The first real answer at the end of `ward onboard`: the same way as `ward agent -m`. */
import type { ProfileContext } from "../commands/context.ts";
import { agent } from "../commands/agent/agent.ts";
import { reloadProfile, startProcess } from "../start/process.ts";
import { beginProvider } from "../provider.ts";
import { findSaved } from "../keys/found.ts";
import { openWard } from "../ward.ts";
import type { Secrets } from "../../host/keys/secrets.ts";

/** Asks the model that was set up. @returns Exit code of that turn. */
export async function firstAnswer(context: ProfileContext): Promise<number> {
  const changed = reloadProfile(context.profile);
  const secrets = Promise.withResolvers<Secrets>();
  const profile = await findSaved(changed, secrets.promise);
  const start = startProcess(profile, {});
  const provider = beginProvider(start);
  provider.catch(() => {});
  const ward = await openWard(start);
  secrets.resolve(ward.secrets);
  try {
    // The built-in assistant knows a small grammar only.
    const message = (await provider).thread === null
      ? "what is in this folder?"
      : "Say in one short sentence that you are ready.";
    context.stderr.write(`> ${message}\n`);
    return await agent(
      {
        type: "agent",
        message,
        resume: { type: "no" },
        provider: null,
        images: [],
        effort: null,
        mode: null,
        plan: false,
        lock: null,
        observe: null,
        redact: false,
        explainRoute: false,
        quiet: false,
        json: false,
        debug: false,
        workspace: null,
        profile: null,
        model: null,
      },
      // What was piped in was the key, and it has been read.
      { ...context, ward, input: { ...context.input, isTerminal: true } },
      provider,
    );
  } finally {
    await ward.close();
  }
}
