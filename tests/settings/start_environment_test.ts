import assert from "node:assert/strict";
import {
  type EnvironmentAccess,
  hostileStartVariables,
  takeEnvironment,
} from "../../src/host/process/start_environment.ts";

function access(
  variables: Record<string, string>,
  credentials: Record<string, string> = {},
): EnvironmentAccess & { log: string[] } {
  const log: string[] = [];
  return {
    log,
    toObject: () => ({ ...variables }),
    delete: (name) => log.push(`delete ${name}`),
    revoke: () => log.push("revoke"),
    credentials: () => credentials,
  };
}

function take(variables: Record<string, string>, options: {
  trusted?: string[];
  references?: string[];
  credentials?: Record<string, string>;
} = {}) {
  const env = access(variables, options.credentials);
  const start = takeEnvironment({
    access: env,
    providerVariables: ["OPENAI_API_KEY"],
    configure: () => {
      env.log.push("configure");
      return { trusted: options.trusted ?? [], references: options.references ?? [] };
    },
  });
  return { start, log: env.log };
}

Deno.test("takeEnvironment takes what ward knows and what the configuration names, frozen", () => {
  const { start, log } = take({
    HOME: "/h",
    LC_TIME: "C",
    WARD_MODEL: "m",
    OPENAI_API_KEY: "k",
    LAB_KEY: "l",
    AWS_SECRET_ACCESS_KEY: "not named",
  }, { references: ["LAB_KEY"] });
  assert.deepEqual(start.variables, {
    HOME: "/h",
    LC_TIME: "C",
    WARD_MODEL: "m",
    OPENAI_API_KEY: "k",
    LAB_KEY: "l",
  });
  assert.ok(Object.isFrozen(start.variables));
  assert.equal(start.restart, null);
  assert.deepEqual(log, ["revoke", "configure"]);
});

Deno.test("attack: proxies are taken out in both cases, before anything else runs", () => {
  const { start, log } = take({ HTTP_PROXY: "x", https_proxy: "x", no_proxy: "x", HOME: "/h" });
  assert.deepEqual(log, [
    "delete HTTP_PROXY",
    "delete https_proxy",
    "delete no_proxy",
    "revoke",
    "configure",
  ]);
  assert.deepEqual(start.proxies, ["HTTP_PROXY", "https_proxy", "no_proxy"]);
  assert.equal(start.restart, null);
});

Deno.test("attack: variables that act before the first line make ward start again without them", () => {
  const { start } = take({
    HOME: "/h",
    OTHER: "kept for the new process",
    ALL_PROXY: "x",
    OTEL_DENO: "true",
    DENO_CERT: "/tmp/ca.pem",
    NODE_EXTRA_CA_CERTS: "/tmp/ca.pem",
    LD_PRELOAD: "/tmp/x.so",
  }, { trusted: ["NODE_EXTRA_CA_CERTS"] });
  assert.deepEqual(start.restart, {
    names: ["DENO_CERT", "OTEL_DENO"],
    environment: {
      HOME: "/h",
      OTHER: "kept for the new process",
      NODE_EXTRA_CA_CERTS: "/tmp/ca.pem",
      LD_PRELOAD: "/tmp/x.so",
      WARD_REMOVED_VARIABLES: "DENO_CERT,OTEL_DENO,ALL_PROXY",
    },
  });
  assert.deepEqual(start.trusted, ["NODE_EXTRA_CA_CERTS"]);
  assert.deepEqual(start.loader, ["LD_PRELOAD"]);
});

Deno.test("the process that was started again knows what was removed, and is done", () => {
  const { start } = take({ WARD_REMOVED_VARIABLES: "DENO_CERT,OTEL_DENO,\x1b[2J", HOME: "/h" });
  assert.deepEqual(start.removed, ["DENO_CERT", "OTEL_DENO"]);
  assert.deepEqual(start.variables, { HOME: "/h" });
  assert.equal(start.restart, null);
});

Deno.test("hostileStartVariables: telemetry, certificates, flags and whatever Deno adds", () => {
  const hostile = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "DENO_TLS_CA_STORE",
    "DENO_V8_FLAGS",
    "DENO_PERMISSION_BROKER_PATH",
    "DENO_COMPAT",
    "DENO_INTERNAL_CHILD_ENTRYPOINT",
    "DENO_SOMETHING_NEW",
    "NODE_OPTIONS",
    "NODE_CHANNEL_FD",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "SSLKEYLOGFILE",
    "RUST_LOG",
  ];
  assert.deepEqual(hostileStartVariables(hostile, []), [...hostile].sort());
  assert.deepEqual(hostileStartVariables(hostile, hostile), []);
  const harmless = [
    "DENO_DIR",
    "NODE_ENV",
    "NO_COLOR",
    "INIT_CWD",
    "PATH",
    "npm_config_user_agent",
  ];
  assert.deepEqual(hostileStartVariables(harmless, []), []);
});

Deno.test("SSL_CERT_FILE acts only once the system's store is trusted", () => {
  const present = ["DENO_TLS_CA_STORE", "SSL_CERT_FILE"];
  assert.deepEqual(hostileStartVariables(["SSL_CERT_FILE"], []), []);
  assert.deepEqual(hostileStartVariables(present, []), ["DENO_TLS_CA_STORE"]);
  assert.deepEqual(hostileStartVariables(present, ["DENO_TLS_CA_STORE"]), ["SSL_CERT_FILE"]);
  assert.deepEqual(hostileStartVariables(present, present), []);
});

Deno.test("credentials of a service manager count as variables of ward, and reach no program", () => {
  const { start } = take({ OPENAI_API_KEY: "old", PATH: "/bin" }, {
    credentials: {
      OPENAI_API_KEY: "from a file",
      WARD_ENCRYPTION_KEY: "passphrase",
      LD_PRELOAD: "/x.so",
      OTHER: "x",
    },
    references: [],
  });
  assert.deepEqual({ ...start.variables }, {
    OPENAI_API_KEY: "from a file",
    PATH: "/bin",
    WARD_ENCRYPTION_KEY: "passphrase",
  });
  assert.equal(start.lookup("WARD_ENCRYPTION_KEY"), undefined);
  assert.equal(start.restart, null);
  assert.deepEqual(start.loader, []);
});
