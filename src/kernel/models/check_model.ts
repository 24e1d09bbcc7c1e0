/**
 * Whether a model that a person typed is one of its service's. Pure.
 *
 * A typo is told, never replaced. Only what is close to a listed id counts as one: services take
 * ids that they do not list (previews, snapshots, fine-tunes), and those are their own to refuse.
 */
import { UsageError } from "../../base/app_error.ts";
import { nearest, nearestWords } from "../settings/nearest.ts";

/** Names at most in one hint. */
const MOST_NAMED = 5;

/**
 * Checks a model against the list of its service.
 *
 * @param model As typed, without its provider.
 * @param listed Ids of the service.
 * @param provider Name of the provider, for the message.
 * @param names Names of all providers: one of them may have been meant before the slash.
 * @throws {UsageError} `provider.unknown_model` or `provider.unknown`, with what was meant.
 */
export function checkModel(
  model: string,
  listed: readonly string[],
  provider: string,
  names: readonly string[],
): void {
  if (listed.length === 0 || isListed(model, listed)) return;
  const [maker = "", ...rest] = model.split("/");
  const isMaker = listed.some((id) => id.startsWith(`${maker}/`));
  const meant = rest.length > 0 && !isMaker ? nearest(maker, names) : null;
  if (meant !== null) {
    throw new UsageError("provider.unknown", `There is no provider "${maker}"`, {
      hint: `Did you mean ${[meant, ...rest].join("/")}?`,
    });
  }
  const near = nearestWords(model, listed).slice(0, MOST_NAMED);
  if (near.length === 0) return;
  const refs = near.map((id) => `${provider}/${id}`);
  const [first, ...more] = refs;
  throw new UsageError("provider.unknown_model", `${provider} has no model "${model}"`, {
    hint: `Did you mean ${first}?${more.length > 0 ? ` Close too: ${more.join(", ")}.` : ""} ` +
      `What is not listed can be set in config.toml: ward config set model.name <id>`,
  });
}

/** Whether a model is listed as it is, or by a form that services take for it. */
export function isListed(model: string, listed: readonly string[]): boolean {
  if (listed.includes(model)) return true;
  // An alias of a dated snapshot, and Ollama's tag that may be left out.
  const isForm = (id: string) =>
    id.startsWith(model) && /^(-\d{8}|-\d{4}-\d{2}-\d{2}|:latest)$/.test(id.slice(model.length));
  if (listed.some(isForm)) return true;
  // A fine-tune, and OpenRouter's variants of a listed model: `lab/large:free`.
  const variant = /^(.+):[a-z]+$/.exec(model)?.[1];
  return model.startsWith("ft:") || (variant !== undefined && listed.includes(variant));
}
