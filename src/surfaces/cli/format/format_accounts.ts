import type { LoginReport } from "../../../model/services/account.ts";
import { type Output, paint, type Tone } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

/** Width of the first column. */
const NAME_WIDTH = 10;

const STATES: Readonly<Record<LoginReport["state"], readonly [Tone, string]>> = {
  none: ["yellow", "not logged in"],
  good: ["green", "logged in"],
  due: ["green", "logged in; the token is renewed when it is used"],
  stale: ["red", "stale"],
  broken: ["red", "cannot be read"],
};

/** A login for people. */
export function formatLogin(report: LoginReport, output: Output): string {
  const [tone, words] = STATES[report.state];
  const rows: [string, string][] = [
    ["login", `${report.title}: ${paint(output, tone, words)}`],
    ...report.account === null ? [] : [["account", report.account] as [string, string]],
    ...report.organization === null ? [] : [["team", report.organization] as [string, string]],
    ...report.expiresAt === null ? [] : [["until", report.expiresAt] as [string, string]],
    ...report.renewalOff === null ? [] : [["renewing", off(report.renewalOff)] as [string, string]],
    ["kept in", report.place],
    ...report.problem === null ? [] : [["problem", report.problem] as [string, string]],
    ...report.mend === null ? [] : [["next", report.mend] as [string, string]],
  ];
  return rows.map(([name, value], at) =>
    // The first row is painted; the others hold words of others.
    `${name.padEnd(NAME_WIDTH)}${at === 0 ? value : revealHidden(value)}\n`
  ).join("");
}

function off(variable: string): string {
  return `off (${variable})`;
}

/** `ward connect status` for people. */
export function formatConnections(
  { logins, keys }: {
    logins: readonly LoginReport[];
    keys: readonly { name: string; kept: "keychain" | "file" }[];
  },
  output: Output,
): string {
  const marks = {
    none: "[-]",
    good: "[+]",
    due: "[+]",
    stale: "[!]",
    broken: "[!]",
  } as const;
  const loginLines = logins.map((login) => {
    const [tone, words] = STATES[login.state];
    const detail = [
      login.account,
      login.expiresAt && `until ${login.expiresAt}`,
      login.problem ?? (login.renewalOff && `renewing is ${off(login.renewalOff)}`),
    ]
      .filter(Boolean).map((part) => revealHidden(part ?? "")).join(", ");
    const mend = login.mend === null ? "" : `; ${login.mend}`;
    return `${marks[login.state]} ${login.name.padEnd(NAME_WIDTH)}${paint(output, tone, words)}` +
      `${detail === "" ? "" : ` (${detail})`}${mend}\n`;
  });
  const keyLines = keys.map(({ name, kept }) =>
    `[+] ${revealHidden(name).padEnd(NAME_WIDTH)}key in ${
      kept === "keychain" ? "the keychain" : "secrets.enc"
    }\n`
  );
  return [...loginLines, ...keyLines].join("");
}
