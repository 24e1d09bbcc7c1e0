import { InvalidArgumentError, Option } from "commander";
import { nearest } from "../../../kernel/settings/nearest.ts";
import { GRANTABLE_KINDS, type GrantableKind } from "../../../model/cells/permission.ts";
import type { ScopeFlag } from "../parsed_command.ts";
import { duration, wholeNumber } from "./arguments.ts";
import type { CommandSink } from "./sink.ts";

/** `ward permissions` and what is below it. */
export function buildPermissions({ program, done, common, example }: CommandSink): void {
  const permissions = program.command("permissions").summary("who may touch what")
    .description("Prints each compartment with what it may touch now, and the grants")
    .action(() => done({ type: "permissions", ...common() }));
  example(permissions, "ward permissions explain read /etc/passwd");
  example(
    permissions.command("explain").summary("say who may, by which rule, or what grant it takes")
      .argument("[kind]", GRANTABLE_KINDS.join(", "), kind)
      .argument("[value...]", "path, host, program with its words, or variable")
      .action((permission: GrantableKind | undefined, value: string[]) =>
        done({
          type: "explain",
          permission: permission ?? null,
          value: words(value),
          ...common(),
        })
      ),
    "ward permissions explain run git push",
  );
  const scope = (flags: string, text: string) =>
    new Option(flags, text).conflicts(
      ["once", "session", "for", "always"].filter((name) => !flags.startsWith(`--${name}`)),
    );
  example(
    permissions.command("grant").summary("let a compartment touch more")
      .argument("[kind]", GRANTABLE_KINDS.join(", "), kind)
      .argument("[value...]", "path, host, program with its words, or variable")
      .addOption(scope("--once", "for one use (the default)"))
      .addOption(scope("--session", "for the newest session"))
      .addOption(scope("--for <time>", "for a time: 90s, 15m, 2h, 7d").argParser(duration))
      .addOption(scope("--always", "until it is revoked"))
      .addOption(
        new Option("--uses <number>", "so often at most").argParser(wholeNumber).conflicts("once"),
      )
      .option("--compartment <id>", "compartment it is for")
      .action((permission: GrantableKind | undefined, value: string[], options: GrantOptions) =>
        done({
          type: "grant",
          permission: permission ?? null,
          value: words(value),
          scope: scopeOf(options),
          uses: options.uses ?? null,
          compartment: options.compartment ?? null,
          ...common(),
        })
      ),
    'ward permissions grant run "npm test" --for 2h --uses 5',
  );
  example(
    permissions.command("grants").summary("list the grants")
      .action(() => done({ type: "grants", ...common() })),
    "ward permissions grants --json",
  );
  example(
    permissions.command("revoke").summary("take a grant back").argument("[id]", "id of the grant")
      .action((id?: string) => done({ type: "revoke", id: id ?? null, ...common() })),
    "ward permissions revoke g1a2b3c4d",
  );
}

interface GrantOptions {
  once?: true;
  session?: true;
  for?: number;
  always?: true;
  uses?: number;
  compartment?: string;
}

function scopeOf(options: GrantOptions): ScopeFlag {
  if (options.for !== undefined) return { type: "for", ms: options.for };
  // Five uses and nothing else: however long they take.
  if (options.always || (options.uses !== undefined && !options.session)) return { type: "always" };
  return { type: options.session ? "session" : "once" };
}

/** null when nothing was given. */
function words(value: readonly string[]): string | null {
  return value.length === 0 ? null : value.join(" ").trim();
}

function kind(text: string): GrantableKind {
  const found = GRANTABLE_KINDS.find((one) => one === text);
  if (found) return found;
  const meant = nearest(text, GRANTABLE_KINDS);
  throw new InvalidArgumentError(
    meant ? `Did you mean ${meant}?` : `Allowed: ${GRANTABLE_KINDS.join(", ")}.`,
  );
}
