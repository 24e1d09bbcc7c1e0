/** `ward status`: which model and why, where it works, what holds it. */
import { type CommandContext, print } from "./context.ts";
import { foundProviders } from "../models/found_providers.ts";
import { addressOf } from "../api/services.ts";
import { webhookStates } from "../api/webhook_states.ts";
import { findNamed, findProvider } from "../provider.ts";
import { VERSION } from "../start/version.ts";
import type { SandboxState } from "../cells/sandbox_choice.ts";
import { taintState } from "../conversation/taint_state.ts";
import type { Ward } from "../ward.ts";
import { AppError } from "../../base/app_error.ts";
import type { ChosenProvider } from "../../kernel/models/providers/candidate.ts";
import { isPinned, resolveRoles } from "../../kernel/models/roles.ts";
import { foundSources } from "../../kernel/accounts/found_sources.ts";
import { exists } from "../../host/files/file_exists.ts";
import type { LayerState, StatusReport } from "../../model/report.ts";
import { formatStatus } from "../../surfaces/cli/format/format_status.ts";

/** Prints the status. */
export async function status(context: CommandContext): Promise<number> {
  const report = await statusReport(context.ward);
  print(context, report, () => formatStatus(report, context.stdout));
  return 0;
}

/** Gathers it; starts one cell, because only a proven cell says what is in force. */
export async function statusReport(ward: Ward): Promise<StatusReport> {
  const { settings, warnings } = ward.start;
  const provider = await chosenProvider(ward);
  const sandbox = await ward.hands.sandbox();
  return {
    version: VERSION,
    profile: ward.start.profile,
    home: settings.home,
    configPath: settings.configPath,
    hasConfig: exists(settings.configPath),
    workspace: {
      path: settings.workspace,
      source: settings.sources["workspace.path"] ?? "default",
    },
    provider: provider.choice
      ? {
        name: provider.choice.name,
        why: provider.choice.why,
        keySource: provider.choice.keySource,
        model: provider.choice.model,
      }
      : { name: null, why: provider.problem, keySource: null, model: "" },
    roles: roleRows(ward, provider),
    found: foundSources(
      await foundProviders(ward.start, null),
      ward.start.providerInputs.logins ?? [],
    ),
    outside: await taintState(ward),
    mode: {
      name: settings.approvals.mode,
      source: settings.sources["approvals.mode"] ?? "default",
    },
    layers: layers(sandbox, settings.commands.withoutSandbox),
    api: apiState(ward),
    webhooks: await webhookStates(ward),
    limitsNotInForce: ward.hands.limitsNotInForce,
    warnings: [
      ...warnings,
      ...environmentWarnings(ward),
      ...ward.key.warning ? [ward.key.warning] : [],
    ],
  };
}

/**
 * The provider that `ward agent` would use, or why there is none: what inspects ward must answer
 * also when that choice is wrong.
 *
 * @throws {UsageError} What is wrong with a model on the command line.
 */
export async function chosenProvider(
  ward: Ward,
): Promise<ChosenProvider | { choice: null; problem: string }> {
  const { start, form } = ward;
  const { providerInputs, environment } = start;
  if (providerInputs.model?.source === "flag") return await findNamed(start);
  try {
    return await findProvider(providerInputs, environment.variables, form);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { choice: null, problem: [error.message, error.hint].filter(Boolean).join(". ") };
  }
}

function apiState({ start: { settings, apiToken } }: Ward): StatusReport["api"] {
  const { hostname, port } = settings.daemon.api;
  return apiToken && { address: addressOf(hostname, port), tokenSource: apiToken.from };
}

function roleRows(
  { start: { settings, providerInputs, environment: { variables } } }: Ward,
  provider: Awaited<ReturnType<typeof chosenProvider>>,
): StatusReport["roles"] {
  if (provider.choice === null) return [];
  const inputs = { settings: providerInputs, variables, ollama: null };
  return Object.values(
    resolveRoles(
      { chosen: provider, inputs, isPinned: isPinned(inputs, provider) },
      settings.models.roles,
    ),
  ).map(
    ({ role, chosen, from, problem }) => ({
      role,
      model: chosen && [chosen.choice.name, chosen.choice.model].filter(Boolean).join("/"),
      from,
      problem,
    }),
  );
}

/** The three layers as they stand. */
export function layers(sandbox: SandboxState, withoutSandbox: boolean): LayerState[] {
  return [
    { name: "policy", state: "in force", detail: "asks before what no rule allows", fix: null },
    {
      name: "runtime",
      state: "in force",
      detail: "each compartment has its own exact list; see `ward permissions`",
      fix: null,
    },
    sandbox.kind !== "none"
      ? {
        name: "os",
        state: sandbox.notHeld.length === 0 ? "in force" : "reduced",
        detail: [
          `${sandbox.name}, each cell proven before its first call`,
          ...sandbox.notHeld.map((what) => `REDUCED, not held against: ${what}`),
          ...sandbox.passedOver.map(({ name, cause }) => `not ${name}: ${cause}`),
        ].join("; "),
        fix: null,
      }
      : {
        name: "os",
        state: withoutSandbox ? "off" : "reduced",
        detail: `REDUCED: ${sandbox.cause}. ` +
          (withoutSandbox ? "Commands run unconfined, as you set" : "Commands are off"),
        fix: sandbox.fix,
      },
  ];
}

/** What the start environment tried. */
export function environmentWarnings(ward: Ward): string[] {
  const { removed, loader, trusted, proxies } = ward.start.environment;
  const named = (names: readonly string[], text: string) =>
    names.length > 0 ? [`${names.join(", ")}: ${text}`] : [];
  return [
    ...named(removed, "acts before ward's first line, so ward started again without it"),
    ...named(trusted, "acts before ward's first line; you trust it in config.toml"),
    ...named(loader, "a loader variable acts on ward itself; no child gets it"),
    ...named(proxies, "proxies are not used"),
  ];
}
