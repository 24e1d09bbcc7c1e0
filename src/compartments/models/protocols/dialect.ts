/**
 * Fields that a service or a model may refuse. Services copy each other more or less and say only
 * in a refusal what they do not take; it is learned once, and no call is lost to it.
 */
import { isOverflow } from "../overflow.ts";

/** What a field may be: the wished value first, what is tried after a refusal later. */
export interface FieldChoice<V> {
  readonly values: readonly [V, ...V[]];
  /** Words of a refusal that mean this field. */
  readonly named: RegExp;
}

/** How a model is spoken to; it learns from refusals. */
export class Dialect<F extends object> {
  readonly #choices: { readonly [K in keyof F]: FieldChoice<F[K]> };
  readonly #steps = new Map<keyof F, number>();

  constructor(choices: { readonly [K in keyof F]: FieldChoice<F[K]> }) {
    this.#choices = choices;
  }

  /** The fields as they are sent now. */
  get fields(): F {
    const names = Object.keys(this.#choices) as (keyof F)[];
    return Object.fromEntries(names.map((name) => [name, this.#valueOf(name)])) as F;
  }

  /**
   * Sends, and again after a refusal that names a field with another choice. Each field has an
   * end of choices, so asking again ends.
   *
   * @throws What `send` throws, unchanged.
   */
  async send<R>(send: (fields: F) => Promise<R>): Promise<R> {
    for (;;) {
      const used = this.fields;
      try {
        return await send(used);
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal === null || !this.#learn(used, refusal)) throw error;
      }
    }
  }

  /** @returns Whether something else can be sent now. */
  #learn(used: F, refusal: string): boolean {
    for (const name of Object.keys(this.#choices) as (keyof F)[]) {
      const { values, named } = this.#choices[name];
      if (!named.test(refusal)) continue;
      // Another call may have learned it in the meantime.
      if (used[name] !== this.#valueOf(name)) return true;
      const step = (this.#steps.get(name) ?? 0) + 1;
      if (step >= values.length) continue;
      this.#steps.set(name, step);
      return true;
    }
    return false;
  }

  #valueOf<K extends keyof F>(name: K): F[K] {
    const { values } = this.#choices[name];
    return values[this.#steps.get(name) ?? 0] ?? values[0];
  }
}

/** One dialect for each model: what a service takes differs between its models. */
export function dialects<F extends object>(
  make: (model: string) => Dialect<F>,
): (model: string) => Dialect<F> {
  const known = new Map<string, Dialect<F>>();
  return (model) => {
    let dialect = known.get(model);
    if (!dialect) known.set(model, dialect = make(model));
    return dialect;
  };
}

/** Text of a refusal of the request's form; null for every other failure. */
function refusalOf(error: unknown): string | null {
  const { status, message, error: body } = (error ?? {}) as Record<string, unknown>;
  if (status !== 400 && status !== 422) return null;
  const text = `${String(message)} ${JSON.stringify(body ?? "")}`;
  // "input and `max_tokens` exceed the window" names a field and means another thing.
  return isOverflow(text) ? null : text;
}
