/**
 * The first thing the process does: takes the variables ward knows into a plain record, takes the
 * proxies out of the environment, and gives up the right to read it.
 *
 * Some variables act before our first line (telemetry, certificates, runtime flags). When one is
 * set that the configuration does not confirm, the caller starts ward again without it
 * (`restart.ts`). Loader variables (LD_PRELOAD) cannot be undone by the process they act on: they
 * are named by doctor and reach no child, since every child starts with a cleared environment.
 */
import { readCredentials } from "./credentials.ts";

/** The part of `Deno.env` and `Deno.permissions` that is used. */
export interface EnvironmentAccess {
  toObject(): Record<string, string>;
  delete(name: string): void;
  /** Values that a service manager put into files, by the names of the variables they stand for. */
  credentials(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
  /** Gives up the right to read and change variables, for the rest of the process. */
  revoke(): void;
}

/** What the process was started with. */
export interface StartEnvironment {
  /** Variables ward knows, and those the configuration names. */
  readonly variables: Readonly<Record<string, string>>;
  /** Any other variable by name, for a grant that passes it to programs. */
  lookup(name: string): string | undefined;
  /** Hostile variables the configuration confirms; they stay. */
  readonly trusted: readonly string[];
  /** Hostile variables an earlier start took out: for `status`, `doctor` and the notice. */
  readonly removed: readonly string[];
  /** Loader variables in force. */
  readonly loader: readonly string[];
  /** Proxy variables that were taken out. */
  readonly proxies: readonly string[];
  /** Set when ward must start again: what to leave out, and the environment without it. */
  readonly restart: {
    readonly names: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
  } | null;
}

/** Names ward reads, besides the provider keys and what the configuration names. */
const KNOWN_VARIABLES: ReadonlySet<string> = new Set([
  "HOME",
  "USER",
  "LOGNAME",
  "PATH",
  "LANG",
  "TZ",
  "TERM",
  "NO_COLOR",
  "COLUMNS",
  "INIT_CWD",
  "XDG_RUNTIME_DIR",
  "DBUS_SESSION_BUS_ADDRESS",
]);

/** Prefixes of names ward reads. */
const KNOWN_PREFIXES = ["WARD_", "LC_"];

const PROXY_VARIABLES: ReadonlySet<string> = new Set(
  ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [
    name,
    name.toLowerCase(),
  ]),
);

/** Carries the names that were taken out, proxies too, to the process that is started again. */
const REMOVED_VARIABLE = "WARD_REMOVED_VARIABLES";

/**
 * Takes the variables and closes the environment.
 *
 * @param inputs `providerVariables`: names of provider keys and addresses. `configure` reads the
 * configuration with the variables known so far; it answers what may stay and which further names
 * the file takes secrets from.
 * @throws What `configure` throws, with the environment already closed.
 */
export function takeEnvironment(inputs: {
  access: EnvironmentAccess;
  providerVariables: readonly string[];
  configure(variables: Readonly<Record<string, string>>): {
    trusted: readonly string[];
    references: readonly string[];
  };
}): StartEnvironment {
  const { access } = inputs;
  const all = access.toObject();
  const names = Object.keys(all);
  const proxies = names.filter((name) => PROXY_VARIABLES.has(name));
  for (const name of proxies) access.delete(name);
  access.revoke();

  // What acts before our first line is not among them: they are only read here.
  const values = { ...all, ...access.credentials(all) };
  const own = new Set(inputs.providerVariables);
  const isKnown = (name: string) =>
    name !== REMOVED_VARIABLE && (KNOWN_VARIABLES.has(name) || own.has(name) ||
      KNOWN_PREFIXES.some((prefix) => name.startsWith(prefix)));
  const take = (known: (name: string) => boolean) =>
    Object.freeze(
      Object.fromEntries(
        Object.keys(values).filter(known).map((name) => [name, values[name] ?? ""]),
      ),
    );

  const { trusted, references } = inputs.configure(take(isKnown));
  const referenced = new Set(references);
  const variables = take((name) => isKnown(name) || referenced.has(name));
  const before = (all[REMOVED_VARIABLE] ?? "").split(",").filter((name) => /^\w+$/.test(name));
  const removed = before.filter((name) => !PROXY_VARIABLES.has(name));
  const hostile = hostileStartVariables(names, trusted);
  return {
    variables,
    lookup: (name) => Object.hasOwn(all, name) ? all[name] : undefined,
    trusted: hostileStartVariables(names, []).filter((name) => !hostile.includes(name)),
    removed,
    loader: names.filter(isLoaderVariable),
    proxies: [...new Set([...proxies, ...before.filter((name) => PROXY_VARIABLES.has(name))])],
    restart: hostile.length === 0 ? null : {
      names: hostile,
      environment: {
        ...Object.fromEntries(
          names.filter((name) => !hostile.includes(name) && !PROXY_VARIABLES.has(name))
            .map((name) => [name, all[name] ?? ""]),
        ),
        [REMOVED_VARIABLE]: [...new Set([...removed, ...hostile, ...proxies])].join(","),
      },
    },
  };
}

/** Names of the `NODE_*` family that Deno acts on by itself. */
const HOSTILE_NODE = new Set([
  "NODE_EXTRA_CA_CERTS",
  "NODE_USE_SYSTEM_CA",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "NODE_USE_ENV_PROXY",
  "NODE_OPTIONS",
  "NODE_CHANNEL_FD",
  "NODE_CHANNEL_SERIALIZATION_MODE",
  "NODE_UNIQUE_ID",
  "NODE_V8_COVERAGE",
  "NODE_DEBUG_NATIVE",
  "NODE_ICU_DATA",
]);

/** Read by libraries inside Deno: TLS keys to a file, logs of requests. */
const HOSTILE_OTHER = new Set(["SSLKEYLOGFILE", "RUST_LOG", "OPENSSL_CONF"]);

/** Certificates of the system's store: they act only when that store is switched on. */
const SYSTEM_STORE = new Set(["SSL_CERT_FILE", "SSL_CERT_DIR"]);

/**
 * `DENO_*` names that only say where caches are or what is printed. Any other one counts as
 * hostile, so that a variable of a later Deno is not let through.
 */
const HARMLESS_DENO = new Set([
  "DENO_DIR",
  "DENO_INSTALL",
  "DENO_INSTALL_ROOT",
  "DENO_JOBS",
  "DENO_NO_PROMPT",
  "DENO_NO_UPDATE_CHECK",
  "DENO_TRACE_PERMISSIONS",
  "DENO_VERSION",
]);

/**
 * Variables that act on the runtime before ward's first line.
 *
 * Source: the names in the Deno 2.4.2 and 2.9.6 binaries.
 *
 * @param present Names that are set.
 * @param trusted Names that `environment.trust` lets stay.
 */
export function hostileStartVariables(
  present: readonly string[],
  trusted: readonly string[],
): string[] {
  const usesSystemStore = trusted.some((name) =>
    (name === "DENO_TLS_CA_STORE" || name === "NODE_USE_SYSTEM_CA") && present.includes(name)
  );
  return present.filter((name) =>
    !trusted.includes(name) && (
      name.startsWith("OTEL_") ||
      (name.startsWith("DENO_") && !HARMLESS_DENO.has(name)) ||
      HOSTILE_NODE.has(name) || HOSTILE_OTHER.has(name) ||
      (usesSystemStore && SYSTEM_STORE.has(name))
    )
  ).sort();
}

/** Variables of the loader and the allocator: whatever they name runs in ward's own process. */
function isLoaderVariable(name: string): boolean {
  return name.startsWith("LD_") || name.startsWith("DYLD_") || name === "GLIBC_TUNABLES";
}

/** `Deno.env` and its permission. */
export function processEnvironment(): EnvironmentAccess {
  return {
    toObject: () => Deno.env.toObject(),
    delete: (name) => Deno.env.delete(name),
    credentials: readCredentials,
    revoke: () => {
      Deno.permissions.revokeSync({ name: "env" });
    },
  };
}
