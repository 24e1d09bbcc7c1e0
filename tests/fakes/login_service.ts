/**
 * A login service on this machine that keeps to the protocols of the three real ones: codes are
 * bound to their challenge and good once, refresh tokens rotate and a spent one ends the login.
 */
import { createHash } from "node:crypto";
import { canaries } from "./canaries.ts";
import { type ModelService, type SeenRequest, startModelService } from "./model_service.ts";

/** What a test can change while it runs. */
export interface LoginScript {
  /** Seconds that an access token lives. @default {28800} */
  expiresInS?: number;
  /** Seconds between two polls. @default {5} */
  intervalS?: number;
  /** Address of the model service that Copilot's exchange names. */
  apiBase?: string;
  /** Answers of the device poll, one each, the last one again and again. */
  polls?: ("pending" | "slow_down" | "denied" | "expired" | "granted")[];
  /** Answers instead of the service; null: the service itself. */
  instead?: (request: SeenRequest) => Response | null | Promise<Response | null>;
}

/** The service, with what a test asks about. */
export interface LoginService extends ModelService {
  readonly script: LoginScript;
  /** Logs a user in on the page that ward's address leads to, as a browser would. */
  agree(authorizeUrl: string): { code: string; state: string; redirectUri: string };
  /** Requests to one path. */
  to(path: string): readonly SeenRequest[];
  /** Every secret it has given out or been given. */
  readonly secrets: ReadonlySet<string>;
  /** Gives out a refresh token as an earlier login would have. */
  refreshToken(): string;
}

/** Starts the service. */
export function startLoginService(script: LoginScript = {}): LoginService {
  const codes = new Map<string, { challenge: string; redirectUri: string; clientId: string }>();
  const refreshTokens = new Set<string>();
  const secrets = new Set<string>();
  let count = 0;
  const secret = (kind: string) => {
    const value = `${kind}-canary-${crypto.randomUUID()}`;
    secrets.add(value);
    canaries.plant(value);
    return value;
  };
  const newRefreshToken = () => {
    const value = secret("refresh");
    refreshTokens.add(value);
    return value;
  };
  const tokens = () => ({
    token_type: "Bearer",
    access_token: secret("access"),
    refresh_token: newRefreshToken(),
    expires_in: script.expiresInS ?? 28_800,
    scope: "user:inference",
    account: { uuid: "u", email_address: "ada@example.com" },
    organization: { uuid: "o", name: "Engines" },
  });
  const refused = (error: string, status = 400) => Response.json({ error }, { status });

  const grant = (body: Record<string, string>): Response => {
    switch (body["grant_type"]) {
      case "authorization_code": {
        const known = codes.get(body["code"] ?? "");
        codes.delete(body["code"] ?? "");
        const challenge = createHash("sha256").update(body["code_verifier"] ?? "").digest(
          "base64url",
        );
        const fits = known && known.challenge === challenge &&
          known.redirectUri === body["redirect_uri"] && known.clientId === body["client_id"];
        return fits ? Response.json(tokens()) : refused("invalid_grant");
      }
      case "refresh_token": {
        const known = refreshTokens.delete(body["refresh_token"] ?? "");
        return known ? Response.json(tokens()) : refused("invalid_grant");
      }
      case "urn:ietf:params:oauth:grant-type:device_code":
        return poll("github");
      default:
        return refused("unsupported_grant_type");
    }
  };

  const poll = (kind: "github" | "openai"): Response => {
    const polls = script.polls ?? ["granted"];
    const answer = polls[Math.min(count++, polls.length - 1)] ?? "granted";
    if (kind === "github") {
      const word = {
        pending: "authorization_pending",
        slow_down: "slow_down",
        denied: "access_denied",
        expired: "expired_token",
      };
      return answer === "granted"
        ? Response.json({ access_token: secret("github"), token_type: "bearer", scope: "" })
        // GitHub answers errors with 200.
        : refused(word[answer], 200);
    }
    switch (answer) {
      case "pending":
        return refused("authorization_pending", 403);
      case "slow_down":
        return refused("slow_down", 429);
      case "denied":
        return refused("access_denied", 403);
      case "expired":
        return refused("expired_token", 410);
      case "granted": {
        const verifier = secret("verifier");
        const code = secret("code");
        codes.set(code, {
          challenge: createHash("sha256").update(verifier).digest("base64url"),
          redirectUri: DEVICE_REDIRECT,
          clientId: "app_EMoamEEZ73f0CkXaXp7hrann",
        });
        return Response.json({ authorization_code: code, code_verifier: verifier });
      }
    }
  };

  const service = startModelService(async (request) => {
    const instead = await script.instead?.(request) ?? null;
    if (instead) return instead;
    const body = bodyOf(request);
    switch (request.path) {
      case "/token":
        return grant(body);
      case "/revoke":
        refreshTokens.delete(body["token"] ?? "");
        return Response.json({});
      case "/device": {
        const device = secret("device");
        return Response.json({
          device_code: device,
          device_auth_id: device,
          user_code: "WDJB-MJHT",
          verification_uri: `${service.url}/enter`,
          expires_in: 900,
          interval: script.intervalS ?? 5,
        });
      }
      case "/poll":
        return poll("openai");
      case "/exchange": {
        const known = secrets.has((request.headers.get("authorization") ?? "").slice(6));
        if (!known) return refused("bad_credentials", 401);
        return Response.json({
          token: secret("short"),
          expires_at: Math.floor(Date.now() / 1000) + 1500,
          endpoints: { api: script.apiBase ?? "https://api.individual.githubcopilot.com" },
        });
      }
      default:
        return new Response("not found", { status: 404 });
    }
  }, { takesBodies: true });
  return {
    ...service,
    script,
    secrets,
    refreshToken: newRefreshToken,
    to: (path) => service.requests.filter((request) => request.path === path),
    agree(authorizeUrl) {
      const { searchParams } = new URL(authorizeUrl);
      const value = (name: string) => searchParams.get(name) ?? "";
      const code = secret("code");
      codes.set(code, {
        challenge: value("code_challenge"),
        redirectUri: value("redirect_uri"),
        clientId: value("client_id"),
      });
      return { code, state: value("state"), redirectUri: value("redirect_uri") };
    },
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

/** Where OpenAI's device page hands its code, by name only. */
const DEVICE_REDIRECT = "https://auth.openai.com/deviceauth/callback";

function bodyOf({ body, headers }: SeenRequest): Record<string, string> {
  if (body === "") return {};
  return headers.get("content-type")?.startsWith("application/json")
    ? JSON.parse(body)
    : Object.fromEntries(new URLSearchParams(body));
}

/** The lines of `config.toml` that point a login at the service. */
export function loginConfig(service: LoginService, name: string): string {
  const urls: Record<string, string> = {
    claude: "authorize token revoke",
    codex: "token",
    copilot: "device token exchange",
    chatgpt: "device poll token revoke verify",
  };
  const lines = (urls[name] ?? "").split(" ").map((key) => `${key}_url = "${service.url}/${key}"`);
  return `[accounts.${name}]\n${lines.join("\n")}\n`;
}
