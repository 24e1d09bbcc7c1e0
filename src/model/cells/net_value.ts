import type { NetAccess } from "./permission.ts";

/**
 * What a grant of kind net holds: a host for reading (`example.com`, `example.com:8080`); for what
 * sends something the method before it (`POST example.com`), and the credentials after it
 * (`GET api.example.com as work`). A grant covers what it says, and nothing wider.
 */
export function netValueOf({ host, method, sends, profile }: NetAccess): string {
  const words = sends || profile !== undefined ? `${method} ${host}` : host;
  return profile === undefined ? words : `${words} as ${profile}`;
}

/** The host of such a value, as the runtime's list takes it. */
export function hostOfNetValue(value: string): string {
  const words = value.split(" ");
  return words.length === 1 ? value : words[1] ?? "";
}
