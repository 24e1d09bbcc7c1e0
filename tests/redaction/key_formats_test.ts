/**
 * Keys of services, by the forms that they are documented to have, in whatever they may turn up.
 * No corpus: the keys are made here, from a seed, so that no file holds one.
 */
import { equal, ok } from "node:assert/strict";
import { REDACTION_CATEGORIES } from "../../src/kernel/redaction/patterns.ts";
import { countBattery } from "../battery_count.ts";
import { redactor } from "./redaction_kit.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const ALPHABETS: Readonly<Record<string, string>> = {
  w: LETTERS + LETTERS.toUpperCase() + "0123456789",
  U: LETTERS.toUpperCase() + "0123456789",
  l: LETTERS + "0123456789",
  h: "0123456789abcdef",
  d: "0123456789",
};

/** By who gives it out; `{h40}` stands for forty hexadecimal digits, `{w…}` for letters and digits. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  "1Password": ["A3-{U6}-{U11}-{U5}-{U5}-{U5}", "ops_eyJ{w250}"],
  "42": ["s-s4t2ud-{h64}"],
  Adafruit: ["aio_abcd12{w22}"],
  Adobe: ["p8e-{h32}"],
  age: ["AGE-SECRET-KEY-1{U58}"],
  Airtable: ["pat{w14}.{h64}"],
  Alibaba: ["LTAI{w20}"],
  Amazon: ["AKIA{U16}", "ASIA{U16}", "ABSK{w109}", "bedrock-api-key-{w40}"],
  Anthropic: ["sk-ant-api03-{w93}AA", "sk-ant-admin01-{w93}AA"],
  Artifactory: ["AKCp{w69}"],
  Atlassian: ["ATATT3{w186}"],
  Authress: ["sc_{l20}.{l4}.acc_{l12}.{w40}"],
  Azure: ["a1B8Q~{w34}"],
  ClickHouse: ["4b1d{w38}"],
  Clojars: ["CLOJARS_{l60}"],
  Cloudflare: ["v1.0-{h24}-{h146}"],
  Databricks: ["dapi{h32}"],
  DigitalOcean: ["dop_v1_{h64}", "doo_v1_{h64}", "dor_v1_{h64}"],
  Discord: ["M{w23}.{w6}.{w38}"],
  Docker: ["dckr_pat_{w27}"],
  Doppler: ["dp.pt.{w43}"],
  Duffel: ["duffel_live_{w43}"],
  Dynatrace: ["dt0c01.{U24}.{U64}"],
  EasyPost: ["EZAK{w54}", "EZTK{w54}"],
  Facebook: ["EAAM{w120}"],
  Figma: ["figd_{w40}"],
  Flutterwave: ["FLWSECK_TEST-{h32}-X", "FLWPUBK_TEST-{h32}-X"],
  "Fly.io": ["fo1_{w43}", "fm2_{w200}"],
  "Frame.io": ["fio-u-{w64}"],
  GitHub: ["ghp_{w36}", "gho_{w36}", "ghs_{w36}", "ghr_{w36}", "github_pat_{w22}_{w59}"],
  GitLab: [
    "glpat-{w20}",
    "glrt-{w20}",
    "gldt-{w20}",
    "glptt-{h40}",
    "glsoat-{w20}",
    "GR1348941{w20}",
  ],
  Google: ["AIza{w35}", "GOCSPX-{w28}"],
  Grafana: ["glc_{w40}", "glsa_{w32}_{h8}"],
  Groq: ["gsk_{w52}"],
  Harness: ["pat.{w22}.{h24}.{w20}"],
  HashiCorp: ["hvs.{w95}", "hvb.{w140}", "{w14}.atlasv1.{w67}"],
  Heroku: ["HRKU-AA{w58}"],
  "Hugging Face": ["hf_{w34}", "api_org_{w34}"],
  Infracost: ["ico-{w32}"],
  LangSmith: ["lsv2_pt_{h32}_{h10}"],
  Linear: ["lin_api_{w40}"],
  Lob: ["live_{h35}"],
  Mailchimp: ["{h32}-us20"],
  Mailgun: ["key-{h32}"],
  Mapbox: ["pk.{w60}.{w22}"],
  MaxMind: ["{w6}_{w29}_mmk"],
  Netlify: ["NETLIFY_AUTH_TOKEN={w43}"],
  "New Relic": ["NRAK-{U27}"],
  Notion: ["ntn_{d11}{w35}", "secret_{w43}"],
  npm: ["npm_{w36}"],
  NuGet: ["oy2{l43}"],
  Octopus: ["API-{U26}"],
  OpenAI: ["sk-proj-{w74}T3BlbkFJ{w74}", "sk-{w20}T3BlbkFJ{w20}"],
  OpenShift: ["sha256~{w43}"],
  Perplexity: ["pplx-{w48}"],
  Plaid: ["access-production-{h8}-{h4}-{h4}-{h4}-{h12}"],
  PlanetScale: ["pscale_pw_{w43}", "pscale_tkn_{w43}"],
  Postman: ["PMAK-{h24}-{h34}"],
  Prefect: ["pnu_{l36}"],
  Pulumi: ["pul-{h40}"],
  PyPI: ["pypi-AgEIcHlwaS5vcmc{w60}"],
  ReadMe: ["rdme_{l70}"],
  Replicate: ["r8_{w37}"],
  RubyGems: ["rubygems_{h48}"],
  Sendinblue: ["xkeysib-{h64}-{l16}"],
  SendGrid: ["SG.{w22}.{w43}"],
  Sentry: ["sntryu_{h64}", "sntrys_eyJ{w60}"],
  Shippo: ["shippo_live_{h40}"],
  Shopify: ["shpat_{h32}", "shpss_{h32}"],
  Slack: [
    "xoxb-{d12}-{d12}-{w24}",
    "xapp-1-A{U10}-{d13}-{h64}",
    "hooks.slack.com/services/T{U8}/B{U8}/{w24}",
  ],
  SonarQube: ["sqp_{h40}"],
  Sourcegraph: ["sgp_{h16}_{h40}"],
  Square: ["sq0atp-{w22}", "EAAA{w60}"],
  Stripe: ["sk_live_{w24}", "rk_test_{w24}", "whsec_{w32}"],
  Supabase: ["sbp_{h40}"],
  Tailscale: ["tskey-auth-{w16}"],
  Telegram: ["{d10}:AA{w33}", "bot{d10}:AA{w33}"],
  Twilio: ["SK{h32}"],
  Typeform: ["tfp_{w44}"],
  X: ["AAAAAAAAAAAAAAAAAAAAAB{w90}"],
  xAI: ["xai-{w80}"],
  Yandex: ["AQVN{w38}"],
};

/** What a key may stand in on its way to a model. */
const CARRIERS: Readonly<Record<string, (key: string) => string>> = {
  "the output of a tool": (key) => `ok\n${key}\n2 files`,
  "an error": (key) => `Error: 401 for key ${key}, try again`,
  "a stack": (key) => `Error: ${key}\n    at send (file:///app/main.ts:12:3)`,
  "an address": (key) => `GET https://api.example/v1/send?x=1&k=${key}&y=2`,
  "an address in another": (key) =>
    `https://a.example/go?to=https%3A%2F%2Fb.example%2F%3Fk%3D${key}`,
  "a log": (key) => JSON.stringify({ at: 1, level: "warn", message: `sent\n${key}` }),
  "a coloured line": (key) => `\x1b[31m${key}\x1b[0m`,
  "a table of an export": (key) => `| key | ${key} | mine |`,
  "a message": (key) => `remember that my key is "${key}".`,
};

/** Numbers from 0 to 1, the same for each run. Source: mulberry32. */
function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A key of a form; a digit in front of each part, which random letters seldom lack. */
function make(form: string, random: () => number): string {
  return form.replaceAll(/\{(\w)(\d+)\}/g, (_, kind: string, count: string) => {
    const alphabet = ALPHABETS[kind]!;
    const rest = Array.from(
      { length: Number(count) - 1 },
      () => alphabet[Math.floor(random() * alphabet.length)],
    );
    return `7${rest.join("")}`;
  });
}

Deno.test("attack: a key of any of 80 services leaves in the output of a tool, an error, an address, a log", async (t) => {
  const random = seeded(22);
  ok(Object.keys(KEYS).length >= 80);
  const left: string[] = [];
  let tried = 0;
  for (const [service, forms] of Object.entries(KEYS)) {
    for (const form of forms) {
      for (const [carrier, carry] of Object.entries(CARRIERS)) {
        const key = make(form, random);
        const secret = key.slice(key.lastIndexOf("=") + 1);
        const text = carry(key);
        const one = redactor(REDACTION_CATEGORIES);
        const redacted = one.redact(text);
        tried++;
        if (redacted.includes(secret)) left.push(`${service} in ${carrier}: ${redacted}`);
        equal(one.restore(redacted), text);
      }
    }
  }
  equal(left.join("\n"), "");
  await countBattery(t, {
    battery: "secrets in text",
    verb: "hidden",
    held: tried - left.length,
    tried,
  });
});

/** How languages and files name a value. */
const DECLARATIONS: readonly string[] = [
  "{n}={s}",
  "{n} = {s}",
  '{n}="{s}"',
  "{n}: {s}",
  "{n}: '{s}'",
  "export {n}={s}",
  "{n}1={s}",
  "{n}_2: {s}",
  '{\n  "{n}": "{s}"\n}',
  '{"config.ini": "{n}={s}\\nBACKUP=true"}',
  'string {n} = "{s}";',
  'var {n} string = "{s}"',
  "{n} := `{s}`",
  'const {n}: string = "{s}";',
  'val {n}: String = "{s}"',
  'const {n}: &str = "{s}";',
  `static {n}: &'static str = "{s}";`,
  '${n} .= "{s}";',
  '{n} ??= "{s}"',
  '{n} ||= "{s}"',
  '{n} ?= "{s}"',
  '{n} += "{s}"',
  '{n} ::= "{s}"',
  '{n} :::= "{s}"',
  '"{n}" => "{s}"',
  'System.setProperty("{n}", "{s}")',
  "<{n}>{s}</{n}>",
  "<{n}>\n    {s}\n</{n}>",
  '<add key="{n}" value="{s}" />',
  '{"name": "{n}", "value": "{s}"}',
  "- name: {n}\n  value: {s}",
  "curl --{n} {s}".replace("--{n} ", "-u ward:"),
  "curl -s \\\n  --user 'ward:{s}' https://a.example",
  "curl -H 'Authorization: {s}'",
];

Deno.test("attack: a value with no form of its own, named in any language, leaves", async (t) => {
  const left: string[] = [];
  let tried = 0;
  for (const name of ["vendorToken", "VENDOR_API_KEY", "db_password", "client_secret"]) {
    for (const declaration of DECLARATIONS) {
      const secret = `q7${name.length}kz0pw4m9xv2t8rj`;
      const text = declaration.replaceAll("{n}", name).replaceAll("{s}", secret);
      const one = redactor();
      const redacted = one.redact(text);
      tried++;
      if (redacted.includes(secret)) left.push(redacted);
      equal(one.restore(redacted), text);
    }
  }
  equal(left.join("\n"), "");
  await countBattery(t, {
    battery: "secrets in text",
    verb: "hidden",
    held: tried - left.length,
    tried,
  });
});

Deno.test("what only looks like a key or a declaration of one stays", () => {
  for (
    const text of [
      "List<Token> tokens = new List<Token>();\nMap<Token> getTokens()",
      '["token", "password", "username2000"]',
      '("password", "username")',
      "interface Login { password?: Text }",
      "The value of a token is told by its owner",
      "aio_bh_schedule_oneshot_full(context)",
      "4b1d" + "0".repeat(36) + " and 4b1d" + "a".repeat(60),
      "curl -u https://a.example:8080/",
      "task-runner, risk-assessment-of-models, disk-0123456789abcdefghij",
    ]
  ) equal(redactor(["api_keys", "tokens", "passwords", "jwt_tokens"]).redact(text), text);
});

Deno.test("of lines of code and of prose not one in a hundred is changed", async (t) => {
  const root = new URL("../../", import.meta.url);
  const lines = new Set<string>();
  for (const folder of ["docs/", "src/kernel/", "src/model/", "src/surfaces/"]) {
    for (const file of textsBelow(new URL(folder, root))) {
      for (const line of Deno.readTextFileSync(file).split("\n")) {
        if (line.trim().length > 20) lines.add(line);
      }
    }
  }
  const some = [...lines].filter((_, at) => at % 8 === 0);
  ok(some.length >= 2000, String(some.length));
  const secrets = REDACTION_CATEGORIES.filter((name) => !/cards|emails|ip_/.test(name));
  const changed = some.filter((line) => redactor(secrets).redact(line) !== line);
  await t.step(`benign lines changed: ${changed.length} of ${some.length}`, () => {
    ok(changed.length <= some.length * 0.01, changed.slice(0, 20).join("\n"));
  });
});

/** Sources and pages. */
function textsBelow(folder: URL): URL[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? textsBelow(new URL(`${name}/`, folder))
      : /\.(?:ts|md)$/.test(name)
      ? [new URL(name, folder)]
      : []
  );
}
