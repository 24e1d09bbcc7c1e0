import type { DoctorCheck } from "../../model/report.ts";
import type { DoctorFacts, Problem } from "./facts.ts";
import { finding, octal, shellWord } from "./finding.ts";

/** The file, its mode, and the settings that open ward up. */
export function judgeConfig(facts: DoctorFacts): DoctorCheck[] {
  const { file, problem } = facts.config;
  return [
    ...(problem ? judgeProblem(problem, file.path) : [
      finding(
        "config.file",
        "ok",
        file.kind === "missing"
          ? `No configuration at "${file.path}": defaults are in force`
          : `Configuration: "${file.path}"`,
      ),
    ]),
    ...judgeMode(facts),
    ...judgeSettings(facts),
    ...judgeEnvironment(facts),
  ];
}

/** What the checker said, one finding a line. */
function judgeProblem({ code, message, hint }: Problem, path: string): DoctorCheck[] {
  const fix = `Correct "${path}"; nothing was changed`;
  if (code === "settings.syntax") {
    return [finding("config.syntax", "error", message, { fix })];
  }
  if (code !== "settings.invalid") {
    return [finding("config.file", "error", message, { fix: hint })];
  }
  return message.split("\n").map((line) =>
    finding(
      line.includes(": found an unknown key") ? "config.unknown_key" : "config.value",
      "error",
      line,
      { fix, subject: /: key "([^"]*)"/.exec(line)?.[1] ?? null },
    )
  );
}

function judgeMode({ config: { file }, folders: { home }, uid }: DoctorFacts): DoctorCheck[] {
  const { path, mode, uid: owner } = file;
  const fix = `chmod 600 ${shellWord(path)}`;
  const found: DoctorCheck[] = [];
  if (owner !== null && uid !== null && owner !== uid && owner !== 0) {
    found.push(
      finding("config.mode", "error", `"${path}" belongs to user ${owner}, ward runs as ${uid}`, {
        cause: "whoever owns the configuration decides what ward allows",
        fix: `sudo chown ${uid} ${shellWord(path)}`,
      }),
    );
  }
  if (mode === null) return found;
  const isShielded = path.startsWith(home.path + "/") && home.mode !== null &&
    (home.mode & 0o077) === 0;
  if ((mode & 0o022) !== 0) {
    found.push(
      finding(
        "config.mode",
        "error",
        `Other users can change "${path}" (mode ${octal(mode)})`,
        { cause: "nothing runs by it: who can write it decides what ward allows", fix },
      ),
    );
  } else if ((mode & 0o044) !== 0 && !isShielded) {
    found.push(
      finding("config.mode", "warning", `Other users can read "${path}" (mode ${octal(mode)})`, {
        fix,
      }),
    );
  }
  return found;
}

function judgeSettings({ settings, config, sandbox }: DoctorFacts): DoctorCheck[] {
  if (!settings) return [];
  const found: DoctorCheck[] = [];
  if (settings.allow.includes("*")) {
    found.push(
      finding(
        "commands.allow_all",
        "warning",
        'commands.allow = ["*"]: every program runs unasked',
        {
          cause: "only the sandbox then bounds what the agent runs",
          fix: `Name programs in commands.allow of "${config.file.path}"`,
        },
      ),
    );
  }
  if (settings.withoutSandbox) {
    const isOpen = sandbox.name === null;
    found.push(
      finding(
        "commands.without_sandbox",
        isOpen ? "error" : "warning",
        isOpen
          ? "Commands run unconfined, as you set: they reach all that you reach"
          : "commands.without_sandbox = true: should the sandbox fail, commands run unconfined",
        { fix: `Set commands.without_sandbox = false in "${config.file.path}"` },
      ),
    );
  }
  for (const key of config.clearText) {
    found.push(
      finding("provider.address", "warning", `${key} is not https`, {
        subject: key,
        cause: "prompts and keys can be read on the way",
        fix: `Use an https:// address for ${key} in "${config.file.path}"`,
      }),
    );
  }
  return found;
}

function judgeEnvironment({ environment }: DoctorFacts): DoctorCheck[] {
  const { removed, trusted, loader, proxies } = environment;
  const say = (
    names: readonly string[],
    severity: "info" | "warning",
    text: string,
    fix: string | null,
  ) =>
    names.length === 0 ? [] : [
      finding("environment.variables", severity, `${names.join(", ")}: ${text}`, {
        subject: names.join(","),
        fix,
      }),
    ];
  const found = [
    ...say(
      loader,
      "warning",
      "a loader variable acts on ward itself; no child gets it",
      `unset ${loader.join(" ")}`,
    ),
    ...say(
      trusted,
      "warning",
      "acts before ward's first line; you trust it in config.toml",
      "Take it out of environment.trust where it is not needed",
    ),
    ...say(
      removed,
      "info",
      "acts before ward's first line, so ward started again without it",
      null,
    ),
    ...say(proxies, "info", "proxies are not used", null),
  ];
  return found.length > 0
    ? found
    : [finding("environment.variables", "ok", "No variable acts on ward before its first line")];
}
