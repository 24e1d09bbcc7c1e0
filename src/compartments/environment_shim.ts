/**
 * Puts an empty environment where the SDKs look for one. The thread has no `env` permission, so
 * each of their look-ups would throw; with this they find nothing. It must run before an SDK is
 * loaded: the entry imports it first and everything else dynamically.
 */
const nothing = {
  get: (): undefined => undefined,
  has: (): boolean => false,
  toObject: (): Record<string, string> => ({}),
  set(): void {},
  delete(): void {},
};

const process = (globalThis as { process?: object }).process;
if (process) Object.defineProperty(process, "env", { value: {}, configurable: true });
Object.defineProperty(Deno, "env", { value: nothing, configurable: true });
