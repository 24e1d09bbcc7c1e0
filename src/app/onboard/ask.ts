/** The questions of `ward onboard`. Each shows what is in force today and can be left as it is. */
import type { ProfileContext } from "../commands/context.ts";
import { askOllama } from "../provider.ts";
import { secretsOf } from "../keys/secrets.ts";
import { UsageError } from "../../base/app_error.ts";
import { secretProblem } from "../../host/keys/secrets.ts";
import {
  keyInVariables,
  KNOWN_PROVIDERS,
  type KnownProvider,
  ollamaAddress,
} from "../../kernel/models/provider_table.ts";
import type { OnboardAnswers } from "../../kernel/settings/onboard_plan.ts";
import type { OnboardStep } from "../../model/onboarding.ts";
import type { FileSettings } from "../../kernel/settings/schema.ts";
import type { MenuItem } from "../../surfaces/prompts/menu.ts";
import type { Prompter } from "../../surfaces/prompts/prompter.ts";
import { workspaceOf } from "../start/process.ts";

/** Answers with the key itself, which is never written into a file as it is. */
export interface Answered extends OnboardAnswers {
  readonly key: string | null;
}

/** Asks for what the flags left open. */
export async function askSteps(
  prompter: Prompter,
  context: ProfileContext,
  given: Answered,
  { file, asks }: { file: FileSettings; asks(step: OnboardStep): boolean },
): Promise<Answered> {
  let answers = given;
  const ollama = asks("provider") || asks("model")
    ? await askOllama(ollamaAddress(context.profile.environment.variables), formOf(context))
    : null;
  if (asks("provider") && given.provider === null) {
    answers = { ...answers, ...await askProvider(prompter, context, file, ollama !== null) };
  }
  const provider = answers.provider ?? file.model.provider ?? null;
  if (provider === null || provider === "builtin") {
    return await askRest(prompter, context, answers, { file, asks });
  }
  const known = KNOWN_PROVIDERS.find(({ name }) => name === provider);
  if (asks("key") && given.key === null && (known === undefined || known.keyVariable !== null)) {
    answers = { ...answers, ...await askKey(prompter, context, provider) };
  }
  if (asks("model") && given.model === null) {
    const today = file.providers[provider]?.model ??
      (file.model.provider === provider ? file.model.name : undefined) ?? known?.defaultModel ?? "";
    const model = provider === "ollama" && ollama && ollama.length > 0
      ? await prompter.choose({
        title: "Model",
        items: ollama.map((name) => ({ value: name, label: name })),
        at: Math.max(0, ollama.indexOf(today)),
      })
      : await prompter.text({
        title: today === "" ? "Model" : "Model (empty: leave it)",
        initial: today,
        check: (text) => text === "" && today === "" ? "It needs a name" : null,
      });
    answers = { ...answers, model: model === "" || model === today ? null : model };
  }
  return await askRest(prompter, context, answers, { file, asks });
}

const formOf = ({ profile }: ProfileContext) => profile.form;

type ProviderAnswer = Pick<Answered, "provider" | "apiBase">;

async function askProvider(
  prompter: Prompter,
  { profile }: ProfileContext,
  file: FileSettings,
  hasOllama: boolean,
): Promise<ProviderAnswer> {
  const { variables } = profile.environment;
  const saved = new Set(secretsOf(profile).list().map(({ name }) => name));
  const today = file.model.provider;
  const found = (known: KnownProvider) => {
    const { name } = known;
    const key = keyInVariables(known, variables);
    return key
      ? `${key.name} is set`
      : saved.has(name)
      ? "its key is saved"
      : name === "ollama" && hasOllama
      ? "answers on this machine"
      : null;
  };
  const own = Object.keys(file.providers)
    .filter((name) => !KNOWN_PROVIDERS.some((known) => known.name === name))
    .map((name) => ({ name, why: "in config.toml" as string | null }));
  const rows = [
    ...own,
    ...KNOWN_PROVIDERS.map((known) => ({ name: known.name, why: found(known) })),
  ];
  const item = ({ name, why }: typeof rows[number]): MenuItem<string> => ({
    value: name,
    label: name,
    detail: [
      name === today ? "today" : null,
      why ?? (name === "ollama" ? "does not answer now" : "needs a key"),
    ].filter(Boolean).join(", "),
  });
  const items: MenuItem<string>[] = [
    ...rows.filter(({ why }) => why !== null).map(item),
    ...rows.filter(({ why }) => why === null).map(item),
    { value: OTHER, label: "another address", detail: "any OpenAI-compatible service" },
    {
      value: "builtin",
      label: "builtin",
      detail: `${today === "builtin" ? "today, " : ""}no language model, a small grammar`,
    },
    { value: SKIP, label: "skip", detail: today ? `leave it: ${today}` : "leave it to be found" },
  ];
  const at = Math.max(0, items.findIndex(({ value }) => value === today));
  const chosen = await prompter.choose({ title: "Provider", items, at });
  if (chosen === SKIP) return { provider: null, apiBase: null };
  if (chosen !== OTHER) return { provider: chosen, apiBase: null };
  return await askOwnAddress(prompter);
}

/** Asks for a service of one's own. */
export async function askOwnAddress(
  prompter: Prompter,
): Promise<{ provider: string; apiBase: string }> {
  const name = await prompter.text({
    title: "Name for it",
    initial: "lab",
    check: (text) =>
      /^(?!builtin$)[a-z0-9][a-z0-9_-]*$/.test(text)
        ? null
        : "Allowed: lower-case letters, digits, - and _",
  });
  const apiBase = await prompter.text({
    title: "Its address, such as https://host/v1",
    check: (text) =>
      /^https?:\/\/[^@\s]+$/.test(text) && URL.canParse(text)
        ? null
        : "Allowed: an http:// or https:// address without a user name in it",
  });
  return { provider: name, apiBase };
}

const OTHER = "another address";
const SKIP = "skip";

async function askKey(
  prompter: Prompter,
  { profile }: ProfileContext,
  provider: string,
): Promise<Pick<Answered, "key" | "usesSavedKey">> {
  const known = KNOWN_PROVIDERS.find(({ name }) => name === provider);
  const found = known ? keyInVariables(known, profile.environment.variables) : null;
  const isSaved = secretsOf(profile).list().some(({ name }) => name === provider);
  const keep = found ? `${found.name} is set` : isSaved ? "one is saved" : null;
  const type = { value: "type", label: "type it", detail: "unseen; saved, not written to a file" };
  const choice = await prompter.choose({
    title: `Key for ${provider}`,
    items: keep
      ? [{ value: SKIP, label: "keep", detail: keep }, { ...type, label: "type another" }]
      : [type, { value: SKIP, label: "skip", detail: "no key, or later: ward secrets set" }],
  });
  if (choice === SKIP) return { key: null, usesSavedKey: false };
  const key = await prompter.hidden({
    title: `Key for ${provider} (not shown)`,
    check: (value) => {
      const problem = secretProblem(value);
      return problem && `Cannot save that: ${problem}`;
    },
  });
  return { key, usesSavedKey: true };
}

async function askRest(
  prompter: Prompter,
  context: ProfileContext,
  given: Answered,
  { file, asks }: { file: FileSettings; asks(step: OnboardStep): boolean },
): Promise<Answered> {
  let answers = given;
  const { profile } = context;
  if (asks("workspace") && given.workspace === null) {
    const here = profile.environment.variables["INIT_CWD"] ?? profile.cwd;
    const today = file.workspace.path;
    const chosen = await prompter.choose({
      title: "Workspace",
      items: [
        { value: SKIP, label: "leave it", detail: today ?? `${profile.paths.home}/workspace` },
        { value: "here", label: "this folder", detail: here },
        { value: OTHER, label: "another folder" },
      ],
    });
    const usable = (path: string) => {
      try {
        return { path: workspaceOf(profile, path).path, problem: null };
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        return { path: null, problem: error.message };
      }
    };
    let wanted = chosen === "here" ? here : null;
    const wrong = wanted === null ? null : usable(wanted).problem;
    if (wrong !== null) context.stderr.write(`! ${wrong}\n`);
    if (chosen === OTHER || wrong !== null) {
      wanted = await prompter.text({
        title: "Folder (empty: leave it)",
        check: (text) => text === "" ? null : usable(text).problem,
      });
    }
    if (wanted) answers = { ...answers, workspace: usable(wanted).path };
  }
  if (asks("allow") && given.allow === null) {
    const chosen = await prompter.choose({
      title: "Commands that run without a question",
      items: [
        {
          value: SKIP,
          label: "leave them",
          detail: `${file.commands.allow.length} rules: ${file.commands.allow.join(", ")}`,
        },
        { value: OTHER, label: "add some" },
      ],
    });
    if (chosen === OTHER) {
      const rules = await prompter.text({
        title: 'Programs with their first words, with commas: "npm test, cargo check"',
      });
      const allow = rules.split(",").map((rule) => rule.trim()).filter((rule) => rule !== "");
      answers = { ...answers, allow };
    }
  }
  return answers;
}
