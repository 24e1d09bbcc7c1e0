import type { OAuthReport, OAuthType } from "../../../model/services/oauth.ts";
import { type Output, paint, type Tone } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

/** Width of the first column. */
const NAME_WIDTH = 12;

const STATES: Readonly<Record<OAuthReport["state"], readonly [Tone, string]>> = {
  good: ["green", "connected"],
  due: ["green", "connected; the token is renewed when it is used"],
  stale: ["red", "stale"],
  broken: ["red", "cannot be used"],
};

/** A connection for people. */
export function formatOAuth(report: OAuthReport, output: Output): string {
  const [tone, words] = STATES[report.state];
  const detail = [
    report.scopes.length > 0 && `may ${report.scopes.join(" ")}`,
    report.domains.length > 0 && `at ${report.domains.join(", ")}`,
    report.expiresAt !== null && `until ${report.expiresAt}`,
    report.problem,
  ].filter((part) => typeof part === "string").map(revealHidden).join("; ");
  const mend = report.mend === null ? "" : `; ${report.mend}`;
  const name = revealHidden(report.name).padEnd(NAME_WIDTH);
  return `${name}${paint(output, tone, words)}${detail === "" ? "" : ` (${detail})`}${mend}\n`;
}

/** The services for people. */
export function formatProviders(
  services: readonly {
    readonly name: string;
    readonly title: string;
    readonly type: OAuthType;
    readonly scopes: readonly string[];
    readonly domains: readonly string[];
    readonly connected: boolean;
  }[],
): string {
  return services.map((one) => {
    const words = [
      `${one.title}, ${one.type}`,
      one.scopes.length > 0 ? `asks for ${one.scopes.join(" ")}` : "asks for no scope",
      `for ${one.domains.join(", ")}`,
      ...one.connected ? ["connected"] : [],
    ];
    return `${one.name.padEnd(NAME_WIDTH)}${revealHidden(words.join("; "))}\n`;
  }).join("");
}
