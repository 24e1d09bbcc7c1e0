/** `[webhooks.<name>]` of `config.toml`. */
import * as z from "zod";
import { WEBHOOK_EVENTS, WEBHOOK_NAME } from "../../../model/services/webhook.ts";
import { isSafeAddress } from "../../http/safe_address.ts";
import { kept, key, named } from "./keys.ts";

const EVENTS = WEBHOOK_EVENTS.map((name) => `"${name}"`).join(", ");

const webhook = () =>
  z.strictObject({
    url: key(z.string().trim().refine(isSafeAddress), {
      description: "Address that is told; one of a private network stands in web.hosts, too",
      allowed: "an https:// address without a user name in it, or http:// on this machine",
      defaultText: "none: it has to be there",
      example: "https://hooks.example.com/ward",
      opens: (value) =>
        value === undefined ? null : `what tasks are about, and why they failed, goes to ${value}`,
    }),
    secret: kept("What its messages are signed with; see docs/api.md"),
    events: key(
      z.array(key(z.enum(WEBHOOK_EVENTS), { description: "An event", allowed: EVENTS }))
        .default([...WEBHOOK_EVENTS]),
      { description: "What it is told", allowed: `a list of ${EVENTS}` },
    ),
  }).superRefine((one, context) => {
    // Without one nobody could tell ward's messages from others.
    if (one.secret === undefined) {
      context.addIssue({ code: "custom", path: ["secret"], message: "missing" });
    }
  });

/** `[webhooks.<name>]`. */
export const webhooksSection = named(
  key(z.string().regex(WEBHOOK_NAME), {
    description: "Name of a webhook",
    allowed: "lower-case letters, digits, - and _, at most 30",
  }),
  webhook,
);
