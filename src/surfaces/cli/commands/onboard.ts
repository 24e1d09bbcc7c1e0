import { Option } from "commander";
import { ONBOARD_STEPS, type OnboardStep } from "../../../model/onboarding.ts";
import type { CommandSink } from "./sink.ts";

/** `ward onboard`. */
export function buildOnboard({ program, done, common, example }: CommandSink): void {
  const steps = new Option("--skip <step...>", "steps to leave as they are")
    .choices([...ONBOARD_STEPS]);
  example(
    program.command("onboard").summary("set ward up, step by step or by flags")
      .description(
        "Asks for provider, key, model, workspace and allowed commands, shows what it would " +
          "write, and lets the model answer once. Each step can be skipped and run again",
      )
      .option("--provider <name>", "provider to use")
      .option("--role <role=model...>", "model for one kind of work, such as fast=groq/llama")
      .option("--api-base <address>", "address of the service, for any compatible one")
      .option("--key-stdin", "take the provider's key from standard input")
      .option("--allow <rule...>", 'programs that run without a question, such as "npm test"')
      .addOption(steps)
      .option("--yes", "ask nothing: what no flag answers stays as it is")
      .option("--dry-run", "show what would be written, and write nothing")
      .action((options: OnboardOptions) =>
        done({
          type: "onboard",
          provider: options.provider ?? null,
          apiBase: options.apiBase ?? null,
          roles: options.role ?? null,
          keyStdin: options.keyStdin ?? false,
          allow: options.allow ?? null,
          skip: options.skip ?? [],
          yes: options.yes ?? false,
          dryRun: options.dryRun ?? false,
          ...common(),
        })
      ),
    "ward onboard --provider openai --key-stdin --yes < key.txt",
  );
}

interface OnboardOptions {
  provider?: string;
  apiBase?: string;
  role?: string[];
  keyStdin?: true;
  allow?: string[];
  skip?: OnboardStep[];
  yes?: true;
  dryRun?: true;
}
