/**
 * What the `api` thread and the kernel say to each other. The thread speaks HTTP and lets in who has
 * the token; what a request is about is the kernel's business.
 */
import * as z from "zod";
import { lazily } from "../../base/lazily.ts";

/** Where it listens and for whom; the parameter of `serve`. */
export const serveParams = lazily(() =>
  z.object({
    /** Address to listen on. */
    hostname: z.string(),
    /** 0: a free one. */
    port: z.number().int().min(0).max(65_535),
    /** Values of the header `Host`, without a port, that requests may have besides the address. */
    names: z.array(z.string()),
    /** SHA-256 of salt and token; the token itself does not get here. */
    token: z.object({ salt: z.string(), hashHex: z.string().regex(/^[0-9a-f]{64}$/) }),
    /** What anybody is answered who asks for this path: JSON texts. */
    open: z.record(z.string(), z.string()),
  })
);

/** Where it listens and for whom. */
export type ServeParams = z.infer<ReturnType<typeof serveParams>>;

/** A request of who has the token. */
export const apiRequest = lazily(() =>
  z.object({
    id: z.number().int(),
    method: z.string(),
    /** As it was sent, without the query. */
    path: z.string(),
    query: z.record(z.string(), z.string()),
    lastEventId: z.string().nullable(),
    idempotencyKey: z.string().nullable(),
    /** JSON; null: there is none. */
    body: z.unknown(),
  })
);

/** A request of who has the token. */
export type ApiRequest = z.infer<ReturnType<typeof apiRequest>>;

/** Why a request came no further. */
export const REFUSALS = ["host", "origin", "token", "limited"] as const;

/** What `serve` tells. */
export const apiEvent = lazily(() =>
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("listening"), port: z.number().int() }),
    z.object({ type: z.literal("request"), request: apiRequest() }),
    /** Whoever asked is gone. */
    z.object({ type: z.literal("gone"), id: z.number().int() }),
    z.object({ type: z.literal("refused"), why: z.enum(REFUSALS) }),
  ])
);

/** What `serve` tells. */
export type ApiEvent = z.infer<ReturnType<typeof apiEvent>>;

/** What the kernel tells about one request. */
export const apiReply = lazily(() =>
  z.discriminatedUnion("type", [
    /** All of the answer. `body` is JSON text. */
    z.object({
      type: z.literal("answer"),
      id: z.number().int(),
      status: z.number().int(),
      headers: z.record(z.string(), z.string()),
      body: z.string(),
    }),
    /** Events follow, until `end`. */
    z.object({ type: z.literal("events"), id: z.number().int() }),
    /** One of them; `data` is JSON text. */
    z.object({
      type: z.literal("event"),
      id: z.number().int(),
      seq: z.number().int(),
      event: z.string(),
      data: z.string(),
    }),
    z.object({ type: z.literal("end"), id: z.number().int() }),
  ])
);

/** What the kernel tells about one request. */
export type ApiReply = z.infer<ReturnType<typeof apiReply>>;
