/** Builders of keys: a schema of zod with its texts. */
import * as z from "zod";

/** What the documentation and the errors say of a key. */
export interface KeyText {
  /** One sentence for people. */
  readonly description: string;
  /** What is allowed, as the errors print it: `a whole number from 1 to 10000`. */
  readonly allowed: string;
  /** The default in words, where the value alone does not say it. */
  readonly defaultText?: string | undefined;
  /** Never shown, in no message. */
  readonly secret?: boolean | undefined;
  /** A value to begin with, for `ward config example`, where there is no default. */
  readonly example?: string | readonly string[] | undefined;
  /** What a value opens, in a sentence; null: nothing. A change that opens something is asked about. */
  readonly opens?: ((value: unknown) => string | null) | undefined;
}

/** Texts by schema; zod's own `meta` would carry them into JSON schemas made elsewhere. */
export const keyTexts: z.core.$ZodRegistry<KeyText> = z.registry<KeyText>();

/** Gives a schema its texts. */
export function key<S extends z.ZodType>(schema: S, text: KeyText): S {
  keyTexts.add(schema, text);
  return schema;
}

/*
 * What many keys have in common is made once: a process makes these before its first answer, and a
 * schema takes some ten microseconds. Texts are given to what is made around them, never to them.
 */
const INTEGER = z.int();
const NUMBER = z.number();
const WORD = z.string().trim().min(1);
const FLAG = z.boolean();
const ADDRESS = z.string().trim().refine(isAddress);

/** A whole number with a default. */
export function whole(
  min: number,
  max: number,
  standard: number,
  description: string,
): z.ZodDefault<z.ZodNumber> {
  return key(NUMBER.check(INTEGER, z.gte(min), z.lte(max)).default(standard), {
    description,
    allowed: `a whole number from ${min} to ${max}`,
  });
}

/** Yes or no, with a default. */
export function flag(
  standard: boolean,
  text: Omit<KeyText, "allowed">,
): z.ZodDefault<z.ZodBoolean> {
  return key(FLAG.default(standard), { ...text, allowed: "true, false" });
}

/** A table of names. @param entry What stands under one; made when a file has one, as most do not. */
export function named<V extends z.ZodType>(
  name: z.ZodString,
  entry: () => V,
): z.ZodPrefault<z.ZodRecord<z.ZodString, z.ZodLazy<V>>> {
  return z.record(name, z.lazy(entry)).prefault({});
}

const DOLLARS = z.number().min(0).max(1_000_000);

/** Dollars; 0 by default. */
export function money(description: string): z.ZodDefault<z.ZodNumber> {
  return key(DOLLARS.default(0), {
    description,
    allowed: "a number from 0 to 1000000",
  });
}

/** A list of words. @param opens What the list opens, in a sentence. */
export function words(
  standard: readonly string[],
  allowed: string,
  description: string,
  opens?: (words: readonly string[]) => string | null,
): z.ZodDefault<z.ZodArray<z.ZodString>> {
  const word = key(WORD.clone(), { description, allowed });
  return key(z.array(word).default([...standard]), {
    description,
    allowed: `a list: ${allowed}`,
    // One that stands in a table of names is not there before the name is.
    opens: opens && ((value) => value === undefined ? null : opens(value as string[])),
  });
}

const VARIABLE = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/;

/** How a saved secret is written. */
export const SAVED = /^keychain(?::([a-z0-9][a-z0-9_-]{0,63}))?$/;

/** A secret as written: where it is saved, the variable that holds it, or the value itself. */
export type SecretSetting =
  /** `name`: as in `ward secrets`; null: the provider's. */
  | { readonly type: "saved"; readonly name: string | null }
  | { readonly type: "variable"; readonly name: string }
  | { readonly type: "plain"; readonly value: string };

const SECRET = WORD
  .refine((value) => !/^keychain(?:$|:)/.test(value) || SAVED.test(value))
  .refine((value) => !value.includes("${") || VARIABLE.test(value))
  .transform((value): SecretSetting => {
    const saved = SAVED.exec(value);
    if (saved) return { type: "saved", name: saved[1] ?? null };
    const name = VARIABLE.exec(value)?.[1];
    return name === undefined ? { type: "plain", value } : { type: "variable", name };
  });

/** A key of a service. */
export const secret = (description: string): z.ZodOptional<typeof SECRET> =>
  key(SECRET.optional(), {
    description,
    allowed: '"keychain" or "keychain:name" for a saved secret, "${NAME}" for a variable, or ' +
      "the key itself",
    secret: true,
    example: "keychain",
  });

const KEPT = SECRET.refine((value: SecretSetting) => value.type !== "plain");

/** A secret that must not stand in the file itself. */
export const kept = (description: string): ReturnType<typeof secret> =>
  key(KEPT.optional(), {
    description,
    allowed: '"keychain" or "keychain:name" for a saved secret, or "${NAME}" for a variable; ' +
      "never the secret itself",
    secret: true,
    example: "keychain",
  });

/** An address of a service. */
export const address = (description: string): z.ZodOptional<z.ZodString> =>
  key(ADDRESS.optional(), {
    description,
    allowed: "an http:// or https:// address without a user name in it",
    defaultText: "the provider's own",
    example: "https://models.example/v1",
  });

/** A text that is not empty. */
export const text = (
  description: string,
  defaultText: string,
  example: string,
): z.ZodOptional<z.ZodString> =>
  key(WORD.optional(), {
    description,
    allowed: "a text that is not empty",
    defaultText,
    example,
  });

/** Whether a text is an http or https address without a user name in it. */
export function isAddress(value: string): boolean {
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) return false;
  const url = new URL(value);
  return url.username === "" && url.password === "" && url.hostname !== "";
}
