/**
 * Fields that a service or a model may refuse. Services copy each other more or less and say only
 * in a refusal what they do not take; it is learned once, and no call is lost to it. A refusal with
 * the same words may mean another thing: only what makes another request is tried, and only what
 * the service then accepts is kept.
 */
import { isOverflow } from "../overflow.ts";

/** What a field may be: the wished value first, what is tried after a refusal later. */
export interface FieldChoice<V> {
  readonly values: readonly [V, ...V[]];
  /** Words of a refusal that mean this field. */
  readonly named: RegExp;
}

/** Steps that each field has gone along its choices. */
type Steps<F> = ReadonlyMap<keyof F, number>;

/** How a model is spoken to; it learns from refusals. */
export class Dialect<F extends object> {
  readonly #choices: { readonly [K in keyof F]: FieldChoice<F[K]> };
  #steps: Steps<F> = new Map();

  constructor(choices: { readonly [K in keyof F]: FieldChoice<F[K]> }) {
    this.#choices = choices;
  }

  /** The fields as they are sent now. */
  get fields(): F {
    return this.#fieldsAt(this.#steps);
  }

  /**
   * Sends, and again after a refusal that names a field with another choice that makes another
   * body; what was accepted in the end is kept. Each field has an end of choices, so asking again
   * ends.
   *
   * @param bodyOf The body with these fields. Pure.
   * @throws What `send` throws, unchanged.
   */
  async send<B, R>(bodyOf: (fields: F) => B, send: (body: B) => Promise<R>): Promise<R> {
    for (let steps = this.#steps;;) {
      const body = bodyOf(this.#fieldsAt(steps));
      try {
        const accepted = await send(body);
        this.#keep(steps);
        return accepted;
      } catch (error) {
        const refusal = refusalOf(error);
        const next = refusal === null ? null : this.#next(steps, refusal, bodyOf);
        if (next === null) throw error;
        steps = next;
      }
    }
  }

  /** What to try after a refusal; null: nothing that would be another request. */
  #next(steps: Steps<F>, refusal: string, bodyOf: (fields: F) => unknown): Steps<F> | null {
    const textAt = (at: Steps<F>) => JSON.stringify(bodyOf(this.#fieldsAt(at)));
    for (const name of Object.keys(this.#choices) as (keyof F)[]) {
      const { values, named } = this.#choices[name];
      const step = (steps.get(name) ?? 0) + 1;
      if (step >= values.length || !named.test(refusal)) continue;
      const next = new Map(steps).set(name, step);
      if (textAt(next) !== textAt(steps)) return next;
    }
    return null;
  }

  /** Calls side by side may each have learned something. */
  #keep(steps: Steps<F>): void {
    const known = new Map(this.#steps);
    for (const [name, step] of steps) known.set(name, Math.max(step, known.get(name) ?? 0));
    this.#steps = known;
  }

  #fieldsAt(steps: Steps<F>): F {
    const names = Object.keys(this.#choices) as (keyof F)[];
    return Object.fromEntries(names.map((name) => {
      const { values } = this.#choices[name];
      return [name, values[steps.get(name) ?? 0] ?? values[0]];
    })) as F;
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
