/**
 * What services say of their models in their lists, each in its own fields. Pure.
 *
 * What a list does not say stays null: nothing is guessed from a name.
 * Sources: the `GET /models` references of Anthropic, OpenAI, OpenRouter, Groq, Mistral, Together,
 * Gemini (compatible address) and vLLM; OpenRouter's prices are per token, Together's per million.
 */
import * as z from "zod";
import type { ListedModel } from "../../model/services/catalog.ts";

const amount = z.union([z.number(), z.string().transform(Number)]).pipe(
  z.number().finite().nonnegative(),
);

const capability = z.object({ supported: z.boolean() }).transform((of) => of.supported);

/** A field of another form than expected says nothing, and does not spoil the rest. */
function said<S extends z.ZodType>(schema: S): z.ZodType<z.infer<S> | undefined> {
  return schema.optional().catch(undefined) as z.ZodType<z.infer<S> | undefined>;
}

const tokens = said(z.number().int().positive());

const listed = z.object({
  id: z.string().min(1),
  context_window: tokens,
  context_length: tokens,
  max_context_length: tokens,
  max_input_tokens: tokens,
  max_model_len: tokens,
  supported_parameters: said(z.array(z.string())),
  architecture: said(z.object({ input_modalities: z.array(z.string()) })),
  capabilities: said(z.object({
    function_calling: said(z.boolean()),
    vision: said(z.boolean()),
    reasoning: said(z.boolean()),
    image_input: said(capability),
    thinking: said(capability),
  })),
  pricing: said(z.object({
    prompt: said(amount),
    completion: said(amount),
    input: said(amount),
    output: said(amount),
  })),
});

/**
 * One entry of a list.
 *
 * @param entry As the service sent it; an SDK passes unknown fields on.
 * @returns null when it is no model.
 */
export function listedModel(entry: unknown): ListedModel | null {
  const parsed = listed.safeParse(entry);
  if (!parsed.success) return null;
  const model = parsed.data;
  const { capabilities: can, supported_parameters: takes, architecture } = model;
  return {
    id: model.id,
    contextTokens: model.context_window ?? model.context_length ?? model.max_context_length ??
      model.max_input_tokens ?? model.max_model_len ?? null,
    abilities: {
      tools: takes?.includes("tools") ?? can?.function_calling ?? null,
      vision: architecture?.input_modalities.includes("image") ?? can?.image_input ??
        can?.vision ?? null,
      reasoning: takes?.includes("reasoning") ?? can?.thinking ?? can?.reasoning ??
        null,
    },
    price: priceOf(model.pricing),
  };
}

const MILLION = 1_000_000;

function priceOf(pricing: z.infer<typeof listed>["pricing"]): ListedModel["price"] {
  if (pricing?.prompt !== undefined && pricing.completion !== undefined) {
    return { input: pricing.prompt * MILLION, output: pricing.completion * MILLION };
  }
  if (pricing?.input !== undefined && pricing.output !== undefined) {
    return { input: pricing.input, output: pricing.output };
  }
  return null;
}

/** A model of which the list has the name only. */
export function namedModel(id: string): ListedModel {
  return {
    id,
    contextTokens: null,
    abilities: { tools: null, vision: null, reasoning: null },
    price: null,
  };
}

/** Where a list is: OpenAI's place, or all of the body (Together). */
const listBody = z.union([
  z.array(z.unknown()),
  z.object({ data: z.array(z.unknown()).nullable() }).transform(({ data }) => data ?? []),
]);

/**
 * The models of a `GET /models` of a service that copies OpenAI.
 *
 * @param body Its parsed body.
 * @throws {SyntaxError} For a body that is no list.
 */
export function modelsOfBody(body: unknown): ListedModel[] {
  const entries = listBody.safeParse(body);
  if (!entries.success) throw new SyntaxError("Not a list of models");
  return listedModels(entries.data);
}

/** The models of a list; entries that are none are left out. */
export function listedModels(entries: readonly unknown[]): ListedModel[] {
  return entries.flatMap((entry) => listedModel(entry) ?? []);
}
