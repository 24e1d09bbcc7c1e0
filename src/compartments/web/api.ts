import * as z from "zod";
import { lazily } from "../../base/lazily.ts";
import type { WebAnswer } from "../../model/cells/web.ts";

/** One request to one checked host. */
export const exchangeParams = lazily(() =>
  z.object({
    /** Checked; tried in this order. */
    addresses: z.array(z.string()).min(1),
    port: z.number().int(),
    /** Name that the certificate must be of; null: no TLS. */
    serverName: z.string().nullable(),
    method: z.string(),
    /** Whole address, canonical. */
    href: z.string(),
    headers: z.record(z.string(), z.string()),
    body: z.string().nullable(),
    read: z.enum(["page", "response", "duckduckgo", "brave", "tavily"]),
    /** Longest wait for the head, ms; missing: the usual one. */
    headMs: z.number().positive().optional(),
    /** A longer body is cut there, in bytes; missing: one over the usual bound is refused. */
    cutBytes: z.number().int().positive().optional(),
  })
);

/** A connection that is made and closed. */
export const connectParams = lazily(() => exchangeParams().pick({ addresses: true, port: true }));

/** A connection that is made and closed. */
export type ConnectParams = z.infer<ReturnType<typeof connectParams>>;

/** One request to one checked host. */
export type ExchangeParams = z.infer<ReturnType<typeof exchangeParams>>;

/** What a host answered; all its texts are from outside. */
export const exchangeAnswer: () => z.ZodType<WebAnswer> = lazily(() =>
  z.object({
    status: z.number().int(),
    location: z.string().nullable(),
    page: z.object({
      kind: z.enum(["HTML", "JSON", "text"]),
      title: z.string(),
      text: z.string(),
      bytes: z.number(),
      isCut: z.boolean(),
    }).nullable(),
    response: z.object({
      headers: z.record(z.string(), z.string()),
      kind: z.enum(["HTML", "JSON", "text", "binary"]),
      text: z.string(),
      bytes: z.number(),
      isCut: z.boolean(),
    }).nullable(),
    hits: z.array(z.object({ title: z.string(), url: z.string(), snippet: z.string() })).nullable(),
  })
);
