import type { DoctorCheck } from "../../model/report.ts";
import type { DoctorFacts, KeyFact, LoginFact, ProviderFacts } from "./facts.ts";
import { count, finding, octal, shellWord } from "./finding.ts";

/** Keys, the choice of the model, and whether its service answers. */
export function judgeProvider({ provider, config }: DoctorFacts): DoctorCheck[] {
  return [
    ...provider.keys.map((key) => judgeKey(key, config.file.path)),
    ...provider.savedProblems.map((problem) => finding("secrets.saved", "warning", problem)),
    ...provider.logins.flatMap(judgeLogin),
    ...judgeChoice(provider, config.problem !== null),
    ...judgeReach(provider),
    ...judgeOllama(provider),
  ];
}

function judgeKey(
  { provider, from, isPlain, missingVariable, missingSecret }: KeyFact,
  path: string,
): DoctorCheck {
  const id = `keys.${provider}` as const;
  if (missingVariable !== null) {
    return finding(
      id,
      "warning",
      `Key of ${provider}: the variable ${missingVariable} is not set`,
      {
        cause: "the configuration takes the key from it",
        fix: `export ${missingVariable}=…, or change api_key in "${path}"`,
      },
    );
  }
  if (missingSecret !== null) {
    return finding(id, "warning", `Key of ${provider}: no saved secret "${missingSecret}"`, {
      cause: "the configuration takes the key from it",
      fix: `ward secrets set ${missingSecret}`,
    });
  }
  if (isPlain) {
    return finding(id, "warning", `Key of ${provider}: stands in the file itself, ${from}`, {
      cause: "backups, editors and whoever reads the file get it",
      fix: `ward secrets set ${provider}, then write api_key = "keychain" in "${path}"`,
    });
  }
  return finding(id, "ok", `Key of ${provider}: from ${from}`);
}

function judgeLogin(login: LoginFact): DoctorCheck[] {
  const { id, provider, from, state, problem, mend, onlyNamed, file } = login;
  const subject = id;
  const words = {
    good: `${provider}: ${from} can be used${onlyNamed ? ` after provider = "${provider}"` : ""}`,
    due: `${provider}: ${from} is renewed at its next use`,
  };
  const isOpen = file?.kind === "file" && file.mode !== null && (file.mode & 0o077) !== 0;
  return [
    state === "good" || state === "due"
      ? finding("logins.state", "ok", words[state], { subject })
      : finding("logins.state", "warning", `${provider}: ${from} cannot be used`, {
        subject,
        cause: problem,
        fix: mend,
      }),
    ...isOpen
      ? [finding("logins.mode", "warning", `Other users can read "${file.path}"`, {
        subject: file.path,
        cause: `its mode is ${octal(file.mode ?? 0)}, and tokens are in it`,
        fix: `chmod 600 ${shellWord(file.path)}`,
      })]
      : [],
  ];
}

function judgeChoice({ choice, problem }: ProviderFacts, isBroken: boolean): DoctorCheck[] {
  if (problem) {
    return [
      finding("provider.choice", "error", `Provider: none, ${problem.message}`, {
        fix: problem.hint,
      }),
    ];
  }
  if (!choice) {
    return [
      finding("provider.choice", "info", "Provider: not known", {
        cause: isBroken
          ? "which one is set is not known while the configuration is broken"
          : "Ollama was not asked for its models (--offline)",
      }),
    ];
  }
  if (choice.protocol === "builtin") {
    return [
      finding("provider.choice", "info", `Provider: builtin, ${choice.why}`, {
        cause: "the built-in assistant knows a few tasks and no language model",
        fix:
          "ward onboard; or set ANTHROPIC_API_KEY or OPENAI_API_KEY, WARD_API_BASE for a compatible address, " +
          "or start Ollama",
      }),
    ];
  }
  return [
    finding(
      "provider.choice",
      "ok",
      `Provider: ${choice.name} with model "${choice.model}", ${choice.why}`,
    ),
  ];
}

function judgeReach({ choice, host, reach }: ProviderFacts): DoctorCheck[] {
  if (!choice || choice.protocol === "builtin") return [];
  switch (reach.type) {
    case "skipped":
      return [
        reach.isLoginDue
          ? finding("provider.reachable", "info", `${host} was not asked: its login is due`, {
            cause: "asking would renew the login, and a look changes nothing",
            fix: "`ward onboard --yes` asks, and renews it first, as every use does",
          })
          : finding("provider.reachable", "info", `${host} was not asked (--offline)`),
      ];
    case "failed": {
      const { code, message, hint } = reach.problem;
      const passes = code === "model.rate_limited";
      return [
        finding("provider.reachable", passes ? "warning" : "error", `${host}: ${message}`, {
          cause: code,
          fix: hint,
        }),
      ];
    }
    case "reached": {
      const { models } = reach;
      const found = finding("provider.reachable", "ok", `${host} answers`);
      if (models === null || models.length === 0) return [found];
      return models.includes(choice.model) ? [found] : [
        found,
        finding("provider.model", "warning", `${host} does not list the model "${choice.model}"`, {
          cause: `it lists ${count(models.length, "model")}, such as ${
            models.slice(0, 3).map((name) => `"${name.slice(0, 60)}"`).join(", ")
          }`,
          fix: "Set WARD_MODEL, or model.name in config.toml, to one that is there",
        }),
      ];
    }
  }
}

function judgeOllama({ ollama }: ProviderFacts): DoctorCheck[] {
  if (!ollama) return [];
  return [
    ollama.models === null
      ? finding("provider.ollama", "ok", `No Ollama at ${ollama.host}`)
      : finding(
        "provider.ollama",
        "ok",
        `Ollama answers at ${ollama.host} with ${count(ollama.models, "model")}`,
      ),
  ];
}
